"""A recording's walking: the cycles of both feet, and signals over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinesis_fast.analysis.gait_events import (
    Cycle,
    FootEvents,
    GaitMeasures,
    cycles,
    events_from_force,
    events_from_positions,
    measure,
    usual_of_trials,
)
from kinesis_fast.analysis.profiles import Profile, merged_profiles, profile_of
from kinesis_fast.analysis.recording import BodyRecording
from kinesis_fast.body.legs import SIDES
from kinesis_fast.config import check_names
from kinesis_fast.errors import InputError

Array = npt.NDArray[np.float64]

Trial = Mapping[str, Array]

SAME_STRIKE = 0.1
"""s; strikes of a foot that are nearer are one."""


@dataclass(frozen=True)
class Walk:
    """Events and cycles of every trial of a recording."""

    recording: BodyRecording
    """With the bodies' places."""
    events: list[dict[str, FootEvents]]
    """By trial and side."""
    kept: dict[str, list[list[Cycle]]]
    """By side and trial: cycles of usual length."""
    measures: GaitMeasures
    """Means over the trials, each counted by its cycles."""
    by_force: bool
    """Events are those of ground forces; otherwise of kinematics."""

    @classmethod
    def of(cls, recording: BodyRecording, strikes: Sequence[float] = (), side: str = "r") -> Walk:
        """Find events by ground forces where they are recorded, otherwise by kinematics.

        Args:
            recording: of the body.
            strikes: s, of a foot on the clock of what the clip was recorded from, which take the
                place of those found by kinematics.
            side: of that foot.

        Raises:
            InputError: no trial has a whole cycle of the right foot.
        """
        if any("xpos" not in trial for trial in recording.trials):
            raise InputError(
                "the recording does not tell where bodies are; work it out with "
                "kinesis_fast.analysis.movement.with_derived"
            )
        by_force = all("foot_force" in trial for trial in recording.trials)
        find = _by_force if by_force else _by_kinematics
        events = [find(recording, trial) for trial in recording.trials]
        if strikes and not by_force:
            for feet, trial in zip(events, recording.trials, strict=True):
                feet[side] = FootEvents(_on_the_clock(trial, strikes), feet[side].offs)
        found: dict[str, list[list[Cycle]]] = {}
        for foot in SIDES:
            found[foot] = usual_of_trials([cycles(feet[foot]) for feet in events])
        longest = max(
            (np.ptp(trial["time"]) for trial in recording.trials if len(trial["time"])), default=0.0
        )
        if not any(found["r"]):
            raise InputError(
                f"{recording.info.subject} does not walk a whole cycle of the right foot in clip "
                f"{recording.info.clip!r}, of which {longest:.1f} s a trial are recorded; the "
                "report is of walking: more seconds help, or another clip"
            )
        return cls(recording, events, found, _mean_measures(recording, events, found), by_force)

    def profile(self, signals: Sequence[Array], side: str) -> Profile:
        """Return a signal over the cycles of a side's foot, from strike to strike.

        Args:
            signals: of every trial, (T,).
            side: of the foot, ``r`` or ``l``.

        Raises:
            InputError: no cycle lies within the recording, no such side, or signals of other
                lengths than the trials.
        """
        check_names((("side", side, SIDES),))
        lengths = [len(trial["time"]) for trial in self.recording.trials]
        if [len(signal) for signal in signals] != lengths:
            raise InputError(
                f"signals have lengths {[len(s) for s in signals]}; the trials have {lengths}"
            )
        parts = [
            profile_of(trial["time"], signal, some)
            for trial, signal, some in zip(
                self.recording.trials, signals, self.kept[side], strict=True
            )
            if some
        ]
        return merged_profiles(parts)

    def within(self, field: str, side: str = "r") -> Array:
        """Return a field's rows that lie in a kept cycle of a foot, of all trials, (N, size).

        Args:
            field: its name in the recording.
            side: of the foot, ``r`` or ``l``.

        Raises:
            InputError: no such field, or no such side.
        """
        known = self.recording.trials[0]
        check_names((("field", field, known), ("side", side, SIDES)))
        rows = []
        for trial, some in zip(self.recording.trials, self.kept[side], strict=True):
            time = trial["time"]
            inside = np.zeros(len(time), bool)
            for cycle in some:
                inside |= (time >= cycle.begin) & (time < cycle.end)
            rows.append(trial[field][inside])
        return np.concatenate(rows)


def foot_place(recording: BodyRecording, trial: Trial, side: str) -> Array:
    """Return where a foot's calcaneus is, (T, 3), m."""
    body = list(recording.info.bodies).index(f"calcn_{side}")
    return trial["xpos"].reshape(len(trial["xpos"]), -1, 3)[:, body]


def ground_force(trial: Trial, side: str) -> Array:
    """Return the force of the ground on a foot, (T, 3), N."""
    force = trial["foot_force"].reshape(len(trial["foot_force"]), len(SIDES), 3)
    return np.asarray(force[:, SIDES.index(side)])


def _by_force(_: BodyRecording, trial: Trial) -> dict[str, FootEvents]:
    return {
        side: events_from_force(trial["time"], ground_force(trial, side)[:, 2]) for side in SIDES
    }


def _by_kinematics(recording: BodyRecording, trial: Trial) -> dict[str, FootEvents]:
    root = trial["qpos"][:, :2]
    way = np.gradient(root, trial["time"], axis=0)
    way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-6)
    return {
        side: events_from_positions(
            trial["time"], np.sum((foot_place(recording, trial, side)[:, :2] - root) * way, axis=1)
        )
        for side in SIDES
    }


def _on_the_clock(trial: Trial, strikes: Sequence[float]) -> Array:
    """Return a trial's times at which the recording's clock passes those of the strikes.

    The clock of a looped clip falls back after each cycle; strikes at both ends of the cycle are
    one and the same.
    """
    time, clock = trial["time"], trial["recording_time"]
    if len(clock) < 2:
        return np.zeros(0)
    step = float(np.median(np.diff(clock)))
    falls = np.flatnonzero(np.diff(clock) < 0)
    period = step - float(np.mean(np.diff(clock)[falls])) if len(falls) else 0.0
    running = clock.copy()
    for fall in falls:
        running[fall + 1 :] += period
    near = [s for s in strikes if clock.min() - step <= s <= clock.max() + step]
    rounds = range(-1, len(falls) + 1) if len(falls) else (0,)
    passes = np.sort([strike + number * period for strike in near for number in rounds])
    passes = passes[(passes >= running[0]) & (passes <= running[-1])]
    anew = np.diff(passes, prepend=-np.inf) > SAME_STRIKE
    return np.asarray(np.interp(passes[anew], running, time))


def _mean_measures(
    recording: BodyRecording,
    events: Sequence[dict[str, FootEvents]],
    found: dict[str, list[list[Cycle]]],
) -> GaitMeasures:
    """Measure each trial's kept cycles, and average them, weighted by how many there are."""
    each = []
    for trial, feet, kept in zip(recording.trials, events, found["r"], strict=True):
        if not kept:
            continue
        places = {side: foot_place(recording, trial, side)[:, :2] for side in SIDES}
        each.append(measure(feet, trial["time"], places, kept))
    count = np.array([one.cycles for one in each], float)
    everything = sum(len(cycles(feet["r"])) for feet in events)

    def mean(name: str) -> float:
        values = np.array([getattr(one, name) for one in each])
        known = np.isfinite(values)
        return float(np.average(values[known], weights=count[known])) if known.any() else np.nan

    durations = np.array([cycle.duration for some in found["r"] for cycle in some])
    return GaitMeasures(
        cycles=len(durations),
        left_out=everything - len(durations),
        stride_time_deviation=float(durations.std()),
        **{
            name: mean(name)
            for name in (
                "stride_time", "cadence", "stance", "double_support", "stride_length", "speed",
                "step_width",
            )
        },
    )  # fmt: skip
