"""Training in two processes: what they share, how they end, and that they go on."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from process_meeting import meet

from kinesis_fast.learn import checkpoint as checkpoints
from kinesis_fast.learn.distributed import threads_here

SMALL = [
    "device=cpu",  # as many GPUs as processes are not everywhere
    "num_envs=16",
    "ppo.num_steps=8",
    "ppo.minibatch_size=64",
    "policy.hidden_sizes=[16]",
    "policy.value_hidden_sizes=[16]",
    "checkpoint_interval=1",
    "keep_checkpoints=1000",
    "tensorboard=false",
    "clips=[stand,walk_slow_060]",
    "eval_interval=2",
    "eval_split=all",
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
    assert f"2 processes of {max(1, (os.cpu_count() or 1) // 2)} threads" in output
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


def test_two_processes_mine_in_one_folder(tmp_path: Path) -> None:
    mine = [*SMALL, "total_samples=128", "mining.experts=2"]
    run = launch(tmp_path, "--recipe", "negative-mining", *mine)
    output, _ = run.communicate(timeout=300)
    assert run.returncode == 0, output
    (folder,) = (tmp_path / "runs").iterdir()  # named by the time, of one of them
    stages = json.loads((folder / "mining.json").read_text())["stages"]
    assert [stage["name"] for stage in stages] == ["expert_0", "expert_1", "gate"]


def test_processes_may_be_late_where_each_works_for_itself() -> None:
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    context = torch.multiprocessing.get_context("spawn")
    processes = [context.Process(target=meet, args=(rank, port)) for rank in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=120)
    assert [process.exitcode for process in processes] == [0, 0]


def test_processes_share_a_machines_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOCAL_WORLD_SIZE", raising=False)
    assert [threads_here(number) for number in (0, 3)] == [0, 3]
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    for processes, share in (("2", 4), ("3", 2), ("16", 1)):
        monkeypatch.setenv("LOCAL_WORLD_SIZE", processes)
        assert [threads_here(number) for number in (0, 3)] == [share, 3]
