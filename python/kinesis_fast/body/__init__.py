"""Bodies: what a muscle model is made of, and what its parts are called."""

from kinesis_fast.body.compose import COMPOSED_MODELS, TIMESTEP, VARIANTS, load_model, quiet_mujoco
from kinesis_fast.body.couplings import (
    JointCoupling,
    apply_couplings,
    independent_joints,
    joint_couplings,
)
from kinesis_fast.body.names import (
    ANGULAR_VELOCITY_SENSOR,
    LINEAR_VELOCITY_SENSOR,
    bodies_with_joints,
    by_name,
    joint_names,
    muscle_names,
    quaternion_addresses,
    root_body,
    without_side,
)

__all__ = [
    "ANGULAR_VELOCITY_SENSOR",
    "COMPOSED_MODELS",
    "LINEAR_VELOCITY_SENSOR",
    "TIMESTEP",
    "VARIANTS",
    "JointCoupling",
    "apply_couplings",
    "bodies_with_joints",
    "by_name",
    "independent_joints",
    "joint_couplings",
    "joint_names",
    "load_model",
    "muscle_names",
    "quaternion_addresses",
    "quiet_mujoco",
    "root_body",
    "without_side",
]
