"""Marker files (``.trc``) of OpenSim, Motion Analysis and others: joint centres from markers.

Needed are markers on the pelvis (both ASIS, and PSIS or sacrum), the outer side of knees and
ankles, heels and toes, under any of the names below. Hip centres follow from the pelvis's
measures (Harrington et al., "Prediction of the hip joint centre", J. Biomech. 40, 2007); knee and
ankle centres lie half a joint's breadth inside their markers, across the foot. A pelvis is
upright where the plane of ASIS and PSIS is level, as in OpenSim's models.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError
from kinesis_fast.motions.capture.recording import (
    POINTS,
    Recording,
    check_timing,
    check_upright,
    even_rate,
)
from kinesis_fast.motions.formats import text_file

Array = npt.NDArray[np.float64]

UNITS = {"mm": 0.001, "cm": 0.01, "m": 1.0, "in": 0.0254}
MARKERS = {
    "asis": ("{s}.asis", "{s}asi", "{s}asis", "{s}fwt"),
    "psis": ("{s}.psis", "{s}psi", "{s}psis", "{s}bwt"),
    "knee": ("{s}.knee", "{s}kne", "{s}knee", "{s}.knee.lat", "{s}lknee", "{s}lk", "{s}.lfc"),
    "ankle": ("{s}.ankle", "{s}ank", "{s}ankle", "{s}.ankle.lat", "{s}lmal", "{s}.lm"),
    "heel": ("{s}.heel", "{s}hee", "{s}heel", "{s}cal"),
    "toe": ("{s}.toe", "{s}toe", "{s}.toe.tip", "{s}.mt2", "{s}mt2", "{s}.midfoot.lat", "{s}mt1"),
    "little_toe": ("{s}.mt5", "{s}mt5"),
}
"""Names of markers, {s} the side, in lower case; compared without dots, dashes and spaces."""
SACRUM = ("sacr", "sacral", "vsacral", "s2", "sac", "sacrum")

KNEE_BREADTH, ANKLE_BREADTH = 0.11, 0.08
"""Breadth of a joint with half a marker on it, m."""
FOOT_LENGTH, FOOT_DROP = 0.130, 0.044
"""From the ankle to the ball of the foot, forward and down in a flat foot, m."""
MAX_GAP = 0.2
"""Longest time in which a marker may be hidden; shorter gaps are filled, s."""


def read_trc(path: Path) -> Recording:
    """Read one ``.trc`` file."""
    markers, frame_rate = read_markers(path)
    up = _up_axis(markers)
    found = {}
    for side in "rl":
        for part, names in MARKERS.items():
            marker = _named(markers, [name.format(s=side) for name in names])
            if marker is not None:
                found[f"{part}_{side}"] = _filled(marker, frame_rate, f"{part} {side}")
    sacrum = _named(markers, SACRUM)
    if sacrum is not None:
        found["sacrum"] = _filled(sacrum, frame_rate, "sacrum")
    needed = [f"{part}_{s}" for part in ("asis", "knee", "ankle", "heel", "toe") for s in "rl"]
    missing = [name for name in needed if name not in found]
    if missing:
        raise InputError(f"lacks {len(missing)} marker(s): {', '.join(missing)}")
    if "psis_r" in found and "psis_l" in found:
        back = 0.5 * (found["psis_r"] + found["psis_l"])
    elif "sacrum" in found:
        back = found["sacrum"]
    else:
        raise InputError("lacks the pelvis's back: PSIS of both sides, or a sacral marker")
    points = _joint_centres(found, back)
    check_upright(points, np.eye(3)[up])
    # Walking along the next axis is as good a heading as any.
    to_world = np.roll(np.eye(3), 2 - up, axis=0)
    if up == 1:
        to_world = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
    return Recording(
        path.stem,
        frame_rate,
        points @ to_world.T,
        attributes={"format": "TRC markers"},
    )


def read_markers(path: Path) -> tuple[dict[str, Array], float]:
    """Return markers (T, 3), m, NaN where hidden, by name; and the frame rate, Hz.

    The rate is the header's, to which the times of the frames must keep.
    """
    lines = text_file.read_lines(path)
    if len(lines) < 6 or not lines[0].startswith("PathFileType"):
        raise InputError("does not begin with PathFileType; is it a .trc file?")
    head = dict(zip(lines[1].split(), lines[2].split(), strict=False))
    for key in ("DataRate", "NumFrames", "NumMarkers", "Units"):
        if not head.get(key):
            raise InputError(f"its header lacks {key!r}")
    announced = text_file.number(head["DataRate"], "DataRate")
    frames = text_file.integer(head["NumFrames"], "NumFrames")
    unit = UNITS.get(head["Units"].lower())
    if unit is None:
        raise InputError(f"unit {head['Units'][:20]!r} is not one of {', '.join(UNITS)}")
    names = [name.strip() for name in lines[3].split("\t")[2:]]
    names = [name for name in names if name]
    if len(names) != text_file.integer(head["NumMarkers"], "NumMarkers"):
        raise InputError(f"announces {head['NumMarkers'][:20]} markers and names {len(names)}")
    if len(set(names)) != len(names):
        raise InputError("names a marker twice")
    rows = [line for line in lines[5:] if line.strip()]
    if len(rows) != frames:
        raise InputError(f"is truncated: it announces {frames} frames and has {len(rows)}")
    values = np.full((frames, 3 * len(names)), np.nan)
    times = np.zeros(frames)
    for i, row in enumerate(rows):
        time, *cells = row.rstrip("\r\n").split("\t")[1:] or [""]
        times[i] = text_file.number(time, f"the time of frame {i + 1}")
        if len(cells) < 3 * len(names) and i + 1 == len(rows):
            cells += [""] * (3 * len(names) - len(cells))
        for k, cell in enumerate(cells[: 3 * len(names)]):
            if cell.strip() and cell.strip().lower() != "nan":
                values[i, k] = text_file.number(cell, f"a marker in frame {i + 1}")
    check_timing(frames, announced)
    frame_rate = even_rate(times, MAX_GAP)
    if abs(frame_rate - announced) > 0.02 * frame_rate:
        raise InputError(
            f"its DataRate is {announced:g} Hz, its times are {frame_rate:.4g} Hz; "
            "which of them is right?"
        )
    return {name: unit * values[:, 3 * k : 3 * k + 3] for k, name in enumerate(names)}, announced


def _up_axis(markers: dict[str, Array]) -> int:
    """Return the axis along which the pelvis's markers are most above the feet's: y or z."""

    def height(parts: tuple[str, ...]) -> Array:
        names = [name.format(s=side) for part in parts for side in "rl" for name in MARKERS[part]]
        found = [m for name in names if (m := _named(markers, [name])) is not None]
        if not found:
            raise InputError(f"lacks the markers of {' and '.join(parts)}")
        every: Array = np.nanmedian(np.concatenate(found), axis=0)
        return every

    rise = height(("asis",)) - height(("heel", "toe"))
    return 2 if rise[2] > rise[1] else 1


def _joint_centres(found: dict[str, Array], back: Array) -> Array:
    """Return the keypoints (T, 10, 3) in the lab's axes."""
    right, left = found["asis_r"], found["asis_l"]
    front = 0.5 * (right + left)
    width = float(np.median(np.linalg.norm(left - right, axis=1)))
    depth = float(np.median(np.linalg.norm(front - back, axis=1)))
    y = _unit(left - right)
    z = _unit(np.cross(front - back, y))
    x = np.cross(y, z)
    place = {}
    for side, outward in (("r", -1.0), ("l", 1.0)):
        place[f"hip_{side}"] = (
            front
            - (0.24 * depth + 0.0099) * x
            + outward * (0.33 * width + 0.0073) * y
            - (0.30 * width + 0.0109) * z
        )
        ahead = found[f"toe_{side}"]
        if f"little_toe_{side}" in found:
            ahead = 0.5 * (ahead + found[f"little_toe_{side}"])
        forward = _unit(ahead - found[f"heel_{side}"])
        shank = _unit(found[f"knee_{side}"] - found[f"ankle_{side}"])
        inward = -outward * _unit(np.cross(shank, forward))
        knee = found[f"knee_{side}"] + 0.5 * KNEE_BREADTH * inward
        ankle = found[f"ankle_{side}"] + 0.5 * ANKLE_BREADTH * inward
        foot_up = _unit(np.cross(forward, -outward * inward))
        place[f"knee_{side}"], place[f"ankle_{side}"] = knee, ankle
        place[f"toe_{side}"] = ankle + FOOT_LENGTH * forward - FOOT_DROP * foot_up
    # A spine straight above the hips: OpenSim's pelvis is upright with ASIS and PSIS level.
    middle = 0.5 * (place["hip_r"] + place["hip_l"])
    place["pelvis"], place["spine"] = middle + 0.09 * z, middle + 0.2 * z
    return np.stack([place[name] for name in POINTS], axis=1)


def _named(markers: dict[str, Array], names: tuple[str, ...] | list[str]) -> Array | None:
    plain = {re.sub(r"[^a-z0-9]", "", name.lower()): path for name, path in markers.items()}
    for name in names:
        marker = plain.get(re.sub(r"[^a-z0-9]", "", name))
        if marker is not None:
            return marker
    return None


def _filled(marker: Array, frame_rate: float, name: str) -> Array:
    """Return a marker's path with short gaps filled in straight lines."""
    seen = np.isfinite(marker).all(axis=1)
    if not seen.any():
        raise InputError(f"marker {name} is never seen")
    times = np.arange(len(marker))
    gaps = np.diff(np.concatenate([[-1], np.flatnonzero(seen), [len(marker)]])) - 1
    if gaps.max() > MAX_GAP * frame_rate:
        raise InputError(
            f"marker {name} is hidden for {gaps.max() / frame_rate:.2f} s; "
            f"gaps up to {MAX_GAP:g} s are filled: fill it before"
        )
    return np.stack([np.interp(times, times[seen], marker[seen, k]) for k in range(3)], axis=1)


def _unit(v: Array) -> Array:
    result: Array = v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-9)
    return result
