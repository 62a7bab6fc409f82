"""Muscle-driven motion imitation on a native batched engine.

What is here is imported at its first use: :mod:`kinesis_fast.deploy` needs neither the engine nor
MuJoCo.
"""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import kinesis_fast._mujoco_gl
import kinesis_fast._processor  # noqa: F401
from kinesis_fast.errors import InputError

if TYPE_CHECKING:
    from kinesis_fast.body import load_model
    from kinesis_fast.envs import MuscleVectorEnv, make_vec
    from kinesis_fast.motions import MotionLibrary

__version__ = version("kinesis_fast")
__all__ = ["InputError", "MotionLibrary", "MuscleVectorEnv", "load_model", "make_vec"]

_HOMES = {
    "MotionLibrary": "motions",
    "MuscleVectorEnv": "envs",
    "load_model": "body",
    "make_vec": "envs",
}


try:
    from kinesis_fast.registration import register_environments
except ImportError:  # without gymnasium, policies can act nonetheless: kinesis_fast.deploy
    pass
else:
    register_environments()


def __getattr__(name: str) -> Any:
    if name == "_engine":
        import_module("kinesis_fast._mujoco_library")  # loads what the extension binds to
        return import_module("kinesis_fast._engine")
    if name not in _HOMES:
        raise AttributeError(f"module 'kinesis_fast' has no attribute {name!r}")
    return getattr(import_module(f"kinesis_fast.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
