"""From a sentence to a plan.

A sentence is split where it says ``then``, ``and``, ``while`` and their kin, or has a comma or
stop. In each part, verbs of going, turning, stepping and standing begin an action; directions,
paths, paces, numbers with units say more of the action that is being read, or of the next one where
none is (:mod:`~kinesis_fast.t2m.reader`). What arms, heads and things do is left out and named;
what bodies would have to do and cannot, and verbs that are not known, are refused.
"""

from __future__ import annotations

from dataclasses import replace

from kinesis_fast.t2m import lexicon
from kinesis_fast.t2m.plan import Plan
from kinesis_fast.t2m.reader import Reader
from kinesis_fast.t2m.words import Word, is_side, kind_of, read_words

STRENGTH = {"": 0, ",": 1, "and": 2, ".": 3, "then": 4, "while": 5, "after": 6}
"""Which of several connectors in a row counts: the strongest."""


def parse(sentence: str) -> Plan:
    """Return what a sentence in English asks of the legs.

    Never raises for what a sentence says: what cannot be done is in ``refused``, what is no matter
    of legs in ``left_out``.
    """
    reader = Reader()
    for connector, words in _parts(read_words(sentence)):
        reader.read_part(connector, words)
    return reader.plan()


def _parts(words: list[Word]) -> list[tuple[str, list[Word]]]:
    """Split at connectors; of several in a row the strongest counts."""
    parts: list[tuple[str, list[Word]]] = []
    connector, part = "", []
    skip = 0
    for i, word in enumerate(words):
        if skip:
            skip -= 1
            continue
        kind = word.entry.value if word.entry and word.entry.kind == "connect" else None
        if kind is None:
            part.append(word)
            continue
        if kind == "and" and part and kind_of(part[-1]) == "number" and _is_half(words[i + 1 :]):
            half = lexicon.Entry("number", part[-1].entry.value + 0.5)  # type: ignore[union-attr]
            part[-1] = replace(part[-1], entry=half)
            skip = 2
            continue
        if part:
            parts.append((connector, part))
            connector, part = "", []
        if STRENGTH[kind] > STRENGTH[connector]:
            connector = kind
    if part:
        parts.append((connector, part))
    return _with_both_sides(parts)


def _is_half(words: list[Word]) -> bool:
    return len(words) >= 2 and kind_of(words[0]) == "article" and words[1].text == "half"


def _with_both_sides(parts: list[tuple[str, list[Word]]]) -> list[tuple[str, list[Word]]]:
    """Put together what "his left and right hand" was split into."""
    out: list[tuple[str, list[Word]]] = []
    for connector, words in parts:
        begins = [w for w in words if kind_of(w) not in ("filler", "article")][:2]
        both = (
            out
            and connector == "and"
            and len(begins) == 2
            and is_side(begins[0])
            and kind_of(begins[1]) == "body"
            and is_side(out[-1][1][-1])
        )
        if both:
            out[-1] = (out[-1][0], out[-1][1] + words)
        else:
            out.append((connector, words))
    return out
