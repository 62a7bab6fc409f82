"""What a sentence asks of the legs: a short list of actions, and what of it cannot be done.

A plan is written, and read back, in a notation of one line::

    walk slow 3 m; turn left 90; walk curve right 180; step left 2 steps; stand
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from kinesis_fast.errors import InputError

VERBS = ("walk", "run", "step", "turn", "stand")
"""``walk`` and ``run`` face the way they go; ``step`` goes sideways or diagonally and keeps the
facing; ``turn`` turns on the spot."""
DIRECTIONS = (
    "forward",
    "backward",
    "left",
    "right",
    "forward-left",
    "forward-right",
    "backward-left",
    "backward-right",
    "sideways",
    "return",
)
"""Against the facing when the action begins. ``return`` goes back to where the motion began;
``sideways`` leaves the side open."""
ANGLES = {
    "forward": 0.0,
    "left": 90.0,
    "right": -90.0,
    "backward": 180.0,
    "forward-left": 45.0,
    "forward-right": -45.0,
    "backward-left": 135.0,
    "backward-right": -135.0,
}
"""Degrees of directions from the facing, to the left."""
PATHS = ("straight", "curve", "circle", "zigzag", "wave", "eight", "square", "back-and-forth")
PACES = ("slow", "normal", "fast")
SIZES = ("small", "big")
"""Of steps, and of what a path or a turn bends in."""
STYLES = (
    "marching",
    "sneaking",
    "old",
    "tired",
    "proud",
    "drunk",
    "stomping",
    "shuffling",
)
"""Ways of walking that can be made; what each is is in :mod:`~kinesis_fast.t2m.pacing`."""
FIRST = {"left-first": "left", "right-first": "right"}
"""Words of the notation for the foot that begins."""
LARGEST_NUMBER = 1e15
"""What larger ones are read as: nobody can do either."""
_SIDES = ("left", "right")
_UNITS = {"step": "steps", "steps": "steps", "m": "metres", "s": "seconds"}


@dataclass(frozen=True)
class Action:
    """One thing that legs do."""

    verb: str
    """What is done, one of :data:`VERBS`."""
    direction: str = "forward"
    """Which way, one of :data:`DIRECTIONS`."""
    path: str = "straight"
    """Along what, one of :data:`PATHS`."""
    side: str | None = None
    """To which side a turn or a path bends; None: not said."""
    degrees: float | None = None
    """By how much a turn or a curve turns."""
    pace: str = "normal"
    """How fast in words, one of :data:`PACES`."""
    speed: float | None = None
    """m/s, where it was said."""
    steps: float | None = None
    """How many steps, where that is said; half a one is half as long."""
    metres: float | None = None
    """How far, where that is said."""
    seconds: float | None = None
    """How long, where that is said."""
    times: int | None = None
    """How often: rounds of a circle, ways to and fro, turns."""
    in_place: bool = False
    """Whether feet go and the body stays."""
    size: str | None = None
    """Of its steps, or of what it bends in, one of :data:`SIZES`; None: as usual."""
    style: str | None = None
    """How it is walked, one of :data:`STYLES`; None: plainly."""
    first: str | None = None
    """Which foot begins, ``left`` or ``right``; None: not said."""

    @property
    def speed_said(self) -> float | None:
        """m/s that was said, by itself or as a way and a time; None where none was."""
        if self.speed is None and self.metres is not None and self.seconds is not None:
            return self.metres / self.seconds if self.path == "straight" else None
        return self.speed

    @property
    def unused_numbers(self) -> tuple[str, ...]:
        """Numbers of it that legs have no use for beside the others, in the plan's notation."""
        unused = set()
        if self.steps is not None:
            unused |= {"metres", "seconds"}
        if self.metres is not None and (self.speed is not None or self.path != "straight"):
            unused.add("seconds")
        if self.path in ("eight", "square"):
            unused |= {"steps", "seconds"} | ({"metres"} if self.path == "eight" else set())
        if self.in_place:
            unused |= {"metres", "speed", "times"}
        units = {"steps": "steps", "metres": "m", "seconds": "s", "speed": "m/s", "times": "times"}
        return tuple(
            f"{getattr(self, name):g} {unit}"
            for name, unit in units.items()
            if name in unused and getattr(self, name) is not None
        )

    def __str__(self) -> str:
        words = [self.verb]
        if self.in_place:
            words.append("in-place")
        words += [word for word in (self.style, self.size) if word is not None]
        if self.direction != "forward":
            words.append(self.direction)
        if self.path != "straight":
            words.append(self.path)
        if self.side is not None:
            words.append(self.side)
        if self.degrees is not None:
            words.append(f"{self.degrees:g}")
        if self.pace != "normal":
            words.append(self.pace)
        if self.speed is not None:
            words.append(f"{self.speed:g} m/s")
        if self.steps is not None:
            words.append(f"{self.steps:g} step" + "s" * (self.steps != 1))
        if self.metres is not None:
            words.append(f"{self.metres:g} m")
        if self.seconds is not None:
            words.append(f"{self.seconds:g} s")
        if self.times is not None:
            words.append(f"{self.times} time" + "s" * (self.times != 1))
        if self.first is not None:
            words.append(f"{self.first}-first")
        return " ".join(words)


@dataclass(frozen=True)
class Plan:
    """What a sentence asks for."""

    actions: tuple[Action, ...]
    """What is to be done, in order."""
    left_out: tuple[str, ...] = ()
    """Parts of the sentence that are no matter of legs, as they were written."""
    refused: tuple[str, ...] = ()
    """Parts that legs would have to do and that cannot be done, as they were written."""
    nearest: str | None = None
    """What could be done instead of the first refused part, in the plan's notation."""
    dropped: tuple[str, ...] = ()
    """Those of ``left_out`` that are ways of walking: what is done without them is not all that was
    said."""

    @property
    def can_be_done(self) -> bool:
        """Whether there is something to do, and nothing that cannot be done."""
        return bool(self.actions) and not self.refused

    def __str__(self) -> str:
        return "; ".join(map(str, self.actions))

    def explain(self) -> str:
        """Return the plan, what was left out and what was refused, in a few words."""
        parts = [str(self) or "nothing to do"]
        if self.left_out:
            parts.append("left out: " + ", ".join(repr(part) for part in self.left_out))
        if self.refused:
            parts.append("cannot be done: " + ", ".join(repr(part) for part in self.refused))
        return " | ".join(parts)


RANGES = {
    "speed": (0.2, 4.0, "m/s"),
    "metres": (0.1, 100.0, "m"),
    "steps": (0.5, 150, "steps"),
    "seconds": (0.1, 100.0, "s"),
    "degrees": (1.0, 3600.0, "degrees"),
    "times": (1, 50, "times"),
}
"""What numbers of an action may be."""
MOST_ACTIONS = 200
"""Of a plan, repetitions counted."""
MOST_SECONDS = 900.0
"""s that the actions of a plan may take together, at the fastest."""
FASTEST_STEPS = 4.0
"""Steps in a second, at most."""


def check_numbers(plan: Plan) -> None:
    """Raise InputError for the first number of a plan that legs cannot do, or that takes long."""
    if len(plan.actions) > MOST_ACTIONS:
        raise InputError(f"a plan of {len(plan.actions)} actions; at most {MOST_ACTIONS} are done")
    for action in plan.actions:
        for name, (least, most, unit) in RANGES.items():
            number = getattr(action, name)
            if number is not None and not least <= abs(number) <= most:
                raise InputError(
                    f"'{action}' asks for {number:g} {unit}; it must be in [{least:g}, {most:g}]"
                )
        speed = action.speed_said
        if speed is not None and not RANGES["speed"][0] <= speed <= RANGES["speed"][1]:
            raise InputError(
                f"'{action}' is at {speed:.2g} m/s; it must be in "
                f"[{RANGES['speed'][0]:g}, {RANGES['speed'][1]:g}]"
            )
    least = sum(map(_least_seconds, plan.actions))
    if least > MOST_SECONDS:
        raise InputError(
            f"what is asked for takes {least:.0f} s at the fastest; at most {MOST_SECONDS:.0f} s "
            "are done"
        )


def _least_seconds(action: Action) -> float:
    """Return how long an action takes at least, s."""
    metres = (action.metres or 0.0) / RANGES["speed"][1]
    steps = (action.steps or 0) / FASTEST_STEPS
    return max(action.seconds or 0.0, metres, steps)


def read_plan(notation: str) -> Plan:
    """Return the plan that a notation stands for.

    Args:
        notation: actions between semicolons; after its verb, an action's words may stand in any
            order. A turn of which nothing more is said is by 180 degrees, one to a side by 90.

    Raises:
        InputError: a word or number is not of the notation.
    """
    parts = [part.split() for part in notation.split(";")]
    return Plan(tuple(_read_action(words, notation) for words in parts if words))


def _read_action(words: list[str], notation: str) -> Action:
    if words[0] not in VERBS:
        raise InputError(
            f"plan {notation!r}: an action begins with {words[0]!r}; it must begin with one of "
            f"{', '.join(VERBS)}"
        )
    action = Action(words[0])
    i = 1
    while i < len(words):
        word, following = words[i], words[i + 1] if i + 1 < len(words) else ""
        if re.fullmatch(r"\d+(\.\d+)?", word):
            name = _UNITS.get(following)
            if following in ("time", "times"):
                name = "times"
            elif following == "m/s":
                name = "speed"
            value = min(float(word), LARGEST_NUMBER)
            if name is None:
                action = replace(action, degrees=value)
            elif name == "times":
                action = replace(action, times=int(value))
            else:
                action = replace(action, **{name: value})  # type: ignore[arg-type]
            i += 2 if name is not None else 1
            continue
        action = _with_word(action, word, notation)
        i += 1
    if action.verb == "turn" and action.degrees is None:
        action = replace(action, degrees=180.0 if action.side is None else 90.0)
    return action


def _with_word(action: Action, word: str, notation: str) -> Action:
    bends = action.verb == "turn" or action.path != "straight"
    if word == "in-place":
        return replace(action, in_place=True)
    if word in FIRST:
        return replace(action, first=FIRST[word])
    for name, words in (("size", SIZES), ("style", STYLES)):
        if word in words:
            return replace(action, **{name: word})  # type: ignore[arg-type]
    if word in PACES:
        return replace(action, pace=word)
    if word in PATHS:
        if action.direction in _SIDES:
            return replace(action, path=word, side=action.direction, direction="forward")
        return replace(action, path=word)
    if word in _SIDES and bends:
        return replace(action, side=word)
    if word in DIRECTIONS:
        return replace(action, direction=word)
    raise InputError(
        f"plan {notation!r}: {word!r} is no word of an action; they are {', '.join(DIRECTIONS)}, "
        f"{', '.join((*PATHS, *PACES, *SIZES, *STYLES, *FIRST))}, in-place, and numbers, with "
        "steps, m, s, m/s or times after them, or without for degrees"
    )
