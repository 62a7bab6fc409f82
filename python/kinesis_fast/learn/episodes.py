"""An agent acts in environments, an episode each: what evaluating, playing and recording share."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from kinesis_fast.envs import MuscleVectorEnv
from kinesis_fast.learn.agent import Agent


@dataclass
class Step:
    """What came of one control step of all environments."""

    running: npt.NDArray[np.bool_]
    """(num_envs,) whose episode had not ended before this step."""
    reward: npt.NDArray[np.float32]
    terminated: npt.NDArray[np.bool_]
    truncated: npt.NDArray[np.bool_]
    info: dict[str, Any]
    obs: npt.NDArray[np.float32] | None = None
    """(num_envs, obs_dim) that the agent acted on."""
    actions: npt.NDArray[np.float32] | None = None
    """(num_envs, num_actions) that it took."""

    @property
    def ended(self) -> npt.NDArray[np.bool_]:
        """(num_envs,) whose episode this step ended."""
        return self.running & (self.terminated | self.truncated)


Watcher = Callable[[int, int | None], None]
"""Is told how many control steps were taken, and how many there can be at most."""
_watcher: ContextVar[Watcher | None] = ContextVar("watcher", default=None)


@contextmanager
def watch(watcher: Watcher) -> Iterator[None]:
    """Have a function told how far every :func:`run_episodes` is, inside the block."""
    token = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(token)


def note_progress(taken: int, most: int | None) -> None:
    """Tell whoever watches."""
    watcher = _watcher.get()
    if watcher is not None:
        watcher(taken, most)


def run_episodes(
    env: MuscleVectorEnv,
    agent: Agent,
    options: dict[str, Any] | None,
    *,
    deterministic: bool = True,
    steps: int | None = None,
) -> Iterator[Step]:
    """Run every environment for one episode; those that ended wait for the others.

    The environments are reset at the first iteration, unless they were already, and stepped after
    each: whoever draws reads their state in between.

    Args:
        env: made with ``auto_reset`` false.
        agent: acts.
        options: of ``env.reset``; None: episodes have begun, and go on from where they are.
        deterministic: take mean actions.
        steps: end all episodes after so many control steps.

    Yields:
        Every control step.
    """
    obs = env.observations().copy() if options is None else env.reset(options=options)[0]
    running = np.ones(env.num_envs, dtype=bool)
    taken = 0
    most = longest_episode(env) if steps is None else steps
    while running.any() and taken != steps:
        seen = torch.from_numpy(obs).to(agent.device)
        actions = agent.act(seen, deterministic=deterministic).cpu().numpy()
        before = obs
        obs, reward, terminated, truncated, info = env.step(actions)
        yield Step(running.copy(), reward, terminated, truncated, info, before, actions)
        running &= ~(terminated | truncated)
        taken += 1
        note_progress(taken, most)


def longest_episode(env: MuscleVectorEnv) -> int | None:
    """Return how many control steps an episode can last; None: it may go on for ever."""
    limits = [env.config.max_episode_steps] if env.config.max_episode_steps else []
    if env.task.clips_end:  # in the first step after its end
        clip = max(clip.duration for clip in env.motions.clips)
        limits.append(math.floor(clip / env.control_timestep + 1e-6) + 1)
    return min(limits, default=None)
