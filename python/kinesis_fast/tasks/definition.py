"""What a task is to the rest of the package."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import mujoco

from kinesis_fast import _engine
from kinesis_fast.motions import MotionLibrary
from kinesis_fast.tasks.environment import EnvConfig
from kinesis_fast.tasks.randomise import RandomiseConfig
from kinesis_fast.tasks.trial import Protocol


@dataclass(frozen=True)
class Measure:
    """How a figure that is no reward term is reported: times ``factor``, under another name."""

    name: str
    """Its name in metrics."""
    label: str
    """Its name on displays."""
    unit: str
    factor: float = 1.0


@dataclass(frozen=True)
class ClipProtocol:
    """How a policy is evaluated: every clip once from its start, by the mean action."""

    distance: str
    """The figure, m, that the tracking error (MPJPE) is the mean of."""
    settings: Mapping[str, Any]
    """Fields of the task's configuration."""
    strict: Mapping[str, Any]
    """Fields of the stricter variant, over these."""


@dataclass(frozen=True)
class TaskDefinition:
    """One task: its configuration, the engine's task behind it, and what its figures mean.

    Learning, evaluation and displays know a task by this alone; names of figures they read from
    the environment.
    """

    name: str
    config: type[EnvConfig]
    validate: Callable[[Any], None]
    """Raises InputError for the first value of a configuration that is out of range."""
    native_task: Callable[[Any, mujoco.MjModel, MotionLibrary, _engine.MotionTable], _engine.Task]
    """Makes the engine's task from a configuration, the model, the prepared motions and their
    table."""
    needs_prior: Callable[[Any], bool] = lambda _: False
    """Whether the motions must have a muscle prior."""
    sensor_bodies: Callable[[Any], Sequence[str]] = lambda _: ()
    """Bodies whose velocity the task reads, beside those that every model has sensors of."""
    prepare_motions: Callable[[Any, mujoco.MjModel, MotionLibrary], MotionLibrary] = (
        lambda _config, _model, library: library
    )
    measures: Mapping[str, Measure] = field(default_factory=dict)
    """By the name of the figure."""
    tracked_vectors: Sequence[str] = ()
    """Columns of the observation that hold a polar vector of every tracked body, once or several
    times in turn: what a mirror image needs to know."""
    polar_vectors: Sequence[str] = ()
    """Columns that hold polar vectors of the root in its heading frame, as places and velocities,
    once or several times."""
    axial_vectors: Sequence[str] = ()
    """Columns that hold axial vectors of the root, as of rotations, once or several times."""
    unsided_numbers: Sequence[str] = ()
    """Columns of the observation whose numbers are the same in a mirror, as heights."""
    drawn: Mapping[str, Callable[[], Any]] = field(
        default_factory=lambda: {"randomise": RandomiseConfig}
    )
    """Fields of the configuration that say what trainings draw at random, and what makes a value of
    which nothing is drawn: evaluations have that."""
    library: str = "gait"
    """The built-in motions that bodies follow, or that theirs are planned from, where none are
    named."""
    clips_end: bool = True
    """Whether an episode ends with its clip; otherwise motions are planned on and on."""
    protocol: ClipProtocol | None = None
    """How a policy is evaluated by clips; None: not by them."""
    protocols: Mapping[str, type[Protocol]] = field(default_factory=dict)
    """How else policies are put to the test, by name; the first is what is done unless told."""
    told: str = ""
    """The kept column by which who plays tells bodies what to do: ``command``, where they go and
    face, or ``goal``, a place; empty: they are told nothing."""
