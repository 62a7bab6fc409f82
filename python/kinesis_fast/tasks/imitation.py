"""The imitation task: follow a reference motion.

Defaults are those of KINESIS (Simos et al. 2025, arXiv 2503.14637).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import mujoco
import numpy as np

from kinesis_fast import _engine
from kinesis_fast.body import LINEAR_VELOCITY_SENSOR, independent_joints, root_body
from kinesis_fast.config import check_names, check_ranges
from kinesis_fast.errors import InputError
from kinesis_fast.motions import MotionLibrary
from kinesis_fast.tasks.definition import ClipProtocol, Measure, TaskDefinition
from kinesis_fast.tasks.environment import (
    MODES_WITH_PRIOR,
    EnvConfig,
    check_environment,
    sensor_ids,
)

TERMINATION_RULES = ("any_body", "mean_body")
REFERENCES = ("retargeted", "source")
JUDGES = ("given", "recorded")
LEG_JOINTS = (
    "hip_flexion",
    "hip_adduction",
    "hip_rotation",
    "knee_angle",
    "ankle_angle",
    "subtalar_angle",
)
"""Without their sides."""
REWARD_TERMS: tuple[str, ...] = ("pos", "vel", "upright", "energy", "prior", "rot")

PROTOCOL_DISTANCE = 0.5
"""Mean distance of the tracked bodies at which the KINESIS protocol calls a clip lost, m."""

MAX_PREVIEW = 1000
"""Control steps ahead."""

STRICT_DISTANCE = 0.15
"""Distance of any tracked body at which the strict variant does, as in training, m."""


@dataclass
class RewardConfig:
    """Weights and exponents of the reward terms; see ``docs/architecture.md``."""

    pos_weight: float = 0.6
    """Weight of exp(-pos_scale * mean squared position error, m^2)."""
    pos_scale: float = 200.0
    """1/m^2."""
    vel_weight: float = 0.2
    """Weight of exp(-vel_scale * mean squared velocity error, m^2/s^2)."""
    vel_scale: float = 5.0
    """s^2/m^2."""
    upright_weight: float = 0.1
    """Weight of exp(-upright_scale * (roll^2 + pitch^2)), rad^2."""
    upright_scale: float = 3.0
    """1/rad^2."""
    energy_weight: float = 0.1
    """Weight of the substeps' mean of exp(-energy_scale * (|u|_1 + |u|_2))."""
    energy_scale: float = 0.05
    """Without a unit."""
    prior_weight: float = 0.0
    """Weight of exp(-prior_scale * mean squared difference of the muscles' activations from those
    of the motion's muscle prior)."""
    prior_scale: float = 30.0
    """Without a unit."""
    rot_weight: float = 0.0
    """Weight of exp(-rot_scale * angle^2), rad^2, between the root and its reference."""
    rot_scale: float = 20.0
    """1/rad^2."""


@dataclass
class ReferenceErrorsConfig:
    """Errors of references as other people's recordings have them, drawn anew in every episode.

    Every pair is what a figure is drawn from, evenly; two equal ones fix it.
    """

    share: float = 0.0
    """Share of episodes whose reference has errors; 0: none are drawn."""
    each: float = 0.5
    """Share of these in which an error of one kind is there."""
    height: list[float] = field(default_factory=lambda: [-0.025, 0.025])
    """m by which the whole motion is too high."""
    slope: list[float] = field(default_factory=lambda: [-0.004, 0.004])
    """rad by which the floor is tilted about each of two axes, through where the episode starts."""
    bend: list[float] = field(default_factory=lambda: [-0.1, 0.21])
    """rad by which both hips and knees are more bent, all together."""
    joints: list[float] = field(default_factory=lambda: [-0.07, 0.07])
    """rad by which each hinge of the legs is off, each on its own."""
    feet: list[float] = field(default_factory=lambda: [-0.07, 0.07])
    """rad by which both feet are turned toes up, together."""
    drift: list[float] = field(default_factory=lambda: [-0.05, 0.05])
    """m/s at which the root drifts along each axis of the floor."""
    shake: list[float] = field(default_factory=lambda: [0.0, 0.01])
    """m, amplitude at which the root shakes along each axis."""
    shake_frequency: list[float] = field(default_factory=lambda: [0.5, 3.0])
    """Hz of it."""
    timing: list[float] = field(default_factory=lambda: [0.0, 0.04])
    """s, amplitude at which the motion is early and late in turn."""
    timing_frequency: list[float] = field(default_factory=lambda: [0.2, 1.5])
    """Hz of it."""
    smoothing: list[float] = field(default_factory=lambda: [0.0, 0.06])
    """s before and after a moment, with which the mean is taken."""
    joint_noise: list[float] = field(default_factory=lambda: [0.0, 0.01])
    """rad, standard deviation of joints' noise, 15 times a second."""
    root_noise: list[float] = field(default_factory=lambda: [0.0, 0.003])
    """m, that of the root along each axis."""
    dropped: list[float] = field(default_factory=lambda: [0.0, 0.3])
    """Share of half seconds whose first four frames stand still."""
    judge: str = "given"
    """What bodies are rewarded for: ``given``, the reference with its errors; ``recorded``, the one
    without."""


@dataclass
class ImitationConfig(EnvConfig):
    """One imitation environment."""

    tracked_bodies: list[str] = field(default_factory=list)
    """Bodies compared with the reference; empty: pelvis, tibia, talus and toes of both sides."""
    reference: str = "retargeted"
    """What tracked bodies are compared with: ``retargeted``, what the model does in the clip; or
    ``source``, the recorded person's own joint centres (KINESIS's way; imported motions)."""
    preview: list[int] = field(default_factory=list)
    """Control steps ahead at which the reference's tracked positions, relative to the root, are in
    the observation too, beside those one control step ahead."""
    observe_root_rotation: bool = False
    """Whether the observation has what turns the root into its reference, one control step ahead
    and at the preview's, and how much faster the reference turns."""
    reward: RewardConfig = field(default_factory=RewardConfig)
    """Reward weights and exponents."""
    termination: str = "any_body"
    """``any_body``: one body over the distance ends; ``mean_body``: the mean over it does."""
    termination_distance: float = 0.15
    """m."""
    randomise_reference: ReferenceErrorsConfig = field(default_factory=ReferenceErrorsConfig)
    """Errors of the reference; trainings draw them, evaluations do not."""


def validate(config: ImitationConfig) -> None:
    """Raise InputError for the first value that is out of range."""
    check_environment(config)
    check_names(
        (
            ("termination", config.termination, TERMINATION_RULES),
            ("reference", config.reference, REFERENCES),
        )
    )
    check_ranges(
        (
            ("termination_distance", config.termination_distance, 0.0, np.inf),
            *((f"reward.{name}", value, 0.0, 1e9) for name, value in vars(config.reward).items()),
            *(("preview", steps, 1, MAX_PREVIEW) for steps in config.preview),
        )
    )
    _check_errors(config)


SPANS: dict[str, tuple[float, float]] = {
    "height": (-1.0, 1.0),
    "slope": (-0.5, 0.5),
    "bend": (-1.0, 1.0),
    "joints": (-1.0, 1.0),
    "feet": (-1.0, 1.0),
    "drift": (-2.0, 2.0),
    "shake": (0.0, 1.0),
    "shake_frequency": (0.0, 15.0),
    "timing": (0.0, 0.5),
    "timing_frequency": (0.0, 5.0),
    "smoothing": (0.0, 0.5),
    "joint_noise": (0.0, 1.0),
    "root_noise": (0.0, 0.5),
    "dropped": (0.0, 1.0),
}
"""Ranges of what errors of references may be drawn from."""


def _check_errors(config: ImitationConfig) -> None:
    errors = config.randomise_reference
    check_names((("randomise_reference.judge", errors.judge, JUDGES),))
    check_ranges(
        (
            ("randomise_reference.share", errors.share, 0.0, 1.0),
            ("randomise_reference.each", errors.each, 0.0, 1.0),
            *(
                (f"randomise_reference.{name}", value, low, high)
                for name, (low, high) in SPANS.items()
                for value in getattr(errors, name)
            ),
        )
    )
    for name in SPANS:
        span = getattr(errors, name)
        if len(span) != 2 or span[0] > span[1]:
            raise InputError(
                f"randomise_reference.{name} is {span}; it must be a lower and an upper bound"
            )
    if errors.timing[1] * errors.timing_frequency[1] * 2 * np.pi >= 1.0:
        raise InputError(
            f"randomise_reference.timing {errors.timing[1]} s at timing_frequency "
            f"{errors.timing_frequency[1]} Hz would play the motion backward; lower one of them"
        )
    if errors.share > 0 and config.reference != "retargeted":
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
    reward = _engine.RewardConfig()
    reward.weight = [getattr(config.reward, f"{term}_weight") for term in REWARD_TERMS]
    reward.scale = [getattr(config.reward, f"{term}_scale") for term in REWARD_TERMS]
    native = _engine.ImitationConfig()
    native.root_body = root_body(model)
    native.tracked_bodies = [model.body(name).id for name in library.tracked_bodies]
    native.linear_velocity_sensors = sensor_ids(
        model, LINEAR_VELOCITY_SENSOR, library.tracked_bodies
    )
    control_timestep = config.substeps * config.timestep
    native.preview = [(steps - 1) * control_timestep for steps in config.preview]
    native.observe_root_rotation = config.observe_root_rotation
    native.reward = reward
    native.termination = getattr(_engine.TerminationRule, config.termination)
    native.termination_distance = config.termination_distance
    return native


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
    judged = table if errors.judge == "recorded" else None
    return _engine.ImitationTask(followed, native_config(config, model, library), judged)


def native_errors(errors: ReferenceErrorsConfig, model: mujoco.MjModel) -> _engine.MotionErrors:
    """Return the engine's errors of references, of a model with the legs of ``body.legs``."""
    native = _engine.MotionErrors()
    native.share, native.each = errors.share, errors.each
    for name in SPANS:
        if name not in ("bend", "joints", "feet"):
            setattr(native, name, tuple(getattr(errors, name)))
    present = set(independent_joints(model))

    def ids(*plain: str) -> list[int]:
        names = (f"{name}_{side}" for name in plain for side in ("r", "l"))
        return [int(model.joint(name).id) for name in names if name in present]

    together = [(ids("hip_flexion", "knee_angle"), errors.bend), (ids("ankle_angle"), errors.feet)]
    alone = [([joint], errors.joints) for joint in ids(*LEG_JOINTS)]
    native.joints = [
        _engine.JointError(joints, [1.0] * len(joints), (span[0], span[1]))
        for joints, span in (*together, *alone)
        if joints
    ]
    return native


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
