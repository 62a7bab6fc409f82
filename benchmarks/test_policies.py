"""What does correlated exploration cost beside independent, on the CPU?

Networks of one hidden layer, so that what both share counts as little as it can.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import pytest
import torch

from kinesis_fast.learn.policies import GaussianPolicy, LatticePolicy, Policy

OBS, ACTIONS, LATENTS, BATCH = 300, 80, 512, 4096
ROUNDS = 15
Work = Callable[[Policy, torch.Tensor], None]


def sample(policy: Policy, obs: torch.Tensor) -> None:
    with torch.no_grad():
        policy.decide(obs)


def density_and_gradient(policy: Policy, obs: torch.Tensor) -> None:
    log_probs, entropy = policy.evaluate(obs, torch.zeros(BATCH, ACTIONS))
    (log_probs.mean() + entropy).backward()


@pytest.mark.parametrize("work", [sample, density_and_gradient])
def test_lattice_over_gaussian(benchmark, work: Work) -> None:
    torch.manual_seed(0)
    policies = [kind(OBS, ACTIONS, [LATENTS]) for kind in (GaussianPolicy, LatticePolicy)]
    obs = torch.randn(BATCH, OBS)

    def seconds(policy: Policy) -> float:
        began = time.perf_counter()
        work(policy, obs)
        return time.perf_counter() - began

    ratios = []
    for _ in range(ROUNDS):
        gaussian, lattice = map(seconds, policies)
        ratios.append(lattice / gaussian)
    benchmark.extra_info["lattice_over_gaussian"] = statistics.median(ratios[1:])
    benchmark.pedantic(work, (policies[1], obs), rounds=ROUNDS, warmup_rounds=1)
