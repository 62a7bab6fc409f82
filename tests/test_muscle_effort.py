"""Least muscle effort against a quadratic programming library, on problems of moving bodies."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest
from effort_samples import Problems, objective, record_problems

import kinesis_fast as kf
from kinesis_fast import _engine
from kinesis_fast.body import apply_couplings, independent_joints
from kinesis_fast.envs.reference_control import ReferenceControl

COUNT, FEW = 10_000, 1_000
"""Problems with --full, and without."""


@pytest.fixture(scope="module")
def problems(full: bool) -> Problems:
    """States of walking, running and falling under random joint offsets."""
    return record_problems(COUNT if full else FEW)


def test_agrees_with_a_qp_library_on_recorded_problems(problems: Problems) -> None:
    daqp = pytest.importorskip("daqp", reason="daqp, the QP library to compare with, is missing")
    found, steps = problems.solve()
    assert np.all(steps > 0), "some problem ended without meeting the optimality conditions"
    assert np.all(found >= 0.0)
    assert np.all(found <= 1.0)
    muscles = found.shape[1]
    lower, upper = np.zeros(muscles), np.ones(muscles)
    nothing, sense = np.zeros((0, muscles)), np.zeros(muscles, dtype=np.int32)
    worst = 0.0
    for i in range(len(problems.wanted)):
        g, b = problems.torque_per_activation[i], problems.wanted[i]
        hessian = 2.0 * (np.eye(muscles) + problems.torque_weight * g.T @ g)
        linear = -2.0 * problems.torque_weight * g.T @ b
        other, _, flag, _ = daqp.solve(hessian, linear, nothing, upper, lower, sense)
        assert flag == 1
        ours = objective(problems, i, found[i])
        theirs = objective(problems, i, np.clip(other, 0.0, 1.0))
        worst = max(worst, abs(ours - theirs) / max(theirs, 1e-9))
    assert worst < 1e-6


def test_moment_arms_are_those_of_finite_differences() -> None:
    """The torque a unit of force makes is how fast the muscle shortens, by moving the joints."""
    env = kf.make_vec(control_mode="joint")
    model, data = env.model, mujoco.MjData(env.model)
    control = ReferenceControl(model, data, env.motions, env.config)
    for qpos in record_problems(3).qpos:
        apply_couplings(model, qpos)
        data.qpos[:] = qpos
        mujoco.mj_fwdPosition(model, data)
        arms = control.moment_arms()
        for row, name in enumerate(independent_joints(model)):
            lengths = []
            for step in (-1e-6, 1e-6):
                data.qpos[:] = qpos
                data.qpos[model.joint(name).qposadr] += step
                apply_couplings(model, data.qpos)
                mujoco.mj_fwdPosition(model, data)
                lengths.append(data.actuator_length.copy())
            slope = (lengths[1] - lengths[0]) / 2e-6
            # A muscle that lifts off a wrapping surface within the step has a kink there.
            assert np.mean(np.abs(slope - arms[row]) < 1e-6) > 0.97, name


def test_problems_without_a_solution_still_end() -> None:
    """Torques far beyond any muscle: every activation at the better bound."""
    effort = _engine.MuscleEffort(1, [0, 1, 2], [0, 0], [1.0])
    found, steps = effort.solve(
        np.array([[-10.0, 20.0]]), np.array([[1e6]]), np.ones(2), np.ones(2)
    )
    np.testing.assert_array_equal(found, [[0.0, 1.0]])
    assert steps[0] > 0


def test_joint_mode_holds_a_posture() -> None:
    """Standing: with the clip's torques and feedback the body stays up for a while by itself."""
    env = kf.make_vec(num_envs=1, clips=["stand"], control_mode="joint", auto_reset=False)
    env.reset(options={"clip": "stand", "start_time": 0.0})
    steps = 0
    for _ in range(60):
        _, _, terminated, truncated, info = env.step(np.zeros((1, env.num_actions)))
        if terminated[0] or truncated[0]:
            break
        steps += 1
    assert steps >= 15
    assert info["mean_distance"][0] < 0.2
