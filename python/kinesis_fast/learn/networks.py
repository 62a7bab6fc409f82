"""Policy and value networks."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import nn

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "silu": nn.SiLU,
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "elu": nn.ELU,
}


def mlp(input_size: int, hidden_sizes: Sequence[int], activation: str) -> nn.Sequential:
    """Return hidden layers only, orthogonally initialised."""
    layers: list[nn.Module] = []
    width = input_size
    for size in hidden_sizes:
        linear = nn.Linear(width, size)
        nn.init.orthogonal_(linear.weight, gain=math.sqrt(2))
        nn.init.zeros_(linear.bias)
        layers += [linear, ACTIVATIONS[activation]()]
        width = size
    return nn.Sequential(*layers)


def head(input_size: int, output_size: int, gain: float) -> nn.Linear:
    """Return an output layer whose initial outputs are of about ``gain``."""
    linear = nn.Linear(input_size, output_size)
    nn.init.orthogonal_(linear.weight, gain=gain)
    nn.init.zeros_(linear.bias)
    return linear


class GaussianPolicy(nn.Module):
    """Actions from independent Gaussians: the mean from a network, the spread shared by states."""

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
        self.body = mlp(obs_size, hidden_sizes, activation)
        self.action_mean = head(hidden_sizes[-1], action_size, gain=0.01)
        self.log_std = nn.Parameter(
            torch.full((action_size,), math.log(init_std)), requires_grad=learn_std
        )

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        """Return mean actions (..., action_size) of normalised observations."""
        mean: torch.Tensor = self.action_mean(self.body(obs))
        return mean

    def sample(
        self, obs: torch.Tensor, generator: torch.Generator | None = None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return actions, their log-probabilities (...,), and mean actions."""
        mean = self(obs)
        noise = torch.randn(mean.shape, generator=generator, device=mean.device)
        actions = mean + self.log_std.exp() * noise
        return actions, self.log_prob(mean, actions), mean

    def log_prob(self, mean: torch.Tensor, actions: torch.Tensor) -> torch.Tensor:
        """Return log-densities (...,) of actions under Gaussians of these means."""
        scaled = (actions - mean) * torch.exp(-self.log_std)
        constant = 0.5 * math.log(2 * math.pi)
        return -(0.5 * scaled**2 + self.log_std + constant).sum(dim=-1)

    def entropy(self) -> torch.Tensor:
        """Return the differential entropy, nats (the same for every state)."""
        return (self.log_std + 0.5 * math.log(2 * math.pi * math.e)).sum()


class ValueFunction(nn.Module):
    """Expected discounted return of a state."""

    def __init__(self, obs_size: int, hidden_sizes: Sequence[int], activation: str) -> None:
        super().__init__()
        self.body = mlp(obs_size, hidden_sizes, activation)
        self.value = head(hidden_sizes[-1], 1, gain=1.0)

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        """Return values (...,) of normalised observations."""
        value: torch.Tensor = self.value(self.body(obs)).squeeze(-1)
        return value
