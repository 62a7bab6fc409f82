"""What every policy can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import nn


@dataclass
class Decision:
    """What a policy decided in each of some states."""

    actions: torch.Tensor
    """For the environment, (..., action_size)."""
    taken: torch.Tensor
    """What the probability is of, (..., taken_size): the actions themselves, or a choice."""
    log_probs: torch.Tensor
    """(...,), nats."""


class Policy(nn.Module, ABC):
    """Decides on normalised observations (..., obs_size)."""

    action_size: int
    taken_size: int
    """Numbers of a decision that its probability depends on."""
    capturable = False
    """Whether :meth:`decide` never waits for the device, as a captured CUDA graph must not."""

    @abstractmethod
    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        """Return the actions (..., action_size) of a policy that does not explore."""

    @abstractmethod
    def decide(self, obs: torch.Tensor, generator: torch.Generator | None = None) -> Decision:
        """Draw a decision in every state."""

    @abstractmethod
    def evaluate(self, obs: torch.Tensor, taken: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return log-probabilities (...,) of decisions, and the mean entropy, a scalar, in nats."""

    @abstractmethod
    def health(self) -> dict[str, float]:
        """Return figures of the exploration for the log."""
