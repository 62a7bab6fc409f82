"""All formats tell the same walk; every reader against the same synthetic person."""

from __future__ import annotations

from pathlib import Path

import mujoco
import numpy as np
import pytest
from motion_samples import FRAMES, WRITERS, bends, recording, write_trc

from kinesis_fast.motions import formats
from kinesis_fast.motions.capture.recording import JointRecording, Recording

SAME_BODY = ("amass", "humanml3d", "features", "t2m", "acclaim", "bvh", "kinesis")


def read(name: str, folder: Path, model: mujoco.MjModel, **options: object) -> list[Recording]:
    path = WRITERS[name](folder)
    frame_rate = 20.0 if name == "acclaim" else None
    found = formats.read(path, "auto", formats.ReadOptions(model, frame_rate))
    return list(found)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", SAME_BODY)
def test_all_formats_tell_the_same_walk(name: str, tmp_path: Path, model: mujoco.MjModel) -> None:
    found = read(name, tmp_path, model)[0]
    expected = recording()
    assert found.frame_rate == 20.0
    place = found.points - found.points[:1, :1]
    # Files hold six decimals of a centimetre, or float32.
    np.testing.assert_allclose(place, expected.points - expected.points[:1, :1], atol=2e-6)
    # BVH's facing follows from its hips, which are not quite symmetric in the mean body.
    assert found.rest.pelvis_tilt == pytest.approx(expected.rest.pelvis_tilt, abs=1e-3)
    assert found.rest.foot_line == pytest.approx(expected.rest.foot_line, abs=1e-3)


def test_markers_give_the_joint_centres(tmp_path: Path, model: mujoco.MjModel) -> None:
    found, expected = read("trc", tmp_path, model)[0], recording()
    for side in "rl":
        # Inside its marker across the foot, which a bent ankle turns a little.
        for joint in ("knee", "ankle"):
            apart = np.linalg.norm(found[f"{joint}_{side}"] - expected[f"{joint}_{side}"], axis=1)
            assert apart.max() < 0.02
    width = found.distance("hip_r", "hip_l")
    # Harrington et al. 2007 by hand, for ASIS 0.24 m apart: 2 (0.33 0.24 + 0.0073).
    np.testing.assert_allclose(width, 2 * (0.33 * 0.24 + 0.0073), atol=1e-4)


def test_short_gaps_of_markers_are_filled_and_long_ones_refused(
    tmp_path: Path, model: mujoco.MjModel
) -> None:
    path = write_trc(tmp_path)
    whole = formats.read(path, "auto", formats.ReadOptions(model))[0]
    assert isinstance(whole, Recording)
    lines = path.read_text().splitlines()

    def hide(frames: range) -> None:
        changed = list(lines)
        for t in frames:
            cells = changed[5 + t].split("\t")
            cells[2:5] = ["", "", ""]
            changed[5 + t] = "\t".join(cells)
        path.write_text("\n".join(changed))

    hide(range(3, 6))
    filled = formats.read(path, "auto", formats.ReadOptions(model))[0]
    assert isinstance(filled, Recording)
    np.testing.assert_allclose(filled.points, whole.points, atol=0.02)
    hide(range(3, 12))
    with pytest.raises(ValueError, match=r"marker R.ASIS \(asis_r\) is hidden for 0\.45 s"):
        formats.read(path, "auto", formats.ReadOptions(model))


def test_opensim_coordinates(tmp_path: Path, model: mujoco.MjModel) -> None:
    found = read("opensim", tmp_path, model)[0]
    assert isinstance(found, JointRecording)
    assert found.qpos.shape == (FRAMES, model.nq)
    assert found.frame_rate == pytest.approx(20.0)
    address = model.joint("knee_angle_r").qposadr[0]
    np.testing.assert_allclose(found.qpos[:, address], bends()["knee_r"], atol=1e-6)


def test_results_hold_several_samples_of_their_own_lengths(
    tmp_path: Path, model: mujoco.MjModel
) -> None:
    found = read("t2m", tmp_path, model)
    assert [r.name for r in found] == ["results_000", "results_001"]
    assert [len(r.points) for r in found] == [FRAMES, FRAMES - 4]
    assert found[1].attributes["text"] == "a person walks on"


def test_kinesis_dictionaries_keep_their_names(tmp_path: Path, model: mujoco.MjModel) -> None:
    found = read("kinesis", tmp_path, model)
    assert [r.name for r in found] == ["0-KIT_3_walk01_poses", "0-KIT_3_walk02_poses"]


def test_a_format_can_be_named(tmp_path: Path, model: mujoco.MjModel) -> None:
    path = WRITERS["bvh"](tmp_path)
    with pytest.raises(ValueError, match="does not begin with PathFileType"):
        formats.read(path, "trc", formats.ReadOptions(model))
    with pytest.raises(ValueError, match="did you mean 'bvh'"):
        formats.check_name("bhv")
