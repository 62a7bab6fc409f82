"""Names of a model's parts, and values given by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import mujoco

from kinesis_fast.errors import InputError, did_you_mean

LINEAR_VELOCITY_SENSOR = "kinesis/linvel/"
"""Prefix of the frame sensors of a body origin's linear velocity, m/s, world axes."""

ANGULAR_VELOCITY_SENSOR = "kinesis/angvel/"
"""Prefix of the frame sensors of a body's angular velocity, rad/s, world axes."""


def root_body(model: mujoco.MjModel) -> int:
    """Return the id of the first body that hangs on a free joint."""
    for joint in range(model.njnt):
        if model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_FREE:
            return int(model.jnt_bodyid[joint])
    raise InputError("the model has no free joint; the body to imitate with needs one as its root")


def bodies_with_joints(model: mujoco.MjModel) -> list[str]:
    """Return the names of the root and of every body with a joint of its own, in order."""
    return [model.body(i).name for i in range(1, model.nbody) if model.body_jntnum[i] > 0]


def muscle_names(model: mujoco.MjModel) -> list[str]:
    """Return the names of the muscles in order."""
    return [model.actuator(i).name for i in range(model.nu)]


def without_side(name: str) -> str:
    """Return a joint's or muscle's name without ``_r`` or ``_l``."""
    return name.removesuffix("_r").removesuffix("_l")


def by_name(
    setting: str, values: Mapping[str, float], names: Sequence[str], default: float
) -> list[float]:
    """Return the value of every name; keys may leave out a name's side, ``_r`` or ``_l``.

    Raises:
        InputError: a key that fits no name; names the nearest.
    """
    plain = [without_side(name) for name in names]
    for key in values:
        if key not in names and key not in plain:
            raise InputError(f"unknown name {key!r} in {setting}{did_you_mean(key, plain)}")
    return [
        float(values.get(name, values.get(short, default)))
        for name, short in zip(names, plain, strict=True)
    ]


def joint_names(model: mujoco.MjModel) -> tuple[str, ...]:
    """Names of a model's joints in order."""
    return tuple(model.joint(i).name for i in range(model.njnt))


def quaternion_addresses(model: mujoco.MjModel) -> list[int]:
    """Where unit quaternions begin in ``qpos``."""
    offset = {int(mujoco.mjtJoint.mjJNT_FREE): 3, int(mujoco.mjtJoint.mjJNT_BALL): 0}
    return [
        int(model.jnt_qposadr[i]) + offset[int(model.jnt_type[i])]
        for i in range(model.njnt)
        if int(model.jnt_type[i]) in offset
    ]
