"""Smooth velocities and accelerations of recorded motions."""

from __future__ import annotations

import mujoco
import numpy as np
import numpy.typing as npt
from scipy import signal
from scipy.interpolate import make_interp_spline

from kinesis_fast.body import apply_couplings, joint_couplings, quaternion_addresses
from kinesis_fast.motions.capture.resample import low_pass

Array = npt.NDArray[np.float64]

NYQUIST_SHARE = 0.4
"""Highest cut-off as a share of the frame rate."""
STEP_HEIGHT = 0.005
"""Least standard deviation of the root's height in a motion of steps, m."""
STEP_SHARE = 0.5
"""Least share of that height's power that lies at their frequency."""


def motion_derivatives(
    model: mujoco.MjModel,
    qpos: npt.NDArray[np.floating],
    frame_rate: float,
    *,
    cutoff: float,
    path_cutoff: float,
) -> tuple[Array, Array, Array]:
    """Return a motion's filtered positions, velocities and accelerations.

    Positions pass a zero-phase low-pass filter, its ends continued by reflection; a quintic spline
    through them gives the derivatives. Dependent joints follow their sources in all three.

    Args:
        model: the model that moves.
        qpos: joint positions, (T, nq).
        frame_rate: Hz.
        cutoff: of the filter, Hz; at most 0.4 of the frame rate is used.
        path_cutoff: of the filter of free joints' positions, Hz.

    Returns:
        qpos (T, nq), qvel and qacc (T, nv), float64, C order.
    """
    frames = len(qpos)
    q = np.array(qpos, dtype=np.float64)
    if frames < 3:
        return q, np.zeros((frames, model.nv)), np.zeros((frames, model.nv))
    smooth = low_pass(q, frame_rate, min(cutoff, NYQUIST_SHARE * frame_rate))
    path = low_pass(q, frame_rate, min(path_cutoff, NYQUIST_SHARE * frame_rate))
    free = model.jnt_type == mujoco.mjtJoint.mjJNT_FREE
    q = np.ascontiguousarray(smooth)
    for at in model.jnt_qposadr[free]:
        q[:, at : at + 3] = path[:, at : at + 3]
    degree = min(5, frames - 1)
    degree -= 1 - degree % 2
    spline = make_interp_spline(np.arange(frames) / frame_rate, q, k=degree)
    times = np.arange(frames) / frame_rate
    first, second = spline(times, 1), spline(times, 2)
    v, a = np.zeros((frames, model.nv)), np.zeros((frames, model.nv))
    quaternions = {address - 3: address for address in quaternion_addresses(model)}
    for joint in range(model.njnt):
        at, dof = int(model.jnt_qposadr[joint]), int(model.jnt_dofadr[joint])
        kind = int(model.jnt_type[joint])
        if kind == int(mujoco.mjtJoint.mjJNT_FREE):
            v[:, dof : dof + 3], a[:, dof : dof + 3] = first[:, at : at + 3], second[:, at : at + 3]
            at, dof = quaternions[at], dof + 3
        if kind in (int(mujoco.mjtJoint.mjJNT_FREE), int(mujoco.mjtJoint.mjJNT_BALL)):
            rows = slice(at, at + 4)
            v[:, dof : dof + 3], a[:, dof : dof + 3] = _turning(
                q[:, rows], first[:, rows], second[:, rows]
            )
            q[:, rows] /= np.linalg.norm(q[:, rows], axis=1, keepdims=True)
        else:
            v[:, dof], a[:, dof] = first[:, at], second[:, at]
    _couple(model, q, v, a)
    return q, v, a


def step_frequency(model: mujoco.MjModel, qpos: npt.NDArray[np.floating], rate: float) -> float:
    """Return the steps a second, Hz, of a motion at a frame rate: 0 where it has no rhythm.

    The root rises and falls once a step; its periodogram (Hann window, linear trend removed) has
    its peak there.

    Args:
        model: the model that moves.
        qpos: joint positions, (T, nq).
        rate: Hz.
    """
    free = np.flatnonzero(model.jnt_type == mujoco.mjtJoint.mjJNT_FREE)
    if len(free) == 0 or len(qpos) < rate:
        return 0.0
    height = signal.detrend(np.asarray(qpos[:, model.jnt_qposadr[free[0]] + 2], dtype=np.float64))
    if height.std() < STEP_HEIGHT:
        return 0.0
    points = max(2048, len(height))
    frequency, power = signal.periodogram(height, rate, window="hann", nfft=points)
    peak = float(frequency[power.argmax()])
    near = np.abs(frequency - peak) < 2.0 * rate / len(height)  # the window's main lobe
    return peak if power[near].sum() >= STEP_SHARE * power.sum() else 0.0


def _turning(q: Array, first: Array, second: Array) -> tuple[Array, Array]:
    """Angular velocity and acceleration (T, 3), body axes, of quaternions of any length.

    For the unit quaternion p = q / |q|, omega = 2 Im(p* p') = 2 Im(q* q') / |q|^2, and its time
    derivative follows by the product rule.
    """
    square = np.sum(q * q, axis=1, keepdims=True)
    growth = 2 * np.sum(q * first, axis=1, keepdims=True)
    velocity = 2 * _conjugate_times(q, first) / square
    acceleration = (2 * _conjugate_times(q, second) - velocity * growth) / square
    return velocity, acceleration


def _conjugate_times(a: Array, b: Array) -> Array:
    """Vector part of conj(a) b, (T, 3)."""
    wa, va, wb, vb = a[:, :1], a[:, 1:], b[:, :1], b[:, 1:]
    product: Array = wa * vb - wb * va - np.cross(va, vb)
    return product


def _couple(model: mujoco.MjModel, q: Array, v: Array, a: Array) -> None:
    apply_couplings(model, q, v)
    for c in joint_couplings(model):
        if c.source_qpos < 0:
            a[:, c.dependent_dof] = 0.0
            continue
        x = q[:, c.source_qpos] - model.qpos0[c.source_qpos]
        slope = np.polynomial.polynomial.polyder(c.coefficients)
        bend = np.polynomial.polynomial.polyder(slope)
        a[:, c.dependent_dof] = np.polynomial.polynomial.polyval(x, slope) * a[:, c.source_dof]
        a[:, c.dependent_dof] += np.polynomial.polynomial.polyval(x, bend) * v[:, c.source_dof] ** 2
