"""Vector environments over the native engine."""

from kinesis_fast.envs.make import make_vec
from kinesis_fast.envs.muscle_vector_env import MuscleVectorEnv

__all__ = ["MuscleVectorEnv", "make_vec"]
