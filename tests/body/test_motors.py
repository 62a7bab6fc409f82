"""Motors: pairs of actuators that pull at a joint, and a body with an Open Source Leg."""

from __future__ import annotations

from pathlib import Path

import mujoco
import myo_sim
import numpy as np
import pytest

import kinesis_fast as kf
from kinesis_fast.analysis.energetics import MuscleState, bhargava, umberger
from kinesis_fast.body import load_model, quiet_mujoco
from kinesis_fast.body.fibres import Fibres
from kinesis_fast.body.motors import is_motor, pair_motors
from kinesis_fast.body.prosthesis import FILE
from kinesis_fast.learn import checkpoint as checkpoints
from kinesis_fast.learn.evaluation.trials import TrialSubject
from kinesis_fast.tasks.conditions import fatigue_rates
from kinesis_fast.tasks.walk_trials import Speeds

SOURCE = Path(myo_sim.__file__).parent / FILE
KNEE = "osl_knee_torque_actuator"


def test_a_pair_makes_what_the_motor_makes() -> None:
    with quiet_mujoco():
        theirs = mujoco.MjModel.from_xml_path(str(SOURCE))
        spec = mujoco.MjSpec.from_file(str(SOURCE))
        pair_motors(spec)
        ours = spec.compile()
    assert (theirs.nu, ours.nu, ours.na) == (56, 58, 58)
    a, b = mujoco.MjData(theirs), mujoco.MjData(ours)
    dof = int(theirs.joint("osl_knee_angle_r").dofadr[0])
    rng = np.random.default_rng(0)
    for _ in range(5):
        qpos, qvel = theirs.qpos0.copy(), rng.normal(0.0, 2.0, theirs.nv)
        qpos[theirs.joint("osl_knee_angle_r").qposadr[0]] = rng.uniform(0.0, 2.0)
        control = rng.uniform(-2.88, 2.88)
        for data in (a, b):
            data.qpos[:], data.qvel[:] = qpos, qvel
        a.actuator(KNEE).ctrl = control
        for end, sign in (("_forward", 1.0), ("_back", -1.0)):
            b.act[ours.actuator(KNEE + end).actadr] = max(0.0, sign * control / 2.88)
        mujoco.mj_forward(theirs, a)
        mujoco.mj_forward(ours, b)
        assert b.qfrc_actuator[dof] == pytest.approx(a.qfrc_actuator[dof], abs=1e-9)
        assert a.qfrc_actuator[dof] == pytest.approx(49.4 * control)


def test_the_prosthesis_has_its_sources_masses_muscles_and_motors() -> None:
    model, whole = load_model("myolegs_osl"), load_model("myolegs")
    with quiet_mujoco():
        source = mujoco.MjModel.from_xml_path(str(SOURCE))
    assert model.nu == 58 and is_motor(model).sum() == 4
    assert (model.nq, model.nv, model.nbody) == (whole.nq, whole.nv, whole.nbody)
    assert model.body("femur_r").mass == pytest.approx(6.257 + 0.85 + 0.022 + 0.167, abs=2e-3)
    assert model.body("tibia_r").mass == pytest.approx(2.246 + 0.063 + 1.739, abs=2e-3)
    foot = sum(model.body(name).mass[0] for name in ("talus_r", "calcn_r", "toes_r"))
    assert foot == pytest.approx(source.body("osl_foot_assembly").mass[0])
    # The shank's centre lies as far below the knee as the source's, of the same moment there.
    for one, knee, shank in (
        (model, "knee_angle_r", "tibia_r"),
        (source, "osl_knee_angle_r", None),
    ):
        data = mujoco.MjData(one)
        mujoco.mj_forward(one, data)
        mass = np.zeros((one.nv, one.nv))
        mujoco.mj_fullM(one, data, mass)
        dof = int(one.joint(knee).dofadr[0])
        if shank is not None:
            moment = mass[dof, dof] - one.dof_armature[dof]
    assert moment == pytest.approx(mass[dof, dof] - source.dof_armature[dof], rel=0.1)
    motors = [model.actuator(i).name for i in np.flatnonzero(is_motor(model))]
    assert motors == [f"{j}_motor_{e}_r" for j in ("knee", "ankle") for e in ("forward", "back")]
    torques = model.actuator_gainprm[is_motor(model), 2]
    np.testing.assert_allclose(torques, np.repeat([49.4 * 2.88, 58.4 * 2.88], 2))
    # Motors cost nothing and do not tire.
    fibres, ones = Fibres.of(model), np.ones(model.nu)
    for power in (bhargava, umberger):
        paid = power(fibres, MuscleState(ones, ones, ones, -0.1 * ones, 100.0 * ones, 0.0 * ones))
        assert np.array_equal(paid == 0.0, is_motor(model))
    assert not Fibres.of(model).mass[is_motor(model)].any()
    assert not fatigue_rates(model)[is_motor(model), 0].any()


def test_lanes_step_motors_as_mujoco_does() -> None:
    states = []
    for physics in ("mujoco", "fused", "lanes"):
        env = kf.make_vec(
            model="myolegs_osl", clips=["walk_comfortable_120"], num_envs=4, physics=physics,
            control_mode="joint", termination_distance=9.0,
        )  # fmt: skip
        assert env.physics == physics
        env.reset(seed=2)
        rng = np.random.default_rng(0)
        for _ in range(3):
            env.step(rng.uniform(-1, 1, (4, env.num_actions)).astype(np.float32))
        states.append(env.get_state()["qpos"])
    np.testing.assert_allclose(states[1], states[0], atol=1e-9)
    np.testing.assert_allclose(states[2], states[0], atol=2e-3)


def test_policies_that_turn_joints_act_on_bodies_with_other_muscles() -> None:
    point = checkpoints.on_body(checkpoints.load("shipped_guided"), "myolegs_osl")
    (trial,) = Speeds([1.0], starts=2, seconds=6.0).trials().values()
    TrialSubject(point, num_threads=1, physics="lanes").run("walk", trial)
    point = checkpoints.on_body(checkpoints.load("shipped_clinic"), "myolegs_osl")
    with pytest.raises(kf.InputError, match="it drives 80 muscles, this model has 58"):
        TrialSubject(point, num_threads=1, physics="lanes").run("walk", trial)


def test_what_is_neither_muscle_nor_motor_is_refused(tmp_path: Path) -> None:
    xml = """<mujoco><worldbody><body name="b"><freejoint/><geom size="0.1"/>
      <body name="c"><joint name="j"/><geom size="0.1"/></body></body></worldbody>
      <actuator>{}</actuator></mujoco>"""
    for actuator, message in (
        ('<position name="p" joint="j"/>', "'p' is neither a muscle nor a motor"),
        ('<motor name="m" joint="j"/>', "'m' has no ctrlrange"),
        ('<motor name="m" joint="j" ctrlrange="-1 1"/>', "actuators that are muscles"),
    ):
        (tmp_path / "model.xml").write_text(xml.format(actuator))
        with pytest.raises(kf.InputError, match=message):
            load_model(tmp_path / "model.xml")
