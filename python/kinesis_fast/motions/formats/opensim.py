"""OpenSim storage and motion files (``.sto``, ``.mot``) of joint coordinates.

Columns are matched by their plain or path name (``/jointset/hip_r/hip_flexion_r/value``).
Angles are degrees where the header says so; where it is silent, they are taken for degrees if
any angle exceeds 2 pi. Knees that mostly bend backwards (the sign of the gait2392 family) are
flipped. Markers, arms and the lumbar joint are ignored.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast import models
from kinesis_fast.errors import InputError
from kinesis_fast.motions import floor
from kinesis_fast.motions.kinematics import axis_rotation, quat_from_matrix
from kinesis_fast.motions.library import Clip, MotionLibrary, default_tracked_bodies

FRAME_RATE = 120.0
"""Clips are resampled to this rate, Hz, by linear interpolation of the coordinates."""

PELVIS_TO_ROOT = np.array([[0.0, 0.0, -1.0], [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
"""OpenSim's pelvis axes in the axes of the composed models' root body."""

GROUND_TO_WORLD = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""OpenSim's ground (y up, walking along x) in the world (z up)."""

PELVIS_ANGLES = ("pelvis_tilt", "pelvis_list", "pelvis_rotation")
PELVIS_PLACE = ("pelvis_tx", "pelvis_ty", "pelvis_tz")
REQUIRED_ANGLES = tuple(
    f"{joint}_{side}"
    for side in "rl"
    for joint in ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle")
)
OPTIONAL_ANGLES = tuple(
    f"{joint}_{side}" for side in "rl" for joint in ("subtalar_angle", "mtp_angle")
)
MAX_FRAMES = 10_000_000


@dataclass(frozen=True)
class CoordinateTable:
    """Columns of a storage file."""

    time: npt.NDArray[np.float64]
    """Seconds, (T,), strictly increasing."""
    columns: dict[str, npt.NDArray[np.float64]]
    """By plain coordinate name, (T,) each, in the file's units."""
    in_degrees: bool | None
    """What the header says; None where it is silent."""


def read_opensim(path: str | Path, model: mujoco.MjModel) -> MotionLibrary:
    """Read one ``.sto`` or ``.mot`` file as a library of one clip on the floor of ``model``.

    The subject is raised or lowered by one offset so that the heels stand on z = 0; toes are
    bent up where they would sink into the floor (see :mod:`kinesis_fast.motions.floor`).

    Raises:
        InputError: the file is missing, truncated or malformed, lacks a coordinate, or holds
            values that are not finite; or the model lacks the legs' joints.
    """
    names = {model.joint(i).name for i in range(model.njnt)}
    missing = [name for name in REQUIRED_ANGLES if name not in names]
    if missing:
        raise InputError(
            f"OpenSim motions need a model with MyoLegs' leg joints; this one has no {missing[0]!r}"
        )
    table = read_table(path)
    columns = _coordinates_in_radians(table, path)
    time = table.time - table.time[0]
    frames = int(np.floor(time[-1] * FRAME_RATE + 1e-6)) + 1
    at = np.arange(frames) / FRAME_RATE
    columns = {name: np.interp(at, time, values) for name, values in columns.items()}
    qpos = coordinates_to_qpos(columns, model)
    floor.stand_on_floor(model, qpos, FRAME_RATE)
    clip = Clip(
        name=Path(path).stem,
        frames=frames,
        frame_rate=FRAME_RATE,
        attributes={
            "source": Path(path).name,
            "format": "OpenSim",
            "first_time": float(table.time[0]),
        },
    )
    return MotionLibrary.from_qpos(model, [(clip, qpos)], default_tracked_bodies(model))


def coordinates_to_qpos(
    columns: dict[str, npt.NDArray[np.float64]], model: mujoco.MjModel
) -> npt.NDArray[np.float64]:
    """Map OpenSim coordinates, radians and metres, to ``qpos`` (T, nq) of a composed model."""
    frames = len(columns["pelvis_tx"])
    qpos = np.tile(np.asarray(model.qpos0, dtype=np.float64), (frames, 1))
    tilt, side_list, rotation = (columns[name] for name in PELVIS_ANGLES)
    pelvis = (
        axis_rotation([0, 0, 1], tilt)
        @ axis_rotation([1, 0, 0], side_list)
        @ axis_rotation([0, 1, 0], rotation)
    )
    place = np.stack([columns[name] for name in PELVIS_PLACE], axis=-1)
    qpos[:, 0:3] = place @ GROUND_TO_WORLD.T
    qpos[:, 3:7] = quat_from_matrix(GROUND_TO_WORLD @ pelvis @ PELVIS_TO_ROOT.T)
    for name in (*REQUIRED_ANGLES, *OPTIONAL_ANGLES):
        joint = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_JOINT, name)
        if name in columns and joint >= 0:
            low, high = model.jnt_range[joint]
            qpos[:, model.jnt_qposadr[joint]] = np.clip(columns[name], low, high)
    models.apply_couplings(model, qpos)
    return qpos


def read_table(path: str | Path) -> CoordinateTable:
    """Read header and columns of a storage file, any header version."""
    file = Path(path)
    if not file.is_file():
        raise InputError(f"motion file {str(path)!r} does not exist")
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(f"motion file {str(path)!r} is not text: {error.reason}") from error
    header, labels, rows = _split_header(lines, path)
    values = _parse_rows(rows, len(labels), path)
    expected = header.get("nrows") or header.get("datarows")
    if expected is not None and expected.isdigit() and int(expected) != len(values):
        raise InputError(
            f"motion file {str(path)!r} is truncated: its header announces {expected} rows, "
            f"it has {len(values)}"
        )
    where = f"motion file {str(path)!r}"
    if labels[0].lower() != "time":
        raise InputError(f"{where}: the first column is {labels[0]!r}, not 'time'")
    if len(values) < 2:
        raise InputError(f"{where} has {len(values)} frames; at least 2 are needed")
    time = values[:, 0]
    if not np.all(np.diff(time) > 0):
        raise InputError(f"{where}: its times do not increase throughout")
    if (time[-1] - time[0]) * FRAME_RATE > MAX_FRAMES:
        raise InputError(f"{where} spans {time[-1] - time[0]:g} s, too long a clip")
    columns = {_plain_name(label): values[:, i] for i, label in enumerate(labels) if i > 0}
    degrees = {"yes": True, "no": False}.get(header.get("indegrees", ""))
    return CoordinateTable(time, columns, degrees)


def _split_header(
    lines: list[str], path: str | Path
) -> tuple[dict[str, str], list[str], list[str]]:
    ends = [i for i, line in enumerate(lines[:200]) if line.strip().lower() == "endheader"]
    if not ends:
        raise InputError(
            f"motion file {str(path)!r} has no 'endheader' line in its first 200 lines; "
            "is it an OpenSim .sto or .mot file?"
        )
    header = {}
    for line in lines[: ends[0]]:
        key, _, value = line.replace("=", " ", 1).strip().partition(" ")
        header[key.lower()] = value.strip().lower()
    rest = [line for line in lines[ends[0] + 1 :] if line.strip()]
    if not rest:
        raise InputError(f"motion file {str(path)!r} has no column labels after 'endheader'")
    return header, rest[0].split(), rest[1:]


def _parse_rows(rows: list[str], width: int, path: str | Path) -> npt.NDArray[np.float64]:
    values = np.zeros((len(rows), width))
    for i, row in enumerate(rows):
        cells = row.split()
        if len(cells) != width:
            raise InputError(
                f"motion file {str(path)!r}: data row {i + 1} has {len(cells)} values for "
                f"{width} columns; the file may be truncated"
            )
        try:
            values[i] = [float(cell) for cell in cells]
        except ValueError as error:
            raise InputError(f"motion file {str(path)!r}: data row {i + 1}: {error}") from error
    return values


def _plain_name(label: str) -> str:
    """Return the coordinate of a path like ``/jointset/hip_r/hip_flexion_r/value``."""
    parts = label.strip("/").split("/")
    if len(parts) > 1:
        return parts[-2] if parts[-1] == "value" else label
    return label


def _coordinates_in_radians(
    table: CoordinateTable, path: str | Path
) -> dict[str, npt.NDArray[np.float64]]:
    missing = [
        name
        for name in (*PELVIS_ANGLES, *PELVIS_PLACE, *REQUIRED_ANGLES)
        if name not in table.columns
    ]
    if missing:
        raise InputError(
            f"motion file {str(path)!r} lacks {len(missing)} coordinate(s): " + ", ".join(missing)
        )
    wanted = (*PELVIS_ANGLES, *PELVIS_PLACE, *REQUIRED_ANGLES, *OPTIONAL_ANGLES)
    found = {name: table.columns[name].copy() for name in wanted if name in table.columns}
    for name, values in found.items():
        if not np.all(np.isfinite(values)):
            row = int(np.argwhere(~np.isfinite(values))[0, 0])
            raise InputError(
                f"motion file {str(path)!r}: {name} is {values[row]} at data row {row + 1}"
            )
    angles = [name for name in found if name not in PELVIS_PLACE]
    degrees = table.in_degrees
    if degrees is None:
        degrees = any(np.max(np.abs(found[name])) > 2 * np.pi for name in angles)
    for name in angles:
        if degrees:
            found[name] = np.deg2rad(found[name])
    for side in "rl":
        if np.median(found[f"knee_angle_{side}"]) < 0:
            found[f"knee_angle_{side}"] = -found[f"knee_angle_{side}"]
    return found
