"""How reaching is evaluated: KINESIS's protocol, and goals on rings around the start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError
from kinesis_fast.settings import within
from kinesis_fast.tasks.trial import Protocol, Trial, TrialTable

if TYPE_CHECKING:
    from kinesis_fast.envs import MuscleVectorEnv

KINESIS_SECONDS = 5.0
"""Time-out of KINESIS's protocol (Simos et al. 2025, arXiv 2503.14637)."""
REACHED = 0.1
"""m from the goal."""
RING_SECONDS = 12.0
RING_HOLD = 1.0
"""s within the radius that count as reached on the rings."""
RING_DISTANCES = (1.0, 2.0, 3.0, 4.0)
"""m, of goals on rings around the start."""
RING_DIRECTIONS = (0.0, 45.0, 90.0, 135.0, 180.0, -135.0, -90.0, -45.0)
"""Degrees from the facing at the start, to the left."""


def ring_places() -> list[list[float]]:
    """Return goals on rings around the start, by distance and in it by direction: m ahead, left."""
    return [
        [float(r * np.cos(np.deg2rad(a))), float(r * np.sin(np.deg2rad(a)))]
        for r in RING_DISTANCES
        for a in RING_DIRECTIONS
    ]


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


class GoalTrial(Trial):
    """Goals drawn from the seed, which are to be reached when time is up."""

    seconds = KINESIS_SECONDS
    rule = "within 0.1 m after 5 s"

    def __init__(self, goals: int) -> None:
        self.num_envs = goals
        self.fallen = np.zeros(goals, bool)
        self.reached = np.full(goals, np.inf)
        self.distance = np.zeros(goals)
        self.effort: list[float] = []

    def begin(self, env: MuscleVectorEnv) -> None:
        """Leave the goals as they were drawn."""

    def note(
        self,
        env: MuscleVectorEnv,
        step: int,
        info: Mapping[str, Any],
        terminated: npt.NDArray[Any],
    ) -> None:
        """See :meth:`Trial.note`."""
        running = ~self.fallen & np.isinf(self.reached)
        self.distance[running] = info["goal_distance"][running]
        self.fallen[running & terminated] = True
        there = running & ~terminated & self.arrived(info)
        self.reached[there] = (step + 1) * env.control_timestep
        if running.any():
            effort = np.sum(env.muscle_activations()[running] ** 2, axis=1)
            self.effort.append(float(np.mean(effort)))

    def arrived(self, info: Mapping[str, Any]) -> npt.NDArray[Any]:
        """Tell whose test has ended before time is up: nobody's."""
        return np.zeros(self.num_envs, bool)

    def success(self) -> npt.NDArray[Any]:
        """Tell who has reached its goal."""
        found: npt.NDArray[Any] = ~self.fallen & (self.distance < REACHED)
        return found

    def by_place(self) -> list[list[float]]:
        """Return success by place, where goals have places."""
        return []

    def result(self) -> ReachResult:
        """Return what came of it."""
        success, fallen = self.success(), self.fallen
        known = success & np.isfinite(self.reached)
        return ReachResult(
            goals=self.num_envs,
            success_rate=float(success.mean()),
            fall_rate=float(fallen.mean()),
            final_distance_m=float(np.median(self.distance[~fallen]))
            if not fallen.all()
            else float("nan"),
            seconds=float(self.reached[known].mean()) if known.any() else float("nan"),
            effort=float(np.mean(self.effort)),
            by_place=self.by_place(),
        )

    def figures(self) -> dict[str, Any]:
        """See :class:`ReachResult`."""
        return asdict(self.result())

    def lines(self) -> list[str]:
        """See :meth:`Trial.lines`."""
        found = self.result()
        return [
            f"{found.goals} goals, {self.rule}: success {100 * found.success_rate:.1f} %, "
            f"falls {100 * found.fall_rate:.1f} %, "
            f"median distance at the end {found.final_distance_m:.2f} m, "
            f"effort {found.effort:.2f} (summed squared activations)"
        ]


class RingTrial(GoalTrial):
    """Every place of the rings in turn, which is to be reached and kept for a second, in time."""

    seconds = RING_SECONDS
    rule = "within 0.1 m for 1 s, of 12 s at most"

    def __init__(self, goals: int) -> None:
        super().__init__(goals)
        self.places = ring_places()
        self.settings = {"goals": {"places": self.places, "hold": RING_HOLD}}

    def begin(self, env: MuscleVectorEnv) -> None:
        """Put the goals on the rings, one after the other."""
        places = np.array(self.places)[np.arange(env.num_envs) % len(self.places)]
        start = env.kept("start_stance")
        c, s = np.cos(start[:, 2]), np.sin(start[:, 2])
        goal = env.kept("goal")
        goal[:, 0] = start[:, 0] + c * places[:, 0] - s * places[:, 1]
        goal[:, 1] = start[:, 1] + s * places[:, 0] + c * places[:, 1]

    def arrived(self, info: Mapping[str, Any]) -> npt.NDArray[Any]:
        """Tell who has been there for long enough."""
        found: npt.NDArray[Any] = info["held"] >= RING_HOLD - 1e-6
        return found

    def success(self) -> npt.NDArray[Any]:
        """Tell who was there for long enough, in time."""
        found: npt.NDArray[Any] = np.isfinite(self.reached)
        return found

    def by_place(self) -> list[list[float]]:
        """Return success by distance (rows) and direction."""
        place, success = np.arange(self.num_envs) % len(self.places), self.success()
        rates = [float(np.mean(success[place == k])) for k in range(len(self.places))]
        table: list[list[float]] = np.reshape(
            rates, (len(RING_DISTANCES), len(RING_DIRECTIONS))
        ).tolist()
        return table

    def table(self) -> TrialTable:
        """Show success by place."""
        rows = [
            (f"{distance:g} m", *(f"{100 * share:.0f} %" for share in row))
            for distance, row in zip(RING_DISTANCES, self.by_place(), strict=True)
        ]
        return TrialTable(("goal", *(f"{angle:.0f}°" for angle in RING_DIRECTIONS)), rows)


@dataclass
class KinesisGoals(Protocol):
    """KINESIS's: goals drawn in a square, within 0.1 m when five seconds are up."""

    goals: Annotated[int, within(1, 100_000)] = 500
    """How many goals, a body each."""

    def trials(self) -> dict[str, Trial]:
        """Return the one trial."""
        return {"": GoalTrial(self.goals)}


@dataclass
class RingGoals(Protocol):
    """Goals at four distances in eight directions, kept for a second."""

    goals: Annotated[int, within(1, 100_000)] = 500
    """How many goals, a body each; all places in turn."""

    def trials(self) -> dict[str, Trial]:
        """Return the one trial."""
        places = len(ring_places())
        if self.goals < places:
            raise InputError(
                f"goals is {self.goals}; the rings have {places} places, give at least as many"
            )
        return {"": RingTrial(self.goals)}
