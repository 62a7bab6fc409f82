"""Reads one C3D file by ezc3d, in a process of its own: what is damaged may end it.

Run by its path, so that nothing else is imported: the file's path, and 1 where force plates are
wanted; arrays go to standard output as ``.npz``.
"""

from __future__ import annotations

import contextlib
import io
import sys
from typing import Any

import ezc3d
import numpy as np

MEMORY = 8 << 30
"""Bytes that a damaged file may ask for."""


def main(path: str, plates: bool) -> None:
    """Write what a file holds to standard output."""
    _limit_memory()
    with contextlib.redirect_stdout(sys.stderr):
        content = ezc3d.c3d(path, extract_forceplat_data=plates)
    point, analog = (content["parameters"].get(name, {}) for name in ("POINT", "ANALOG"))
    arrays: dict[str, Any] = {
        "points": np.asarray(content["data"]["points"], np.float64)[:3],
        "labels": _texts(point, "LABELS"),
        "units": _texts(point, "UNITS"),
        "rate": _number(point, "RATE"),
        "first_frame": float(content["header"]["points"]["first_frame"]),
        "analogs": np.asarray(content["data"]["analogs"], np.float64)[0],
        "analog_labels": _texts(analog, "LABELS"),
        "analog_rate": _number(analog, "RATE"),
    }
    for number, plate in enumerate(content["data"]["platform"] if plates else []):
        arrays[f"force_{number}"] = np.asarray(plate["force"], np.float64)
        arrays[f"pressure_{number}"] = np.asarray(plate["center_of_pressure"], np.float64)
        arrays[f"plate_unit_{number}"] = str(plate["unit_position"])
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    sys.stdout.buffer.write(buffer.getvalue())


def _texts(group: Any, name: str) -> Any:
    values = group[name]["value"] if name in group else []
    return np.array([str(value) for value in values], dtype=np.str_)


def _number(group: Any, name: str) -> float:
    values = group[name]["value"] if name in group else []
    return float(values[0]) if len(values) else 0.0


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] == "1")
