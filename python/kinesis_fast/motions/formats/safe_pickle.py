"""Reads numbers, text and numpy arrays out of pickles, and nothing that could run.

A pickle is a program. This one's calls are limited to building numpy arrays, and even those are
stand-ins of ours that only note what they are given; Python's own interpreter of the format
(``pickle._Unpickler``) works them off, so that no native code meets a malformed file.
"""

from __future__ import annotations

import io
import math
import pickle
from typing import Any

import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError
from kinesis_fast.motions.formats.numpy_file import first_line

MAX_BYTES = 1 << 31
MAX_DEPTH = 20
MAX_VALUES = 20_000_000
"""In lists and dictionaries together."""
TYPES = ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1", "O8", "O")


class StoredType:
    """A numpy type as a pickle builds it."""

    def __init__(self, code: Any = None, *_: Any) -> None:
        self.code = code
        self.order = "<"

    def __setstate__(self, state: Any) -> None:
        if isinstance(state, tuple) and len(state) > 1 and state[1] in ("<", ">", "|", "="):
            self.order = state[1]

    def numpy(self) -> np.dtype[np.generic]:
        """Return numpy's type."""
        code = self.code
        if isinstance(code, str) and code.startswith("U") and code[1:].isdigit():
            return np.dtype(f"{self.order if self.order in '<>' else '<'}U{int(code[1:]) % 10**6}")
        if not isinstance(code, str) or code not in TYPES:
            raise InputError(f"holds numpy values of type {str(code)[:40]!r}, which are not read")
        return np.dtype(self.order + code) if self.order in "<>" else np.dtype(code)


class StoredArray:
    """A numpy array as a pickle builds it."""

    def __init__(self, *_: Any) -> None:
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def numpy(self) -> npt.NDArray[np.generic] | list[Any]:
        """Return the array, or the list of an array of objects."""
        if not isinstance(self.state, tuple) or len(self.state) != 5:
            raise InputError("holds an array without contents")
        _, shape, kind, fortran, data = self.state
        if not isinstance(kind, StoredType):
            raise InputError("holds an array without a type")
        if not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape):
            raise InputError("holds an array without a shape")
        if isinstance(data, list):
            return data
        return array_from(data, shape, kind, bool(fortran))


def array_from(
    data: Any, shape: tuple[int, ...], kind: StoredType, fortran: bool
) -> npt.NDArray[np.generic]:
    """Return an array of raw bytes after checking that they fit."""
    dtype = kind.numpy()
    if dtype.hasobject or not isinstance(data, bytes) or len(shape) > 8:
        raise InputError("holds an array of objects")
    if len(data) != math.prod(shape) * dtype.itemsize:
        raise InputError(f"holds {len(data)} bytes for an array of shape {shape}")
    array = np.frombuffer(data, dtype=dtype)
    return array.reshape(shape[::-1]).T if fortran else array.reshape(shape)


def _scalar(kind: Any, data: Any = None) -> Any:
    if not isinstance(kind, StoredType):
        raise InputError("holds a number without a type")
    return array_from(data, (), kind, False)


def _encode(text: Any, encoding: Any = "latin1") -> bytes:
    # How protocols before 3 write bytes.
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise InputError("holds bytes in an unknown encoding")
    return text.encode("latin-1")


_ALLOWED: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): StoredArray,
    ("numpy", "dtype"): StoredType,
    ("_codecs", "encode"): _encode,
    ("collections", "OrderedDict"): dict,
}
for _module in ("numpy.core.multiarray", "numpy._core.multiarray"):
    _ALLOWED[(_module, "_reconstruct")] = StoredArray
    _ALLOWED[(_module, "scalar")] = _scalar


class Unpickler(pickle._Unpickler):
    """Python's interpreter of pickles, with the calls of this module alone."""

    def find_class(self, module: str, name: str) -> Any:
        """Return the stand-in for a name, or refuse it."""
        try:
            return _ALLOWED[(module, name)]
        except (KeyError, TypeError):
            raise InputError(
                f"is a pickle that calls {str(module)[:60]}.{str(name)[:60]}, which could run "
                "code; it is not read"
            ) from None


def read_pickle(file: io.BufferedIOBase, size: int) -> Any:
    """Return what a pickle holds: numbers, text, lists, tuples, dicts and numpy arrays.

    Raises:
        InputError: anything else is in it, or it is malformed.
    """
    if size > MAX_BYTES:
        raise InputError(f"is {size / 2**30:.1f} GiB; at most {MAX_BYTES >> 30} GiB are read")
    return run(Unpickler(file, encoding="latin1"))


def run(unpickler: Unpickler, ignored: type | None = None) -> Any:
    """Return what an unpickler reads, stand-ins turned to numpy; see :func:`read_pickle`.

    Entries of dictionaries that are of the class ``ignored`` are left out.
    """
    try:
        return _Converter(ignored)(unpickler.load())
    except InputError:
        raise
    except Exception as error:
        # A malformed program can fail in any way; none of them has run anything.
        raise InputError(f"is not a readable pickle: {first_line(error)}") from error


class _Converter:
    """Turns stand-ins into plain values, each once however often it is held."""

    def __init__(self, ignored: type | None) -> None:
        self.ignored = ignored
        self.done: dict[int, Any] = {}
        self.count = 0

    def __call__(self, value: Any, depth: int = 0) -> Any:
        if depth > MAX_DEPTH:
            raise InputError(f"nests its contents more than {MAX_DEPTH} deep")
        if isinstance(value, StoredArray):
            return self(value.numpy(), depth + 1)
        if isinstance(value, dict | list | tuple):
            # A value that is held twice is turned once: a few bytes can hold one 10^18 times.
            if id(value) not in self.done:
                self.done[id(value)] = self._container(value, depth), value
            return self.done[id(value)][0]
        plain = str | bytes | int | float | np.ndarray | np.generic
        if value is None or isinstance(value, plain):
            return value
        raise InputError(f"holds a {type(value).__name__}, which is not read")

    def _container(self, value: Any, depth: int) -> Any:
        self.count += len(value)
        if self.count > MAX_VALUES:
            raise InputError(f"holds more than {MAX_VALUES} values")
        if isinstance(value, dict):
            return {
                self(k, depth + 1): self(v, depth + 1)
                for k, v in value.items()
                if self.ignored is None or not isinstance(v, self.ignored)
            }
        return [self(v, depth + 1) for v in value]
