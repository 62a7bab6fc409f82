"""Muscles coloured by what they do."""

from __future__ import annotations

import mujoco
import numpy as np
import numpy.typing as npt

RESTING = np.array([0.86, 0.76, 0.72])
ACTIVE = np.array([0.88, 0.03, 0.03])
UNKNOWN = np.array([0.62, 0.62, 0.62])


def color_muscles(model: mujoco.MjModel, activation: npt.NDArray[np.float64] | None) -> None:
    """Colour a model's muscles from pale, at rest, to red; grey where activations are not known.

    By the square root, so that the tenth of its activation that a muscle walks with is seen.

    Args:
        model: whose tendons' colours are set.
        activation: of every muscle, (nu,), 0 to 1; None: not known.
    """
    driven = model.actuator_trntype == mujoco.mjtTrn.mjTRN_TENDON
    tendons = model.actuator_trnid[driven, 0]
    if activation is None:
        model.tendon_rgba[tendons, :3] = UNKNOWN
        return
    share = np.sqrt(np.clip(activation, 0.0, 1.0))[driven, None]
    model.tendon_rgba[tendons, :3] = RESTING + share * (ACTIVE - RESTING)
