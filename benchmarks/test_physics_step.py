"""How long does a physics step take, fused and MuJoCo's own, on each model?"""

from __future__ import annotations

import pytest

from kinesis_fast import _engine
from kinesis_fast.bench.peers import states_with_contact
from kinesis_fast.body import COMPOSED_MODELS, load_model

STEPS = 5


@pytest.mark.parametrize("physics", ["fused", "mujoco"])
@pytest.mark.parametrize("name", COMPOSED_MODELS)
def test_physics_step(benchmark, name: str, physics: str) -> None:
    model = load_model(name)
    count = 20 if name == "myofullbody" else 100
    rows = states_with_contact(model, count, seed=0)
    benchmark.group = f"{STEPS} steps from {count} states, {name}"
    arguments = (model._address, rows, STEPS, 1, getattr(_engine.Physics, physics))
    benchmark.extra_info["physics_steps_a_round"] = STEPS * count
    benchmark.pedantic(_engine.time_steps, arguments, rounds=15, warmup_rounds=2)
