"""Joints that follow another, and those that follow none."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np
import numpy.typing as npt
from numpy.polynomial import polynomial


@dataclass(frozen=True)
class JointCoupling:
    """One active polynomial joint equality: q_dependent = sum_k coefficients[k] * q_source^k.

    Relative to ``qpos0`` of both joints, as MuJoCo computes it (XML reference,
    ``equality/joint``); ``source_qpos`` is -1 where the dependent joint is fixed.
    """

    dependent_qpos: int
    dependent_dof: int
    source_qpos: int
    source_dof: int
    coefficients: npt.NDArray[np.float64]

    def slope(self, model: mujoco.MjModel, qpos: npt.NDArray[np.float64]) -> float:
        """Return how fast the dependent joint follows its source in a pose (nq,); 0: fixed."""
        if self.source_qpos < 0:
            return 0.0
        x = qpos[self.source_qpos] - model.qpos0[self.source_qpos]
        return float(polynomial.polyval(x, polynomial.polyder(self.coefficients)))


def joint_couplings(model: mujoco.MjModel) -> list[JointCoupling]:
    """Return the model's joint equalities in order."""
    found = []
    for i in range(model.neq):
        if model.eq_type[i] != mujoco.mjtEq.mjEQ_JOINT or not model.eq_active0[i]:
            continue
        dependent, source = int(model.eq_obj1id[i]), int(model.eq_obj2id[i])
        found.append(
            JointCoupling(
                dependent_qpos=int(model.jnt_qposadr[dependent]),
                dependent_dof=int(model.jnt_dofadr[dependent]),
                source_qpos=int(model.jnt_qposadr[source]) if source >= 0 else -1,
                source_dof=int(model.jnt_dofadr[source]) if source >= 0 else -1,
                coefficients=np.array(model.eq_data[i, :5], dtype=np.float64),
            )
        )
    return found


def muscle_moments(model: mujoco.MjModel, data: mujoco.MjData) -> npt.NDArray[np.float64]:
    """Return what length each muscle gains a unit of each joint, (nu, nv), m a rad or 1.

    What follows a joint is counted in it: of joints that follow none these are minus the moment
    arms. ``data`` holds a pose that :func:`mujoco.mj_fwdPosition` has seen.
    """
    moments = np.zeros((model.nu, model.nv))
    mujoco.mju_sparse2dense(
        moments,
        data.actuator_moment,
        data.moment_rownnz,
        data.moment_rowadr,
        data.moment_colind,
    )
    for c in reversed(joint_couplings(model)):  # what follows first, then what it follows
        if c.source_qpos >= 0:
            moments[:, c.source_dof] += c.slope(model, data.qpos) * moments[:, c.dependent_dof]
    return moments


def apply_couplings(
    model: mujoco.MjModel,
    qpos: npt.NDArray[np.float64],
    qvel: npt.NDArray[np.float64] | None = None,
) -> None:
    """Set dependent joints, and their velocities, from the joint couplings, in place.

    Args:
        model: the model whose couplings are applied.
        qpos: positions, (..., nq).
        qvel: velocities, (..., nv), or None.
    """
    for c in joint_couplings(model):
        base = model.qpos0[c.dependent_qpos]
        if c.source_qpos < 0:
            qpos[..., c.dependent_qpos] = base + c.coefficients[0]
            continue
        x = qpos[..., c.source_qpos] - model.qpos0[c.source_qpos]
        qpos[..., c.dependent_qpos] = base + np.polynomial.polynomial.polyval(x, c.coefficients)
        if qvel is not None:
            slope = np.polynomial.polynomial.polyder(c.coefficients)
            qvel[..., c.dependent_dof] = (
                np.polynomial.polynomial.polyval(x, slope) * qvel[..., c.source_dof]
            )


def independent_joints(model: mujoco.MjModel) -> list[str]:
    """Return, in order, the names of the joints that no coupling makes follow another.

    Without the free root; a ball joint is named three times. Joint torques are counted in them.
    """
    dependent = {c.dependent_dof for c in joint_couplings(model)}
    joints = [int(model.dof_jntid[dof]) for dof in range(model.nv) if dof not in dependent]
    free = int(mujoco.mjtJoint.mjJNT_FREE)
    return [model.joint(j).name for j in joints if int(model.jnt_type[j]) != free]
