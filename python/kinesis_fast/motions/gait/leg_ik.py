"""Inverse kinematics of both legs for many frames at once."""

from __future__ import annotations

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.body import apply_couplings, joint_couplings
from kinesis_fast.motions.kinematics import BatchKinematics

Array = npt.NDArray[np.float64]

LEG_JOINTS = (
    "hip_flexion",
    "hip_adduction",
    "hip_rotation",
    "knee_angle",
    "ankle_angle",
    "subtalar_angle",
)
ORIENTATION_WEIGHT = 0.05
"""Metres that a radian of foot orientation counts for."""
POSTURE_WEIGHT = 0.004
"""Metres that a radian away from the posture wished for counts for."""
ITERATIONS = 7


class LegSolver:
    """Moves hip, knee, ankle and subtalar joints so that the feet take given poses."""

    def __init__(self, model: mujoco.MjModel) -> None:
        self.model = model
        feet = [f"{part}_{side}" for side in "rl" for part in ("calcn", "toes")]
        self.kinematics = BatchKinematics(model, feet)
        self.couplings = joint_couplings(model)

    def solve(self, qpos: Array, foot_pos: Array, foot_rot: Array) -> None:
        """Change the legs' joints in place, by damped Gauss-Newton steps within joint ranges.

        Args:
            qpos: positions, (T, nq); the legs' joints are start and wished-for posture.
            foot_pos: of the calcaneus origins, right then left, (T, 2, 3), world frame.
            foot_rot: of the calcaneus bodies, (T, 2, 3, 3).
        """
        wished = qpos.copy()
        for _ in range(ITERATIONS):
            apply_couplings(self.model, qpos)
            self.kinematics.forward(qpos)
            for leg, side in enumerate("rl"):
                self._step(qpos, wished, foot_pos[:, leg], foot_rot[:, leg], side)
        apply_couplings(self.model, qpos)

    def _step(
        self, qpos: Array, wished: Array, foot_pos: Array, foot_rot: Array, side: str
    ) -> None:
        m, k = self.model, self.kinematics
        foot = m.body(f"calcn_{side}").id
        joints = [m.joint(f"{name}_{side}").id for name in LEG_JOINTS]
        addresses = m.jnt_qposadr[joints]
        pos, rot = k.body_pos[:, foot], k.body_rot[:, foot]
        error = np.concatenate(
            [foot_pos - pos, ORIENTATION_WEIGHT * _rotation_error(foot_rot, rot)], axis=1
        )
        jacobian = np.stack([self._column(joint, pos, qpos) for joint in joints], axis=-1)
        jacobian[:, 3:] *= ORIENTATION_WEIGHT
        pull = POSTURE_WEIGHT**2 * (wished[:, addresses] - qpos[:, addresses])
        normal = np.swapaxes(jacobian, 1, 2) @ jacobian + POSTURE_WEIGHT**2 * np.eye(len(joints))
        gradient = np.einsum("tij,ti->tj", jacobian, error) + pull
        change = np.linalg.solve(normal, gradient[..., None])[..., 0]
        moved = qpos[:, addresses] + np.clip(change, -0.3, 0.3)
        low, high = m.jnt_range[joints].T
        qpos[:, addresses] = np.clip(moved, low, high)

    def _column(self, joint: int, pos: Array, qpos: Array) -> Array:
        """Velocity (T, 6) of a foot at ``pos`` a unit of one joint and those coupled to it."""
        m = self.model
        column = self._single_column(joint, pos)
        source = int(m.jnt_qposadr[joint])
        for c in self.couplings:
            dependent = int(m.dof_jntid[c.dependent_dof])
            if c.source_qpos != source or m.jnt_bodyid[dependent] != m.jnt_bodyid[joint]:
                continue
            slope = np.polynomial.polynomial.polyval(
                qpos[:, source] - m.qpos0[source],
                np.polynomial.polynomial.polyder(c.coefficients),
            )
            column = column + slope[:, None] * self._single_column(dependent, pos)
        return column

    def _single_column(self, joint: int, pos: Array) -> Array:
        axis, anchor = self.kinematics.joint_axis[:, joint], self.kinematics.joint_anchor[:, joint]
        if int(self.model.jnt_type[joint]) == int(mujoco.mjtJoint.mjJNT_SLIDE):
            return np.concatenate([axis, np.zeros_like(axis)], axis=1)
        return np.concatenate([np.cross(axis, pos - anchor), axis], axis=1)


def _rotation_error(target: Array, rot: Array) -> Array:
    """Return the small rotation (T, 3), world axes, that takes ``rot`` towards ``target``."""
    crosses = [np.cross(rot[..., i], target[..., i]) for i in range(3)]
    return 0.5 * (crosses[0] + crosses[1] + crosses[2])
