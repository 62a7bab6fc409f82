"""Muscle activity against EMG over the gait cycle, beside nulls and what people reach."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kinesis_fast.analysis.emg import CHANNELS
from kinesis_fast.analysis.emg_subject import EmgSubject
from kinesis_fast.analysis.gait_events import Cycle
from kinesis_fast.analysis.profiles import (
    POINTS,
    Profile,
    active,
    best_lag,
    correlation,
    profile_of,
    shifted,
    spans,
)
from kinesis_fast.errors import InputError, did_you_mean

Array = npt.NDArray[np.float64]

DELAYS = tuple(round(0.01 * k, 2) for k in range(16))
"""s, by which muscle activity is tried later than EMG: up to 0.15 (electromechanical delays of 30
to 100 ms: Cavanagh and Komi 1979, Eur. J. Appl. Physiol. 42:159)."""
DRAWS = 10_000
"""Of a null."""


@dataclass(frozen=True)
class ChannelAgreement:
    """One channel."""

    r: list[float]
    """Pearson's r of the mean profiles at each of :data:`DELAYS`."""
    best_delay: float
    """s by which activity is later than EMG where r is highest, of half a cycle either way."""
    best_r: float
    on: list[tuple[float, float]]
    """Percent of the cycle in which the muscle is active, above half of its range."""
    human_on: list[tuple[float, float]]


@dataclass(frozen=True)
class Agreement:
    """Muscle activity of a body against one person's EMG."""

    channels: dict[str, ChannelAgreement]
    common_delay: float
    """s, of :data:`DELAYS`: where the mean over channels is highest."""
    permuted95: float
    """What the mean r at no delay of 95 % of assignments of channels to muscles stays below."""
    shifted95: float
    """Likewise where every channel is moved along the cycle by any share of it."""

    def mean_r(self, delay: float = 0.0) -> float:
        """Mean over the channels at one of :data:`DELAYS`."""
        at = DELAYS.index(round(delay, 2))
        return float(np.mean([channel.r[at] for channel in self.channels.values()]))

    def as_dict(self) -> dict[str, Any]:
        """Return all figures, for JSON."""
        return {
            "mean_r": {f"{1e3 * d:.0f}_ms": self.mean_r(d) for d in DELAYS},
            "common_delay_s": self.common_delay,
            "permuted95": self.permuted95,
            "shifted95": self.shifted95,
            "channels": {name: asdict(channel) for name, channel in self.channels.items()},
        }


def channel_profiles(
    times: npt.ArrayLike,
    activity: npt.ArrayLike,
    muscles: Sequence[str],
    cycles: Sequence[Cycle],
    side: str,
    channels: Sequence[str],
) -> dict[str, Profile]:
    """Return the profiles of what lies under electrodes: the mean over a channel's muscles.

    Args:
        times: s, (T,).
        activity: activations or excitations, (T, muscles).
        muscles: names of the columns.
        cycles: of that side's foot.
        side: of the body.
        channels: of :data:`~kinesis_fast.analysis.emg.CHANNELS`.

    Raises:
        InputError: a channel's muscle is not among them, or no cycle lies within the times.
    """
    a = np.asarray(activity, float)
    names = list(muscles)
    found = {}
    for channel in channels:
        wanted = [f"{muscle}_{side}" for muscle in CHANNELS[channel]]
        for name in wanted:
            if name not in names:
                raise InputError(
                    f"EMG channel {channel!r} needs muscle {name!r}{did_you_mean(name, names)}"
                )
        mean = a[:, [names.index(name) for name in wanted]].mean(axis=1)
        found[channel] = profile_of(times, mean, cycles)
    return found


def merged(profiles: Sequence[Mapping[str, Profile]]) -> dict[str, Profile]:
    """Return the profiles of several trials as one's, all cycles together."""
    return {
        name: Profile(
            np.concatenate([one[name].cycles for one in profiles]),
            float(np.mean([one[name].duration for one in profiles])),
        )
        for name in profiles[0]
    }


def compare(body: Mapping[str, Profile], person: EmgSubject, seed: int = 0) -> Agreement:
    """Compare muscle activity over the cycle with a person's EMG.

    Activity at a time is compared with the EMG a delay before it.

    Args:
        body: profiles by channel.
        person: whose channels that the body has too are compared.
        seed: of the nulls.

    Raises:
        InputError: they have no channel in common.
    """
    names = [name for name in person.profiles if name in body]
    if not names:
        raise InputError(f"no channel of {person.name!r} is among the body's")
    ours, theirs = ([own[n].mean for n in names] for own in (body, person.profiles))
    duration = float(np.mean([body[name].duration for name in names]))
    channels = {}
    for name, a, b in zip(names, ours, theirs, strict=True):
        lag, best = best_lag(a, b)
        channels[name] = ChannelAgreement(
            r=[correlation(a, shifted(b, delay / duration)) for delay in DELAYS],
            best_delay=lag * duration,
            best_r=best,
            on=spans(active(a)),
            human_on=spans(active(b)),
        )
    means = np.mean([channel.r for channel in channels.values()], axis=0)
    permuted, moved = nulls(np.array(ours), np.array(theirs), np.random.default_rng(seed))
    return Agreement(channels, DELAYS[int(np.argmax(means))], permuted, moved)


def nulls(ours: Array, theirs: Array, random: np.random.Generator) -> tuple[float, float]:
    """Return the 95th percentiles of mean r by chance, of profiles (channels, :data:`POINTS`).

    Channels assigned to muscles at random; and every channel moved by a share of the cycle.
    """
    count = len(ours)
    table = np.array([[correlation(a, b) for b in theirs] for a in ours])
    orders = random.permuted(np.tile(np.arange(count), (DRAWS, 1)), axis=1)
    permuted = table[np.arange(count), orders].mean(axis=1)
    steps = np.array(
        [
            [correlation(a, shifted(b, k / POINTS)) for k in range(POINTS)]
            for a, b in zip(ours, theirs, strict=True)
        ]
    )
    drawn = random.integers(0, POINTS, (DRAWS, count))
    moved = steps[np.arange(count), drawn].mean(axis=1)
    return float(np.quantile(permuted, 0.95)), float(np.quantile(moved, 0.95))


@dataclass(frozen=True)
class HumanBaseline:
    """What people reach against each other, at no delay."""

    pairs: dict[str, dict[str, float]]
    """Pearson's r by channel, by pair."""

    @property
    def mean_r(self) -> float:
        """Mean over the pairs of their means."""
        return float(np.mean([np.mean(list(pair.values())) for pair in self.pairs.values()]))


def human_baseline(people: Sequence[EmgSubject]) -> HumanBaseline:
    """Compare people with each other, in the channels that each pair has in common.

    Raises:
        InputError: there are not two, or a pair has no channel in common.
    """
    if len(people) < 2:
        raise InputError(f"there are {len(people)} people; a comparison needs two")
    pairs = {}
    for a, b in itertools.combinations(people, 2):
        names = [name for name in a.profiles if name in b.profiles]
        if not names:
            raise InputError(f"{a.name!r} and {b.name!r} have no channel in common")
        pairs[f"{a.name}, {b.name}"] = {
            name: correlation(a.profiles[name].mean, b.profiles[name].mean) for name in names
        }
    return HumanBaseline(pairs)
