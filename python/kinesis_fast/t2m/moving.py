"""What commands make of a body: ways, turns and rests, until each is done.

A :class:`Mover` is told where a body is, and says at which velocity it is to go and which way it is
to face. What a sentence asks for is put together of these (:mod:`~kinesis_fast.t2m.driving`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from kinesis_fast.motions.gait.gait_mix import RUNS
from kinesis_fast.motions.gait.responses import FLYING_GAIN, RUN_GAIN, RUN_STOPS
from kinesis_fast.t2m.pacing import STEP, VELOCITY_TIME, Variation

Array = npt.NDArray[np.float64]

LAG, LIVE_LAG = 0.5, 0.6
"""s by which a course is behind what is asked for, made and live."""
INWARD, LIVE_INWARD = 1.2, 0.6
"""rad by which a way turns back to a circle, a metre beside it, made and live."""
TURN_RATE = 0.8
"""rad/s at which bodies turn where they stand."""
SETTLED, SIDE_BY_SIDE = 0.7, 1.3
"""s of rest: between actions, and until feet are side by side, where the gait changes."""
QUICKER = 1.8
"""How much quicker than usual a made motion takes velocities up where steps are counted."""
LEAST = 0.4
"""s that a step is asked for at least."""
EASED = 0.2
"""m/s above the walk that follows, at which a run has become one."""
SLOWING_LAG = 0.2
"""s after which a run begins to slow down."""
STOPPING = 1.0
"""s times the speed: the way that stopping takes."""
LEAD = 1.2
"""rad by which a facing that is asked for is ahead of a body at most."""


class Command(NamedTuple):
    """What is asked of a body for one control step."""

    velocity: tuple[float, float]
    """m/s, in the world."""
    facing: float
    """Which way to face, rad in the world."""
    gait: str
    """``walk``, ``backward``, ``step`` or ``run``."""
    on_the_spot: bool = False
    manner: str = ""
    """How it is walked; see :func:`~kinesis_fast.t2m.pacing.manner`."""
    first: str | None = None
    """Which foot begins, where that was said."""
    landings: int = 0
    """How often a foot is to land on the way, where steps were counted."""
    part: int = 0
    """Number of the action that it is of."""


class Place(NamedTuple):
    """Where a body is."""

    x: float
    y: float
    """Where the root is along y, m."""
    facing: float
    """Which way it faces, rad in the world."""
    speed: float
    """How fast it goes, m/s."""


Commands = Iterator[Command]


class Mover:
    """Moves one body."""

    def __init__(
        self,
        where: Callable[[], Place],
        variation: Variation,
        longest: float,
        *,
        live: bool,
    ) -> None:
        """Take how to find out where the body is now.

        Args:
            where: tells it.
            variation: of paces and how hastily runs change.
            longest: s after which everything is cut off.
            live: whether clips are joined as it goes, which follow less closely.
        """
        self.live = live
        self.variation = variation
        self.longest = longest
        self.time = 0.0
        self._where = where
        self._look()
        self.began = self.place.copy()
        self.facing = self.yaw  # that is asked for
        self.gait = "walk"
        self.manner = ""
        self.first: str | None = None
        self.landings = 0
        self.part = 0

    def _look(self) -> None:
        x, y, facing, self.speed = self._where()
        self.place = np.array([x, y])
        before = getattr(self, "yaw", facing)  # which counts on past a whole turn
        self.yaw = before + float(np.remainder(facing - before + np.pi, 2 * np.pi) - np.pi)

    def until(
        self,
        done: Callable[[], bool],
        command: Callable[[], tuple[Array, float]],
        most: float,
        *,
        on_the_spot: bool = False,
    ) -> Commands:
        """Give commands until something is so, for so many seconds at most."""
        began = self.time
        while not done() and self.time - began < most and self.time < self.longest:
            velocity, self.facing = command()
            way = float(velocity[0]), float(velocity[1])
            how = (self.manner, self.first, self.landings, self.part)
            yield Command(way, self.facing, self.gait, on_the_spot, *how)
            self.time += STEP
            self._look()

    def stand(self, seconds: float) -> Commands:
        """Stand for so many seconds."""
        began = self.time
        yield from self.until(
            lambda: self.time - began >= seconds - 1e-9, lambda: (np.zeros(2), self.facing), 600.0
        )

    def settle(self, seconds: float = SETTLED) -> Commands:
        """Come to rest, for so many seconds."""
        quiet = [0]

        def done() -> bool:
            quiet[0] = quiet[0] + 1 if self.speed < 0.1 else 0
            return quiet[0] * STEP > seconds

        yield from self.until(done, lambda: (np.zeros(2), self.facing), 3.0 + seconds)

    def straight(
        self,
        heading: float,
        facing: float,
        speed: float,
        metres: float,
        *,
        stops: bool,
        eases: float | None = None,
    ) -> Commands:
        """Go so far in one direction; a run that ``eases`` ends as a walk, so many m/s fast."""
        began_at = self.time
        way = np.array([np.cos(heading), np.sin(heading)])
        across = np.array([-way[1], way[0]])
        began = self.place.copy()

        runs = self.gait == "run"
        slows_to = RUN_STOPS if eases is None else eases + EASED
        slows = runs and (stops or eases is not None)

        def left() -> float:
            """Return the way that slowing down will take, m."""
            quicker = QUICKER if self.landings and not self.live else 1.0
            rests = STOPPING / quicker if stops else 0.0
            if not slows or self.speed < slows_to:
                return rests * self.speed
            return self._slowing(slows_to) + rests * slows_to

        def done() -> bool:
            gone = float((self.place - began) @ way)
            return gone + left() >= metres and self.time - began_at >= LEAST

        def command() -> tuple[Array, float]:
            off = float((self.place - began) @ across)
            return self._paced(speed) * way - np.clip(0.6 * off, -0.15, 0.15) * across, facing

        yield from self.until(done, command, 2.0 * metres / speed + 4.0)
        if slows:
            yield from self.slow_down(heading, facing, slows_to)

    def slow_down(self, heading: float, facing: float, to: float = RUN_STOPS) -> Commands:
        """Run on, ever slower, until a speed is reached."""
        way = np.array([np.cos(heading), np.sin(heading)])
        slower = RUN_GAIN * self.variation.haste
        yield from self.until(
            lambda: self.speed < to, lambda: ((self.speed - slower) * way, facing), 5.0
        )

    def _slowing(self, to: float) -> float:
        """Return the way in which a run slows down to a speed, m: by springs that always lag."""
        slower = RUN_GAIN * self.variation.haste / (2.0 * VELOCITY_TIME)
        return SLOWING_LAG * self.speed + (self.speed**2 - to**2) / (2.0 * slower)

    def _paced(self, speed: float, left: float = np.inf) -> float:
        """Return how fast to ask for, m/s, where so fast is to be gone: runs change slowly.

        One that has only so much way ``left``, m, slows down.
        """
        if self.gait != "run":
            return speed
        if left <= self._slowing(RUN_STOPS) + STOPPING * RUN_STOPS:
            return max(RUN_STOPS, self.speed - RUN_GAIN * self.variation.haste)
        gain = RUN_GAIN if self.speed < RUNS else FLYING_GAIN
        return min(speed, self.speed + gain * self.variation.haste)

    def bend(self, degrees: float, speed: float, rate: float, *, stops: bool) -> Commands:
        """Walk a curve by so many degrees, to the left where they are positive."""
        begin, turned = self.yaw, float(np.deg2rad(degrees))
        sign = float(np.sign(turned))
        clock = [0.0]

        def command() -> tuple[Array, float]:
            asked = self._paced(speed)
            clock[0] += STEP * asked / speed
            ahead = begin + sign * min(abs(turned), rate * clock[0])
            to = float(np.clip(ahead, self.yaw - LEAD, self.yaw + LEAD))
            return asked * np.array([np.cos(to), np.sin(to)]), to

        def done() -> bool:
            return bool(sign * (self.yaw - begin) >= abs(turned) - np.deg2rad(8.0))

        yield from self.until(done, command, abs(turned) / rate * 1.5 + 4.0)
        if stops and self.gait == "run":
            yield from self.slow_down(begin + turned, begin + turned)

    def round(self, degrees: float, speed: float, rate: float, *, stops: bool) -> Commands:
        """Walk along a circle, to the left where degrees are positive, and come back to its start.

        A way that is off the circle turns back to it, so that it closes.
        """
        sign, radius = float(np.sign(degrees)), abs(speed) / rate
        begin = self.yaw
        centre = self.place + sign * radius * np.array([-np.sin(begin), np.cos(begin)])
        whole = abs(float(np.deg2rad(degrees)))
        gone, last = [0.0], [begin - sign * np.pi / 2]
        ahead = 1.0 if speed > 0.0 else -1.0

        def look() -> tuple[float, float]:
            """Return the angle gone along the circle, and how far off it the body is, m."""
            off = self.place - centre
            angle = float(np.arctan2(off[1], off[0]))
            gone[0] += ahead * sign * between(angle, last[0])
            last[0] = angle
            return gone[0], float(np.hypot(*off)) - radius

        def command() -> tuple[Array, float]:
            far, off = look()
            lag, inward = (LIVE_LAG, LIVE_INWARD) if self.live else (LAG, INWARD)
            along = begin + ahead * sign * (min(far, whole) + rate * lag)
            to = along + ahead * sign * float(np.arctan(inward * off))
            left = (whole - far) * radius if stops else np.inf
            way = self._paced(abs(speed), left) * ahead * np.array([np.cos(to), np.sin(to)])
            facing = begin + ahead * sign * min(far + rate * lag, whole)
            return way, float(np.clip(facing, self.yaw - LEAD, self.yaw + LEAD))

        def done() -> bool:
            left = (whole - gone[0]) * radius
            return left <= (STOPPING * self.speed if stops else 0.1)

        yield from self.until(done, command, whole / rate * 1.5 + 4.0)
        if stops:
            self.facing = begin + ahead * sign * whole

    def turn(self, degrees: float, rate: float = TURN_RATE) -> Commands:
        """Turn on the spot."""
        begin, turned = self.yaw, float(np.deg2rad(degrees))
        sign, clock, quiet = float(np.sign(turned)), [0.0], [0]

        def command() -> tuple[Array, float]:
            clock[0] += STEP
            to = begin + sign * min(abs(turned), rate * clock[0])
            return np.zeros(2), float(np.clip(to, self.yaw - LEAD, self.yaw + LEAD))

        def done() -> bool:
            near = abs(begin + turned - self.yaw) < np.deg2rad(6.0)
            quiet[0] = quiet[0] + 1 if near else 0
            return quiet[0] * STEP > 0.5

        yield from self.until(done, command, 1.5 * abs(turned) / rate + 3.0)


def between(angle: float, other: float) -> float:
    """Return by how much an angle is to the left of another, rad, -pi to pi."""
    return float(np.remainder(angle - other + np.pi, 2 * np.pi) - np.pi)
