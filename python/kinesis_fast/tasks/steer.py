"""The steering task: move at a commanded velocity, facing a commanded way."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Annotated

import mujoco
import numpy as np

from kinesis_fast import _engine
from kinesis_fast.config import check_ranges
from kinesis_fast.errors import InputError
from kinesis_fast.motions import MotionLibrary
from kinesis_fast.native_settings import filled
from kinesis_fast.settings import NO_UNIT, Of, Unit, within
from kinesis_fast.tasks import imitation
from kinesis_fast.tasks.definition import Measure, TaskDefinition
from kinesis_fast.tasks.guided import GuidedConfig, check_guided, native_guided
from kinesis_fast.tasks.steer_trials import Pushes, Ways

COMMAND = ("time", "speed", "direction", "facing")
"""What an entry of a schedule has: s, m/s, and degrees to the left of the facing at the start."""


@dataclass
class CommandConfig:
    """Where commands come from."""

    schedule: list[list[float]] = field(default_factory=list)
    """Commands from a time of the episode on: time (s), speed (m/s), direction and facing (degrees
    from the facing at the start, to the left). Without any, commands are drawn."""
    interval: Annotated[float, within(0.0, 1e6), Unit("s")] = 3.0
    """Time after which another command is drawn; 0: the first one stays, or what is set."""
    least_speed: Annotated[float, within(0.0, 10.0), Unit("m/s")] = 0.0
    """The slowest drawn command to go where it faces."""
    top_speed: Annotated[float, within(0.0, 10.0), Unit("m/s")] = 1.5
    """The fastest command that is drawn."""
    top_sideways_speed: Annotated[float, within(0.0, 10.0), Unit("m/s")] = 0.6
    """The fastest drawn command that faces another way than it goes."""
    standing: Annotated[float, within(0.0, 1.0), NO_UNIT] = 0.15
    """Share of drawn commands that are to stand."""
    sideways: Annotated[float, within(0.0, 1.0), NO_UNIT] = 0.3
    """Share of drawn commands that face another way than they go."""
    turn: Annotated[float, within(0.0, math.pi), Unit("rad")] = math.pi
    """How far the next drawn direction is from the facing that was commanded last, at most."""


@dataclass
class SteerRewardConfig:
    """Weights and exponents of the task's reward."""

    follow_weight: Annotated[float, within(0.0, 1e6), NO_UNIT] = 0.5
    """Weight of the imitation reward of the planned motion."""
    velocity_weight: Annotated[float, within(0.0, 1e6), NO_UNIT] = 0.35
    """Weight of exp(-velocity_scale * squared error of the mean velocity, m/s)."""
    velocity_scale: Annotated[float, within(0.0, 1e6), Unit("s^2/m^2")] = 4.0
    """How fast the velocity term falls with the squared error."""
    facing_weight: Annotated[float, within(0.0, 1e6), NO_UNIT] = 0.15
    """Weight of exp(-facing_scale * squared error of the facing, rad)."""
    facing_scale: Annotated[float, within(0.0, 1e6), Unit("1/rad^2")] = 4.0
    """How fast the facing term falls with the squared error."""


@dataclass
class SteerConfig(GuidedConfig):
    """One steered environment."""

    max_episode_steps: Annotated[int, within(0, 10**9), Of.EPISODES] = 300
    """Truncate after so many control steps; 0: never."""
    commands: CommandConfig = field(default_factory=CommandConfig)
    """Where commands come from."""
    steer_reward: SteerRewardConfig = field(default_factory=SteerRewardConfig)
    """Of the task; ``reward`` is that of following."""
    stride: Annotated[float, within(1e-2, 1e3), Unit("s")] = 0.5
    """Time constant of the mean velocity that is compared with the command."""


def validate(config: SteerConfig) -> None:
    """Raise InputError for the first value that is out of range."""
    check_guided(config)
    commands = config.commands
    if commands.least_speed > commands.top_speed:
        raise InputError(
            f"commands.least_speed is {commands.least_speed:g}; it must be at most "
            f"commands.top_speed, {commands.top_speed:g}"
        )
    last = -np.inf
    for entry in config.commands.schedule:
        if len(entry) != len(COMMAND) or not np.all(np.isfinite(entry)):
            raise InputError(
                f"commands.schedule has {entry}; each entry is {', '.join(COMMAND)}, four numbers"
            )
        if entry[0] <= last:
            raise InputError(f"commands.schedule: time {entry[0]:g} s does not rise")
        last = entry[0]
        check_ranges((("commands.schedule: speed", entry[1], 0.0, 10.0),))


def native_task(
    config: SteerConfig,
    model: mujoco.MjModel,
    library: MotionLibrary,
    table: _engine.MotionTable,
) -> _engine.Task:
    """Return the engine's task."""
    return _engine.SteerTask(table, native_steer(config, model, library))


def native_steer(
    config: SteerConfig, model: mujoco.MjModel, library: MotionLibrary
) -> _engine.SteerConfig:
    """Return the engine's configuration, names resolved to ids of ``model``."""
    schedule = [
        _engine.SteerCommand(time, speed, np.deg2rad(direction), np.deg2rad(facing))
        for time, speed, direction, facing in config.commands.schedule
    ]
    return filled(
        _engine.SteerConfig,
        config.commands,
        config.steer_reward,
        guided=native_guided(config, model, library),
        schedule=schedule,
        stride=config.stride,
    )


TASK = TaskDefinition(
    name="steer",
    config=SteerConfig,
    validate=validate,
    needs_prior=imitation.needs_prior,
    sensor_bodies=lambda config: config.tracked_bodies,
    prepare_motions=imitation.prepare_motions,
    native_task=native_task,
    measures={
        "mean_distance": Measure("tracking_error_mm", "tracking error", "mm", 1e3),
        "speed_error": Measure("speed_error_m_s", "speed error", "m/s"),
        "direction_error": Measure("direction_error_deg", "direction error", "°", 180.0 / np.pi),
        "facing_error": Measure("facing_error_deg", "facing error", "°", 180.0 / np.pi),
    },
    tracked_vectors=imitation.TASK.tracked_vectors,
    axial_vectors=imitation.TASK.axial_vectors,
    library="gait-steer",
    protocols={"ways": Ways, "pushes": Pushes},
    told="command",
    clips_end=False,
)
