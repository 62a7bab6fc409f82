"""The command that tells what can be set: ``settings``."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Column, Table

from kinesis_fast.cli.common import TASKS_THERE, cell, console
from kinesis_fast.errors import InputError, did_you_mean


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("settings")(settings_command)


def settings_command(
    pattern: Annotated[
        str | None, typer.Argument(help="Part of names of settings, as ppo or env.joint.")
    ] = None,
    preset: Annotated[str, typer.Option(help="Whose values are shown.")] = "quickstart",
    task: Annotated[str | None, typer.Option(help=f"{TASKS_THERE}.")] = None,
) -> None:
    """Show what can be set for a training: value, unit, range and meaning of every setting.

    Example: kinesis-fast settings env.joint --preset generalist
    """
    from kinesis_fast.learn.config import load_train_config
    from kinesis_fast.settings import listed

    found = list(listed(load_train_config(preset, {} if task is None else {"task": task})))
    names = [setting.name for setting in found]
    chosen = [setting for setting in found if pattern is None or pattern in setting.name]
    if not chosen:
        raise InputError(f"no setting has {pattern!r} in its name{did_you_mean(pattern, names)}")
    table = Table(
        Column("setting", overflow="fold"), "value", "unit", "may be", "meaning", box=SIMPLE_HEAD
    )
    for setting in chosen:
        row = (
            setting.name,
            _short(setting.value),
            setting.unit or "",
            setting.allowed,
            setting.meaning,
        )
        table.add_row(*map(cell, row))
    console.print(table)


def _short(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return str(value)
