"""What an iteration's steps tell about episodes, rewards and the task's figures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kinesis_fast.learn.episodes import Step
from kinesis_fast.tasks import Measure


class EpisodeMeter:
    """Gathers what one iteration's steps tell about episodes and rewards."""

    def __init__(self, reward_terms: Sequence[str], measures: Mapping[str, Measure]) -> None:
        """Begin.

        Args:
            reward_terms: names of them in ``info``.
            measures: how the task's other figures in ``info`` are reported.
        """
        self.reward_terms = tuple(reward_terms)
        self.measures = measures
        self.lengths: list[npt.NDArray[np.int32]] = []
        self.terminated = 0
        self.invalid = 0
        self.redone = 0
        self.steps = 0
        self.sums = dict.fromkeys(("total", *reward_terms), 0.0)
        self.measured = dict.fromkeys(measures, 0.0)

    def add(
        self,
        reward: npt.NDArray[np.float32],
        terminated: npt.NDArray[np.bool_],
        truncated: npt.NDArray[np.bool_],
        info: Mapping[str, Any],
    ) -> None:
        """Add one step of all environments."""
        ended = terminated | truncated
        if ended.any():
            self.lengths.append(info["episode_length"][ended].copy())
            self.terminated += int(terminated.sum())
            self.invalid += int(info["invalid"].sum())
        self.steps += len(reward)
        self.sums["total"] += float(reward.sum())
        for term in self.reward_terms:
            self.sums[term] += float(info[term].sum())
        for name in self.measured:
            self.measured[name] += float(info[name].sum())

    def add_running(self, step: Step) -> None:
        """Add one step of the environments whose episodes run."""
        of = step.running
        info = {k: v[of] for k, v in step.info.items() if len(v) == len(of)}
        self.add(step.reward[of], step.terminated[of], step.truncated[of], info)

    @classmethod
    def merged(cls, meters: list[EpisodeMeter]) -> EpisodeMeter:
        """Return what several processes' meters tell together."""
        first = meters[0]
        for other in meters[1:]:
            first.lengths += other.lengths
            first.terminated += other.terminated
            first.invalid += other.invalid
            first.redone += other.redone
            first.steps += other.steps
            for mine, theirs in ((first.sums, other.sums), (first.measured, other.measured)):
                for name, value in theirs.items():
                    mine[name] += value
        return first

    def summary(self) -> dict[str, float]:
        """Return the means; episode figures are NaN where no episode ended."""
        lengths = np.concatenate(self.lengths) if self.lengths else np.zeros(0)
        episodes = len(lengths)
        return {
            "episode_length": float(lengths.mean()) if episodes else math.nan,
            "episodes": float(episodes),
            "terminated_share": self.terminated / episodes if episodes else math.nan,
            "invalid_episodes": float(self.invalid),
            "redone_steps": float(self.redone),
            **{
                measure.name: measure.factor * self.measured[name] / self.steps
                for name, measure in self.measures.items()
            },
            **{f"reward/{name}": value / self.steps for name, value in self.sums.items()},
        }
