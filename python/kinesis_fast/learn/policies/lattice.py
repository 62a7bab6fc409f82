"""Lattice: exploration correlated through the policy's last layer (Chiappa et al. 2023)."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from kinesis_fast.learn.policies.base import Decision
from kinesis_fast.learn.policies.config import PolicyConfig
from kinesis_fast.learn.policies.gaussian import GaussianPolicy


class LatticePolicy(GaussianPolicy):
    """Gaussian actions with the covariance W diag(s_z^2) W^T + diag(s_a^2).

    Noise of the last hidden layer, passed on by the last weights W, moves actions as the network
    itself would; noise of its own keeps each action free. (Chiappa, Marin Vargas, Huang and Mathis
    2023, Latent exploration for reinforcement learning, NeurIPS, eq. 7.) Both spreads are shared by
    all states, so that one Cholesky factor serves a whole batch.
    """

    capturable = False  # Cholesky's factorisation waits to tell whether it succeeded

    spreads = ("log_std", "latent_log_std")

    @classmethod
    def from_config(cls, obs_size: int, action_size: int, config: PolicyConfig) -> LatticePolicy:
        """Make the policy that a configuration describes, untrained."""
        return cls(
            obs_size,
            action_size,
            config.hidden_sizes,
            config.activation,
            config.init_std,
            config.learn_std,
            latent_std=config.latent_std,
        )

    def __init__(self, *arguments: Any, latent_std: float = 0.3, **more: Any) -> None:
        """``latent_std`` is the hidden layer's; the rest is as :class:`GaussianPolicy` takes it."""
        super().__init__(*arguments, **more)
        self.latent_log_std = nn.Parameter(
            torch.full((self.action_mean.in_features,), math.log(latent_std)),
            requires_grad=self.log_std.requires_grad,
        )

    def covariance(self) -> torch.Tensor:
        """Return the covariance of actions (action_size, action_size)."""
        passed_on = self.action_mean.weight * self.latent_log_std.exp()
        with torch.autocast(passed_on.device.type, enabled=False):  # it is factorised: float32
            return passed_on @ passed_on.T + torch.diag(torch.exp(2 * self.log_std))

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
