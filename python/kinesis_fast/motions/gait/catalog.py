"""The clips of the built-in library."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import mujoco
import numpy as np

from kinesis_fast.body.legs import default_tracked_bodies
from kinesis_fast.errors import InputError
from kinesis_fast.motions.clips import Clip
from kinesis_fast.motions.gait.families import family_plans
from kinesis_fast.motions.gait.responses import goal_plans, response_plans, run_plans
from kinesis_fast.motions.gait.synthesis import REQUIRED_JOINTS, synthesize
from kinesis_fast.motions.gait.timeline import FRAME_RATE, ClipPlan, make_timeline
from kinesis_fast.motions.library import MotionLibrary


def _straight(name: str, speed: float, split: str = "train", seconds: float = 8.0) -> ClipPlan:
    kind = "run" if name.startswith("run") else "backward" if speed < 0 else "walk"
    return ClipPlan(name, split, kind, seconds, speed=((0.0, speed),))


def _curve(name: str, speed: float, rate: float, split: str = "train") -> ClipPlan:
    kind = "turn" if speed == 0 else "walk"
    return ClipPlan(name, split, kind, 8.0, speed=((0.0, speed),), turn_rate=((0.0, rate),))


PLANS: tuple[ClipPlan, ...] = (
    ClipPlan("stand", "train", "stand", 6.0),
    ClipPlan("stand_long", "test", "stand", 10.0),
    _straight("walk_slow_060", 0.6),
    _straight("walk_slow_080", 0.8),
    _straight("walk_slow_070", 0.7, "test"),
    _straight("walk_comfortable_110", 1.1),
    _straight("walk_comfortable_120", 1.2),
    _straight("walk_comfortable_135", 1.35),
    _straight("walk_comfortable_125", 1.25, "test"),
    _straight("walk_fast_155", 1.55),
    _straight("walk_fast_175", 1.75),
    _straight("walk_fast_165", 1.65, "test"),
    _curve("walk_left_wide", 1.2, 0.25),
    _curve("walk_right_wide", 1.2, -0.25),
    _curve("walk_left_tight", 0.9, 0.5),
    _curve("walk_right_tight", 0.9, -0.5),
    _curve("walk_left_medium", 1.1, 0.35, "test"),
    _curve("walk_right_medium", 1.1, -0.35, "test"),
    _curve("turn_left", 0.0, 0.7),
    _curve("turn_right", 0.0, -0.7),
    _curve("turn_left_slow", 0.0, 0.55, "test"),
    _straight("walk_backward_050", -0.5),
    _straight("walk_backward_070", -0.7),
    _straight("walk_backward_060", -0.6, "test"),
    ClipPlan("start_slow", "train", "start", 7.0, speed=((0.0, 0.0), (1.0, 0.8))),
    ClipPlan("start_comfortable", "train", "start", 7.0, speed=((0.0, 0.0), (1.0, 1.2))),
    ClipPlan("start_brisk", "test", "start", 7.0, speed=((0.0, 0.0), (1.0, 1.1))),
    ClipPlan("stop_slow", "train", "stop", 7.0, speed=((0.0, 0.8), (4.0, 0.0))),
    ClipPlan("stop_comfortable", "train", "stop", 7.0, speed=((0.0, 1.2), (4.0, 0.0))),
    ClipPlan("stop_brisk", "test", "stop", 7.0, speed=((0.0, 1.1), (4.0, 0.0))),
    ClipPlan(
        "walk_faster_and_slower",
        "train",
        "walk",
        10.0,
        speed=((0.0, 0.9), (2.0, 1.5), (6.0, 0.9)),
    ),
    _straight("run_260", 2.6, seconds=6.0),
    _straight("run_300", 3.0, seconds=6.0),
    _straight("run_280", 2.8, "test", seconds=6.0),
)
"""Every clip of the library; names end in the speed, cm/s, where it is constant."""


def _wide_plans() -> tuple[ClipPlan, ...]:
    plans = []

    def add(kind: str, speed: float, seconds: float, rates: Sequence[float]) -> None:
        for rate in rates:
            bent = f"_turn_{round(100 * rate):02d}" if rate else ""
            name = f"{kind}_{round(100 * abs(speed)):03d}{bent}"
            turn = ((0.0, rate),)
            plans.append(ClipPlan(name, "train", kind, seconds, ((0.0, speed),), turn))

    for speed in (2.0, 2.2, 2.4, 2.6, 2.8, 3.0, 3.25, 3.5, 3.75, 4.0):
        add("run", speed, 4.0, (0.0, 0.3, 0.7))
        veer = ((0.0, 0.0), (1.2, 0.9), (2.6, 0.0))
        name = f"run_{round(100 * speed)}_veer"
        plans.append(ClipPlan(name, "train", "run", 4.0, ((0.0, speed),), veer))
    for speed in (1.6, 1.8, 1.95):
        add("walk", speed, 5.0, (0.0, 0.4, 0.8))
    for speed in (-0.4, -0.55, -0.65, -0.8):
        add("backward", speed, 6.0, (0.0, 0.2))
    return tuple(plans)


WIDE_PLANS = _wide_plans()
"""Clips of the library ``gait-wide``: running, fast and backward walking, straight and in curves to
the left, of which recorded sets hold little. All are for training."""


_WALKING = tuple(plan for plan in PLANS if plan.kind != "run")
LIBRARIES: dict[str, Callable[[], Sequence[ClipPlan]]] = {
    "gait": lambda: PLANS,
    "gait-wide": lambda: WIDE_PLANS,
    "gait-families": family_plans,
    "gait-steer": lambda: (*_WALKING, *response_plans()),
    "gait-live": lambda: (*_WALKING, *response_plans(), *run_plans()),
    "gait-reach": lambda: (*_WALKING, *response_plans(), *goal_plans()),
}
"""What clips built-in libraries have, by name; answers to commands take a second to work out."""


def gait_library(model: mujoco.MjModel, name: str = "gait") -> MotionLibrary:
    """Return a built-in library for a composed model with MyoLegs' leg joints.

    Args:
        model: the model that moves.
        name: in :data:`LIBRARIES`.

    Raises:
        InputError: the model lacks these joints.
    """
    names = {model.joint(i).name for i in range(model.njnt)}
    missing = [name for name in REQUIRED_JOINTS if name not in names]
    if missing:
        raise InputError(
            f"the built-in motions need MyoLegs' leg joints; this model has no {missing[0]!r}. "
            "Give motions made for it with motions=PATH"
        )
    key = name, _geometry_digest(model)
    if key not in _made:
        _made[key] = _make_library(model, LIBRARIES[name]())
    return _made[key]


_made: dict[tuple[str, bytes], MotionLibrary] = {}
"""Libraries made so far in this process, by name and their model's geometry: one takes seconds."""


def _geometry_digest(model: mujoco.MjModel) -> bytes:
    digest = hashlib.sha256()
    for array in (
        model.body_pos,
        model.body_quat,
        model.jnt_axis,
        model.jnt_pos,
        model.jnt_range,
        model.eq_data,
        model.geom_pos,
        model.geom_size,
    ):
        digest.update(np.ascontiguousarray(array).tobytes())
    digest.update(repr([model.body(i).name for i in range(model.nbody)]).encode())
    return digest.digest()


def _make_library(model: mujoco.MjModel, plans: Sequence[ClipPlan]) -> MotionLibrary:
    timelines = [make_timeline(plan) for plan in plans]
    motions = []
    for timeline, qpos in zip(timelines, synthesize(model, timelines), strict=True):
        plan = timeline.plan
        clip = Clip(
            name=plan.name,
            frames=len(qpos),
            frame_rate=FRAME_RATE,
            split=plan.split,
            attributes={
                "source": "kinesis_fast gait generator",
                "kind": plan.kind,
                "final_speed_m_s": plan.speed[-1][1],
                "final_turn_rate_rad_s": plan.turn_rate[-1][1],
            },
        )
        motions.append((clip, qpos))
    return MotionLibrary.from_qpos(model, motions, default_tracked_bodies(model))
