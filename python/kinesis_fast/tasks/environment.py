"""What every environment has, whatever its task: body, control, observation, starts.

:class:`EnvConfig` is the part of a task's configuration that all tasks share, and
:func:`engine_config` its translation for the engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

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
from kinesis_fast.body.legs import FOOT_TOUCH_SENSORS, STIFFNESS
from kinesis_fast.config import check_names, check_ranges
from kinesis_fast.native_settings import filled
from kinesis_fast.tasks.conditions import ConditionConfig, check_conditions, native_conditions

CONTROL_MODES = ("length", "direct", "residual", "joint", "joint_residual")
MODES_WITH_PRIOR = ("residual", "joint", "joint_residual")
"""Control modes that start from the motions' muscle prior."""
PHYSICS = ("lanes", "fused", "mujoco")
MUSCLE_QUANTITIES = ("length", "velocity", "force", "activation")


@dataclass
class JointControlConfig:
    """How muscles follow joint angles; see ``docs/architecture.md``."""

    reach: float = 0.3
    """rad that an action of 1 offsets a joint by."""
    ramp: bool = True
    """Offsets change evenly over a control step, from the last one's; otherwise at once."""
    stiffness: dict[str, float] = field(default_factory=lambda: dict(STIFFNESS))
    """N m/rad by joint name, with or without its side (``_r``, ``_l``), of limbs that stand."""
    other_stiffness: float = 50.0
    """N m/rad of joints not named."""
    damping: float = 0.06
    """Damping over stiffness, s, of limbs that stand."""
    lead: float = 0.02
    """s ahead at which the clip's joint angles and velocities are read: muscles answer late."""
    torque_lead: float = 0.02
    """s ahead at which the clip's torques are read."""
    free_frequency: float = 80.0
    """rad/s, highest natural frequency that feedback gives a limb that swings."""
    free_damping: float = 0.5
    """Damping ratio of a limb that swings."""
    standing_load: float = 200.0
    """N under a limb from which it stands; in between, gains go with the load."""
    torque_weight: float = 2.0
    """Of a squared torque error, 1/(N m)^2, where a full activation of one muscle costs 1."""
    effort_weights: dict[str, float] = field(default_factory=dict)
    """Weights of squared activations by muscle name, with or without its side; others 1."""


@dataclass
class EnvConfig:
    """One environment, but for its task."""

    model: str = "myolegs"
    """A name that ``load_model`` knows, or the path of an MJCF file."""
    timestep: float = TIMESTEP
    """Physics substep, s."""
    substeps: int = 5
    """Physics substeps a control step."""
    physics: str = "lanes"
    """How a substep is computed. ``lanes``: many bodies at once, in single precision, for models
    within their scope; ``fused``: MuJoCo's stages with muscle paths of our own, equal to rounding,
    for models they cover; ``mujoco``: ``mj_step``."""
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
    conditions: ConditionConfig = field(default_factory=ConditionConfig)
    """Of the muscles."""
    observed_bodies: list[str] = field(default_factory=list)
    """Bodies in the observation, the root first; empty: the root and every body with a joint."""
    observe_muscles: list[str] = field(default_factory=list)
    """Muscle quantities in the observation: any of length, velocity, force, activation."""
    random_start: bool = True
    """Draw start times; otherwise clips start at their beginning."""
    auto_reset: bool = True
    """Begin a new episode in the step that ends one; otherwise ended ones wait for a reset."""
    max_episode_steps: int = 0
    """Truncate after so many control steps; 0: where the task ends alone."""


def check_environment(config: EnvConfig) -> None:
    """Raise InputError for the first value that is out of range, the task's aside."""
    check_names(
        (
            ("control_mode", config.control_mode, CONTROL_MODES),
            ("physics", config.physics, PHYSICS),
            *(("observe_muscles", name, MUSCLE_QUANTITIES) for name in config.observe_muscles),
        )
    )
    joint = config.joint
    check_ranges(
        (
            ("timestep", config.timestep, 1e-5, 0.02),
            ("substeps", config.substeps, 1, 1000),
            ("length_stiffness", config.length_stiffness, 0.0, np.inf),
            ("length_damping", config.length_damping, 0.0, np.inf),
            ("joint.reach", joint.reach, 0.0, 10.0),
            ("joint.other_stiffness", joint.other_stiffness, 0.0, 1e5),
            ("joint.damping", joint.damping, 0.0, 1.0),
            ("joint.lead", joint.lead, 0.0, 1.0),
            ("joint.torque_lead", joint.torque_lead, 0.0, 1.0),
            ("joint.free_frequency", joint.free_frequency, 0.0, 1e4),
            ("joint.free_damping", joint.free_damping, 0.0, 100.0),
            ("joint.standing_load", joint.standing_load, 1e-3, 1e6),
            ("joint.torque_weight", joint.torque_weight, 1e-9, 1e9),
            *((f"joint.stiffness.{k}", v, 0.0, 1e5) for k, v in joint.stiffness.items()),
            *((f"joint.effort_weights.{k}", v, 1e-6, 1e6) for k, v in joint.effort_weights.items()),
            ("residual_scale", config.residual_scale, 0.0, 1.0),
            ("max_episode_steps", config.max_episode_steps, 0, 10**9),
        )
    )
    check_conditions(config.conditions)


BEFORE: dict[str, Any] = {"joint": {"lead": 0.0, "torque_lead": 0.0}, "physics": "fused"}
"""Settings that older checkpoints lack, at the values that their absence amounted to."""


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
        condition=native_conditions(config.conditions, model),
        observation=_observation_config(config, model),
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
        **{f"muscle_{name}": name in config.observe_muscles for name in MUSCLE_QUANTITIES},
    )


def sensor_ids(model: mujoco.MjModel, prefix: str, bodies: Sequence[str]) -> list[int]:
    """Return the ids of the sensors of one kind, see :mod:`kinesis_fast.body`, of bodies."""
    return [int(model.sensor(prefix + name).id) for name in bodies]
