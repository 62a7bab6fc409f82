"""HumanML3D motions (``.npy``, 20 Hz, y up): 22 joints, or its 263 features.

The features of a frame are: turning speed of the body, its speed along and across in its own
heading, its height; 21 joints from the root in that heading; and rotations, speeds and contacts,
which are not needed here (Guo et al., "Generating diverse and natural 3D human motions from text",
CVPR 2022). Text-to-motion models work on features from which a mean was taken and which were
divided by a deviation: give both files to undo it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError
from kinesis_fast.motions.capture.recording import POINTS, Recording, check_finite, check_upright
from kinesis_fast.motions.formats import smpl_body
from kinesis_fast.motions.formats.axes import Y_UP
from kinesis_fast.motions.formats.numpy_file import read_npy, to_numbers
from kinesis_fast.rotations import axis_rotation

Array = npt.NDArray[np.float64]

FRAME_RATE = 20.0
JOINTS = 22
FEATURES = 263


def read_humanml3d(
    path: Path,
    mean: Path | None = None,
    deviation: Path | None = None,
    frame_rate: float | None = None,
) -> Recording:
    """Read joints (T, 22, 3) or features (T, 263).

    Args:
        path: the file.
        mean: a file with the features' mean, (263,); then ``deviation`` too.
        deviation: a file with their deviation, (263,).
        frame_rate: Hz; by default 20.
    """
    array = to_numbers(read_npy(path), "the array")
    return from_array(path.stem, array, mean, deviation, frame_rate)


def from_array(
    name: str,
    array: Array,
    mean: Path | None = None,
    deviation: Path | None = None,
    frame_rate: float | None = None,
) -> Recording:
    """Return joints (T, 22, 3) or features (T, 263) as a recording; see :func:`read_humanml3d`."""
    check_finite(array, "a value")
    if array.ndim == 3 and array.shape[1:] == (JOINTS, 3):
        joints, kind = array, "HumanML3D joints"
    elif array.ndim == 2 and array.shape[1] == FEATURES:
        joints, kind = joints_of(_denormalised(array, mean, deviation)), "HumanML3D features"
    else:
        raise InputError(
            f"has shape {array.shape}; HumanML3D has (T, {JOINTS}, 3) joints or "
            f"(T, {FEATURES}) features"
        )
    points = joints[:, [smpl_body.JOINTS[point] for point in POINTS]]
    check_upright(points, np.array([0.0, 1.0, 0.0]))
    return Recording(
        name,
        FRAME_RATE if frame_rate is None else frame_rate,
        points @ Y_UP.T,
        smpl_body.rest_of(smpl_body.mean_offsets()),
        attributes={"format": kind},
    )


def joints_of(features: Array) -> Array:
    """Return joints (T, 22, 3), m, y up, of raw features (T, 263)."""
    # Speeds lead from one frame to the next; turns are counted as half angles.
    half = np.concatenate([[0.0], np.cumsum(features[:-1, 0])])
    back = axis_rotation([0.0, 1.0, 0.0], -2.0 * half)
    moved = np.zeros((len(features), 3))
    moved[1:, [0, 2]] = features[:-1, 1:3]
    root = np.cumsum((back @ moved[:, :, None])[:, :, 0], axis=0)
    others = features[:, 4 : 4 + 3 * (JOINTS - 1)].reshape(-1, JOINTS - 1, 3)
    others = np.einsum("tij,tkj->tki", back, others)
    joints = np.concatenate([np.zeros((len(features), 1, 3)), others], axis=1)
    joints[:, :, [0, 2]] += root[:, None, [0, 2]]
    joints[:, 0, 1] = features[:, 3]
    return joints


def _denormalised(features: Array, mean: Path | None, deviation: Path | None) -> Array:
    if mean is None and deviation is None:
        return features
    if mean is None or deviation is None:
        raise InputError("needs both the mean and the deviation of the features")
    found = []
    for what, path in (("mean", mean), ("deviation", deviation)):
        try:
            values = to_numbers(read_npy(path), "the array")
            if values.shape != (FEATURES,):
                raise InputError(f"has shape {values.shape}, not ({FEATURES},)")
            check_finite(values, "a value")
        except InputError as error:
            raise InputError(f"{what} {str(path)!r} {error}") from error
        found.append(values)
    return features * found[1] + found[0]
