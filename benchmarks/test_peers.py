"""How many physics steps a second does the engine take beside its peers, control included?

Each round runs one contender's whole workload; ``physics_steps_a_round`` over the median gives the
rate. EnvPool walks on a model of its own; its steps are shorter in time but as many are counted as
it takes.
"""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest

import kinesis_fast as kf
from kinesis_fast.bench import engine as bench
from kinesis_fast.bench import peers
from kinesis_fast.body import load_model
from kinesis_fast.envs.reference import ReferenceEnv
from kinesis_fast.motions import load_motions
from kinesis_fast.tasks.imitation import ImitationConfig

WORKLOAD = bench.Workload(num_envs=32, control_steps=16)
ROUNDS = 7


@pytest.fixture(scope="module")
def recorded() -> tuple[kf.MuscleVectorEnv, bench.RecordedRun]:
    return peers.record(WORKLOAD)


@pytest.mark.parametrize("contender", ["engine", *peers.PEERS])
def test_contender(
    benchmark, contender: str, recorded: tuple[kf.MuscleVectorEnv, bench.RecordedRun]
) -> None:
    env, recording = recorded
    if contender == "engine":
        turn = peers.engine_turn(env, recording)
    else:
        found = peers.PEERS[contender](env, recording, WORKLOAD)
        if isinstance(found, peers.Missing):
            pytest.skip(found.why)
        turn = found
    benchmark.group = "peers, one thread"
    rates = []
    benchmark.pedantic(lambda: rates.append(turn()), rounds=ROUNDS, warmup_rounds=1)
    benchmark.extra_info["physics_steps_a_second"] = float(np.median(rates))


class PlainEnv(gymnasium.Env):
    """The plain Python environment under gymnasium's interface."""

    def __init__(self) -> None:
        model = load_model()
        self.plain = ReferenceEnv(model, load_motions("gait", model), ImitationConfig())
        size = len(self.plain.reset(0, 0.0))
        self.observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (size,), np.float64)
        self.action_space = gymnasium.spaces.Box(-1.0, 1.0, (model.nu,), np.float32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        clip = int(self.np_random.integers(len(self.plain.motions.clips)))
        return self.plain.reset(clip, 0.0), {}

    def step(self, action):
        obs, reward, terminated, truncated, _ = self.plain.step(action.astype(np.float64))
        return obs, reward, terminated, truncated, {}


def test_async_vector_env(benchmark) -> None:
    """One process an environment, two of them."""
    envs = gymnasium.vector.AsyncVectorEnv([PlainEnv, PlainEnv], context="spawn")
    envs.reset(seed=0)
    actions = np.full(envs.action_space.shape, 0.7, np.float32)
    benchmark.group = "Python environment in AsyncVectorEnv, two processes"
    benchmark.extra_info["env_steps_a_round"] = 2
    benchmark.pedantic(envs.step, (actions,), rounds=100, warmup_rounds=5)
    envs.close()
