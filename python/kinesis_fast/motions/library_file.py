"""Motion libraries in HDF5 files."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import h5py
import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError
from kinesis_fast.motions.clips import MAX_NAME, Clip, MotionArrays
from kinesis_fast.motions.prior.arrays import MusclePrior

if TYPE_CHECKING:
    from kinesis_fast.motions.library import MotionLibrary

L = TypeVar("L")
"""What a file's content is made: a library."""

FORMAT_VERSION = 2
UNITS = {
    "qpos": "m, rad, unit quaternions w-x-y-z",
    "qvel": "m/s, rad/s",
    "tracked_pos": "m, world frame, z up",
    "tracked_vel": "m/s, world frame, z up",
    "source_pos": "m, world frame, z up",
    "frame_rate": "Hz",
    "torque": "N m",
    "activation": "1",
    "excitation": "1",
    "residual": "N, N m",
    "ground_force": "N, world frame, z up",
}
ARRAYS = ("qpos", "qvel", "tracked_pos", "tracked_vel")
PRIOR = "muscle_prior"
"""Group of the muscle prior's arrays."""


def save(library: MotionLibrary, path: Path) -> None:
    """Write a library, units and provenance as attributes.

    Written beside the target first, so that an interruption leaves no half file. In the newest
    file version, whose structures carry checksums, and with text of fixed length: HDF5 crashes on
    damaged heaps of text, on damaged structures without checksums, and on full disks, for which
    the file is made in memory.

    Raises:
        InputError: it cannot be written.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        try:
            partial.write_bytes(to_bytes(library))
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(
            f"cannot write the library {str(path)!r}: {error.strerror or error}"
        ) from error


def to_bytes(library: MotionLibrary) -> bytes:
    """Return a library as the content of such a file."""
    content = io.BytesIO()
    with h5py.File(content, "w", libver="latest") as file:
        _write(library, file)
    return content.getvalue()


def from_bytes(make: Callable[..., L], data: bytes) -> L:
    """Return the library of a file's content, by a constructor of one.

    Raises:
        InputError: it is none.
    """
    return _read_file(make, io.BytesIO(data), len(data), "the content")


def _write(library: MotionLibrary, file: h5py.File) -> None:
    clips = library.clips
    file.attrs["format"] = np.bytes_("kinesis_fast motion library")
    file.attrs["format_version"] = FORMAT_VERSION
    file.attrs["joint_names"] = _encoded(library.joint_names)
    file.attrs["tracked_bodies"] = _encoded(library.tracked_bodies)
    file.attrs["quaternion_addresses"] = list(library.quaternion_addresses)
    for name, array in library.arrays.named():
        file.create_dataset(name, data=array).attrs["units"] = np.bytes_(UNITS[name])
    if library.prior is not None:
        group = file.create_group(PRIOR)
        for name, array in library.prior.named():
            group.create_dataset(name, data=array).attrs["units"] = np.bytes_(UNITS[name])
    rates = file.create_dataset("frame_rate", data=library.frame_rate)
    rates.attrs["units"] = np.bytes_(UNITS["frame_rate"])
    file.create_dataset("frames", data=np.diff(library.first_frame))
    file.create_dataset("name", data=_encoded([c.name for c in clips]))
    file.create_dataset("split", data=_encoded([c.split for c in clips]))
    notes = [json.dumps(dict(c.attributes)) for c in clips]
    file.create_dataset("attributes", data=_encoded(notes))


def load(make: Callable[..., L], path: Path) -> L:
    """Read a library, by a constructor of one; see :meth:`MotionLibrary.load`."""
    if not path.is_file():
        raise InputError(f"motion library {str(path)!r} does not exist")
    return _read_file(make, path, path.stat().st_size, f"motion library {str(path)!r}")


def _read_file(make: Callable[..., L], source: Path | io.BytesIO, size: int, what: str) -> L:
    try:
        with h5py.File(source, "r") as file:
            return _read(make, file, size)
    except InputError as error:
        raise InputError(f"{what}: {error}") from error
    except (OSError, KeyError, ValueError, TypeError, RuntimeError, AttributeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        name = what.removeprefix("motion library ")
        raise InputError(f"{name} is not a readable motion library: {reason}") from error


def _read(make: Callable[..., L], file: h5py.File, size: int) -> L:
    version = file.attrs.get("format_version")
    if version != FORMAT_VERSION:
        raise InputError(
            f"format version {version}, this program reads version {FORMAT_VERSION}: "
            "save or import the motions again"
        )
    described = ("name", "frames", "frame_rate", "split", "attributes")
    columns = [_dataset(file, name, size) for name in described]
    if columns[0].dtype.itemsize > 4 * MAX_NAME:
        raise InputError(f"clip names take {columns[0].dtype.itemsize} bytes each")
    clips = [
        Clip(
            name=name.decode(),
            frames=int(frames),
            frame_rate=float(rate),
            split=split.decode(),
            attributes=dict(json.loads(notes)),
        )
        for name, frames, rate, split, notes in zip(*columns, strict=True)
    ]
    present = [*ARRAYS, *(["source_pos"] if "source_pos" in file else [])]
    arrays = MotionArrays(**{name: _dataset(file, name, size) for name in present})
    prior = None
    if PRIOR in file:
        names = [field.name for field in fields(MusclePrior)]
        prior = MusclePrior(**{n: _dataset(file, f"{PRIOR}/{n}", size) for n in names})
    return make(
        clips,
        arrays,
        [name.decode() for name in file.attrs["joint_names"]],
        [name.decode() for name in file.attrs["tracked_bodies"]],
        [int(address) for address in file.attrs["quaternion_addresses"]],
        prior,
    )


def _dataset(file: h5py.File, name: str, size: int) -> Any:
    """Return a dataset's array; more than the file's size in bytes cannot be in it."""
    found = _plain(file, name)
    if found.nbytes > size:
        raise InputError(f"{name} announces {found.nbytes} bytes, the file has {size}")
    return np.ascontiguousarray(found[()])


def _plain(file: h5py.File, name: str) -> h5py.Dataset:
    """Return a dataset that lies in this file: not one that HDF5 would take from another."""
    group: Any = file
    *groups, last = name.split("/")
    for part in groups:
        if not isinstance(group.get(part, getlink=True), h5py.HardLink):
            raise InputError(f"{name} is a link to elsewhere; it is not followed")
        group = group[part]
        if not isinstance(group, h5py.Group):
            raise InputError(f"{part} is no group")
    if last not in group:
        raise InputError(f"has no {name}")
    if not isinstance(group.get(last, getlink=True), h5py.HardLink):
        raise InputError(f"{name} is a link to elsewhere; it is not followed")
    found = group[last]
    if not isinstance(found, h5py.Dataset):
        raise InputError(f"{name} is no dataset")
    if found.is_virtual or found.external:
        raise InputError(f"{name} takes its values from another file; they are not read")
    if found.dtype.hasobject:
        raise InputError(f"{name} holds values of no fixed size; they are not read")
    return found


def _encoded(texts: Sequence[str]) -> npt.NDArray[np.bytes_]:
    """Return texts as UTF-8 of one fixed length; an empty text needs a byte too."""
    return np.array([text.encode() for text in texts], dtype=np.bytes_)
