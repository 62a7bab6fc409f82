"""Electrodes, and the muscles that lie under them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError, did_you_mean

Array = npt.NDArray[np.float64]

CHANNELS: Mapping[str, tuple[str, ...]] = {
    "soleus": ("soleus",),
    "gastrocnemius": ("gasmed", "gaslat"),
    "tibialis_anterior": ("tibant",),
    "medial_hamstrings": ("semimem", "semiten"),
    "biceps_femoris": ("bflh", "bfsh"),
    "vastus_lateralis": ("vaslat",),
    "vastus_medius": ("vasmed",),
    "rectus_femoris": ("recfem",),
    "gluteus_maximus": ("glmax1", "glmax2", "glmax3"),
    "gluteus_medius": ("glmed1", "glmed2", "glmed3"),
    "gastrocnemius_medialis": ("gasmed",),
    "gastrocnemius_lateralis": ("gaslat",),
    "semitendinosus": ("semiten",),
    "peroneus_longus": ("perlong",),
    "peroneus_brevis": ("perbrev",),
    "adductor_longus": ("addlong",),
    "tensor_fasciae_latae": ("tfl",),
}
"""Which of MyoLegs' muscles, without their side, lie under an electrode of this name."""


def channel_activity(activity: Array, muscles: Sequence[str], channel: str, side: str) -> Array:
    """Return the mean activity (T,) of the muscles under an electrode, of all (T, muscles).

    Raises:
        InputError: one of them is not among ``muscles``.
    """
    wanted = [f"{muscle}_{side}" for muscle in CHANNELS[channel]]
    missing = [name for name in wanted if name not in muscles]
    if missing:
        hint = did_you_mean(missing[0], muscles)
        raise InputError(f"EMG channel {channel!r} needs muscle {missing[0]!r}{hint}")
    mean: Array = activity[:, [list(muscles).index(name) for name in wanted]].mean(axis=1)
    return mean
