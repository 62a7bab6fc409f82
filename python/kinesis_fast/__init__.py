"""Muscle-driven motion imitation on a native batched engine."""

from importlib.metadata import version

from kinesis_fast import _mujoco_library as _mujoco_library
from kinesis_fast.body import load_model
from kinesis_fast.envs import MuscleVectorEnv, make_vec
from kinesis_fast.errors import InputError
from kinesis_fast.motions import MotionLibrary

__version__ = version("kinesis_fast")
__all__ = ["InputError", "MotionLibrary", "MuscleVectorEnv", "load_model", "make_vec"]
