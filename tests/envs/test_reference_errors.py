"""References with errors: what is drawn, what bodies are judged by, and where there are none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kinesis_fast as kf
from kinesis_fast.learn.config import load_train_config
from kinesis_fast.learn.environment import make_training_env

NONE = (0.0, 0.0)
QUIET: dict[str, Any] = {
    name: list(NONE)
    for name in (
        "height",
        "slope",
        "bend",
        "joints",
        "feet",
        "drift",
        "shake",
        "timing",
        "smoothing",
        "joint_noise",
        "root_noise",
        "dropped",
    )
}


def make(**errors: Any) -> kf.envs.MuscleVectorEnv:
    """Make environments whose references all have these errors, and no others."""
    return kf.make_vec(
        num_envs=8,
        num_threads=1,
        control_mode="joint",
        randomise_reference={"share": 1.0, "each": 1.0, **QUIET, **errors},
    )


def columns(env: kf.envs.MuscleVectorEnv, obs: Any, name: str) -> Any:
    return obs[:, env.observation_layout[name]]


def test_a_raised_reference_is_seen_as_high() -> None:
    raised, plain = make(height=[0.02, 0.02]), make()
    high, _ = raised.reset(seed=1)
    low, _ = plain.reset(seed=1)
    apart = columns(raised, high, "ref_pos_diff") - columns(plain, low, "ref_pos_diff")
    np.testing.assert_allclose(apart.reshape(8, -1, 3)[..., 2], 0.02, atol=1e-5)
    np.testing.assert_allclose(apart.reshape(8, -1, 3)[..., :2], 0.0, atol=1e-5)


def test_without_errors_clips_are_what_they_are() -> None:
    plain, never = make(), kf.make_vec(num_envs=8, control_mode="joint")
    a, _ = plain.reset(seed=2)
    b, _ = never.reset(seed=2)
    # Between frames bodies are where the joints put them, not between where they were.
    np.testing.assert_allclose(a, b, atol=0.02)


def test_bodies_are_judged_by_what_they_are_told_to_be() -> None:
    found = {}
    for judge in ("given", "recorded"):
        env = make(height=[0.1, 0.1], judge=judge)
        env.reset(seed=3)
        info = env.step(np.zeros((8, env.num_actions), np.float32))[4]
        found[judge] = info["mean_distance"]
    assert (found["given"] > 0.07).all()
    assert (found["recorded"] < 0.05).all()


def test_what_was_drawn_is_part_of_the_state() -> None:
    errors = kf.make_vec(num_envs=8, control_mode="joint", randomise_reference={"share": 1.0})
    errors.reset(seed=4)
    rng = np.random.default_rng(0)
    actions = rng.normal(0, 0.1, (6, 8, errors.num_actions)).astype(np.float32)
    for action in actions[:3]:
        errors.step(action)
    state = errors.get_state()
    assert (state["reference_seed"] > 0).all()
    assert len(np.unique(state["reference_height"])) > 2
    first = [errors.step(action)[0].copy() for action in actions[3:]]
    errors.set_state(state)
    again = [errors.step(action)[0].copy() for action in actions[3:]]
    np.testing.assert_array_equal(first, again)


def test_evaluations_have_none() -> None:
    config = load_train_config("quickstart", ["env.randomise_reference.share=1"])
    for randomised, expected in ((True, 1.0), (False, 0.0)):
        env = make_training_env(config, num_envs=2, randomised=randomised)
        assert env.config.randomise_reference.share == expected


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"share": 1.5}, "randomise_reference.share"),
        ({"height": [0.1, -0.1]}, "a lower and an upper bound"),
        ({"height": [0.1]}, "a lower and an upper bound"),
        ({"smoothing": [-0.1, 0.0]}, "randomise_reference.smoothing"),
        ({"timing": [0.0, 0.3], "timing_frequency": [0.0, 2.0]}, "backward"),
        ({"judge": "both"}, "randomise_reference.judge"),
    ],
)
def test_errors_that_cannot_be_are_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(kf.InputError, match=said):
        kf.make_vec(num_envs=1, randomise_reference=settings)


def test_planned_motions_refuse_them() -> None:
    with pytest.raises(kf.InputError, match="planned motion"):
        kf.make_vec("steer", num_envs=1, randomise_reference={"share": 1.0})
