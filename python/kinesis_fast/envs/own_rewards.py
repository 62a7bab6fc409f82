"""Rewards of one's own, for trying out: Python functions of all bodies at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kinesis_fast.envs.inputs import checked_array
from kinesis_fast.errors import InputError

if TYPE_CHECKING:
    from kinesis_fast.envs.muscle_vector_env import MuscleVectorEnv

RewardFunction = Callable[["MuscleVectorEnv", dict[str, Any], slice], npt.ArrayLike]
"""Of the environments, of what a step's ``info`` says of some of them, and of which: n rewards."""


@dataclass
class OwnReward:
    """One of them."""

    function: RewardFunction
    weight: float


class OwnRewards:
    """Those of :class:`~kinesis_fast.envs.muscle_vector_env.MuscleVectorEnv`."""

    reward_terms: tuple[str, ...]
    """Names of the unweighted reward terms in ``info``, the task's own first."""
    measures: tuple[str, ...]
    """Names of the task's other figures in ``info``."""
    num_envs: int
    _own_rewards: dict[str, OwnReward]

    def add_reward(self, name: str, function: RewardFunction, weight: float = 1.0) -> None:
        """Add a term to the reward of every step from now on.

        The function is called once a step for all bodies, after the engine has stepped them, in the
        thread that did so. Where an episode has ended and the next one has begun, ``env.kept`` and
        ``env.get_state`` are of the next one already; ``info`` is of the step that was taken. Where
        physics failed nothing is added. ``info[name]`` has the term unweighted, and metrics its
        mean. Checkpoints do not hold it: add it again to go on with a training.

        Args:
            name: of the term.
            function: of the environments, the step's info and the part of the environments that
                it is of, as ``slice(0, n)``: returns finite rewards (n,).
            weight: what its values are multiplied by in the reward.

        Raises:
            InputError: the name is taken, or the weight is not finite. A step raises it where the
                function returns something else than n finite numbers.
        """
        if not name.isidentifier() or name in (*self.reward_terms, *self.measures):
            taken = ", ".join((*self.reward_terms, *self.measures))
            raise InputError(f"reward {name!r} needs a name of its own; taken: {taken}")
        if not callable(function):
            raise InputError(f"reward {name!r}: {function!r} cannot be called")
        number = checked_array("weight", weight, np.float64)
        if number.shape != (1,):
            raise InputError(f"weight is {weight!r}; it must be one number")
        self._own_rewards[name] = OwnReward(function, float(number[0]))
        self.reward_terms = (*self.reward_terms, name)

    def _add_own_rewards(
        self, reward: npt.NDArray[np.float32], info: dict[str, Any], part: slice
    ) -> None:
        """Add what they are to rewards, and each to ``info``."""
        for name, own in self._own_rewards.items():
            values = checked_array(f"reward {name!r}", own.function(self, info, part), np.float32)  # type: ignore[arg-type]
            if values.shape != reward.shape:
                raise InputError(
                    f"reward {name!r} returned shape {values.shape}; it must be {reward.shape}"
                )
            values = np.where(info["invalid"], np.float32(0.0), values)
            reward += np.float32(own.weight) * values
            info[name] = values
