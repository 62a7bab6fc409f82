"""Steady walking without an end, from one stride of a recorded clip."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import dropwhile, takewhile
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt
from scipy.interpolate import make_interp_spline

from kinesis_fast.body import apply_couplings, independent_joints, root_body
from kinesis_fast.errors import InputError
from kinesis_fast.motions.clips import Clip
from kinesis_fast.motions.library import MotionLibrary

Array = npt.NDArray[np.float64]

PERIODS = (0.5, 2.5)
"""Shortest and longest cycle that is looked for, s."""
MAX_SECONDS = 3600.0
HARMONICS_HZ = 8.0
"""Highest frequency of a looped motion."""
SEARCH_RATE = 120.0
"""Hz, of the search for a cycle."""
STILL = 0.02
"""rad^2, variance of all joints together below which a body does not move."""
LARGEST_GAP = 0.5
"""Largest difference of a cycle's ends, as a share of what varies within it."""
SAMPLES = 256
"""A cycle is sampled so often."""


@dataclass(frozen=True)
class Cycle:
    """One cycle of a clip, s from the clip's first frame."""

    start: float
    end: float

    @property
    def period(self) -> float:
        """Seconds."""
        return self.end - self.start


def loop_clip(
    model: mujoco.MjModel,
    library: MotionLibrary,
    clip: int,
    *,
    seconds: float = 30.0,
    start: float | None = None,
    end: float | None = None,
) -> MotionLibrary:
    """Return a library of one clip that repeats a cycle of another, straight ahead.

    The cycle's first and last posture are brought together by an even drift, and it becomes a
    Fourier series up to 8 Hz, so that positions and velocities are continuous. The root goes on
    by the cycle's own displacement each time; its heading does not turn from cycle to cycle.

    Args:
        model: the model that moves.
        library: holds the clip.
        clip: its number.
        seconds: length of the result.
        start: of the cycle, s from the clip's first frame; by default found, with the end.
        end: of the cycle.

    Raises:
        InputError: times outside of the clip, no cycle found in it, or it is a loop.
    """
    source = library.clips[clip]
    if "loop_start" in source.attributes:
        raise InputError(
            f"clip {source.name!r} is a loop already; loop what it was made from, "
            f"{source.attributes.get('loop_of', 'a recording')!r}"
        )
    rows = slice(int(library.first_frame[clip]), int(library.first_frame[clip + 1]))
    qpos = library.arrays.qpos[rows].astype(np.float64)
    if not 0.1 <= seconds <= MAX_SECONDS:
        raise InputError(f"seconds is {seconds:g}; it must be in [0.1, {MAX_SECONDS:g}]")
    cycle = _check_cycle(source, start, end)
    if cycle is None:
        cycle = find_cycle(model, qpos, source.frame_rate)
    frames = int(np.floor(seconds * source.frame_rate + 1e-6)) + 1
    looped = repeat_cycle(model, qpos, source.frame_rate, cycle, frames)
    rate = float(source.attributes.get("clock_rate", 1.0))
    attributes = {
        **source.attributes,
        "loop_of": source.name,
        "loop_start": cycle.start * rate,
        "loop_end": cycle.end * rate,
    }
    made = Clip(f"{source.name}_loop", frames, source.frame_rate, source.split, attributes)
    return MotionLibrary.from_qpos(model, [(made, looped)], library.tracked_bodies)


def recording_clock(clip: Clip, time: npt.ArrayLike) -> Array:
    """Return times of a clip on the clock of the recording it was made from, s.

    A looped clip comes back to its cycle's beginning after each period; a clip at another speed
    has a clock that runs at its ``clock_rate``.
    """
    attributes = clip.attributes
    seconds = np.asarray(time, dtype=float) * float(attributes.get("clock_rate", 1.0))
    first = float(attributes.get("first_time", 0.0))
    if "loop_start" not in attributes:
        return first + seconds
    start, end = float(attributes["loop_start"]), float(attributes["loop_end"])
    times: Array = first + start + np.mod(seconds, end - start)
    return times


def check_as_recorded(clip: Clip) -> None:
    """Raise InputError of a clip whose sides or course are not those of what was recorded."""
    for name, what in (("mirrored", "mirrored"), ("into", "joined from two")):
        if name in clip.attributes:
            raise InputError(
                f"clip {clip.name!r} is {what}; EMG goes with the clip that it was made from, "
                f"{clip.attributes.get('made_from', 'a recording')!r}"
            )


def spread_starts(clip: Clip, count: int, seconds: float) -> Array:
    """Return start times, s, (count,), of episodes of a length, spread evenly over a clip.

    Over the cycle that a looped clip repeats.
    """
    attributes = clip.attributes
    period = float(attributes.get("loop_end", 0.0)) - float(attributes.get("loop_start", 0.0))
    period /= float(attributes.get("clock_rate", 1.0))
    free = clip.duration - seconds
    room = min(free, period) if period > 0 else free
    return np.linspace(0.0, room, count, endpoint=period <= 0)


def find_cycle(model: mujoco.MjModel, qpos: Array, frame_rate: float) -> Cycle:
    """Return the cycle of a motion (T, nq) after which posture and velocity repeat best.

    Compared are the independent joints and their velocities, these as they change within a tenth
    of a second, as a share of how much they vary within the cycle: standing still repeats no
    better than walking. Of cycles that repeat about as well the shortest is taken, of lengths next
    to each other that do the best.

    Raises:
        InputError: the motion is shorter than a cycle, or never comes back to a posture.
    """
    spline = _spline(qpos, frame_rate)
    duration = (len(qpos) - 1) / frame_rate
    if duration < PERIODS[0]:
        raise InputError(f"a motion of {duration:.2f} s holds no cycle")
    joints = _independent_columns(model)
    times = np.arange(0.0, duration + 1e-9, 1.0 / SEARCH_RATE)
    state = np.concatenate([spline(times)[:, joints], 0.1 * spline(times, 1)[:, joints]], axis=1)
    sums = np.concatenate([np.zeros((1, state.shape[1])), np.cumsum(state, axis=0)])
    squares = np.concatenate([[0.0], np.cumsum(np.sum(state**2, axis=1))])
    found = []
    longest = min(round(PERIODS[1] * SEARCH_RATE), len(times) - 1)
    for shift in range(round(PERIODS[0] * SEARCH_RATE), longest + 1):
        gaps = np.sum((state[shift:] - state[:-shift]) ** 2, axis=1)
        mean = (sums[shift:-1] - sums[: -shift - 1]) / shift
        varied = (squares[shift:-1] - squares[: -shift - 1]) / shift - np.sum(mean**2, axis=1)
        shares = np.sqrt(gaps / np.maximum(varied, STILL))
        i = int(np.argmin(shares))
        found.append((float(shares[i]), Cycle(float(times[i]), float(times[i + shift]))))
    best = min(share for share, _ in found)
    if best > LARGEST_GAP:
        raise InputError(
            "the motion does not come back to a posture; name the cycle's start and end"
        )
    enough = 1.5 * best + 0.02
    first_on = dropwhile(lambda one: one[0] > enough, found)
    return min(takewhile(lambda one: one[0] <= enough, first_on), key=lambda one: one[0])[1]


def repeat_cycle(
    model: mujoco.MjModel, qpos: Array, frame_rate: float, cycle: Cycle, frames: int
) -> Array:
    """Return ``frames`` of a motion (T, nq) that repeats a cycle of it, at its frame rate."""
    phase = np.linspace(0.0, 1.0, SAMPLES, endpoint=False)
    spline = _spline(qpos, frame_rate)
    first, last = spline(cycle.start), spline(cycle.end)
    samples = spline(cycle.start + phase * cycle.period)
    drift = last - first
    root = _root_address(model)
    samples -= phase[:, None] * drift
    quat = slice(root + 3, root + 7)
    samples[:, quat] = _without_drift(
        spline(cycle.start + phase * cycle.period)[:, quat], first[quat], last[quat], phase
    )
    highest = max(1, int(HARMONICS_HZ * cycle.period))
    spectrum = np.fft.rfft(samples, axis=0)
    spectrum[highest + 1 :] = 0.0
    at = np.arange(frames) / frame_rate / cycle.period
    angles = 2 * np.pi * np.outer(at, np.arange(highest + 1))
    weights = np.full(highest + 1, 2.0 / SAMPLES)
    weights[0] = 1.0 / SAMPLES
    series = spectrum[: highest + 1] * weights[:, None]
    looped: Array = np.cos(angles) @ series.real - np.sin(angles) @ series.imag
    looped[:, root : root + 2] += at[:, None] * drift[root : root + 2]
    looped[:, quat] /= np.linalg.norm(looped[:, quat], axis=1, keepdims=True)
    apply_couplings(model, looped)
    return looped


def _without_drift(quats: Array, first: Array, last: Array, phase: Array) -> Array:
    """Orientations (n, 4) turned back evenly by what the cycle turns from first to last."""
    inverse, turn, axis = np.zeros(4), np.zeros(4), np.zeros(3)
    mujoco.mju_negQuat(inverse, last / np.linalg.norm(last))
    mujoco.mju_mulQuat(turn, first / np.linalg.norm(first), inverse)
    mujoco.mju_quat2Vel(axis, turn, 1.0)
    result = np.empty_like(quats)
    angle = float(np.linalg.norm(axis))
    direction = axis / angle if angle > 0 else np.array([0.0, 0.0, 1.0])
    part = np.zeros(4)
    for i, share in enumerate(phase):
        mujoco.mju_axisAngle2Quat(part, direction, share * angle)
        mujoco.mju_mulQuat(result[i], part, quats[i] / np.linalg.norm(quats[i]))
    return result


def _check_cycle(clip: Clip, start: float | None, end: float | None) -> Cycle | None:
    if start is None and end is None:
        return None
    if start is None or end is None:
        raise InputError("a cycle needs both its start and its end, or neither to have it found")
    if not (0.0 <= start < end <= clip.duration + 1e-9 and end - start >= 0.1):
        raise InputError(
            f"cycle [{start:g}, {end:g}] s is not one of clip {clip.name!r}, which lasts "
            f"{clip.duration:.3f} s; it needs 0.1 s at least"
        )
    return Cycle(start, min(end, clip.duration))


def _spline(qpos: Array, frame_rate: float) -> Any:
    degree = min(3, len(qpos) - 1)
    return make_interp_spline(np.arange(len(qpos)) / frame_rate, qpos, k=degree)


def _root_address(model: mujoco.MjModel) -> int:
    return int(model.jnt_qposadr[model.body_jntadr[root_body(model)]])


def _independent_columns(model: mujoco.MjModel) -> list[int]:
    names = independent_joints(model)
    return [int(model.jnt_qposadr[model.joint(name).id]) for name in dict.fromkeys(names)]
