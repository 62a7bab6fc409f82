"""Motion libraries in HDF5 files."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np

from kinesis_fast.errors import InputError
from kinesis_fast.motions.library import Clip, MotionArrays, MotionLibrary

FORMAT_VERSION = 2
UNITS = {
    "qpos": "m, rad, unit quaternions w-x-y-z",
    "qvel": "m/s, rad/s",
    "tracked_pos": "m, world frame, z up",
    "tracked_vel": "m/s, world frame, z up",
    "source_pos": "m, world frame, z up",
    "frame_rate": "Hz",
}
ARRAYS = ("qpos", "qvel", "tracked_pos", "tracked_vel")


def save(library: MotionLibrary, path: Path) -> None:
    """Write a library, units and provenance as attributes.

    Written beside the target first, so that an interruption leaves no half file.
    """
    partial = path.with_name(path.name + ".partial")
    text = h5py.string_dtype()
    clips = library.clips
    try:
        with h5py.File(partial, "w") as file:
            file.attrs["format"] = "kinesis_fast motion library"
            file.attrs["format_version"] = FORMAT_VERSION
            file.attrs["joint_names"] = list(library.joint_names)
            file.attrs["tracked_bodies"] = list(library.tracked_bodies)
            file.attrs["quaternion_addresses"] = list(library.quaternion_addresses)
            for name, array in library.arrays.named():
                file.create_dataset(name, data=array).attrs["units"] = UNITS[name]
            rates = file.create_dataset("frame_rate", data=library.frame_rate)
            rates.attrs["units"] = UNITS["frame_rate"]
            file.create_dataset("frames", data=np.diff(library.first_frame))
            file.create_dataset("name", data=[c.name for c in clips], dtype=text)
            file.create_dataset("split", data=[c.split for c in clips], dtype=text)
            notes = [json.dumps(dict(c.attributes)) for c in clips]
            file.create_dataset("attributes", data=notes, dtype=text)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def load(path: Path) -> MotionLibrary:
    """Read a library; see :meth:`MotionLibrary.load`."""
    if not path.is_file():
        raise InputError(f"motion library {str(path)!r} does not exist")
    try:
        with h5py.File(path, "r") as file:
            return _read(file)
    except InputError as error:
        raise InputError(f"motion library {str(path)!r}: {error}") from error
    except (OSError, KeyError, ValueError, TypeError, RuntimeError, AttributeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{str(path)!r} is not a readable motion library: {reason}") from error


def _read(file: h5py.File) -> MotionLibrary:
    version = file.attrs.get("format_version")
    if version != FORMAT_VERSION:
        raise InputError(
            f"format version {version}, this program reads version {FORMAT_VERSION}: "
            "save or import the motions again"
        )
    columns = (file[name][()] for name in ("name", "frames", "frame_rate", "split", "attributes"))
    clips = [
        Clip(
            name=name.decode(),
            frames=int(frames),
            frame_rate=float(rate),
            split=split.decode(),
            attributes=json.loads(notes),
        )
        for name, frames, rate, split, notes in zip(*columns, strict=True)
    ]
    present = [*ARRAYS, *(["source_pos"] if "source_pos" in file else [])]
    arrays = MotionArrays(**{name: np.ascontiguousarray(file[name][()]) for name in present})
    return MotionLibrary(
        clips,
        arrays,
        [str(name) for name in file.attrs["joint_names"]],
        [str(name) for name in file.attrs["tracked_bodies"]],
        [int(address) for address in file.attrs["quaternion_addresses"]],
    )
