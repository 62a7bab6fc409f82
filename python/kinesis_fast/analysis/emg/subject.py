"""One person's EMG over the gait cycle, from files and a map that says what is in them."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kinesis_fast.analysis.emg.channels import CHANNELS
from kinesis_fast.analysis.emg.files import Signals, load_mat, read_signals
from kinesis_fast.analysis.gait_events import Span
from kinesis_fast.analysis.profiles import POINTS, Profile, profile_of
from kinesis_fast.body.legs import SIDES
from kinesis_fast.config import check_names, check_ranges, merge
from kinesis_fast.errors import InputError, did_you_mean
from kinesis_fast.motions.formats.numpy_file import read_npz, to_numbers
from kinesis_fast.yaml_file import read_mapping

Array = npt.NDArray[np.float64]

BAND = (20.0, 200.0)
"""Hz, of raw EMG that is kept; a Butterworth filter of fourth order, there and back."""
ENVELOPE = 6.0
"""Hz, under which the rectified signal is kept, by the same kind of filter: the settings that
pyCGM2 takes for gait."""
ORDER = 4
CYCLE = (0.3, 10.0)
"""s from strike to strike, at least and at most."""
LEAST = 100
"""Samples that filters need more of."""
SAMPLES = 20
"""Of a cycle, at least."""


@dataclass(frozen=True)
class EmgSubject:
    """One person."""

    name: str
    side: str
    """Of the electrodes, ``r`` or ``l``."""
    profiles: Mapping[str, Profile]
    """Envelopes over the cycle from that foot's strike to its next, by channel."""


@dataclass
class EmgMap:
    """What is in an EMG file; a YAML file says it.

    Either the file holds signals over time, and ``strikes`` are given, or it holds ``cycles``.
    """

    channels: dict[str, str] = field(default_factory=dict)
    """The file's name of a channel: one of :data:`~kinesis_fast.analysis.emg.CHANNELS`; none:
    channels that have these names."""
    side: str = "r"
    """The side that the electrodes are on, ``r`` or ``l``."""
    raw: bool = False
    """The signals are raw, not envelopes."""
    rate: float | None = None
    """Samples a second, where the file has no times."""
    strikes: list[float] = field(default_factory=list)
    """s, of that foot's touch-downs; each cycle ends where the next begins."""
    same_trial: bool = False
    """The motion that is analysed was recorded with it, on the same clock."""
    duration: float = 1.1
    """s of a cycle, where the file holds ``cycles``."""
    cycles: str = ""
    """A variable, dots between a struct and its fields, of shape (points, channels, cycles), in a
    .mat or .npz file."""
    names: str = ""
    """The variable with the names of its channels."""

    @classmethod
    def load(cls, path: Path) -> EmgMap:
        """Read a YAML file.

        Raises:
            InputError: it cannot be read, or has a key or value that means nothing.
        """
        try:
            made: EmgMap = merge(EmgMap(), read_mapping(path, "map"))
            made._check()
        except InputError as error:
            raise InputError(f"map {str(path)!r}: {error}") from error
        return made

    def _check(self) -> None:
        check_names((("side", self.side, SIDES),))
        check_names(("channel", channel, CHANNELS) for channel in self.channels.values())
        for channel, times in Counter(self.channels.values()).items():
            if times > 1:
                raise InputError(f"{times} signals are named {channel!r}; one may be")
        check_ranges((("duration", self.duration, 0.1, 100.0),))
        if self.rate is not None:
            check_ranges((("rate", self.rate, 1.0, 1e6),))
        if not np.all(np.diff(self.strikes) > 0):
            raise InputError("strikes are not in order; give them ascending, s")
        if self.cycles and not self.names:
            raise InputError("names is missing: the variable with the names of the channels")
        check_ranges(
            ("cycle, s", end - begin, *CYCLE) for begin, end in itertools.pairwise(self.strikes)
        )
        if not self.cycles and len(self.strikes) < 2:
            raise InputError(
                f"{len(self.strikes)} strikes are given; a cycle needs two, s, or name the "
                "variable of its cycles"
            )


def read_subject(path: Path, about: EmgMap, name: str = "") -> EmgSubject:
    """Read a person's EMG.

    Raises:
        InputError: the file is not what the map says, or has none of its channels.
    """
    label = name or path.stem
    if about.cycles:
        return EmgSubject(label, about.side, _ready_cycles(path, about))
    signals = read_signals(path, about.rate)
    wanted = _wanted(list(signals.channels), about, path)
    shortest = min(np.diff(about.strikes))
    if signals.rate * shortest < SAMPLES:
        raise InputError(
            f"EMG file {str(path)!r} has {signals.rate:.3g} samples a second, fewer than {SAMPLES} "
            f"in a cycle of {shortest:.2f} s; are its times in s?"
        )
    if about.raw:
        signals = envelopes(signals)
    spans = [Span(a, b) for a, b in itertools.pairwise(about.strikes)]
    profiles = {
        channel: profile_of(signals.times, signals.channels[own], spans)
        for own, channel in wanted.items()
    }
    return EmgSubject(label, about.side, profiles)


def envelopes(signals: Signals) -> Signals:
    """Return the envelopes of raw EMG: band-pass, rectification, low-pass.

    Raises:
        InputError: it was sampled too slowly for the band, or is too short.
    """
    from scipy.signal import butter, sosfiltfilt

    if signals.rate <= 2.0 * BAND[1]:
        raise InputError(
            f"EMG was sampled at {signals.rate:.0f} Hz; raw signals need more than "
            f"{2.0 * BAND[1]:.0f} Hz, or are they envelopes already?"
        )
    if len(signals.times) <= LEAST:
        raise InputError(
            f"{len(signals.times)} samples of EMG are too few to filter; give {LEAST + 1}"
        )
    band = butter(ORDER, BAND, "bandpass", fs=signals.rate, output="sos")
    low = butter(ORDER, ENVELOPE, "lowpass", fs=signals.rate, output="sos")
    return Signals(
        signals.times,
        {
            name: np.maximum(0.0, sosfiltfilt(low, np.abs(sosfiltfilt(band, values))))
            for name, values in signals.channels.items()
        },
    )


def read_people(folder: Path) -> list[EmgSubject]:
    """Read the people of a folder: each a map ``NAME.yaml`` beside its file ``NAME.*``.

    Raises:
        InputError: there is none, or one cannot be read.
    """
    maps = sorted(folder.glob("*.yaml")) if folder.is_dir() else []
    people = []
    for about in maps:
        files = [path for path in sorted(folder.glob(f"{about.stem}.*")) if path != about]
        if len(files) != 1:
            raise InputError(f"beside the map {str(about)!r} lie {len(files)} files; it needs one")
        people.append(read_subject(files[0], EmgMap.load(about)))
    if not people:
        raise InputError(f"folder {str(folder)!r} has no maps NAME.yaml of people")
    return people


def _wanted(own: Sequence[str], about: EmgMap, path: Path) -> dict[str, str]:
    asked = about.channels or {name: name for name in own if name in CHANNELS}
    for name in asked:
        if name not in own:
            raise InputError(
                f"EMG file {str(path)!r} has no channel {name!r}{did_you_mean(name, own)}"
            )
    if not asked:
        raise InputError(
            f"EMG file {str(path)!r} has no channel that is known by its name; map "
            f"{', '.join(list(own)[:5])} to {', '.join(list(CHANNELS)[:5])}, ..."
        )
    return asked


def _ready_cycles(path: Path, about: EmgMap) -> dict[str, Profile]:
    try:
        if path.suffix.lower() == ".mat":
            found: Mapping[str, Any] = load_mat(path)
        else:
            found = read_npz(path, (about.cycles, about.names))
        values = to_numbers(np.asarray(_variable(found, about.cycles)), about.cycles)
        own = [str(name) for name in np.ravel(_variable(found, about.names))]
    except InputError as error:
        raise InputError(f"EMG file {str(path)!r} {error}") from error
    if values.ndim != 3 or values.shape[1] != len(own) or len(values) < SAMPLES:
        raise InputError(
            f"{about.cycles} of {str(path)!r} has shape {values.shape}; "
            f"({SAMPLES} points or more, {len(own)} channels, cycles) is needed"
        )
    share = np.arange(POINTS) / POINTS * (len(values) - 1)
    profiles = {}
    for name, channel in _wanted(own, about, path).items():
        cycles = values[:, own.index(name)].T
        cycles = cycles[np.all(np.isfinite(cycles), axis=1)]
        if not len(cycles):
            raise InputError(f"channel {name!r} of {str(path)!r} has no cycle without gaps")
        rows = np.array([np.interp(share, np.arange(len(row)), row) for row in cycles])
        profiles[channel] = Profile(rows, about.duration)
    return profiles


def _variable(found: Any, name: str) -> Any:
    for part in name.split("."):
        if not isinstance(found, Mapping) or part not in found:
            raise InputError(f"has no variable {name!r}")
        found = found[part]
    return found
