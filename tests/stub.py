"""Write the stub of the extension from the extension, or print what would be written.

    python tests/stub.py > python/kinesis_fast/_engine.pyi

is ``make stub``. Types are read from the signatures that pybind11 writes; what it accepts besides
(anything that makes a float where a float is wanted) is left out.
"""

from __future__ import annotations

import logging
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import kinesis_fast._mujoco_library as _loads_mujoco  # noqa: F401

MODULE = "kinesis_fast._engine"
HEADER = '"""The native engine, as the extension module exposes it. Written by ``make stub``."""\n'
SAID = (
    (r"typing\.SupportsFloat \| typing\.SupportsIndex", "float"),
    (r"typing\.SupportsInt \| typing\.SupportsIndex", "int"),
    (r"typing\.Annotated\[((?:\w+\.)*\w+\[\w+\]), \"[^\"]*\"\]", r"\1"),
    (r"typing\.Annotated\[numpy\.typing\.ArrayLike, (numpy\.\w+)\]", r"numpy.typing.NDArray[\1]"),
    (r"\bdict(?=[:,\]\n ])(?!\[)", "dict[str, typing.Any]"),
    (r"\btuple(?=[:,\]\n ])(?!\[)", "tuple[typing.Any, ...]"),
    (r"\blist(?=[:,\]\n ])(?!\[)", "list[typing.Any]"),
    (r"numpy\.ndarray(?!\[)", "numpy.typing.NDArray[typing.Any]"),
    (r"(: [\w.]+) = None", r"\1 | None = None"),
    (
        r"    @property\n    def (\w+)\(self\) -> (.*):\n        \.\.\.\n"
        r"    @\1\.setter\n    def \1\(self, .*\) -> None:\n        \.\.\.\n",
        r"    \1: \2\n",
    ),
)
"""Patterns of what pybind11 says it accepts, and what is said of it: the type, and a field where
there are a getter and a setter."""


def written() -> str:
    """Return the stub."""
    from pybind11_stubgen import main

    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        sys.argv = ["stub", MODULE, "-o", folder, "--numpy-array-wrap-with-annotated"]
        main()
        text = Path(folder, *MODULE.split(".")).with_suffix(".pyi").read_text()
    for pattern, said in SAID:
        text = re.sub(pattern, said, text)
    text = re.sub(r'\A""".*?"""\n', HEADER, text, flags=re.S)
    text = re.sub(r"__all__: .*\n", "", text)
    ruff = [sys.executable, "-m", "ruff"]
    for step in (["check", "--fix", "--quiet", "--select", "I,F401,UP"], ["format", "--quiet"]):
        name = ["--stdin-filename", "_engine.pyi", "-"]
        text = subprocess.run(
            [*ruff, *step, *name], input=text, text=True, capture_output=True
        ).stdout
    return text


if __name__ == "__main__":
    sys.stdout.write(written())
