"""How bodies are put to the test in a task: what they are told while they act, what comes of it.

A task names its protocols (:attr:`TaskDefinition.protocols`). One is a dataclass whose fields are
what a user may choose; it is made of trials, each with environments of its own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

if TYPE_CHECKING:
    from kinesis_fast.envs import MuscleVectorEnv

NEVER_LOST = 1e9
"""m from the plan: where bodies are told where to go they are lost where they fall, as KINESIS has
it, not where they stray."""


@dataclass
class TrialTable:
    """What a trial shows."""

    headings: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


class Trial(ABC):
    """One run of some bodies, told what to do; used once."""

    num_envs: int
    """How many bodies take part."""
    seconds: float
    """That they act for."""
    settings: Mapping[str, Any] = {}
    """Of their environments, over the policy's and the task's."""

    @abstractmethod
    def begin(self, env: MuscleVectorEnv) -> None:
        """See the bodies, standing, before their first step; they may be told what to do."""

    @abstractmethod
    def note(
        self,
        env: MuscleVectorEnv,
        step: int,
        info: Mapping[str, Any],
        terminated: npt.NDArray[Any],
    ) -> None:
        """See what came of a control step, counted from 0; what is told holds from the next one."""

    @abstractmethod
    def figures(self) -> Any:
        """Return what came of it, as JSON can hold it."""

    def table(self) -> TrialTable | None:
        """Return what is shown of it; None: lines alone."""
        return None

    def lines(self) -> list[str]:
        """Return it in words."""
        return []


class Protocol(ABC):
    """A way to put bodies to the test: a dataclass, whose fields users may choose."""

    @abstractmethod
    def trials(self) -> Mapping[str, Trial]:
        """Return what is run, by the names that their figures have; ``""``: they stand alone.

        Raises:
            InputError: what was chosen does not go together.
        """
