"""The environment that a training configuration describes."""

from __future__ import annotations

from typing import Any

from kinesis_fast import config as configuration
from kinesis_fast.envs import MuscleVectorEnv, make_vec
from kinesis_fast.learn.config import TrainConfig
from kinesis_fast.learn.distributed import threads_here


def make_training_env(config: TrainConfig, **overrides: Any) -> MuscleVectorEnv:
    """Make the environment that a configuration describes.

    ``overrides`` replace ``motions``, ``split``, ``clips``, ``num_envs``, ``num_threads``,
    ``seed``, or fields of ``config.env``.
    """
    settings: dict[str, Any] = {
        "motions": config.motions,
        "split": config.split,
        "clips": list(config.clips),
        "num_envs": config.num_envs,
        "num_threads": threads_here(config.num_threads),
        "seed": config.seed,
        **configuration.to_dict(config.env),
    }
    return make_vec("imitation", **{**settings, **overrides})
