"""Steady walking from one stride."""

from __future__ import annotations

from pathlib import Path

import mujoco
import numpy as np
import pytest

from kinesis_fast import InputError, MotionLibrary
from kinesis_fast.motions import load_motions
from kinesis_fast.motions.augmentation import Augmentation, augment
from kinesis_fast.motions.clips import Clip
from kinesis_fast.motions.looping import (
    check_as_recorded,
    find_cycle,
    loop_clip,
    recording_clock,
    spread_starts,
)


def test_a_cycle_repeats_and_goes_on(model: mujoco.MjModel, gait: MotionLibrary) -> None:
    number = gait.index("walk_comfortable_120")
    looped = loop_clip(model, gait, number, seconds=20.0)
    clip = looped.clips[0]
    attributes = clip.attributes
    period = attributes["loop_end"] - attributes["loop_start"]
    assert 0.9 < period < 1.3  # one stride, not two
    assert clip.duration == pytest.approx(20.0)
    times = np.linspace(0.0, 5.0, 40)
    a = looped.reference(0, times)
    b = looped.reference(0, times + 7 * period)
    # The library is read off at 30 Hz: between frames it is linear.
    np.testing.assert_allclose(a["qpos"][:, 7:], b["qpos"][:, 7:], atol=0.05)
    moved = b["qpos"][:, :2] - a["qpos"][:, :2]
    np.testing.assert_allclose(np.linalg.norm(moved, axis=1), 1.2 * 7 * period, rtol=0.01)
    assert np.abs(np.diff(looped.arrays.qpos, axis=0)).max() < 0.3
    # It is the motion it was made from.
    source = gait.reference(number, attributes["loop_start"] + times[:6])
    np.testing.assert_allclose(a["qpos"][:6, 7:], source["qpos"][:, 7:], atol=0.03)


def test_real_walk(model: mujoco.MjModel, walk_file: Path) -> None:
    library = load_motions(walk_file, model)
    looped = loop_clip(model, library, 0, seconds=30.0, start=0.05, end=1.19)
    distance = float(np.linalg.norm(looped.arrays.qpos[-1, :2] - looped.arrays.qpos[0, :2]))
    assert distance / 30.0 == pytest.approx(1.17, abs=0.02)
    cycle = find_cycle(model, library.arrays.qpos.astype(float), 30.0)
    strikes = 0.267, 1.4115  # s, of the measured forces
    assert cycle.period == pytest.approx(strikes[1] - strikes[0], abs=0.01)
    clock = recording_clock(looped.clips[0], [0.0, 1.0, 1.14, 2.0])
    np.testing.assert_allclose(clock, [0.5, 1.5, 0.5, 1.36], atol=1e-6)
    np.testing.assert_allclose(recording_clock(library.clips[0], [0.5]), [0.95])


def test_a_loop_is_not_looped(model: mujoco.MjModel, gait: MotionLibrary) -> None:
    looped = loop_clip(model, gait, gait.index("walk_comfortable_120"), seconds=5.0)
    with pytest.raises(InputError, match="is a loop already; loop .* 'walk_comfortable_120'"):
        loop_clip(model, looped, 0)


def test_clips_that_are_not_as_recorded_go_with_no_emg() -> None:
    check_as_recorded(Clip("walk", 10, 30.0))
    for name, what in (("mirrored", "is mirrored"), ("into", "is joined from two")):
        with pytest.raises(InputError, match=f"{what}; EMG goes with .* 'walk'"):
            check_as_recorded(
                Clip("other", 10, 30.0, attributes={name: "yes", "made_from": "walk"})
            )


def test_a_clip_at_another_speed_has_a_clock_that_runs_faster(
    model: mujoco.MjModel, gait: MotionLibrary
) -> None:
    looped = loop_clip(model, gait, gait.index("walk_comfortable_120"), seconds=10.0)
    what = Augmentation(mirror=False, speeds=(0.8,))
    slower = augment(model, looped, what)[0].clips[-1]
    assert slower.attributes["clock_rate"] == pytest.approx(np.sqrt(0.8))
    time = np.linspace(0.0, 5.0, 20)
    clock = recording_clock(looped.clips[0], time)
    np.testing.assert_allclose(recording_clock(slower, time / np.sqrt(0.8)), clock)
    start, end = (float(looped.clips[0].attributes[k]) for k in ("loop_start", "loop_end"))
    period = (end - start) / np.sqrt(0.8)
    np.testing.assert_allclose(spread_starts(slower, 4, 2.0), period * np.arange(4) / 4)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"start": 1.0}, "needs both its start and its end"),
        ({"start": 2.0, "end": 1.0}, r"cycle \[2, 1\] s is not one of clip 'stand'"),
        ({"start": 1.0, "end": 99.0}, "which lasts 6.000 s"),
        ({"seconds": 0.0}, r"seconds is 0; it must be in \[0.1, 3600\]"),
    ],
)
def test_what_is_no_cycle_is_refused(
    model: mujoco.MjModel, gait: MotionLibrary, given: dict[str, float], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        loop_clip(model, gait, gait.index("stand"), **given)


def test_standing_and_snippets_hold_no_cycle(model: mujoco.MjModel, gait: MotionLibrary) -> None:
    walk = gait.subset(["walk_comfortable_120"]).arrays.qpos.astype(float)
    with pytest.raises(InputError, match="does not come back to a posture"):
        find_cycle(model, walk[:20], 30.0)
    with pytest.raises(InputError, match="holds no cycle"):
        find_cycle(model, walk[:5], 30.0)
