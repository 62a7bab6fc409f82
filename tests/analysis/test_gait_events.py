"""Events of feet by hand, in measured forces, and in the engine's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinesis_fast import InputError
from kinesis_fast.analysis.gait_events import (
    Cycle,
    FootEvents,
    cycles,
    events_from_force,
    events_from_positions,
    measure,
    usual_cycles,
)
from kinesis_fast.motions.formats.opensim import read_table


def test_events_by_hand() -> None:
    times = np.arange(10) * 0.1
    force = np.array([0.0, 0, 40, 700, 700, 30, 10, 0, 0, 60])
    found = events_from_force(times, force)
    # 20 N lies half way between 0 and 40, half way between 30 and 10, a third between 0 and 60.
    np.testing.assert_allclose(found.strikes, [0.15, 0.8 + 0.1 / 3])
    np.testing.assert_allclose(found.offs, [0.55])


def test_short_contacts_and_gaps_are_none() -> None:
    times = np.arange(0.0, 2.0, 0.01)
    force = np.where((times > 0.5) & (times < 1.2), 500.0, 0.0)
    force[20:23] = 100.0  # a toe scuffs
    force[80:82] = 0.0  # noise in stance
    found = events_from_force(times, force)
    assert len(found.strikes) == len(found.offs) == 1
    assert len(events_from_force(times, force, debounce=0.0).strikes) == 3


def test_measured_forces_agree_with_the_threshold(real_data: Path) -> None:
    table = read_table(real_data / "opensim/walk_grf.mot")
    for side in "rl":
        force = table.columns[f"ground_force_{side}_vy"]
        found = events_from_force(table.time, force)
        above = np.flatnonzero(np.diff((force >= 20.0).astype(int)))
        rises = [table.time[i + 1] for i in above if force[i + 1] >= 20.0]
        assert len(found.strikes) > 0
        for strike in found.strikes:
            assert min(abs(strike - rise) for rise in rises) < 0.01
    right = events_from_force(table.time, table.columns["ground_force_r_vy"]).strikes
    np.testing.assert_allclose(right[:2], [0.267, 1.4115], atol=0.01)


def test_positions_give_the_extremes() -> None:
    times = np.arange(0.0, 4.3, 1 / 60)
    ahead = 0.3 * np.cos(2 * np.pi * (times - 0.5) / 1.1)
    found = events_from_positions(times, ahead)
    np.testing.assert_allclose(found.strikes, 0.5 + 1.1 * np.arange(4), atol=0.004)
    np.testing.assert_allclose(found.offs, 1.05 + 1.1 * np.arange(3), atol=0.004)


def test_cycles_and_measures_by_hand() -> None:
    right = FootEvents(np.array([0.0, 1.0, 2.0]), np.array([0.6, 1.6]))
    left = FootEvents(np.array([0.5, 1.5]), np.array([0.1, 1.1]))
    assert cycles(right) == [Cycle(0.0, 1.0, 0.6), Cycle(1.0, 2.0, 1.6)]
    times = np.linspace(0.0, 2.0, 201)
    places = {
        "r": np.stack([1.2 * times, 0.0 * times], axis=1),
        "l": np.stack([1.2 * times, 0.0 * times + 0.15], axis=1),
    }
    found = measure({"r": right, "l": left}, times, places)
    assert found.cycles == 2
    assert found.cadence == pytest.approx(120.0)
    assert found.stance == pytest.approx(0.6)
    assert found.double_support == pytest.approx(0.2)  # 0 to 0.1, 0.5 to 0.6
    assert found.stride_length == pytest.approx(1.2)
    assert found.speed == pytest.approx(1.2)
    assert found.step_width == pytest.approx(0.15)
    assert np.isnan(measure({"r": right}).double_support)


def test_cycles_of_unusual_length_are_left_out() -> None:
    usual = [Cycle(float(k), k + 1.0, k + 0.6) for k in range(12)]
    assert usual_cycles([*usual, Cycle(20.0, 23.0, 21.0)]) == usual


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match=r"ground force has shape \(2,\) at times of shape \(3,\)"):
        events_from_force([0.0, 0.1, 0.2], [1.0, 2.0])
    with pytest.raises(InputError, match="do not increase"):
        events_from_force([0.0, 0.2, 0.1], [1.0, 2.0, 3.0])
    with pytest.raises(InputError, match="not finite"):
        events_from_force([0.0, 0.1, 0.2], [1.0, np.nan, 3.0])
    with pytest.raises(InputError, match="no whole gait cycle of the right foot"):
        measure({"r": FootEvents(np.array([0.1]), np.array([]))})
