"""How walking is evaluated: at every speed, who walks on, how fast, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import numpy.typing as npt

from kinesis_fast.body.fibres import BASAL
from kinesis_fast.body.legs import SIDES, hip_height
from kinesis_fast.settings import Len, Unit, numbers, within
from kinesis_fast.tasks.environment import touch_sensors
from kinesis_fast.tasks.steer_trials import SteeredTrial
from kinesis_fast.tasks.trial import Protocol, Trial, TrialTable

if TYPE_CHECKING:
    from kinesis_fast.envs import MuscleVectorEnv

NUDGE_SECONDS, NUDGE = 0.1, 3.0
"""s and N s of the push that bodies get while they stand, each of a speed another way: no two of
them walk alike."""
STAND_SECONDS, LATER = 0.5, 1.2
"""s before the first body is told to go, and within which the others are."""
SETTLED = 5.0
"""s after that before speed and cost count."""
SET_DOWN, LIFTED, SWING = 50.0, 20.0, 0.15
"""N and s: a foot that bore less than the second for so long is set down when it bears more than
the first; a shorter time is a foot that bounces."""
USUAL_POWER = 0.42
"""Steps of people grow by this power of the speed: step over leg = (speed / sqrt(g leg)) ** 0.42
(Grieve 1968, Biomed Eng 3:118, as Kuo 2001, J Biomech Eng 123:264, puts it)."""


GRAVITY = 9.81
"""m/s^2"""
HEADINGS = ("asked for", "walked on", "walked", "W/kg", "J/kg/m", "stride", "people's stride")
"""Of the table of speeds."""


@dataclass
class SpeedResult:
    """Bodies that were told to walk at one speed."""

    speed: float
    """m/s, that was asked for."""
    survived: float
    """Share that did not fall."""
    walked: float
    """m/s ahead, mean of those from five seconds after the command; NaN where none did."""
    power: float
    """W a kg of the body, of the muscles, mean over the same; Bhargava et al. 2004."""
    cost: float
    """J/kg/m, gross: with 1.2 W/kg at rest; NaN where none walked."""
    stride: float
    """m, mean; NaN where none walked."""
    usual_stride: float
    """m, of people with such legs at the speed that was walked."""


class SpeedsTrial(SteeredTrial):
    """Walk straight ahead at several speeds, many bodies each, one after the other."""

    def __init__(self, speeds: Sequence[float], starts: int, seconds: float) -> None:
        self.asked = np.repeat(np.array(speeds), starts)
        self.speeds, self.starts = list(speeds), starts
        self.num_envs, self.seconds = len(self.asked), STAND_SECONDS + LATER + seconds
        self.ahead, self.power = np.zeros((2, self.num_envs))
        self.counted, self.strikes = np.zeros((2, self.num_envs), int)
        self.in_air = np.zeros((2, self.num_envs), int)

    def begin(self, env: MuscleVectorEnv) -> None:
        """Let them stand, and nudge each another way."""
        super().begin(env)
        self.command[:, :2], self.command[:, 2] = 0.0, self.base
        turn = np.arange(self.num_envs) % self.starts
        angle = 2.0 * np.pi * turn / self.starts
        way = np.stack([np.cos(angle), np.sin(angle), np.zeros(self.num_envs)], axis=1)
        env.push(NUDGE / NUDGE_SECONDS * way, NUDGE_SECONDS)
        self.go = np.round((STAND_SECONDS + LATER * turn / self.starts) / self.timestep)
        self.velocity = env.kept("mean_velocity")
        self.leg = hip_height(env.model)
        sensors = touch_sensors(env.model)
        self.feet = [[i for i, name in enumerate(sensors) if name[0] == side] for side in SIDES]

    def note(
        self,
        env: MuscleVectorEnv,
        step: int,
        info: Mapping[str, Any],
        terminated: npt.NDArray[Any],
    ) -> None:
        """Tell each to go when its time has come."""
        self.alive[terminated] = False
        ahead = np.stack([np.cos(self.base), np.sin(self.base)], axis=1)
        goes = step + 1 == self.go
        self.command[goes, :2] = (self.asked[:, None] * ahead)[goes]
        counts = self.alive & ((step - self.go) * self.timestep >= SETTLED)
        self.ahead[counts] += np.sum(self.velocity * ahead, axis=1)[counts]
        self.power[counts] += np.asarray(info["metabolic_power"])[counts]
        self.counted += counts
        touch = env.observations()[:, env.observation_layout["foot_contact"]]
        for in_air, columns in zip(self.in_air, self.feet, strict=True):
            load = touch[:, columns].sum(axis=1)
            down = load > SET_DOWN
            self.strikes += counts & down & (in_air * self.timestep >= SWING)
            in_air[load < LIFTED] += 1
            in_air[down] = 0

    def result(self) -> list[SpeedResult]:
        """Return what came of it, by speed."""
        found = []
        for number, speed in enumerate(self.speeds):
            these = np.arange(self.num_envs) // self.starts == number
            of = these & self.alive & (self.counted > 0)
            steps = int(self.counted[of].sum())
            walked, power = (
                float(total[of].sum() / steps) if steps else float("nan")
                for total in (self.ahead, self.power)
            )
            survived = float(np.mean(self.alive[these]))
            cost = (power + BASAL) / walked if walked > 0.0 else float("nan")
            strikes = int(self.strikes[of].sum())
            ahead = float(self.ahead[of].sum()) * self.timestep
            stride = 2.0 * ahead / strikes if strikes else float("nan")
            usual = self._usual_stride(walked)
            found.append(SpeedResult(float(speed), survived, walked, power, cost, stride, usual))
        return found

    def _usual_stride(self, speed: float) -> float:
        relative = max(speed, 0.0) / np.sqrt(GRAVITY * self.leg)
        return float(2.0 * self.leg * relative**USUAL_POWER)

    def figures(self) -> list[dict[str, Any]]:
        """See :class:`SpeedResult`."""
        return [asdict(one) for one in self.result()]

    def table(self) -> TrialTable:
        """Show every speed."""
        rows = [
            (
                f"{one.speed:.2f} m/s",
                f"{100 * one.survived:.0f} %",
                f"{one.walked:.2f} m/s",
                f"{one.power:.1f}",
                f"{one.cost:.2f}",
                f"{one.stride:.2f} m",
                f"{one.usual_stride:.2f} m",
            )
            for one in self.result()
        ]
        return TrialTable(HEADINGS, rows)


@dataclass
class Speeds(Protocol):
    """Straight ahead at every speed, for so long, from so many starts each."""

    speeds: Annotated[list[Annotated[float, within(0.05, 3.0), Unit("m/s")]], Len(1, 100)] = (
        numbers(0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8)
    )
    """How fast bodies are told to go."""
    starts: Annotated[int, within(1, 10_000)] = 20
    """Bodies a speed."""
    seconds: Annotated[float, within(6.0, 3600.0), Unit("s")] = 20.0
    """Of walking, which counts from five seconds on."""

    def trials(self) -> dict[str, Trial]:
        """Return the one."""
        return {"speeds": SpeedsTrial(self.speeds, self.starts, self.seconds)}
