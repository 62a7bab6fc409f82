"""Reading a YAML file of keys and values that a user wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from kinesis_fast.errors import InputError


def read_mapping(path: Path, what: str) -> dict[str, Any]:
    """Return the keys and values of a file, which errors call ``what``.

    Raises:
        InputError: it cannot be read, or holds something else.
    """
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"cannot read the {what} {str(path)!r}: {error}") from error
    if not isinstance(found, dict):
        raise InputError(f"the {what} {str(path)!r} holds no keys and values")
    return {str(key): value for key, value in found.items()}
