"""What motions ask of joints, muscles and floor, estimated without touching the simulation.

Inverse dynamics of a motion gives the joint torques together with the floor's forces, and least
muscle effort shares them among muscles. Policies start from it (control modes ``joint`` and
``residual``), and it is a first estimate of muscle activity in its own right.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast import _engine
from kinesis_fast.body import by_name, muscle_names
from kinesis_fast.body.legs import sole_spheres
from kinesis_fast.errors import InputError
from kinesis_fast.motions.capture.resample import low_pass
from kinesis_fast.motions.clips import Clip
from kinesis_fast.motions.library import MotionLibrary
from kinesis_fast.motions.looping import recording_clock
from kinesis_fast.motions.prior.arrays import MusclePrior
from kinesis_fast.motions.prior.derivatives import NYQUIST_SHARE, motion_derivatives, step_frequency
from kinesis_fast.motions.prior.ground_forces import CONTACT, GroundForces, pressure_under_feet
from kinesis_fast.native_settings import filled

Array = npt.NDArray[np.float64]

WALKING_STEPS = 1.85
"""Steps a second, Hz, up to which the filters stay as they are: running's motion is faster."""


@dataclass
class PriorConfig:
    """Weights of the estimate; see ``docs/muscle_prior.md``."""

    cutoff: float = 5.0
    """Hz, of the low-pass filter of the motion; faster steps than walking's raise both filters."""
    path_cutoff: float = 3.5
    """Hz, of that of the root's path, which carries most of the body's weight."""
    friction: float = 1.0
    """Of the pyramids that contact forces lie in."""
    torque_weight: float = 30.0
    """Of a squared joint residual, 1/(N m)^2, where a full activation of one muscle costs 1."""
    root_force_weight: float = 3e-4
    """Of a squared root force residual, 1/N^2."""
    root_torque_weight: float = 3e-3
    """Of a squared root moment residual, 1/(N m)^2."""
    contact_weight: float = 2e-6
    """Of a squared contact force on the floor, 1/N^2."""
    contact_height: float = 0.001
    """m over the floor at which that weight doubles."""
    highest_contact: float = 0.04
    """m, above which a part of a foot cannot push."""
    floor_window: float = 0.6
    """s before and after a moment in which soles that stand tell where the recording has its
    floor."""
    floor_slack: float = 0.0015
    """m by which that may be off before it counts."""
    effort_weights: dict[str, float] = field(default_factory=dict)
    """Weights of squared activations by muscle name; others 1."""


class PriorEstimator:
    """Estimates priors for the motions of one model; safe to use from several threads."""

    def __init__(self, model: mujoco.MjModel, config: PriorConfig | None = None) -> None:
        """Measure the model.

        Raises:
            InputError: a weight is out of range, or of an unknown muscle.
        """
        self.model = model
        self.config = config or PriorConfig()
        _check(self.config)
        self._feet = sole_spheres(model)
        native = filled(
            _engine.MotionPriorConfig,
            self.config,
            feet=self._feet,
            effort_weight=by_name(
                "effort_weights", self.config.effort_weights, muscle_names(model), 1.0
            ),
        )
        self._native = _engine.MotionPrior(model._address, native)

    def estimate(self, qpos: npt.ArrayLike, frame_rate: float) -> MusclePrior:
        """Return the prior of one clip, contact forces unknown.

        Args:
            qpos: joint positions, (T, nq).
            frame_rate: Hz.
        """
        q, v, a = self._derivatives(qpos, frame_rate)
        reach = round(self.config.floor_window * frame_rate)
        return self._gather(
            self._native.solve(q, v, a, floor_frames=reach, timestep=1.0 / frame_rate), frame_rate
        )

    def estimate_measured(
        self,
        qpos: npt.ArrayLike,
        clip: Clip,
        forces: GroundForces,
        *,
        as_measured: bool = False,
    ) -> MusclePrior:
        """Return the prior of one clip with measured contact forces.

        Forces are scaled to the model's weight, by what its motion takes vertically, and pass the
        same filter as the motion; see :func:`pressure_under_feet` for where they act.

        Args:
            qpos: joint positions, (T, nq).
            clip: whose ``first_time`` puts it on the forces' clock.
            forces: of the whole recording.
            as_measured: the model has the person's size and mass and moves where she did: take
                forces as large as they were, where they were.
        """
        q, v, a = self._derivatives(qpos, clip.frame_rate)
        at = forces.at(recording_clock(clip, np.arange(clip.frames) / clip.frame_rate))
        rate = clip.frame_rate
        cutoff = min(self.config.cutoff * self._pace(qpos, rate), NYQUIST_SHARE * rate)
        smooth = low_pass(at.force.reshape(len(q), -1), rate, cutoff)
        force = smooth.reshape(at.force.shape)
        force[at.force[:, :, 2] <= CONTACT] = 0.0
        total = float(force[:, :, 2].sum())
        if total <= 0.0:
            raise InputError("the ground forces are nowhere above 20 N during the motion")
        if as_measured:
            found = self._native.solve(q, v, a, force, at.pressure, timestep=1.0 / rate)
            return self._gather(found, rate)
        places = pressure_under_feet(at, self._soles(q))
        # Without forces the root's residual is all that the floor must give.
        nothing = np.zeros_like(force)
        needed = self._native.solve(q, v, a, nothing, places, timestep=1.0 / rate)["residual"][:, 2]
        force *= float(needed.sum()) / total
        found = self._native.solve(q, v, a, force, places, timestep=1.0 / rate)
        return self._gather(found, rate)

    def _derivatives(self, qpos: npt.ArrayLike, frame_rate: float) -> tuple[Array, Array, Array]:
        pace = self._pace(qpos, frame_rate)
        return motion_derivatives(
            self.model,
            np.asarray(qpos),
            frame_rate,
            cutoff=self.config.cutoff * pace,
            path_cutoff=self.config.path_cutoff * pace,
        )

    def _pace(self, qpos: npt.ArrayLike, frame_rate: float) -> float:
        """Return how much faster a motion steps than walking does, at least 1."""
        frequency = step_frequency(self.model, np.asarray(qpos), frame_rate)
        return max(1.0, frequency / WALKING_STEPS)

    def _gather(self, found: dict[str, Array], frame_rate: float) -> MusclePrior:
        activation = found["activation"]
        return MusclePrior(
            torque=found["torque"].astype(np.float32),
            activation=activation.astype(np.float32),
            excitation=excitations(self.model, activation, frame_rate).astype(np.float32),
            residual=found["residual"].astype(np.float32),
            ground_force=found["force"].astype(np.float32),
        )

    def _soles(self, qpos: Array) -> Array:
        """Points of each foot's sole, (T, 2, points, 3), m."""
        data = mujoco.MjData(self.model)
        points = np.zeros((len(qpos), len(self._feet), len(self._feet[0]), 3))
        for t, row in enumerate(qpos):
            data.qpos[:] = row
            mujoco.mj_kinematics(self.model, data)
            for i, foot in enumerate(self._feet):
                for k, sphere in enumerate(foot):
                    axes = data.xmat[sphere.body].reshape(3, 3)
                    points[t, i, k] = data.xpos[sphere.body] + axes @ sphere.centre
        return points


def estimate_priors(
    estimator: PriorEstimator,
    library: MotionLibrary,
    *,
    num_threads: int = 0,
    on_clip: Callable[[int], None] = lambda _: None,
) -> MusclePrior:
    """Return the prior of every clip of a library, contact forces unknown.

    Args:
        estimator: for the motions' model.
        library: the motions.
        num_threads: 0: one per CPU.
        on_clip: told the number of each clip that is done.
    """
    parts: list[MusclePrior] = []

    def one(number: int) -> MusclePrior:
        rows = slice(int(library.first_frame[number]), int(library.first_frame[number + 1]))
        return estimator.estimate(library.arrays.qpos[rows], library.clips[number].frame_rate)

    with ThreadPoolExecutor(num_threads or os.cpu_count() or 1) as pool:
        for number, part in enumerate(pool.map(one, range(len(library.clips)))):
            parts.append(part)
            on_clip(number)
    names = [f.name for f in fields(MusclePrior)]
    return MusclePrior(*(np.concatenate([getattr(p, n) for p in parts]) for n in names))


def excitations(model: mujoco.MjModel, activation: Array, frame_rate: float) -> Array:
    """Return excitations (T, muscles) that make activations (T, muscles), clipped to [0, 1].

    u = a + tau(a) da/dt, MuJoCo's muscle dynamics (Millard et al. 2013, eq. 1) solved for u, with
    central differences.
    """
    if len(activation) < 2:
        return np.array(activation)
    rate = np.gradient(activation, axis=0) * frame_rate
    growth = 0.5 + 1.5 * activation
    rising, falling = model.actuator_dynprm[:, 0], model.actuator_dynprm[:, 1]
    constant = np.where(rate > 0, rising * growth, falling / growth)
    clipped: Array = np.clip(activation + constant * rate, 0.0, 1.0)
    return clipped


def _check(config: PriorConfig) -> None:
    for name in (f.name for f in fields(PriorConfig) if f.name != "effort_weights"):
        value = getattr(config, name)
        if not 0.0 < value <= 1e6:
            raise InputError(f"{name} is {value}; it must be in (0, 1e+06]")
    if config.contact_height > config.highest_contact:
        raise InputError(
            f"contact_height is {config.contact_height:g} m; it must be at most highest_contact, "
            f"{config.highest_contact:g} m (0.003 is 3 mm)"
        )
