"""What bodies did at every physics step, kept in an HDF5 file that is readable while it grows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError, did_you_mean

Array = npt.NDArray[np.float64]

FORMAT = "kinesis_fast recording 2"
_ANY_FORMAT = "kinesis_fast recording "
UNITS: Mapping[str, str] = {
    "time": "s",
    "recording_time": "s, on the clock of what the clip was recorded from",
    "qpos": "m, quaternion, rad",
    "qvel": "m/s, rad/s",
    "qacc": "m/s^2, rad/s^2",
    "act": "1",
    "act_dot": "1/s",
    "ctrl": "1",
    "capacity": "1, the share of its peak force that a muscle can make",
    "drive": "1, activation over capacity",
    "actuator_length": "m",
    "actuator_velocity": "m/s",
    "actuator_force": "N",
    "unstretched_length": "m, of muscles were their tendons slack",
    "unstretched_velocity": "m/s",
    "qfrc_actuator": "N, N m",
    "qfrc_passive": "N, N m",
    "qfrc_constraint": "N, N m",
    "qfrc_bias": "N, N m",
    "sensordata": "as the sensors'",
    "xpos": "m",
    "xquat": "quaternion",
    "subtree_com": "m",
    "foot_force": "N, the ground's on the right foot, then on the left",
    "estimated_foot_force": "N, the same, as a muscle prior has it",
}
"""Of what is recorded, by field of ``mjData``; ``ctrl`` are excitations, ``act`` activations."""
TIMES = ("time", "recording_time")
"""Fields of one number a row."""
HDF5_ERRORS = (OSError, RuntimeError)
"""What h5py raises where a file cannot be written."""
CHUNK = 600
"""Rows of every trial that are written, and flushed, at once."""


@dataclass(frozen=True)
class RecordingInfo:
    """What a recording is of."""

    subject: str
    """A checkpoint's name, or ``prior``."""
    clip: str
    """Name of the clip that was followed."""
    rate: float
    """Rows a second, Hz."""
    muscles: Sequence[str]
    """Names of the model's muscles, in its order."""
    joints: Sequence[str]
    """Names of its joints."""
    bodies: Sequence[str]
    """Names of its bodies, the world first."""
    model: str = ""
    """The model's name in ``kinesis_fast``."""
    condition: str = ""
    """What the body differs in from a healthy one, in words; empty: in nothing."""
    untrained: Sequence[str] = ()
    """What of it the policy was not trained with, in words."""

    @classmethod
    def of(
        cls, model: mujoco.MjModel, *, subject: str, clip: str, rate: float, name: str
    ) -> RecordingInfo:
        """Take the names of a model's parts.

        Args:
            model: of the body.
            subject: a checkpoint's name, or ``prior``.
            clip: name of the clip.
            rate: rows a second, Hz.
            name: the model's, in ``kinesis_fast``.
        """
        return cls(
            subject,
            clip,
            rate,
            [model.actuator(i).name for i in range(model.nu)],
            [model.joint(i).name for i in range(model.njnt)],
            [model.body(i).name for i in range(model.nbody)],
            name,
        )


@dataclass(frozen=True)
class BodyRecording:
    """Trials of one subject."""

    info: RecordingInfo
    """What it is of."""
    trials: list[Mapping[str, Array]] = field(default_factory=list)
    """Each field, (T, size), by name, with ``time`` (T,)."""

    @property
    def seconds(self) -> float:
        """Length of all trials together, s."""
        return sum(len(trial["time"]) for trial in self.trials) / self.info.rate

    def muscle(self, name: str) -> int:
        """Return the column of a muscle.

        Raises:
            InputError: there is none of this name.
        """
        if name not in self.info.muscles:
            raise InputError(
                f"the recording has no muscle {name!r}{did_you_mean(name, self.info.muscles)}"
            )
        return list(self.info.muscles).index(name)

    @classmethod
    def load(cls, path: str | Path) -> BodyRecording:
        """Read the file at a path as far as it was written: it may be growing, or be cut off.

        Raises:
            InputError: no such file, or not a recording.
        """
        path = Path(path)
        if not path.is_file():
            raise InputError(f"recording {str(path)!r} does not exist")
        try:
            with h5py.File(path, "r", libver="latest", swmr=True) as file:
                return cls._read(file, path)
        except (OSError, KeyError, ValueError) as error:
            raise InputError(f"cannot read the recording {str(path)!r}: {error}") from error

    @classmethod
    def _read(cls, file: h5py.File, path: Path) -> BodyRecording:
        attributes = file.attrs
        found = str(attributes.get("format"))
        if found != FORMAT:
            if found.startswith(_ANY_FORMAT):
                raise InputError(
                    f"{str(path)!r} is a recording of format {found.removeprefix(_ANY_FORMAT)}, "
                    f"{FORMAT.removeprefix(_ANY_FORMAT)} is read: make it again"
                )
            raise InputError(f"{str(path)!r} is no recording of muscle activity")
        info = RecordingInfo(
            subject=str(attributes["subject"]),
            clip=str(attributes["clip"]),
            rate=float(attributes["rate"]),
            muscles=json.loads(attributes["muscles"]),
            joints=json.loads(attributes["joints"]),
            bodies=json.loads(attributes["bodies"]),
            model=str(attributes["model"]),
            condition=str(attributes.get("condition", "")),
            untrained=tuple(json.loads(attributes.get("untrained", "[]"))),
        )
        group, rows = file["trials"], np.asarray(file["rows"])
        trials: list[Mapping[str, Array]] = []
        for trial, count in enumerate(rows):
            written = min(int(count), *(group[field].shape[1] for field in group))
            if written:
                trials.append(
                    {field: np.asarray(group[field][trial, :written], float) for field in group}
                )
        return cls(info, trials)


class RecordingWriter:
    """Appends rows to a file's trials; what was flushed outlives whatever comes after."""

    def __init__(self, file: h5py.File, trials: int, sizes: Mapping[str, int]) -> None:
        """Make the datasets; see :func:`write_recording`.

        Args:
            file: open for writing.
            trials: number of them.
            sizes: numbers a row, by field.
        """
        self._file = file
        self._rows = file.create_dataset("rows", data=np.zeros(trials, np.int64))
        self._counts = np.zeros(trials, np.int64)
        self._running = np.ones(trials, bool)
        group = file.create_group("trials")
        self._sets: dict[str, h5py.Dataset] = {}
        self._buffers: dict[str, npt.NDArray[np.floating[Any]]] = {}
        self._waiting = self._written = 0
        for name, size in sizes.items():
            shape = () if name in TIMES else (size,)
            kind = np.float64 if name in TIMES else np.float32
            self._sets[name] = group.create_dataset(
                name,
                (trials, 0, *shape),
                kind,
                maxshape=(trials, None, *shape),
                chunks=(1, CHUNK, *shape),
            )
            self._sets[name].attrs["unit"] = UNITS[name]
            self._buffers[name] = np.zeros((trials, CHUNK, *shape), kind)
        file.swmr_mode = True

    def append(
        self, rows: Mapping[str, npt.NDArray[Any]], running: npt.NDArray[np.bool_] | None = None
    ) -> None:
        """Add rows, (trials, n, size) a field, of the trials that go on.

        A trial that is not ``running`` (trials,) has ended, for good; its rows are nobody's.
        """
        count = rows["time"].shape[1]
        if self._waiting + count > CHUNK:
            self.flush()
        if running is not None:
            self._running &= running
        part = slice(self._waiting, self._waiting + count)
        for name, values in rows.items():
            self._buffers[name][:, part] = values
        self._waiting += count
        self._counts[self._running] += count

    def flush(self) -> None:
        """Write what waits.

        Raises:
            InputError: it cannot be written, as on a full disk; what was flushed before stays.
        """
        if not self._waiting:
            return
        begin, end = self._written, self._written + self._waiting
        count, self._waiting = self._waiting, 0
        try:
            for name, dataset in self._sets.items():
                dataset.resize(end, axis=1)
                dataset[:, begin:end] = self._buffers[name][:, :count]
            self._file.flush()
            self._rows[:] = self._counts
            self._file.flush()
        except HDF5_ERRORS as error:
            raise _unwritten(self._file.filename, error) from error
        self._written = end


@contextmanager
def write_recording(
    path: Path, info: RecordingInfo, trials: int, sizes: Mapping[str, int]
) -> Iterator[RecordingWriter]:
    """Make a recording, and flush and close it in the end, whatever happens.

    Args:
        path: of the file, which is replaced.
        info: of what it is.
        trials: how many.
        sizes: numbers a row, by field of :data:`UNITS`; ``time`` is among them.

    Raises:
        InputError: the file cannot be made or written; it stays readable up to the last flush.
    """
    try:
        file = h5py.File(path, "w", libver="latest", rdcc_nbytes=0)
    except OSError as error:
        raise _unwritten(path, error) from error
    try:
        file.attrs["format"] = FORMAT
        for name in ("subject", "clip", "rate", "model", "condition"):
            file.attrs[name] = getattr(info, name)
        for name in ("muscles", "joints", "bodies", "untrained"):
            file.attrs[name] = json.dumps(list(getattr(info, name)))
        writer = RecordingWriter(file, trials, sizes)
        try:
            yield writer
        finally:
            writer.flush()
    finally:
        try:
            file.close()
        except HDF5_ERRORS as error:
            raise _unwritten(path, error) from error


def _unwritten(path: str | Path, error: Exception) -> InputError:
    return InputError(f"cannot write the recording {str(path)!r}: {error}")
