"""What users give an environment: checked before anything is changed."""

from __future__ import annotations

import contextlib
import os
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.config import check_ranges
from kinesis_fast.errors import InputError


def check_memory(model: mujoco.MjModel, num_envs: int) -> None:
    """Raise InputError where so many environments cannot have the memory that they take."""
    row = mujoco.mj_stateSize(model, int(mujoco.mjtState.mjSTATE_INTEGRATION))
    needed = num_envs * 8 * (row + 4 * model.nu + model.nv)  # the rows; without all else
    available = available_memory()
    if available is not None and needed > available:
        raise InputError(
            f"num_envs is {num_envs}; they take at least {needed / 2**30:.1f} GiB of memory, "
            f"{available / 2**30:.1f} GiB are to be had: give fewer"
        )


def available_memory() -> int | None:
    """Return how much memory the machine and this process's limit have, bytes, where known."""
    found = []
    with contextlib.suppress(AttributeError, ValueError, OSError):
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    with contextlib.suppress(ImportError):
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit != resource.RLIM_INFINITY:
            found.append(limit)
    return min(found, default=None)


def checked_actions(actions: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Return actions as the engine takes them; InputError where they are no real numbers."""
    if isinstance(actions, np.ma.MaskedArray):
        raise InputError("actions are a masked array; fill its masked values first")
    given = np.asarray(actions)
    if given.dtype.kind not in "biuf":
        raise InputError(f"actions are {given.dtype} values; they must be real numbers")
    return np.ascontiguousarray(given, dtype=np.float32)


def checked_array(what: str, value: npt.ArrayLike, dtype: Any) -> npt.NDArray[Any]:
    """Return plain numbers as an array of a type that holds them exactly."""
    if isinstance(value, np.ma.MaskedArray):
        raise InputError(f"{what} is a masked array; fill its masked values first")
    given = np.asarray(value)
    if given.dtype.kind not in "biuf":
        raise InputError(f"{what} holds {given.dtype} values; it takes numbers")
    with np.errstate(invalid="ignore"):
        array = np.ascontiguousarray(given, dtype=dtype)
    if array.dtype.kind in "iu" and not np.array_equal(array, given):
        wrong = given.ravel()[np.argmax(array.ravel() != given.ravel())]
        raise InputError(f"{what} has the value {wrong}; it takes whole numbers of {array.dtype}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise InputError(f"{what} has a value that is not finite")
    return array


def check_sizes(num_envs: int, num_threads: int, seed: int) -> None:
    """Raise InputError unless these are numbers that environments can be made with."""
    for name, value in (("num_envs", num_envs), ("num_threads", num_threads), ("seed", seed)):
        if not isinstance(value, int | np.integer) or isinstance(value, bool):
            raise InputError(f"{name} is {value!r}; it must be a whole number")
    check_ranges((("num_envs", num_envs, 1, 1_000_000),))
    if not 0 <= num_threads <= 4096:
        raise InputError(f"num_threads is {num_threads}; it must be in [0, 4096], 0 for every CPU")
    check_seed(seed)


def check_seed(seed: int) -> None:
    """Raise InputError unless random streams can start from this seed."""
    if not isinstance(seed, int | np.integer) or isinstance(seed, bool):
        raise InputError(f"seed is {seed!r}; it must be a whole number")
    if not 0 <= seed < 2**63:
        raise InputError(f"seed is {seed}; it must be in [0, 2^63)")
