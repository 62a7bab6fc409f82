"""From recordings to a model's motions: scaled targets, then the native retargeter."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast import _engine, models
from kinesis_fast.errors import InputError
from kinesis_fast.motions.kinematics import BatchKinematics, matrix_from_quat
from kinesis_fast.motions.library import default_tracked_bodies
from kinesis_fast.motions.recording import POINTS, AnyRecording, JointRecording
from kinesis_fast.motions.resample import resample
from kinesis_fast.motions.scaling import SIDES, LegGeometry, ScaledTargets

Array = npt.NDArray[np.float64]

TRACKED_POINTS = [
    POINTS.index(name) for name in POINTS if name[:5] not in ("spine", "hip_r", "hip_l")
]
"""Which keypoints of a recording lie at the tracked bodies, in their order."""


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
    """(T, 7, 3) the source's own joint centres, of its own size, carried along the motion's path on
    the model's floor, m."""
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
        return self.contact[:, :, 0] | self.contact[:, :, 1]


class Retargeter:
    """Puts recordings onto one model; safe to use from several threads."""

    def __init__(self, model: mujoco.MjModel) -> None:
        """Measure the model.

        Raises:
            InputError: the model lacks the legs of the composed models.
        """
        _check_legs(model)
        self.model = model
        self.tracked_bodies = default_tracked_bodies(model)
        self.geometry = LegGeometry.of(model)
        config = _engine.RetargetConfig()
        config.bodies = [model.body(name).id for name in self.tracked_bodies]
        config.feet = [_foot(model, side, self.tracked_bodies) for side in SIDES]
        config.right, config.left = (_leg_shapes(model, side) for side in SIDES)
        # Recorded toe angles are rarely measured: the floor bends the toes instead.
        config.free_joints = [model.joint(f"mtp_angle_{side}").id for side in SIDES]
        self.config = config
        self._native = _engine.Retargeter(model._address, config)

    def retarget(self, recording: AnyRecording, frame_rate: float) -> RetargetedMotion:
        """Return a recording as a motion of the model at ``frame_rate``, Hz.

        Raises:
            InputError: no finite motion comes of it, or fewer than two frames.
        """
        frames = len(recording.qpos if isinstance(recording, JointRecording) else recording.points)
        seconds = (frames - 1) / recording.frame_rate
        if seconds * frame_rate < 1.0 - 1e-6:
            raise InputError(
                f"lasts {seconds:.3g} s, less than two frames at {frame_rate:g} Hz; "
                "import it at a higher frame rate"
            )
        posture = None
        if isinstance(recording, JointRecording):
            posture, targets = self._joint_targets(recording, frame_rate)
            source = targets.places
        else:
            points = resample(recording.points, recording.frame_rate, frame_rate)
            targets = self.geometry.targets(recording, points)
            source = points[:, TRACKED_POINTS]
        found = self._native.solve(targets.places, targets.root_quat, frame_rate, posture)
        if not all(np.isfinite(found[name]).all() for name in ("qpos", "targets", "sole")):
            raise InputError("could not be retargeted: its joints make no body")
        bodies = list(self.config.bodies)
        address = self.model._address
        qvel = _engine.joint_velocities(address, found["qpos"], frame_rate)
        pos, vel = _engine.tracked_motion(address, found["qpos"], qvel, bodies)
        contact = found["contact"].astype(bool)
        path = (found["targets"] - targets.places)[:, 0] + targets.path_shift
        return RetargetedMotion(
            qpos=found["qpos"],
            qvel=qvel,
            tracked_pos=pos,
            tracked_vel=vel,
            source_pos=_on_path(source, pos, path, contact),
            targets=found["targets"],
            fit=found["fit"],
            error=found["error"],
            sole=found["sole"],
            slide=found["slide"],
            contact=contact,
            limit_share=found["limit_share"],
        )

    def _joint_targets(
        self, recording: JointRecording, frame_rate: float
    ) -> tuple[Array, ScaledTargets]:
        """Return joint positions (T, nq) at a frame rate, and where they put the bodies."""
        qpos = resample(recording.qpos, recording.frame_rate, frame_rate)
        models.apply_couplings(self.model, qpos)
        kinematics = BatchKinematics(self.model, self.tracked_bodies)
        kinematics.forward(qpos)
        root = self.model.body_jntadr[models.root_body(self.model)]
        quat = int(self.model.jnt_qposadr[root]) + 3
        places = kinematics.body_pos[:, list(self.config.bodies)]
        return qpos, ScaledTargets(
            np.ascontiguousarray(places),
            np.ascontiguousarray(qpos[:, quat : quat + 4]),
            np.zeros((len(qpos), 3)),
        )


def _check_legs(model: mujoco.MjModel) -> None:
    names = {model.body(i).name for i in range(model.nbody)}
    needed = [f"{part}_{s}" for part in ("femur", "tibia", "talus", "calcn", "toes") for s in SIDES]
    missing = [name for name in needed if name not in names]
    if missing:
        raise InputError(
            f"recorded motions need a model with MyoLegs' legs; this one has no body {missing[0]!r}"
        )


def _on_path(source: Array, motion: Array, path: Array, contact: npt.NDArray[np.bool_]) -> Array:
    """Return a source's points (T, 7, 3) carried along the motion's path, on its floor.

    The floor is where its standing toes lie as high as the motion's.
    """
    feet = [3, 6]
    above = (motion - source)[:, feet, 2]
    standing = contact[:, :, 1]
    lower = above[standing] if standing.any() else above
    shift = np.array(path)
    shift[:, 2] = np.median(lower)
    moved: Array = source + shift[:, None]
    return moved


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


def sole_spheres(model: mujoco.MjModel) -> list[list[_engine.SoleSphere]]:
    """Return, right foot first, the spheres that each foot stands on.

    Raises:
        InputError: the model lacks the legs of the composed models, or its feet are not capsules.
    """
    _check_legs(model)
    tracked = default_tracked_bodies(model)
    feet = [_foot(model, side, tracked) for side in SIDES]
    return [[*foot.heel.sole, *foot.toes.sole] for foot in feet]


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
        raise InputError(
            f"body {model.body(body).name!r} has no capsules to stand on; recorded motions need a "
            "model whose feet are capsules, such as myolegs, myolegs_abdomen or myofullbody"
        )
    return ends
