"""A recorded person's joint centres at a model's segment lengths."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.body import apply_couplings, root_body
from kinesis_fast.body.legs import PELVIS_TO_ROOT, SIDES
from kinesis_fast.motions.capture.recording import POINTS, Recording
from kinesis_fast.motions.kinematics import BatchKinematics
from kinesis_fast.rotations import axis_rotation, quat_from_matrix

Array = npt.NDArray[np.float64]

KNEE_PLANE = 0.2
"""The sine of the bend at which a knee's own plane weighs as much as the pelvis's."""


@dataclass(frozen=True)
class ScaledTargets:
    """Where a model's bodies should be."""

    places: Array
    """Of the tracked bodies, (T, 7, 3) m."""
    root_quat: Array
    """Orientation of the root, (T, 4)."""
    path_shift: Array
    """By how much scaling moved the middle of the hips, (T, 3) m."""


@dataclass(frozen=True)
class LegGeometry:
    """A model's measures, in pelvis axes (x forward, y left, z up), m."""

    root: Array
    """From the middle of the hips to the root's origin."""
    half_width: float
    """Half the distance of the hips, m."""
    thigh: float
    shank: float
    leg_line: tuple[float, float]
    """How far ahead thigh and shank lead down a straight leg, rad (see :class:`Rest`)."""
    toe: dict[str, Array]
    """From ankle to toes in a foot that points forward and stands flat."""

    @classmethod
    def of(cls, model: mujoco.MjModel) -> LegGeometry:
        """Measure a composed model's neutral posture."""
        kinematics = BatchKinematics(model)
        qpos = np.array(model.qpos0, dtype=np.float64)
        root = root_body(model)
        address = int(model.jnt_qposadr[model.body_jntadr[root]])
        qpos[address : address + 3] = 0.0
        qpos[address + 3 : address + 7] = quat_from_matrix(PELVIS_TO_ROOT.T)
        apply_couplings(model, qpos)
        kinematics.forward(qpos[None])

        def at(name: str) -> Array:
            place: Array = kinematics.body_pos[0, model.body(name).id]
            return place

        hips = {side: at(f"femur_{side}") for side in SIDES}
        thigh = at("tibia_r") - hips["r"]
        shank = at("talus_r") - at("tibia_r")
        return cls(
            root=-0.5 * (hips["r"] + hips["l"]),
            half_width=0.5 * float(hips["l"][1] - hips["r"][1]),
            thigh=float(np.linalg.norm(thigh)),
            shank=float(np.linalg.norm(shank)),
            leg_line=(_lead(thigh), _lead(shank)),
            toe={side: at(f"toes_{side}") - at(f"talus_{side}") for side in SIDES},
        )

    def targets(self, recording: Recording, points: Array) -> ScaledTargets:
        """Return the source's joint centres at the model's segment lengths.

        Directions of the source's segments, from the model's hips on, turned by what a straight leg
        is in the source's skeleton and in the model; the path of the hips is scaled by the ratio of
        the legs' lengths.

        Args:
            recording: the source, which tells its measures.
            points: its keypoints (T, 10, 3), perhaps at another frame rate.
        """
        source = dict(zip(POINTS, np.moveaxis(points, 1, 0), strict=True))
        length = np.mean(
            [
                np.median(recording.distance(f"hip_{s}", f"knee_{s}"))
                + np.median(recording.distance(f"knee_{s}", f"ankle_{s}"))
                for s in SIDES
            ]
        )
        scale = (self.thigh + self.shank) / float(length)
        middle = 0.5 * (source["hip_r"] + source["hip_l"])
        rest = recording.rest
        pelvis = _pelvis_rotation(source, rest.pelvis_tilt)
        found = [scale * middle + pelvis @ self.root]
        for side, left in (("r", -1.0), ("l", 1.0)):
            hip = middle + left * self.half_width / scale * pelvis[:, :, 1]
            thigh = _unit(source[f"knee_{side}"] - hip)
            shank = _unit(source[f"ankle_{side}"] - source[f"knee_{side}"])
            straight = self._straightened(thigh, shank, pelvis[:, :, 1], rest.leg_line)
            knee_target = scale * hip + self.thigh * straight[0]
            ankle_target = knee_target + self.shank * straight[1]
            foot = _foot_rotation(
                source[f"toe_{side}"] - source[f"ankle_{side}"],
                shank,
                self.toe[side],
                rest.foot_line,
                left,
            )
            found += [knee_target, ankle_target, ankle_target + foot @ self.toe[side]]
        return ScaledTargets(
            np.stack(found, axis=1),
            quat_from_matrix(pelvis @ PELVIS_TO_ROOT.T),
            (scale - 1.0) * middle,
        )

    def _straightened(
        self, thigh: Array, shank: Array, left: Array, line: tuple[float, float] | None
    ) -> tuple[Array, Array]:
        """Return a leg's directions, turned in its own plane from a source's straight to ours.

        The knee's axis is that of its bend where it is bent, and the pelvis's where it is straight.

        Args:
            thigh: from hip to knee, (T, 3), of length 1.
            shank: from knee to ankle, likewise.
            left: of the pelvis, likewise.
            line: of the source's straight leg; None: as the model's.
        """
        if line is None:
            return thigh, shank
        axis = np.cross(thigh, shank) + KNEE_PLANE * left
        turned = []
        for segment, theirs, ours in zip((thigh, shank), line, self.leg_line, strict=True):
            across = _unit(axis - _dot(axis, segment) * segment)
            back = np.cross(across, segment)
            turned.append(np.cos(theirs - ours) * segment + np.sin(theirs - ours) * back)
        return turned[0], turned[1]


def _lead(segment: Array) -> float:
    return float(np.arctan2(segment[0], -segment[2]))


def _dot(a: Array, b: Array) -> Array:
    product: Array = np.sum(a * b, axis=-1, keepdims=True)
    return product


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
