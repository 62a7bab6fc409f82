"""The tasks there are, by name; ``import kinesis_fast`` puts them into gymnasium's registry."""

from __future__ import annotations

from gymnasium.envs.registration import register, registry

TASK_NAMES = ("imitation", "steer", "reach", "walk")
"""Each is a module of :mod:`kinesis_fast.tasks`; here, since to read them from there would import
MuJoCo and the engine."""


def environment_name(task: str) -> str:
    """Return a task's name in gymnasium's registry."""
    return f"kinesis_fast/{task.title().replace('_', '')}-v0"


def register_environments() -> None:
    """Register all, for ``gymnasium.make`` and ``gymnasium.make_vec``; twice does no harm."""
    for task in TASK_NAMES:
        name = environment_name(task)
        if name not in registry:
            register(
                name,
                entry_point="kinesis_fast.envs.single:MuscleEnv",
                vector_entry_point="kinesis_fast.envs.make:make_vec",
                kwargs={"task": task},
            )
