"""From a plan to commands: what a person with a stick would do, control step by control step.

A :class:`SentenceDriver` is told where a body is and says at which velocity it is to go and which
way it is to face, until the plan is done. It drives a point that a motion is made for (``making``),
a motion that is joined from clips (``matching``), and a body that is simulated live (``play``).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kinesis_fast.motions.gait.timeline import QUICK_FREQUENCY
from kinesis_fast.t2m.moving import (
    SIDE_BY_SIDE,
    TURN_RATE,
    Commands,
    Mover,
    Place,
    between,
)
from kinesis_fast.t2m.pacing import (
    FEW,
    FEW_STEPS,
    ON_THE_SPOT,
    SECONDS,
    SPEEDS,
    STAND,
    STANDS,
    Variation,
    manner,
    manner_name,
    way_said,
)
from kinesis_fast.t2m.plan import ANGLES, Action, Plan

LONGEST = 120.0
"""s; motions that are made of longer plans are cut off there."""

ENDING = 0.8
"""s of standing at the end."""
TURN_FASTER = {"slow": 0.75, "normal": 1.0, "fast": 1.6}
"""Of it, by pace."""
CURVE_RATE = 0.5
"""rad/s at which curves and circles turn."""
BENDS = {"small": 1.5, "big": 0.6}
"""Of it, of small and big ones."""
TIGHTEST = 0.9
"""rad/s; a curve of few steps is no tighter."""
CURVE_SPEED, LIVE_CURVE_SPEED = 0.9, 0.75
"""m/s at most in them, walking, made and live."""
SQUARE = 1.8
"""m of a square's side, where nothing is said."""
QUICK_STEP = 0.5
"""s of each of a few steps."""
BEGUN = 0.75
"""Of a step on the spot, that is still taken when it is told to stop."""


class SentenceDriver(Mover):
    """Drives one body through one plan."""

    def __init__(
        self,
        plan: Plan,
        where: Callable[[], Place],
        variation: Variation,
        longest: float,
        *,
        live: bool,
    ) -> None:
        """Take a plan that can be done, and what a :class:`Mover` does."""
        super().__init__(where, variation, longest, live=live)
        self.plan = plan
        self.ends: list[float] = []
        """s at which the plan's actions ended, so far; fewer than it has where it was cut off."""

    def commands(self) -> Commands:
        """Yield a command a control step, until the plan is done and the body stands."""
        actions = self.plan.actions
        for action, following in zip(actions, (*actions[1:], None), strict=True):
            yield from self._do(action, following)
            if self.time >= self.longest:
                return
            self.ends.append(self.time)
        yield from self.stand(ENDING)

    def _do(self, action: Action, following: Action | None) -> Commands:
        self.part += 1
        self.landings, self.first = 0, None
        if action.verb == "stand":
            yield from self.settle()
            seconds = action.seconds or STAND * self.variation.distance
            yield from self.stand(seconds * (action.times or 1))
        elif action.verb == "turn":
            yield from self.settle()
            self.gait, self.manner = "walk", ""
            sharp = action.size == "small" and action.pace == "normal"
            rate = TURN_RATE * TURN_FASTER["fast" if sharp else action.pace]
            for _ in range(action.times or 1):
                yield from self.turn(self._side(action) * (action.degrees or 180.0), rate)
        else:
            backward = action.direction == "backward" and action.verb in ("walk", "run")
            kind = "backward" if backward else action.verb
            how = manner_name(action)
            same = (kind, how) == (self.gait, self.manner)
            goes_on = same or {kind, self.gait} == {"walk", "run"}
            if not (goes_on and action.first is None) and self.time > 0.0:
                yield from self.settle(SIDE_BY_SIDE)
            self.gait = "walk" if action.in_place else kind
            self.manner, self.first = how, action.first
            if action.in_place:
                yield from self._on_the_spot(action)
            else:
                stops = _stops(action, following)
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
        yield from self.settle()
        began = self.time
        yield from self.until(
            lambda: self.time - began >= seconds,
            lambda: (np.zeros(2), self.facing),
            600.0,
            on_the_spot=True,
        )
        yield from self.stand(0.8)

    def _speed(self, action: Action, kind: str) -> float:
        """Return how fast an action goes, m/s."""
        usual = SPEEDS[kind][action.pace] * self.variation.pace
        return action.speed_said or usual * manner(manner_name(action)).speed

    def _go(self, action: Action, kind: str, *, stops: bool, eases: float | None) -> Commands:
        speed = self._speed(action, kind)
        metres = way_said(action, kind, speed)
        if action.steps is not None and stops and self.speed < STANDS and _counts_out(action):
            self.landings = _landings(action, kind)
        most = LIVE_CURVE_SPEED if self.live else CURVE_SPEED
        round_speed = speed if kind == "run" else min(speed, most)
        times = action.times or 1
        if action.path == "straight":
            for again in range(times - 1, -1, -1):
                rests = stops or again > 0
                yield from self._go_straight(action, kind, speed, metres, stops=rests, eases=eases)
                if again > 0:
                    yield from self.settle()
        elif action.path in ("curve", "circle", "eight"):
            forth = -1.0 if kind == "backward" else 1.0
            yield from self._go_round(action, forth * round_speed, metres, stops=stops)
        elif action.path in ("zigzag", "wave"):
            for _ in range(times):
                yield from self._zigzag(action, round_speed, metres)
        elif action.path == "square":
            for _ in range(4 * times):
                far = action.metres or SQUARE
                yield from self.straight(self.facing, self.facing, speed, far, stops=True)
                yield from self.settle()
                yield from self.turn(90.0 * self._side(action))
        else:
            yield from self._to_and_fro(action, speed, metres)
        if stops:
            yield from self.settle()

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
            yield from self.bend(side * degrees, speed, rate, stops=stops)
        elif action.path == "circle":
            yield from self.round(side * degrees, speed, rate, stops=stops)
        else:
            for again in range(2 * times - 1, -1, -1):
                half = 360.0 * side * (1.0 if again % 2 else -1.0)
                yield from self.round(half, speed, rate, stops=stops and again == 0)

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
            heading = self.yaw + between(float(np.arctan2(to[1], to[0])), self.yaw)
        else:
            angle = ANGLES.get(action.direction, 90.0 * self._side(action))
            heading = self.facing + float(np.deg2rad(angle))
        keeps = action.verb == "step" or action.direction.startswith("backward")
        facing = self.facing if keeps else heading
        if not keeps and abs(heading - self.yaw) > np.deg2rad(60.0):
            yield from self.settle()
            yield from self.turn(float(np.rad2deg(heading - self.yaw)))
        if action.steps is not None and action.steps <= FEW and action.pace != "slow":
            speed = max(speed, FEW_STEPS[kind] / QUICK_STEP)
        far = metres or self._usual(kind, speed)
        yield from self.straight(heading, facing, speed, far, stops=stops, eases=eases)

    def _zigzag(self, action: Action, speed: float, metres: float | None) -> Commands:
        angle = float(np.deg2rad(40.0 if action.path == "zigzag" else 30.0)) * self._side(action)
        ahead = self.facing
        legs = max(2, round((metres or 4.0 * self.variation.distance) / 1.5))
        for leg in range(legs):
            facing = ahead + (angle if leg % 2 == 0 else -angle)
            yield from self.straight(facing, facing, speed, 1.5, stops=False)
        yield from self.straight(ahead, ahead, speed, 0.6, stops=False)

    def _to_and_fro(self, action: Action, speed: float, metres: float | None) -> Commands:
        far = metres or 2.0 * self.variation.distance
        side = np.pi / 2 * self._side(action)
        for _ in range(action.times or 2):
            for sign in (1.0, -1.0):
                if action.verb == "step":
                    heading = self.facing + sign * side
                    yield from self.straight(heading, self.facing, speed, 0.8, stops=True)
                    yield from self.settle()
                else:
                    yield from self.straight(self.facing, self.facing, speed, far, stops=True)
                    yield from self.settle()
                    yield from self.turn(180.0 * self._side(action))


def _counts_out(action: Action) -> bool:
    """Whether the steps of an action are counted out: of one way, gone once."""
    return action.path in ("straight", "curve") and (action.times or 1) == 1


def _landings(action: Action, kind: str) -> int:
    """Return how often a foot lands: the last step is closed; aside one goes, the other follows."""
    steps = int(np.ceil(action.steps or 0.0))
    return 2 * steps if kind == "step" else steps + 1


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
