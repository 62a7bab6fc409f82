"""Which clips are trained on how often: more often where bodies are lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import torch

from kinesis_fast.envs import MuscleVectorEnv
from kinesis_fast.learn.distributed import Group
from kinesis_fast.settings import NO_UNIT, Unit, within

Array = npt.NDArray[np.float64]
COUNTS = ("terminated", "control_steps")
"""What the engine counts of every clip."""


@dataclass
class CurriculumConfig:
    """How clips are drawn during training."""

    adaptive: bool = False
    """Draw clips by how soon bodies are lost on them; otherwise all alike."""
    horizon: Annotated[float, within(0.1, 3600.0), Unit("s")] = 10.0
    """Seconds that a clip's chance of being lost is counted over."""
    easiest: Annotated[float, within(0.0, 1e6), NO_UNIT] = 0.1
    """Weight of a clip that is never lost, where one that always is has 1 + this."""
    memory: Annotated[float, within(0.1, 1e9), NO_UNIT] = 100.0
    """Iterations after which an episode counts for 1/e."""


class Curriculum:
    """Follows how soon bodies are lost on every clip, and draws clips accordingly.

    Of a clip's control steps a share h ends in a loss; episodes of n steps are lost with the chance
    1 - (1 - h)^n. Counts fade, so that the chance is the present policy's; a clip begins with one
    loss in one horizon.
    """

    def __init__(
        self, env: MuscleVectorEnv, config: CurriculumConfig, group: Group | None = None
    ) -> None:
        self.env = env
        self.group = group or Group()
        self.config = config
        self.names = [clip.name for clip in env.motions.clips]
        self.steps = round(config.horizon / env.control_timestep)
        self.losses = np.ones(len(self.names))
        self.control_steps = np.full(len(self.names), float(self.steps))
        self._counted = env.clip_statistics()

    def update(self) -> None:
        """Count the episodes that ended since the last call, and set the engine's weights."""
        counts = self.env.clip_statistics()
        new = {name: torch.from_numpy(counts[name] - self._counted[name]) for name in COUNTS}
        kept = np.exp(-1.0 / self.config.memory)
        for mine, name in zip((self.losses, self.control_steps), COUNTS, strict=True):
            mine *= kept
            mine += self.group.sum(new[name]).numpy()
        self._counted = counts
        if self.config.adaptive:
            self.env.set_sampling_weights(self.weights())

    def chances(self) -> Array:
        """Return every clip's chance of being lost within the horizon, (clips,)."""
        share = np.clip(self.losses / np.maximum(self.control_steps, 1.0), 0.0, 1.0)
        chances: Array = 1.0 - (1.0 - share) ** self.steps
        return chances

    def weights(self) -> Array:
        """Return sampling weights, (clips,)."""
        return self.config.easiest + self.chances()

    def summary(self) -> dict[str, float]:
        """Return the mean chance, and that of the hardest clip."""
        chances = self.chances()
        return {"lost_mean": float(chances.mean()), "lost_worst": float(chances.max())}

    def tensors(self) -> dict[str, torch.Tensor]:
        """Return the counts; :meth:`restore` takes them back."""
        return {
            "losses": torch.from_numpy(self.losses.copy()),
            "control_steps": torch.from_numpy(self.control_steps.copy()),
        }

    def restore(self, tensors: dict[str, Any]) -> None:
        """Take back the counts of :meth:`tensors`, and set the engine's weights."""
        self.losses[:] = tensors["losses"].numpy()
        self.control_steps[:] = tensors["control_steps"].numpy()
        self._counted = self.env.clip_statistics()
        if self.config.adaptive:
            self.env.set_sampling_weights(self.weights())
