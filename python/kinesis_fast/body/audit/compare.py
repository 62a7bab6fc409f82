"""What disagrees between a body and a model of OpenSim."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.body.audit.ours import Geometry, MuscleModel, geometry, muscle_model
from kinesis_fast.body.audit.theirs import OpenSimModel
from kinesis_fast.body.couplings import apply_couplings, independent_joints
from kinesis_fast.body.names import muscle_names
from kinesis_fast.errors import InputError

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class MuscleDifference:
    """A muscle in both, largest differences along the motion."""

    name: str
    length: float
    """m, of muscle and tendon."""
    arm: float
    """m, of the moment arm that differs most, and"""
    joint: str
    """about which joint."""
    fibre_length: float
    """Of the optimal one, with tendons that do not stretch."""
    active: float
    """Of the peak force, along the curve of force and length; NaN: not known of theirs."""
    passive: float
    """Likewise, without activation."""
    ours: MuscleModel
    theirs: MuscleModel


@dataclass(frozen=True)
class BodyDifference:
    """A body in both."""

    name: str
    origin: float
    """m, the largest difference of where it is in the axes of the body that carries it."""
    our_mass: float
    their_mass: float
    """kg"""


@dataclass(frozen=True)
class Audit:
    """A body beside a model of OpenSim."""

    muscles: list[MuscleDifference]
    bodies: list[BodyDifference]
    angles: dict[str, Array]
    """Of the motion that was followed, (T,) rad by joint."""
    ours: Geometry
    theirs: Geometry
    only_ours: list[str]
    """Muscles that OpenSim's model lacks."""


def audit(
    model: mujoco.MjModel,
    against: Path,
    qpos: Array,
    on_frame: Callable[[int, int], None] = lambda done, total: None,
) -> Audit:
    """Compare a body with a model of OpenSim along a motion.

    Args:
        model: the body.
        against: OpenSim's model (``.osim``), with muscles, joints and bodies of the same names.
        qpos: the motion, (T, nq) of the body.
        on_frame: told how many of OpenSim's frames are done, of how many.

    Raises:
        InputError: OpenSim is not installed, the file is none of its, or nothing has the same name.
    """
    other = OpenSimModel(against)
    qpos = np.array(qpos, np.float64)
    apply_couplings(model, qpos)
    known = set(other.muscles)
    muscles = [name for name in muscle_names(model) if name in known]
    joints = [name for name in independent_joints(model) if name in other.coordinates]
    if not muscles or not joints:
        raise InputError(
            f"{str(against)!r} has no muscle and joint of the names of this body's: "
            f"its muscles are {', '.join(other.muscles[:3])}, ..."
        )
    carried = {}
    for i in range(1, model.nbody):
        name, parent = model.body(i).name, model.body(int(model.body_parentid[i])).name
        if name in other.bodies and parent in other.bodies:
            carried[name] = parent
    angles = {name: qpos[:, int(model.joint(name).qposadr[0])] for name in joints}
    theirs = other.geometry(angles, muscles, joints, carried, on_frame)
    mine = geometry(model, qpos, joints, list(carried))
    kept = [mine.muscles.index(name) for name in muscles]
    mine = replace(mine, muscles=muscles, length=mine.length[:, kept], arm=mine.arm[:, kept])
    return Audit(
        [
            _muscle(name, m, mine, theirs, muscle_model(model, name), other.muscle_model(name))
            for m, name in enumerate(muscles)
        ],
        [
            BodyDifference(
                name,
                float(np.linalg.norm(mine.origin[:, b] - theirs.origin[:, b], axis=1).max()),
                float(mine.mass[b]),
                float(theirs.mass[b]),
            )
            for b, name in enumerate(carried)
        ],
        angles,
        mine,
        theirs,
        [name for name in muscle_names(model) if name not in known],
    )


def _muscle(
    name: str, m: int, mine: Geometry, theirs: Geometry, ours: MuscleModel, other: MuscleModel
) -> MuscleDifference:
    arms = np.abs(mine.arm[:, m] - theirs.arm[:, m]).max(axis=0)
    fibres = ours.fibre_length(mine.length[:, m]) - other.fibre_length(theirs.length[:, m])
    return MuscleDifference(
        name,
        float(np.abs(mine.length[:, m] - theirs.length[:, m]).max()),
        float(arms.max()),
        mine.joints[int(arms.argmax())],
        float(np.abs(fibres).max()),
        float(np.abs(ours.active - other.active).max()),
        float(np.abs(ours.passive - other.passive).max()),
        ours,
        other,
    )
