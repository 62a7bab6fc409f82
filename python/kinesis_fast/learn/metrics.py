"""Where a training's figures go: a JSON line an iteration, TensorBoard, Weights & Biases."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError


class MetricsWriter:
    """Appends metrics to ``metrics.jsonl`` and, if asked, to other places."""

    def __init__(
        self,
        folder: Path,
        tensorboard: bool = False,
        wandb_project: str = "",
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        """Open a run's files.

        Args:
            folder: of the run.
            tensorboard: write TensorBoard events there too.
            wandb_project: send the metrics to this project of Weights & Biases too; none if empty.
            settings: of the run, shown there.

        Raises:
            InputError: wandb is asked for and not installed.
        """
        self._run = _wandb_run(folder, wandb_project, settings or {}) if wandb_project else None
        self._file = (folder / "metrics.jsonl").open("a", encoding="utf-8")
        self._events: Any = None
        if tensorboard:
            from torch.utils.tensorboard import SummaryWriter

            self._events = SummaryWriter(str(folder))

    def write(self, metrics: Mapping[str, float]) -> None:
        """Write one iteration; values that are not finite become null."""
        plain = {k: v if math.isfinite(v) else None for k, v in metrics.items()}
        self._file.write(json.dumps(plain) + "\n")
        self._file.flush()
        if self._events is not None:
            for name, value in metrics.items():
                self._events.add_scalar(name, value, int(metrics["samples"]))
        if self._run is not None:
            self._run.log(plain, step=int(metrics["iteration"]))

    def close(self) -> None:
        """Finish all of them."""
        self._file.close()
        if self._events is not None:
            self._events.close()
        if self._run is not None:
            self._run.finish()


def _wandb_run(folder: Path, project: str, settings: Mapping[str, Any]) -> Any:
    """Begin, or go on with, the run of a folder."""
    try:
        import wandb
    except ImportError as error:
        raise InputError(
            "wandb_project needs wandb: pip install 'kinesis_fast[wandb]', or leave it empty"
        ) from error
    number = uuid.uuid5(uuid.NAMESPACE_URL, folder.resolve().as_uri()).hex
    return wandb.init(
        project=project,
        name=folder.name,
        id=number,
        resume="allow",
        dir=str(folder),
        config=dict(settings),
    )


class EpisodeMeter:
    """Gathers what one iteration's steps tell about episodes and rewards."""

    def __init__(self, reward_terms: tuple[str, ...]) -> None:
        self.reward_terms = reward_terms
        self.lengths: list[npt.NDArray[np.int32]] = []
        self.terminated = 0
        self.invalid = 0
        self.steps = 0
        self.sums = dict.fromkeys(("total", *reward_terms), 0.0)
        self.distance = 0.0

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
        self.distance += float(info["mean_distance"].sum())

    @classmethod
    def merged(cls, meters: list[EpisodeMeter]) -> EpisodeMeter:
        """Return what several processes' meters tell together."""
        first = meters[0]
        for other in meters[1:]:
            first.lengths += other.lengths
            first.terminated += other.terminated
            first.invalid += other.invalid
            first.steps += other.steps
            first.distance += other.distance
            for name, value in other.sums.items():
                first.sums[name] += value
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
            "tracking_error_mm": 1e3 * self.distance / self.steps,
            **{f"reward/{name}": value / self.steps for name, value in self.sums.items()},
        }
