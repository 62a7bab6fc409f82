"""What bones press on each other with at hips, knees and ankles of a recorded body."""

from __future__ import annotations

from collections.abc import Mapping

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast import _engine
from kinesis_fast.body.legs import SIDES

Array = npt.NDArray[np.float64]

JOINTS = {"hip": "femur", "knee": "tibia", "ankle": "talus"}
"""The bodies below them, without their side."""
GROUND = ("foot_force", "estimated_foot_force")
"""Fields of a recording that say what the ground does to the feet: measured, or else estimated."""


def forces_are_known(trial: Mapping[str, Array]) -> bool:
    """Tell whether a recording has what joint reactions are worked out from."""
    return any(name in trial for name in GROUND) and len(trial["time"]) > 2


def joint_reactions(model: mujoco.MjModel, trial: Mapping[str, Array]) -> dict[str, Array]:
    """Return the force on the bone below each joint, by ``hip_r`` and so on, (T, 3), N.

    In that bone's axes: ahead, up and to the right. Muscles press bones together: it is what
    surfaces and ligaments carry, as OpenSim's JointReaction has it. Where each row's ground force
    is of the step that led there (recordings of policies), accelerations are those of the steps;
    otherwise central differences.

    Args:
        model: the body.
        trial: with ``time``, ``qpos``, ``qvel``, ``actuator_force`` and one of :data:`GROUND`,
            (T, ...), T at least 3.
    """
    time, velocity = np.asarray(trial["time"], np.float64), np.asarray(trial["qvel"], np.float64)
    if GROUND[0] in trial:
        ground = np.concatenate([trial[GROUND[0]][1:], trial[GROUND[0]][-1:]])
        steps = np.diff(velocity, axis=0) / np.diff(time)[:, None]
        acceleration = np.concatenate([steps, steps[-1:]])
    else:
        ground = trial[GROUND[1]]
        acceleration = trial.get("qacc", np.gradient(velocity, time, axis=0))
    outside = np.zeros((len(time), model.nbody, 3))
    for k, side in enumerate(SIDES):
        outside[:, model.body(f"calcn_{side}").id] = ground[:, 3 * k : 3 * k + 3]
    motion = (trial["qpos"], velocity, acceleration, trial["actuator_force"], outside)
    found = _engine.joint_reactions(
        model._address, *(np.ascontiguousarray(values, np.float64) for values in motion)
    )
    return {
        f"{joint}_{side}": found[:, model.body(f"{body}_{side}").id]
        for joint, body in JOINTS.items()
        for side in SIDES
    }
