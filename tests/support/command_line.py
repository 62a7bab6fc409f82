"""Runs the command line as a user does, and the smallest training there is."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
from pathlib import Path
from unittest import mock

from kinesis_fast.cli.app import main

TINY = ["num_envs=8", "total_samples=64", "ppo.num_steps=4", "policy.hidden_sizes=[8]",
        "policy.value_hidden_sizes=[8]", "tensorboard=false"]  # fmt: skip


def run_process(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``kinesis-fast`` in a folder, in a process of its own."""
    command = [sys.executable, "-m", "kinesis_fast", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``kinesis-fast`` in a folder, in this process: what it takes to start is spared."""
    out, err = io.StringIO(), io.StringIO()
    command = ["kinesis-fast", *arguments]
    status: object = 0
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        mock.patch.object(sys, "argv", command),
    ):
        try:
            main()
        except SystemExit as end:
            status = end.code
    code = status if isinstance(status, int) else 0
    return subprocess.CompletedProcess(command, code, out.getvalue(), err.getvalue())


def succeed(folder: Path, *arguments: str) -> str:
    """Run it, expect success, and return what it printed."""
    done = run(folder, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def refuse(folder: Path, message: str, *arguments: str) -> None:
    """Run it, expect status 2 and one line with this message."""
    done = run(folder, *arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert message in done.stderr, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
