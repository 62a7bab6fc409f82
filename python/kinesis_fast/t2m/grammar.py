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
from kinesis_fast.t2m.accounting import lost
from kinesis_fast.t2m.plan import Plan
from kinesis_fast.t2m.reader import Reader
from kinesis_fast.t2m.words import Word, is_foreign, is_side, kind_of, read_words

STRENGTH = {
    "": 0, ",": 1, "(": 1.5, "and": 2, ".": 3, "or": 4, "then": 4, "while": 5, "after": 6,
    "correct": 7,
}  # fmt: skip
"""Which of several connectors in a row counts: the strongest."""

PAUSES = ("um", "uh", "er", "hmm")
"""What is said while somebody thinks."""
WAITS = (["wait"], ["hold", "on"], ["oh"], ["oh", "wait"])
"""What is said before "no, ..."."""


def parse(sentence: str) -> Plan:
    """Return what a sentence in English asks of the legs.

    Never raises for what a sentence says: what cannot be done is in ``refused``, what is no matter
    of legs in ``left_out``.
    """
    words = read_words(sentence)
    if is_foreign(words):
        return Plan((), refused=("it is not English",))
    reader = Reader()
    for connector, part in _parts(words):
        reader.read_part(connector, part)
    plan = reader.plan()
    if words and words[0].text == "before" and len(plan.actions) > 1:
        first, second, *rest = plan.actions
        plan = replace(plan, actions=(second, first, *rest))
    named = (*plan.left_out, *plan.refused)
    return replace(plan, left_out=(*plan.left_out, *lost(words, plan.actions, named)))


def _parts(words: list[Word]) -> list[tuple[str, list[Word]]]:
    """Split at connectors; of several in a row the strongest counts."""
    parts: list[tuple[str, list[Word]]] = []
    connector, part = "", []
    skip = 0
    for i, word in enumerate(words):
        if skip:
            skip -= 1
            continue
        kind = _connector(words, i)
        if kind is None:
            part.append(word)
            continue
        counted = kind == "and" and part and kind_of(part[-1]) == "number"
        half_words = _words_of_half(words[i + 1 : i + 3]) if counted else 0
        if half_words:
            half = lexicon.Entry("number", part[-1].entry.value + 0.5)  # type: ignore[union-attr]
            part[-1] = part[-1]._replace(entry=half)
            skip = half_words
            continue
        if kind == "," and _is_number(part[-1:]) and _says_how(words[i + 1 :]):
            continue  # "a few, slow steps"
        if kind == "or" and part and _is_number(part[-1:]) and _is_number(words[i + 1 :]):
            part.pop()  # "three or four"
            continue
        if part:
            parts.append((connector, part))
            connector = ""
        part = []
        if kind == "after" and connector == "and" and _is_clause(words[i + 1 :]):
            connector = "then"  # "and after he turns"
        elif STRENGTH[kind] > STRENGTH[connector]:
            connector = kind
    if part:
        parts.append((connector, part))
    return _with_both_sides(_without_waits(parts))


def _without_waits(parts: list[tuple[str, list[Word]]]) -> list[tuple[str, list[Word]]]:
    """Leave out the "wait" before "no, ..."."""
    return [
        part
        for i, part in enumerate(parts)
        if [w.text for w in part[1]] not in WAITS
        or parts[i + 1 : i + 2] == []
        or parts[i + 1][0] != "correct"
    ]


def _connector(words: list[Word], at: int) -> str | None:
    """Return how a word parts the sentence; None where it does not."""
    word = words[at]
    if word.entry is None:
        return None
    if word.entry.kind == "no" and _corrects(words, at):
        return "correct"
    if word.text == "actually" and at > 0 and kind_of(words[at - 1]) == "connect":
        return "correct"
    if word.text == "during" and [kind_of(w) for w in words[at + 1 : at + 3]] == ["number", "unit"]:
        return None  # for so long
    return str(word.entry.value) if word.entry.kind == "connect" else None


def _corrects(words: list[Word], at: int) -> bool:
    """Whether "no" takes back what was said, not what is not to be done ("no running")."""
    rest = words[at + 1 :]
    before = kind_of(words[at - 1]) if at > 0 else ""
    instead = before in ("direction", "number") and bool(rest) and kind_of(rest[0]) == before
    pauses = at > 0 and words[at - 1].text in PAUSES
    begins = at == 0 or before in ("connect", "stand") or instead or pauses
    follows = kind_of(rest[0]) if rest else ""
    says = ("connect", "direction", "number", "opposite", "no", "filler", "light", "path", "pace")
    return begins and at > 0 and follows in says


def _is_number(words: list[Word]) -> bool:
    return bool(words) and kind_of(words[0]) == "number"


def _says_how(words: list[Word]) -> bool:
    return bool(words) and kind_of(words[0]) in ("pace", "style", "change")


def _is_clause(words: list[Word]) -> bool:
    """Whether somebody does something next."""
    if not words:
        return False
    does = kind_of(words[0]) in ("stand", "turn", "move") and words[0].form in ("", "s")
    return does or words[0].text in ("he", "she", "they", "it", "i", "you", "to", "turning")


def _words_of_half(words: list[Word]) -> int:
    """Return how many words say "a half"."""
    for length, said in ((2, ["a", "half"]), (1, ["half"])):
        if [w.text for w in words[:length]] == said:
            return length
    return 0


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
