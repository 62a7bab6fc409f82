"""What the documentation tells to type works as it stands, and its links lead somewhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pages import blocks, commands, data_files

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs"
"""Missing where the tests run without the repository around them."""
PAGES = sorted([ROOT / "README.md", *FOLDER.rglob("*.md")]) if FOLDER.is_dir() else []
LINK = re.compile(r"\[[^\]]*\]\(([^)\s#]+)(?:#[^)]*)?\)")
RUN = [
    page
    for page in PAGES
    if any(block.language in ("sh", "python") and not block.why_not for block in blocks(page))
]


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.skipif(os.name == "nt", reason="runs shell commands")
@pytest.mark.parametrize("page", RUN, ids=named)
def test_every_block_runs(page: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    for name in data_files(page):
        source = request.getfixturevalue("real_data") / name
        target = tmp_path / source.name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    path = f"{commands(tmp_path / '.commands')}{os.pathsep}{os.environ['PATH']}"
    for block in blocks(page):
        if block.why_not:
            continue
        if block.title:
            (tmp_path / block.title).write_text(block.text)
            if block.language != "python":
                continue
        if block.language not in ("sh", "python"):
            continue
        command = ["bash", "-euo", "pipefail", "-c", block.text]
        if block.language == "python":
            command = [sys.executable, "-c", block.text]
        done = subprocess.run(
            command, cwd=tmp_path, env={**os.environ, "PATH": path, "COLUMNS": "80"},
            capture_output=True, text=True, check=False, timeout=600,
        )  # fmt: skip
        assert done.returncode == 0, (
            f"{named(page)}, line {block.line}:\n{block.text}\n{done.stdout[-2000:]}\n"
            f"{done.stderr[-2000:]}"
        )


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_to_files_that_exist(page: Path) -> None:
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" not in link and not link.startswith("mailto:"):
            found = page.parent / link
            pages = [FOLDER / "reference" / name for name in ("commands.md", "settings.md")]
            made = "images/made/" in link or found in pages
            assert made or found.exists(), link


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_lines_of_code_fit_a_page(page: Path) -> None:
    for block in blocks(page):
        if block.language in ("sh", "python", "yaml"):
            assert max(map(len, block.text.splitlines()), default=0) <= 120, (named(page), block)
