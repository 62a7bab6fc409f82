"""From actions to excitations in plain Python: the specification of every control mode.

Shares no code with the native engine; ``docs/architecture.md`` states the same in words.
"""

from __future__ import annotations

import mujoco
import numpy as np
import numpy.typing as npt
from scipy.optimize import lsq_linear

from kinesis_fast.body import independent_joints, joint_couplings
from kinesis_fast.envs.reference_slopes import LaidMotions
from kinesis_fast.motions.library import MotionLibrary
from kinesis_fast.tasks import conditions, environment
from kinesis_fast.tasks.imitation import ImitationConfig

Array = npt.NDArray[np.float64]


class ReferenceControl:
    """Control of one body, whose muscles are as ``data`` holds them."""

    def __init__(
        self,
        model: mujoco.MjModel,
        data: mujoco.MjData,
        motions: MotionLibrary | LaidMotions,
        config: ImitationConfig,
    ) -> None:
        self.model, self.data, self.motions, self.config = model, data, motions, config
        self.joints = independent_joints(model)
        self.dofs = [int(model.joint(name).dofadr[0]) for name in self.joints]
        self.stiffness = environment.joint_stiffness(config, model)
        self.strength = conditions.strengths(config.conditions, model)
        self.tired = np.zeros(model.nu)  # part of every muscle
        self.fatigue_rates = conditions.fatigue_rates(model).T
        self.effort_weights = environment.effort_weights(config, model)
        self.inertia = self.default_inertia()
        self.touch = environment.touch_sensors(model)
        self.offset = np.zeros(len(self.joints))  # rad, in effect

    @property
    def num_actions(self) -> int:
        """Actions of the mode."""
        joints, muscles = len(self.joints), int(self.model.nu)
        return {"joint": joints, "joint_residual": joints + muscles}.get(
            self.config.control_mode, muscles
        )

    def reset(self) -> None:
        """Begin an episode, rested."""
        self.offset = np.zeros(len(self.joints))
        self.tired = np.zeros(self.model.nu)

    @property
    def capacity(self) -> Array:
        """Share of its peak force that every muscle can make now, (nu,)."""
        made: Array = self.strength * (1.0 - self.tired)
        return made

    def tire(self, seconds: float) -> None:
        """Muscles tire, and recover, over a control step: see ``FatigueConfig``."""
        speed = self.config.conditions.fatigue.speed
        if speed == 0.0:
            return
        tiring, recovery, at_rest = self.fatigue_rates
        act, weak = self.data.act, self.strength
        active = np.minimum(np.divide(act, weak, where=weak > 0, out=0.0 * act), 1.0)
        recovery = np.where(active <= 0.01, at_rest * recovery, recovery)
        change = speed * seconds * (tiring * active - recovery * self.tired)
        self.tired = np.clip(self.tired + change, 0.0, 1.0)

    def excitation(self, action: Array, clip: int, time: float, substeps_left: int = 1) -> Array:
        """Return excitations (nu,) in [0, 1].

        Args:
            action: (num_actions,) in [-1, 1].
            clip: number of the clip that is followed.
            time: s into it.
            substeps_left: of the control step, this one included.
        """
        mode, scale = self.config.control_mode, self.config.residual_scale
        if mode == "direct":
            return 0.5 * (action + 1.0)
        if mode == "length":
            return self._towards_lengths(action)
        if mode == "residual":
            return np.clip(self._prior("excitation", clip, time) + scale * action, 0.0, 1.0)
        joints = len(self.joints)
        goal = self.config.joint.reach * action[:joints]
        self.offset += (goal - self.offset) / (substeps_left if self.config.joint.ramp else 1)
        excitations = self._towards_joints(clip, time)
        if mode == "joint_residual":
            excitations = np.clip(excitations + scale * action[joints:], 0.0, 1.0)
        return excitations

    def _towards_lengths(self, action: Array) -> Array:
        model, data = self.model, self.data
        excitations = np.zeros(model.nu)
        gain, bias = self.gain_and_bias()
        for i in range(model.nu):
            target = 0.5 * (action[i] + 1.0) * model.actuator_lengthrange[i, 1]
            peak = self.capacity[i] * self.peak_force(i)
            kp = self.config.length_stiffness * peak
            kd = self.config.length_damping * kp
            force = kp * (target - data.actuator_length[i]) - kd * data.actuator_velocity[i]
            force = np.clip(force, -peak, 0.0)
            excitations[i] = np.clip(
                (force - bias[i]) / min(-1.0, self.capacity[i] * gain[i]), 0.0, 1.0
            )
        return excitations

    def _towards_joints(self, clip: int, time: float) -> Array:
        """Least effort for the torque that leads to the clip's joint angles plus the offset."""
        _, per_activation, wanted = self.effort_problem(clip, time)
        weight = self.config.joint.torque_weight
        capacity = self.capacity
        effort = self.least_effort(per_activation * capacity, wanted, weight)
        excitation = self.excitation_towards(capacity * effort)
        share = np.divide(excitation, capacity, where=capacity > 0, out=0.0 * excitation)
        return np.minimum(share, 1.0)

    def effort_problem(self, clip: int, time: float) -> tuple[Array, Array, Array]:
        """What the muscles are asked for in mode ``joint``.

        Returns:
            Moment arms (joints, muscles), m; torques a unit of activation (joints, muscles), N m;
            wanted torques (joints,), N m, those of passive muscle forces taken off.
        """
        model, data = self.model, self.data
        joint = self.config.joint
        reference = self.motions.reference(clip, time + joint.lead)
        error = np.zeros(model.nv)
        mujoco.mj_differentiatePos(model, error, 1.0, data.qpos, reference["qpos"])
        kp, kd = self.gains()
        torque = (
            self._prior("torque", clip, time + joint.torque_lead)
            + kp * (error[self.dofs] + self.offset)
            + kd * (reference["qvel"] - data.qvel)[self.dofs]
        )
        arms = self.moment_arms()
        gain, bias = self.gain_and_bias()
        return arms, arms * gain, torque - arms @ bias

    def gains(self) -> tuple[Array, Array]:
        """Stiffness and damping of the joints, (joints,): bounded where a limb carries no load."""
        joint = self.config.joint
        free_kp = np.minimum(self.stiffness, self.inertia * joint.free_frequency**2)
        free_kd = 2.0 * joint.free_damping * self.inertia * joint.free_frequency
        standing_kd = joint.damping * self.stiffness
        free_kd = np.minimum(standing_kd, free_kd)
        load = np.zeros(len(self.dofs))
        for name in self.touch:
            sensor = self.model.sensor(name)
            body = int(self.model.site_bodyid[int(sensor.objid[0])])
            while body > 0:
                load[self.model.dof_bodyid[self.dofs] == body] += self.data.sensor(name).data[0]
                body = int(self.model.body_parentid[body])
        share = np.minimum(1.0, load / joint.standing_load)
        return (
            free_kp + share * (self.stiffness - free_kp),
            free_kd + share * (standing_kd - free_kd),
        )

    def counted(self, qpos: Array) -> Array:
        """Motion of every joint a unit of each independent one, (nv, joints)."""
        counted = np.eye(self.model.nv)[:, self.dofs]
        for c in joint_couplings(self.model):
            if c.source_dof in self.dofs:
                x = qpos[c.source_qpos] - self.model.qpos0[c.source_qpos]
                slope = np.polynomial.Polynomial(c.coefficients).deriv()(x)
                counted[c.dependent_dof, self.dofs.index(c.source_dof)] = slope
        return counted

    def default_inertia(self) -> Array:
        """Inertia that each independent joint moves in the default pose, (joints,)."""
        data = mujoco.MjData(self.model)
        mujoco.mj_forward(self.model, data)
        mass = np.zeros((self.model.nv, self.model.nv))
        mujoco.mj_fullM(self.model, data, mass)
        counted = self.counted(self.model.qpos0)
        inertia: Array = np.diag(counted.T @ mass @ counted).copy()
        return inertia

    def moment_arms(self) -> Array:
        """Moment arms (joints, muscles), m, that ``data`` holds, dependent joints counted in."""
        model, data = self.model, self.data
        dense = np.zeros((model.nu, model.nv))
        mujoco.mju_sparse2dense(
            dense,
            data.actuator_moment,
            data.moment_rownnz,
            data.moment_rowadr,
            data.moment_colind,
        )
        arms: Array = (dense @ self.counted(data.qpos)).T
        return arms

    def least_effort(self, per_activation: Array, wanted: Array, torque_weight: float) -> Array:
        """Efforts (nu,) in [0, 1] that minimise sum w a^2 + weight |G a - b|^2."""
        root = np.sqrt(torque_weight)
        stacked = np.concatenate([root * per_activation, np.diag(np.sqrt(self.effort_weights))])
        target = np.concatenate([root * wanted, np.zeros(self.model.nu)])
        found: Array = lsq_linear(stacked, target, (0.0, 1.0), method="bvls", tol=1e-14).x
        free = (found > 1e-9) & (found < 1.0 - 1e-9)
        found[~free] = np.where(found[~free] > 1e-9, 1.0, 0.0)
        rest = target - stacked[:, ~free] @ found[~free]
        found[free] = np.linalg.lstsq(stacked[:, free], rest, rcond=None)[0]
        return found

    def excitation_towards(self, wanted: Array) -> Array:
        """Excitations that reach activations (nu,) within one substep, or come nearest."""
        held, rates = self.data.act, self.model.actuator_dynprm
        growth = 0.5 + 1.5 * np.clip(held, 0.0, 1.0)
        constant = np.where(wanted > held, rates[:, 0] * growth, rates[:, 1] / growth)
        change = (wanted - held) * constant / self.model.opt.timestep
        clipped: Array = np.clip(held + change, 0.0, 1.0)
        return clipped

    def gain_and_bias(self) -> tuple[Array, Array]:
        """Force a unit of activation, and passive force, of every muscle, N."""
        model, data = self.model, self.data
        gain, bias = np.zeros(model.nu), np.zeros(model.nu)
        for i in range(model.nu):
            length, span = data.actuator_length[i], model.actuator_lengthrange[i]
            acc0 = model.actuator_acc0[i]
            velocity = data.actuator_velocity[i]
            gain_prm, bias_prm = model.actuator_gainprm[i, :9], model.actuator_biasprm[i, :9]
            gain[i] = mujoco.mju_muscleGain(length, velocity, span, acc0, gain_prm)
            bias[i] = mujoco.mju_muscleBias(length, span, acc0, bias_prm)
        return gain, bias

    def peak_force(self, muscle: int) -> float:
        """Return a muscle's peak force, N: given, or left to MuJoCo by a negative number."""
        given, scale = self.model.actuator_biasprm[muscle, 2:4]
        automatic = scale / max(mujoco.mjMINVAL, self.model.actuator_acc0[muscle])
        return float(given if given >= 0.0 else automatic)

    def _prior(self, name: str, clip: int, time: float) -> Array:
        found: Array = self.motions.prior_at(clip, time)[name]
        return found
