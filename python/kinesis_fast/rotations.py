"""Rotations as matrices and quaternions, many at once."""

from __future__ import annotations

import mujoco
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def matrix_from_quat(quat: npt.ArrayLike) -> Array:
    """Rotation matrices (..., 3, 3) of quaternions (..., 4) in w-x-y-z order, normalised here."""
    q = np.asarray(quat, dtype=np.float64)
    w, x, y, z = np.moveaxis(q / np.linalg.norm(q, axis=-1, keepdims=True), -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), (0, 1), (-2, -1))


def quat_from_matrix(rotation: npt.ArrayLike) -> Array:
    """Quaternions (..., 4), w-x-y-z, of rotation matrices (..., 3, 3).

    Consecutive quaternions along the first axis have a positive dot product, so that they may
    be interpolated.
    """
    matrices = np.asarray(rotation, dtype=np.float64)
    flat = matrices.reshape(-1, 9)
    quats = np.zeros((len(flat), 4))
    for i, matrix in enumerate(flat):
        mujoco.mju_mat2Quat(quats[i], matrix)
    quats = quats.reshape(*matrices.shape[:-2], 4)
    if quats.ndim == 2:
        make_continuous(quats)
    return quats


def make_continuous(quats: Array) -> None:
    """Choose signs, in place, so that consecutive quaternions (T, 4) lie on one side."""
    for i in range(1, len(quats)):
        if np.dot(quats[i], quats[i - 1]) < 0:
            quats[i] = -quats[i]


def axis_rotation(axis: npt.ArrayLike, angle: npt.ArrayLike) -> Array:
    """Rotation matrices (..., 3, 3) about one unit axis (3,) by angles (...,), radians."""
    x, y, z = np.asarray(axis, dtype=np.float64)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    a = np.asarray(angle, dtype=np.float64)[..., None, None]
    result: Array = np.eye(3) + np.sin(a) * cross + (1 - np.cos(a)) * (cross @ cross)
    return result


def zxy_angles(rotations: Array) -> Array:
    """Return angles (T, 3), rad, of Rz Rx Ry = rotations (T, 3, 3): x within a quarter of a turn,
    z and y turning on."""
    x = np.arcsin(np.clip(rotations[:, 2, 1], -1.0, 1.0))
    z = np.arctan2(-rotations[:, 0, 1], rotations[:, 1, 1])
    y = np.arctan2(-rotations[:, 2, 0], rotations[:, 2, 2])
    return np.stack([np.unwrap(z), x, np.unwrap(y)], axis=1)
