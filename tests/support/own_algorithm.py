"""An algorithm that the package does not know: REINFORCE with a baseline (Williams 1992)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import torch

from kinesis_fast.learn.algorithms import Algorithm, Lesson
from kinesis_fast.learn.rollout import Rollout, generalized_advantages
from kinesis_fast.settings import NO_UNIT, within


@dataclass
class ReinforceConfig:
    """How it learns."""

    num_steps: Annotated[int, within(1, 1000)] = 8
    """Control steps in a rollout."""
    rate: Annotated[float, within(0.0, 1.0), NO_UNIT] = 1e-3
    """Learning rate."""


@dataclass
class Report:
    """What an update came to."""

    loss: float


class Reinforce(Algorithm):
    """Makes what was followed by more than was expected more probable."""

    Config = ReinforceConfig

    def __init__(self, agent: Any, settings: ReinforceConfig, group: Any) -> None:
        self.agent, self.group, self.num_steps = agent, group, settings.num_steps
        self.optimizers = {"optimizer": torch.optim.Adam(agent.parameters(), lr=settings.rate)}

    @classmethod
    def of(
        cls, agent: Any, settings: ReinforceConfig, env: Any, device: Any, group: Any
    ) -> Reinforce:
        return cls(agent, settings, group)

    def update(self, rollout: Rollout, lesson: Lesson | None = None) -> Report:
        advantages = generalized_advantages(rollout, gamma=0.95, lam=1.0)
        obs = self.agent.normalizer(rollout.obs)
        log_probs, _ = self.agent.policy.evaluate(obs, rollout.taken)
        values = self.agent.value(obs)
        errors = values - (advantages + rollout.values)
        loss = errors.square().mean() - (log_probs * advantages).mean()
        self.optimizers["optimizer"].zero_grad()
        loss.backward()
        self.group.average_gradients([*self.agent.parameters()])
        self.optimizers["optimizer"].step()
        return Report(float(loss.detach()))


class NoAlgorithm:
    """A class that is none."""
