"""Inverse kinematics of both legs."""

from __future__ import annotations

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast import _engine
from kinesis_fast.body import apply_couplings

Array = npt.NDArray[np.float64]

LEG_JOINTS = (
    "hip_flexion",
    "hip_adduction",
    "hip_rotation",
    "knee_angle",
    "ankle_angle",
    "subtalar_angle",
)


def plant_feet(model: mujoco.MjModel, qpos: Array, foot_pos: Array, foot_rot: Array) -> Array:
    """Return positions (T, nq) whose feet take given poses, as far as joint ranges allow.

    Args:
        model: the model.
        qpos: positions, (T, nq); the legs' joints are start and wished-for posture.
        foot_pos: of the calcaneus origins, right then left, (T, 2, 3), world frame.
        foot_rot: of the calcaneus bodies, (T, 2, 3, 3).
    """
    legs = _engine.PlantedLegs(model._address, [model.body(f"calcn_{s}").id for s in "rl"])
    found = legs.solve(*(np.ascontiguousarray(a) for a in (qpos, foot_pos, foot_rot)))
    apply_couplings(model, found)
    return found
