"""SMPL, SMPL-H and SMPL-X motions as AMASS distributes them (``.npz``), KIT's among them.

Read are the turns of pelvis and leg joints, the place, and the frame rate; the joints' places
follow from a resting body of mean shape, or from the user's own body model with the file's shape.
AMASS's world has z up; SMPL's body axes have y up.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError
from kinesis_fast.motions.capture.recording import POINTS, Recording, check_finite, check_timing
from kinesis_fast.motions.formats import smpl_body
from kinesis_fast.motions.formats.axes import Y_UP, rotation_from_vector
from kinesis_fast.motions.formats.numpy_file import read_npz, to_numbers

Array = npt.NDArray[np.float64]

ARRAYS = (
    "poses",
    "root_orient",
    "pose_body",
    "trans",
    "betas",
    "gender",
    "mocap_framerate",
    "mocap_frame_rate",
)


def read_amass(path: Path, body_model: Path | None = None) -> Recording:
    """Read one ``.npz`` file.

    Args:
        path: the file.
        body_model: the user's own SMPL model; see :func:`smpl_body.offsets_of`.
    """
    arrays = read_npz(path, ARRAYS)
    poses, trans = _poses(arrays), _array(arrays, "trans")
    rate_name = "mocap_framerate" if "mocap_framerate" in arrays else "mocap_frame_rate"
    rate = _array(arrays, rate_name)
    if rate.size != 1:
        raise InputError(f"{rate_name!r} has shape {rate.shape}; one number is expected")
    frame_rate = float(rate.reshape(()))
    if body_model is None:
        return from_poses(path.stem, frame_rate, poses, trans, {"format": "AMASS"})
    gender = str(arrays["gender"]) if "gender" in arrays else "neutral"
    gender = next((g for g in ("female", "male") if g in gender), "neutral")
    betas = _array(arrays, "betas").ravel()
    check_finite(betas, "a shape coefficient")
    offsets = smpl_body.offsets_of(body_model, betas, gender)
    attributes = {"format": "AMASS", "body_model": gender}
    return from_poses(path.stem, frame_rate, poses, trans, attributes, offsets)


def from_poses(
    name: str,
    frame_rate: float,
    poses: Array,
    trans: Array,
    attributes: Mapping[str, str | float],
    offsets: dict[str, Array] | None = None,
) -> Recording:
    """Return a recording of SMPL poses.

    Args:
        name: of the clip.
        frame_rate: Hz.
        poses: rotation vectors of the first 22 joints, (T, 22, 3) rad, in a world with z up.
        trans: place of the body, (T, 3) m.
        attributes: provenance.
        offsets: the resting body; by default the mean one.
    """
    if trans.shape != (len(poses), 3):
        raise InputError(f"'trans' has shape {trans.shape}; {(len(poses), 3)} is expected")
    check_timing(len(poses), frame_rate)
    check_finite(poses, "a joint's turn")
    check_finite(trans, "the place")
    if np.abs(poses).max() > 1e3:
        raise InputError("a joint turns by more than 1000 rad; 'poses' must be rotation vectors")
    offsets = smpl_body.mean_offsets() if offsets is None else offsets
    points = _keypoints(poses, trans, offsets)
    return Recording(name, frame_rate, points, smpl_body.rest_of(offsets), attributes)


def _poses(arrays: dict[str, npt.NDArray[np.generic]]) -> Array:
    """Return rotation vectors (T, 22, 3) of the body's joints."""
    if "poses" in arrays:
        poses = _array(arrays, "poses")
    elif "root_orient" in arrays and "pose_body" in arrays:
        parts = [_array(arrays, name) for name in ("root_orient", "pose_body")]
        if any(p.ndim != 2 for p in parts) or len(parts[0]) != len(parts[1]):
            raise InputError("'root_orient' and 'pose_body' have shapes that do not agree")
        poses = np.concatenate(parts, axis=1)
    else:
        raise InputError("lacks 'poses'; is it a motion of AMASS (SMPL, SMPL-H or SMPL-X)?")
    if poses.ndim != 2 or poses.shape[1] < 66 or poses.shape[1] % 3:
        raise InputError(
            f"'poses' has shape {poses.shape}; (T, 156) for SMPL-H, (T, 72) for SMPL or "
            "(T, 165) for SMPL-X is expected"
        )
    return poses[:, :66].reshape(len(poses), 22, 3)


def _array(arrays: dict[str, npt.NDArray[np.generic]], name: str) -> Array:
    if name not in arrays:
        raise InputError(f"lacks {name!r}; is it a motion of AMASS?")
    return to_numbers(arrays[name], f"{name!r}")


def _keypoints(poses: Array, trans: Array, offsets: dict[str, Array]) -> Array:
    turned = {"pelvis": rotation_from_vector(poses[:, 0]) @ Y_UP.T}
    places = {"pelvis": trans}
    for name, parent in smpl_body.PARENTS.items():
        places[name] = places[parent] + turned[parent] @ offsets[name]
        if name[:3] in ("hip", "kne", "ank"):
            own = rotation_from_vector(poses[:, smpl_body.JOINTS[name]])
            turned[name] = turned[parent] @ Y_UP @ own @ Y_UP.T
    return np.stack([places[name] for name in POINTS], axis=1)
