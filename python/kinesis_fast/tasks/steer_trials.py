"""How steering is evaluated: eight ways, turns under way, and pushes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import numpy.typing as npt

from kinesis_fast.settings import Unit, numbers, within
from kinesis_fast.tasks.trial import Protocol, Trial, TrialTable

if TYPE_CHECKING:
    from kinesis_fast.envs import MuscleVectorEnv

Array = npt.NDArray[np.float64]

DIRECTIONS = (0.0, 45.0, 90.0, 135.0, 180.0, -135.0, -90.0, -45.0)
"""Degrees from the facing at the start, to the left."""
STAND_SECONDS, WALK_SECONDS, STOP_SECONDS = 1.0, 10.0, 5.0
SETTLED = 2.0
"""s after a command, before its errors count."""
TOP_SPEED_ASIDE = 0.4
"""m/s where the facing is kept: nobody walks aside as fast as ahead."""
TURNS = (45.0, -45.0, 90.0, -90.0, 180.0, -180.0)
"""Degrees to the left, of turns under way."""
BEFORE_TURN, AFTER_TURN = 5.0, 8.0
"""s of walking from standing to the turn, and from there on."""
TURNED = 15.0
"""Degrees within which a turn is done."""
PUSHED_AFTER, WATCHED = 4.0, 4.0
"""s of walking before the first push, and after the last one."""
PUSH_SECONDS = 0.1
"""s that a push lasts."""
PUSH_TIMES = 5
"""Times of a step at which bodies are pushed, 0.2 s apart."""


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
    """Mean error of the speed over the same time, m/s."""
    facing_error: float
    """Mean error of the facing over the same time, degrees."""


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
    """Force times time of a push, N s."""
    survived: float
    """Share that did not fall until four seconds after the last push; NaN where none walked."""


class SteeredTrial(Trial):
    """Standing bodies whose commands are written."""

    settings: Mapping[str, Any] = {"commands": {"interval": 0.0}}

    def begin(self, env: MuscleVectorEnv) -> None:
        """Find the commands, to be written, and which way bodies face, rad."""
        self.command = env.kept("command")
        self.base = env.kept("start_facing")[:, 0].copy()
        self.alive = np.ones(env.num_envs, bool)
        self.timestep = env.control_timestep


class WalkingTrial(SteeredTrial):
    """Bodies that are told to walk ahead first."""

    speed: float
    """m/s."""

    def begin(self, env: MuscleVectorEnv) -> None:
        """Let them walk."""
        super().begin(env)
        self.command[:] = _going(self.speed, self.base, self.base)


class WaysTrial(SteeredTrial):
    """Walk in each of eight directions, and face that way, or keep the first facing."""

    num_envs = len(DIRECTIONS)
    seconds = STAND_SECONDS + WALK_SECONDS + STOP_SECONDS

    def __init__(self, speed: float, *, turn: bool) -> None:
        self.speed, self.turn = speed, turn
        self.lived = np.zeros(len(DIRECTIONS))
        self.errors: list[Array] = []

    def begin(self, env: MuscleVectorEnv) -> None:
        """Let them stand."""
        super().begin(env)
        self.ways = self.base + np.deg2rad(DIRECTIONS)
        self.command[:] = _going(0.0, self.base, self.base)
        self.begins, self.settled, self.ends = (
            round(s / self.timestep)
            for s in (STAND_SECONDS, STAND_SECONDS + SETTLED, STAND_SECONDS + WALK_SECONDS)
        )

    def note(
        self,
        env: MuscleVectorEnv,
        step: int,
        info: Mapping[str, Any],
        terminated: npt.NDArray[Any],
    ) -> None:
        """Tell them to go, and to stop again."""
        self.alive[terminated] = False
        self.lived[self.alive] = (step + 1) * self.timestep
        if step == self.begins:
            self.command[:] = _going(self.speed, self.ways, self.ways if self.turn else self.base)
        if step == self.ends:
            self.command[:, :2] = 0.0
        if self.settled <= step < self.ends:
            names = ("direction_error", "speed_error", "facing_error")
            row = np.array([info[name] for name in names])
            self.errors.append(np.where(self.alive, row, np.nan))

    def result(self) -> list[SteerResult]:
        """Return what came of it, by direction."""
        mean = np.array([_mean(np.array(self.errors)[:, i]) for i in range(3)])
        return [
            SteerResult(
                direction=DIRECTIONS[i],
                fell=not self.alive[i],
                seconds=float(self.lived[i]),
                direction_error=float(np.rad2deg(mean[0, i])),
                speed_error=float(mean[1, i]),
                facing_error=float(np.rad2deg(mean[2, i])),
            )
            for i in range(len(DIRECTIONS))
        ]

    def figures(self) -> list[dict[str, Any]]:
        """See :class:`SteerResult`."""
        return [asdict(one) for one in self.result()]

    def table(self) -> TrialTable:
        """Show every direction."""
        rows = [
            (
                f"{one.direction:.0f}°{'' if self.turn else ' kept'}",
                "yes" if one.fell else "no",
                f"{one.seconds:.1f}",
                f"{one.direction_error:.1f}°",
                f"{one.speed_error:.2f} m/s",
                f"{one.facing_error:.1f}°",
            )
            for one in self.result()
        ]
        headings = ("way", "fell", "seconds", "direction error", "speed error", "facing error")
        return TrialTable(headings, rows)

    def lines(self) -> list[str]:
        """See :meth:`Trial.lines`."""
        found = self.result()
        direction = _known_mean([one.direction_error for one in found])
        speed = _known_mean([one.speed_error for one in found])
        return [
            f"{'Facing the way' if self.turn else 'Facing kept'}: "
            f"{sum(not one.fell for one in found)} of {len(found)} directions without falling, "
            f"direction error {direction:.1f}°, speed error {speed:.2f} m/s"
        ]


class TurnsTrial(WalkingTrial):
    """Turn under way by 45, 90 and 180 degrees to either side, at several times of a step each."""

    def __init__(self, speed: float, times: int = 4) -> None:
        self.speed = speed
        cases = [(angle, BEFORE_TURN + 0.3 * k) for angle in TURNS for k in range(times)]
        self.angle, self.turn_time = np.array(cases).T
        self.num_envs = len(cases)
        self.seconds = float(self.turn_time.max()) + AFTER_TURN
        self.walked, self.turned = np.zeros((2, len(cases)), bool)
        self.first = np.full(len(cases), np.nan)

    def note(
        self,
        env: MuscleVectorEnv,
        step: int,
        info: Mapping[str, Any],
        terminated: npt.NDArray[Any],
    ) -> None:
        """Tell each to turn when its time has come."""
        time, begin = step * self.timestep, self.turn_time
        self.alive[(time < begin + AFTER_TURN) & terminated] = False
        now = np.abs(time - begin) < 0.5 * self.timestep
        self.walked[now] = self.alive[now]
        way = self.base[now] + np.deg2rad(self.angle[now])
        self.command[now] = _going(self.speed, way, way)
        during = self.walked & self.alive & (begin < time) & (time < begin + AFTER_TURN)
        there = np.rad2deg(info["direction_error"]) < TURNED
        newly = during & there & np.isnan(self.first)
        self.first[newly] = (time - begin)[newly]
        self.turned[during] = there[during]
        self.first[during & ~there] = np.nan

    def result(self) -> list[TurnResult]:
        """Return what came of it, by angle."""
        found = []
        for value in TURNS:
            of = (self.angle == value) & self.walked
            done = of & self.alive & self.turned
            found.append(
                TurnResult(
                    angle=value,
                    walked=float(np.mean(self.walked[self.angle == value])),
                    survived=float(np.mean(self.alive[of])) if of.any() else float("nan"),
                    turned=float(np.sum(done) / np.sum(of)) if of.any() else float("nan"),
                    seconds=float(np.mean(self.first[done])) if done.any() else float("nan"),
                )
            )
        return found

    def figures(self) -> list[dict[str, Any]]:
        """See :class:`TurnResult`."""
        return [asdict(one) for one in self.result()]

    def table(self) -> TrialTable:
        """Show every angle."""
        rows = [
            (
                f"{one.angle:+.0f}°",
                f"{100 * one.walked:.0f} %",
                f"{100 * one.survived:.0f} %",
                f"{100 * one.turned:.0f} %",
                f"{one.seconds:.1f}",
            )
            for one in self.result()
        ]
        headings = ("turn under way", "walked", "did not fall", "turned", "seconds")
        return TrialTable(headings, rows)


class PushTrial(WalkingTrial):
    """Push a walking body; every impulse (N s) in eight directions at several times of a step."""

    def __init__(self, impulses: Sequence[float], speed: float, times: int = PUSH_TIMES) -> None:
        self.impulses, self.speed = impulses, speed
        self.cases = [
            (impulse, angle, PUSHED_AFTER + 0.2 * k)
            for impulse in impulses
            for angle in DIRECTIONS
            for k in range(times)
        ]
        self.num_envs = len(self.cases)
        self.seconds = PUSHED_AFTER + 0.2 * (times - 1) + WATCHED
        self.lost_before = np.zeros(len(self.cases), bool)

    def note(
        self,
        env: MuscleVectorEnv,
        step: int,
        info: Mapping[str, Any],
        terminated: npt.NDArray[Any],
    ) -> None:
        """Push each when its time has come."""
        self.alive[terminated] = False
        for i, (impulse, angle, time) in enumerate(self.cases):
            if step == round(time / self.timestep):
                self.lost_before[i] = not self.alive[i]
                way = self.base[i] + np.deg2rad(angle)
                force = impulse / PUSH_SECONDS * np.array([np.cos(way), np.sin(way), 0.0])
                env.push(force, PUSH_SECONDS, envs=[i])

    def result(self) -> list[PushResult]:
        """Return what came of it, by impulse."""
        given = np.array([case[0] for case in self.cases])
        found = []
        for value in self.impulses:
            walked = (given == value) & ~self.lost_before
            survived = float(np.mean(self.alive[walked])) if walked.any() else float("nan")
            found.append(PushResult(float(value), survived))
        return found

    def figures(self) -> list[dict[str, Any]]:
        """See :class:`PushResult`."""
        return [asdict(one) for one in self.result()]

    def table(self) -> TrialTable:
        """Show every impulse."""
        rows = [(f"{one.impulse:g} N s", f"{100 * one.survived:.0f} %") for one in self.result()]
        return TrialTable(("impulse", "survived"), rows)


@dataclass
class Ways(Protocol):
    """Eight directions, facing the way and with the facing kept, and turns under way."""

    speed: Annotated[float, within(0.05, 2.5), Unit("m/s")] = 1.0
    """How fast bodies are told to go."""

    def trials(self) -> dict[str, Trial]:
        """Return the three."""
        return {
            "turning": WaysTrial(self.speed, turn=True),
            "facing_kept": WaysTrial(min(self.speed, TOP_SPEED_ASIDE), turn=False),
            "turns": TurnsTrial(self.speed),
        }


@dataclass
class Pushes(Protocol):
    """Pushes of several impulses in eight directions while walking."""

    speed: Annotated[float, within(0.05, 2.5), Unit("m/s")] = 1.0
    """How fast bodies are told to go."""
    impulses: list[Annotated[float, within(0.0, 1e4), Unit("N s")]] = numbers(
        5.0, 10.0, 15.0, 20.0, 30.0, 40.0
    )
    """How hard they are pushed."""

    def trials(self) -> dict[str, Trial]:
        """Return the one trial."""
        return {"pushes": PushTrial(self.impulses, self.speed)}


def _going(speed: float, way: Array, facing: Array) -> Array:
    """Return commands (n, 3) to go a way at a speed, m/s, and to face another, rad."""
    return np.column_stack([speed * np.cos(way), speed * np.sin(way), facing])


def _mean(rows: Array) -> Array:
    """Mean over time of what was noted, NaN where nothing was."""
    counts = np.sum(~np.isnan(rows), axis=0)
    total = np.nansum(rows, axis=0)
    return np.where(counts > 0, total / np.maximum(counts, 1), np.nan)


def _known_mean(values: list[float]) -> float:
    known = np.array(values)[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
