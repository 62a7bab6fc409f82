"""The package's own policies: what their model cards say, and the first thing a user sees."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from command_line import succeed

from kinesis_fast.learn import checkpoint as checkpoints
from kinesis_fast.learn.config import merge_stored
from kinesis_fast.learn.evaluation.clips import Subject, evaluate
from kinesis_fast.learn.evaluation.trials import TrialSubject
from kinesis_fast.motions.sources import BUILT_IN
from kinesis_fast.tasks.environment import JointControlConfig
from kinesis_fast.tasks.walk_trials import Speeds

POLICIES = sorted(checkpoints.ASSETS.glob("*" + checkpoints.SUFFIX))


def test_the_shipped_policy_is_there() -> None:
    assert checkpoints.find("shipped") in POLICIES


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_policies_are_small_and_have_a_card(path: Path) -> None:
    assert path.stat().st_size < 8e6  # two networks of 1024 and 512 units, and no optimiser
    point = checkpoints.load(path.stem)
    assert all(name.startswith("agent/") for name in point.tensors)
    card = path.with_suffix(".md").read_text()
    assert f"{point.progress['samples']:,}" in card
    assert point.config.env.control_mode in card
    assert point.config.motions in BUILT_IN  # its own motions are there
    _, front, text = card.split("---\n", 2)  # as the hubs of models read it
    about = yaml.safe_load(front)
    assert about["license"] == "apache-2.0" and about["library_name"] == "kinesis_fast"
    (result,) = about["model-index"][0]["results"]
    assert about["model-index"][0]["name"] == path.stem and text.startswith(f"# {path.stem}")
    assert all(isinstance(one["value"], (int, float)) for one in result["metrics"])


def test_the_shipped_policy_stands_and_walks() -> None:
    subject = Subject(checkpoints.load("shipped"), split="all", num_threads=2)
    library = subject.library().subset(["stand", "walk_slow_060", "walk_comfortable_120"])
    found = evaluate(subject, library).mean_body
    assert found.success_rate == 1.0
    assert found.mpjpe_mm < 40.0


def test_the_clinics_policy_walks_weak_and_uphill() -> None:
    for conditions in ({"weakness": {"plantarflexors_r": 0.25}}, {"slope": 4.0}, {"slope": -4.0}):
        point = checkpoints.load("shipped_clinic")
        assert checkpoints.under(point, conditions) == []  # it was trained with them
        (trial,) = Speeds([1.1], starts=8, seconds=7.0).trials().values()
        TrialSubject(point, num_threads=2, physics="lanes").run("walk", trial)
        (found,) = trial.figures()
        assert found["survived"] >= 7 / 8 and abs(found["walked"] - 1.1) < 0.06


def test_a_prosthesis_walks() -> None:
    (trial,) = Speeds([1.0], starts=8, seconds=7.0).trials().values()
    point = checkpoints.load("shipped_osl")
    TrialSubject(point, num_threads=2, physics="lanes").run("walk", trial)
    (found,) = trial.figures()
    assert found["survived"] >= 7 / 8 and abs(found["walked"] - 1.0) < 0.05


def test_demo_needs_no_arguments(tmp_path: Path) -> None:
    succeed(tmp_path, "demo", "--seconds", "0.5")
    assert {path.name for path in tmp_path.iterdir()} == {"demo.mp4", "demo.png"}


def test_older_policies_keep_their_control() -> None:
    """What checkpoints do not name was not there when they were made."""
    unnamed = merge_stored({}).env.joint
    assert (unnamed.lead, unnamed.torque_lead) == (0.0, 0.0)
    assert JointControlConfig().lead == 0.02
