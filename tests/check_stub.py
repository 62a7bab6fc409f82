"""Compare the extension's stub with the extension: every name, parameter and property.

    python tests/check_stub.py

is part of ``make check``. The extension binds to MuJoCo's library, which must be loaded before, so
that mypy's ``stubtest`` cannot be called as it is.
"""

from __future__ import annotations

import contextlib
import io
import re
import sys

from mypy.stubtest import parse_options, test_stubs

import kinesis_fast._mujoco_library as _loads_mujoco  # noqa: F401

HARMLESS = re.compile(
    r"metaclass differs|(FieldRecorder|Reference|Task)\.__init__ is inconsistent, stub does not"
)
"""pybind11's classes have a metaclass of its own, and some a constructor that raises."""


def main() -> int:
    """Print what differs; returns how many things do."""
    arguments = ["kinesis_fast._engine", "--concise", "--mypy-config-file", "pyproject.toml"]
    found = io.StringIO()
    with contextlib.redirect_stdout(found):
        test_stubs(parse_options(arguments))
    lines = [line for line in found.getvalue().splitlines() if not HARMLESS.search(line)]
    wrong = [line for line in lines if line.startswith("kinesis_fast.")]
    print("\n".join(wrong) if wrong else "the stub is the extension's")
    if not any("metaclass differs" in line for line in found.getvalue().splitlines()):
        print("stubtest did not look at the extension:", found.getvalue())
        return 1
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main())
