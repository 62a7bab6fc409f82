"""From markers that sit on a body, made from its own motion, back to the body and the motion."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import mujoco
import numpy as np
import pytest
from command_line import run

from kinesis_fast import InputError
from kinesis_fast.body import load_model
from kinesis_fast.body.scaling import TRUNK
from kinesis_fast.motions import MotionLibrary, load_motions
from kinesis_fast.motions.capture.markers import MarkerTrial
from kinesis_fast.motions.kinematics import BatchKinematics
from kinesis_fast.person import measure, scale_of
from kinesis_fast.person.attachment import attach
from kinesis_fast.person.follow import follow
from kinesis_fast.person.pose_fit import Attached, PoseFit

SITES = {
    "ASI": ("pelvis", (0.0, 0.0, 0.106)),
    "PSI": ("pelvis", (-0.193, 0.0, 0.045)),
    "THI": ("femur", (0.06, -0.2, 0.06)),
    "T2": ("femur", (0.07, -0.3, 0.02)),
    "KNE": ("femur", (0.0, -0.404, 0.055)),
    "MFC": ("femur", (0.0, -0.404, -0.055)),
    "TIB": ("tibia", (0.04, -0.2, 0.03)),
    "S2": ("tibia", (0.03, -0.3, 0.04)),
    "ANK": ("tibia", (-0.01, -0.40, 0.04)),
    "MMA": ("tibia", (-0.01, -0.40, -0.04)),
    "HEE": ("calcn", (-0.012, 0.03, 0.0)),
    "TOE": ("calcn", (0.185, 0.02, -0.005)),
    "MT5": ("calcn", (0.16, 0.01, 0.05)),
}
"""By label without its side: the bone, and where on the right one, m."""
JOINTS = [
    f"{joint}_{side}"
    for joint in ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle")
    for side in "rl"
]


def trial_of(model: mujoco.MjModel, qpos: np.ndarray, name: str = "walk") -> MarkerTrial:
    """Markers of a motion at 30 Hz, in a laboratory with y up."""
    kinematics = BatchKinematics(model)
    kinematics.forward(np.asarray(qpos, np.float64))
    markers = {}
    for label, (bone, (x, y, z)) in SITES.items():
        for side, sign in (("R", 1.0), ("L", -1.0)):
            body = model.body(bone if bone == "pelvis" else f"{bone}_{side.lower()}").id
            turned = kinematics.body_rot[:, body] @ np.array([x, y, sign * z])
            world = kinematics.body_pos[:, body] + turned
            markers[side + label] = world[:, [0, 2, 1]] * [1.0, 1.0, -1.0]
    markers["RSHO"] = markers["RASI"] + [0.0, 0.5, 0.0]
    return MarkerTrial(name, 30.0, markers, 1)


@pytest.fixture(scope="module")
def walk(model: mujoco.MjModel, gait: MotionLibrary) -> np.ndarray:
    return np.asarray(gait.subset(["walk_comfortable_120"]).arrays.qpos[:60], np.float64)


@pytest.fixture(scope="module")
def stand(model: mujoco.MjModel, gait: MotionLibrary) -> np.ndarray:
    return np.asarray(gait.subset(["stand"]).arrays.qpos[:20], np.float64)


def test_segments_are_measured(model: mujoco.MjModel, walk: np.ndarray) -> None:
    found = measure(trial_of(model, walk))
    assert found.thigh == pytest.approx(0.404, abs=0.006)
    assert found.shank == pytest.approx(0.400, abs=0.006)
    assert found.hips == pytest.approx(0.1546, abs=0.002)
    scale = scale_of(found, model, 75.0, 1.70)
    for segment in ("pelvis", "thigh", "shank", "foot", TRUNK):
        assert max(abs(s - 1.0) for s in scale.segments[segment]) < 0.1, segment
    # Of a person a tenth larger, a body a tenth larger comes.
    trial = trial_of(model, walk)
    large = replace(trial, markers={label: 1.1 * path for label, path in trial.markers.items()})
    larger = scale_of(measure(large), model)
    for segment in ("pelvis", "thigh", "shank", "foot"):
        ratio = np.divide(larger.segments[segment], scale.segments[segment])
        assert np.abs(ratio - 1.1).max() < 0.015, segment
    jumping = {**trial.markers, "RKNE": trial.markers["RKNE"].copy()}
    jumping["RKNE"][::2] += [0.0, 0.2, 0.0]
    jumping.pop("RMFC")
    with pytest.raises(InputError, match=r"the thigh \(r\) is .* is a marker taken for another"):
        measure(replace(trial, markers=jumping))


def test_a_motion_is_found_again(
    model: mujoco.MjModel, walk: np.ndarray, stand: np.ndarray
) -> None:
    attachment = attach(model, trial_of(model, stand, "static"))
    assert attachment.left_out == ["RSHO"]
    assert len(attachment.markers) == 2 * len(SITES)
    for label, (bone, place) in SITES.items():
        found = attachment.markers["R" + label]
        assert found.bone == (bone if bone == "pelvis" else f"{bone}_r")
        assert np.linalg.norm(np.subtract(found.place, place)) < 0.02, label
    motion = follow(model, attachment, trial_of(model, walk))
    assert motion.attributes["marker_error"] < 0.004
    for name in JOINTS:
        at = int(model.joint(name).qposadr[0])
        off = np.rad2deg(motion.qpos[:, at] - walk[:, at])
        assert np.sqrt(np.mean((off - off.mean()) ** 2)) < 1.0, name
        assert abs(off.mean()) < 5.0, name


def test_hidden_markers_are_left_out_where_they_are(
    model: mujoco.MjModel, walk: np.ndarray, stand: np.ndarray
) -> None:
    attachment = attach(model, trial_of(model, stand))
    whole = trial_of(model, walk)
    markers = {label: path.copy() for label, path in whole.markers.items()}
    markers["RTHI"][10:40] = np.nan
    seen, hidden = (
        follow(model, attachment, replace(whole, markers=m)) for m in (whole.markers, markers)
    )
    assert np.abs(seen.qpos - hidden.qpos).max() < 0.02


def test_other_labels_are_refused(
    model: mujoco.MjModel, walk: np.ndarray, stand: np.ndarray
) -> None:
    attachment = attach(model, trial_of(model, stand))
    kept = {label: attachment.markers[label] for label in ("RASI", "LASI", "RTHI")}
    with pytest.raises(
        InputError, match="has 3 of the 3 markers that sit on the body; at least 12"
    ):
        follow(model, replace(attachment, markers=kept), trial_of(model, walk))


def test_a_pose_is_found_exactly(model: mujoco.MjModel, walk: np.ndarray) -> None:
    trial = trial_of(model, walk)
    places, targets = {}, []
    for label, (bone, (x, y, z)) in SITES.items():
        for side, right in (("r", z), ("l", -z)):
            carrier = bone if bone == "pelvis" else f"{bone}_{side}"
            places[label + side] = Attached(carrier, (x, y, right))
            targets.append(trial.markers[side.upper() + label] @ trial.to_world.T)
    found = PoseFit(model, places).solve(np.stack(targets, axis=1))
    assert np.nanmax(found.off) < 2e-3  # toes are not told of by any marker
    for name in JOINTS:
        at = int(model.joint(name).qposadr[0])
        assert np.abs(found.qpos[:, at] - walk[:, at]).max() < 0.02, name


def test_import_with_a_static_trial(
    model: mujoco.MjModel, walk: np.ndarray, stand: np.ndarray, tmp_path: Path
) -> None:
    for name, qpos in (("static", stand), ("walk", walk)):
        write_trc(trial_of(model, qpos, name), tmp_path / f"{name}.trc")
    told = run(tmp_path, "motions", "import", "walk.trc", "--static", "static.trc", "--out", "a.h5")
    assert told.returncode == 0, told.stderr
    assert "26 markers sit on the body; not followed: RSHO" in told.stdout
    assert "mm off (rms)" in told.stdout
    told = run(tmp_path, "motions", "import", "walk.trc", "--static", "no.trc", "--out", "b.h5")
    assert told.returncode == 2 and "'no.trc' does not exist" in told.stderr


def test_one_command(
    model: mujoco.MjModel, walk: np.ndarray, stand: np.ndarray, tmp_path: Path
) -> None:
    for name, qpos in (("static", stand), ("walk", walk)):
        write_trc(trial_of(model, qpos, name), tmp_path / f"{name}.trc")
    size = ("--mass", "70", "--height", "1.7", "--static", "static.trc")
    told = run(
        tmp_path, "person", "walk.trc", *size, "--out", "her", "--no-report", "--minutes", "0.05"
    )
    assert told.returncode == 0, told.stderr
    her = tmp_path / "her"
    assert {path.suffix for path in (her / "files").iterdir()} == {".mot", ".trc", ".glb", ".csv"}
    body = load_model(her / "body.xml")
    assert body.body_mass.sum() == pytest.approx(70.0, rel=1e-4)
    motion = load_motions(her / "motion.h5", body)
    assert motion.prior is not None
    assert "hers: " in told.stdout and (her / "policy" / "config.yaml").is_file()
    told = run(tmp_path, "motions", "info", "her/motion.h5", "--model", "her/body.xml")
    assert told.returncode == 0, told.stderr
    figures = tmp_path / "figures.json"
    told = run(
        tmp_path, "eval", "shipped", "--model", "her/body.xml", "--motions", "her/motion.h5",
        "--protocol", "kinesis", "--json", str(figures),
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    told = run(tmp_path, "person", "walk.trc", "--emg", "e.csv", "--out", "other")
    assert told.returncode == 2 and "give --emg and --map together" in told.stderr


def write_trc(trial: MarkerTrial, path: Path) -> None:
    frames = len(next(iter(trial.markers.values())))
    lines = [
        f"PathFileType\t4\t(X/Y/Z)\t{path.name}",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits",
    ]
    lines.append(f"30\t30\t{frames}\t{len(trial.markers)}\tm")
    lines.append("Frame#\tTime\t" + "\t\t\t".join(trial.markers) + "\t\t")
    lines.append("")
    for t in range(frames):
        cells = [f"{v:.5f}" for path_ in trial.markers.values() for v in path_[t]]
        lines.append("\t".join([str(t + 1), f"{t / 30:.4f}", *cells]))
    path.write_text("\n".join(lines) + "\n")
