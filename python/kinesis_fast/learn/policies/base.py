"""What every policy can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import nn

from kinesis_fast.learn.policies.config import PolicyConfig


@dataclass
class Decision:
    """What a policy decided in each of some states."""

    actions: torch.Tensor
    """For the environment, (..., action_size)."""
    taken: torch.Tensor
    """What the probability is of, (..., taken_size): the actions themselves, or a choice."""
    log_probs: torch.Tensor
    """Logarithms of their probabilities, nats, (...,)."""


class Policy(nn.Module, ABC):
    """Decides on normalised observations (..., obs_size)."""

    action_size: int
    taken_size: int
    """Numbers of a decision that its probability depends on."""
    capturable = False
    """Whether :meth:`decide` never waits for the device, as a captured CUDA graph must not."""
    action_rows: tuple[str, ...] = ()
    """Parameters that have a row an action."""
    spreads: tuple[str, ...] = ()
    """Parameters that say how widely the policy explores."""

    @classmethod
    @abstractmethod
    def from_config(cls, obs_size: int, action_size: int, config: PolicyConfig) -> Policy:
        """Make the policy that a configuration describes, untrained."""

    @abstractmethod
    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        """Return the actions (..., action_size) of a policy that does not explore."""

    @abstractmethod
    def decide(self, obs: torch.Tensor, generator: torch.Generator | None = None) -> Decision:
        """Draw a decision in every state."""

    @abstractmethod
    def evaluate(self, obs: torch.Tensor, taken: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return log-probabilities (...,) of decisions, and the mean entropy, a scalar, in nats."""

    def traced(self, obs: torch.Tensor) -> torch.Tensor:
        """Return :meth:`forward` of observations (N, obs_size), without branches on data.

        That is what can be exported.
        """
        actions: torch.Tensor = self(obs)
        return actions

    @abstractmethod
    def health(self) -> dict[str, float]:
        """Return figures of the exploration for the log."""
