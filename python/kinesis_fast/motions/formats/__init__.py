"""Readers of motion files, one file a format, and which of them reads a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import mujoco

from kinesis_fast.errors import InputError, did_you_mean
from kinesis_fast.motions.capture.markers import MarkerTrial, recording_of
from kinesis_fast.motions.capture.recording import AnyRecording


@dataclass(frozen=True)
class ReadOptions:
    """What the files do not tell."""

    model: mujoco.MjModel
    """The model to move; joint angles (OpenSim) are read for it."""
    frame_rate: float | None = None
    """Hz, of files that do not tell theirs: Acclaim (120 by default) and HumanML3D (20)."""
    mean: Path | None = None
    """Mean of HumanML3D's features, where one was taken off."""
    deviation: Path | None = None
    """Deviation of HumanML3D's features, where they were divided by one."""
    body_model: Path | None = None
    """The user's own SMPL model, for the shape of AMASS's subjects."""
    joint_map: Mapping[str, str] | None = None
    """Names of BVH files' joints by keypoint, or of markers by landmark, where they are not known
    ones."""

    follow: Callable[[MarkerTrial], AnyRecording] | None = None
    """What makes a motion of markers; None: their joint centres do."""


@dataclass(frozen=True)
class Format:
    """A kind of motion files."""

    description: str
    suffixes: tuple[str, ...]
    read: Callable[[Path, ReadOptions], Sequence[AnyRecording]]


def _amass(path: Path, options: ReadOptions) -> Sequence[AnyRecording]:
    from kinesis_fast.motions.formats.amass import read_amass

    return [read_amass(path, options.body_model)]


def _humanml3d(path: Path, options: ReadOptions) -> Sequence[AnyRecording]:
    from kinesis_fast.motions.formats.humanml3d import read_humanml3d

    return [read_humanml3d(path, options.mean, options.deviation, options.frame_rate)]


def _text_to_motion(path: Path, options: ReadOptions) -> Sequence[AnyRecording]:
    from kinesis_fast.motions.formats.text_to_motion import read_results

    return read_results(path, options.frame_rate)


def _opensim(path: Path, options: ReadOptions) -> Sequence[AnyRecording]:
    from kinesis_fast.motions.formats.opensim import read_opensim

    return [read_opensim(path, options.model)]


def _trc(path: Path, options: ReadOptions) -> Sequence[AnyRecording]:
    from kinesis_fast.motions.formats.trc import read_trial

    return [_markers(read_trial(path, options.joint_map), options)]


def _c3d(path: Path, options: ReadOptions) -> Sequence[AnyRecording]:
    from kinesis_fast.motions.formats.c3d import read_trial

    return [_markers(read_trial(path, options.joint_map), options)]


def _markers(trial: MarkerTrial, options: ReadOptions) -> AnyRecording:
    if options.follow is not None:
        return options.follow(trial)
    return recording_of(trial, options.joint_map)


def _acclaim(path: Path, options: ReadOptions) -> Sequence[AnyRecording]:
    from kinesis_fast.motions.formats.acclaim import read_acclaim

    return [read_acclaim(path, options.frame_rate)]


def _bvh(path: Path, options: ReadOptions) -> Sequence[AnyRecording]:
    from kinesis_fast.motions.formats.bvh import read_bvh

    return [read_bvh(path, options.joint_map)]


def _kinesis(path: Path, options: ReadOptions) -> Sequence[AnyRecording]:
    from kinesis_fast.motions.formats.kinesis import read_kinesis

    return read_kinesis(path)


FORMATS = {
    "amass": Format("AMASS and KIT: SMPL, SMPL-H, SMPL-X", (".npz",), _amass),
    "humanml3d": Format("HumanML3D: 22 joints or 263 features", (".npy",), _humanml3d),
    "t2m": Format("results.npy of text-to-motion models", (".npy",), _text_to_motion),
    "opensim": Format("OpenSim coordinates", (".mot", ".sto"), _opensim),
    "trc": Format("marker files", (".trc",), _trc),
    "c3d": Format("files of motion laboratories", (".c3d",), _c3d),
    "acclaim": Format("CMU's Acclaim motions, with their .asf", (".amc",), _acclaim),
    "bvh": Format("Biovision", (".bvh",), _bvh),
    "kinesis": Format("KINESIS's converted motions", (".pkl", ".joblib"), _kinesis),
}
"""By the names that users give them."""

SUFFIXES = tuple(dict.fromkeys(s for known in FORMATS.values() for s in known.suffixes))


def check_name(name: str) -> None:
    """Raise InputError unless there is such a format, or it is ``auto``."""
    if name != "auto" and name not in FORMATS:
        raise InputError(f"unknown format {name!r}{did_you_mean(name, ('auto', *FORMATS))}")


def read(path: Path, name: str, options: ReadOptions) -> Sequence[AnyRecording]:
    """Read a file's recordings.

    Args:
        path: the file.
        name: its format, or ``auto``: by suffix, and by content where two share one.
        options: what the file does not tell.

    Raises:
        InputError: no known format, or a file that cannot be read; without the path.
    """
    if name == "auto":
        name = _detect(path)
    return FORMATS[name].read(path, options)


def _detect(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix == ".npy":
        from kinesis_fast.motions.formats.text_to_motion import is_results

        return "t2m" if is_results(path) else "humanml3d"
    for name, known in FORMATS.items():
        if suffix in known.suffixes:
            return name
    raise InputError(f"has no known suffix; known: {', '.join(SUFFIXES)}")
