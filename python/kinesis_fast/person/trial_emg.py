"""EMG that a trial's own file has: which of its channels are muscles, and when the foot strikes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import yaml

from kinesis_fast.analysis.emg.labels import guess_channels
from kinesis_fast.analysis.movement import prior_recording, with_derived
from kinesis_fast.analysis.walk import Walk
from kinesis_fast.body import load_model
from kinesis_fast.motions.formats import c3d
from kinesis_fast.motions.sources import load_motions

SIDE = "r"


def map_of_trial(trial: Path, body: Path, motion: Path, path: Path, least: int) -> bool:
    """Write a map of the EMG in a C3D file, as ``analyze report --map`` reads it.

    Strikes are the right foot's in the motion that was made of the trial, which has a muscle prior.
    The signals are taken to be raw.

    Args:
        trial: a ``.c3d`` file.
        body: the model that the motion is for.
        motion: the library made of the trial.
        path: of the YAML file.
        least: how many channels must be known.

    Returns:
        Whether there were so many, and two strikes.

    Raises:
        InputError: a file cannot be read, or the motion does not walk.
    """
    channels = guess_channels(c3d.load(trial).analog_labels, SIDE)
    if len(channels) < least:
        return False
    model = load_model(body)
    recording = with_derived(model, prior_recording(model, load_motions(str(motion), model), 0))
    made = recording.trials[0]
    strikes = Walk.of(recording).events[0][SIDE].strikes
    clock = np.interp(strikes, made["time"], made["recording_time"])
    if len(clock) < 2:
        return False
    about = {
        "channels": channels,
        "side": SIDE,
        "raw": True,
        "strikes": [round(float(strike), 4) for strike in clock],
        "same_trial": True,
    }
    path.write_text(yaml.safe_dump(about, sort_keys=False), encoding="utf-8")
    return True
