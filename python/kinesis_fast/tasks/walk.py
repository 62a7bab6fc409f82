"""The walking task: go as commanded with least effort; how is left open.

Steering, paid otherwise: for the commanded velocity and facing, less what muscles cost, what joints
are beyond their ranges, and how the head is shaken. The planned motion is a pattern that control
starts from; what following it is worth is ``steer_reward.follow_weight``, which later runs of a
training lower to nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Annotated

import mujoco

from kinesis_fast import _engine
from kinesis_fast.body.fibres import Fibres
from kinesis_fast.motions import MotionLibrary
from kinesis_fast.native_settings import filled
from kinesis_fast.settings import NO_UNIT, Of, OneOf, Unit, within
from kinesis_fast.tasks import steer
from kinesis_fast.tasks.environment import CONDITIONS, CONTROL_MODES
from kinesis_fast.tasks.steer import CommandConfig, SteerConfig, SteerRewardConfig
from kinesis_fast.tasks.trial import NEVER_LOST
from kinesis_fast.tasks.walk_trials import Speeds


def _commands() -> CommandConfig:
    return CommandConfig(
        interval=6.0, least_speed=0.6, top_speed=1.8, standing=0.15, sideways=0.0, turn=math.pi / 6
    )


def _steer_reward() -> SteerRewardConfig:
    return SteerRewardConfig(
        follow_weight=0.3, velocity_weight=0.8, velocity_scale=20.0, facing_weight=0.2
    )


@dataclass
class WalkRewardConfig:
    """Weights of what walking costs."""

    alive_weight: Annotated[float, within(0.0, 1e6), NO_UNIT] = 0.5
    """Of every control step: where steps cost more than they earn, a fall would pay."""
    metabolic_weight: Annotated[float, within(0.0, 1e6), Unit("kg/W")] = 0.04
    """Weight of minus the muscles' metabolic power over the body's mass (Bhargava et al. 2004)."""
    drive_weight: Annotated[float, within(0.0, 1e6), NO_UNIT] = 0.0
    """Weight of minus the mean cube of the muscles' neural drive, activation over what a weak or
    tired muscle can make (effort after Ackermann and van den Bogert, J. Biomech. 43, 2010): what
    makes a body spare its weak muscles."""
    limits_weight: Annotated[float, within(0.0, 1e6), Unit("1/rad^2")] = 2.0
    """Weight of minus the squares of what joints are beyond their ranges less a margin."""
    limits_margin: Annotated[float, within(0.0, 1.0), Unit("rad")] = 0.05
    """How far inside a joint's range that begins."""
    head_weight: Annotated[float, within(0.0, 1e6), Unit("s^4/m^2")] = 0.003
    """Weight of minus the squared acceleration of the root, to which trunk and head are fixed."""


@dataclass
class WalkConfig(SteerConfig):
    """One walking environment."""

    max_episode_steps: Annotated[int, within(0, 10**9), Of.EPISODES] = 600
    """Truncate after so many control steps; 0: never."""
    control_mode: Annotated[str, OneOf(CONTROL_MODES)] = "joint"
    """As in every task; here joints of the pattern are offset unless told otherwise."""
    observe_conditions: Annotated[list[Annotated[str, OneOf(CONDITIONS)]], Of.POLICY] = field(
        default_factory=lambda: ["strength", "fatigue"]
    )
    """What the policy is told of its body's condition."""
    termination_distance: Annotated[float, within(0.0, math.inf), Unit("m")] = NEVER_LOST
    """Distance from the plan at which an episode is lost: by default only falls end it."""
    commands: CommandConfig = field(default_factory=_commands)
    """Where commands come from: by default slow turns, 0.6 to 1.8 m/s."""
    steer_reward: SteerRewardConfig = field(default_factory=_steer_reward)
    """What going as commanded is worth, and following the pattern."""
    walk_reward: WalkRewardConfig = field(default_factory=WalkRewardConfig)
    """What walking costs."""


def native_task(
    config: WalkConfig,
    model: mujoco.MjModel,
    library: MotionLibrary,
    table: _engine.MotionTable,
) -> _engine.Task:
    """Return the engine's task."""
    fibres = Fibres.of(model)
    tissue = filled(
        _engine.FibreTissue,
        mass=fibres.mass.tolist(),
        slow=fibres.slow.tolist(),
        optimal_length=fibres.optimal_length.tolist(),
        shift=fibres.shift.tolist(),
        stretches=fibres.pulled.tolist(),
    )
    native = filled(
        _engine.WalkConfig,
        config.walk_reward,
        steer=steer.native_steer(config, model, library),
        tissue=tissue,
    )
    return _engine.WalkTask(model._address, table, native)


TASK = replace(
    steer.TASK,
    name="walk",
    config=WalkConfig,
    native_task=native_task,
    polar_vectors=(*steer.TASK.polar_vectors, "command_velocity", "stride_velocity"),
    axial_vectors=(*steer.TASK.axial_vectors, "facing_error"),
    protocols={"speeds": Speeds, **steer.TASK.protocols},
)
