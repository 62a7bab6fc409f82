"""Normative joint angles over the gait cycle, and how walking scales with speed.

Angles, in whole degrees, follow the mean curves of able-bodied adults to within a few degrees; they
are not digitised from them. Walking after D. A. Winter, "Biomechanics and Motor Control of Human
Gait" (1991), and J. Perry and J. M. Burnfield, "Gait Analysis" (2nd ed., 2010); running after
T. F. Novacheck, "The biomechanics of running", Gait and Posture 7 (1998). Cycles run from foot
strike to foot strike of the same foot. Signs: flexion, adduction, internal rotation and
dorsiflexion are positive.

The walk ratio (step length over cadence, near constant over speeds) is that of N. Sekiya and
H. Nagasaki, Gait and Posture 7 (1998); stance shares after F. Hebenstreit et al., Human Movement
Science 41 (2015).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

WALK_RATIO = 0.0058
"""Step length over cadence, m per (steps a minute): the published 0.0065 of adults, lowered for
the model, whose legs (0.80 m from hip to ankle) are shorter."""

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class GaitCurves:
    """One gait's angles, as (percent of cycle, degrees) points."""

    hip_flexion: Points
    knee: Points
    ankle: Points
    hip_adduction: Points
    foot_pitch: Points
    """Sole against the floor in stance: positive is toes up. Zero where the foot lies flat."""
    reference_stride: float
    """Stride length that the angles give on the model's legs, m."""
    hip_over_ankle: float
    """Share of stance after which the hip passes over the ankle, by the angles."""
    roll: float
    """Share of stance in which the foot's pressure goes from heel to ball."""


WALK = GaitCurves(
    hip_flexion=(
        (0, 24), (5, 23), (10, 20), (20, 11), (30, 3), (40, -5), (50, -11), (55, -12),
        (60, -9), (65, -1), (70, 9), (75, 17), (80, 23), (85, 26), (90, 26), (95, 25),
    ),
    knee=(
        (0, 4), (5, 10), (10, 17), (15, 19), (20, 18), (25, 15), (30, 11), (35, 8), (40, 6),
        (45, 8), (50, 13), (55, 23), (60, 38), (65, 53), (70, 62), (73, 64), (76, 62),
        (80, 54), (85, 37), (90, 18), (95, 5), (98, 3),
    ),
    ankle=(
        (0, 0), (5, -5), (8, -6), (12, -3), (20, 3), (30, 7), (40, 10), (45, 10), (50, 7),
        (55, -2), (60, -13), (63, -17), (66, -17), (70, -11), (75, -5), (80, -1), (85, 1),
        (90, 1), (95, 0),
    ),
    hip_adduction=(
        (0, 0), (10, 4), (15, 5), (25, 4), (40, 3), (50, 0), (60, -5), (65, -6), (75, -4),
        (85, -2),
    ),
    foot_pitch=(
        (0, 22), (4, 12), (9, 0), (20, 0), (36, 0), (44, -4), (50, -13), (55, -29), (60, -50),
        (63, -59),
    ),
    reference_stride=1.25,
    hip_over_ankle=0.38,
    roll=1.0,
)  # fmt: skip
"""Walking at a comfortable speed."""

RUN = GaitCurves(
    hip_flexion=(
        (0, 30), (8, 28), (15, 22), (25, 8), (35, -5), (40, -7), (48, -2), (56, 14), (65, 34),
        (72, 43), (80, 44), (88, 39), (94, 34),
    ),
    knee=(
        (0, 15), (8, 32), (15, 41), (22, 39), (30, 27), (38, 17), (45, 28), (52, 58), (60, 86),
        (66, 95), (72, 91), (80, 64), (88, 30), (94, 15),
    ),
    ankle=(
        (0, 4), (8, 12), (16, 20), (22, 21), (30, 5), (38, -19), (42, -22), (50, -13), (60, -3),
        (70, 2), (80, 4), (90, 4),
    ),
    hip_adduction=((0, 4), (12, 9), (25, 5), (38, 0), (50, -4), (65, -3), (80, -1), (90, 2)),
    foot_pitch=((0, 12), (4, 5), (8, 0), (18, 0), (23, -8), (30, -28), (38, -52)),
    reference_stride=2.05,
    hip_over_ankle=0.45,
    roll=0.45,
)  # fmt: skip
"""Running at about 2.8 m/s."""


def periodic(points: Points, phase: Array) -> Array:
    """Evaluate a periodic curve through points, degrees, at phases in cycles; radians.

    Cubic between the points with slopes that do not overshoot (Fritsch and Butland 1984), so
    that the phases of flat feet stay flat.
    """
    x = np.array([p[0] for p in points]) / 100.0
    y = np.deg2rad([p[1] for p in points])
    x, y = np.concatenate([x, [x[0] + 1.0]]), np.concatenate([y, [y[0]]])
    return _monotone_cubic(x, y, np.mod(phase - x[0], 1.0) + x[0], closed=True)


def open_curve(points: Points, phase: Array) -> Array:
    """Evaluate a curve through points, degrees, held beyond both ends; radians."""
    x = np.array([p[0] for p in points]) / 100.0
    y = np.deg2rad([p[1] for p in points])
    return _monotone_cubic(x, y, np.clip(phase, x[0], x[-1]), closed=False)


def _monotone_cubic(x: Array, y: Array, at: Array, *, closed: bool) -> Array:
    width = np.diff(x)
    slope = np.diff(y) / width
    before, after = slope[:-1], slope[1:]
    if closed:
        before = np.concatenate([[slope[-1]], slope])
        after = np.concatenate([slope, [slope[0]]])
    same_sign = before * after > 0
    inner = np.where(same_sign, 2 * before * after / np.where(same_sign, before + after, 1.0), 0.0)
    tangent = inner if closed else np.concatenate([[slope[0]], inner, [slope[-1]]])
    i = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(width) - 1)
    t = (at - x[i]) / width[i]
    result: Array = (
        y[i] * (1 + 2 * t) * (1 - t) ** 2
        + y[i + 1] * t**2 * (3 - 2 * t)
        + width[i] * (tangent[i] * t * (1 - t) ** 2 - tangent[i + 1] * t**2 * (1 - t))
    )
    return result


def stride_frequency(speed: Array, *, running: bool) -> Array:
    """Strides a second at a speed, m/s, of a gait that is under way."""
    if running:
        return 1.45 + 0.05 * np.abs(speed)
    steps_a_minute = np.sqrt(60.0 * np.abs(speed) / WALK_RATIO)
    return np.maximum(steps_a_minute, 68.0) / 120.0


def smoothstep(x: Array) -> Array:
    """Return 0 below 0, 1 above 1, and a smooth rise between."""
    t = np.clip(x, 0.0, 1.0)
    result: Array = t * t * t * (t * (6 * t - 15) + 10)
    return result


def stance_share(speed: Array, *, running: bool) -> Array:
    """Share of the cycle for which a foot stands, at a speed in m/s."""
    if running:
        return np.full_like(speed, 0.38)
    return np.clip(0.68 - 0.045 * np.abs(speed), 0.58, 0.68)
