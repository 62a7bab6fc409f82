"""Layers, and the value network."""

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
