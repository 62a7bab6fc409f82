"""Other libraries see what the environments did, and learn on them.

They need ``pip install 'kinesis_fast[adapters]'``; what takes minutes is marked ``extra``.
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


@pytest.mark.extra
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


@pytest.mark.extra
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


def twins() -> tuple[kf.MuscleVectorEnv, kf.MuscleVectorEnv]:
    """The same environments twice, whose episodes are cut off early or lost."""
    return tuple(  # type: ignore[return-value]
        kf.make_vec(
            num_envs=16,
            clips=["walk_comfortable_120", "walk_slow_060"],
            control_mode="direct",
            max_episode_steps=4,
            num_threads=2,
        )
        for _ in range(2)
    )


class Halved(gymnasium.vector.VectorWrapper):  # type: ignore[misc]
    """Half the reward."""

    def step(self, actions: Any) -> Any:
        obs, reward, *rest = self.env.step(actions)
        return obs, 0.5 * reward, *rest


def test_stable_baselines3_is_told_what_happened() -> None:
    pytest.importorskip("stable_baselines3")
    from kinesis_fast.adapters.stable_baselines3 import Sb3VecEnv

    inner, twin = twins()
    wrapped, draw = Sb3VecEnv(Halved(inner)), np.random.default_rng(0)
    wrapped.seed(3)
    np.testing.assert_array_equal(wrapped.reset(), twin.reset(seed=3)[0])
    seen: set[tuple[bool, int]] = set()
    for _ in range(40):
        actions = draw.uniform(-1, 1, (16, inner.num_actions)).astype(np.float32)
        obs, reward, done, infos = wrapped.step(actions)
        expected, full_reward, terminated, truncated, info = twin.step(actions)
        np.testing.assert_array_equal(obs, expected)
        np.testing.assert_array_equal(reward, 0.5 * full_reward)
        np.testing.assert_array_equal(done, terminated | truncated)
        for i, told in enumerate(infos):
            if not done[i]:
                assert not told
                continue
            np.testing.assert_array_equal(told["terminal_observation"], info["final_obs"][i])
            assert told["TimeLimit.truncated"] == (truncated[i] and not terminated[i])
            assert told["clip"] == info["clip"][i]
            seen.add((told["TimeLimit.truncated"], told["clip"]))
    assert len(seen) == 4  # lost and cut off, on both clips
    assert wrapped.get_attr("num_actions") == [inner.num_actions] * 16
    wrapped.set_options({"clip": 0})
    with pytest.raises(kf.InputError, match=r"give them to \.env\.reset"):
        wrapped.reset()
    with pytest.raises(kf.InputError, match=r"set it on \.env"):
        wrapped.set_attr("copy", False)
    with pytest.raises(kf.InputError, match="is not of kinesis_fast"):
        Sb3VecEnv(gymnasium.make_vec("CartPole-v1", num_envs=2))


def test_rsl_rl_is_told_what_happened() -> None:
    pytest.importorskip("rsl_rl")
    import torch

    from kinesis_fast.adapters.rsl_rl import GROUP, RslVecEnv

    inner, twin = twins()
    wrapped, draw = RslVecEnv(Halved(inner)), np.random.default_rng(0)
    assert wrapped.max_episode_length == 4
    twin.reset()
    seen = set()
    for _ in range(40):
        actions = draw.uniform(-1, 1, (16, inner.num_actions)).astype(np.float32)
        obs, reward, done, extras = wrapped.step(torch.from_numpy(actions))
        expected, full_reward, terminated, truncated, info = twin.step(actions)
        np.testing.assert_array_equal(obs[GROUP].numpy(), expected)
        np.testing.assert_array_equal(reward.numpy(), 0.5 * full_reward)
        np.testing.assert_array_equal(done.numpy(), terminated | truncated)
        np.testing.assert_array_equal(extras["time_outs"].numpy(), truncated & ~terminated)
        length = np.where(done.numpy(), 0, info["episode_length"])
        np.testing.assert_array_equal(wrapped.episode_length_buf.numpy(), length)
        seen |= set(zip(done.tolist(), extras["time_outs"].tolist(), strict=True))
    assert seen == {(False, False), (True, False), (True, True)}
    with pytest.raises(kf.InputError, match="rsl_rl needs a limit"):
        RslVecEnv(kf.make_vec("steer", num_envs=2, max_episode_steps=0))
