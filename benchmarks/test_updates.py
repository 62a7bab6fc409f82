"""What do a fused optimiser and mixed precision give an update, on CUDA where there is one?

One pass over a rollout of the preset's own minibatch, with the preset's networks.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import pytest
import torch

from kinesis_fast.devices import find_device
from kinesis_fast.learn.agent import Agent
from kinesis_fast.learn.algorithms import PPO
from kinesis_fast.learn.config import load_train_config
from kinesis_fast.learn.rollout import Rollout

OBS, ACTIONS = 318, 14
STEPS = 32
ROUNDS = 9


def make(preset: str, *, fused: bool = True, mixed: bool = False) -> Callable[[], object]:
    """Return what updates networks from a made-up rollout."""
    torch.manual_seed(0)
    config = load_train_config(preset, ["ppo.epochs=1", f"ppo.mixed_precision={mixed}"])
    place = find_device("auto").torch
    agent = Agent(OBS, ACTIONS, config.policy).to(place)
    ppo = PPO(agent.policy, agent.value, agent.normalizer, config.ppo)
    for optimizer in (ppo.policy_optimizer, ppo.value_optimizer):
        for group in optimizer.param_groups:
            group["fused"] = fused
    envs = config.ppo.minibatch_size // STEPS
    rollout = Rollout.empty(STEPS, envs, OBS, ACTIONS, place)
    with torch.no_grad():
        rollout.obs.normal_()
        rollout.rewards.normal_()
        decision = agent.policy.decide(rollout.obs)
        rollout.taken[:], rollout.log_probs[:] = decision.taken, decision.log_probs
    return lambda: ppo.update(rollout)


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@pytest.mark.parametrize("preset", ["quickstart", "walk"])
@pytest.mark.parametrize("what", ["fused", "mixed"])
def test_updates_per_second(benchmark, preset: str, what: str) -> None:
    with_it, without = (make(preset, **{what: chosen}) for chosen in (True, False))
    ratios = []

    def both() -> None:
        taken = seconds(with_it)
        ratios.append(seconds(without) / taken)

    benchmark.pedantic(both, rounds=ROUNDS, warmup_rounds=1)
    benchmark.extra_info[f"{what}_speedup"] = statistics.median(ratios[1:])
    benchmark.extra_info["device"] = str(find_device("auto"))
