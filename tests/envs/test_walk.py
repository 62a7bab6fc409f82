"""The walking task: what it pays for, worked out again; and what policies see of their bodies."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kinesis_fast as kf
from kinesis_fast.analysis.energetics import MuscleState, bhargava
from kinesis_fast.body.fibres import Fibres
from kinesis_fast.body.legs import MUSCLE_GROUPS
from kinesis_fast.envs.mirror import Mirror
from kinesis_fast.tasks.conditions import ConditionConfig, strengths, weak_groups
from kinesis_fast.tasks.walk_trials import SpeedsTrial

CLIPS = ["stand", "start_slow", "walk_slow_060", "turn_left", "stop_slow"]


def make(num_envs: int = 4, **settings: Any) -> kf.MuscleVectorEnv:
    return kf.make_vec("walk", num_envs=num_envs, clips=CLIPS, auto_reset=False, **settings)


def test_the_reward_worked_out_again() -> None:
    """By Python's metabolic power, of what MuJoCo's data hold when a step is judged."""
    paid_for = {"drive_weight": 3.0}
    env = make(physics="fused", conditions={"weakness": {"soleus": 0.4}}, walk_reward=paid_for)
    env.reset(seed=3)
    fields = ["ctrl", "act", "actuator_length", "actuator_velocity", "actuator_force"]
    rows = env.record([*fields, "qpos", "qvel"]).last()
    fibres, weights, paid = Fibres.of(env.model), env.config.walk_reward, env.config.steer_reward
    rng = np.random.default_rng(0)
    before = env.get_state()["qvel"][:, :3]
    for _ in range(6):
        actions = rng.normal(0.0, 0.5, (4, env.num_actions)).astype(np.float32)
        _, reward, terminated, _, info = env.step(actions)
        assert not terminated.any()
        ctrl, act, length, velocity, force = (rows[name][:, -1] for name in fields)
        state = MuscleState.of(fibres, ctrl, act, length, velocity, force)
        power = bhargava(fibres, state).sum(axis=1) / env.model.body_mass.sum()
        np.testing.assert_allclose(info["metabolic_power"], power, rtol=2e-3)
        drive = np.minimum(rows["act"][:, -1] / env.kept("strength"), 1.0)
        np.testing.assert_allclose(info["muscle_drive"], np.mean(drive**3, axis=1), rtol=1e-4)
        qpos, qvel = rows["qpos"][:, -1], rows["qvel"][:, -1]
        beyond = np.zeros(4)
        followers = env.model.eq_obj1id[env.model.eq_type == 2]
        for joint in range(env.model.njnt):
            if env.model.jnt_limited[joint] and joint not in followers:
                angle = qpos[:, env.model.jnt_qposadr[joint]]
                low, high = env.model.jnt_range[joint]
                inside = np.minimum(angle - low, high - angle) - weights.limits_margin
                beyond += np.minimum(inside, 0.0) ** 2
        np.testing.assert_allclose(info["joint_limits"], beyond, rtol=1e-5, atol=1e-7)
        shaken = np.sum((qvel[:, :3] - before) ** 2, axis=1) / env.control_timestep**2
        np.testing.assert_allclose(info["head_acceleration"], shaken, rtol=1e-5)
        before = qvel[:, :3].copy()
        followed = sum(
            getattr(env.config.reward, f"{name}_weight") * info[name]
            for name in ("pos", "vel", "upright", "energy", "prior", "rot")
        )
        expected = (
            weights.alive_weight
            + paid.follow_weight * followed
            + paid.velocity_weight * info["velocity"]
            + paid.facing_weight * info["facing"]
            - weights.metabolic_weight * power
            - weights.drive_weight * np.mean(drive**3, axis=1)
            - weights.limits_weight * beyond
            - weights.head_weight * shaken
        )
        np.testing.assert_allclose(reward, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("physics", ["lanes", "fused"])
def test_it_sees_its_command_and_its_condition(physics: str) -> None:
    env = make(
        physics=physics,
        observe_conditions=["friction", "strength", "added_mass", "fatigue"],
        conditions={"added_mass": {"torso": 7.0}, "friction": 0.8, "fatigue": {"speed": 50.0}},
        randomise={"weak_groups": 1.0},
    )
    obs, _ = env.reset(seed=1)
    for _ in range(3):
        obs, _, _, _, info = env.step(np.zeros((4, env.num_actions), np.float32))
    seen = {name: obs[:, part] for name, part in env.observation_layout.items()}
    for name in ("strength", "fatigue", "added_mass", "friction"):
        np.testing.assert_array_equal(seen[name], env.kept(name).astype(np.float32), err_msg=name)
    assert (seen["strength"] < 1.0).any(axis=1).all() and seen["fatigue"].max() > 0.0
    torso = env.model.body("torso").id
    assert seen["added_mass"][0, torso] == 7.0 and seen["friction"][0, 0] == np.float32(0.8)
    for name, kept in (
        ("command_velocity", env.kept("command")[:, :2]),
        ("stride_velocity", env.kept("mean_velocity")),
    ):
        np.testing.assert_allclose(
            np.hypot(*seen[name][:, :2].T), np.hypot(*kept.T), rtol=1e-5, err_msg=name
        )
    turn = np.abs(seen["facing_error"][:, 2])
    np.testing.assert_allclose(turn, info["facing_error"], atol=1e-5)
    mirror = Mirror.of(env)
    index, sign = mirror.obs.index, mirror.obs.sign
    np.testing.assert_array_equal((obs[:, index] * sign)[:, index] * sign, obs)
    part = env.observation_layout["strength"]
    half = env.model.nu // 2
    image = obs[:, index][:, part]
    np.testing.assert_array_equal(image[:, :half], obs[:, part][:, half:])


def test_weak_groups_and_their_names() -> None:
    model = kf.load_model()
    names = [model.actuator(i).name for i in range(model.nu)]
    right = strengths(ConditionConfig({"plantarflexors_r": 0.25}), model)
    of = dict(zip(names, right, strict=True))
    assert {name for name, share in of.items() if share == 0.25} == {
        "soleus_r", "gasmed_r", "gaslat_r",
    }  # fmt: skip
    both = strengths(ConditionConfig({"plantarflexors": 0.25, "soleus_l": 0.5}), model)
    assert both[names.index("soleus_l")] == 0.5 and both[names.index("soleus_r")] == 0.25
    assert len(weak_groups(model)) == 3 * len(MUSCLE_GROUPS)
    assert all(muscles for muscles in weak_groups(kf.load_model("myolegs26")))
    with pytest.raises(kf.InputError, match="did you mean 'plantarflexors'"):
        strengths(ConditionConfig({"plantarflexor": 0.25}), model)


def test_which_groups_are_drawn_and_how_tired() -> None:
    drawn = {"weak_groups": 1.0, "groups": ["dorsiflexors"], "tired": [0.1, 0.3]}
    env = make(64, conditions={"fatigue": {"tired": [0.1, 0.1]}}, randomise=drawn)
    env.reset(seed=0)
    names = [env.model.actuator(i).name for i in range(env.model.nu)]
    weak = {
        name
        for name, column in zip(names, env.kept("strength").T, strict=True)
        if (column < 1).any()
    }
    assert weak == {f"{name}_{side}" for name in ("tibant", "edl", "ehl") for side in "rl"}
    tired = env.kept("fatigue")
    assert 0.2 <= tired.min() < 0.22 and 0.38 < tired.max() <= 0.4
    with pytest.raises(kf.InputError, match="dorsiflexors"):
        make(1, randomise={"groups": ["dorsiflexor"]})


def test_slow_turns_between_a_least_and_a_top_speed() -> None:
    env = make(64, commands={"interval": 0.2, "standing": 0.0, "turn": 0.1, "least_speed": 0.7})
    env.reset(seed=0)
    before = env.kept("command").copy()
    for _ in range(7):
        env.step(np.zeros((64, env.num_actions), np.float32))
    after = env.kept("command")
    for command in (before, after):
        speed = np.hypot(*command[:, :2].T)
        assert speed.min() >= 0.7 and speed.max() <= 1.8
    turned = np.abs(after[:, 2] - before[:, 2])
    assert turned.max() <= 0.1 and turned.max() > 0.05
    with pytest.raises(kf.InputError, match="least_speed is 2; it must be at most"):
        make(commands={"least_speed": 2.0})


def test_speeds_are_put_to_the_test() -> None:
    trial = SpeedsTrial([0.6, 1.2], starts=2, seconds=6.0)
    env = make(trial.num_envs, **trial.settings)
    env.reset(options={"clip": "stand", "start_time": 0.0})
    trial.begin(env)
    zeros = np.zeros((4, env.num_actions), np.float32)
    none = np.zeros(4, bool)
    for step in range(round(trial.seconds / env.control_timestep)):
        info = {"metabolic_power": np.full(4, 3.0)}
        env.step(zeros)
        env.kept("mean_velocity")[:] = 1.1 * env.kept("command")[:, :2]
        trial.note(env, step, info, none | (np.arange(4) == 3) & (step == 5))
    slow, fast = trial.result()
    assert (slow.survived, fast.survived) == (1.0, 0.5)
    assert slow.walked == pytest.approx(0.66) and fast.walked == pytest.approx(1.32)
    assert slow.cost == pytest.approx((3.0 + 1.2) / 0.66)
    # Published steps of people with legs of 0.9 m: 0.59 to 0.63 m at 1.2 m/s.
    trial.leg = 0.9
    assert trial.result()[0].usual_stride == pytest.approx(
        1.8 * (0.66 / np.sqrt(9.81 * 0.9)) ** 0.42
    )
    assert 1.18 < trial._usual_stride(1.2) < 1.26
