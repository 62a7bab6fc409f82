"""The environment that a training configuration describes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import mujoco

from kinesis_fast import config as configuration
from kinesis_fast.envs import MuscleVectorEnv
from kinesis_fast.envs.make import make_vec, prepare
from kinesis_fast.learn.config import TrainConfig
from kinesis_fast.learn.distributed import threads_here
from kinesis_fast.motions import MotionLibrary
from kinesis_fast.settings import Of, settings_of
from kinesis_fast.tasks import EnvConfig, find_task


def prepare_motions(
    config: TrainConfig,
    *,
    motions: str | Path | MotionLibrary | None = None,
    split: str | None = None,
    clips: Sequence[str] | None = None,
    **changes: Any,
) -> tuple[mujoco.MjModel, MotionLibrary]:
    """Return the model and the motions of a training's environments.

    ``motions``, ``split`` and ``clips`` stand in for the configuration's, ``changes`` for fields of
    ``config.env``.
    """
    return prepare(
        find_task(config.task),
        replace(config.env, **changes),
        config.motions if motions is None else motions,
        split=config.split if split is None else split,
        clips=config.clips if clips is None else clips,
    )


def make_training_env(
    config: TrainConfig,
    *,
    motions: str | Path | MotionLibrary | None = None,
    split: str | None = None,
    clips: Sequence[str] | None = None,
    num_envs: int | None = None,
    num_threads: int | None = None,
    seed: int | None = None,
    render_mode: str | None = None,
    randomised: bool = False,
    **changes: Any,
) -> MuscleVectorEnv:
    """Make the environments that a configuration describes.

    Arguments stand in for the configuration's own, ``changes`` for fields of ``config.env``; they
    are taken as they are, unchecked. What the configuration would have drawn at random is only
    where ``randomised`` is true, as in training.
    """
    if not randomised:
        nothing = {name: make() for name, make in find_task(config.task).drawn.items()}
        changes = {**nothing, **changes}
    model, library = prepare_motions(config, motions=motions, split=split, clips=clips, **changes)
    return MuscleVectorEnv(
        model,
        library,
        replace(config.env, **changes),
        find_task(config.task),
        num_envs=config.num_envs if num_envs is None else num_envs,
        num_threads=threads_here(config.num_threads) if num_threads is None else num_threads,
        seed=config.seed if seed is None else seed,
        render_mode=render_mode,
    )


def task_settings(config: TrainConfig, task: str) -> dict[str, Any]:
    """Return the settings of another task in which a training's policy can act.

    Body, control, conditions, observation and what is tracked are the training's; everything else
    is left to the task.
    """
    stored = configuration.to_dict(config.env)
    theirs = type(config.env)
    shared = {field.name for field in fields(EnvConfig)} - set(settings_of(theirs, Of.EPISODES))
    shared |= {*settings_of(theirs, Of.POLICY), *settings_of(theirs, Of.FOLLOWING)}
    shared -= set(find_task(config.task).drawn)
    known = {field.name for field in fields(find_task(task).config)}
    return {name: stored[name] for name in stored if name in shared & known}


def make_acting_env(
    config: TrainConfig,
    task: str,
    motions: str | Path | MotionLibrary | None = None,
    **settings: Any,
) -> MuscleVectorEnv:
    """Make environments of any task in which a training's policy acts; ended episodes wait.

    Args:
        config: of the training.
        task: what the environments are for.
        motions: what bodies follow, or what their motion is planned from; None: the task's own.
        settings: as of :func:`kinesis_fast.make_vec`, over :func:`task_settings`.

    Raises:
        InputError: as :func:`kinesis_fast.make_vec`.
    """
    definition = find_task(task)
    given = {**task_settings(config, task), "auto_reset": False, **settings}
    return make_vec(task, motions=definition.library if motions is None else motions, **given)
