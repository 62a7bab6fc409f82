"""The command ``kinesis-fast motions fetch``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from kinesis_fast.cli.common import check_library, console, counted, say
from kinesis_fast.cli.progress import item_progress
from kinesis_fast.errors import InputError


def register(app: typer.Typer) -> None:
    """Add the command to ``kinesis-fast motions``."""
    app.command("fetch")(motions_fetch)


def motions_fetch(
    data_set: Annotated[str, typer.Argument(metavar="NAME", help="open-locomotion.")],
    out: Annotated[Path, typer.Option(help="The library to write (.h5).")],
    folder: Annotated[
        Path | None,
        typer.Option(help="Where the files are kept; by default in the user's cache."),
    ] = None,
    mirror: Annotated[
        str, typer.Option(metavar="URL", help="Read from a copy of the public homes.")
    ] = "",
    model: Annotated[str, typer.Option(help="The model to move.")] = "myolegs",
    threads: Annotated[int, typer.Option(help="Of the import; 0: one per CPU.")] = 0,
) -> None:
    """Download openly licensed motion capture, check it, and import it with its splits.

    An hour and a half of walking, turning, starting, stopping, jumping and running. An
    interrupted download goes on where it stopped.

    Example: kinesis-fast motions fetch open-locomotion --out lib.h5
    """
    from kinesis_fast import cache
    from kinesis_fast.body import load_model
    from kinesis_fast.motions import fetching
    from kinesis_fast.motions.capture.importing import ImportRequest, import_motions, read_names
    from kinesis_fast.motions.formats import ReadOptions

    check_library(out)
    chosen = fetching.find_data_set(data_set)
    kept = cache.folder()
    if folder is None and kept is None:
        raise InputError("there is no cache folder to keep the files in; name one with --folder")
    place = folder or Path(kept or ".") / data_set
    for source in chosen.sources.values():
        say(f"github.com/{source.repository}: {source.licence}")
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as progress:
        task = progress.add_task("Fetching", total=None)
        fetched = fetching.fetch(
            chosen,
            place,
            mirror=mirror,
            on_progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    say(
        f"{counted(len(fetched), 'file')} fetched and whole; they and their licences lie in {place}"
    )
    splits = {split: read_names(Path(name)) for split, name in chosen.splits.items()}
    request = ImportRequest(
        [place / name for name in chosen.folders], splits=splits, num_threads=threads
    )
    with item_progress("Importing") as advance:
        result = import_motions(request, ReadOptions(load_model(model)), advance)
    if result.library is None:
        raise InputError(f"no clip of {str(place)!r} could be imported")
    result.library.save(out)
    seconds = sum(clip.duration for clip in result.library.clips)
    say(f"{out}: {counted(len(result.library.clips), 'clip')}, {seconds / 60:.0f} minutes")
    for refusal in result.refused:
        say(f"left out: {refusal.path}: {refusal.reason}")
    say(f"Next: kinesis-fast eval shipped --motions {out} --split test")
