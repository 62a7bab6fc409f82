"""The motion library: many clips in flat arrays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast import _engine
from kinesis_fast.body import independent_joints, joint_names, quaternion_addresses
from kinesis_fast.errors import InputError, did_you_mean
from kinesis_fast.motions import library_file
from kinesis_fast.motions.clips import (
    Clip,
    MotionArrays,
    check_clips,
    check_shapes,
    check_values,
    every_array,
)
from kinesis_fast.motions.prior.arrays import MusclePrior


class MotionLibrary:
    """Clips for one model and one list of tracked bodies.

    Arrays are read-only and shared, not copied, by the engines that use them.
    """

    def __init__(
        self,
        clips: Sequence[Clip],
        arrays: MotionArrays,
        joint_names: Sequence[str],
        tracked_bodies: Sequence[str],
        quaternion_addresses: Sequence[int],
        prior: MusclePrior | None = None,
    ) -> None:
        """Take over arrays of the right shapes; see :meth:`from_qpos` to make them.

        Args:
            clips: names, numbers of frames and frame rates, in the arrays' order.
            arrays: a row a frame, of all clips.
            joint_names: of the model that they are for.
            tracked_bodies: names of the bodies whose positions the arrays have.
            quaternion_addresses: where quaternions begin in ``qpos``.
            prior: the motions' muscle prior, a row a frame.

        Raises:
            InputError: no clip, repeated names, a clip without frames, shapes that do not
                agree, or values that are not finite.
        """
        self.clips = tuple(clips)
        self.arrays = arrays
        self.joint_names = tuple(joint_names)
        self.tracked_bodies = tuple(tracked_bodies)
        self.quaternion_addresses = tuple(int(a) for a in quaternion_addresses)
        check_clips(self.clips, len(arrays.qpos))
        self.prior = prior
        self.left_out: dict[str, int] = {}
        """How many clips of other splits :meth:`split` left out, by split; "": of none."""
        self.frame_rate = np.array([clip.frame_rate for clip in clips], dtype=np.float64)
        lengths = [clip.frames for clip in clips]
        self.first_frame = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        self._index = {clip.name: i for i, clip in enumerate(clips)}
        check_shapes(clips, arrays, prior, len(tracked_bodies), self.quaternion_addresses)
        check_values(clips, arrays, prior, self.quaternion_addresses)
        for _, array in every_array(arrays, prior):
            array.flags.writeable = False

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take over what a pickle holds, whose arrays could be written."""
        self.__dict__.update(state)
        for _, array in every_array(self.arrays, self.prior):
            array.flags.writeable = False

    @classmethod
    def from_qpos(
        cls,
        model: mujoco.MjModel,
        motions: Sequence[tuple[Clip, npt.NDArray[np.float64]]],
        tracked_bodies: Sequence[str],
    ) -> MotionLibrary:
        """Build a library from joint positions.

        Velocities are central differences on the joints' manifold (``mj_differentiatePos``);
        tracked positions and velocities follow from them by the model's kinematics.

        Args:
            model: the model whose ``qpos`` the motions are.
            motions: pairs of a clip and its positions, (frames, nq), m and rad.
            tracked_bodies: names of the bodies whose positions are compared.

        Raises:
            InputError: positions of another shape or not finite, or clips that cannot be a
                library's.
        """
        parts = [_derive(model, clip, qpos, tracked_bodies) for clip, qpos in motions]
        arrays = MotionArrays(*(np.concatenate(column) for column in zip(*parts, strict=True)))
        return cls(
            [clip for clip, _ in motions],
            arrays,
            joint_names(model),
            tracked_bodies,
            quaternion_addresses(model),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Clip names in order."""
        return tuple(self._index)

    @property
    def duration(self) -> float:
        """Seconds of motion in all clips together."""
        return sum(clip.duration for clip in self.clips)

    def index(self, name: str) -> int:
        """Return the number of the clip that has a name.

        Raises:
            InputError: there is no such clip; names the nearest.
        """
        if name not in self._index:
            raise InputError(f"unknown clip {name!r}{did_you_mean(name, self._index)}")
        return self._index[name]

    def choose(self, name: str | None = None) -> int:
        """Return a clip's number: that of a name, else comfortable walking's, else the first's.

        Raises:
            InputError: there is no clip of this name; names the nearest.
        """
        if name is not None:
            return self.index(name)
        for i, clip in enumerate(self.clips):
            if clip.name.startswith("walk_comfortable"):
                return i
        return 0

    def most_at_rest(self) -> int:
        """Return the number of the clip that begins with the least motion of its joints."""
        starts = self.arrays.qvel[self.first_frame[:-1]]
        return int(np.argmin(np.linalg.norm(starts, axis=1)))

    def subset(self, names: Iterable[str]) -> MotionLibrary:
        """Return a library of the clips of these names, in this order.

        Clips that follow on each other share this library's memory; others are copied.

        Raises:
            InputError: no name, or one that no clip has.
        """
        chosen = [self.index(name) for name in names]
        if not chosen:
            raise InputError("a subset needs at least one clip name")
        if chosen == list(range(chosen[0], chosen[-1] + 1)):
            rows: slice | npt.NDArray[np.int64] = slice(
                int(self.first_frame[chosen[0]]), int(self.first_frame[chosen[-1] + 1])
            )
        else:
            rows = np.concatenate(
                [np.arange(self.first_frame[i], self.first_frame[i + 1]) for i in chosen]
            )
        prior = None if self.prior is None else self.prior.rows(rows)
        return self._like(self.arrays.rows(rows), [self.clips[i] for i in chosen], prior=prior)

    def _like(
        self,
        arrays: MotionArrays,
        clips: Sequence[Clip] | None = None,
        tracked_bodies: Sequence[str] | None = None,
        prior: MusclePrior | None = None,
    ) -> MotionLibrary:
        library = MotionLibrary(
            self.clips if clips is None else clips,
            arrays,
            self.joint_names,
            self.tracked_bodies if tracked_bodies is None else tracked_bodies,
            self.quaternion_addresses,
            self.prior if clips is None and prior is None else prior,
        )
        library.left_out = self.left_out
        return library

    def with_prior(self, prior: MusclePrior) -> MotionLibrary:
        """Return a library of the same motions with a muscle prior, (frames, ...) of all clips."""
        return self._like(self.arrays, prior=prior)

    def put_into(self, split: str, names: Iterable[str]) -> MotionLibrary:
        """Return a library of the same motions, some of whose clips are in a split now.

        Args:
            split: name of the split.
            names: of the clips to put into it; the others stay where they are.
        """
        moved = set(names)
        clips = [replace(c, split=split) if c.name in moved else c for c in self.clips]
        return self._like(self.arrays, clips, prior=self.prior)

    def split(self, name: str) -> MotionLibrary:
        """Return the clips of a split.

        Args:
            name: of the split; ``"all"``: this library; ``"auto"``: the split ``train`` where there
                is one, else all.

        Raises:
            InputError: no clip is in it; names the splits.
        """
        if name == "auto":
            name = "train" if any(clip.split == "train" for clip in self.clips) else "all"
        if name == "all":
            return self
        members = [clip.name for clip in self.clips if clip.split == name]
        if not members:
            splits = {clip.split for clip in self.clips if clip.split} | {"all"}
            raise InputError(f"no clip is in split {name!r}{did_you_mean(name, splits)}")
        chosen = self.subset(members)
        chosen.left_out = dict(Counter(c.split for c in self.clips if c.split != name))
        return chosen

    def track(self, model: mujoco.MjModel, tracked_bodies: Sequence[str]) -> MotionLibrary:
        """Return a library of the same motions that tracks other bodies of ``model``.

        Args:
            model: that the library is for.
            tracked_bodies: their names.

        Raises:
            InputError: a body that the model lacks; names the nearest.
        """
        known = [model.body(i).name for i in range(1, model.nbody)]
        for name in tracked_bodies:
            if name not in known:
                raise InputError(f"unknown body {name!r} to track{did_you_mean(name, known)}")
        a = self.arrays
        pos, vel = _track(model, a.qpos, a.qvel, tracked_bodies)
        arrays = MotionArrays(a.qpos, a.qvel, pos, vel)
        return self._like(arrays, tracked_bodies=tracked_bodies)

    def with_source_reference(self) -> MotionLibrary:
        """Return a library whose tracked positions are the recorded person's own joint centres.

        That is what KINESIS tracks; the default is what the model does in the retargeted motion.
        Velocities are central differences of the positions. Joint positions stay as they are.

        Raises:
            InputError: the motions were not recorded, or were imported without their source.
        """
        source = self.arrays.source_pos
        if source is None:
            raise InputError(
                "reference 'source' needs imported motions that keep their source's joint "
                "centres; these have none: use reference 'retargeted'"
            )
        velocity = np.zeros_like(source)
        for i, clip in enumerate(self.clips):
            rows = slice(int(self.first_frame[i]), int(self.first_frame[i + 1]))
            if clip.frames > 1:
                velocity[rows] = np.gradient(source[rows], axis=0) * clip.frame_rate
        return self._like(replace(self.arrays, tracked_pos=source, tracked_vel=velocity))

    def reference(
        self, clip: npt.ArrayLike, time: npt.ArrayLike
    ) -> dict[str, npt.NDArray[np.float64]]:
        """Look the reference up, linear in time and held at both ends of a clip.

        Args:
            clip: clip numbers, (...,).
            time: s from each clip's first frame, (...,), broadcast against ``clip``.

        Returns:
            ``qpos`` (..., nq) with unit quaternions, ``qvel`` (..., nv), ``tracked_pos``, m, and
            ``tracked_vel``, m/s, (..., tracked bodies, 3), float64.

        Raises:
            InputError: numbers of no clip, or times that are not finite.
        """
        before, after, weight = self._bracket(clip, time)
        found = {
            name: _between(getattr(self.arrays, name), before, after, weight)
            for name in ("qpos", "qvel", "tracked_pos", "tracked_vel")
        }
        for address in self.quaternion_addresses:
            quat = found["qpos"][..., address : address + 4]
            quat /= np.linalg.norm(quat, axis=-1, keepdims=True)
        return found

    def _bracket(
        self, clip: npt.ArrayLike, time: npt.ArrayLike
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Frames around times, and the weight of the later ones."""
        given, when = np.asarray(clip), np.asarray(time)
        if given.dtype.kind not in "iu" or when.dtype.kind not in "iuf":
            raise InputError("a reference is read at clip numbers and times in seconds")
        if not np.isfinite(when).all():
            raise InputError("a time to read the reference at is not finite")
        clips, times = np.broadcast_arrays(given.astype(np.int64), when)
        if clips.size and (clips.min() < 0 or clips.max() >= len(self.clips)):
            raise InputError(f"clip numbers must be in [0, {len(self.clips) - 1}]")
        first, last = self.first_frame[clips], self.first_frame[clips + 1] - 1
        frame = np.clip(times * self.frame_rate[clips], 0.0, last - first)
        before = first + np.floor(frame).astype(np.int64)
        return before, np.minimum(before + 1, last), frame - np.floor(frame)

    def prior_at(
        self, clip: npt.ArrayLike, time: npt.ArrayLike
    ) -> dict[str, npt.NDArray[np.float64]]:
        """Look the muscle prior up as :meth:`reference` does the motion.

        Args:
            clip: clip numbers, (...,).
            time: s from each clip's first frame, (...,), broadcast against ``clip``.

        Returns:
            Every array of :class:`MusclePrior` by name, (..., columns).

        Raises:
            InputError: the library has no prior, or as :meth:`reference`.
        """
        if self.prior is None:
            raise InputError(
                "the motion library has no muscle prior; make one with: kinesis-fast motions prior"
            )
        before, after, weight = self._bracket(clip, time)
        return {name: _between(a, before, after, weight) for name, a in self.prior.named()}

    def check_model(self, model: mujoco.MjModel) -> None:
        """Raise InputError unless the library was made for a model with these joints."""
        names = joint_names(model)
        if names != self.joint_names or self.arrays.qpos.shape[1] != model.nq:
            raise InputError(
                f"the motion library is for a model with {len(self.joint_names)} joints and "
                f"nq = {self.arrays.qpos.shape[1]}; this model has {len(names)} joints and "
                f"nq = {model.nq}. Make or import the motions for this model"
            )
        if self.arrays.qvel.shape[1] != model.nv:
            raise InputError(
                f"the motion library has {self.arrays.qvel.shape[1]} joint velocities a frame; "
                f"this model has nv = {model.nv}. Make or import the motions again"
            )
        expected = tuple(quaternion_addresses(model))
        if self.quaternion_addresses != expected:
            raise InputError(
                f"the motion library has quaternions at {list(self.quaternion_addresses)} of qpos, "
                f"this model at {list(expected)}. Make or import the motions again"
            )
        bodies = {model.body(i).name for i in range(model.nbody)}
        for name in self.tracked_bodies:
            if name not in bodies:
                raise InputError(
                    f"the motion library tracks body {name!r}, which this model lacks"
                    f"{did_you_mean(name, bodies)}"
                )
        if self.prior is not None:
            self.prior.check_model(len(independent_joints(model)), model.nu)

    def native_table(self) -> _engine.MotionTable:
        """Return the engine's view of the motions; it shares their memory."""
        prior = self.prior
        arrays = None if prior is None else (prior.torque, prior.activation, prior.excitation)
        return _engine.MotionTable(
            first_frame=self.first_frame,
            frame_rate=self.frame_rate,
            qpos=self.arrays.qpos,
            qvel=self.arrays.qvel,
            tracked_pos=self.arrays.tracked_pos,
            tracked_vel=self.arrays.tracked_vel,
            quaternion_addresses=list(self.quaternion_addresses),
            prior=arrays,
        )

    def save(self, path: str | Path) -> None:
        """Write the library to a path as HDF5; see :mod:`kinesis_fast.motions.library_file`.

        Raises:
            OSError: it could not be written; a file that was there stays.
        """
        library_file.save(self, Path(path))

    @classmethod
    def load(cls, path: str | Path) -> MotionLibrary:
        """Read a library that :meth:`save` wrote to a path.

        Raises:
            InputError: no such file, not such a library, truncated, or not finite.
        """
        return library_file.load(cls, Path(path))


def _between(
    array: npt.NDArray[np.float32],
    before: npt.NDArray[np.int64],
    after: npt.NDArray[np.int64],
    weight: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    w = weight.reshape(weight.shape + (1,) * (array.ndim - 1))
    found: npt.NDArray[np.float64] = (1.0 - w) * array[before].astype(np.float64) + w * array[after]
    return found


def _derive(
    model: mujoco.MjModel,
    clip: Clip,
    qpos: npt.NDArray[np.float64],
    tracked_bodies: Sequence[str],
) -> tuple[npt.NDArray[np.float32], ...]:
    if qpos.shape != (clip.frames, model.nq):
        raise InputError(
            f"clip {clip.name!r}: qpos has shape {qpos.shape}, expected {(clip.frames, model.nq)}"
        )
    if not np.all(np.isfinite(qpos)):
        frame = int(np.argwhere(~np.isfinite(qpos))[0, 0])
        raise InputError(f"clip {clip.name!r}: frame {frame} has a position that is not finite")
    qvel = _engine.joint_velocities(model._address, np.ascontiguousarray(qpos), clip.frame_rate)
    pos, vel = _track(model, qpos, qvel, tracked_bodies)
    return np.ascontiguousarray(qpos, np.float32), qvel.astype(np.float32), pos, vel


def _track(
    model: mujoco.MjModel,
    qpos: npt.NDArray[Any],
    qvel: npt.NDArray[Any],
    tracked_bodies: Sequence[str],
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Positions and velocities (T, bodies, 3) of the body origins, world frame."""
    pos, vel = _engine.tracked_motion(
        model._address,
        np.ascontiguousarray(qpos, np.float64),
        np.ascontiguousarray(qvel, np.float64),
        [model.body(name).id for name in tracked_bodies],
    )
    return pos.astype(np.float32), vel.astype(np.float32)
