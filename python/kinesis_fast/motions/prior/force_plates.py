"""Forces of a laboratory's plates, from a C3D file, under the foot that stood on each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinesis_fast.body.legs import SIDES
from kinesis_fast.errors import InputError
from kinesis_fast.motions.capture.markers import MarkerTrial, landmarks, seen_throughout
from kinesis_fast.motions.formats import c3d
from kinesis_fast.motions.formats.trc import UNITS
from kinesis_fast.motions.prior.ground_forces import CONTACT, GroundForces

Array = npt.NDArray[np.float64]

NEAR = 0.2
"""m, between a step's centre of pressure and the line from heel to toes of the foot that it is
of."""
SHORTEST = 0.05
"""s: what is shorter is no step."""


@dataclass(frozen=True)
class Plate:
    """One force plate, in the laboratory's axes."""

    force: Array
    """On who stands on it, (T, 3) N."""
    pressure: Array
    """Where it acts, (T, 3) m."""


def read_plate_forces(path: Path, names: Mapping[str, str] | None = None) -> GroundForces:
    """Read the plates of a C3D file, and put their forces under the feet of its markers.

    A step is the time in which a plate carries more than 20 N; it is of the foot whose line from
    heel to toes its centre of pressure is nearest to. Steps that are near to no foot are left out.

    Args:
        path: a ``.c3d`` file with markers and plates.
        names: labels by landmark, over those that are known.

    Raises:
        InputError: no such file, no plate that anyone stood on, or no foot on one.
    """
    if not path.is_file():
        raise InputError(f"force file {str(path)!r} does not exist")
    try:
        content = c3d.load(path, plates=True)
        trial = seen_throughout(c3d.trial_of(content, path.stem, names), names)
        found = landmarks(trial, names)
        plates = [plate for data in content.plates if (plate := _plate(data, trial.up))]
    except InputError as error:
        raise InputError(f"force file {str(path)!r} {error}") from error
    if not plates:
        raise InputError(f"force file {str(path)!r} has no plate that anyone stood on")
    samples = len(plates[0].force)
    rate = content.analog_rate
    times = content.first_time + np.arange(samples) / rate
    force, pressure = np.zeros((samples, 2, 3)), np.zeros((samples, 2, 3))
    feet = _feet(found, trial, times)
    steps = 0
    for plate in plates:
        for span in _steps(plate.force[:, trial.up], rate):
            foot = _nearest(plate.pressure[span], [f[span] for f in feet], trial.up)
            if foot is not None:
                steps += 1
                force[span, foot] += plate.force[span]
                pressure[span, foot] = plate.pressure[span]
    if steps == 0:
        raise InputError(
            f"force file {str(path)!r}: no foot is within {NEAR:g} m of what its plates felt"
        )
    return GroundForces(times, force @ trial.to_world.T, pressure @ trial.to_world.T)


def _plate(data: c3d.PlateData, up: int) -> Plate | None:
    """Return a plate that was stood on, pushing up."""
    force = np.nan_to_num(data.force.T)
    vertical = force[:, up]
    loaded = np.abs(vertical) > CONTACT
    if loaded.sum() < 2:
        return None
    if vertical[loaded].mean() < 0.0:  # what the person does to the plate
        force = -force
    pressure = UNITS.get(data.unit.strip().lower(), 0.001) * data.pressure.T
    return Plate(force, np.nan_to_num(pressure))


def _steps(vertical: Array, rate: float) -> list[slice]:
    on = np.concatenate([[False], vertical > CONTACT, [False]])
    begins, ends = np.flatnonzero(on[1:] & ~on[:-1]), np.flatnonzero(on[:-1] & ~on[1:])
    return [
        slice(int(begin), int(end))
        for begin, end in zip(begins, ends, strict=True)
        if end - begin >= SHORTEST * rate
    ]


def _feet(found: Mapping[str, Array], trial: MarkerTrial, times: Array) -> list[Array]:
    """Return heel and toe, (samples, 2, 3) m, of both feet at the plates' times."""
    frames = trial.first_time + np.arange(len(found["heel_r"])) / trial.frame_rate
    feet = []
    for side in SIDES:
        toe = found.get(f"toe_{side}", found.get(f"toe_lateral_{side}"))
        assert toe is not None
        ends = np.stack([found[f"heel_{side}"], toe], axis=1).reshape(len(frames), 6)
        at = np.stack([np.interp(times, frames, column) for column in ends.T], axis=1)
        feet.append(at.reshape(-1, 2, 3))
    return feet


def _nearest(pressure: Array, feet: list[Array], up: int) -> int | None:
    """Return the foot that a step is of, or None."""
    flat = [axis for axis in range(3) if axis != up]
    apart = []
    for foot in feet:
        heel, toe, at = foot[:, 0, flat], foot[:, 1, flat], pressure[:, flat]
        along = toe - heel
        share = np.sum((at - heel) * along, axis=1) / np.maximum(np.sum(along**2, axis=1), 1e-9)
        there = heel + np.clip(share, 0.0, 1.0)[:, None] * along
        apart.append(float(np.median(np.linalg.norm(at - there, axis=1))))
    best = int(np.argmin(apart))
    return best if apart[best] < NEAR else None
