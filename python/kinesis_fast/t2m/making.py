"""From a plan to a motion of its own: the built-in gait, generated along the plan's course.

A point takes the driver's commands up as planned motions do (``steering.hpp``); where it goes, how
fast and how it turns is the course of a clip, and the gait generator (``motions/gait``) sets feet
along it. There are no seams, as there are where clips are joined, and bodies follow it better: see
``docs/text.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast import _engine
from kinesis_fast.body.legs import facing
from kinesis_fast.errors import InputError
from kinesis_fast.motions.gait.synthesis import synthesize
from kinesis_fast.motions.gait.timeline import (
    FRAME_RATE,
    ClipPlan,
    Timeline,
    make_timeline,
)
from kinesis_fast.t2m.driving import LONGEST, Command, Place, SentenceDriver, only_runs
from kinesis_fast.t2m.pacing import STANDS, STEP, Variation, run_speed
from kinesis_fast.t2m.plan import Plan

Array = npt.NDArray[np.float64]

BEGIN = 0.5
"""s of standing before a plan begins."""
END = 0.7
"""s of standing after what the driver ends with: steps end later than the point they follow."""
REST = STANDS
"""m/s and rad/s under which feet stand: a point comes to rest more slowly than feet do."""
BLEND = 0.1
"""s, time constant of what one part leaves in the next."""


@dataclass(frozen=True)
class Course:
    """What a point did, a row every :data:`~kinesis_fast.t2m.pacing.STEP` s."""

    rows: Array
    """(n, 3): speed ahead (m/s), turn rate (rad/s), speed to the left (m/s)."""
    gaits: tuple[str, ...]
    on_the_spot: npt.NDArray[np.bool_]
    ends: tuple[float, ...]
    """s at which the plan's actions end."""

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return STEP * (len(self.rows) - 1)


def check_plan(plan: Plan) -> None:
    """Raise InputError where a plan runs and does something else too.

    The generator's runs have no beginning and no end.
    """
    for action in plan.actions:
        if action.verb == "run" and not action.in_place and not only_runs(plan):
            raise InputError(
                f"'{action}' cannot be done in '{plan}': generated runs begin and end under way. "
                "Let it only run, or walk fast, or join clips of a library with runs (motions)"
            )


def follow(plan: Plan, variation: Variation) -> Course:
    """Drive a point through a plan that :func:`check_plan` finds nothing wrong with."""
    under_way = only_runs(plan)
    speed = run_speed(plan, variation) if under_way else 0.0
    point = _engine.SteeredPoint(_engine.Springs(), speed)

    def where() -> Place:
        return Place(*point.root, float(np.hypot(*point.velocity)))

    driver = SentenceDriver(plan, where, variation, LONGEST)
    rows, gaits, spot = [], [], []

    def go(command: Command) -> None:
        yaw = point.root[2]
        vx, vy = point.velocity
        c, s = np.cos(yaw), np.sin(yaw)
        rows.append((c * vx + s * vy, point.turn_rate, c * vy - s * vx))
        gaits.append(command.gait)
        spot.append(command.on_the_spot)
        point.advance(command.velocity, command.facing, STEP)

    command = Command((speed, 0.0), 0.0, "run" if under_way else "walk")
    for _ in range(0 if under_way else round(BEGIN / STEP)):
        go(command)
    for command in driver.commands():
        go(command)
    still = command._replace(velocity=(0.0, 0.0), on_the_spot=False)
    for _ in range(0 if under_way else round(END / STEP)):
        go(still)
    begin = 0.0 if under_way else BEGIN
    ends = tuple(end + begin for end in driver.ends)
    return Course(np.array(rows), tuple(gaits), np.array(spot), ends)


def make(model: mujoco.MjModel, courses: Sequence[Course]) -> list[Array]:
    """Return joint positions (T, nq) along courses, :data:`FRAME_RATE` frames a second."""
    timelines = [_timelines(course) for course in courses]
    made = iter(synthesize(model, [timeline for parts in timelines for timeline in parts]))
    return [_joined(model, [next(made) for _ in parts]) for parts in timelines]


def _timelines(course: Course) -> list[Timeline]:
    """Return the parts of a course that the generator makes one by one.

    It is cut at the end of rests, feet side by side, where what follows goes another way than what
    was before.
    """
    rest = (np.abs(course.rows) < REST).all(axis=1) & ~course.on_the_spot
    going = _spans(~rest)
    cuts = [0]
    for (begin, end), (later, latest) in pairwise(going):
        if _gait(course, begin, end) != _gait(course, later, latest):
            cuts.append(max(end, later - 1))
    cuts.append(len(rest) - 1)
    parts = []
    for begin, end in pairwise(cuts):
        inside = [span for span in going if begin <= span[0] < end]
        gait = _gait(course, *inside[0]) if inside else "walk"
        parts.append(make_timeline(_piece(course, begin, end, gait)))
    return parts


def _spans(mask: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _gait(course: Course, begin: int, end: int) -> str:
    """Return how the generator sets feet: backward, or with which foot first."""
    for gait in ("run", "backward"):
        if gait in course.gaits[begin:end]:
            return gait
    drift = course.rows[begin:end, 2]
    return "right" if len(drift) and drift.min() < -0.05 else "walk"


def _piece(course: Course, begin: int, end: int, gait: str) -> ClipPlan:
    knots = STEP * np.arange(end - begin + 1)
    rows = course.rows[begin : end + 1]
    speed, turn_rate, drift = (
        tuple(zip(knots.tolist(), column.tolist(), strict=True)) for column in rows.T
    )
    spot = tuple((STEP * a, STEP * b) for a, b in _spans(course.on_the_spot[begin : end + 1]))
    kind = gait if gait in ("run", "backward") else "walk"
    seconds = float(knots[-1])
    return ClipPlan("", "", kind, seconds, speed, turn_rate, drift, STEP, REST, spot)


def _joined(model: mujoco.MjModel, parts: list[Array]) -> Array:
    """Put parts where those before have led to; what would jump dies away as in plans.

    With y = 1 / :data:`BLEND`, an offset d with the rate v is (d + (v + y d) t) exp(-y t).
    """
    whole = parts[0]
    y = 1.0 / BLEND
    for part in parts[1:]:
        moved = _placed(part, whole[-1])
        off, before, after = np.zeros(model.nv), np.zeros(model.nv), np.zeros(model.nv)
        mujoco.mj_differentiatePos(model, off, 1.0, moved[0], whole[-1])
        mujoco.mj_differentiatePos(model, before, 1.0 / FRAME_RATE, whole[-2], whole[-1])
        mujoco.mj_differentiatePos(model, after, 1.0 / FRAME_RATE, moved[0], moved[1])
        rate = before - after
        for frame in range(min(len(moved), round(8 * BLEND * FRAME_RATE))):
            t = frame / FRAME_RATE
            left = (off + (rate + y * off) * t) * np.exp(-y * t)
            mujoco.mj_integratePos(model, moved[frame], left, 1.0)
        whole = np.concatenate([whole[:-1], moved])
    return whole


def _placed(qpos: Array, onto: Array) -> Array:
    """Move and turn a motion about the vertical so that its root begins where another ends."""
    turn = float(facing(onto) - facing(qpos[0]))
    quat = np.array([np.cos(turn / 2), 0.0, 0.0, np.sin(turn / 2)])
    out = qpos.copy()
    c, s = np.cos(turn), np.sin(turn)
    out[:, :2] = (qpos[:, :2] - qpos[0, :2]) @ np.array([[c, s], [-s, c]]) + onto[:2]
    for row in out:
        turned = np.empty(4)
        mujoco.mju_mulQuat(turned, quat, row[3:7])
        row[3:7] = turned
    return out
