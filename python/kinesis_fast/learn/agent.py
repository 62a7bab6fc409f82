"""What a training learns, as one thing: policy, value function, observation normaliser."""

from __future__ import annotations

import torch
from torch import nn

from kinesis_fast.learn.config import PolicyConfig
from kinesis_fast.learn.networks import GaussianPolicy, ValueFunction
from kinesis_fast.learn.normalizer import RunningNormalizer


class Agent(nn.Module):
    """Acts on observations as the environment gives them."""

    def __init__(self, obs_size: int, action_size: int, config: PolicyConfig) -> None:
        super().__init__()
        self.normalizer = RunningNormalizer(obs_size)
        self.policy = GaussianPolicy(
            obs_size,
            action_size,
            config.hidden_sizes,
            config.activation,
            config.init_std,
            config.learn_std,
        )
        self.value = ValueFunction(obs_size, config.value_hidden_sizes, config.activation)

    @torch.no_grad()
    def act(self, obs: torch.Tensor, *, deterministic: bool = False) -> torch.Tensor:
        """Return actions (..., action_size) for observations (..., obs_size)."""
        normal = self.normalizer(obs)
        if deterministic:
            mean: torch.Tensor = self.policy(normal)
            return mean
        return self.policy.sample(normal)[0]
