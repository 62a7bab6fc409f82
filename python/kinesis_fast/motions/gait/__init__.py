"""The built-in motion library: walking made from published normative gait curves."""

from kinesis_fast.motions.gait.catalog import gait_library

__all__ = ["gait_library"]
