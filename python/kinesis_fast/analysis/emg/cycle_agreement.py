"""Muscle activity against EMG over the gait cycle, beside nulls and what people reach."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kinesis_fast.analysis.emg.channels import channel_activity
from kinesis_fast.analysis.emg.subject import EmgSubject
from kinesis_fast.analysis.emg.trial_agreement import PERMUTATIONS, correlations, permuted95
from kinesis_fast.analysis.gait_events import Span, usual_of_trials
from kinesis_fast.analysis.profiles import (
    POINTS,
    Profile,
    active,
    best_lag,
    correlation,
    merged_profiles,
    profile_of,
    shifted,
    spans,
)
from kinesis_fast.analysis.walk import Walk
from kinesis_fast.errors import InputError

Array = npt.NDArray[np.float64]

DELAYS = tuple(round(0.01 * k, 2) for k in range(16))
"""s, by which muscle activity is tried later than EMG: up to 0.15 (electromechanical delays of 30
to 100 ms: Cavanagh and Komi 1979, Eur. J. Appl. Physiol. 42:159)."""


@dataclass(frozen=True)
class ChannelAgreement:
    """One channel."""

    r: list[float]
    """Pearson's r of the mean profiles at each of :data:`DELAYS`; see :meth:`at`."""
    best_delay: float
    """s by which activity is later than EMG where r is highest, of half a cycle either way."""
    best_r: float
    """Pearson's r at the best delay."""
    on: list[tuple[float, float]]
    """Percent of the cycle in which the muscle is active, above half of its range."""
    human_on: list[tuple[float, float]]
    """Likewise, of the person."""

    def at(self, delay: float) -> float:
        """Return Pearson's r with activity a ``delay`` (s, of :data:`DELAYS`) later.

        Raises:
            InputError: another delay.
        """
        if round(delay, 2) not in DELAYS:
            raise InputError(f"delay is {delay} s; it must be one of {', '.join(map(str, DELAYS))}")
        return self.r[DELAYS.index(round(delay, 2))]


@dataclass(frozen=True)
class Agreement:
    """Muscle activity of a body against one person's EMG."""

    channels: dict[str, ChannelAgreement]
    """Agreement of every channel, by its name."""
    common_delay: float
    """s, of :data:`DELAYS`: where the mean over channels is highest."""
    permuted95: float
    """What the mean r at no delay of 95 % of assignments of channels to muscles stays below."""
    shifted95: float
    """Likewise where every channel is moved along the cycle by any share of it."""

    def mean_r(self, delay: float = 0.0) -> float:
        """Mean of Pearson's r over the channels, activity a ``delay`` (s, of :data:`DELAYS`) later.

        Raises:
            InputError: another delay.
        """
        return float(np.mean([channel.at(delay) for channel in self.channels.values()]))

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
    walk: Walk, field: str, side: str, channels: Sequence[str]
) -> dict[str, Profile]:
    """Return the profiles of what lies under electrodes: the mean over a channel's muscles.

    Args:
        walk: of a body.
        field: ``act``, activations, or ``ctrl``, excitations.
        side: of the body, ``r`` or ``l``.
        channels: of :data:`~kinesis_fast.analysis.emg.CHANNELS`.

    Raises:
        InputError: a channel's muscle is not among the body's, or there is no cycle of this foot.
    """
    muscles = walk.recording.info.muscles
    return {
        channel: walk.profile(
            [channel_activity(t[field], muscles, channel, side) for t in walk.recording.trials],
            side,
        )
        for channel in channels
    }


KINESIS_MUSCLES = {
    "soleus": ("soleus",),
    "gasmed": ("gastrocnemius_medialis", "gastrocnemius"),
    "gaslat": ("gastrocnemius_lateralis", "gastrocnemius"),
    "tibant": ("tibialis_anterior",),
    "semimem": ("medial_hamstrings",),
    "bfsh": ("biceps_femoris",),
    "vaslat": ("vastus_lateralis",),
    "recfem": ("rectus_femoris",),
    "vasmed": ("vastus_medius",),
}
"""Nine muscles of the left leg, and the channel of a person that each is compared with: the first
that there is."""


def kinesis_definition(
    walk: Walk, person: EmgSubject, control_rate: float = 30.0
) -> dict[str, float]:
    """Return Pearson's r by muscle as KINESIS's notebook works it out (arXiv 2503.14637).

    Excitations of the left leg at the control rate, without delay or filter, over cycles that begin
    where only the left foot stands, of usual length, their mean against the person's from that
    foot's strike on.

    Args:
        walk: of a body.
        person: whose EMG it is compared with.
        control_rate: Hz.

    Raises:
        InputError: there is no such cycle.
    """
    step = max(1, round(walk.recording.info.rate / control_rate))
    last = slice(step - 1, None, step)
    # From where the right foot leaves the floor the left one stands alone.
    each = [
        [Span(begin, end) for begin, end in itertools.pairwise(feet["r"].offs.tolist())]
        for feet in walk.events
    ]
    if not any(each):
        raise InputError("there is no cycle from one single support of the left foot to the next")
    profiles: dict[str, list[Profile]] = {}
    for trial, spans_of_trial in zip(walk.recording.trials, usual_of_trials(each), strict=True):
        for muscle in KINESIS_MUSCLES if spans_of_trial else ():
            column = walk.recording.muscle(f"{muscle}_l")
            made = profile_of(trial["time"][last], trial["ctrl"][last, column], spans_of_trial)
            profiles.setdefault(muscle, []).append(made)
    found = {}
    for muscle, parts in profiles.items():
        channel = next((c for c in KINESIS_MUSCLES[muscle] if c in person.profiles), None)
        if channel is not None:
            mean = merged_profiles(parts).mean
            found[muscle] = correlation(mean, person.profiles[channel].mean)
    return found


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
    """Return the 95th percentiles of mean r by chance.

    Channels assigned to muscles at random; and every channel moved by a share of the cycle.

    Args:
        ours: profiles of muscle activity, (channels, :data:`POINTS`).
        theirs: of EMG, (channels, :data:`POINTS`).
        random: draws.
    """
    count = len(ours)
    permuted = permuted95(correlations(ours.T, theirs.T), random)
    steps = np.array(
        [
            [correlation(a, shifted(b, k / POINTS)) for k in range(POINTS)]
            for a, b in zip(ours, theirs, strict=True)
        ]
    )
    drawn = random.integers(0, POINTS, (PERMUTATIONS, count))
    moved = steps[np.arange(count), drawn].mean(axis=1)
    return permuted, float(np.quantile(moved, 0.95))


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
