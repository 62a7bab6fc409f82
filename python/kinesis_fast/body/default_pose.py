"""A default pose that satisfies the joint couplings (``docs/decisions/0001``)."""

from __future__ import annotations

import mujoco
import numpy as np


def couple_default_pose(spec: mujoco.MjSpec, model: mujoco.MjModel) -> None:
    """Move dependent bodies so that ``qpos0`` satisfies the joint couplings.

    A coupling's constant term p0 becomes part of the body's resting pose and the joint
    counts from there: the geometry of every configuration stays as it was, while the
    joint's coordinate, range and polynomial shift by -p0. Bodies and joint axes are read
    off the coupled pose, so that the product of exponentials of the joints is unchanged.
    """
    shifts = {
        int(model.eq_obj1id[i]): float(model.eq_data[i, 0])
        for i in range(model.neq)
        if model.eq_type[i] == mujoco.mjtEq.mjEQ_JOINT and abs(model.eq_data[i, 0]) > 1e-6
    }
    if not shifts:
        return
    data = mujoco.MjData(model)
    for joint, shift in shifts.items():
        data.qpos[model.jnt_qposadr[joint]] += shift
    mujoco.mj_kinematics(model, data)
    for body in sorted({int(model.jnt_bodyid[joint]) for joint in shifts}):
        _rest_body_at(spec.body(model.body(body).name), model, data, body)
    for joint, shift in shifts.items():
        element = spec.joint(model.joint(joint).name)
        element.range = np.asarray(element.range) - shift
    for equality in spec.equalities:
        i = model.equality(equality.name).id
        if int(model.eq_obj1id[i]) in shifts:
            coefficients = np.array(equality.data)
            coefficients[0] = 0.0
            equality.data = coefficients


def _rest_body_at(
    element: mujoco.MjsBody, model: mujoco.MjModel, data: mujoco.MjData, body: int
) -> None:
    """Give a spec body the pose, and its joints the axes, that ``data`` holds."""
    parent = model.body_parentid[body]
    inverse_parent, relative, rotation = np.zeros(4), np.zeros(4), np.zeros(9)
    mujoco.mju_negQuat(inverse_parent, data.xquat[parent])
    mujoco.mju_mulQuat(relative, inverse_parent, data.xquat[body])
    element.pos = data.xmat[parent].reshape(3, 3).T @ (data.xpos[body] - data.xpos[parent])
    element.quat = relative
    mujoco.mju_quat2Mat(rotation, data.xquat[body])
    to_body = rotation.reshape(3, 3).T
    for joint in element.joints:
        i = model.joint(joint.name).id
        joint.axis = to_body @ data.xaxis[i]
        joint.pos = to_body @ (data.xanchor[i] - data.xpos[body])
