"""What there is before any command: where to begin, the version, and what is amiss (``doctor``)."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from kinesis_fast.cli.common import JsonOption, cell, check_json, console, say, write_json
from kinesis_fast.errors import InputError

FIRST_STEPS = (
    ("See a body walk", "kinesis-fast demo"),
    ("Drive it in a browser", "kinesis-fast play"),
    ("Tell it what to do", 'kinesis-fast render shipped --text "walk in a circle" --out said.mp4'),
    ("Let it follow your motions", "kinesis-fast motions import FILE --out mine.h5"),
    ("Train a policy", "kinesis-fast train"),
    ("Ask what its muscles do", "kinesis-fast analyze report shipped --motions gait --out report"),
    ("See what this machine lacks", "kinesis-fast doctor"),
    ("See every command", "kinesis-fast --help"),
)


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.callback(invoke_without_command=True)(start)
    app.command()(doctor)


def _show_version(wanted: bool) -> None:
    if wanted:
        say(f"kinesis_fast {version('kinesis_fast')}")
        raise typer.Exit


def start(
    context: typer.Context,
    _: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Tell the version, and exit."
        ),
    ] = False,
) -> None:
    """Train muscle-driven bodies to move as people do."""
    if context.invoked_subcommand is not None:
        return
    say(
        f"kinesis_fast {version('kinesis_fast')}: muscle-driven bodies that learn to move as "
        "people do."
    )
    latest = _latest_run(Path("runs"))
    steps = list(FIRST_STEPS)
    if latest is not None:
        steps.insert(0, ("See how your latest run does", f"kinesis-fast eval {latest}"))
    for what, command in steps:
        say("", f"{what}:", f"  {command}")


def _latest_run(folder: Path) -> Path | None:
    found = [path.parent for path in folder.glob("*/config.yaml")]
    return max(found, key=lambda path: path.stat().st_mtime, default=None)


def doctor(json_file: JsonOption = None) -> None:
    """Look at what this machine has of what is needed, and tell how to get what is missing.

    Example: kinesis-fast doctor --json machine.json
    """
    from dataclasses import asdict

    from kinesis_fast.doctor import PICTURES, examine, working

    check_json(json_file)
    with console.status("Looking ..."):
        checks = list(examine())
    table = Table("", "what", "found")
    for check in checks:
        state = "ok" if check.ok else ("missing" if check.needed else "-")
        table.add_row(state, cell(check.name), cell(check.found))
    console.print(table)
    for check in checks:
        if not check.ok:
            say(f"{check.name}: {check.remedy}")
    write_json(json_file, {"checks": [asdict(check) for check in checks]})
    if not working(checks):
        missing = ", ".join(check.name for check in checks if check.needed and not check.ok)
        raise InputError(f"something that every command needs does not work: {missing}")
    drawn = any(check.name == PICTURES and check.ok for check in checks)
    following = "kinesis-fast demo" if drawn else "kinesis-fast eval shipped, which draws nothing"
    say(f"All that every command needs is there. Next: {following}")
