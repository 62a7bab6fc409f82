"""Scripts: what to do when, as a YAML list."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kinesis_fast.errors import InputError, did_you_mean
from kinesis_fast.t2m.generating import plan_of
from kinesis_fast.yaml_file import read_yaml

if TYPE_CHECKING:
    from kinesis_fast.play.session import PlaySession

FIELDS = {
    "time": "s from the start",
    "speed": "m/s",
    "direction": "degrees to the left of the facing at the start",
    "facing": "degrees, likewise; left out, as the direction where one is given",
    "goal": "[x, y], m",
    "push": "[N, degrees, s]",
    "reset": "true",
    "text": "a sentence",
}
MOST = 1e9
"""No number in a script is larger."""


@dataclass
class ScriptEntry:
    """What to do at one time."""

    time: float
    speed: float | None = None
    direction: float | None = None
    facing: float | None = None
    goal: list[float] | None = None
    push: list[float] | None = None
    reset: bool = False
    text: str | None = None

    def apply(self, session: PlaySession) -> None:
        """Do it.

        Raises:
            InputError: a value is out of range, or not for this task.
        """
        if self.reset:
            session.reset()
        if self.speed is not None or self.direction is not None or self.facing is not None:
            facing = self.direction if self.facing is None else self.facing
            speed = session.commanded_speed if self.speed is None else self.speed
            session.command(speed, self.direction, facing)
        if self.goal is not None:
            session.go_to(self.goal)
        if self.text is not None:
            session.say(self.text)
        if self.push is not None:
            newtons, direction, seconds = self.push
            session.push(newtons, direction, seconds)


def read_script(path: Path) -> list[ScriptEntry]:
    """Read a script: a list of mappings with ``time`` and what to do then, in order of time.

    Raises:
        InputError: not such a list; names the entry and what is wrong with it.
    """
    entries = read_yaml(path, "script")
    if not isinstance(entries, list) or not entries:
        raise InputError(f"{path}: a script is a list of entries, as - {{time: 1, speed: 1.0}}")
    actions = [_action(path, number, entry) for number, entry in enumerate(entries, 1)]
    for number, (one, other) in enumerate(itertools.pairwise(actions), 2):
        if other.time < one.time:
            raise InputError(
                f"{path}, entry {number}: time {other.time:g} s comes after a later one"
            )
    return actions


def _action(path: Path, number: int, entry: Any) -> ScriptEntry:
    where = f"{path}, entry {number}"
    if not isinstance(entry, dict):
        raise InputError(f"{where}: {entry!r}; an entry is a mapping, as {{time: 1, speed: 1.0}}")
    for name in entry:
        if name not in FIELDS:
            raise InputError(f"{where}: unknown field {name!r}{did_you_mean(str(name), FIELDS)}")
    if "time" not in entry:
        raise InputError(f"{where}: it has no time, {FIELDS['time']}")
    for name, value in entry.items():
        lengths = {"goal": 2, "push": 3}
        numbers = value if name in lengths else [value]
        good = name == "reset" or (
            isinstance(numbers, list)
            and len(numbers) == lengths.get(name, 1)
            and all(map(_is_number, numbers))
        )
        if name == "text":
            good = isinstance(value, str)
        if not good:
            raise InputError(f"{where}: {name} is {value!r}; it must be {FIELDS[name]}")
    if entry["time"] < 0:
        raise InputError(f"{where}: time is {entry['time']:g}; it must not be negative")
    if "text" in entry:
        try:
            plan_of(entry["text"], made=False)
        except InputError as error:
            raise InputError(f"{where}: {error}") from error
    return ScriptEntry(**entry)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MOST
