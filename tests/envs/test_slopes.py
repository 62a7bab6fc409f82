"""Slopes: a flat floor on which weight pulls aslant, each body's own."""

from __future__ import annotations

import copy
from typing import Any

import mujoco
import numpy as np
import pytest

import kinesis_fast as kf
from kinesis_fast.body.legs import facing
from kinesis_fast.envs.mirror import Mirror
from kinesis_fast.tasks.conditions import ConditionConfig, told, untrained
from kinesis_fast.tasks.randomise import RandomiseConfig


def make(num_envs: int = 4, **settings: Any) -> kf.MuscleVectorEnv:
    base: dict[str, Any] = {
        "clips": ["turn_left"], "termination_distance": 9.0, "physics": "lanes",
    }  # fmt: skip
    return kf.make_vec(num_envs=num_envs, **{**base, **settings})


def up_of(rise: np.ndarray) -> np.ndarray:
    """Which way is up where the floor rises so much a m along x and y, (n, 2)."""
    up = np.concatenate([rise, np.ones((len(rise), 1))], axis=1)
    return up / np.linalg.norm(up, axis=1, keepdims=True)


@pytest.mark.parametrize(("physics", "near"), [("fused", 1e-9), ("lanes", 2e-4)])
def test_bodies_move_as_mujoco_has_it_with_gravity_aslant(physics: str, near: float) -> None:
    env = make(physics=physics, control_mode="direct", conditions={"slope": 9.0})
    env.reset(seed=2)
    state = env.get_state()
    yaw = np.array([facing(qpos) for qpos in state["qpos"]])
    rise = np.tan(np.deg2rad(9.0)) * np.stack([np.cos(yaw), np.sin(yaw)], axis=1)
    np.testing.assert_allclose(env.kept("slope"), rise, atol=1e-9)
    rows = env.record(["ctrl", "qpos", "qvel"]).last()
    env.step(np.full((4, env.num_actions), -0.5, np.float32))
    for i, up in enumerate(up_of(rise)):
        model = copy.deepcopy(env.model)
        model.opt.gravity[:] = 9.81 * -up
        data = mujoco.MjData(model)
        data.qpos[:], data.qvel[:], data.act[:] = (state[n][i] for n in ("qpos", "qvel", "act"))
        data.qacc_warmstart[:] = state["qacc_warmstart"][i]
        for substep in range(env.config.substeps):
            data.ctrl[:] = rows["ctrl"][i, substep]
            mujoco.mj_step(model, data)
        np.testing.assert_allclose(rows["qpos"][i, -1], data.qpos, atol=near)
        np.testing.assert_allclose(rows["qvel"][i, -1], data.qvel, atol=100 * near)


def test_each_body_has_its_own_and_threads_do_not_count() -> None:
    results = []
    for threads in (1, 3):
        env = make(
            40,
            num_threads=threads,
            control_mode="joint",
            conditions={"slope": 2.0},
            randomise={"slope": [-5.0, 5.0]},
            observe_conditions=["slope", "strength"],
            seed=1,
        )
        first, _ = env.reset(seed=1)
        rise = env.kept("slope").copy()
        for _ in range(25):
            obs, *_ = env.step(np.zeros((40, env.num_actions), np.float32))
        results.append((obs, env.get_state()))
    np.testing.assert_array_equal(results[0][0], results[1][0])
    for name, values in results[0][1].items():
        np.testing.assert_array_equal(values, results[1][1][name], err_msg=name)
    steepness = np.rad2deg(np.arctan(np.linalg.norm(rise, axis=1)))
    assert steepness.max() <= 7.1 and np.std(steepness) > 0.5
    seen = first[:, env.observation_layout["slope"]]
    up = up_of(rise)
    np.testing.assert_allclose(seen[:, 2], up[:, 2], rtol=1e-6)
    np.testing.assert_allclose(np.hypot(*seen[:, :2].T), np.hypot(*up[:, :2].T), atol=1e-6)
    mirror = Mirror.of(env).obs
    image = obs[:, mirror.index] * mirror.sign
    np.testing.assert_array_equal(image[:, mirror.index] * mirror.sign, obs)


def test_words_and_what_is_refused() -> None:
    assert told(ConditionConfig(slope=-5.0)) == "the floor falls by 5 degrees"
    assert told(ConditionConfig(slope=5.0)) == "the floor rises by 5 degrees"
    drawn = RandomiseConfig(slope=[0.0, 6.0])
    assert untrained(ConditionConfig(slope=5.0), ConditionConfig(), drawn) == []
    assert untrained(ConditionConfig(slope=7.0), ConditionConfig(), drawn) == ["such slopes"]
    with pytest.raises(kf.InputError, match=r"conditions.slope is 50.0; it must be in \[-30, 30\]"):
        make(conditions={"slope": 50.0})
    with pytest.raises(kf.InputError, match="slopes need physics lanes or fused"):
        make(physics="mujoco", conditions={"slope": 5.0})
