"""Left and right of a body: what its sagittal mirror image is.

A body is symmetric where every joint, body and muscle ``*_r`` has a mirror image ``*_l``, and all
others are their own. Reflection turns polar vectors v into S v, and axial ones, such as angular
velocities and the axes of rotations, into -S v (S improper).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.body.names import root_body
from kinesis_fast.errors import InputError
from kinesis_fast.rotations import matrix_from_quat, quat_from_matrix

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

TOLERANCE = 0.02
"""Of mirrored axes at the default pose, where models are symmetric but for rounding."""
WORLD_MIRROR = np.array([1.0, -1.0, 1.0])
"""Motions are reflected in the world's vertical plane through the x axis."""


def mirrored_name(name: str) -> str:
    """Return the name of the mirror image: ``_r`` for ``_l``, ``r_`` for ``l_``, and back."""
    for right, left in (("_r", "_l"), ("_l", "_r")):
        if name.endswith(right):
            return name[: -len(right)] + left
    for right, left in (("r_", "l_"), ("l_", "r_")):
        if name.startswith(right):
            return left + name[len(right) :]
    return name


@dataclass(frozen=True)
class Symmetry:
    """How a model's parts map onto their mirror images."""

    model: mujoco.MjModel
    joint: Indices
    """(njnt,) mirror image of every joint."""
    joint_sign: Array
    """(njnt,) of a hinge's or slide's position in its mirror image; 1 of free joints."""
    frame: Array
    """(nbody, 3) signs by which the axes of a body become those of its mirror image."""

    @classmethod
    def of(cls, model: mujoco.MjModel) -> Symmetry:
        """Find the symmetry of a model.

        Raises:
            InputError: the model has a part without mirror image, or is not symmetric at its
                default pose.
        """
        data = mujoco.MjData(model)
        mujoco.mj_kinematics(model, data)
        jointed = [bool(n) for n in model.body_jntnum]
        body = _images(model, mujoco.mjtObj.mjOBJ_BODY, "body", jointed)
        joint = _images(model, mujoco.mjtObj.mjOBJ_JOINT, "joint", [True] * model.njnt)
        apart = [data.xpos[b] - data.xpos[i] for b, i in enumerate(body) if b < i]
        if not apart:
            raise InputError("the model has no right and left to mirror: no body is named *_r")
        across = np.asarray(apart[0]) / np.linalg.norm(apart[0])
        mirror = np.eye(3) - 2.0 * np.outer(across, across)
        axes = data.xmat.reshape(-1, 3, 3)
        turned = np.einsum("bji,jk,bkl->bil", axes[body], mirror, axes)
        frame = np.sign(np.einsum("bii->bi", turned))
        off = np.abs(turned - np.einsum("bi,ij->bij", frame, np.eye(3))).max(axis=(1, 2))
        worst = max(np.flatnonzero(jointed), key=lambda b: float(off[b]))
        if off[worst] > TOLERANCE:
            raise InputError(
                f"body {model.body(worst).name!r} is no mirror image of "
                f"{model.body(int(body[worst])).name!r} at the default pose"
            )
        sign = np.ones(model.njnt)
        for j, image in enumerate(joint):
            axial = model.jnt_type[j] == mujoco.mjtJoint.mjJNT_HINGE
            if axial or model.jnt_type[j] == mujoco.mjtJoint.mjJNT_SLIDE:
                reflected = (-mirror if axial else mirror) @ data.xaxis[j]
                sign[j] = np.sign(reflected @ data.xaxis[image])
        return cls(model, joint, sign, frame)

    def mirror_qpos(self, qpos: Array) -> Array:
        """Return joint positions (T, nq) of the mirrored motion, reflected in the plane y = 0."""
        model = self.model
        result = np.array(qpos, dtype=np.float64)
        for j, image in enumerate(self.joint):
            at, to = int(model.jnt_qposadr[j]), int(model.jnt_qposadr[image])
            if model.jnt_type[j] == mujoco.mjtJoint.mjJNT_FREE:
                axes = matrix_from_quat(qpos[:, at + 3 : at + 7])
                frame = self.frame[model.jnt_bodyid[j]]
                turned = WORLD_MIRROR[:, None] * axes * frame
                result[:, to : to + 3] = qpos[:, at : at + 3] * WORLD_MIRROR
                result[:, to + 3 : to + 7] = quat_from_matrix(turned)
            else:
                # Positions count from the default pose, which is its own image.
                away = qpos[:, at] - model.qpos0[at]
                result[:, to] = model.qpos0[to] + self.joint_sign[j] * away
        return result

    @property
    def heading(self) -> Array:
        """(3,) signs of a polar vector in the heading frame."""
        across = self.frame[root_body(self.model), 0]
        return np.array([across, -across, 1.0])


def _images(
    model: mujoco.MjModel, kind: mujoco.mjtObj, what: str, needed: Sequence[bool]
) -> Indices:
    """Return the mirror image of every object; those that need none may be their own."""
    names = [mujoco.mj_id2name(model, kind, i) or "" for i in range(len(needed))]
    numbers = {name: i for i, name in enumerate(names) if name}
    images = []
    for i, name in enumerate(names):
        image = numbers.get(mirrored_name(name), -1 if needed[i] else i)
        if image < 0:
            raise InputError(
                f"{what} {name!r} has no mirror image {mirrored_name(name)!r}; "
                "only bodies with a right and a left of everything can be mirrored"
            )
        images.append(image)
    return np.array(images, dtype=np.int64)
