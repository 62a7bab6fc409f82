"""The reaching task: get to a place on the floor and stay there.

The default is the protocol of KINESIS (Simos et al. 2025, arXiv 2503.14637).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import mujoco
import numpy as np

from kinesis_fast import _engine
from kinesis_fast.errors import InputError
from kinesis_fast.motions import MotionLibrary
from kinesis_fast.native_settings import filled
from kinesis_fast.settings import NO_UNIT, Of, OneOf, Unit, within
from kinesis_fast.tasks import imitation
from kinesis_fast.tasks.definition import Measure, TaskDefinition
from kinesis_fast.tasks.guided import (
    GuidedConfig,
    MatchingWeights,
    PlannerConfig,
    check_guided,
    native_guided,
)
from kinesis_fast.tasks.reach_trials import KinesisGoals, RingGoals

GOAL_OBSERVATIONS = ("plan", "kinesis")
CENTRE = (-0.71, -0.68)
"""m from the start, of the square of goals: KINESIS's body starts at (0.71, 0.68), and its square
lies about the world's origin."""
SHOWN_HEIGHT = 0.94
"""m, of the goal, that KINESIS's policies see."""


@dataclass
class GoalConfig:
    """Where goals are, and when they are reached."""

    places: list[list[float]] = field(default_factory=list)
    """Goals to draw from, m ahead and m to the left of the start; none: a square of KINESIS's."""
    waypoints: bool = False
    """Go to the places one after the other, instead of to one of them."""
    half_width: Annotated[float, within(0.0, 1e3), Unit("m")] = 2.0
    """Half the width of the square that goals are drawn in."""
    radius: Annotated[float, within(1e-3, 10.0), Unit("m")] = 0.1
    """Distance within which a goal is reached."""
    hold: Annotated[float, within(0.0, 1e3), Unit("s")] = 0.0
    """Time at a goal that ends the episode, or leads on to the next waypoint; 0: never."""
    top_speed: Annotated[float, within(0.0, 10.0), Unit("m/s")] = 1.5
    """The fastest that the plan goes."""
    top_speed_aside: Annotated[float, within(0.0, 10.0), Unit("m/s")] = 0.5
    """The fastest that the plan goes aside or backwards."""
    arrival_time: Annotated[float, within(1e-2, 100.0), Unit("s")] = 0.35
    """Time constant of the critically damped spring by which the plan comes to the goal."""
    turning_distance: Annotated[float, within(0.0, 1e3), Unit("m")] = 0.7
    """Distance beyond which the plan turns to a goal that is ahead; nearer ones are stepped to."""
    turning_distance_behind: Annotated[float, within(0.0, 1e3), Unit("m")] = 1.0
    """The same of a goal that is behind; between them it goes by the angle."""


@dataclass
class ReachRewardConfig:
    """Weights of the task's reward."""

    follow_weight: Annotated[float, within(0.0, 1e6), NO_UNIT] = 0.0
    """Weight of the imitation reward of the planned motion."""
    progress_weight: Annotated[float, within(0.0, 1e6), Unit("1/m")] = 16.0
    """Reward for a metre gained on the goal."""
    arrived_weight: Annotated[float, within(0.0, 1e6), NO_UNIT] = 100.0
    """Reward for a control step within the radius."""
    energy_weight: Annotated[float, within(0.0, 1e6), NO_UNIT] = 0.1
    """Weight of imitation's energy term."""
    upright_weight: Annotated[float, within(0.0, 1e6), NO_UNIT] = 0.1
    """Weight of imitation's upright term."""


@dataclass
class ReachConfig(GuidedConfig):
    """One environment with a goal."""

    max_episode_steps: Annotated[int, within(0, 10**9), Of.EPISODES] = 150
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
    """Where goals are, and when they are reached."""
    reach_reward: ReachRewardConfig = field(default_factory=ReachRewardConfig)
    """Of the task; ``reward`` is that of following."""
    goal_observation: Annotated[str, OneOf(GOAL_OBSERVATIONS)] = "plan"
    """What the policy sees: ``plan``, the planned motion, as in imitation; ``kinesis``, the goal
    alone in the same layout, as KINESIS's policies do."""


def validate(config: ReachConfig) -> None:
    """Raise InputError for the first value that is out of range."""
    check_guided(config)
    goals = config.goals
    for place in goals.places:
        if len(place) != 2 or not np.all(np.isfinite(place)):
            raise InputError(f"goals.places has {place}; each place is two numbers, m")
    if goals.waypoints and not goals.places:
        raise InputError("goals.waypoints is true; give them as goals.places")
    if goals.waypoints and goals.hold <= 0.0:
        raise InputError("goals.hold is 0; waypoints need a time after which the next one follows")


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
    protocols={"kinesis": KinesisGoals, "ring": RingGoals},
    told="goal",
    clips_end=False,
)
