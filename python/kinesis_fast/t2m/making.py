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
from typing import NamedTuple

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast import _engine
from kinesis_fast.body.legs import facing
from kinesis_fast.motions.gait.gait_mix import running_share
from kinesis_fast.motions.gait.synthesis import synthesize
from kinesis_fast.motions.gait.timeline import (
    FRAME_RATE,
    ClipPlan,
    make_timeline,
)
from kinesis_fast.t2m.driving import LONGEST, SentenceDriver
from kinesis_fast.t2m.moving import QUICKER, Command, Place
from kinesis_fast.t2m.pacing import STANDS, STEP, Variation, manner
from kinesis_fast.t2m.plan import Plan

Array = npt.NDArray[np.float64]

BEGIN = 0.5
"""s of standing before a plan begins."""
END = 0.7
"""s of standing after what the driver ends with: steps end later than the point they follow."""
REST = STANDS
"""m/s and rad/s under which feet stand: a point comes to rest more slowly than feet do."""
BLEND = 0.1
"""s, time constant of what one part leaves in the next, at rest."""


@dataclass(frozen=True)
class Course:
    """What a point did, a row every :data:`~kinesis_fast.t2m.pacing.STEP` s."""

    rows: Array
    """(n, 3): speed ahead (m/s), turn rate (rad/s), speed to the left (m/s)."""
    commands: tuple[Command, ...]
    """What it was told."""
    ends: tuple[float, ...]
    """s at which the plan's actions end."""

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return STEP * (len(self.rows) - 1)

    @property
    def on_the_spot(self) -> npt.NDArray[np.bool_]:
        """Where feet go and the body stays, (n,)."""
        return np.array([command.on_the_spot for command in self.commands])


class How(NamedTuple):
    """How the generator sets feet in a part of a course."""

    kind: str
    """``walk``, ``backward`` or ``run``."""
    other_foot: bool
    """Whether the foot begins that else would not."""
    manner: str
    landings: int
    part: int
    """Number of the action, where its steps are counted; 0 where they are not."""


@dataclass(frozen=True)
class Part:
    """Rows of a course that the generator makes as one."""

    begin: int
    end: int
    how: How


def follow(plan: Plan, variation: Variation) -> Course:
    """Drive a point through a plan."""
    point = _engine.SteeredPoint(_engine.Springs(), 0.0)
    clock = [1.0]  # how much quicker than usual the point's time goes

    def where() -> Place:
        return Place(*point.root, clock[0] * float(np.hypot(*point.velocity)))

    driver = SentenceDriver(plan, where, variation, LONGEST, live=False)
    rows: list[tuple[float, float, float]] = []
    given: list[Command] = []

    def go(command: Command) -> None:
        yaw = point.root[2]
        vx, vy = point.velocity
        c, s = np.cos(yaw), np.sin(yaw)
        now = (c * vx + s * vy, point.turn_rate, c * vy - s * vx)
        rows.append((clock[0] * now[0], clock[0] * now[1], clock[0] * now[2]))
        given.append(command)
        clock[0] = QUICKER if command.landings else 1.0
        asked = (command.velocity[0] / clock[0], command.velocity[1] / clock[0])
        point.advance(asked, command.facing, clock[0] * STEP)

    command = Command((0.0, 0.0), 0.0, "walk")
    for _ in range(round(BEGIN / STEP)):
        go(command)
    for command in driver.commands():
        go(command)
    still = command._replace(velocity=(0.0, 0.0), on_the_spot=False)
    for _ in range(round(END / STEP)):
        go(still)
    ends = tuple(end + BEGIN for end in driver.ends)
    return Course(np.array(rows), tuple(given), ends)


def make(model: mujoco.MjModel, courses: Sequence[Course]) -> list[Array]:
    """Return joint positions (T, nq) along courses, :data:`FRAME_RATE` frames a second."""
    cut = [_parts(course) for course in courses]
    pieces = [
        _piece(course, part) for course, parts in zip(courses, cut, strict=True) for part in parts
    ]
    made = iter(synthesize(model, [make_timeline(piece) for piece in pieces]))
    return [_joined(model, [next(made) for _ in parts]) for parts in cut]


def _parts(course: Course) -> list[Part]:
    """Return the parts of a course that the generator makes one by one.

    It is cut at the end of rests, feet side by side, where what follows goes another way than what
    was before.
    """
    rest = (np.abs(course.rows) < REST).all(axis=1) & ~course.on_the_spot
    going = _spans(~rest)
    cuts = [0]
    for (begin, end), (later, latest) in pairwise(going):
        if _how(course, begin, end) != _how(course, later, latest):
            cuts.append(max(end, later - 1))
    cuts.append(len(rest) - 1)
    parts = []
    for begin, end in pairwise(cuts):
        inside = [span for span in going if begin <= span[0] < end]
        how = _how(course, *inside[0]) if inside else How("walk", False, "", 0, 0)
        parts.append(Part(begin, end, how))
    return parts


def _spans(mask: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _how(course: Course, begin: int, end: int) -> How:
    """Return how the generator sets feet between two rows."""
    commands = course.commands[begin:end]
    middle = commands[len(commands) // 2]
    kind = "walk"
    for gait in ("run", "backward"):
        if any(command.gait == gait for command in commands):
            kind = gait
    aside = course.rows[begin:end, 2]
    to_the_right = float(max(aside, key=abs)) < 0.0  # as the generator has it
    usual = "right" if to_the_right or kind == "backward" else "left"
    other = middle.first is not None and middle.first != usual
    landings = middle.landings
    style = "" if kind == "run" else middle.manner
    return How(kind, other, style, landings, middle.part if landings else 0)


def _piece(course: Course, part: Part) -> ClipPlan:
    begin, end = part.begin, part.end
    knots = STEP * np.arange(end - begin + 1)
    rows = course.rows[begin : end + 1]
    speed, turn_rate, drift = (
        tuple(zip(knots.tolist(), column.tolist(), strict=True)) for column in rows.T
    )
    spot = tuple((STEP * a, STEP * b) for a, b in _spans(course.on_the_spot[begin : end + 1]))
    how = part.how
    running = None
    if how.kind == "run":
        share = running_share(rows[:, 0])
        running = tuple(zip(knots.tolist(), share.tolist(), strict=True))
    return ClipPlan(
        "",
        "",
        how.kind,
        float(knots[-1]),
        speed,
        turn_rate,
        drift,
        STEP,
        REST,
        spot,
        manner(how.manner).style,
        other_foot=how.other_foot,
        steps=how.landings,
        running=running,
    )


def _joined(model: mujoco.MjModel, parts: Sequence[Array]) -> Array:
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
