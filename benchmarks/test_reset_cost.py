"""What does a reset of 64 environments cost beside a control step?"""

from __future__ import annotations

import kinesis_fast as kf

ENVS = 64


def test_reset(benchmark) -> None:
    env = kf.make_vec(num_envs=ENVS, num_threads=1)
    env.copy = False
    env.reset(seed=0)
    benchmark.pedantic(env.reset, rounds=30, warmup_rounds=5)
