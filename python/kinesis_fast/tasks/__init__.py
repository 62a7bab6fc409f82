"""Tasks, by name: what environments are for."""

from importlib import import_module

from kinesis_fast.errors import InputError, did_you_mean
from kinesis_fast.registration import TASK_NAMES
from kinesis_fast.tasks.definition import ClipProtocol, Measure, TaskDefinition
from kinesis_fast.tasks.environment import EnvConfig

TASKS: dict[str, TaskDefinition] = {
    name: import_module(f"{__name__}.{name}").TASK for name in TASK_NAMES
}
"""Every task there is; a new one is a module of its own and a name in :data:`TASK_NAMES`."""
DEFAULT_TASK = "imitation"


def find_task(name: str) -> TaskDefinition:
    """Return the task of a name.

    Raises:
        InputError: there is none; names the nearest.
    """
    if name not in TASKS:
        raise InputError(f"unknown task {name!r}{did_you_mean(name, TASKS)}")
    return TASKS[name]


def told_tasks() -> list[str]:
    """Return the names of the tasks in which a body can be told what to do."""
    return [name for name, task in TASKS.items() if task.told]


__all__ = [
    "DEFAULT_TASK",
    "TASKS",
    "ClipProtocol",
    "EnvConfig",
    "Measure",
    "TaskDefinition",
    "find_task",
    "told_tasks",
]
