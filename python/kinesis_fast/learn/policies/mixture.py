"""A gate over experts that have learned already (KINESIS, Simos et al. 2025, section 3.3)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from kinesis_fast.learn.networks import head, mlp
from kinesis_fast.learn.policies.base import Decision, Policy
from kinesis_fast.learn.policies.config import PolicyConfig
from kinesis_fast.learn.policies.gaussian import GaussianPolicy


class MixturePolicy(Policy):
    """Chooses one of several frozen policies in every state, and does what it would.

    Its decision is the choice: a categorical over experts, whose number is what probabilities are
    of. Experts see the same normalised observations as the gate, and do not explore.
    """

    @classmethod
    def from_config(cls, obs_size: int, action_size: int, config: PolicyConfig) -> MixturePolicy:
        """Make the gate that a configuration describes over Gaussian experts, all untrained."""
        experts = [
            GaussianPolicy(obs_size, action_size, config.expert_hidden_sizes, config.activation)
            for _ in range(config.num_experts)
        ]
        return cls(obs_size, experts, config.hidden_sizes, config.activation)

    def __init__(
        self,
        obs_size: int,
        experts: Sequence[Policy],
        hidden_sizes: Sequence[int],
        activation: str = "silu",
    ) -> None:
        """``hidden_sizes`` are the gate's."""
        super().__init__()
        self.action_size = experts[0].action_size
        self.taken_size = 1
        self.body = mlp(obs_size, hidden_sizes, activation)
        self.gate = head(hidden_sizes[-1], len(experts), gain=0.01)
        self.experts = nn.ModuleList(experts)
        self.experts.requires_grad_(False)
        self._shares = torch.zeros(len(experts))

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        """Return the actions (..., action_size) of the most probable experts."""
        return self._acted(obs, self._log_shares(obs).argmax(dim=-1))

    def decide(self, obs: torch.Tensor, generator: torch.Generator | None = None) -> Decision:
        """Draw experts, and let them act."""
        log_shares = self._log_shares(obs)
        flat = log_shares.exp().flatten(0, -2)
        chosen = torch.multinomial(flat, 1, generator=generator).reshape(*obs.shape[:-1], 1)
        self._shares = flat.detach().mean(dim=0)
        log_probs = log_shares.gather(-1, chosen).squeeze(-1)
        return Decision(self._acted(obs, chosen.squeeze(-1)), chosen.to(obs.dtype), log_probs)

    def evaluate(self, obs: torch.Tensor, taken: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return log-probabilities of choices, and the mean entropy of the gate."""
        log_shares = self._log_shares(obs)
        entropy = -(log_shares.exp() * log_shares).sum(dim=-1).mean()
        return log_shares.gather(-1, taken.long()).squeeze(-1), entropy

    def traced(self, obs: torch.Tensor) -> torch.Tensor:
        """Return the actions of the most probable experts; all of them act, and one is taken."""
        every = torch.stack([expert(obs) for expert in self.experts], dim=1)
        chosen = self._log_shares(obs).argmax(dim=-1)
        index = chosen[:, None, None].expand(-1, 1, self.action_size)
        return every.gather(1, index).squeeze(1)

    def health(self) -> dict[str, float]:
        """Return how often each expert is chosen, by the last decisions."""
        return {f"expert_{i}_share": float(share) for i, share in enumerate(self._shares)}

    def _log_shares(self, obs: torch.Tensor) -> torch.Tensor:
        return torch.log_softmax(self.gate(self.body(obs)), dim=-1)

    @torch.no_grad()
    def _acted(self, obs: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
        """Return the actions of the experts chosen (...,)."""
        actions = torch.zeros(*obs.shape[:-1], self.action_size, device=obs.device)
        for i, expert in enumerate(self.experts):
            here = chosen == i
            if here.any():
                actions[here] = expert(obs[here])
        return actions
