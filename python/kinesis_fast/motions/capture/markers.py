"""Markers on a person: which is which, the gaps in them, and the joint centres between them.

Landmarks are known by the labels of the usual sets (Plug-in Gait, Helen Hayes, CAST and its
anatomical names, OpenSim's examples) or by a map. Hip centres follow from the pelvis's measures
(Harrington et al., "Prediction of the hip joint centre", J. Biomech. 40, 2007); centres of knees
and ankles lie between their two markers, or half a joint's breadth inside the outer one, across the
foot. A pelvis is upright where the plane of ASIS and PSIS is level, as in OpenSim's models.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from kinesis_fast.body.legs import SIDES
from kinesis_fast.errors import InputError, did_you_mean
from kinesis_fast.motions.capture.recording import POINTS, Recording, check_upright

Array = npt.NDArray[np.float64]

LABELS = {
    "hip": (),
    "asis": ("{s}asis", "{s}asi", "{s}ias", "asis{s}", "{s}fwt"),
    "psis": ("{s}psis", "{s}psi", "{s}ips", "psis{s}", "{s}bwt"),
    "knee": (
        *("{s}knee", "{s}kne", "{s}kneelat", "{s}lknee", "{s}lk", "{s}lfc", "{s}fle", "{s}kl"),
        *("{s}knee1", "{s}knl", "{s}lek"),
    ),
    "knee_medial": (
        *("{s}mknee", "{s}kneemed", "{s}mk", "{s}mfc", "{s}fme", "{s}km", "{s}knm", "{s}mek"),
        *("{s}kneemedial", "{s}kneem"),
    ),
    "ankle": (
        *("{s}ankle", "{s}ank", "{s}anklelat", "{s}lmal", "{s}lm", "{s}fal", "{s}al", "{s}mall"),
        "{s}lma",
    ),
    "ankle_medial": (
        *("{s}mankle", "{s}anklemed", "{s}mmal", "{s}mm", "{s}tam", "{s}am", "{s}mma"),
        *("{s}med", "{s}anklemedial"),
    ),
    "heel": ("{s}heel", "{s}hee", "{s}cal", "{s}fcc", "{s}calc"),
    "toe": ("{s}toe", "{s}toetip", "{s}mt2", "{s}fm2", "{s}met", "{s}midfootlat", "{s}mt1"),
    "toe_lateral": ("{s}mt5", "{s}fm5", "{s}toelat", "{s}5mt"),
    "toe_medial": ("{s}mt1", "{s}fm1", "{s}toemed", "{s}1mt"),
}
"""Labels of landmarks, {s} the side, in lower case; compared without dots, dashes, spaces and what
stands before a colon. ``knee`` and ``ankle`` are the outer sides; ``hip`` is the joint's centre,
taken from a file where a map names it, and else from the pelvis."""
SACRUM = ("sacr", "sacral", "vsacral", "s2", "sac", "sacrum")
LANDMARKS = (*(f"{part}_{side}" for part in LABELS for side in SIDES), "sacrum")
"""What markers are put on."""
NEEDED = ("asis", "knee", "ankle", "heel")
"""Landmarks of both sides without which there is no motion of legs; and a toe, and the pelvis's
back."""

KNEE_BREADTH, ANKLE_BREADTH = 0.11, 0.08
"""Breadth of a joint with half a marker on it, m."""
FOOT_LENGTH, FOOT_DROP = 0.130, 0.044
"""From the ankle to the ball of the foot, forward and down in a flat foot, m."""
MAX_GAP = 0.2
"""Longest time in which a marker may be hidden; shorter gaps are filled, s."""


@dataclass(frozen=True)
class MarkerTrial:
    """Markers of one trial, in the laboratory's axes."""

    name: str
    frame_rate: float
    """Hz."""
    markers: Mapping[str, Array]
    """(T, 3) m by label; NaN where hidden."""
    up: int
    """The axis that points up: 1 (y) or 2 (z)."""
    first_time: float = 0.0
    """Of the first frame on the trial's clock, s."""
    attributes: Mapping[str, str | float] = field(default_factory=dict)

    @property
    def to_world(self) -> Array:
        """The rotation from the laboratory's axes into the world's, z up."""
        if self.up == 2:
            return np.eye(3)
        return np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


def seen_throughout(trial: MarkerTrial, names: Mapping[str, str] | None = None) -> MarkerTrial:
    """Return a trial without the frames before and after all that is needed is seen.

    People walk into the laboratory's volume and out of it. ``left_out`` among its attributes tells
    how much that was, s.

    Raises:
        InputError: see :func:`landmarks`.
    """
    first, last = 0, len(next(iter(trial.markers.values()))) - 1
    for landmark, label in marker_labels(trial, names or {}).items():
        seen = np.flatnonzero(np.isfinite(trial.markers[label]).all(axis=1))
        if _is_needed(landmark) and len(seen):
            first, last = max(first, int(seen[0])), min(last, int(seen[-1]))
    kept = slice(first, last + 1)
    out = first + len(next(iter(trial.markers.values()))) - 1 - last
    if out == 0:
        return trial
    if last - first < 1:
        raise InputError("the markers that are needed are never all seen at once")
    return replace(
        trial,
        markers={label: path[kept] for label, path in trial.markers.items()},
        first_time=trial.first_time + first / trial.frame_rate,
        attributes={**trial.attributes, "left_out": out / trial.frame_rate},
    )


def landmarks(trial: MarkerTrial, names: Mapping[str, str] | None = None) -> dict[str, Array]:
    """Return the paths (T, 3) m of a trial's landmarks, short gaps filled, in the lab's axes.

    Args:
        trial: the markers.
        names: labels by landmark (``knee_r: R.Epicondyle``), over those that are known.

    Raises:
        InputError: a landmark that is needed is not there or long hidden, or ``names`` has what is
            no landmark or no label.
    """
    labels = marker_labels(trial, names or {})
    found = {
        landmark: _filled(trial.markers[label], trial.frame_rate, f"{label} ({landmark})")
        for landmark, label in labels.items()
        if _is_needed(landmark) or _is_seen(trial.markers[label], trial.frame_rate)
    }
    needed = [f"{part}_{s}" for part in NEEDED for s in SIDES]
    missing = [name for name in needed if name not in found]
    missing += [f"toe_{s}" for s in SIDES if not {f"toe_{s}", f"toe_lateral_{s}"} & set(found)]
    if "sacrum" not in found and not {"psis_r", "psis_l"} <= set(found):
        missing.append("psis_r and psis_l, or sacrum")
    if missing:
        known = ", ".join(list(trial.markers)[:12]) + (", ..." if len(trial.markers) > 12 else "")
        raise InputError(
            f"lacks {len(missing)} marker(s): {', '.join(missing)}; it has {known}. Markers under "
            "other labels are named by a map of lines 'knee_r: LABEL' (--joint-map)"
        )
    return found


def up_axis(markers: Mapping[str, Array], names: Mapping[str, str] | None = None) -> int:
    """Return the axis along which the pelvis's markers are most above the feet's: y or z.

    Raises:
        InputError: there are none of both.
    """
    trial = MarkerTrial("", 1.0, markers, 2)
    labels = marker_labels(trial, names or {})

    def height(*parts: str) -> Array:
        found = [markers[labels[f"{p}_{s}"]] for p in parts for s in SIDES if f"{p}_{s}" in labels]
        if not found:
            raise InputError(f"lacks the markers of {' and '.join(parts)}")
        every: Array = np.nanmedian(np.concatenate(found), axis=0)
        return every

    rise = height("asis") - height("heel", "toe")
    return 2 if rise[2] > rise[1] else 1


def recording_of(trial: MarkerTrial, names: Mapping[str, str] | None = None) -> Recording:
    """Return a trial's joint centres.

    Raises:
        InputError: see :func:`landmarks`; or a body that does not stand.
    """
    trial = seen_throughout(trial, names)
    points = joint_centres(landmarks(trial, names))
    check_upright(points, np.eye(3)[trial.up])
    return Recording(
        trial.name, trial.frame_rate, points @ trial.to_world.T, attributes=trial.attributes
    )


def joint_centres(found: Mapping[str, Array]) -> Array:
    """Return the keypoints (T, 10, 3) m of landmarks, in the lab's axes."""
    right, left = found["asis_r"], found["asis_l"]
    front = 0.5 * (right + left)
    back = (
        0.5 * (found["psis_r"] + found["psis_l"])
        if {"psis_r", "psis_l"} <= set(found)
        else found["sacrum"]
    )
    width = float(np.median(np.linalg.norm(left - right, axis=1)))
    depth = float(np.median(np.linalg.norm(front - back, axis=1)))
    y = _unit(left - right)
    z = _unit(np.cross(front - back, y))
    x = np.cross(y, z)
    place = {}
    for side, outward in (("r", -1.0), ("l", 1.0)):
        place[f"hip_{side}"] = found.get(
            f"hip_{side}",
            (
                front
                - (0.24 * depth + 0.0099) * x
                + outward * (0.33 * width + 0.0073) * y
                - (0.30 * width + 0.0109) * z
            ),
        )
        place |= _leg(found, side, outward)
    # A spine straight above the hips: OpenSim's pelvis is upright with ASIS and PSIS level.
    middle = 0.5 * (place["hip_r"] + place["hip_l"])
    place["pelvis"], place["spine"] = middle + 0.09 * z, middle + 0.2 * z
    return np.stack([place[name] for name in POINTS], axis=1)


def _leg(found: Mapping[str, Array], side: str, outward: float) -> dict[str, Array]:
    """Return knee, ankle and toe of a side."""
    ahead = found.get(f"toe_{side}", found.get(f"toe_lateral_{side}"))
    assert ahead is not None
    if f"toe_lateral_{side}" in found:
        ahead = 0.5 * (ahead + found[f"toe_lateral_{side}"])
    forward = _unit(ahead - found[f"heel_{side}"])
    shank = _unit(found[f"knee_{side}"] - found[f"ankle_{side}"])
    inward = -outward * _unit(np.cross(shank, forward))

    def centre(joint: str, breadth: float) -> Array:
        outer = found[f"{joint}_{side}"]
        inner = found.get(f"{joint}_medial_{side}")
        return outer + 0.5 * breadth * inward if inner is None else 0.5 * (outer + inner)

    ankle = centre("ankle", ANKLE_BREADTH)
    foot_up = _unit(np.cross(forward, -outward * inward))
    return {
        f"knee_{side}": centre("knee", KNEE_BREADTH),
        f"ankle_{side}": ankle,
        f"toe_{side}": ankle + FOOT_LENGTH * forward - FOOT_DROP * foot_up,
    }


def marker_labels(trial: MarkerTrial, names: Mapping[str, str]) -> dict[str, str]:
    """Return labels of a trial by landmark: those that are known, and those of a map.

    Raises:
        InputError: the map has what is no landmark or no label.
    """
    for landmark, label in names.items():
        if landmark not in LANDMARKS:
            raise InputError(f"{landmark!r} is no landmark{did_you_mean(landmark, LANDMARKS)}")
        if label not in trial.markers:
            hint = did_you_mean(label, list(trial.markers))
            raise InputError(f"{landmark} is to be {label!r}, which is no marker here{hint}")
    by_plain = {plain(label): label for label in reversed(list(trial.markers))}
    found = {}
    for part, patterns in LABELS.items():
        for side in SIDES:
            labels = (by_plain.get(pattern.format(s=side)) for pattern in patterns)
            known = [label for label in labels if label is not None]
            if known:
                found[f"{part}_{side}"] = known[0]
    sacrum = next((by_plain[name] for name in SACRUM if name in by_plain), None)
    if sacrum is not None:
        found["sacrum"] = sacrum
    return {**found, **names}


def _is_needed(landmark: str) -> bool:
    return landmark.rsplit("_", 1)[0] in (*NEEDED, "toe")


def _is_seen(marker: Array, frame_rate: float) -> bool:
    """Tell whether a marker is hidden for short gaps alone."""
    return _longest_gap(marker) <= MAX_GAP * frame_rate


def _longest_gap(marker: Array) -> int:
    seen = np.isfinite(marker).all(axis=1)
    edges = np.concatenate([[-1], np.flatnonzero(seen), [len(marker)]])
    return int(np.diff(edges).max()) - 1


def plain(label: str) -> str:
    """Return a label as labels are compared."""
    return re.sub(r"[^a-z0-9]", "", label.rsplit(":", 1)[-1].lower())


def _filled(marker: Array, frame_rate: float, name: str) -> Array:
    """Return a marker's path with short gaps filled in straight lines."""
    seen = np.isfinite(marker).all(axis=1)
    if not seen.any():
        raise InputError(f"marker {name} is never seen")
    times = np.arange(len(marker))
    gap = _longest_gap(marker)
    if gap > MAX_GAP * frame_rate:
        raise InputError(
            f"marker {name} is hidden for {gap / frame_rate:.2f} s; "
            f"gaps up to {MAX_GAP:g} s are filled: fill it before"
        )
    return np.stack([np.interp(times, times[seen], marker[seen, k]) for k in range(3)], axis=1)


def _unit(v: Array) -> Array:
    result: Array = v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-9)
    return result
