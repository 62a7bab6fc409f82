"""Each body of a batch has muscles of its own: weak, drawn, tired."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kinesis_fast as kf
from kinesis_fast import InputError
from kinesis_fast.tasks.conditions import ANKLE, GENERAL, KNEE, fatigue_rates

ENVS = 18


def make(physics: str, **settings: Any) -> kf.MuscleVectorEnv:
    return kf.make_vec(
        num_envs=settings.pop("num_envs", ENVS),
        num_threads=1,
        physics=physics,
        control_mode=settings.pop("control_mode", "joint"),
        clips=["walk_comfortable_120", "run_260"],
        **settings,
    )


def moved(env: kf.MuscleVectorEnv, steps: int = 20) -> dict[str, Any]:
    rng = np.random.default_rng(3)
    for _ in range(steps):
        actions = rng.normal(0.0, 0.2, (ENVS, env.num_actions)).astype(np.float32)
        env.step(actions[: env.num_envs])
    return env.get_state()


@pytest.mark.parametrize("physics", ["lanes", "fused"])
@pytest.mark.parametrize("mode", ["length", "joint"])
def test_a_body_is_as_weak_as_if_all_were(physics: str, mode: str) -> None:
    """Whoever shares the batch, and the vector: bit for bit."""
    mixed = make(physics, control_mode=mode)
    mixed.reset(seed=5)
    shares = np.linspace(0.3, 1.0, ENVS)
    mixed.weaken("soleus", shares)
    mixed.weaken("vasint_l", 0.0, envs=[2, 3])
    found = moved(mixed)
    for which in (2, 7, ENVS - 1):
        weakness = {"soleus": float(shares[which])} | ({"vasint_l": 0.0} if which in (2, 3) else {})
        alike = make(physics, control_mode=mode, conditions={"weakness": weakness})
        alike.reset(seed=5)
        wanted = moved(alike)
        for name in ("qpos", "act", "ctrl", "strength"):
            np.testing.assert_array_equal(found[name][which], wanted[name][which], err_msg=name)


def test_strengths_stay_over_episodes_unless_they_are_drawn() -> None:
    env = make("lanes")
    env.reset(seed=0)
    env.weaken("gasmed_r", 0.4)
    env.reset()
    names = [env.model.actuator(i).name for i in range(env.model.nu)]
    assert np.all(env.kept("strength")[:, names.index("gasmed_r")] == 0.4)
    drawn = make(
        "lanes", conditions={"weakness": {"soleus": 0.5}}, randomise={"strength": [0.5, 0.9]}
    )
    drawn.reset(seed=0)
    first = drawn.get_state()["strength"]
    soleus = [i for i, name in enumerate(names) if name.startswith("soleus")]
    assert np.all((first >= 0.25) & (first <= 0.9))
    assert np.all(first[:, soleus] <= 0.45)
    assert first.std() > 0.05
    drawn.reset()
    assert np.all(drawn.get_state()["strength"] != first)
    drawn.reset(seed=0)
    np.testing.assert_array_equal(drawn.get_state()["strength"], first)


@pytest.mark.parametrize("physics", ["lanes", "fused"])
def test_tiredness_is_kept_and_restored(physics: str) -> None:
    env = make(physics, conditions={"fatigue": {"speed": 200.0, "tired": [0.0, 0.1]}})
    env.reset(seed=1)
    begun = env.get_state()
    assert 0.0 < begun["fatigue"].mean() < 0.1
    once = moved(env)
    assert once["fatigue"].mean() > begun["fatigue"].mean()
    env.set_state(begun)
    again = moved(env)
    np.testing.assert_array_equal(once["fatigue"], again["fatigue"])
    capacity = once["strength"] * (1.0 - once["fatigue"])
    env.step(np.zeros((ENVS, env.num_actions), np.float32))
    assert np.all(env.get_state()["ctrl"] <= capacity + 1e-6)


def test_every_muscle_has_the_rates_of_its_joint() -> None:
    model = kf.load_model()
    rates = fatigue_rates(model)
    names = [model.actuator(i).name for i in range(model.nu)]
    for name, wanted in (("soleus_r", ANKLE), ("recfem_l", KNEE), ("semimem_r", GENERAL)):
        np.testing.assert_array_equal(rates[names.index(name)], wanted)


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({"fatigue": {"tired": [0.5, 1.5]}}, r"fatigue.tired is 1.5; it must be in \[0, 1"),
        ({"fatigue": {"tired": [0.9, 0.5]}}, "it must be a lower and an upper bound"),
        ({"fatigue": {"tired": [0.9]}}, "it must be a lower and an upper bound"),
        ({"fatigue": {"speed": -1.0}}, "conditions.fatigue.speed is -1.0"),
        ({"fatigue": {"tired": [0.0, 2.0]}}, "conditions.fatigue.tired is 2.0"),
    ],
)
def test_conditions_out_of_range(conditions: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make("lanes", conditions=conditions)


def test_what_weaken_refuses() -> None:
    env = make("fused", num_envs=2)
    env.reset(seed=0)
    with pytest.raises(InputError, match="no muscle 'solius'; did you mean 'soleus'"):
        env.weaken("solius", 0.5)
    for share in (1.5, np.nan, [0.5, 0.5, 0.5], "half"):
        with pytest.raises(InputError, match="share"):
            env.weaken("soleus", share)
