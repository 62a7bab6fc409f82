"""What an iteration collects, and advantages from it."""

from __future__ import annotations

from dataclasses import dataclass

import torch


@dataclass
class Rollout:
    """Transitions of ``num_steps`` control steps of ``num_envs`` environments.

    Shapes are (num_steps, num_envs), with a last axis for ``obs`` and ``taken``.
    """

    obs: torch.Tensor
    """Observations, as the environment gave them."""
    taken: torch.Tensor
    """What the policy decided; see :class:`Decision`."""
    log_probs: torch.Tensor
    rewards: torch.Tensor
    values: torch.Tensor
    next_values: torch.Tensor
    """Of the state that each transition led to, or where it was truncated began in."""
    terminated: torch.Tensor
    truncated: torch.Tensor
    invalid: torch.Tensor
    """Physics failed in this transition: it is not learned from."""
    clips: torch.Tensor
    """Number of the clip that was followed, where it is asked for."""

    @classmethod
    def empty(
        cls, num_steps: int, num_envs: int, obs_size: int, taken_size: int, device: torch.device
    ) -> Rollout:
        """Return a rollout to fill."""
        shape = (num_steps, num_envs)

        def floats(*more: int) -> torch.Tensor:
            return torch.zeros(*shape, *more, device=device)

        def flags() -> torch.Tensor:
            return torch.zeros(shape, dtype=torch.bool, device=device)

        return cls(
            obs=floats(obs_size),
            taken=floats(taken_size),
            log_probs=floats(),
            rewards=floats(),
            values=floats(),
            next_values=floats(),
            terminated=flags(),
            truncated=flags(),
            invalid=flags(),
            clips=torch.zeros(shape, dtype=torch.int64, device=device),
        )


def generalized_advantages(rollout: Rollout, gamma: float, lam: float) -> torch.Tensor:
    """Return generalised advantage estimates (Schulman et al. 2016, eq. 16), (steps, envs).

    A termination is worth nothing beyond itself; a truncation is worth its ``next_values``.
    Both end the sum. An invalid transition has advantage 0 and ends the sum of
    those before it at the value of the state it began in.
    """
    advantages = torch.zeros_like(rollout.rewards)
    ended = rollout.terminated | rollout.truncated
    running = torch.zeros_like(rollout.rewards[0])
    for t in reversed(range(len(rollout.rewards))):
        beyond = torch.where(
            rollout.terminated[t], torch.zeros_like(running), rollout.next_values[t]
        )
        delta = rollout.rewards[t] + gamma * beyond - rollout.values[t]
        running = delta + gamma * lam * torch.where(ended[t], torch.zeros_like(running), running)
        running = torch.where(rollout.invalid[t], torch.zeros_like(running), running)
        advantages[t] = running
    return advantages
