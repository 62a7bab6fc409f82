"""Text to motion: sentences become motions that muscles then follow.

``generate`` makes a motion library of sentences; ``parse`` tells what a sentence is understood as.
"""

from typing import TYPE_CHECKING, Any

from kinesis_fast.t2m.grammar import parse
from kinesis_fast.t2m.plan import Action, Plan, read_plan

if TYPE_CHECKING:
    from kinesis_fast.t2m.generating import generate

__all__ = ["Action", "Plan", "generate", "parse", "read_plan"]


def __getattr__(name: str) -> Any:
    """Import what makes motions when it is asked for: understanding sentences needs none of it."""
    if name == "generate":
        from kinesis_fast.t2m.generating import generate

        return generate
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
