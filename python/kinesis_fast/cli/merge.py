"""The command ``kinesis-fast motions merge``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kinesis_fast.cli.common import check_library, counted, say
from kinesis_fast.errors import InputError


def register(app: typer.Typer) -> None:
    """Add the command to ``kinesis-fast motions``."""
    app.command("merge")(motions_merge)


def motions_merge(
    libraries: Annotated[
        list[str], typer.Argument(help="Libraries, motion files, or gait and gait-wide.")
    ],
    out: Annotated[Path, typer.Option(help="The library to write (.h5).")],
    model: Annotated[str, typer.Option(help="The model that moves.")] = "myolegs",
) -> None:
    """Put several libraries into one.

    Example: kinesis-fast motions merge lib.h5 gait gait-wide --out all.h5
    """
    from kinesis_fast.body import load_model
    from kinesis_fast.motions import load_motions
    from kinesis_fast.motions.merging import merge

    check_library(out, *libraries)
    body = load_model(model)
    named = {}
    for source in libraries:
        name = Path(source).stem
        if name in named:
            raise InputError(
                f"two libraries are called {name!r}; rename one, or leave out what is named twice"
            )
        named[name] = load_motions(source, body)
    merged = merge(named)
    merged.save(out)
    prior = (
        "" if merged.prior is not None else "; without muscle prior (kinesis-fast motions prior)"
    )
    say(f"{out}: {counted(len(merged.clips), 'clip')}, {merged.duration:.0f} s{prior}")
