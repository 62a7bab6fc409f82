"""The reaching task: get to a place on the floor and stay there.

The default is the protocol of KINESIS (Simos et al. 2025, arXiv 2503.14637).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import mujoco
import numpy as np

from kinesis_fast import _engine
from kinesis_fast.config import check_names, check_ranges
from kinesis_fast.errors import InputError
from kinesis_fast.motions import MotionLibrary
from kinesis_fast.native_settings import filled
from kinesis_fast.tasks import imitation
from kinesis_fast.tasks.definition import Measure, TaskDefinition
from kinesis_fast.tasks.guided import (
    GuidedConfig,
    MatchingWeights,
    PlannerConfig,
    check_guided,
    native_guided,
)

GOAL_OBSERVATIONS = ("plan", "kinesis")
CENTRE = (-0.71, -0.68)
"""m from the start, of the square of goals: KINESIS's body starts at (0.71, 0.68), and its square
lies about the world's origin."""
SHOWN_HEIGHT = 0.94
"""m, of the goal, that KINESIS's policies see."""
RING_DISTANCES = (1.0, 2.0, 3.0, 4.0)
"""m, of goals on rings around the start."""
RING_DIRECTIONS = (0.0, 45.0, 90.0, 135.0, 180.0, -135.0, -90.0, -45.0)
"""Degrees from the facing at the start, to the left."""


def ring_places() -> list[list[float]]:
    """Return goals on rings around the start, by distance and in it by direction: m ahead, left."""
    return [
        [float(r * np.cos(np.deg2rad(a))), float(r * np.sin(np.deg2rad(a)))]
        for r in RING_DISTANCES
        for a in RING_DIRECTIONS
    ]


@dataclass
class GoalConfig:
    """Where goals are, and when they are reached."""

    places: list[list[float]] = field(default_factory=list)
    """Goals to draw from, m ahead and to the left of the start; none: a square of KINESIS's."""
    waypoints: bool = False
    """Go to the places one after the other, instead of to one of them."""
    half_width: float = 2.0
    """m, of the square."""
    radius: float = 0.1
    """m within which a goal is reached."""
    hold: float = 0.0
    """s of staying there that end the episode, or lead on to the next waypoint; 0: never."""
    top_speed: float = 1.5
    """m/s at most, of the plan."""
    top_speed_aside: float = 0.5
    """m/s, where it goes aside or backwards."""
    arrival_time: float = 0.35
    """s, of the critically damped spring by which the plan comes to the goal."""
    turning_distance: float = 0.7
    """m, beyond which the plan turns to a goal that is ahead; nearer ones are stepped to."""
    turning_distance_behind: float = 1.0
    """m, likewise of a goal that is behind; between them by the angle."""


@dataclass
class ReachRewardConfig:
    """Weights of the task's reward."""

    follow_weight: float = 0.0
    """Of the imitation reward of the planned motion."""
    progress_weight: float = 16.0
    """Of metres gained on the goal in a control step."""
    arrived_weight: float = 100.0
    """Of being within the radius."""
    energy_weight: float = 0.1
    """Of imitation's term."""
    upright_weight: float = 0.1
    """Of imitation's term."""


@dataclass
class ReachConfig(GuidedConfig):
    """One environment with a goal."""

    max_episode_steps: int = 150
    """Truncate after so many control steps: 5 s; 0: never."""
    planner: PlannerConfig = field(
        default_factory=lambda: PlannerConfig(
            weights=MatchingWeights(path=2.5),
            facing_time=0.4,
            top_turn_rate=1.7,
            homing_speed=0.2,
            homing_distance=0.25,
        )
    )
    """How the motion is planned: goals have to be reached in time, and few clips lead to one."""
    goals: GoalConfig = field(default_factory=GoalConfig)
    """Where goals are."""
    reach_reward: ReachRewardConfig = field(default_factory=ReachRewardConfig)
    """Of the task; ``reward`` is that of following."""
    goal_observation: str = "plan"
    """What the policy sees: ``plan``, the planned motion, as in imitation; ``kinesis``, the goal
    alone in the same layout, as KINESIS's policies do."""


def validate(config: ReachConfig) -> None:
    """Raise InputError for the first value that is out of range."""
    check_guided(config)
    goals = config.goals
    check_names((("goal_observation", config.goal_observation, GOAL_OBSERVATIONS),))
    for place in goals.places:
        if len(place) != 2 or not np.all(np.isfinite(place)):
            raise InputError(f"goals.places has {place}; each place is two numbers, m")
    if goals.waypoints and not goals.places:
        raise InputError("goals.waypoints is true; give them as goals.places")
    if goals.waypoints and goals.hold <= 0.0:
        raise InputError("goals.hold is 0; waypoints need a time after which the next one follows")
    check_ranges(
        (
            ("goals.half_width", goals.half_width, 0.0, 1e3),
            ("goals.radius", goals.radius, 1e-3, 10.0),
            ("goals.hold", goals.hold, 0.0, 1e3),
            ("goals.top_speed", goals.top_speed, 0.0, 10.0),
            ("goals.arrival_time", goals.arrival_time, 1e-2, 100.0),
            ("goals.top_speed_aside", goals.top_speed_aside, 0.0, 10.0),
            ("goals.turning_distance", goals.turning_distance, 0.0, 1e3),
            ("goals.turning_distance_behind", goals.turning_distance_behind, 0.0, 1e3),
            *(
                (f"reach_reward.{name}", getattr(config.reach_reward, name), 0.0, 1e6)
                for name in ReachRewardConfig.__dataclass_fields__
            ),
        )
    )


def native_task(
    config: ReachConfig,
    model: mujoco.MjModel,
    library: MotionLibrary,
    table: _engine.MotionTable,
) -> _engine.Task:
    """Return the engine's task."""
    native = filled(
        _engine.ReachConfig,
        config.goals,
        config.reach_reward,
        guided=native_guided(config, model, library),
        places=[_engine.Place(ahead, left) for ahead, left in config.goals.places],
        centre=list(CENTRE),
        height=SHOWN_HEIGHT,
        observation=getattr(_engine.GoalObservation, config.goal_observation),
    )
    return _engine.ReachTask(table, native)


TASK = TaskDefinition(
    name="reach",
    config=ReachConfig,
    validate=validate,
    needs_prior=imitation.needs_prior,
    sensor_bodies=lambda config: config.tracked_bodies,
    prepare_motions=imitation.prepare_motions,
    native_task=native_task,
    measures={
        "mean_distance": Measure("tracking_error_mm", "tracking error", "mm", 1e3),
        "goal_distance": Measure("goal_distance_m", "distance to the goal", "m"),
        "held": Measure("held_s", "time at the goal", "s"),
    },
    tracked_vectors=imitation.TASK.tracked_vectors,
    axial_vectors=imitation.TASK.axial_vectors,
    library="gait-reach",
    clips_end=False,
)
