"""Keep a generated motion out of the floor of its model."""

from __future__ import annotations

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.body.legs import foot_geoms
from kinesis_fast.motions.kinematics import BatchKinematics

Array = npt.NDArray[np.float64]

TOE_TOLERANCE = 0.001
"""Toes may sink so far before their joint bends, m."""


def _feet(model: mujoco.MjModel) -> list[int]:
    return [g for body in ("calcn", "toes") for s in "rl" for g in foot_geoms(model, f"{body}_{s}")]


def bend_toes(model: mujoco.MjModel, qpos: Array, frame_rate: float) -> None:
    """Bend each toe joint up, within its range and smoothly, until its toes clear the floor."""
    kinematics = BatchKinematics(model)
    kinematics.forward(qpos)
    for side in "rl":
        toes = foot_geoms(model, f"toes_{side}")
        joint = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_JOINT, f"mtp_angle_{side}")
        if not toes or joint < 0:
            continue
        address = model.jnt_qposadr[joint]
        lower = np.minimum(qpos[:, address], 0.0)
        kinematics.turn_leaf(joint, lower - qpos[:, address])
        sinks = kinematics.lowest_points(toes).min(axis=1) < -TOE_TOLERANCE
        lower[sinks] = _bent(kinematics.chosen(sinks), joint, toes, lower[sinks])
        neutral = min(0.0, float(model.jnt_range[joint, 1]))
        bend = smooth_envelope(neutral - lower, 0.05 * frame_rate)
        qpos[:, address] = np.clip(neutral - bend, *model.jnt_range[joint])


def _bent(kinematics: BatchKinematics, joint: int, toes: list[int], upper: Array) -> Array:
    """Return the largest angles of a toe joint, below ``upper`` (T,), at which no toe sinks, rad.

    The least of its range where one sinks at all of it. Positive is toe-down.
    """
    lower = np.full(len(upper), kinematics.model.jnt_range[joint, 0])
    now = upper
    for _ in range(9):  # bisection
        wanted = 0.5 * (lower + upper)
        kinematics.turn_leaf(joint, wanted - now)
        now = wanted
        sinks = kinematics.lowest_points(toes).min(axis=1) < -TOE_TOLERANCE
        upper = np.where(sinks, wanted, upper)
        lower = np.where(sinks, lower, wanted)
    return lower


def lift_out_of_floor(model: mujoco.MjModel, qpos: Array, frame_rate: float) -> None:
    """Raise the root smoothly wherever a foot geom is below the floor, in place."""
    kinematics = BatchKinematics(model)
    kinematics.forward(qpos)
    sunk = np.maximum(0.0, -TOE_TOLERANCE - kinematics.lowest_points(_feet(model)).min(axis=1))
    qpos[:, 2] += smooth_envelope(sunk, 0.05 * frame_rate)


def smooth_envelope(values: Array, width: float) -> Array:
    """Return a smooth curve that lies on or above ``values`` (T,).

    The running maximum over about ``2 width`` frames, averaged over the same window.
    """
    half = max(1, round(width))
    padded = np.pad(values, 2 * half, mode="edge")
    window = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1)
    running = np.lib.stride_tricks.sliding_window_view(window.max(axis=1), 2 * half + 1)
    weights = np.hanning(2 * half + 3)[1:-1]
    result: Array = running @ (weights / weights.sum())
    return result
