"""Evaluating and training where bodies are told where to go."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from command_line import TINY, refuse, succeed

from kinesis_fast.learn.checkpoint import load
from kinesis_fast.learn.evaluation.goals import (
    GoalSubject,
    evaluate_pushes,
    evaluate_reach,
    evaluate_steer,
    evaluate_turns,
)


@pytest.fixture(scope="module")
def subject() -> GoalSubject:
    return GoalSubject(load("shipped"), "gait", num_threads=1)


def test_reaching_by_both_protocols(subject: GoalSubject) -> None:
    found = evaluate_reach(subject, "kinesis", 8)
    assert found.goals == 8
    assert 0.0 <= found.success_rate <= 1.0 - found.fall_rate + 1e-9
    assert found.effort > 0.1
    ring = evaluate_reach(subject, "ring", 32)
    assert np.shape(ring.by_place) == (4, 8)
    assert np.mean(ring.by_place) == pytest.approx(ring.success_rate)


def test_steering_counts_errors_from_two_seconds_on(subject: GoalSubject) -> None:
    found = evaluate_steer(subject, 1.0)
    assert [one.direction for one in found] == [0, 45, 90, 135, 180, -135, -90, -45]
    ahead = found[0]
    assert ahead.seconds > 4.0
    assert ahead.direction_error < 15.0
    assert ahead.speed_error < 0.4


def test_turns_under_way(subject: GoalSubject) -> None:
    found = evaluate_turns(subject, 0.8, times=1)
    assert [one.angle for one in found] == [45, -45, 90, -90, 180, -180]
    assert all(one.walked == 1.0 for one in found)
    for one in found:
        assert one.turned <= one.survived
        assert np.isnan(one.seconds) if one.turned == 0 else 0.0 < one.seconds < 8.0
    assert max(one.turned for one in found[:2]) == 1.0  # by 45 degrees


def test_small_pushes_are_survived_and_large_ones_not(subject: GoalSubject) -> None:
    small, large = evaluate_pushes(subject, (0.5, 300.0), speed=0.8, times=1)
    assert small.survived > large.survived
    assert large.survived < 0.2


def test_the_command_evaluates_and_trains(tmp_path: Path) -> None:
    arguments = ["eval", "shipped", "--motions", "gait", "--threads", "1", "--json", "f.json"]
    said = succeed(tmp_path, *arguments, "--task", "reach", "--goals", "4")
    assert "4 goals, within 0.1 m after 5 s" in said
    assert json.loads((tmp_path / "f.json").read_text())["goals"] == 4
    refuse(tmp_path, "unknown protocol", *arguments, "--task", "reach", "--protocol", "rings")
    few = ("--task", "reach", "--protocol", "ring", "--goals", "31")
    refuse(tmp_path, "the rings have 32 places", *arguments, *few)
    refuse(tmp_path, "did you mean 'steer'", *arguments, "--task", "ster")
    refuse(tmp_path, "speed is 9", *arguments, "--task", "steer", "--speed", "9")
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
