"""Plates' forces under the feet that stood on them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from motion_samples import FRAMES, sample_markers, write_c3d

from kinesis_fast import InputError
from kinesis_fast.motions.formats import c3d
from kinesis_fast.motions.prior.force_plates import read_plate_forces

RATE, POINT_RATE = 200.0, 20.0


def platform(force: np.ndarray, pressure: np.ndarray) -> c3d.PlateData:
    """A plate as it is read: N and mm, (3, T)."""
    return c3d.PlateData(force.T, 1000.0 * pressure.T, "mm")


@pytest.fixture
def laboratory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, list[c3d.PlateData]]:
    """A C3D file of the sample walk, and the plates that reading it will find."""
    path = write_c3d(tmp_path)
    content = replace(c3d.load(path), analog_rate=RATE)
    monkeypatch.setattr(c3d, "load", lambda path, plates=False: content)
    return path, content.plates


def step(label: str, begin: float, end: float, newtons: float) -> c3d.PlateData:
    """A plate on which a foot stands for a while, between heel and toe."""
    times = np.arange(round((FRAMES - 1) / POINT_RATE * RATE)) / RATE
    markers = sample_markers()
    frames = np.arange(FRAMES) / POINT_RATE
    middle = 0.5 * (markers[f"{label}.Heel"] + markers[f"{label}.Toe"])
    place = np.stack([np.interp(times, frames, column) for column in middle.T], axis=1)
    place[:, 2] = 0.0
    force = np.zeros((len(times), 3))
    on = (times >= begin) & (times < end)
    force[on] = [10.0, 5.0, newtons]
    return platform(force, np.where(on[:, None], place, np.nan))


def test_steps_are_of_the_foot_that_is_there(laboratory: tuple[Path, list[c3d.PlateData]]) -> None:
    path, plates = laboratory
    right, left = step("R", 0.2, 0.5, 700.0), step("L", 0.6, 0.9, -650.0)
    plates[:] = [left, right]  # the left plate tells what the foot does to it
    found = read_plate_forces(path)
    at = found.times - found.times[0]
    for foot, (begin, end, newtons) in enumerate(((0.2, 0.5, 700.0), (0.6, 0.9, 650.0))):
        on = (at >= begin - 1e-9) & (at < end - 1e-9)
        np.testing.assert_allclose(found.force[on, foot, 2], newtons)
        assert (found.force[~on, foot] == 0.0).all()
        assert np.isfinite(found.pressure).all()
    assert found.force[at < 0.49][:, 0, 0].max() == pytest.approx(10.0)
    assert found.force[(at > 0.61) & (at < 0.89)][:, 1, 0].min() == pytest.approx(-10.0)


def test_what_is_no_step_is_left_out(laboratory: tuple[Path, list[c3d.PlateData]]) -> None:
    path, plates = laboratory
    away = step("R", 0.2, 0.5, 700.0)
    away = replace(away, pressure=away.pressure + 500.0)
    plates[:] = [away]
    with pytest.raises(InputError, match=r"no foot is within 0.2 m of what its plates felt"):
        read_plate_forces(path)
    plates[:] = [step("R", 0.2, 0.5, 3.0)]
    with pytest.raises(InputError, match="has no plate that anyone stood on"):
        read_plate_forces(path)
    short = step("L", 0.6, 0.62, 600.0)
    plates[:] = [step("R", 0.2, 0.5, 700.0), short]
    assert read_plate_forces(path).force[:, 1].max() == 0.0
    with pytest.raises(InputError, match="'none.c3d' does not exist"):
        read_plate_forces(Path("none.c3d"))
