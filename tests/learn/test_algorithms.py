"""Algorithms by name: another one than PPO is a class of its own, and no edit anywhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from own_algorithm import Reinforce

from kinesis_fast import InputError
from kinesis_fast.cli import train as command
from kinesis_fast.learn import checkpoint as checkpoints
from kinesis_fast.learn.config import TrainConfig, load_train_config
from kinesis_fast.learn.evaluation.clips import Subject, evaluate
from kinesis_fast.learn.trainer import Trainer

OWN = "own_algorithm:Reinforce"


def config(*more: str) -> TrainConfig:
    small = ("num_envs=16", "policy.hidden_sizes=[16]", "policy.value_hidden_sizes=[16]")
    kept = ("tensorboard=false", "checkpoint_interval=1", "keep_checkpoints=9", "num_threads=2")
    return load_train_config("quickstart", [*small, *kept, "total_samples=512", *more])


def test_one_of_your_own_trains_goes_on_bit_for_bit_and_is_evaluated(tmp_path: Path) -> None:
    settings = config(f"algorithm={OWN}", "algorithm_settings.rate=0.01")
    trainer = Trainer(settings)
    assert isinstance(trainer.algorithm, Reinforce)
    assert trainer.algorithm.optimizers["optimizer"].param_groups[0]["lr"] == 0.01
    trainer.train(tmp_path / "whole")
    lines = (tmp_path / "whole" / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["samples"] for line in lines] == [128, 256, 384, 512]
    assert all("reinforce/loss" in json.loads(line) for line in lines)

    point = checkpoints.load(tmp_path / "whole" / "checkpoints" / "0000002.safetensors")
    Trainer(point.config, resume_from=point).train(tmp_path / "rest")
    one, other = (checkpoints.load(tmp_path / name) for name in ("whole", "rest"))
    for name, value in one.tensors.items():
        assert torch.equal(value, other.tensors[name]), name
    figures = evaluate(Subject(one, num_threads=2, physics="lanes")).mean_body
    assert 0.0 <= figures.frame_coverage <= 1.0


def test_a_run_whose_algorithm_is_foreign_code_does_not_load_it_unasked(tmp_path: Path) -> None:
    Trainer(config(f"algorithm={OWN}", "total_samples=128")).train(tmp_path)
    stored = checkpoints.load(tmp_path).config
    with pytest.raises(InputError, match=f"say algorithm={OWN} to have it"):
        command._changed(stored, ({}, ["total_samples=256"]))
    assert command._changed(stored, ({}, [f"algorithm={OWN}"])).algorithm == OWN


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["algorithm=poo"], "unknown algorithm 'poo'; did you mean 'ppo'"),
        (["algorithm=nowhere_at_all:Thing"], "'nowhere_at_all:Thing' is not found: No module"),
        (["algorithm=own_algorithm:Thing"], "is not found: .*no attribute 'Thing'"),
        (["algorithm=own_algorithm:NoAlgorithm"], "is no class of .*Algorithm"),
        ([f"algorithm={OWN}", "algorithm_settings.rate=3"], r"rate is 3.0; it must be in \[0, 1\]"),
        ([f"algorithm={OWN}", "algorithm_settings.rat=3"], "unknown setting 'rat'.* 'rate'"),
        (["algorithm_settings.y={soleus: nan}"], "are those of an algorithm of your own"),
        (["algorithm_settings.rate=3"], "are those of an algorithm of your own; ppo's are ppo"),
        ([f"algorithm={OWN}", "distill.teachers=[shipped]"], "takes no lessons"),
    ],
)
def test_what_does_not_fit_is_named(settings: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        config(*settings)
