"""Agreement with EMG: numbers by hand, delays, the null, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinesis_fast import InputError
from kinesis_fast.analysis.emg.channels import CHANNELS
from kinesis_fast.analysis.emg.trial_agreement import EmgRecording, agreement, read_emg

TEN = dict(list(CHANNELS.items())[:10])
"""The trial's; others share muscles with them."""
MUSCLES = [f"{muscle}_r" for names in TEN.values() for muscle in names]


def waves(times: np.ndarray, delay: float = 0.0) -> dict[str, np.ndarray]:
    """An envelope of its own frequency and phase a channel."""
    return {name: 1.0 + np.sin((5 + 0.7 * i) * (times - delay) + i) for i, name in enumerate(TEN)}


def activity(times: np.ndarray, delay: float = 0.0) -> np.ndarray:
    made = waves(times, delay)
    return np.stack([made[name] for name, muscles in TEN.items() for _ in muscles], axis=1)


def test_equal_signals_agree_and_scale_does_not_matter() -> None:
    times = np.linspace(0.0, 4.0, 2001)
    emg = EmgRecording(times, {name: 7.0 * x + 3.0 for name, x in waves(times).items()})
    at = np.arange(0.5, 3.5, 1 / 30)
    found = agreement(emg, at, activity(at), MUSCLES)
    assert found.mean_r(0.0) == pytest.approx(1.0, abs=1e-4)
    assert found.mean_r(0.05) < 0.98
    assert found.null95[0.0] < 0.5
    late = agreement(emg, at, activity(at, delay=0.05), MUSCLES)
    assert late.mean_r(0.05) == pytest.approx(1.0, abs=1e-4)
    figures = late.as_dict()
    assert figures["50_ms"]["mean_r"] == pytest.approx(late.mean_r(0.05))
    assert set(figures["0_ms"]["r"]) == set(TEN)


def test_correlation_by_hand() -> None:
    emg = EmgRecording(np.arange(4.0), {"soleus": np.array([1.0, 2.0, 3.0, 5.0])})
    found = agreement(
        emg, np.arange(4.0), np.array([[1.0], [3.0], [2.0], [4.0]]), ["soleus_r"], delays=(0.0,)
    )
    # Sums of products about the means: 5.5; of squares: 8.75 and 5.
    assert found.mean_r(0.0) == pytest.approx(5.5 / np.sqrt(8.75 * 5.0))
    still = agreement(emg, np.arange(4.0), np.ones((4, 1)), ["soleus_r"], delays=(0.0,))
    assert still.mean_r(0.0) == 0.0


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    times = np.linspace(0.0, 1.0, 11)
    emg = EmgRecording(times, waves(times))
    with pytest.raises(InputError, match=r"leaves the EMG recording, \[0.00, 1.00\] s"):
        agreement(emg, [0.0, 2.0], np.ones((2, len(MUSCLES))), MUSCLES)
    with pytest.raises(InputError, match="channel 'soleus' needs muscle 'soleus_l'"):
        agreement(emg, [0.5, 0.6], np.ones((2, len(MUSCLES))), MUSCLES, side="l")
    path = tmp_path / "emg.sto"
    path.write_text("x\nendheader\ntime\tsoleuss\n0\t1\n1\t2\n")
    with pytest.raises(InputError, match="no known channel; did you mean 'soleus'"):
        read_emg(path)
    path.write_text("x\nendheader\ntime\tsoleus\n0\t1\n1\tnan\n")
    with pytest.raises(InputError, match="channel 'soleus' is not finite everywhere"):
        read_emg(path)
    with pytest.raises(InputError, match="does not exist"):
        read_emg(tmp_path / "none.sto")


def test_the_real_recording_has_ten_channels(real_data: Path) -> None:
    emg = read_emg(real_data / "opensim" / "walk_emg.sto")
    assert set(emg.channels) == set(TEN)
    assert emg.times[-1] == pytest.approx(2.39, abs=0.01)
