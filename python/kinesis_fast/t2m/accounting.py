"""What a sentence says that its plan does not do: named, so that nothing is lost without a word.

Sides, shapes and numbers are looked for in the plan, whatever rule should have put them there. It
looks at words alone, not at which action they belong to: what it passes may still be wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

from kinesis_fast.t2m.plan import Action
from kinesis_fast.t2m.words import Word, is_side, kind_of

WITHDRAWS = ("withdraw", "no", "opposite")
"""Kinds of words after which what was said before may not be to be done."""
LETTERS = ("s", "u")
"""Shapes that may be a unit, or you."""
NEAR = 0.02
"""Share by which numbers may differ that are the same."""


def lost(words: Sequence[Word], actions: Sequence[Action], named: Sequence[str]) -> list[str]:
    """Return words that no action does, and that nothing of what is named has.

    Args:
        words: of the sentence.
        actions: of its plan.
        named: what was left out and refused.
    """
    if not actions or any(kind_of(word) in WITHDRAWS or _corrects(word) for word in words):
        return []
    told = [word for word in words if word.entry is not None and _tells(word)]
    if not told:
        return []
    known = [*" ".join(named).split(), *LETTERS]
    found = [w.text for w in told if w.text not in known and _is_lost(w, words, actions)]
    return list(dict.fromkeys(found))


def _corrects(word: Word) -> bool:
    return word.entry is not None and word.entry.value == "correct"


def _tells(word: Word) -> bool:
    kind = kind_of(word)
    return kind in ("path", "number") or (kind == "direction" and is_side(word))


def _is_lost(word: Word, words: Sequence[Word], actions: Sequence[Action]) -> bool:
    assert word.entry is not None
    if kind_of(word) == "path":
        return not _is_drawn(word.entry.value[0], actions)
    if kind_of(word) == "number":
        return not _is_counted(word.entry.value, words, actions)
    return not _goes_to(word.entry.value, actions)


def _goes_to(side: str, actions: Sequence[Action]) -> bool:
    return any(
        action.side == side or side in action.direction or action.first == side
        for action in actions
    )


def _is_drawn(shape: str, actions: Sequence[Action]) -> bool:
    bends = any(action.path != "straight" for action in actions)
    turns = shape in ("curve", "circle") and any(action.verb == "turn" for action in actions)
    return bends or turns or any(action.direction == "return" for action in actions)


def _is_counted(number: float, words: Sequence[Word], actions: Sequence[Action]) -> bool:
    """Whether an action has a number, in whatever unit, or as often as it says."""
    if number <= 1.0:
        return True  # "one", "a"
    factors = {1.0, 0.3048}
    for word in words:
        if kind_of(word) == "unit" and word.entry is not None:
            factors.add(float(word.entry.value[1]))
    amounts = [360.0]  # parts of a circle
    for action in actions:
        said = (action.steps, action.metres, action.seconds, action.degrees, action.times)
        amounts += [float(amount) for amount in (*said, action.speed) if amount is not None]
    groups = {actions.count(action) for action in actions}  # that were repeated
    if number in groups:
        return True
    return any(
        abs(said * factor - amount) <= NEAR * amount or abs(said - factor * amount) < NEAR
        for said in (number, number + 0.5)
        for factor in factors
        for amount in amounts
    )
