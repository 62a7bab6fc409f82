"""YAML that a user wrote: plain values, or one line that says what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from kinesis_fast.errors import InputError

LARGEST = 1_000_000
"""Bytes of a file."""
FAULTS = (
    yaml.YAMLError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What PyYAML raises over tagged values that are none, as ``!!timestamp x`` and ``!!bool x``."""


def read_yaml(path: Path, what: str) -> Any:
    """Return what a file holds, which errors call ``what``.

    Raises:
        InputError: it cannot be read.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(f"the {what} {str(path)!r} has over {LARGEST} bytes")
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read the {what} {str(path)!r}: {error}") from error
    except FAULTS as error:
        raise InputError(f"cannot read the {what} {str(path)!r}: {_reason(error)}") from error


def read_mapping(path: Path, what: str) -> dict[str, Any]:
    """Return the keys and values of a file, which errors call ``what``.

    Raises:
        InputError: it cannot be read, or holds something else.
    """
    found = read_yaml(path, what)
    if not isinstance(found, dict):
        raise InputError(f"the {what} {str(path)!r} holds no keys and values")
    return {str(key): value for key, value in found.items()}


def check_yaml(text: str, what: str) -> None:
    """Raise InputError for a text that is no YAML value; errors call it ``what``."""
    try:
        yaml.safe_load(text)
    except FAULTS as error:
        raise InputError(f"{what} is not understood: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem:
        return str(error.problem).splitlines()[0]
    return " ".join(str(error).split())[:200] or type(error).__name__
