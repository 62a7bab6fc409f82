"""What a sentence said of one action, and the action that it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kinesis_fast.t2m.plan import Action

GOING = ("walk", "run", "step")
SIDES = ("left", "right")
AROUND = 180.0
"""Degrees of a turn that nothing more is said of."""
ASIDE = 90.0
"""Of one to a side, and of curves."""
SLIGHT = 45.0
"""Of one that is slight."""
ABOUT = {"left", "right", "clockwise", "counterclockwise"}
ALONG = {"forward", "backward", "back", "return"}
"""Directions of which one says no other of its kind."""
OPPOSITE = {
    "left": "right",
    "right": "left",
    "clockwise": "counterclockwise",
    "counterclockwise": "clockwise",
    "forward": "backward",
    "backward": "forward",
    "back": "forward",
}


@dataclass(eq=False)
class Said:
    """What was said of an action so far; another that says the same is another."""

    verb: str | None = None
    pace: str | None = None
    directions: list[str] = field(default_factory=list)
    path: str | None = None
    degrees: float | None = None
    fraction: float | None = None
    number: float | None = None
    speed: float | None = None
    steps: float | None = None
    metres: float | None = None
    seconds: float | None = None
    times: int | None = None
    slight: bool = False
    size: str | None = None
    style: str | None = None
    first: str | None = None
    in_place: bool = False
    around: bool = False
    goes_back: bool = False  # comes or goes: "back" is where it came from
    diagonal: bool = False
    sideways: bool = False
    one_step: bool = False  # said as one step, unless a number comes
    counted: float | None = None  # steps that were counted aloud so far
    on: bool = False  # going on with what was done
    spins: bool = False  # "spins", "twirls": turns by whole turns where it is said how often
    after: str = ""  # the connector before it

    def says(self) -> bool:
        """Whether anything was said but a verb or a number."""
        return bool(
            self.pace
            or self.directions
            or self.path
            or self.degrees
            or self.steps
            or self.metres
            or self.seconds
            or self.times
            or self.in_place
            or self.around
            or self.diagonal
            or self.sideways
            or self.speed
            or self.fraction
            or self.size
            or self.style
            or self.first
        )

    def amounts(self) -> bool:
        """Whether it was said how far or how long."""
        return bool(self.steps or self.metres or self.seconds)

    def take(self, other: Said) -> None:
        """Add what another says."""
        for name, value in vars(other).items():
            if not value or name in ("verb", "on", "after", "spins"):
                continue
            if name == "directions":
                self.directions += [d for d in value if d not in self.directions]
            else:
                setattr(self, name, value)

    def correct(self, other: Said) -> None:
        """Put what another says in the place of what was said of the same."""
        if other.goes_back:  # the other way
            self.directions = [OPPOSITE.get(way, way) for way in self.directions]
            other.directions = [way for way in other.directions if way != "back"]
        if other.number is not None:
            self._correct_number(other)
        if other.amounts():
            self.steps = self.metres = self.seconds = None
            self.one_step = False
        for kind in (ABOUT, ALONG):
            if kind & set(other.directions):
                self.directions = [way for way in self.directions if way not in kind]
        if other.degrees is not None or other.fraction is not None:
            self.degrees = self.fraction = None
        self.take(other)

    def _correct_number(self, other: Said) -> None:
        """Put a number without a unit where the one that it corrects was."""
        for name in ("steps", "metres", "seconds", "degrees", "times"):
            if getattr(self, name) is not None or (name == "steps" and self.one_step):
                whole = name == "times" and other.number is not None
                setattr(other, name, round(other.number or 0) if whole else other.number)
                break
        other.number = None


def count(number: float) -> float:
    """Return a number of steps: whole ones, or with half a one."""
    return max(0.5, round(2.0 * number) / 2.0)


def says_the_same(last: Said, first: Said) -> bool:
    """Tell whether what is done at once is one action: a walk, with so many steps of it."""
    moves = first.directions or first.path or first.metres or first.seconds or first.degrees
    if first.verb == "step":
        return last.verb in (*GOING, "turn") and not moves and not (last.steps and first.steps)
    return first.verb in ("walk", "run") and last.verb in GOING and not moves and not first.steps


def is_definite(action: Action) -> bool:
    """Tell whether doing an action twice is another thing than doing it."""
    numbers = (action.steps, action.metres, action.seconds, action.degrees)
    return any(numbers) or action.path != "straight" or action.direction in SIDES


def is_again(action: Action, said: Said) -> bool:
    """Tell whether an action that follows on its like is to be done again.

    "Walks, then walks on" is one walk in two ways of saying; "2 m, then 2 m" is twice as far.
    """
    if said.after == "then" or (said.after == "," and action.verb == "step"):
        return is_definite(action)
    return said.after == "and" and said.amounts()


def finish(said: Said, before: list[Action]) -> Action:
    """Return an action from what was said of it."""
    turned = bool(before) and (before[-1].verb == "turn" or before[-1].degrees == AROUND)
    side = next((d for d in said.directions if d in SIDES), None)
    if "clockwise" in said.directions:
        side = "right"
    if "counterclockwise" in said.directions:
        side = "left"
    amounts: dict[str, Any] = {
        "pace": said.pace or "normal",
        "speed": said.speed,
        "steps": said.steps,
        "metres": said.metres,
        "seconds": said.seconds,
        "times": said.times,
        "style": said.style,
        "first": said.first,
    }
    if said.verb == "stand":
        return Action("stand", seconds=said.seconds)
    if said.verb == "turn":
        return _finish_turn(said, side, amounts)
    if said.verb == "step" and said.steps is None and not (said.metres or said.seconds):
        if said.number:  # "sidestep left 2"
            amounts["steps"] = count(said.number)
        elif said.one_step:
            amounts["steps"] = 1
    if "return" in said.directions and said.one_step:
        amounts["steps"] = None
    return _finish_going(said, side, turned, amounts)


def _finish_turn(said: Said, side: str | None, amounts: dict[str, Any]) -> Action:
    if said.path == "curve" and said.degrees is None:  # a corner
        return Action("turn", side=side, degrees=ASIDE, **amounts)
    amounts["style"] = None  # turns are made in one way
    amounts["size"] = said.size
    degrees = said.degrees
    part = said.fraction or (said.number if said.number and said.number < 1.0 else None)
    if degrees is None and part is not None:
        degrees = round(360.0 * part, 1)
    if degrees is None and (said.path == "circle" or (said.spins and said.times)):
        degrees = 360.0
    if degrees is None and (
        said.around or "back" in said.directions or "backward" in said.directions
    ):
        degrees = AROUND
    if degrees is None and (side is not None or said.sideways or said.size == "small"):
        degrees = SLIGHT if said.slight else ASIDE
    if degrees is None:
        degrees = AROUND
    return Action("turn", side=side, degrees=degrees, **amounts)


def _finish_going(said: Said, side: str | None, turned: bool, amounts: dict[str, Any]) -> Action:
    path, degrees = _path_of(said, side)
    ways = set(said.directions)
    direction = _direction_of(said, side, path, turned)
    sideways = said.sideways and direction in ("left", "right", "sideways", "forward")
    verb = said.verb or "walk"
    if said.sideways and verb in ("walk", "run"):
        if verb == "run" and amounts["pace"] == "normal":
            amounts["pace"] = "fast"
        verb = "step"
    bends = path not in ("straight", "back-and-forth")
    along = direction in ("forward", "backward") and not sideways
    home = direction == "return" and not (said.sideways or ways & set(SIDES))
    if verb == "step" and (bends or along or home):
        verb = "walk"
    if sideways and direction == "forward":
        direction = "sideways"
    return Action(
        verb,
        direction,
        path,
        side if bends else None,
        degrees,
        in_place=said.in_place,
        size=said.size,
        **amounts,
    )


def _path_of(said: Said, side: str | None) -> tuple[str, float | None]:
    """Return along what an action goes, and by how many degrees a curve turns."""
    path, degrees = said.path or "straight", said.degrees
    part = None if said.fraction is None else round(360.0 * said.fraction, 1)
    if path == "straight" and degrees is not None and side is not None:
        path = "curve"
    if path == "straight" and ({"clockwise", "counterclockwise"} & set(said.directions)):
        path = "circle"
    if path == "straight" and said.around:
        path = "circle"
    if path == "circle" and part is not None and part < 360.0:
        return "curve", part
    if path == "circle" and degrees is not None and degrees < 360.0:
        path = "curve"
    if path != "curve":
        return path, None
    return path, next(
        found for found in (degrees, part, SLIGHT if said.slight else ASIDE) if found is not None
    )


def _direction_of(said: Said, side: str | None, path: str, turned: bool) -> str:
    """Return which way an action goes, against the facing."""
    ways = set(said.directions)
    direction = "forward"
    back = turned or (said.goes_back and said.verb != "step")
    if said.verb == "step" and side is not None:
        ways.discard("return")  # it is said which way
    so_far = bool(said.steps or said.metres) and said.verb != "step" and not turned
    if ("return" in ways or ("back" in ways and back)) and not so_far:
        direction = "return"
    elif "backward" not in ways and (path in ("curve", "circle") or (said.sideways and side)):
        said.directions = [way for way in said.directions if way != "back"]
    elif ways & {"back", "backward", "return"}:
        direction = "backward"
    if path == "straight" and direction != "return":
        direction = _sideways(said, side, direction)
    return direction


def _sideways(said: Said, side: str | None, direction: str) -> str:
    """Return a straight way's direction with its side."""
    if side is None:
        if said.diagonal:
            return f"{direction}-left"
        if said.verb == "step" and "sideways" in said.directions:
            return "sideways"
        return direction
    ahead = {"forward", "back", "backward"} & set(said.directions)
    if ahead or said.diagonal:
        return f"{direction}-{side}"
    if said.slight:
        return f"forward-{side}"
    return side
