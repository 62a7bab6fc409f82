"""One body, a policy in the loop, and who drives it: without any picture."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from kinesis_fast.body import muscle_names
from kinesis_fast.body.legs import facing as facing_of
from kinesis_fast.body.legs import muscles_called
from kinesis_fast.config import check_names, check_ranges, finite_numbers
from kinesis_fast.envs import MuscleVectorEnv
from kinesis_fast.errors import InputError
from kinesis_fast.learn.checkpoint import Checkpoint
from kinesis_fast.learn.environment import make_acting_env
from kinesis_fast.learn.evaluation.clips import load_agent
from kinesis_fast.motions import MotionLibrary
from kinesis_fast.t2m.driving import SentenceDriver
from kinesis_fast.t2m.generating import plan_of
from kinesis_fast.t2m.moving import Place
from kinesis_fast.t2m.pacing import Variation
from kinesis_fast.t2m.plan import Plan
from kinesis_fast.tasks import find_task, told_tasks
from kinesis_fast.tasks.conditions import told

Array = npt.NDArray[np.float64]

TOP_SPEED = 2.5
"""m/s, the fastest that may be commanded."""
FARTHEST = 1e6
"""m, of a goal along each axis."""
MOST_DEGREES = 1e9
"""Of an angle that is commanded, either way."""
PATH_SECONDS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""s ahead, of the path that is shown."""


@dataclass
class Snapshot:
    """What is to be seen after a control step. Angles in degrees, to the left of the facing at the
    start; the world is as it was there."""

    time: float
    """s since the last reset."""
    qpos: Array
    """(nq,), m, rad and quaternions: where the body is."""
    activation: Array
    """(na,), 0 to 1, of the muscles."""
    tired: Array
    """(na,), 0 to 1: the part of each muscle that gives no force until it has recovered."""
    reference: Array
    """(nq,), as ``qpos``, of the planned motion."""
    path: Array
    """(n, 2) m, where the plan leads within a second."""
    goal: Array | None
    """(2,) m, of ``reach``."""
    speed: float
    """m/s, of the root, over a stride."""
    direction: float
    """Degrees, of its motion."""
    facing: float
    """Degrees, of the root."""
    height: float
    """m, of the root."""
    commanded_speed: float
    """How fast the body is told to go, m/s."""
    commanded_direction: float
    """Which way it is told to go, degrees to the left of the facing at the start."""
    commanded_facing: float
    """Which way it is told to face, likewise."""
    goal_distance: float
    """m; 0 without a goal."""
    falls: int
    """Number since the session began."""
    pushed: bool
    """Whether a push acts."""
    saying: str
    """What is done of a sentence, as its plan has it; empty without one."""
    condition: str
    """What the body differs in from a healthy one, in words; empty: in nothing."""


class PlaySession:
    """Steps one body at a time, and takes orders between steps. Not for several threads at once."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        *,
        task: str | None = None,
        motions: str | MotionLibrary | None = None,
        seed: int = 0,
    ) -> None:
        """Prepare, standing.

        Args:
            checkpoint: of a policy that follows motions, or was trained on the task; in the
                condition that its configuration has.
            task: ``steer``, ``reach`` or another of which a body can be told what to do; None: the
                policy's own if it is told where to go in it, else ``steer``.
            motions: what the motion is planned from; None: the task's built-in library, of
                ``steer`` with clips that run.
            seed: of goals.

        Raises:
            InputError: no such task, or the policy does not fit it.
        """
        if task is None:
            own = checkpoint.config.task
            task = own if find_task(own).told == "command" else "steer"
        check_names((("task", task, told_tasks()),))
        self.task = task
        self.told = find_task(task).told
        self.checkpoint = checkpoint
        self._condition = copy.deepcopy(checkpoint.config.env.conditions)
        self.seed = seed
        self.falls = 0
        self._said: SentenceDriver | None = None
        self.env = self._make(motions)
        self.agent = load_agent(checkpoint, self.env)
        self._start_clip = self.env.motions.most_at_rest()
        self.reset()

    def _make(self, motions: str | MotionLibrary | None) -> MuscleVectorEnv:
        settings: dict[str, Any] = {}
        if self.told == "command":
            settings["commands"] = {"interval": 0.0}
        if motions is None and self.task == "steer":
            motions = "gait-live"  # the clips of gait-steer, and runs
        return make_acting_env(
            self.checkpoint.config,
            self.task,
            motions,
            num_threads=1,
            seed=self.seed,
            max_episode_steps=0,
            **settings,
        )

    @property
    def timestep(self) -> float:
        """Seconds of a step."""
        return self.env.control_timestep

    @property
    def start_facing(self) -> float:
        """Which way the body faced at the start, rad in the world: what angles count from."""
        return self._base

    def reset(self) -> None:
        """Stand at the start again; of ``reach``, with a goal drawn anew."""
        self._goal: Array | None = None
        chosen = {"clip": self._start_clip, "start_time": 0.0}
        self.obs, _ = self.env.reset(options=chosen)
        self._steps = 0
        self._base = float(facing_of(self.env.get_state()["qpos"][0]))
        self._said = None
        self.commanded_speed = self.commanded_direction = self.commanded_facing = 0.0
        if self.told == "command":
            self.command(0.0, 0.0, 0.0)

    def say(self, text: str) -> Plan:
        """Do what a sentence says, from where the body is, until something else is asked for.

        Args:
            text: plain English.

        Returns:
            What was understood.

        Raises:
            InputError: the task is not ``steer``, or the sentence says what cannot be done.
        """
        if self.told != "command":
            raise InputError(f"sentences are for the task steer; {self.task} takes no commands")
        plan = plan_of(text, made=False)
        for action in plan.actions:
            if action.in_place:
                raise InputError(
                    f"'{action}' cannot be done live: no clip steps on the spot. "
                    "kinesis-fast render --text makes such motions"
                )
        self.command(0.0)
        self._said = SentenceDriver(plan, self._where, Variation(), np.inf, live=True)
        self._orders = self._said.commands()
        return plan

    def _where(self) -> Place:
        state = self.env.get_state()
        qpos = state["qpos"][0]
        speed = float(np.linalg.norm(self._velocity(state)))
        return Place(float(qpos[0]), float(qpos[1]), float(facing_of(qpos)), speed)

    def _follow_sentence(self) -> None:
        order = next(self._orders, None)
        if order is None:
            self.command(0.0)
            return
        self.env.kept("command")[0] = [*order.velocity, order.facing]
        self.commanded_speed = float(np.hypot(*order.velocity))
        if self.commanded_speed > 0.0:
            way = np.arctan2(order.velocity[1], order.velocity[0]) - self._base
            self.commanded_direction = wrapped(float(np.rad2deg(way)))
        self.commanded_facing = wrapped(float(np.rad2deg(order.facing - self._base)))

    def command(
        self, speed: float, direction: float | None = None, facing: float | None = None
    ) -> None:
        """Go at a speed in a direction, facing a way.

        Args:
            speed: m/s, 0 to 2.5; 0: stand.
            direction: degrees to the left of the facing at the start, up to 1e9 of either sign;
                None: as before.
            facing: likewise.

        Raises:
            InputError: the task takes no commands, or a value is out of range.
        """
        if self.told != "command":
            raise InputError(f"{self.task} takes no commands, steer does; use go_to() for a goal")
        check_ranges((("speed", speed, 0.0, TOP_SPEED),))
        self._said = None
        for name, angle in (("direction", direction), ("facing", facing)):
            if angle is not None:
                check_ranges(((name, angle, -MOST_DEGREES, MOST_DEGREES),))
        self.commanded_speed = float(speed)
        if direction is not None:
            self.commanded_direction = wrapped(direction)
        if facing is not None:
            self.commanded_facing = wrapped(facing)
        angle = self._base + np.deg2rad(self.commanded_direction)
        self.env.kept("command")[0] = [
            self.commanded_speed * np.cos(angle),
            self.commanded_speed * np.sin(angle),
            self._base + np.deg2rad(self.commanded_facing),
        ]

    def go_to(self, goal: npt.ArrayLike) -> None:
        """Set the goal of ``reach``, (2,) m in the world.

        Raises:
            InputError: the task has none, or the place is not finite, or over 1,000 km away.
        """
        if self.told != "goal":
            raise InputError(f"{self.task} has no goal, reach has; use command() to steer")
        place = finite_numbers("goal", goal, 2)
        check_ranges(("goal", abs(number), 0.0, FARTHEST) for number in place)
        self._goal = np.array(place)
        self.env.kept("goal")[0] = place

    def push(
        self, newtons: float, direction: float, seconds: float = 0.1, body: str | None = None
    ) -> None:
        """Push the body for a while.

        Args:
            newtons: force, 0 to 10,000 N.
            direction: degrees to the left of the facing at the start.
            seconds: s that it acts, 0 to 10.
            body: name of the body that is pushed; None: the root.

        Raises:
            InputError: a value out of range, or no such body.
        """
        check_ranges((("force", newtons, 0.0, 1e4), ("seconds", seconds, 0.0, 10.0)))
        check_ranges((("direction", direction, -MOST_DEGREES, MOST_DEGREES),))
        angle = self._base + np.deg2rad(direction)
        self.env.push([newtons * np.cos(angle), newtons * np.sin(angle), 0.0], seconds, body)

    def weaken(self, muscle: str, share: float) -> None:
        """Leave a muscle a share of its peak force, 0 to 1, from now on; the motion goes on.

        Args:
            muscle: its name or that of a group, with or without its side.
            share: 1: it is healthy.

        Raises:
            InputError: no such muscle, or a share out of range.
        """
        check_ranges((("share", share, 0.0, 1.0),))
        self.env.weaken(muscle, share)
        weakened = self._condition.weakness
        names = muscle_names(self.env.model)
        chosen = set(muscles_called(muscle, names))
        for name in [name for name in weakened if chosen.issuperset(muscles_called(name, names))]:
            del weakened[name]
        if share < 1.0:
            weakened[muscle] = share

    def tire(self, speed: float) -> None:
        """Let muscles tire, and recover, so many times faster than people's, from now on.

        Args:
            speed: 0 to 10,000; 0: they do not, and stay as tired as they are.

        Raises:
            InputError: a speed out of range.
        """
        check_ranges((("speed", speed, 0.0, 1e4),))
        self.env.kept("fatigue_speed")[:] = speed
        self._condition.fatigue.speed = speed

    def incline(self, degrees: float) -> None:
        """Let the floor rise the way that the body faces, from now on; the motion goes on.

        Args:
            degrees: -30 to 30; negative: it falls.

        Raises:
            InputError: a slope out of range, or physics that know none.
        """
        self.env.incline(degrees)
        self._condition.slope = float(degrees)

    def roughen(self, height: float) -> None:
        """Make the ground uneven from now on, level where the body is; the motion goes on.

        Args:
            height: m by which bumps rise and fall, 0 to 1.

        Raises:
            InputError: a height out of range, or physics that know no such ground.
        """
        self.env.roughen(height)
        self._condition.ground.height = float(height)

    def step(self) -> Snapshot:
        """Take one control step; a body that has fallen stands up at the start again."""
        if self._said is not None:
            self._follow_sentence()
        action = self.agent.act(torch.from_numpy(self.obs), deterministic=True)
        self.obs, _, terminated, _, _ = self.env.step(action.numpy())
        self._steps += 1
        if terminated[0]:
            self.falls += 1
            again = self.commanded_speed, self.commanded_direction, self.commanded_facing
            goes_on = self._said is None  # a sentence is over
            goal = self._goal
            self.reset()
            if goes_on and self.told == "command":
                self.command(*again)
            if goal is not None:
                self.go_to(goal)
        return self.snapshot()

    def snapshot(self) -> Snapshot:
        """Return what is to be seen now."""
        state = self.env.get_state()
        qpos = state["qpos"][0]
        ways = [self.env.reference(ahead)["qpos"][0] for ahead in PATH_SECONDS]
        velocity = self._velocity(state)
        speed = float(np.linalg.norm(velocity))
        direction = np.arctan2(velocity[1], velocity[0]) - self._base
        goal = state["goal"][0] if self.told == "goal" else None
        return Snapshot(
            time=self._steps * self.timestep,
            qpos=qpos,
            activation=state["act"][0],
            tired=state["fatigue"][0],
            reference=ways[0],
            path=np.array([way[:2] for way in ways]),
            goal=goal,
            speed=speed,
            direction=wrapped(np.rad2deg(direction)),
            facing=wrapped(float(np.rad2deg(facing_of(qpos) - self._base))),
            height=float(qpos[2]),
            commanded_speed=self.commanded_speed,
            commanded_direction=self.commanded_direction,
            commanded_facing=self.commanded_facing,
            goal_distance=0.0 if goal is None else float(np.linalg.norm(goal - qpos[:2])),
            falls=self.falls,
            pushed=bool(state["push_time_left"][0, 0] > 0),
            saying=self._saying(),
            condition=told(self._condition),
        )

    def _saying(self) -> str:
        if self._said is None:
            return ""
        actions = self._said.plan.actions
        done = len(self._said.ends)
        return str(actions[done]) if done < len(actions) else "stand"

    def _velocity(self, state: dict[str, npt.NDArray[Any]]) -> Array:
        found: Array = (
            state["mean_velocity"][0] if self.told == "command" else state["qvel"][0, :2]
        ).astype(np.float64)
        return found


def wrapped(degrees: float) -> float:
    """Return an angle in (-180, 180]."""
    return float(-((-degrees + 180.0) % 360.0 - 180.0))
