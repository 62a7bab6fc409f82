"""Sampling weights follow losses."""

from __future__ import annotations

import numpy as np
import pytest

import kinesis_fast as kf
from kinesis_fast.learn.curriculum import Curriculum, CurriculumConfig


class Counter:
    """Stands for an environment: two clips, and what was counted on them."""

    control_timestep = 1 / 30

    def __init__(self) -> None:
        self.motions = type("Motions", (), {"clips": [kf.motions.Clip(n, 2, 30.0) for n in "ab"]})
        self.counts = {"terminated": np.zeros(2), "control_steps": np.zeros(2)}
        self.weights: np.ndarray | None = None

    def clip_statistics(self) -> dict[str, np.ndarray]:
        return {name: values.copy() for name, values in self.counts.items()}

    def set_sampling_weights(self, weights: np.ndarray) -> None:
        self.weights = weights

    def count(self, terminated: list[int], control_steps: list[int]) -> None:
        self.counts["terminated"] += terminated
        self.counts["control_steps"] += control_steps


def make(**settings: float) -> tuple[Counter, Curriculum]:
    env = Counter()
    return env, Curriculum(env, CurriculumConfig(adaptive=True, **settings))  # type: ignore[arg-type]


def test_chances_by_hand() -> None:
    """Lost once in 30 steps: 1 - (29/30)^300 within ten seconds."""
    env, curriculum = make(memory=1e9)
    assert curriculum.chances() == pytest.approx([1 - (299 / 300) ** 300] * 2)
    env.count([999, 0], [29_700, 299_700])
    curriculum.update()
    chances = [1 - (1 - 1000 / 30_000) ** 300, 1 - (1 - 1 / 300_000) ** 300]
    assert curriculum.chances() == pytest.approx(chances)
    assert env.weights == pytest.approx([0.1 + chances[0], 0.1 + chances[1]])
    assert curriculum.summary()["lost_worst"] == pytest.approx(chances[0])


def test_old_episodes_fade() -> None:
    env, curriculum = make(memory=2.0)
    env.count([300, 0], [3000, 3000])
    curriculum.update()
    worst = curriculum.chances()[0]
    for _ in range(20):
        env.count([0, 0], [3000, 3000])
        curriculum.update()
    assert worst > 0.99
    assert curriculum.chances()[0] < 0.05


def test_counts_go_on_after_restoring() -> None:
    env, curriculum = make(memory=1e9)
    env.count([10, 1], [300, 900])
    curriculum.update()
    other_env, other = make(memory=1e9)
    other.restore(curriculum.tensors())
    np.testing.assert_array_equal(other_env.weights, env.weights)
    for one in (env, other_env):
        one.count([5, 5], [100, 100])
    curriculum.update()
    other.update()
    np.testing.assert_array_equal(other.weights(), curriculum.weights())


def test_the_engine_draws_lost_clips_more_often() -> None:
    env = kf.make_vec(num_envs=64, num_threads=1, clips=["stand", "run_280"])
    curriculum = Curriculum(env, CurriculumConfig(adaptive=True))
    env.reset(seed=0)
    actions = np.full((64, env.num_actions), 0.7, np.float32)
    for _ in range(40):
        env.step(actions)
    curriculum.update()
    chances = curriculum.chances()
    assert 0.9 < chances.min() <= chances.max() <= 1.0  # untrained, both are lost

    curriculum.losses[:], curriculum.control_steps[:] = [0.0, 1e6], 1e7  # one is never lost
    curriculum.update()
    drawn = np.concatenate([env.reset()[1]["clip"] for _ in range(20)])
    weights = curriculum.weights()
    assert weights[1] > 10 * weights[0]
    assert np.mean(drawn == 1) == pytest.approx(weights[1] / weights.sum(), abs=0.03)
