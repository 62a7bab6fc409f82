"""Signals from files of several kinds, by channel."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError
from kinesis_fast.motions.formats.numpy_file import first_line
from kinesis_fast.motions.formats.opensim import read_table

Array = npt.NDArray[np.float64]

TIME_NAMES = ("time", "t", "Time", "TIME")


@dataclass(frozen=True)
class Signals:
    """Signals that were sampled together."""

    times: Array
    """Times of the samples, s, (T,), increasing."""
    channels: Mapping[str, Array]
    """By name, (T,) each."""

    @property
    def rate(self) -> float:
        """Samples a second."""
        return float(1.0 / np.median(np.diff(self.times)))


def read_signals(path: Path, rate: float | None = None) -> Signals:
    """Read all channels of an OpenSim ``.sto`` or ``.mot``, ``.csv``, ``.c3d`` or ``.mat`` file.

    CSV has a line of names, one of them ``time``, s, or a ``rate``. C3D's analog channels are read
    by the package ezc3d. MATLAB files, of version 5, hold a vector a channel, and one named
    ``time`` or a ``rate``.

    Args:
        path: of the file.
        rate: samples a second, where the file has no times.

    Raises:
        InputError: no such file, another kind, or not what it should be.
    """
    readers: Mapping[str, Callable[[Path], tuple[Array | None, dict[str, Array]]]] = {
        ".sto": _read_storage,
        ".mot": _read_storage,
        ".csv": _read_csv,
        ".c3d": _read_c3d,
        ".mat": _read_mat,
    }
    if path.suffix.lower() not in readers:
        raise InputError(f"{str(path)!r} is no {', '.join(readers)} file")
    if not path.is_file():
        raise InputError(f"EMG file {str(path)!r} does not exist")
    times, channels = readers[path.suffix.lower()](path)
    if not channels:
        raise InputError(f"EMG file {str(path)!r} has no channels")
    length = len(next(iter(channels.values())))
    if times is None:
        if rate is None or rate <= 0:
            raise InputError(f"EMG file {str(path)!r} has no times: give its rate, Hz")
        times = np.arange(length) / rate
    if len(times) < 2 or any(len(values) != len(times) for values in channels.values()):
        raise InputError(f"EMG file {str(path)!r} has channels of different or no lengths")
    if not np.all(np.isfinite(times)) or not np.all(np.diff(times) > 0):
        raise InputError(f"EMG file {str(path)!r} has times that do not increase")
    for name, values in channels.items():
        if not np.all(np.isfinite(values)):
            raise InputError(f"EMG file {str(path)!r}: channel {name!r} is not finite everywhere")
    return Signals(times, channels)


def _read_storage(path: Path) -> tuple[Array, dict[str, Array]]:
    try:
        table = read_table(path)
    except InputError as error:
        raise InputError(f"EMG file {str(path)!r} {error}") from error
    return table.time, dict(table.columns)


def _read_csv(path: Path) -> tuple[Array | None, dict[str, Array]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"cannot read the EMG file {str(path)!r}: {error}") from error
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if len(rows) < 3:
        raise InputError(f"EMG file {str(path)!r} has fewer than two rows below its names")
    names = [name.strip() for name in rows[0]]
    if len(set(names)) < len(names):
        again = next(name for name in names if names.count(name) > 1)
        raise InputError(f"EMG file {str(path)!r} has two columns {again!r}")
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(names):
            raise InputError(
                f"EMG file {str(path)!r} has {len(row)} values in row {number}; its first row has "
                f"{len(names)} names"
            )
    try:
        values = np.array(rows[1:], dtype=np.float64)
    except ValueError as error:
        raise InputError(f"EMG file {str(path)!r} holds what is no number: {error}") from error
    return _split(dict(zip(names, values.T, strict=True)))


def _split(columns: dict[str, Array]) -> tuple[Array | None, dict[str, Array]]:
    times = next((columns.pop(name) for name in TIME_NAMES if name in columns), None)
    return times, columns


def _read_c3d(path: Path) -> tuple[Array, dict[str, Array]]:
    from kinesis_fast.motions.formats import c3d

    try:
        content = c3d.load(path)
    except InputError as error:
        raise InputError(f"cannot read the EMG file {str(path)!r}: {error}") from error
    if content.analog_rate <= 0.0:
        raise InputError(f"the EMG file {str(path)!r} has no channels")
    times = np.arange(content.analogs.shape[1]) / content.analog_rate
    return times, dict(zip(content.analog_labels, content.analogs, strict=False))


def _read_mat(path: Path) -> tuple[Array | None, dict[str, Array]]:
    try:
        variables = load_mat(path)
    except InputError as error:
        raise InputError(f"EMG file {str(path)!r} {error}") from error
    columns = {
        name: np.ravel(value).astype(float)
        for name, value in variables.items()
        if isinstance(value, np.ndarray) and value.dtype.kind in "fiu" and value.size > 1
        if max(value.shape) == value.size
    }
    return _split(columns)


def load_mat(path: Path) -> dict[str, Any]:
    """Return the variables of a MATLAB file of version 5; structs are dictionaries.

    Raises:
        InputError: it cannot be read.
    """
    from scipy.io import loadmat

    try:
        found = loadmat(path, simplify_cells=True)
    except NotImplementedError as error:
        raise InputError("is a MATLAB file of version 7.3; save it with -v7") from error
    except Exception as error:
        raise InputError(f"is no readable MATLAB file: {first_line(error)}") from error
    return {name: value for name, value in found.items() if not name.startswith("__")}
