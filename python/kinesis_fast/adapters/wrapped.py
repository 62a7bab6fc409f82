"""The bodies inside gymnasium's wrappers."""

from __future__ import annotations

from typing import Any

from gymnasium.vector import VectorEnv

from kinesis_fast.envs import MuscleVectorEnv
from kinesis_fast.errors import InputError


def bodies(env: VectorEnv[Any, Any, Any]) -> MuscleVectorEnv:
    """Return the environments of this package that others wrap.

    Raises:
        InputError: there are none inside.
    """
    inner = env.unwrapped
    if not isinstance(inner, MuscleVectorEnv):
        raise InputError(
            f"{type(inner).__name__} is not of kinesis_fast; give what kinesis_fast.make_vec or "
            "gymnasium.make_vec('kinesis_fast/...') returns"
        )
    return inner
