"""Clips and their frames: what a motion library is made of, and what makes them usable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields

import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError
from kinesis_fast.motions.prior.arrays import MusclePrior


@dataclass(frozen=True)
class Clip:
    """One motion of a library."""

    name: str
    """Unlike any other of its library."""
    frames: int
    """Number of postures, at least 1."""
    frame_rate: float
    """Frames a second, Hz."""
    split: str = ""
    """``train``, ``test``, or empty where no split is given."""
    attributes: Mapping[str, str | float] = field(default_factory=dict)
    """Where it comes from and what it shows."""

    @property
    def duration(self) -> float:
        """From the first to the last frame, s."""
        return (self.frames - 1) / self.frame_rate


@dataclass(frozen=True)
class MotionArrays:
    """Frames of all clips, one after the other; float32, C order.

    Shapes: ``qpos`` (frames, nq), ``qvel`` (frames, nv), ``tracked_pos`` and ``tracked_vel``
    (frames, tracked bodies, 3). ``source_pos`` has the recorded person's own joint centres, of the
    shape of ``tracked_pos``, where the motions were recorded.
    """

    qpos: npt.NDArray[np.float32]
    qvel: npt.NDArray[np.float32]
    tracked_pos: npt.NDArray[np.float32]
    tracked_vel: npt.NDArray[np.float32]
    source_pos: npt.NDArray[np.float32] | None = None

    def named(self) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
        """Yield names and arrays of those that there are."""
        for entry in fields(self):
            array = getattr(self, entry.name)
            if array is not None:
                yield entry.name, array

    def rows(self, chosen: slice | npt.NDArray[np.int64]) -> MotionArrays:
        """Return some frames: views of a slice, copies of others."""
        return MotionArrays(**{name: array[chosen] for name, array in self.named()})


LARGEST_VALUE = 1e6
LARGEST = {"qpos": 1e5, "tracked_pos": 1e5, "source_pos": 1e5, "torque": 1e6, "ground_force": 1e7}
"""No place (m), angle (rad), velocity, torque or force in a motion is larger."""
MAX_NAME = 500
"""Longest name of a clip."""


def check_clips(clips: Sequence[Clip], rows: int) -> None:
    """Raise InputError unless clips have usable names, rates and, together, so many frames."""
    if not clips:
        raise InputError("a motion library needs at least one clip")
    for clip in clips:
        shown = clip.name if len(clip.name) <= 60 else clip.name[:57] + "..."
        if not 0 < len(clip.name) <= MAX_NAME or "\0" in clip.name:
            raise InputError(
                f"clip name {shown!r} has {len(clip.name)} characters; 1 to {MAX_NAME} are needed, "
                "none of them NUL"
            )
        if not 1 <= clip.frames <= rows or not 0 < clip.frame_rate < 1e5:
            raise InputError(
                f"clip {shown!r} has {clip.frames} frames at {clip.frame_rate} Hz; 1 to {rows}, "
                "the rows of the arrays, and a rate in (0, 100000) are needed"
            )
    total = sum(clip.frames for clip in clips)
    if total != rows:
        raise InputError(f"the clips have {total} frames together, the arrays {rows} rows")


def check_shapes(
    clips: Sequence[Clip],
    arrays: MotionArrays,
    prior: MusclePrior | None,
    bodies: int,
    quaternion_addresses: Sequence[int],
) -> None:
    """Raise InputError unless arrays fit clips of different names and so many tracked bodies."""
    name, times = Counter(clip.name for clip in clips).most_common(1)[0]
    if times > 1:
        raise InputError(f"clip name {name!r} occurs more than once in the library")
    frames = sum(clip.frames for clip in clips)
    expected = (frames, bodies, 3)
    if prior is not None:
        prior.check(frames)
    for name, array in every_array(arrays, prior):
        shape: tuple[int, ...] = expected
        if not name.endswith(("_pos", "_vel")):
            shape = (frames, *array.shape[1:])
        if name in ("qpos", "qvel") and array.ndim != 2:
            shape = (frames, 1)
        if array.shape != shape or array.dtype != np.float32:
            raise InputError(
                f"{name} is {array.dtype} {array.shape}; the clips need float32 {shape}"
            )
    for address in quaternion_addresses:
        if not 0 <= address <= arrays.qpos.shape[1] - 4:
            raise InputError(
                f"a quaternion is said to begin at position {address} of "
                f"{arrays.qpos.shape[1]} in qpos"
            )


def check_values(
    clips: Sequence[Clip],
    arrays: MotionArrays,
    prior: MusclePrior | None,
    quaternion_addresses: Sequence[int],
) -> None:
    """Raise InputError, naming clip and frame, for the first value that no motion has."""
    for name, array in every_array(arrays, prior):
        largest = LARGEST.get(name, LARGEST_VALUE)
        # Both comparisons are false of NaN; only where one is, the place is looked for.
        if array.size and not (array.min() >= -largest and array.max() <= largest):
            finite = np.isfinite(array)
            wrong = ~finite if not finite.all() else np.abs(array) > largest
            what = "that is not finite" if not finite.all() else f"beyond {largest:g}"
            raise InputError(_at(clips, wrong, f"has a value in {name} {what}"))
    for address in quaternion_addresses:
        quat = arrays.qpos[:, address : address + 4]
        wrong = np.abs(np.einsum("ti,ti->t", quat, quat) - 1.0) > 1e-2
        if wrong.any():
            raise InputError(_at(clips, wrong, "has a quaternion that is not of length 1"))
    if prior is not None:
        for name in ("activation", "excitation"):
            array = getattr(prior, name)
            wrong = (array < -1e-3) | (array > 1.0 + 1e-3)
            if wrong.any():
                raise InputError(_at(clips, wrong, f"has an {name} outside [0, 1]"))


def every_array(
    arrays: MotionArrays, prior: MusclePrior | None
) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    """Yield names and arrays, those of the prior last."""
    yield from arrays.named()
    if prior is not None:
        yield from prior.named()


def _at(clips: Sequence[Clip], wrong: npt.NDArray[np.bool_], what: str) -> str:
    """Say what is wrong in the first frame that wrong (frames, ...) is true of."""
    frame = int(np.argwhere(wrong)[0, 0])
    first = np.concatenate([[0], np.cumsum([clip.frames for clip in clips])])
    number = int(np.searchsorted(first, frame, side="right")) - 1
    return f"clip {clips[number].name!r} {what} at its frame {frame - int(first[number])}"
