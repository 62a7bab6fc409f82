"""What the readers share: turning axes, Euler angles, and measures of a skeleton at rest."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError
from kinesis_fast.rotations import axis_rotation

Array = npt.NDArray[np.float64]

Y_UP = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
"""Axes with y up and z forward (SMPL, HumanML3D, Acclaim, most BVH) in the world's (z up)."""


def euler_rotation(order: str, angles: Array) -> Array:
    """Return rotations (..., 3, 3) of turns about fixed axes, the first letter's first.

    Args:
        order: like ``"XYZ"``, which is Rz Ry Rx.
        angles: (..., len(order)), rad, in that order.
    """
    result: Array = np.broadcast_to(np.eye(3), (*angles.shape[:-1], 3, 3))
    for i, letter in enumerate(order):
        axis = np.eye(3)["XYZ".index(letter.upper())]
        result = axis_rotation(axis, angles[..., i]) @ result
    return result


def rotation_from_vector(vectors: Array) -> Array:
    """Return rotations (..., 3, 3) of rotation vectors (..., 3), axis times angle, rad."""
    angle = np.linalg.norm(vectors, axis=-1)[..., None, None]
    safe = np.maximum(angle, 1e-12)
    x, y, z = np.moveaxis(vectors / safe[..., 0], -1, 0)
    zero = np.zeros_like(x)
    cross = np.moveaxis(np.array([[zero, -z, y], [z, zero, -x], [-y, x, zero]]), (0, 1), (-2, -1))
    result: Array = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross)
    return result


def rest_measures(rest: dict[str, Array]) -> tuple[float, tuple[float, float]]:
    """Return ``pelvis_tilt`` and ``foot_line`` (see :class:`Recording`) of a skeleton at rest.

    Args:
        rest: places of hips, spine, ankles and toes of a person who stands upright on flat feet,
            (3,) each, m, x forward, y left, z up.
    """
    up = rest["spine"] - 0.5 * (rest["hip_r"] + rest["hip_l"])
    if np.linalg.norm(up) < 1e-6:
        raise InputError("the spine's first joint lies between the hips; the pelvis has no upright")
    feet = []
    for side, left in (("r", -1.0), ("l", 1.0)):
        line = rest[f"toe_{side}"] - rest[f"ankle_{side}"]
        flat = float(np.hypot(line[0], line[1]))
        feet.append((float(np.arctan2(-line[2], flat)), left * float(np.arctan2(line[1], line[0]))))
    pitch, yaw = np.mean(feet, axis=0)
    return float(np.arctan2(-up[0], up[2])), (float(pitch), float(yaw))
