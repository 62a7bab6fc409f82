"""What tasks share in which a body is told where to go: a motion is planned for it to follow.

The plan is motion matching over the clips (Clavet 2016; Holden 2020), native; see
``cpp/kinesis/motion/motion_planner.hpp``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import mujoco
import numpy as np

from kinesis_fast import _engine
from kinesis_fast.body.legs import FORWARD, SIDES
from kinesis_fast.config import check_ranges
from kinesis_fast.errors import InputError
from kinesis_fast.motions import MotionLibrary
from kinesis_fast.native_settings import filled
from kinesis_fast.tasks import imitation
from kinesis_fast.tasks.imitation import PROTOCOL_DISTANCE, ImitationConfig

FEET = tuple(f"talus_{side}" for side in SIDES)
"""Tracked bodies whose places and velocities moments are matched by."""


@dataclass
class MatchingWeights:
    """Weights of what moments of clips are matched by, each over its spread in the clips."""

    path: float = 3.0
    """Where the root is to be."""
    facing: float = 3.0
    """Which way it is to face."""
    feet: float = 1.5
    """Where the feet are."""
    feet_velocity: float = 2.0
    """How they move."""
    velocity: float = 2.0
    """Of the root."""


@dataclass
class PlannerConfig:
    """How a motion is planned."""

    weights: MatchingWeights = field(default_factory=MatchingWeights)
    """Of what moments are matched by."""
    ahead: list[float] = field(default_factory=lambda: [0.33, 0.67, 1.0])
    """s ahead, of the path that is matched."""
    velocity_time: float = 0.5
    """s, time constant with which a commanded velocity is taken up."""
    facing_time: float = 0.6
    """s, and a facing."""
    top_turn_rate: float = 1.2
    """rad/s, the fastest turn that is asked for."""
    search_interval: float = 0.1
    """s between looks for a better clip."""
    dwell: float = 0.6
    """s after a transition in which there is none."""
    near: float = 0.5
    """s of the same clip, before and after now, that count as no better than going on."""
    stay: float = 1.0
    """How much nearer another moment must be than going on, in squared spreads."""
    start_lead: float = 0.1
    """s before the moment found, at which a clip is entered from standing: a body shifts its weight
    before its root moves, and the root is what is matched."""
    turn: float = 0.1
    """rad/s at most, by which what is played is turned to face as commanded."""
    follow_time: float = 0.5
    """s in which what is played moves to a body that is further off than ``leash``."""
    leash: float = 0.1
    """m."""
    homing_speed: float = 0.15
    """m/s, at which what is played moves onto a goal: steps end where they do."""
    homing_distance: float = 0.4
    """m from the goal, within which it does, while it steps: feet that stand are not moved."""
    blend_time: float = 0.1
    """s, time constant of what is left of one clip in the next."""


@dataclass
class GuidedConfig(ImitationConfig):
    """One environment whose motion is planned."""

    termination: str = "mean_body"
    """As in imitation, of the planned motion."""
    termination_distance: float = PROTOCOL_DISTANCE
    """m."""
    fall_height: float = 0.7
    """m of the root over the floor, under which the body has fallen."""
    planner: PlannerConfig = field(default_factory=PlannerConfig)
    """How the motion is planned."""


def check_guided(config: GuidedConfig) -> None:
    """Raise InputError for the first value that is out of range, the task's own aside."""
    imitation.validate(config)
    plan = config.planner
    if config.reference != "retargeted":
        raise InputError(
            f"reference is {config.reference!r}; a planned motion is the model's own: 'retargeted'"
        )
    if config.randomise_reference.share > 0:
        raise InputError(
            f"randomise_reference.share is {config.randomise_reference.share}; a planned motion "
            "has no errors of recording: 0"
        )
    if not 1 <= len(plan.ahead) <= 16:
        raise InputError(f"planner.ahead has {len(plan.ahead)} times; it must have 1 to 16")
    weights = (
        (f"planner.weights.{name}", getattr(plan.weights, name), 0.0, 1e3)
        for name in MatchingWeights.__dataclass_fields__
    )
    check_ranges(
        (
            *(("planner.ahead", ahead, 0.0, 10.0) for ahead in plan.ahead),
            *weights,
            ("planner.velocity_time", plan.velocity_time, 1e-3, 10.0),
            ("planner.facing_time", plan.facing_time, 1e-3, 10.0),
            ("planner.top_turn_rate", plan.top_turn_rate, 1e-3, 100.0),
            ("planner.search_interval", plan.search_interval, 0.0, 10.0),
            ("planner.dwell", plan.dwell, 0.0, 10.0),
            ("planner.near", plan.near, 0.0, 100.0),
            ("planner.stay", plan.stay, 0.0, 1e6),
            ("planner.start_lead", plan.start_lead, 0.0, 1.0),
            ("planner.turn", plan.turn, 0.0, 10.0),
            ("planner.follow_time", plan.follow_time, 1e-3, 1e3),
            ("planner.leash", plan.leash, 0.0, 1e3),
            ("planner.homing_speed", plan.homing_speed, 0.0, 10.0),
            ("planner.homing_distance", plan.homing_distance, 0.0, 1e3),
            ("planner.blend_time", plan.blend_time, 1e-3, 10.0),
            ("fall_height", config.fall_height, -np.inf, 10.0),
        )
    )


def native_matching(plan: PlannerConfig, library: MotionLibrary) -> _engine.MatchingConfig:
    """Return what moments of a library are matched by.

    Raises:
        InputError: the clips' body has not one free joint.
    """
    if len(library.quaternion_addresses) != 1:
        raise InputError("motions are planned for bodies with one free joint, the root's")
    return filled(
        _engine.MatchingConfig,
        quaternion_address=int(library.quaternion_addresses[0]),
        forward=list(FORWARD),
        feet=[library.tracked_bodies.index(name) for name in FEET],
        ahead=list(plan.ahead),
        remaining=max(*plan.ahead, 1.1) + 0.1,
        weights=filled(_engine.MatchingWeights, plan.weights),
    )


def native_planner(plan: PlannerConfig) -> _engine.PlannerConfig:
    """Return how motions are planned."""
    return filled(_engine.PlannerConfig, plan, springs=filled(_engine.Springs, plan))


def native_guided(
    config: GuidedConfig, model: mujoco.MjModel, library: MotionLibrary
) -> _engine.GuidedConfig:
    """Return the engine's configuration, names resolved to ids of ``model``."""
    plan = config.planner
    return filled(
        _engine.GuidedConfig,
        matching=native_matching(plan, library),
        planner=native_planner(plan),
        imitation=imitation.native_config(config, model, library),
        blend_time=plan.blend_time,
        fall_height=config.fall_height,
        control_timestep=config.substeps * config.timestep,
    )
