"""Errors of the references that bodies follow, as other people's recordings have them."""

from __future__ import annotations

from dataclasses import dataclass, field

import mujoco
import numpy as np

from kinesis_fast import _engine
from kinesis_fast.body import independent_joints
from kinesis_fast.body.legs import LEG_JOINTS
from kinesis_fast.config import check_names, check_ranges
from kinesis_fast.errors import InputError
from kinesis_fast.native_settings import filled

JUDGES = ("given", "recorded")


@dataclass
class ReferenceErrorsConfig:
    """Errors of references as other people's recordings have them, drawn anew in every episode.

    Every pair is what a figure is drawn from, evenly; two equal ones fix it.
    """

    share: float = 0.0
    """Share of episodes whose reference has errors; 0: none are drawn."""
    each: float = 0.5
    """Share of these in which an error of one kind is there."""
    height: list[float] = field(default_factory=lambda: [-0.025, 0.025])
    """m by which the whole motion is too high."""
    slope: list[float] = field(default_factory=lambda: [-0.004, 0.004])
    """rad by which the floor is tilted about each of two axes, through where the episode starts."""
    bend: list[float] = field(default_factory=lambda: [-0.1, 0.21])
    """rad by which both hips and knees are more bent, all together."""
    joints: list[float] = field(default_factory=lambda: [-0.07, 0.07])
    """rad by which each hinge of the legs is off, each on its own."""
    feet: list[float] = field(default_factory=lambda: [-0.07, 0.07])
    """rad by which both feet are turned toes up, together."""
    drift: list[float] = field(default_factory=lambda: [-0.05, 0.05])
    """m/s at which the root drifts along each axis of the floor."""
    shake: list[float] = field(default_factory=lambda: [0.0, 0.01])
    """m, amplitude at which the root shakes along each axis."""
    shake_frequency: list[float] = field(default_factory=lambda: [0.5, 3.0])
    """Hz of it."""
    timing: list[float] = field(default_factory=lambda: [0.0, 0.04])
    """s, amplitude at which the motion is early and late in turn."""
    timing_frequency: list[float] = field(default_factory=lambda: [0.2, 1.5])
    """Hz of it."""
    smoothing: list[float] = field(default_factory=lambda: [0.0, 0.06])
    """s before and after a moment, with which the mean is taken."""
    joint_noise: list[float] = field(default_factory=lambda: [0.0, 0.01])
    """rad, standard deviation of joints' noise, 15 times a second."""
    root_noise: list[float] = field(default_factory=lambda: [0.0, 0.003])
    """m, that of the root along each axis."""
    dropped: list[float] = field(default_factory=lambda: [0.0, 0.3])
    """Share of half seconds whose first four frames stand still."""
    judge: str = "given"
    """What bodies are rewarded for: ``given``, the reference with its errors; ``recorded``, the one
    without."""


SPANS: dict[str, tuple[float, float]] = {
    "height": (-1.0, 1.0),
    "slope": (-0.5, 0.5),
    "bend": (-1.0, 1.0),
    "joints": (-1.0, 1.0),
    "feet": (-1.0, 1.0),
    "drift": (-2.0, 2.0),
    "shake": (0.0, 1.0),
    "shake_frequency": (0.0, 15.0),
    "timing": (0.0, 0.5),
    "timing_frequency": (0.0, 5.0),
    "smoothing": (0.0, 0.5),
    "joint_noise": (0.0, 1.0),
    "root_noise": (0.0, 0.5),
    "dropped": (0.0, 1.0),
}
"""Ranges of what errors of references may be drawn from."""


def check_errors(errors: ReferenceErrorsConfig) -> None:
    """Raise InputError for the first value that is out of range."""
    check_names((("randomise_reference.judge", errors.judge, JUDGES),))
    check_ranges(
        (
            ("randomise_reference.share", errors.share, 0.0, 1.0),
            ("randomise_reference.each", errors.each, 0.0, 1.0),
            *(
                (f"randomise_reference.{name}", value, low, high)
                for name, (low, high) in SPANS.items()
                for value in getattr(errors, name)
            ),
        )
    )
    for name in SPANS:
        span = getattr(errors, name)
        if len(span) != 2 or span[0] > span[1]:
            raise InputError(
                f"randomise_reference.{name} is {span}; it must be a lower and an upper bound"
            )
    if errors.timing[1] * errors.timing_frequency[1] * 2 * np.pi >= 1.0:
        raise InputError(
            f"randomise_reference.timing {errors.timing[1]} s at timing_frequency "
            f"{errors.timing_frequency[1]} Hz would play the motion backward; lower one of them"
        )


def native_errors(errors: ReferenceErrorsConfig, model: mujoco.MjModel) -> _engine.MotionErrors:
    """Return the engine's errors of references, of a model with the legs of ``body.legs``."""
    present = set(independent_joints(model))

    def ids(*plain: str) -> list[int]:
        names = (f"{name}_{side}" for name in plain for side in ("r", "l"))
        return [int(model.joint(name).id) for name in names if name in present]

    together = [(ids("hip_flexion", "knee_angle"), errors.bend), (ids("ankle_angle"), errors.feet)]
    alone = [([joint], errors.joints) for joint in ids(*LEG_JOINTS, "subtalar_angle")]
    joints = [
        _engine.JointError(numbers, [1.0] * len(numbers), (span[0], span[1]))
        for numbers, span in (*together, *alone)
        if numbers
    ]
    of_joints = ("bend", "joints", "feet")
    spans = {name: tuple(getattr(errors, name)) for name in SPANS if name not in of_joints}
    return filled(
        _engine.MotionErrors, share=errors.share, each=errors.each, joints=joints, **spans
    )
