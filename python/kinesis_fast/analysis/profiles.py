"""Signals over the gait cycle: every cycle stretched to the same length, their mean and spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinesis_fast.analysis.gait_events import Span
from kinesis_fast.errors import InputError

Array = npt.NDArray[np.float64]

POINTS = 100
"""Of a cycle: from 0 to 99 % of it."""


@dataclass(frozen=True)
class Profile:
    """A signal over the gait cycle."""

    cycles: Array
    """Every cycle, (cycles, :data:`POINTS`)."""
    duration: float
    """s of a cycle, mean."""

    @property
    def mean(self) -> Array:
        """Mean over the cycles, (:data:`POINTS`,)."""
        return np.asarray(self.cycles.mean(axis=0))

    @property
    def deviation(self) -> Array:
        """Standard deviation over the cycles, (:data:`POINTS`,)."""
        return np.asarray(self.cycles.std(axis=0))


def profile_of(times: npt.ArrayLike, values: npt.ArrayLike, cycles: Sequence[Span]) -> Profile:
    """Stretch a signal's cycles to :data:`POINTS` points.

    Args:
        times: s, (T,), increasing.
        values: (T,), of any unit.
        cycles: from an event to the next of its kind; those that reach beyond ``times`` are left
            out.

    Raises:
        InputError: no cycle lies within ``times``.
    """
    t, x = np.asarray(times, float), np.asarray(values, float)
    slack = 1e-9 + float(np.max(np.diff(t), initial=0.0))
    rows, lengths = [], []
    for cycle in cycles:
        at = cycle.begin + cycle.duration * np.arange(POINTS) / POINTS
        if at[0] >= t[0] - slack and at[-1] <= t[-1] + slack:
            rows.append(np.interp(at, t, x))
            lengths.append(cycle.duration)
    if not rows:
        raise InputError(
            f"no gait cycle lies within the signal, [{t[0]:.2f}, {t[-1]:.2f}] s; it must have one"
        )
    return Profile(np.array(rows), float(np.mean(lengths)))


def merged_profiles(parts: Sequence[Profile]) -> Profile:
    """Return the cycles of several profiles of one signal as one's.

    Raises:
        InputError: there is none.
    """
    if not parts:
        raise InputError("no trial has a gait cycle; there is nothing to take a profile of")
    cycles = np.concatenate([part.cycles for part in parts])
    weights = [len(part.cycles) for part in parts]
    return Profile(cycles, float(np.average([part.duration for part in parts], weights=weights)))


def correlation(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Return Pearson's r of two profiles; 0 where one is constant."""
    x, y = np.asarray(a, float), np.asarray(b, float)
    a0, b0 = x - x.mean(), y - y.mean()
    scale = float(np.linalg.norm(a0) * np.linalg.norm(b0))
    return float(a0 @ b0) / scale if scale > 1e-12 else 0.0


def shifted(profile: npt.ArrayLike, share: float) -> Array:
    """Return a profile (P,), which goes round, later by a share of the cycle."""
    x = np.asarray(profile, float)
    at = np.arange(len(x)) - share * len(x)
    return np.asarray(np.interp(at, np.arange(len(x) + 1), np.append(x, x[0]), period=len(x)))


def best_lag(a: npt.ArrayLike, b: npt.ArrayLike, steps: int = 400) -> tuple[float, float]:
    """Return the share of a cycle by which ``a`` is later than ``b``, and r of the two then.

    Of all shares in [-0.5, 0.5), of which ``steps`` are tried, the one of highest r.
    """
    shares = np.arange(steps) / steps - 0.5
    found = [correlation(a, shifted(b, share)) for share in shares]
    best = int(np.argmax(found))
    return float(shares[best]), float(found[best])


def active(profile: npt.ArrayLike, threshold: float = 0.5) -> npt.NDArray[np.bool_]:
    """Return where a profile is above a share of the way from its least to its most."""
    x = np.asarray(profile, float)
    return np.asarray(x > x.min() + threshold * (x.max() - x.min()))


def spans(mask: npt.ArrayLike) -> list[tuple[float, float]]:
    """Return the spans of the cycle, in percent, where a mask (P,) holds; they may go past 100."""
    on = np.asarray(mask, bool)
    if on.all():
        return [(0.0, 100.0)]
    begins = np.flatnonzero(on & ~np.roll(on, 1))
    found = []
    for begin in begins:
        length = int(np.argmin(np.roll(on, -int(begin))))
        share = 100.0 / len(on)
        found.append((share * int(begin), share * (int(begin) + length)))
    return found
