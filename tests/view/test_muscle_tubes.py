"""Muscles as tubes: along their paths, of the length that MuJoCo tells, swelling as they work."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest

from kinesis_fast.view.muscle_tubes import PIECES, MuscleTubes


def test_tubes_lie_along_muscles(model: mujoco.MjModel) -> None:
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    tubes = MuscleTubes(model).of(data, np.zeros(model.nu))
    assert len(tubes.radii) == PIECES * model.nu
    pieces = np.linalg.norm(tubes.ends - tubes.starts, axis=1).reshape(-1, PIECES).sum(axis=1)
    # Points between corners cut them: never longer than the muscle, and hardly shorter.
    assert np.all(pieces <= data.actuator_length + 1e-9)
    assert np.median(pieces / data.actuator_length) > 0.98
    joined = tubes.starts.reshape(-1, PIECES, 3)[:, 1:], tubes.ends.reshape(-1, PIECES, 3)[:, :-1]
    assert np.allclose(*joined)


def test_they_swell_and_redden_with_activation(model: mujoco.MjModel) -> None:
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    tubes = MuscleTubes(model)
    rest, active = tubes.of(data, np.zeros(model.nu)), tubes.of(data, np.ones(model.nu))
    assert np.all(active.radii > 1.2 * rest.radii)
    assert np.all(active.colors[:, 1] < rest.colors[:, 1])
    assert np.ptp(tubes.of(data, None).colors) == pytest.approx(0.0)
    data.qpos[model.joint("knee_angle_r").qposadr] = 1.5
    mujoco.mj_forward(model, data)
    bent = tubes.of(data, np.zeros(model.nu)).radii.reshape(-1, PIECES)
    short = model.actuator("bfsh_r").id
    assert np.all(bent[short] > rest.radii.reshape(-1, PIECES)[short])  # it keeps its volume
