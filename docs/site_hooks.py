"""What the site makes of the package itself: a page of all commands, figures, pictures."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import typer
from mkdocs.structure.files import File, Files

from kinesis_fast.cli.app import app
from kinesis_fast.learn.config import TrainConfig
from kinesis_fast.settings import Setting, listed
from kinesis_fast.tasks import TASKS

ROLE = re.compile(r":(?:class|meth|func|data|mod|attr):\s*<code>([^<]+)</code>")
FIGURES = re.compile(r"<!-- figures: (\S+) -->")
COMMANDS = "reference/commands.md"
SETTINGS = "reference/settings.md"
PACKAGE = "-m kinesis_fast"
PICTURES = {
    "said.png": f"{PACKAGE} render shipped --text 'walk two metres, then turn left' --out",
    "preview.png": f"{PACKAGE} motions preview gait --clip walk_comfortable_120 --out",
    "steer.png": "docs/screenshots.py steer",
    "report.png": "docs/screenshots.py report",
}
"""Of ``images/made``: what Python draws them with; they are kept in ``build/pictures``."""


def on_files(files: Files, config: Any) -> Files:
    """Add the pages of commands and of settings, and pictures as the package draws them."""
    files.append(File.generated(config, COMMANDS, content=commands_page()))
    files.append(File.generated(config, SETTINGS, content=settings_page()))
    root = Path(config.config_file_path).parent
    for name, command in PICTURES.items():
        picture = root / "build" / "pictures" / name
        if not picture.exists():
            picture.parent.mkdir(parents=True, exist_ok=True)
            arguments = [*shlex.split(command), str(picture)]
            subprocess.run([sys.executable, *arguments], check=True, cwd=root)
        files.append(File.generated(config, f"images/made/{name}", abs_src_path=str(picture)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Put the figures of JSON files where a page has ``<!-- figures: FILE -->``."""
    folder = Path(page.file.abs_src_path).parent if page.file.abs_src_path else Path()
    return FIGURES.sub(lambda found: json_table(folder / found[1]), markdown)


def json_table(path: Path) -> str:
    """Return what ``kinesis-fast bench --json`` wrote, as a table."""
    rows = []
    for name, value in json.loads(path.read_text(encoding="utf-8")).items():
        for part, number in value.items() if isinstance(value, dict) else [("", value)]:
            shown = f"{number:,.2f}" if isinstance(number, float) else str(number)
            rows.append(f"| {f'{name} {part}'.strip().replace('_', ' ')} | {shown} |")
    return "\n".join(["| figure | value |", "|---|---|", *rows])


def on_page_content(html: str, **_: Any) -> str:
    """Show the roles of docstrings (``:class:`~a.b.C```) as what they name."""
    return ROLE.sub(lambda found: f"<code>{_named(found[1])}</code>", html)


def _named(path: str) -> str:
    return path.rpartition(".")[2] if path.startswith("~") else path


def settings_page() -> str:
    """Return what every setting may be and means, as a page."""
    parts = [
        "# Settings\n",
        "Those of a training, `kinesis-fast train key=value`, with their defaults before any "
        "preset; those under `env` are `make_vec`'s too. `kinesis-fast settings` tells the "
        "same.\n",
    ]
    told: set[str] = set()
    for name, task in TASKS.items():
        found = list(listed(TrainConfig(task=name, env=task.config())))
        new = [one for one in found if one.name not in told and not one.name.startswith("preset")]
        told |= {one.name for one in found}
        parts.append(f"## {'All tasks and imitation' if name == 'imitation' else name}\n")
        parts.append("| setting | default | unit | may be | |\n|---|---|---|---|---|")
        parts += [_setting_row(setting) for setting in new]
        parts.append("")
    return "\n".join(parts)


def _setting_row(setting: Setting) -> str:
    meaning = setting.meaning.replace("``", "`").replace("|", "\\|")
    default = "" if setting.value in ("", [], {}) else f"`{setting.value}`"
    return (
        f"| `{setting.name}` | {default} | {setting.unit or ''} | {setting.allowed} | {meaning} |"
    )


def commands_page() -> str:
    """Return what every command's ``--help`` tells, as a page."""
    root = typer.main.get_command(app)
    parts = ["# Commands\n", "`kinesis-fast COMMAND --help` tells the same.\n"]
    parts += _described(root, ["kinesis-fast"])
    return "\n".join(parts)


def _described(command: Any, path: list[str]) -> list[str]:
    context = typer.Context(command, info_name=path[-1])
    if hasattr(command, "commands"):
        found = []
        for name in command.list_commands(context):
            found += _described(command.commands[name], [*path, name])
        return found
    name = " ".join(path)
    pieces = command.collect_usage_pieces(context)
    parts = [f"## {name}\n", (command.help or "").replace("\b", "").strip() + "\n"]
    parts += [f"```text\n{name} {' '.join(pieces)}\n```\n"]
    rows = []
    for parameter in command.params:
        help_text = " ".join((getattr(parameter, "help", None) or "").split())
        help_text = help_text.replace("|", "\\|")
        spelt = ", ".join(f"`{o}`" for o in [*parameter.opts, *parameter.secondary_opts])
        if parameter.param_type_name == "argument":
            spelt = f"`{parameter.metavar or parameter.name}`"
        default = parameter.default
        shown = "" if default in (None, False, "", ()) or callable(default) else f"`{default}`"
        rows.append(f"| {spelt} | {help_text} | {shown} |")
    if rows:
        parts += ["| | | default |\n|---|---|---|\n" + "\n".join(rows) + "\n"]
    return parts
