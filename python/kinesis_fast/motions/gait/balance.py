"""How the pelvis goes over planted feet: as a body does that their forces carry."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import linalg

from kinesis_fast.motions.gait.footsteps import FootGeometry, FootStance
from kinesis_fast.motions.gait.timeline import FRAME_RATE, Timeline

Array = npt.NDArray[np.float64]

GRAVITY = 9.81
REACH = 1.5
"""Seconds before and after a moment whose footholds still move the pelvis."""
STEP_POINTS = 256
"""Of a running step, for the sum of its harmonics."""
MIXES = 9
"""Shares of running, from none to all, between which heights are interpolated."""
WALKING_STANCE = 0.6
"""Stance share of the walking that runs begin as."""
SLOWEST = 0.3
"""Strides a second; where there are fewer, nothing flies."""


def pendulum_path(
    timeline: Timeline,
    geometries: Sequence[FootGeometry],
    stances: Sequence[Sequence[FootStance]],
    height: float,
) -> Array:
    """Return the path (T, 2), m, that keeps a point mass at a height, m, over the feet.

    On massless legs that push with F from the centre of pressure p, it obeys
    x'' = F (x - p) / (m height): the linear inverted pendulum (Kajita et al. 2001, IROS) where the
    force is the weight, as in walking; in running F comes and goes. The one solution that does
    not fall: steady walking slows down over the standing foot and sways towards it, starting and
    turning lean into them, running flies on between them.

    Args:
        timeline: the clip.
        geometries: of the feet, right then left.
        stances: of each foot.
        height: of the centre of mass.
    """
    pressure, load = _support(timeline, geometries, stances)
    reach = round(REACH * FRAME_RATE)
    stiffness = np.pad(load * GRAVITY / height / FRAME_RATE**2, reach, mode="edge")
    path = np.empty_like(pressure)
    for axis in range(2):
        course = np.pad(timeline.path[:, axis], reach, mode="reflect", reflect_type="odd")
        target = course + np.pad((pressure - timeline.path)[:, axis], reach, mode="edge")
        bands = np.ones((3, len(course)))
        bands[1] = -2.0 - stiffness
        bands[1, [0, -1]], bands[0, 1], bands[2, -2] = 1.0, 0.0, 0.0
        right = -stiffness * target
        right[[0, -1]] = target[[0, -1]]
        path[:, axis] = linalg.solve_banded((1, 1), bands, right)[reach:-reach]
    return path


def running_height(timeline: Timeline) -> Array:
    """Return the height (T,) of a running body about its mean, m: z'' = g (F / (m g) - 1)."""
    step = np.arange(STEP_POINTS) / STEP_POINTS
    running, stance = timeline.gait.running, float(timeline.gait.own_stance(running=True)[0])
    shape = np.zeros(len(running))
    for level in np.linspace(0.0, 1.0, MIXES) if timeline.gait.walks else (1.0,):
        share = (1.0 - level) * WALKING_STANCE + level * stance
        both = np.stack([0.5 * step, 0.5 * step + 0.5])
        load = np.fft.rfft(_foot_load(both, level, WALKING_STANCE, share).sum(axis=0))
        order = np.arange(1, len(load))
        load[1:] /= -((2.0 * np.pi * order) ** 2)
        load[0] = 0.0
        height = np.fft.irfft(load, STEP_POINTS)
        near = np.maximum(0.0, 1.0 - (MIXES - 1) * np.abs(running - level))
        shape += near * np.interp(np.mod(2.0 * timeline.phase, 1.0), step, height, period=1.0)
    strides = np.maximum(np.gradient(timeline.phase) * FRAME_RATE, SLOWEST)
    result: Array = GRAVITY * (0.5 / strides) ** 2 * shape
    return result


def _foot_load(
    cycle: Array, running: Array | float, walking_stance: Array | float, stance: Array | float
) -> Array:
    """Force on a foot in body weights, of a body under way whose steps carry it on average.

    Args:
        cycle: where in its cycle the leg is, 0 to 1.
        running: how much of running is in the gait.
        walking_stance: stance share of the walking that is in it.
        stance: that of the gait.
    """
    runs = _running_load(cycle / stance) * 0.5 / stance
    stood = cycle * walking_stance / stance
    double = walking_stance - 0.5
    walks = np.clip(np.minimum(stood, walking_stance - stood) / double, 0.0, 1.0)
    result: Array = (1.0 - running) * walks * walking_stance / stance + running * runs
    return result


def _running_load(share: Array) -> Array:
    """Force on a foot at a share of its stance, over its mean (half a sine, Alexander 1989)."""
    return np.where((share >= 0) & (share < 1), 0.5 * np.pi * np.sin(np.pi * share), 0.0)


def _support(
    timeline: Timeline, geometries: Sequence[FootGeometry], stances: Sequence[Sequence[FootStance]]
) -> tuple[Array, Array]:
    """Return where the feet press on the floor (T, 2), m, and with how many body weights (T,).

    The place is on average where the timeline's path is. It goes from heel to ball while a foot
    stands, and from foot to foot while both do.
    """
    activity = np.clip(timeline.lift / 0.55, 0.0, 1.0)
    gait = timeline.gait
    total, loads = np.zeros_like(timeline.path), np.zeros(len(timeline.phase))
    for leg, (geometry, feet) in enumerate(zip(geometries, stances, strict=True)):
        cycle = np.mod(timeline.phase + 0.5 * leg, 1.0)
        load = _foot_load(cycle, gait.running, gait.own_stance(running=False), gait.stance)
        load = np.where(gait.running > 0.0, load, 0.5 + activity * (load - 0.5))
        rolled = np.minimum(cycle / (timeline.stance * gait.roll), 1.0) - 0.5
        roll = activity * rolled * float(geometry.ball[0] - geometry.heel[0])
        for foot in feet:
            chosen = slice(foot.first, foot.last + 1)
            forward = np.array([np.cos(foot.yaw), np.sin(foot.yaw)])
            place = foot.place + np.multiply.outer(roll[chosen] - foot.ahead, forward)
            total[chosen] += load[chosen, None] * place
            loads[chosen] += load[chosen]
    on_floor = loads > 0.0
    pressure = timeline.path.copy()
    pressure[on_floor] = total[on_floor] / loads[on_floor, None]
    return pressure, np.where(gait.running > 0.0, loads, 1.0)
