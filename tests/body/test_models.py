"""Models: composition, coupling, stripping, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import mujoco
import numpy as np
import pytest

from kinesis_fast import InputError
from kinesis_fast._mujoco_library import check_version
from kinesis_fast.body import (
    ANGULAR_VELOCITY_SENSOR,
    COMPOSED_MODELS,
    LINEAR_VELOCITY_SENSOR,
    apply_couplings,
    bodies_with_joints,
    load_model,
    quiet_mujoco,
)

MUSCLES = {
    "myolegs": 80,
    "myolegs26": 26,
    "myolegs_abdomen": 86,
    "myofullbody": 416,
    "myolegs_opensim": 80,
    "myolegs_elastic": 80,
    "myolegs_osl": 58,
}


@pytest.mark.parametrize("name", COMPOSED_MODELS)
def test_stripping_leaves_trajectories_bit_identical(name: str) -> None:
    stripped, full = load_model(name), load_model(name, strip=False)
    assert stripped.nu == full.nu == MUSCLES[name]
    assert stripped.nsite < full.nsite
    assert stripped.ngeom < full.ngeom
    assert stripped.nbuffer < full.nbuffer / 10
    a, b = mujoco.MjData(stripped), mujoco.MjData(full)
    rng = np.random.default_rng(0)
    steps = 60 if name == "myofullbody" else 300
    for _ in range(steps):
        a.ctrl[:] = b.ctrl[:] = rng.uniform(0, 1, full.nu)
        mujoco.mj_step(stripped, a)
        mujoco.mj_step(full, b)
    for field in ("qpos", "qvel", "act", "qacc_warmstart", "sensordata", "actuator_length"):
        np.testing.assert_array_equal(getattr(a, field), getattr(b, field))


def test_stripped_trajectory_has_contact(model: mujoco.MjModel) -> None:
    data = mujoco.MjData(model)
    for _ in range(60):
        mujoco.mj_step(model, data)
    assert data.ncon > 0, "the bit-identity test above would miss contacts"


@pytest.mark.parametrize("name", COMPOSED_MODELS)
def test_default_pose_satisfies_the_couplings(name: str) -> None:
    model = load_model(name)
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    assert data.ne > 0
    assert np.abs(data.efc_pos[: data.ne]).max() < 1e-6


def test_coupling_shift_keeps_the_geometry_of_the_composed_model() -> None:
    from myo_sim.build.compose import build_spec

    with quiet_mujoco():
        plain = build_spec("myolegs").compile()
    shifted = load_model(strip=False)
    rng = np.random.default_rng(1)
    a, b = mujoco.MjData(plain), mujoco.MjData(shifted)
    for _ in range(5):
        pose = np.array(plain.qpos0)
        pose[7:] = rng.uniform(-0.2, 0.6, plain.nq - 7)
        for model, data in ((plain, a), (shifted, b)):
            data.qpos[:] = pose
            apply_couplings(model, data.qpos)
            mujoco.mj_forward(model, data)
        np.testing.assert_allclose(b.xpos, a.xpos, atol=1e-14)
        np.testing.assert_allclose(b.ten_length, a.ten_length, atol=1e-14)


def test_couplings_match_mujocos_residual(model: mujoco.MjModel) -> None:
    data = mujoco.MjData(model)
    data.qpos[model.joint("knee_angle_r").qposadr] = 1.1
    data.qvel[model.joint("knee_angle_r").dofadr] = 3.0
    apply_couplings(model, data.qpos, data.qvel)
    mujoco.mj_forward(model, data)
    assert np.abs(data.efc_pos[: data.ne]).max() < 1e-12
    assert np.abs(data.efc_vel[: data.ne]).max() < 1e-12


def test_scene_is_a_plain_floor(model: mujoco.MjModel) -> None:
    world = [i for i in range(model.ngeom) if model.geom_bodyid[i] == 0]
    assert [model.geom(i).name for i in world] == ["floor"]
    assert model.geom("floor").pos[2] == 0.0
    assert model.opt.timestep == pytest.approx(1 / 150)


def test_velocity_sensors_read_the_body_origin(model: mujoco.MjModel) -> None:
    data = mujoco.MjData(model)
    rng = np.random.default_rng(2)
    data.qvel[:] = rng.normal(size=model.nv)
    mujoco.mj_forward(model, data)
    twist = np.zeros(6)
    for name in bodies_with_joints(model):
        body = model.body(name).id
        mujoco.mj_objectVelocity(model, data, mujoco.mjtObj.mjOBJ_XBODY, body, twist, 0)
        linear = data.sensor(LINEAR_VELOCITY_SENSOR + name).data
        angular = data.sensor(ANGULAR_VELOCITY_SENSOR + name).data
        np.testing.assert_allclose(linear, twist[3:], atol=1e-12)
        np.testing.assert_allclose(angular, twist[:3], atol=1e-12)


def test_loading_is_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    load_model()
    assert list(tmp_path.iterdir()) == []
    out, err = capfd.readouterr()
    assert out == err == ""


def test_other_models_load_by_path(write_arm: Callable[..., Path]) -> None:
    model = load_model(write_arm())
    assert model.nu == 1
    assert bodies_with_joints(model) == ["trunk", "arm"]
    assert model.sensor(LINEAR_VELOCITY_SENSOR + "arm").dim == 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"actuator": ""}, r"actuators that are muscles \(none of 0 is\)"),
        ({"actuator": '<motor joint="elbow"/>'}, "has no ctrlrange"),
        ({"joint": ""}, "a root body with a free joint"),
    ],
)
def test_unusable_models_are_refused(
    write_arm: Callable[..., Path], changes: dict[str, str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        load_model(write_arm(**changes))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "myoleg"}, "unknown model 'myoleg'; did you mean 'myolegs'"),
        ({"name": "absent.xml"}, "model file 'absent.xml' does not exist"),
        ({"timestep": -1.0}, r"timestep -1.0 s is outside \(0, 0.1\]"),
        ({"sensor_bodies": ["tibia_x"]}, "unknown body 'tibia_x'; did you mean 'tibia_"),
    ],
)
def test_bad_arguments_name_value_and_remedy(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_model(**arguments)


def test_broken_mjcf_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "broken.xml"
    path.write_text("<mujoco><worldbody>")
    with pytest.raises(InputError, match="not readable MJCF"):
        load_model(path)


def test_another_mujoco_version_is_refused_naming_both() -> None:
    with pytest.raises(ImportError, match=r"built for MuJoCo 3\.17\.0, but MuJoCo 3\.4\.0"):
        check_version("3.4.0", "3.17.0")
