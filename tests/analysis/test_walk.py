"""Cycles of a recording, cut by the strikes of the trial that its clip was recorded in."""

from __future__ import annotations

import numpy as np
import pytest

from kinesis_fast.analysis.walk import _on_the_clock
from kinesis_fast.motions.clips import Clip
from kinesis_fast.motions.looping import recording_clock

LOOP = {"loop_start": 0.5, "loop_end": 1.6}


@pytest.mark.parametrize("rate", [60.0, 100.0])
@pytest.mark.parametrize(
    ("strikes", "first"),
    [
        ([0.9], 0.4),
        ([0.5], 0.0),  # on the cut
        ([1.6], 0.0),
        ([0.5, 1.6], 0.0),
        ([-0.6, 0.9, 2.7], 0.4),  # of other strides than the one that is looped
    ],
)
def test_every_cycle_of_a_loop_has_its_strike(
    strikes: list[float], first: float, rate: float
) -> None:
    time = np.arange(0.0, 30.0, 1.0 / rate)
    clock = recording_clock(Clip("walk", 900, 30.0, attributes=LOOP), time)
    found = _on_the_clock({"time": time, "recording_time": clock}, strikes)
    np.testing.assert_allclose(found, np.arange(first, time[-1], 1.1), atol=1e-6)


def test_strikes_of_a_trial_that_is_not_looped() -> None:
    time = np.arange(0.0, 3.0, 0.01)
    trial = {"time": time, "recording_time": 0.5 + time}
    np.testing.assert_allclose(_on_the_clock(trial, [0.2, 0.7, 1.8, 9.0]), [0.2, 1.3])
