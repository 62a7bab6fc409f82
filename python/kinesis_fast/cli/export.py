"""The command ``kinesis-fast motions export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kinesis_fast.cli.common import LibraryArgument, counted, say
from kinesis_fast.cli.progress import item_progress


def register(app: typer.Typer) -> None:
    """Add the command to ``kinesis-fast motions``."""
    app.command("export")(motions_export)


def motions_export(
    library: LibraryArgument,
    out: Annotated[Path, typer.Option(help="The folder to write to.")],
    file_format: Annotated[
        list[str],
        typer.Option(
            "--format",
            help="mot or sto (OpenSim's coordinates), trc (joint centres), bvh, glb (glTF, with "
            "the model's bones) or csv; repeatable.",
        ),
    ],
    clip: Annotated[
        list[str] | None, typer.Option(help="A clip to write; repeatable. All by default.")
    ] = None,
    model: Annotated[str, typer.Option(help="The model that moves.")] = "myolegs",
) -> None:
    """Write motions as files of other programs, one a clip and format.

    Example: kinesis-fast motions export walk_01.amc --format mot --format glb --out walk
    """
    from kinesis_fast.body import load_model
    from kinesis_fast.motions import load_motions
    from kinesis_fast.motions.export import export_clips

    body = load_model(model)
    motions = load_motions(library, body)
    shown = load_model(model, strip=False) if "glb" in file_format else body
    total = len(clip or motions.clips) * len(dict.fromkeys(file_format))
    with item_progress("Writing") as advance:
        done = 0

        def on_file(_: Path) -> None:
            nonlocal done
            done += 1
            advance(done, total)

        written = export_clips(motions, shown, file_format, out, clip or (), on_file)
    say(f"{out}: {counted(len(written), 'file')}, of {counted(len(clip or motions.clips), 'clip')}")
