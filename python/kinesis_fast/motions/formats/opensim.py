"""OpenSim storage and motion files (``.sto``, ``.mot``) of joint coordinates.

Columns are matched by their plain or path name (``/jointset/hip_r/hip_flexion_r/value``).
Angles are degrees where the header says so; where it is silent, they are taken for degrees if
any angle exceeds 2 pi. Knees that mostly bend backwards (the sign of the gait2392 family) are
flipped. Markers, arms and the lumbar joint are ignored.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.body import apply_couplings
from kinesis_fast.body.legs import OPENSIM_PELVIS_TO_ROOT, OPENSIM_TO_WORLD
from kinesis_fast.errors import InputError
from kinesis_fast.motions.capture.recording import (
    MAX_SECONDS,
    JointRecording,
    check_timing,
    even_rate,
)
from kinesis_fast.motions.formats import text_file
from kinesis_fast.rotations import axis_rotation, matrix_from_quat, quat_from_matrix, zxy_angles

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
FARTHEST, HIGHEST = 1e4, 3.0
"""m, that a pelvis lies from the origin, and above it."""
LARGEST_ANGLE = 4 * np.pi
"""rad, of a leg's joint; a pelvis may turn on."""


@dataclass(frozen=True)
class CoordinateTable:
    """Columns of a storage file."""

    time: npt.NDArray[np.float64]
    """Seconds, (T,), strictly increasing."""
    columns: dict[str, npt.NDArray[np.float64]]
    """By plain coordinate name, (T,) each, in the file's units."""
    in_degrees: bool | None
    """What the header says; None where it is silent."""


def read_opensim(path: Path, model: mujoco.MjModel) -> JointRecording:
    """Read one ``.sto`` or ``.mot`` file as joint positions of ``model``, at the file's rate.

    Frames that are not evenly spaced are interpolated at their median distance.

    Raises:
        InputError: the file is missing, truncated or malformed, lacks a coordinate, or holds
            values that are not finite; or the model lacks the legs' joints.
    """
    names = {model.joint(i).name for i in range(model.njnt)}
    missing = [name for name in REQUIRED_ANGLES if name not in names]
    if missing:
        raise InputError(f"needs a model with MyoLegs' leg joints; this one has no {missing[0]!r}")
    table = read_table(path)
    columns = coordinates_in_radians(table)
    time = table.time - table.time[0]
    if time[-1] > MAX_SECONDS:
        raise InputError(f"spans {time[-1]:g} s; clips may last {MAX_SECONDS:.0f} s")
    frame_rate = even_rate(time)
    check_timing(len(time), frame_rate)
    at = np.arange(int(np.floor(time[-1] * frame_rate + 1e-6)) + 1) / frame_rate
    columns = {name: np.interp(at, time, values) for name, values in columns.items()}
    return JointRecording(
        path.stem,
        frame_rate,
        coordinates_to_qpos(columns, model),
        {"format": "OpenSim coordinates", "first_time": float(table.time[0])},
    )


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
    qpos[:, 0:3] = place @ OPENSIM_TO_WORLD.T
    qpos[:, 3:7] = quat_from_matrix(OPENSIM_TO_WORLD @ pelvis @ OPENSIM_PELVIS_TO_ROOT.T)
    for name in (*REQUIRED_ANGLES, *OPTIONAL_ANGLES):
        joint = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_JOINT, name)
        if name in columns and joint >= 0:
            low, high = model.jnt_range[joint]
            qpos[:, model.jnt_qposadr[joint]] = np.clip(columns[name], low, high)
    apply_couplings(model, qpos)
    return qpos


def qpos_to_coordinates(
    qpos: npt.NDArray[np.float64], model: mujoco.MjModel
) -> dict[str, npt.NDArray[np.float64]]:
    """Return OpenSim's coordinates, (T,) each, rad and m, of ``qpos`` (T, nq) of a composed model.

    The other way round than :func:`coordinates_to_qpos`: a pelvis's angles turn on, those of its
    list lie within a quarter of a turn.
    """
    place = qpos[:, 0:3] @ OPENSIM_TO_WORLD
    pelvis = OPENSIM_TO_WORLD.T @ matrix_from_quat(qpos[:, 3:7]) @ OPENSIM_PELVIS_TO_ROOT
    columns = dict(zip(PELVIS_ANGLES, zxy_angles(pelvis).T, strict=True))
    columns |= dict(zip(PELVIS_PLACE, place.T, strict=True))
    names = {model.joint(i).name for i in range(model.njnt)}
    for name in (*REQUIRED_ANGLES, *OPTIONAL_ANGLES):
        if name in names:
            columns[name] = qpos[:, model.joint(name).qposadr[0]]
    return columns


def read_table(path: Path) -> CoordinateTable:
    """Read header and columns of a storage file, any header version."""
    header, labels, rows = _split_header(text_file.read_lines(path))
    values = _parse_rows(rows, len(labels))
    expected = header.get("nrows") or header.get("datarows")
    if expected is not None and expected.isdigit() and int(expected) != len(values):
        raise InputError(
            f"is truncated: its header announces {expected[:20]} rows, it has {len(values)}"
        )
    if labels[0].lower() != "time":
        raise InputError(f"its first column is {labels[0][:40]!r}, not 'time'")
    if len(values) < 2:
        raise InputError(f"has {len(values)} frames; at least 2 are needed")
    time = values[:, 0]
    if not np.all(np.isfinite(time)) or not np.all(np.diff(time) > 0):
        raise InputError("its times do not increase throughout")
    names = [_plain_name(label) for label in labels]
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise InputError(f"has {repeated[0][:60]!r} in {names.count(repeated[0])} columns")
    columns = {name: values[:, i] for i, name in enumerate(names) if i > 0}
    degrees = {"yes": True, "no": False}.get(header.get("indegrees", ""))
    return CoordinateTable(time, columns, degrees)


def coordinates_in_radians(table: CoordinateTable) -> dict[str, npt.NDArray[np.float64]]:
    """Return the leg's coordinates in rad and m, knees positive in flexion."""
    needed = (*PELVIS_ANGLES, *PELVIS_PLACE, *REQUIRED_ANGLES)
    missing = [name for name in needed if name not in table.columns]
    if len(missing) == len(needed):
        raise InputError("holds no joint coordinates; forces, markers and EMG are no motion")
    if missing:
        raise InputError(f"lacks {len(missing)} coordinate(s): " + ", ".join(missing))
    wanted = (*needed, *OPTIONAL_ANGLES)
    found = {name: table.columns[name].copy() for name in wanted if name in table.columns}
    for name, values in found.items():
        if not np.all(np.isfinite(values)):
            row = int(np.argwhere(~np.isfinite(values))[0, 0])
            raise InputError(f"{name} is {values[row]} at data row {row + 1}")
        largest = HIGHEST if name == "pelvis_ty" else FARTHEST
        if name in PELVIS_PLACE and np.abs(values).max() > largest:
            raise InputError(
                f"{name} reaches {np.abs(values).max():g} m; at most {largest:g} m is a person's: "
                "are the places in millimetres?"
            )
    angles = [name for name in found if name not in PELVIS_PLACE]
    degrees = table.in_degrees
    if degrees is None:
        degrees = any(np.max(np.abs(found[name])) > 2 * np.pi for name in angles)
    for name in angles:
        if degrees:
            found[name] = np.deg2rad(found[name])
        most = np.abs(found[name]).max()
        if name not in PELVIS_ANGLES and most > LARGEST_ANGLE:
            raise InputError(
                f"{name} reaches {most:g} rad; no joint turns so far: are the angles in degrees, "
                "or does the header call radians degrees?"
            )
    for side in "rl":
        if np.median(found[f"knee_angle_{side}"]) < 0:
            found[f"knee_angle_{side}"] = -found[f"knee_angle_{side}"]
    return found


def _split_header(lines: list[str]) -> tuple[dict[str, str], list[str], list[str]]:
    ends = [i for i, line in enumerate(lines[:200]) if line.strip().lower() == "endheader"]
    if not ends:
        raise InputError(
            "has no 'endheader' line in its first 200 lines; is it an OpenSim .sto or .mot file?"
        )
    header = {}
    for line in lines[: ends[0]]:
        key, _, value = line.replace("=", " ", 1).strip().partition(" ")
        header[key.lower()] = value.strip().lower()
    rest = [line for line in lines[ends[0] + 1 :] if line.strip()]
    if not rest:
        raise InputError("has no column labels after 'endheader'")
    return header, rest[0].split(), rest[1:]


def _parse_rows(rows: list[str], width: int) -> npt.NDArray[np.float64]:
    values = []
    for i, row in enumerate(rows):
        cells = row.split()
        if len(cells) != width:
            raise InputError(
                f"data row {i + 1} has {len(cells)} values for {width} columns; "
                "the file may be truncated"
            )
        try:
            values.append([float(cell) for cell in cells])
        except ValueError as error:
            raise InputError(f"data row {i + 1}: {error}") from error
    return np.array(values).reshape(len(rows), width)


def _plain_name(label: str) -> str:
    """Return the coordinate of a path like ``/jointset/hip_r/hip_flexion_r/value``."""
    parts = label.strip("/").split("/")
    if len(parts) > 1:
        return parts[-2] if parts[-1] == "value" else label
    return label
