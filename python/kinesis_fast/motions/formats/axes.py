"""What the readers share: turning axes and Euler angles."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

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
