"""Motions as files of other programs: OpenSim's, animators' and spreadsheets'."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import mujoco

from kinesis_fast.errors import InputError, did_you_mean
from kinesis_fast.motions.export.bvh import write_bvh
from kinesis_fast.motions.export.gltf import write_glb
from kinesis_fast.motions.export.markers import write_trc
from kinesis_fast.motions.export.motion import Motion
from kinesis_fast.motions.export.tables import write_csv, write_storage
from kinesis_fast.motions.library import MotionLibrary

FORMATS: Mapping[str, Callable[[Path, Motion], None]] = {
    "mot": write_storage,
    "sto": write_storage,
    "trc": write_trc,
    "bvh": write_bvh,
    "glb": write_glb,
    "csv": write_csv,
}
"""Writers by suffix."""


def export_clips(
    library: MotionLibrary,
    model: mujoco.MjModel,
    formats: Sequence[str],
    folder: Path,
    clips: Sequence[str] = (),
    on_file: Callable[[Path], None] = lambda _: None,
) -> list[Path]:
    """Write clips of a library as files of other programs, one a clip and format.

    Args:
        library: the motions.
        model: that they are for; ``glb`` shows its bones where it has its meshes.
        formats: names in :data:`FORMATS`.
        folder: where to write; it is made if it is not there.
        clips: their names; empty: all.
        on_file: told each file that is written.

    Returns:
        The files, clip by clip.

    Raises:
        InputError: an unknown format or clip, or a file that cannot be written.
    """
    check_formats(formats)
    numbers = [library.index(name) for name in clips] or range(len(library.clips))
    written: list[Path] = []
    taken: set[str] = set()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number in numbers:
            motion = Motion.of(library, number, model)
            stem = _stem(motion.name, taken)
            for name in dict.fromkeys(formats):
                path = folder / f"{stem}.{name}"
                FORMATS[name](path, motion)
                written.append(path)
                on_file(path)
    except OSError as error:
        raise InputError(f"{str(folder)!r} cannot be written: {error}") from error
    return written


def check_formats(formats: Sequence[str]) -> None:
    """Raise InputError for a name that is not in :data:`FORMATS`."""
    for name in formats:
        if name not in FORMATS:
            raise InputError(f"format {name!r} is not known{did_you_mean(name, FORMATS)}")


def _stem(name: str, taken: set[str]) -> str:
    """Return a file's name for a clip's, which may hold what no path may."""
    stem = re.sub(r"[^\w.+ ()-]", "_", name).strip(". ")[:150] or "clip"
    found, number = stem, 2
    while found.lower() in taken:
        found, number = f"{stem}_{number}", number + 1
    taken.add(found.lower())
    return found
