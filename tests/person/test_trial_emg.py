"""A map of the EMG that a trial's own file has."""

from __future__ import annotations

from pathlib import Path

import ezc3d
import mujoco
import numpy as np
import pytest

from kinesis_fast.analysis.emg.subject import EmgMap, read_subject
from kinesis_fast.motions import MotionLibrary
from kinesis_fast.motions.prior.default import with_prior
from kinesis_fast.person.trial_emg import map_of_trial


def write_trial(path: Path, labels: list[str], seconds: float) -> None:
    """A marker that stands still, and bursts of noise once a second, at 1000 Hz."""
    file = ezc3d.c3d()
    file["parameters"]["POINT"]["RATE"]["value"] = [100.0]
    file["parameters"]["POINT"]["LABELS"]["value"] = ["RASI"]
    file["data"]["points"] = np.ones((4, 1, round(100 * seconds)))
    file["parameters"]["ANALOG"]["RATE"]["value"] = [1000.0]
    file["parameters"]["ANALOG"]["LABELS"]["value"] = labels
    time = np.arange(round(1000 * seconds)) / 1000.0
    noise = np.random.default_rng(0).normal(size=(1, len(labels), len(time)))
    file["data"]["analogs"] = noise * np.sin(np.pi * time) ** 2
    file.write(str(path))


def test_channels_named_after_muscles_are_read(
    model: mujoco.MjModel, gait: MotionLibrary, tmp_path: Path
) -> None:
    library = with_prior(gait.subset(["walk_comfortable_120"]), model)
    library.save(tmp_path / "motion.h5")
    trial, about = tmp_path / "walk.c3d", tmp_path / "emg.yaml"
    write_trial(trial, ["Fz1", "R_SOL", "R_TA", "L_TA", "RRF", "R_VL"], library.duration)
    paths = (trial, Path("myolegs"), tmp_path / "motion.h5", about)
    assert map_of_trial(*paths, least=4)
    found = EmgMap.load(about)
    assert found.channels == {
        "R_SOL": "soleus",
        "R_TA": "tibialis_anterior",
        "RRF": "rectus_femoris",
        "R_VL": "vastus_lateralis",
    }
    assert np.diff(found.strikes) == pytest.approx(np.median(np.diff(found.strikes)), abs=0.1)
    assert set(read_subject(trial, found).profiles) == set(found.channels.values())
    assert not map_of_trial(*paths, least=5)
