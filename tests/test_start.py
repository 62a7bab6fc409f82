"""What a new user meets first: the program alone, its version, completion."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from command_line import refuse, succeed


def test_alone_it_tells_what_to_do_next(tmp_path: Path) -> None:
    shown = succeed(tmp_path)
    assert "kinesis-fast demo" in shown and "kinesis-fast doctor" in shown
    assert max(map(len, shown.splitlines())) <= 80
    run_folder = tmp_path / "runs" / "mine"
    run_folder.mkdir(parents=True)
    (run_folder / "config.yaml").write_text("")
    assert f"kinesis-fast eval {Path('runs') / 'mine'}" in succeed(tmp_path)


def test_version(tmp_path: Path) -> None:
    assert succeed(tmp_path, "--version").strip() == f"kinesis_fast {version('kinesis_fast')}"
    refuse(tmp_path, "No such command", "walk")


def test_the_shell_completes_commands(tmp_path: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "kinesis-fast"],
        env={"_KINESIS_FAST_COMPLETE": "complete_bash", "COMP_WORDS": "kinesis-fast mo",
             "COMP_CWORD": "1", "PATH": "/usr/bin:/bin"},
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.split() == ["motions"]
