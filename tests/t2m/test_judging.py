"""Whether a body did what was said, on traces made by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinesis_fast.t2m import read_plan
from kinesis_fast.t2m.judging import Trace, judge

STEP = 1.0 / 30.0


def trace(*legs: tuple[float, float, float, float]) -> Trace:
    """Walk legs of (seconds, m/s ahead, m/s left, degrees/s), landing every half second."""
    place, facing = [np.zeros(2)], [0.0]
    for seconds, ahead, left, rate in legs:
        for _ in range(round(seconds / STEP)):
            c, s = np.cos(facing[-1]), np.sin(facing[-1])
            place.append(place[-1] + STEP * np.array([c * ahead - s * left, s * ahead + c * left]))
            facing.append(facing[-1] + STEP * np.deg2rad(rate))
    time = STEP * np.arange(len(place))
    moving = np.linalg.norm(np.gradient(np.array(place), STEP, axis=0), axis=1) > 0.05
    load = np.full((len(place), 2), 350.0)
    for foot in range(2):
        load[moving & ((time + 0.5 * foot) % 1.0 < 0.3), foot] = 0.0
    feet = np.zeros((len(place), 2, 3))
    feet[..., 2] = 0.05 * (load == 0.0)
    return Trace(STEP, np.array(place), np.array(facing), load, feet)


def test_unloaded_foot_has_not_stepped() -> None:
    """Weight that goes from one foot to the other and back is no step."""
    walked = trace((2.0, 1.0, 0.0, 0.0))
    shifted = replace(walked, feet=np.zeros_like(walked.feet))
    assert walked.steps == 4
    assert shifted.steps == 0


AHEAD, LEFT, BACK = (4.0, 1.0, 0.0, 0.0), (3.0, 0.0, 0.4, 0.0), (4.0, -0.5, 0.0, 0.0)
STILL, TURN, ROUND = (2.0, 0.0, 0.0, 0.0), (2.0, 0.0, 0.0, 45.0), (8.0, 0.8, 0.0, 45.0)
CASES = [
    ("walk", AHEAD, True),
    ("walk backward", AHEAD, False),
    ("walk backward", BACK, True),
    ("walk 4 m", AHEAD, True),
    ("walk 2 m", AHEAD, False),
    ("walk 8 steps", AHEAD, True),
    ("walk 3 steps", AHEAD, False),
    ("walk slow", AHEAD, False),
    ("walk fast", AHEAD, False),
    ("run", AHEAD, False),
    ("walk 1 m/s", AHEAD, True),
    ("step left", LEFT, True),
    ("step sideways", LEFT, True),
    ("step right", LEFT, False),
    ("step forward-left", LEFT, False),
    ("walk left", LEFT, False),
    ("stand", STILL, True),
    ("stand", AHEAD, False),
    ("turn left 90", TURN, True),
    ("turn right 90", TURN, False),
    ("turn 90", TURN, True),
    ("turn left 180", TURN, False),
    ("walk circle left", ROUND, True),
    ("walk circle right", ROUND, False),
    ("walk curve left 180", ROUND, False),
    ("walk zigzag", AHEAD, False),
    ("walk back-and-forth", AHEAD, False),
    ("walk return", AHEAD, False),
    ("walk in-place", AHEAD, False),
]


@pytest.mark.parametrize(("plan", "leg", "done"), CASES, ids=[f"{p} {d}" for p, _, d in CASES])
def test_one_action(plan: str, leg: tuple[float, float, float, float], done: bool) -> None:
    verdict = judge(read_plan(plan).actions, [leg[0]], trace(leg))[0]
    assert verdict.done == done, verdict.why_not
    assert done == (verdict.why_not == "")


def test_every_action_has_its_span() -> None:
    plan = read_plan("walk; turn left 90; walk backward; walk return")
    did = trace(AHEAD, TURN, BACK, (4.0, 0.5, 0.0, 0.0))
    verdicts = judge(plan.actions, [4.0, 6.0, 10.0, 14.0], did)
    assert [verdict.done for verdict in verdicts] == [True, True, True, False]
    assert "4.0 m from where it began" in verdicts[-1].why_not


@pytest.mark.parametrize("ends", [[4.0, 6.0], [4.0]])
def test_what_was_not_come_to_is_not_done(ends: list[float]) -> None:
    verdicts = judge(read_plan("walk; stand").actions, ends, trace(AHEAD))
    assert [verdict.done for verdict in verdicts] == [True, False]
    assert verdicts[1].why_not == "ended after 4.0 s"
