"""Evaluating and training where bodies are told where to go."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest
from command_line import TINY, refuse, succeed

from kinesis_fast import InputError
from kinesis_fast.learn.checkpoint import load
from kinesis_fast.learn.evaluation.trials import TrialSubject, evaluate_task, find_protocol
from kinesis_fast.settings import within
from kinesis_fast.tasks import TASKS
from kinesis_fast.tasks.reach_trials import GoalTrial, RingTrial
from kinesis_fast.tasks.steer_trials import PushTrial, TurnsTrial, WaysTrial
from kinesis_fast.tasks.trial import Protocol, Trial


@pytest.fixture(scope="module")
def subject() -> TrialSubject:
    return TrialSubject(load("shipped"), "gait", num_threads=1)


def test_reaching_by_both_protocols(subject: TrialSubject) -> None:
    trial = GoalTrial(8)
    subject.run("reach", trial)
    found = trial.result()
    assert found.goals == 8
    assert 0.0 <= found.success_rate <= 1.0 - found.fall_rate + 1e-9
    assert found.effort > 0.1
    rings = RingTrial(32)
    subject.run("reach", rings)
    assert np.shape(rings.by_place()) == (4, 8)
    assert np.mean(rings.by_place()) == pytest.approx(rings.result().success_rate)


def test_steering_counts_errors_from_two_seconds_on(subject: TrialSubject) -> None:
    trial = WaysTrial(1.0, turn=True)
    subject.run("steer", trial)
    found = trial.result()
    assert [one.direction for one in found] == [0, 45, 90, 135, 180, -135, -90, -45]
    ahead = found[0]
    assert ahead.seconds > 4.0
    assert ahead.direction_error < 15.0
    assert ahead.speed_error < 0.4


def test_turns_under_way(subject: TrialSubject) -> None:
    trial = TurnsTrial(0.8, times=1)
    subject.run("steer", trial)
    found = trial.result()
    assert [one.angle for one in found] == [45, -45, 90, -90, 180, -180]
    assert all(one.walked == 1.0 for one in found)
    for one in found:
        assert one.turned <= one.survived
        assert np.isnan(one.seconds) if one.turned == 0 else 0.0 < one.seconds < 8.0
    assert max(one.turned for one in found[:2]) == 1.0  # by 45 degrees


def test_small_pushes_are_survived_and_large_ones_not(subject: TrialSubject) -> None:
    trial = PushTrial((0.5, 300.0), speed=0.8, times=1)
    subject.run("steer", trial)
    small, large = trial.result()
    assert small.survived > large.survived
    assert large.survived < 0.2


class Standing(Trial):
    """Bodies that are told nothing, and watched."""

    settings: Mapping[str, Any] = {"commands": {"interval": 0.0}}
    seconds = 1.0

    def __init__(self, bodies: int) -> None:
        self.num_envs, self.fallen, self.steps = bodies, 0, 0

    def begin(self, env: Any) -> None:
        env.kept("command")[:, :2] = 0.0

    def note(self, env: Any, step: int, info: Any, terminated: Any) -> None:
        self.steps += 1
        self.fallen += int(terminated.sum())

    def figures(self) -> dict[str, int]:
        return {"fallen": self.fallen, "steps": self.steps}


@dataclass
class Watched(Protocol):
    """One's own."""

    bodies: Annotated[int, within(1, 10)] = 2
    """How many."""

    def trials(self) -> dict[str, Trial]:
        return {"standing": Standing(self.bodies)}


def test_a_protocol_is_a_name_in_its_task(
    subject: TrialSubject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TASKS, "steer", replace(TASKS["steer"], protocols={"watched": Watched}))
    name, protocol = find_protocol("steer", None, {"bodies": 3})
    assert name == "watched"
    figures = evaluate_task(subject, "steer", protocol)
    assert figures == {"standing": {"fallen": 0, "steps": 30}}
    for wrong, message in (
        ({"bodies": 11}, r"bodies is 11; it must be in \[1, 10\]"),
        ({"body": 1}, "unknown setting 'body'; did you mean 'bodies'"),
    ):
        with pytest.raises(InputError, match=message):
            find_protocol("steer", None, wrong)
    with pytest.raises(InputError, match="'imitation' has no protocols of its own"):
        find_protocol("imitation", None, {})


def test_the_command_evaluates_and_trains(tmp_path: Path) -> None:
    arguments = ["eval", "shipped", "--motions", "gait", "--threads", "1", "--json", "f.json"]
    said = succeed(tmp_path, *arguments, "--task", "reach", "--goals", "4")
    assert "4 goals, within 0.1 m after 5 s" in said
    figures = json.loads((tmp_path / "f.json").read_text())
    assert figures["goals"] == 4 and figures["protocol"] == "kinesis"
    refuse(tmp_path, "unknown protocol", *arguments, "--task", "reach", "--protocol", "rings")
    few = ("--task", "reach", "--protocol", "ring", "--goals", "31")
    refuse(tmp_path, "the rings have 32 places", *arguments, *few)
    refuse(tmp_path, "did you mean 'steer'", *arguments, "--task", "ster")
    refuse(tmp_path, "speed is 9", *arguments, "--task", "steer", "--speed", "9")
    wrong = "--goals is for --task reach --protocol kinesis or --task reach --protocol ring, not"
    refuse(tmp_path, wrong, *arguments, "--task", "steer", "--goals", "3")
    more = ("--option", "impulses=[0.5]", "--speed", "0.8")
    assert "0.5 N s" in succeed(tmp_path, *arguments, "--pushes", *more)
    refuse(tmp_path, "unknown setting 'impulse'", *arguments, "--pushes", "--option", "impulse=1")
    for task in ("steer", "reach"):
        said = succeed(
            tmp_path,
            *("train", "--task", task, "--motions", "gait", "--out", task, *TINY),
            *("--clip", "stand", "--clip", "walk_slow_060"),
        )
        assert "Training finished" in said
        succeed(tmp_path, "train", "--resume", task, "total_samples=96")
        figures = json.loads((tmp_path / task / "metrics.jsonl").read_text().splitlines()[-1])
        name = {"steer": "facing_error_deg", "reach": "goal_distance_m"}[task]
        assert name in figures
        refuse(tmp_path, "no protocol by clips", "eval", task, "--motions", "gait")
