"""From a plan to commands: what a person with a stick would do, control step by control step.

A :class:`SentenceDriver` is told where a body is and says at which velocity it is to go and which
way it is to face, until the plan is done. It drives a point that a motion is made for (``making``),
a motion that is joined from clips (``matching``), and a body that is simulated live (``play``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from kinesis_fast.motions.gait.timeline import QUICK_FREQUENCY
from kinesis_fast.t2m.pacing import (
    FEW_STEPS,
    ON_THE_SPOT,
    SECONDS,
    SPEEDS,
    STAND,
    STEP,
    Variation,
    steps_to_stop,
    stride_frequency,
    way_said,
)
from kinesis_fast.t2m.plan import ANGLES, Action, Plan

Array = npt.NDArray[np.float64]

LONGEST = 120.0
"""s; motions that are made of longer plans are cut off there."""

ENDING = 0.8
"""s of standing at the end."""
TURN_RATE = 0.8
"""rad/s at which bodies turn where they stand."""
CURVE_RATE = 0.5
"""rad/s at which curves and circles turn."""
TIGHTEST = 0.9
"""rad/s; a curve of few steps is no tighter."""
CURVE_SPEED = 0.9
"""m/s at most in them, walking."""
SQUARE = 1.8
"""m of a square's side, where nothing is said."""
SETTLED, SIDE_BY_SIDE = 0.7, 1.3
"""s of rest: between actions, and until feet are side by side, where the gait changes."""
LEAST = 0.4
"""s that a step is asked for at least."""
BEGUN = 0.75
"""Of a step on the spot, that is still taken when it is told to stop."""
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


class SentenceDriver:
    """Drives one body through one plan."""

    def __init__(
        self,
        plan: Plan,
        where: Callable[[], Place],
        variation: Variation,
        longest: float = np.inf,
    ) -> None:
        """Take a plan that can be done; ``where`` says where the body is now.

        A plan that only runs (:func:`only_runs`) is to begin under way, and ends so. After
        ``longest`` seconds it is cut off.
        """
        self.plan = plan
        self.under_way = only_runs(plan)
        self.variation = variation
        self.longest = longest
        self.time = 0.0
        self.ends: list[float] = []
        """s at which the plan's actions ended, so far; fewer than it has where it was cut off."""
        self._where = where
        self._look()
        self.began = self.place.copy()
        self.facing = self.yaw  # that is asked for
        self.gait = "walk"

    def commands(self) -> Commands:
        """Yield a command a control step, until the plan is done and the body stands."""
        actions = self.plan.actions
        for action, following in zip(actions, (*actions[1:], None), strict=True):
            yield from self._do(action, following)
            if self.time >= self.longest:
                return
            self.ends.append(self.time)
        if not self.under_way:
            yield from self._stand(ENDING)

    def _look(self) -> None:
        x, y, facing, self.speed = self._where()
        self.place = np.array([x, y])
        before = getattr(self, "yaw", facing)  # which counts on past a whole turn
        self.yaw = before + float(np.remainder(facing - before + np.pi, 2 * np.pi) - np.pi)

    # What actions are made of ---------------------------------------------------------------

    def _until(
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
            yield Command(way, self.facing, self.gait, on_the_spot)
            self.time += STEP
            self._look()

    def _stand(self, seconds: float) -> Commands:
        began = self.time
        yield from self._until(
            lambda: self.time - began >= seconds - 1e-9, lambda: (np.zeros(2), self.facing), 600.0
        )

    def _settle(self, seconds: float = SETTLED) -> Commands:
        """Come to rest, for so many seconds."""
        quiet = [0]

        def done() -> bool:
            quiet[0] = quiet[0] + 1 if self.speed < 0.1 else 0
            return quiet[0] * STEP > seconds

        yield from self._until(done, lambda: (np.zeros(2), self.facing), 3.0 + seconds)

    def _straight(
        self,
        heading: float,
        facing: float,
        speed: float,
        metres: float,
        *,
        stops: bool,
        steps: int | None = None,
    ) -> Commands:
        """Go so far in one direction, or so many steps."""
        began_at = self.time
        taken, before = [0.0], [self.speed]
        way = np.array([np.cos(heading), np.sin(heading)])
        across = np.array([-way[1], way[0]])
        began = self.place.copy()

        def done() -> bool:
            if steps is not None:
                taken[0] += STEP * 2.0 * stride_frequency(self.gait, self.speed)
                gain = (self.speed - before[0]) / STEP
                before[0] = self.speed
                left = steps_to_stop(self.gait, self.speed, gain) if stops else 0.0
                return taken[0] + left >= steps + 0.5 and self.time - began_at >= LEAST
            gone = float((self.place - began) @ way)
            return gone + (STOPPING * self.speed if stops else 0.0) >= metres

        def command() -> tuple[Array, float]:
            off = float((self.place - began) @ across)
            return speed * way - np.clip(0.6 * off, -0.15, 0.15) * across, facing

        yield from self._until(done, command, 2.0 * metres / speed + 4.0)

    def _bend(self, degrees: float, speed: float, rate: float) -> Commands:
        """Walk a curve by so many degrees, to the left where they are positive."""
        begin, turned = self.yaw, float(np.deg2rad(degrees))
        sign = float(np.sign(turned))
        clock = [0.0]

        def command() -> tuple[Array, float]:
            clock[0] += STEP
            ahead = begin + sign * min(abs(turned), rate * clock[0])
            to = float(np.clip(ahead, self.yaw - LEAD, self.yaw + LEAD))
            return speed * np.array([np.cos(to), np.sin(to)]), to

        def done() -> bool:
            return bool(sign * (self.yaw - begin) >= abs(turned) - np.deg2rad(8.0))

        yield from self._until(done, command, abs(turned) / rate * 1.5 + 4.0)

    def _turn(self, degrees: float, rate: float = TURN_RATE) -> Commands:
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

        yield from self._until(done, command, 1.5 * abs(turned) / rate + 3.0)

    # Actions --------------------------------------------------------------------------------

    def _do(self, action: Action, following: Action | None) -> Commands:
        if action.verb == "stand":
            yield from self._settle()
            seconds = action.seconds or STAND * self.variation.distance
            yield from self._stand(seconds * (action.times or 1))
        elif action.verb == "turn":
            yield from self._settle()
            self.gait = "walk"
            rate = TURN_RATE * {"slow": 0.75, "normal": 1.0, "fast": 1.25}[action.pace]
            for _ in range(action.times or 1):
                yield from self._turn(self._side(action) * (action.degrees or 180.0), rate)
        else:
            backward = action.direction == "backward" and action.verb == "walk"
            kind = "backward" if backward else action.verb
            if kind != self.gait and self.time > 0.0 and not self.under_way:
                yield from self._settle(SIDE_BY_SIDE)
            self.gait = "walk" if action.in_place else kind
            if action.in_place:
                yield from self._on_the_spot(action)
            else:
                stops = not self.under_way and _stops(action, following)
                yield from self._go(action, kind, stops=stops)

    def _side(self, action: Action) -> float:
        if action.side is None:
            return self.variation.side
        return 1.0 if action.side == "left" else -1.0

    def _on_the_spot(self, action: Action) -> Commands:
        seconds = action.seconds or ON_THE_SPOT * self.variation.distance
        if action.steps is not None:
            seconds = (action.steps - BEGUN) / (2.0 * QUICK_FREQUENCY)
        yield from self._settle()
        began = self.time
        yield from self._until(
            lambda: self.time - began >= seconds,
            lambda: (np.zeros(2), self.facing),
            600.0,
            on_the_spot=True,
        )
        yield from self._stand(0.8)

    def _go(self, action: Action, kind: str, *, stops: bool) -> Commands:
        speed = action.speed_said or SPEEDS[kind][action.pace] * self.variation.pace
        metres = way_said(action, kind, speed)
        path = action.path
        times = action.times or 1
        round_speed = speed if kind == "run" else min(speed, CURVE_SPEED)
        if path == "straight":
            for again in range(times - 1, -1, -1):
                rests = stops or again > 0
                yield from self._go_straight(action, kind, speed, metres, stops=rests)
                if again > 0:
                    yield from self._settle()
        elif path in ("curve", "circle"):
            degrees = ((action.degrees or 90.0) if path == "curve" else 360.0) * times
            rate = CURVE_RATE
            if metres is not None:
                rate = min(TIGHTEST, float(np.deg2rad(degrees)) * round_speed / metres)
            sign = -1.0 if kind == "backward" else 1.0
            yield from self._bend(self._side(action) * degrees, sign * round_speed, rate)
        elif path == "eight":
            for _ in range(times):
                for side in (self._side(action), -self._side(action)):
                    yield from self._bend(360.0 * side, round_speed, CURVE_RATE)
        elif path in ("zigzag", "wave"):
            for _ in range(times):
                yield from self._zigzag(action, round_speed, metres)
        elif path == "square":
            for _ in range(4 * times):
                far = action.metres or SQUARE
                yield from self._straight(self.facing, self.facing, speed, far, stops=True)
                yield from self._settle()
                yield from self._turn(90.0 * self._side(action))
        else:
            yield from self._to_and_fro(action, speed, metres)
        if stops:
            yield from self._settle()

    def _usual(self, kind: str, speed: float) -> float:
        return SECONDS[kind] * speed * self.variation.distance

    def _go_straight(
        self, action: Action, kind: str, speed: float, metres: float | None, *, stops: bool
    ) -> Commands:
        if action.direction == "return":
            to = self.began - self.place
            metres = float(np.linalg.norm(to))
            if metres < 0.3:
                return
            heading = self.yaw + _between(float(np.arctan2(to[1], to[0])), self.yaw)
        else:
            angle = ANGLES.get(action.direction, 90.0 * self._side(action))
            heading = self.facing + float(np.deg2rad(angle))
        keeps = action.verb == "step" or action.direction.startswith("backward")
        facing = self.facing if keeps else heading
        if not keeps and abs(heading - self.yaw) > np.deg2rad(60.0):
            yield from self._settle()
            yield from self._turn(float(np.rad2deg(heading - self.yaw)))
        steps = action.steps
        if steps is not None:
            # Of a few steps, springs make less than is asked for.
            speed = max(speed, steps * FEW_STEPS[kind] / (LEAST + 0.5 * (steps - 1)))
            steps *= 2 if kind == "step" else 1  # one foot goes, the other follows
        far = metres or self._usual(kind, speed)
        yield from self._straight(heading, facing, speed, far, stops=stops, steps=steps)

    def _zigzag(self, action: Action, speed: float, metres: float | None) -> Commands:
        angle = float(np.deg2rad(40.0 if action.path == "zigzag" else 30.0)) * self._side(action)
        ahead = self.facing
        legs = max(2, round((metres or 4.0 * self.variation.distance) / 1.5))
        for leg in range(legs):
            facing = ahead + (angle if leg % 2 == 0 else -angle)
            yield from self._straight(facing, facing, speed, 1.5, stops=False)
        yield from self._straight(ahead, ahead, speed, 0.6, stops=False)

    def _to_and_fro(self, action: Action, speed: float, metres: float | None) -> Commands:
        far = metres or 2.0 * self.variation.distance
        side = np.pi / 2 * self._side(action)
        for _ in range(action.times or 2):
            for sign in (1.0, -1.0):
                if action.verb == "step":
                    heading = self.facing + sign * side
                    yield from self._straight(heading, self.facing, speed, 0.8, stops=True)
                    yield from self._settle()
                else:
                    yield from self._straight(self.facing, self.facing, speed, far, stops=True)
                    yield from self._settle()
                    yield from self._turn(180.0 * self._side(action))


def only_runs(plan: Plan) -> bool:
    """Whether a plan is to run from its beginning to its end."""
    return all(
        action.verb == "run"
        and not action.in_place
        and action.path in ("straight", "curve", "circle", "eight", "wave", "zigzag")
        and action.direction in ("forward", "forward-left", "forward-right")
        for action in plan.actions
    )


def _between(angle: float, other: float) -> float:
    return float(np.remainder(angle - other + np.pi, 2 * np.pi) - np.pi)


def _stops(action: Action, following: Action | None) -> bool:
    """Whether a body comes to rest between two actions."""
    if following is None or following.verb in ("stand", "turn", "step"):
        return True
    if action.verb == "step" or following.direction in ("left", "right", "return"):
        return True
    if action.verb != following.verb or following.in_place:
        return True
    return action.direction.startswith("backward") != following.direction.startswith("backward")
