"""What bodies carry, stand on and perceive: given, different for each, and drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kinesis_fast as kf
from kinesis_fast import InputError
from kinesis_fast.body import root_body
from kinesis_fast.envs.reference import ReferenceEnv
from kinesis_fast.learn.config import load_train_config, merge_stored
from kinesis_fast.learn.environment import make_acting_env, make_training_env, task_settings

ENVS = 18
ROOT = "Full Body"
BOTH = pytest.mark.parametrize("physics", ["lanes", "fused"])


def make(physics: str = "lanes", **settings: Any) -> kf.MuscleVectorEnv:
    return kf.make_vec(
        num_envs=settings.pop("num_envs", ENVS),
        num_threads=1,
        physics=physics,
        control_mode="joint",
        clips=["walk_comfortable_120", "run_260"],
        **settings,
    )


def acted(env: kf.MuscleVectorEnv, steps: int = 15, seed: int = 3) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    seen = []
    for _ in range(steps):
        actions = rng.normal(0.0, 0.2, (ENVS, env.num_actions)).astype(np.float32)
        seen.append(env.step(actions[: env.num_envs])[0])
    return seen


@pytest.mark.parametrize(("physics", "tolerance"), [("fused", 2e-5), ("lanes", 3e-3)])
def test_loads_and_friction_are_those_of_another_model(physics: str, tolerance: float) -> None:
    conditions = {"added_mass": {"pelvis": 25.0, "tibia_l": 2.0}, "friction": 0.2}
    settings = {"num_envs": 1, "auto_reset": False, "termination_distance": 50.0}
    env = make(physics, conditions=conditions, **settings)
    plain = ReferenceEnv(env.model, env.motions, env.config)
    obs, _ = env.reset(seed=0, options={"clip": 1, "start_time": 0.1})
    wanted = plain.reset(1, 0.1)
    np.testing.assert_allclose(obs[0], wanted, atol=1e-3, rtol=1e-4)
    unloaded = make(physics, **settings)
    unloaded.reset(seed=0, options={"clip": 1, "start_time": 0.1})
    rng = np.random.default_rng(1)
    for _ in range(8):
        action = rng.normal(0.0, 0.2, env.num_actions)
        env.step(action[None])
        unloaded.step(action[None])
        plain.step(action)
    found = env.get_state()["qpos"][0]
    np.testing.assert_allclose(found, plain.data.qpos, atol=tolerance)
    assert np.abs(found - unloaded.get_state()["qpos"][0]).max() > 0.03


@BOTH
def test_a_body_moves_as_if_all_carried_what_it_does(physics: str) -> None:
    """Whoever shares the batch, and the vector: bit for bit."""
    mixed = make(physics)
    mixed.reset(seed=5)
    masses, frictions = np.linspace(0.0, 30.0, ENVS), np.linspace(1.0, 0.1, ENVS)
    mixed.load("pelvis", masses)
    mixed.kept("friction")[:, 0] = frictions
    acted(mixed)
    found = mixed.get_state()
    for which in (0, 7, ENVS - 1):
        alike = make(physics)
        alike.reset(seed=5)
        alike.kept("added_mass")[:] = found["added_mass"][which]
        alike.kept("friction")[:] = frictions[which]
        acted(alike)
        wanted = alike.get_state()
        for name in ("qpos", "qvel", "act"):
            np.testing.assert_array_equal(found[name][which], wanted[name][which], err_msg=name)


@BOTH
def test_what_is_drawn_is_drawn_anew_within_its_bounds(physics: str) -> None:
    randomise = {"added_mass": [5.0, 20.0], "friction": [0.5, 2.0]}
    env = make(physics, randomise=randomise, conditions={"added_mass": {ROOT: 1.0}})
    plain = make(physics)
    states = []
    for seed in (1, None):
        env.reset(seed=seed)
        plain.reset(seed=seed)
        states.append(env.get_state())
        np.testing.assert_array_equal(states[-1]["qpos"], plain.get_state()["qpos"])
    pelvis = root_body(env.model)
    for state in states:
        carried, friction = state["added_mass"][:, pelvis], state["friction"][:, 0]
        assert np.all((carried >= 6.0) & (carried <= 21.0)) and np.ptp(carried) > 5.0
        assert np.all((friction >= 0.5) & (friction <= 2.0)) and np.ptp(friction) > 0.3
        assert np.all(np.delete(state["added_mass"], pelvis, axis=1) == 0.0)
    assert np.all(states[0]["friction"] != states[1]["friction"])
    again = make(physics, randomise=randomise, conditions={"added_mass": {ROOT: 1.0}})
    again.reset(seed=1)
    np.testing.assert_array_equal(again.get_state()["added_mass"], states[0]["added_mass"])


@BOTH
def test_late_observations_are_earlier_ones(physics: str) -> None:
    # The same bodies in both: nothing that is seen decides what they do here.
    plain, late = make(physics), make(physics, randomise={"delay": [0.0, 0.1]})
    first = plain.reset(seed=2)[0]
    np.testing.assert_array_equal(late.reset(seed=2)[0], first)
    delay = late.kept("observation_delay")[:, 0].astype(int)
    assert set(delay) == {0, 1, 2, 3}
    plain_seen, late_seen = [first, *acted(plain, 10)], [first, *acted(late, 10)]
    ran = plain.get_state()["control_step"] == 10  # those whose first episode went on
    assert ran.sum() > 8
    for step in range(11):
        for env in np.flatnonzero(ran):
            wanted = plain_seen[max(0, step - delay[env])][env]
            np.testing.assert_array_equal(late_seen[step][env], wanted)
    np.testing.assert_array_equal(plain.get_state()["qpos"], late.get_state()["qpos"])


def test_noise_is_in_the_part_it_is_given_for_and_repeats() -> None:
    noise = {"foot_contact": 5.0, "body_pos": 0.01}
    plain, noisy = make(), make(randomise={"noise": noise})
    more_threads = kf.make_vec(
        num_envs=ENVS, num_threads=2, physics="lanes", control_mode="joint",
        clips=["walk_comfortable_120", "run_260"], randomise={"noise": noise},
    )  # fmt: skip
    for env in (plain, noisy, more_threads):
        env.reset(seed=2)
    seen, with_noise, repeated = acted(plain, 12), acted(noisy, 12), acted(more_threads, 12)
    np.testing.assert_array_equal(with_noise, repeated)
    differences = np.array(with_noise) - np.array(seen)
    for name, columns in plain.observation_layout.items():
        found = differences[..., columns]
        if name in noise:
            assert np.std(found) == pytest.approx(noise[name], rel=0.1), name
            assert np.abs(np.mean(found)) < 0.1 * noise[name]
        else:
            assert np.all(found == 0.0), name


def test_states_hold_all_of_it() -> None:
    settings = {"delay": [0.05, 0.1], "noise": {"body_pos": 0.01}, "added_mass": [0.0, 9.0]}
    one, other = make(randomise=settings), make(randomise=settings)
    one.reset(seed=4)
    acted(one, 5)
    other.reset(seed=4)
    acted(other, 2, seed=8)
    other.set_state(one.get_state())
    np.testing.assert_array_equal(acted(one, 6), acted(other, 6))


def test_trainings_draw_and_evaluations_do_not() -> None:
    drawn = ["env.randomise.strength=[0.5,0.9]", "env.randomise.delay=[0.1,0.1]", "num_envs=4"]
    config = load_train_config("quickstart", drawn)
    config.motions = "gait"
    training = make_training_env(config, randomised=True)
    training.reset(seed=0)
    assert np.all(training.kept("strength") < 1.0)
    for env in (make_training_env(config), make_acting_env(config, "steer", num_envs=2)):
        env.reset(seed=0)
        assert np.all(env.kept("strength") == 1.0)
        assert "observation_delay" not in env.get_state()
    assert "randomise" not in task_settings(config, "reach")
    stored = {"env": {"conditions": {"drawn_strength": [0.6, 0.8]}}}
    assert merge_stored(stored).env.randomise.strength == [0.6, 0.8]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"randomise": {"added_mass": [-1.0, 2.0]}}, r"randomise.added_mass is -1.0; .*\[0, 500\]"),
        ({"randomise": {"friction": [2.0, 1.0]}}, "randomise.friction is .* lower and an upper"),
        ({"randomise": {"noise": {"body_pos": -1.0}}}, "randomise.noise.body_pos is -1.0"),
        (
            {"randomise": {"noise": {"body_poss": 1.0}}},
            "for body_poss, which the obs.* lacks",
        ),
        (
            {"conditions": {"added_mass": {"pelvi": 1.0}}},
            "'pelvi' is not known; did you mean",
        ),
        ({"conditions": {"friction": -0.5}}, "conditions.friction is -0.5"),
        (
            {"physics": "mujoco", "conditions": {"friction": 0.5}},
            "other friction, slopes and uneven ground need physics lanes or fused",
        ),
        (
            {"physics": "mujoco", "randomise": {"added_mass": [0.0, 1.0]}},
            "added masses, other friction",
        ),
    ],
)
def test_what_cannot_be_is_named(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make(**{"physics": "lanes", "num_envs": 2, **settings})


def test_what_load_refuses() -> None:
    env = make(num_envs=2)
    env.reset(seed=0)
    for body, mass, message in (
        ("pelvi", 1.0, "there is no body 'pelvi' to load; did you mean 'pelvis'"),
        ("pelvis", -1.0, r"mass is -1.0; it must be in \[0, 500\] kg"),
        ("pelvis", [1.0, 2.0, 3.0], "mass has shape"),
        ("pelvis", np.nan, "mass has a value that is not finite"),
    ):
        with pytest.raises(InputError, match=message):
            env.load(body, mass)
    whole = make("mujoco", num_envs=1)
    with pytest.raises(InputError, match="mj_step steps have one mass for all"):
        whole.load("pelvis", 1.0)
