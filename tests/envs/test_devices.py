"""Devices: their laws against plain ones, what they cost nobody, and what there cannot be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mujoco
import numpy as np
import pytest

import kinesis_fast as kf
from kinesis_fast.envs.reference_devices import ReferenceDevices
from kinesis_fast.tasks.conditions import ConditionConfig, told, untrained
from kinesis_fast.tasks.devices import DeviceConfig, device_masses, read_devices
from kinesis_fast.tasks.randomise import RandomiseConfig

WORN = [
    {"joint": "ankle_angle", "peak": -0.5, "most_power": 40.0, "most_rate": 600.0},
    {"joint": "knee_angle_r", "law": "spring", "stiffness": 40.0, "lock": 3.0, "release": 40.0},
    {"joint": "hip_adduction_l", "law": "spring", "stiffness": -40.0, "release": 90.0},
    {"joint": "hip_flexion", "law": "drive", "gain": 9.0, "muscles": ["psoas", "iliacus"]},
]


def make(num_envs: int = 4, **settings: Any) -> kf.MuscleVectorEnv:
    base: dict[str, Any] = {"control_mode": "joint", "clips": ["walk_comfortable_120"]}
    return kf.make_vec(num_envs=num_envs, **{**base, **settings})


@pytest.mark.parametrize("physics", ["lanes", "fused", "mujoco"])
def test_torques_are_those_of_the_plain_laws(physics: str) -> None:
    env = make(
        physics=physics, conditions={"devices": WORN}, auto_reset=False, termination_distance=9.0
    )
    env.reset(options={"clip": "walk_comfortable_120", "start_time": 0.5})
    devices = [DeviceConfig(**one) for one in WORN]
    model, data = env.model, mujoco.MjData(env.model)
    plain = ReferenceDevices(model, devices)
    state = env.get_state()
    data.qpos[:], data.qvel[:] = state["qpos"][0], state["qvel"][0]
    mujoco.mj_forward(model, data)
    plain.reset(data)
    clocks = env.kept("gait_clock")  # since the strike, stride, stands, since the change; each foot
    clocks[:, [1, 5]], clocks[:, [0, 4]] = 1.1, [0.35, 0.9]
    plain.stride[:], plain.since_strike[:] = 1.1, [0.35, 0.9]
    rows = env.record(["qpos", "qvel", "ctrl", "sensordata"]).last()
    most, work = np.zeros(6), np.zeros((6, 2))
    for _ in range(20):
        _, _, terminated, truncated, _ = env.step(np.zeros((4, env.num_actions), np.float32))
        assert not terminated[0] and not truncated[0]
        for substep in range(env.config.substeps):
            data.ctrl[:] = rows["ctrl"][0, substep]
            plain.act(data)
            rates = np.array([data.joint(joint).qvel[0] for _, joint in plain.worn])
            done = plain.torque * rates * model.opt.timestep
            work += np.stack([np.maximum(done, 0.0), np.minimum(done, 0.0)], axis=1)
            most = np.maximum(most, np.abs(plain.torque))
            for name in ("qpos", "qvel", "sensordata"):
                getattr(data, name)[:] = rows[name][0, substep]
            plain.note(data)
        np.testing.assert_allclose(env.kept("device_torque")[0], plain.torque, rtol=1e-3, atol=0.02)
    assert most.min() > 0.15
    np.testing.assert_allclose(env.kept("device_work")[0], work.ravel(), rtol=2e-2, atol=0.02)


def test_a_device_of_no_torque_changes_nothing() -> None:
    results = []
    for devices in ([], [{"joint": "ankle_angle", "peak": 0.0}]):
        env = make(8, conditions={"devices": devices}, seed=3)
        env.reset(seed=3)
        rng = np.random.default_rng(0)
        for _ in range(30):
            obs, *_ = env.step(rng.normal(0, 0.2, (8, env.num_actions)).astype(np.float32))
        results.append(obs)
    np.testing.assert_array_equal(*results)


def test_each_body_has_its_own_and_threads_do_not_count() -> None:
    results = []
    for threads in (1, 3):
        env = make(
            40,
            num_threads=threads,
            conditions={"devices": WORN},
            randomise={"device": [-0.5, 0.5]},
            observe_conditions=["device"],
            seed=1,
        )
        env.reset(seed=1)
        env.kept("gait_clock")[:, [1, 5]] = 1.0
        peaks = env.kept("device")[:, 0].copy()
        for _ in range(30):
            obs, *_ = env.step(np.zeros((40, env.num_actions), np.float32))
        results.append((obs, env.get_state()))
    mass = env.model.body_mass.sum()
    assert peaks.min() >= -1.0 * mass and peaks.max() <= 0.0 and np.std(peaks) > 5.0
    np.testing.assert_array_equal(results[0][0], results[1][0])
    for name, values in results[0][1].items():
        np.testing.assert_array_equal(values, results[1][1][name], err_msg=name)
    part = env.observation_layout["device"]
    np.testing.assert_array_equal(obs[:, part], env.kept("device").astype(np.float32))


def test_a_file_of_devices(tmp_path: Path) -> None:
    path = tmp_path / "exo.yaml"
    path.write_text("joint: ankle_angle\npeak: -0.5\nmass: {calcn: 0.5, tibia: 0.25}\n")
    (exo,) = read_devices(path)
    assert exo == DeviceConfig("ankle_angle", peak=-0.5, mass={"calcn": 0.5, "tibia": 0.25})
    bodies = ["root", "calcn_r", "calcn_l", "tibia_r", "tibia_l"]
    expected = {"calcn_r": 0.5, "calcn_l": 0.5, "tibia_r": 0.25, "tibia_l": 0.25}
    assert device_masses([exo], bodies) == expected
    one = DeviceConfig("ankle_angle_l", mass={"calcn": 0.5})
    assert device_masses([one], bodies) == {"calcn_l": 0.5}
    path.write_text("- {joint: knee_angle_r, law: spring, stiffness: 40}\n- {joint: ankle_angle}\n")
    assert [device.law for device in read_devices(path)] == ["spring", "profile"]
    condition = ConditionConfig(devices=[exo])
    assert told(condition) == "device at ankle_angle: -0.5 N m/kg at 52 % of the stride"
    assert untrained(condition, ConditionConfig(), RandomiseConfig()) == ["devices"]
    assert untrained(condition, condition, RandomiseConfig()) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("joint: ankle_angle\npeak: -20\n", r"device.peak is -20.0; it must be in \[-10, 10\]"),
        ("joint: ankle_angle\nlaw: magic\n", "device.law 'magic' is not known"),
        ("joint: ankle_angle\npeek: 1\n", "unknown setting 'peek'; did you mean 'peak'"),
        ("[3]\n", "holds 3, which is no device"),
    ],
)
def test_files_that_are_no_devices(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "exo.yaml"
    path.write_text(text)
    with pytest.raises(kf.InputError, match=message):
        read_devices(path)


@pytest.mark.parametrize(
    ("device", "message"),
    [
        ({"joint": "ankle"}, "no joint 'ankle' moves of its own; did you mean"),
        ({"joint": "ankle_angle", "law": "drive"}, "device.muscles is empty"),
        ({"joint": "ankle_angle", "law": "drive", "muscles": ["solius"]}, "did you mean 'soleus'"),
        (
            {"joint": "ankle_angle", "law": "spring", "lock": 70.0},
            "device.release is 62 %; it must be after lock, 70 %",
        ),
        ({"joint": "ankle_angle", "mass": {"foot": 1.0}}, "device.mass: no body 'foot'"),
    ],
)
def test_devices_that_there_cannot_be(device: dict[str, Any], message: str) -> None:
    with pytest.raises(kf.InputError, match=message):
        make(conditions={"devices": [device]})
