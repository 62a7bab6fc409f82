"""Change the frame rate of signals without aliasing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import signal
from scipy.interpolate import make_interp_spline

Array = npt.NDArray[np.float64]

PASS_BAND = 0.4
"""Cut-off of the low-pass filter before frames are left out, as a share of the new rate."""

ORDER = 4


def resample(values: Array, frame_rate: float, new_rate: float) -> Array:
    """Return the signals (T, ...) at another frame rate, Hz; the first frame stays the first.

    Where frames become fewer, a zero-phase Butterworth filter first removes what the new rate
    cannot hold; then a cubic spline is read off at the new times.
    """
    frames = len(values)
    duration = (frames - 1) / frame_rate
    count = int(np.floor(duration * new_rate + 1e-6)) + 1
    if abs(frame_rate - new_rate) < 1e-9 * frame_rate:
        return np.array(values)
    flat = values.reshape(frames, -1)
    if new_rate < frame_rate:
        flat = low_pass(flat, frame_rate, PASS_BAND * new_rate)
    at = np.minimum(np.arange(count) / new_rate * frame_rate, frames - 1)
    degree = min(3, frames - 1)
    spline = make_interp_spline(np.arange(frames), flat, k=degree)
    result: Array = spline(at).reshape(count, *values.shape[1:])
    return result


def low_pass(values: Array, frame_rate: float, cutoff: float) -> Array:
    """Return signals (T, n) filtered without delay; ends are continued by reflection."""
    sections = signal.butter(ORDER, cutoff, fs=frame_rate, output="sos")
    pad = min(len(values) - 1, round(3 * frame_rate / cutoff))
    result: Array = signal.sosfiltfilt(sections, values, axis=0, padtype="odd", padlen=pad)
    return result
