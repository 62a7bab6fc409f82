"""What every environment has, whatever its task: body, control, observation, starts.

:class:`EnvConfig` is the part of a task's configuration that all tasks share, and
:func:`engine_config` its translation for the engine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast import _engine
from kinesis_fast.body import (
    ANGULAR_VELOCITY_SENSOR,
    LINEAR_VELOCITY_SENSOR,
    TIMESTEP,
    bodies_with_joints,
    by_name,
    independent_joints,
    muscle_names,
    root_body,
    without_side,
)
from kinesis_fast.body.legs import FOOT_BODIES, FOOT_TOUCH_SENSORS, STIFFNESS
from kinesis_fast.native_settings import filled
from kinesis_fast.settings import NO_UNIT, Before, Of, OneOf, Unit, within
from kinesis_fast.tasks.conditions import (
    ConditionConfig,
    native_conditions,
    native_variation,
)
from kinesis_fast.tasks.devices import native_devices
from kinesis_fast.tasks.randomise import RandomiseConfig

CONTROL_MODES = ("length", "direct", "residual", "joint", "joint_residual")
MODES_WITH_PRIOR = ("residual", "joint", "joint_residual")
"""Control modes that start from the motions' muscle prior."""
PHYSICS = ("lanes", "fused", "mujoco")
MUSCLE_QUANTITIES = ("length", "velocity", "force", "activation")
CONDITIONS = ("strength", "fatigue", "added_mass", "friction", "slope", "ground", "device")
"""What a policy may be told of the condition that its body is in, by kept column."""


@dataclass
class JointControlConfig:
    """How muscles follow joint angles; see ``docs/architecture.md``."""

    reach: Annotated[float, within(0.0, 10.0), Unit("rad")] = 0.3
    """How far an action of 1 offsets a joint."""
    ramp: bool = True
    """Offsets change evenly over a control step, from the last one's; otherwise at once."""
    stiffness: dict[str, Annotated[float, within(0.0, 1e5), Unit("N m/rad")]] = field(
        default_factory=lambda: dict(STIFFNESS)
    )
    """Stiffness of joints of limbs that stand, by joint name, with or without its side (``_r``,
    ``_l``)."""
    other_stiffness: Annotated[float, within(0.0, 1e5), Unit("N m/rad")] = 50.0
    """Stiffness of joints that are not named."""
    damping: Annotated[float, within(0.0, 1.0), Unit("s")] = 0.06
    """Damping over stiffness, of limbs that stand."""
    lead: Annotated[float, within(0.0, 1.0), Unit("s"), Before(0.0)] = 0.02
    """How far ahead the clip's joint angles and velocities are read: muscles answer late."""
    torque_lead: Annotated[float, within(0.0, 1.0), Unit("s"), Before(0.0)] = 0.02
    """How far ahead the clip's torques are read."""
    free_frequency: Annotated[float, within(0.0, 1e4), Unit("rad/s")] = 80.0
    """Highest natural frequency that feedback gives a limb that swings."""
    free_damping: Annotated[float, within(0.0, 100.0), NO_UNIT] = 0.5
    """Damping ratio of a limb that swings."""
    standing_load: Annotated[float, within(1e-3, 1e6), Unit("N")] = 200.0
    """Load under a limb from which it stands; in between, gains go with the load."""
    torque_weight: Annotated[float, within(1e-9, 1e9), Unit("1/(N m)^2")] = 2.0
    """Weight of a squared torque error, where a full activation of one muscle costs 1."""
    effort_weights: dict[str, Annotated[float, within(1e-6, 1e6), NO_UNIT]] = field(
        default_factory=dict
    )
    """Weights of squared activations by muscle name, with or without its side; others 1."""


@dataclass
class EnvConfig:
    """One environment, but for its task."""

    model: str = "myolegs"
    """A name that ``load_model`` knows, or the path of an MJCF file."""
    timestep: Annotated[float, within(1e-5, 0.02), Unit("s")] = TIMESTEP
    """How long a physics substep is."""
    substeps: Annotated[int, within(1, 1000)] = 5
    """Physics substeps in a control step."""
    physics: Annotated[str, OneOf(PHYSICS), Before("fused")] = "lanes"
    """How a substep is computed. ``lanes``: many bodies at once, in single precision, for models
    within their scope; ``fused``: MuJoCo's stages with muscle paths of our own, equal to rounding,
    for models they cover; ``mujoco``: ``mj_step``."""
    control_mode: Annotated[str, OneOf(CONTROL_MODES), Before("length")] = "joint"
    """``length``: actions are target muscle lengths; ``direct``: actions are excitations;
    ``residual``: actions are added to the clip's excitations; ``joint``: actions offset the clip's
    joint angles, and least muscle effort shares the torques; ``joint_residual``: those of
    ``joint``, then one a muscle that is added to the excitations."""
    length_stiffness: Annotated[float, within(0.0, math.inf), Unit("1/m")] = 5.0
    """In mode ``length``: kp over a muscle's peak force."""
    length_damping: Annotated[float, within(0.0, math.inf), Unit("s")] = 0.1
    """In mode ``length``: kd over kp."""
    joint: Annotated[JointControlConfig, Of.POLICY] = field(default_factory=JointControlConfig)
    """Of the modes that follow joint angles."""
    residual_scale: Annotated[float, within(0.0, 1.0), NO_UNIT] = 0.15
    """Excitation that an action of 1 adds, where actions are added to excitations."""
    conditions: ConditionConfig = field(default_factory=ConditionConfig)
    """The condition that the body is in."""
    randomise: RandomiseConfig = field(default_factory=RandomiseConfig)
    """What trainings draw of it anew in every episode; evaluations draw nothing."""
    added_rewards: dict[str, Annotated[float, within(-1e6, 1e6), NO_UNIT]] = field(
        default_factory=dict
    )
    """Weights of reward terms beside the task's own, by name: those of ``cpp/kinesis/task/terms``,
    as ``activation_cost``."""
    observed_bodies: Annotated[list[str], Of.POLICY] = field(default_factory=list)
    """Bodies in the observation, the root first; empty: the root and every body with a joint."""
    observe_muscles: Annotated[list[Annotated[str, OneOf(MUSCLE_QUANTITIES)]], Of.POLICY] = field(
        default_factory=list
    )
    """Muscle quantities in the observation: any of length, velocity, force, activation."""
    observe_conditions: Annotated[list[Annotated[str, OneOf(CONDITIONS)]], Of.POLICY] = field(
        default_factory=list
    )
    """What the policy is told of its body's condition: any of strength and fatigue (of every
    muscle), added_mass (of every body, kg), friction (a factor), slope (which way is up, a vector
    in the heading frame), ground (by how many m it is higher than under the root, 0.12 m to the
    left and to the right, from 0.2 m behind to 1 m ahead in steps of 0.2 m) and device (four
    parameters of each: ``cpp/kinesis/device/devices.hpp``)."""
    random_start: Annotated[bool, Of.EPISODES] = True
    """Draw start times; otherwise clips start at their beginning."""
    auto_reset: Annotated[bool, Of.EPISODES] = True
    """Begin a new episode in the step that ends one; otherwise ended ones wait for a reset."""
    max_episode_steps: Annotated[int, within(0, 10**9), Of.EPISODES] = 0
    """Truncate after so many control steps; 0: where the task ends alone."""


def engine_config(
    config: EnvConfig,
    model: mujoco.MjModel,
    *,
    num_envs: int,
    num_threads: int,
    seed: int,
) -> _engine.EngineConfig:
    """Return the engine's configuration, names resolved to ids of ``model``."""
    return filled(
        _engine.EngineConfig,
        config,
        num_envs=num_envs,
        num_threads=num_threads,
        seed=seed,
        physics=getattr(_engine.Physics, config.physics),
        control=_control_config(config, model),
        condition=native_conditions(config.conditions, config.randomise, model),
        variation=native_variation(config.conditions, config.randomise, model),
        perception=_perception_config(config),
        devices=native_devices(config.conditions.devices, config.randomise.device, model),
        observation=_observation_config(config, model),
    )


def _perception_config(config: EnvConfig) -> _engine.PerceptionConfig:
    step = config.substeps * config.timestep
    least, most = (round(seconds / step) for seconds in config.randomise.delay)
    return filled(
        _engine.PerceptionConfig,
        noise=list(config.randomise.noise.items()),
        least_delay=least,
        most_delay=most,
    )


def joint_stiffness(config: EnvConfig, model: mujoco.MjModel) -> npt.NDArray[np.float64]:
    """Return the stiffness of every independent joint, N m/rad."""
    names = independent_joints(model)
    # The default gains are of MyoLegs' joints; other models may lack some of these.
    plain = {without_side(name) for name in names}
    defaults = JointControlConfig().stiffness
    given = {k: v for k, v in config.joint.stiffness.items() if k in plain or k not in defaults}
    values = by_name("joint.stiffness", given, names, config.joint.other_stiffness)
    return np.array(values)


def effort_weights(config: EnvConfig, model: mujoco.MjModel) -> npt.NDArray[np.float64]:
    """Return the weight of every muscle's squared activation."""
    names = muscle_names(model)
    values = by_name("joint.effort_weights", config.joint.effort_weights, names, 1.0)
    return np.array(values)


def observed_bodies(config: EnvConfig, model: mujoco.MjModel) -> list[str]:
    """Return the names of the observed bodies, the root first."""
    root = model.body(root_body(model)).name
    chosen = list(config.observed_bodies) or bodies_with_joints(model)
    return [root, *(name for name in chosen if name != root)]


def touch_sensors(model: mujoco.MjModel) -> list[str]:
    """Return the names of the foot touch sensors that the model has, in observation order."""
    kinds = (model.sensor(i) for i in range(model.nsensor))
    present = {s.name for s in kinds if int(s.type[0]) == int(mujoco.mjtSensor.mjSENS_TOUCH)}
    return [name for name in FOOT_TOUCH_SENSORS if name in present]


def _control_config(config: EnvConfig, model: mujoco.MjModel) -> _engine.ControlConfig:
    stiffness = joint_stiffness(config, model)
    joint = filled(
        _engine.JointControlConfig,
        config.joint,
        touch_sensors=[int(model.sensor(name).id) for name in touch_sensors(model)],
        stiffness=stiffness.tolist(),
        damping=(config.joint.damping * stiffness).tolist(),  # N m s/rad; the setting is a ratio
        effort_weight=effort_weights(config, model).tolist(),
    )
    return filled(
        _engine.ControlConfig,
        mode=getattr(_engine.ControlMode, config.control_mode),
        length=filled(
            _engine.LengthGains,
            stiffness=config.length_stiffness,
            damping=config.length_damping,
        ),
        residual_scale=config.residual_scale,
        joint=joint,
    )


def _observation_config(config: EnvConfig, model: mujoco.MjModel) -> _engine.ObservationConfig:
    names = observed_bodies(config, model)
    return filled(
        _engine.ObservationConfig,
        bodies=[model.body(name).id for name in names],
        linear_velocity_sensors=sensor_ids(model, LINEAR_VELOCITY_SENSOR, names),
        angular_velocity_sensors=sensor_ids(model, ANGULAR_VELOCITY_SENSOR, names),
        touch_sensors=[model.sensor(name).id for name in touch_sensors(model)],
        feet=[model.body(name).id for name in names if name in FOOT_BODIES],
        **{f"muscle_{name}": name in config.observe_muscles for name in MUSCLE_QUANTITIES},
        conditions=list(config.observe_conditions),
    )


def sensor_ids(model: mujoco.MjModel, prefix: str, bodies: Sequence[str]) -> list[int]:
    """Return the ids of the sensors of one kind, see :mod:`kinesis_fast.body`, of bodies."""
    return [int(model.sensor(prefix + name).id) for name in bodies]
