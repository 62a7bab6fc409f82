"""Configuration of the imitation task, and its translation for the engine.

Defaults are those of KINESIS (Simos et al. 2025, arXiv 2503.14637).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast import _engine, models
from kinesis_fast.errors import InputError, did_you_mean

CONTROL_MODES = ("length", "direct", "residual", "joint", "joint_residual")
MODES_WITH_PRIOR = ("residual", "joint", "joint_residual")
"""Control modes that start from the motions' muscle prior."""
PHYSICS = ("fused", "mujoco")
TERMINATION_RULES = ("any_body", "mean_body")
REFERENCES = ("retargeted", "source")
MUSCLE_QUANTITIES = ("length", "velocity", "force", "activation")
REWARD_TERMS: tuple[str, ...] = ("pos", "vel", "upright", "energy", "prior")


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
    prior_weight: float = 0.0
    """Weight of exp(-prior_scale * mean squared difference of the muscles' activations from those
    of the motion's muscle prior)."""
    prior_scale: float = 30.0


@dataclass
class JointControlConfig:
    """How muscles follow joint angles; see ``docs/architecture.md``."""

    reach: float = 0.3
    """rad that an action of 1 offsets a joint by."""
    ramp: bool = True
    """Offsets change evenly over a control step, from the last one's; otherwise at once."""
    stiffness: dict[str, float] = field(
        default_factory=lambda: {
            "hip_flexion": 200.0,
            "hip_adduction": 200.0,
            "hip_rotation": 80.0,
            "knee_angle": 200.0,
            "ankle_angle": 150.0,
            "subtalar_angle": 60.0,
            "mtp_angle": 20.0,
        }
    )
    """N m/rad by joint name, with or without its side (``_r``, ``_l``), of limbs that stand."""
    other_stiffness: float = 50.0
    """N m/rad of joints not named."""
    damping: float = 0.06
    """Damping over stiffness, s, of limbs that stand."""
    free_frequency: float = 20.0
    """rad/s, highest natural frequency that feedback gives a limb that swings."""
    free_damping: float = 0.7
    """Damping ratio of a limb that swings."""
    standing_load: float = 200.0
    """N under a limb from which it stands; in between, gains go with the load."""
    torque_weight: float = 2.0
    """Of a squared torque error, 1/(N m)^2, where a full activation of one muscle costs 1."""
    effort_weights: dict[str, float] = field(default_factory=dict)
    """Weights of squared activations by muscle name, with or without its side; others 1."""


@dataclass
class ImitationConfig:
    """One imitation environment."""

    model: str = "myolegs"
    """A name that ``load_model`` knows, or the path of an MJCF file."""
    timestep: float = models.TIMESTEP
    """Physics substep, s."""
    substeps: int = 5
    """Physics substeps a control step."""
    physics: str = "fused"
    """How a substep is computed. ``fused``: MuJoCo's stages with muscle paths of our own, equal to
    rounding, for models they cover; ``mujoco``: ``mj_step``."""
    control_mode: str = "length"
    """``length``: actions are target muscle lengths; ``direct``: actions are excitations;
    ``residual``: actions are added to the clip's excitations; ``joint``: actions offset the clip's
    joint angles, and least muscle effort shares the torques; ``joint_residual``: those of
    ``joint``, then one a muscle that is added to the excitations."""
    length_stiffness: float = 5.0
    """Length mode: kp over peak force, 1/m."""
    length_damping: float = 0.1
    """Length mode: kd over kp, s."""
    joint: JointControlConfig = field(default_factory=JointControlConfig)
    """Of the modes that follow joint angles."""
    residual_scale: float = 0.15
    """Excitation that an action of 1 adds, where actions are added to excitations."""
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
        ("physics", config.physics, PHYSICS),
        ("termination", config.termination, TERMINATION_RULES),
        ("reference", config.reference, REFERENCES),
        *(("observe_muscles", quantity, MUSCLE_QUANTITIES) for quantity in config.observe_muscles),
    ):
        if value not in valid:
            raise InputError(f"{name} {value!r} is not known{did_you_mean(value, valid)}")
    joint = config.joint
    for name, number, low, high in (
        ("timestep", config.timestep, 1e-5, 0.02),
        ("substeps", config.substeps, 1, 1000),
        ("length_stiffness", config.length_stiffness, 0.0, np.inf),
        ("length_damping", config.length_damping, 0.0, np.inf),
        ("joint.reach", joint.reach, 0.0, 10.0),
        ("joint.other_stiffness", joint.other_stiffness, 0.0, 1e5),
        ("joint.damping", joint.damping, 0.0, 1.0),
        ("joint.free_frequency", joint.free_frequency, 0.0, 1e4),
        ("joint.free_damping", joint.free_damping, 0.0, 100.0),
        ("joint.standing_load", joint.standing_load, 1e-3, 1e6),
        ("joint.torque_weight", joint.torque_weight, 1e-9, 1e9),
        *((f"joint.stiffness.{k}", v, 0.0, 1e5) for k, v in config.joint.stiffness.items()),
        *(
            (f"joint.effort_weights.{k}", v, 1e-6, 1e6)
            for k, v in config.joint.effort_weights.items()
        ),
        ("residual_scale", config.residual_scale, 0.0, 1.0),
        ("termination_distance", config.termination_distance, 0.0, np.inf),
        ("max_episode_steps", config.max_episode_steps, 0, 10**9),
    ):
        if not low <= number <= high:
            raise InputError(f"{name} is {number}; it must be in [{low:g}, {high:g}]")


def needs_prior(config: ImitationConfig) -> bool:
    """Tell whether the motions must have a muscle prior."""
    return config.control_mode in MODES_WITH_PRIOR or config.reward.prior_weight != 0.0


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
    native.physics = getattr(_engine.Physics, config.physics)
    native.random_start = config.random_start
    native.auto_reset = config.auto_reset
    native.max_episode_steps = config.max_episode_steps
    native.control = _control_config(config, model)
    native.observation = _observation_config(config, model)
    native.imitation = _imitation_config(config, model, tracked_bodies)
    return native


def joint_stiffness(config: ImitationConfig, model: mujoco.MjModel) -> npt.NDArray[np.float64]:
    """Return the stiffness of every independent joint, N m/rad."""
    names = models.independent_joints(model)
    # The default gains are of MyoLegs' joints; other models may lack some of these.
    plain = {models.without_side(name) for name in names}
    defaults = JointControlConfig().stiffness
    given = {k: v for k, v in config.joint.stiffness.items() if k in plain or k not in defaults}
    values = models.by_name("joint.stiffness", given, names, config.joint.other_stiffness)
    return np.array(values)


def effort_weights(config: ImitationConfig, model: mujoco.MjModel) -> npt.NDArray[np.float64]:
    """Return the weight of every muscle's squared activation."""
    names = models.muscle_names(model)
    values = models.by_name("joint.effort_weights", config.joint.effort_weights, names, 1.0)
    return np.array(values)


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


def _control_config(config: ImitationConfig, model: mujoco.MjModel) -> _engine.ControlConfig:
    gains = _engine.LengthGains()
    gains.stiffness, gains.damping = config.length_stiffness, config.length_damping
    native = _engine.ControlConfig()
    native.mode = getattr(_engine.ControlMode, config.control_mode)
    native.length = gains
    native.residual_scale = config.residual_scale
    joint = _engine.JointControlConfig()
    joint.reach, joint.torque_weight = config.joint.reach, config.joint.torque_weight
    joint.ramp = config.joint.ramp
    joint.free_frequency, joint.free_damping = (
        config.joint.free_frequency,
        config.joint.free_damping,
    )
    joint.standing_load = config.joint.standing_load
    joint.touch_sensors = [int(model.sensor(name).id) for name in touch_sensors(model)]
    joint.stiffness = joint_stiffness(config, model).tolist()
    joint.damping = [config.joint.damping * value for value in joint.stiffness]
    joint.effort_weight = effort_weights(config, model).tolist()
    native.joint = joint
    return native


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
