"""Reading text files that people send: limits, decoding and numbers, each with a clear error."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError

MAX_BYTES = 1 << 30
LARGEST = 1e12
"""No length, angle or count in a motion file is larger."""


def read_lines(path: Path) -> list[str]:
    """Return the lines of a text file.

    Raises:
        InputError: no such file, larger than 1 GiB, or not text.
    """
    if not path.is_file():
        raise InputError("does not exist")
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise InputError(f"is {size / 2**30:.1f} GiB of text; at most 1 GiB is read")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"is not text: {error.reason} at byte {error.start}") from error
    if "\0" in text:
        raise InputError("is not text: it holds zero bytes")
    return text.splitlines()


def number(token: str, what: str) -> float:
    """Return a finite number.

    Raises:
        InputError: ``token`` is none; names ``what`` it should be.
    """
    try:
        value = float(token)
    except ValueError:
        raise InputError(f"{what} is {token[:40]!r}, not a number") from None
    if not abs(value) <= LARGEST:
        raise InputError(f"{what} is {token[:40]}, not a finite number of sensible size")
    return value


def integer(token: str, what: str) -> int:
    """Return a whole number, as :func:`number`."""
    value = number(token, what)
    if value != int(value):
        raise InputError(f"{what} is {token[:40]!r}, not a whole number")
    return int(value)


def numbers(tokens: Iterable[str], what: str) -> npt.NDArray[np.float64]:
    """Return finite numbers, as :func:`number`."""
    return np.array([number(token, what) for token in tokens])
