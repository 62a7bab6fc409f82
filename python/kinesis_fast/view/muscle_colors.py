"""Muscles coloured by what they do."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

RESTING = np.array([0.86, 0.74, 0.69])
ACTIVE = np.array([0.88, 0.03, 0.03])
UNKNOWN = np.array([0.62, 0.62, 0.62])


def muscle_colors(activation: Array | None, count: int) -> Array:
    """Return colours of muscles, from pale, at rest, to red; grey where activations are not known.

    By the square root, so that the tenth of its activation that a muscle walks with is seen.

    Args:
        activation: of every muscle, (count,), 0 to 1; None: not known.
        count: of muscles.

    Returns:
        Red, green and blue in [0, 1], (count, 3).
    """
    if activation is None:
        return np.tile(UNKNOWN, (count, 1))
    share = np.sqrt(np.clip(activation, 0.0, 1.0))[:, None]
    colors: Array = RESTING + share * (ACTIVE - RESTING)
    return colors
