"""Motions laid on slopes, plainly: what ``cpp/kinesis/motion/laid_motion`` does, by a library.

The floor stays flat and weight pulls aslant: what stood upright leans against gravity, over the
same places, and the feet stay on the floor as they are.
"""

from __future__ import annotations

from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

from kinesis_fast.body import apply_couplings
from kinesis_fast.body.couplings import joint_couplings
from kinesis_fast.body.legs import SIDES

Array = npt.NDArray[np.float64]

HIP, KNEE, ANKLE = "hip_flexion", "knee_angle", "ankle_angle"
LEG = (HIP, "hip_adduction", "hip_rotation", KNEE, ANKLE, "subtalar_angle")
"""Joints between root and heel; those that a model has can move."""
TURN = 0.05
"""m that a radian of a foot's orientation counts for."""
POSTURE, RATE = 0.004, 0.05
"""m that a radian off the level posture counts for; m/s that a rad/s off its rate does."""
STRAIGHT = 0.999
"""Of thigh and shank, that a leg is long at most."""


class LaidMotions:
    """A library's motions as they are where the floor rises by ``rise`` (2,), a m along x and y."""

    def __init__(self, model: mujoco.MjModel, motions: Any) -> None:
        self.model = model
        self.level = motions
        self.rise = np.zeros(2)
        self.data = mujoco.MjData(model)

    def __getattr__(self, name: str) -> Any:
        """Return what the library has beside its references."""
        return getattr(self.level, name)

    def reference(self, clip: int, time: float) -> dict[str, Array]:
        """Return joint state and tracked bodies, as the library does."""
        found: dict[str, Array] = self.level.reference(clip, time)
        if not self.rise.any():
            return found
        qpos, qvel = self.lay(found["qpos"].copy(), found["qvel"].copy())
        tracked = {n: self.shear(found[n].copy()) for n in ("tracked_pos", "tracked_vel")}
        return {**found, "qpos": qpos, "qvel": qvel, **tracked}

    def shear(self, points: Array) -> Array:
        """Move points or velocities (..., 3) along what rises, by their height."""
        points[..., :2] += points[..., 2:] * self.rise
        return points

    def pose(self, qpos: Array) -> None:
        """Put ``data`` into a pose."""
        apply_couplings(self.model, qpos)
        self.data.qpos[:] = qpos
        mujoco.mj_kinematics(self.model, self.data)
        mujoco.mj_comPos(self.model, self.data)

    def jacobian(self, foot: int) -> Array:
        """Return how a foot moves and turns a unit of each joint, (6, nv), couplings counted."""
        moves, turns = np.zeros((3, self.model.nv)), np.zeros((3, self.model.nv))
        mujoco.mj_jacBody(self.model, self.data, moves, turns, foot)
        whole = np.concatenate([moves, turns])
        for c in reversed(joint_couplings(self.model)):
            slope = c.slope(self.model, self.data.qpos)
            whole[:, c.source_dof] += slope * whole[:, c.dependent_dof]
            whole[:, c.dependent_dof] = 0.0
        return whole

    def lay(self, qpos: Array, qvel: Array) -> tuple[Array, Array]:
        """Return a state (nq,), (nv,) of the level floor as it is on the slope."""
        feet = [self.model.body(f"calcn_{side}").id for side in SIDES]
        self.pose(qpos)
        places = self.shear(self.data.xpos[feet].copy())
        axes = [Rotation.from_matrix(self.data.xmat[f].reshape(3, 3)) for f in feet]
        spins = [self.jacobian(foot) @ qvel for foot in feet]
        spins = [np.concatenate([self.shear(spin[:3]), spin[3:]]) for spin in spins]
        ankles = places + self.anchors(ANKLE) - self.data.xpos[feet]

        up = np.array([*self.rise, 1.0]) / np.hypot(1.0, np.linalg.norm(self.rise))
        lean = Rotation.from_rotvec(
            np.cross([0.0, 0.0, 1.0], up) / np.linalg.norm(up[:2]) * np.arccos(up[2])
        )
        upright = Rotation.from_quat(np.roll(qpos[3:7], -1))
        qpos[3:7] = np.roll((lean * upright).as_quat(), 1)
        self.shear(qpos[:3])
        self.shear(qvel[:3])
        self.pose(qpos)
        qpos[2] -= self.too_high(ankles)
        for number, side in enumerate(SIDES):
            self.reach(qpos, side, places[number], axes[number])
        self.pose(qpos)
        for foot, side, spin in zip(feet, SIDES, spins, strict=True):
            self.match(qvel, foot, side, spin)
        apply_couplings(self.model, qpos, qvel)
        return qpos, qvel

    def anchors(self, joint: str) -> Array:
        """Return where a joint of both legs is, (2, 3)."""
        joints = [self.model.joint(f"{joint}_{side}").id for side in SIDES]
        return np.array(self.data.xanchor[joints])

    def too_high(self, ankles: Array) -> float:
        """Return by how much the root must sink for straight legs to reach the ankles (2, 3)."""
        hips, knees, now = (self.anchors(name) for name in (HIP, KNEE, ANKLE))
        longest = STRAIGHT * (
            np.linalg.norm(hips - knees, axis=1) + np.linalg.norm(knees - now, axis=1)
        )
        across = np.linalg.norm((hips - ankles)[:, :2], axis=1)
        height = np.sqrt(np.maximum(0.0, longest**2 - across**2))
        return float(np.max(np.maximum(0.0, hips[:, 2] - ankles[:, 2] - height)))

    def joints(self, side: str) -> list[int]:
        """Return the joints of a leg that can move."""
        names = [self.model.joint(i).name for i in range(self.model.njnt)]
        return [names.index(f"{n}_{side}") for n in LEG if f"{n}_{side}" in names]

    def reach(self, qpos: Array, side: str, place: Array, axes: Rotation) -> None:
        """Move a leg until its foot is where it was, as near to its posture as that lets it."""
        joints = self.joints(side)
        address = self.model.jnt_qposadr[joints]
        low, high = self.model.jnt_range[joints].T
        foot = self.model.body(f"calcn_{side}").id
        wished = np.clip(qpos[address], low, high)

        def off(angles: Array) -> Array:
            trial = qpos.copy()
            trial[address] = angles
            self.pose(trial)
            now = Rotation.from_matrix(self.data.xmat[foot].reshape(3, 3))
            return np.concatenate(
                [
                    self.data.xpos[foot] - place,
                    TURN * (now * axes.inv()).as_rotvec(),
                    POSTURE * (angles - wished),
                ]
            )

        def change(angles: Array) -> Array:
            off(angles)
            moves = self.jacobian(foot)[:, self.model.jnt_dofadr[joints]]
            return np.concatenate([moves[:3], TURN * moves[3:], POSTURE * np.eye(len(joints))])

        knee = joints.index(self.model.joint(f"{KNEE}_{side}").id)
        bent = wished + 0.2 * (np.arange(len(joints)) == knee)  # what is straight finds no way to
        best = np.inf
        for start in (wished, bent):
            inside = np.clip(start, low + 1e-9, high - 1e-9)
            found = least_squares(off, inside, change, bounds=(low, high), xtol=1e-12, ftol=1e-12)
            if found.cost < 0.99 * best:
                best, qpos[address] = found.cost, found.x

    def match(self, qvel: Array, foot: int, side: str, spin: Array) -> None:
        """Change a leg's rates so that the foot moves and turns as it did, damped."""
        dofs = self.model.jnt_dofadr[self.joints(side)]
        weight = np.array([1.0] * 3 + [TURN] * 3)
        whole = weight[:, None] * self.jacobian(foot)
        error = weight * spin - whole @ qvel
        part = whole[:, dofs]
        normal = part.T @ part + RATE**2 * np.eye(len(dofs))
        qvel[dofs] += np.linalg.solve(normal, part.T @ error)
