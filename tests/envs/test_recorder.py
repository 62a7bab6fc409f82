"""Fields of MuJoCo's data inside control steps, against a plain loop of MuJoCo's own."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest

import kinesis_fast as kf
from kinesis_fast.envs.recorder import RECORDABLE

FIELDS = ["qpos", "ctrl", "actuator_force", "actuator_length", "qfrc_constraint", "sensordata"]


def test_fields_are_those_of_every_physics_step() -> None:
    env = kf.make_vec(
        num_envs=2, num_threads=2, clips=["walk_slow_060"], control_mode="direct", physics="mujoco"
    )
    env.reset(seed=0)
    recorder = env.record(FIELDS)
    data = mujoco.MjData(env.model)
    rng = np.random.default_rng(0)
    for _ in range(3):
        before = env.get_state()
        actions = rng.uniform(-1.0, -0.5, (2, 80)).astype(np.float32)
        env.step(actions)
        last = recorder.last()
        assert last["actuator_force"].shape == (2, 5, 80)
        mujoco.mj_resetData(env.model, data)
        for name in ("qpos", "qvel", "act", "qacc_warmstart"):
            getattr(data, name)[:] = before[name][1]
        data.ctrl[:] = 0.5 * (actions[1].astype(np.float64) + 1.0)
        for substep in range(5):
            mujoco.mj_step(env.model, data)
            for name in FIELDS:
                np.testing.assert_array_equal(
                    last[name][1, substep], getattr(data, name), err_msg=name
                )


def test_ground_forces_are_the_contacts_with_the_floor() -> None:
    env = kf.make_vec(
        num_envs=1, num_threads=1, clips=["walk_slow_060"], control_mode="direct", physics="mujoco"
    )
    env.reset(seed=0)
    recorder = env.record(["ground_force"])
    model, data = env.model, mujoco.MjData(env.model)
    before = env.get_state()
    env.step(np.full((1, 80), -0.8, np.float32))
    for name in ("qpos", "qvel", "act", "qacc_warmstart"):
        getattr(data, name)[:] = before[name][0]
    data.ctrl[:] = 0.5 * (np.float64(np.float32(-0.8)) + 1.0)
    pressed = 0
    for substep in range(5):
        mujoco.mj_step(model, data)
        expected = np.zeros((model.nbody, 3))
        for i in range(data.ncon):
            contact, force = data.contact[i], np.zeros(6)
            bodies = model.geom_bodyid[contact.geom]
            assert 0 in bodies  # nothing else touches here
            mujoco.mj_contactForce(model, data, i, force)
            world = contact.frame.reshape(3, 3).T @ force[:3]
            expected[bodies[1] or bodies[0]] += world if bodies[0] == 0 else -world
            pressed += 1
        found = recorder.last()["ground_force"][0, substep].reshape(-1, 3)
        np.testing.assert_allclose(found, expected, atol=1e-9)
    assert pressed


def test_excitations_limited_to_components_are_their_projection() -> None:
    env = kf.make_vec(num_envs=2, num_threads=2, clips=["stand"], control_mode="direct")
    env.reset(seed=0)
    recorder = env.record(["ctrl"])
    rng = np.random.default_rng(0)
    mean = rng.random(80)
    rows = np.linalg.qr(rng.normal(size=(80, 80)))[0][:5]
    env.limit_excitations(mean, rows)
    actions = rng.uniform(-1.0, 1.0, (2, 80)).astype(np.float32)
    env.step(actions)
    wanted = 0.5 * (actions.astype(np.float64) + 1.0)
    expected = np.clip(mean + (wanted - mean) @ rows.T @ rows, 0.0, 1.0)
    for substep in range(5):
        np.testing.assert_allclose(recorder.last()["ctrl"][:, substep], expected, atol=1e-9)
    env.limit_excitations(mean)
    env.step(actions)
    np.testing.assert_allclose(recorder.last()["ctrl"][0, 0], mean)
    env.limit_excitations(None)
    env.step(actions)
    np.testing.assert_allclose(recorder.last()["ctrl"][:, 0], wanted, atol=1e-9)


@pytest.mark.parametrize(
    ("mean", "components", "reason"),
    [
        (np.zeros(3), None, r"mean has shape \(3,\)"),
        (np.zeros(80), np.zeros((2, 3)), r"components \(2, 3\)"),
        (np.zeros(80), np.ones((2, 80)), "not orthonormal"),
        (np.full(80, np.nan), None, "finite"),
    ],
)
def test_limits_that_are_none_are_refused(
    mean: np.ndarray, components: np.ndarray | None, reason: str
) -> None:
    env = kf.make_vec(num_envs=1, num_threads=1, clips=["stand"], control_mode="length")
    with pytest.raises(kf.InputError, match=reason):
        env.limit_excitations(mean, components)


def test_another_recording_replaces_it_and_none_ends_it() -> None:
    env = kf.make_vec(num_envs=1, num_threads=1, clips=["stand"], control_mode="length")
    env.reset(seed=0)
    first = env.record(["qpos"])
    second = env.record(["qvel"])
    env.step(np.zeros((1, 80)))
    assert not first.last()["qpos"].any()
    kept = second.last()["qvel"].copy()
    assert kept.any()
    env.stop_recording()
    env.step(np.ones((1, 80)))
    np.testing.assert_array_equal(second.last()["qvel"], kept)


def test_what_cannot_be_recorded_is_refused() -> None:
    env = kf.make_vec(num_envs=1, num_threads=1, clips=["stand"], control_mode="length")
    with pytest.raises(kf.InputError, match="'actuator_forces' cannot be recorded; did you mean"):
        env.record(["actuator_forces"])
    env.record(list(RECORDABLE))


@pytest.mark.parametrize(
    ("weakness", "message"),
    [
        ({"tibant_r": 1.5}, r"conditions.weakness.tibant_r is 1.5; it must be in \[0, 1\]"),
        ({"tibant_r": -0.1}, "conditions.weakness.tibant_r is -0.1"),
        (
            {"tibant_x": 0.5},
            "unknown name 'tibant_x' in conditions.weakness; did you mean 'tibant'",
        ),
        ({"tibant_r": "weak"}, "setting 'conditions.weakness.tibant_r': .*weak"),
    ],
)
def test_conditions_name_value_and_remedy(weakness: dict[str, object], message: str) -> None:
    with pytest.raises(kf.InputError, match=message):
        kf.make_vec(conditions={"weakness": weakness})


def test_half_the_strength_is_half_the_force() -> None:
    """At the same lengths: direct control at rest, all muscles at one excitation."""
    forces = []
    for weakness in ({}, {"soleus": 0.5}):
        env = kf.make_vec(
            num_envs=1,
            num_threads=1,
            clips=["stand"],
            control_mode="direct",
            substeps=1,
            conditions={"weakness": weakness},
            observe_muscles=["force"],
        )
        env.reset(options={"clip": "stand", "start_time": 0.0})
        excitation = 0.6
        state = env.get_state()
        strength = np.ones(80)
        for i in range(80):
            if env.model.actuator(i).name.startswith("soleus"):
                strength[i] = weakness.get("soleus", 1.0)
        state["act"][0] = excitation * strength  # as after long at that excitation
        env.set_state(state)
        recorder = env.record(["actuator_force", "ctrl"])
        env.step(np.full((1, 80), 2.0 * excitation - 1.0))
        forces.append(recorder.last()["actuator_force"][0, 0].copy())
        np.testing.assert_allclose(recorder.last()["ctrl"][0, 0], excitation * strength, atol=1e-7)
    names = [env.model.actuator(i).name for i in range(80)]
    data = mujoco.MjData(env.model)
    data.qpos[:] = state["qpos"][0]
    mujoco.mj_forward(env.model, data)  # without activation: passive forces
    for i, name in enumerate(names):
        active = [force[i] - data.actuator_force[i] for force in forces]
        ratio = 0.5 if name.startswith("soleus") else 1.0
        assert active[1] == pytest.approx(ratio * active[0], rel=1e-4, abs=1e-3), name
