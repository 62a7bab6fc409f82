"""What all commands share: the console, and writing figures and pictures."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from kinesis_fast.errors import InputError
from kinesis_fast.registration import TASK_NAMES


class _Console(Console):
    """A console that falls silent where nobody reads any more: work goes on."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, sys.stdout.fileno())


console = _Console()


JsonOption = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Write the figures to this file.")
]

TASKS_THERE = ", ".join(TASK_NAMES[:-1]) + f" or {TASK_NAMES[-1]}"
"""For texts of help."""

LibraryArgument = Annotated[
    str, typer.Argument(help="A built-in library, a library (.h5) or a motion file.")
]
ThreadsOption = Annotated[
    int, typer.Option("--threads", help="Threads of the engine; 0: one per CPU.")
]
PhysicsOption = Annotated[
    str, typer.Option(help="How bodies are stepped: fused, mujoco, or lanes, the fastest.")
]
BodyOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="Another body that the policy is to drive: a built-in model or a file, as body scale "
        "writes. By default the one that it was trained on.",
    ),
]
MotionsOption = Annotated[
    str | None,
    typer.Option("--motions", help="A built-in library (gait) or the path of a motion file."),
]


def printable(text: object) -> str:
    """Return a text on one line, with what would steer a terminal written as escapes.

    Names come from files that may hold anything.
    """
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "replace").decode("ascii")
        for c in str(text).encode("utf-8", "replace").decode("utf-8")
    )


def cell(text: object) -> Text:
    """Return a text for a table as it is: nothing in it is markup."""
    return Text(printable(text))


def say(*lines: object) -> None:
    """Print lines as they are, unwrapped: nothing in them is markup."""
    for line in lines:
        console.print(cell(line), soft_wrap=True)


def say_chosen(clips: Sequence[Any], number: int, asked: str | None) -> None:
    """Say which clip of several is taken where none was asked for."""
    if asked is None and len(clips) > 1:
        say(f"clip {clips[number].name}, of {len(clips):,}; --clip names another")


def counted(number: int, thing: str) -> str:
    """Return ``1 clip`` or ``2 clips`` of a thing ``clip``."""
    return f"{number:,} {thing}" + ("" if number == 1 else "s")


def figures_table(name: str, *figures: str) -> Table:
    """Return a table of names and figures, whose long names break before a figure is cut.

    Args:
        name: heading of the first column.
        figures: headings of the others; units stand on a line of their own.
    """
    columns = (Column(title, justify="right", no_wrap=True) for title in figures)
    return Table(Column(name, overflow="fold"), *columns, box=SIMPLE_HEAD, pad_edge=False)


def check_library(path: Path, *sources: str | Path) -> None:
    """Raise InputError unless a library can be written there, which is none of the sources."""
    from kinesis_fast.motions.sources import LIBRARY_SUFFIXES

    if path.suffix.lower() not in LIBRARY_SUFFIXES:
        raise InputError(
            f"cannot write {str(path)!r}; a library's suffix is {' or '.join(LIBRARY_SUFFIXES)}"
        )
    if not path.parent.is_dir():
        raise InputError(f"folder {str(path.parent)!r} for the library does not exist")
    _check_place(path)
    if any(path.resolve() == Path(source).resolve() for source in sources):
        raise InputError(f"{str(path)!r} is read from; name another library to write")


def check_json(path: Path | None) -> None:
    """Raise InputError unless figures can be written there."""
    if path is not None and not path.parent.is_dir():
        raise InputError(f"folder {str(path.parent)!r} for the figures does not exist")
    if path is not None:
        _check_place(path)


def _check_place(path: Path) -> None:
    if path.is_dir():
        raise InputError(f"{str(path)!r} is a folder; name a file to write")
    if not os.access(path.parent, os.W_OK):
        raise InputError(f"folder {str(path.parent)!r} may not be written to; name another")


def write_json(path: Path | None, figures: dict[str, Any]) -> None:
    """Write figures as JSON, numbers that are not finite as null, if a path is given."""
    if path is not None:
        path.write_text(json.dumps(_finite(figures), indent=2) + "\n", encoding="utf-8")


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not (-1e308 < value < 1e308):
        return None
    return value


def plain(value: Any) -> Any:
    """Return a numpy scalar as Python's own."""
    return value.item() if hasattr(value, "item") else value


def write_pictures(out: Path, images: list[Any], clip: str) -> None:
    """Write a strip or a video, with a strip beside it, and say so."""
    from kinesis_fast.view import image_files, playback

    image_files.write_images(out, images, playback.FRAME_RATE)
    written = [str(out)]
    if out.suffix.lower() != ".png":
        strip = out.with_suffix(".png")
        image_files.write_images(strip, images, playback.FRAME_RATE)
        written.append(str(strip))
    say(f"{' and '.join(written)}: clip {clip}, {len(images) / playback.FRAME_RATE:.1f} s")
