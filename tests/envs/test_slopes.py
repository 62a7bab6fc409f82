"""Slopes: a flat floor on which weight pulls aslant, each body's own."""

from __future__ import annotations

import copy
from typing import Any

import mujoco
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

import kinesis_fast as kf
from kinesis_fast import _engine
from kinesis_fast.body import load_model
from kinesis_fast.body.legs import facing
from kinesis_fast.envs.mirror import Mirror
from kinesis_fast.envs.reference_slopes import LaidMotions
from kinesis_fast.motions.sources import load_motions
from kinesis_fast.tasks.conditions import ConditionConfig, told, untrained
from kinesis_fast.tasks.imitation import PLANTED, legs_to_lay
from kinesis_fast.tasks.randomise import RandomiseConfig


def make(num_envs: int = 4, **settings: Any) -> kf.MuscleVectorEnv:
    base: dict[str, Any] = {
        "clips": ["turn_left"], "termination_distance": 9.0, "physics": "lanes",
    }  # fmt: skip
    return kf.make_vec(num_envs=num_envs, **{**base, **settings})


def up_of(rise: np.ndarray) -> np.ndarray:
    """Which way is up where the floor rises so much a m along x and y, (n, 2)."""
    up = np.concatenate([rise, np.ones((len(rise), 1))], axis=1)
    return up / np.linalg.norm(up, axis=1, keepdims=True)


@pytest.mark.parametrize(("physics", "near"), [("fused", 1e-9), ("lanes", 2e-4)])
def test_bodies_move_as_mujoco_has_it_with_gravity_aslant(physics: str, near: float) -> None:
    env = make(physics=physics, control_mode="direct", conditions={"slope": 9.0})
    env.reset(seed=2)
    state = env.get_state()
    yaw = np.array([facing(qpos) for qpos in state["qpos"]])
    rise = np.tan(np.deg2rad(9.0)) * np.stack([np.cos(yaw), np.sin(yaw)], axis=1)
    np.testing.assert_allclose(env.kept("slope"), rise, atol=1e-9)
    rows = env.record(["ctrl", "qpos", "qvel"]).last()
    env.step(np.full((4, env.num_actions), -0.5, np.float32))
    for i, up in enumerate(up_of(rise)):
        model = copy.deepcopy(env.model)
        model.opt.gravity[:] = 9.81 * -up
        data = mujoco.MjData(model)
        data.qpos[:], data.qvel[:], data.act[:] = (state[n][i] for n in ("qpos", "qvel", "act"))
        data.qacc_warmstart[:] = state["qacc_warmstart"][i]
        for substep in range(env.config.substeps):
            data.ctrl[:] = rows["ctrl"][i, substep]
            mujoco.mj_step(model, data)
        np.testing.assert_allclose(rows["qpos"][i, -1], data.qpos, atol=near)
        np.testing.assert_allclose(rows["qvel"][i, -1], data.qvel, atol=100 * near)


def test_each_body_has_its_own_and_threads_do_not_count() -> None:
    results = []
    for threads in (1, 3):
        env = make(
            40,
            num_threads=threads,
            control_mode="joint",
            conditions={"slope": 2.0},
            randomise={"slope": [-5.0, 5.0]},
            observe_conditions=["slope", "strength"],
            seed=1,
        )
        first, _ = env.reset(seed=1)
        rise = env.kept("slope").copy()
        for _ in range(25):
            obs, *_ = env.step(np.zeros((40, env.num_actions), np.float32))
        results.append((obs, env.get_state()))
    np.testing.assert_array_equal(results[0][0], results[1][0])
    for name, values in results[0][1].items():
        np.testing.assert_array_equal(values, results[1][1][name], err_msg=name)
    steepness = np.rad2deg(np.arctan(np.linalg.norm(rise, axis=1)))
    assert steepness.max() <= 7.1 and np.std(steepness) > 0.5
    seen = first[:, env.observation_layout["slope"]]
    up = up_of(rise)
    np.testing.assert_allclose(seen[:, 2], up[:, 2], rtol=1e-6)
    np.testing.assert_allclose(np.hypot(*seen[:, :2].T), np.hypot(*up[:, :2].T), atol=1e-6)
    mirror = Mirror.of(env).obs
    image = obs[:, mirror.index] * mirror.sign
    np.testing.assert_array_equal(image[:, mirror.index] * mirror.sign, obs)


def test_references_lean_and_their_feet_stay() -> None:
    model = load_model("myolegs")
    motions = load_motions("gait", model)
    feet = [model.body(name).id for name in PLANTED]
    native = _engine.LaidMotion(motions.native_table(), legs_to_lay(model))
    plain = LaidMotions(model, motions)
    rng = np.random.default_rng(1)
    differences = []
    for _ in range(12):
        clip = int(rng.integers(len(motions.clips)))
        time = rng.uniform(0.1, motions.clips[clip].duration - 0.1)
        way = rng.uniform(0.0, 2.0 * np.pi)
        plain.rise = np.tan(np.deg2rad(6.0)) * np.array([np.cos(way), np.sin(way)])
        level = motions.reference(clip, time)
        plain.pose(level["qpos"].copy())
        places, axes = plain.data.xpos[feet].copy(), plain.data.xmat[feet].copy()
        spin = plain.jacobian(feet[0]) @ level["qvel"]
        qpos, qvel = native.laid(tuple(plain.rise), level["qpos"].copy(), level["qvel"].copy())
        plain.pose(qpos.copy())
        # The root is over the same place along gravity, turned by the slope; the feet have stayed.
        root, up = plain.data.xpos[1], up_of(plain.rise[None])[0]
        np.testing.assert_allclose(qpos[:2], level["qpos"][:2] + plain.rise * level["qpos"][2])
        assert -0.06 <= root[2] - level["qpos"][2] <= 0.0
        turned = (
            Rotation.from_quat(np.roll(qpos[3:7], -1))
            * Rotation.from_quat(np.roll(level["qpos"][3:7], -1)).inv()
        )
        np.testing.assert_allclose(turned.apply([0.0, 0.0, 1.0]), up, atol=1e-12)
        np.testing.assert_allclose(plain.data.xpos[feet], plain.shear(places.copy()), atol=2e-3)
        np.testing.assert_allclose(plain.data.xmat[feet], axes, atol=0.02)
        moved = plain.jacobian(feet[0]) @ qvel
        assert np.linalg.norm((moved - spin)[:3]) < 0.15 * np.linalg.norm(spin[:3]) + 0.1
        laid = plain.reference(clip, time)
        differences.append((np.abs(qpos - laid["qpos"]).max(), np.abs(qvel - laid["qvel"]).max()))
    assert np.median(differences) < 1e-4
    assert np.quantile(np.array(differences)[:, 0], 0.8) < 1e-3


@pytest.mark.parametrize("task", ["imitation", "steer"])
def test_a_body_begins_as_its_reference_leans(task: str) -> None:
    env = kf.make_vec(
        task=task, num_envs=2, physics="fused", control_mode="joint", conditions={"slope": 8.0}
    )
    env.reset(seed=3)
    found = env.reference(0.0)
    state = env.get_state()
    np.testing.assert_allclose(state["qpos"], found["qpos"], atol=1e-9)
    np.testing.assert_allclose(env.kept("reference_footing")[:, :2], env.kept("slope"))
    root = Rotation.from_quat(np.roll(found["qpos"][:, 3:7], -1, axis=1)).apply([0.0, 0.0, 1.0])
    env.kept("reference_footing")[:, :2] = 0.0
    level = env.reference(0.0)["qpos"][:, 3:7]
    upright = Rotation.from_quat(np.roll(level, -1, axis=1)).apply([0.0, 0.0, 1.0])
    leans = np.arccos(np.sum(root * upright, axis=1))
    np.testing.assert_allclose(leans, np.deg2rad(8.0), atol=0.01)


def test_words_and_what_is_refused() -> None:
    assert told(ConditionConfig(slope=-5.0)) == "the floor falls by 5 degrees"
    assert told(ConditionConfig(slope=5.0)) == "the floor rises by 5 degrees"
    drawn = RandomiseConfig(slope=[0.0, 6.0])
    assert untrained(ConditionConfig(slope=5.0), ConditionConfig(), drawn) == []
    assert untrained(ConditionConfig(slope=7.0), ConditionConfig(), drawn) == ["such slopes"]
    with pytest.raises(kf.InputError, match=r"conditions.slope is 50.0; it must be in \[-30, 30\]"):
        make(conditions={"slope": 50.0})
    with pytest.raises(kf.InputError, match="slopes and uneven ground need physics lanes or fused"):
        make(physics="mujoco", conditions={"slope": 5.0})
