"""Bodies whose tendons stretch: beside OpenSim's muscle, measured people, and within the engine."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest

import kinesis_fast as kf
from kinesis_fast import InputError, _engine
from kinesis_fast.analysis.movement import prior_recording, with_derived
from kinesis_fast.analysis.muscle_torques import muscle_torques
from kinesis_fast.body import apply_couplings, load_model
from kinesis_fast.body.compose import compose
from kinesis_fast.body.couplings import muscle_moments
from kinesis_fast.body.rajagopal import MUSCLES
from kinesis_fast.body.tendons import STRAIN, passive_forces, stretch_tendons, tendon_strains
from kinesis_fast.envs.reference import ReferenceEnv
from kinesis_fast.motions import MotionLibrary, load_motions
from kinesis_fast.motions.prior.estimate import PriorEstimator, estimate_priors

TIMESTEP = 1.0 / 150.0
FORCES = {
    "soleus": [480.0, 1268.3, 2869.5, 3875.0, 3434.4, 2040.9, 672.7, 327.7, 1196.1, 2851.0, 4300.1],
    "vaslat": [389.1, 1220.3, 2705.8, 3374.3, 2822.7, 1560.6, 468.0, 264.3, 1166.9, 2899.5, 4293.7],
    "semimem": [174.7, 484.8, 1095.1, 1443.7, 1250.1, 723.6, 231.8, 115.8, 451.8, 1107.7, 1675.7],
    "tibant": [96.4, 285.4, 639.3, 816.9, 692.1, 389.8, 120.3, 63.9, 267.9, 666.6, 998.6],
    "glmed1": [78.6, 263.1, 574.0, 697.5, 577.0, 312.9, 91.5, 55.2, 256.9, 637.1, 929.8],
}
"""N every 0.1 s, of OpenSim 4.6's DeGrooteFregly2016Muscle with a fibre damping of 0.01, integrated
to 1e-7, along the lengths and activations of :func:`movement`."""


@pytest.fixture(scope="module")
def body() -> mujoco.MjModel:
    return load_model("myolegs_elastic")


def movement(muscle: str, time: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return length, velocity and activation, (T,)."""
    _, optimal, slack, pennation = MUSCLES[muscle]
    along = optimal * np.cos(pennation)
    turn = 2.0 * np.pi * time
    return (
        1.02 * slack + along * (0.95 + 0.2 * np.sin(turn)),
        along * 0.2 * 2.0 * np.pi * np.cos(turn),
        0.05 + 0.35 * (1.0 - np.cos(1.5 * turn)),
    )


def test_forces_are_those_of_opensims_muscle() -> None:
    """With the passive curve that it has; the body's own are fitted to people."""
    spec = compose("myolegs_elastic")
    angles = {f"{name}_{s}": of.pennation for name, of in MUSCLES.items() for s in "rl"}
    stretch_tendons(spec, STRAIN, angles)
    model = spec.compile()
    time = np.arange(151) * TIMESTEP
    rows = np.zeros((3, len(time), model.nu))
    rows[0] = model.actuator_lengthrange.mean(axis=1)
    for muscle in FORCES:
        rows[:, :, model.actuator(f"{muscle}_r").id] = movement(muscle, time)
    length, velocity, activation = (np.ascontiguousarray(row) for row in rows)
    _, force = _engine.pull_muscles(model._address, length, velocity, activation, TIMESTEP)
    for muscle, expected in FORCES.items():
        off = -force[::15, model.actuator(f"{muscle}_r").id] - expected
        assert np.abs(off).max() < 0.03 * MUSCLES[muscle].peak_force, muscle


def passive_of_people(hip: float, knee: float, ankle: float) -> tuple[float, float, float]:
    """Return moments of people at rest, N m (Riener and Edrich 1999): hip and knee in flexion.

    Angles in degrees, flexion and plantarflexion positive; the ankle's moment in plantarflexion.
    """
    return (
        np.exp(1.4655 - 0.0034 * knee - 0.075 * hip)
        - np.exp(1.3403 - 0.0226 * knee + 0.0305 * hip)
        + 8.072,
        np.exp(1.8 - 0.046 * ankle - 0.0352 * knee + 0.0217 * hip)
        - np.exp(-3.971 - 0.0004 * ankle + 0.0495 * knee - 0.0128 * hip)
        - 4.82
        + np.exp(2.22 - 0.15 * knee),
        np.exp(2.1016 - 0.0843 * ankle - 0.0176 * knee)
        - np.exp(-7.9763 + 0.1949 * ankle + 0.0008 * knee)
        - 1.792,
    )


def test_legs_at_rest_are_held_as_peoples_are(body: mujoco.MjModel) -> None:
    data = mujoco.MjData(body)
    joints = [body.joint(f"{name}_r") for name in ("hip_flexion", "knee_angle", "ankle_angle")]
    off = []
    for hip in (0.0, 30.0, 60.0):
        for knee in (10.0, 30.0, 60.0, 90.0):
            for ankle in (-15.0, 0.0, 20.0):
                data.qpos[:] = body.qpos0
                for joint, angle in zip(joints, (hip, knee, -ankle), strict=True):
                    data.qpos[joint.qposadr[0]] = np.deg2rad(angle)
                apply_couplings(body, data.qpos)
                mujoco.mj_fwdPosition(body, data)
                length = data.actuator_length[None].copy()
                rest = np.zeros_like(length)
                _, force = _engine.pull_muscles(body._address, length, rest, rest, TIMESTEP)
                moment = force[0] @ muscle_moments(body, data)
                ours = [moment[joint.dofadr[0]] for joint in joints] * np.array([1, 1, -1])
                off.append(ours - passive_of_people(hip, knee, ankle))
    np.testing.assert_array_less(np.sqrt(np.mean(np.square(off), axis=0)), [5.0, 6.0, 4.0])


@pytest.fixture(scope="module")
def walk(body: mujoco.MjModel) -> MotionLibrary:
    library = load_motions("gait", body).subset(["walk_comfortable_120"])
    return library.with_prior(estimate_priors(PriorEstimator(body), library, num_threads=1))


def test_what_the_engine_does_is_what_a_recording_gives(walk: MotionLibrary) -> None:
    """Forces of the engine's substeps, and those that are worked out of the states alone."""
    env = kf.make_vec(
        motions=walk, model="myolegs_elastic", physics="fused", control_mode="joint", num_threads=1
    )
    env.reset(seed=0, options={"start_time": 1.0})
    names = ("qpos", "qvel", "act", "actuator_force")
    last = env.record(list(names)).last()
    rows: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for _ in range(12):
        *_, terminated, truncated, _ = env.step(np.zeros((1, env.num_actions), np.float32))
        assert not (terminated | truncated).any()
        for name in names:
            rows[name].append(last[name][0].copy())
    trial = {name: np.concatenate(values) for name, values in rows.items()}
    forces = trial.pop("actuator_force")
    trial["time"] = TIMESTEP * np.arange(len(forces))
    recording = prior_recording(env.model, walk, 0)
    recording.trials[:] = [trial]
    (found,) = with_derived(env.model, recording).trials
    # Fields are of the state that a step starts from, positions of the one that it leads to.
    off = np.abs(found["actuator_force"][:-1] - forces[1:]).max(axis=1)
    assert off[30:].max() < 2.0
    assert off[30:].max() < 0.01 * off[0]  # what it began with is forgotten
    assert not np.allclose(found["unstretched_length"], found["actuator_length"], atol=1e-3)


def test_a_prior_asks_muscles_for_the_torques_that_they_then_make(
    body: mujoco.MjModel, walk: MotionLibrary
) -> None:
    recording = with_derived(body, prior_recording(body, walk, 0))
    torques = muscle_torques(body, recording.trials[0])
    assert walk.prior is not None
    wanted = walk.prior.torque
    off = np.sqrt(np.mean((torques.total - wanted)[5:] ** 2))
    assert off < 0.06 * np.sqrt(np.mean(wanted**2))


@pytest.mark.parametrize("physics", ["fused", "lanes"])
def test_fibres_are_part_of_the_state(walk: MotionLibrary, physics: str) -> None:
    env = kf.make_vec(
        motions=walk,
        num_envs=3,
        model="myolegs_elastic",
        physics=physics,
        control_mode="joint",
        num_threads=1,
    )
    env.reset(seed=0)
    still = np.zeros((3, env.num_actions), np.float32)
    for _ in range(5):
        env.step(still)
    state = env.get_state()
    first = [env.step(still)[0].copy() for _ in range(3)]
    env.set_state(state)
    again = [env.step(still)[0].copy() for _ in range(3)]
    np.testing.assert_array_equal(first, again)


def test_only_the_engines_own_steps_stretch_tendons(
    body: mujoco.MjModel, walk: MotionLibrary
) -> None:
    with pytest.raises((InputError, ValueError), match="tendons stretch"):
        kf.make_vec(motions=walk, model="myolegs_elastic", physics="mujoco")
    env = kf.make_vec(motions=walk, model="myolegs_elastic")
    with pytest.raises(InputError, match="tendons are rigid"):
        ReferenceEnv(body, walk, env.config)


def test_numbers_of_no_tendon_are_refused() -> None:
    spec = compose("myolegs")
    with pytest.raises(InputError, match="tendon_strain is given of 'soleus', which is no muscle"):
        stretch_tendons(spec, {"soleus": 0.05})
    with pytest.raises(InputError, match=r"tendon_strain of soleus_r is 0.9; it must be in \[0, 0"):
        stretch_tendons(spec, {"soleus_r": 0.9})
    stretch_tendons(spec, {"soleus_r": 0.05}, passive_force={"soleus_r": 0.2})
    model = spec.compile()
    assert list(np.flatnonzero(tendon_strains(model))) == [model.actuator("soleus_r").id]
    assert passive_forces(model)[model.actuator("soleus_r").id] == 0.2
    stretch_tendons(spec, 0.0)
    assert not tendon_strains(spec.compile()).any()
