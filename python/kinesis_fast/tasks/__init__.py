"""Tasks, by name: what environments are for."""

from kinesis_fast.errors import InputError, did_you_mean
from kinesis_fast.tasks import imitation, reach, steer
from kinesis_fast.tasks.definition import ClipProtocol, Measure, TaskDefinition
from kinesis_fast.tasks.environment import EnvConfig

TASKS: dict[str, TaskDefinition] = {
    task.name: task for task in (imitation.TASK, reach.TASK, steer.TASK)
}
"""Every task there is; a new one is a module of its own and a name here."""
DEFAULT_TASK = imitation.TASK.name


def find_task(name: str) -> TaskDefinition:
    """Return the task of a name.

    Raises:
        InputError: there is none; names the nearest.
    """
    if name not in TASKS:
        raise InputError(f"unknown task {name!r}{did_you_mean(name, TASKS)}")
    return TASKS[name]


__all__ = [
    "DEFAULT_TASK",
    "TASKS",
    "ClipProtocol",
    "EnvConfig",
    "Measure",
    "TaskDefinition",
    "find_task",
]
