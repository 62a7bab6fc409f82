"""Clips that answer commands: what a motion for any command is planned from.

A planner asks for a path by critically damped springs (``cpp/kinesis/motion/steering.hpp``). Where
a clip has that very path, from standing or under way, it is played as it is, with no seam; where
there is none, it is pieced together of several, and bodies fall at the seams.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from kinesis_fast.motions.gait.gait_mix import RUNS, running_share
from kinesis_fast.motions.gait.timeline import ClipPlan

Array = npt.NDArray[np.float64]

VELOCITY_TIME, FACING_TIME, TOP_TURN_RATE = 0.5, 0.6, 1.2
"""s, s and rad/s: of the springs by which ``steer`` takes commands up (``PlannerConfig``)."""
GOAL_FACING_TIME, GOAL_TOP_TURN_RATE, ARRIVAL_TIME = 0.4, 1.7, 0.35
"""s, rad/s and s: of those by which ``reach`` comes to goals (``ReachConfig``),"""
TOP_SPEED, TOP_SPEED_ASIDE = 1.5, 0.5
"""m/s, at most so fast ahead, and aside or behind."""
TURNING_DISTANCE, TURNING_DISTANCE_BEHIND = 0.7, 1.0
"""m, ahead and behind, beyond which it turns to them."""

BEGIN = 1.0
"""s of standing, or of going as before, before the command."""
WALK = 4.5
"""s until the next command, to stand."""
STEP = 0.1
"""s between the knots of a clip."""
FINE = 0.005
"""s in which springs are integrated."""
QUICK_RAMP = 0.7
"""s in which curves begin and end."""

RUN_SPEEDS = (2.0, 2.3, 2.6)
"""Speeds that runs come to, m/s."""
RUN_GAIN, FLYING_GAIN = 0.9, 0.35
"""m/s by which a run is asked to be faster or slower than it is, before it flies and after: bodies
that run change speed slowly."""
RUN, RUN_STOPS = 7.0, 1.0
"""s until a run is to end; m/s under which it stops as walks do."""
RUN_TURNS = (0.25, 0.5)
"""Turn rates of steady runs, rad/s."""

TURNS = (30, 60, 90, 135, 180)
"""Angles that are turned by, degrees."""
TURN_SPEEDS = (0.6, 1.0)
"""Speeds at which bodies turn under way, m/s."""
GOAL_DISTANCES = (0.15, 0.22, 0.3, 0.45, 0.6, 0.75, 0.9, 1.1, 1.3, 1.55, 1.8, 2.1, 2.4, 2.8)
"""Distances of goals, m."""
GOAL_ANGLES = (0, 11, 22, 34, 45, 56, 67, 79, 90, 101, 112, 124, 135, 146, 157, 169, 180)
"""Degrees to the left; mirrored too."""


class Body:
    """A point on the floor that takes commands up as the planner does.

    Places and velocities are complex numbers: x ahead of where it begins, y to the left.
    """

    def __init__(self, speed: float, facing_time: float, top_turn_rate: float) -> None:
        self.place, self.velocity, self.acceleration = 0j, complex(speed), 0j
        self.facing = self.turn_rate = 0.0
        self.facing_time, self.top_turn_rate = facing_time, top_turn_rate

    def turn(self, facing: float) -> float:
        """Turn towards a facing; returns the share of the way that is gone meanwhile."""
        y = 1.0 / self.facing_time
        most = 2.0 * self.facing_time * self.top_turn_rate
        off = min(max(self.facing - facing, -most), most)
        self.turn_rate += FINE * (-y * y * off - 2.0 * y * self.turn_rate)
        self.facing += FINE * self.turn_rate
        return max(0.0, math.cos(facing - self.facing))

    def follow(self, velocity: complex) -> None:
        """Take up a velocity."""
        y = 1.0 / VELOCITY_TIME
        self._move(-y * y * (self.velocity - velocity) - 2.0 * y * self.acceleration)

    def come(self, to: complex) -> None:
        """Go by the way that is left to a goal."""
        y = 1.0 / ARRIVAL_TIME
        self._move(y**3 * to - 3.0 * y * y * self.velocity - 3.0 * y * self.acceleration)

    def _move(self, jerk: complex) -> None:
        self.acceleration += FINE * jerk
        self.velocity += FINE * self.acceleration
        self.place += FINE * self.velocity

    def course(self) -> tuple[float, float, float]:
        """Return speed ahead, speed to the left and turn rate."""
        seen = self.velocity * cmath.rect(1.0, -self.facing)
        return seen.real, seen.imag, self.turn_rate


def respond(body: Body, seconds: float, step: Callable[[Body, float], None]) -> Array:
    """Return a course (n, 3), every :data:`STEP` s; ``step`` moves the body on, told the time."""
    rows = []
    for i in range(round(seconds / FINE)):
        if i % round(STEP / FINE) == 0:
            rows.append(body.course())
        step(body, i * FINE)
    return np.array(rows)


def _plan(name: str, kind: str, course: Array, mirrored: bool = False) -> ClipPlan:
    knots = [BEGIN + STEP * i for i in range(len(course))]
    sign = -1.0 if mirrored else 1.0
    columns = (course[:, 0], sign * course[:, 2], sign * course[:, 1])
    speed, turn_rate, drift = (
        ((0.0, float(values[0])), *zip(knots, values.tolist(), strict=True)) for values in columns
    )
    duration = BEGIN + STEP * len(course)
    return ClipPlan(name, "train", kind, duration, speed, turn_rate, drift, STEP)


def _steps(ahead: float, left: float, name: str, kind: str) -> list[ClipPlan]:
    """Return going with the facing kept: from standing to standing, and steady."""

    def step(body: Body, time: float) -> None:
        body.follow(complex(ahead, left) if time < WALK else 0j)

    course = respond(Body(0.0, FACING_TIME, TOP_TURN_RATE), WALK + 3.5, step)
    steady = ((0.0, ahead),), ((0.0, 0.0),), ((0.0, left),)
    return [
        _plan(f"{name}_and_stop", kind, course),
        ClipPlan(name, "train", kind, 6.0, *steady),
    ]


def _turn(degrees: float, begins: float, speed: float) -> Array:
    """Return the course of turning into another way. Feet go ahead, not across."""
    angle = math.radians(degrees)
    way = cmath.rect(1.0, angle)

    def step(body: Body, time: float) -> None:
        body.follow(body.turn(angle) * speed * way)

    course = respond(Body(begins, FACING_TIME, TOP_TURN_RATE), 6.0, step)
    course[:, 1] = 0.0
    return course


def _goal(distance: float, degrees: float) -> Array:
    """Return the course of coming to a goal, and standing there."""
    goal = cmath.rect(distance, math.radians(degrees))
    face = [0.0]

    def step(body: Body, time: float) -> None:
        to = goal - body.place
        far, way = cmath.polar(to)
        off = abs((way - body.facing + math.pi) % math.tau - math.pi) / math.pi
        if far > (1 - off) * TURNING_DISTANCE + off * TURNING_DISTANCE_BEHIND:
            face[0] = way
        across = min(1.0, 2 * off)
        speed = (1 - across) * TOP_SPEED + across * TOP_SPEED_ASIDE
        share = body.turn(face[0])
        body.come(share * min(1.0, 3.0 * ARRIVAL_TIME * speed / max(far, 1e-9)) * to)

    return respond(Body(0.0, GOAL_FACING_TIME, GOAL_TOP_TURN_RATE), 6.0, step)


def _for_a_while(value: float) -> tuple[tuple[float, float], ...]:
    return ((0.0, 0.0), (BEGIN, value), (BEGIN + WALK, 0.0)) if value else ((0.0, 0.0),)


def _curves(way: str, sign: float) -> list[ClipPlan]:
    plans = []
    turns = ((0.6, 0.55), (0.9, 0.6), (1.1, 0.5), (0.0, 1.3), (0.0, 0.9), (0.0, 0.6))
    for speed, rate in turns:
        name = f"curve_{way}_{round(100 * speed):03d}_{round(100 * rate):03d}"
        stop = ClipPlan(
            f"{name}_and_stop",
            "train",
            "walk",
            9.0,
            _for_a_while(speed),
            _for_a_while(sign * rate),
            ramp=QUICK_RAMP,
        )
        steady = ClipPlan(name, "train", "walk", 6.0, ((0.0, speed),), ((0.0, sign * rate),))
        plans += [stop, steady]
    return plans


@lru_cache(maxsize=1)
def response_plans() -> tuple[ClipPlan, ...]:
    """Return going any way with the facing kept, curves and turns: steady, from standing to
    standing, and under way."""
    plans = []
    for sign, way in ((1.0, "left"), (-1.0, "right")):
        for left in (0.25, 0.4, 0.55):
            name = f"sidestep_{way}_{round(100 * left):03d}"
            plans += _steps(0.0, sign * left, name, "sidestep")
        for ahead, left in ((0.4, 0.35), (0.7, 0.4), (-0.35, 0.3)):
            end = "back" if ahead < 0 else "ahead"
            name = f"sidestep_{way}_{end}_{round(100 * abs(ahead)):03d}"
            plans += _steps(ahead, sign * left, name, "sidestep")
        plans += _curves(way, sign)
        for degrees in TURNS:
            for speed in TURN_SPEEDS:
                for begins, what in ((0.0, "and_go"), (speed, "walking")):
                    name = f"turn_{way}_{degrees:03d}_{what}_{round(100 * speed):03d}"
                    kind = "walk" if begins else "turn"
                    plans.append(_plan(name, kind, _turn(degrees, begins, speed), sign < 0))
    for speed in (0.4, 0.6):
        plans += _steps(-speed, 0.0, f"backward_{round(100 * speed):03d}", "backward")
    for speed in (0.5, 0.75, 1.0, 1.25):
        plans += _steps(speed, 0.0, f"forward_{round(100 * speed):03d}", "walk")
    return tuple(plans)


def _run(top: float, walking: float) -> Array:
    """Return the course of running from standing or walking, and coming back to that."""

    def step(body: Body, time: float) -> None:
        speed = body.velocity.real
        gain = RUN_GAIN if speed < RUNS else FLYING_GAIN
        if time < RUN:
            asked = min(top, speed + gain)
        else:
            asked = max(walking, speed - RUN_GAIN) if speed > max(RUN_STOPS, walking) else walking
        body.follow(complex(asked))

    return respond(Body(walking, FACING_TIME, TOP_TURN_RATE), RUN + 6.0, step)


@lru_cache(maxsize=1)
def run_plans() -> tuple[ClipPlan, ...]:
    """Return running: steady, straight and in curves, and from standing or walking and back."""
    plans = []
    for speed in RUN_SPEEDS:
        name = f"run_{round(100 * speed):03d}"
        for rate in (0.0, *RUN_TURNS, *(-rate for rate in RUN_TURNS)):
            way = f"_{'left' if rate > 0 else 'right'}_{round(100 * abs(rate)):03d}" if rate else ""
            steady = ((0.0, speed),), ((0.0, rate),)
            plans.append(ClipPlan(f"{name}{way}", "train", "run", 6.0, *steady))
        for walking, what in ((0.0, "and_stop"), (1.05, "from_walking")):
            plan = _plan(f"{name}_{what}", "run", _run(speed, walking))
            share = running_share(np.array([value for _, value in plan.speed]))
            times = [time for time, _ in plan.speed]
            knots = tuple(zip(times, share.tolist(), strict=True))
            plans.append(replace(plan, running=knots))
    return tuple(plans)


@lru_cache(maxsize=1)
def goal_plans() -> tuple[ClipPlan, ...]:
    """Return coming from standing to a goal, and standing there."""
    plans = []
    for distance in GOAL_DISTANCES:
        for angle in GOAL_ANGLES:
            off = angle / 180.0
            near = distance < (1 - off) * TURNING_DISTANCE + off * TURNING_DISTANCE_BEHIND
            kind = "sidestep" if near and angle != 0 else "walk"
            kind = "backward" if near and angle == 180 else kind
            course = _goal(distance, angle)
            for way in ("left", "right") if angle not in (0, 180) else ("left",):
                name = f"goal_{round(100 * distance):03d}_{way}_{angle:03d}"
                plans.append(_plan(name, kind, course, way == "right"))
    return tuple(plans)
