"""What motions ask of joints, muscles and floor: against measurements, and by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import mujoco
import numpy as np
import pytest

from kinesis_fast import InputError, MotionLibrary
from kinesis_fast.analysis.emg.muscle_activity import of_prior
from kinesis_fast.analysis.emg.trial_agreement import agreement, read_emg
from kinesis_fast.body import independent_joints, joint_couplings, muscle_names
from kinesis_fast.motions import Clip, load_motions
from kinesis_fast.motions.formats.opensim import read_table
from kinesis_fast.motions.prior.arrays import MusclePrior
from kinesis_fast.motions.prior.default import with_prior
from kinesis_fast.motions.prior.derivatives import motion_derivatives, step_frequency
from kinesis_fast.motions.prior.estimate import PriorConfig, PriorEstimator, excitations
from kinesis_fast.motions.prior.ground_forces import (
    GroundForces,
    pressure_under_feet,
    read_ground_forces,
)

GRAVITY = 9.81


@pytest.fixture(scope="module")
def walk(model: mujoco.MjModel, walk_file: Path) -> MotionLibrary:
    return with_prior(load_motions(walk_file, model), model)


@pytest.fixture(scope="module")
def grf_file(real_data: Path) -> Path:
    return real_data / "opensim" / "walk_grf.mot"


def leg_residual(library: MotionLibrary, model: mujoco.MjModel) -> float:
    """Largest rms over hip, knee and ankle joints, N m."""
    assert library.prior is not None
    rms = np.sqrt(np.mean(library.prior.residual[:, 6:] ** 2, axis=0))
    names = independent_joints(model)
    legs = [v for v, n in zip(rms, names, strict=True) if n.startswith(("hip", "knee", "ankle"))]
    assert len(legs) == 10
    return float(max(legs))


def vertical_forces(library: MotionLibrary, grf_file: Path) -> tuple[np.ndarray, np.ndarray]:
    """Estimated and measured vertical force on both feet, (T, 2) N."""
    assert library.prior is not None
    table = read_table(grf_file)
    times = 0.45 + np.arange(library.clips[0].frames) / library.clips[0].frame_rate
    columns = [table.columns[f"ground_force_{side}_vy"] for side in "rl"]
    measured = np.stack([np.interp(times, table.time, column) for column in columns], axis=1)
    return library.prior.ground_force[:, :, 2], measured


def test_real_walk_without_force_plates(
    walk: MotionLibrary, model: mujoco.MjModel, real_data: Path, grf_file: Path
) -> None:
    assert leg_residual(walk, model) <= 1.0
    activity = of_prior(walk, 0, muscle_names(model))
    found = agreement(
        read_emg(real_data / "opensim" / "walk_emg.sto"),
        activity.times,
        activity.activation,
        activity.muscles,
    )
    assert found.mean_r(0.05) >= 0.65
    assert found.mean_r(0.05) > found.null95[0.05]
    assert found.mean_r(0.0) > found.null95[0.0]
    estimated, measured = vertical_forces(walk, grf_file)
    assert np.corrcoef(estimated.ravel(), measured.ravel())[0, 1] >= 0.95


def test_real_walk_with_measured_forces(
    model: mujoco.MjModel, walk_file: Path, grf_file: Path
) -> None:
    library = load_motions(walk_file, model)
    estimator = PriorEstimator(model)
    prior = estimator.estimate_measured(
        library.arrays.qpos, library.clips[0], read_ground_forces(grf_file)
    )
    library = library.with_prior(prior)
    assert leg_residual(library, model) <= 1.0
    estimated, measured = vertical_forces(library, grf_file)
    assert np.corrcoef(estimated.ravel(), measured.ravel())[0, 1] >= 0.99
    # Ankle moments depend on where the force acts: OpenSim's own are the check. The right foot
    # stands when the recording begins and ends: where its pressure is can only be guessed.
    table = read_table(walk_file.parent / "walk_inverse_dynamics.sto")
    times = 0.45 + np.arange(len(prior.torque)) / library.clips[0].frame_rate
    for side, least in (("l", 0.95), ("r", 0.65)):
        column = independent_joints(model).index(f"ankle_angle_{side}")
        expected = np.interp(times, table.time, table.columns[f"ankle_angle_{side}_moment"])
        assert np.corrcoef(prior.torque[:, column], expected)[0, 1] >= least


def test_forces_as_measured_count_as_they_are(
    model: mujoco.MjModel, walk_file: Path, grf_file: Path
) -> None:
    library = load_motions(walk_file, model)
    estimator = PriorEstimator(model)
    forces = read_ground_forces(grf_file)
    qpos, clip = library.arrays.qpos, library.clips[0]

    def torque(times: float, *, as_measured: bool) -> np.ndarray:
        other = replace(forces, force=times * forces.force)
        return estimator.estimate_measured(qpos, clip, other, as_measured=as_measured).torque

    once, twice, thrice = (torque(times, as_measured=True) for times in (1.0, 2.0, 3.0))
    np.testing.assert_allclose(thrice - twice, twice - once, atol=0.02)
    assert np.abs(twice - once).max() > 100.0
    # Otherwise they are scaled to the weight of the model, whatever they were.
    np.testing.assert_allclose(
        torque(1.0, as_measured=False), torque(2.0, as_measured=False), atol=0.02
    )


def test_standing_still_is_weight_and_little_effort(
    model: mujoco.MjModel, gait: MotionLibrary
) -> None:
    prior = PriorEstimator(model).estimate(gait.subset(["stand"]).arrays.qpos, 30.0)
    weight = float(model.body_subtreemass[1]) * GRAVITY
    total = prior.ground_force[:, :, 2].sum(axis=1) + prior.residual[:, 2]
    np.testing.assert_allclose(total, weight, rtol=0.02)
    assert prior.ground_force[:, :, 2].min() > 0.2 * weight
    assert prior.activation.mean() < 0.05
    np.testing.assert_allclose(prior.excitation, prior.activation, atol=0.05)


def test_estimates_do_not_depend_on_place_or_heading(
    model: mujoco.MjModel, gait: MotionLibrary
) -> None:
    qpos = gait.subset(["walk_comfortable_120"]).arrays.qpos[:60].astype(np.float64)
    turn = np.array([np.cos(0.6), 0.0, 0.0, np.sin(0.6)])
    moved = qpos.copy()
    c, s = np.cos(1.2), np.sin(1.2)
    moved[:, :2] = qpos[:, :2] @ np.array([[c, s], [-s, c]]) + [3.0, -2.0]
    for row in moved:
        mujoco.mju_mulQuat(row[3:7], turn, row[3:7].copy())
    estimator = PriorEstimator(model)
    a, b = estimator.estimate(qpos, 30.0), estimator.estimate(moved, 30.0)
    # Pyramids of friction stand along the world's axes: a little of the forces turns with them.
    assert np.abs(a.torque - b.torque).max() < 12.0
    np.testing.assert_allclose(a.torque, b.torque, atol=0.05 * np.abs(a.torque).max())


def test_short_and_single_frames(model: mujoco.MjModel, gait: MotionLibrary) -> None:
    qpos = gait.subset(["stand"]).arrays.qpos
    for frames in (1, 2, 3, 7):
        prior = PriorEstimator(model).estimate(qpos[:frames], 30.0)
        assert all(np.isfinite(array).all() for _, array in prior.named())
        assert len(prior.torque) == frames


def test_derivatives_of_known_motions(model: mujoco.MjModel) -> None:
    """Turning at 0.8 rad/s about the vertical while a knee swings: closed forms."""
    rate, frames = 60.0, 241
    t = np.arange(frames) / rate
    qpos = np.tile(model.qpos0, (frames, 1))
    qpos[:, 0] = 0.3 * t
    qpos[:, 2] = 0.95 + 0.02 * np.sin(2 * np.pi * t)
    turn = np.zeros(4)
    for k in range(frames):
        mujoco.mju_axisAngle2Quat(turn, np.array([0.0, 0.0, 1.0]), 0.8 * t[k])
        qpos[k, 3:7] = turn
    knee = model.joint("knee_angle_r")
    qpos[:, knee.qposadr[0]] = 0.7 + 0.5 * np.sin(2 * np.pi * t)
    q, v, a = motion_derivatives(model, qpos, rate, cutoff=20.0, path_cutoff=20.0)
    inner = slice(40, -40)
    wave = 2 * np.pi
    np.testing.assert_allclose(v[inner, 0], 0.3, atol=1e-4)
    np.testing.assert_allclose(v[inner, 5], 0.8, atol=1e-4)
    np.testing.assert_allclose(a[inner, 3:6], 0.0, atol=1e-2)
    z = -0.02 * wave**2 * np.sin(wave * t[inner])
    np.testing.assert_allclose(a[inner, 2], z, atol=2e-3 * 0.02 * wave**2)
    dof = knee.dofadr[0]
    np.testing.assert_allclose(
        v[inner, dof], 0.5 * wave * np.cos(wave * t[inner]), atol=1e-3 * wave
    )
    expected = -0.5 * wave**2 * np.sin(wave * t[inner])
    np.testing.assert_allclose(a[inner, dof], expected, atol=3e-3 * wave**2)
    # Dependent joints: their accelerations are those of their velocities.
    for c in joint_couplings(model):
        rates = np.gradient(v[:, c.dependent_dof], 1 / rate)
        np.testing.assert_allclose(a[inner, c.dependent_dof], rates[inner], atol=0.2)  # of 60
    np.testing.assert_allclose(np.linalg.norm(q[:, 3:7], axis=1), 1.0, atol=1e-12)


def test_steps_are_counted_where_the_root_rises_and_falls(
    model: mujoco.MjModel, gait: MotionLibrary
) -> None:
    rate = 50.0
    t = np.arange(200) / rate
    noise = np.random.default_rng(0).normal(size=200)
    for height, steps in (
        (0.02 * np.sin(2 * np.pi * 3.1 * t) + 0.1 * t, 3.1),  # uphill
        (0.02 * np.sin(2 * np.pi * 1.8 * t) + 0.005 * noise, 1.8),
        (0.001 * np.sin(2 * np.pi * 3.1 * t), 0.0),  # standing
        (0.02 * noise, 0.0),
    ):
        qpos = np.tile(model.qpos0, (200, 1))
        qpos[:, 2] += height
        assert step_frequency(model, qpos, rate) == pytest.approx(steps, abs=0.05)
        assert step_frequency(model, qpos[:40], rate) == 0.0
    run = gait.subset(["run_280"])
    # Two steps a stride.
    assert step_frequency(model, run.arrays.qpos, 60.0) == pytest.approx(2 * 1.59, abs=0.1)


def test_excitations_invert_the_muscle_dynamics(model: mujoco.MjModel) -> None:
    """Integrated finely, they bring the activations back, where they are within [0, 1]."""
    rate = 100.0
    t = np.arange(200) / rate
    activation = np.tile((0.4 + 0.15 * np.sin(2 * np.pi * t))[:, None], (1, model.nu))
    u = excitations(model, activation, rate)
    a = activation[0, 0]
    parts = 50
    for k in range(len(t) - 1):
        for part in range(parts):
            drive = u[k, 0] + (u[k + 1, 0] - u[k, 0]) * part / parts
            a += mujoco.mju_muscleDynamics(drive, a, model.actuator_dynprm[0, :3]) / rate / parts
        assert a == pytest.approx(activation[k + 1, 0], abs=5e-3)


def test_library_keeps_its_prior(
    tmp_path: Path, model: mujoco.MjModel, gait: MotionLibrary
) -> None:
    library = with_prior(gait.subset(["stand", "turn_left"]), model)
    assert with_prior(library, model) is library
    library.save(tmp_path / "a.h5")
    loaded = MotionLibrary.load(tmp_path / "a.h5")
    assert library.prior is not None
    assert loaded.prior is not None
    for (name, a), (_, b) in zip(loaded.prior.named(), library.prior.named(), strict=True):
        np.testing.assert_array_equal(a, b, err_msg=name)
        assert not a.flags.writeable
    part = loaded.subset(["turn_left"])
    at = part.prior_at(0, 0.25)
    for name, value in loaded.prior_at(1, 0.25).items():
        np.testing.assert_array_equal(at[name], value)
    with pytest.raises(InputError, match="no muscle prior; make one with"):
        gait.prior_at(0, 0.0)


def test_priors_that_do_not_fit_are_refused(model: mujoco.MjModel, gait: MotionLibrary) -> None:
    stand = gait.subset(["stand"])
    frames = stand.clips[0].frames

    def prior(joints: int, muscles: int, rows: int = frames) -> MusclePrior:
        sizes = ((joints,), (muscles,), (muscles,), (6 + joints,), (2, 3))
        return MusclePrior(*(np.zeros((rows, *size), np.float32) for size in sizes))

    with pytest.raises(InputError, match=r"torque has shape \(3, 14\); the clips need"):
        stand.with_prior(prior(14, 80, 3))
    library = stand.with_prior(prior(12, 80))
    with pytest.raises(InputError, match="12 independent joints and 80 muscles; this one has 14"):
        library.check_model(model)
    for name, value in (("cutoff", 0.0), ("friction", -1.0), ("torque_weight", np.inf)):
        with pytest.raises(InputError, match=f"{name} is .*; it must be in"):
            PriorEstimator(model, PriorConfig(**{name: value}))
    with pytest.raises(InputError, match="unknown name 'soleu' in effort_weights; did you mean"):
        PriorEstimator(model, PriorConfig(effort_weights={"soleu": 2.0}))


def test_heavier_muscles_work_less(model: mujoco.MjModel, gait: MotionLibrary) -> None:
    qpos = gait.subset(["walk_comfortable_120"]).arrays.qpos[:60]
    names = muscle_names(model)
    soleus = [names.index("soleus_r"), names.index("soleus_l")]
    plain = PriorEstimator(model).estimate(qpos, 30.0)
    heavy = PriorEstimator(model, PriorConfig(effort_weights={"soleus": 10.0})).estimate(qpos, 30.0)
    assert heavy.activation[:, soleus].mean() < 0.5 * plain.activation[:, soleus].mean()


def test_centres_of_pressure_are_carried_under_the_feet() -> None:
    """A course 0.1 m long, 5 m off a foot of 0.2 m: amid it where the contact is seen whole."""
    frames = 11
    course = np.zeros((frames, 2, 3))
    course[:, 0, 0] = np.linspace(5.0, 5.1, frames)
    course[:, 0, 1] = 1.0
    soles = np.zeros((frames, 2, 4, 3))
    soles[:, 0, :, 0] = [0.0, 0.2, 0.0, 0.2]
    soles[:, 0, :, 1] = [-0.04, -0.04, 0.04, 0.04]

    def placed(loaded: slice) -> np.ndarray:
        force = np.zeros((frames, 2, 3))
        force[loaded, 0, 2] = 500.0
        return pressure_under_feet(GroundForces(np.arange(frames), force, course), soles)[:, 0]

    whole = placed(slice(1, -1))
    np.testing.assert_allclose(whole[1:-1, 0], 0.1 + np.linspace(-0.05, 0.05, frames)[1:-1])
    np.testing.assert_allclose(whole[1:-1, 1], 0.0, atol=1e-12)
    np.testing.assert_allclose(whole[[0, -1], 0], 0.1)  # unloaded: amid the foot
    cut = placed(slice(0, -1))  # its beginning is not seen: the smallest shift into the outline
    np.testing.assert_allclose(cut[:-1, 0], np.linspace(5.0, 5.1, frames)[:-1] - 4.89)
    np.testing.assert_allclose(cut[:-1, 1], 0.04)


def test_force_files_that_do_not_fit_are_refused(
    tmp_path: Path, model: mujoco.MjModel, gait: MotionLibrary
) -> None:
    path = tmp_path / "forces.mot"
    path.write_text("forces\nendheader\ntime\tground_force_r_vx\n0\t0\n1\t0\n")
    with pytest.raises(InputError, match="has no column 'ground_force_r_vy'"):
        read_ground_forces(path)
    with pytest.raises(InputError, match="does not exist"):
        read_ground_forces(tmp_path / "none.mot")
    stand = gait.subset(["stand"])
    nothing = GroundForces(np.array([0.0, 100.0]), np.zeros((2, 2, 3)), np.zeros((2, 2, 3)))
    estimator = PriorEstimator(model)
    with pytest.raises(InputError, match="nowhere above 20 N"):
        estimator.estimate_measured(stand.arrays.qpos, stand.clips[0], nothing)
    steps = np.arange(3.0)
    pressure = np.tile(steps[:, None, None], (1, 2, 3))
    made = GroundForces(0.01 * steps, pressure, pressure).at([0.001, 0.0101, 0.0149, 0.0151])
    np.testing.assert_array_equal(made.pressure[:, 0, 0], [0, 1, 1, 2])  # the nearest
    np.testing.assert_allclose(made.force[:, 0, 0], [0.1, 1.01, 1.49, 1.51])
    late = Clip("late", stand.clips[0].frames, 30.0, attributes={"first_time": 99.0})
    with pytest.raises(InputError, match="the forces from 0.00 to 100.00 s"):
        estimator.estimate_measured(stand.arrays.qpos, late, nothing)


@pytest.mark.parametrize("height", [-0.01, 0.01, 0.02])
def test_a_floor_that_is_off_asks_the_same_of_muscles(
    model: mujoco.MjModel, gait: MotionLibrary, height: float
) -> None:
    """Heights are counted from where standing soles are; from zero, the floor carries less."""
    i = gait.index("walk_comfortable_125")
    qpos = gait.arrays.qpos[gait.first_frame[i] : gait.first_frame[i + 1]].astype(np.float64)
    moved = qpos.copy()
    moved[:, 2] += height
    estimator = PriorEstimator(model)
    plain, off = (estimator.estimate(q, 60.0) for q in (qpos, moved))
    weight = plain.ground_force[:, :, 2].sum(axis=1).mean()
    assert off.ground_force[:, :, 2].sum(axis=1).mean() == pytest.approx(weight, rel=0.02)
    scale = plain.torque.std(axis=0)
    assert np.median(np.abs(off.torque - plain.torque).mean(axis=0) / scale) < 0.1
    fixed = PriorConfig(floor_slack=1.0)  # the floor at zero, whatever the soles say
    lost = PriorEstimator(model, fixed).estimate(moved, 60.0)
    if height > 0:
        assert lost.ground_force[:, :, 2].sum(axis=1).mean() < 0.9 * weight
