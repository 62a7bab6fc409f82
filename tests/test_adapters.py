"""Other libraries learn on the environments: a minute each, and bodies stay up longer.

Marked ``extra``: they need ``pip install 'kinesis_fast[adapters]'``.
"""

from __future__ import annotations

import time
import warnings
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest

import kinesis_fast as kf

pytestmark = pytest.mark.extra
SECONDS = 60.0


@pytest.fixture
def env() -> kf.MuscleVectorEnv:
    made = gymnasium.make_vec(
        "kinesis_fast/Imitation-v0",
        num_envs=64,
        clips=["walk_comfortable_120"],
        control_mode="joint",
        max_episode_steps=150,
        num_threads=2,
    )
    assert isinstance(made.unwrapped, kf.MuscleVectorEnv)
    return made.unwrapped


def test_stable_baselines3_learns(env: kf.MuscleVectorEnv) -> None:
    sb3 = pytest.importorskip("stable_baselines3")
    from stable_baselines3.common.vec_env import VecMonitor

    from kinesis_fast.adapters.stable_baselines3 import Sb3VecEnv

    lengths: list[float] = []

    def note(local: dict[str, Any], _: dict[str, Any]) -> bool:
        lengths.extend(i["episode"]["l"] for i in local["infos"] if "episode" in i)
        return time.perf_counter() - began < SECONDS

    model = sb3.PPO(
        "MlpPolicy", VecMonitor(Sb3VecEnv(env)), n_steps=16, batch_size=256, n_epochs=5, seed=0,
        device="cpu",
        policy_kwargs={"net_arch": [256, 256], "log_std_init": -1.2},
    )  # fmt: skip
    began = time.perf_counter()
    model.learn(10_000_000, callback=note)
    check_longer(lengths)
    actions, _ = model.predict(env.observations(), deterministic=True)
    assert actions.shape == (64, env.num_actions)


def test_rsl_rl_learns(env: kf.MuscleVectorEnv, tmp_path: Path) -> None:
    pytest.importorskip("rsl_rl")
    from rsl_rl.runners import OnPolicyRunner

    from kinesis_fast.adapters.rsl_rl import GROUP, RslVecEnv

    wrapped = RslVecEnv(env)
    assert wrapped.max_episode_length == 150
    network = {"class_name": "MLPModel", "hidden_dims": [256, 256], "obs_normalization": True}
    spread = {"class_name": "GaussianDistribution", "init_std": 0.3}
    settings = {
        "num_steps_per_env": 16,
        "save_interval": 1000,
        "obs_groups": {"actor": [GROUP], "critic": [GROUP]},
        "actor": {**network, "distribution_cfg": spread},
        "critic": dict(network),
        "algorithm": {"class_name": "PPO", "num_mini_batches": 4, "entropy_coef": 0.0},
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        runner = OnPolicyRunner(wrapped, settings, str(tmp_path))
        began, lengths = time.perf_counter(), []
        while time.perf_counter() - began < SECONDS:
            before = env.clip_statistics()
            runner.learn(4)
            now = env.clip_statistics()
            ended = now["episodes"].sum() - before["episodes"].sum()
            steps = now["control_steps"].sum() - before["control_steps"].sum()
            lengths.append(steps / max(ended, 1))
    check_longer(lengths)


def check_longer(lengths: list[float]) -> None:
    """Episodes last longer in the end, on slow machines too: by a tenth at least."""
    few = max(1, len(lengths) // 5)
    first, last = float(np.mean(lengths[:few])), float(np.mean(lengths[-few:]))
    print(f"episodes: {first:.1f}, then {last:.1f} control steps, of {len(lengths)} counted")
    assert last > 1.1 * first


def test_infos_are_those_of_the_library(env: kf.MuscleVectorEnv) -> None:
    pytest.importorskip("stable_baselines3")
    from kinesis_fast.adapters.stable_baselines3 import Sb3VecEnv

    wrapped = Sb3VecEnv(env)
    wrapped.seed(3)
    obs = wrapped.reset()
    np.testing.assert_array_equal(obs, env.reset(seed=3)[0])
    ended = 0
    for _ in range(200):
        obs, _, done, infos = wrapped.step(np.zeros((64, env.num_actions), np.float32))
        for i in np.flatnonzero(done):
            assert infos[i]["terminal_observation"].shape == obs[i].shape
            assert infos[i]["clip"] == 0
            ended += 1
        assert all(not info for info, d in zip(infos, done, strict=True) if not d)
    assert ended
    assert wrapped.get_attr("num_actions") == [env.num_actions] * 64
    wrapped.set_options({"clip": 0})
    with pytest.raises(kf.InputError, match=r"give them to \.env\.reset"):
        wrapped.reset()
    with pytest.raises(kf.InputError, match=r"set it on \.env"):
        wrapped.set_attr("copy", False)
