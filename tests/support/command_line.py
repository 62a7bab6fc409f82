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
