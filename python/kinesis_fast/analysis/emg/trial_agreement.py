"""Muscle activity against EMG of the same trial, on its clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kinesis_fast.analysis.emg.channels import CHANNELS, channel_activity
from kinesis_fast.errors import InputError, did_you_mean
from kinesis_fast.motions.formats.opensim import read_table

Array = npt.NDArray[np.float64]

DELAYS = (0.0, 0.05)
"""s by which muscle activity is compared later than EMG: none, and an electromechanical delay
(Cavanagh and Komi 1979, Eur. J. Appl. Physiol. 42:159, measured 30 to 100 ms)."""

PERMUTATIONS = 10_000


@dataclass(frozen=True)
class EmgRecording:
    """Envelopes of surface EMG."""

    times: Array
    """Times of the samples, s, (T,), increasing."""
    channels: Mapping[str, Array]
    """Envelopes by name, (T,) each, of any scale."""


@dataclass(frozen=True)
class EmgAgreement:
    """Correlation of one recording with one muscle activity."""

    r: Mapping[float, Mapping[str, float]]
    """Pearson's r by delay, s, and channel."""
    null95: Mapping[float, float]
    """By delay: what the mean r of 95 % of assignments of channels to muscles stays below."""

    def mean_r(self, delay: float) -> float:
        """Mean over the channels at a delay."""
        return float(np.mean(list(self.r[delay].values())))

    def as_dict(self) -> dict[str, Any]:
        """Return all figures, for JSON; delays in ms."""
        return {
            f"{1e3 * delay:.0f}_ms": {
                "mean_r": self.mean_r(delay),
                "null95": self.null95[delay],
                "r": dict(by_channel),
            }
            for delay, by_channel in self.r.items()
        }


def read_emg(path: Path) -> EmgRecording:
    """Read envelopes from an OpenSim storage file (``.sto``, ``.mot``), columns by channel.

    Raises:
        InputError: not such a file, one with gaps, or none of its channels is among
            :data:`~kinesis_fast.analysis.emg.channels.CHANNELS`.
    """
    try:
        table = read_table(path)
    except InputError as error:
        raise InputError(f"EMG file {str(path)!r} {error}") from error
    found = {name: table.columns[name] for name in CHANNELS if name in table.columns}
    if not found:
        first = next(iter(table.columns), "")
        raise InputError(
            f"EMG file {str(path)!r} has no known channel{did_you_mean(first, CHANNELS)}"
        )
    for name, values in found.items():
        if not np.all(np.isfinite(values)):
            raise InputError(f"EMG file {str(path)!r}: channel {name!r} is not finite everywhere")
    return EmgRecording(table.time, found)


def agreement(
    emg: EmgRecording,
    times: npt.ArrayLike,
    activity: npt.ArrayLike,
    muscles: Sequence[str],
    *,
    side: str = "r",
    delays: Sequence[float] = DELAYS,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> EmgAgreement:
    """Correlate muscle activity with EMG.

    The activity at time t is compared with the EMG at t - delay; a channel's activity is the mean
    over its muscles. The null assigns channels to muscles at random.

    Args:
        emg: the recording.
        times: s on the recording's clock, (T,).
        activity: activations or excitations, (T, muscles).
        muscles: names of the columns of ``activity``.
        side: of the body that the electrodes were on, ``r`` or ``l``.
        delays: s.
        permutations: random assignments of the null.
        seed: of the null.

    Raises:
        InputError: the times leave the recording, or the model lacks a channel's muscles.
    """
    t, a = np.asarray(times, dtype=float), np.asarray(activity, dtype=float)
    names = list(emg.channels)
    simulated = np.stack([channel_activity(a, muscles, name, side) for name in names], axis=1)
    rng = np.random.default_rng(seed)
    r: dict[float, dict[str, float]] = {}
    null95: dict[float, float] = {}
    for delay in delays:
        at = t - delay
        if at.min() < emg.times[0] - 1e-9 or at.max() > emg.times[-1] + 1e-9:
            raise InputError(
                f"the motion lasts from {t.min():.2f} to {t.max():.2f} s; with a delay of "
                f"{delay:g} s that leaves the EMG recording, "
                f"[{emg.times[0]:.2f}, {emg.times[-1]:.2f}] s"
            )
        measured = np.stack([np.interp(at, emg.times, emg.channels[n]) for n in names], axis=1)
        table = correlations(simulated, measured)
        r[delay] = {name: float(table[i, i]) for i, name in enumerate(names)}
        null95[delay] = permuted95(table, rng, permutations)
    return EmgAgreement(r, null95)


def permuted95(table: Array, random: np.random.Generator, draws: int = PERMUTATIONS) -> float:
    """Return what the mean r of 95 % of random assignments of channels to muscles stays below.

    ``table`` (n, n) has Pearson's r of every muscle with every channel.
    """
    count = len(table)
    orders = random.permuted(np.tile(np.arange(count), (draws, 1)), axis=1)
    return float(np.quantile(table[np.arange(count), orders].mean(axis=1), 0.95))


def correlations(a: Array, b: Array) -> Array:
    """Pearson's r of every column of ``a`` (T, n) with every column of ``b``; 0 for constants."""
    a0, b0 = a - a.mean(axis=0), b - b.mean(axis=0)
    scale = np.linalg.norm(a0, axis=0)[:, None] * np.linalg.norm(b0, axis=0)[None, :]
    products: Array = a0.T @ b0
    table: Array = np.divide(products, scale, out=np.zeros_like(products), where=scale > 1e-12)
    return table
