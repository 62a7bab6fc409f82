"""Driving a body from Python."""

from __future__ import annotations

import numpy as np
import pytest

from kinesis_fast.body import muscle_names
from kinesis_fast.errors import InputError
from kinesis_fast.learn.checkpoint import load
from kinesis_fast.play import PlaySession
from kinesis_fast.play.driver import Driver


@pytest.fixture(scope="module")
def session() -> PlaySession:
    return PlaySession(load("shipped"), motions="gait")


def run(session: PlaySession, seconds: float) -> None:
    for _ in range(round(seconds / session.timestep)):
        session.step()


def test_it_stands_walks_and_stops(session: PlaySession) -> None:
    session.reset()
    falls = session.falls
    run(session, 1.0)
    assert session.snapshot().speed < 0.2
    session.command(1.0, 0.0, 0.0)
    run(session, 4.0)
    seen = session.snapshot()
    assert session.falls == falls
    assert 0.7 < seen.speed < 1.3
    assert abs(seen.direction) < 20
    assert 0.6 < np.linalg.norm(seen.path[-1] - seen.path[0]) < 1.6  # of the second that comes
    assert seen.height > 0.8


def test_the_path_leads_from_the_body(session: PlaySession) -> None:
    session.reset()
    session.command(1.0, 0.0, 0.0)
    run(session, 3.0)
    seen = session.snapshot()
    assert np.linalg.norm(seen.path[0] - seen.qpos[:2]) < 0.3
    np.testing.assert_array_equal(seen.path[0], seen.reference[:2])


def test_a_weak_muscle_while_it_goes_on(session: PlaySession) -> None:
    session.reset()
    run(session, 0.5)
    before = session.snapshot()
    session.weaken("soleus", 0.7)
    after = session.snapshot()
    np.testing.assert_array_equal(before.qpos, after.qpos)
    np.testing.assert_array_equal(before.activation, after.activation)
    run(session, 0.2)
    assert session.snapshot().condition == "strength soleus 70 %"
    session.weaken("soleus", 1.0)
    assert session.snapshot().condition == ""
    with pytest.raises(InputError, match="soleus"):
        session.weaken("solius", 0.5)
    with pytest.raises(InputError, match=r"share is 2; it must be in \[0, 1\]"):
        session.weaken("soleus", 2)
    assert np.all(session.env.kept("strength") == 1.0)


def test_groups_weaken_and_the_floor_rises_while_it_goes_on(session: PlaySession) -> None:
    session.reset()
    session.weaken("soleus_r", 0.9)
    session.weaken("plantarflexors_r", 0.6)
    session.incline(3.0)
    run(session, 0.5)
    seen = session.snapshot()
    assert seen.condition == "strength plantarflexors_r 60 %; the floor rises by 3 degrees"
    names = muscle_names(session.env.model)
    weak = [n for n, s in zip(names, session.env.kept("strength")[0], strict=True) if s == 0.6]
    assert sorted(weak) == ["gaslat_r", "gasmed_r", "soleus_r"]
    rise = np.linalg.norm(session.env.kept("slope"))
    assert rise == pytest.approx(np.tan(np.deg2rad(3.0)))
    np.testing.assert_array_equal(
        session.env.kept("reference_footing")[:, :2], session.env.kept("slope")
    )
    session.reset()
    found = session.env.reference(0.0)
    np.testing.assert_allclose(session.env.get_state()["qpos"], found["qpos"], atol=1e-9)
    session.incline(0.0)
    session.roughen(0.02)
    run(session, 0.5)
    assert session.snapshot().condition.endswith("the ground is uneven by 2 cm up and down")
    np.testing.assert_array_equal(
        session.env.kept("reference_footing")[:, 2:], session.env.kept("ground")
    )
    assert session.env.kept("ground")[0, 0] == 0.02
    session.roughen(0.0)
    session.weaken("plantarflexors", 1.0)
    assert session.snapshot().condition == ""
    with pytest.raises(InputError, match=r"degrees is 50; it must be in \[-30, 30\]"):
        session.incline(50)
    with pytest.raises(InputError, match=r"height is 2; it must be in \[0, 1\]"):
        session.roughen(2)


def test_muscles_tire_while_it_goes_on(session: PlaySession) -> None:
    session.reset()
    session.command(0.8, 0.0, 0.0)
    session.tire(100.0)
    run(session, 1.0)
    tired = session.env.kept("fatigue").copy()
    assert 0.01 < tired.max() < 1.0
    session.tire(0.0)
    run(session, 0.2)
    np.testing.assert_array_equal(session.env.kept("fatigue"), tired)
    session.reset()
    assert np.all(session.env.kept("fatigue") == 0.0)


def test_a_strong_push_makes_it_fall_and_it_stands_up(session: PlaySession) -> None:
    session.reset()
    falls = session.falls
    session.push(3000.0, 90.0, 0.2)
    assert session.step().pushed
    run(session, 2.0)
    assert session.falls > falls
    session.reset()
    assert session.snapshot().height > 0.85


def test_keys(session: PlaySession) -> None:
    session.reset()
    driver = Driver(session)
    driver.go(90.0)
    assert (session.commanded_direction, session.commanded_facing) == (90.0, 90.0)
    driver.keep_facing()
    assert abs(session.commanded_facing) < 15
    driver.go(-45.0)
    assert session.commanded_direction == -45.0
    assert abs(session.commanded_facing) < 15
    driver.faster()
    assert session.commanded_speed == pytest.approx(1.2)
    driver.stop()
    assert session.commanded_speed == 0.0
    for _ in range(20):
        driver.faster()
    assert driver.speed == 2.5


def test_reaching_a_goal_that_is_set() -> None:
    session = PlaySession(load("shipped"), task="reach", motions="gait")
    session.go_to([1.0, 0.5])
    seen = session.step()
    assert seen.goal is not None
    np.testing.assert_allclose(seen.goal, [1.0, 0.5])
    assert seen.goal_distance == pytest.approx(np.linalg.norm(seen.goal - seen.qpos[:2]))
    with pytest.raises(InputError, match=r"reach takes no commands.*go_to"):
        session.command(1.0)
    session.push(3000.0, 0.0, 0.2)
    while session.falls == 0:
        seen = session.step()
    np.testing.assert_allclose(seen.goal, [1.0, 0.5])  # it goes on to the same
    session.reset()
    goal = session.snapshot().goal
    assert goal is not None
    assert np.linalg.norm(goal - [1.0, 0.5]) > 1e-3


def test_what_is_refused(session: PlaySession) -> None:
    for call, message in (
        (lambda: session.command(-1.0), "speed"),
        (lambda: session.command(9.0), "speed"),
        (lambda: session.command(1.0, float("nan")), "direction"),
        (lambda: session.command(1.0, 10**30), "direction"),
        (lambda: session.push(-1.0, 0.0), "force"),
        (lambda: session.push(1.0, 0.0, body="nose"), "no body 'nose'"),
        (lambda: session.go_to([0.0, 0.0]), "steer has no goal, reach has"),
    ):
        with pytest.raises(InputError, match=message):
            call()
    with pytest.raises(InputError, match="task"):
        PlaySession(load("shipped"), task="imitation")


def test_a_sentence_is_done(session: PlaySession) -> None:
    session.reset()
    plan = session.say("walk two metres forward, then stop, holding a cup")
    assert str(plan) == "walk 2 m; stand"
    assert plan.left_out == ("holding a cup",)
    seen = [session.step() for _ in range(round(9.0 / session.timestep))]
    assert seen[30].saying == "walk 2 m"
    assert seen[-1].saying == ""
    assert seen[-1].falls == seen[0].falls
    assert 1.5 < np.linalg.norm(seen[-1].qpos[:2] - seen[0].qpos[:2]) < 2.6


def test_a_command_ends_a_sentence(session: PlaySession) -> None:
    session.reset()
    session.say("walk in a circle")
    session.step()
    session.command(0.0)
    assert session.step().saying == ""


def test_bodies_run_live() -> None:
    session = PlaySession(load("shipped_live"))
    session.say("run 8 m, then stop")
    speeds = [session.step().speed for _ in range(150)]
    assert session.falls == 0
    assert max(speeds) > 1.8  # m/s


@pytest.mark.parametrize(
    ("text", "message"),
    [("sit down", "'sit down'"), ("walk in place", "cannot be done live"), ("", "0 char")],
)
def test_sentences_that_cannot_be_done(session: PlaySession, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        session.say(text)
