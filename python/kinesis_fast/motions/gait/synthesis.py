"""From a clip's timeline to joint positions: normative angles, planted feet, reachable pelvis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.body import apply_couplings, root_body
from kinesis_fast.body.legs import OPENSIM_PELVIS_TO_ROOT, OPENSIM_TO_WORLD, foot_geoms
from kinesis_fast.motions.gait.balance import pendulum_path, running_height
from kinesis_fast.motions.gait.floor import bend_toes, lift_out_of_floor, smooth_envelope
from kinesis_fast.motions.gait.footsteps import (
    FootGeometry,
    FootPath,
    FootStance,
    clear_floor,
    measure_foot,
    plan_foot,
    plan_stances,
    raise_onto_toes,
)
from kinesis_fast.motions.gait.leg_ik import LEG_JOINTS, plant_feet
from kinesis_fast.motions.gait.timeline import FRAME_RATE, MARGIN, Timeline, smooth
from kinesis_fast.motions.kinematics import BatchKinematics
from kinesis_fast.rotations import axis_rotation, quat_from_matrix

Array = npt.NDArray[np.float64]

REQUIRED_JOINTS = tuple(f"{name}_{side}" for side in "rl" for name in (*LEG_JOINTS, "mtp_angle"))
PELVIS_SWING = np.deg2rad(4.0)
"""Amplitude of pelvic rotation and list in walking."""
KNEE_RESERVE = 0.997
"""Largest share of a straight leg's length between hip and ankle."""
STANDING_KNEE = np.deg2rad(4.0)
RUNS = 0.9
"""Share of the most running in a clip, from which on its height is taken as running's."""
FLIES = 0.45
"""Share of running in the gait, from which on bodies fly."""
STRIDES_OUT = (0.8, 1.2)
"""m/s, between which what lowers a body becomes whole steps, where it is to run."""
STEP_TIME = 0.35
"""s, about, of a step where walking becomes running."""


@dataclass(frozen=True)
class _Course:
    """A clip's timeline with the feet and the body's mass on their way; arrays are (T, ...)."""

    timeline: Timeline
    stances: Sequence[Sequence[FootStance]]
    """Of each foot, right then left."""
    path: Array
    """Of the centre of mass on the floor, (T, 2), m."""
    shift: Array
    """Of the centre of mass from its mean place in the pelvis's frame, (T, 3), m."""


def synthesize(model: mujoco.MjModel, timelines: Sequence[Timeline]) -> list[Array]:
    """Return joint positions (T, nq) of each timeline, feet planted in stance, on z = 0."""
    neutral = _neutral(model)
    geometries = [measure_foot(model, neutral, side) for side in "rl"]
    height = _mass_height(model, neutral, geometries[0].height)
    courses = []
    for timeline in timelines:
        stances = [
            plan_stances(timeline, geometry, timeline.phase + 0.5 * leg, left=leg == 1)
            for leg, geometry in enumerate(geometries)
        ]
        path = pendulum_path(timeline, geometries, stances, height)
        courses.append(_Course(timeline, stances, path, np.zeros((len(path), 3))))
    clips = _pose(model, neutral, geometries, courses)
    # A flying body's mass, not its pelvis, keeps its speed; one that leans has its mass over its
    # feet. Usual walking gains nothing by this.
    moved = [i for i, timeline in enumerate(timelines) if _mass_is_elsewhere(timeline)]
    again = [replace(courses[i], shift=_mass_shift(model, timelines[i], clips[i])) for i in moved]
    for i, clip in zip(moved, _pose(model, neutral, geometries, again), strict=True):
        clips[i] = clip
    for clip in clips:
        bend_toes(model, clip, FRAME_RATE)
        lift_out_of_floor(model, clip, FRAME_RATE)
    return [clip[MARGIN:-MARGIN] for clip in clips]


def _pose(
    model: mujoco.MjModel,
    neutral: Array,
    geometries: Sequence[FootGeometry],
    courses: Sequence[_Course],
) -> list[Array]:
    """Return joint positions (T, nq) of each clip, toes straight."""
    if not courses:
        return []
    parts = [_natural_posture(model, neutral, course) for course in courses]
    ends = np.cumsum([len(part) for part in parts])[:-1]
    qpos = np.concatenate(parts)
    kinematics = BatchKinematics(model)
    kinematics.forward(qpos)
    lowest = _lowest_sole(model, kinematics)
    feet_pos, feet_rot = [], []
    pieces = zip(
        courses,
        np.split(qpos, ends),
        np.split(lowest, ends),
        np.split(kinematics.body_pos, ends),
        np.split(kinematics.body_rot, ends),
        strict=True,
    )
    for course, q, low, body_pos, body_rot in pieces:
        timeline = course.timeline
        q[:, 2] = _natural_height(course, low) - timeline.plan.style.crouch
        paths = []
        for leg, side in enumerate("rl"):
            calcn = model.body(f"calcn_{side}").id
            raised = body_pos[:, calcn] + np.array([0, 0, 1]) * q[:, 2:3]
            natural = FootPath(raised, body_rot[:, calcn])
            phase = timeline.phase + 0.5 * leg
            path = plan_foot(timeline, geometries[leg], natural, phase, course.stances[leg])
            clear_floor(model, path, phase, timeline, side)
            if timeline.gait.walks:
                raise_onto_toes(model, path, side, 1.0 - timeline.gait.running)
            paths.append(path)
        excess = _excess_reach(model, body_pos, q, paths)
        q[:, 2] -= _lowered(timeline, excess)
        feet_pos.append(np.stack([path.pos for path in paths], axis=1))
        feet_rot.append(np.stack([path.rot for path in paths], axis=1))
    qpos = plant_feet(model, qpos, np.concatenate(feet_pos), np.concatenate(feet_rot))
    return [part.copy() for part in np.split(qpos, ends)]


def _mass_is_elsewhere(timeline: Timeline) -> bool:
    return timeline.gait.runs or timeline.plan.style.lean != 0.0


def _mass_shift(model: mujoco.MjModel, timeline: Timeline, qpos: Array) -> Array:
    """Return how far (T, 3) the centre of mass is from its mean place in the pelvis's frame, m."""
    kinematics = BatchKinematics(model)
    kinematics.forward(qpos)
    centres = kinematics.body_pos + np.einsum("tbij,bj->tbi", kinematics.body_rot, model.body_ipos)
    centre = np.einsum("tbi,b->ti", centres, model.body_mass) / model.body_mass.sum()
    heading = axis_rotation([0, 0, 1], timeline.heading)
    shift = np.einsum("tji,tj->ti", heading, centre - qpos[:, :3])
    mean = shift.mean(axis=0)
    gait = timeline.gait
    if gait.runs and gait.walks:
        weight = gait.running[:, None]
        mean = (weight * shift).sum(axis=0) / weight.sum()
        shift = mean + weight * (shift - mean)
    if timeline.plan.style.lean != 0.0:  # ahead of where it is in an upright trunk
        mean[0] -= (centre[:, 2] - qpos[:, 2]).mean() * np.sin(timeline.plan.style.lean)
    result: Array = np.einsum("tij,tj->ti", heading, shift - mean)
    return result


def _neutral(model: mujoco.MjModel) -> Array:
    """Return the default posture (nq,) at the origin, heading along x."""
    qpos = np.array(model.qpos0, dtype=np.float64)
    qpos[:3] = 0.0
    qpos[3:7] = quat_from_matrix(OPENSIM_TO_WORLD @ OPENSIM_PELVIS_TO_ROOT.T)
    return qpos


def _mass_height(model: mujoco.MjModel, neutral: Array, calcaneus: float) -> float:
    """Return the height of the standing body's centre of mass, m; given that of its calcaneus."""
    data = mujoco.MjData(model)
    data.qpos[:] = neutral
    mujoco.mj_kinematics(model, data)
    mujoco.mj_comPos(model, data)
    over_calcaneus = data.subtree_com[root_body(model), 2] - data.body("calcn_r").xpos[2]
    return float(over_calcaneus + calcaneus)


def _natural_posture(model: mujoco.MjModel, neutral: Array, course: _Course) -> Array:
    """Return positions (T, nq) by the normative curves, the pelvis over its path at height 0."""
    timeline = course.timeline
    frames = len(timeline.phase)
    qpos = np.tile(neutral, (frames, 1))
    gait = timeline.gait
    amplitude = np.minimum(timeline.amplitude, 1.25)
    swing_amplitude = np.minimum(timeline.lift, 1.25)
    _place_pelvis(qpos, timeline, course.path - course.shift[:, :2], amplitude)
    for leg, side in enumerate("rl"):
        cycle = timeline.phase + 0.5 * leg
        swing = np.clip((np.mod(cycle, 1.0) - timeline.stance) / (1 - timeline.stance), 0, 1)
        bump = np.sin(np.pi * swing) ** 2
        extra = np.maximum(0.0, swing_amplitude - amplitude) * bump
        knee = gait.angle("knee", cycle)
        values = {
            "hip_flexion": amplitude * gait.angle("hip_flexion", cycle) + 0.35 * extra,
            "hip_adduction": amplitude * gait.angle("hip_adduction", cycle),
            "knee_angle": np.maximum((amplitude + extra) * knee, STANDING_KNEE * (1 - amplitude)),
            "ankle_angle": amplitude * gait.angle("ankle", cycle),
        }
        for name, value in values.items():
            joint = model.joint(f"{name}_{side}")
            low, high = joint.range
            qpos[:, joint.qposadr[0]] = np.clip(value, low, high)
    apply_couplings(model, qpos)
    return qpos


def _place_pelvis(qpos: Array, timeline: Timeline, path: Array, amplitude: Array) -> None:
    """Set the root's place over ``path`` (T, 2) and its orientation, in place."""
    cycle = 2 * np.pi * timeline.phase
    style = timeline.plan.style
    swing = style.sway * PELVIS_SWING * np.minimum(amplitude, 1.0)
    side_list = -swing * np.cos(cycle - 2 * np.pi * 0.15)
    rotation = swing * np.cos(cycle)
    tilt = timeline.gait.mixed(np.deg2rad(-1.0), np.deg2rad(-6.0)) - style.lean
    pelvis = (
        axis_rotation([0, 0, 1], tilt)
        @ axis_rotation([1, 0, 0], side_list)
        @ axis_rotation([0, 1, 0], rotation)
    )
    heading = axis_rotation([0, 0, 1], timeline.heading)
    qpos[:, 3:7] = quat_from_matrix(heading @ OPENSIM_TO_WORLD @ pelvis @ OPENSIM_PELVIS_TO_ROOT.T)
    time = np.arange(len(cycle)) / FRAME_RATE
    quiet = np.clip(1 - 4 * timeline.lift, 0, 1)
    rightward = 0.004 * quiet * np.sin(2 * np.pi * 0.25 * time)
    forward = 0.004 * quiet * np.sin(2 * np.pi * 0.17 * time)
    c, s = np.cos(timeline.heading), np.sin(timeline.heading)
    qpos[:, 0] = path[:, 0] + s * rightward + c * forward
    qpos[:, 1] = path[:, 1] - c * rightward + s * forward


def _lowest_sole(model: mujoco.MjModel, kinematics: BatchKinematics) -> Array:
    soles = [g for side in "rl" for g in foot_geoms(model, f"calcn_{side}")]
    toes = [g for side in "rl" for g in foot_geoms(model, f"toes_{side}")]
    heel = kinematics.lowest_points(soles).min(axis=1)
    # Toes bend up in push-off: their joint, not their tips, is what the foot stands on.
    joint = np.min([kinematics.body_pos[:, model.geom_bodyid[g], 2] for g in toes], axis=0)
    lowest: Array = np.minimum(heel, joint - 0.02)
    return lowest


def _natural_height(course: _Course, lowest: Array) -> Array:
    """Return the root's height (T,) at which the lower foot of the natural posture stands."""
    walking = smooth(-lowest, 0.1)
    gait = course.timeline.gait
    if not gait.runs:
        return walking
    height = running_height(course.timeline) - course.shift[:, 2]
    runs = gait.running >= RUNS * gait.running.max()
    lowered = runs & (height < np.quantile(height[runs], 0.1))  # in mid-stance
    mean = smooth(walking, STEP_TIME)
    vaults = _on_the_floor(course.timeline) * (walking - mean)
    result: Array = height + gait.mixed(mean, np.mean(-lowest[lowered] - height[lowered])) + vaults
    return result


def _on_the_floor(timeline: Timeline) -> Array:
    """Return how far (T,) from flying a body is, 0 to 1, as it changes from walking to running.

    One that flies rises and falls by its weight alone.
    """
    return np.clip(1.0 - timeline.gait.running / FLIES, 0.0, 1.0)


def _lowered(timeline: Timeline, excess: Array) -> Array:
    """Return by how much (T,) to lower the root, at least so much: a flying body as a whole."""
    gait = timeline.gait
    if not gait.runs:
        return excess
    whole = np.full_like(excess, (gait.running * excess).max())
    if gait.walks:  # legs that stride out as it becomes faster lower it for whole steps
        low, high = STRIDES_OUT
        out = np.clip((np.abs(timeline.speed) - low) / (high - low), 0.0, 1.0)
        steps = smooth_envelope(excess, STEP_TIME * FRAME_RATE)
        whole = gait.mixed(excess + out * (np.maximum(excess, steps) - excess), whole)
    return np.maximum(excess, whole)


def _excess_reach(
    model: mujoco.MjModel, body_pos: Array, qpos: Array, paths: Sequence[FootPath]
) -> Array:
    """Return by how much (T,) to lower the root so that both legs reach their feet."""
    excess = np.zeros(len(qpos))
    for path, side in zip(paths, "rl", strict=True):
        hip = body_pos[:, model.body(f"femur_{side}").id] + np.array([0, 0, 1]) * qpos[:, 2:3]
        calcn = model.body(f"calcn_{side}").id
        ankle = path.pos - path.rot @ model.body_pos[calcn]
        length = KNEE_RESERVE * sum(
            float(np.linalg.norm(model.body_pos[model.body(f"{part}_{side}").id]))
            for part in ("tibia", "talus")
        )
        sideways = np.linalg.norm((ankle - hip)[:, :2], axis=1)
        drop = np.sqrt(np.maximum(length**2 - sideways**2, 0.01))
        excess = np.maximum(excess, hip[:, 2] - ankle[:, 2] - drop)
    return smooth_envelope(excess, 0.06 * FRAME_RATE)
