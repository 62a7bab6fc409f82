"""Joint angles from places on the bones: least squares over the joints that follow none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.body.couplings import apply_couplings, joint_couplings
from kinesis_fast.body.legs import OPENSIM_PELVIS_TO_ROOT
from kinesis_fast.body.names import root_body
from kinesis_fast.rotations import quat_from_matrix

Array = npt.NDArray[np.float64]

STEPS = 30
"""Of Gauss-Newton for the first frame; a later one begins where the last ended, and needs few."""
DAMPING = 1e-6
"""m^2 a rad^2: keeps joints still that no marker tells of."""
MOST_DAMPING = 1e3
CLOSE = 1e-6
"""A step that lowers the cost by less, of it, ends a frame."""
LONGEST_STEP = 0.3
"""rad: of a joint in one step."""


class Attached(NamedTuple):
    """A place on a bone."""

    bone: str
    place: tuple[float, float, float]
    """In the bone's axes, m."""
    weight: float = 1.0


@dataclass(frozen=True)
class Fit:
    """A motion that was found."""

    qpos: Array
    """(T, nq)."""
    off: Array
    """Distances of the places from where they should be, (T, places) m; NaN where hidden."""


class PoseFit:
    """Lays one body onto places of its bones."""

    def __init__(self, model: mujoco.MjModel, attached: Mapping[str, Attached]) -> None:
        """Take a model, and what on it is looked for."""
        self.model = model
        self.attached = dict(attached)
        self._data = mujoco.MjData(model)
        self._bodies = [model.body(a.bone).id for a in attached.values()]
        self._places = np.array([a.place for a in attached.values()], np.float64).reshape(-1, 3)
        self._weights = np.sqrt([a.weight for a in attached.values()])
        self._couplings = joint_couplings(model)
        dependent = {c.dependent_dof for c in self._couplings}
        self._dofs = np.array([dof for dof in range(model.nv) if dof not in dependent])
        joints = model.dof_jntid[self._dofs]
        limited = model.jnt_limited[joints].astype(bool)
        self._addresses = model.jnt_qposadr[joints]
        self._low = np.where(limited, model.jnt_range[joints, 0], -np.inf)
        self._high = np.where(limited, model.jnt_range[joints, 1], np.inf)
        self._root = int(model.jnt_qposadr[model.body_jntadr[root_body(model)]])

    def solve(
        self,
        targets: Array,
        start: Array | None = None,
        on_frame: Callable[[int, int], None] = lambda done, total: None,
    ) -> Fit:
        """Return the motion whose places are nearest to targets.

        Args:
            targets: (T, places, 3) m in the world's axes; NaN where hidden.
            start: the pose (nq,) to begin with; by default the model's, where the targets are.
            on_frame: told how many frames are done, of how many.
        """
        qpos = self._facing(targets[0]) if start is None else np.array(start)
        found = np.zeros((len(targets), self.model.nq))
        off = np.full(targets.shape[:2], np.nan)
        for t, target in enumerate(targets):
            seen = np.isfinite(target).all(axis=1)
            qpos = self._frame(qpos, target, seen)
            found[t] = qpos
            off[t, seen] = np.linalg.norm(self._here()[seen] - target[seen], axis=1)
            on_frame(t + 1, len(targets))
        return Fit(found, off)

    def _frame(self, qpos: Array, target: Array, seen: npt.NDArray[np.bool_]) -> Array:
        """Return the pose of one frame; the data is left in it."""
        model, damping = self.model, DAMPING
        self._place(qpos)
        error = (self._here() - target)[seen] * self._weights[seen, None]
        cost = float(np.sum(error**2))
        for _ in range(STEPS):
            jacobian = self._jacobian(seen)
            slope = jacobian.T @ error.ravel()
            free = self._free(qpos, slope)
            normal = (jacobian.T @ jacobian)[np.ix_(free, free)]
            step = np.zeros(model.nv)
            while True:
                found = -np.linalg.solve(normal + damping * np.eye(len(free)), slope[free])
                step[self._dofs[free]] = np.clip(found, -LONGEST_STEP, LONGEST_STEP)
                trial = np.array(qpos)
                mujoco.mj_integratePos(model, trial, step, 1.0)
                self._within_ranges(trial)
                self._place(trial)
                changed = (self._here() - target)[seen] * self._weights[seen, None]
                lower = float(np.sum(changed**2))
                if lower <= cost or damping > MOST_DAMPING:
                    break
                damping *= 10.0
            if lower > cost:
                self._place(qpos)
                break
            qpos, error, gained, cost = trial, changed, cost - lower, lower
            damping = max(DAMPING, 0.1 * damping)
            if gained <= CLOSE * cost:
                break
        return qpos

    def _free(self, qpos: Array, slope: Array) -> npt.NDArray[np.int64]:
        """Return the numbers of the free joints that are not pressed against an end of their range.

        Args:
            qpos: the pose.
            slope: of the cost, by free joint.
        """
        low, high = self._low, self._high
        at = qpos[self._addresses]
        pressed = ((at <= low + 1e-9) & (slope > 0.0)) | ((at >= high - 1e-9) & (slope < 0.0))
        return np.flatnonzero(~pressed)

    def _place(self, qpos: Array) -> None:
        self._data.qpos[:] = qpos
        mujoco.mj_kinematics(self.model, self._data)
        mujoco.mj_comPos(self.model, self._data)

    def _here(self) -> Array:
        """Where the places are, (places, 3)."""
        axes = self._data.xmat[self._bodies].reshape(-1, 3, 3)
        here: Array = self._data.xpos[self._bodies] + np.einsum("pij,pj->pi", axes, self._places)
        return here

    def _jacobian(self, seen: npt.NDArray[np.bool_]) -> Array:
        """Of the weighted places by the free joints, (3 places, free)."""
        model, rows = self.model, []
        here = self._here()
        whole = np.zeros((3, model.nv))
        qpos = self._data.qpos
        slopes = [(c.dependent_dof, c.source_dof, c.slope(model, qpos)) for c in self._couplings]
        for k in np.flatnonzero(seen):
            mujoco.mj_jac(model, self._data, whole, None, here[k], self._bodies[k])
            for dependent, source, slope in slopes:
                if source >= 0:
                    whole[:, source] += slope * whole[:, dependent]
            rows.append(self._weights[k] * whole[:, self._dofs])
        return np.concatenate(rows)

    def _within_ranges(self, qpos: Array) -> None:
        model = self.model
        for joint in range(model.njnt):
            if model.jnt_limited[joint]:
                at = int(model.jnt_qposadr[joint])
                qpos[at] = np.clip(qpos[at], *model.jnt_range[joint])
        apply_couplings(model, qpos)

    def _facing(self, target: Array) -> Array:
        """Return the default pose, upright where the targets are, and turned as they are."""
        qpos = np.array(self.model.qpos0)
        apply_couplings(self.model, qpos)
        seen = np.isfinite(target).all(axis=1)
        best, least = qpos, np.inf
        for yaw in np.linspace(0.0, 2 * np.pi, 12, endpoint=False):
            c, s = np.cos(yaw), np.sin(yaw)
            pelvis = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
            upright = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
            turned = np.array(qpos)
            axes = pelvis @ upright @ OPENSIM_PELVIS_TO_ROOT.T
            turned[self._root + 3 : self._root + 7] = quat_from_matrix(axes)
            self._place(turned)
            turned[self._root : self._root + 3] += (target[seen] - self._here()[seen]).mean(axis=0)
            self._place(turned)
            far = float(np.sum((self._here()[seen] - target[seen]) ** 2))
            if far < least:
                best, least = turned, far
        return best
