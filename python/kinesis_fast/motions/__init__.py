"""Reference motions: the library, its file formats, and the built-in gait."""

from kinesis_fast.motions.clips import Clip
from kinesis_fast.motions.library import MotionLibrary
from kinesis_fast.motions.sources import load_motions

__all__ = ["Clip", "MotionLibrary", "load_motions"]
