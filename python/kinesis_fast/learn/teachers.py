"""Specialists' policies taken over by one network, then improved by its own reward.

A specialist learns one kind of motion in a tenth of the samples that a policy for all kinds takes.
The student acts, its teachers tell what they would have done in the states it came to (DAgger, Ross
et al. 2011), and their word gives way to the reward bit by bit (kickstarting, Schmitt et al. 2018).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from kinesis_fast.envs import MuscleVectorEnv
from kinesis_fast.errors import InputError
from kinesis_fast.learn import checkpoint as checkpoints
from kinesis_fast.learn.agent import Agent
from kinesis_fast.learn.algorithms import Lesson
from kinesis_fast.learn.config import TrainConfig, inherited_settings
from kinesis_fast.learn.environment import make_training_env
from kinesis_fast.learn.episodes import run_episodes
from kinesis_fast.learn.evaluation.clips import load_agent
from kinesis_fast.learn.rollout import Rollout

TRIAL = 5.0
"""s, for which teachers are tried on every clip."""


class Teachers:
    """Policies that a training learns from, each on the clips that it is best on."""

    of_clip: torch.Tensor
    """(clips,) number of each clip's teacher."""

    def __init__(
        self, config: TrainConfig, env: MuscleVectorEnv, device: torch.device, *, choose: bool
    ) -> None:
        """Load them, and see which is best on which clip.

        Args:
            config: of the training, with ``distill``.
            env: of the training.
            device: of the student.
            choose: try them on the clips; otherwise ``of_clip`` is set later.

        Raises:
            InputError: one cannot be loaded, sees or does something else than the student, or
                chooses among experts.
        """
        self.samples = config.distill.samples
        points = [checkpoints.load(Path(path)) for path in config.distill.teachers]
        for path, point in zip(config.distill.teachers, points, strict=True):
            _check_alike(path, point, config)
        agents = [load_agent(point, env) for point in points]
        self.of_clip = torch.zeros(len(env.motions.clips), dtype=torch.int64)
        if choose and len(agents) > 1:
            self.of_clip = torch.from_numpy(best_teachers(config, env, agents))
        self.agents = [agent.to(device) for agent in agents]

    def share(self, samples: int) -> float:
        """Return the share of their word after so many control steps."""
        return max(0.0, 1.0 - samples / self.samples)

    @torch.no_grad()
    def lesson(self, rollout: Rollout, samples: int) -> Lesson | None:
        """Return what they say about a rollout; None once their time is over."""
        share = self.share(samples)
        if share == 0.0:
            return None
        actions = torch.zeros(
            *rollout.obs.shape[:2], self.agents[0].policy.action_size, device=rollout.obs.device
        )
        teacher = self.of_clip.to(rollout.clips.device)[rollout.clips]
        for number, agent in enumerate(self.agents):
            theirs = teacher == number
            actions[theirs] = agent.act(rollout.obs[theirs], deterministic=True)
        return Lesson(actions, share)


def best_teachers(
    config: TrainConfig, env: MuscleVectorEnv, agents: Sequence[Agent]
) -> npt.NDArray[np.int64]:
    """Return the number (clips,) of the agent that follows each clip longest.

    Every clip is tried once for 5 s, from one start for all agents; of those that follow it as
    long, the one with the larger reward is taken.
    """
    library = env.motions
    trial = make_training_env(
        config,
        motions=library,
        split="all",
        clips=[],
        num_envs=len(library.clips),
        auto_reset=False,
        max_episode_steps=0,
    )
    durations = np.array([clip.duration for clip in library.clips])
    rng = np.random.default_rng(config.seed)
    starts = rng.uniform(0.0, 1.0, len(durations)) * np.maximum(0.0, durations - TRIAL)
    options = {"clip": np.arange(len(durations)), "start_time": starts}
    lasted, rewards = [], []
    for agent in agents:
        steps, reward = np.zeros(len(durations)), np.zeros(len(durations))
        for step in run_episodes(
            trial, agent, options, steps=round(TRIAL / trial.control_timestep)
        ):
            steps += step.running
            reward += step.running * step.reward
        lasted.append(steps)
        rewards.append(reward)
    return longest(np.array(lasted), np.array(rewards))


def longest(lasted: npt.NDArray[Any], rewards: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Return the row of each column that lasted longest, among equals that of most reward."""
    best: npt.NDArray[np.int64] = np.lexsort((rewards, lasted), axis=0)[-1]
    return best


def _check_alike(path: str, point: checkpoints.Checkpoint, config: TrainConfig) -> None:
    if point.config.policy.kind == "mixture":
        raise InputError(f"teacher {path!r} is a mixture; name its experts instead")
    theirs, ours = (inherited_settings(c)["env"] for c in (point.config, config))
    for name, value in ours.items():
        if theirs.get(name) != value:
            raise InputError(
                f"teacher {path!r} has env.{name}={theirs.get(name)}, the training {value}: "
                "a student must see and act as its teachers do"
            )
    if point.config.env.control_mode != config.env.control_mode:
        raise InputError(
            f"teacher {path!r} acts in mode {point.config.env.control_mode!r}, the training in "
            f"{config.env.control_mode!r}"
        )
