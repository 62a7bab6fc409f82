"""The native engine, as the extension module exposes it. Written by ``make stub``."""

from __future__ import annotations

import collections.abc
import typing

import numpy
import numpy.typing

class SoleSphere:
    def __init__(self) -> None: ...
    body: int
    centre: list[float]
    radius: float

class FootPart:
    def __init__(self) -> None: ...
    body: int
    point: list[float]
    sole: list[SoleSphere]

class Foot:
    heel: FootPart
    toes: FootPart
    def __init__(self) -> None: ...
    ankle_target: int
    toes_target: int

class Capsule:
    def __init__(self) -> None: ...
    body: int
    from_: list[float]
    radius: float
    to: list[float]

class RetargetConfig:
    def __init__(self) -> None: ...
    bodies: list[int]
    feet: list[Foot]
    free_joints: list[int]
    left: list[Capsule]
    right: list[Capsule]

class Retargeter:
    """
    Inverse kinematics of clips and a contact pass.
    """
    def __init__(self, model_address: int, config: RetargetConfig) -> None: ...
    def solve(
        self,
        targets: numpy.typing.NDArray[numpy.float64],
        root_quat: numpy.typing.NDArray[numpy.float64],
        frame_rate: float,
        posture: numpy.typing.NDArray[numpy.float64] | None = None,
    ) -> dict[str, typing.Any]: ...

class PlantedLegs:
    """
    Joints of legs whose feet take given poses.
    """
    def __init__(
        self, model_address: int, feet: collections.abc.Sequence[int], iterations: int = 7
    ) -> None: ...
    def solve(
        self,
        qpos: numpy.typing.NDArray[numpy.float64],
        foot_pos: numpy.typing.NDArray[numpy.float64],
        foot_rot: numpy.typing.NDArray[numpy.float64],
    ) -> numpy.typing.NDArray[typing.Any]: ...

class MuscleEffort:
    def __init__(
        self,
        rows: int,
        start: collections.abc.Sequence[int],
        row: collections.abc.Sequence[int],
        row_weight: collections.abc.Sequence[float],
    ) -> None: ...
    def solve(
        self,
        value: numpy.typing.NDArray[numpy.float64],
        wanted: numpy.typing.NDArray[numpy.float64],
        weight: numpy.typing.NDArray[numpy.float64],
        upper: numpy.typing.NDArray[numpy.float64],
    ) -> tuple[typing.Any, ...]: ...

class MotionPriorConfig:
    def __init__(self) -> None: ...
    contact_height: float
    contact_weight: float
    effort_weight: list[float]
    feet: list[list[SoleSphere]]
    floor_slack: float
    friction: float
    highest_contact: float
    root_force_weight: float
    root_torque_weight: float
    torque_weight: float

class MotionPrior:
    def __init__(self, model_address: int, config: MotionPriorConfig) -> None: ...
    def solve(
        self,
        qpos: numpy.typing.NDArray[numpy.float64],
        qvel: numpy.typing.NDArray[numpy.float64],
        qacc: numpy.typing.NDArray[numpy.float64],
        force: numpy.typing.NDArray[numpy.float64] | None = None,
        place: numpy.typing.NDArray[numpy.float64] | None = None,
        floor_frames: int = 0,
        timestep: float = 0.0,
    ) -> dict[str, typing.Any]: ...

class GroundField:
    """
    Heights of uneven ground, on a grid.
    """
    def __init__(self, heights: numpy.typing.NDArray[numpy.float64], cell: float) -> None: ...
    def height(self, ground: collections.abc.Sequence[float], x: float, y: float) -> float:
        """
        How high the ground of a body with these columns is at a place of the world, m.
        """

class Reference:
    """
    What bodies follow.
    """

class MotionTable(Reference):
    """
    Clips; borrows the arrays and keeps them alive.
    """
    def __init__(
        self,
        first_frame: numpy.typing.NDArray[numpy.int64],
        frame_rate: numpy.typing.NDArray[numpy.float64],
        qpos: numpy.typing.NDArray[numpy.float32],
        qvel: numpy.typing.NDArray[numpy.float32],
        tracked_pos: numpy.typing.NDArray[numpy.float32],
        tracked_vel: numpy.typing.NDArray[numpy.float32],
        quaternion_addresses: collections.abc.Sequence[int],
        prior: tuple[
            numpy.typing.NDArray[numpy.float32],
            numpy.typing.NDArray[numpy.float32],
            numpy.typing.NDArray[numpy.float32],
        ]
        | None,
    ) -> None: ...

class JointError:
    def __init__(
        self,
        joints: collections.abc.Sequence[int],
        coefficient: collections.abc.Sequence[float],
        span: tuple[float, float],
    ) -> None: ...

class MotionErrors:
    def __init__(self) -> None: ...
    drift: tuple[float, float]
    dropped: tuple[float, float]
    each: float
    height: tuple[float, float]
    joint_noise: tuple[float, float]
    joints: list[JointError]
    root_noise: tuple[float, float]
    shake: tuple[float, float]
    shake_frequency: tuple[float, float]
    share: float
    slope: tuple[float, float]
    smoothing: tuple[float, float]
    timing: tuple[float, float]
    timing_frequency: tuple[float, float]

class DisturbedMotion(Reference):
    """
    Clips with errors, drawn anew in every episode.
    """
    def __init__(
        self,
        clips: MotionTable,
        model: int,
        tracked: collections.abc.Sequence[int],
        errors: MotionErrors,
    ) -> None: ...
    def read_episode(
        self, clip: int, frame_rate: float, frames: int, seed: int
    ) -> tuple[typing.Any, ...]: ...

class LaidMotion(Reference):
    """
    A motion laid on slopes and uneven ground.
    """
    def __init__(
        self, level: Reference, legs: PlantedLegs, ground: GroundField | None = None
    ) -> None: ...
    def laid(
        self,
        rise: collections.abc.Sequence[float],
        qpos: numpy.typing.NDArray[numpy.float64],
        qvel: numpy.typing.NDArray[numpy.float64],
        ground: collections.abc.Sequence[float] = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    ) -> tuple[typing.Any, ...]: ...

class Physics:
    """
    Members:

      fused

      mujoco

      lanes
    """

    __members__: typing.ClassVar[dict[str, Physics]]
    fused: typing.ClassVar[Physics]
    lanes: typing.ClassVar[Physics]
    mujoco: typing.ClassVar[Physics]
    @typing.overload
    def __eq__(self, other: Physics) -> bool: ...
    @typing.overload
    def __eq__(self, other: typing.Any) -> bool: ...
    def __getstate__(self) -> int: ...
    def __hash__(self) -> int: ...
    def __index__(self) -> int: ...
    def __init__(self, value: int) -> None: ...
    def __int__(self) -> int: ...
    @typing.overload
    def __ne__(self, other: Physics) -> bool: ...
    @typing.overload
    def __ne__(self, other: typing.Any) -> bool: ...
    def __repr__(self) -> str: ...
    def __setstate__(self, state: int) -> None: ...
    def __str__(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def value(self) -> int: ...

class MatchingWeights:
    def __init__(self) -> None: ...
    facing: float
    feet: float
    feet_velocity: float
    path: float
    velocity: float

class MatchingConfig:
    weights: MatchingWeights
    def __init__(self) -> None: ...
    ahead: list[float]
    feet: list[int]
    forward: list[float]
    quaternion_address: int
    remaining: float

class Springs:
    def __init__(self) -> None: ...
    facing_time: float
    top_turn_rate: float
    velocity_time: float

class PlannerConfig:
    springs: Springs
    def __init__(self) -> None: ...
    dwell: float
    follow_time: float
    homing_distance: float
    homing_speed: float
    leash: float
    near: float
    search_interval: float
    start_lead: float
    stay: float
    turn: float

class PlanPlayer:
    """
    Plays what is planned, by itself; of one thread at a time.
    """
    def __init__(
        self,
        clips: MotionTable,
        matching: MatchingConfig,
        planner: PlannerConfig,
        blend_time: float,
        timestep: float,
        frames_a_step: int,
    ) -> None: ...
    def advance(self, velocity: collections.abc.Sequence[float], facing: float) -> None:
        """
        Goes on for a timestep.
        """
    def begin(self, clip: int, time: float) -> None: ...
    def positions(self) -> numpy.typing.NDArray[typing.Any]:
        """
        A copy of the joint positions of what was played, (frames, nq).
        """
    @property
    def root(self) -> tuple[float, float, float]:
        """
        Where the root is (m) and which way it faces (rad).
        """
    @property
    def velocity(self) -> tuple[float, float]:
        """
        Of the root, m/s.
        """

class SteeredPoint:
    """
    A point that takes commands up as planned motions do; see steering.hpp.
    """
    def __init__(self, springs: Springs, speed: float = 0.0) -> None:
        """
        At the origin, facing and going along x.
        """
    def advance(
        self, velocity: collections.abc.Sequence[float], facing: float, seconds: float
    ) -> None:
        """
        Goes on, as long as a spring's time holds several of it.
        """
    @property
    def root(self) -> tuple[float, float, float]:
        """
        Place (m) and facing (rad).
        """
    @property
    def turn_rate(self) -> float:
        """
        rad/s.
        """
    @property
    def velocity(self) -> tuple[float, float]:
        """
        m/s.
        """

class Task:
    @property
    def figures(self) -> list[typing.Any]:
        """
        What a step reports: names, and whether each is a reward term.
        """

class TerminationRule:
    """
    Members:

      any_body

      mean_body
    """

    __members__: typing.ClassVar[dict[str, TerminationRule]]
    any_body: typing.ClassVar[TerminationRule]
    mean_body: typing.ClassVar[TerminationRule]
    @typing.overload
    def __eq__(self, other: TerminationRule) -> bool: ...
    @typing.overload
    def __eq__(self, other: typing.Any) -> bool: ...
    def __getstate__(self) -> int: ...
    def __hash__(self) -> int: ...
    def __index__(self) -> int: ...
    def __init__(self, value: int) -> None: ...
    def __int__(self) -> int: ...
    @typing.overload
    def __ne__(self, other: TerminationRule) -> bool: ...
    @typing.overload
    def __ne__(self, other: typing.Any) -> bool: ...
    def __repr__(self) -> str: ...
    def __setstate__(self, state: int) -> None: ...
    def __str__(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def value(self) -> int: ...

class RewardConfig:
    def __init__(self) -> None: ...
    scale: list[float]
    weight: list[float]

class ImitationConfig:
    observe_root_rotation: bool
    reward: RewardConfig
    termination: TerminationRule
    def __init__(self) -> None: ...
    linear_velocity_sensors: list[int]
    preview: list[float]
    root_body: int
    termination_distance: float
    tracked_bodies: list[int]

class ImitationTask(Task):
    def __init__(
        self, motions: Reference, config: ImitationConfig, judged: Reference | None = None
    ) -> None: ...

class RewardedTask(Task):
    def __init__(
        self, task: Task, weights: collections.abc.Sequence[tuple[str, float]]
    ) -> None: ...

class GuidedConfig:
    ground: GroundField
    imitation: ImitationConfig
    legs: PlantedLegs
    matching: MatchingConfig
    planner: PlannerConfig
    def __init__(self) -> None: ...
    blend_time: float
    control_timestep: float
    fall_height: float

class Place:
    def __init__(self, ahead: float, left: float) -> None: ...

class GoalObservation:
    """
    Members:

      plan

      kinesis
    """

    __members__: typing.ClassVar[dict[str, GoalObservation]]
    kinesis: typing.ClassVar[GoalObservation]
    plan: typing.ClassVar[GoalObservation]
    @typing.overload
    def __eq__(self, other: GoalObservation) -> bool: ...
    @typing.overload
    def __eq__(self, other: typing.Any) -> bool: ...
    def __getstate__(self) -> int: ...
    def __hash__(self) -> int: ...
    def __index__(self) -> int: ...
    def __init__(self, value: int) -> None: ...
    def __int__(self) -> int: ...
    @typing.overload
    def __ne__(self, other: GoalObservation) -> bool: ...
    @typing.overload
    def __ne__(self, other: typing.Any) -> bool: ...
    def __repr__(self) -> str: ...
    def __setstate__(self, state: int) -> None: ...
    def __str__(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def value(self) -> int: ...

class ReachConfig:
    guided: GuidedConfig
    observation: GoalObservation
    waypoints: bool
    def __init__(self) -> None: ...
    arrival_time: float
    arrived_weight: float
    centre: list[float]
    energy_weight: float
    follow_weight: float
    half_width: float
    height: float
    hold: float
    places: list[Place]
    progress_weight: float
    radius: float
    top_speed: float
    top_speed_aside: float
    turning_distance: float
    turning_distance_behind: float
    upright_weight: float

class ReachTask(Task):
    def __init__(self, clips: MotionTable, config: ReachConfig) -> None: ...

class SteerCommand:
    def __init__(self, time: float, speed: float, direction: float, facing: float) -> None: ...

class SteerConfig:
    guided: GuidedConfig
    def __init__(self) -> None: ...
    facing_scale: float
    facing_weight: float
    follow_weight: float
    interval: float
    least_speed: float
    schedule: list[SteerCommand]
    sideways: float
    standing: float
    stride: float
    top_sideways_speed: float
    top_speed: float
    turn: float
    velocity_scale: float
    velocity_weight: float

class SteerTask(Task):
    def __init__(self, clips: MotionTable, config: SteerConfig) -> None: ...

class FibreTissue:
    def __init__(self) -> None: ...
    mass: list[float]
    optimal_length: list[float]
    shift: list[float]
    slow: list[float]
    stretches: list[bool]

class WalkConfig:
    steer: SteerConfig
    tissue: FibreTissue
    def __init__(self) -> None: ...
    alive_weight: float
    head_weight: float
    limits_margin: float
    limits_weight: float
    drive_weight: float
    metabolic_weight: float

class WalkTask(Task):
    def __init__(self, model_address: int, clips: MotionTable, config: WalkConfig) -> None: ...

class ControlMode:
    """
    Members:

      length

      direct

      residual

      joint

      joint_residual
    """

    __members__: typing.ClassVar[dict[str, ControlMode]]
    direct: typing.ClassVar[ControlMode]
    joint: typing.ClassVar[ControlMode]
    joint_residual: typing.ClassVar[ControlMode]
    length: typing.ClassVar[ControlMode]
    residual: typing.ClassVar[ControlMode]
    @typing.overload
    def __eq__(self, other: ControlMode) -> bool: ...
    @typing.overload
    def __eq__(self, other: typing.Any) -> bool: ...
    def __getstate__(self) -> int: ...
    def __hash__(self) -> int: ...
    def __index__(self) -> int: ...
    def __init__(self, value: int) -> None: ...
    def __int__(self) -> int: ...
    @typing.overload
    def __ne__(self, other: ControlMode) -> bool: ...
    @typing.overload
    def __ne__(self, other: typing.Any) -> bool: ...
    def __repr__(self) -> str: ...
    def __setstate__(self, state: int) -> None: ...
    def __str__(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def value(self) -> int: ...

class LengthGains:
    def __init__(self) -> None: ...
    damping: float
    stiffness: float

class JointControlConfig:
    ramp: bool
    def __init__(self) -> None: ...
    damping: list[float]
    effort_weight: list[float]
    free_damping: float
    free_frequency: float
    lead: float
    reach: float
    standing_load: float
    stiffness: list[float]
    torque_lead: float
    torque_weight: float
    touch_sensors: list[int]

class ControlConfig:
    joint: JointControlConfig
    length: LengthGains
    mode: ControlMode
    def __init__(self) -> None: ...
    residual_scale: float

class VariationConfig:
    field: GroundField
    scattered: bool
    def __init__(self) -> None: ...
    added_mass: list[float]
    forward: list[float]
    friction: float
    least_friction: float
    least_mass: float
    least_slope: float
    least_uneven: float
    most_friction: float
    most_mass: float
    most_slope: float
    most_uneven: float
    root_body: int
    slope: float
    uneven: float

class PerceptionConfig:
    def __init__(self) -> None: ...
    least_delay: int
    most_delay: int
    noise: list[tuple[str, float]]

class ObservationConfig:
    muscle_activation: bool
    muscle_force: bool
    muscle_length: bool
    muscle_velocity: bool
    def __init__(self) -> None: ...
    angular_velocity_sensors: list[int]
    bodies: list[int]
    conditions: list[str]
    feet: list[int]
    linear_velocity_sensors: list[int]
    touch_sensors: list[int]

class FatigueRates:
    def __init__(self, tiring: float, recovery: float, at_rest: float) -> None: ...

class ConditionConfig:
    def __init__(self) -> None: ...
    fatigue: list[FatigueRates]
    fatigue_speed: float
    groups: list[list[int]]
    least_tired: float
    most_tired: float
    strength: list[float]
    strongest: float
    strongest_group: float
    weak_share: float
    weakest: float
    weakest_group: float

class DeviceLaw:
    """
    Members:

      profile

      spring

      drive
    """

    __members__: typing.ClassVar[dict[str, DeviceLaw]]
    drive: typing.ClassVar[DeviceLaw]
    profile: typing.ClassVar[DeviceLaw]
    spring: typing.ClassVar[DeviceLaw]
    @typing.overload
    def __eq__(self, other: DeviceLaw) -> bool: ...
    @typing.overload
    def __eq__(self, other: typing.Any) -> bool: ...
    def __getstate__(self) -> int: ...
    def __hash__(self) -> int: ...
    def __index__(self) -> int: ...
    def __init__(self, value: int) -> None: ...
    def __int__(self) -> int: ...
    @typing.overload
    def __ne__(self, other: DeviceLaw) -> bool: ...
    @typing.overload
    def __ne__(self, other: typing.Any) -> bool: ...
    def __repr__(self) -> str: ...
    def __setstate__(self, state: int) -> None: ...
    def __str__(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def value(self) -> int: ...

class DeviceConfig:
    law: DeviceLaw
    def __init__(self) -> None: ...
    joint: int
    most_power: float
    most_rate: float
    most_torque: float
    muscles: list[int]
    parameters: list[float]
    side: int
    unit: float

class DevicesConfig:
    def __init__(self) -> None: ...
    devices: list[DeviceConfig]
    least_added: float
    most_added: float
    touch_sensors: typing.Annotated[list[list[int]], "FixedSize(2)"]

class EngineConfig:
    auto_reset: bool
    condition: ConditionConfig
    control: ControlConfig
    devices: DevicesConfig
    observation: ObservationConfig
    perception: PerceptionConfig
    physics: Physics
    random_start: bool
    variation: VariationConfig
    def __init__(self) -> None: ...
    max_episode_steps: int
    num_envs: int
    num_threads: int
    seed: int
    substeps: int

class FieldRecorder:
    @staticmethod
    def known_fields() -> list[str]: ...
    def values(self) -> numpy.typing.NDArray[typing.Any]:
        """
        A live view of what the last control step's physics steps left.
        """
    @property
    def columns(self) -> dict[str, typing.Any]: ...

class BatchEngine:
    def __init__(
        self, model_address: int, motions: MotionTable, task: Task, config: EngineConfig
    ) -> None: ...
    def buffers(self) -> dict[str, typing.Any]:
        """
        Live views of what the last call wrote, by name.
        """
    def get_clips(self, first: int, count: int) -> numpy.typing.NDArray[numpy.int32]: ...
    def get_episodes(self) -> dict[str, typing.Any]: ...
    def kept_state(self) -> numpy.typing.NDArray[typing.Any]: ...
    def limit_excitations(
        self, mean: collections.abc.Sequence[float], components: collections.abc.Sequence[float]
    ) -> None: ...
    def recompute_control(self) -> None: ...
    def record(self, fields: collections.abc.Sequence[str]) -> FieldRecorder:
        """
        Keeps these fields of mjData of every physics step from now on.
        """
    def reference(self, ahead: float) -> dict[str, typing.Any]: ...
    def reset(
        self,
        mask: numpy.typing.NDArray[numpy.bool],
        clip: numpy.typing.NDArray[numpy.int32],
        start_time: numpy.typing.NDArray[numpy.float64],
    ) -> None: ...
    def set_episodes(
        self,
        clip: numpy.typing.NDArray[numpy.int32],
        control_step: numpy.typing.NDArray[numpy.int32],
        start_time: numpy.typing.NDArray[numpy.float64],
        episode: numpy.typing.NDArray[numpy.uint64],
        reference_clip: numpy.typing.NDArray[numpy.int32] | None = None,
        reference_time: numpy.typing.NDArray[numpy.float64] | None = None,
    ) -> None: ...
    def set_sampling_weights(self, weights: numpy.typing.NDArray[numpy.float64]) -> None: ...
    def set_seed(self, seed: int) -> None: ...
    def state_component(self, component: int) -> numpy.typing.NDArray[typing.Any]: ...
    def state_rows(self) -> numpy.typing.NDArray[typing.Any]: ...
    def statistics(self) -> dict[str, typing.Any]: ...
    def step(
        self, actions: numpy.typing.NDArray[numpy.float32], first: int, count: int
    ) -> None: ...
    def stop_recording(self) -> None: ...
    @property
    def control_columns(self) -> int: ...
    @property
    def control_timestep(self) -> float: ...
    @property
    def invalid_episodes(self) -> int: ...
    @property
    def kept_layout(self) -> dict[str, typing.Any]: ...
    @property
    def lane_width(self) -> int: ...
    @property
    def num_actions(self) -> int: ...
    @property
    def num_threads(self) -> int: ...
    @property
    def obs_dim(self) -> int: ...
    @property
    def observation_layout(self) -> dict[str, typing.Any]: ...
    @property
    def physics(self) -> Physics: ...
    @property
    def redone_steps(self) -> int: ...

def beyond_lanes(model_address: int) -> str:
    """
    What of a model lanes do not step, in a line; empty: nothing.
    """

def body_poses(
    model_address: int, qpos: numpy.typing.NDArray[numpy.float64]
) -> tuple[typing.Any, ...]:
    """
    Positions and orientations of all bodies, and anchors and axes of all joints.
    """

def feasible_ranges(
    matrix: numpy.typing.NDArray[numpy.float64],
    rhs: numpy.typing.NDArray[numpy.float64],
    upper: numpy.typing.NDArray[numpy.float64],
) -> tuple[typing.Any, ...]:
    """
    Least and most (problems, columns) of x where matrix x = rhs and 0 <= x <= upper.
    """

def fibre_forces(length: numpy.typing.NDArray[numpy.float64]) -> tuple[typing.Any, ...]:
    """
    Active and passive force of fibres whose tendons stretch, at given lengths.
    """

def joint_reactions(
    model_address: int,
    qpos: numpy.typing.NDArray[numpy.float64],
    qvel: numpy.typing.NDArray[numpy.float64],
    qacc: numpy.typing.NDArray[numpy.float64],
    muscle_force: numpy.typing.NDArray[numpy.float64],
    outside: numpy.typing.NDArray[numpy.float64],
) -> numpy.typing.NDArray[typing.Any]:
    """
    Forces on bodies at their joints (frames, nbody, 3), N, in the bodies' axes.
    """

def joint_velocities(
    model_address: int, qpos: numpy.typing.NDArray[numpy.float64], frame_rate: float
) -> numpy.typing.NDArray[typing.Any]:
    """
    Velocities (frames, nv) of positions (frames, nq), by central differences.
    """

def lane_libraries() -> list[typing.Any]:
    """
    Name, bodies a vector, and whether this processor runs it, of each set of instructions that this build has lanes for, the widest first.
    """

def lane_library() -> str:
    """
    The name of the one that is used here; KINESIS_FAST_LANES may choose it.
    """

def mujoco_version() -> str:
    """
    Version of the MuJoCo library that this extension runs on.
    """

def muscle_gains(
    model_address: int,
    length: numpy.typing.NDArray[numpy.float64],
    velocity: numpy.typing.NDArray[numpy.float64],
) -> tuple[typing.Any, ...]:
    """
    Forces a unit of activation, and without any, (frames, muscles), at given unstretched lengths and velocities.
    """

def pull_muscles(
    model_address: int,
    length: numpy.typing.NDArray[numpy.float64],
    velocity: numpy.typing.NDArray[numpy.float64],
    activation: numpy.typing.NDArray[numpy.float64],
    timestep: float,
) -> tuple[typing.Any, ...]:
    """
    Unstretched lengths and forces (frames, muscles) along given lengths.
    """

def reward_terms() -> list[str]:
    """
    Names of the reward terms that any task can be paid with.
    """

def step_each(
    model_address: int, states: numpy.typing.NDArray[numpy.float64], steps: int, physics: Physics
) -> dict[str, typing.Any]:
    """
    States after `steps` steps from each of states, (count, state size) rows of mjSTATE_INTEGRATION, with the last step's ten_length and ten_J, and the physics that the model allowed.
    """

def step_lanes(
    model_address: int, states: numpy.typing.NDArray[numpy.float64], steps: int
) -> dict[str, typing.Any]:
    """
    States after `steps` steps in lanes from each of states, (count, state size) rows of mjSTATE_INTEGRATION; `fields` of the last step, (count, size), whose columns `layout` names; how often each was redone in double precision, and solver iterations of the slowest lane.
    """

def time_steps(
    model_address: int,
    states: numpy.typing.NDArray[numpy.float64],
    steps: int,
    threads: int,
    physics: Physics,
) -> float:
    """
    Seconds that a C++ loop of `steps` physics steps from each state takes.
    """

def tracked_motion(
    model_address: int,
    qpos: numpy.typing.NDArray[numpy.float64],
    qvel: numpy.typing.NDArray[numpy.float64],
    bodies: collections.abc.Sequence[int],
) -> tuple[typing.Any, ...]:
    """
    Positions and velocities (frames, bodies, 3) of body origins, world frame.
    """
