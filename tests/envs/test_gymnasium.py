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


def test_the_next_step_begins_what_same_step_begins_at_once() -> None:
    same = kf.make_vec(num_envs=6, num_threads=1, seed=3)
    next_ = kf.make_vec(num_envs=6, num_threads=1, seed=3, autoreset_mode="next_step")
    assert next_.metadata["autoreset_mode"] == gymnasium.vector.AutoresetMode.NEXT_STEP
    same.reset(seed=1)
    next_.reset(seed=1)
    rng = np.random.default_rng(0)
    waiting, steps = np.zeros(6, dtype=bool), np.zeros(6, dtype=int)
    seen = [[[], []] for _ in range(6)]
    actions = rng.uniform(-1, 1, (60, 6, same.num_actions)).astype(np.float32)
    for step in range(60):
        obs, reward, lost, over, info = same.step(actions[step])
        for body in range(6):
            last = info["final_obs"][body] if (lost | over)[body] else obs[body]
            seen[body][0].append((last, reward[body], lost[body], over[body]))
            if (lost | over)[body]:
                seen[body][0].append((obs[body], 0.0, False, False))
    for _ in range(60):
        given = np.array([actions[min(steps[body], 59), body] for body in range(6)])
        obs, reward, lost, over, info = next_.step(given)
        assert "final_obs" not in info
        for body in range(6):
            seen[body][1].append((obs[body], reward[body], lost[body], over[body]))
        steps += ~waiting
        waiting = lost | over
    assert waiting.any() or steps.min() < 60
    for one, other in seen:
        for a, b in zip(one, other, strict=False):
            np.testing.assert_array_equal(a[0], b[0])
            assert a[1:] == b[1:]


def test_modes_that_are_refused() -> None:
    with pytest.raises(kf.InputError, match="autoreset_mode is 'later'"):
        kf.make_vec(autoreset_mode="later")
    with pytest.raises(kf.InputError, match="auto_reset false; leave one"):
        kf.make_vec(autoreset_mode="next_step", auto_reset=False)
    waits = kf.make_vec(auto_reset=False)
    assert waits.metadata["autoreset_mode"] == gymnasium.vector.AutoresetMode.DISABLED


def wrapped(name: str, env: gymnasium.vector.VectorEnv) -> gymnasium.vector.VectorEnv:
    """Put environments into one of gymnasium's wrappers."""
    space = env.single_action_space
    arguments = {
        "VectorizeTransformObservation": (
            gymnasium.wrappers.TransformObservation,
            {"func": lambda obs: obs, "observation_space": env.single_observation_space},
        ),
        "VectorizeTransformAction": (gymnasium.wrappers.ClipAction, {}),
        "VectorizeTransformReward": (gymnasium.wrappers.ClipReward, {"min_reward": -1.0}),
        "TransformObservation": (lambda obs: obs,),
        "TransformAction": (lambda action: action,),
        "TransformReward": (lambda reward: reward,),
        "ReshapeObservation": ((1, *env.single_observation_space.shape),),
        "RescaleObservation": (-1.0, 1.0),
        "DtypeObservation": (np.float64,),
        "RescaleAction": (space.low * 2, space.high * 2),
        "ClipReward": (-1.0, 1.0),
    }.get(name, ())
    wrapper = getattr(gymnasium.wrappers.vector, name)
    if name.startswith("Vectorize"):
        return wrapper(env, arguments[0], **arguments[1])
    return wrapper(env, *arguments)


EVERY_MODE = (
    *("VectorizeTransformAction", "VectorizeTransformReward", "DictInfoToList"),
    *("TransformAction", "ClipAction", "RescaleAction", "TransformReward", "ClipReward"),
    *("NormalizeReward", "RecordEpisodeStatistics"),
)
OF_OBSERVATIONS = (
    *("VectorizeTransformObservation", "TransformObservation", "FlattenObservation"),
    *("ReshapeObservation", "DtypeObservation", "NormalizeObservation"),
)


@pytest.mark.parametrize("mode", ["same_step", "next_step"])
@pytest.mark.parametrize("name", [*EVERY_MODE, *OF_OBSERVATIONS])
def test_wrappers_take_the_environments(name: str, mode: str) -> None:
    env = kf.make_vec(num_envs=2, num_threads=1, autoreset_mode=mode)
    if mode == "same_step" and name in OF_OBSERVATIONS:
        with pytest.raises(ValueError, match="Expected autoreset_mode to be NEXT_STEP"):
            wrapped(name, env)
        return
    outer = wrapped(name, env)
    obs, _ = outer.reset(seed=0)
    assert len(obs) == 2
    for _ in range(30):
        actions = np.asarray(outer.action_space.sample(), dtype=np.float32)
        obs, reward, *_ = outer.step(actions)
        assert np.isfinite(np.asarray(obs)).all() and np.isfinite(np.asarray(reward)).all()
