"""Poses of the legs in which OpenSim was asked about Rajagopal2016."""

from __future__ import annotations

import mujoco
import numpy as np

from kinesis_fast.body import apply_couplings

JOINTS = [
    *("hip_flexion", "hip_adduction", "hip_rotation"),
    *("knee_angle", "ankle_angle", "subtalar_angle"),
]
POSES = np.array(
    [
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        [0.5, -0.1, 0.1, 0.3, 0.15, 0.05],
        [-0.25, 0.05, -0.05, 0.6, -0.3, -0.05],
        [0.35, -0.05, 0.0, 1.1, 0.0, 0.1],
        [1.5, -0.25, 0.2, 1.8, 0.35, 0.0],
    ]
)
"""Of the joints, rad, both sides alike."""


def posed(model: mujoco.MjModel) -> np.ndarray:
    """Return a model's joint positions in :data:`POSES`, (poses, nq)."""
    qpos = np.tile(model.qpos0, (len(POSES), 1))
    for name, angles in zip(JOINTS, POSES.T, strict=True):
        for side in "rl":
            qpos[:, int(model.joint(f"{name}_{side}").qposadr[0])] = angles
    apply_couplings(model, qpos)
    return qpos
