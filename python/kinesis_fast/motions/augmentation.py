"""More motions from few: mirrored, faster and slower, on turned paths, one into another, erring.

What is made is a wish: the retargeter's contact pass (``capture/retarget.py``) turns it into a
motion whose feet stand still, clear the floor and do not sink; copies that err stay as they are.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import mujoco
import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist

from kinesis_fast import _engine
from kinesis_fast.body import root_body
from kinesis_fast.body.symmetry import Symmetry
from kinesis_fast.errors import InputError
from kinesis_fast.motions.capture.recording import JointRecording
from kinesis_fast.motions.capture.report import make_report
from kinesis_fast.motions.capture.resample import resample
from kinesis_fast.motions.capture.retarget import RetargetedMotion, Retargeter
from kinesis_fast.motions.clips import Clip, MotionArrays
from kinesis_fast.motions.library import MotionLibrary
from kinesis_fast.rotations import axis_rotation, matrix_from_quat, quat_from_matrix

Array = npt.NDArray[np.float64]

SPEEDS = (0.7, 1.4)
"""Slowest and fastest of what is made, in speeds of what it is made from."""
STRAIGHT = np.deg2rad(60.0)
"""Largest turning of a path, rad/m either way."""
BLEND = 0.4
"""s, in which one motion becomes another."""
EDGE = 0.2
"""s at either end of a clip, between which its halves are looked through for a transition."""
CLOSE = 0.35
"""Largest distance of two moments, see :func:`closest_moments`, that one goes over into."""


@dataclass(frozen=True)
class Augmentation:
    """What to make of every clip."""

    mirror: bool = True
    speeds: Sequence[float] = ()
    """Factors of the speed; cadence and stride each take its square root, as people do, whose
    ratio of step length to cadence stays the same (Sekiya and Nagasaki 1998, "walk ratio")."""
    turns: Sequence[float] = ()
    """Degrees a metre of path by which paths are turned, positive to the left."""
    transitions: int = 0
    """At most so many clips that begin in one motion and end in another: not every pair fits."""
    erring: int = 0
    """Copies of every clip with errors as other people's recordings have them."""
    errors: _engine.MotionErrors | None = None
    """What of them is drawn, in every copy anew; needed where there are copies."""
    seed: int = 0
    """Of the choice of transitions, and of errors."""


@dataclass(frozen=True)
class _Wish:
    name: str
    qpos: Array
    attributes: dict[str, str | float]
    split: str
    frame_rate: float


def augment(
    model: mujoco.MjModel,
    library: MotionLibrary,
    what: Augmentation,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[MotionLibrary, list[str]]:
    """Return a library's clips with what is made of them after them.

    Of clips of the split ``test`` nothing is made: they are for measuring.

    Args:
        model: that the motions are for.
        library: with the default tracked bodies.
        what: is to be made.
        on_progress: called with clips made, and clips in all.

    Returns:
        The library, without muscle prior, and the names of what was made but left out, each with
        the reason: no finite motion, or one that is no person's.

    Raises:
        InputError: a factor out of range, a clip that is there already, a model without legs or
            without right and left.
    """
    _check(what)
    retargeter = Retargeter(model)
    bodies = retargeter.tracked_bodies
    if tuple(library.tracked_bodies) != tuple(bodies):
        raise InputError("augmenting needs a library with the default tracked bodies")
    clips, parts, left_out = list(library.clips), [library.arrays.rows(slice(None))], []
    wishes = list(_wishes(model, library, what))
    copies = (clip.name for clip in _erring_clips(library, what))
    _check_names([*library.names, *(wish.name for wish in wishes), *copies])
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        solved = []
        for motion in pool.map(partial(_solve, retargeter), wishes):
            solved.append(motion)
            on_progress(len(solved), len(wishes))
    for wish, motion in zip(wishes, solved, strict=True):
        if isinstance(motion, str):
            left_out.append(f"{wish.name}: {motion}")
            continue
        frames = len(motion.qpos)
        clips.append(Clip(wish.name, frames, wish.frame_rate, wish.split, wish.attributes))
        parts.append(_arrays(motion))
    for clip, part in _erring(model, library, what):
        clips.append(clip)
        parts.append(part)
    addresses = library.quaternion_addresses
    made = MotionLibrary(
        clips, _joined(parts), library.joint_names, library.tracked_bodies, addresses
    )
    return made, left_out


def _solve(retargeter: Retargeter, wish: _Wish) -> RetargetedMotion | str:
    """Return a motion as the body can do it, or why it is left out."""
    try:
        recording = JointRecording(wish.name, wish.frame_rate, wish.qpos)
        motion = retargeter.retarget(recording, wish.frame_rate)
    except InputError as error:
        return str(error)
    return "; ".join(make_report(wish.name, motion, retargeter.tracked_bodies).suspect) or motion


def _joined(parts: Sequence[MotionArrays]) -> MotionArrays:
    names = ("qpos", "qvel", "tracked_pos", "tracked_vel")
    return MotionArrays(
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    )


def _erring_clips(library: MotionLibrary, what: Augmentation) -> Iterator[Clip]:
    for number in range(1, what.erring + 1):
        for clip in library.clips:
            if clip.split != "test":
                attributes = {**clip.attributes, "made_from": clip.name, "erring": number}
                yield replace(clip, name=f"{clip.name} erring {number}", attributes=attributes)


def _erring(
    model: mujoco.MjModel, library: MotionLibrary, what: Augmentation
) -> Iterator[tuple[Clip, MotionArrays]]:
    """Yield clips as recordings that err have them; feet are not put right, since nobody does."""
    if what.errors is None:
        return
    tracked = [model.body(name).id for name in library.tracked_bodies]
    motion = _engine.DisturbedMotion(library.native_table(), model._address, tracked, what.errors)
    index = {clip.name: i for i, clip in enumerate(library.clips)}
    for clip in _erring_clips(library, what):
        seed = what.seed * 1_000_003 + int(clip.attributes["erring"])
        i = index[str(clip.attributes["made_from"])]
        read = motion.read_episode(i, clip.frame_rate, clip.frames, seed)
        yield clip, MotionArrays(*(array.astype(np.float32) for array in read))


def _check_names(names: Sequence[str]) -> None:
    name, times = Counter(names).most_common(1)[0]
    if times > 1:
        raise InputError(
            f"clip {name!r} would be there {times} times: the library has it already, or a factor "
            "is given twice; leave it out, mirrored ones by --no-mirror"
        )


def _check(what: Augmentation) -> None:
    for speed in what.speeds:
        if not SPEEDS[0] <= speed <= SPEEDS[1]:
            raise InputError(f"speed {speed:g} is outside [{SPEEDS[0]:g}, {SPEEDS[1]:g}]")
    for turn in what.turns:
        if not abs(np.deg2rad(turn)) <= STRAIGHT:
            raise InputError(
                f"turn {turn:g} is outside [{-np.rad2deg(STRAIGHT):g}, {np.rad2deg(STRAIGHT):g}] "
                "degrees a metre"
            )
    if not 0 <= what.transitions <= 1_000_000:
        raise InputError(f"transitions is {what.transitions}; it must be in [0, 1000000]")
    if not 0 <= what.erring <= 1000:
        raise InputError(f"erring is {what.erring}; it must be in [0, 1000]")


def _arrays(motion: RetargetedMotion) -> MotionArrays:
    names = ("qpos", "qvel", "tracked_pos", "tracked_vel")
    return MotionArrays(
        **{name: np.asarray(getattr(motion, name), dtype=np.float32) for name in names}
    )


def _wishes(model: mujoco.MjModel, library: MotionLibrary, what: Augmentation) -> Iterator[_Wish]:
    chosen = [i for i, clip in enumerate(library.clips) if clip.split != "test"]
    root = int(model.jnt_qposadr[model.body_jntadr[root_body(model)]])

    def motion(i: int) -> Array:
        rows = slice(int(library.first_frame[i]), int(library.first_frame[i + 1]))
        return library.arrays.qpos[rows].astype(np.float64)

    def wish(i: int, suffix: str, qpos: Array, **how: str | float) -> _Wish:
        clip = library.clips[i]
        attributes = {**clip.attributes, "made_from": clip.name, **how}
        return _Wish(f"{clip.name} {suffix}", qpos, attributes, clip.split, clip.frame_rate)

    symmetry = Symmetry.of(model) if what.mirror else None
    for i in chosen:
        qpos, rate = motion(i), library.clips[i].frame_rate
        if symmetry is not None:
            yield wish(i, "mirrored", symmetry.mirror_qpos(qpos), mirrored="yes")
        for speed in what.speeds:
            faster = at_speed(qpos, rate, speed, root)
            if len(faster) > 1:
                before = float(library.clips[i].attributes.get("clock_rate", 1.0))
                rate_of_clock = before * float(np.sqrt(speed))
                yield wish(i, f"x{speed:g}", faster, speed=speed, clock_rate=rate_of_clock)
        for turn in what.turns:
            yield wish(i, f"turned {turn:g}", turned(qpos, np.deg2rad(turn), root), turn=turn)
    rng = np.random.default_rng(what.seed)
    for number in range(what.transitions):
        first, second = (int(k) for k in rng.choice(chosen, 2))
        same = (library.clips[k].split for k in (first, second))
        if library.clips[first].frame_rate != library.clips[second].frame_rate or (
            len(set(same)) > 1
        ):
            continue
        rate = library.clips[first].frame_rate
        joined = transition(motion(first), motion(second), rate, root)
        if joined is not None:
            into = library.clips[second].name
            yield wish(first, f"into {into} {number}", joined, into=into)


def at_speed(qpos: Array, frame_rate: float, speed: float, root: int) -> Array:
    """Return a motion (T, nq) at another speed, at the same frame rate.

    Cadence and the root's path each take the square root of the factor; the legs follow in the
    contact pass, where standing feet are held in place.
    """
    share = np.sqrt(speed)
    faster = resample(qpos, frame_rate * share, frame_rate)
    faster[:, root : root + 2] = faster[0, root : root + 2] + share * (
        faster[:, root : root + 2] - faster[0, root : root + 2]
    )
    faster[:, root + 3 : root + 7] /= np.linalg.norm(
        faster[:, root + 3 : root + 7], axis=1, keepdims=True
    )
    return faster


def turned(qpos: Array, turn: float, root: int) -> Array:
    """Return a motion (T, nq) whose path turns by so much more, rad a metre of it."""
    path = qpos[:, root : root + 2]
    steps = np.diff(path, axis=0, prepend=path[:1])
    angle = turn * np.cumsum(np.linalg.norm(steps, axis=1))
    return _bent(qpos, angle, root)


def _bent(qpos: Array, angle: Array, root: int) -> Array:
    """Turn every frame (T, nq) about the vertical by an angle (T,), and the path with them."""
    bent = qpos.copy()
    turn = axis_rotation([0, 0, 1], angle)
    steps = np.diff(qpos[:, root : root + 2], axis=0, prepend=qpos[:1, root : root + 2])
    steps = np.einsum("tij,tj->ti", turn[:, :2, :2], steps)
    bent[:, root : root + 2] = qpos[0, root : root + 2] + np.cumsum(steps, axis=0)
    axes = turn @ matrix_from_quat(qpos[:, root + 3 : root + 7])
    bent[:, root + 3 : root + 7] = _aligned(quat_from_matrix(axes))
    return bent


def transition(first: Array, second: Array, frame_rate: float, root: int) -> Array | None:
    """Return a motion that begins as one (T, nq) and goes on as another; None where none fits.

    They are joined where they are most alike, within the first's later and the second's earlier
    part; the second is put where the first has come to, and both are blended for 0.4 s.
    """
    found = closest_moments(first, second, frame_rate, root)
    if found is None:
        return None
    leave, join = found
    width = round(BLEND * frame_rate)
    heading = _heading(first[leave : leave + 1], root) - _heading(second[join : join + 1], root)
    moved = _bent(second[join:], np.full(len(second) - join, heading[0]), root)
    moved[:, root : root + 2] += first[leave, root : root + 2] - moved[0, root : root + 2]
    width = min(width, len(first) - leave, len(moved))
    share = np.linspace(0.0, 1.0, width + 2)[1:-1, None]
    share = share * share * (3.0 - 2.0 * share)
    both = np.stack([first[leave : leave + width], moved[:width]])
    quat = slice(root + 3, root + 7)
    opposite = np.einsum("ti,ti->t", both[0][:, quat], both[1][:, quat]) < 0
    both[1][opposite, quat] *= -1.0
    blended = (1.0 - share) * both[0] + share * both[1]
    blended[:, quat] /= np.linalg.norm(blended[:, quat], axis=1, keepdims=True)
    joined = np.concatenate([first[:leave], blended, moved[width:]])
    joined[:, quat] = _aligned(joined[:, quat])
    return joined


def closest_moments(
    first: Array, second: Array, frame_rate: float, root: int
) -> tuple[int, int] | None:
    """Return the frames at which two motions (T, nq) are most alike, or None.

    Their distance is the root mean square over joints of the differences of positions, and of
    velocities over a tenth of a second, rad. The first is left in its later half, the second joined
    in its earlier one.
    """
    edge = round(EDGE * frame_rate)
    late = np.arange(max(len(first) // 2, edge), len(first) - edge)
    early = np.arange(edge, min(len(second) // 2, len(second) - edge))
    if len(late) == 0 or len(early) == 0:
        return None
    joints = np.arange(first.shape[1]) >= root + 7

    def state(qpos: Array) -> Array:
        velocity = np.gradient(qpos, axis=0) * frame_rate
        forward = velocity[:, root : root + 3]
        return np.concatenate([qpos[:, joints], 0.1 * velocity[:, joints], 0.3 * forward], axis=1)

    # Velocities of the root are compared in each motion's own heading.
    mine, other = (
        state(_bent(q, np.full(len(q), -_heading(q[k : k + 1], root)[0]), root))
        for q, k in ((first, len(first) - 1), (second, 0))
    )
    apart = cdist(mine[late], other[early]) / np.sqrt(mine.shape[1])
    i, j = np.unravel_index(np.argmin(apart), apart.shape)
    return (int(late[i]), int(early[j])) if apart[i, j] <= CLOSE else None


def _heading(qpos: Array, root: int) -> Array:
    """Return the yaw (T,) of the root's x axis, rad."""
    axes = matrix_from_quat(qpos[:, root + 3 : root + 7])
    return np.arctan2(axes[:, 1, 0], axes[:, 0, 0])


def _aligned(quats: Array) -> Array:
    """Return quaternions (T, 4) with signs that agree from frame to frame."""
    flips = np.einsum("ti,ti->t", quats[1:], quats[:-1]) < 0
    sign = np.concatenate([[1.0], np.where(np.cumsum(flips) % 2 == 1, -1.0, 1.0)])
    result: Array = quats * sign[:, None]
    return result
