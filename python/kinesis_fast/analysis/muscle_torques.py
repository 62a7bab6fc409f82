"""What muscles do to the joints of a recorded body, instant by instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast import _engine
from kinesis_fast.body import independent_joints
from kinesis_fast.body.couplings import muscle_moments
from kinesis_fast.body.tendons import tendons_stretch

Array = npt.NDArray[np.float64]

FIELDS = ("qpos", "qvel", "act", "unstretched_length", "unstretched_velocity")
"""Of a recording, from which muscles' torques follow."""


@dataclass(frozen=True)
class MuscleTorques:
    """Of T instants, counted in the joints that follow no other."""

    joints: list[str]
    per_activation: Array
    """N m (N of sliding joints) a unit of activation, (T, joints, muscles)."""
    passive: Array
    """Of muscles' passive forces, (T, joints)."""
    activation: Array
    """Activations of the muscles, (T, muscles)."""

    @property
    def active(self) -> Array:
        """Torques of the activations there were, (T, joints)."""
        return np.asarray(np.einsum("tjm,tm->tj", self.per_activation, self.activation))

    @property
    def total(self) -> Array:
        """Torques of the muscles, (T, joints)."""
        return self.active + self.passive


def muscle_torques(model: mujoco.MjModel, trial: Mapping[str, Array]) -> MuscleTorques:
    """Work out moment arms and forces by MuJoCo at a recording's rows.

    Args:
        model: the body.
        trial: with the fields :data:`FIELDS`, (T, ...); the last two are read where the body's
            tendons stretch, whose forces are those of their fibres as long and as fast as they
            were.
    """
    joints = independent_joints(model)
    rows = [int(model.jnt_dofadr[model.joint(name).id]) for name in joints]
    data = mujoco.MjData(model)
    gains = _fibre_gains(model, trial) if tendons_stretch(model) else None
    instants = len(trial["qpos"])
    per_activation = np.zeros((instants, len(joints), model.nu))
    passive = np.zeros((instants, len(joints)))
    for t in range(instants):
        data.qpos[:], data.qvel[:] = trial["qpos"][t], trial["qvel"][t]
        mujoco.mj_fwdPosition(model, data)
        mujoco.mj_fwdVelocity(model, data)
        arms = muscle_moments(model, data)
        gain, bias = _rigid_gains(model, data) if gains is None else (gains[0][t], gains[1][t])
        per_activation[t] = (arms[:, rows] * gain[:, None]).T
        passive[t] = bias @ arms[:, rows]
    return MuscleTorques(joints, per_activation, passive, np.array(trial["act"], float))


def _rigid_gains(model: mujoco.MjModel, data: mujoco.MjData) -> tuple[Array, Array]:
    """Return forces a unit of activation, and without any, (nu,), N, at a state's velocities."""
    forces = []
    for activation in (0.0, 1.0):
        data.act[:] = activation
        mujoco.mj_fwdActuation(model, data)
        forces.append(data.actuator_force.copy())
    return forces[1] - forces[0], forces[0]


def _fibre_gains(model: mujoco.MjModel, trial: Mapping[str, Array]) -> tuple[Array, Array]:
    """Return the same of fibres as they were, (T, nu) each."""
    length, velocity = (np.ascontiguousarray(trial[name], np.float64) for name in FIELDS[3:])
    return _engine.muscle_gains(model._address, length, velocity)
