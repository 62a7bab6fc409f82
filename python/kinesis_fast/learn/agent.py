"""What a training learns, as one thing: policy, value function, observation normaliser."""

from __future__ import annotations

import torch
from torch import nn

from kinesis_fast.learn.config import PolicyConfig
from kinesis_fast.learn.networks import GaussianPolicy, ValueFunction
from kinesis_fast.learn.normalizer import RunningNormalizer

ACTION_PARTS = ("policy.action_mean", "policy.log_std")
"""Parameters that have a row an action."""


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

    @torch.no_grad()
    def adopt(self, state: dict[str, torch.Tensor]) -> None:
        """Take over another agent's weights, to begin a new training from what it can.

        Where this agent has more actions, as when muscles are added to joints, the others' come
        first, and the further ones begin with a mean of zero and this agent's own spread.

        Args:
            state: of an agent with the same layers and observations, and no more actions.
        """
        own = self.state_dict()
        for name in ("policy.action_mean.weight", "policy.action_mean.bias", "policy.log_std"):
            wider = own[name].clone() if name.endswith("log_std") else torch.zeros_like(own[name])
            wider[: len(state[name])] = state[name]
            own[name] = wider
        self.load_state_dict({**state, **{k: own[k] for k in own if k.startswith(ACTION_PARTS)}})
