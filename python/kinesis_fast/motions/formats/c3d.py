"""C3D files of motion laboratories, by the package ezc3d."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError
from kinesis_fast.motions.capture.markers import MarkerTrial, up_axis
from kinesis_fast.motions.capture.recording import check_timing
from kinesis_fast.motions.formats.trc import UNITS

Array = npt.NDArray[np.float64]


def read_trial(path: Path, names: Mapping[str, str] | None = None) -> MarkerTrial:
    """Read the markers of one ``.c3d`` file.

    Raises:
        InputError: ezc3d is not installed, the file is none, or holds no markers of legs.
    """
    return trial_of(load(path), path.stem, names)


def trial_of(content: Any, name: str, names: Mapping[str, str] | None = None) -> MarkerTrial:
    """Return the markers of what :func:`load` read.

    Raises:
        InputError: it holds no markers of legs.
    """
    points = content["parameters"]["POINT"]
    labels = [str(label).strip() for label in _value(points, "LABELS", [])]
    places = np.asarray(content["data"]["points"], np.float64)[:3]
    labels = labels[: places.shape[1]]
    if not labels:
        raise InputError("holds no markers")
    if len(set(labels)) != len(labels):
        raise InputError("names a marker twice")
    rate = float(_value(points, "RATE", [0.0])[0])
    check_timing(places.shape[2], rate)
    units = _value(points, "UNITS", ["mm"])
    named = str(units[0]).strip().lower() if units else "mm"
    if named not in UNITS:
        raise InputError(f"unit {named[:20]!r} is not one of {', '.join(UNITS)}")
    # Some laboratories write what is hidden as the origin.
    places = np.where((places == 0.0).all(axis=0), np.nan, UNITS[named] * places)
    markers = {label: np.ascontiguousarray(places[:, k].T) for k, label in enumerate(labels)}
    return MarkerTrial(
        name,
        rate,
        markers,
        up_axis(markers, names),
        first_time(content),
        {"format": "C3D markers"},
    )


def first_time(content: Any) -> float:
    """Return the time of the first frame, s."""
    rate = float(_value(content["parameters"]["POINT"], "RATE", [0.0])[0])
    return float(content["header"]["points"]["first_frame"]) / max(rate, 1e-9)


def load(path: Path, *, plates: bool = False) -> Any:
    """Return what ezc3d reads of a file; with ``plates``, forces of its force plates too.

    Raises:
        InputError: ezc3d is not installed, or the file is none of C3D's.
    """
    try:
        import ezc3d
    except ImportError as error:
        raise InputError(
            "C3D files are read by ezc3d: pip install 'kinesis_fast[report]'"
        ) from error
    try:
        return ezc3d.c3d(str(path), extract_forceplat_data=plates)
    except (OSError, RuntimeError, ValueError, IndexError, KeyError, MemoryError) as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise InputError(f"is no readable C3D file: {reason[0]}") from error


def _value(group: Any, name: str, otherwise: Any) -> Any:
    return group[name]["value"] if name in group else otherwise
