"""Bernstein's problem: how else muscles could have made the same joint torques."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinesis_fast import _engine
from kinesis_fast.analysis.muscle_torques import MuscleTorques
from kinesis_fast.config import check_ranges
from kinesis_fast.errors import InputError, did_you_mean

Array = npt.NDArray[np.float64]

EXPONENTS = (1.0, 2.0, 3.0, np.inf)
"""Of effort, the sum of activations to a power; the last one is the greatest activation."""
MOST = 6.0
"""Highest power of effort, but for infinity."""
TORQUE_WEIGHT = 1e4
"""Of a squared N m that is missed, where squares of activations count 1."""
ROUNDS = 400
"""Of weights that are set anew until powers other than 2 are least, at most."""
SETTLED = 1e-6
"""Change of every activation in a round below which they are."""


@dataclass(frozen=True)
class FeasibleActivation:
    """How far each muscle could be activated, alone of all others' freedom, at T instants."""

    low: Array
    """The least that each muscle can be active, (T, muscles)."""
    high: Array
    """The most that each muscle can be active, (T, muscles)."""
    activation: Array
    """What there was, (T, muscles)."""
    free_dimensions: int
    """Of the space of activations that change no torque: muscles less independent torques."""

    @property
    def width(self) -> Array:
        """Mean over time of the range's width, (muscles,)."""
        return np.asarray(np.nanmean(self.high - self.low, axis=0))


def feasible_activation(torques: MuscleTorques) -> FeasibleActivation:
    """Find each muscle's least and most activation for the torques there were.

    By linear programming, natively (``cpp/kinesis/muscle/feasible_range.hpp``), as Simpson et al.
    2015 (J. Biomech. 48:2887) and others do; every torque is kept, every activation in [0, 1].
    """
    muscles = torques.per_activation.shape[2]
    low, high = _engine.feasible_ranges(
        np.ascontiguousarray(torques.per_activation),
        np.ascontiguousarray(torques.active),
        np.ones(muscles),
    )
    rank = max(int(np.linalg.matrix_rank(matrix)) for matrix in torques.per_activation)
    return FeasibleActivation(low, high, torques.activation, muscles - rank)


def least_effort(torques: MuscleTorques, exponent: float = 2.0) -> Array:
    """Return activations (T, muscles) of least effort that make the torques there were.

    The sum of activations to a power of 1, the greatest one (``inf``), both by linear programming,
    or a power in between, by squares whose weights are set anew (Crowninshield and Brand 1981, J.
    Biomech. 14:793, took 3).

    Args:
        torques: of the body, at T instants.
        exponent: the power, 1 to 6, or infinity.

    Raises:
        InputError: another exponent; between 6 and infinity the weights are too far apart.
    """
    if not (1.0 <= exponent <= MOST or exponent == np.inf):
        raise InputError(f"exponent is {exponent:g}; it must be in [1, {MOST:g}], or infinity")
    if exponent in (1.0, np.inf):
        return np.array(
            [
                _linear(matrix, wanted, greatest=exponent != 1.0)
                for matrix, wanted in zip(torques.per_activation, torques.active, strict=True)
            ]
        )
    muscles = torques.per_activation.shape[2]
    return _squares(torques, np.ones(muscles), np.ones(muscles), exponent)


def _linear(matrix: Array, wanted: Array, *, greatest: bool) -> Array:
    from scipy.optimize import linprog

    joints, muscles = matrix.shape
    scale = 1.0 / np.maximum(np.abs(matrix).max(axis=1), 1e-9)
    rows, sides = matrix * scale[:, None], wanted * scale
    if not greatest:
        found = linprog(np.ones(muscles), A_eq=rows, b_eq=sides, bounds=(0, 1))
    else:
        cost = np.append(1e-6 * np.ones(muscles), 1.0)
        found = linprog(
            cost,
            A_ub=np.hstack([np.eye(muscles), -np.ones((muscles, 1))]),
            b_ub=np.zeros(muscles),
            A_eq=np.hstack([rows, np.zeros((joints, 1))]),
            b_eq=sides,
            bounds=(0, 1),
        )
    if found.x is None:
        return np.full(muscles, np.nan)
    return np.asarray(found.x[:muscles])


def _squares(torques: MuscleTorques, weight: Array, upper: Array, exponent: float) -> Array:
    instants, joints, muscles = torques.per_activation.shape
    effort = _engine.MuscleEffort(
        joints,
        [joints * k for k in range(muscles + 1)],
        list(range(joints)) * muscles,
        [TORQUE_WEIGHT] * joints,
    )
    values = np.ascontiguousarray(torques.per_activation.transpose(0, 2, 1)).reshape(instants, -1)
    wanted = np.ascontiguousarray(torques.active)
    out = np.zeros((instants, muscles))
    pace = min(0.5, 1.0 / max(1.0, exponent - 1.0))  # faster, weights of high powers would swing
    for t in range(instants):
        now, before = weight.copy(), np.full(muscles, np.inf)
        for _ in range(1 if exponent == 2.0 else ROUNDS):
            found, _ = effort.solve(values[t : t + 1], wanted[t : t + 1], now, upper)
            if np.abs(found[0] - before).max() < SETTLED:
                break
            before = found[0]
            aim = np.maximum(found[0], 1e-3) ** (exponent - 2.0)
            now = now ** (1.0 - pace) * aim**pace
        out[t] = found[0]
    return out


@dataclass(frozen=True)
class Lesion:
    """One muscle taken away, the same torques asked for by least squared effort."""

    muscle: str
    """Name of the muscle that is weak."""
    lost: float
    """Of the torques, root of the mean square of what is missed over that of what is asked for."""
    effort: float
    """Sum of squared activations over that with the muscle."""
    instead: list[tuple[str, float]]
    """The muscles that are activated more than before, mean over time, most first."""


def without(
    torques: MuscleTorques, muscles: list[str], muscle: str, strength: float = 0.0
) -> Lesion:
    """Take a muscle away, or part of its strength.

    Args:
        torques: of the body.
        muscles: names of all, in order.
        muscle: which.
        strength: what is left of it, 0 to 1.

    Raises:
        InputError: there is no such muscle, or the strength is out of range.
    """
    if muscle not in muscles:
        raise InputError(f"there is no muscle {muscle!r}{did_you_mean(muscle, muscles)}")
    check_ranges((("strength", strength, 0.0, 1.0),))
    count = len(muscles)
    upper = np.ones(count)
    upper[muscles.index(muscle)] = max(strength, 1e-9)
    whole = _squares(torques, np.ones(count), np.ones(count), 2.0)
    left = _squares(torques, np.ones(count), upper, 2.0)
    missed = torques.active - np.einsum("tjm,tm->tj", torques.per_activation, left)
    more = (left - whole).mean(axis=0)
    most = np.argsort(more)[::-1][:5]
    return Lesion(
        muscle=muscle,
        lost=float(np.sqrt(np.mean(missed**2) / np.mean(torques.active**2))),
        effort=float(np.sum(left**2) / max(np.sum(whole**2), 1e-12)),
        instead=[(muscles[i], float(more[i])) for i in most if more[i] > 1e-3],
    )
