"""What recording costs a policy that acts: in memory alone, and written to a file as it goes.

Blocks of the same control steps by turns, on one thread, in processor time: files are written to
memory that the system empties when it likes.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import numpy as np
import torch

from kinesis_fast.analysis.movement import MovementRows
from kinesis_fast.analysis.recording import RecordingInfo, write_recording
from kinesis_fast.learn import checkpoint as checkpoints
from kinesis_fast.learn.episodes import run_episodes
from kinesis_fast.learn.evaluation.clips import Subject, load_agent

BODIES, STEPS, ROUNDS = 16, 120, 21


def test_cost_of_recording(benchmark, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    subject = Subject(checkpoints.load("shipped"), "gait", split="all", num_threads=1)
    library = subject.library().subset(["walk_comfortable_120"])
    env = subject.protocol_env(library, num_envs=BODIES)
    agent = load_agent(subject.checkpoint, env)
    clip, begin = library.clips[0], np.linspace(0.0, 4.0, BODIES)
    info = RecordingInfo.of(env.model, subject="shipped", clip=clip.name, rate=150.0, name="")
    sizes = MovementRows(env, clip, begin, STEPS).sizes
    seconds: dict[str, list[float]] = {"alone": [], "in memory": [], "written": []}

    with write_recording(tmp_path / "a.h5", info, BODIES, sizes) as writer:

        def block(how: str) -> None:
            env.stop_recording()
            rows = None if how == "alone" else MovementRows(env, clip, begin, STEPS)
            chosen = {"clip": 0, "start_time": begin}
            began = time.process_time()
            for number, step in enumerate(run_episodes(env, agent, chosen, steps=STEPS)):
                if rows is not None and how == "written":
                    writer.append(rows.of_step(number), step.running)
            seconds[how].append(time.process_time() - began)

        def turn() -> None:
            for how in sorted(seconds, reverse=len(seconds["alone"]) % 2 == 1):
                block(how)

        benchmark.pedantic(turn, rounds=ROUNDS, warmup_rounds=1)

    for how in ("in memory", "written"):
        pairs = zip(seconds[how][1:], seconds["alone"][1:], strict=True)
        benchmark.extra_info[f"{how} over alone"] = statistics.median(a / b for a, b in pairs)
