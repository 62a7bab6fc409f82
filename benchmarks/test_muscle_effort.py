"""What least effort costs: a problem of 80 muscles, and joint mode beside length mode."""

from __future__ import annotations

import time
from statistics import median
from typing import Any

import numpy as np
import pytest
from effort_samples import record_problems

import kinesis_fast as kf
from kinesis_fast import _engine

PROBLEMS = 2_000
ENVS = 64
STEPS = 30
ROUNDS = 6
MUSCLE_STATE = (
    "actuator_length",
    "actuator_velocity",
    "moment_arm",
    "effort_multiplier",
    "joint_offset",
    "foot_load",
)


def test_effort_of_eighty_muscles(benchmark: Any) -> None:
    """Median time of a problem, each solved in a call of its own."""
    problems = record_problems(PROBLEMS)
    start, row, values = problems.pattern()
    joints, muscles = problems.wanted.shape[1], problems.arms.shape[2]
    native = _engine.MuscleEffort(joints, start, row, [problems.torque_weight] * joints)
    weight, upper = np.ones(muscles), np.ones(muscles)
    alone = [(values[i : i + 1].copy(), problems.wanted[i : i + 1].copy()) for i in range(PROBLEMS)]

    def solve_each() -> list[float]:
        taken = []
        for value, wanted in alone:
            begin = time.perf_counter()
            native.solve(value, wanted, weight, upper)
            taken.append(time.perf_counter() - begin)
        return taken

    taken = benchmark.pedantic(solve_each, rounds=5, warmup_rounds=1)
    benchmark.extra_info["median_us"] = 1e6 * median(taken)
    assert 1e6 * median(taken) <= 30.0


@pytest.mark.parametrize("spread", [0.0, 0.3])
def test_joint_mode_beside_length_mode(benchmark: Any, spread: float) -> None:
    """Time of a control step on one thread, length over joint mode, each from the same states.

    The states are those of bodies that follow clips in joint mode; each mode goes first in turn.
    """
    envs = {
        mode: kf.make_vec(num_envs=ENVS, num_threads=1, control_mode=mode, termination_distance=1e6)
        for mode in ("joint", "length")
    }
    rng = np.random.default_rng(0)
    taken: dict[str, list[float]] = {mode: [] for mode in envs}

    def step(mode: str) -> None:
        centre = 0.7 if mode == "length" else 0.0
        size = (ENVS, envs[mode].num_actions)
        actions = rng.normal(centre, spread, size).astype(np.float32)
        begin = time.perf_counter()
        envs[mode].step(actions)
        taken[mode].append(time.perf_counter() - begin)

    def play() -> None:
        envs["joint"].reset(seed=len(taken["joint"]))
        for number in range(STEPS):
            state = envs["joint"].get_state()
            shared = {k: v for k, v in state.items() if k not in MUSCLE_STATE}
            envs["length"].set_state(shared)
            for mode in ("joint", "length") if number % 2 else ("length", "joint"):
                step(mode)

    benchmark.pedantic(play, rounds=ROUNDS)
    ratio = median(a / b for a, b in zip(taken["length"], taken["joint"], strict=True))
    benchmark.extra_info["joint_over_length"] = ratio
    assert ratio >= 0.8
