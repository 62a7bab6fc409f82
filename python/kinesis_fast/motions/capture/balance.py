"""What a motion lacks to be a body's: soles that reach the floor, forces that feet can give."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

from kinesis_fast.motions.capture.retarget import RetargetedMotion
from kinesis_fast.motions.prior.estimate import PriorConfig, PriorEstimator

REACH = 0.06
"""m over the floor, up to which feet may push: soles of recordings are some millimetres off, which
would look like a lack of force."""


@dataclass(frozen=True)
class Balance:
    """Two faults of references that look alike in a muscle prior's residual."""

    loaded_sole_mm: float
    """Height of the lowest point of feet, weighted by the force that they must bear."""
    lacking_force_n: float
    """The force on the root that neither foot could give if soles reached the floor, rms."""
    lacking_moment_nm: float
    """The moment, likewise."""


class BalanceMeter:
    """Measures motions of one model; safe to use from several threads."""

    def __init__(self, model: mujoco.MjModel) -> None:
        """Prepare for a model with the legs of the composed ones."""
        config = PriorConfig(contact_height=REACH, highest_contact=REACH)
        self._estimator = PriorEstimator(model, config)

    def measure(self, motion: RetargetedMotion, frame_rate: float) -> Balance:
        """Measure a motion at ``frame_rate``, Hz.

        The forces are those of the muscle prior (:class:`PriorEstimator`) with feet that push from
        up to :data:`REACH` over the floor.
        """
        prior = self._estimator.estimate(motion.qpos, frame_rate)
        load = prior.ground_force[:, :, 2].astype(np.float64)
        square = np.mean(np.square(prior.residual[:, :6], dtype=np.float64), axis=0)
        return Balance(
            1e3 * float(np.sum(load * motion.sole) / max(float(load.sum()), 1e-9)),
            float(np.sqrt(square[:3].sum())),
            float(np.sqrt(square[3:].sum())),
        )
