"""What a policy can do where a body is told where to go: reaching, steering, and being pushed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kinesis_fast.envs import MuscleVectorEnv
from kinesis_fast.errors import InputError
from kinesis_fast.learn.checkpoint import Checkpoint
from kinesis_fast.learn.environment import make_acting_env
from kinesis_fast.learn.episodes import run_episodes
from kinesis_fast.learn.evaluation.clips import load_agent
from kinesis_fast.motions import MotionLibrary
from kinesis_fast.tasks.reach import RING_DIRECTIONS, RING_DISTANCES, ring_places

Array = npt.NDArray[np.float64]

KINESIS_SECONDS = 5.0
"""Time-out of KINESIS's protocol (Simos et al. 2025, arXiv 2503.14637)."""
RING_SECONDS = 12.0
RING_HOLD = 1.0
"""s within the radius that count as reached on the rings."""
DIRECTIONS = RING_DIRECTIONS
NEVER_LOST = 1e9
"""m from the plan: here a body is lost where it falls, as KINESIS has it, not where it strays."""
PUSHED_AFTER, WATCHED = 4.0, 4.0
"""s of walking before the first push, and after the last one."""
STAND_SECONDS, WALK_SECONDS, STOP_SECONDS = 1.0, 10.0, 5.0
SETTLED = 2.0
"""s after a command, before its errors count."""
TURNS = (45.0, -45.0, 90.0, -90.0, 180.0, -180.0)
"""Degrees to the left, of turns under way."""
BEFORE_TURN, AFTER_TURN = 5.0, 8.0
"""s of walking from standing to the turn, and from there on."""
TURNED = 15.0
"""Degrees within which a turn is done."""


@dataclass
class ReachResult:
    """Goals, an episode each, by the mean action."""

    goals: int
    success_rate: float
    """KINESIS: within 0.1 m when time is up. Rings: there for a second, in time."""
    fall_rate: float
    final_distance_m: float
    """Median of the bodies that did not fall."""
    seconds: float
    """Mean until success, of the rings."""
    effort: float
    """Mean over time of the summed squared activations."""
    by_place: list[list[float]]
    """Rings: success by distance (rows) and direction."""


@dataclass
class SteerResult:
    """One direction: a second of standing, ten of walking, five of standing."""

    direction: float
    fell: bool
    seconds: float
    """Until the fall, or all of them."""
    direction_error: float
    """Degrees, mean over the walk from two seconds after the command."""
    speed_error: float
    """m/s, likewise."""
    facing_error: float
    """Degrees, likewise."""


@dataclass
class TurnResult:
    """One turn under way: told to go, and to face, another way after five seconds of walking."""

    angle: float
    """Degrees to the left."""
    walked: float
    """Share of the bodies that walked until the turn; the others count nowhere."""
    survived: float
    """Share of these that had not fallen eight seconds after it; NaN where none walked."""
    turned: float
    """Share of these that went within 15 degrees of the new way then; NaN where none walked."""
    seconds: float
    """Until then, mean over those that turned."""


@dataclass
class PushResult:
    """Pushes of one impulse, in eight directions and at several times of a walk."""

    impulse: float
    """N s."""
    survived: float
    """Share that did not fall until four seconds after the last push; NaN where none walked."""


@dataclass
class GoalSubject:
    """A checkpoint, and what its motion is planned from."""

    checkpoint: Checkpoint
    motions: str | MotionLibrary | None = None
    """None: the built-in library that the task is at home in."""
    num_threads: int = 0
    seed: int = 0
    physics: str = "fused"

    def make(self, task: str, num_envs: int, **settings: Any) -> MuscleVectorEnv:
        """Make environments in which ended episodes wait; all begin standing."""
        fixed = {
            "physics": self.physics,
            "max_episode_steps": 0,
            "termination": "mean_body",
            "termination_distance": NEVER_LOST,
        }
        env = make_acting_env(
            self.checkpoint.config,
            task,
            self.motions,
            num_envs=num_envs,
            num_threads=self.num_threads,
            seed=self.seed,
            **{**fixed, **settings},
        )
        env.reset(seed=self.seed, options={"clip": env.motions.most_at_rest(), "start_time": 0.0})
        return env

    def run(
        self,
        env: MuscleVectorEnv,
        seconds: float,
        each: Callable[[int, Any, npt.NDArray[Any]], None],
    ) -> None:
        """Act for so long; ``each`` gets the step, info and terminated after each."""
        agent = load_agent(self.checkpoint, env)
        steps = round(seconds / env.control_timestep)
        for number, step in enumerate(run_episodes(env, agent, None, steps=steps)):
            each(number, step.info, step.terminated)


def evaluate_reach(
    subject: GoalSubject, protocol: str = "kinesis", goals: int = 500
) -> ReachResult:
    """Run the KINESIS protocol, goals drawn from the seed, or every place of the rings in turn.

    Raises:
        InputError: fewer goals than the rings have places.
    """
    ring = protocol == "ring"
    places = len(RING_DISTANCES) * len(RING_DIRECTIONS)
    if ring and goals < places:
        raise InputError(f"goals is {goals}; the rings have {places} places, give at least as many")
    settings: dict[str, Any] = {}
    if ring:
        settings = {"goals": {"places": ring_places(), "hold": RING_HOLD}}
    env = subject.make("reach", goals, **settings)
    if ring:
        _put_on_rings(env)
    fallen, reached = np.zeros(goals, bool), np.full(goals, np.inf)
    distance = np.zeros(goals)
    effort: list[float] = []

    def note(step: int, info: Any, terminated: npt.NDArray[Any]) -> None:
        running = ~fallen & np.isinf(reached)
        distance[running] = info["goal_distance"][running]
        fallen[running & terminated] = True
        if ring:
            there = running & ~terminated & (info["held"] >= RING_HOLD - 1e-6)
            reached[there] = (step + 1) * env.control_timestep
        if running.any():
            effort.append(float(np.mean(np.sum(env.muscle_activations()[running] ** 2, axis=1))))

    subject.run(env, RING_SECONDS if ring else KINESIS_SECONDS, note)
    success = np.isfinite(reached) if ring else ~fallen & (distance < 0.1)
    table: list[list[float]] = []
    if ring:
        place = np.arange(goals) % places
        rates = [float(np.mean(success[place == k])) for k in range(places)]
        table = np.reshape(rates, (len(RING_DISTANCES), len(RING_DIRECTIONS))).tolist()
    return ReachResult(
        goals=goals,
        success_rate=float(success.mean()),
        fall_rate=float(fallen.mean()),
        final_distance_m=float(np.median(distance[~fallen])) if not fallen.all() else float("nan"),
        seconds=float(reached[success].mean()) if ring and success.any() else float("nan"),
        effort=float(np.mean(effort)),
        by_place=table,
    )


def evaluate_steer(
    subject: GoalSubject, speed: float = 1.0, *, turn: bool = True
) -> list[SteerResult]:
    """Walk in each of eight directions; ``turn``: face that way, else keep the first facing."""
    env, command, base = _to_be_steered(subject, len(DIRECTIONS))
    ways = base + np.deg2rad(DIRECTIONS)
    command[:] = _going(0.0, base, base)
    begin, settled, end = (
        round(s / env.control_timestep)
        for s in (STAND_SECONDS, STAND_SECONDS + SETTLED, STAND_SECONDS + WALK_SECONDS)
    )
    alive, lived = np.ones(len(ways), bool), np.zeros(len(ways))
    errors: list[Array] = []

    def note(step: int, info: Any, terminated: npt.NDArray[Any]) -> None:
        alive[terminated] = False
        lived[alive] = (step + 1) * env.control_timestep
        if step == begin:
            command[:] = _going(speed, ways, ways if turn else base)
        if step == end:
            command[:, :2] = 0.0
        if settled <= step < end:
            names = ("direction_error", "speed_error", "facing_error")
            row = np.array([info[name] for name in names])
            errors.append(np.where(alive, row, np.nan))

    subject.run(env, STAND_SECONDS + WALK_SECONDS + STOP_SECONDS, note)
    mean = np.array([_mean(np.array(errors)[:, i]) for i in range(3)])
    return [
        SteerResult(
            direction=DIRECTIONS[i],
            fell=not alive[i],
            seconds=float(lived[i]),
            direction_error=float(np.rad2deg(mean[0, i])),
            speed_error=float(mean[1, i]),
            facing_error=float(np.rad2deg(mean[2, i])),
        )
        for i in range(len(ways))
    ]


def evaluate_turns(subject: GoalSubject, speed: float = 1.0, times: int = 4) -> list[TurnResult]:
    """Turn under way by 45, 90 and 180 degrees to either side, at several times of a step each."""
    cases = [(angle, BEFORE_TURN + 0.3 * k) for angle in TURNS for k in range(times)]
    angle, begin = np.array(cases).T
    env, command, base = _to_be_steered(subject, len(cases))
    command[:] = _going(speed, base, base)
    alive, walked = np.ones(len(cases), bool), np.zeros(len(cases), bool)
    turned, first = np.zeros(len(cases), bool), np.full(len(cases), np.nan)

    def note(step: int, info: Any, terminated: npt.NDArray[Any]) -> None:
        time = step * env.control_timestep
        alive[(time < begin + AFTER_TURN) & terminated] = False
        now = np.abs(time - begin) < 0.5 * env.control_timestep
        walked[now] = alive[now]
        way = base[now] + np.deg2rad(angle[now])
        command[now] = _going(speed, way, way)
        during = walked & alive & (begin < time) & (time < begin + AFTER_TURN)
        there = np.rad2deg(info["direction_error"]) < TURNED
        newly = during & there & np.isnan(first)
        first[newly] = (time - begin)[newly]
        turned[during] = there[during]
        first[during & ~there] = np.nan

    subject.run(env, float(begin.max()) + AFTER_TURN, note)
    found = []
    for value in TURNS:
        of = (angle == value) & walked
        done = of & alive & turned
        found.append(
            TurnResult(
                angle=value,
                walked=float(np.mean(walked[angle == value])),
                survived=float(np.mean(alive[of])) if of.any() else float("nan"),
                turned=float(np.sum(done) / np.sum(of)) if of.any() else float("nan"),
                seconds=float(np.mean(first[done])) if done.any() else float("nan"),
            )
        )
    return found


def evaluate_pushes(
    subject: GoalSubject,
    impulses: Sequence[float],
    *,
    speed: float = 1.0,
    seconds: float = 0.1,
    times: int = 5,
) -> list[PushResult]:
    """Push a walking body; every impulse (N s) in eight directions at several times of a step."""
    cases = [
        (impulse, angle, PUSHED_AFTER + 0.2 * k)
        for impulse in impulses
        for angle in DIRECTIONS
        for k in range(times)
    ]
    env, command, base = _to_be_steered(subject, len(cases))
    command[:] = _going(speed, base, base)
    alive = np.ones(len(cases), bool)
    lost_before = np.zeros(len(cases), bool)

    def note(step: int, info: Any, terminated: npt.NDArray[Any]) -> None:
        alive[terminated] = False
        for i, (impulse, angle, time) in enumerate(cases):
            if step == round(time / env.control_timestep):
                lost_before[i] = not alive[i]
                way = base[i] + np.deg2rad(angle)
                force = impulse / seconds * np.array([np.cos(way), np.sin(way), 0.0])
                env.push(force, seconds, envs=[i])

    subject.run(env, PUSHED_AFTER + 0.2 * (times - 1) + WATCHED, note)
    given = np.array([case[0] for case in cases])
    found = []
    for value in impulses:
        walked = (given == value) & ~lost_before
        survived = float(np.mean(alive[walked])) if walked.any() else float("nan")
        found.append(PushResult(float(value), survived))
    return found


def _to_be_steered(subject: GoalSubject, num_envs: int) -> tuple[MuscleVectorEnv, Array, Array]:
    """Return standing bodies, their commands, to be written, and which way they face, rad."""
    env = subject.make("steer", num_envs, commands={"interval": 0.0})
    return env, env.kept("command"), env.kept("start_facing")[:, 0].copy()


def _going(speed: float, way: Array, facing: Array) -> Array:
    """Return commands (n, 3) to go a way at a speed, m/s, and to face another, rad."""
    return np.column_stack([speed * np.cos(way), speed * np.sin(way), facing])


def _put_on_rings(env: MuscleVectorEnv) -> None:
    places = np.array(ring_places())[np.arange(env.num_envs) % len(ring_places())]
    start = env.kept("start_stance")
    c, s = np.cos(start[:, 2]), np.sin(start[:, 2])
    goal = env.kept("goal")
    goal[:, 0] = start[:, 0] + c * places[:, 0] - s * places[:, 1]
    goal[:, 1] = start[:, 1] + s * places[:, 0] + c * places[:, 1]


def _mean(rows: Array) -> Array:
    """Mean over time of what was noted, NaN where nothing was."""
    counts = np.sum(~np.isnan(rows), axis=0)
    total = np.nansum(rows, axis=0)
    return np.where(counts > 0, total / np.maximum(counts, 1), np.nan)
