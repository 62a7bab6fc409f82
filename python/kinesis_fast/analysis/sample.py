"""A trial to try everything out with, made here: motion capture and EMG of one walk.

Nobody was measured. The motion is built-in walking, the EMG its muscle prior's excitations with
noise: files as a laboratory would hand them over, to learn the commands with.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import yaml

from kinesis_fast.analysis.emg.channels import channel_activity
from kinesis_fast.analysis.movement import prior_recording, with_derived
from kinesis_fast.analysis.walk import Walk
from kinesis_fast.body import load_model, muscle_names
from kinesis_fast.errors import InputError
from kinesis_fast.motions import load_motions
from kinesis_fast.motions.export import export_clips
from kinesis_fast.motions.prior.default import with_prior

CLIP = "walk_comfortable_120"
FILES = ("walk.bvh", "emg.csv", "emg.yaml")
ELECTRODES = {
    "SOL": "soleus",
    "GAS": "gastrocnemius",
    "TA": "tibialis_anterior",
    "VL": "vastus_lateralis",
    "RF": "rectus_femoris",
    "BF": "biceps_femoris",
    "GM": "gluteus_medius",
}
"""Channels as the file names them, and what they lie on."""
RATE = 200.0
"""Samples of EMG a second."""
NOISE, FLOOR = 0.15, 0.01
"""Of the signal, and of its largest value: standard deviations."""
MILLIVOLTS = 0.4
"""Of a muscle's full excitation."""


def write_sample(folder: Path) -> list[Path]:
    """Write a trial of a walk that was made up, not measured.

    Args:
        folder: to write to; it is made if it is not there.

    Returns:
        ``walk.bvh``, the motion; ``emg.csv``, envelopes of the right leg, mV, by time, s, on the
        motion's clock; and ``emg.yaml``, the map that says what is in it.

    Raises:
        InputError: the folder has files of these names, or cannot be written.
    """
    there = [name for name in FILES if (folder / name).exists()]
    if there:
        raise InputError(f"{str(folder / there[0])!r} is there already; give another folder")
    model = load_model()
    library = with_prior(load_motions("gait", model, clips=[CLIP]), model)
    (written,) = export_clips(library, model, ["bvh"], folder)
    recording = with_derived(model, prior_recording(model, library, 0))
    (trial,) = recording.trials
    rng = np.random.default_rng(0)
    times = np.arange(0.0, trial["time"][-1], 1.0 / RATE)
    columns = {}
    for name, channel in ELECTRODES.items():
        activity = channel_activity(trial["ctrl"], muscle_names(model), channel, "r")
        signal = np.interp(times, trial["time"], activity)
        noise = NOISE * signal * rng.standard_normal(len(times))
        noise += FLOOR * signal.max() * rng.standard_normal(len(times))
        columns[name] = MILLIVOLTS * np.abs(signal + noise)
    strikes = Walk.of(recording).events[0]["r"].strikes
    told = {
        "channels": ELECTRODES,
        "side": "r",
        "strikes": [round(float(strike), 3) for strike in strikes],
        "same_trial": True,
    }
    motion, emg, about = (folder / name for name in FILES)
    try:
        written.replace(motion)
        with emg.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(["time", *columns])
            for time, *values in zip(times, *columns.values(), strict=True):
                rows.writerow([f"{time:.4f}", *(f"{value:.5f}" for value in values)])
        about.write_text(yaml.safe_dump(told, sort_keys=False), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{str(folder)!r} cannot be written: {error}") from error
    return [motion, emg, about]
