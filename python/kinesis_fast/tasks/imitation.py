"""The imitation task: follow a reference motion.

Defaults are those of KINESIS (Simos et al. 2025, arXiv 2503.14637).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Annotated

import mujoco

from kinesis_fast import _engine
from kinesis_fast.body import LINEAR_VELOCITY_SENSOR, root_body
from kinesis_fast.body.legs import SIDES
from kinesis_fast.errors import InputError
from kinesis_fast.motions import MotionLibrary
from kinesis_fast.native_settings import filled
from kinesis_fast.settings import NO_UNIT, Of, OneOf, Unit, check, within
from kinesis_fast.tasks.definition import ClipProtocol, Measure, TaskDefinition
from kinesis_fast.tasks.environment import (
    MODES_WITH_PRIOR,
    EnvConfig,
    sensor_ids,
)
from kinesis_fast.tasks.ground import native_field
from kinesis_fast.tasks.randomise import RandomiseConfig
from kinesis_fast.tasks.reference_errors import ReferenceErrorsConfig, check_timing, native_errors

TERMINATION_RULES = ("any_body", "mean_body")
REFERENCES = ("retargeted", "source")
REWARD_TERMS: tuple[str, ...] = ("pos", "vel", "upright", "energy", "prior", "rot")

PROTOCOL_DISTANCE = 0.5
"""Mean distance of the tracked bodies at which the KINESIS protocol calls a clip lost, m."""

PLANTED = tuple(f"calcn_{side}" for side in SIDES)
"""Bodies that keep their place on the floor where it slopes."""

LAYING_ITERATIONS = 5
"""Steps in which legs find them: on 10 degrees they then miss by less than 0.1 mm in the median."""

MAX_PREVIEW = 1000
"""Control steps that a preview may look ahead."""

STRICT_DISTANCE = 0.15
"""Distance of any tracked body at which the strict variant does, as in training, m."""


@dataclass
class RewardConfig:
    """Weights and exponents of the reward terms; see ``docs/architecture.md``."""

    pos_weight: Annotated[float, within(0.0, 1e9), NO_UNIT] = 0.6
    """Weight of exp(-pos_scale * mean squared position error, m^2)."""
    pos_scale: Annotated[float, within(0.0, 1e9), Unit("1/m^2")] = 200.0
    """How fast the position term falls with the mean squared error."""
    vel_weight: Annotated[float, within(0.0, 1e9), NO_UNIT] = 0.2
    """Weight of exp(-vel_scale * mean squared velocity error, m^2/s^2)."""
    vel_scale: Annotated[float, within(0.0, 1e9), Unit("s^2/m^2")] = 5.0
    """How fast the velocity term falls with the mean squared error."""
    upright_weight: Annotated[float, within(0.0, 1e9), NO_UNIT] = 0.1
    """Weight of exp(-upright_scale * (roll^2 + pitch^2)), rad^2."""
    upright_scale: Annotated[float, within(0.0, 1e9), Unit("1/rad^2")] = 3.0
    """How fast the upright term falls with the squared angles."""
    energy_weight: Annotated[float, within(0.0, 1e9), NO_UNIT] = 0.1
    """Weight of the substeps' mean of exp(-energy_scale * (|u|_1 + |u|_2))."""
    energy_scale: Annotated[float, within(0.0, 1e9), NO_UNIT] = 0.05
    """How fast the energy term falls with the norms of the excitations."""
    prior_weight: Annotated[float, within(0.0, 1e9), NO_UNIT] = 0.0
    """Weight of exp(-prior_scale * mean squared difference of the muscles' activations from those
    of the motion's muscle prior)."""
    prior_scale: Annotated[float, within(0.0, 1e9), NO_UNIT] = 30.0
    """How fast the prior term falls with the mean squared difference."""
    rot_weight: Annotated[float, within(0.0, 1e9), NO_UNIT] = 0.0
    """Weight of exp(-rot_scale * angle^2), rad^2, between the root and its reference."""
    rot_scale: Annotated[float, within(0.0, 1e9), Unit("1/rad^2")] = 20.0
    """How fast the rotation term falls with the squared angle."""


@dataclass
class ImitationConfig(EnvConfig):
    """One imitation environment."""

    tracked_bodies: Annotated[list[str], Of.FOLLOWING] = field(default_factory=list)
    """Bodies compared with the reference; empty: pelvis, tibia, talus and toes of both sides."""
    reference: Annotated[str, OneOf(REFERENCES)] = "retargeted"
    """What tracked bodies are compared with: ``retargeted``, what the model does in the clip; or
    ``source``, the recorded person's own joint centres (KINESIS's way; imported motions)."""
    preview: Annotated[list[Annotated[int, within(1, MAX_PREVIEW)]], Of.POLICY] = field(
        default_factory=list
    )
    """Control steps ahead at which the reference's tracked positions, relative to the root, are in
    the observation too, beside those one control step ahead."""
    observe_root_rotation: Annotated[bool, Of.POLICY] = False
    """Whether the observation has what turns the root into its reference, one control step ahead
    and at the preview's, and how much faster the reference turns."""
    reward: Annotated[RewardConfig, Of.FOLLOWING] = field(default_factory=RewardConfig)
    """Reward weights and exponents."""
    termination: Annotated[str, OneOf(TERMINATION_RULES)] = "any_body"
    """``any_body``: one body over the distance ends; ``mean_body``: the mean over it does."""
    termination_distance: Annotated[float, within(0.0, math.inf), Unit("m")] = 0.15
    """Distance from the reference at which an episode is lost."""
    randomise_reference: ReferenceErrorsConfig = field(default_factory=ReferenceErrorsConfig)
    """Errors of the reference; trainings draw them, evaluations do not."""


def validate(config: ImitationConfig) -> None:
    """Raise InputError for the first value that is out of range."""
    check(config)
    check_timing(config.randomise_reference)
    if config.randomise_reference.share > 0 and config.reference != "retargeted":
        raise InputError(
            "randomise_reference needs reference=retargeted: errors are of the model's joints"
        )


def needs_prior(config: ImitationConfig) -> bool:
    """Tell whether the motions must have a muscle prior."""
    return config.control_mode in MODES_WITH_PRIOR or config.reward.prior_weight != 0.0


def prepare_motions(
    config: ImitationConfig, model: mujoco.MjModel, library: MotionLibrary
) -> MotionLibrary:
    """Return the motions as the task compares bodies with them."""
    if config.reference == "source":
        library = library.with_source_reference()
    if config.tracked_bodies and tuple(config.tracked_bodies) != library.tracked_bodies:
        library = library.track(model, config.tracked_bodies)
    return library


def native_config(
    config: ImitationConfig, model: mujoco.MjModel, library: MotionLibrary
) -> _engine.ImitationConfig:
    """Return the engine's configuration, names resolved to ids of ``model``."""
    tracked = library.tracked_bodies
    control_timestep = config.substeps * config.timestep
    reward = filled(
        _engine.RewardConfig,
        weight=[getattr(config.reward, f"{term}_weight") for term in REWARD_TERMS],
        scale=[getattr(config.reward, f"{term}_scale") for term in REWARD_TERMS],
    )
    return filled(
        _engine.ImitationConfig,
        config,
        root_body=root_body(model),
        tracked_bodies=[model.body(name).id for name in tracked],
        linear_velocity_sensors=sensor_ids(model, LINEAR_VELOCITY_SENSOR, tracked),
        preview=[(steps - 1) * control_timestep for steps in config.preview],
        reward=reward,
        termination=getattr(_engine.TerminationRule, config.termination),
    )


def legs_to_lay(model: mujoco.MjModel) -> _engine.PlantedLegs | None:
    """Return the legs by which references are laid on the ground; None for a body with others."""
    feet = [mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_BODY, name) for name in PLANTED]
    if min(feet) < 0:
        return None
    return _engine.PlantedLegs(model._address, feet, LAYING_ITERATIONS)


def native_task(
    config: ImitationConfig,
    model: mujoco.MjModel,
    library: MotionLibrary,
    table: _engine.MotionTable,
) -> _engine.Task:
    """Return the engine's task."""
    errors = config.randomise_reference
    followed: _engine.Reference = table
    if errors.share > 0:
        tracked = [model.body(name).id for name in library.tracked_bodies]
        followed = _engine.DisturbedMotion(
            table, model._address, tracked, native_errors(errors, model)
        )
    judged: _engine.Reference | None = table if errors.judge == "recorded" else None
    legs = legs_to_lay(model)
    if legs is not None:
        ground = native_field(config.conditions.ground)
        followed = _engine.LaidMotion(followed, legs, ground)
        judged = None if judged is None else _engine.LaidMotion(judged, legs, ground)
    return _engine.ImitationTask(followed, native_config(config, model, library), judged)


TASK = TaskDefinition(
    name="imitation",
    config=ImitationConfig,
    validate=validate,
    needs_prior=needs_prior,
    sensor_bodies=lambda config: config.tracked_bodies,
    prepare_motions=prepare_motions,
    native_task=native_task,
    measures={"mean_distance": Measure("tracking_error_mm", "tracking error", "mm", 1e3)},
    tracked_vectors=("ref_pos_diff", "ref_vel_diff", "ref_pos_local", "ref_preview"),
    drawn={"randomise": RandomiseConfig, "randomise_reference": ReferenceErrorsConfig},
    axial_vectors=("ref_root_turn", "ref_root_ang_vel_diff", "ref_root_preview"),
    protocol=ClipProtocol(
        distance="mean_distance",
        settings={
            "random_start": False,
            "max_episode_steps": 0,
            "termination": "mean_body",
            "termination_distance": PROTOCOL_DISTANCE,
        },
        strict={"termination": "any_body", "termination_distance": STRICT_DISTANCE},
    ),
)
