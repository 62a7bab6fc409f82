"""Reading ``.npy`` and ``.npz`` files that people send, without running anything they hold."""

from __future__ import annotations

import ast
import math
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError

MAX_BYTES = 1 << 31
MAX_HEADER = 10_000
MAGIC = b"\x93NUMPY"


def read_npy(path: Path) -> npt.NDArray[np.generic]:
    """Return the array of a ``.npy`` file; objects are refused.

    Raises:
        InputError: no such file, no numpy array, truncated, or larger than 2 GiB.
    """
    if not path.is_file():
        raise InputError("does not exist")
    with path.open("rb") as file:
        return read_array(file, path.stat().st_size)


def read_npz(path: Path, names: Sequence[str]) -> dict[str, npt.NDArray[np.generic]]:
    """Return those of the named arrays that a ``.npz`` file holds.

    Raises:
        InputError: no such file, no such archive, truncated, or an array larger than 2 GiB.
    """
    if not path.is_file():
        raise InputError("does not exist")
    try:
        with zipfile.ZipFile(path) as archive:
            present = {info.filename: info for info in archive.infolist()}
            found = {}
            for name in names:
                info = present.get(f"{name}.npy")
                if info is not None:
                    with archive.open(info) as member:
                        found[name] = read_array(member, info.file_size)  # type: ignore[arg-type]
            return found
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
        UnicodeDecodeError,
    ) as error:
        raise InputError(f"is not a readable .npz archive: {first_line(error)}") from error


def read_array(file: BinaryIO, size: int) -> npt.NDArray[np.generic]:
    """Return the array of a stream of ``size`` bytes in numpy's format.

    Raises:
        InputError: it is none, holds objects, or is truncated.
    """
    shape, fortran, dtype = read_header(file, size)
    if dtype.hasobject:
        raise InputError("holds Python objects, which could run code; it is not read")
    count = math.prod(shape)
    if count * dtype.itemsize > size:
        raise InputError(
            f"is truncated: an array of shape {shape} needs {count * dtype.itemsize} bytes, "
            f"the file has {size}"
        )
    if count * 8 > MAX_BYTES:  # as float64, which is what it is read for
        raise InputError(f"holds {count} values; at most {MAX_BYTES // 8} are read: cut the file")
    data = file.read(count * dtype.itemsize)
    if len(data) != count * dtype.itemsize:
        raise InputError(f"is truncated: {len(data)} bytes of an array of shape {shape}")
    array = np.frombuffer(data, dtype=dtype, count=count)
    return array.reshape(shape[::-1]).T if fortran else array.reshape(shape)


def read_header(file: BinaryIO, size: int) -> tuple[tuple[int, ...], bool, np.dtype[np.generic]]:
    """Return shape, Fortran order and type from the header of a stream in numpy's format.

    As laid down in numpy's ``lib.format``; read here because sizes are checked first.
    """
    if size > MAX_BYTES:
        raise InputError(f"is {size / 2**30:.1f} GiB; at most {MAX_BYTES >> 30} GiB are read")
    start = file.read(8)
    if len(start) < 8 or start[:6] != MAGIC:
        raise InputError("is not a numpy array: it lacks numpy's magic number")
    width = 2 if start[6] == 1 else 4
    length = int.from_bytes(file.read(width), "little")
    if not 0 < length <= MAX_HEADER:
        raise InputError(f"has a header of {length} bytes; at most {MAX_HEADER} are read")
    try:
        header = ast.literal_eval(file.read(length).decode("latin-1").strip())
        shape, fortran, description = header["shape"], header["fortran_order"], header["descr"]
        if not isinstance(description, str):
            raise ValueError("structured arrays are not motions")
        if not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape):
            raise ValueError(f"shape {shape!r}")
        if len(shape) > 8 or type(fortran) is not bool:
            raise ValueError("too many dimensions")
        dtype = np.dtype(description)
        if not dtype.hasobject and dtype.itemsize == 0:
            raise ValueError(f"values of type {description!r} take no bytes")
        return shape, fortran, dtype
    except (ValueError, SyntaxError, TypeError, KeyError, RecursionError, MemoryError) as error:
        raise InputError(f"has no readable numpy header: {first_line(error)}") from error


def to_numbers(array: npt.NDArray[np.generic], what: str) -> npt.NDArray[np.float64]:
    """Return an array as float64.

    Raises:
        InputError: it holds no real numbers.
    """
    if array.dtype.kind not in "fiu":
        raise InputError(f"{what} holds {array.dtype}, not real numbers")
    with np.errstate(invalid="ignore", over="ignore"):
        return np.ascontiguousarray(array, dtype=np.float64)


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, or its type."""
    lines = str(error).splitlines()
    return lines[0][:200] if lines else type(error).__name__
