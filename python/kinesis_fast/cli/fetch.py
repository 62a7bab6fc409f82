"""The commands that download: ``motions fetch`` and ``test-data fetch``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from kinesis_fast.cli.common import (
    JsonOption,
    check_json,
    check_library,
    console,
    counted,
    say,
    write_json,
)
from kinesis_fast.cli.progress import item_progress
from kinesis_fast.errors import InputError

if TYPE_CHECKING:
    from kinesis_fast.motions.data_sets import DataSet

MirrorOption = Annotated[
    str, typer.Option(metavar="URL", help="Read from a copy of the public homes.")
]


def register(app: typer.Typer) -> None:
    """Add the command to ``kinesis-fast motions``."""
    app.command("fetch")(motions_fetch)


def register_test_data(app: typer.Typer) -> None:
    """Add ``kinesis-fast test-data`` to the program."""
    group = typer.Typer(help="What tests on real data read.", no_args_is_help=True)
    group.command("fetch")(test_data_fetch)
    group.command("list")(test_data_list)
    app.add_typer(group, name="test-data")


def motions_fetch(
    data_set: Annotated[str, typer.Argument(metavar="NAME", help="open-locomotion.")],
    out: Annotated[Path, typer.Option(help="The library to write (.h5).")],
    folder: Annotated[
        Path | None,
        typer.Option(help="Where the files are kept; by default in the user's cache."),
    ] = None,
    mirror: MirrorOption = "",
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
    from kinesis_fast.motions import data_sets
    from kinesis_fast.motions.capture.importing import ImportRequest, import_motions, read_names
    from kinesis_fast.motions.formats import ReadOptions

    check_library(out)
    chosen = data_sets.find_data_set(data_set)
    kept = cache.folder()
    if folder is None and kept is None:
        raise InputError("there is no cache folder to keep the files in; name one with --folder")
    place = folder or Path(kept or ".") / data_set
    _fetch(chosen, place, mirror)
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


def test_data_fetch(
    folder: Annotated[Path, typer.Argument(help="Where the files are put.")],
    mirror: MirrorOption = "",
) -> None:
    """Download what tests and figures of this documentation read, as far as it may be fetched.

    Every file is held against its SHA-256; an interrupted download goes on where it stopped.

    Example: kinesis-fast test-data fetch test-data
    """
    from kinesis_fast.motions.data_sets import TEST_DATA

    _fetch(TEST_DATA, folder, mirror)
    say(
        "Not among them: what may not be fetched, or is made of other files (test-data list); "
        "tests that need it are skipped and say so",
        f"Next: KINESIS_FAST_TEST_DATA={folder} pytest",
    )


def test_data_list(json_file: JsonOption = None) -> None:
    """Tell every file of the test data: its size, source and licence, or why it is not fetched.

    Example: kinesis-fast test-data list --json manifest.json
    """
    from kinesis_fast.motions.data_sets import TEST_DATA, listed_files, not_fetched

    check_json(json_file)
    listed = listed_files(TEST_DATA)
    for name, source in TEST_DATA.sources.items():
        own = [file for file in listed if file.source == name]
        megabytes = sum(file.size for file in own) / 1e6
        say(
            f"github.com/{source.repository} {source.commit[:7]}: {counted(len(own), 'file')}, "
            f"{megabytes:.1f} MB; {source.licence}"
        )
    others = not_fetched()
    say("Not fetched:")
    for file in others:
        say(f"  {file.name}, {file.size:,} bytes: {file.why}")
    files = [
        {
            "name": file.name,
            "bytes": file.size,
            "sha256": file.sha256,
            "repository": TEST_DATA.sources[file.source].repository,
            "commit": TEST_DATA.sources[file.source].commit,
            "path": file.path,
            "licence": TEST_DATA.sources[file.source].licence,
        }
        for file in listed
    ]
    write_json(json_file, {"files": files, "not_fetched": [asdict(file) for file in others]})


def _fetch(chosen: DataSet, place: Path, mirror: str) -> None:
    """Download a data set into a folder, with a bar, and tell its licences."""
    from kinesis_fast.motions import fetching

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
