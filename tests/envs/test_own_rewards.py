"""Rewards beside the task's own: a native term, or a Python function of all bodies at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kinesis_fast as kf
from kinesis_fast.learn.config import load_train_config
from kinesis_fast.learn.trainer import Trainer


def quiet(env: Any, info: dict[str, Any], part: slice) -> np.ndarray:
    return -np.square(env.muscle_activations()[part]).mean(axis=1)


@pytest.mark.parametrize("physics", ["lanes", "fused"])
@pytest.mark.parametrize("task", ["imitation", "steer", "reach"])
def test_a_native_term_is_paid_in_any_task(task: str, physics: str) -> None:
    settings = {"num_envs": 3, "num_threads": 1, "control_mode": "joint", "physics": physics}
    plain = kf.make_vec(task, **settings)
    rewarded = kf.make_vec(task, **settings, added_rewards={"activation_cost": 2.0})
    assert rewarded.reward_terms == (*plain.reward_terms, "activation_cost")
    actions = np.zeros((3, plain.num_actions), np.float32)
    for env in (plain, rewarded):
        env.reset(seed=3)
    for _ in range(5):
        obs, reward, *_ = plain.step(actions)
        other_obs, more, *_, told = rewarded.step(actions)
        assert np.array_equal(obs, other_obs)
        cost = -np.square(plain.muscle_activations()).mean(axis=1)
        np.testing.assert_allclose(told["activation_cost"], cost, rtol=1e-5)
        np.testing.assert_allclose(more, reward + 2.0 * cost, rtol=1e-5)
    assert plain.get_state().keys() == rewarded.get_state().keys()


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (
            {"activation_cast": 1.0},
            "'activation_cast' is not known; did you mean",
        ),
        ({"activation_cost": 1e9}, r"added_rewards.activation_cost is 1000000000.0; it must be in"),
    ],
)
def test_a_native_term_that_cannot_be_is_named(weights: dict[str, float], message: str) -> None:
    with pytest.raises(kf.InputError, match=message):
        kf.make_vec("imitation", added_rewards=weights)


@pytest.mark.parametrize("copy", [True, False])
def test_it_is_added_weighted_and_told_unweighted(copy: bool) -> None:
    settings = {"num_envs": 4, "num_threads": 1, "seed": 3, "control_mode": "joint"}
    plain, rewarded = (kf.make_vec("imitation", **settings) for _ in range(2))
    plain.copy = rewarded.copy = copy
    rewarded.add_reward("quiet", quiet, 2.0)
    assert rewarded.reward_terms == (*plain.reward_terms, "quiet")
    actions = np.zeros((4, plain.num_actions), np.float32)
    for env in (plain, rewarded):
        env.reset(seed=3)
    for _ in range(5):
        obs, reward, *_, info = plain.step(actions)
        other_obs, more, *_, told = rewarded.step(actions)
        assert np.array_equal(obs, other_obs) and "quiet" not in info
        wanted = -np.square(plain.muscle_activations()).mean(axis=1)
        np.testing.assert_allclose(told["quiet"], wanted, rtol=1e-6)
        np.testing.assert_allclose(more, reward + 2.0 * wanted, rtol=1e-5)


def test_a_part_is_told_of_its_own_bodies_alone() -> None:
    env = kf.make_vec("imitation", num_envs=4, num_threads=1)
    env.add_reward("number", lambda env, info, part: np.arange(4)[part])
    env.reset(seed=0)
    *_, info = env.step_part(np.zeros((2, env.num_actions)), slice(2, 4))
    assert info["number"].tolist() == [2.0, 3.0]


def test_failed_physics_gets_nothing() -> None:
    env = kf.make_vec("imitation", num_envs=2, num_threads=1, auto_reset=False)
    env.add_reward("bonus", lambda env, info, part: np.ones(2))
    env.reset(seed=0)
    env.set_state({"qvel": np.full((2, env.model.nv), 1e200)})
    _, reward, *_, info = env.step(np.zeros((2, env.num_actions)))
    assert info["invalid"].all() and reward.tolist() == [0.0, 0.0]
    assert info["bonus"].tolist() == [0.0, 0.0]


def test_trainings_learn_from_it_and_metrics_tell_it(tmp_path: Path) -> None:
    small = ["num_envs=16", "ppo.num_steps=8", "total_samples=128", "num_threads=1"]
    trainer = Trainer(load_train_config("quickstart", [*small, "tensorboard=false"]))
    trainer.env.add_reward("bonus", lambda env, info, part: np.ones(len(info["clip"])), 0.5)
    trainer.train(tmp_path)
    told = json.loads((tmp_path / "metrics.jsonl").read_text())
    assert told["reward/bonus"] == 1.0
    weights = {"pos": 0.6, "vel": 0.2, "upright": 0.1, "energy": 0.1, "bonus": 0.5}
    weights |= {"prior": trainer.config.env.reward.prior_weight}
    total = sum(weight * told[f"reward/{name}"] for name, weight in weights.items())
    total += trainer.config.env.reward.rot_weight * told["reward/rot"]
    assert total == pytest.approx(told["reward/total"], abs=1e-4)


@pytest.mark.parametrize(
    ("name", "function", "weight", "message"),
    [
        ("pos", quiet, 1.0, "reward 'pos' needs a name of its own; taken: pos, vel"),
        ("two words", quiet, 1.0, "needs a name of its own"),
        ("mine", 3.0, 1.0, "reward 'mine': 3.0 cannot be called"),
        ("mine", quiet, float("nan"), "weight has a value that is not finite"),
        ("mine", quiet, [1.0, 2.0], "must be one number"),
    ],
)
def test_what_cannot_be_added_is_named(name: str, function: Any, weight: Any, message: str) -> None:
    env = kf.make_vec("imitation", num_envs=2, num_threads=1)
    with pytest.raises(kf.InputError, match=message):
        env.add_reward(name, function, weight)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros(3), r"reward 'mine' returned shape \(3,\); it must be \(2,\)"),
        (np.array([0.0, np.inf]), "reward 'mine' has a value that is not finite"),
        (np.array(["a", "b"]), "reward 'mine' holds .* values; it takes numbers"),
    ],
)
def test_what_it_returns_is_checked(values: np.ndarray, message: str) -> None:
    env = kf.make_vec("imitation", num_envs=2, num_threads=1)
    env.add_reward("mine", lambda env, info, part: values)
    env.reset(seed=0)
    with pytest.raises(kf.InputError, match=message):
        env.step(np.zeros((2, env.num_actions)))
