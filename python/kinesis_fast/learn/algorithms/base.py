"""What every algorithm can do: learn from rollouts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import torch

from kinesis_fast.learn.distributed import Group
from kinesis_fast.learn.rollout import Rollout

if TYPE_CHECKING:
    from kinesis_fast.devices import Device
    from kinesis_fast.envs import MuscleVectorEnv
    from kinesis_fast.learn.agent import Agent
    from kinesis_fast.learn.policies import PolicyConfig


@dataclass
class Lesson:
    """What teachers say about a rollout."""

    actions: torch.Tensor
    """(num_steps, num_envs, action_size) that they would have taken, in the mean."""
    share: float
    """Of their word in what the policy learns; the rest is the reward's."""


class NotFiniteError(ArithmeticError):
    """A loss or a gradient is not finite; holds the transitions it came of."""

    def __init__(self, what: str, batch: dict[str, torch.Tensor]) -> None:
        super().__init__(f"{what} is not finite")
        self.batch = batch


class Algorithm(ABC):
    """Improves an agent from what it did.

    The trainer collects ``num_steps`` control steps of every environment, has :meth:`update` learn
    from them, and keeps agent and ``optimizers`` in checkpoints.
    """

    Config: ClassVar[type]
    """A dataclass: the settings."""
    teachable: ClassVar[bool] = False
    """Whether :meth:`update` takes teachers' lessons."""
    num_steps: int
    """Control steps of every environment in a rollout."""
    optimizers: dict[str, torch.optim.Optimizer]
    """By the names that their moments have in checkpoints."""

    @classmethod
    @abstractmethod
    def of(
        cls, agent: Agent, settings: Any, env: MuscleVectorEnv, device: Device, group: Group
    ) -> Algorithm:
        """Make it for an agent that is on the device.

        Args:
            agent: what learns.
            settings: an object of ``Config``, checked.
            env: what the agent acts in.
            device: where the networks compute.
            group: the processes that learn together.

        Raises:
            InputError: the environments are not what it can learn in.
        """

    @classmethod  # noqa: B027
    def check(cls, settings: Any, policy: PolicyConfig) -> None:
        """Raise InputError where settings do not go together, or not with the policy's.

        What each may be, their types have said and :func:`kinesis_fast.settings.check` has found.
        """

    def at(self, samples: int) -> None:  # noqa: B027
        """Take note, before an update, of how many control steps the training has had."""

    @abstractmethod
    def update(self, rollout: Rollout, lesson: Lesson | None = None) -> Any:
        """Improve the agent on one rollout, and on what teachers say about it.

        Returns:
            Figures for the metrics: a dataclass object of floats.

        Raises:
            NotFiniteError: nothing can be learned from it; the agent is as it was.
        """

    def seen(self, obs: torch.Tensor) -> list[torch.Tensor]:
        """Return all that the networks are to see instead of observations, each (..., obs_size)."""
        return [obs]

    def begin_carefully(self) -> None:  # noqa: B027
        """Prepare for an agent that knows much already, as one begun from another's weights."""
