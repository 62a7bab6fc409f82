"""What bodies did as OpenSim's files, read again and worked out by MuJoCo."""

from __future__ import annotations

from pathlib import Path

import mujoco
import numpy as np
import pytest

from kinesis_fast import InputError
from kinesis_fast.analysis.export import export_recording
from kinesis_fast.analysis.movement import prior_recording
from kinesis_fast.analysis.recording import BodyRecording, RecordingInfo
from kinesis_fast.motions import MotionLibrary, load_motions
from kinesis_fast.motions.formats.opensim import read_table
from kinesis_fast.motions.prior.default import with_prior


def test_files_hold_what_mujoco_works_out(
    model: mujoco.MjModel, gait: MotionLibrary, tmp_path: Path
) -> None:
    library = with_prior(gait.subset(["walk_comfortable_120"]), model)
    made = prior_recording(model, library, 0)
    trial = {name: values[:20] for name, values in made.trials[0].items()}
    trial["foot_force"] = np.tile([1.0, 2.0, 300.0, 0.0, 0.0, 400.0], (20, 1))
    written = export_recording(BodyRecording(made.info, [trial]), model, tmp_path / "did")
    names = ("", "_activations", "_muscle_forces", "_moments", "_excitations")
    names += ("_joint_reactions", "_grf")
    assert [path.name for path in written] == [
        "prior.mot", *(f"prior{name}.sto" for name in names[1:])
    ]  # fmt: skip
    tables = {path.stem.removeprefix("prior"): read_table(path) for path in written}
    assert all(len(table.time) == 20 for table in tables.values())
    at = int(model.joint("knee_angle_l").qposadr[0])
    knee = np.rad2deg(trial["qpos"][:, at])
    np.testing.assert_allclose(tables[""].columns["knee_angle_l"], knee, rtol=1e-6)
    data = mujoco.MjData(model)
    data.qpos[:], data.qvel[:], data.act[:] = (trial[n][7] for n in ("qpos", "qvel", "act"))
    mujoco.mj_forward(model, data)
    soleus = model.actuator("soleus_r").id
    force = tables["_muscle_forces"].columns["soleus_r"][7]
    assert force == pytest.approx(-data.actuator_force[soleus], rel=1e-6)
    assert force > 0.0
    # At the ankle no coupling shares the muscles' torque.
    dof = int(model.joint("ankle_angle_r").dofadr[0])
    moment = tables["_moments"].columns["ankle_angle_r_moment"][7]
    assert moment == pytest.approx(data.qfrc_actuator[dof], rel=1e-5)
    # Up is y, and to the right z, in OpenSim's ground.
    load = tables["_joint_reactions"].columns["ankle_r_fy"]
    assert np.all(load < -300.0)  # what the ground carries, and muscles beside
    grf = tables["_grf"].columns
    assert [grf[f"ground_force_r_v{axis}"][0] for axis in "xyz"] == [1.0, 300.0, -2.0]
    assert grf["ground_force_l_vy"][3] == 400.0


def test_the_motion_in_other_formats(
    model: mujoco.MjModel, gait: MotionLibrary, tmp_path: Path
) -> None:
    library = with_prior(gait.subset(["walk_comfortable_120"]), model)
    made = prior_recording(model, library, 0)
    trial = {name: values[:30] for name, values in made.trials[0].items()}
    recording = BodyRecording(made.info, [trial])
    written = export_recording(recording, model, tmp_path, ("bvh", "glb", "mot"))
    assert [path.name for path in written if path.suffix in (".bvh", ".glb", ".mot")] == [
        "prior.mot", "prior.bvh", "prior.glb"
    ]  # fmt: skip
    again = load_motions(str(tmp_path / "prior.bvh"), model)
    assert again.clips[0].duration == pytest.approx(29 / made.info.rate, abs=0.05)
    with pytest.raises(InputError, match="format 'fbx' is not known"):
        export_recording(recording, model, tmp_path, ("fbx",))


def test_bad_recordings_are_refused(model: mujoco.MjModel, tmp_path: Path) -> None:
    info = RecordingInfo("../up", "walk", 150.0, [], [], [], "myolegs")
    with pytest.raises(InputError, match="has no trial"):
        export_recording(BodyRecording(info, []), model, tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        export_recording(BodyRecording(info, [{}]), model, tmp_path / "file" / "sub")
