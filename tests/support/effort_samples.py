"""Effort problems that bodies pose while they move."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

import kinesis_fast as kf
from kinesis_fast import _engine
from kinesis_fast.envs.reference_control import ReferenceControl

CLIPS = ("walk_comfortable_120", "walk_fast_175", "run_260", "turn_left", "stand")


@dataclass
class Problems:
    """min |a|^2 + torque_weight |G a - b|^2 for each of N states."""

    qpos: np.ndarray
    arms: np.ndarray
    """(N, joints, muscles) m."""
    torque_per_activation: np.ndarray
    """(N, joints, muscles) N m."""
    wanted: np.ndarray
    """(N, joints) N m, passive muscle torques taken off."""
    torque_weight: float

    def pattern(self) -> tuple[list[int], list[int], np.ndarray]:
        """Sparsity of all problems, column by column, and the values in its order."""
        joints, muscles = self.wanted.shape[1], self.arms.shape[2]
        crossed = np.abs(self.arms).max(axis=0) > 1e-9
        rows = [np.flatnonzero(crossed[:, i]) for i in range(muscles)]
        start = np.concatenate([[0], np.cumsum([len(r) for r in rows])]).tolist()
        columns = np.repeat(np.arange(muscles), [len(r) for r in rows])
        row = np.concatenate(rows)
        assert joints == crossed.shape[0]
        return (
            start,
            row.tolist(),
            np.ascontiguousarray(self.torque_per_activation[:, row, columns]),
        )

    def solve(self) -> tuple[np.ndarray, np.ndarray]:
        """Activations (N, muscles) of the native solver, and its steps."""
        start, row, values = self.pattern()
        joints, muscles = self.wanted.shape[1], self.arms.shape[2]
        native = _engine.MuscleEffort(joints, start, row, [self.torque_weight] * joints)
        return native.solve(values, self.wanted, np.ones(muscles), np.ones(muscles))


def record_problems(count: int, envs: int = 50) -> Problems:
    """Play random joint offsets and write down what the muscles are asked for."""
    env = kf.make_vec(
        num_envs=envs, control_mode="joint", clips=list(CLIPS), termination_distance=0.4
    )
    env.reset(seed=0)
    data = mujoco.MjData(env.model)
    control = ReferenceControl(env.model, data, env.motions, env.config)
    rng = np.random.default_rng(0)
    found = Problems(*(np.zeros(0) for _ in range(4)), env.config.joint.torque_weight)
    kept: dict[str, list[np.ndarray]] = {"qpos": [], "arms": [], "torque": [], "wanted": []}
    while len(kept["qpos"]) < count:
        actions = rng.normal(0.0, 0.5, (envs, env.num_actions)).astype(np.float32)
        env.step(actions)
        state = env.get_state()
        for i in range(min(envs, count - len(kept["qpos"]))):
            data.qpos[:], data.qvel[:] = state["qpos"][i], state["qvel"][i]
            mujoco.mj_fwdPosition(env.model, data)
            mujoco.mj_fwdVelocity(env.model, data)
            for name, load in zip(control.touch, state["foot_load"][i], strict=True):
                data.sensor(name).data[0] = load
            time = float(state["start_time"][i] + state["control_step"][i] * env.control_timestep)
            control.offset = state["joint_offset"][i]
            arms, torque, wanted = control.effort_problem(int(state["clip"][i]), time)
            for name, value in zip(kept, (data.qpos.copy(), arms, torque, wanted), strict=True):
                kept[name].append(value)
    found.qpos, found.arms, found.torque_per_activation, found.wanted = (
        np.array(values) for values in kept.values()
    )
    return found


def objective(problems: Problems, i: int, activation: np.ndarray) -> float:
    """What is minimised, at an activation (muscles,)."""
    off = problems.torque_per_activation[i] @ activation - problems.wanted[i]
    return float(activation @ activation + problems.torque_weight * off @ off)
