"""Negative mining: what is trained on what, going on, and the gate over frozen experts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from kinesis_fast import InputError
from kinesis_fast.learn import checkpoint as checkpoints
from kinesis_fast.learn.config import TrainConfig, load_train_config
from kinesis_fast.learn.environment import make_training_env
from kinesis_fast.learn.evaluation.clips import Evaluator, load_agent
from kinesis_fast.learn.mining import NegativeMining, Stage, stored_config, untrained_gate

CLIPS = ["stand", "stand_long", "walk_fast_175", "run_260"]


def small_config(*more: str) -> TrainConfig:
    return load_train_config(
        "quickstart",
        {"clips": CLIPS, "split": "all"},
        [
            "num_envs=16",
            "num_threads=2",
            "total_samples=256",
            "ppo.num_steps=8",
            "ppo.minibatch_size=64",
            "policy.hidden_sizes=[16]",
            "policy.value_hidden_sizes=[8]",
            "tensorboard=false",
            *more,
        ],
    )


@pytest.fixture(scope="module")
def mined(tmp_path_factory: pytest.TempPathFactory) -> NegativeMining:
    mining = NegativeMining(small_config("mining.experts=2"), tmp_path_factory.mktemp("mined"))
    while (plan := mining.next_stage()) is not None:
        assert mining.train(plan) is not None
    return mining


def state(folder: Path) -> dict[str, torch.Tensor]:
    return checkpoints.load(folder).group("agent")


def test_experts_train_on_what_those_before_miss(mined: NegativeMining) -> None:
    first, second, gate = mined.stages
    assert [stage.name for stage in mined.stages] == ["expert_0", "expert_1", "gate"]
    assert first.clips == gate.clips == len(CLIPS)
    missed = [name for name in CLIPS if name not in first.reached]
    assert "run_260" in missed  # in 256 samples nobody learns to run
    assert second.clips == len(missed)
    assert checkpoints.load(mined.folder / "expert_1").config.clips == missed


def test_stages_are_evaluated_on_all_clips(mined: NegativeMining) -> None:
    for stage in mined.stages:
        folder = mined.folder if stage.name == "gate" else mined.folder / stage.name
        evaluator = Evaluator(mined.config, "all", CLIPS)
        found = evaluator(load_agent(checkpoints.load(folder), evaluator.env))
        assert stage.success_rate == pytest.approx(len(stage.reached) / 4)
        assert stage.mpjpe_mm == pytest.approx(found.mpjpe_mm)


def test_the_gate_chooses_among_the_experts_themselves(mined: NegativeMining) -> None:
    gate = state(mined.folder)
    for number in range(2):
        expert = state(mined.folder / f"expert_{number}")
        for name in ("body.0.weight", "action_mean.weight", "action_mean.bias"):
            assert torch.equal(gate[f"policy.experts.{number}.{name}"], expert[f"policy.{name}"])
        for name in ("normalizer.mean", "normalizer.var"):
            assert torch.equal(gate[name], expert[name])

    env = make_training_env(mined.config, num_envs=64)
    obs = torch.from_numpy(env.reset(seed=0)[0])
    acts = [
        load_agent(checkpoints.load(mined.folder / f"expert_{i}"), env).act(obs, deterministic=True)
        for i in range(2)
    ]
    chosen = load_agent(checkpoints.load(mined.folder), env).act(obs, deterministic=True)
    nearest = torch.stack([(chosen - act).abs().amax(dim=1) for act in acts]).amin(dim=0)
    assert nearest.max() < 1e-5


def test_it_goes_on_where_it_was_stopped(mined: NegativeMining, tmp_path: Path) -> None:
    config = small_config("mining.experts=2")
    steps = 0
    while True:  # every stage is stopped once, after its first iteration
        mining = NegativeMining(stored_config(tmp_path) or config, tmp_path)
        plan = mining.next_stage()
        if plan is None:
            break
        steps += 1
        whole = plan.settings.total_samples
        half = replace(plan, settings=replace(plan.settings, total_samples=whole // 2))
        trained = mining.train(half)
        assert trained is not None and trained.samples == whole // 2
        mining = NegativeMining(config, tmp_path)
        mining.stages.pop()
        assert mining.train(plan) is not None
    assert steps == 3
    for name in ("expert_0", "expert_1", "."):
        ours, theirs = state(tmp_path / name), state(mined.folder / name)
        assert all(torch.equal(ours[key], theirs[key]) for key in theirs)


def test_the_target_ends_it(tmp_path: Path) -> None:
    mining = NegativeMining(small_config("mining.experts=9", "mining.target=0.75"), tmp_path)
    reached = Stage("expert_0", 4, 256, 0.5, 0.5, 50.0, ["stand", "stand_long"])
    mining.stages = [reached]
    assert mining.missed() == ["walk_fast_175", "run_260"]
    mining.stages = [replace(reached, reached=CLIPS[:3])]
    assert mining.next_stage() is None  # one expert is all it takes: no gate


def test_other_motions_are_refused(mined: NegativeMining) -> None:
    with pytest.raises(InputError, match="holds a negative mining of other clips; give --out"):
        NegativeMining(replace(mined.config, clips=["stand"]), mined.folder)


def test_an_untrained_gate_prefers_no_expert(mined: NegativeMining) -> None:
    settings = checkpoints.load(mined.folder).config
    points = [checkpoints.load(mined.folder / f"expert_{i}") for i in range(2)]
    env = make_training_env(settings, num_envs=32)
    agent = load_agent(untrained_gate(points, settings), env)
    normal = agent.normalizer(torch.from_numpy(env.reset(seed=0)[0]))
    torch.manual_seed(0)
    log_probs = agent.policy.decide(normal).log_probs
    np.testing.assert_allclose(log_probs.exp().detach().numpy(), 0.5, atol=0.05)


def test_the_record_is_plain_json(mined: NegativeMining) -> None:
    record = json.loads((mined.folder / "mining.json").read_text())
    assert record["clips"] == CLIPS
    assert [stage["name"] for stage in record["stages"]] == ["expert_0", "expert_1", "gate"]


def test_older_minings_keep_their_control(tmp_path: Path) -> None:
    record = {"config": {"env": {"joint": {"free_frequency": 20.0}}}}
    (tmp_path / "mining.json").write_text(json.dumps(record))
    config = stored_config(tmp_path)
    assert config is not None
    assert (config.env.joint.lead, config.env.joint.free_frequency) == (0.0, 20.0)
