"""Steering and reaching by the engine against plain Python, step by step.

The shipped policy acts, so that bodies live long enough for the motion to be planned on and on.
Each step starts both sides from the engine's state and takes the engine's excitations: what is
compared is the plan, the observation, the reward and the figures. Control has tests of its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import kinesis_fast as kf
from kinesis_fast.envs.reference_guided import (
    ReferenceGuidedEnv,
    ReferenceReachEnv,
    ReferenceSteerEnv,
)
from kinesis_fast.learn.checkpoint import load
from kinesis_fast.learn.environment import task_settings
from kinesis_fast.learn.evaluation.clips import load_agent

STEPS = 300
CLIPS = ["stand", "start_slow", "walk_slow_060", "walk_comfortable_110", "stop_slow", "turn_left"]
SCHEDULE = [[0, 0, 0, 0], [1, 0.8, 0, 0], [4, 1.1, 20, 20], [6, 0.6, 0, 0], [8, 0, 0, 0]]


class Replay:
    """Gives the plain environment the excitations that the engine found."""

    def __init__(self) -> None:
        self.capacity = 1.0
        self.excitations = np.zeros((5, 80))

    def reset(self) -> None:
        """Nothing."""

    def tire(self, seconds: float) -> None:
        """Nobody does."""

    def excitation(self, action: Any, clip: int, time: float, substeps_left: int) -> np.ndarray:
        row: np.ndarray = self.excitations[5 - substeps_left]
        return row


def assert_same_plan(state: dict[str, np.ndarray], env: ReferenceGuidedEnv, where: str) -> None:
    plan = env.planner.plan
    elapsed = env.control_step * env.control_timestep
    time = plan.joined + elapsed - plan.elapsed
    assert int(state["reference_clip"][0]) == plan.clip, where
    np.testing.assert_allclose(state["reference_time"][0], time, atol=1e-9, err_msg=where)
    place = [*plan.place, plan.yaw]
    np.testing.assert_allclose(state["plan_place"][0], place, atol=1e-9, err_msg=where)


@pytest.mark.parametrize(
    ("task", "settings"),
    [
        ("steer", {"commands": {"schedule": SCHEDULE}, "max_episode_steps": 0}),
        ("reach", {"max_episode_steps": 0, "goals": {"top_speed": 0.8}}),
        ("reach", {"max_episode_steps": 0, "goal_observation": "kinesis"}),
    ],
)
def test_300_steps(task: str, settings: dict[str, Any]) -> None:
    checkpoint = load("shipped")
    env = kf.make_vec(
        task,
        auto_reset=False,
        motions="gait",
        clips=CLIPS,
        num_threads=1,
        **{**task_settings(checkpoint.config, task), "physics": "mujoco", **settings},
    )
    agent = load_agent(checkpoint, env)
    recorder = env.record(["ctrl"])
    kind = {"steer": ReferenceSteerEnv, "reach": ReferenceReachEnv}[task]
    plain: Any = kind(env.model, env.motions, env.config)
    plain.control = Replay()
    obs = begin(env, plain)
    joins = 0
    for step in range(STEPS):
        action = agent.act(torch.from_numpy(obs), deterministic=True).numpy()
        joined = plain.planner.plan.elapsed
        obs, reward, terminated, truncated, info = env.step(action)
        plain.control.excitations = recorder.last()["ctrl"][0]
        expected, paid, lost, stopped, figures = plain.step(action[0])
        where = f"step {step}"
        assert (lost, stopped) == (bool(terminated[0]), bool(truncated[0])), where
        np.testing.assert_allclose(reward[0], paid, rtol=1e-5, atol=1e-5, err_msg=where)
        for name, value in figures.items():
            np.testing.assert_allclose(
                info[name][0], value, rtol=1e-5, atol=1e-5, err_msg=f"{where}: {name}"
            )
        if lost:
            obs = begin(env, plain)
            continue
        state = env.get_state()
        assert_same_plan(state, plain, where)
        np.testing.assert_allclose(obs[0], expected, rtol=1e-5, atol=1e-5, err_msg=where)
        joins += plain.planner.plan.elapsed != joined
        for name in ("qpos", "qvel", "act", "qacc_warmstart"):
            getattr(plain.data, name)[:] = state[name][0]
    assert joins >= 3


def begin(env: kf.MuscleVectorEnv, plain: Any) -> np.ndarray:
    """Begin an episode on both sides, standing, a goal ahead."""
    obs, _ = env.reset(options={"clip": "stand", "start_time": 0.0})
    first = plain.reset(env.motions.index("stand"), 0.0)
    if isinstance(plain, ReferenceReachEnv):
        plain.goal = plain.data.xpos[plain.root, :2] + [2.5, 0.3]
        env.kept("goal")[:] = plain.goal
    else:
        np.testing.assert_allclose(obs[0], first, rtol=1e-5, atol=1e-5)
    return obs
