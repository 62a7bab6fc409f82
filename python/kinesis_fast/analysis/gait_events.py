"""When feet touch down and leave the floor, and the gait cycles between."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from kinesis_fast.config import check_ranges
from kinesis_fast.errors import InputError

Array = npt.NDArray[np.float64]

THRESHOLD = 20.0
"""N of vertical ground force, above which a foot stands: the usual threshold of force plates."""
DEBOUNCE = 0.05
"""s under which a contact or a gap between two contacts is none."""
OUTLIER_DEVIATIONS = 2.0
"""A cycle whose length is further from the mean than so many standard deviations is left out, as
KINESIS does (Simos et al. 2025, arXiv 2503.14637)."""
LEAST_SWING = 0.3
"""s between two events of a kind, by kinematics."""


@dataclass(frozen=True)
class FootEvents:
    """Of one foot, ascending; only those that are seen, not what a recording's ends cut off."""

    strikes: Array
    """(strikes,) s at which it touches down."""
    offs: Array
    """(times off,) s at which it leaves the floor."""


@dataclass(frozen=True)
class Span:
    """From an event to the next of its kind."""

    begin: float
    """When it begins, s."""
    end: float
    """When it ends, s."""

    @property
    def duration(self) -> float:
        """Its length, s."""
        return self.end - self.begin


S = TypeVar("S", bound=Span)


@dataclass(frozen=True)
class Cycle(Span):
    """One gait cycle of a foot, from strike to strike."""

    off: float
    """s at which it leaves the floor."""

    @property
    def stance(self) -> float:
        """Share of the cycle for which the foot stands."""
        return (self.off - self.begin) / self.duration


def events_from_force(
    times: npt.ArrayLike,
    vertical: npt.ArrayLike,
    *,
    threshold: float = THRESHOLD,
    debounce: float = DEBOUNCE,
) -> FootEvents:
    """Find events by the vertical ground force of a foot.

    A foot stands while its force is at least ``threshold``. The time of an event lies between the
    two samples that it happens between, by linear interpolation.

    Args:
        times: s, (T,), increasing.
        vertical: N, (T,), up is positive.
        threshold: N.
        debounce: s under which a contact, or a gap between two, is ignored.

    Raises:
        InputError: times or forces of another shape, not increasing or not finite.
    """
    t, force = _series(times, vertical, "ground force")
    check_ranges((("threshold", threshold, 1e-6, 1e5), ("debounce", debounce, 0.0, 10.0)))
    stands = _without_short(force >= threshold, t, debounce)
    change = np.flatnonzero(np.diff(stands.astype(np.int8)))
    low, high = force[change], force[change + 1]
    across = np.where(high != low, (threshold - low) / np.where(high != low, high - low, 1.0), 1.0)
    at = t[change] + np.clip(across, 0.0, 1.0) * (t[change + 1] - t[change])
    begins = stands[change + 1]
    return FootEvents(at[begins], at[~begins])


def events_from_positions(times: npt.ArrayLike, ahead: npt.ArrayLike) -> FootEvents:
    """Find events by how far a foot is ahead of the pelvis, along its way (Zeni et al. 2008).

    The foot touches down where it is furthest ahead and leaves the floor where it is furthest
    behind (Gait and Posture 27:710, "coordinate-based treadmill algorithm").

    Args:
        times: s, (T,), increasing, evenly spaced.
        ahead: m, (T,): of the heel or ankle ahead of the pelvis.

    Raises:
        InputError: times or positions of another shape, not increasing or not finite.
    """
    from scipy.signal import find_peaks

    t, x = _series(times, ahead, "position of a foot")
    apart = max(1, round(LEAST_SWING / float(np.median(np.diff(t)))))
    high = 0.25 * float(np.ptp(x)) + 1e-9
    found = [find_peaks(sign * x, distance=apart, prominence=high)[0] for sign in (1.0, -1.0)]
    strikes, offs = (_refined(t, x, peaks) for peaks in found)
    return FootEvents(strikes, offs)


def cycles(events: FootEvents) -> list[Cycle]:
    """Return the cycles of a foot's events: strike to strike, one time off the floor between."""
    found = []
    for begin, end in zip(events.strikes[:-1], events.strikes[1:], strict=True):
        between = events.offs[(events.offs > begin) & (events.offs < end)]
        if len(between) == 1:
            found.append(Cycle(float(begin), float(end), float(between[0])))
    return found


def usual_cycles(found: list[S], deviations: float = OUTLIER_DEVIATIONS) -> list[S]:
    """Return those of the cycles found whose length is usual.

    Args:
        found: cycles of one kind of walking.
        deviations: standard deviations of their lengths that one may be from the mean.
    """
    lengths = np.array([cycle.duration for cycle in found])
    if len(lengths) < 3:
        return list(found)
    off = np.abs(lengths - lengths.mean())
    usual = off <= deviations * lengths.std() + 1e-9
    return [cycle for cycle, keep in zip(found, usual, strict=True) if keep]


def usual_of_trials(each: list[list[S]]) -> list[list[S]]:
    """Return, by trial, each one's cycles that are of usual length among those of all trials."""
    usual = set(usual_cycles([cycle for some in each for cycle in some]))
    return [[cycle for cycle in some if cycle in usual] for some in each]


@dataclass(frozen=True)
class GaitMeasures:
    """Means over cycles; NaN where there is nothing to take one of."""

    cycles: int
    """Number of cycles that were measured."""
    left_out: int
    """Cycles of unusual length (:func:`usual_cycles`)."""
    stride_time: float
    """Mean time from a foot's strike to its next, s."""
    stride_time_deviation: float
    """Standard deviation of that time, s."""
    cadence: float
    """Steps of both feet in a minute."""
    stance: float
    """Share of a cycle for which a foot stands."""
    double_support: float
    """Share of a cycle for which both feet stand."""
    stride_length: float
    """Mean way of the root in a stride, m."""
    speed: float
    """Mean speed of the root, m/s."""
    step_width: float
    """m across the way, between the feet's places at their strikes."""


def measure(
    feet: Mapping[str, FootEvents],
    times: npt.ArrayLike | None = None,
    places: Mapping[str, npt.ArrayLike] | None = None,
    kept: list[Cycle] | None = None,
) -> GaitMeasures:
    """Measure cycles of the right foot, ``r``, with the left one's, ``l``, where it is known.

    Args:
        feet: events by side.
        times: s, (T,), of ``places``.
        places: m on the floor, (T, 2), of the heels or ankles by side.
        kept: the right foot's cycles to measure; None: those of usual length.

    Raises:
        InputError: there is no whole cycle of the right foot.
    """
    right = cycles(feet["r"])
    if not right:
        raise InputError("there is no whole gait cycle of the right foot, from strike to strike")
    kept = usual_cycles(right) if kept is None else kept
    length = np.array([cycle.duration for cycle in kept])
    both = [_double_support(cycle, feet["l"]) for cycle in kept] if "l" in feet else []
    stride, width = (
        _placed(kept, feet, np.asarray(times, float), places)
        if times is not None and places is not None
        else (np.array([]), np.array([]))
    )
    return GaitMeasures(
        cycles=len(kept),
        left_out=len(right) - len(kept),
        stride_time=float(length.mean()),
        stride_time_deviation=float(length.std()),
        cadence=float(120.0 / length.mean()),
        stance=float(np.mean([cycle.stance for cycle in kept])),
        double_support=_mean(both),
        stride_length=_mean(stride),
        speed=_mean(stride / length[: len(stride)]),
        step_width=_mean(width),
    )


def _mean(values: npt.ArrayLike) -> float:
    known = np.asarray(values, float)
    known = known[np.isfinite(known)]
    return float(known.mean()) if known.size else float("nan")


def _double_support(cycle: Cycle, other: FootEvents) -> float:
    """Return the share of a cycle, NaN where the other foot has no strike and time off in it."""
    strikes = other.strikes[(other.strikes > cycle.begin) & (other.strikes < cycle.end)]
    offs = other.offs[(other.offs > cycle.begin) & (other.offs < cycle.end)]
    if len(strikes) != 1 or len(offs) != 1 or offs[0] > strikes[0]:
        return float("nan")
    first = float(offs[0]) - cycle.begin
    second = max(0.0, cycle.off - float(strikes[0]))
    return (first + second) / cycle.duration


def _placed(
    kept: list[Cycle],
    feet: Mapping[str, FootEvents],
    times: Array,
    places: Mapping[str, npt.ArrayLike],
) -> tuple[Array, Array]:
    at = {side: np.asarray(place, float) for side, place in places.items()}

    def place(side: str, time: float) -> Array:
        return np.array([np.interp(time, times, at[side][:, k]) for k in range(2)])

    strides, widths = [], []
    for cycle in kept:
        begin, end = place("r", cycle.begin), place("r", cycle.end)
        way = end - begin
        length = float(np.linalg.norm(way))
        strides.append(length)
        if "l" not in at or "l" not in feet or length < 1e-6:
            continue
        for strike in feet["l"].strikes:
            if cycle.begin < strike < cycle.end:
                across = np.array([-way[1], way[0]]) / length
                widths.append(abs(float(across @ (place("l", float(strike)) - begin))))
    return np.array(strides), np.array(widths)


def _series(times: npt.ArrayLike, values: npt.ArrayLike, what: str) -> tuple[Array, Array]:
    t, x = np.asarray(times, float), np.asarray(values, float)
    if t.ndim != 1 or x.shape != t.shape or len(t) < 2:
        raise InputError(f"{what} has shape {x.shape} at times of shape {t.shape}; both are (T,)")
    if not np.all(np.isfinite(t)) or not np.all(np.diff(t) > 0):
        raise InputError("times are not finite, or do not increase")
    if not np.all(np.isfinite(x)):
        raise InputError(f"{what} has values that are not finite")
    return t, x


def _without_short(
    stands: npt.NDArray[np.bool_], t: Array, shortest: float
) -> npt.NDArray[np.bool_]:
    """Fill gaps, then drop contacts, that are shorter, but for those at the ends."""
    out = stands.copy()
    for value in (False, True):
        edges = np.flatnonzero(np.diff(out.astype(np.int8))) + 1
        bounds = [0, *edges.tolist(), len(out)]
        for begin, end in itertools.pairwise(bounds[1:-1]):
            if out[begin] == value and t[end] - t[begin] < shortest:
                out[begin:end] = not value
    return out


def _refined(t: Array, x: Array, peaks: npt.NDArray[np.intp]) -> Array:
    """Return the times of extremes, each the vertex of the parabola through three samples."""
    inner = peaks[(peaks > 0) & (peaks < len(x) - 1)]
    before, here, after = x[inner - 1], x[inner], x[inner + 1]
    bend = before - 2 * here + after
    shift = np.where(bend != 0, 0.5 * (before - after) / np.where(bend != 0, bend, 1.0), 0.0)
    step = 0.5 * (t[inner + 1] - t[inner - 1])
    return np.asarray(t[inner] + np.clip(shift, -0.5, 0.5) * step)
