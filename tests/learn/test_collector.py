"""What is collected is what the agent decided and what the environments did."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from devices import DEVICES, LateDevice

from kinesis_fast.devices import find_device
from kinesis_fast.errors import InputError
from kinesis_fast.learn.agent import Agent
from kinesis_fast.learn.checkpoint import load
from kinesis_fast.learn.config import PolicyConfig, load_train_config
from kinesis_fast.learn.environment import make_training_env
from kinesis_fast.learn.inference import Decider
from kinesis_fast.learn.trainer import Trainer

SMALL = [
    "num_envs=16",
    "num_threads=2",
    "ppo.num_steps=8",
    "ppo.minibatch_size=64",
    "policy.hidden_sizes=[16]",
    "policy.value_hidden_sizes=[16]",
]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("overlap", ["off", "on"])
@pytest.mark.parametrize("kind", ["gaussian", "lattice"])
def test_rollouts_are_what_was_decided_and_done(device: str, overlap: str, kind: str) -> None:
    config = load_train_config(
        "quickstart",
        [*SMALL, f"device={device}", f"overlap={overlap}", f"policy.kind={kind}"],
        ["policy.learn_std=true", "ppo.policy_lr=0.01"],
    )
    trainer = Trainer(config)  # one rollout is collected already
    rollout, agent = trainer.rollout, trainer.agent
    env = make_training_env(config, num_envs=config.num_envs, seed=config.seed)
    env.reset(seed=config.seed)
    for iteration in range(3):
        if iteration:
            trainer.collector.collect()
            # With the weights and statistics of now, not those of when the collector was made.
            with torch.no_grad():
                expected, _ = agent.policy.evaluate(agent.normalizer(rollout.obs), rollout.taken)
            assert torch.allclose(rollout.log_probs, expected, rtol=1e-4, atol=1e-3)
        for obs, taken in zip(rollout.obs.cpu(), rollout.taken.cpu(), strict=True):
            assert torch.equal(obs, torch.from_numpy(env.observations().copy()))
            env.step(taken.numpy())
        trainer.algorithm.update(rollout)
        agent.normalizer.update(rollout.obs)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("capture", [True, False])
def test_a_decider_draws_what_its_agent_draws(device: str, capture: bool) -> None:
    torch.manual_seed(1)
    agent = Agent(30, 5, PolicyConfig(hidden_sizes=[16])).to(device)
    decide = Decider(agent, 12, 30, find_device(device), capture=capture)
    for seed in (2, 3):
        obs = torch.randn(12, 30)
        agent.normalizer.update(obs)
        torch.manual_seed(seed)
        expected = [agent.act(obs.to(device)).cpu() for _ in range(2)]
        torch.manual_seed(seed)
        for actions in expected:
            assert torch.allclose(decide(obs), actions, atol=1e-5)
            assert torch.equal(decide.obs.cpu(), obs)
            assert torch.allclose(decide.decision.taken.cpu(), actions, atol=1e-5)


@pytest.mark.parametrize("overlap", ["off", "on"])
@pytest.mark.parametrize("capture", ["on", "off"])
@pytest.mark.parametrize("kind", ["gaussian", "lattice"])
def test_a_device_that_is_late_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, overlap: str, capture: str, kind: str
) -> None:
    """Nothing is read before it is there, or overwritten while it is copied."""
    config = load_train_config(
        "quickstart",
        [*SMALL, f"overlap={overlap}", f"capture={capture}", f"policy.kind={kind}"],
        ["device=cpu", "total_samples=256", "eval_interval=0"],
    )

    def learned(name: str) -> dict[str, torch.Tensor]:
        trainer = Trainer(config)
        trainer.train(tmp_path / name)
        return trainer.agent.state_dict()

    expected = learned("now")
    late = LateDevice()
    monkeypatch.setattr("kinesis_fast.learn.trainer.find_device", lambda name: late)
    found = learned("late")
    assert late.waits > 2 * 8
    for name, value in expected.items():
        assert torch.equal(found[name], value), name


def test_random_numbers_of_the_device_go_on_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = load_train_config("quickstart", [*SMALL, "total_samples=128"])
    late = LateDevice()
    monkeypatch.setattr("kinesis_fast.learn.trainer.find_device", lambda name: late)
    trainer = Trainer(config)
    late.drawn += 7
    kept = load(trainer.save(tmp_path))
    late.drawn = torch.zeros_like(late.drawn)
    Trainer(config, resume_from=kept)
    assert late.drawn == 7


def test_a_late_device_tells_of_memory_used_too_early() -> None:
    late = LateDevice()
    staged, there = late.staging(3), torch.ones(3)
    late.fetch(there, staged)
    assert staged.isnan().all()
    late.wait()
    assert torch.equal(staged, there)
    late.send(staged, there)
    staged += 1
    with pytest.raises(AssertionError, match="written while"):
        late.wait()
    with pytest.raises(AssertionError, match="not staging memory"):
        late.send(torch.zeros(3), there)


def test_a_process_without_a_gpu_of_its_own_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setenv("LOCAL_RANK", "1")
    with pytest.raises(InputError, match="process 2 has none of its own"):
        find_device("auto")
