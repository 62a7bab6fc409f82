"""The muscle prior of motions: the arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError

Frames = npt.NDArray[np.float32]


@dataclass(frozen=True)
class MusclePrior:
    """The estimate, a row a frame of a library's clips; float32.

    ``torque`` (frames, joints) N m, what muscles should make at the independent joints;
    ``activation`` and ``excitation`` (frames, muscles), 0..1; ``residual`` (frames, 6 + joints),
    what nothing makes: force (N, world axes) and moment (N m, body axes) on the root, then the
    joints' torques (N m); ``ground_force`` (frames, feet, 3) N, of the floor on each foot, world
    axes.
    """

    torque: Frames
    activation: Frames
    excitation: Frames
    residual: Frames
    ground_force: Frames

    def rows(self, chosen: slice | npt.NDArray[np.int64]) -> MusclePrior:
        """Return some frames: views of a slice, copies of others."""
        return MusclePrior(*(getattr(self, f.name)[chosen] for f in fields(self)))

    def named(self) -> Iterator[tuple[str, Frames]]:
        """Yield names and arrays."""
        for entry in fields(self):
            yield entry.name, getattr(self, entry.name)

    def check(self, frames: int) -> None:
        """Raise InputError unless the arrays' shapes agree with each other and with ``frames``."""
        joints, muscles = self.torque.shape[-1], self.activation.shape[-1]
        feet = self.ground_force.shape[1] if self.ground_force.ndim == 3 else 0
        expected: dict[str, tuple[int, ...]] = {
            "torque": (frames, joints),
            "activation": (frames, muscles),
            "excitation": (frames, muscles),
            "residual": (frames, 6 + joints),
            "ground_force": (frames, feet, 3),
        }
        for name, array in self.named():
            if array.shape != expected[name]:
                raise InputError(
                    f"the muscle prior's {name} has shape {array.shape}; the clips need "
                    f"{expected[name]}"
                )

    def check_model(self, joints: int, muscles: int) -> None:
        """Raise InputError unless the prior is of a model with so many joints and muscles."""
        found = (self.torque.shape[1], self.activation.shape[1])
        if found != (joints, muscles):
            raise InputError(
                f"the motions' muscle prior is of a model with {found[0]} independent joints and "
                f"{found[1]} muscles; this one has {joints} and {muscles}. Make it again with: "
                "kinesis-fast motions prior"
            )
