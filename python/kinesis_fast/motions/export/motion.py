"""One clip as writers of files take it."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.motions.kinematics import BatchKinematics
from kinesis_fast.motions.library import MotionLibrary

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Motion:
    """A clip, its model, and where the model's bodies are."""

    name: str
    model: mujoco.MjModel
    frame_rate: float
    """Hz."""
    first_time: float
    """On the recording's clock, s."""
    qpos: Array
    """(T, nq)."""
    body_pos: Array
    """(T, bodies, 3) m, world axes."""
    body_rot: Array
    """(T, bodies, 3, 3)."""

    @classmethod
    def of(cls, library: MotionLibrary, number: int, model: mujoco.MjModel) -> Motion:
        """Return a clip of a library that was made for the model."""
        rows = slice(int(library.first_frame[number]), int(library.first_frame[number + 1]))
        clip = library.clips[number]
        first_time = float(clip.attributes.get("first_time", 0.0))
        return cls.posed(clip.name, model, clip.frame_rate, first_time, library.arrays.qpos[rows])

    @classmethod
    def posed(
        cls,
        name: str,
        model: mujoco.MjModel,
        frame_rate: float,
        first_time: float,
        qpos: npt.ArrayLike,
    ) -> Motion:
        """Return a motion of joint positions, (T, nq)."""
        rows = np.array(qpos, dtype=np.float64)
        kinematics = BatchKinematics(model)
        kinematics.forward(rows)
        return cls(
            name,
            model,
            frame_rate,
            first_time,
            rows,
            kinematics.body_pos,
            kinematics.body_rot,
        )

    @property
    def time(self) -> Array:
        """Of every frame, s."""
        times: Array = self.first_time + np.arange(len(self.qpos)) / self.frame_rate
        return times

    def place(self, body: str) -> Array:
        """Return the path (T, 3) of a body's origin, m."""
        path: Array = self.body_pos[:, self.model.body(body).id]
        return path
