"""Documentation pages: the blocks of code in them, and how they are run.

Blocks of ``sh`` and ``python`` run as they stand, in order, in one folder a page; a block with a
title is a file, written there. ``<!-- not run: WHY -->`` on the line before a block leaves it out.
``<!-- data: FILES -->`` anywhere on a page names files of the test data that lie in the folder.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

BLOCK = re.compile(
    r"(?:<!-- not run: (?P<why>[^\n]+?) -->\n)?"
    r"^(?P<indent> *)```(?P<language>\w+)?(?: title=\"(?P<title>[^\"]+)\")?\n(?P<text>.*?)^ *```$",
    re.MULTILINE | re.DOTALL,
)
DATA = re.compile(r"<!-- data: ([^\n]+) -->")
SHORT = "total_samples=512 num_envs=8 ppo.num_steps=16 ppo.minibatch_size=64"
"""What trainings on pages are cut down to."""
SMALL = {
    "demo": "--seconds 1",
    "render": "--seconds 1 --width 160 --height 128",
    "play": "--seconds 6 --width 160 --height 128",
    "train": SHORT,
    "eval": "--episodes 64",
    "analyze report": "--no-redundancy --starts 3",
}
"""What is added to commands on pages: videos are small as well."""


@dataclass(frozen=True)
class Block:
    """Of code."""

    language: str
    text: str
    line: int
    title: str = ""
    why_not: str = ""


def blocks(page: Path) -> list[Block]:
    """Return a page's blocks in order."""
    source = page.read_text(encoding="utf-8")
    return [
        Block(
            found["language"] or "",
            re.sub(f"^{found['indent']}", "", found["text"], flags=re.MULTILINE),
            source[: found.start("text")].count("\n"),
            found["title"] or "",
            found["why"] or "",
        )
        for found in BLOCK.finditer(source)
    ]


def data_files(page: Path) -> list[str]:
    """Return the files of the test data that a page takes to be at hand."""
    found = DATA.search(page.read_text(encoding="utf-8"))
    return found[1].split() if found else []


def commands(folder: Path) -> Path:
    """Make a folder of commands to put first on ``PATH``: work is cut down, pip does nothing."""
    folder.mkdir()
    cases = "".join(f'"{name} "*) set -- "$@" {more};;\n' for name, more in SMALL.items())
    program = (
        f'#!/bin/sh\ncase "$* " in\n{cases}esac\nexec "{sys.executable}" -m kinesis_fast "$@"\n'
    )
    others = {"kinesis-fast": program, "pip": "#!/bin/sh\nexit 0\n"}
    others["python"] = f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'
    for name, text in others.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return folder
