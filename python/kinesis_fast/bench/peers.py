"""The engine beside what else steps muscle models on a CPU: ``kinesis-fast bench --peers``.

Contenders take turns, several rounds, so that a machine whose speed drifts favours none of them;
every figure is the median over rounds of a ratio taken within a round. Physics steps are compared,
``mj_step`` calls or what stands for one: environments of different tasks have different numbers of
them in a control step.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast import _engine
from kinesis_fast.bench import engine as bench
from kinesis_fast.body import COMPOSED_MODELS, VARIANTS, load_model
from kinesis_fast.envs import MuscleVectorEnv

STATE = mujoco.mjtState.mjSTATE_INTEGRATION
MODELS = tuple(name for name in COMPOSED_MODELS if name not in VARIANTS)
"""Whose steps are compared."""
ENVPOOL_TASK = "myoLegWalk-v0"
ENVPOOL_FRAME_SKIP = 10
"""Physics steps of a control step in MyoSuite's walking task."""
SECONDS = 1.0
"""Of each turn of the thread and process comparison."""

Figures = dict[str, Any]
Turn = Callable[[], float]
"""Takes some physics steps; returns how many a second."""


@dataclass(frozen=True)
class Missing:
    """A peer that is not here."""

    why: str


def run(
    workload: bench.Workload, on_progress: Callable[[int, int], None] = lambda done, total: None
) -> Figures:
    """Measure every peer, and return ratios with what each was measured at.

    ``fused_over_mj_step`` holds a ratio a model; ``missing`` says which peers are not installed.

    Args:
        workload: what is stepped, how often.
        on_progress: called with contenders done, and contenders in all.

    Raises:
        InputError: a value of the workload is out of range.
    """
    bench.check(workload)
    found: Figures = {
        "fused_over_mj_step": {},
        "lanes_over_mj_step": {},
        "measured_at": {},
        "missing": {},
    }
    contenders = len(MODELS) + len(PEERS) + 2
    for done, name in enumerate(MODELS):
        on_progress(done, contenders)
        _race_mj_step(name, workload, found)
    env, recording = record(workload)
    where = _measured_at(env, workload)
    lanes = _make_env(workload, workload.num_threads, "lanes")
    in_lanes = _measured_at(lanes, workload)
    found["lanes_width"] = bench.lane_width(lanes)
    for done, (name, make) in enumerate(PEERS.items(), len(MODELS)):
        on_progress(done, contenders)
        figure = f"engine_over_{name}"
        turn = make(env, recording, workload)
        if isinstance(turn, Missing):
            found[figure] = found[f"lanes_{figure}"] = None
            found["missing"][name] = turn.why
            continue
        peer = {"peer": PEER_NOTES.get(name, "the same states")}
        for which, at, key in ((env, where, figure), (lanes, in_lanes, f"lanes_{figure}")):
            found[key] = _median_ratio(engine_turn(which, recording), turn, workload.rounds)
            found["measured_at"][key] = at | peer
    on_progress(contenders - 2, contenders)
    found["speedup_vs_python"] = _speedup_vs_python(env, recording, workload)
    found["measured_at"]["speedup_vs_python"] = where
    found["lanes_speedup_vs_python"] = _speedup_vs_python(lanes, recording, workload)
    found["measured_at"]["lanes_speedup_vs_python"] = in_lanes
    on_progress(contenders - 1, contenders)
    threads = max(2, workload.num_threads)
    found["threads_efficiency"] = threads_efficiency(workload, threads)
    found["measured_at"]["threads_efficiency"] = where | {"num_threads": threads}
    found["processor"] = bench.processor()
    found["cpus"] = os.cpu_count()
    found["rounds"] = workload.rounds
    return found


def _race_mj_step(name: str, workload: bench.Workload, found: Figures) -> None:
    """Add how much faster than ``mj_step`` a model is stepped, in double and in lanes."""
    model = load_model(name)
    contending = [_engine.Physics.fused]
    if not _engine.beyond_lanes(model._address):
        contending.append(_engine.Physics.lanes)
    for physics in contending:
        figure = f"{physics.name}_over_mj_step"
        ratio, where = over_mj_step(name, physics, workload)
        found[figure][name] = ratio
        found["measured_at"][f"{figure}.{name}"] = where


def states_with_contact(model: mujoco.MjModel, count: int, seed: int) -> npt.NDArray[np.float64]:
    """Return state rows of a body that falls, twitching, from its default pose onto the floor."""
    data = mujoco.MjData(model)
    rng = np.random.default_rng(seed)
    rows: list[npt.NDArray[np.float64]] = []
    while len(rows) < count:
        mujoco.mj_resetData(model, data)
        data.qvel[:] = 0.3 * rng.standard_normal(model.nv)
        data.act[:] = rng.uniform(0.0, 0.3, model.na)
        for step in range(60):
            if step % 10 == 0:
                data.ctrl[:] = np.clip(rng.normal(0.1, 0.3, model.nu), 0.0, 1.0)
            mujoco.mj_step(model, data)
            if step % 3 == 0 and data.ncon and np.abs(data.qvel).max() < 50.0:
                rows.append(np.empty(mujoco.mj_stateSize(model, STATE)))
                mujoco.mj_getState(model, data, rows[-1], STATE)
    return np.array(rows[:count])


def over_mj_step(
    name: str, physics: _engine.Physics, workload: bench.Workload
) -> tuple[float, Figures]:
    """Return physics steps a second and thread over those of ``mj_step``, of one model."""
    model = load_model(name)
    count, steps = (60, 5) if name == "myofullbody" else (300, 5)
    rows = states_with_contact(model, count, workload.seed)

    def turn(physics: _engine.Physics) -> Turn:
        def measure() -> float:
            seconds = _engine.time_steps(model._address, rows, steps, 1, physics)
            return count * steps / seconds

        return measure

    ratio = _median_ratio(turn(physics), turn(_engine.Physics.mujoco), workload.rounds)
    where = {"model": name, "muscles": int(model.nu), "num_threads": 1, "states": count}
    return ratio, where


def threads_efficiency(workload: bench.Workload, threads: int) -> float:
    """Return the engine's rate with threads over that of as many processes of one thread each."""
    context = get_context("spawn")
    barrier = context.Barrier(threads)
    env = _make_env(workload, threads)
    actions = _actions(env, workload)
    ratios = []
    with ProcessPoolExecutor(
        threads,
        mp_context=context,
        initializer=_start_process,
        initargs=(workload, threads, barrier),
    ) as pool:
        for number in range(workload.rounds + 1):
            tasks: list[Future[float]] = [pool.submit(_run_process) for _ in range(threads)]
            together = sum(task.result() for task in tasks)
            alone = _steps_for(env, actions, SECONDS)
            if number > 0:  # the first warms up
                ratios.append(alone / together)
    return statistics.median(ratios)


def _median_ratio(first: Turn, second: Turn, rounds: int) -> float:
    first(), second()  # warm up
    ratios = []
    for number in range(rounds):
        if number % 2 == 0:
            a, b = first(), second()
        else:
            b, a = second(), first()
        ratios.append(a / b)
    return statistics.median(ratios)


def record(workload: bench.Workload) -> tuple[MuscleVectorEnv, bench.RecordedRun]:
    """Make the engine's environment and record a run of it."""
    env = _make_env(workload, workload.num_threads)
    return env, bench.record(env, workload)


def _make_env(workload: bench.Workload, threads: int, physics: str = "fused") -> MuscleVectorEnv:
    env = bench.make_env(workload, threads, physics)
    env.copy = False
    return env


def _measured_at(env: MuscleVectorEnv, workload: bench.Workload) -> Figures:
    return {
        "model": env.config.model,
        "muscles": int(env.model.nu),
        "substeps": env.config.substeps,
        "num_threads": workload.num_threads,
        "num_envs": workload.num_envs,
        "physics": env.physics,
        "control_mode": env.config.control_mode,
    }


def engine_turn(env: MuscleVectorEnv, recording: bench.RecordedRun) -> Turn:
    """Return the engine's turn: the recording, control, observation and reward included."""
    steps = len(recording.rows) * env.config.substeps
    return lambda: steps / bench.time_engine(env, recording)


def _raw(env: MuscleVectorEnv, recording: bench.RecordedRun, workload: bench.Workload) -> Turn:
    """``mj_step`` in a C++ loop, on the model as composed, nothing stripped."""
    model = load_model(strip=False)
    substeps = env.config.substeps
    steps = len(recording.rows) * substeps
    return lambda: steps / bench.time_raw(model, recording.rows, workload, substeps)


def _mujoco_batch(
    env: MuscleVectorEnv, recording: bench.RecordedRun, workload: bench.Workload
) -> Turn:
    """MuJoCo's own batch: the same states and substeps, controls that are only copied."""
    from mujoco.batch import Batch

    batch = Batch(env.model, workload.num_envs, nthread=workload.num_threads)
    rows = recording.rows.reshape(-1, workload.num_envs, recording.rows.shape[1])
    substeps = env.config.substeps

    def turn() -> float:
        seconds = 0.0
        for states in rows:
            batch.state[:] = states
            begin = time.perf_counter()
            batch.step(nstep=substeps)
            seconds += time.perf_counter() - begin
        return len(recording.rows) * substeps / seconds

    return turn


def _mujoco_rollout(
    env: MuscleVectorEnv, recording: bench.RecordedRun, workload: bench.Workload
) -> Turn:
    from mujoco.rollout import Rollout

    data = [mujoco.MjData(env.model) for _ in range(workload.num_threads)]
    full = mujoco.mjtState.mjSTATE_FULLPHYSICS
    width = mujoco.mj_stateSize(env.model, full)
    states = np.empty((len(recording.rows), width))
    controls = np.empty((len(recording.rows), 1, env.model.nu))
    warm = np.empty((len(recording.rows), env.model.nv))
    for i, row in enumerate(recording.rows):
        for part, out in (
            (full, states[i]),
            (mujoco.mjtState.mjSTATE_CTRL, controls[i, 0]),
            (mujoco.mjtState.mjSTATE_WARMSTART, warm[i]),
        ):
            mujoco.mj_extractState(env.model, row, STATE, out, part)
    pool = Rollout(nthread=workload.num_threads if workload.num_threads > 1 else 0)
    substeps = env.config.substeps

    def turn() -> float:
        begin = time.perf_counter()
        pool.rollout(env.model, data, states, controls, nstep=substeps, initial_warmstart=warm)
        return len(states) * substeps / (time.perf_counter() - begin)

    return turn


def _envpool(
    env: MuscleVectorEnv, recording: bench.RecordedRun, workload: bench.Workload
) -> Turn | Missing:
    if find_spec("envpool") is None:
        return Missing("envpool is not installed: pip install 'kinesis_fast[bench]'")
    import envpool

    peer = envpool.make_gymnasium(
        ENVPOOL_TASK,
        num_envs=workload.num_envs,
        num_threads=workload.num_threads,
        seed=workload.seed,
    )
    peer.reset()
    rng = np.random.default_rng(workload.seed)
    shape = (workload.control_steps, workload.num_envs, *peer.action_space.shape)
    actions = np.clip(rng.normal(0.0, 0.3, shape), -1, 1).astype(np.float32)

    def turn() -> float:
        begin = time.perf_counter()
        for action in actions:
            peer.step(action)
        steps = workload.control_steps * workload.num_envs * ENVPOOL_FRAME_SKIP
        return steps / (time.perf_counter() - begin)

    return turn


PEERS: dict[str, Callable[[MuscleVectorEnv, bench.RecordedRun, bench.Workload], Turn | Missing]] = {
    "raw": _raw,
    "mujoco_batch": _mujoco_batch,
    "mujoco_rollout": _mujoco_rollout,
    "envpool": _envpool,
}
"""What the engine is compared with; each makes its turn, or says why it cannot."""
PEER_NOTES = {
    "raw": "mj_step in a C++ loop, the same states, model as composed, nothing stripped",
    "envpool": f"{ENVPOOL_TASK}, its own model, {ENVPOOL_FRAME_SKIP} physics steps an action",
}


def _speedup_vs_python(
    env: MuscleVectorEnv, recording: bench.RecordedRun, workload: bench.Workload
) -> float:
    engine = engine_turn(env, recording)
    with bench.PythonWorkers(workload, env.motions) as python:
        return _median_ratio(
            engine, lambda: env.config.substeps * python(recording), workload.rounds
        )


def _actions(env: MuscleVectorEnv, workload: bench.Workload) -> npt.NDArray[np.float32]:
    env.reset(seed=workload.seed)
    return bench.random_actions((env.num_envs, env.num_actions), workload)


def _steps_for(env: MuscleVectorEnv, actions: npt.NDArray[np.float32], seconds: float) -> float:
    """Control steps a second of all environments, over some seconds."""
    done = 0
    begin = time.perf_counter()
    while (passed := time.perf_counter() - begin) < seconds:
        env.step(actions)
        done += env.num_envs
    return done / passed


_process: list[Any] = []


def _start_process(workload: bench.Workload, processes: int, barrier: Barrier) -> None:
    from dataclasses import replace

    share = replace(workload, num_envs=max(1, workload.num_envs // processes))
    env = _make_env(share, 1)
    _process[:] = [env, _actions(env, workload), barrier]


def _run_process() -> float:
    env, actions, barrier = _process
    barrier.wait(timeout=120)
    return _steps_for(env, actions, SECONDS)
