"""Errors of the references that bodies follow, as other people's recordings have them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import mujoco
import numpy as np

from kinesis_fast import _engine
from kinesis_fast.body import independent_joints
from kinesis_fast.body.legs import LEG_JOINTS
from kinesis_fast.errors import InputError
from kinesis_fast.native_settings import filled
from kinesis_fast.settings import NO_UNIT, OneOf, Span, Unit, fields_with, numbers, within

JUDGES = ("given", "recorded")


@dataclass
class ReferenceErrorsConfig:
    """Errors of references as other people's recordings have them, drawn anew in every episode.

    Every pair is what a figure is drawn from, evenly; two equal ones fix it.
    """

    share: Annotated[float, within(0.0, 1.0), NO_UNIT] = 0.0
    """Share of episodes whose reference has errors; 0: none are drawn."""
    each: Annotated[float, within(0.0, 1.0), NO_UNIT] = 0.5
    """Share of these in which an error of one kind is there."""
    height: Annotated[list[float], Span(-1.0, 1.0), Unit("m")] = numbers(-0.025, 0.025)
    """How much too high the whole motion is."""
    slope: Annotated[list[float], Span(-0.5, 0.5), Unit("rad")] = numbers(-0.004, 0.004)
    """How far the floor is tilted about each of two axes, through where the episode starts."""
    bend: Annotated[list[float], Span(-1.0, 1.0), Unit("rad")] = numbers(-0.1, 0.21)
    """How much more both hips and knees are bent, all together."""
    joints: Annotated[list[float], Span(-1.0, 1.0), Unit("rad")] = numbers(-0.07, 0.07)
    """How far each hinge of the legs is off, each on its own."""
    feet: Annotated[list[float], Span(-1.0, 1.0), Unit("rad")] = numbers(-0.07, 0.07)
    """How far both feet are turned toes up, together."""
    drift: Annotated[list[float], Span(-2.0, 2.0), Unit("m/s")] = numbers(-0.05, 0.05)
    """Speed at which the root drifts along each axis of the floor."""
    shake: Annotated[list[float], Span(0.0, 1.0), Unit("m")] = numbers(0.0, 0.01)
    """Amplitude at which the root shakes along each axis."""
    shake_frequency: Annotated[list[float], Span(0.0, 15.0), Unit("Hz")] = numbers(0.5, 3.0)
    """Frequency at which the root shakes."""
    timing: Annotated[list[float], Span(0.0, 0.5), Unit("s")] = numbers(0.0, 0.04)
    """Amplitude at which the motion is early and late in turn."""
    timing_frequency: Annotated[list[float], Span(0.0, 5.0), Unit("Hz")] = numbers(0.2, 1.5)
    """Frequency at which it is early and late."""
    smoothing: Annotated[list[float], Span(0.0, 0.5), Unit("s")] = numbers(0.0, 0.06)
    """Time before and after a moment over which the mean is taken."""
    joint_noise: Annotated[list[float], Span(0.0, 1.0), Unit("rad")] = numbers(0.0, 0.01)
    """Standard deviation of the joints' noise, drawn 15 times a second."""
    root_noise: Annotated[list[float], Span(0.0, 0.5), Unit("m")] = numbers(0.0, 0.003)
    """Standard deviation of the root's noise along each axis, likewise."""
    dropped: Annotated[list[float], Span(0.0, 1.0), NO_UNIT] = numbers(0.0, 0.3)
    """Share of half seconds whose first four frames stand still."""
    judge: Annotated[str, OneOf(JUDGES)] = "given"
    """What bodies are rewarded for: ``given``, the reference with its errors; ``recorded``, the one
    without."""


KINDS = tuple(fields_with(ReferenceErrorsConfig, Span))
"""What errors there are: the figures that are drawn."""


def check_timing(errors: ReferenceErrorsConfig) -> None:
    """Raise InputError where errors of timing would play motions backward."""
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
    spans = {name: tuple(getattr(errors, name)) for name in KINDS if name not in of_joints}
    return filled(
        _engine.MotionErrors, share=errors.share, each=errors.each, joints=joints, **spans
    )
