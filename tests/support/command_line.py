"""Runs the command line as a user does, and the smallest training there is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TINY = ["num_envs=8", "total_samples=64", "ppo.num_steps=4", "policy.hidden_sizes=[8]",
        "policy.value_hidden_sizes=[8]", "tensorboard=false"]  # fmt: skip


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``kinesis-fast`` in a folder."""
    command = [sys.executable, "-m", "kinesis_fast", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def succeed(folder: Path, *arguments: str) -> str:
    """Run it, expect success, and return what it printed."""
    done = run(folder, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def refuse(folder: Path, message: str, *arguments: str) -> None:
    """Run it, expect status 2 and one line with this message."""
    done = run(folder, *arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
