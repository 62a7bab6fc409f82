"""Joint reactions beside OpenSim's and numbers worked by hand, and peaks of mechanics."""

from __future__ import annotations

import numpy as np
import pytest
from rajagopal_poses import posed

from kinesis_fast import _engine
from kinesis_fast.analysis.joint_reactions import JOINTS, joint_reactions
from kinesis_fast.analysis.mechanics import MEASURES, Mechanics, asymmetry, differences
from kinesis_fast.analysis.profiles import POINTS, Profile
from kinesis_fast.body import load_model

REACTIONS = np.array(
    [
        [2140.0, 1221.9, 1016.5],
        [2156.5, 1185.7, 1007.2],
        [2102.1, 1166.9, 1030.0],
        [2156.1, 1035.4, 1018.5],
        [1944.2, 776.4, 986.3],
    ]
)
"""N at hip, knee and ankle: OpenSim 4.6's reactions in Rajagopal2016 at rest in these poses, every
muscle of both legs pulling with 100 N, the pelvis held."""


def test_reactions_are_opensims() -> None:
    model = load_model("myolegs_opensim")
    qpos = posed(model)
    still = np.zeros((len(qpos), model.nv))
    pull = np.full((len(qpos), model.nu), -100.0)
    outside = np.zeros((len(qpos), model.nbody, 3))
    found = _engine.joint_reactions(model._address, qpos, still, still, pull, outside)
    ids = [model.body(f"{body}_r").id for body in JOINTS.values()]
    np.testing.assert_allclose(np.linalg.norm(found[:, ids], axis=2), REACTIONS, rtol=0.02)


def test_reactions_of_a_leg_that_carries_by_hand() -> None:
    """At rest without muscles: the weight of what is below, less what the ground carries."""
    model = load_model()
    rows = {
        "time": np.arange(4) / 100.0,
        "qpos": np.tile(model.qpos0, (4, 1)),
        "qvel": np.zeros((4, model.nv)),
        "actuator_force": np.zeros((4, model.nu)),
        "foot_force": np.tile([0.0, 0.0, 300.0, 0.0, 0.0, 0.0], (4, 1)),
    }
    found = joint_reactions(model, rows)
    for joint, body in JOINTS.items():
        for side, ground in (("r", 300.0), ("l", 0.0)):
            weight = float(model.body_subtreemass[model.body(f"{body}_{side}").id]) * 9.81
            size = np.linalg.norm(found[f"{joint}_{side}"], axis=1)
            np.testing.assert_allclose(size, abs(weight - ground), rtol=0.01)
    # Of steps: the force that led to a row acts on the state before it.
    rows["foot_force"][0] = 1e6
    np.testing.assert_allclose(joint_reactions(model, rows)["hip_r"], found["hip_r"])


def mechanics(late: float = 0.0, more: float = 0.0) -> Mechanics:
    """A knee that flexes once, up to 60 degrees at 70 % of the cycle; toes 12 mm high at 80 %."""
    at = np.arange(POINTS) / POINTS
    knee = 60.0 * np.exp(-(((at - 0.7 - late) / 0.1) ** 2)) + more
    flat = Profile(np.zeros((1, POINTS)), 1.0)
    angles = dict.fromkeys(("hip_flexion", "hip_adduction", "ankle_angle"), flat)
    toes = Profile((40.0 - 28.0 * np.exp(-(((at - 0.8) / 0.05) ** 2)))[None], 1.0)
    angles["knee_angle"] = Profile(knee[None], 1.0)
    return Mechanics(angles, {}, {}, {}, {}, {"toes": toes})


def test_peaks() -> None:
    values = {measure.label: measure.of(mechanics()) for measure in MEASURES}
    assert values["knee flexion in swing, degrees"] == pytest.approx(60.0)
    assert values["knee flexion in stance, degrees"] < 1.0
    assert values["toe clearance in mid-swing, mm"] == pytest.approx(12.0, abs=0.1)
    assert np.isnan(values["knee contact force"])
    assert asymmetry(1.1, 0.9) == pytest.approx(20.0)
    assert asymmetry(-2.0, -2.0) == 0.0
    assert np.isnan(asymmetry(0.0, 0.0))


def test_what_is_late_is_not_what_is_otherwise() -> None:
    first, *others = differences({"r": mechanics(late=0.05)}, {"r": mechanics()})
    assert (first.joint, first.later) == ("knee_angle", pytest.approx(5.0))
    assert first.rms < 0.5
    assert all(one.rms == 0.0 for one in others)
    first, *_ = differences({"r": mechanics(more=8.0)}, {"r": mechanics(), "l": mechanics()})
    assert (first.side, first.rms, first.most) == ("r", pytest.approx(8.0), pytest.approx(8.0))
