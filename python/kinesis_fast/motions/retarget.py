"""From recordings to a model's motions: scaled targets, then the native retargeter."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast import _engine, models
from kinesis_fast.errors import InputError
from kinesis_fast.motions.kinematics import (
    BatchKinematics,
    axis_rotation,
    matrix_from_quat,
    quat_from_matrix,
)
from kinesis_fast.motions.library import default_tracked_bodies
from kinesis_fast.motions.recording import AnyRecording, JointRecording, Recording
from kinesis_fast.motions.resample import resample

Array = npt.NDArray[np.float64]

PELVIS_TO_ROOT = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
"""Pelvis axes (x forward, y left, z up) in the axes of the composed models' root body."""

SIDES = "rl"
TOUCHES = 0.005
"""A foot lower than this is in contact, m."""


@dataclass(frozen=True)
class RetargetedMotion:
    """A recording on a model, and how well it fits."""

    qpos: Array
    """(T, nq)."""
    qvel: Array
    """(T, nv)."""
    tracked_pos: Array
    """(T, 7, 3), m."""
    tracked_vel: Array
    """(T, 7, 3), m/s."""
    source_pos: Array
    """(T, 7, 3) the source's own joint centres on the model's floor and path, m."""
    targets: Array
    """(T, 7, 3) the source's joint centres at the model's segment lengths, m."""
    fit: Array
    """(T, 7) distance of the tracked bodies from their scaled targets before the contact pass, m:
    how well inverse kinematics reaches what was recorded."""
    error: Array
    """(T, 7) distance from ``targets`` after it, m: with what contact cleaning costs."""
    sole: Array
    """(T, 2) height of the lowest point of the right and left foot, m."""
    slide: Array
    """(T, 2) horizontal speed, m/s, of what stands of each foot; NaN where nothing does."""
    contact: npt.NDArray[np.bool_]
    """(T, 2, 2) when heel and toes of the right and left foot stand."""
    limit_share: float
    """Share of joint values at the end of their range."""

    @property
    def stance(self) -> npt.NDArray[np.bool_]:
        """(T, 2) when a foot stands."""
        result: npt.NDArray[np.bool_] = self.contact.any(axis=2)
        return result


class Retargeter:
    """Puts recordings onto one model; safe to use from several threads."""

    def __init__(self, model: mujoco.MjModel) -> None:
        """Measure the model.

        Raises:
            InputError: the model lacks the legs of the composed models.
        """
        self.model = model
        self.tracked_bodies = default_tracked_bodies(model)
        self.geometry = _LegGeometry.of(model)
        config = _engine.RetargetConfig()
        config.bodies = [model.body(name).id for name in self.tracked_bodies]
        config.feet = [_foot(model, side, self.tracked_bodies) for side in SIDES]
        config.right, config.left = (_leg_shapes(model, side) for side in SIDES)
        # Recorded toe angles are rarely measured: the floor bends the toes instead.
        config.free_joints = [model.joint(f"mtp_angle_{side}").id for side in SIDES]
        self.config = config
        self._native = _engine.Retargeter(model._address, config)

    def retarget(self, recording: AnyRecording, frame_rate: float) -> RetargetedMotion:
        """Return a recording as a motion of the model at ``frame_rate``, Hz."""
        if isinstance(recording, JointRecording):
            qpos = _resample_qpos(self.model, recording, frame_rate)
            kinematics = BatchKinematics(self.model, self.tracked_bodies)
            kinematics.forward(qpos)
            bodies = [self.model.body(name).id for name in self.tracked_bodies]
            targets = kinematics.body_pos[:, bodies]
            root = models.root_body(self.model)
            address = int(self.model.jnt_qposadr[self.model.body_jntadr[root]])
            quat = qpos[:, address + 3 : address + 7]
            source = targets
            found = self._native.solve(
                np.ascontiguousarray(targets),
                np.ascontiguousarray(quat),
                frame_rate,
                qpos,
            )
        else:
            points = resample(recording.points, recording.frame_rate, frame_rate)
            targets, quat = self.geometry.targets(recording, points)
            source = points[:, [0, 3, 4, 5, 7, 8, 9]]
            found = self._native.solve(np.ascontiguousarray(targets), quat, frame_rate)
        bodies = list(self.config.bodies)
        address = self.model._address
        qvel = _engine.joint_velocities(address, found["qpos"], frame_rate)
        pos, vel = _engine.tracked_motion(address, found["qpos"], qvel, bodies)
        path = found["targets"][:, :1] - targets[:, :1]
        return RetargetedMotion(
            qpos=found["qpos"],
            qvel=qvel,
            tracked_pos=pos,
            tracked_vel=vel,
            source_pos=source + path,
            targets=found["targets"],
            fit=found["fit"],
            error=found["error"],
            sole=found["sole"],
            slide=found["slide"],
            contact=found["contact"].astype(bool),
            limit_share=found["limit_share"],
        )


@dataclass(frozen=True)
class _LegGeometry:
    """A model's measures, in pelvis axes (x forward, y left, z up), m."""

    root: Array
    """From the middle of the hips to the root's origin."""
    half_width: float
    """Of the hips."""
    thigh: float
    shank: float
    toe: dict[str, Array]
    """From ankle to toes in a foot that points forward and stands flat."""

    @classmethod
    def of(cls, model: mujoco.MjModel) -> _LegGeometry:
        kinematics = BatchKinematics(model)
        qpos = np.array(model.qpos0, dtype=np.float64)
        root = models.root_body(model)
        address = int(model.jnt_qposadr[model.body_jntadr[root]])
        qpos[address : address + 3] = 0.0
        qpos[address + 3 : address + 7] = quat_from_matrix(PELVIS_TO_ROOT.T)
        models.apply_couplings(model, qpos)
        kinematics.forward(qpos[None])

        def at(name: str) -> Array:
            place: Array = kinematics.body_pos[0, model.body(name).id]
            return place

        hips = {side: at(f"femur_{side}") for side in SIDES}
        return cls(
            root=-0.5 * (hips["r"] + hips["l"]),
            half_width=0.5 * float(hips["l"][1] - hips["r"][1]),
            thigh=float(np.linalg.norm(at("tibia_r") - hips["r"])),
            shank=float(np.linalg.norm(at("talus_r") - at("tibia_r"))),
            toe={side: at(f"toes_{side}") - at(f"talus_{side}") for side in SIDES},
        )

    def targets(self, recording: Recording, points: Array) -> tuple[Array, Array]:
        """Return places of the tracked bodies (T, 7, 3) and root quaternions (T, 4).

        Directions of the source's segments at the model's lengths, from the model's hips on; the
        path of the hips is scaled by the ratio of the legs' lengths.
        """
        source = dict(zip(_POINT_NAMES, np.moveaxis(points, 1, 0), strict=True))
        length = np.mean(
            [
                np.median(recording.distance(f"hip_{s}", f"knee_{s}"))
                + np.median(recording.distance(f"knee_{s}", f"ankle_{s}"))
                for s in SIDES
            ]
        )
        scale = (self.thigh + self.shank) / float(length)
        middle = 0.5 * (source["hip_r"] + source["hip_l"])
        pelvis = _pelvis_rotation(source, recording.pelvis_tilt)
        found = [scale * middle + pelvis @ self.root]
        for side, left in (("r", -1.0), ("l", 1.0)):
            hip = middle + left * self.half_width / scale * pelvis[:, :, 1]
            knee_target = scale * hip + self.thigh * _unit(source[f"knee_{side}"] - hip)
            shank = _unit(source[f"ankle_{side}"] - source[f"knee_{side}"])
            ankle_target = knee_target + self.shank * shank
            foot = _foot_rotation(
                source[f"toe_{side}"] - source[f"ankle_{side}"],
                shank,
                self.toe[side],
                recording.foot_line,
                left,
            )
            found += [knee_target, ankle_target, ankle_target + foot @ self.toe[side]]
        return np.stack(found, axis=1), quat_from_matrix(pelvis @ PELVIS_TO_ROOT.T)


from kinesis_fast.motions.recording import POINTS as _POINT_NAMES  # noqa: E402


def _unit(v: Array) -> Array:
    length = np.linalg.norm(v, axis=-1, keepdims=True)
    result: Array = v / np.maximum(length, 1e-9)
    return result


def _pelvis_rotation(source: dict[str, Array], tilt: float) -> Array:
    """Return the pelvis's axes (T, 3, 3): y along the hips, z by the spine, upright by ``tilt``."""
    left = _unit(source["hip_l"] - source["hip_r"])
    up = source["spine"] - 0.5 * (source["hip_r"] + source["hip_l"])
    forward = _unit(np.cross(left, up))
    axes = np.stack([forward, left, np.cross(forward, left)], axis=-1)
    # The spine's line leans back by tilt in an upright pelvis: turn forward by as much.
    result: Array = axes @ axis_rotation([0, 1, 0], tilt)
    return result


def _foot_rotation(
    direction: Array, shank: Array, toe: Array, line: tuple[float, float] | None, left: float
) -> Array:
    """Return the axes (T, 3, 3), x forward, of a foot from where its ankle and toe lie.

    Args:
        direction: from ankle to toe, (T, 3).
        shank: from knee to ankle, (T, 3).
        toe: the model's own ``direction`` in a flat foot that points forward.
        line: pitch and outward yaw of the source's in such a foot, rad; None: as the model's.
        left: 1 for the left foot, -1 for the right.
    """
    across = _unit(np.cross(direction, shank))
    ahead = _unit(direction)
    axes = np.stack([ahead, across, np.cross(ahead, across)], axis=-1)
    pitch, yaw = float(np.arctan2(-toe[2], np.hypot(toe[0], toe[1]))), abs(_yaw(toe))
    if line is not None:
        pitch, yaw = line
    rest = axis_rotation([0, 0, 1], left * yaw) @ axis_rotation([0, 1, 0], pitch)
    result: Array = axes @ rest.T
    return result


def _yaw(direction: Array) -> float:
    return float(np.arctan2(direction[1], direction[0]))


def _resample_qpos(model: mujoco.MjModel, recording: JointRecording, frame_rate: float) -> Array:
    qpos = np.ascontiguousarray(resample(recording.qpos, recording.frame_rate, frame_rate))
    models.apply_couplings(model, qpos)
    return qpos


def _foot(model: mujoco.MjModel, side: str, tracked: list[str]) -> _engine.Foot:
    """Describe a foot for the contact pass: spheres of its sole and the points it stands on."""
    heel_body, toe_body = (model.body(f"{part}_{side}").id for part in ("calcn", "toes"))
    ends = _capsule_ends(model, heel_body)
    middle = float(np.mean([centre[0] for centre, _ in ends]))
    rear = [end for end in ends if end[0][0] < middle]
    front = [end for end in ends if end[0][0] >= middle]
    tips = _capsule_ends(model, toe_body)
    foot = _engine.Foot()
    foot.ankle_target = tracked.index(f"talus_{side}")
    foot.toes_target = tracked.index(f"toes_{side}")
    foot.heel = _part(heel_body, rear, [(heel_body, end) for end in rear])
    foot.toes = _part(
        toe_body,
        tips,
        [(heel_body, end) for end in front] + [(toe_body, end) for end in tips],
    )
    tip, radius = max(tips, key=lambda end: float(end[0][0]))
    foot.toes.point = [tip[0], tip[1] - radius, tip[2]]
    return foot


def _part(
    body: int,
    ends: list[tuple[Array, float]],
    sole: list[tuple[int, tuple[Array, float]]],
) -> _engine.FootPart:
    part = _engine.FootPart()
    part.body = body
    centre = np.mean([end[0] for end in ends], axis=0)
    centre[1] -= np.mean([end[1] for end in ends])
    part.point = centre.tolist()
    spheres = []
    for owner, (place, radius) in sole:
        sphere = _engine.SoleSphere()
        sphere.body, sphere.centre, sphere.radius = owner, place.tolist(), radius
        spheres.append(sphere)
    part.sole = spheres
    return part


def _leg_shapes(model: mujoco.MjModel, side: str) -> list[_engine.Capsule]:
    """Return the colliding shapes of a leg; ellipsoids as capsules along their longest axis."""
    bodies = {model.body(f"{part}_{side}").id for part in ("femur", "tibia", "calcn", "toes")}
    shapes = []
    for geom in range(model.ngeom):
        if int(model.geom_bodyid[geom]) not in bodies or not model.geom_contype[geom]:
            continue
        size = model.geom_size[geom]
        kind = int(model.geom_type[geom])
        if kind == int(mujoco.mjtGeom.mjGEOM_CAPSULE):
            longest, radius, half = 2, float(size[0]), float(size[1])
        elif kind == int(mujoco.mjtGeom.mjGEOM_ELLIPSOID):
            longest = int(np.argmax(size))
            radius = float(np.delete(size, longest).max())
            half = float(size[longest]) - radius
        else:
            continue
        axis = matrix_from_quat(model.geom_quat[geom])[:, longest]
        shape = _engine.Capsule()
        shape.body, shape.radius = int(model.geom_bodyid[geom]), radius
        shape.from_ = (model.geom_pos[geom] - half * axis).tolist()
        shape.to = (model.geom_pos[geom] + half * axis).tolist()
        shapes.append(shape)
    return shapes


def _capsule_ends(model: mujoco.MjModel, body: int) -> list[tuple[Array, float]]:
    """Return centres, in body axes, and radii of the end spheres of a body's capsules."""
    ends = []
    for geom in range(model.ngeom):
        if model.geom_bodyid[geom] != body or not model.geom_contype[geom]:
            continue
        if int(model.geom_type[geom]) != int(mujoco.mjtGeom.mjGEOM_CAPSULE):
            continue
        axis = matrix_from_quat(model.geom_quat[geom])[:, 2]
        radius, half = (float(x) for x in model.geom_size[geom, :2])
        ends += [(model.geom_pos[geom] + sign * half * axis, radius) for sign in (-1.0, 1.0)]
    if not ends:
        raise InputError(f"body {model.body(body).name!r} has no capsules to stand on")
    return ends
