"""The same bits for any number of threads, and for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

import kinesis_fast as kf

ENVS = 13


def trace(num_threads: int, mode: str = "length", steps: int = 60) -> list[np.ndarray]:
    """Everything that a run with resets of some environments returns."""
    env = kf.make_vec(num_envs=ENVS, num_threads=num_threads, seed=5, control_mode=mode)
    obs, _ = env.reset(seed=5)
    rng = np.random.default_rng(0)
    kept = [obs]
    for step in range(steps):
        mean = 0.7 if mode == "length" else 0.0
        actions = rng.normal(mean, 0.3, (ENVS, env.num_actions)).astype(np.float32)
        obs, reward, terminated, truncated, info = env.step(actions)
        kept += [obs, reward, terminated, truncated, info["pos"], info["mean_distance"]]
        if step % 7 == 3:
            mask = rng.random(ENVS) < 0.4
            obs, _ = env.reset(options={"reset_mask": mask})
            kept.append(obs)
    state = env.get_state()
    return [*kept, *(state[name] for name in sorted(state))]


@pytest.mark.parametrize("mode", ["length", "joint", "residual"])
def test_bit_identical_at_one_two_and_three_threads(mode: str) -> None:
    serial = trace(1, mode)
    for num_threads in (2, 3):
        for a, b in zip(serial, trace(num_threads, mode), strict=True):
            np.testing.assert_array_equal(a, b)


def test_environments_do_not_affect_each_other() -> None:
    """Each of several environments does what it does alone, in the same start."""
    env = kf.make_vec(num_envs=4, num_threads=2, auto_reset=False, control_mode="length")
    rng = np.random.default_rng(1)
    actions = rng.normal(0.7, 0.2, (10, 4, 80)).astype(np.float32)
    _, info = env.reset(seed=9)
    together = [env.step(action)[0] for action in actions]
    alone = kf.make_vec(num_envs=1, num_threads=1, auto_reset=False, control_mode="length")
    for i in range(4):
        start = {"clip": info["clip"][i : i + 1], "start_time": info["start_time"][i : i + 1]}
        alone.reset(options=start)
        for step, action in enumerate(actions):
            obs = alone.step(action[i : i + 1])[0]
            np.testing.assert_array_equal(obs[0], together[step][i])


def test_steps_in_two_parts_are_steps_of_all() -> None:
    whole, parts = (kf.make_vec(num_envs=ENVS, num_threads=2, seed=5) for _ in range(2))
    for env in (whole, parts):
        env.reset(seed=5)
    rng = np.random.default_rng(0)
    for _ in range(40):
        actions = rng.normal(0.7, 0.3, (ENVS, whole.num_actions)).astype(np.float32)
        expected = whole.step(actions)
        found = [parts.step_part(actions[part], part) for part in (slice(0, 4), slice(4, ENVS))]
        for i in range(4):
            np.testing.assert_array_equal(expected[i], np.concatenate([f[i] for f in found]))
        for key in ("pos", "mean_distance", "episode_length"):
            both = np.concatenate([f[4][key] for f in found])
            np.testing.assert_array_equal(expected[4][key], both)
    counts, again = whole.clip_statistics(), parts.clip_statistics()
    assert counts["episodes"].sum() > ENVS
    for name, values in counts.items():
        np.testing.assert_array_equal(values, again[name])


def test_parts_that_are_none_are_refused() -> None:
    env = kf.make_vec(num_envs=4, num_threads=1, control_mode="length")
    env.reset()
    for part, message in (
        (slice(2, 2), "environments 2 to 1 are not among the 4"),
        (slice(0, 4, 2), "is not a run of environments"),
    ):
        with pytest.raises(kf.InputError, match=message):
            env.step_part(np.zeros((2, 80), np.float32), part)


def test_seeds_and_episodes_start_differently_and_repeat() -> None:
    env = kf.make_vec(num_envs=64, num_threads=2)

    def starts(seed: int | None) -> list[tuple[int, float]]:
        _, info = env.reset(seed=seed)
        return list(zip(info["clip"].tolist(), info["start_time"].tolist(), strict=True))

    first, second = starts(0), starts(None)
    assert len(set(first)) == 64  # environments differ
    assert all(a != b for a, b in zip(first, second, strict=True))  # episodes differ
    assert starts(0) == first  # the same seed repeats
    assert starts(None) == second
    assert all(a != b for a, b in zip(starts(1), first, strict=True))  # seeds differ
    again = kf.make_vec(num_envs=64, num_threads=1, seed=1)
    _, info = again.reset()
    repeated = list(zip(info["clip"].tolist(), info["start_time"].tolist(), strict=True))
    assert repeated == starts(1)


def test_starts_cover_clips_and_times() -> None:
    env = kf.make_vec(num_envs=2000, num_threads=2, motions="gait")
    _, info = env.reset(seed=0)
    counts = np.bincount(info["clip"], minlength=len(env.motions.clips))
    assert counts.min() > 2000 / len(counts) / 2
    durations = np.array([clip.duration for clip in env.motions.clips])[info["clip"]]
    share = info["start_time"] / (durations - env.control_timestep)
    assert share.min() >= 0 and share.max() <= 1
    assert abs(share.mean() - 0.5) < 0.03
