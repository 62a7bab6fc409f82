"""What import tells of a motion's soles, forces and joints, on real walks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import mujoco
import numpy as np
import pytest

from kinesis_fast.motions import formats
from kinesis_fast.motions.capture.balance import BalanceMeter
from kinesis_fast.motions.capture.report import make_report
from kinesis_fast.motions.capture.retarget import RetargetedMotion, Retargeter

RATE = 30.0


@pytest.fixture(scope="module")
def walk(real_data: Path, model: mujoco.MjModel) -> RetargetedMotion:
    file = real_data / "cmu" / "walks" / "07" / "07_01.amc"
    return Retargeter(model).retarget(
        formats.read(file, "auto", formats.ReadOptions(model))[0], RATE
    )


def test_a_raised_walk_has_high_soles_and_lacks_no_force(
    walk: RetargetedMotion, model: mujoco.MjModel
) -> None:
    meter = BalanceMeter(model)
    plain = meter.measure(walk, RATE)
    assert -2.0 < plain.loaded_sole_mm < 5.0
    qpos = walk.qpos.copy()
    qpos[:, 2] += 0.01
    raised = meter.measure(replace(walk, qpos=qpos, sole=walk.sole + 0.01), RATE)
    assert raised.loaded_sole_mm - plain.loaded_sole_mm == pytest.approx(10.0, abs=0.5)
    assert raised.lacking_force_n == pytest.approx(plain.lacking_force_n, rel=0.2, abs=3.0)


def test_a_shaken_root_lacks_force_on_the_same_soles(
    walk: RetargetedMotion, model: mujoco.MjModel
) -> None:
    """Sideways by 8 cm twice a second, of which friction gives a part: 670 N rms at 75 kg."""
    meter = BalanceMeter(model)
    plain = meter.measure(walk, RATE)
    qpos = walk.qpos.copy()
    time = np.arange(len(qpos)) / RATE
    mass = float(model.body_mass.sum())
    amplitude, turn = 0.08, 2.0 * np.pi * 2.0
    qpos[:, 1] += amplitude * np.sin(turn * time)
    shaken = meter.measure(replace(walk, qpos=qpos), RATE)
    force = mass * turn**2 * amplitude / np.sqrt(2.0)
    assert shaken.lacking_force_n > plain.lacking_force_n + 0.2 * force
    assert shaken.loaded_sole_mm == pytest.approx(plain.loaded_sole_mm, abs=3.0)


def test_joints_that_the_contact_pass_takes_away_are_told(
    real_data: Path, model: mujoco.MjModel
) -> None:
    """Given joint angles whose ankle is off by 9 degrees: their fit is exact."""
    file = real_data / "opensim" / "walk_coordinates.sto"
    recording = formats.read(file, "auto", formats.ReadOptions(model))[0]
    retargeter = Retargeter(model)
    address = model.joint("ankle_angle_r").qposadr[0]
    qpos = recording.qpos.copy()  # type: ignore[union-attr]

    def changed(motion: RetargetedMotion) -> tuple[float, float]:
        return make_report("m", motion, retargeter.tracked_bodies).joint_change_deg["ankle_angle_r"]

    plain, _ = changed(retargeter.retarget(recording, RATE))
    qpos[:, address] += np.deg2rad(9.0)
    off = retargeter.retarget(replace(recording, qpos=qpos), RATE)  # type: ignore[type-var]
    rms, largest = changed(off)
    assert 1.3 * plain < rms < largest < 30.0
