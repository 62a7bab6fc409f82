"""Uneven ground: bumps, steps, or heights of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt

from kinesis_fast import _engine
from kinesis_fast.errors import InputError
from kinesis_fast.settings import NO_UNIT, Unit, within

BUMPS, STEPS = "bumps", "steps"
BUMPS_SIZE, BUMPS_CELL = 8.0, 0.05
"""m: how long and wide a field of bumps is before it is mirrored; between two of its heights."""
BUMPS_BLUR = 0.15
"""Standard deviation of the Gaussian that smooths noise, m: bumps lie some 0.5 m apart."""
STEPS_BEFORE, TREAD, NUM_STEPS, STEPS_CELL = 1.2, 0.3, 8, 0.02
"""m of level ground before the first step and on top, m of a tread; steps; m between two heights,
over which a step rises."""


@dataclass
class GroundConfig:
    """Uneven ground, level where a body begins (0.4 m about it) and all of itself from 0.9 m on.

    Under every point of a foot it is as high as the field there, and holds that point straight up.
    Fields go on mirrored beyond their edges.
    """

    height: Annotated[float, within(0.0, 1.0), NO_UNIT] = 0.0
    """What heights are multiplied by: of bumps how far they rise and fall, m; of steps how high
    each is, m; of a file 1 leaves its metres as they are. 0: level."""
    form: str = BUMPS
    """``bumps``, all heights between the lowest and the highest alike often, some 0.5 m apart, over
    which bodies begin anywhere; ``steps``, eight of 0.3 m ahead, up and then down again; or a file
    (.npy) of heights in metres, (rows, columns), whose first row's middle lies where a body begins
    and whose rows go on ahead, columns from the body's right to its left."""
    cell: Annotated[float, within(1e-3, 100.0), Unit("m")] = 0.05
    """Between two heights of a file."""


def told(ground: GroundConfig) -> str:
    """Return in words how the ground is uneven."""
    if ground.form == BUMPS:
        return f"the ground is uneven by {100 * ground.height:g} cm up and down"
    if ground.form == STEPS:
        return f"steps of {100 * ground.height:g} cm"
    return f"the ground is {ground.form}, {ground.height:g} times as high"


def native_field(ground: GroundConfig) -> _engine.GroundField:
    """Return the engine's heights.

    Raises:
        InputError: no such form, or a file that cannot be read or holds no heights.
    """
    if ground.form == BUMPS:
        return _engine.GroundField(_bumps(), BUMPS_CELL)
    if ground.form == STEPS:
        return _engine.GroundField(_steps(), STEPS_CELL)
    return _engine.GroundField(_read(Path(ground.form)), ground.cell)


@cache
def _bumps() -> npt.NDArray[np.float64]:
    """Smooth noise, each height put in its rank's place: from -1 to 1, all alike often."""
    count = round(BUMPS_SIZE / BUMPS_CELL) + 1
    noise = np.random.default_rng(0).standard_normal((count, count))
    waves = np.fft.fftfreq(count, BUMPS_CELL)
    squares = waves[:, None] ** 2 + waves[None, :] ** 2
    gain = np.exp(-2.0 * (np.pi * BUMPS_BLUR) ** 2 * squares)
    smooth = np.fft.ifft2(np.fft.fft2(noise) * gain).real
    ranks = smooth.ravel().argsort().argsort().reshape(smooth.shape)
    return 2.0 * ranks / (smooth.size - 1) - 1.0


def _steps() -> npt.NDArray[np.float64]:
    level, tread = round(STEPS_BEFORE / STEPS_CELL), round(TREAD / STEPS_CELL)
    counts = [level, *[tread] * (NUM_STEPS - 1), level]
    heights = np.repeat(np.arange(NUM_STEPS + 1, dtype=np.float64), counts)
    return np.stack([heights, heights], axis=1)


def _read(path: Path) -> npt.NDArray[np.float64]:
    if path.suffix != ".npy":
        raise InputError(
            f"the ground's form is {str(path)!r}; it must be {BUMPS!r}, {STEPS!r} or a file of "
            "heights (.npy)"
        )
    try:
        heights = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"cannot read the ground's heights {str(path)!r}: {error}") from error
    fits = isinstance(heights, np.ndarray) and heights.ndim == 2 and min(heights.shape) >= 2
    if not fits or heights.dtype.kind not in "fiu" or not np.isfinite(heights).all():
        raise InputError(
            f"the ground's heights {str(path)!r} must be two rows and columns of numbers at least, "
            "in metres"
        )
    return np.ascontiguousarray(heights, np.float64)
