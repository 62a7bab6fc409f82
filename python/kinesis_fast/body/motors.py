"""Motors of a model: what its actuators are that are no muscles."""

from __future__ import annotations

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError

LAG = 0.015
"""s that a motor's torque takes to follow: two physics steps, as fast as they can tell."""
ENDS = ("_forward", "_back")
"""What the names of a motor's two directions end in."""
FLAT, FAST, SLACK = 1e6, 1e12, 1e-12
"""Lengths within which, and speeds up to which, a motor makes all of its torque, and how much of it
it makes at rest, since MuJoCo asks for some."""


def is_motor(model: mujoco.MjModel) -> npt.NDArray[np.bool_]:
    """Tell which actuators are motors of :func:`add_motor`, not muscles, (nu,)."""
    joint = int(mujoco.mjtTrn.mjTRN_JOINT)
    fast = model.actuator_gainprm[:, 6] >= FAST
    return np.asarray(fast & (model.actuator_trntype == joint))


def pair_motors(spec: mujoco.MjSpec) -> None:
    """Put a pair of actuators in the place of each torque motor, in place; muscles stay.

    The engine drives muscles. A motor becomes two of them that pull at its joint, one each way,
    with the motor's largest torque at any angle and speed, no passive force, and :data:`LAG`: they
    are excited, and share torques, as muscles are.

    Args:
        spec: of a model.

    Raises:
        InputError: an actuator is neither a muscle nor a torque at a hinge or a slide with bounds.
    """
    for actuator in list(spec.actuators):
        if actuator.gaintype == mujoco.mjtGain.mjGAIN_MUSCLE:
            continue
        name, joint = actuator.name, _joint_of(spec, actuator)
        gear = float(actuator.gear[0])
        least, most = sorted(
            gear * float(actuator.gainprm[0]) * bound for bound in _range(actuator)
        )
        spec.delete(actuator)
        for end, torque, sign in zip(ENDS, (most, -least), (-1.0, 1.0), strict=True):
            if torque > 0.0:
                add_motor(spec, name + end, joint, torque, sign)


def add_motor(
    spec: mujoco.MjSpec, name: str, joint: mujoco.MjsJoint, torque: float, sign: float
) -> None:
    """Let an actuator turn a joint one way.

    Args:
        spec: of the model.
        name: of the actuator.
        joint: a hinge or a slide.
        torque: the most, N m (N of a slide).
        sign: of its length over the joint's angle: it pulls, so -1 makes the angle larger.
    """
    limited = float(joint.range[0]) < float(joint.range[1])
    bounds = np.sort(sign * np.array(joint.range if limited else [-1.0, 1.0], np.float64))
    spec.add_actuator(
        name=name,
        trntype=mujoco.mjtTrn.mjTRN_JOINT,
        target=joint.name,
        gear=[sign, 0, 0, 0, 0, 0],
        dyntype=mujoco.mjtDyn.mjDYN_MUSCLE,
        dynprm=[LAG, LAG, *[0.0] * 8],
        gaintype=mujoco.mjtGain.mjGAIN_MUSCLE,
        gainprm=[0.75, 1.05, torque, 1.0, -FLAT, FLAT, FAST, SLACK, 1.0, 0.0],
        biastype=mujoco.mjtBias.mjBIAS_MUSCLE,
        biasprm=[0.75, 1.05, torque, 1.0, -FLAT, FLAT, FAST, SLACK, 1.0, 0.0],
        ctrllimited=mujoco.mjtLimited.mjLIMITED_TRUE,
        ctrlrange=[0.0, 1.0],
        lengthrange=bounds.tolist(),
    )


def _joint_of(spec: mujoco.MjSpec, actuator: mujoco.MjsActuator) -> mujoco.MjsJoint:
    """Return the joint of a torque motor.

    Raises:
        InputError: it is another kind of actuator.
    """
    simple = (
        actuator.trntype == mujoco.mjtTrn.mjTRN_JOINT
        and actuator.gaintype == mujoco.mjtGain.mjGAIN_FIXED
        and actuator.biastype == mujoco.mjtBias.mjBIAS_NONE
        and actuator.dyntype == mujoco.mjtDyn.mjDYN_NONE
    )
    joint = spec.joint(actuator.target) if simple else None
    turns = (mujoco.mjtJoint.mjJNT_HINGE, mujoco.mjtJoint.mjJNT_SLIDE)
    if joint is None or joint.type not in turns:
        raise InputError(
            f"actuator {actuator.name!r} is neither a muscle nor a motor: an actuator must be a "
            "muscle, or a torque at a hinge or a slide (<motor joint=... ctrlrange=...>)"
        )
    return joint


def _range(actuator: mujoco.MjsActuator) -> tuple[float, float]:
    low, high = (float(bound) for bound in actuator.ctrlrange)
    if not low < high:
        raise InputError(
            f"motor {actuator.name!r} has no ctrlrange; bounds are needed of what it can make"
        )
    return low, high
