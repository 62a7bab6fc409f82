"""What upright, straight and flat are in a source's skeleton: its lines of joints at rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError

Array = npt.NDArray[np.float64]

MOST_BENT = np.deg2rad(25.0)
"""A leg whose lines lean further at rest, or bend so far at the knee, is not a straight one, rad.
Skeletons of studios, SMPL's and Poser's have up to 11 degrees."""


@dataclass(frozen=True)
class Rest:
    """Lines of joints of a person who stands upright on flat feet that point forward."""

    pelvis_tilt: float = 0.0
    """By how much the line from the hips to ``spine`` leans back, rad."""
    leg_line: tuple[float, float] | None = None
    """How far ahead the lines from hip to knee and from knee to ankle lead down a straight leg,
    rad; None: as the model's."""
    foot_line: tuple[float, float] | None = None
    """By how much the line from ankle to toe falls, and how far it points outwards, rad; None: as
    the model's."""

    @classmethod
    def of(cls, places: Mapping[str, Array]) -> Rest:
        """Measure a skeleton at rest.

        Args:
            places: of hips, spine, knees, ankles and toes, (3,) each, m, x forward, y left, z up.

        Raises:
            InputError: the pelvis has no upright.
        """
        up = places["spine"] - 0.5 * (places["hip_r"] + places["hip_l"])
        if np.linalg.norm(up) < 1e-6:
            raise InputError(
                "the spine's first joint lies between the hips; the pelvis has no upright"
            )
        legs, feet = [], []
        for side, left in (("r", -1.0), ("l", 1.0)):
            foot = places[f"toe_{side}"] - places[f"ankle_{side}"]
            fall = np.arctan2(-foot[2], np.hypot(foot[0], foot[1]))
            feet.append((fall, left * np.arctan2(foot[1], foot[0])))
            thigh = places[f"knee_{side}"] - places[f"hip_{side}"]
            shank = places[f"ankle_{side}"] - places[f"knee_{side}"]
            legs.append((np.arctan2(thigh[0], -thigh[2]), np.arctan2(shank[0], -shank[2])))
        thigh_line, shank_line = (float(v) for v in np.mean(legs, axis=0))
        bent = max(abs(thigh_line), abs(shank_line), abs(thigh_line - shank_line))
        fall, yaw = (float(v) for v in np.mean(feet, axis=0))
        return cls(
            float(np.arctan2(-up[0], up[2])),
            (thigh_line, shank_line) if bent < MOST_BENT else None,
            (fall, yaw),
        )
