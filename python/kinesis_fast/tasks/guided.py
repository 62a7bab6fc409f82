"""What tasks share in which a body is told where to go: a motion is planned for it to follow.

The plan is motion matching over the clips (Clavet 2016; Holden 2020), native; see
``cpp/kinesis/motion/motion_planner.hpp``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Annotated

import mujoco

from kinesis_fast import _engine
from kinesis_fast.body.legs import FORWARD, SIDES
from kinesis_fast.errors import InputError
from kinesis_fast.motions import MotionLibrary
from kinesis_fast.native_settings import filled
from kinesis_fast.settings import NO_UNIT, Len, OneOf, Unit, numbers, within
from kinesis_fast.tasks import imitation
from kinesis_fast.tasks.ground import native_field
from kinesis_fast.tasks.imitation import PROTOCOL_DISTANCE, TERMINATION_RULES, ImitationConfig

FEET = tuple(f"talus_{side}" for side in SIDES)
"""Tracked bodies whose places and velocities moments are matched by."""


@dataclass
class MatchingWeights:
    """Weights of what moments of clips are matched by, each over its spread in the clips."""

    path: Annotated[float, within(0.0, 1e3), NO_UNIT] = 3.0
    """Weight of where the root is to be."""
    facing: Annotated[float, within(0.0, 1e3), NO_UNIT] = 3.0
    """Weight of which way the root is to face."""
    feet: Annotated[float, within(0.0, 1e3), NO_UNIT] = 1.5
    """Weight of where the feet are."""
    feet_velocity: Annotated[float, within(0.0, 1e3), NO_UNIT] = 2.0
    """Weight of how the feet move."""
    velocity: Annotated[float, within(0.0, 1e3), NO_UNIT] = 2.0
    """Weight of the root's velocity."""


@dataclass
class PlannerConfig:
    """How a motion is planned."""

    weights: MatchingWeights = field(default_factory=MatchingWeights)
    """Of what moments are matched by."""
    ahead: Annotated[list[Annotated[float, within(0.0, 10.0), Unit("s")]], Len(1, 16)] = numbers(
        0.33, 0.67, 1.0
    )
    """Times ahead at which the path is matched."""
    velocity_time: Annotated[float, within(1e-3, 10.0), Unit("s")] = 0.5
    """Time constant with which a commanded velocity is taken up."""
    facing_time: Annotated[float, within(1e-3, 10.0), Unit("s")] = 0.6
    """Time constant with which a commanded facing is taken up."""
    top_turn_rate: Annotated[float, within(1e-3, 100.0), Unit("rad/s")] = 1.2
    """The fastest turn that is asked for."""
    search_interval: Annotated[float, within(0.0, 10.0), Unit("s")] = 0.1
    """Time between two looks for a better clip."""
    dwell: Annotated[float, within(0.0, 10.0), Unit("s")] = 0.6
    """Time after a transition in which there is no other."""
    near: Annotated[float, within(0.0, 100.0), Unit("s")] = 0.5
    """Time of the same clip, before and after now, that counts as no better than going on."""
    stay: Annotated[float, within(0.0, 1e6), NO_UNIT] = 1.0
    """How much nearer another moment must be than going on, in squared spreads."""
    start_lead: Annotated[float, within(0.0, 1.0), Unit("s")] = 0.1
    """How long before the moment found a clip is entered from standing: a body shifts its weight
    before its root moves, and the root is what is matched."""
    turn: Annotated[float, within(0.0, 10.0), Unit("rad/s")] = 0.1
    """The fastest turn of what is played towards the commanded facing."""
    follow_time: Annotated[float, within(1e-3, 1e3), Unit("s")] = 0.5
    """Time in which what is played moves to a body that is further off than ``leash``."""
    leash: Annotated[float, within(0.0, 1e3), Unit("m")] = 0.1
    """How far a body may be from what is played before that moves to it."""
    homing_speed: Annotated[float, within(0.0, 10.0), Unit("m/s")] = 0.15
    """Speed at which what is played moves onto a goal: steps end where they do."""
    homing_distance: Annotated[float, within(0.0, 1e3), Unit("m")] = 0.4
    """Distance from the goal within which it does, while it steps: feet that stand are not
    moved."""
    blend_time: Annotated[float, within(1e-3, 10.0), Unit("s")] = 0.1
    """Time constant of what is left of one clip in the next."""


@dataclass
class GuidedConfig(ImitationConfig):
    """One environment whose motion is planned."""

    termination: Annotated[str, OneOf(TERMINATION_RULES)] = "mean_body"
    """What ends an episode, as in imitation, by the planned motion."""
    termination_distance: Annotated[float, within(0.0, math.inf), Unit("m")] = PROTOCOL_DISTANCE
    """Distance from the plan at which an episode is lost."""
    fall_height: Annotated[float, within(-math.inf, 10.0), Unit("m")] = 0.7
    """Height of the root over the floor, under which the body has fallen."""
    planner: PlannerConfig = field(default_factory=PlannerConfig)
    """How the motion is planned."""


def check_guided(config: GuidedConfig) -> None:
    """Raise InputError for the first value that is out of range, the task's own aside."""
    imitation.validate(config)
    if config.reference != "retargeted":
        raise InputError(
            f"reference is {config.reference!r}; a planned motion is the model's own: 'retargeted'"
        )
    if config.randomise_reference.share > 0:
        raise InputError(
            f"randomise_reference.share is {config.randomise_reference.share}; a planned motion "
            "has no errors of recording: 0"
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
        legs=imitation.legs_to_lay(model),
        ground=native_field(config.conditions.ground),
        blend_time=plan.blend_time,
        fall_height=config.fall_height,
        control_timestep=config.substeps * config.timestep,
    )
