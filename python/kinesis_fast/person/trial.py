"""Reads a person's trial: markers of a C3D or TRC file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kinesis_fast.errors import InputError
from kinesis_fast.motions.capture.markers import MarkerTrial
from kinesis_fast.motions.formats import c3d, trc

READERS = {".c3d": c3d.read_trial, ".trc": trc.read_trial}


def read_trial(path: Path, names: Mapping[str, str] | None = None) -> MarkerTrial:
    """Read the markers of one trial.

    Args:
        path: a ``.c3d`` or ``.trc`` file.
        names: labels by landmark (``knee_r: R.Epicondyle``), over those that are known.

    Raises:
        InputError: no such file, another kind of file, or one that cannot be read; with its path.
    """
    if not path.is_file():
        raise InputError(f"{str(path)!r} does not exist")
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(
            f"{str(path)!r} holds no markers; trials are {' and '.join(READERS)} files"
        )
    try:
        return reader(path, names)
    except InputError as error:
        raise InputError(f"{str(path)!r} {error}") from error
