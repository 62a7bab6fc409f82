"""Environments that are pickled or copied go on as they would have."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest

import kinesis_fast as kf
from kinesis_fast.envs import MuscleVectorEnv

Way = Callable[[MuscleVectorEnv], MuscleVectorEnv]


def by_pickle(env: MuscleVectorEnv) -> MuscleVectorEnv:
    copied: MuscleVectorEnv = pickle.loads(pickle.dumps(env))
    return copied


def walked(env: MuscleVectorEnv, steps: int, seed: int) -> list[Any]:
    """Step by actions of a seed; returns all that a user sees."""
    rng = np.random.default_rng(seed)
    seen = []
    for _ in range(steps):
        actions = rng.uniform(-1, 1, env.action_space.shape).astype(np.float32)
        obs, reward, terminated, truncated, info = env.step(actions)
        seen.append((obs, reward, terminated, truncated, info["clip"], info["episode_length"]))
    return seen


def assert_same(one: list[Any], other: list[Any]) -> None:
    for a, b in zip(one, other, strict=True):
        for x, y in zip(a, b, strict=True):
            np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("way", [by_pickle, copy.deepcopy])
@pytest.mark.parametrize("task", ["imitation", "steer"])
@pytest.mark.parametrize("mode", ["same_step", "next_step"])
def test_a_copy_goes_on_as_the_first_would(
    way: Way, task: str, mode: str, request: pytest.FixtureRequest
) -> None:
    drawn = {"delay": [0.0, 0.1]}
    if request.config.getoption("--physics") != "mujoco":  # whose bodies carry nothing
        drawn["added_mass"] = [0.0, 5.0]
    env = kf.make_vec(
        task,
        num_envs=5,
        num_threads=1,
        autoreset_mode=mode,
        randomise=drawn,
    )
    env.reset(seed=7)
    env.weaken("soleus_r", 0.5, envs=[1])
    walked(env, 12, seed=1)
    other = way(env)
    assert other.metadata == env.metadata and other.motions.clips == env.motions.clips
    np.testing.assert_array_equal(other.observations(), env.observations())
    assert_same(walked(other, 25, seed=2), walked(env, 25, seed=2))
    np.testing.assert_array_equal(other.reset()[0], env.reset()[0])


def test_one_that_was_not_reset_is_copied() -> None:
    env = kf.make_vec(num_envs=2, num_threads=1, seed=4)
    other = by_pickle(env)
    with pytest.raises(kf.InputError, match="before reset"):
        other.step(other.action_space.sample())
    np.testing.assert_array_equal(other.reset()[0], env.reset()[0])


def height(env: MuscleVectorEnv, info: dict[str, Any], part: slice) -> Any:
    return env.reference()["qpos"][part, 2]


def test_rewards_and_weights_go_along() -> None:
    env = kf.make_vec(num_envs=4, num_threads=1)
    env.add_reward("height", height, weight=2.0)
    weights = np.zeros(len(env.motions.clips))
    weights[3] = 1.0
    env.set_sampling_weights(weights)
    env.reset(seed=0)
    other = by_pickle(env)
    assert_same(walked(other, 10, seed=3), walked(env, 10, seed=3))
    assert set(other.reset()[1]["clip"]) == {3}
    env.add_reward("none", lambda env, info, part: np.zeros(4))
    with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):
        pickle.dumps(env)


def test_motions_of_a_copy_cannot_be_written_either() -> None:
    other = by_pickle(kf.make_vec(num_envs=1, num_threads=1))
    with pytest.raises(ValueError, match="read-only"):
        other.motions.arrays.qpos[0, 0] = 1.0


def test_another_process_goes_on_with_it() -> None:
    env = kf.make_vec(num_envs=3, num_threads=2)
    env.reset(seed=0)
    actions = env.action_space.sample()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        there = pool.submit(MuscleVectorEnv.step, env, actions).result(timeout=120)
    for one, other in zip(there[:4], env.step(actions)[:4], strict=True):
        np.testing.assert_array_equal(one, other)
