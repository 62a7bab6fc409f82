"""A body beside a model of OpenSim."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import mujoco
import numpy as np
import pytest
from command_line import run

from kinesis_fast import InputError
from kinesis_fast.body.audit import audit

HIP, ATTACHMENT = (0.0, 0.0, 0.0), (-0.04, -0.1, 0.0)
ORIGIN = (-0.05, 0.06, 0.0)


@pytest.fixture
def osim(tmp_path: Path) -> Path:
    """A thigh on a hinge with one muscle, made by OpenSim itself."""
    opensim = pytest.importorskip("opensim")
    opensim.Logger.setLevelString("Off")
    model = opensim.Model()
    thigh = opensim.Body("femur_r", 9.0, opensim.Vec3(0), opensim.Inertia(0.1))
    hip = opensim.PinJoint(
        "hip_r", model.getGround(), opensim.Vec3(*HIP), opensim.Vec3(0), thigh,
        opensim.Vec3(0), opensim.Vec3(0),
    )  # fmt: skip
    hip.updCoordinate().setName("hip_flexion_r")
    hip.updCoordinate().setDefaultLocked(True)  # as Rajagopal's toes are
    model.addBody(thigh)
    model.addJoint(hip)
    muscle = opensim.Millard2012EquilibriumMuscle("glmax1_r", 1000.0, 0.1, 0.05, 0.3)
    muscle.addNewPathPoint("a", model.getGround(), opensim.Vec3(*ORIGIN))
    muscle.addNewPathPoint("b", thigh, opensim.Vec3(*ATTACHMENT))
    model.addForce(muscle)
    model.finalizeConnections()
    path = tmp_path / "thigh.osim"
    model.printToXML(str(path))
    return path


def test_differences_are_those_worked_by_hand(model: mujoco.MjModel, osim: Path) -> None:
    qpos = np.tile(model.qpos0, (3, 1))
    angles = np.array([0.0, 0.4, 1.0])
    at = int(model.joint("hip_flexion_r").qposadr[0])
    qpos[:, at] = angles
    found = audit(model, osim, qpos)
    assert [muscle.name for muscle in found.muscles] == ["glmax1_r"]
    assert found.theirs.joints == ["hip_flexion_r"]
    c, s = np.cos(angles), np.sin(angles)
    x, y = ATTACHMENT[0] * c - ATTACHMENT[1] * s, ATTACHMENT[0] * s + ATTACHMENT[1] * c
    across = np.hypot(x - ORIGIN[0], y - ORIGIN[1])
    np.testing.assert_allclose(found.theirs.length[:, 0], across, atol=1e-9)
    arm = (x * (ORIGIN[1] - y) - y * (ORIGIN[0] - x)) / across
    np.testing.assert_allclose(found.theirs.arm[:, 0, 0], arm, atol=1e-6)
    theirs = found.muscles[0].theirs
    assert theirs.peak_force == pytest.approx(1000.0 * np.cos(0.3))
    fibre = np.hypot((across - 0.05) / 0.1, np.sin(0.3))
    np.testing.assert_allclose(theirs.fibre_length(across), fibre)
    assert theirs.active[10] == pytest.approx(1.0, abs=1e-6)
    # Ours by MuJoCo's own derivative of the length.
    data = mujoco.MjData(model)
    lengths = []
    for step in (-1e-5, 1e-5):
        data.qpos[:] = qpos[1]
        data.qpos[at] += step
        mujoco.mj_fwdPosition(model, data)
        lengths.append(data.actuator_length[model.actuator("glmax1_r").id])
    assert found.ours.arm[1, 0, 0] == pytest.approx((lengths[0] - lengths[1]) / 2e-5, abs=1e-6)
    assert "soleus_r" in found.only_ours


def test_command(osim: Path, tmp_path: Path) -> None:
    out, figures = tmp_path / "audit", tmp_path / "audit.json"
    told = run(
        tmp_path, "body", "audit", "myolegs", "--against", str(osim), "--out", str(out),
        "--json", str(figures),
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert "glmax1" in told.stdout and "clips of gait" in told.stdout
    assert (out / "arms.png").stat().st_size > 5000
    assert (out / "muscles.csv").read_text().startswith("muscle,length_mm,arm_mm")
    assert json.loads(figures.read_text())["muscles"][0]["arm_about"] == "hip_flexion_r"


def test_refusals(model: mujoco.MjModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    qpos = model.qpos0[None]
    with pytest.raises(InputError, match=r"'none\.osim' does not exist"):
        audit(model, Path("none.osim"), qpos)
    path = tmp_path / "not.osim"
    path.write_text("no model")
    monkeypatch.setitem(sys.modules, "opensim", None)
    with pytest.raises(InputError, match=r"kinesis_fast\[opensim\]"):
        audit(model, path, qpos)
    monkeypatch.undo()
    if "opensim" in sys.modules:
        with pytest.raises(InputError, match="OpenSim cannot read"):
            audit(model, path, qpos)
