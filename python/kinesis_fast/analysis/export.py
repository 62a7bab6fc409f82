"""What a body did as files of OpenSim: coordinates, activations, forces and moments by time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.analysis.joint_reactions import forces_are_known, joint_reactions
from kinesis_fast.analysis.movement import with_derived
from kinesis_fast.analysis.muscle_torques import muscle_torques
from kinesis_fast.analysis.recording import BodyRecording
from kinesis_fast.body.legs import OPENSIM_TO_WORLD, SIDES
from kinesis_fast.errors import InputError
from kinesis_fast.motions.export import FORMATS, check_formats
from kinesis_fast.motions.export.motion import Motion
from kinesis_fast.motions.export.tables import write_columns
from kinesis_fast.motions.formats.opensim import PELVIS_PLACE, qpos_to_coordinates

Array = npt.NDArray[np.float64]


def export_recording(
    recording: BodyRecording,
    model: mujoco.MjModel,
    folder: Path,
    formats: Sequence[str] = (),
    on_file: Callable[[Path], None] = lambda path: None,
) -> list[Path]:
    """Write every trial of a recording as OpenSim's storage files, named by subject and number.

    Of each trial: ``.mot``, coordinates (degrees, m, y up); ``_activations.sto`` and, where they
    were recorded, ``_excitations.sto`` (of 1, by muscle); ``_muscle_forces.sto`` (N, positive as
    muscles pull); ``_moments.sto`` (N m that the muscles make about every joint); and
    ``_grf.sto``, the ground's force on each foot (N, y up), where it was recorded.

    Args:
        recording: what bodies did.
        model: the body.
        folder: made where it is missing.
        formats: of :data:`kinesis_fast.motions.export.FORMATS`, in which the motion is written
            too, for animators and others.
        on_file: told each file that is written.

    Raises:
        InputError: no trial, an unknown format, or a folder that cannot be written.
    """
    if not recording.trials:
        raise InputError("the recording has no trial")
    check_formats(formats)
    stem = "".join(c if c.isalnum() or c in "-_" else "_" for c in recording.info.subject)
    written: list[Path] = []

    def write(path: Path, writer: Callable[..., None], *what: Any) -> None:
        if path not in written:
            writer(path, *what)
            written.append(path)
            on_file(path)

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, trial in enumerate(with_derived(model, recording).trials):
            name = f"{stem}_{number}" if len(recording.trials) > 1 else stem
            for suffix, columns in _tables(recording, trial, model).items():
                table = partial(write_columns, degrees=suffix == ".mot")
                write(folder / f"{name}{suffix}", table, trial["time"], columns)
            begin = float(trial["time"][0])
            motion = Motion.posed(name, model, recording.info.rate, begin, trial["qpos"])
            for kind in formats:
                write(folder / f"{name}.{kind}", FORMATS[kind], motion)
    except OSError as error:
        raise InputError(f"{str(folder)!r} cannot be written: {error}") from error
    return written


def _tables(
    recording: BodyRecording, trial: Mapping[str, Array], model: mujoco.MjModel
) -> dict[str, dict[str, Array]]:
    """Return columns by the suffix of their file."""
    muscles = recording.info.muscles
    coordinates = {
        name: column if name in PELVIS_PLACE else np.rad2deg(column)
        for name, column in qpos_to_coordinates(trial["qpos"], model).items()
    }
    torques = muscle_torques(model, trial)
    tables = {
        ".mot": coordinates,
        "_activations.sto": dict(zip(muscles, trial["act"].T, strict=True)),
        "_muscle_forces.sto": dict(zip(muscles, -trial["actuator_force"].T, strict=True)),
        "_moments.sto": {
            f"{name}_moment": column
            for name, column in zip(torques.joints, torques.total.T, strict=True)
        },
    }
    if "ctrl" in trial:
        tables["_excitations.sto"] = dict(zip(muscles, trial["ctrl"].T, strict=True))
    if forces_are_known(trial):
        tables["_joint_reactions.sto"] = {
            f"{joint}_f{axis}": force[:, i]
            for joint, force in joint_reactions(model, trial).items()
            for i, axis in enumerate("xyz")
        }
    if "foot_force" in trial:
        force = trial["foot_force"].reshape(-1, len(SIDES), 3) @ OPENSIM_TO_WORLD
        tables["_grf.sto"] = {
            f"ground_force_{side}_v{axis}": force[:, k, i]
            for k, side in enumerate(SIDES)
            for i, axis in enumerate("xyz")
        }
    return tables
