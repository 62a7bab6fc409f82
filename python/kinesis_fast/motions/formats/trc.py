"""Marker files (``.trc``) of OpenSim, Motion Analysis and others."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError
from kinesis_fast.motions.capture.markers import MAX_GAP, MarkerTrial, up_axis
from kinesis_fast.motions.capture.recording import check_timing, even_rate
from kinesis_fast.motions.formats import text_file

Array = npt.NDArray[np.float64]

UNITS = {"mm": 0.001, "cm": 0.01, "m": 1.0, "in": 0.0254}


def read_trial(path: Path, names: Mapping[str, str] | None = None) -> MarkerTrial:
    """Read one ``.trc`` file."""
    markers, frame_rate, first_time = read_markers(path)
    return MarkerTrial(
        path.stem,
        frame_rate,
        markers,
        up_axis(markers, names),
        first_time,
        {"format": "TRC markers"},
    )


def read_markers(path: Path) -> tuple[dict[str, Array], float, float]:
    """Return markers (T, 3), m, NaN where hidden, by name; frame rate, Hz; and first time, s.

    The rate is the header's, to which the times of the frames must keep.
    """
    lines = text_file.read_lines(path)
    if len(lines) < 6 or not lines[0].startswith("PathFileType"):
        raise InputError("does not begin with PathFileType; is it a .trc file?")
    head = dict(zip(lines[1].split(), lines[2].split(), strict=False))
    for key in ("DataRate", "NumFrames", "NumMarkers", "Units"):
        if not head.get(key):
            raise InputError(f"its header lacks {key!r}")
    announced = text_file.number(head["DataRate"], "DataRate")
    frames = text_file.integer(head["NumFrames"], "NumFrames")
    unit = UNITS.get(head["Units"].lower())
    if unit is None:
        raise InputError(f"unit {head['Units'][:20]!r} is not one of {', '.join(UNITS)}")
    names = [name.strip() for name in lines[3].split("\t")[2:]]
    names = [name for name in names if name]
    if len(names) != text_file.integer(head["NumMarkers"], "NumMarkers"):
        raise InputError(f"announces {head['NumMarkers'][:20]} markers and names {len(names)}")
    if len(set(names)) != len(names):
        raise InputError("names a marker twice")
    rows = [line for line in lines[5:] if line.strip()]
    if len(rows) != frames:
        raise InputError(f"is truncated: it announces {frames} frames and has {len(rows)}")
    values = np.full((frames, 3 * len(names)), np.nan)
    times = np.zeros(frames)
    for i, row in enumerate(rows):
        time, *cells = row.rstrip("\r\n").split("\t")[1:] or [""]
        times[i] = text_file.number(time, f"the time of frame {i + 1}")
        if len(cells) < 3 * len(names) and i + 1 == len(rows):
            cells += [""] * (3 * len(names) - len(cells))
        for k, cell in enumerate(cells[: 3 * len(names)]):
            if cell.strip() and cell.strip().lower() != "nan":
                values[i, k] = text_file.number(cell, f"a marker in frame {i + 1}")
    check_timing(frames, announced)
    frame_rate = even_rate(times, MAX_GAP)
    if abs(frame_rate - announced) > 0.02 * frame_rate:
        raise InputError(
            f"its DataRate is {announced:g} Hz, its times are {frame_rate:.4g} Hz; "
            "which of them is right?"
        )
    markers = {name: unit * values[:, 3 * k : 3 * k + 3] for k, name in enumerate(names)}
    return markers, announced, float(times[0])
