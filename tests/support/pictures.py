"""What can be drawn here."""

from __future__ import annotations

import pytest

from kinesis_fast import InputError
from kinesis_fast.view import offscreen


def why_not() -> str:
    """Why nothing can be drawn; empty: it can."""
    try:
        offscreen.backend()
    except InputError as error:
        return str(error)
    return ""


needs_pictures = pytest.mark.skipif(bool(why_not()), reason=why_not())
