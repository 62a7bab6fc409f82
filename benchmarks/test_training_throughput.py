"""What share of the engine's own rate is left when a policy learns, and does overlap help?

Both are of the same environments in the same iterations: after each, the engine alone repeats the
control steps with the actions that the policy has just taken.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from kinesis_fast.learn.config import load_train_config
from kinesis_fast.learn.trainer import Trainer

ROUNDS = 9


class Training:
    """A training that goes on an iteration at a time."""

    def __init__(self, folder: Path, preset: str, *settings: str) -> None:
        self.folder = folder
        quiet = ["tensorboard=false", "checkpoint_interval=1000000"]
        self.trainer = Trainer(load_train_config(preset, [*quiet, *settings]))

    def samples_per_s(self) -> float:
        """Learn for one iteration."""
        self.trainer.config.total_samples = self.trainer.samples + 1
        return self.trainer.train(self.folder)["samples_per_s"]

    def engine_samples_per_s(self) -> float:
        """Step as often without learning; the environments are put back."""
        env, actions = self.trainer.env, self.trainer.rollout.taken.cpu().numpy()
        state, obs = env.get_state(), env.observations().copy()
        began = time.perf_counter()
        for action in actions:
            env.step(action)
        seconds = time.perf_counter() - began
        env.set_state(state)
        env.observations()[:] = obs
        return actions.shape[0] * actions.shape[1] / seconds


@pytest.mark.parametrize("preset", ["quickstart", "walk"])
def test_share_of_the_engines_rate(benchmark, tmp_path: Path, preset: str) -> None:
    training = Training(tmp_path, preset)
    training.samples_per_s()
    shares = []

    def iterate() -> None:
        shares.append(training.samples_per_s() / training.engine_samples_per_s())

    benchmark.pedantic(iterate, rounds=ROUNDS if preset == "quickstart" else 3)
    benchmark.extra_info["share_of_engine"] = statistics.median(shares)
    benchmark.extra_info["samples_per_s"] = training.trainer.last_metrics["samples_per_s"]
    benchmark.extra_info["num_threads"] = training.trainer.env.num_threads
    benchmark.extra_info["device"] = str(training.trainer.device)


def test_torch_on_every_core(benchmark, tmp_path: Path) -> None:
    training, ratios = Training(tmp_path, "quickstart"), []
    every = torch.get_num_threads()

    def both() -> None:
        rates = []
        for threads in (every, 1):
            torch.set_num_threads(threads)
            rates.append(training.samples_per_s())
        torch.set_num_threads(every)
        ratios.append(rates[0] / rates[1])

    benchmark.pedantic(both, rounds=ROUNDS, warmup_rounds=1)
    benchmark.extra_info["torch_on_every_core_over_one"] = statistics.median(ratios[1:])


def test_overlap_on_against_off(benchmark, tmp_path: Path) -> None:
    on, off = (Training(tmp_path / name, "quickstart", f"overlap={name}") for name in ("on", "off"))
    ratios = []

    def both() -> None:
        ratios.append(on.samples_per_s() / off.samples_per_s())

    benchmark.pedantic(both, rounds=ROUNDS, warmup_rounds=1)
    benchmark.extra_info["overlap_on_over_off"] = statistics.median(ratios)
    benchmark.extra_info["range"] = np.round([min(ratios), max(ratios)], 2).tolist()
