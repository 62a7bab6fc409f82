"""Joint angles as OpenSim's storage files and as comma-separated values."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import mujoco
import numpy as np

from kinesis_fast.body import joint_names
from kinesis_fast.motions.export.motion import Array, Motion
from kinesis_fast.motions.formats.opensim import PELVIS_PLACE, qpos_to_coordinates


def write_storage(path: Path, motion: Motion) -> None:
    """Write OpenSim's coordinates (``.mot``, ``.sto``): degrees and metres, y up.

    Names are those of Rajagopal's and the gait models: what ``motions import`` reads, the toes and
    the foot's ``subtalar_angle`` among it.
    """
    columns = qpos_to_coordinates(motion.qpos, motion.model)
    values = [
        column if name in PELVIS_PLACE else np.rad2deg(column) for name, column in columns.items()
    ]
    write_columns(path, motion.time, dict(zip(columns, values, strict=True)), degrees=True)


def write_columns(
    path: Path, times: Array, columns: Mapping[str, Array], *, degrees: bool = False
) -> None:
    """Write columns over time as OpenSim's storage file.

    Args:
        path: of the file.
        times: s, (T,).
        columns: (T,) by label.
        degrees: what its header says of angles.
    """
    lines = [
        path.stem,
        "version=1",
        f"nRows={len(times)}",
        f"nColumns={len(columns) + 1}",
        f"inDegrees={'yes' if degrees else 'no'}",
        "endheader",
        "\t".join(["time", *columns]),
        *_rows([times, *columns.values()], "\t"),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_csv(path: Path, motion: Motion) -> None:
    """Write every joint of the model (``.csv``): seconds, metres and radians, z up.

    The root has its place ``x, y, z`` and its quaternion ``qw, qx, qy, qz``; the others a column
    each, by name.
    """
    model, columns = motion.model, [("time", motion.time)]
    for name in joint_names(model):
        joint = model.joint(name)
        at = int(joint.qposadr[0])
        if joint.type[0] == mujoco.mjtJoint.mjJNT_FREE:
            parts = ("x", "y", "z", "qw", "qx", "qy", "qz")
            columns += [(f"{name}_{p}", motion.qpos[:, at + k]) for k, p in enumerate(parts)]
        else:
            columns.append((name, motion.qpos[:, at]))
    lines = [",".join(name for name, _ in columns), *_rows([c for _, c in columns], ",")]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _rows(columns: list[Array], separator: str) -> list[str]:
    # Times exactly enough that the frame rate comes back.
    return [
        separator.join([f"{time:.12g}", *(f"{v:.9g}" for v in row)])
        for time, *row in np.stack(columns, axis=1)
    ]
