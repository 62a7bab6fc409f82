"""When muscles are usually active in gait, as a user's file has it from what was published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinesis_fast.analysis.emg.channels import CHANNELS
from kinesis_fast.analysis.profiles import POINTS, active
from kinesis_fast.errors import InputError, did_you_mean
from kinesis_fast.yaml_file import read_mapping

Spans = Sequence[tuple[float, float]]
Normal = Mapping[str, Spans]


def read_normal_activity(path: Path) -> dict[str, list[tuple[float, float]]]:
    """Read spans of the cycle, percent, by channel: ``soleus: [[7, 51]]``, in YAML.

    Raises:
        InputError: it cannot be read, or holds something else.
    """
    found = read_mapping(path, "normal activity")
    made: dict[str, list[tuple[float, float]]] = {}
    for channel, spans in found.items():
        if channel not in CHANNELS:
            guess = did_you_mean(str(channel), CHANNELS)
            raise InputError(f"unknown channel {channel!r} in {str(path)!r}{guess}")
        if not isinstance(spans, list):
            raise InputError(f"{channel} has {spans!r}; give a list of [from, to], percent")
        made[channel] = [_span(channel, span) for span in spans]
    return made


def _span(channel: str, span: object) -> tuple[float, float]:
    numbers = isinstance(span, list) and all(isinstance(x, (int, float)) for x in span)
    if not isinstance(span, list) or len(span) != 2 or not numbers:
        raise InputError(f"{channel} has the span {span!r}; each is [from, to], percent")
    begin, end = float(span[0]), float(span[1])
    if not 0.0 <= begin < end <= 100.0:
        raise InputError(f"{channel} has the span {span!r}; it must lie in [0, 100], ascending")
    return begin, end


def time_as_usual(profile: npt.ArrayLike, spans: Spans) -> float:
    """Return the share of the cycle in which a muscle is active and should be, or neither.

    Args:
        profile: of the cycle, (:data:`~kinesis_fast.analysis.profiles.POINTS`,); active above half
            of its range.
        spans: percent, in which muscles usually are.
    """
    percent = np.arange(POINTS) * 100.0 / POINTS
    usual = np.zeros(POINTS, bool)
    for begin, end in spans:
        usual |= (percent >= begin) & (percent < end)
    return float(np.mean(active(profile) == usual))
