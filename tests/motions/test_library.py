"""The motion library: lookup, files, and what is refused."""

from __future__ import annotations

from pathlib import Path

import h5py
import mujoco
import numpy as np
import pytest

from kinesis_fast import InputError, MotionLibrary
from kinesis_fast.body.legs import default_tracked_bodies
from kinesis_fast.motions import Clip, load_motions
from kinesis_fast.motions.clips import MotionArrays


def tiny_library(values: np.ndarray | None = None) -> MotionLibrary:
    """One free body; clip ``a`` of 3 frames at 10 Hz, clip ``b`` of one frame."""
    qpos = np.zeros((4, 7), np.float32)
    qpos[:, 0] = [0, 1, 3, 7]
    qpos[:, 3:7] = [[1, 0, 0, 0], [0.6, 0.8, 0, 0], [0, 1, 0, 0], [1, 0, 0, 0]]
    qvel = np.arange(24, dtype=np.float32).reshape(4, 6)
    pos = np.arange(12, dtype=np.float32).reshape(4, 1, 3)
    arrays = MotionArrays(qpos if values is None else values, qvel, pos, -pos)
    clips = [Clip("a", 3, 10.0, "train", {"source": "hand"}), Clip("b", 1, 10.0, "test")]
    return MotionLibrary(clips, arrays, ["root"], ["body"], [3])


def test_reference_is_linear_in_time_and_held_at_the_ends() -> None:
    library = tiny_library()
    found = library.reference([0, 0, 0, 1], [0.05, -1.0, 99.0, 0.3])
    np.testing.assert_allclose(found["qpos"][:, 0], [0.5, 0, 3, 7], atol=1e-7)
    np.testing.assert_allclose(found["tracked_pos"][0, 0], [1.5, 2.5, 3.5], atol=1e-7)
    np.testing.assert_allclose(found["qvel"][0], np.arange(6) + 3.0, atol=1e-7)
    # Halfway between (1, 0) and (0.6, 0.8): (0.8, 0.4), scaled to length one.
    expected = np.array([0.8, 0.4]) / np.sqrt(0.8)
    np.testing.assert_allclose(found["qpos"][0, 3:5], expected, atol=1e-7)
    assert library.clips[0].duration == pytest.approx(0.2)


def test_reference_broadcasts() -> None:
    found = tiny_library().reference(0, np.zeros((2, 5)))
    assert found["tracked_pos"].shape == (2, 5, 1, 3)
    with pytest.raises(InputError, match=r"clip numbers must be in \[0, 1\]"):
        tiny_library().reference(2, 0.0)


def test_save_and_load_round_trip(tmp_path: Path, gait: MotionLibrary) -> None:
    path = tmp_path / "library.h5"
    gait.save(path)
    loaded = MotionLibrary.load(path)
    assert loaded.clips == gait.clips
    assert loaded.joint_names == gait.joint_names
    assert loaded.tracked_bodies == gait.tracked_bodies
    for (name, a), (_, b) in zip(loaded.arrays.named(), gait.arrays.named(), strict=True):
        np.testing.assert_array_equal(a, b, err_msg=name)
    with h5py.File(path) as file:
        assert file["tracked_vel"].attrs["units"] == b"m/s, world frame, z up"
    assert [p.name for p in tmp_path.iterdir()] == ["library.h5"]


def test_subset_and_split(gait: MotionLibrary) -> None:
    names = ["run_280", "stand"]
    part = gait.subset(names)
    assert part.names == tuple(names)
    a, b = gait.index("stand"), part.index("stand")
    for key, value in gait.reference(a, 0.5).items():
        np.testing.assert_array_equal(value, part.reference(b, 0.5)[key])
    assert {clip.split for clip in gait.split("test").clips} == {"test"}
    assert gait.split("auto").names == gait.split("train").names
    moved = gait.put_into("", ["stand"])
    assert moved.split("train").left_out == {"test": 11, "": 1}
    assert gait.left_out == gait.split("all").left_out == {}
    assert gait.split("test").split("auto").names == gait.split("test").names
    with pytest.raises(InputError, match="unknown clip 'stnad'; did you mean 'stand'"):
        gait.subset(["stnad"])
    with pytest.raises(InputError, match="no clip is in split 'tset'; did you mean 'test'"):
        gait.split("tset")


def test_velocities_are_derivatives_of_positions(gait: MotionLibrary) -> None:
    clip = gait.index("walk_comfortable_120")
    step = 1 / 60
    times = np.arange(1.0, 4.0, step)
    found = gait.reference(clip, times)
    central = (found["tracked_pos"][2:] - found["tracked_pos"][:-2]) / (2 * step)
    error = np.abs(central - found["tracked_vel"][1:-1])
    assert error.max() < 0.15  # where toes start and stop within a frame
    assert error.mean() < 0.01


def test_libraries_of_other_models_are_refused(gait: MotionLibrary) -> None:
    from kinesis_fast.body import load_model

    with pytest.raises(InputError, match="the motion library is for a model with 29 joints"):
        load_motions(gait, load_model("myolegs26"))


def test_values_that_are_not_finite_are_refused_with_their_place() -> None:
    values = np.zeros((4, 7), np.float32)
    values[:, 3] = 1
    values[2, 5] = np.nan
    with pytest.raises(InputError, match="clip 'a' has a value in qpos .* at its frame 2"):
        tiny_library(values)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "does not exist"),
        (b"", "not a readable motion library"),
        (b"HDF5?" * 100, "not a readable motion library"),
    ],
)
def test_unreadable_files_are_refused(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "library.h5"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        MotionLibrary.load(path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
def test_a_full_disk_is_told_of(tmp_path: Path, gait: MotionLibrary) -> None:
    (tmp_path / "library.h5.partial").symlink_to("/dev/full")
    with pytest.raises(InputError, match="cannot write the library .*No space left"):
        gait.save(tmp_path / "library.h5")
    assert not list(tmp_path.iterdir())


def test_truncated_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "library.h5"
    tiny_library().save(path)
    whole = path.read_bytes()
    for share in (0.2, 0.5, 0.9):
        path.write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(InputError, match="not a readable motion library"):
            MotionLibrary.load(path)


def test_nan_in_a_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "library.h5"
    tiny_library().save(path)
    with h5py.File(path, "r+") as file:
        file["tracked_pos"][1, 0, 0] = np.inf
    with pytest.raises(InputError, match="clip 'a' has a value in tracked_pos that is not finite"):
        MotionLibrary.load(path)


def test_sources_name_what_they_know(model: mujoco.MjModel, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown motions 'gate'; did you mean 'gait'"):
        load_motions("gate", model)
    with pytest.raises(InputError, match="'absent.sto' does not exist"):
        load_motions("absent.sto", model)
    odd = tmp_path / "motion.xyz"
    odd.write_text("")
    with pytest.raises(InputError, match="no known suffix; known: .h5"):
        load_motions(str(odd), model)


def test_one_frame_makes_a_library_at_rest(model: mujoco.MjModel) -> None:
    qpos = np.array(model.qpos0)[None]
    bodies = default_tracked_bodies(model)
    library = MotionLibrary.from_qpos(model, [(Clip("one", 1, 30.0), qpos)], bodies)
    assert np.all(library.arrays.qvel == 0)
    assert library.clips[0].duration == 0.0
