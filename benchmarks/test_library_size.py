"""Does a library of two hours slow the engine, against one clip? The same clip, 1,084 times."""

from __future__ import annotations

import time

import numpy as np
from rich.console import Console

import kinesis_fast as kf
from kinesis_fast.motions.clips import MotionArrays

CLIPS = 1084
FRAMES = 189
ENVS = 64
ROUNDS = 60
STEPS = 12


def libraries() -> tuple[kf.MotionLibrary, kf.MotionLibrary]:
    gait = kf.motions.load_motions("gait", kf.load_model())
    first = gait.subset(["walk_comfortable_110"])
    clip = kf.motions.Clip("walk", FRAMES, first.clips[0].frame_rate)
    arrays = first.arrays.rows(slice(0, FRAMES))
    one = kf.MotionLibrary(
        [clip],
        MotionArrays(**{name: array.copy() for name, array in arrays.named()}),
        gait.joint_names,
        gait.tracked_bodies,
        gait.quaternion_addresses,
    )
    clips = [kf.motions.Clip(f"walk {i}", FRAMES, clip.frame_rate) for i in range(CLIPS)]
    repeated = {
        name: np.tile(array, (CLIPS, *[1] * (array.ndim - 1))) for name, array in arrays.named()
    }
    many = kf.MotionLibrary(
        clips,
        MotionArrays(**repeated),
        gait.joint_names,
        gait.tracked_bodies,
        gait.quaternion_addresses,
    )
    return one, many


def test_library_size(benchmark) -> None:
    actions = np.full((ENVS, 80), 0.7, np.float32)
    envs = [kf.make_vec(num_envs=ENVS, motions=library, num_threads=1) for library in libraries()]
    for env in envs:
        env.reset(seed=0)

    def seconds(env: kf.envs.MuscleVectorEnv) -> float:
        began = time.process_time()
        for _ in range(STEPS):
            env.step(actions)
        return time.process_time() - began

    def pair(first: int) -> float:
        taken = {i: seconds(envs[i]) for i in (first, 1 - first)}
        return taken[0] / taken[1]

    pair(0)
    ratios = [pair(i % 2) for i in range(ROUNDS)]
    # The same starts of the same clip: the same work, bit for bit.
    np.testing.assert_array_equal(envs[0].step(actions)[1], envs[1].step(actions)[1])
    benchmark.extra_info["throughput_of_many_over_one"] = float(np.median(ratios))
    Console().print(f"many over one clip: {np.median(ratios):.3f}", highlight=False)
    benchmark.pedantic(seconds, (envs[1],), rounds=3)
