"""Muscles as tubes along their paths: thick where strong, swelling and redder as they work.

A tube is a picture, not anatomy: its thickness follows the peak force, its belly is in the middle
of the path, and it keeps its volume as the path shortens.
"""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.view.muscle_colors import muscle_colors

Array = npt.NDArray[np.float64]

PIECES = 6
"""Of which a tube is made."""
STRESS = 0.6e6
"""Pa, of muscle: the cross-section that a peak force takes."""
SLENDER = 0.4
"""Of a round muscle's radius, so that bones and neighbours are seen."""
MOST = 0.018
"""m, of radii at rest."""
TENDON = 0.3
"""Radius at both ends, of the belly's."""
SWELL = 0.35
"""By which a fully active muscle is thicker."""


@dataclass(frozen=True)
class Tubes:
    """Pieces of all muscles, in the order of the muscles."""

    starts: Array
    """(n, 3), m, in the world."""
    ends: Array
    """(n, 3), m."""
    radii: Array
    """(n,), m."""
    colors: Array
    """(n, 3), red, green and blue in [0, 1]."""


class MuscleTubes:
    """The tubes of a model's muscles, those that pull on tendons."""

    def __init__(self, model: mujoco.MjModel) -> None:
        """Look up muscles, their tendons and how thick they are."""
        driven = np.flatnonzero(model.actuator_trntype == mujoco.mjtTrn.mjTRN_TENDON)
        self._muscles, self._tendons = driven, model.actuator_trnid[driven, 0]
        force = np.maximum(model.actuator_gainprm[driven, 2], 1.0)
        self._belly = np.minimum(MOST, SLENDER * np.sqrt(force / STRESS / np.pi))
        self._length = model.actuator_length0[driven]
        middle = (np.arange(PIECES) + 0.5) / PIECES
        self._profile = TENDON + (1.0 - TENDON) * np.sin(np.pi * middle)

    def of(self, data: mujoco.MjData, activation: npt.ArrayLike | None) -> Tubes:
        """Return the tubes in a posture.

        Args:
            data: with its tendons' paths, as ``mj_forward`` or ``mj_tendon`` leaves them.
            activation: of every actuator, (nu,), 0 to 1; None: not known.
        """
        points = self._paths(data)
        long = np.linalg.norm(np.diff(points, axis=1), axis=2).sum(axis=1)
        radii = self._belly * np.sqrt(np.clip(self._length / long, 0.5, 2.0))
        given = None if activation is None else np.asarray(activation, np.float64)[self._muscles]
        if given is not None:
            radii = radii * (1.0 + SWELL * np.sqrt(np.clip(given, 0.0, 1.0)))
        colors = muscle_colors(given, len(self._muscles))
        return Tubes(
            points[:, :-1].reshape(-1, 3),
            points[:, 1:].reshape(-1, 3),
            (radii[:, None] * self._profile).ravel(),
            np.repeat(colors, PIECES, axis=0),
        )

    def _paths(self, data: mujoco.MjData) -> Array:
        """Return points along every path, equally far from each other, (muscles, PIECES + 1, 3)."""
        first, number = data.ten_wrapadr[self._tendons], data.ten_wrapnum[self._tendons]
        place = np.minimum(np.arange(number.max()), number[:, None] - 1)  # the last one again
        corners = data.wrap_xpos.reshape(-1, 3)[first[:, None] + place]
        lengths = np.linalg.norm(np.diff(corners, axis=1), axis=2)
        along = np.concatenate([np.zeros((len(first), 1)), np.cumsum(lengths, axis=1)], axis=1)
        wanted = along[:, -1:] * np.linspace(0.0, 1.0, PIECES + 1)
        piece = np.sum(along[:, None, 1:] < wanted[:, :, None], axis=2)
        piece = np.minimum(piece, lengths.shape[1] - 1)
        rows = np.arange(len(first))[:, None]
        share = (wanted - along[rows, piece]) / np.maximum(lengths[rows, piece], 1e-12)
        begin, end = corners[rows, piece], corners[rows, piece + 1]
        points: Array = begin + share[:, :, None] * (end - begin)
        return points
