"""The command that writes something to try out: ``sample``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kinesis_fast.cli.common import say


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("sample")(sample)


def sample(
    folder: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("sample"),
) -> None:
    """Write a trial to try everything out with: a walk as BVH, EMG as CSV, and its map.

    It is made up, not measured: built-in walking, and what its muscles would do, with noise.

    Example: kinesis-fast sample session
    """
    from kinesis_fast.analysis.sample import write_sample

    for path in write_sample(folder):
        say(str(path))
    say(f"Next: kinesis-fast motions import {folder}/walk.bvh --out walk.h5")
