"""The resting SMPL body: where its joints lie at mean shape, or by a user's model file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError
from kinesis_fast.motions.capture.rest import Rest
from kinesis_fast.motions.formats.axes import Y_UP
from kinesis_fast.motions.formats.numpy_file import read_npz, to_numbers

Array = npt.NDArray[np.float64]

PARENTS = {
    "hip_l": "pelvis",
    "hip_r": "pelvis",
    "spine": "pelvis",
    "knee_l": "hip_l",
    "knee_r": "hip_r",
    "ankle_l": "knee_l",
    "ankle_r": "knee_r",
    "toe_l": "ankle_l",
    "toe_r": "ankle_r",
}
JOINTS = {
    "pelvis": 0,
    "hip_l": 1,
    "hip_r": 2,
    "spine": 3,
    "knee_l": 4,
    "knee_r": 5,
    "ankle_l": 7,
    "ankle_r": 8,
    "toe_l": 10,
    "toe_r": 11,
}
"""Numbers of our keypoints among SMPL's joints (the same in SMPL, SMPL-H, SMPL-X and
HumanML3D)."""

OFFSETS: dict[str, tuple[float, float, float]] = {
    "hip_l": (-0.0068, 0.0695, -0.0914),
    "hip_r": (-0.0043, -0.0677, -0.0905),
    "knee_l": (-0.0045, 0.0343, -0.3752),
    "knee_r": (-0.0089, -0.0383, -0.3826),
    "ankle_l": (-0.0437, -0.0136, -0.3980),
    "ankle_r": (-0.0423, 0.0158, -0.3984),
    "toe_l": (0.1193, 0.0264, -0.0558),
    "toe_r": (0.1233, -0.0254, -0.0481),
    "spine": (-0.0267, -0.0025, 0.1090),
}
"""Mean shape: place of each joint from its parent's, m, x forward, y left, z up. Measured on
published motions; no body-model file is needed or included."""

MAX_BETAS = 300


def mean_offsets() -> dict[str, Array]:
    """Return each joint's place from its parent's at mean shape, (3,) m, x forward, z up."""
    return {name: np.array(offset) for name, offset in OFFSETS.items()}


def offsets_of(model_file: Path, betas: Array, gender: str) -> dict[str, Array]:
    """Return joints' places from their parents' of a shape, by a user's own body model.

    Args:
        model_file: a SMPL, SMPL-H or SMPL-X model as ``.npz`` (``v_template``, ``shapedirs``,
            ``J_regressor``), or a folder with ``<gender>/model.npz`` as SMPL-H is distributed.
        betas: shape coefficients, (n,).
        gender: ``female``, ``male`` or ``neutral``.
    """
    if model_file.is_dir():
        model_file = model_file / gender / "model.npz"
    where = f"body model {str(model_file)!r}"
    if model_file.suffix.lower() != ".npz":
        raise InputError(f"{where} must be an .npz file; pickled models are not read")
    try:
        arrays = read_npz(model_file, ("v_template", "shapedirs", "J_regressor"))
        if len(arrays) < 3:
            raise InputError("lacks v_template, shapedirs or J_regressor")
        template, shapes, regressor = (to_numbers(a, name) for name, a in arrays.items())
    except InputError as error:
        raise InputError(f"{where} {error}") from error
    vertices = len(template)
    if (
        template.shape != (vertices, 3)
        or shapes.ndim != 3
        or shapes.shape[:2] != (vertices, 3)
        or regressor.ndim != 2
        or regressor.shape[0] < 12
        or regressor.shape[1] != vertices
    ):
        raise InputError(f"{where} has arrays of shapes that do not agree")
    count = min(len(betas), shapes.shape[2], MAX_BETAS)
    joints = regressor[:12] @ (template + shapes[:, :, :count] @ betas[:count]) @ Y_UP.T
    return {name: joints[JOINTS[name]] - joints[JOINTS[p]] for name, p in PARENTS.items()}


def rest_of(offsets: dict[str, Array]) -> Rest:
    """Measure a resting body, whose legs are straight."""
    places = {"pelvis": np.zeros(3)}
    for name, parent in PARENTS.items():
        places[name] = places[parent] + offsets[name]
    return Rest.of(places)
