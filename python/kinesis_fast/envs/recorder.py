"""What happens inside control steps, for those who want to see it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kinesis_fast import _engine

RECORDABLE: tuple[str, ...] = tuple(_engine.FieldRecorder.known_fields())
"""Fields of ``mjData`` that :meth:`MuscleVectorEnv.record` can keep, and ``ground_force``: 3
numbers a body, N, world frame, of the contacts with what is fixed to the world."""


class Recorder:
    """Chosen fields of ``mjData`` at the physics steps of the last control step.

    As ``mj_step`` leaves them: positions and velocities are those after the step, what derives from
    them (lengths, forces, sensors) belongs to the state before it.
    """

    def __init__(self, native: _engine.FieldRecorder) -> None:
        """Show what the engine's recorder, ``native``, keeps."""
        self._values = native.values()
        self._columns = native.columns

    def last(self) -> dict[str, npt.NDArray[np.float64]]:
        """Return each field, (num_envs, substeps, size), by name: live views.

        Rows of an environment that waits for a reset are those of its last step.
        """
        return {name: self._values[:, :, part] for name, part in self._columns.items()}
