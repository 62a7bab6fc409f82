"""Decisions for a fixed number of environments, at the least cost a device allows."""

from __future__ import annotations

import torch

from kinesis_fast.devices import Device
from kinesis_fast.learn.agent import Agent
from kinesis_fast.learn.policies import Decision


class Decider:
    """Lets an agent decide on observations that the engine wrote, always of as many environments.

    What agents learn later, in place, decides as soon as it is learned.
    """

    obs: torch.Tensor
    """(rows, obs_size), on the agent's device: what was decided on last."""
    decision: Decision
    """The last one, on the agent's device; valid until the next."""

    @torch.no_grad()
    def __init__(
        self, agent: Agent, rows: int, obs_size: int, device: Device, *, capture: bool = True
    ) -> None:
        """Prepare, on the agent's device; see :meth:`Device.program` for ``capture``."""
        self.agent, self.device = agent, device
        self.obs = torch.zeros(rows, obs_size, device=device.torch)
        self._staged_obs = device.staging(rows, obs_size)
        self._actions = device.staging(rows, agent.policy.action_size)
        self._decide = device.program(
            lambda: agent.policy.decide(agent.normalizer(self.obs)),
            capture=capture and agent.policy.capturable,
        )

    @torch.no_grad()
    def __call__(self, obs: torch.Tensor) -> torch.Tensor:
        """Decide on observations (rows, obs_size) of the CPU.

        Returns:
            Actions (rows, action_size) on the CPU, the same memory every time.
        """
        self._staged_obs.copy_(obs)
        self.device.send(self._staged_obs, self.obs)
        self.decision = self._decide()
        self.device.fetch(self.decision.actions, self._actions)
        self.device.wait()
        return self._actions
