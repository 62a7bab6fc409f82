"""Left and right: of bodies, of what environments say, of what is learned from it."""

from __future__ import annotations

from dataclasses import replace

import mujoco
import numpy as np
import pytest
import torch

import kinesis_fast as kf
from kinesis_fast.body import load_model
from kinesis_fast.body.symmetry import Symmetry, mirrored_name
from kinesis_fast.envs.mirror import Mirror
from kinesis_fast.errors import InputError
from kinesis_fast.learn.mirroring import MirrorImages
from kinesis_fast.motions import MotionLibrary


def mirrored(model: mujoco.MjModel, library: MotionLibrary) -> MotionLibrary:
    qpos = Symmetry.of(model).mirror_qpos(library.arrays.qpos.astype(np.float64))
    parts = np.split(qpos, library.first_frame[1:-1])
    clips = [replace(clip) for clip in library.clips]
    return MotionLibrary.from_qpos(
        model, list(zip(clips, parts, strict=True)), library.tracked_bodies
    )


def test_names_have_images() -> None:
    assert mirrored_name("hip_flexion_r") == "hip_flexion_l"
    assert mirrored_name("l_foot") == "r_foot"
    assert mirrored_name("pelvis") == "pelvis"


def test_a_mirrored_pose_has_its_bodies_mirrored(model: mujoco.MjModel) -> None:
    symmetry = Symmetry.of(model)
    data, image = mujoco.MjData(model), mujoco.MjData(model)
    rng = np.random.default_rng(0)
    data.qpos[:] = model.qpos0
    for name in ("hip_flexion_r", "hip_adduction_r", "hip_rotation_l", "ankle_angle_l"):
        data.joint(name).qpos[0] += rng.uniform(-0.3, 0.3)
    quat = rng.normal(size=4)
    data.qpos[3:7] = quat / np.linalg.norm(quat)
    image.qpos[:] = symmetry.mirror_qpos(data.qpos[None])[0]
    mujoco.mj_kinematics(model, data)
    mujoco.mj_kinematics(model, image)
    for name in ("femur_r", "tibia_l", "talus_r", "toes_l"):
        where = image.body(mirrored_name(name)).xpos
        np.testing.assert_allclose(where, data.body(name).xpos * [1, -1, 1], atol=2e-3)
    np.testing.assert_allclose(symmetry.mirror_qpos(image.qpos[None])[0], data.qpos, atol=1e-12)


def test_mirrored_actions_lead_to_mirrored_observations(
    model: mujoco.MjModel, gait: MotionLibrary
) -> None:
    settings = {
        "num_envs": 8,
        "control_mode": "joint_residual",
        "preview": [4, 15],
        "observe_root_rotation": True,
        "auto_reset": False,
        "observe_muscles": ["length", "velocity", "force", "activation"],
    }
    env = kf.make_vec(motions=gait, **settings)
    image = kf.make_vec(motions=mirrored(model, gait), **settings)
    mirror = Mirror.of(env)
    start = {"clip": np.arange(8) * 3, "start_time": np.linspace(0.0, 1.0, 8)}
    obs, _ = env.reset(seed=0, options=start)
    seen, _ = image.reset(seed=0, options=start)
    rng = np.random.default_rng(0)
    for _ in range(3):
        np.testing.assert_array_equal(
            obs[:, mirror.obs.index][:, mirror.obs.index], obs, err_msg="no involution"
        )
        expected = obs[:, mirror.obs.index] * mirror.obs.sign
        for name, part in env.observation_layout.items():
            scale = 1e-3 + np.abs(expected[:, part]).max()  # the model is symmetric to 1e-3
            off = np.abs(expected[:, part] - seen[:, part]).max() / scale
            assert off < 0.05, f"{name}: {off:.3f}"
        actions = rng.normal(0, 0.2, (8, env.num_actions)).astype(np.float32)
        obs = env.step(actions)[0]
        seen = image.step(actions[:, mirror.action.index] * mirror.action.sign)[0]


def test_a_column_is_what_its_task_says() -> None:
    env = kf.make_vec(num_envs=1)
    task = env.task
    for said, message in (
        ({"axial_vectors": ("root_height",)}, "root_height has 1 numbers .* vectors of the root"),
        ({"tracked_vectors": ("root_tilt",)}, "root_tilt has 4 numbers .* every tracked body"),
        ({"tracked_vectors": ()}, "name it in the task's tracked_vectors, polar_vectors"),
    ):
        env.task = replace(task, **said)
        with pytest.raises(InputError, match=message):
            Mirror.of(env)
    sides = np.array([-1.0, 1.0, 1.0])  # the root's x axis, which gives the heading, lies across
    env.task = replace(task, polar_vectors=("body_vel",))
    layout = env.observation_layout["body_vel"]
    signs = Mirror.of(env).obs.sign[layout].reshape(-1, 3)
    assert (signs == sides).all()


@pytest.mark.parametrize("mode", ["length", "joint"])
def test_images_of_images_are_what_they_were(mode: str) -> None:
    env = kf.make_vec(num_envs=2, control_mode=mode)
    images = MirrorImages(Mirror.of(env))
    obs, actions = torch.randn(3, env.obs_dim), torch.randn(3, env.num_actions)
    torch.testing.assert_close(images.observations(images.observations(obs)), obs)
    torch.testing.assert_close(images.actions(images.actions(actions)), actions)


def test_bodies_without_a_left_are_refused() -> None:
    with pytest.raises(InputError, match="has no mirror image"):
        Symmetry.of(load_model("myofullbody"))
