"""Gymnasium's ways: names in its registry, single bodies, pictures."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from pictures import needs_pictures

import kinesis_fast as kf
from kinesis_fast.registration import TASK_NAMES, environment_name, register_environments
from kinesis_fast.tasks import TASKS


@pytest.mark.parametrize("task", TASKS)
def test_gymnasium_knows_the_environments(task: str) -> None:
    register_environments()
    name = environment_name(task)
    plain = kf.make_vec(task, num_envs=3, num_threads=1)
    many = gymnasium.make_vec(name, num_envs=3, num_threads=1, physics=plain.physics)
    obs, _ = many.reset(seed=1)
    np.testing.assert_array_equal(obs, plain.reset(seed=1)[0])
    assert many.spec is not None and many.spec.id == name
    one = gymnasium.make(name, physics=plain.physics)
    with pytest.warns(UserWarning, match="infinity"):
        check_env(one.unwrapped, skip_render_check=True)
    np.testing.assert_array_equal(one.reset(seed=1)[0], obs[0])


def test_names_there_stay_what_they_were() -> None:
    names = {"kinesis_fast/Imitation-v0", "kinesis_fast/Steer-v0", "kinesis_fast/Reach-v0"}
    assert {environment_name(task) for task in TASK_NAMES} >= names


@needs_pictures
def test_bodies_are_drawn() -> None:
    env = kf.make_vec(num_envs=2, num_threads=1, render_mode="rgb_array")
    env.reset(seed=0)
    first, second = env.render()
    assert first.shape == (480, 640, 3) and first.std() > 10
    assert not np.array_equal(first, second)
    env.close()
    with pytest.raises(kf.InputError, match="render_mode='rgb_array'"):
        kf.make_vec(num_envs=1).render()
    with pytest.raises(kf.InputError, match="render_mode is 'human'"):
        kf.make_vec(num_envs=1, render_mode="human")
