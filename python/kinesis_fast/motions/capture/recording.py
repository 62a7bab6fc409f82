"""What a reader hands over: one recorded motion in the world's axes, before any model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError
from kinesis_fast.motions.capture.rest import Rest

Array = npt.NDArray[np.float64]

POINTS = (
    "pelvis",
    "spine",
    *(f"{part}_{side}" for side in "rl" for part in ("hip", "knee", "ankle", "toe")),
)
"""Keypoints of a recording, in order. ``spine`` is the first joint above the pelvis, ``toe`` the
ball of the foot."""

MIN_FRAME_RATE, MAX_FRAME_RATE = 1.0, 10_000.0
"""Hz, of files that are read and of libraries that are written."""

MAX_SECONDS = 3 * 3600.0
"""How long a clip may be, s."""


@dataclass(frozen=True)
class Recording:
    """Joint centres of one recorded person, in metres, z up, on no particular floor."""

    name: str
    frame_rate: float
    """Frames a second, Hz."""
    points: Array
    """(T, 10, 3), in the order of :data:`POINTS`."""
    rest: Rest = field(default_factory=Rest)
    """What upright, straight and flat are in its skeleton."""
    attributes: Mapping[str, str | float] = field(default_factory=dict)
    """Where it is from, by what names."""

    def __post_init__(self) -> None:
        """Refuse what no later step could make sense of.

        Raises:
            InputError: fewer than two frames, a frame rate or duration out of range, values that
                are not finite, or a leg without length.
        """
        check_timing(len(self.points), self.frame_rate)
        if self.points.shape[1:] != (len(POINTS), 3):
            raise InputError(f"keypoints have shape {self.points.shape}, not (T, {len(POINTS)}, 3)")
        check_finite(self.points, "a joint's position")
        if np.abs(self.points).max() > 1e5:
            raise InputError("a joint is more than 100 km away; is the file in metres?")
        for side in "rl":
            for upper, lower in (("hip", "knee"), ("knee", "ankle"), ("ankle", "toe")):
                length = np.median(self.distance(f"{upper}_{side}", f"{lower}_{side}"))
                if not 0.02 < length < 2.0:
                    raise InputError(
                        f"{upper}_{side} and {lower}_{side} are {length:.3g} m apart; "
                        "a leg's segments must measure 0.02 to 2 m: are the units right?"
                    )

    def __getitem__(self, point: str) -> Array:
        """Return the path (T, 3) of a keypoint."""
        path: Array = self.points[:, POINTS.index(point)]
        return path

    def distance(self, a: str, b: str) -> Array:
        """Return the distance (T,) of two keypoints, m."""
        apart: Array = np.linalg.norm(self[a] - self[b], axis=1)
        return apart


@dataclass(frozen=True)
class JointRecording:
    """Joint angles that a model can take as they are, at the source's size and place."""

    name: str
    frame_rate: float
    """Frames a second, Hz."""
    qpos: Array
    """(T, nq) of the model that the reader was given."""
    attributes: Mapping[str, str | float] = field(default_factory=dict)
    """Where it is from, by what names."""

    def __post_init__(self) -> None:
        """Refuse too few frames, rates and durations out of range, values that are not finite."""
        check_timing(len(self.qpos), self.frame_rate)
        check_finite(self.qpos, "a joint position")


AnyRecording = Recording | JointRecording


def check_timing(frames: int, frame_rate: float) -> None:
    """Raise InputError unless a clip of so many frames at this rate, Hz, can be used."""
    if frames < 2:
        raise InputError(f"{frames} frame{'s' * (frames != 1)}; a motion needs at least 2")
    if not MIN_FRAME_RATE <= frame_rate <= MAX_FRAME_RATE:
        raise InputError(
            f"frame rate {frame_rate:g} Hz; "
            f"it must be in [{MIN_FRAME_RATE:g}, {MAX_FRAME_RATE:g}] Hz"
        )
    if frames / frame_rate > MAX_SECONDS:
        raise InputError(
            f"{frames} frames at {frame_rate:g} Hz last {frames / frame_rate:.0f} s; "
            f"clips may last {MAX_SECONDS:.0f} s: cut the file"
        )


def even_rate(times: Array, largest_gap: float = 0.2) -> float:
    """Return the frame rate, Hz, of times (T,) in seconds.

    Raises:
        InputError: they do not increase, a step is several frames and longer than ``largest_gap``,
            or the rate is none of a motion.
    """
    if len(times) < 2:
        raise InputError(f"{len(times)} frame{'s' * (len(times) != 1)}; a motion needs at least 2")
    steps = np.diff(times)
    if not np.isfinite(times).all() or not (steps > 0).all():
        raise InputError("its times do not increase throughout")
    usual = float(np.median(steps))
    if usual > 1.0 / MIN_FRAME_RATE:
        raise InputError(
            f"its frames are {usual:g} s apart; a motion's are at most {1 / MIN_FRAME_RATE:g} s: "
            "are the times in milliseconds?"
        )
    worst = int(np.argmax(steps))
    if steps[worst] > max(largest_gap, 1.5 * usual):
        raise InputError(
            f"its times leave out {steps[worst]:.3g} s after frame {worst + 1}; gaps up to "
            f"{largest_gap:g} s are filled: cut the file there"
        )
    return 1.0 / usual


def check_upright(points: Array, up: Array) -> None:
    """Raise InputError unless the body of keypoints (T, 10, 3) mostly has its hips over its feet.

    Args:
        points: in the order of :data:`POINTS`, any unit.
        up: the direction (3,) that the format has up.
    """
    at = {name: points[:, i] for i, name in enumerate(POINTS)}
    rise = 0.5 * (at["hip_r"] + at["hip_l"] - at["ankle_r"] - at["ankle_l"])
    share = (rise @ up) / np.maximum(np.linalg.norm(rise, axis=1), 1e-9)
    if np.median(share) < 0.5:
        raise InputError(
            "its hips are not over its feet along the axis that the format has up; "
            "are the axes turned, or does the body lie?"
        )


def check_finite(values: npt.NDArray[np.floating], what: str) -> None:
    """Raise InputError, naming the first frame, unless all values are finite."""
    bad = ~np.isfinite(values)
    if bad.any():
        frame = int(np.argwhere(bad)[0, 0])
        raise InputError(f"{what} is not finite in frame {frame}")
