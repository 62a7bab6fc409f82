"""The trial to try everything out with: its files are what readers and analyses take."""

from __future__ import annotations

from pathlib import Path

import mujoco
import numpy as np
import pytest
from command_line import refuse, succeed

import kinesis_fast as kf
from kinesis_fast.analysis.emg.subject import EmgMap, read_subject
from kinesis_fast.analysis.sample import CLIP, write_sample
from kinesis_fast.motions import MotionLibrary, load_motions


def test_it_is_read_as_what_it_is(
    tmp_path: Path, model: mujoco.MjModel, gait: MotionLibrary
) -> None:
    motion, emg, about = write_sample(tmp_path / "session")
    walk, made = load_motions(motion, model), gait.subset([CLIP])
    assert walk.duration == pytest.approx(made.duration, abs=0.05)
    speeds = [np.ptp(one.arrays.qpos[:, 0]) / one.duration for one in (walk, made)]
    assert speeds[0] == pytest.approx(speeds[1], rel=0.05)  # the skeleton is measured anew
    person = read_subject(emg, EmgMap.load(about))
    assert len(person.profiles) == 7
    soleus, tibialis = (person.profiles[name].mean for name in ("soleus", "tibialis_anterior"))
    assert 30 < np.argmax(soleus) < 60  # of the cycle, as people's, who push off then
    assert np.argmax(tibialis) > 55 or np.argmax(tibialis) < 15  # and lift the foot in swing
    again = write_sample(tmp_path / "again")
    for one, other in zip((motion, emg, about), again, strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_nothing_is_written_over(tmp_path: Path) -> None:
    succeed(tmp_path, "sample")
    assert {path.name for path in (tmp_path / "sample").iterdir()} == {
        "walk.bvh",
        "emg.csv",
        "emg.yaml",
    }
    refuse(tmp_path, "is there already", "sample")
    with pytest.raises(kf.InputError, match=r"walk.bvh' is there already; give another folder"):
        write_sample(tmp_path / "sample")
