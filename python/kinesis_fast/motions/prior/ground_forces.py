"""Measured ground reaction forces, put under the feet of a model that follows the motion."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinesis_fast.body.legs import OPENSIM_TO_WORLD
from kinesis_fast.errors import InputError
from kinesis_fast.motions.formats.opensim import read_table

Array = npt.NDArray[np.float64]

SIDES = ("r", "l")
CONTACT = 20.0
"""N; below, a plate's centre of pressure means nothing."""
FIRM = 0.1
"""Share of a contact's largest force; where it is lighter, its centre of pressure is vague."""


@dataclass(frozen=True)
class GroundForces:
    """What force plates measured under each foot, right first; world axes, z up."""

    times: Array
    """Times of the samples, s, (T,)."""
    force: Array
    """N on the foot, (T, 2, 3)."""
    pressure: Array
    """Centre of pressure in the laboratory, m, (T, 2, 3)."""

    def at(self, times: npt.ArrayLike) -> GroundForces:
        """Return forces at other times, linear between samples, and nearest centres of pressure.

        Raises:
            InputError: a time outside of the recording.
        """
        t = np.asarray(times, dtype=float)
        if t.min() < self.times[0] - 1e-6 or t.max() > self.times[-1] + 1e-6:
            raise InputError(
                f"the motion lasts from {t.min():.2f} to {t.max():.2f} s on the recording's "
                f"clock, the forces from {self.times[0]:.2f} to {self.times[-1]:.2f} s"
            )
        after = np.clip(np.searchsorted(self.times, t), 1, len(self.times) - 1)
        nearest = after - (t - self.times[after - 1] < self.times[after] - t)
        flat = self.force.reshape(len(self.times), -1)
        force = np.stack([np.interp(t, self.times, column) for column in flat.T], axis=1)
        return GroundForces(t, force.reshape(len(t), 2, 3), self.pressure[nearest])


def read_ground_forces(path: Path) -> GroundForces:
    """Read an OpenSim file with ``ground_force_r_vx`` ... and ``ground_force_r_px`` ... columns.

    Columns of both sides are in OpenSim's ground axes (y up, walking along x), N and m.

    Raises:
        InputError: not such a file, or a column is missing.
    """
    try:
        table = read_table(path)
    except InputError as error:
        raise InputError(f"force file {str(path)!r} {error}") from error
    wanted = [f"ground_force_{s}_{kind}{axis}" for s in SIDES for kind in "vp" for axis in "xyz"]
    missing = [name for name in wanted if name not in table.columns]
    if missing:
        raise InputError(f"force file {str(path)!r} has no column {missing[0]!r}")
    values = np.stack([table.columns[name] for name in wanted], axis=1)
    world = values.reshape(len(values), 2, 2, 3) @ OPENSIM_TO_WORLD.T
    return GroundForces(table.time, world[:, :, 0], world[:, :, 1])


def pressure_under_feet(forces: GroundForces, soles: Array) -> Array:
    """Return centres of pressure carried from the laboratory under the model's feet, (T, 2, 3).

    The model's feet are not where the person's were: it has other proportions and another path.
    In each contact the whole course of the centre of pressure is shifted by one horizontal
    vector: the one that brings courses amid the feet, the median over the contacts that are
    seen whole, or as near to it as keeps the course within its own foot's outline.

    Args:
        forces: at the motion's frames.
        soles: points of each foot's sole in every frame, (T, 2, points, 3), m.
    """
    placed = np.array(forces.pressure)
    placed[:, :, 2] = 0.0
    low, high = soles[..., :2].min(axis=2), soles[..., :2].max(axis=2)
    loaded = forces.force[:, :, 2] > CONTACT
    contacts = [(foot, rows) for foot in range(2) for rows in _runs(loaded[:, foot])]
    whole = []
    for foot, rows in contacts:
        course, under, over = placed[rows, foot, :2], low[rows, foot], high[rows, foot]
        if rows.start > 0 and rows.stop < len(placed):
            middle = 0.5 * (under.min(axis=0) + over.max(axis=0))
            whole.append(middle - 0.5 * (course.min(axis=0) + course.max(axis=0)))
    usual = np.median(whole, axis=0) if whole else np.zeros(2)
    for foot in range(2):
        free = ~loaded[:, foot]
        placed[free, foot, :2] = 0.5 * (low[free, foot] + high[free, foot])
    for foot, rows in contacts:
        course, under, over = placed[rows, foot, :2], low[rows, foot], high[rows, foot]
        vertical = forces.force[rows, foot, 2]
        firm = vertical > FIRM * vertical.max()
        least = np.max((under - course)[firm], axis=0)
        most = np.min((over - course)[firm], axis=0)
        fits = np.clip(usual, least, np.maximum(least, most))
        shift = np.where(least <= most, fits, 0.5 * (least + most))
        placed[rows, foot, :2] = np.clip(course + shift, under, over)
    return placed


def _runs(flags: npt.NDArray[np.bool_]) -> list[slice]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    return [slice(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
