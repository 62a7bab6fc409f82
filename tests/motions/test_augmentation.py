"""More motions from few."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest

from kinesis_fast.errors import InputError
from kinesis_fast.motions import MotionLibrary
from kinesis_fast.motions.augmentation import Augmentation, at_speed, augment, transition, turned
from kinesis_fast.tasks.reference_errors import ReferenceErrorsConfig, native_errors


@pytest.fixture(scope="module")
def walks(gait: MotionLibrary) -> MotionLibrary:
    chosen = [clip.name for clip in gait.clips if clip.name.startswith("walk")][:2]
    return gait.subset(chosen)


def motion(library: MotionLibrary, clip: int) -> np.ndarray:
    rows = slice(int(library.first_frame[clip]), int(library.first_frame[clip + 1]))
    return library.arrays.qpos[rows].astype(np.float64)


def test_what_is_made_comes_after_what_there_was(
    model: mujoco.MjModel, walks: MotionLibrary
) -> None:
    what = Augmentation(mirror=True, speeds=(1.2,), turns=(15.0,), transitions=2)
    made, left_out = augment(model, walks, what)
    assert left_out == []
    train = [clip for clip in walks.clips if clip.split != "test"]
    assert [clip.name for clip in made.clips[: len(walks.clips)]] == [c.name for c in walks.clips]
    names = [clip.name for clip in made.clips[len(walks.clips) :]]
    assert len(names) >= 3 * len(train)
    assert f"{train[0].name} mirrored" in names
    assert made.clips[-1].attributes["made_from"] in [clip.name for clip in train]
    frames = len(walks.arrays.qpos)
    np.testing.assert_array_equal(made.arrays.qpos[:frames], walks.arrays.qpos)
    again, _ = augment(model, walks, what)
    np.testing.assert_array_equal(again.arrays.qpos, made.arrays.qpos)


def test_nothing_is_made_of_test_clips(model: mujoco.MjModel, gait: MotionLibrary) -> None:
    test = [clip.name for clip in gait.clips if clip.split == "test"][:2]
    made, _ = augment(model, gait.subset(test), Augmentation())
    assert len(made.clips) == len(test)


def test_copies_that_err_are_off_alike_in_all_that_is_told(
    model: mujoco.MjModel, walks: MotionLibrary
) -> None:
    errors = native_errors(ReferenceErrorsConfig(share=1.0, each=1.0, slope=[0.0, 0.0]), model)
    what = Augmentation(mirror=False, erring=2, errors=errors, seed=3)
    made, left_out = augment(model, walks, what)
    train = [i for i, clip in enumerate(walks.clips) if clip.split != "test"]
    assert left_out == []
    assert len(made.clips) == len(walks.clips) + 2 * len(train)
    exact = motion(walks, train[0])
    first, second = (
        motion(made, made.index(f"{walks.clips[train[0]].name} erring {k}")) for k in (1, 2)
    )
    for copy in (first, second):
        off = np.abs(copy[:, 7:] - exact[:, 7:]).mean(axis=0)
        assert 0.005 < off.max() < 0.4
    assert np.abs(first - second).max() > 0.01
    i = made.index(f"{walks.clips[train[0]].name} erring 1")
    frame = int(made.first_frame[i]) + 20
    data = mujoco.MjData(model)
    data.qpos[:] = made.arrays.qpos[frame]
    mujoco.mj_kinematics(model, data)
    where = [data.body(name).xpos for name in made.tracked_bodies]
    np.testing.assert_allclose(made.arrays.tracked_pos[frame], where, atol=1e-5)
    again, _ = augment(model, walks, what)
    np.testing.assert_array_equal(again.arrays.qpos, made.arrays.qpos)


def test_speeds_keep_the_walk_ratio(walks: MotionLibrary) -> None:
    qpos, rate = motion(walks, 0), walks.clips[0].frame_rate
    faster = at_speed(qpos, rate, 1.44, 0)
    assert len(faster) == pytest.approx(len(qpos) / 1.2, abs=2)
    path = np.linalg.norm(qpos[-1, :2] - qpos[0, :2])
    assert np.linalg.norm(faster[-1, :2] - faster[0, :2]) == pytest.approx(1.2 * path, rel=0.03)


def test_paths_turn_by_their_length(walks: MotionLibrary) -> None:
    qpos = motion(walks, 0)
    length = np.sum(np.linalg.norm(np.diff(qpos[:, :2], axis=0), axis=1))
    bent = turned(qpos, 0.2, 0)
    bent_length = np.sum(np.linalg.norm(np.diff(bent[:, :2], axis=0), axis=1))
    assert bent_length == pytest.approx(length, rel=1e-6)
    before, after = (q[-1, :2] - q[-5, :2] for q in (qpos, bent))
    turn = np.arctan2(after[1], after[0]) - np.arctan2(before[1], before[0])
    assert np.mod(turn + np.pi, 2 * np.pi) - np.pi == pytest.approx(0.2 * length, abs=0.05)


def test_one_motion_goes_over_into_another(walks: MotionLibrary) -> None:
    first, second = motion(walks, 0), motion(walks, 1)
    rate = walks.clips[0].frame_rate
    joined = transition(first, second, rate, 0)
    assert joined is not None
    np.testing.assert_array_equal(joined[0], first[0])
    np.testing.assert_allclose(joined[-1, 7:], second[-1, 7:])
    largest = max(np.abs(np.diff(q, axis=0)).max() for q in (first, second))
    assert np.abs(np.diff(joined, axis=0)).max() < 1.5 * largest


@pytest.mark.parametrize(
    "what",
    [Augmentation(speeds=(3.0,)), Augmentation(turns=(90.0,)), Augmentation(transitions=-1)],
)
def test_factors_out_of_range_are_refused(
    model: mujoco.MjModel, walks: MotionLibrary, what: Augmentation
) -> None:
    with pytest.raises(InputError, match=r"outside|must be in"):
        augment(model, walks, what)


def test_what_is_there_already_is_not_made_again(
    model: mujoco.MjModel, walks: MotionLibrary
) -> None:
    with pytest.raises(InputError, match="would be there 2 times.*--no-mirror"):
        augment(model, walks, Augmentation(mirror=False, speeds=(1.1, 1.1)))
