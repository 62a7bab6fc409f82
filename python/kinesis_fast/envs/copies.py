"""Copies of environments: by pickle, for another process, or by ``copy.deepcopy``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from kinesis_fast import _engine
from kinesis_fast.tasks import TaskDefinition, find_task


class Copies:
    """Those of :class:`~kinesis_fast.envs.muscle_vector_env.MuscleVectorEnv`.

    A copy has an engine and threads of its own, and what it steps from now on is equal to the bit.
    It holds the model, the motions and the whole state: 7 MB of the built-in motions. Rewards of
    one's own go with it where pickle takes their functions. A recorder, limits of excitations and
    counts of ended episodes do not; with ``auto_reset`` false, episodes that have ended go on in
    the copy.
    """

    task: TaskDefinition
    """What the environments are for."""
    reward_terms: tuple[str, ...]
    """Names of the unweighted reward terms in ``info``, the task's own first."""
    _engine: _engine.BatchEngine
    _buffers: dict[str, npt.NDArray[Any]]
    _own_rewards: dict[str, Any]
    _started: bool
    _ended: npt.NDArray[np.bool_]
    _made_of: dict[str, Any]
    """What the constructor was given, the task apart."""
    _seed: int
    _sampling_weights: npt.NDArray[np.float64] | None

    def __reduce__(self) -> tuple[Any, ...]:
        """Say how pickle and copy make another one like it."""
        added = {
            "_own_rewards": self._own_rewards,
            "reward_terms": self.reward_terms,
            "_ended": self._ended,
        }
        rows = {name: np.array(rows) for name, rows in self._buffers.items()}
        state = self.get_state() if self._started else None  # type: ignore[attr-defined]
        drawn = (self._seed, self._sampling_weights)
        return remake, (type(self), self.task.name, self._made_of, drawn, added, rows, state)


def remake(
    made: Callable[..., Any],
    task: str,
    made_of: dict[str, Any],
    drawn: tuple[int, npt.NDArray[np.float64] | None],
    added: dict[str, Any],
    rows: dict[str, npt.NDArray[Any]],
    state: dict[str, npt.NDArray[Any]] | None,
) -> Any:
    """Make environments as they were, of what :meth:`Copies.__reduce__` said of them.

    Args:
        made: the class.
        task: its name.
        made_of: the constructor's other arguments.
        drawn: by what starts are drawn: the seed, and the clips' weights.
        added: attributes that were set later.
        rows: what the last step left in the engine's buffers.
        state: where bodies are; None: there was no reset.
    """
    env = made(task=find_task(task), **made_of)
    seed, weights = drawn
    env._set_seed(seed)
    if weights is not None:
        env.set_sampling_weights(weights)
    if state is not None:
        env.set_state(state)
    for name, value in added.items():
        setattr(env, name, value)
    for name, values in rows.items():
        env._buffers[name][:] = values
    return env
