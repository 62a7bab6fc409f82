"""Make an environment from names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kinesis_fast import config, models
from kinesis_fast.envs.muscle_vector_env import MuscleVectorEnv
from kinesis_fast.errors import InputError, did_you_mean
from kinesis_fast.motions import MotionLibrary, load_motions
from kinesis_fast.motions.prior_estimation import with_prior
from kinesis_fast.tasks import imitation

TASKS = ("imitation",)


def make_vec(
    task: str = "imitation",
    num_envs: int = 1,
    motions: str | Path | MotionLibrary = "gait",
    num_threads: int = 0,
    seed: int = 0,
    *,
    split: str = "all",
    clips: list[str] | None = None,
    **overrides: Any,
) -> MuscleVectorEnv:
    """Make ``num_envs`` muscle-driven environments that are stepped together.

    Args:
        task: ``"imitation"``.
        num_envs: environments, at least 1.
        motions: ``"gait"``, the path of a motion file, or a library; see ``load_motions``.
        num_threads: threads of the engine, the caller's among them; 0: one per logical CPU.
        seed: of the start states, not negative.
        split: use the clips of this split only; ``"all"`` uses every clip, ``"auto"`` the split
            ``train`` where there is one.
        clips: use these clips only.
        overrides: fields of :class:`~kinesis_fast.tasks.imitation.ImitationConfig`; ``reward``
            takes a mapping of its fields.

    Raises:
        InputError: any of these is unknown or out of range; the message has the remedy.
    """
    if task not in TASKS:
        raise InputError(f"unknown task {task!r}{did_you_mean(task, TASKS)}")
    settings = config.merge(imitation.ImitationConfig, overrides)
    imitation.validate(settings)
    model = models.load_model(
        settings.model,
        timestep=settings.timestep,
        sensor_bodies=[*settings.tracked_bodies, *settings.observed_bodies],
    )
    library = load_motions(motions, model, split=split, clips=clips or ())
    if settings.reference == "source":
        library = library.with_source_reference()
    if imitation.needs_prior(settings):
        library = with_prior(library, model)
    if settings.tracked_bodies and tuple(settings.tracked_bodies) != library.tracked_bodies:
        library = library.track(model, settings.tracked_bodies)
    return MuscleVectorEnv(
        model, library, settings, num_envs=num_envs, num_threads=num_threads, seed=seed
    )
