"""The native engine, as the extension module exposes it."""

from typing import Any

import numpy as np
import numpy.typing as npt

class _Enum:
    """What pybind11's enumerations have."""

    __members__: dict[str, Any]
    @property
    def name(self) -> str: ...
    @property
    def value(self) -> int: ...
    def __int__(self) -> int: ...
    def __index__(self) -> int: ...

class ControlMode(_Enum):
    length: ControlMode
    direct: ControlMode
    residual: ControlMode
    joint: ControlMode
    joint_residual: ControlMode

class Physics(_Enum):
    fused: Physics
    mujoco: Physics
    lanes: Physics

class TerminationRule(_Enum):
    any_body: TerminationRule
    mean_body: TerminationRule

class LengthGains:
    stiffness: float
    damping: float

class JointControlConfig:
    stiffness: list[float]
    damping: list[float]
    lead: float
    torque_lead: float
    free_frequency: float
    free_damping: float
    standing_load: float
    touch_sensors: list[int]
    reach: float
    ramp: bool
    torque_weight: float
    effort_weight: list[float]

class ControlConfig:
    mode: ControlMode
    length: LengthGains
    joint: JointControlConfig
    residual_scale: float

class ObservationConfig:
    bodies: list[int]
    linear_velocity_sensors: list[int]
    angular_velocity_sensors: list[int]
    touch_sensors: list[int]
    muscle_length: bool
    muscle_velocity: bool
    muscle_force: bool
    muscle_activation: bool

class RewardConfig:
    weight: list[float]
    scale: list[float]

class ImitationConfig:
    root_body: int
    tracked_bodies: list[int]
    linear_velocity_sensors: list[int]
    observe_root_rotation: bool
    preview: list[float]
    reward: RewardConfig
    termination: TerminationRule
    termination_distance: float

class Task:
    @property
    def figures(self) -> list[tuple[str, bool]]: ...

class ImitationTask(Task):
    def __init__(
        self, motions: Reference, config: ImitationConfig, judged: Reference | None = None
    ) -> None: ...

class MatchingWeights:
    def __init__(self) -> None: ...
    path: float
    facing: float
    feet: float
    feet_velocity: float
    velocity: float

class MatchingConfig:
    def __init__(self) -> None: ...
    quaternion_address: int
    forward: list[float]
    feet: list[int]
    ahead: list[float]
    remaining: float
    weights: MatchingWeights

class Springs:
    def __init__(self) -> None: ...
    velocity_time: float
    facing_time: float
    top_turn_rate: float

class PlannerConfig:
    def __init__(self) -> None: ...
    springs: Springs
    search_interval: float
    dwell: float
    near: float
    stay: float
    start_lead: float
    turn: float
    follow_time: float
    leash: float
    homing_speed: float
    homing_distance: float

class PlanPlayer:
    def __init__(
        self,
        clips: MotionTable,
        matching: MatchingConfig,
        planner: PlannerConfig,
        blend_time: float,
        timestep: float,
        frames_a_step: int,
    ) -> None: ...
    def begin(self, clip: int, time: float) -> None: ...
    def advance(self, velocity: tuple[float, float], facing: float) -> None: ...
    @property
    def root(self) -> tuple[float, float, float]: ...
    @property
    def velocity(self) -> tuple[float, float]: ...
    def positions(self) -> npt.NDArray[np.float64]: ...

class SteeredPoint:
    def __init__(self, springs: Springs, speed: float = 0.0) -> None: ...
    def advance(self, velocity: tuple[float, float], facing: float, seconds: float) -> None: ...
    @property
    def root(self) -> tuple[float, float, float]: ...
    @property
    def velocity(self) -> tuple[float, float]: ...
    @property
    def turn_rate(self) -> float: ...

class GuidedConfig:
    def __init__(self) -> None: ...
    imitation: ImitationConfig
    matching: MatchingConfig
    planner: PlannerConfig
    blend_time: float
    fall_height: float
    control_timestep: float

class SteerCommand:
    def __init__(self, time: float, speed: float, direction: float, facing: float) -> None: ...

class SteerConfig:
    def __init__(self) -> None: ...
    guided: GuidedConfig
    schedule: list[SteerCommand]
    interval: float
    top_speed: float
    top_sideways_speed: float
    standing: float
    sideways: float
    follow_weight: float
    velocity_weight: float
    velocity_scale: float
    facing_weight: float
    facing_scale: float
    stride: float

class SteerTask(Task):
    def __init__(self, clips: MotionTable, config: SteerConfig) -> None: ...

class Place:
    def __init__(self, ahead: float, left: float) -> None: ...

class GoalObservation(_Enum):
    plan: GoalObservation
    kinesis: GoalObservation

class ReachConfig:
    def __init__(self) -> None: ...
    guided: GuidedConfig
    places: list[Place]
    waypoints: bool
    half_width: float
    centre: list[float]
    height: float
    radius: float
    hold: float
    top_speed: float
    arrival_time: float
    top_speed_aside: float
    turning_distance_behind: float
    turning_distance: float
    observation: GoalObservation
    follow_weight: float
    progress_weight: float
    energy_weight: float
    upright_weight: float
    arrived_weight: float

class ReachTask(Task):
    def __init__(self, clips: MotionTable, config: ReachConfig) -> None: ...

class FatigueRates:
    def __init__(self, tiring: float, recovery: float, at_rest: float) -> None: ...

class ConditionConfig:
    def __init__(self) -> None: ...
    strength: list[float]
    weakest: float
    strongest: float
    fatigue: list[FatigueRates]
    fatigue_speed: float
    least_tired: float
    most_tired: float

class EngineConfig:
    def __init__(self) -> None: ...
    num_envs: int
    num_threads: int
    substeps: int
    physics: Physics
    seed: int
    random_start: bool
    auto_reset: bool
    max_episode_steps: int
    control: ControlConfig
    condition: ConditionConfig
    observation: ObservationConfig

class Reference:
    def __init__(self, *args: object, **kwargs: object) -> None: ...

class MotionTable(Reference):
    def __init__(
        self,
        first_frame: npt.NDArray[np.int64],
        frame_rate: npt.NDArray[np.float64],
        qpos: npt.NDArray[np.float32],
        qvel: npt.NDArray[np.float32],
        tracked_pos: npt.NDArray[np.float32],
        tracked_vel: npt.NDArray[np.float32],
        quaternion_addresses: list[int],
        prior: tuple[npt.NDArray[np.float32], ...] | None,
    ) -> None: ...

class JointError:
    def __init__(
        self, joints: list[int], coefficient: list[float], span: tuple[float, float]
    ) -> None: ...

class MotionErrors:
    def __init__(self) -> None: ...
    share: float
    each: float
    height: tuple[float, float]
    slope: tuple[float, float]
    drift: tuple[float, float]
    shake: tuple[float, float]
    shake_frequency: tuple[float, float]
    timing: tuple[float, float]
    timing_frequency: tuple[float, float]
    smoothing: tuple[float, float]
    joint_noise: tuple[float, float]
    root_noise: tuple[float, float]
    dropped: tuple[float, float]
    joints: list[JointError]

class DisturbedMotion(Reference):
    def __init__(
        self, clips: MotionTable, model: int, tracked: list[int], errors: MotionErrors
    ) -> None: ...
    def read_episode(
        self, clip: int, frame_rate: float, frames: int, seed: int
    ) -> tuple[npt.NDArray[np.float64], ...]: ...

class BatchEngine:
    def __init__(
        self, model_address: int, motions: MotionTable, task: Task, config: EngineConfig
    ) -> None: ...
    def step(self, actions: npt.NDArray[np.float32], first: int, count: int) -> None: ...
    def reset(
        self,
        mask: npt.NDArray[np.bool_],
        clip: npt.NDArray[np.int32],
        start_time: npt.NDArray[np.float64],
    ) -> None: ...
    def set_seed(self, seed: int) -> None: ...
    def set_sampling_weights(self, weights: npt.NDArray[np.float64]) -> None: ...
    def recompute_control(self) -> None: ...
    def buffers(self) -> dict[str, npt.NDArray[Any]]: ...
    def state_rows(self) -> npt.NDArray[np.float64]: ...
    def state_component(self, component: int) -> npt.NDArray[np.float64]: ...
    def kept_state(self) -> npt.NDArray[np.float64]: ...
    def reference(self, ahead: float) -> dict[str, npt.NDArray[np.float64]]: ...
    def get_clips(self, first: int, count: int) -> npt.NDArray[np.int32]: ...
    def get_episodes(self) -> dict[str, npt.NDArray[Any]]: ...
    def set_episodes(
        self,
        clip: npt.NDArray[np.int32],
        control_step: npt.NDArray[np.int32],
        start_time: npt.NDArray[np.float64],
        episode: npt.NDArray[np.uint64],
        reference_clip: npt.NDArray[np.int32] | None = None,
        reference_time: npt.NDArray[np.float64] | None = None,
    ) -> None: ...
    def record(self, fields: list[str]) -> FieldRecorder: ...
    def stop_recording(self) -> None: ...
    def limit_excitations(self, mean: list[float], components: list[float]) -> None: ...
    def statistics(self) -> dict[str, list[int]]: ...
    @property
    def invalid_episodes(self) -> int: ...
    @property
    def kept_layout(self) -> dict[str, slice]: ...
    @property
    def control_columns(self) -> int: ...
    @property
    def num_actions(self) -> int: ...
    @property
    def physics(self) -> Physics: ...
    @property
    def lane_width(self) -> int: ...
    @property
    def redone_steps(self) -> int: ...
    @property
    def num_threads(self) -> int: ...
    @property
    def obs_dim(self) -> int: ...
    @property
    def control_timestep(self) -> float: ...
    @property
    def observation_layout(self) -> dict[str, slice]: ...

class FieldRecorder:
    @staticmethod
    def known_fields() -> list[str]: ...
    def values(self) -> npt.NDArray[np.float64]: ...
    @property
    def columns(self) -> dict[str, slice]: ...

class SoleSphere:
    body: int
    centre: list[float]
    radius: float

class FootPart:
    sole: list[SoleSphere]
    body: int
    point: list[float]

class Foot:
    heel: FootPart
    toes: FootPart
    ankle_target: int
    toes_target: int

class Capsule:
    body: int
    from_: list[float]
    to: list[float]
    radius: float

class RetargetConfig:
    bodies: list[int]
    feet: list[Foot]
    right: list[Capsule]
    left: list[Capsule]
    free_joints: list[int]

class Retargeter:
    def __init__(self, model_address: int, config: RetargetConfig) -> None: ...
    def solve(
        self,
        targets: npt.NDArray[np.float64],
        root_quat: npt.NDArray[np.float64],
        frame_rate: float,
        posture: npt.NDArray[np.float64] | None = None,
    ) -> dict[str, Any]: ...

class MuscleEffort:
    def __init__(
        self, rows: int, start: list[int], row: list[int], row_weight: list[float]
    ) -> None: ...
    def solve(
        self,
        value: npt.NDArray[np.float64],
        wanted: npt.NDArray[np.float64],
        weight: npt.NDArray[np.float64],
        upper: npt.NDArray[np.float64],
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int32]]: ...

class MotionPriorConfig:
    feet: list[list[SoleSphere]]
    friction: float
    torque_weight: float
    root_force_weight: float
    root_torque_weight: float
    contact_weight: float
    contact_height: float
    highest_contact: float
    floor_slack: float
    effort_weight: list[float]

class MotionPrior:
    def __init__(self, model_address: int, config: MotionPriorConfig) -> None: ...
    def solve(
        self,
        qpos: npt.NDArray[np.float64],
        qvel: npt.NDArray[np.float64],
        qacc: npt.NDArray[np.float64],
        force: npt.NDArray[np.float64] | None = None,
        place: npt.NDArray[np.float64] | None = None,
        floor_frames: int = 0,
    ) -> dict[str, npt.NDArray[np.float64]]: ...

def feasible_ranges(
    matrix: npt.NDArray[np.float64], rhs: npt.NDArray[np.float64], upper: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]: ...

class PlantedLegs:
    def __init__(self, model_address: int, feet: list[int]) -> None: ...
    def solve(
        self,
        qpos: npt.NDArray[np.float64],
        foot_pos: npt.NDArray[np.float64],
        foot_rot: npt.NDArray[np.float64],
    ) -> npt.NDArray[np.float64]: ...

def body_poses(
    model_address: int, qpos: npt.NDArray[np.float64]
) -> tuple[
    npt.NDArray[np.float64],
    npt.NDArray[np.float64],
    npt.NDArray[np.float64],
    npt.NDArray[np.float64],
]: ...
def joint_velocities(
    model_address: int, qpos: npt.NDArray[np.float64], frame_rate: float
) -> npt.NDArray[np.float64]: ...
def tracked_motion(
    model_address: int,
    qpos: npt.NDArray[np.float64],
    qvel: npt.NDArray[np.float64],
    bodies: list[int],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]: ...
def step_each(
    model_address: int, states: npt.NDArray[np.float64], steps: int, physics: Physics
) -> dict[str, Any]: ...
def time_steps(
    model_address: int,
    states: npt.NDArray[np.float64],
    steps: int,
    threads: int,
    physics: Physics,
) -> float: ...
def beyond_lanes(model_address: int) -> str: ...
def lane_libraries() -> list[tuple[str, int, bool]]: ...
def lane_library() -> str: ...
def step_lanes(
    model_address: int, states: npt.NDArray[np.float64], steps: int
) -> dict[str, Any]: ...
def mujoco_version() -> str: ...
