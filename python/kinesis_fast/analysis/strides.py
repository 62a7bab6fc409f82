"""Walking stride by stride: what every stride measures, and by how much two walks differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from kinesis_fast.analysis.gait_events import Cycle, FootEvents
from kinesis_fast.analysis.mechanics import MEASURES, Mechanics
from kinesis_fast.analysis.walk import Trial, Walk, foot_place
from kinesis_fast.body.legs import FORWARD, SIDES

Array = npt.NDArray[np.float64]

GRAVITY = 9.81
"""m/s^2."""
HALF_FOOT = 0.04
"""m from the middle of a heel to the foot's outer edge."""
HEEL_OFF = 0.02
"""m over its least height in stance, at which a heel has risen."""
WORKED = {"hip_flexion": "hip", "knee_angle": "knee", "ankle_angle": "ankle"}
"""Joints whose positive work is told."""
DRAWS = 2000
"""Of strides, for an interval."""
PLACED = (
    ("stride time, s", "time"),
    ("stride length, m", "length"),
    ("step length, m", "step"),
    ("step width, m", "width"),
    ("stance, % of the stride", "stance"),
    ("heel-off, % of the stride", "heel_off"),
    ("other foot's strike, % of the stride", "other_strike"),
    ("pelvic list, range in stance, degrees", "list"),
    ("margin of stability aside, least, cm", "margin"),
)
"""Labels of what is measured of every stride beside the peaks of mechanics."""


def stride_measures(
    walk: Walk, mechanics: dict[str, Mechanics], root: int = 1
) -> dict[str, dict[str, Array]]:
    """Return every measure of every kept stride, (strides,) by label and side.

    Of a side, from its foot's strike to its next: the time; the way of the foot; the step, by which
    the foot is ahead of the other one at its strike, and the width across; the share of stance; how
    far the foot's edge is outside of the extrapolated centre of mass, at least, while it stands
    (Hof et al. 2005, J. Biomech. 38:1); when its heel rises in stance by :data:`HEEL_OFF`, and when
    the other foot strikes; by how much the pelvis lists to and fro meanwhile; the positive work of
    hip, knee and ankle, a stride and kg; and the peaks of
    :data:`~kinesis_fast.analysis.mechanics.MEASURES`.

    Args:
        walk: of a recording with what is worked out of its movement.
        mechanics: of it, by side.
        root: number of the body that all others hang on.
    """
    found: dict[str, dict[str, Array]] = {label: {} for label, _ in PLACED}
    for side in [side for side in SIDES if any(walk.kept[side])]:
        rows = [
            _placed(walk, trial, side, cycle, root)
            | _timed(walk, trial, events[SIDES[1 - SIDES.index(side)]], side, cycle)
            for trial, events, kept in zip(
                walk.recording.trials, walk.events, walk.kept[side], strict=True
            )
            for cycle in kept
        ]
        for label, key in PLACED:
            found[label][side] = np.array([row[key] for row in rows])
        durations = np.array([row["time"] for row in rows])
        for joint, called in WORKED.items():
            powers = mechanics[side].powers.get(joint)
            if powers is not None:
                work = np.maximum(powers.cycles, 0.0).mean(axis=1) * durations
                found.setdefault(f"work done at the {called}, J/kg", {})[side] = work
        for measure in MEASURES:
            profile = getattr(mechanics[side], measure.kind).get(measure.signal)
            if profile is not None:
                found.setdefault(measure.label, {})[side] = measure.peaks(profile.cycles)
    return found


def _placed(walk: Walk, trial: Trial, side: str, cycle: Cycle, root: int) -> dict[str, float]:
    """Return what the feet's places and the centre of mass tell of one stride."""
    time = trial["time"]
    other = SIDES[1 - SIDES.index(side)]
    own, theirs = (foot_place(walk.recording, trial, foot)[:, :2] for foot in (side, other))

    def at(values: Array, when: float) -> Array:
        return np.array([np.interp(when, time, column) for column in values.T])

    begin, end = at(own, cycle.begin), at(own, cycle.end)
    length = float(np.linalg.norm(end - begin))
    way = (end - begin) / max(length, 1e-9)
    left = np.array([-way[1], way[0]])
    apart = begin - at(theirs, cycle.begin)
    inside = (time >= cycle.begin) & (time <= cycle.off)
    mass = trial["subtree_com"].reshape(len(time), -1, 3)[:, root]
    speed = np.gradient(mass[:, :2], time, axis=0)
    swing = np.sqrt(max(float(mass[:, 2].mean()), 0.1) / GRAVITY)
    reach = mass[inside, :2] + speed[inside] * swing
    outwards = left if side == "l" else -left
    margin = (own[inside] - reach) @ outwards + HALF_FOOT
    return {
        "time": cycle.duration,
        "length": length,
        "step": float(apart @ way),
        "width": abs(float(apart @ left)),
        "stance": 100.0 * cycle.stance,
        "margin": 100.0 * float(margin.min()) if inside.any() else float("nan"),
    }


def _timed(
    walk: Walk, trial: Trial, other: FootEvents, side: str, cycle: Cycle
) -> dict[str, float]:
    """Return when in a stride heel and other foot do what, percent, and how the pelvis lists."""
    time = trial["time"]
    inside = (time >= cycle.begin) & (time <= cycle.off)
    nan = float("nan")
    if not inside.any():
        return {"heel_off": nan, "other_strike": nan, "list": nan}
    height = foot_place(walk.recording, trial, side)[inside, 2]
    lowest = int(np.argmin(height))
    risen = np.flatnonzero(height[lowest:] > height[lowest] + HEEL_OFF)
    off = float(time[inside][lowest + risen[0]]) if len(risen) else nan
    strikes = other.strikes[(other.strikes > cycle.begin) & (other.strikes < cycle.end)]
    strike = float(strikes[0]) if len(strikes) else nan
    across = Rotation.from_quat(np.roll(trial["qpos"][inside, 3:7], -1, axis=1)).apply(
        np.cross([0.0, 0.0, 1.0], FORWARD)
    )
    return {
        "heel_off": 100.0 * (off - cycle.begin) / cycle.duration,
        "other_strike": 100.0 * (strike - cycle.begin) / cycle.duration,
        "list": float(np.ptp(np.rad2deg(np.arcsin(np.clip(across[:, 2], -1.0, 1.0))))),
    }


@dataclass(frozen=True)
class Difference:
    """By how much a measure of one walk differs from another's."""

    one: float
    """Mean of the first walk's strides."""
    other: float
    """Mean of the second walk's."""
    low: float
    """Of the first's mean less the second's, the 2.5th percentile."""
    high: float
    """The 97.5th percentile of it."""

    @property
    def clear(self) -> bool:
        """Whether the interval has no zero."""
        return self.low > 0.0 or self.high < 0.0


def difference(one: Array, other: Array, seed: int = 0) -> Difference:
    """Return the difference of two means, with its interval by a bootstrap over strides.

    Args:
        one: of every stride, (n,).
        other: of every stride of another walk, (m,).
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    known = [values[np.isfinite(values)] for values in (one, other)]
    if min(map(len, known)) < 2:
        nan = float("nan")
        mean, other_mean = (float(values.mean()) if len(values) else nan for values in known)
        return Difference(mean, other_mean, nan, nan)
    means = [
        values[rng.integers(0, len(values), (DRAWS, len(values)))].mean(axis=1) for values in known
    ]
    low, high = np.percentile(means[0] - means[1], (2.5, 97.5))
    return Difference(float(known[0].mean()), float(known[1].mean()), float(low), float(high))


def differences(
    one: dict[str, dict[str, Array]], other: dict[str, dict[str, Array]]
) -> dict[str, dict[str, Difference]]:
    """Return the differences of every measure and side that both walks have.

    Args:
        one: as :func:`stride_measures` returns it.
        other: of another walk.
    """
    return {
        label: {
            side: difference(values, other[label][side])
            for side, values in sides.items()
            if side in other.get(label, {})
        }
        for label, sides in one.items()
    }
