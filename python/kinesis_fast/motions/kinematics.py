"""Poses of bodies over whole motions."""

from __future__ import annotations

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast import _engine
from kinesis_fast.errors import InputError
from kinesis_fast.rotations import matrix_from_quat

Array = npt.NDArray[np.float64]


class BatchKinematics:
    """Poses of all bodies, joints and foot geoms for many frames of ``qpos``.

    By ``mj_kinematics``, natively; what is changed afterwards, by ``place`` and ``turn_leaf``, over
    all frames at once.
    """

    def __init__(self, model: mujoco.MjModel) -> None:
        self.model = model
        self.body_pos = np.zeros((0, model.nbody, 3))
        self.body_rot = np.zeros((0, model.nbody, 3, 3))
        self.joint_anchor = np.zeros((0, model.njnt, 3))
        self.joint_axis = np.zeros((0, model.njnt, 3))
        self._geom_rot: dict[int, Array] = {}  # in their bodies, (3, 3), as they are asked for

    def forward(self, qpos: Array) -> None:
        """Fill ``body_pos`` (T, nbody, 3), ``body_rot`` (T, nbody, 3, 3), ``joint_anchor`` and
        ``joint_axis`` (T, njnt, 3), world frame, from ``qpos`` (T, nq).
        """
        found = _engine.body_poses(self.model._address, np.ascontiguousarray(qpos, np.float64))
        self.body_pos, self.body_rot, self.joint_anchor, self.joint_axis = found

    def place(self, body: int, pos: Array, rot: Array) -> None:
        """Give one body poses (T, 3) and (T, 3, 3), and those it carries their resting ones.

        The other bodies' poses are lost.
        """
        m = self.model
        self.body_pos = np.zeros((len(pos), m.nbody, 3))
        self.body_rot = np.zeros((len(pos), m.nbody, 3, 3))
        self.body_pos[:, body], self.body_rot[:, body] = pos, rot
        self.joint_anchor = np.zeros((len(pos), m.njnt, 3))
        carried = {body}
        for child in range(body + 1, m.nbody):
            parent = int(m.body_parentid[child])
            if parent in carried:
                carried.add(child)
                over = self.body_rot[:, parent]
                self.body_pos[:, child] = self.body_pos[:, parent] + over @ m.body_pos[child]
                self.body_rot[:, child] = over @ matrix_from_quat(m.body_quat[child])
        for joint in np.flatnonzero(np.isin(m.jnt_bodyid, list(carried))):
            at = m.jnt_bodyid[joint]
            self.joint_anchor[:, joint] = (
                self.body_pos[:, at] + self.body_rot[:, at] @ m.jnt_pos[joint]
            )

    def chosen(self, frames: npt.NDArray[np.bool_]) -> BatchKinematics:
        """Return the poses of some of the frames, by a mask (T,)."""
        some = BatchKinematics(self.model)
        some.body_pos, some.body_rot = self.body_pos[frames], self.body_rot[frames]
        some.joint_anchor, some.joint_axis = self.joint_anchor[frames], self.joint_axis[frames]
        return some

    def turn_leaf(self, joint: int, by: Array) -> None:
        """Turn the body of one hinge, which carries nothing, by angles (T,), rad, in place.

        ``forward`` or ``place`` again before turning another joint of the same body.
        """
        m = self.model
        body = m.jnt_bodyid[joint]
        rot = _turned_about(self.body_rot[:, body], m.jnt_axis[joint], by)
        self.body_rot[:, body] = rot
        self.body_pos[:, body] = self.joint_anchor[:, joint] - rot @ m.jnt_pos[joint]

    def lowest_points(self, geoms: list[int]) -> Array:
        """Height of the lowest point of capsule, ellipsoid or box geoms, m: (T, len(geoms))."""
        m = self.model
        lowest = np.zeros((len(self.body_pos), len(geoms)))
        for column, geom in enumerate(geoms):
            body = m.geom_bodyid[geom]
            up = self.body_rot[:, body, 2, :]  # world vertical in body axes
            centre = self.body_pos[:, body, 2] + up @ m.geom_pos[geom]
            if geom not in self._geom_rot:
                self._geom_rot[geom] = matrix_from_quat(m.geom_quat[geom])
            in_geom = up @ self._geom_rot[geom]
            size = m.geom_size[geom]
            kind = int(m.geom_type[geom])
            if kind == mujoco.mjtGeom.mjGEOM_CAPSULE:
                lowest[:, column] = centre - np.abs(in_geom[:, 2]) * size[1] - size[0]
            elif kind == mujoco.mjtGeom.mjGEOM_ELLIPSOID:
                lowest[:, column] = centre - np.linalg.norm(in_geom * size, axis=1)
            elif kind == mujoco.mjtGeom.mjGEOM_BOX:
                lowest[:, column] = centre - np.abs(in_geom) @ size
            else:
                name = m.geom(geom).name
                raise InputError(f"foot geom {name!r} is no capsule, ellipsoid or box")
        return lowest


def _turned(rot: Array, by: Array) -> Array:
    """Rotations (T, 3, 3) followed by one constant rotation, in one matrix product."""
    return (rot.reshape(-1, 3) @ by).reshape(-1, 3, 3)


def _turned_about(rot: Array, axis: Array, angle: Array) -> Array:
    """Rotations (T, 3, 3) followed by turns by ``angle`` (T,) about a local ``axis`` (3,)."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    once = _turned(rot, cross)
    sine, versine = np.sin(angle)[:, None, None], (1 - np.cos(angle))[:, None, None]
    return rot + sine * once + versine * _turned(once, cross)
