"""How fast the engine is, beside MuJoCo's own step and the plain Python environment.

One recording of states and actions is made first. Every contender then goes through it, in
turn, several rounds, the raw loop half before the engine and half after it; medians of the rounds'
rates, and of their ratios round by round, are reported, so that a machine whose speed drifts does
not favour one of them.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast import _engine
from kinesis_fast.body import load_model
from kinesis_fast.envs import MuscleVectorEnv, make_vec
from kinesis_fast.envs.reference import ReferenceEnv
from kinesis_fast.errors import InputError
from kinesis_fast.motions import MotionLibrary, load_motions

MANY_ENVS = 4096


@dataclass(frozen=True)
class Workload:
    """What every contender does."""

    motions: str = "gait"
    control_mode: str = "length"
    num_envs: int = 64
    num_threads: int = 1
    control_steps: int = 32
    python_steps: int = 200
    rounds: int = 9
    seed: int = 0


@dataclass(frozen=True)
class RecordedRun:
    """States and actions of a run of the engine."""

    start: dict[str, npt.NDArray[Any]]
    """State of all environments before the first step."""
    actions: npt.NDArray[np.float32]
    """Actions that were taken, (control_steps, num_envs, num_actions)."""
    rows: npt.NDArray[np.float64]
    """MuJoCo state rows before every step, (control_steps * num_envs, state size)."""
    starts: list[tuple[npt.NDArray[np.int32], npt.NDArray[np.float64]]]
    """Clip and start time of every environment's episode, before every step."""


def run(
    workload: Workload, on_progress: Callable[[int, int], None] = lambda done, total: None
) -> dict[str, Any]:
    """Measure, and return rates a second, ratios, and what they were measured at.

    Args:
        workload: what is stepped, how often.
        on_progress: called with rounds done, and rounds in all.

    Raises:
        InputError: a value of the workload is out of range.
    """
    check(workload)
    env, lanes = (make_env(workload, workload.num_threads, p) for p in ("fused", "lanes"))
    env.copy = lanes.copy = False
    recording = record(env, workload)
    raw_model = load_model(strip=False)
    substeps = env.config.substeps
    engine_rates, lanes_rates, raw_rates, python_rates = [], [], [], []
    time_engine(env, recording), time_engine(lanes, recording)
    with PythonWorkers(workload, env.motions) as python:
        for number in range(workload.rounds):
            on_progress(number, workload.rounds)
            raw = time_raw(raw_model, recording.rows[::2], workload, substeps)
            engine_rates.append(len(recording.rows) / time_engine(env, recording))
            lanes_rates.append(len(recording.rows) / time_engine(lanes, recording))
            raw += time_raw(raw_model, recording.rows[1::2], workload, substeps)
            raw_rates.append(substeps * len(recording.rows) / raw)
            python_rates.append(python(recording))
    ratios = [substeps * e / r for e, r in zip(engine_rates, raw_rates, strict=True)]
    speedups = [e / p for e, p in zip(engine_rates, python_rates, strict=True)]
    lanes_ratios = [substeps * e / r for e, r in zip(lanes_rates, raw_rates, strict=True)]
    lanes_speedups = [e / p for e, p in zip(lanes_rates, python_rates, strict=True)]
    return {
        "raw_mj_step_per_s": statistics.median(raw_rates),
        "engine_mj_step_per_s": substeps * statistics.median(engine_rates),
        "ratio_to_raw": statistics.median(ratios),
        "python_env_steps_per_s": statistics.median(python_rates),
        "engine_env_steps_per_s": statistics.median(engine_rates),
        "speedup_vs_python": statistics.median(speedups),
        "lanes_env_steps_per_s": statistics.median(lanes_rates),
        "lanes_engine_over_raw": statistics.median(lanes_ratios),
        "lanes_speedup_vs_python": statistics.median(lanes_speedups),
        "lanes_width": lane_width(lanes),
        "num_threads": workload.num_threads,
        "num_envs": workload.num_envs,
        "substeps": substeps,
        "model": env.config.model,
        "muscles": int(env.model.nu),
        "motions": workload.motions,
        "control_mode": workload.control_mode,
        "rounds": workload.rounds,
        "mean_episode_length": _mean_episode_length(env),
        "extra_memory_mb_of_4096_envs": extra_memory_mb(workload.motions),
        "processor": processor(),
    }


def make_env(workload: Workload, threads: int, physics: str) -> MuscleVectorEnv:
    """Make the environment of a workload."""
    return make_vec(
        "imitation",
        num_envs=workload.num_envs,
        motions=workload.motions,
        control_mode=workload.control_mode,
        num_threads=threads,
        seed=workload.seed,
        physics=physics,
    )


def lane_width(env: MuscleVectorEnv) -> int:
    """Return how many bodies a vector of the engine holds."""
    return int(env._engine.lane_width)


def check(workload: Workload) -> None:
    """Raise InputError for the first value that is out of range."""
    for name, high in (
        ("num_envs", 100_000),
        ("num_threads", 4096),
        ("control_steps", 10_000),
        ("python_steps", 1_000_000),
        ("rounds", 1000),
    ):
        value = getattr(workload, name)
        if not 1 <= value <= high:
            raise InputError(f"{name} is {value}; it must be in [1, {high}]")


def record(env: MuscleVectorEnv, workload: Workload) -> RecordedRun:
    """Record the engine under random actions."""
    shape = (workload.control_steps, env.num_envs, env.num_actions)
    actions = random_actions(shape, workload)
    env.reset(seed=workload.seed)
    for action in actions[:5]:  # leave the common beginning
        env.step(action)
    start = env.get_state()
    rows, starts = [], []
    for action in actions:
        rows.append(np.array(env._engine.state_rows()))
        state = env.get_state()
        starts.append((state["clip"], state["start_time"]))
        env.step(action)
    return RecordedRun(start, actions, np.concatenate(rows), starts)


def random_actions(shape: tuple[int, ...], workload: Workload) -> npt.NDArray[np.float32]:
    """Return small target lengths near the muscles' resting ones, or noise in other modes."""
    mean, deviation = (0.7, 0.1) if workload.control_mode == "length" else (0.0, 0.3)
    drawn = np.random.default_rng(workload.seed).normal(mean, deviation, shape)
    return np.clip(drawn, -1, 1).astype(np.float32)


def time_raw(
    model: mujoco.MjModel, rows: npt.NDArray[np.float64], workload: Workload, steps: int
) -> float:
    """Return the seconds a C++ loop takes for ``steps`` calls of ``mj_step`` from every row."""
    states = np.ascontiguousarray(rows)
    return _engine.time_steps(
        model._address, states, steps, workload.num_threads, _engine.Physics.mujoco
    )


def time_engine(env: MuscleVectorEnv, recording: RecordedRun) -> float:
    """Return the seconds the engine takes for the recording."""
    env.set_state(recording.start)
    begin = time.perf_counter()
    for action in recording.actions:
        env.step(action)
    return time.perf_counter() - begin


def time_python(env: ReferenceEnv, recording: RecordedRun, first: int, steps: int) -> float:
    """Return the plain environment's steps a second, from environment ``first`` on."""
    done = 0
    begin = time.perf_counter()
    while done < steps:
        ended = True
        for i, action in enumerate(recording.actions[:, first % recording.actions.shape[1]]):
            clips, times = recording.starts[i]
            column = first % len(clips)
            if ended:
                env.reset(int(clips[column]), float(times[column]))
            _, _, terminated, truncated, _ = env.step(action.astype(np.float64))
            ended = terminated or truncated
            done += 1
            if done >= steps:
                break
        first += 1
    return steps / (time.perf_counter() - begin)


class PythonWorkers:
    """As many processes with a plain environment each as the engine has threads."""

    def __init__(self, workload: Workload, motions: MotionLibrary) -> None:
        self.workload = workload
        self.local = None
        self.pool = None
        if workload.num_threads == 1:
            self.local = _make_reference(workload, motions)
        else:
            self.pool = ProcessPoolExecutor(
                workload.num_threads,
                mp_context=get_context("spawn"),
                initializer=_start_worker,
                initargs=(workload,),
            )

    def __enter__(self) -> Callable[[RecordedRun], float]:
        return self.measure

    def __exit__(self, *_: object) -> None:
        if self.pool is not None:
            self.pool.shutdown()

    def measure(self, recording: RecordedRun) -> float:
        """Return the steps a second of all of them together."""
        steps = self.workload.python_steps
        if self.local is not None:
            return time_python(self.local, recording, 0, steps)
        assert self.pool is not None
        tasks = [
            self.pool.submit(_run_worker, recording, number * 7, steps)
            for number in range(self.workload.num_threads)
        ]
        return sum(task.result() for task in tasks)


def _make_reference(workload: Workload, library: MotionLibrary | None) -> ReferenceEnv:
    from kinesis_fast.tasks.imitation import ImitationConfig

    model = load_model()
    config = ImitationConfig(control_mode=workload.control_mode)
    return ReferenceEnv(model, library or load_motions(workload.motions, model), config)


_worker: list[ReferenceEnv] = []


def _start_worker(workload: Workload) -> None:
    _worker[:] = [_make_reference(workload, None)]


def _run_worker(recording: RecordedRun, first: int, steps: int) -> float:
    return time_python(_worker[0], recording, first, steps)


def extra_memory_mb(motions: str) -> float | None:
    """Return resident memory of 4,096 environments over that of one, MB; None off Linux."""
    if not Path("/proc/self/statm").exists():
        return None
    program = (
        "import sys, pathlib, numpy as np, kinesis_fast as kf\n"
        "env = kf.make_vec('imitation', num_envs=int(sys.argv[1]), motions=sys.argv[2])\n"
        "env.copy = False\n"
        "env.reset(seed=0)\n"
        "env.step(np.zeros(env.action_space.shape, np.float32))\n"
        "print(int(pathlib.Path('/proc/self/statm').read_text().split()[1]))\n"
    )
    pages = []
    for count in (1, MANY_ENVS):
        command = [sys.executable, "-c", program, str(count), motions]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        pages.append(int(done.stdout))
    return (pages[1] - pages[0]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def _mean_episode_length(env: MuscleVectorEnv) -> float:
    counts = env.clip_statistics()
    episodes = int(counts["episodes"].sum())
    return float(counts["control_steps"].sum() / episodes) if episodes else float("nan")


def processor() -> str:
    """Return the name of this machine's processor."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor()
