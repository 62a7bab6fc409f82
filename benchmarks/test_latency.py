"""How long does one environment take for one control step, from Python and back?"""

from __future__ import annotations

import numpy as np
import pytest

import kinesis_fast as kf


@pytest.mark.parametrize("control_mode", ["length", "joint"])
def test_one_environment(benchmark, control_mode: str) -> None:
    env = kf.make_vec(num_envs=1, num_threads=1, control_mode=control_mode)
    env.copy = False
    env.reset(seed=0)
    actions = np.full((1, env.num_actions), 0.7 if control_mode == "length" else 0.0, np.float32)
    benchmark.pedantic(env.step, (actions,), rounds=300, warmup_rounds=30)
