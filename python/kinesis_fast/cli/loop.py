"""The command ``kinesis-fast motions loop``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from kinesis_fast.cli.common import LibraryArgument, check_library, say, say_chosen


def register(app: typer.Typer) -> None:
    """Add the command to ``kinesis-fast motions``."""
    app.command("loop")(motions_loop)


def motions_loop(
    library: LibraryArgument,
    out: Annotated[Path, typer.Option(help="The library to write (.h5).")],
    clip: Annotated[str | None, typer.Option(help="The clip to loop.")] = None,
    start: Annotated[
        float | None, typer.Option(help="Of the cycle, s from the clip's start; else found.")
    ] = None,
    end: Annotated[float | None, typer.Option(help="Of the cycle.")] = None,
    seconds: Annotated[float, typer.Option(help="Length of the result.")] = 120.0,
    model: Annotated[str, typer.Option(help="The model that moves.")] = "myolegs",
) -> None:
    """Make steady walking from one stride of a clip.

    Example: kinesis-fast motions loop walk_01.amc --out steady.h5
    """
    from kinesis_fast.body import load_model
    from kinesis_fast.motions import load_motions
    from kinesis_fast.motions.looping import loop_clip

    check_library(out, library)
    body = load_model(model)
    motions = load_motions(library, body)
    number = motions.choose(clip)
    say_chosen(motions.clips, number, clip)
    made = loop_clip(body, motions, number, seconds=seconds, start=start, end=end)
    made.save(out)
    attributes = made.clips[0].attributes
    first, last = float(attributes["loop_start"]), float(attributes["loop_end"])
    moved = made.arrays.qpos[-1, :2] - made.arrays.qpos[0, :2]
    say(
        f"{out}: {made.clips[0].name}, {made.clips[0].duration:.1f} s of the cycle from "
        f"{first:.3f} to {last:.3f} s, "
        f"{float(np.linalg.norm(moved)) / made.clips[0].duration:.2f} m/s",
        f"Next: kinesis-fast eval shipped --motions {out}, or kinesis-fast analyze report shipped "
        f"--motions {out} --out report",
    )
