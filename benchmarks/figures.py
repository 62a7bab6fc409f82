"""The documentation's figures, measured anew: one page of what it says and what is found now.

    KINESIS_FAST_TEST_DATA=FOLDER python benchmarks/figures.py --out docs/figures.md

Runs the commands of ``figures.toml``, one after another, and holds every figure against what the
documentation says of it, within noise that was stated beforehand. Needs the extras ``report`` and
``bench`` and the test data (``kinesis-fast test-data fetch FOLDER``); an hour of two cores at most.
``tests/docs/test_figures.py`` holds the documentation's own words against ``figures.toml``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import mujoco
import torch

from kinesis_fast import __version__
from kinesis_fast.bench.engine import processor

ROOT = Path(__file__).parents[1]
LIST = Path(__file__).with_suffix(".toml")
MINUTES = 30
"""A command may take no longer."""


@dataclass(frozen=True)
class Figure:
    """A figure that the documentation states."""

    what: str
    path: str
    """Where it is in the command's JSON: keys and indices with dots between; ``*``: the mean."""
    says: float
    noise: float
    """How far from it one of another day or machine may be."""
    page: str
    """That states it, from the repository's root."""
    words: str
    """With which the page states it."""
    relative: bool = False
    """Whether ``noise`` is a share of ``says``: of speeds."""
    scale: float = 1.0
    """What the figure in the JSON is multiplied by."""

    def found(self, record: Any) -> float:
        """Return it from what a command wrote."""
        return _looked_up(record, self.path.split(".")) * self.scale

    def holds(self, found: float) -> bool:
        """Whether it is what the documentation says, within the noise."""
        return abs(found - self.says) <= self.noise * (self.says if self.relative else 1.0) + 1e-9

    @property
    def margin(self) -> str:
        """The noise, as the page shows it."""
        return f"{self.noise:.0%}".replace("%", " %") if self.relative else f"{self.noise:g}"


def _looked_up(record: Any, keys: list[str]) -> float:
    """Return the number that keys lead to; ``*`` is the mean over a list."""
    if not keys:
        return float(record)
    key, *rest = keys
    if key == "*":
        return statistics.fmean(_looked_up(one, rest) for one in record)
    return _looked_up(record[int(key)] if isinstance(record, list) else record[key], rest)


@dataclass(frozen=True)
class Command:
    """What makes figures, or files for commands after it where it has none."""

    run: str
    figures: tuple[Figure, ...]


def listed() -> Iterator[Command]:
    """Yield the commands in order."""
    for entry in tomllib.loads(LIST.read_text(encoding="utf-8"))["command"]:
        figures = entry.get("figure", [])
        yield Command(entry["run"], tuple(Figure(**one) for one in figures))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("figures.md"))
    parser.add_argument("--only", default="", help="commands that have this in them")
    arguments = parser.parse_args()
    data = os.environ.get("KINESIS_FAST_TEST_DATA")
    if not data:
        parser.error("KINESIS_FAST_TEST_DATA names no folder: kinesis-fast test-data fetch FOLDER")
    rows: list[str] = []
    began = time.monotonic()
    wrong = 0
    with tempfile.TemporaryDirectory() as work:
        (Path(work) / "data").symlink_to(Path(data).resolve())
        (Path(work) / "benchmarks").symlink_to(ROOT / "benchmarks")
        for command in listed():
            if arguments.only not in command.run:
                continue
            lines, failed = measured(command, Path(work))
            rows += lines
            wrong += failed
    page = "\n".join([*head(time.monotonic() - began, wrong), *rows, ""])
    arguments.out.write_text(page, encoding="utf-8")
    print(page)
    sys.exit(min(wrong, 1))


def measured(command: Command, work: Path) -> tuple[list[str], int]:
    """Run a command; returns its part of the page, and how many figures are not as they should."""
    record = work / "record.json"
    record.unlink(missing_ok=True)
    call = command.run + (f" --json {record}" if command.figures else "")
    print(f"{datetime.now():%H:%M} {command.run}", file=sys.stderr, flush=True)
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, *shlex.split(as_module(call))],
        cwd=work, capture_output=True, text=True, check=False, timeout=60 * MINUTES,
    )  # fmt: skip
    seconds = time.monotonic() - began
    lines = ["", f"`{command.run}` ({seconds:.0f} s)", ""]
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        return [*lines, f"**Failed**: {last}"], max(1, len(command.figures))
    if not command.figures:
        return lines[:-1], 0
    lines += ["| figure | the documentation | now | noise | |", "|---|---|---|---|---|"]
    wrong = 0
    found = json.loads(record.read_text(encoding="utf-8"))
    for figure in command.figures:
        value = figure.found(found)
        verdict = "" if figure.holds(value) else "**differs**"
        wrong += bool(verdict)
        words = figure.words.replace("|", "/")
        page = f"{words} (`{figure.page}`)"
        lines.append(f"| {figure.what} | {page} | {value:.3g} | {figure.margin} | {verdict} |")
    return lines, wrong


def as_module(call: str) -> str:
    """Return a call with this interpreter's package instead of what is on the path."""
    name, _, rest = call.partition(" ")
    return f"-m kinesis_fast {rest}" if name == "kinesis-fast" else rest


def head(seconds: float, wrong: int) -> list[str]:
    """Return how the page begins: what it is of, when, and where."""
    commit = subprocess.run(
        ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--tags"],
        capture_output=True, text=True, check=False,
    ).stdout.strip()  # fmt: skip
    versions = f"Python {platform.python_version()}, MuJoCo {mujoco.__version__}"
    return [
        "# Figures, measured anew",
        "",
        "What README and these pages state, as `python benchmarks/figures.py --out "
        "docs/figures.md` finds it: every command, what the documentation says, what is found, and "
        "the noise that was allowed beforehand (`benchmarks/figures.toml`). Speeds are ratios or "
        "of the machine named here; figures of learning are the shipped policies', whose training "
        "is in [Train](training.md) and their model cards.",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, kinesis_fast {__version__} ({commit or 'no commit'}), "
        f"{processor()}, {os.cpu_count()} cores, {versions}, torch {torch.__version__}; "
        f"{seconds / 60:.0f} minutes; {wrong or 'none'} of the figures beyond its noise.",
    ]


if __name__ == "__main__":
    main()
