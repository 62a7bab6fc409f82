"""Where markers sit on a body: which bone carries each, and at what place of it.

A body of her size is laid into one trial by her joint centres, as she stands; where each marker is
then seen from its bone is where it stays. No marker's place has to be known beforehand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.body.legs import SIDES
from kinesis_fast.motions.capture.markers import (
    FOOT_DROP,
    FOOT_LENGTH,
    KNEE_BREADTH,
    MarkerTrial,
    joint_centres,
    landmarks,
    marker_labels,
    plain,
    seen_throughout,
)
from kinesis_fast.motions.capture.recording import POINTS
from kinesis_fast.motions.kinematics import BatchKinematics
from kinesis_fast.person.pose_fit import Attached, PoseFit

Array = npt.NDArray[np.float64]

BONES = {
    "asis": "pelvis",
    "psis": "pelvis",
    "knee": "femur",
    "knee_medial": "femur",
    "ankle": "tibia",
    "ankle_medial": "tibia",
    "heel": "calcn",
    "toe": "calcn",
    "toe_lateral": "calcn",
    "toe_medial": "calcn",
}
"""The bone that carries a landmark's marker."""
CLUSTERS = {
    "femur": r"(th|t)\d+$|thigh|thi[a-z]?$|ftc$|quad",
    "tibia": r"(sh|s|tb)\d+$|shank|tib[a-z]?$|ttc$|fax$",
    "calcn": r"midfoot",
}
"""Labels, after their side, of markers that only follow a bone."""
FRAMES = 40
"""Of the trial, that tell where markers sit; more say little more."""
MOST_OFF = 0.03
"""m: a marker that wanders more on its bone, in a quarter of the frames, does not follow it."""
STILL = 0.05
"""m, within which both ankles stay of who stands, with her feet flat on the floor."""
UP = 0.2
"""m, from the hips, of the place by which the pelvis is upright."""


@dataclass(frozen=True)
class Attachment:
    """Markers on a body."""

    markers: Mapping[str, Attached]
    """By label."""
    left_out: Sequence[str]
    """Labels of which no bone is known: arms, trunk and head, or unknown ones; and those that
    wander."""


def attach(
    model: mujoco.MjModel, trial: MarkerTrial, names: Mapping[str, str] | None = None
) -> Attachment:
    """Return where a trial's markers sit on a body of the person's size.

    Args:
        model: her body (:func:`kinesis_fast.person.scale_of`).
        trial: in which she stands, or moves.
        names: labels by landmark, over those that are known.

    Raises:
        InputError: a marker that is needed is missing.
    """
    trial = seen_throughout(trial, names)
    found = {name: path @ trial.to_world.T for name, path in landmarks(trial, names).items()}
    frames = np.linspace(0, len(found["asis_r"]) - 1, FRAMES).round().astype(int)
    laid, targets = _laid(model, {name: path[frames] for name, path in found.items()})
    kinematics = BatchKinematics(model)
    kinematics.forward(PoseFit(model, laid).solve(targets).qpos)
    markers = {}
    for label, bone in _carriers(trial, names or {}).items():
        body = model.body(bone).id
        seen = trial.markers[label][frames] @ trial.to_world.T
        away = seen - kinematics.body_pos[:, body]
        here = np.einsum("tji,tj->ti", kinematics.body_rot[:, body], away)
        here = here[np.isfinite(here).all(axis=1)]
        if len(here) == 0:
            continue
        place = np.median(here, axis=0)
        if np.percentile(np.linalg.norm(here - place, axis=1), 75) < MOST_OFF:
            markers[label] = Attached(bone, (float(place[0]), float(place[1]), float(place[2])))
    return Attachment(markers, [label for label in trial.markers if label not in markers])


def _laid(model: mujoco.MjModel, found: Mapping[str, Array]) -> tuple[dict[str, Attached], Array]:
    """Return by what a body is laid into landmarks, and where that is, (T, places, 3)."""
    at = dict(zip(POINTS, np.moveaxis(joint_centres(found), 1, 0), strict=True))
    hips = [model.body(f"femur_{side}").pos for side in SIDES]
    x, y, z = 0.5 * (hips[0] + hips[1])
    laid = {"spine": Attached("pelvis", (x, y + UP, z))}
    if all(np.ptp(at[f"ankle_{side}"], axis=0).max() < STILL for side in SIDES):
        for side in SIDES:
            at[f"toe_{side}"] = _flat(at[f"ankle_{side}"], at[f"toe_{side}"])
    targets = [at["spine"]]
    for side, right in (("r", 1.0), ("l", -1.0)):
        for point, bone, weight in (
            ("hip", "femur", 3.0),
            ("knee", "tibia", 3.0),
            ("ankle", "talus", 3.0),
            ("toe", "toes", 1.0),
        ):
            laid[f"{point}_{side}"] = Attached(f"{bone}_{side}", (0.0, 0.0, 0.0), weight)
            targets.append(at[f"{point}_{side}"])
        # The outer side of the knee lies along the axis about which it bends.
        outward = found[f"knee_{side}"] - at[f"knee_{side}"]
        length = np.linalg.norm(outward, axis=1, keepdims=True)
        laid[f"outer_{side}"] = Attached(f"tibia_{side}", (0.0, 0.0, right * 0.5 * KNEE_BREADTH))
        targets.append(at[f"knee_{side}"] + 0.5 * KNEE_BREADTH * outward / length)
    return laid, np.stack(targets, axis=1)


def _flat(ankle: Array, toe: Array) -> Array:
    """Return where the ball of a foot is that stands flat: markers on it lie at any height."""
    ahead = (toe - ankle) * [1.0, 1.0, 0.0]
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-9)
    ball: Array = ankle + FOOT_LENGTH * ahead - [0.0, 0.0, FOOT_DROP]
    return ball


def _carriers(trial: MarkerTrial, names: Mapping[str, str]) -> dict[str, str]:
    """Return the bone of each label that has one."""
    carriers = {}
    for label in trial.markers:
        side, rest = plain(label)[:1], plain(label)[1:]
        if side in SIDES:
            for bone, pattern in CLUSTERS.items():
                if re.match(pattern, rest):
                    carriers[label] = f"{bone}_{side}"
    for landmark, label in marker_labels(trial, names).items():
        part, _, side = landmark.rpartition("_")
        carrier = BONES.get(part, "pelvis" if landmark == "sacrum" else "")
        if carrier:
            carriers[label] = carrier if carrier == "pelvis" else f"{carrier}_{side}"
    return carriers
