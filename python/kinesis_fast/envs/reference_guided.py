"""Steering and reaching in plain Python: the specification, written for reading.

As :mod:`kinesis_fast.envs.reference`, with a motion that is planned instead of a clip.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.body.legs import FORWARD
from kinesis_fast.envs.reference import ReferenceEnv
from kinesis_fast.envs.reference_planner import PRIOR, ReferencePlanner, wrapped
from kinesis_fast.motions.library import MotionLibrary
from kinesis_fast.tasks.guided import GuidedConfig
from kinesis_fast.tasks.reach import CENTRE, ReachConfig
from kinesis_fast.tasks.steer import SteerConfig

Array = npt.NDArray[np.float64]

STANDS = 0.05
"""m/s under which a command has no direction."""
GOAL_HEIGHT = 0.94
"""m, of the goal as KINESIS's policies see it."""


@dataclass
class Endless:
    """A clip that does not end."""

    duration: float = np.inf


class PlannedMotions:
    """What a planner has made up, as if it were one clip: times count from the episode's start."""

    def __init__(self, planner: ReferencePlanner, tracked_bodies: tuple[str, ...]) -> None:
        self.planner = planner
        self.tracked_bodies = tracked_bodies
        self.prior = planner.motions.prior
        self.clips = [Endless()]

    def reference(self, clip: int, time: float) -> dict[str, Array]:
        """Return joint state and tracked bodies; ``clip`` is not asked for."""
        return {k: v for k, v in self.planner.read(time).items() if k not in PRIOR}

    def prior_at(self, clip: int, time: float) -> dict[str, Array]:
        """Return the muscle prior's arrays; ``clip`` is not asked for."""
        return {k: v for k, v in self.planner.read(time).items() if k in PRIOR}


class ReferenceGuidedEnv(ReferenceEnv):
    """One body that is told where to go."""

    config: GuidedConfig

    def __init__(self, model: mujoco.MjModel, motions: MotionLibrary, config: GuidedConfig) -> None:
        self.planner = ReferencePlanner(model, motions, config.planner)
        planned: Any = PlannedMotions(self.planner, motions.tracked_bodies)
        super().__init__(model, planned, config)

    def reset(self, clip: int, start_time: float) -> Array:
        """Start a clip at a time; returns the observation (obs_dim,)."""
        self.planner.begin(clip, start_time)
        super().reset(0, 0.0)
        self.begin()
        return self.observation()

    def step(self, action: Array) -> tuple[Array, float, bool, bool, dict[str, float]]:
        """Take one control step; returns obs, reward, terminated, truncated and figures."""
        self.before_step()
        _, follow, lost, truncated, terms = super().step(action)
        fallen = self.data.xpos[self.root, 2] < self.config.fall_height
        reward, done, figures = self.judge(follow, terms)
        elapsed = self.control_step * self.control_timestep
        velocity, facing = self.command(elapsed)
        root = self.data.xpos[self.root]
        place = root[:2] - self.motions.rise * root[2]  # where it would be on a level floor
        step = self.control_timestep
        self.planner.update(velocity, facing, place, elapsed, step, self.target(), self.arrival())
        return (
            self.observation(),
            reward,
            bool(lost or fallen),
            bool(truncated or done),
            terms | figures,
        )

    def facing(self) -> float:
        """Return which way the root faces, rad."""
        forward = self.data.xmat[self.root].reshape(3, 3) @ np.array(FORWARD)
        return float(np.arctan2(forward[1], forward[0]))

    def before_step(self) -> None:
        """Note what the task needs of the state before a step."""

    def target(self) -> Array | None:
        """Return the place (2,), m, to come to, if there is one."""
        return None

    def arrival(self) -> float:
        """Return the time, s, of the spring that comes to that place."""
        return 0.0

    @abstractmethod
    def begin(self) -> None:
        """Begin the task's own part of an episode."""

    @abstractmethod
    def judge(self, follow: float, terms: dict[str, float]) -> tuple[float, bool, dict[str, float]]:
        """Return the reward, whether the task is done, and figures, from imitation's reward."""

    @abstractmethod
    def command(self, elapsed: float) -> tuple[Array, float]:
        """Return the velocity (2,), m/s, and the facing, rad, that are commanded."""


class ReferenceSteerEnv(ReferenceGuidedEnv):
    """Commands of a schedule."""

    config: SteerConfig

    def begin(self) -> None:
        """Stand, facing as now."""
        self.start = self.facing()
        self.wanted = np.zeros(2)
        self.face = self.start
        self.velocity = self.data.qvel[self.planner.root :][:2].copy()

    def before_physics(self) -> None:
        """Filter the velocity before a physics step."""
        v = self.data.qvel[self.planner.root :][:2]
        self.velocity += (v - self.velocity) * self.model.opt.timestep / self.config.stride

    def judge(self, follow: float, terms: dict[str, float]) -> tuple[float, bool, dict[str, float]]:
        """See the base class."""
        reward = self.config.steer_reward
        speed = float(np.linalg.norm(self.wanted))
        facing = abs(wrapped(self.facing() - self.face))
        ways = [np.arctan2(v[1], v[0]) for v in (self.velocity, self.wanted)]
        figures = {
            "velocity": float(
                np.exp(-reward.velocity_scale * np.sum((self.velocity - self.wanted) ** 2))
            ),
            "facing": float(np.exp(-reward.facing_scale * facing**2)),
            "speed_error": abs(float(np.linalg.norm(self.velocity)) - speed),
            "direction_error": 0.0 if speed < STANDS else abs(wrapped(ways[0] - ways[1])),
            "facing_error": facing,
        }
        total = (
            reward.follow_weight * follow
            + reward.velocity_weight * figures["velocity"]
            + reward.facing_weight * figures["facing"]
        )
        return total, False, figures

    def command(self, elapsed: float) -> tuple[Array, float]:
        """See the base class."""
        for time, speed, direction, facing in self.config.commands.schedule:
            if time <= elapsed + 1e-9:
                angle = self.start + np.deg2rad(direction)
                self.wanted = speed * np.array([np.cos(angle), np.sin(angle)])
                self.face = self.start + np.deg2rad(facing)
        return self.wanted, self.face


class ReferenceReachEnv(ReferenceGuidedEnv):
    """A goal on the floor, which is set after :meth:`reset` by ``goal``, (2,) m."""

    config: ReachConfig

    def begin(self) -> None:
        """Put the goal in the middle of the square."""
        self.goal: Array = self.data.xpos[self.root, :2] + np.array(CENTRE)
        self.face = self.facing()
        self.held = 0.0

    def target(self) -> Array:
        """See the base class."""
        return self.goal

    def arrival(self) -> float:
        """See the base class."""
        return self.config.goals.arrival_time

    def distance(self) -> float:
        """Return how far the goal is, m."""
        return float(np.linalg.norm(self.goal - self.data.xpos[self.root, :2]))

    def before_step(self) -> None:
        """Note the distance."""
        self.last = self.distance()

    def judge(self, follow: float, terms: dict[str, float]) -> tuple[float, bool, dict[str, float]]:
        """See the base class."""
        weights = self.config.reach_reward
        distance = self.distance()
        arrived = distance < self.config.goals.radius
        self.held = self.held + self.control_timestep if arrived else 0.0
        figures = {
            "progress": self.last - distance,
            "arrived": float(arrived),
            "goal_distance": distance,
            "held": self.held,
        }
        total = (
            weights.follow_weight * follow
            + weights.progress_weight * figures["progress"]
            + weights.arrived_weight * figures["arrived"]
            + weights.energy_weight * terms["energy"]
            + weights.upright_weight * terms["upright"]
        )
        hold = self.config.goals.hold
        return total, 0.0 < hold <= self.held + 1e-9, figures

    def command(self, elapsed: float) -> tuple[Array, float]:
        """See the base class."""
        goals = self.config.goals
        to = self.goal - self.data.xpos[self.root, :2]
        distance = float(np.linalg.norm(to))
        way = float(np.arctan2(to[1], to[0]))
        off = abs(wrapped(way - self.facing())) / np.pi
        if distance > (1 - off) * goals.turning_distance + off * goals.turning_distance_behind:
            self.face = way
        across = min(1.0, 2 * off)
        speed = (1 - across) * goals.top_speed + across * goals.top_speed_aside
        return (speed / distance * to if distance > 1e-9 else np.zeros(2)), self.face

    def observation(self) -> Array:
        """Return the observation (obs_dim,)."""
        seen = super().observation()
        if self.config.goal_observation == "kinesis" and hasattr(self, "goal"):
            count = len(self.tracked)
            previews = len(self.config.preview)
            rest = 3 * count * (3 + previews)
            rest += 3 * (2 + previews) if self.config.observe_root_rotation else 0
            part = seen[-rest:][: 9 * count].reshape(3, count, 3)
            root = self.data.xpos[self.root]
            place = self.frames()[1]
            part[:2] = 0.0
            part[2] = (self.data.xpos[self.tracked] - root) @ place.T
            offset = place @ (np.append(self.goal, GOAL_HEIGHT) - root)
            part[0, self.tracked.index(self.root)] = offset
            part[2, self.tracked.index(self.root)] = offset
        return seen
