"""How policies learn: algorithms by name, all of one interface (:class:`Algorithm`)."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from kinesis_fast import config as configuration
from kinesis_fast.errors import InputError, did_you_mean
from kinesis_fast.learn.algorithms.base import Algorithm, Lesson, NotFiniteError
from kinesis_fast.learn.algorithms.ppo import PPO, PPOConfig
from kinesis_fast.settings import check

if TYPE_CHECKING:
    from kinesis_fast.learn.config import TrainConfig

ALGORITHMS: dict[str, type[Algorithm]] = {"ppo": PPO}
"""By the name that ``algorithm`` takes."""


def is_own_code(name: str) -> bool:
    """Tell whether a name is that of a class outside the package, as ``module:Class``."""
    return ":" in name


def find_algorithm(name: str) -> type[Algorithm]:
    """Return an algorithm by its name, or by where its class is: ``module:Class``.

    Raises:
        InputError: there is none of that name.
    """
    if not is_own_code(name):
        if name not in ALGORITHMS:
            raise InputError(
                f"unknown algorithm {name!r}{did_you_mean(name, ALGORITHMS)}; one of your own is "
                "named module:Class"
            )
        return ALGORITHMS[name]
    module, _, kind = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), kind)
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError(f"algorithm {name!r} is not found: {error}") from error
    if not (isinstance(found, type) and issubclass(found, Algorithm)):
        raise InputError(
            f"algorithm {name!r} is no class of kinesis_fast.learn.algorithms.Algorithm"
        )
    return found


def algorithm_settings(config: TrainConfig) -> Any:
    """Return the settings of a training's algorithm, checked.

    They are the section of the configuration that has its name, as ``ppo``; one of your own has
    ``algorithm_settings``, laid over the defaults of its ``Config``.

    Raises:
        InputError: there is no such algorithm, or a setting is unknown or out of range.
    """
    algorithm = find_algorithm(config.algorithm)
    settings = getattr(config, config.algorithm, None)
    if settings is None:
        try:
            settings = configuration.merge(algorithm.Config, config.algorithm_settings)
            check(settings)
        except InputError as error:
            raise InputError(f"algorithm_settings: {error}") from error
    elif config.algorithm_settings:
        raise InputError(
            f"algorithm_settings are those of an algorithm of your own; {config.algorithm}'s are "
            f"{config.algorithm}.*"
        )
    algorithm.check(settings, config.policy)
    return settings


__all__ = [
    "ALGORITHMS",
    "PPO",
    "Algorithm",
    "Lesson",
    "NotFiniteError",
    "PPOConfig",
    "algorithm_settings",
    "find_algorithm",
    "is_own_code",
]
