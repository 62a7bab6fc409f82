"""What OpenSim says of a model's muscles and bones along a motion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kinesis_fast.body.audit.ours import FIBRE_LENGTHS, Geometry, MuscleModel
from kinesis_fast.errors import InputError

Array = npt.NDArray[np.float64]


def opensim() -> Any:
    """Return the module of OpenSim, silent.

    Raises:
        InputError: it is not installed.
    """
    try:
        import opensim as module
    except ImportError as error:
        raise InputError("OpenSim is not installed; pip install 'kinesis_fast[opensim]'") from error
    module.Logger.setLevelString("Off")
    return module


class OpenSimModel:
    """A model file of OpenSim."""

    def __init__(self, path: Path) -> None:
        """Read it.

        Raises:
            InputError: no such file, none of OpenSim's, or OpenSim is not installed.
        """
        if not path.is_file():
            raise InputError(f"model file {str(path)!r} does not exist")
        self._opensim = opensim()
        try:
            self.model = self._opensim.Model(str(path))
            for coordinate in self.model.getCoordinateSet():
                # What is locked would stay where it is; what is clamped, at its range's end.
                coordinate.setDefaultLocked(False)
                coordinate.setDefaultClamped(False)
            self.state = self.model.initSystem()
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[0]
            raise InputError(f"OpenSim cannot read {str(path)!r}: {reason}") from error
        self._coordinates = {c.getName(): c for c in self.model.getCoordinateSet()}
        self._muscles = {m.getName(): m for m in self.model.getMuscles()}
        self._bodies = {b.getName(): b for b in self.model.getBodySet()}

    @property
    def coordinates(self) -> list[str]:
        """Names of what can be posed."""
        return list(self._coordinates)

    @property
    def muscles(self) -> list[str]:
        """Their names."""
        return list(self._muscles)

    @property
    def bodies(self) -> list[str]:
        """Their names."""
        return list(self._bodies)

    def geometry(
        self,
        angles: Mapping[str, Array],
        muscles: list[str],
        joints: list[str],
        carried: Mapping[str, str],
        on_frame: Callable[[int, int], None] = lambda done, total: None,
    ) -> Geometry:
        """Return what OpenSim says of a motion's frames.

        Args:
            angles: of coordinates, (T,) rad, by name; others stay as the model has them.
            muscles: which.
            joints: the coordinates about which arms are wanted.
            carried: bodies, and the body in whose axes each one's origin is wanted.
            on_frame: told how many frames are done, of how many.
        """
        for coordinate in self._coordinates.values():
            coordinate.setLocked(self.state, False)
            coordinate.setClamped(self.state, False)
        frames = len(next(iter(angles.values())))
        length = np.zeros((frames, len(muscles)))
        arm = np.zeros((frames, len(muscles), len(joints)))
        origin = np.zeros((frames, len(carried), 3))
        for t in range(frames):
            self._pose({name: float(path[t]) for name, path in angles.items()})
            for m, name in enumerate(muscles):
                muscle = self._muscles[name]
                length[t, m] = muscle.getLength(self.state)
                for j, joint in enumerate(joints):
                    arm[t, m, j] = muscle.computeMomentArm(self.state, self._coordinates[joint])
            for b, (body, parent) in enumerate(carried.items()):
                frame = self._bodies[body].findTransformBetween(self.state, self._bodies[parent])
                origin[t, b] = frame.p().to_numpy()
            on_frame(t + 1, frames)
        mass = np.array([self._bodies[body].getMass() for body in carried])
        return Geometry(muscles, joints, list(carried), length, arm, origin, mass)

    def muscle_model(self, name: str) -> MuscleModel:
        """Return a muscle's parameters, and Millard's curves where it has them."""
        muscle = self._muscles[name]
        pennation = float(muscle.getPennationAngleAtOptimalFiberLength())
        millard = self._opensim.Millard2012EquilibriumMuscle.safeDownCast(muscle)
        active = passive = np.full(len(FIBRE_LENGTHS), np.nan)
        if millard is not None:
            curves = (millard.getActiveForceLengthCurve(), millard.getFiberForceLengthCurve())
            active, passive = (
                np.array([curve.calcValue(float(at)) for at in FIBRE_LENGTHS]) for curve in curves
            )
        return MuscleModel(
            float(muscle.getMaxIsometricForce()) * float(np.cos(pennation)),
            float(muscle.getOptimalFiberLength()),
            float(muscle.getTendonSlackLength()),
            pennation,
            active,
            passive,
        )

    def _pose(self, values: Mapping[str, float]) -> None:
        *first, (last, angle) = values.items()
        for name, value in first:
            self._coordinates[name].setValue(self.state, value, False)
        # Constraints (a patella that follows its knee) are met once all stand.
        self._coordinates[last].setValue(self.state, angle, True)
        self.model.realizePosition(self.state)
