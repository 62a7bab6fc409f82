"""Training in two processes: what they share, how they end, and that they go on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from kinesis_fast.learn import checkpoint as checkpoints

SMALL = [
    "num_envs=16",
    "num_threads=1",
    "ppo.num_steps=8",
    "ppo.minibatch_size=64",
    "policy.hidden_sizes=[16]",
    "policy.value_hidden_sizes=[16]",
    "checkpoint_interval=1",
    "keep_checkpoints=1000",
    "tensorboard=false",
    "clips=[stand,walk_slow_060]",
]
pytestmark = pytest.mark.skipif(not torch.distributed.is_gloo_available(), reason="needs gloo")


def launch(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    command += ["--master-port", "0", "--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0"]
    return subprocess.Popen(
        [*command, "-m", "kinesis_fast", "train", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def lines_of(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_two_processes_train_one_agent_and_go_on_bit_for_bit(tmp_path: Path) -> None:
    run = launch(tmp_path, *SMALL, "total_samples=512", "--out", "whole")
    output, _ = run.communicate(timeout=300)
    assert run.returncode == 0, output
    assert output.count("Training finished at 512 samples") == 1  # process 0 alone speaks
    assert [line["samples"] for line in lines_of(tmp_path / "whole")] == [128, 256, 384, 512]
    point = tmp_path / "whole" / "checkpoints" / "0000002.safetensors"
    again = launch(tmp_path, "--resume", str(point), "--out", "rest")
    output, _ = again.communicate(timeout=300)
    assert again.returncode == 0, output
    one, other = (checkpoints.load(tmp_path / name) for name in ("whole", "rest"))
    assert len(one.tensors["env/obs"]) == 16
    for name, value in one.tensors.items():
        assert torch.equal(value, other.tensors[name]), name


def test_a_lost_process_ends_the_others_and_the_run_resumes(tmp_path: Path) -> None:
    run = launch(tmp_path, *SMALL, "total_samples=1000000000", "--out", "run")
    folder = tmp_path / "run" / "checkpoints"
    deadline = time.monotonic() + 200
    while len(list(folder.glob("*.safetensors"))) < 3:
        assert run.poll() is None and time.monotonic() < deadline
        time.sleep(0.2)
    # torchrun starts the processes in rank order.
    children = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
    os.kill(int(children[-1]), signal.SIGKILL)
    output, _ = run.communicate(timeout=60)
    assert run.returncode != 0
    assert "lost another one" in output and "train --resume" in output
    point = checkpoints.load(tmp_path / "run")
    more = int(point.progress["samples"]) + 256
    again = launch(tmp_path, "--resume", "run", f"total_samples={more}")
    output, _ = again.communicate(timeout=300)
    assert again.returncode == 0, output
    assert lines_of(tmp_path / "run")[-1]["samples"] == more


def test_what_cannot_be_shared_is_refused(tmp_path: Path) -> None:
    run = launch(tmp_path, *SMALL, "num_envs=15", "--out", "run")
    output, _ = run.communicate(timeout=120)
    assert run.returncode != 0
    assert "num_envs is 15; it must be a multiple of the 2 processes" in output
