"""KINESIS's converted motions: joblib pickles of one dictionary a clip.

Read are ``pose_aa`` (T, 72), ``trans_orig`` (T, 3) and ``fps`` of every clip, which are AMASS's own
numbers; KINESIS uses the mean shape, as here. Joblib writes arrays raw between a pickle's
instructions; the unpickler below reads them and runs nothing (see
:mod:`~kinesis_fast.motions.formats.safe_pickle`).
"""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from kinesis_fast.errors import InputError
from kinesis_fast.motions.capture.recording import Recording
from kinesis_fast.motions.formats import amass, safe_pickle
from kinesis_fast.motions.formats.numpy_file import to_numbers

COMPRESSED = (b"\x78", b"\x1f\x8b", b"BZ", b"\xfd\x37", b"\x5d\x00", b"\x04\x22")
MAX_CLIPS = 100_000


class RawArray:
    """Joblib's note of an array that follows in the file."""

    def __init__(self, *_: Any) -> None:
        self.state: dict[Any, Any] = {}

    def __setstate__(self, state: Any) -> None:
        self.state = state if isinstance(state, dict) else {}


class Ignored:
    """What is not needed, such as torch's tensors: made of anything, worth nothing."""

    def __init__(self, *_: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        pass


IGNORED = {
    ("torch._utils", "_rebuild_tensor_v2"),
    ("torch.storage", "_load_from_bytes"),
    ("torch", "FloatStorage"),
    ("torch", "DoubleStorage"),
}


class Unpickler(safe_pickle.Unpickler):
    """The safe unpickler, and joblib's raw arrays."""

    dispatch: ClassVar[dict[int, Any]] = dict(safe_pickle.Unpickler.dispatch)

    def __init__(self, file: Any, size: int) -> None:
        super().__init__(file, encoding="latin1")
        self.file = file
        self.size = size

    def find_class(self, module: str, name: str) -> Any:
        """Return the stand-in for a name, or refuse it."""
        if (module, name) == ("joblib.numpy_pickle", "NumpyArrayWrapper"):
            return RawArray
        if (module, name) in IGNORED:
            return Ignored
        return super().find_class(module, name)

    def load_build(self) -> None:
        """Set an object's state; where it is joblib's note, read the array that follows."""
        stack: list[Any] = self.stack  # type: ignore[attr-defined]
        super().load_build()  # type: ignore[misc]
        if isinstance(stack[-1], RawArray):
            stack[-1] = self._read(stack[-1].state)

    dispatch[pickle.BUILD[0]] = load_build

    def _read(self, state: dict[Any, Any]) -> Any:
        kind, shape = state.get("dtype"), state.get("shape")
        if not isinstance(kind, safe_pickle.StoredType) or not isinstance(shape, tuple):
            raise InputError("holds an array without a type or a shape")
        if not all(type(n) is int and 0 <= n < 1 << 40 for n in shape):
            raise InputError("holds an array without a shape")
        if state.get("numpy_array_alignment_bytes") is not None:
            padding = self.file.read(1)
            self.file.read(padding[0] if padding else 0)
        count = int(np.prod(shape, dtype=np.int64)) * kind.numpy().itemsize
        if not 0 <= count <= self.size:
            raise InputError(f"is truncated: an array of shape {shape} does not fit")
        data = self.file.read(count)
        return safe_pickle.array_from(data, shape, kind, state.get("order") == "F")


def read_kinesis(path: Path) -> list[Recording]:
    """Read all clips of a file."""
    if not path.is_file():
        raise InputError("does not exist")
    size = path.stat().st_size
    with path.open("rb") as file:
        if file.read(6).startswith(COMPRESSED):
            raise InputError(
                "is a compressed pickle; load it with joblib where you trust it and write it "
                "again with joblib.dump(data, path, compress=0)"
            )
        file.seek(0)
        if size > safe_pickle.MAX_BYTES:
            raise InputError(f"is {size / 2**30:.1f} GiB; at most 2 GiB are read")
        content = safe_pickle.run(Unpickler(file, size), Ignored)
    if not isinstance(content, dict) or not content or len(content) > MAX_CLIPS:
        raise InputError("is no dictionary of clips as KINESIS converts them")
    recordings = []
    for name, clip in content.items():
        try:
            recordings.append(_recording(str(name), clip))
        except InputError as error:
            raise InputError(f"clip {str(name)[:80]!r}: {error}") from error
    return recordings


def _recording(name: str, clip: Any) -> Recording:
    if not isinstance(clip, dict) or not {"pose_aa", "trans_orig", "fps"} <= set(clip):
        raise InputError("lacks 'pose_aa', 'trans_orig' or 'fps'")
    arrays = [np.asarray(clip[key]) for key in ("pose_aa", "trans_orig", "fps")]
    poses, trans, rate = (to_numbers(array, "an array") for array in arrays)
    if poses.ndim not in (2, 3) or rate.size != 1:
        raise InputError(f"'pose_aa' has shape {poses.shape}; (T, 72) is expected")
    poses = poses.reshape(len(poses), -1)
    if poses.shape[1] < 66:
        raise InputError(f"'pose_aa' has shape {poses.shape}; (T, 72) is expected")
    return amass.from_poses(
        name,
        float(rate.reshape(())),
        poses[:, :66].reshape(-1, 22, 3),
        trans,
        {"format": "KINESIS"},
    )
