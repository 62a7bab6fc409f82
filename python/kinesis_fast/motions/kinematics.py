"""Forward kinematics of whole motions at once, in numpy."""

from __future__ import annotations

from collections.abc import Sequence

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError
from kinesis_fast.rotations import matrix_from_quat

Array = npt.NDArray[np.float64]


class BatchKinematics:
    """Poses of all bodies, joints and foot geoms for many frames of ``qpos``.

    The same recursion as MuJoCo's ``mj_kinematics`` for free, hinge and slide joints; a test
    compares them. Vectorised over frames, for preparing motions; the engine does not use it.
    """

    def __init__(self, model: mujoco.MjModel, bodies: Sequence[str] = ()) -> None:
        """Prepare for a model; ``bodies`` limits the work to these and their ancestors."""
        unsupported = {mujoco.mjtJoint.mjJNT_BALL}
        if any(int(kind) in unsupported for kind in model.jnt_type):
            raise InputError("motions of models with ball joints cannot be prepared")
        self.model = model
        self._bodies = _with_ancestors(model, bodies) if bodies else range(1, model.nbody)
        self.body_pos = np.zeros((0, model.nbody, 3))
        self.body_rot = np.zeros((0, model.nbody, 3, 3))
        self.joint_anchor = np.zeros((0, model.njnt, 3))
        self.joint_axis = np.zeros((0, model.njnt, 3))

    def forward(self, qpos: Array) -> None:
        """Fill ``body_pos`` (T, nbody, 3), ``body_rot`` (T, nbody, 3, 3), ``joint_anchor`` and
        ``joint_axis`` (T, njnt, 3), world frame, from ``qpos`` (T, nq).
        """
        m = self.model
        frames = len(qpos)
        # Bodies first in memory, so that each one's frames lie together.
        pos = np.zeros((m.nbody, frames, 3))
        rot = np.zeros((m.nbody, frames, 3, 3))
        rot[0] = np.eye(3)
        anchors = np.zeros((frames, m.njnt, 3))
        axes = np.zeros((frames, m.njnt, 3))
        for body in self._bodies:
            parent = m.body_parentid[body]
            p = pos[parent] + rot[parent] @ m.body_pos[body]
            r = _turned(rot[parent], matrix_from_quat(m.body_quat[body]))
            first = m.body_jntadr[body]
            for joint in range(first, first + m.body_jntnum[body]):
                address = m.jnt_qposadr[joint]
                if m.jnt_type[joint] == mujoco.mjtJoint.mjJNT_FREE:
                    p = qpos[:, address : address + 3].copy()
                    r = matrix_from_quat(qpos[:, address + 3 : address + 7])
                    anchors[:, joint], axes[:, joint] = p, r[..., 2]
                    continue
                move = qpos[:, address] - m.qpos0[address]
                axis = r @ m.jnt_axis[joint]
                anchor = p + r @ m.jnt_pos[joint]
                if m.jnt_type[joint] == mujoco.mjtJoint.mjJNT_SLIDE:
                    p = p + axis * move[:, None]
                else:
                    r = _turned_about(r, m.jnt_axis[joint], move)
                    p = anchor - r @ m.jnt_pos[joint]
                anchors[:, joint], axes[:, joint] = anchor, axis
            pos[body], rot[body] = p, r
        self.body_pos, self.body_rot = pos.swapaxes(0, 1), rot.swapaxes(0, 1)
        self.joint_anchor, self.joint_axis = anchors, axes

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
            in_geom = up @ matrix_from_quat(m.geom_quat[geom])
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


def _with_ancestors(model: mujoco.MjModel, names: Sequence[str]) -> list[int]:
    chosen: set[int] = set()
    for name in names:
        body = int(model.body(name).id)
        while body > 0:
            chosen.add(body)
            body = int(model.body_parentid[body])
    return sorted(chosen)
