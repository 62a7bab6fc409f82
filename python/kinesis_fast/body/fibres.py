"""What a model's muscles are made of: fibres, their mass and their laws of force."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast import _engine
from kinesis_fast.body.motors import is_motor
from kinesis_fast.body.tendons import passive_forces, pennations, tendon_strains
from kinesis_fast.errors import InputError

Array = npt.NDArray[np.float64]

DENSITY = 1058.7
"""Density of muscle, kg/m^3."""
SPECIFIC_TENSION = 0.6e6
"""Pa: what the peak forces of MyoLegs' muscles were made with (Rajagopal et al. 2016, IEEE Trans.
Biomed. Eng. 63:2068), so that masses are theirs."""

SLOW_SHARE = {
    "addmag": 0.552,
    "bflh": 0.5425,
    "bfsh": 0.529,
    "edl": 0.75,
    "ehl": 0.75,
    "fdl": 0.6,
    "fhl": 0.6,
    "gaslat": 0.507,
    "gasmed": 0.566,
    "glmax": 0.55,
    "glmed": 0.55,
    "glmin": 0.55,
    "perbrev": 0.6,
    "perlong": 0.6,
    "recfem": 0.3865,
    "semimem": 0.4925,
    "semiten": 0.425,
    "soleus": 0.803,
    "tibant": 0.7,
    "tibpost": 0.6,
    "vasint": 0.543,
    "vaslat": 0.455,
    "vasmed": 0.503,
}
"""Share of slow-twitch fibres by muscle, those whose names begin so (Uchida et al. 2016, PLoS ONE
11:e0150378); 0.5 of others."""


BASAL = 1.2
"""W/kg, of the body at rest: a gross cost has it on top of the muscles' power."""


@dataclass(frozen=True)
class Fibres:
    """What a model's muscles are made of."""

    optimal_length: Array
    """Length at which fibres are strongest, m, (muscles,)."""
    peak_force: Array
    """Largest isometric force, N, (muscles,)."""
    mass: Array
    """Mass of the muscles, kg, (muscles,); 0 of motors."""
    slow: Array
    """(muscles,), share of slow-twitch fibres."""
    top_speed: Array
    """(muscles,), optimal lengths a second."""
    shift: Array
    """(muscles,) m: an actuator's length less this, over the optimal length, is its fibres'."""
    least: Array
    """(muscles,), optimal lengths below which there is no active force."""
    most: Array
    """(muscles,), optimal lengths above which there is none."""
    passive: Array
    """(muscles,), in peak forces: passive force at ``most`` of its law, or at a strain of 0.6."""
    pulled: npt.NDArray[np.bool_]
    """(muscles,), whether the tendon stretches: fibres then have the laws of
    ``cpp/kinesis/muscle/stretch.hpp``, others MuJoCo's."""
    thickness: Array
    """(muscles,), optimal lengths, across the tendon; 0 of fibres along it."""

    @classmethod
    def of(cls, model: mujoco.MjModel, specific_tension: float = SPECIFIC_TENSION) -> Fibres:
        """Read a model's muscles.

        Args:
            model: all of whose actuators are muscles.
            specific_tension: Pa, peak force over the fibres' cross section.

        Raises:
            InputError: it has an actuator that is no muscle.
        """
        names = [model.actuator(i).name for i in range(model.nu)]
        if np.any(model.actuator_gaintype != mujoco.mjtGain.mjGAIN_MUSCLE):
            raise InputError("metabolic power is of models all of whose actuators are muscles")
        prm, ends = model.actuator_gainprm, model.actuator_lengthrange
        optimal = (ends[:, 1] - ends[:, 0]) / (prm[:, 1] - prm[:, 0])
        peak = np.where(prm[:, 2] >= 0, prm[:, 2], prm[:, 3] / model.actuator_acc0)
        return cls(
            optimal_length=optimal,
            peak_force=peak,
            mass=np.where(is_motor(model), 0.0, peak / specific_tension * DENSITY * optimal),
            slow=np.array([_slow(name) for name in names]),
            top_speed=prm[:, 6].copy(),
            shift=ends[:, 0] - prm[:, 0] * optimal,
            least=prm[:, 4].copy(),
            most=prm[:, 5].copy(),
            passive=np.where(tendon_strains(model) > 0.0, passive_forces(model), prm[:, 7]),
            pulled=tendon_strains(model) > 0.0,
            thickness=np.sin(pennations(model)),
        )

    def lengths(self, unstretched_length: Array) -> Array:
        """Return fibre lengths in optimal lengths, (..., muscles).

        Args:
            unstretched_length: m, (..., muscles), of muscles were their tendons slack.
        """
        span = (unstretched_length - self.shift) / self.optimal_length
        return np.where(self.thickness > 0.0, np.hypot(span, self.thickness), span)

    def cosines(self, length: Array) -> Array:
        """Return the cosine of the fibres' angle to the tendon, (..., muscles).

        Args:
            length: (..., muscles), optimal lengths.
        """
        share = np.divide(self.thickness, length, where=self.thickness > 0, out=0.0 * length)
        return np.asarray(np.sqrt(1.0 - share**2))

    def active_length_force(self, length: Array) -> Array:
        """Return the share of the peak force that fibres can hold, (..., muscles).

        Args:
            length: (..., muscles), optimal lengths.
        """
        low, high = 0.5 * (self.least + 1.0), 0.5 * (1.0 + self.most)
        rise = (length - self.least) / (low - self.least)
        near = (1.0 - length) / (1.0 - low)
        past = (length - 1.0) / (high - 1.0)
        fall = (self.most - length) / (self.most - high)
        pieces = [
            (length < self.least) | (length > self.most),
            length <= low,
            length <= 1.0,
            length <= high,
        ]
        values = [
            np.zeros_like(length),
            0.5 * rise**2,
            1.0 - 0.5 * near**2,
            1.0 - 0.5 * past**2,
        ]
        rigid = np.select(pieces, values, 0.5 * fall**2)
        return np.where(self.pulled, _engine.fibre_forces(np.ascontiguousarray(length))[0], rigid)

    def passive_force(self, length: Array) -> Array:
        """Return what fibres pull with when they are at rest, N, (..., muscles).

        Args:
            length: (..., muscles), optimal lengths.
        """
        high = 0.5 * (1.0 + self.most)
        bent = (length - 1.0) / (high - 1.0)
        past = (length - high) / (high - 1.0)
        pieces = [length <= 1.0, length <= high]
        share = np.select(pieces, [0.0 * bent, 0.5 * bent**2], 0.5 + past)
        elastic = _engine.fibre_forces(np.ascontiguousarray(length))[1]
        return self.peak_force * self.passive * np.where(self.pulled, elastic, share)


def _slow(name: str) -> float:
    return next((share for begin, share in SLOW_SHARE.items() if name.startswith(begin)), 0.5)
