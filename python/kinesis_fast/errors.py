"""What a user can mend, and what a training cannot go on from."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path


class InputError(ValueError):
    """Bad input, told in one line: the value, what was expected, and the remedy.

    The command line prints the message alone and exits with status 2.
    """


class TrainingError(RuntimeError):
    """A training that cannot go on, told in one line; the command line exits with status 1."""


class CheckpointError(TrainingError):
    """A checkpoint that could not be written, told in one line; those before it stay."""


def did_you_mean(value: object, valid: Iterable[str]) -> str:
    """Return ``"; did you mean 'walk'?"``, or the valid names where none is near the value."""
    names = sorted(set(valid))
    near = difflib.get_close_matches(str(value), names, n=1, cutoff=0.5)
    if near:
        return f"; did you mean {near[0]!r}?"
    shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    return f"; valid names: {shown}"


def is_there(name: str | Path) -> bool:
    """Tell whether there is a file or folder of a name; one that no system takes names none."""
    try:
        return Path(name).exists()
    except (OSError, ValueError):
        return False
