"""Tasks in which a body is told where to go."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kinesis_fast as kf
from kinesis_fast.errors import InputError
from kinesis_fast.tasks.reach_trials import ring_places

CLIPS = ["stand", "start_slow", "walk_slow_060", "turn_left", "stop_slow"]
STAND = {"clip": "stand", "start_time": 0.0}


def make(task: str, num_envs: int = 4, **settings: Any) -> kf.MuscleVectorEnv:
    return kf.make_vec(
        task, num_envs=num_envs, clips=CLIPS, **{"control_mode": "joint", **settings}
    )


@pytest.mark.parametrize("task", ["steer", "reach", "walk"])
def test_the_same_bits_for_any_number_of_threads(task: str) -> None:
    results = []
    for threads in (1, 2, 3):
        env = make(task, 16, num_threads=threads, seed=5)
        env.reset(seed=5)
        rng = np.random.default_rng(0)
        for _ in range(40):
            actions = rng.normal(0.0, 0.3, (16, env.num_actions)).astype(np.float32)
            obs, reward, *_ = env.step(actions)
        results.append((obs, reward, env.get_state()))
    for obs, reward, state in results[1:]:
        np.testing.assert_array_equal(obs, results[0][0])
        np.testing.assert_array_equal(reward, results[0][1])
        for name, values in state.items():
            np.testing.assert_array_equal(values, results[0][2][name], err_msg=name)


def test_a_state_is_restored_with_its_plan() -> None:
    env, other = make("steer", seed=1), make("steer", seed=2)
    env.reset(), other.reset()
    zeros = np.zeros((4, env.num_actions), np.float32)
    for _ in range(12):
        env.step(zeros)
    other.set_state(env.get_state())
    for _ in range(5):
        np.testing.assert_array_equal(env.step(zeros)[0], other.step(zeros)[0])


def test_commands_are_drawn_anew() -> None:
    env = make("steer", 64, commands={"interval": 0.2, "top_speed": 1.2, "standing": 0.25})
    env.reset(seed=0)
    first = env.kept("command").copy()
    speeds = np.linalg.norm(first[:, :2], axis=1)
    assert speeds.max() <= 1.2
    assert 4 < np.sum(speeds == 0) < 30
    for _ in range(6):
        env.step(np.zeros((64, env.num_actions), np.float32))
    assert np.mean(np.any(env.kept("command") != first, axis=1)) > 0.9


def test_a_command_may_be_written() -> None:
    env = make("steer", 2, commands={"interval": 0.0}, max_episode_steps=0)
    env.reset(options=STAND)
    env.kept("command")[:] = [[0.5, 0.0, 0.0], [0.0, 0.5, 1.0]]
    info = env.step(np.zeros((2, env.num_actions), np.float32))[4]
    np.testing.assert_allclose(info["speed_error"], 0.5, atol=0.1)
    np.testing.assert_allclose(env.kept("command")[1], [0.0, 0.5, 1.0])


def test_a_schedule_counts_from_the_facing_at_the_start() -> None:
    env = make("steer", 1, commands={"schedule": [[0, 0, 0, 0], [0.1, 1.0, 90, 45]]})
    env.reset(options=STAND)
    start = float(env.kept("start_facing")[0, 0])
    for _ in range(4):
        env.step(np.zeros((1, env.num_actions), np.float32))
    np.testing.assert_allclose(
        env.kept("command")[0],
        [np.cos(start + np.pi / 2), np.sin(start + np.pi / 2), start + np.pi / 4],
        atol=1e-12,
    )


def test_goals_of_the_kinesis_protocol() -> None:
    env = make("reach", 512)
    env.reset(seed=0, options=STAND)
    root = env.get_state()["qpos"][:, :2]
    # The body stands where KINESIS's does, at (0.71, 0.68) of the square's middle.
    goals = env.kept("goal") - root + [0.71, 0.68]
    assert np.all(np.abs(goals) <= 2.0)
    np.testing.assert_allclose(goals.mean(axis=0), 0.0, atol=0.15)
    np.testing.assert_allclose(goals.std(axis=0), 4 / np.sqrt(12), atol=0.1)
    zeros = np.zeros((512, env.num_actions), np.float32)
    _, reward, terminated, _, info = env.step(zeros)
    by_hand = (
        16.0 * info["progress"]
        + 0.1 * (info["energy"] + info["upright"])
        + 100.0 * (info["goal_distance"] < 0.1)
    )
    np.testing.assert_allclose(reward, by_hand, rtol=1e-5, atol=1e-6)
    assert not terminated.any()


def test_goals_on_rings_and_waypoints() -> None:
    places = ring_places()
    assert len(places) == 32
    env = make("reach", 256, goals={"places": places, "hold": 1.0}, max_episode_steps=0)
    env.reset(seed=0, options=STAND)
    away = np.linalg.norm(env.kept("goal") - env.get_state()["qpos"][:, :2], axis=1)
    assert set(np.round(away, 3)) == {1.0, 2.0, 3.0, 4.0}
    two = [[0.0, 0.0], [1.0, 0.0]]
    env = make("reach", 1, goals={"places": two, "waypoints": True, "hold": 0.1})
    env.reset(options=STAND)
    zeros = np.zeros((1, env.num_actions), np.float32)
    before = env.kept("goal")[0].copy()
    for _ in range(3):
        _, _, _, truncated, _ = env.step(zeros)
    assert not truncated[0]
    np.testing.assert_allclose(np.linalg.norm(env.kept("goal")[0] - before), 1.0, atol=1e-9)


def test_a_fall_ends_the_episode() -> None:
    env = make("steer", 8, auto_reset=False, termination_distance=100.0, max_episode_steps=0)
    env.reset(options=STAND)
    ended = np.zeros(8, bool)
    rng = np.random.default_rng(0)
    for _ in range(120):
        actions = rng.normal(0.0, 3.0, (8, env.num_actions)).astype(np.float32)
        _, _, terminated, _, _ = env.step(actions)
        ended |= terminated
    assert ended.all()
    assert np.all(env.get_state()["qpos"][:, 2] < 0.75)


@pytest.mark.parametrize(
    ("task", "settings", "message"),
    [
        ("steer", {"commands": {"schedule": [[0, 1, 0]]}}, "time, speed, direction, facing"),
        ("steer", {"commands": {"schedule": [[0, 1, 0, 0], [0, 1, 0, 0]]}}, "does not rise"),
        ("steer", {"commands": {"top_speed": -1.0}}, "commands.top_speed"),
        ("steer", {"planner": {"ahead": []}}, "1 to 16"),
        ("steer", {"planner": {"blend_time": 0.0}}, "planner.blend_time"),
        ("steer", {"reference": "source"}, "retargeted"),
        ("reach", {"goals": {"waypoints": True}}, "goals.places"),
        ("reach", {"goals": {"places": [[1.0]]}}, "two numbers"),
        ("reach", {"goal_observation": "goal"}, "goal_observation"),
    ],
)
def test_bad_settings(task: str, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make(task, 1, **settings)


def test_clips_too_short_to_plan_from(still_library: Any) -> None:
    with pytest.raises(InputError, match="longest clip has 1"):
        kf.make_vec("steer", motions=still_library)


def test_what_is_not_kept() -> None:
    with pytest.raises(InputError, match="did you mean 'goal'"):
        make("reach", 1).kept("gaol")


def test_nonsense_in_rows_does_no_harm() -> None:
    env = make("steer", 4, commands={"interval": 0.0})
    env.reset(options=STAND)
    env.kept("plan_clip")[:] = [[1e9], [-3.0], [np.nan], [2.5]]
    env.kept("plan_joined")[:] = [[np.nan], [1e300], [-1e300], [0.0]]
    env.kept("push_body")[:] = [[1e9], [-1.0], [np.nan], [1.0]]
    env.kept("push_force")[:] = 10.0
    env.kept("push_time_left")[:] = 1.0
    zeros = np.zeros((4, env.num_actions), np.float32)
    for _ in range(3):
        env.step(zeros)
    env.reset(options=STAND)
    obs, *_ = env.step(zeros)
    assert np.all(np.isfinite(obs))


def test_a_goal_that_moves() -> None:
    env = make("reach", 1, max_episode_steps=0)
    env.reset(options=STAND)
    zeros = np.zeros((1, env.num_actions), np.float32)
    for step in range(4):
        env.kept("goal")[0] = [1.0 + step, 0.0]
        info = env.step(zeros)[4]
        # What the body gained on the goal where it is now, not on where it was.
        assert abs(info["progress"][0]) < 0.02
        assert info["goal_distance"][0] == pytest.approx(1.0 + step, abs=0.1)
