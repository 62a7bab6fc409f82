"""Between walking and running: the gait of a body that changes from one to the other, step by step.

A cut from one to the other asks for forces that no floor gives: in the middle of stance a walking
body is highest, a running one lowest.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from kinesis_fast.motions.gait import curves

Array = npt.NDArray[np.float64]

WALKS, RUNS = 1.4, 2.0
"""m/s up to which a body that becomes faster walks, and from which on it runs. Adults change over
at 2 m/s (A. Hreljac, Medicine and Science in Sports and Exercise 25, 1993), in steps between."""


def running_share(speed: Array) -> Array:
    """How much of running is in the gait of a body that changes from walking to running."""
    return curves.smoothstep((speed - WALKS) / (RUNS - WALKS))


class GaitMix:
    """The normative gait of a clip whose frames walk, run, or do something in between.

    A share r of running takes angles, stance, strides and their frequency r of the way from walking
    at that speed to running. Both gaits' curves are taken at the same share of stance or swing.
    """

    def __init__(self, running: Array, speed: Array) -> None:
        """Take the share of running in each frame, (T,), 0 to 1, and the speed (T,), m/s."""
        self.running = running
        self.walks, self.runs = not (running == 1.0).all(), bool(running.any())
        """Whether there is walking, and running, in any frame."""
        self._shares = (
            curves.stance_share(speed, running=False),
            curves.stance_share(speed, running=True),
        )
        self.stance = self.mixed(*self._shares)
        """Share of the cycle for which a foot stands, (T,)."""
        self.stride_frequency = self.mixed(
            curves.stride_frequency(speed, running=False),
            curves.stride_frequency(speed, running=True),
        )
        """Strides a second, (T,)."""

    def mixed(self, walking: Array | float, running: Array | float) -> Array:
        """Return what is between two values by the share of running, (T,)."""
        result: Array = (1.0 - self.running) * walking + self.running * running
        return result

    @cached_property
    def reference_stride(self) -> Array:
        """Stride length that the angles give on the model's legs, m, (T,)."""
        return self.mixed(curves.WALK.reference_stride, curves.RUN.reference_stride)

    @cached_property
    def hip_over_ankle(self) -> Array:
        """Share of stance after which the hip passes over the ankle, (T,)."""
        return self.mixed(curves.WALK.hip_over_ankle, curves.RUN.hip_over_ankle)

    @cached_property
    def roll(self) -> Array:
        """Share of stance in which the foot's pressure goes from heel to ball, (T,)."""
        return self.mixed(curves.WALK.roll, curves.RUN.roll)

    def angle(self, name: str, leg_phase: Array) -> Array:
        """Return an angle of ``curves.GaitCurves``, (T,), rad, at a leg's phase (T,) in cycles."""
        evaluate = curves.open_curve if name == "foot_pitch" else curves.periodic
        if not self.runs:
            return evaluate(getattr(curves.WALK, name), leg_phase)
        running = evaluate(getattr(curves.RUN, name), self.own_phase(leg_phase, running=True))
        if not self.walks:
            return running
        walking = evaluate(getattr(curves.WALK, name), self.own_phase(leg_phase, running=False))
        return self.mixed(walking, running)

    def own_phase(self, leg_phase: Array, *, running: bool) -> Array:
        """Return where in its own cycle walking or running is as far in stance or in swing."""
        own = self._shares[running]
        cycle = np.mod(leg_phase, 1.0)
        stands = cycle * own / self.stance
        swings = 1.0 - (1.0 - cycle) * (1.0 - own) / (1.0 - self.stance)
        warped = np.where(cycle < self.stance, stands, swings)
        return np.where(own == self.stance, leg_phase, warped)

    def own_stance(self, *, running: bool) -> Array:
        """Return the stance share that walking or running has by itself, (T,)."""
        return self._shares[running]
