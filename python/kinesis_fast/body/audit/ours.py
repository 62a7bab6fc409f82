"""What MuJoCo says of a body's muscles and bones along a motion."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.body.couplings import muscle_moments
from kinesis_fast.body.names import muscle_names

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Geometry:
    """Muscles and bones along a motion, of whichever simulator."""

    muscles: list[str]
    joints: list[str]
    bodies: list[str]
    length: Array
    """Of muscles with their tendons, (T, muscles) m."""
    arm: Array
    """Moment arms, (T, muscles, joints) m; a muscle that shortens as the angle grows has a positive
    one."""
    origin: Array
    """Of bodies in the axes of the bodies that carry them, (T, bodies, 3) m."""
    mass: Array
    """Of bodies, kg."""


@dataclass(frozen=True)
class MuscleModel:
    """What a muscle is made of, with a tendon that does not stretch."""

    peak_force: float
    """N, along the tendon, at the optimal length."""
    optimal_length: float
    """m, of the fibres."""
    slack_length: float
    """m, of the tendon."""
    pennation: float
    """rad, at the optimal length."""
    active: Array
    """Force of full activation at :data:`FIBRE_LENGTHS`, of the peak."""
    passive: Array
    """Likewise, of no activation."""

    def fibre_length(self, length: Array) -> Array:
        """Return fibre lengths, of the optimal one, at lengths (T,) m of muscle and tendon."""
        along = np.maximum(length - self.slack_length, 0.0) / self.optimal_length
        fibre: Array = np.sqrt(along**2 + np.sin(self.pennation) ** 2)
        return fibre


FIBRE_LENGTHS = np.linspace(0.5, 1.5, 21)
"""Of the optimal length, at which curves are compared."""


def geometry(model: mujoco.MjModel, qpos: Array, joints: list[str], bodies: list[str]) -> Geometry:
    """Return what MuJoCo says of a motion's frames.

    Args:
        model: the body.
        qpos: (T, nq), with what follows coupled joints in place.
        joints: about which arms are wanted; joints that follow them count.
        bodies: whose origins and masses are wanted.
    """
    data = mujoco.MjData(model)
    frames = len(qpos)
    length, arm = np.zeros((frames, model.nu)), np.zeros((frames, model.nu, len(joints)))
    origin = np.zeros((frames, len(bodies), 3))
    dofs = [int(model.joint(name).dofadr[0]) for name in joints]
    ids = [model.body(name).id for name in bodies]
    for t in range(frames):
        data.qpos[:] = qpos[t]
        mujoco.mj_fwdPosition(model, data)
        length[t] = data.actuator_length
        moments = muscle_moments(model, data)
        arm[t] = -moments[:, dofs]
        for k, body in enumerate(ids):
            parent = int(model.body_parentid[body])
            axes = data.xmat[parent].reshape(3, 3)
            origin[t, k] = axes.T @ (data.xpos[body] - data.xpos[parent])
    return Geometry(
        muscle_names(model), joints, bodies, length, arm, origin, model.body_mass[ids].copy()
    )


def muscle_model(model: mujoco.MjModel, name: str) -> MuscleModel:
    """Return a muscle of MuJoCo's: its fibres lie along the tendon."""
    i = model.actuator(name).id
    short, long = model.actuator_lengthrange[i]
    least, most = model.actuator_gainprm[i, :2]
    optimal = (long - short) / (most - least)
    slack = short - least * optimal
    force = float(model.actuator_gainprm[i, 2])

    def at(kind: str, fibre: float) -> float:
        length = slack + fibre * optimal
        limits = model.actuator_lengthrange[i]
        acc0 = model.actuator_acc0[i]
        if kind == "active":
            gain = mujoco.mju_muscleGain(length, 0.0, limits, acc0, model.actuator_gainprm[i, :9])
            return float(-gain / force)
        bias = mujoco.mju_muscleBias(length, limits, acc0, model.actuator_biasprm[i, :9])
        return float(-bias / force)

    return MuscleModel(
        force,
        float(optimal),
        float(slack),
        0.0,
        np.array([at("active", fibre) for fibre in FIBRE_LENGTHS]),
        np.array([at("passive", fibre) for fibre in FIBRE_LENGTHS]),
    )
