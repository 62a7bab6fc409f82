"""A person's segments, from a trial in which she stands or moves, and the body of her size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.body.legs import SIDES
from kinesis_fast.body.scaling import REFERENCE_HEIGHT, TRUNK, BodyScale
from kinesis_fast.errors import InputError
from kinesis_fast.motions.capture.markers import (
    MarkerTrial,
    joint_centres,
    landmarks,
    seen_throughout,
)
from kinesis_fast.motions.capture.recording import POINTS

Array = npt.NDArray[np.float64]

HEEL_TO_TOE = {"toe_lateral": 0.190, "toe_medial": 0.200}
"""From a marker on the heel to one on the head of the fifth or first metatarsal of the composed
models' feet, m: estimates, for a marker's middle lies a centimetre off the bone."""
MOST_SPREAD = 0.04
"""m: a segment whose length has a larger interquartile range is no rigid one."""


@dataclass(frozen=True)
class Measures:
    """Lengths of a person's segments, m, medians over a trial; both sides' mean."""

    thigh: float
    """From hip to knee."""
    shank: float
    """From knee to ankle."""
    hips: float
    """From hip to hip."""
    foot: float | None
    """Of the foot, over the model's; None: no marker tells."""
    sides: Mapping[str, tuple[float, float]]
    """Right and left, by segment."""


def measure(trial: MarkerTrial, names: Mapping[str, str] | None = None) -> Measures:
    """Measure a person's segments.

    Args:
        trial: in which she stands, or moves: lengths are medians.
        names: labels by landmark, over those that are known.

    Raises:
        InputError: a marker is missing, or a segment's length wanders: a marker is taken for
            another, or jumps.
    """
    found = landmarks(seen_throughout(trial, names), names)
    at = dict(zip(POINTS, np.moveaxis(joint_centres(found), 1, 0), strict=True))
    sides = {}
    for name, (upper, lower) in {"thigh": ("hip", "knee"), "shank": ("knee", "ankle")}.items():
        lengths = [np.linalg.norm(at[f"{upper}_{s}"] - at[f"{lower}_{s}"], axis=1) for s in SIDES]
        for side, length in zip(SIDES, lengths, strict=True):
            low, high = np.percentile(length, [25, 75])
            if high - low > MOST_SPREAD:
                raise InputError(
                    f"the {name} ({side}) is {1000 * low:.0f} to {1000 * high:.0f} mm long in half "
                    f"of {trial.name}; a bone keeps its length within {1000 * MOST_SPREAD:.0f}: is "
                    "a marker taken for another?"
                )
        sides[name] = (float(np.median(lengths[0])), float(np.median(lengths[1])))
    feet = [
        np.median(np.linalg.norm(found[f"{toe}_{s}"] - found[f"heel_{s}"], axis=1)) / length
        for toe, length in HEEL_TO_TOE.items()
        for s in SIDES
        if f"{toe}_{s}" in found
    ]
    return Measures(
        thigh=float(np.mean(sides["thigh"])),
        shank=float(np.mean(sides["shank"])),
        hips=float(np.median(np.linalg.norm(at["hip_r"] - at["hip_l"], axis=1))),
        foot=float(np.mean(feet)) if feet else None,
        sides=sides,
    )


def scale_of(
    measures: Measures,
    model: mujoco.MjModel,
    mass: float | None = None,
    height: float | None = None,
) -> BodyScale:
    """Return what makes a composed model as large as a person.

    Thigh and shank are scaled along themselves by length, and across by the mean of both; the
    pelvis by the distance of the hips; feet by heel and metatarsals, or as the legs where no marker
    tells; the trunk so that the whole is as tall as she is, or as the legs.

    Args:
        measures: hers.
        model: the composed model.
        mass: hers, kg; None: the model's, by the volume of the segments.
        height: hers, m.

    Raises:
        InputError: a size of no person.
    """
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)

    def apart(a: str, b: str) -> float:
        return float(np.linalg.norm(data.body(a).xpos - data.body(b).xpos))

    thigh = measures.thigh / apart("femur_r", "tibia_r")
    shank = measures.shank / apart("tibia_r", "talus_r")
    hips = measures.hips / apart("femur_r", "femur_l")
    legs = 0.5 * (thigh + shank)
    foot = legs if measures.foot is None else measures.foot
    trunk = legs
    if height is not None:
        leg = apart("femur_r", "talus_r")
        grown = measures.thigh + measures.shank - leg  # under the hips
        trunk = (height - grown - (REFERENCE_HEIGHT - _above_hips())) / _above_hips()
    if mass is None:
        mass = float(model.body_mass.sum()) * float(np.mean([thigh, shank, trunk, trunk])) ** 3
    return BodyScale(
        {
            "pelvis": (hips, hips, hips),
            "thigh": (legs, thigh, legs),
            "shank": (legs, shank, legs),
            "foot": (foot, foot, foot),
            TRUNK: (trunk, trunk, trunk),
        },
        mass,
        height,
    )


def _above_hips() -> float:
    """Return how much of the reference person is above the hips, m.

    The hips stand at 0.530 of the height (Winter, "Biomechanics and motor control of human
    movement", 2009, after Drillis and Contini 1966).
    """
    return (1.0 - 0.530) * REFERENCE_HEIGHT
