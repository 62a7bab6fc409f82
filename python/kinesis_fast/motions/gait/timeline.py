"""The course of a clip: speed, heading, path of the pelvis, and phase of the gait."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinesis_fast.motions.gait import curves
from kinesis_fast.motions.gait.gait_mix import GaitMix

Array = npt.NDArray[np.float64]

FRAME_RATE = 60.0
"""Of the built-in clips, Hz."""

RAMP = 1.2
"""Seconds in which speed and turning change between two knots, where a plan says no other."""

MARGIN = 48
"""Frames made before and after a clip and then cut off, so that steps are whole at its ends."""

QUICK_FREQUENCY = 0.85
"""Strides a second of steps aside, at :data:`ASIDE` m/s and more, and of turns at three times
:data:`QUICK_TURN` rad/s and more; up to twice that turns are as slow as walking begins."""
ASIDE = 0.2
QUICK_TURN = 0.4

CADENCES = (0.55, 1.8)
"""Over the usual strides a second, within which so many steps are made of a way."""
STANDING_PHASE = 0.04
"""Of the right leg while both feet stand side by side; the left is half a cycle on."""


@dataclass(frozen=True)
class GaitStyle:
    """How somebody goes, beside what is usual at a speed."""

    cadence: float = 1.0
    """Strides a second over the usual ones: above 1 they are shorter."""
    width: float = 0.0
    """m by which each foot is farther from the middle than usual."""
    toe_out: float = 0.0
    """rad by which feet point farther outwards."""
    lift: float = 1.0
    """Of the swinging leg, over the usual."""
    strike: float = 1.0
    """Of the toes at foot strike, over how far they are usually up: 1 the heel first, 0 flat."""
    crouch: float = 0.0
    """m by which the pelvis is lower than upright legs carry it, knees bent."""
    lean: float = 0.0
    """rad by which the trunk leans forward."""
    sway: float = 1.0
    """Of the pelvis's turning and listing, over the usual."""


@dataclass(frozen=True)
class ClipPlan:
    """What a clip shows."""

    name: str
    split: str
    kind: str
    """``stand``, ``walk``, ``turn``, ``backward``, ``sidestep``, ``start``, ``stop`` or ``run``."""
    duration: float
    """How long the clip is, s."""
    speed: tuple[tuple[float, float], ...] = ((0.0, 0.0),)
    """Knots (second, forward speed m/s); the speed moves to each within ``ramp``."""
    turn_rate: tuple[tuple[float, float], ...] = ((0.0, 0.0),)
    """Knots (second, rad/s, positive to the left)."""
    drift: tuple[tuple[float, float], ...] = ((0.0, 0.0),)
    """Knots (second, speed to the left m/s): of steps aside."""
    ramp: float = RAMP
    """s in which they change."""
    still: float = 0.02
    """m/s and rad/s, under which feet stand."""
    on_the_spot: tuple[tuple[float, float], ...] = ()
    """Spans (from, to), s, in which feet go though the body stays."""
    style: GaitStyle = GaitStyle()
    """How it is done."""
    other_foot: bool = False
    """Whether the foot begins that else would not: the right one, ahead."""
    steps: int = 0
    """How often a foot lands, of a clip that goes and comes to rest; 0: as the speed asks."""
    running: tuple[tuple[float, float], ...] | None = None
    """Knots (second, how much of running is in the gait, 0 to 1); None: all of a ``run``, none of
    else."""

    @property
    def to_the_right(self) -> bool:
        """Whether steps aside go to the right, by the fastest of them."""
        return max((value for _, value in self.drift), key=abs) < 0.0


@dataclass(frozen=True)
class Timeline:
    """A plan, frame by frame; every array is (T,) unless said, :data:`MARGIN` at either end."""

    plan: ClipPlan
    speed: Array
    """Speed of the root, m/s."""
    heading: Array
    """Yaw of the walking direction, rad, from the world's x axis to the left."""
    path: Array
    """Of the pelvis on the floor, (T, 2), m, without sway."""
    phase: Array
    """Of the right leg, in cycles, not wrapped."""
    stance: Array
    """Share of the cycle for which a foot stands."""
    stride: Array
    """Signed length of a stride, m."""
    drift: Array
    """Signed way of a stride to the left, m."""
    amplitude: Array
    """Of the angles, as a share of the normative curves'; 0 in standing."""
    lift: Array
    """Of the swing leg, as a share of the normative curves'; 0 in standing."""
    gait: GaitMix
    """How much of running is in the gait, and the normative curves of that."""


def make_timeline(plan: ClipPlan) -> Timeline:
    """Integrate a plan's speed and turning into path and phase."""
    frames = round(plan.duration * FRAME_RATE) + 1
    time = np.arange(-MARGIN, frames + MARGIN) / FRAME_RATE
    speed = _follow_knots(plan.speed, time, plan.ramp)
    turn_rate = _follow_knots(plan.turn_rate, time, plan.ramp)
    heading = _integrate(turn_rate)
    heading -= heading[MARGIN]
    aside = _follow_knots(plan.drift, time, plan.ramp)
    c, s = np.cos(heading), np.sin(heading)
    path = np.stack([_integrate(speed * c - aside * s), _integrate(speed * s + aside * c)], -1)
    path -= path[MARGIN]
    courses = np.abs(np.stack([speed, turn_rate, aside]))
    moving: npt.NDArray[np.bool_] = np.any(courses > plan.still, axis=0)
    spot = np.zeros(len(time), dtype=bool)
    for begin, end in plan.on_the_spot:
        there = (begin <= time) & (time <= end)
        moving |= there
        spot |= there
    gait = GaitMix(_running(plan, time), speed)
    frequency = plan.style.cadence * gait.stride_frequency
    # Steps aside and on the spot, and quick turns, are short and quick.
    share = np.clip(np.maximum(np.abs(aside) / ASIDE, np.abs(turn_rate) / QUICK_TURN - 2), 0, 1)
    frequency = np.maximum(frequency, np.maximum(share, spot) * QUICK_FREQUENCY)
    if plan.steps:
        # The last half cycle ends where feet stand.
        cycles = frequency[moving].sum() / FRAME_RATE
        frequency *= np.clip((0.5 * plan.steps - 0.04) / max(cycles, 0.1), *CADENCES)
    # The foot on the side that a body goes to steps first.
    first = STANDING_PHASE + (0.5 if plan.to_the_right else 0.0)
    first += 0.5 * plan.other_foot
    phase, stepping = _integrate_phase(frequency, moving, first, backward=plan.kind == "backward")
    activity = smooth(stepping.astype(np.float64), 0.25)
    stride = speed / frequency * activity
    amplitude = np.abs(stride) / gait.reference_stride
    return Timeline(
        plan=plan,
        speed=speed,
        heading=heading,
        path=path,
        phase=phase,
        stance=gait.stance,
        stride=stride,
        drift=aside / frequency * activity,
        amplitude=amplitude,
        lift=plan.style.lift * np.maximum(np.sqrt(amplitude), 0.55) * activity,
        gait=gait,
    )


def _running(plan: ClipPlan, time: Array) -> Array:
    if plan.running is None:
        return np.full(len(time), float(plan.kind == "run"))
    return _follow_knots(plan.running, time, plan.ramp)


def _integrate_phase(
    frequency: Array, moving: npt.NDArray[np.bool_], first: float, *, backward: bool
) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Advance the phase while moving, and on to the next standing phase after it."""
    phase = np.zeros(len(frequency))
    stepping = np.zeros(len(frequency), dtype=bool)
    now = first
    for i in range(len(frequency)):
        # Backwards from where both feet stand side by side, not from its mirror image in time.
        phase[i] = 2.0 * STANDING_PHASE - now if backward else now
        advance = frequency[i] / FRAME_RATE
        to_standing = np.mod(STANDING_PHASE - now, 0.5)
        settled = min(to_standing, 0.5 - to_standing) < 1e-9
        if moving[i]:
            stepping[i] = True
            now += advance
        elif not settled:
            stepping[i] = True
            now += min(advance, to_standing)
    return phase, stepping


def _follow_knots(knots: tuple[tuple[float, float], ...], time: Array, ramp: float) -> Array:
    at, value = np.array(knots, dtype=np.float64).T
    if len(at) > 2 and np.diff(at[1:]).min() > ramp - 1e-9:  # it moves to one knot at a time
        last = np.clip(np.searchsorted(at, time, side="right") - 1, 0, len(at) - 1)
        before = np.maximum(last - 1, 0)
        share = curves.smoothstep((time - at[last]) / ramp)
        moved: Array = value[before] + share * (value[last] - value[before])
        return moved
    risen = curves.smoothstep((time[:, None] - at[1:]) / ramp)
    result: Array = value[0] + risen @ np.diff(value)
    return result


def _integrate(rate: Array) -> Array:
    """Return the trapezoidal integral over frames, from zero."""
    steps = 0.5 * (rate[1:] + rate[:-1]) / FRAME_RATE
    return np.concatenate([[0.0], np.cumsum(steps)])


def smooth(values: Array, seconds: float) -> Array:
    """Return the average (T,) over so many seconds before and after."""
    half = max(1, round(seconds * FRAME_RATE))
    window = np.hanning(2 * half + 3)[1:-1]
    padded = np.pad(values, half, mode="edge")
    return np.convolve(padded, window / window.sum(), mode="valid")
