"""Batched kinematics against MuJoCo's own."""

from __future__ import annotations

import mujoco
import numpy as np

from kinesis_fast.body.legs import foot_geoms
from kinesis_fast.motions.kinematics import BatchKinematics
from kinesis_fast.rotations import quat_from_matrix


def test_poses_agree_with_mj_kinematics(model: mujoco.MjModel) -> None:
    rng = np.random.default_rng(0)
    qpos = rng.normal(size=(10, model.nq))
    kinematics = BatchKinematics(model)
    kinematics.forward(qpos)
    data = mujoco.MjData(model)
    for i, q in enumerate(qpos):
        data.qpos[:] = q
        mujoco.mj_kinematics(model, data)
        np.testing.assert_allclose(kinematics.body_pos[i], data.xpos, atol=1e-12)
        np.testing.assert_allclose(kinematics.body_rot[i].reshape(-1, 9), data.xmat, atol=1e-12)
        np.testing.assert_allclose(kinematics.joint_anchor[i], data.xanchor, atol=1e-12)
        np.testing.assert_allclose(kinematics.joint_axis[i, 1:], data.xaxis[1:], atol=1e-12)


def test_lowest_points_agree_with_distances_to_the_floor(model: mujoco.MjModel) -> None:
    data = mujoco.MjData(model)
    rng = np.random.default_rng(1)
    qpos = np.tile(model.qpos0, (5, 1))
    qpos[:, 2] = 1.5
    qpos[:, 3:7] = rng.normal(size=(5, 4))
    kinematics = BatchKinematics(model)
    kinematics.forward(qpos)
    geoms = foot_geoms(model, "calcn_r") + foot_geoms(model, "toes_l")
    lowest = kinematics.lowest_points(geoms)
    floor = model.geom("floor").id
    for i, q in enumerate(qpos):
        data.qpos[:] = q
        mujoco.mj_kinematics(model, data)
        for k, geom in enumerate(geoms):
            distance = mujoco.mj_geomDistance(model, data, floor, geom, 10.0, None)
            assert abs(lowest[i, k] - distance) < 1e-6


def test_turning_a_leaf_equals_a_new_forward_pass(model: mujoco.MjModel) -> None:
    joint = model.joint("mtp_angle_r").id
    qpos = np.tile(model.qpos0, (3, 1))
    turned, again = BatchKinematics(model), BatchKinematics(model)
    turned.forward(qpos)
    by = np.array([-0.4, 0.0, 0.3])
    turned.turn_leaf(joint, by)
    qpos[:, model.jnt_qposadr[joint]] += by
    again.forward(qpos)
    toes = model.body("toes_r").id
    np.testing.assert_allclose(turned.body_pos[:, toes], again.body_pos[:, toes], atol=1e-12)
    np.testing.assert_allclose(turned.body_rot[:, toes], again.body_rot[:, toes], atol=1e-12)


def test_quaternions_of_a_turning_body_are_continuous() -> None:
    angles = np.linspace(0, 6 * np.pi, 200)
    zeros, ones = np.zeros_like(angles), np.ones_like(angles)
    c, s = np.cos(angles), np.sin(angles)
    matrices = np.array([[c, -s, zeros], [s, c, zeros], [zeros, zeros, ones]]).transpose(2, 0, 1)
    quats = quat_from_matrix(matrices)
    assert np.min(np.sum(quats[1:] * quats[:-1], axis=1)) > 0.99
