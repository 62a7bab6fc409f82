"""Make environments: from names, or from what a configuration says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mujoco
from gymnasium.vector import AutoresetMode

from kinesis_fast import config as configuration
from kinesis_fast.body import load_model
from kinesis_fast.envs.muscle_vector_env import MuscleVectorEnv
from kinesis_fast.errors import InputError
from kinesis_fast.motions import MotionLibrary, load_motions
from kinesis_fast.motions.prior.default import with_prior
from kinesis_fast.tasks import EnvConfig, TaskDefinition, find_task
from kinesis_fast.tasks.environment import MODES_WITH_PRIOR


def make_vec(
    task: str = "imitation",
    num_envs: int = 1,
    motions: str | Path | MotionLibrary | None = None,
    num_threads: int = 0,
    seed: int = 0,
    *,
    split: str = "all",
    clips: list[str] | None = None,
    render_mode: str | None = None,
    autoreset_mode: str | AutoresetMode | None = None,
    **overrides: Any,
) -> MuscleVectorEnv:
    """Make ``num_envs`` muscle-driven environments that are stepped together.

    Args:
        task: ``"imitation"``, ``"steer"`` or ``"reach"``.
        num_envs: environments, at least 1.
        motions: ``"gait"`` or another built-in library, the path of a motion file, or a library;
            see ``load_motions``. None: the task's own built-in library.
        num_threads: threads of the engine, the caller's among them; 0: one per logical CPU.
        seed: of the start states, not negative.
        split: use the clips of this split only; ``"all"`` uses every clip, ``"auto"`` the split
            ``train`` where there is one.
        clips: use these clips only.
        render_mode: ``rgb_array`` where pictures are to be drawn by ``render``.
        autoreset_mode: when ended episodes begin anew: ``same_step``, ``next_step`` (as gymnasium's
            ``NormalizeObservation`` asks for) or ``disabled``. None: ``same_step``, or as
            ``auto_reset`` among the overrides says.
        overrides: fields of the task's configuration, of imitation
            :class:`~kinesis_fast.tasks.imitation.ImitationConfig`; ``reward`` takes a mapping of
            its fields.

    Raises:
        InputError: any of these is unknown or out of range; the message has the remedy.
    """
    definition = find_task(task)
    settings: EnvConfig = configuration.merge(definition.config(), overrides)
    definition.validate(settings)
    chosen = definition.library if motions is None else motions
    model, library = prepare(definition, settings, chosen, split=split, clips=clips or ())
    return MuscleVectorEnv(
        model,
        library,
        settings,
        definition,
        num_envs=num_envs,
        num_threads=num_threads,
        seed=seed,
        render_mode=render_mode,
        autoreset_mode=autoreset_mode,
    )


def prepare(
    task: TaskDefinition,
    settings: EnvConfig,
    motions: str | Path | MotionLibrary,
    *,
    split: str = "all",
    clips: Sequence[str] = (),
) -> tuple[mujoco.MjModel, MotionLibrary]:
    """Return the model and the motions that environments of a checked configuration are made of.

    Raises:
        InputError: the model or the motions cannot be used, or do not fit the task.
    """
    model = load_model(
        settings.model,
        timestep=settings.timestep,
        sensor_bodies=[*task.sensor_bodies(settings), *settings.observed_bodies],
    )
    library = load_motions(motions, model, split=split, clips=clips)
    library = task.prepare_motions(settings, model, library)
    if task.needs_prior(settings):
        try:
            library = with_prior(library, model)
        except InputError as error:
            mode = settings.control_mode
            if mode not in MODES_WITH_PRIOR:
                raise
            raise InputError(
                f"control_mode is {mode!r}, which starts from the motions' muscle prior, but "
                f"{error}; control_mode 'length' and 'direct' go without"
            ) from error
    return model, library
