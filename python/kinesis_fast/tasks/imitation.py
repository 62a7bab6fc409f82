"""Configuration of the imitation task, and its translation for the engine.

Defaults are those of KINESIS (Simos et al. 2025, arXiv 2503.14637).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import mujoco
import numpy as np

from kinesis_fast import _engine, models
from kinesis_fast.errors import InputError, did_you_mean

CONTROL_MODES = ("length", "direct")
TERMINATION_RULES = ("any_body", "mean_body")
REFERENCES = ("retargeted", "source")
MUSCLE_QUANTITIES = ("length", "velocity", "force", "activation")
REWARD_TERMS: tuple[str, ...] = ("pos", "vel", "upright", "energy")


@dataclass
class RewardConfig:
    """Weights and exponents of the reward terms; see ``docs/architecture.md``."""

    pos_weight: float = 0.6
    """Weight of exp(-pos_scale * mean squared position error, m^2)."""
    pos_scale: float = 200.0
    vel_weight: float = 0.2
    """Weight of exp(-vel_scale * mean squared velocity error, m^2/s^2)."""
    vel_scale: float = 5.0
    upright_weight: float = 0.1
    """Weight of exp(-upright_scale * (roll^2 + pitch^2)), rad^2."""
    upright_scale: float = 3.0
    energy_weight: float = 0.1
    """Weight of the substeps' mean of exp(-energy_scale * (|u|_1 + |u|_2))."""
    energy_scale: float = 0.05


@dataclass
class ImitationConfig:
    """One imitation environment."""

    model: str = "myolegs"
    """A name that ``load_model`` knows, or the path of an MJCF file."""
    timestep: float = models.TIMESTEP
    """Physics substep, s."""
    substeps: int = 5
    """Physics substeps a control step."""
    control_mode: str = "length"
    """``length``: actions are target muscle lengths; ``direct``: actions are excitations."""
    length_stiffness: float = 5.0
    """Length mode: kp over peak force, 1/m."""
    length_damping: float = 0.1
    """Length mode: kd over kp, s."""
    tracked_bodies: list[str] = field(default_factory=list)
    """Bodies compared with the reference; empty: pelvis, tibia, talus and toes of both sides."""
    reference: str = "retargeted"
    """What tracked bodies are compared with: ``retargeted``, what the model does in the clip; or
    ``source``, the recorded person's own joint centres (KINESIS's way; imported motions)."""
    observed_bodies: list[str] = field(default_factory=list)
    """Bodies in the observation, the root first; empty: the root and every body with a joint."""
    observe_muscles: list[str] = field(default_factory=list)
    """Muscle quantities in the observation: any of length, velocity, force, activation."""
    reward: RewardConfig = field(default_factory=RewardConfig)
    """Reward weights and exponents."""
    termination: str = "any_body"
    """``any_body``: one body over the distance ends; ``mean_body``: the mean over it does."""
    termination_distance: float = 0.15
    """m."""
    random_start: bool = True
    """Draw start times; otherwise clips start at their beginning."""
    auto_reset: bool = True
    """Begin a new episode in the step that ends one; otherwise ended ones wait for a reset."""
    max_episode_steps: int = 0
    """Truncate after so many control steps; 0: at the clip's end only."""


def validate(config: ImitationConfig) -> None:
    """Raise InputError for the first value that is out of range."""
    for name, value, valid in (
        ("control_mode", config.control_mode, CONTROL_MODES),
        ("termination", config.termination, TERMINATION_RULES),
        ("reference", config.reference, REFERENCES),
        *(("observe_muscles", quantity, MUSCLE_QUANTITIES) for quantity in config.observe_muscles),
    ):
        if value not in valid:
            raise InputError(f"{name} {value!r} is not known{did_you_mean(value, valid)}")
    for name, number, low, high in (
        ("timestep", config.timestep, 1e-5, 0.02),
        ("substeps", config.substeps, 1, 1000),
        ("length_stiffness", config.length_stiffness, 0.0, np.inf),
        ("length_damping", config.length_damping, 0.0, np.inf),
        ("termination_distance", config.termination_distance, 0.0, np.inf),
        ("max_episode_steps", config.max_episode_steps, 0, 10**9),
    ):
        if not low <= number <= high:
            raise InputError(f"{name} is {number}; it must be in [{low:g}, {high:g}]")


def engine_config(
    config: ImitationConfig,
    model: mujoco.MjModel,
    tracked_bodies: Sequence[str],
    *,
    num_envs: int,
    num_threads: int,
    seed: int,
) -> _engine.EngineConfig:
    """Return the engine's configuration, names resolved to ids of ``model``."""
    native = _engine.EngineConfig()
    native.num_envs, native.num_threads, native.seed = num_envs, num_threads, seed
    native.substeps = config.substeps
    native.random_start = config.random_start
    native.auto_reset = config.auto_reset
    native.max_episode_steps = config.max_episode_steps
    native.control = getattr(_engine.ControlMode, config.control_mode)
    gains = _engine.LengthGains()
    gains.stiffness, gains.damping = config.length_stiffness, config.length_damping
    native.length_gains = gains
    native.observation = _observation_config(config, model)
    native.imitation = _imitation_config(config, model, tracked_bodies)
    return native


def observed_bodies(config: ImitationConfig, model: mujoco.MjModel) -> list[str]:
    """Return the names of the observed bodies, the root first."""
    root = model.body(models.root_body(model)).name
    chosen = list(config.observed_bodies) or models.bodies_with_joints(model)
    return [root, *(name for name in chosen if name != root)]


def touch_sensors(model: mujoco.MjModel) -> list[str]:
    """Return the names of the foot touch sensors that the model has, in observation order."""
    kinds = (model.sensor(i) for i in range(model.nsensor))
    present = {s.name for s in kinds if int(s.type[0]) == int(mujoco.mjtSensor.mjSENS_TOUCH)}
    return [name for name in models.FOOT_TOUCH_SENSORS if name in present]


def _observation_config(
    config: ImitationConfig, model: mujoco.MjModel
) -> _engine.ObservationConfig:
    names = observed_bodies(config, model)
    native = _engine.ObservationConfig()
    native.bodies = [model.body(name).id for name in names]
    native.linear_velocity_sensors = _sensor_ids(model, models.LINEAR_VELOCITY_SENSOR, names)
    native.angular_velocity_sensors = _sensor_ids(model, models.ANGULAR_VELOCITY_SENSOR, names)
    native.touch_sensors = [model.sensor(name).id for name in touch_sensors(model)]
    native.muscle_length = "length" in config.observe_muscles
    native.muscle_velocity = "velocity" in config.observe_muscles
    native.muscle_force = "force" in config.observe_muscles
    native.muscle_activation = "activation" in config.observe_muscles
    return native


def _imitation_config(
    config: ImitationConfig, model: mujoco.MjModel, tracked_bodies: Sequence[str]
) -> _engine.ImitationConfig:
    reward = _engine.RewardConfig()
    reward.weight = [getattr(config.reward, f"{term}_weight") for term in REWARD_TERMS]
    reward.scale = [getattr(config.reward, f"{term}_scale") for term in REWARD_TERMS]
    native = _engine.ImitationConfig()
    native.tracked_bodies = [model.body(name).id for name in tracked_bodies]
    native.linear_velocity_sensors = _sensor_ids(
        model, models.LINEAR_VELOCITY_SENSOR, tracked_bodies
    )
    native.reward = reward
    native.termination = getattr(_engine.TerminationRule, config.termination)
    native.termination_distance = config.termination_distance
    return native


def _sensor_ids(model: mujoco.MjModel, prefix: str, bodies: Sequence[str]) -> list[int]:
    return [int(model.sensor(prefix + name).id) for name in bodies]
