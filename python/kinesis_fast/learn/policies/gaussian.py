"""Independent Gaussian exploration of every action."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import nn

from kinesis_fast.learn.networks import head, mlp
from kinesis_fast.learn.policies.base import Decision, Policy
from kinesis_fast.learn.policies.config import PolicyConfig


class GaussianPolicy(Policy):
    """Actions from independent Gaussians: the mean from a network, the spread shared by states."""

    capturable = True
    action_rows = ("action_mean.weight", "action_mean.bias")
    spreads: tuple[str, ...] = ("log_std",)

    @classmethod
    def from_config(cls, obs_size: int, action_size: int, config: PolicyConfig) -> GaussianPolicy:
        """Make the policy that a configuration describes, untrained."""
        return cls(
            obs_size,
            action_size,
            config.hidden_sizes,
            config.activation,
            config.init_std,
            config.learn_std,
        )

    def __init__(
        self,
        obs_size: int,
        action_size: int,
        hidden_sizes: Sequence[int],
        activation: str = "silu",
        init_std: float = 0.3,
        learn_std: bool = True,
    ) -> None:
        super().__init__()
        self.action_size = self.taken_size = action_size
        self.body = mlp(obs_size, hidden_sizes, activation)
        self.action_mean = head(hidden_sizes[-1], action_size, gain=0.01)
        self.log_std = nn.Parameter(
            torch.full((action_size,), math.log(init_std)), requires_grad=learn_std
        )

    @torch.no_grad()
    def set_std(self, std: float) -> None:
        """Explore so widely from now on: standard deviation of every action."""
        self.log_std.fill_(math.log(std))

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        """Return mean actions (..., action_size)."""
        mean: torch.Tensor = self.action_mean(self.body(obs))
        return mean

    def decide(self, obs: torch.Tensor, generator: torch.Generator | None = None) -> Decision:
        """Draw actions around their means."""
        mean = self(obs)
        noise = torch.randn(mean.shape, generator=generator, device=mean.device)
        actions = mean + self.log_std.exp() * noise
        return Decision(actions, actions, self._log_prob(mean, actions))

    def evaluate(self, obs: torch.Tensor, taken: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return log-densities of actions, and the differential entropy."""
        entropy = (self.log_std + 0.5 * math.log(2 * math.pi * math.e)).sum()
        return self._log_prob(self(obs), taken), entropy

    def health(self) -> dict[str, float]:
        """Return the mean standard deviation."""
        return {"std": float(self.log_std.detach().exp().mean())}

    def _log_prob(self, mean: torch.Tensor, actions: torch.Tensor) -> torch.Tensor:
        scaled = (actions - mean) * torch.exp(-self.log_std)
        constant = 0.5 * math.log(2 * math.pi)
        return -(0.5 * scaled**2 + self.log_std + constant).sum(dim=-1)
