"""Where the feet go: planted through stance, and carried from one foothold to the next."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.body.legs import foot_geoms
from kinesis_fast.motions.gait.curves import smoothstep
from kinesis_fast.motions.gait.floor import smooth_envelope
from kinesis_fast.motions.gait.timeline import FRAME_RATE, Timeline
from kinesis_fast.motions.kinematics import BatchKinematics
from kinesis_fast.rotations import axis_rotation, matrix_from_quat

Array = npt.NDArray[np.float64]

TOE_OUT = np.deg2rad(7.0)
HALF_STEP_WIDTH_STANDING = 0.080
HALF_STEP_WIDTH_WALKING = 0.055
HALF_STEP_WIDTH_RUNNING = 0.035
TOE_BEND = np.deg2rad(24.0)
"""How far the toes bend up before the foot rises over their tips."""
SWING_CLEARANCE = 0.024
"""Least height of a foot in swing, m, but at its begin and end."""
RISE_SHARE = 0.3
"""Share of swing in which that height is reached, and in which it is left."""


@dataclass(frozen=True)
class FootGeometry:
    """A foot that stands flat with the heading along x, relative to its calcaneus origin."""

    rotation: Array
    """Of the calcaneus, (3, 3)."""
    height: float
    """Of the calcaneus origin over the floor, m."""
    heel: Array
    """Centre of the heel's rounding, (3,), m."""
    heel_radius: float
    """Of that rounding, m."""
    ball: Array
    """Centre of the toe joint, (3,), m."""
    tip: Array
    """Centre of the rounding of the foremost toe, (3,), m."""
    ahead_of_root: float
    """Of the calcaneus origin in the neutral posture, along x, m."""


def measure_foot(model: mujoco.MjModel, neutral: Array, side: str) -> FootGeometry:
    """Read a foot's geometry off the neutral posture ``neutral`` (nq,), heading along x."""
    kinematics = BatchKinematics(model)
    kinematics.forward(neutral[None])
    calcn, toes = model.body(f"calcn_{side}").id, model.body(f"toes_{side}").id
    origin = kinematics.body_pos[0, calcn]
    geoms = foot_geoms(model, f"calcn_{side}")
    toe_geoms = foot_geoms(model, f"toes_{side}")
    heels = [min(ends, key=lambda end: end[0]) for ends in _capsule_ends(model, kinematics, geoms)]
    tips = [end for ends in _capsule_ends(model, kinematics, toe_geoms) for end in ends]
    return FootGeometry(
        rotation=kinematics.body_rot[0, calcn],
        height=float(origin[2] - kinematics.lowest_points(geoms + toe_geoms).min()),
        heel=np.mean(heels, axis=0) - origin,
        heel_radius=float(model.geom_size[geoms[0], 0]),
        ball=kinematics.body_pos[0, toes] - origin,
        tip=max(tips, key=lambda end: float(end[0])) - origin,
        ahead_of_root=float(origin[0] - neutral[0]),
    )


def _capsule_ends(
    model: mujoco.MjModel, kinematics: BatchKinematics, geoms: list[int]
) -> list[tuple[Array, Array]]:
    """Centres of both ends of each capsule, in the first frame, world frame."""
    found = []
    for geom in geoms:
        if int(model.geom_type[geom]) == int(mujoco.mjtGeom.mjGEOM_CAPSULE):
            body = model.geom_bodyid[geom]
            rot = kinematics.body_rot[0, body]
            centre = kinematics.body_pos[0, body] + rot @ model.geom_pos[geom]
            axis = (rot @ matrix_from_quat(model.geom_quat[geom]))[:, 2] * model.geom_size[geom, 1]
            found.append((centre + axis, centre - axis))
    return found


@dataclass(frozen=True)
class FootPath:
    """Poses of one calcaneus: ``pos`` (T, 3) and ``rot`` (T, 3, 3), world frame."""

    pos: Array
    rot: Array


@dataclass(frozen=True)
class FootStance:
    """One foothold: where a foot stands from one frame to another."""

    first: int
    last: int
    """The last frame in which the foot stands."""
    place: Array
    """Of the calcaneus origin of the flat foot, on the floor, (2,), m."""
    yaw: float
    """Of the foot, rad."""
    ahead: float
    """Mean distance of that place before the timeline's path, m."""


def plan_stances(
    timeline: Timeline, geometry: FootGeometry, leg_phase: Array, left: bool
) -> list[FootStance]:
    """Choose a foot's footholds: where the frames of each stance want it on average.

    Args:
        timeline: the clip.
        geometry: the foot.
        leg_phase: of this leg, in cycles, (T,).
        left: which foot.
    """
    cycle = np.mod(leg_phase, 1.0)
    side = 1.0 if left else -1.0
    wished = _wished_footholds(timeline, geometry, cycle, side)
    yaw = timeline.heading + side * (TOE_OUT + timeline.plan.style.toe_out)
    ahead = geometry.ahead_of_root + np.abs(timeline.stride) * timeline.stance * (
        timeline.gait.hip_over_ankle - 0.5
    )
    found = []
    for first, last in _segments(cycle < timeline.stance):
        place, *rest = (x[first : last + 1].mean(axis=0) for x in (wished, yaw, ahead))
        found.append(FootStance(first, last, place, *map(float, rest)))
    return found


def plan_foot(
    timeline: Timeline,
    geometry: FootGeometry,
    natural: FootPath,
    leg_phase: Array,
    stances: Sequence[FootStance],
) -> FootPath:
    """Plant a foot through each stance, and carry it on its natural way in between.

    Args:
        timeline: the clip.
        geometry: the foot.
        natural: the poses that the normative angles alone give.
        leg_phase: of this leg, in cycles, (T,).
        stances: of :func:`plan_stances`.
    """
    cycle = np.mod(leg_phase, 1.0)
    pos, rot = natural.pos.copy(), natural.rot.copy()
    pitch = timeline.gait.angle("foot_pitch", cycle) * np.minimum(timeline.amplitude, 1.1)
    pitch = np.where(pitch > 0, timeline.plan.style.strike * pitch, pitch)
    for stance in stances:
        chosen = slice(stance.first, stance.last + 1)
        pos[chosen], rot[chosen] = _planted(geometry, stance.place, stance.yaw, pitch[chosen])
    _carry(pos, rot, natural, [(stance.first, stance.last) for stance in stances])
    return FootPath(pos, rot)


def clear_floor(
    model: mujoco.MjModel, path: FootPath, leg_phase: Array, timeline: Timeline, side: str
) -> None:
    """Raise the foot, in place, so that its sole passes over the floor in swing."""
    kinematics = BatchKinematics(model)
    kinematics.place(int(model.body(f"calcn_{side}").id), path.pos, path.rot)
    sole = kinematics.lowest_points(foot_geoms(model, f"calcn_{side}")).min(axis=1)
    toes = kinematics.lowest_points(foot_geoms(model, f"toes_{side}")).min(axis=1)
    swing = (np.mod(leg_phase, 1.0) - timeline.stance) / (1 - timeline.stance)
    risen = np.minimum(swing, 1 - swing) / RISE_SHARE
    margin = SWING_CLEARANCE * np.clip(risen, 0, 1)
    missing = margin - np.minimum(sole, toes)
    swinging = swing > 0
    raised = smooth_envelope(np.where(swinging, np.maximum(0.0, missing), 0.0), 3.0)
    path.pos[:, 2] += np.where(swinging, raised, 0.0)


def raise_onto_toes(model: mujoco.MjModel, path: FootPath, side: str, share: Array) -> None:
    """Raise the foot, in place, where its toes, bent up as far as they go, are in the floor.

    By a share (T,) of what is missing.
    """
    kinematics = BatchKinematics(model)
    toe_joint = int(model.joint(f"mtp_angle_{side}").id)
    kinematics.place(int(model.body(f"calcn_{side}").id), path.pos, path.rot)
    kinematics.turn_leaf(toe_joint, np.full(len(path.pos), model.jnt_range[toe_joint, 0]))
    tips = kinematics.lowest_points(foot_geoms(model, f"toes_{side}")).min(axis=1)
    path.pos[:, 2] += share * smooth_envelope(np.maximum(0.0, -tips), 0.03 * FRAME_RATE)


def _wished_footholds(
    timeline: Timeline, geometry: FootGeometry, cycle: Array, side: float
) -> Array:
    """Where the foot would stand if this frame alone decided, (T, 2)."""
    walking = np.minimum(timeline.amplitude, 1.0)
    narrow = timeline.gait.mixed(HALF_STEP_WIDTH_WALKING, HALF_STEP_WIDTH_RUNNING)
    narrow += timeline.plan.style.width
    # Beside steps that go aside, feet stand as wide as in standing.
    walking = walking * (1.0 - np.clip(np.abs(timeline.drift) / 0.1, 0.0, 1.0))
    lateral = side * (HALF_STEP_WIDTH_STANDING + (narrow - HALF_STEP_WIDTH_STANDING) * walking)
    # One foot goes aside, the other closes up to it: a quarter of the way more on either side keeps
    # them from crossing.
    lateral += 0.25 * side * np.abs(timeline.drift)
    passing = timeline.gait.hip_over_ankle * timeline.stance
    ahead = geometry.ahead_of_root + np.abs(timeline.stride) * (passing - cycle)
    lateral += timeline.drift * (0.5 * timeline.stance - cycle)
    c, s = np.cos(timeline.heading), np.sin(timeline.heading)
    return timeline.path + np.stack([c * ahead - s * lateral, s * ahead + c * lateral], axis=-1)


def _planted(geometry: FootGeometry, place: Array, yaw: float, pitch: Array) -> tuple[Array, Array]:
    """Poses of a foot that rolls over its heel, then rises over its ball, then over its toes."""
    turn = axis_rotation([0, 0, 1], yaw)
    over_toes = np.minimum(pitch + TOE_BEND, 0.0)
    rock = axis_rotation([0, 1, 0], over_toes - pitch)
    pivot = np.where(pitch[:, None] > 0, geometry.heel, geometry.ball)
    shift = pivot - np.einsum("tij,tj->ti", rock, pivot)
    shift[:, 0] -= geometry.heel_radius * np.maximum(pitch, 0.0)
    tip_over = axis_rotation([0, 1, 0], -over_toes)
    shift = geometry.tip + np.einsum("tij,tj->ti", tip_over, shift - geometry.tip)
    pos = np.array([place[0], place[1], geometry.height]) + shift @ turn.T
    return pos, turn @ tip_over @ rock @ geometry.rotation


def _carry(pos: Array, rot: Array, natural: FootPath, stances: list[tuple[int, int]]) -> None:
    """Fill the swings, in place: the natural way, bent to leave and meet the planted poses."""
    for before, after in itertools.pairwise([None, *stances, None]):
        leave = before[1] if before is not None else None
        meet = after[0] if after is not None else None
        anchors = [frame for frame in (leave, meet) if frame is not None]
        i = np.arange(0 if leave is None else leave + 1, len(pos) if meet is None else meet)
        if not anchors or len(i) == 0:
            continue
        shifts = [pos[a] - natural.pos[a] for a in anchors]
        turns = [_log(rot[a] @ natural.rot[a].T) for a in anchors]
        share = np.zeros(len(i))
        if leave is not None and meet is not None:
            share = smoothstep((i - leave) / (meet - leave))
        w = share[:, None]
        pos[i] = natural.pos[i] + (1 - w) * shifts[0] + w * shifts[-1]
        rot[i] = _exp((1 - w) * turns[0] + w * turns[-1]) @ natural.rot[i]


def _segments(flags: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last index of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _log(rotation: Array) -> Array:
    quat, vector = np.zeros(4), np.zeros(3)
    mujoco.mju_mat2Quat(quat, np.ascontiguousarray(rotation).ravel())
    mujoco.mju_quat2Vel(vector, quat, 1.0)
    return vector


def _exp(vectors: Array) -> Array:
    angle = np.linalg.norm(vectors, axis=-1)
    axis = vectors / np.maximum(angle, 1e-12)[:, None]
    half = 0.5 * angle[:, None]
    return matrix_from_quat(np.concatenate([np.cos(half), np.sin(half) * axis], axis=-1))
