"""A body that is driven live: from Python, by a script of commands, or on a page."""

from kinesis_fast.play.script import ScriptEntry, read_script
from kinesis_fast.play.session import PlaySession, Snapshot

__all__ = ["PlaySession", "ScriptEntry", "Snapshot", "read_script"]
