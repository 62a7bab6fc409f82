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

from kinesis_fast.motions.gait.curves import RUNS
from kinesis_fast.motions.gait.responses import FLYING_GAIN, RUN_GAIN, RUN_STOPS
from kinesis_fast.motions.gait.timeline import QUICK_FREQUENCY
from kinesis_fast.t2m.pacing import (
    FEW,
    FEW_STEPS,
    ON_THE_SPOT,
    SECONDS,
    SPEEDS,
    STAND,
    STANDS,
    STEP,
    VELOCITY_TIME,
    Variation,
    manner,
    manner_name,
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
TURN_FASTER = {"slow": 0.75, "normal": 1.0, "fast": 1.6}
"""Of it, by pace."""
CURVE_RATE = 0.5
"""rad/s at which curves and circles turn."""
BENDS = {"small": 1.5, "big": 0.6}
"""Of it, of small and big ones."""
LAG = 0.5
"""s by which a course is behind what is asked for."""
INWARD = 1.2
"""rad by which a way turns back to a circle, a metre beside it."""
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
EASED = 0.2
"""m/s above the walk that follows, at which a run has become one."""
SLOWING_LAG = 0.2
"""s after which a run begins to slow down."""
QUICK_STEP = 0.5
"""s of each of a few steps."""
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


class SentenceDriver:
    """Drives one body through one plan."""

    def __init__(
        self,
        plan: Plan,
        where: Callable[[], Place],
        variation: Variation,
        longest: float = np.inf,
        quicker: float = 1.0,
    ) -> None:
        """Take a plan that can be done; ``where`` says where the body is now.

        Where steps are counted, it is ``quicker`` times as quick at taking velocities up as else.

        A plan that only runs (:func:`only_runs`) is to begin under way, and ends so. After
        ``longest`` seconds it is cut off.
        """
        self.plan = plan
        self.under_way = only_runs(plan)
        self.variation = variation
        self.longest = longest
        self.quicker = quicker
        self.time = 0.0
        self.ends: list[float] = []
        """s at which the plan's actions ended, so far; fewer than it has where it was cut off."""
        self._where = where
        self._look()
        self.began = self.place.copy()
        self.facing = self.yaw  # that is asked for
        self.gait = "walk"
        self.manner = ""
        self.first: str | None = None
        self.landings = 0
        self.part = 0

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
            how = (self.manner, self.first, self.landings, self.part)
            yield Command(way, self.facing, self.gait, on_the_spot, *how)
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
            rests = STOPPING / (self.quicker if self.landings else 1.0) if stops else 0.0
            if not slows or self.speed < slows_to:
                return rests * self.speed
            return self._slowing(slows_to) + rests * slows_to

        def done() -> bool:
            gone = float((self.place - began) @ way)
            return gone + left() >= metres and self.time - began_at >= LEAST

        def command() -> tuple[Array, float]:
            off = float((self.place - began) @ across)
            now = min(speed, self.speed + self._gain()) if runs else speed
            return now * way - np.clip(0.6 * off, -0.15, 0.15) * across, facing

        yield from self._until(done, command, 2.0 * metres / speed + 4.0)
        if slows:
            slower = RUN_GAIN * self.variation.haste
            yield from self._until(
                lambda: self.speed < slows_to, lambda: ((self.speed - slower) * way, facing), 5.0
            )

    def _slowing(self, to: float) -> float:
        """Return the way in which a run slows down to a speed, m: by springs that always lag."""
        slower = RUN_GAIN * self.variation.haste / (2.0 * VELOCITY_TIME)
        return SLOWING_LAG * self.speed + (self.speed**2 - to**2) / (2.0 * slower)

    def _gain(self) -> float:
        """Return by how much a run is asked to be faster than it is, m/s."""
        return self.variation.haste * (RUN_GAIN if self.speed < RUNS else FLYING_GAIN)

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

    def _round(self, degrees: float, speed: float, rate: float, *, stops: bool) -> Commands:
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
            gone[0] += ahead * sign * _between(angle, last[0])
            last[0] = angle
            return gone[0], float(np.hypot(*off)) - radius

        def command() -> tuple[Array, float]:
            far, off = look()
            along = begin + ahead * sign * (min(far, whole) + rate * LAG)
            to = along + ahead * sign * float(np.arctan(INWARD * off))
            way = abs(speed) * ahead * np.array([np.cos(to), np.sin(to)])
            facing = begin + ahead * sign * min(far + rate * LAG, whole)
            return way, float(np.clip(facing, self.yaw - LEAD, self.yaw + LEAD))

        def done() -> bool:
            left = (whole - gone[0]) * radius
            return left <= (STOPPING * self.speed if stops else 0.1)

        yield from self._until(done, command, whole / rate * 1.5 + 4.0)
        if stops:
            self.facing = begin + ahead * sign * whole

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
        self.part += 1
        self.landings, self.first = 0, None
        if action.verb == "stand":
            yield from self._settle()
            seconds = action.seconds or STAND * self.variation.distance
            yield from self._stand(seconds * (action.times or 1))
        elif action.verb == "turn":
            yield from self._settle()
            self.gait, self.manner = "walk", ""
            sharp = action.size == "small" and action.pace == "normal"
            rate = TURN_RATE * TURN_FASTER["fast" if sharp else action.pace]
            for _ in range(action.times or 1):
                yield from self._turn(self._side(action) * (action.degrees or 180.0), rate)
        else:
            backward = action.direction == "backward" and action.verb in ("walk", "run")
            kind = "backward" if backward else action.verb
            how = manner_name(action)
            same = (kind, how) == (self.gait, self.manner)
            goes_on = same or {kind, self.gait} == {"walk", "run"}
            if not (goes_on and action.first is None) and self.time > 0.0 and not self.under_way:
                yield from self._settle(SIDE_BY_SIDE)
            self.gait = "walk" if action.in_place else kind
            self.manner, self.first = how, action.first
            if action.in_place:
                yield from self._on_the_spot(action)
            else:
                stops = not self.under_way and _stops(action, following)
                eases = None
                if kind == "run" and following is not None and following.verb == "walk":
                    eases = None if stops else self._speed(following, "walk")
                yield from self._go(action, kind, stops=stops, eases=eases)

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

    def _speed(self, action: Action, kind: str) -> float:
        """Return how fast an action goes, m/s."""
        usual = SPEEDS[kind][action.pace] * self.variation.pace
        return action.speed_said or usual * manner(manner_name(action)).speed

    def _go(self, action: Action, kind: str, *, stops: bool, eases: float | None) -> Commands:
        speed = self._speed(action, kind)
        metres = way_said(action, kind, speed)
        if action.steps is not None and stops and self.speed < STANDS and _counts_out(action):
            self.landings = _landings(action, kind)
        round_speed = speed if kind == "run" else min(speed, CURVE_SPEED)
        times = action.times or 1
        if action.path == "straight":
            for again in range(times - 1, -1, -1):
                rests = stops or again > 0
                yield from self._go_straight(action, kind, speed, metres, stops=rests, eases=eases)
                if again > 0:
                    yield from self._settle()
        elif action.path in ("curve", "circle", "eight"):
            forth = -1.0 if kind == "backward" else 1.0
            yield from self._go_round(action, forth * round_speed, metres, stops=stops)
        elif action.path in ("zigzag", "wave"):
            for _ in range(times):
                yield from self._zigzag(action, round_speed, metres)
        elif action.path == "square":
            for _ in range(4 * times):
                far = action.metres or SQUARE
                yield from self._straight(self.facing, self.facing, speed, far, stops=True)
                yield from self._settle()
                yield from self._turn(90.0 * self._side(action))
        else:
            yield from self._to_and_fro(action, speed, metres)
        if stops:
            yield from self._settle()

    def _go_round(
        self, action: Action, speed: float, metres: float | None, *, stops: bool
    ) -> Commands:
        """Walk a curve, a circle or an eight; ``speed`` is negative backward."""
        times, side = action.times or 1, self._side(action)
        degrees = ((action.degrees or 90.0) if action.path == "curve" else 360.0) * times
        rate = CURVE_RATE * BENDS.get(action.size or "", 1.0)
        if metres is not None and action.path != "eight":
            rate = min(TIGHTEST, float(np.deg2rad(degrees)) * abs(speed) / metres)
        if action.path == "curve":
            yield from self._bend(side * degrees, speed, rate)
        elif action.path == "circle":
            yield from self._round(side * degrees, speed, rate, stops=stops)
        else:
            for again in range(2 * times - 1, -1, -1):
                half = 360.0 * side * (1.0 if again % 2 else -1.0)
                yield from self._round(half, speed, rate, stops=stops and again == 0)

    def _usual(self, kind: str, speed: float) -> float:
        return SECONDS[kind] * speed * self.variation.distance

    def _go_straight(
        self,
        action: Action,
        kind: str,
        speed: float,
        metres: float | None,
        *,
        stops: bool,
        eases: float | None,
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
        if action.steps is not None and action.steps <= FEW and action.pace != "slow":
            speed = max(speed, FEW_STEPS[kind] / QUICK_STEP)
        far = metres or self._usual(kind, speed)
        yield from self._straight(heading, facing, speed, far, stops=stops, eases=eases)

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


def _counts_out(action: Action) -> bool:
    """Whether the steps of an action are counted out: of one way, gone once."""
    return action.path in ("straight", "curve") and (action.times or 1) == 1


def _landings(action: Action, kind: str) -> int:
    """Return how often a foot lands: the last step is closed; aside one goes, the other follows."""
    steps = int(np.ceil(action.steps or 0.0))
    return 2 * steps if kind == "step" else steps + 1


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
    if action.in_place or following.in_place:
        return True
    if {action.verb, following.verb} == {"walk", "run"}:
        return action.direction != "forward" or following.direction != "forward"
    if action.verb != following.verb or manner_name(action) != manner_name(following):
        return True
    if action.steps is not None or following.first is not None:
        return True
    return action.direction.startswith("backward") != following.direction.startswith("backward")
