"""Lattice: exploration correlated through the policy's last layer (Chiappa et al. 2023)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import nn

from kinesis_fast.learn.networks import head, mlp
from kinesis_fast.learn.policies.base import Decision, Policy


class LatticePolicy(Policy):
    """Gaussian actions with the covariance W diag(s_z^2) W^T + diag(s_a^2).

    Noise of the last hidden layer, passed on by the last weights W, moves actions as the network
    itself would; noise of its own keeps each action free. (Chiappa, Marin Vargas, Huang and Mathis
    2023, Latent exploration for reinforcement learning, NeurIPS, eq. 7.) Both spreads are shared by
    all states, so that one Cholesky factor serves a whole batch.
    """

    def __init__(
        self,
        obs_size: int,
        action_size: int,
        hidden_sizes: Sequence[int],
        activation: str = "silu",
        init_std: float = 0.3,
        learn_std: bool = True,
        latent_std: float = 0.3,
    ) -> None:
        """``init_std`` is that of every action's own noise, ``latent_std`` of the hidden layer."""
        super().__init__()
        self.action_size = self.taken_size = action_size
        self.body = mlp(obs_size, hidden_sizes, activation)
        self.action_mean = head(hidden_sizes[-1], action_size, gain=0.01)
        self.log_std = nn.Parameter(
            torch.full((action_size,), math.log(init_std)), requires_grad=learn_std
        )
        self.latent_log_std = nn.Parameter(
            torch.full((hidden_sizes[-1],), math.log(latent_std)), requires_grad=learn_std
        )

    def covariance(self) -> torch.Tensor:
        """Return the covariance of actions (action_size, action_size)."""
        passed_on = self.action_mean.weight * self.latent_log_std.exp()
        return passed_on @ passed_on.T + torch.diag(torch.exp(2 * self.log_std))

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        """Return mean actions (..., action_size)."""
        mean: torch.Tensor = self.action_mean(self.body(obs))
        return mean

    def decide(self, obs: torch.Tensor, generator: torch.Generator | None = None) -> Decision:
        """Draw actions around their means."""
        mean = self(obs)
        factor = torch.linalg.cholesky(self.covariance())
        noise = torch.randn(mean.shape, generator=generator, device=mean.device)
        log_probs = -0.5 * noise.square().sum(dim=-1) - self._log_volume(factor)
        actions = mean + noise @ factor.T
        return Decision(actions, actions, log_probs)

    def evaluate(self, obs: torch.Tensor, taken: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return log-densities of actions, and the differential entropy."""
        factor = torch.linalg.cholesky(self.covariance())
        away = (taken - self(obs)).flatten(0, -2)
        whitened = torch.linalg.solve_triangular(factor, away.T, upper=False)
        volume = self._log_volume(factor)
        log_probs = -0.5 * whitened.square().sum(dim=0) - volume
        return log_probs.reshape(taken.shape[:-1]), volume + 0.5 * self.action_size

    def health(self) -> dict[str, float]:
        """Return mean standard deviations: of actions, and of the hidden layer."""
        with torch.no_grad():
            return {
                "std": float(self.covariance().diagonal().sqrt().mean()),
                "latent_std": float(self.latent_log_std.exp().mean()),
            }

    def _log_volume(self, factor: torch.Tensor) -> torch.Tensor:
        """Log of the Gaussian's normalising constant, by a factor of its covariance."""
        return factor.diagonal().log().sum() + 0.5 * self.action_size * math.log(2 * math.pi)
