"""What an environment's observations and actions are in its sagittal mirror image."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinesis_fast.body import independent_joints, muscle_names
from kinesis_fast.body.symmetry import Symmetry, mirrored_name
from kinesis_fast.envs.muscle_vector_env import MuscleVectorEnv
from kinesis_fast.errors import InputError
from kinesis_fast.tasks import environment
from kinesis_fast.tasks.devices import NUMBERS, on_joints

OF_JOINTS = {"joint", "joint_residual"}
"""Control modes that have an action a joint."""
OF_MUSCLES = {"length", "direct", "residual", "joint_residual"}
"""Those that have one a muscle, after those of joints."""


@dataclass(frozen=True)
class Reflection:
    """A row of numbers mirrored: ``row[..., index] * sign``."""

    index: npt.NDArray[np.int64]
    sign: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Mirror:
    """Reflections of an environment's rows; each undoes itself."""

    obs: Reflection
    action: Reflection

    @classmethod
    def of(cls, env: MuscleVectorEnv) -> Mirror:
        """Find the mirror image of an environment.

        Raises:
            InputError: its body or a part of its observation has none.
        """
        return cls(_of_observation(env), _of_action(env))


Part = tuple[Sequence[int], Sequence[float]]
"""Numbers within a part of a row, and their signs."""


def _of_observation(env: MuscleVectorEnv) -> Reflection:
    model, config = env.model, env.config
    symmetry = Symmetry.of(model)
    heading = symmetry.heading
    observed = environment.observed_bodies(config, model)
    tracked = list(env.motions.tracked_bodies)
    muscles = muscle_names(model)
    bodies = [model.body(number).name for number in range(model.nbody)]
    worn = [joint for _, joint in on_joints(config.conditions.devices, model)]
    frames = [symmetry.frame[model.body(name).id] for name in observed]
    axes = [np.concatenate([frame[0] * heading, frame[2] * heading]) for frame in frames]
    parts: dict[str, Callable[[], Part]] = {
        "root_height": lambda: ([0], [1.0]),
        # Cosine and sine of roll, about x, and of pitch, about y.
        "root_tilt": lambda: (range(4), [1.0, -heading[0], 1.0, -heading[1]]),
        "body_pos": lambda: _swapped(observed[1:], heading),
        "body_rot": lambda: (_swapped(observed, np.ones(6))[0], np.concatenate(axes).tolist()),
        "body_vel": lambda: _swapped(observed, heading),
        "body_ang_vel": lambda: _swapped(observed, -heading),
        "foot_contact": lambda: _swapped(environment.touch_sensors(model), np.ones(1)),
        **{
            f"muscle_{name}": lambda: _swapped(muscles, np.ones(1))
            for name in environment.MUSCLE_QUANTITIES
        },
        **{name: lambda: _swapped(muscles, np.ones(1)) for name in ("strength", "fatigue")},
        "added_mass": lambda: _swapped(bodies, np.ones(1)),
        "friction": lambda: ([0], [1.0]),
        "slope": lambda: (range(3), heading.tolist()),
        "ground": lambda: ([at ^ 1 for at in range(14)], [1.0] * 14),  # left and right by turns
        "device": lambda: _swapped(worn, np.ones(NUMBERS)),
    }
    index, sign = [], []
    for name, columns in env.observation_layout.items():
        width = columns.stop - columns.start
        if name in env.task.tracked_vectors:
            times = _times(name, width, 3 * len(tracked), "a vector of every tracked body")
            within, signs = _swapped(tracked, heading)
            each = np.asarray(within)
            where = np.concatenate([each + 3 * len(tracked) * t for t in range(times)])
            part: Part = (where.tolist(), list(signs) * times)
        elif name in env.task.axial_vectors:
            times = _times(name, width, 3, "vectors of the root")
            part = (range(width), np.tile(-heading, times).tolist())
        elif name in env.task.polar_vectors:
            times = _times(name, width, 3, "vectors of the root")
            part = (range(width), np.tile(heading, times).tolist())
        elif name in env.task.unsided_numbers:
            part = (range(width), [1.0] * width)
        elif name in parts:
            part = parts[name]()
        else:
            raise InputError(
                f"the observation's {name} has no mirror image yet; name it in the task's "
                "tracked_vectors, polar_vectors, axial_vectors or unsided_numbers, or train "
                "without ppo.mirror"
            )
        index.append(np.asarray(part[0]) + columns.start)
        sign.append(np.asarray(part[1]))
    return Reflection(np.concatenate(index).astype(np.int64), np.concatenate(sign).astype("f4"))


def _times(name: str, width: int, each: int, what: str) -> int:
    if width == 0 or width % each:
        raise InputError(
            f"the observation's {name} has {width} numbers and is said to hold {what}, of {each}"
        )
    return width // each


def _of_action(env: MuscleVectorEnv) -> Reflection:
    model, mode = env.model, env.config.control_mode
    if mode not in OF_JOINTS | OF_MUSCLES:
        raise InputError(
            f"actions of control mode {mode!r} have no mirror image yet; train without ppo.mirror"
        )
    index: list[int] = []
    sign: list[float] = []
    if mode in OF_JOINTS:
        symmetry = Symmetry.of(model)
        joints = independent_joints(model)
        index += _swapped(joints, np.ones(1))[0]
        sign += [float(symmetry.joint_sign[model.joint(name).id]) for name in joints]
    if mode in OF_MUSCLES:
        first = len(index)
        within, signs = _swapped(muscle_names(model), np.ones(1))
        index += [first + i for i in within]
        sign += list(signs)
    return Reflection(np.array(index, dtype=np.int64), np.array(sign, dtype=np.float32))


def _swapped(names: Sequence[str], signs: npt.NDArray[np.float64]) -> Part:
    """Where the numbers of every name's mirror image are, as many a name as there are signs."""
    width = len(signs)
    index = []
    for name in names:
        image = mirrored_name(name)
        place = names.index(image) if image in names else names.index(name)
        index += [width * place + k for k in range(width)]
    return index, np.tile(signs, len(names)).tolist()
