"""How many frames a second does one core retarget, contact pass included?"""

from __future__ import annotations

import numpy as np
import pytest

import kinesis_fast as kf
from kinesis_fast.motions.capture.recording import JointRecording, Recording
from kinesis_fast.motions.capture.retarget import Retargeter

FRAME_RATE = 30.0


def walk() -> tuple[Retargeter, Recording]:
    """A built-in walk as a recording: joint centres of the model itself, a tenth larger."""
    model = kf.load_model()
    gait = kf.motions.load_motions("gait", model)
    clip = gait.index("walk_comfortable_110")
    at = np.arange(0.0, gait.clips[clip].duration, 1 / 60.0)
    retargeter = Retargeter(model)
    motion = retargeter.retarget(
        JointRecording("walk", 60.0, gait.reference(clip, at)["qpos"]), 60.0
    )
    places = 1.1 * motion.tracked_pos
    hips = [places[:, 0] + [0.0, side * 0.085, -0.09] for side in (-1, 1)]
    spine = places[:, 0] + [0.0, 0.0, 0.1]
    order = [places[:, 0], spine, hips[0], *places[:, 1:4].swapaxes(0, 1), hips[1]]
    order += [*places[:, 4:7].swapaxes(0, 1)]
    return retargeter, Recording("walk", 60.0, np.stack(order, axis=1))


@pytest.mark.benchmark(min_rounds=20)
def test_retargeting(benchmark) -> None:
    retargeter, recording = walk()
    motion = benchmark(retargeter.retarget, recording, FRAME_RATE)
    frames = len(motion.qpos)
    benchmark.extra_info["frames"] = frames
    benchmark.extra_info["frames_per_s"] = frames / benchmark.stats.stats.median
    print(f"\n{frames / benchmark.stats.stats.median:,.0f} frames/s on one core")
