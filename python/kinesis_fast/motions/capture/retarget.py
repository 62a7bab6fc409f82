"""From recordings to a model's motions: scaled targets, then the native retargeter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast import _engine
from kinesis_fast.body import apply_couplings, joint_names, root_body
from kinesis_fast.body.legs import (
    LEG_JOINTS,
    SIDES,
    TOE_JOINT,
    check_legs,
    default_tracked_bodies,
    foot,
    leg_shapes,
)
from kinesis_fast.errors import InputError
from kinesis_fast.motions.capture.recording import POINTS, AnyRecording, JointRecording
from kinesis_fast.motions.capture.resample import resample
from kinesis_fast.motions.capture.scaling import LegGeometry, ScaledTargets
from kinesis_fast.motions.kinematics import BatchKinematics
from kinesis_fast.native_settings import filled

Array = npt.NDArray[np.float64]

TRACKED = ("pelvis", *(f"{joint}_{side}" for side in SIDES for joint in ("knee", "ankle", "toe")))
"""Keypoints of a recording that lie at the tracked bodies, in their order."""
TRACKED_POINTS = [POINTS.index(name) for name in TRACKED]
TOES = [TRACKED.index(f"toe_{side}") for side in SIDES]


@dataclass(frozen=True)
class RetargetedMotion:
    """A recording on a model, and how well it fits."""

    qpos: Array
    """Joint positions of the model, (T, nq)."""
    qvel: Array
    """Joint velocities of the model, (T, nv)."""
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
    joint_change: Mapping[str, tuple[float, float]]
    """How far the contact pass took each joint of the legs from the recording's own angles, or from
    those that inverse kinematics makes of its points: rms and largest, rad."""
    limit_share: float
    """Share of joint values at the end of their range."""
    floor_range: float
    """How much higher the recorded floor is in some place than in another, m; it is made flat."""

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
        check_legs(model)
        self.model = model
        self.tracked_bodies = default_tracked_bodies(model)
        self.geometry = LegGeometry.of(model)
        self._leg_joints = {
            f"{name}_{side}": int(model.joint(f"{name}_{side}").qposadr[0])
            for name in (*LEG_JOINTS, "subtalar_angle")
            for side in SIDES
            if f"{name}_{side}" in joint_names(model)
        }
        right, left = (leg_shapes(model, side) for side in SIDES)
        config = filled(
            _engine.RetargetConfig,
            bodies=[model.body(name).id for name in self.tracked_bodies],
            feet=[foot(model, side, self.tracked_bodies) for side in SIDES],
            right=right,
            left=left,
            # Recorded toe angles are rarely measured: the floor bends the toes instead.
            free_joints=[model.joint(f"{TOE_JOINT}_{side}").id for side in SIDES],
        )
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
            joint_change=self._change(
                found["qpos"], found["reached"] if posture is None else posture
            ),
            limit_share=found["limit_share"],
            floor_range=float(np.ptp(path[:, 2])),
        )

    def _change(self, qpos: Array, recorded: Array) -> dict[str, tuple[float, float]]:
        off = {name: qpos[:, at] - recorded[:, at] for name, at in self._leg_joints.items()}
        return {
            name: (float(np.sqrt(np.mean(np.square(by)))), float(np.abs(by).max()))
            for name, by in off.items()
        }

    def _joint_targets(
        self, recording: JointRecording, frame_rate: float
    ) -> tuple[Array, ScaledTargets]:
        """Return joint positions (T, nq) at a frame rate, and where they put the bodies."""
        qpos = resample(recording.qpos, recording.frame_rate, frame_rate)
        apply_couplings(self.model, qpos)
        kinematics = BatchKinematics(self.model)
        kinematics.forward(qpos)
        root = self.model.body_jntadr[root_body(self.model)]
        quat = int(self.model.jnt_qposadr[root]) + 3
        places = kinematics.body_pos[:, list(self.config.bodies)]
        return qpos, ScaledTargets(
            np.ascontiguousarray(places),
            np.ascontiguousarray(qpos[:, quat : quat + 4]),
            np.zeros((len(qpos), 3)),
        )


def _on_path(source: Array, motion: Array, path: Array, contact: npt.NDArray[np.bool_]) -> Array:
    """Return a source's points (T, 7, 3) carried along the motion's path, on its floor.

    The floor is where its standing toes lie as high as the motion's.
    """
    above = (motion - source)[:, TOES, 2]
    standing = contact[:, :, 1]
    lower = above[standing] if standing.any() else above
    shift = np.array(path)
    shift[:, 2] = np.median(lower)
    moved: Array = source + shift[:, None]
    return moved
