"""Names that laboratories give their electrodes."""

from __future__ import annotations

import pytest

from kinesis_fast.analysis.emg.channels import CHANNELS
from kinesis_fast.analysis.emg.labels import NAMES, guess_channels


@pytest.mark.parametrize(
    ("label", "channel"),
    [
        ("R_TA", "tibialis_anterior"),
        ("RTA", "tibialis_anterior"),
        ("SOL", "soleus"),
        ("Right Rectus Femoris EMG4", "rectus_femoris"),
        ("EMG4.R VastLat", "vastus_lateralis"),
        ("Voltage.GASMED_R", "gastrocnemius_medialis"),
        ("gluteus_maximus", "gluteus_maximus"),
        ("Sensor 3.RBicepsFemoris", "biceps_femoris"),
        ("Tibialis-anterior", "tibialis_anterior"),
        ("L_TA", None),
        ("LSOL", None),
        ("Fz1", None),
        ("Force.Fx1", None),
        ("R", None),
        ("Delt_ant.EMG1", None),
        ("", None),
    ],
)
def test_of_the_right_leg(label: str, channel: str | None) -> None:
    assert guess_channels([label], "r") == ({} if channel is None else {label: channel})


def test_of_many() -> None:
    labels = ["Fx1", "L_SOL", "R_SOL", "R_SOL2", "RGAS", "RGM"]
    assert guess_channels(labels, "r") == {"R_SOL": "soleus", "RGM": "gastrocnemius_medialis"}
    assert guess_channels(labels, "l") == {"L_SOL": "soleus"}


def test_every_name_is_of_one_channel() -> None:
    assert set(NAMES) <= set(CHANNELS)
    every = [name for names in NAMES.values() for name in names]
    assert len(every) == len(set(every))
    for channel, names in NAMES.items():
        for name in names:
            assert guess_channels([name], "r") == {name: channel}, name
