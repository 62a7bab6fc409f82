"""Where users want episodes to begin: the options of ``reset``, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError
from kinesis_fast.motions.library import MotionLibrary

OPTIONS = ("clip", "start_time", "reset_mask")


def read_reset_options(
    options: Mapping[str, Any], num_envs: int, motions: MotionLibrary
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int32], npt.NDArray[np.float64]]:
    """Return what options say, an entry an environment.

    Returns:
        The mask, booleans; clip numbers, -1 to draw; start times, s, NaN to draw.

    Raises:
        InputError: an unknown option, a wrong shape or type, no such clip, or a time outside it.
    """
    if not isinstance(options, Mapping):
        raise InputError(f"options are {options!r}; they must be a dict of {', '.join(OPTIONS)}")
    for name in options:
        if name not in OPTIONS:
            raise InputError(f"unknown reset option {name!r}; valid: {', '.join(OPTIONS)}")
    mask = _mask(options.get("reset_mask"), num_envs)
    clips = _clips(options.get("clip"), num_envs, motions)
    return mask, clips, _times(options.get("start_time"), clips, motions)


def check_clips(
    clips: npt.NDArray[np.integer[Any]], motions: MotionLibrary, lowest: int = 0
) -> None:
    """Raise InputError for the first number that no clip has."""
    wrong = (clips < lowest) | (clips >= len(motions.clips))
    if np.any(wrong):
        raise InputError(
            f"clip {int(clips[np.argmax(wrong)])} does not exist; "
            f"the library has clips 0 to {len(motions.clips) - 1}"
        )


def _mask(value: npt.ArrayLike | None, num_envs: int) -> npt.NDArray[np.bool_]:
    if value is None:
        return np.ones(num_envs, dtype=bool)
    given = _per_env("reset_mask", value, num_envs)
    if given.dtype.kind != "b" and not (given.dtype.kind in "iu" and np.isin(given, (0, 1)).all()):
        raise InputError("reset option 'reset_mask' takes booleans, an entry an environment")
    return np.ascontiguousarray(given, dtype=bool)


def _clips(
    value: npt.ArrayLike | None, num_envs: int, motions: MotionLibrary
) -> npt.NDArray[np.int32]:
    clips = np.full(num_envs, -1, dtype=np.int32)
    if value is not None:
        given = _per_env("clip", value, num_envs)
        if given.dtype.kind in "UO":
            given = np.array([motions.index(str(name)) for name in given])
        if given.dtype.kind not in "iu":
            raise InputError("reset option 'clip' takes clip numbers or names")
        check_clips(given, motions, lowest=-1)
        clips[:] = given
    return clips


def _times(
    value: npt.ArrayLike | None, clips: npt.NDArray[np.int32], motions: MotionLibrary
) -> npt.NDArray[np.float64]:
    times = np.full(len(clips), np.nan)
    if value is not None:
        given = _per_env("start_time", value, len(clips))
        if given.dtype.kind not in "iuf":
            raise InputError(f"reset option 'start_time' takes seconds, not {given.ravel()[0]!r}")
        times[:] = given
        latest = np.array([c.duration for c in motions.clips])
        limit = np.where(clips >= 0, latest[clips], latest.max())
        wrong = (times < 0) | (times > limit) | np.isinf(times)
        if np.any(wrong):
            env = int(np.argmax(wrong))
            raise InputError(
                f"start_time {times[env]:g} s of environment {env} is outside its clip, "
                f"[0, {limit[env]:g}] s"
            )
    return times


def _per_env(name: str, value: npt.ArrayLike, num_envs: int) -> npt.NDArray[Any]:
    if isinstance(value, np.ma.MaskedArray):
        raise InputError(f"reset option {name!r} is a masked array; fill its values first")
    array = np.asarray(value)
    try:
        return np.broadcast_to(array, (num_envs,))
    except ValueError:
        raise InputError(
            f"reset option {name!r} has shape {array.shape}; expected ({num_envs},) or one value"
        ) from None
