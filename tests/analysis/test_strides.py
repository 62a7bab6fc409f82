"""Walking stride by stride, on a walk made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from kinesis_fast.analysis.mechanics import MEASURES, Mechanics
from kinesis_fast.analysis.profiles import POINTS, Profile
from kinesis_fast.analysis.recording import BodyRecording, RecordingInfo
from kinesis_fast.analysis.strides import HEEL_OFF, difference, differences, stride_measures
from kinesis_fast.analysis.walk import Walk

RATE, STRIDE, STANCE, SPEED, WIDTH = 200.0, 1.0, 0.6, 1.2, 0.2
LATE = 0.55
"""Of the right stride, when the left foot comes down: its step is the longer one."""
RISES, RISE = 0.4, 0.5
"""Of the stride, from which the heel rises, by so many m a stride."""
LIST = 0.05
"""rad, by which the pelvis lists to and fro, once a right stride."""
HEIGHT = 0.981
"""m of the centre of mass: a pendulum of sqrt(0.1) s."""


def made() -> BodyRecording:
    """Eight strides straight ahead; the centre of mass sways by 2 cm to the foot that stands."""
    time = np.arange(0.0, 8.0, 1.0 / RATE)
    feet, forces = [], []
    for side, late in (("r", 0.0), ("l", LATE)):
        phase = (time - late) / STRIDE
        strike = np.floor(phase)
        share = phase - strike
        swing = np.clip((share - STANCE) / (1.0 - STANCE), 0.0, 1.0)
        ahead = SPEED * STRIDE * (strike + swing) + SPEED * late
        across = np.full_like(time, -0.5 * WIDTH if side == "r" else 0.5 * WIDTH)
        height = RISE * np.clip(share - RISES, 0.0, None)
        feet.append(np.stack([ahead, across, height], axis=1))
        force = np.zeros((len(time), 3))
        force[share < STANCE, 2] = 500.0
        forces.append(force)
    mass = np.stack([SPEED * time, 0.0 * time, np.full_like(time, HEIGHT)], axis=1)
    half = 0.5 * LIST * np.sin(2.0 * np.pi * time / STRIDE)
    listing = np.stack([np.cos(half), 0.0 * time, np.sin(half), 0.0 * time], axis=1)
    trial = {
        "time": time,
        "xpos": np.concatenate([0 * mass, mass, *feet], axis=1),
        "subtree_com": np.concatenate([mass] * 4, axis=1),
        "foot_force": np.concatenate(forces, axis=1),
        "qpos": np.concatenate([mass, listing], axis=1),
    }
    info = RecordingInfo("made", "walk", RATE, [], [], ["world", "root", "calcn_r", "calcn_l"])
    return BodyRecording(info, [trial])


def curves(peak: float, cycles: int) -> Profile:
    return Profile(
        peak * np.sin(np.pi * np.arange(POINTS) / POINTS)[None] * np.ones((cycles, 1)), 1
    )


def test_a_walk_made_by_hand() -> None:
    walk = Walk.of(made())
    count = {side: sum(map(len, walk.kept[side])) for side in "rl"}
    mechanics = {
        side: Mechanics({}, {}, {"ankle_angle": curves(peak, count[side])}, {}, {}, {})
        for side, peak in (("r", 3.0), ("l", 2.0))
    }
    found = stride_measures(walk, mechanics)
    for side in "rl":
        np.testing.assert_allclose(found["stride time, s"][side], STRIDE, atol=2e-3)
        np.testing.assert_allclose(found["stride length, m"][side], SPEED * STRIDE, atol=0.02)
        np.testing.assert_allclose(found["step width, m"][side], WIDTH, atol=1e-6)
        np.testing.assert_allclose(found["stance, % of the stride"][side], 60.0, atol=1.1)
        heel_off = 100.0 * (RISES + HEEL_OFF / RISE)
        np.testing.assert_allclose(found["heel-off, % of the stride"][side], heel_off, atol=1.1)
        # The extrapolated centre of mass goes straight on between the feet.
        margin = found["margin of stability aside, least, cm"][side]
        np.testing.assert_allclose(margin, 100.0 * (0.5 * WIDTH + 0.04), atol=1e-6)
    right, left = (found["step length, m"][side].mean() for side in "rl")
    assert right == pytest.approx(SPEED * STRIDE * (1.0 - LATE), abs=0.02)
    assert left == pytest.approx(SPEED * STRIDE * LATE, abs=0.02)
    strikes = [found["other foot's strike, % of the stride"][side].mean() for side in "rl"]
    np.testing.assert_allclose(strikes, [100.0 * LATE, 100.0 * (1.0 - LATE)], atol=0.6)
    listed = np.rad2deg(LIST) * (1.0 + np.sin(0.2 * np.pi))  # from a quarter on, to 60 %
    measured = found["pelvic list, range in stance, degrees"]["r"]
    np.testing.assert_allclose(measured, listed, atol=0.1)
    work = found["work done at the ankle, J/kg"]
    assert work["r"] == pytest.approx(3.0 * 2.0 / np.pi, rel=0.01)
    push = next(measure for measure in MEASURES if measure.label.startswith("power at push-off"))
    assert found[push.label]["r"] == pytest.approx(3.0)
    assert len(found[push.label]["l"]) == count["l"]
    same = differences(found, found)
    assert not any(one.clear for sides in same.values() for one in sides.values())


def test_a_difference_and_its_interval() -> None:
    rng = np.random.default_rng(1)
    one, other = rng.normal(1.0, 0.2, 400), rng.normal(0.9, 0.2, 100)
    found = difference(one, other)
    error = 1.96 * np.hypot(0.2 / 20.0, 0.2 / 10.0)
    assert found.one - found.other == pytest.approx(one.mean() - other.mean())
    assert found.low == pytest.approx(found.one - found.other - error, abs=0.012)
    assert found.high == pytest.approx(found.one - found.other + error, abs=0.012)
    assert found.clear and not difference(one, one).clear
    few = difference(np.array([1.0]), other)
    assert few.one == 1.0 and np.isnan(few.low) and not few.clear
