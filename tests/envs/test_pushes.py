"""Forces from outside."""

from __future__ import annotations

from typing import Any

import mujoco
import numpy as np
import pytest

import kinesis_fast as kf
from kinesis_fast.errors import InputError


@pytest.mark.parametrize("physics", ["fused", "mujoco"])
def test_a_push_is_what_mujoco_makes_of_the_force(physics: str) -> None:
    env = kf.make_vec(num_envs=3, clips=["stand"], control_mode="direct", physics=physics)
    env.reset(options={"clip": "stand", "start_time": 0.5})
    before = env.get_state()
    env.push([120.0, -40.0, 30.0], 0.02, "femur_r", envs=[1])
    env.step(np.full((3, env.num_actions), -1.0, np.float32))
    after = env.get_state()
    np.testing.assert_array_equal(after["qpos"][0], after["qpos"][2])
    data = mujoco.MjData(env.model)
    for i, force in ((0, np.zeros(3)), (1, np.array([120.0, -40.0, 30.0]))):
        mujoco.mj_resetData(env.model, data)
        data.qpos[:], data.qvel[:], data.act[:] = (before[n][i] for n in ("qpos", "qvel", "act"))
        mujoco.mj_forward(env.model, data)
        for substep in range(5):
            share = np.clip((0.02 - substep / 150) * 150, 0.0, 1.0)
            data.ctrl[:] = 0.0
            data.xfrc_applied[env.model.body("femur_r").id, :3] = share * force
            mujoco.mj_step(env.model, data)
        np.testing.assert_allclose(after["qvel"][i], data.qvel, rtol=1e-6, atol=1e-6)
    assert np.abs(after["qvel"][1] - after["qvel"][0]).max() > 0.05
    assert after["push_time_left"][1, 0] == 0.0


def test_a_push_goes_on_over_steps_and_ends_with_the_episode() -> None:
    env = kf.make_vec(num_envs=2, clips=["stand"], control_mode="joint")
    env.reset(options={"clip": "stand", "start_time": 0.0})
    env.push([0.0, 5.0, 0.0], 0.5)
    zeros = np.zeros((2, env.num_actions), np.float32)
    for _ in range(3):
        env.step(zeros)
    np.testing.assert_allclose(env.kept("push_time_left"), 0.4)
    env.reset(options={"clip": "stand", "start_time": 0.0, "reset_mask": [True, False]})
    np.testing.assert_allclose(env.kept("push_time_left")[:, 0], [0.0, 0.4])


def test_pushed_bodies_fall() -> None:
    env = kf.make_vec(num_envs=2, clips=["stand"], control_mode="joint", auto_reset=False)
    env.reset(options={"clip": "stand", "start_time": 0.0})
    env.push([[0.0, 0.0, 0.0], [400.0, 0.0, 0.0]], 0.3)
    zeros, lost = np.zeros((2, env.num_actions), np.float32), np.zeros(2, int)
    for step in range(25):
        lost[env.step(zeros)[2] & (lost == 0)] = step
    assert lost[1] > 0
    assert lost[0] == 0 or lost[0] > lost[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0, 2.0], 0.1), "shape"),
        (([1.0, 2.0, np.nan], 0.1), "finite"),
        (([1e9, 0.0, 0.0], 0.1), "100000 N"),
        (([1.0, 0.0, 0.0], -1.0), "seconds"),
        (([1.0, 0.0, 0.0], 0.1, "tibia"), "did you mean 'tibia_"),
        (([1.0, 0.0, 0.0], 0.1, None, [2]), "0 to 1"),
    ],
)
def test_bad_pushes(arguments: tuple[Any, ...], message: str) -> None:
    env = kf.make_vec(num_envs=2, clips=["stand"], control_mode="direct")
    env.reset()
    with pytest.raises(InputError, match=message):
        env.push(*arguments)


def test_who_is_pushed_may_be_told_by_numbers_or_booleans() -> None:
    env = kf.make_vec(num_envs=4, clips=["stand"], num_threads=1)
    env.reset(seed=0)
    env.push([5.0, 0.0, 0.0], 0.2, envs=np.array([True, False, False, True]))
    np.testing.assert_array_equal(env.kept("push_force")[:, 0], [5.0, 0.0, 0.0, 5.0])
    env.push([7.0, 0.0, 0.0], 0.2, envs=[])
    np.testing.assert_array_equal(env.kept("push_force")[:, 0], [5.0, 0.0, 0.0, 5.0])
    for wrong in ([4], [-1], [0.5], [True, False]):
        with pytest.raises(InputError, match=r"numbers from 0 to 3, or booleans \(4,\)"):
            env.push([1.0, 0.0, 0.0], 0.1, envs=wrong)
