"""Work is handed to threads one environment at a time: a slow part of the batch holds nobody up."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

import kinesis_fast as kf

THREADS = 2
ENVS = {"lanes": 1024}
"""Lanes reset a vector of environments at once: there must be many for two threads to be busy."""
OTHER_ENVS = 64
TRIES = 10


def cpu_ticks() -> dict[str, int]:
    """CPU time of every thread of this process, in clock ticks."""
    found = {}
    for task in Path("/proc/self/task").iterdir():
        fields = (task / "stat").read_text().rpartition(")")[2].split()
        found[task.name] = int(fields[11]) + int(fields[12])
    return found


def shares(env: kf.MuscleVectorEnv) -> list[int]:
    """CPU time, in ticks, of the threads that reset the first half of the environments, most
    first."""
    mask = np.arange(env.num_envs) < env.num_envs // 2
    before = cpu_ticks()
    for _ in range(400):
        env.reset(options={"reset_mask": mask})
    spent = [ticks - before.get(name, 0) for name, ticks in cpu_ticks().items()]
    return sorted(spent, reverse=True)[:THREADS]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs Linux's /proc")
@pytest.mark.skipif((os.cpu_count() or 1) < THREADS, reason="needs two CPUs")
def test_resets_in_one_place_are_shared() -> None:
    """Only the first half of the environments works, and both threads have as much to do.

    Where others keep one thread from its CPU, the other does its work: that is what sharing is for,
    and one of several tries is left alone. Halves that are not shared fail in every try.
    """
    physics = kf.make_vec(num_envs=1, num_threads=1).physics
    env = kf.make_vec(num_envs=ENVS.get(physics, OTHER_ENVS), num_threads=THREADS)
    env.reset(seed=0)
    tried = []
    for _ in range(TRIES):
        most, least = shares(env)
        assert most > 20, "too little work to tell"
        tried.append(least / most)
        if tried[-1] > 0.6:
            return
    pytest.fail(f"one thread did {tried} of the other's work")
