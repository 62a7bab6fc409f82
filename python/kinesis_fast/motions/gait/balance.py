"""The pelvis's path over planted feet: that of an inverted pendulum."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from kinesis_fast.motions.gait.footsteps import FootGeometry, Stance
from kinesis_fast.motions.gait.timeline import FRAME_RATE, Timeline

Array = npt.NDArray[np.float64]

GRAVITY = 9.81
REACH = 1.5
"""Seconds before and after a moment whose footholds still move the pelvis."""


def pendulum_path(
    timeline: Timeline,
    geometries: Sequence[FootGeometry],
    stances: Sequence[Sequence[Stance]],
    height: float,
) -> Array:
    """Return the path (T, 2), m, that keeps a pendulum of a height, m, over the feet.

    A point mass on massless legs, at constant height, obeys x - (height / g) x'' = p with p the
    centre of pressure (Kajita et al. 2001, IROS, the linear inverted pendulum). Its one solution
    that does not fall is p averaged with weights exp(-|t| sqrt(g / height)): steady walking slows
    down over the standing foot and sways towards it, starting and turning lean into them.
    Running, which leaves the floor, keeps the timeline's path.

    Args:
        timeline: the clip.
        geometries: of the feet, right then left.
        stances: of each foot.
        height: of the centre of mass.
    """
    if timeline.plan.running:
        return timeline.path
    target = _centre_of_pressure(timeline, geometries, stances) - timeline.path
    reach = round(REACH * FRAME_RATE)
    time = np.arange(-reach, reach + 1) / FRAME_RATE
    weights = np.exp(-np.abs(time) * np.sqrt(GRAVITY / height))
    weights /= weights.sum()
    path = np.empty_like(target)
    for axis in range(2):
        course = np.pad(timeline.path[:, axis], reach, mode="reflect", reflect_type="odd")
        padded = course + np.pad(target[:, axis], reach, mode="edge")
        path[:, axis] = np.convolve(padded, weights, mode="valid")
    return path


def _centre_of_pressure(
    timeline: Timeline, geometries: Sequence[FootGeometry], stances: Sequence[Sequence[Stance]]
) -> Array:
    """Return where the feet press on the floor (T, 2), on average where the timeline's path is.

    It goes from heel to ball while a foot stands, and from foot to foot while both do.
    """
    activity = np.clip(timeline.lift / 0.55, 0.0, 1.0)
    double = timeline.stance - 0.5
    total, loads = np.zeros_like(timeline.path), np.zeros(len(timeline.phase))
    for leg, (geometry, feet) in enumerate(zip(geometries, stances, strict=True)):
        cycle = np.mod(timeline.phase + 0.5 * leg, 1.0)
        begun, left = cycle / double, (timeline.stance - cycle) / double
        load = np.clip(np.minimum(begun, left), 0.0, 1.0)
        load = 0.5 + activity * (load - 0.5)
        roll = (
            activity * (cycle / timeline.stance - 0.5) * float(geometry.ball[0] - geometry.heel[0])
        )
        for foot in feet:
            chosen = slice(foot.first, foot.last + 1)
            forward = np.array([np.cos(foot.yaw), np.sin(foot.yaw)])
            place = foot.place + np.multiply.outer(roll[chosen] - foot.ahead, forward)
            total[chosen] += load[chosen, None] * place
            loads[chosen] += load[chosen]
    result: Array = total / loads[:, None]
    return result
