"""The built-in motions: enough of them, planted, within human ranges, shaped like real walking."""

from __future__ import annotations

from pathlib import Path

import mujoco
import numpy as np
import pytest

from kinesis_fast import InputError, MotionLibrary
from kinesis_fast.body import apply_couplings, load_model
from kinesis_fast.body.legs import foot_geoms
from kinesis_fast.motions import load_motions
from kinesis_fast.motions.gait import curves
from kinesis_fast.motions.gait.families import family_plans
from kinesis_fast.motions.gait.synthesis import synthesize
from kinesis_fast.motions.gait.timeline import FRAME_RATE, ClipPlan, GaitStyle, make_timeline
from kinesis_fast.motions.kinematics import BatchKinematics
from kinesis_fast.motions.prior.default import with_prior
from kinesis_fast.rotations import matrix_from_quat


def positions(library: MotionLibrary, name: str) -> np.ndarray:
    i = library.index(name)
    frames = slice(library.first_frame[i], library.first_frame[i + 1])
    return library.arrays.qpos[frames].astype(np.float64)


def angle(model: mujoco.MjModel, qpos: np.ndarray, joint: str) -> np.ndarray:
    return np.rad2deg(qpos[:, model.jnt_qposadr[model.joint(joint).id]])


def sole_speeds(model: mujoco.MjModel, qpos: np.ndarray, frame_rate: float) -> np.ndarray:
    """Horizontal speeds of the material points of capsule ends that are on the floor, m/s."""
    kinematics = BatchKinematics(model)
    kinematics.forward(qpos)
    speeds = []
    for body in ("calcn_r", "calcn_l", "toes_r", "toes_l"):
        i = model.body(body).id
        rot, pos = kinematics.body_rot[:, i], kinematics.body_pos[:, i]
        for geom in foot_geoms(model, body):
            if model.geom_type[geom] != mujoco.mjtGeom.mjGEOM_CAPSULE:
                continue
            radius, half = model.geom_size[geom, :2]
            axis = (rot @ matrix_from_quat(model.geom_quat[geom])[:, 2]) * half
            for sign in (1, -1):
                point = pos + rot @ model.geom_pos[geom] + sign * axis - [0, 0, radius]
                local = np.einsum("tji,tj->ti", rot, point - pos)
                later = pos[1:] + np.einsum("tij,tj->ti", rot[1:], local[:-1])
                speed = np.linalg.norm((later - point[:-1])[:, :2], axis=1) * frame_rate
                speeds.append(speed[point[:-1, 2] < 0.003])
    return np.concatenate(speeds)


def test_size_of_the_library(gait: MotionLibrary) -> None:
    assert len(gait.clips) >= 20
    assert gait.duration >= 180
    kinds = {clip.attributes["kind"] for clip in gait.clips}
    assert kinds == {"stand", "walk", "turn", "backward", "start", "stop", "run"}
    assert {clip.split for clip in gait.clips} == {"train", "test"}


def test_feet_stand_on_the_floor_and_never_sink(model: mujoco.MjModel, gait: MotionLibrary) -> None:
    kinematics = BatchKinematics(model)
    feet = [g for b in ("calcn", "toes") for s in "rl" for g in foot_geoms(model, f"{b}_{s}")]
    for clip in gait.clips:
        kinematics.forward(positions(gait, clip.name))
        lowest = kinematics.lowest_points(feet).min(axis=1)
        assert lowest.min() > -0.003, clip.name
        # Runners fly; walkers' mid-stance may float by a few millimetres.
        expected = 0.25 if clip.attributes["kind"] == "run" else 0.95
        assert np.mean(lowest < 0.012) > expected, clip.name


@pytest.mark.parametrize(
    "clip",
    [
        "walk_slow_070",
        "walk_comfortable_125",
        "walk_fast_165",
        "walk_left_medium",
        "turn_left",
        "walk_backward_060",
    ],
)
def test_stance_feet_do_not_slide(model: mujoco.MjModel, gait: MotionLibrary, clip: str) -> None:
    speeds = sole_speeds(model, positions(gait, clip), 60.0)
    assert speeds.mean() < 0.05
    assert np.median(speeds) < 0.02


def test_motions_stay_within_the_joints_ranges(model: mujoco.MjModel, gait: MotionLibrary) -> None:
    qpos = gait.arrays.qpos
    for joint in range(1, model.njnt):
        low, high = model.jnt_range[joint]
        values = qpos[:, model.jnt_qposadr[joint]]
        assert values.min() > low - 1e-3, model.joint(joint).name
        assert values.max() < high + 1e-3, model.joint(joint).name


def test_couplings_hold(model: mujoco.MjModel, gait: MotionLibrary) -> None:
    qpos = gait.arrays.qpos.astype(np.float64)
    coupled = qpos.copy()
    apply_couplings(model, coupled)
    assert np.abs(coupled - qpos).max() < 1e-6


@pytest.mark.parametrize(
    ("clip", "speed"),
    [
        ("walk_slow_070", 0.7),
        ("walk_comfortable_125", 1.25),
        ("walk_fast_165", 1.65),
        ("walk_backward_060", -0.6),
        ("run_280", 2.8),
    ],
)
def test_speeds(gait: MotionLibrary, clip: str, speed: float) -> None:
    qpos = positions(gait, clip)
    duration = (len(qpos) - 1) / 60
    assert (qpos[-1, 0] - qpos[0, 0]) / duration == pytest.approx(speed, abs=0.03)


def test_turning(gait: MotionLibrary) -> None:
    for clip, sign in (("turn_left", 1), ("turn_right", -1)):
        qpos = positions(gait, clip)
        axes = matrix_from_quat(qpos[:, 3:7])
        yaw = np.unwrap(np.arctan2(axes[:, 1, 0], axes[:, 0, 0]))
        assert sign * (yaw[-1] - yaw[0]) == pytest.approx(0.7 * 8.0, abs=0.2)


def test_starting_and_stopping(gait: MotionLibrary) -> None:
    start = positions(gait, "start_comfortable")
    stop = positions(gait, "stop_comfortable")
    assert np.linalg.norm(start[45, :2] - start[0, :2]) < 0.03
    assert (start[-1, 0] - start[-31, 0]) / 0.5 == pytest.approx(1.2, abs=0.1)
    assert np.linalg.norm(stop[-1, :2] - stop[-45, :2]) < 0.03


@pytest.fixture(scope="module")
def steps(model: mujoco.MjModel) -> MotionLibrary:
    """What motions for any command are planned from."""
    return load_motions("gait-steer", model)


@pytest.mark.parametrize(
    ("clip", "ahead", "left"),
    [
        ("sidestep_left_040", 0.0, 0.4),
        ("sidestep_right_025", 0.0, -0.25),
        ("sidestep_left_ahead_070", 0.7, 0.4),
        ("sidestep_right_back_035", -0.35, -0.3),
        ("backward_040", -0.4, 0.0),
    ],
)
def test_steps_in_every_direction(
    steps: MotionLibrary, clip: str, ahead: float, left: float
) -> None:
    root = positions(steps, clip)
    seconds = (len(root) - 1) / FRAME_RATE
    np.testing.assert_allclose((root[-1, :2] - root[0, :2]) / seconds, [ahead, left], atol=0.03)
    i = steps.index(clip)
    frames = slice(steps.first_frame[i], steps.first_frame[i + 1])
    ankles = [
        steps.arrays.tracked_pos[frames, steps.tracked_bodies.index(f"talus_{side}"), :2]
        for side in "rl"
    ]
    apart = np.linalg.norm(ankles[0] - ankles[1], axis=1)
    assert apart.min() > 0.09  # the feet do not cross
    assert apart.max() < 0.85


def test_from_standing_to_standing(steps: MotionLibrary) -> None:
    names = [clip.name for clip in steps.clips if clip.name.endswith("_and_stop")]
    assert len(names) > 20
    for name in names:
        i = steps.index(name)
        first, last = steps.first_frame[i], steps.first_frame[i + 1] - 1
        for frame in (first, last):
            assert np.abs(steps.arrays.qvel[frame, :3]).max() < 0.1, name


def test_feet_stand_in_steps_aside(model: mujoco.MjModel, steps: MotionLibrary) -> None:
    for clip in ("sidestep_left_040", "sidestep_right_ahead_070", "curve_left_090_060"):
        speeds = sole_speeds(model, positions(steps, clip), FRAME_RATE)
        assert np.median(speeds) < 0.05, clip


def test_steps_aside_can_be_made(model: mujoco.MjModel, steps: MotionLibrary) -> None:
    """Force that no foot could make: within what walking ahead has (25 N)."""
    few = with_prior(steps.subset(["sidestep_left_040", "sidestep_right_back_035"]), model)
    assert few.prior is not None
    assert np.sqrt(np.mean(few.prior.residual[:, :3] ** 2)) < 40.0


@pytest.mark.parametrize(
    "clip",
    [
        "walk_slow_070",
        "walk_comfortable_125",
        "walk_left_medium",
        "walk_backward_060",
        "stop_brisk",
    ],
)
def test_feet_can_make_the_motion(model: mujoco.MjModel, gait: MotionLibrary, clip: str) -> None:
    """Forces and moments on the root that no foot makes are small, as in a recorded walk."""
    prior = with_prior(gait.subset([clip]), model).prior
    assert prior is not None
    rms = np.sqrt(np.mean(prior.residual[:, :6] ** 2, axis=0))
    assert np.all(rms[:3] < 30.0) and np.all(rms[3:] < 6.0)


def test_runners_fly_freely(model: mujoco.MjModel, gait: MotionLibrary) -> None:
    """With both feet off the floor, gravity alone moves the centre of mass."""
    qpos = positions(gait, "run_280")
    data = mujoco.MjData(model)
    centre = np.zeros((len(qpos), 3))
    feet = [g for part in ("calcn", "toes") for s in "rl" for g in foot_geoms(model, f"{part}_{s}")]
    kinematics = BatchKinematics(model)
    kinematics.forward(qpos)
    clearance = kinematics.lowest_points(feet).min(axis=1)
    for t, row in enumerate(qpos):
        data.qpos[:] = row
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        centre[t] = data.subtree_com[0]
    acceleration = np.diff(centre, 2, axis=0) * FRAME_RATE**2
    flying = clearance[1:-1] > 0.008
    assert 0.1 < flying.mean() < 0.3
    mean = acceleration[flying].mean(axis=0)
    assert mean == pytest.approx([0.0, 0.0, -9.81], abs=1.5)
    assert with_prior(gait.subset(["run_280"]), model).prior.residual[:, 2].std() < 130.0


def test_styles_are_what_they_say(model: mujoco.MjModel) -> None:
    """Against usual walking: shorter and quicker strides, wider, lower, feet flat at strike."""
    styles = {
        "usual": GaitStyle(),
        "cadence": GaitStyle(cadence=1.2),
        "width": GaitStyle(width=0.05),
        "crouch": GaitStyle(crouch=0.05),
        "lean": GaitStyle(lean=0.15),
    }
    plans = [
        ClipPlan(name, "train", "walk", 4.0, ((0.0, 1.1),), style=style)
        for name, style in styles.items()
    ]
    timelines = [make_timeline(plan) for plan in plans]
    clips = dict(zip(styles, synthesize(model, timelines), strict=True))
    strides = [np.ptp(timeline.phase) for timeline in timelines]
    assert strides[1] == pytest.approx(1.2 * strides[0], rel=1e-6)
    ankles: dict[str, np.ndarray] = {}
    for name, qpos in clips.items():
        kinematics = BatchKinematics(model)
        kinematics.forward(qpos)
        feet = [kinematics.body_pos[:, model.body(f"calcn_{side}").id] for side in "lr"]
        ankles[name] = (feet[0] - feet[1])[:, 1]
    assert np.mean(ankles["width"]) == pytest.approx(np.mean(ankles["usual"]) + 0.1, abs=0.02)
    lower = clips["usual"][:, 2].mean() - clips["crouch"][:, 2].mean()
    assert 0.02 < lower < 0.05  # in long steps the pelvis is lower anyway
    trunk = [matrix_from_quat(clips[name][:, 3:7])[:, 2] for name in ("usual", "lean")]
    turn = np.arccos(np.clip(np.sum(trunk[0] * trunk[1], axis=-1), -1, 1))
    assert np.median(turn) == pytest.approx(0.15, abs=0.02)


def test_families_hold_what_recorded_sets_lack() -> None:
    plans = family_plans()
    assert plans == family_plans()  # the same every time
    assert len({plan.name for plan in plans}) == len(plans) == 200
    assert {plan.split for plan in plans} == {"train"}
    runs = [plan for plan in plans if plan.kind == "run"]
    speeds = [speed for plan in runs for _, speed in plan.speed]
    assert min(speeds) < 2.1 and max(speeds) > 4.5
    starts = np.array([plan.speed[0][1] for plan in runs])
    assert np.abs(starts / 0.25 - np.round(starts / 0.25)).min() > 0.2  # quarters are tested on


def test_comfortable_walking_has_human_angles(model: mujoco.MjModel, gait: MotionLibrary) -> None:
    qpos = positions(gait, "walk_comfortable_125")
    for joint, low, high in (
        ("hip_flexion_r", (-25, -8), (24, 35)),
        ("knee_angle_r", (0, 10), (55, 72)),
        ("ankle_angle_r", (-25, -8), (8, 22)),
    ):
        values = angle(model, qpos, joint)
        assert low[0] < values.min() < low[1], joint
        assert high[0] < values.max() < high[1], joint


def test_comfortable_walking_resembles_a_real_walk(
    model: mujoco.MjModel, gait: MotionLibrary, walk_file: Path
) -> None:
    """Knee and hip of the same speed, at the phase shift that fits the knee best."""
    real = load_motions(str(walk_file), model)
    real_times = np.linspace(0.0, 1.14, 96)
    clip = gait.index("walk_comfortable_125")
    addresses = [model.jnt_qposadr[model.joint(f"{n}_r").id] for n in ("knee_angle", "hip_flexion")]
    measured = real.reference(0, real_times)["qpos"][:, addresses]

    def correlations(shift: float, period: float) -> list[float]:
        times = 2.0 + shift + real_times * (period / 1.14)
        made = gait.reference(clip, times)["qpos"][:, addresses]
        return [float(np.corrcoef(made[:, i], measured[:, i])[0, 1]) for i in range(2)]

    period = 1 / float(curves.stride_frequency(np.array([1.25]), running=False)[0])
    knee, hip = max(correlations(shift, period) for shift in np.linspace(0, period, 60))
    assert knee > 0.90
    assert hip > 0.90


def test_curves_pass_through_their_points_and_close() -> None:
    for points in (curves.WALK.knee, curves.RUN.hip_flexion):
        x = np.array([p[0] for p in points]) / 100
        np.testing.assert_allclose(
            np.rad2deg(curves.periodic(points, x)), [p[1] for p in points], atol=1e-9
        )
        np.testing.assert_allclose(
            curves.periodic(points, np.array([0.3])), curves.periodic(points, np.array([-1.7]))
        )


def test_other_leg_models_are_refused() -> None:
    with pytest.raises(InputError, match="built-in motions need MyoLegs' leg joints"):
        load_motions("gait", load_model("myolegs26"))


def test_abdomen_model_walks_too() -> None:
    abdomen = load_model("myolegs_abdomen")
    library = load_motions("gait", abdomen)
    assert library.arrays.qpos.shape[1] == abdomen.nq
