"""The words that plans are made of: ``assets/lexicon.toml``, read."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parents[1] / "assets" / "lexicon.toml"

ACTS = ("move", "styled", "turn", "step", "sidestep", "stand", "return", "reverse", "repeat")
"""Kinds of words that begin an action."""
SAYS_MORE = ("direction", "path", "fraction", "pace", "number", "times", "unit", "opposite", "home")
"""Kinds of words that say more of one."""
_DOUBLED = ("run", "stop", "jog", "spin")


@dataclass(frozen=True)
class Entry:
    """What a word or phrase is."""

    kind: str
    """What the grammar does with it."""
    value: Any = None
    """What it says, by its kind; the word itself where nothing else is given."""


def _words(text: str) -> tuple[str, ...]:
    words = (" ".join(word.split()) for word in text.split(", "))
    return tuple("," if word == "comma" else word for word in words)


_TABLES = tomllib.loads(SOURCE.read_text(encoding="utf-8"))
ENTRIES = {
    word: Entry(table["kind"], table.get("value", word))
    for table in _TABLES["entry"]
    for word in _words(table["words"].replace("\n", " "))
} | {
    word: Entry(kind, value)
    for kind, values in _TABLES["each"].items()
    for word, value in values.items()
}
"""By word or phrase, of stems."""
GROUPS = {
    name: _words(table["words"].replace("\n", " ")) for name, table in _TABLES["group"].items()
}
"""Words that the grammar takes alike, by what they have in common."""
WALKERS: dict[str, str] = _TABLES["walkers"]
"""Ways of walking, by whom somebody walks like."""
IRREGULAR = {form: (stem, ending) for form, (stem, ending) in _TABLES["irregular"].items()}
"""Stem and ending of forms that no rule finds."""
WORDS = frozenset(word for key in ENTRIES for word in key.split())
LENGTHS: dict[str, tuple[int, ...]] = {}
"""How many words phrases have, the longest first, by the first of them; of more than one only."""
for _key in ENTRIES:
    _first, *_more = _key.split()
    if _more:
        _known = {*LENGTHS.get(_first, ()), 1 + len(_more)}
        LENGTHS[_first] = tuple(sorted(_known, reverse=True))


def _spelled() -> dict[str, int]:
    """Return words that misspelt ones are taken for, those of legs before others."""
    spelled = {word: 0 for word in WORDS if word.isalpha() and len(word) > 2}
    for key, entry in ENTRIES.items():
        if entry.kind in ("direction", "path", "pace", "number", "fraction", "unit", "connect"):
            spelled |= {word: 1 for word in key.split() if word.isalpha() and len(word) > 2}
    kinds = ("move", "styled", "turn", "stand")
    verbs = [key for key, entry in ENTRIES.items() if entry.kind in kinds and " " not in key]
    for verb in [*verbs, "step", "sidestep", "take", "make", "perform"]:
        stem = verb.removesuffix("e")
        double = stem + stem[-1] if verb in _DOUBLED else stem
        for form in (verb, verb + "s", stem + "ed", double + "ing", double + "ed"):
            spelled[form] = 2
    plural = ("forwards", "backwards", "person", "steps", "meters", "degrees", "times")
    return spelled | dict.fromkeys(plural, 2)


SPELLED = _spelled()
"""Preference by word: of two that are as near, the greater counts."""
