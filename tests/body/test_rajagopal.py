"""MyoLegs with its source's knee, paths and muscles, beside what OpenSim 4.6 says of the source.

``tests/support/rajagopal_muscles.tsv``: lengths, fibre lengths (rigid tendons) and moment arms of
Rajagopal2016's right leg in five poses, as OpenSim worked them out.
"""

from __future__ import annotations

import csv
from pathlib import Path

import mujoco
import numpy as np
import pytest
from rajagopal_poses import JOINTS, posed

from kinesis_fast.body import load_model
from kinesis_fast.body.audit.ours import geometry, muscle_model
from kinesis_fast.body.rajagopal import MUSCLES, without_pennation

TABLE = Path(__file__).parents[1] / "support" / "rajagopal_muscles.tsv"
TIBIA = [
    [0.0, -0.4044],
    [0.0023, -0.4061],
    [0.0036, -0.4082],
    [0.0035, -0.4118],
    [-0.0003, -0.4146],
]
"""Where OpenSim has the tibia's origin in the femur's axes, ahead and up, m."""
WIDE = {"gasmed": (3.0e-3, 2.6e-3)}
"""Bounds of length and arm, m, of a muscle whose two cylinders MuJoCo cannot both have."""


@pytest.fixture(scope="module")
def body() -> mujoco.MjModel:
    return load_model("myolegs_opensim")


@pytest.mark.parametrize("side", ["r", "l"])
def test_muscles_are_the_sources(body: mujoco.MjModel, side: str) -> None:
    names = [f"{name}_{side}" for name in JOINTS]
    ours = geometry(body, posed(body), names, [f"tibia_{side}"])
    np.testing.assert_allclose(ours.origin[:, 0, :2], TIBIA, atol=1e-4)
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert {row["muscle"] for row in rows} == set(MUSCLES)
    for row in rows:
        pose, name = int(row["pose"]), f"{row['muscle']}_{side}"
        m = ours.muscles.index(name)
        by_length, by_arm = WIDE.get(row["muscle"], (2e-3, 2e-3))
        assert abs(ours.length[pose, m] - float(row["length"])) < by_length, row
        arms = np.array([float(row[joint]) for joint in JOINTS])
        assert np.abs(ours.arm[pose, m] - arms).max() < by_arm, row
        fibre = float(row["fibre"])
        if 0.55 < fibre < 1.45:
            ratio = muscle_model(body, name).fibre_length(ours.length[pose, m : m + 1])[0]
            assert abs(ratio - fibre) < 0.06, row


def test_myolegs_is_not_the_source(model: mujoco.MjModel) -> None:
    theirs = geometry(model, posed(model), ["knee_angle_r"], ["tibia_r"])
    off = np.abs(theirs.origin[:, 0, :2] - TIBIA).max()
    assert off > 5e-3, "the tests above would pass with the knee as it was"


def test_fibres_along_the_tendon_follow_pennate_ones() -> None:
    for name, muscle in MUSCLES.items():
        optimal, slack = without_pennation(muscle)
        fibre = np.linspace(0.6, 1.3, 30)
        along = np.sqrt(fibre**2 - np.sin(muscle.pennation) ** 2) * muscle.optimal_length
        straight = (muscle.slack_length + along - slack) / optimal
        assert np.abs(straight - fibre).max() < 0.02, name


@pytest.mark.parametrize(("muscle", "most"), [("psoas", 0.30), ("iliacus", 0.30), ("glmax1", 0.30)])
def test_paths_never_jump_to_the_other_side(body: mujoco.MjModel, muscle: str, most: float) -> None:
    rng = np.random.default_rng(3)
    names = [f"hip_{way}_r" for way in ("flexion", "adduction", "rotation")]
    qpos = np.tile(body.qpos0, (2000, 1))
    for name in names:
        joint = body.joint(name)
        qpos[:, int(joint.qposadr[0])] = rng.uniform(*joint.range, len(qpos))
    lengths = geometry(body, qpos, names, ["tibia_r"]).length
    assert lengths[:, body.actuator(f"{muscle}_r").id].max() < most
