"""Real files of every format: what is known of them from elsewhere comes out of the readers."""

from __future__ import annotations

from pathlib import Path

import mujoco
import numpy as np
import pytest

from kinesis_fast.motions import formats
from kinesis_fast.motions.capture.recording import Recording
from kinesis_fast.motions.formats.acclaim import find_skeleton, read_acclaim, read_skeleton
from kinesis_fast.motions.formats.amass import read_amass
from kinesis_fast.motions.formats.humanml3d import read_humanml3d
from kinesis_fast.motions.formats.trc import read_markers


def test_features_and_joints_of_one_sequence_agree(real_data: Path) -> None:
    folder = real_data / "humanml3d"
    joints = read_humanml3d(folder / "012314_joints.npy")
    features = read_humanml3d(folder / "012314_features.npy")
    np.testing.assert_allclose(features.points, joints.points, atol=1e-5)


def test_normalised_features_need_both_files(real_data: Path, tmp_path: Path) -> None:
    folder = real_data / "humanml3d"
    mean, deviation = folder / "t2m_mean.npy", folder / "t2m_std.npy"
    raw = np.load(folder / "012314_features.npy")
    np.save(tmp_path / "n.npy", (raw - np.load(mean)) / np.load(deviation))
    found = read_humanml3d(tmp_path / "n.npy", mean, deviation)
    expected = read_humanml3d(folder / "012314_features.npy")
    np.testing.assert_allclose(found.points, expected.points, atol=1e-6)
    with pytest.raises(ValueError, match="needs both the mean and the deviation"):
        read_humanml3d(tmp_path / "n.npy", mean)


def test_smplh_joints_move_with_the_files_own_markers(real_data: Path) -> None:
    """The file holds the markers its poses were fitted to: they stay near their bones."""
    path = real_data / "smplh" / "turning_walk_smplh.npz"
    recording = read_amass(path)
    with np.load(path) as arrays:
        labels, markers = list(arrays["labels"]), arrays["markers"]
    for point, label in (("knee_r", "RKNE"), ("ankle_l", "LANK"), ("toe_r", "RMT5")):
        apart = markers[:, labels.index(label)] - recording[point]
        # Up to SMPL's constant offset of the pelvis from the place it is given.
        assert np.linalg.norm(apart - apart.mean(axis=0), axis=1).mean() < 0.09


def test_cmu_skeleton_has_a_persons_measures(real_data: Path) -> None:
    path = real_data / "cmu" / "02_01_walk.amc"
    assert find_skeleton(path).name == "02.asf"
    skeleton = read_skeleton(find_skeleton(path))
    # lfemur, 7.59371 in the file: 7.59371 / 0.45 inches.
    length = np.linalg.norm(skeleton.bones["lfemur"].offset) * skeleton.to_metres
    assert length == pytest.approx(7.59371 / 0.45 * 0.0254, abs=1e-4)
    recording = read_acclaim(path)
    np.testing.assert_allclose(recording.distance("hip_l", "knee_l"), length, atol=1e-6)
    assert len(recording.points) == 343
    speed = np.linalg.norm(recording["pelvis"][-1] - recording["pelvis"][0]) / (342 / 120)
    assert 1.0 < speed < 1.6
    assert recording["toe_l"][:, 2].min() < 0.1 < recording["pelvis"][:, 2].min()


def test_markers_are_read_in_metres(real_data: Path) -> None:
    markers, frame_rate, _ = read_markers(real_data / "opensim" / "walk_markers.trc")
    assert frame_rate == 100.0
    assert len(markers) == 41
    np.testing.assert_allclose(markers["R.Shoulder"][0], [-0.65263, 1.529542, -0.09452])


@pytest.mark.parametrize("name", ["walk_emg.sto", "walk_grf.mot", "walk_inverse_dynamics.sto"])
def test_files_without_motion_are_refused_by_what_they_hold(
    name: str, real_data: Path, model: mujoco.MjModel
) -> None:
    with pytest.raises(ValueError, match="holds no joint coordinates"):
        formats.read(real_data / "opensim" / name, "auto", formats.ReadOptions(model))


def test_all_real_files_face_the_way_they_go(real_data: Path, model: mujoco.MjModel) -> None:
    for file in ("cmu/02_01_walk.amc", "cmu/02_03_run.amc", "opensim/walk_markers.trc"):
        found = formats.read(real_data / file, "auto", formats.ReadOptions(model))[0]
        assert isinstance(found, Recording)
        left = found["hip_l"] - found["hip_r"]
        ahead = np.cross(left, [0.0, 0.0, 1.0]).mean(axis=0)
        moved = found["pelvis"][-1] - found["pelvis"][0]
        cosine = ahead[:2] @ moved[:2] / np.linalg.norm(ahead[:2]) / np.linalg.norm(moved[:2])
        assert cosine > 0.98
