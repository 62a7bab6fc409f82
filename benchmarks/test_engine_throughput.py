"""How long does a control step of 64 environments take, and how does it scale with threads?"""

from __future__ import annotations

import os

import numpy as np
import pytest

import kinesis_fast as kf

ENVS = 64


@pytest.mark.parametrize("num_threads", sorted({1, 2, os.cpu_count() or 1}))
def test_control_step(benchmark, num_threads: int) -> None:
    env = kf.make_vec(num_envs=ENVS, num_threads=num_threads)
    env.copy = False
    env.reset(seed=0)
    actions = np.full((ENVS, env.num_actions), 0.7, np.float32)
    benchmark.extra_info["env_steps_a_round"] = ENVS
    benchmark.pedantic(env.step, (actions,), rounds=30, warmup_rounds=5)
