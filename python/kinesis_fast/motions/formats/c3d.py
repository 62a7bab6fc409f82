"""C3D files of motion laboratories, by the package ezc3d."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError
from kinesis_fast.motions.capture.markers import MarkerTrial, up_axis
from kinesis_fast.motions.capture.recording import check_timing
from kinesis_fast.motions.formats.trc import UNITS

Array = npt.NDArray[np.float64]

CHILD = Path(__file__).with_name("c3d_child.py")
LONGEST = 120.0
"""s that a file may take to be read."""


@dataclass(frozen=True)
class PlateData:
    """What one force plate measured, in the laboratory's axes."""

    force: Array
    """(3, T) N."""
    pressure: Array
    """Centre of pressure, (3, T), in ``unit``."""
    unit: str


@dataclass(frozen=True)
class C3dContent:
    """What a file holds."""

    points: Array
    """Markers, (3, markers, T), in ``unit``; NaN where hidden."""
    labels: list[str]
    unit: str
    rate: float
    """Of markers, Hz."""
    first_time: float
    """Of the first frame, s."""
    analogs: Array
    """Other channels, (channels, samples)."""
    analog_labels: list[str]
    analog_rate: float
    """Of these and the plates, Hz."""
    plates: list[PlateData] = field(default_factory=list)


def read_trial(path: Path, names: Mapping[str, str] | None = None) -> MarkerTrial:
    """Read the markers of one ``.c3d`` file.

    Args:
        path: the file.
        names: labels by landmark, over those that are known.

    Raises:
        InputError: ezc3d is not installed, the file is none, or holds no markers of legs.
    """
    return trial_of(load(path), path.stem, names)


def trial_of(content: C3dContent, name: str, names: Mapping[str, str] | None = None) -> MarkerTrial:
    """Return the markers of what :func:`load` read.

    Raises:
        InputError: it holds no markers of legs.
    """
    labels = content.labels[: content.points.shape[1]]
    if not labels:
        raise InputError("holds no markers")
    if len(set(labels)) != len(labels):
        raise InputError("names a marker twice")
    check_timing(content.points.shape[2], content.rate)
    if content.unit not in UNITS:
        raise InputError(f"unit {content.unit[:20]!r} is not one of {', '.join(UNITS)}")
    # Some laboratories write what is hidden as the origin.
    hidden = (content.points == 0.0).all(axis=0)
    places = np.where(hidden, np.nan, UNITS[content.unit] * content.points)
    markers = {label: np.ascontiguousarray(places[:, k].T) for k, label in enumerate(labels)}
    return MarkerTrial(
        name,
        content.rate,
        markers,
        up_axis(markers, names),
        content.first_time,
        {"format": "C3D markers"},
    )


def load(path: Path, *, plates: bool = False) -> C3dContent:
    """Return what a file holds; with ``plates``, forces of its force plates too.

    It is read in a process of its own, which a damaged file may end.

    Raises:
        InputError: ezc3d is not installed, or the file is none of C3D's.
    """
    if find_spec("ezc3d") is None:
        raise InputError("C3D files are read by ezc3d: pip install 'kinesis_fast[report]'")
    command = [sys.executable, str(CHILD), str(path), str(int(plates))]
    try:
        done = subprocess.run(command, capture_output=True, timeout=LONGEST, check=False)
    except subprocess.TimeoutExpired as error:
        raise InputError(f"is not read within {LONGEST:.0f} s; is it damaged?") from error
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        why = lines[-1] if done.returncode > 0 and lines else "reading it ended the reader"
        raise InputError(f"is no readable C3D file: {why}")
    with np.load(io.BytesIO(done.stdout), allow_pickle=False) as found:
        units = [str(unit).strip().lower() for unit in found["units"]]
        rate = float(found["rate"])
        return C3dContent(
            found["points"],
            [str(label).strip() for label in found["labels"]],
            units[0] if units else "mm",
            rate,
            float(found["first_frame"]) / rate if rate > 0.0 else 0.0,
            found["analogs"],
            [str(label).strip() for label in found["analog_labels"]],
            float(found["analog_rate"]),
            [
                PlateData(
                    found[f"force_{k}"], found[f"pressure_{k}"], str(found[f"plate_unit_{k}"])
                )
                for k in range(sum(name.startswith("force_") for name in found.files))
            ],
        )
