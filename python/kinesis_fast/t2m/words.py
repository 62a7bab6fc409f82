"""From a sentence as people write it to words that the lexicon knows."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from importlib import resources
from typing import NamedTuple

from symspellpy import SymSpell, Verbosity

from kinesis_fast.t2m import lexicon
from kinesis_fast.t2m.plan import LARGEST_NUMBER

_TOKEN = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d_]+(?:'[a-z]+)?|[.,;:!?()&/]")
_COUNTS = {"a": 1.0, "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "half a": 0.5}
_SPEED = re.compile(
    rf"(\b\d+(?:\.\d+)?|\b(?:{'|'.join(sorted(_COUNTS, key=len, reverse=True))}) ) *"
    r"(?:(m/s|met(?:er|re)s? (?:per|a) second)|(km/?h|kph|k(?:m|ilomet(?:er|re)s?) (?:per|an) hour)"
    r"|(mph|miles? (?:per|an) hour))\b",
    re.ASCII,
)
_SPEED_UNIT = re.compile("[/k]|second|hour|mph")
_DIGIT = re.compile(r"\d")
_NOT = re.compile(r"\b(do|does|did|is|are|was|were|wo|ca|would|should|could|must)nt\b")
_TIMES = re.compile(r"\b(?:x ?(\d{1,3})|(\d{1,3}) ?x)\b")
_GLUED = re.compile(r"(?<=\d)(?=[a-z])")
_FRACTIONS = {"1/2": "half", "1/4": "quarter", "3/4": "three fourth", "1/3": "third"}
_PER_SECOND = (1.0, 1 / 3.6, 0.44704)
"""m/s, of one of the units of a speed, in their order."""


class Word(NamedTuple):
    """A word, or a phrase that the lexicon knows as one."""

    text: str
    """As it was written."""
    entry: lexicon.Entry | None
    """What it is; None: not known."""
    form: str = ""
    """How it ends: "", "s", "ed" or "ing"."""


def kind_of(word: Word) -> str:
    """Return what a word is, as the lexicon's tables name it."""
    return word.entry.kind if word.entry is not None else "unknown"


def is_side(word: Word) -> bool:
    """Whether a word says left or right."""
    return word.entry is not None and word.entry.value in ("left", "right")


def is_foreign(words: list[Word]) -> bool:
    """Whether too many words are no English to tell what is meant."""
    said = [word for word in words if word.text[0].isalpha()]
    unknown = [word for word in said if word.entry is None and not _is_english(word.text)]
    return len(unknown) >= 3 and len(unknown) >= 0.4 * len(said)


def read_words(sentence: str) -> list[Word]:
    """Return a sentence's words and punctuation, in order.

    Inflected words are found by their stems. Words that are no English are taken for what in the
    lexicon is nearest: one letter added, left out, changed or swapped with its neighbour, two in
    words of eight letters or more.
    """
    text = sentence
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("\u2019", "'")
    text = _NOT.sub(r"\1n't", text.lower()).replace("\u00b0", " degrees ")
    if _DIGIT.search(text):
        text = _plain_numbers(text)
    if _SPEED_UNIT.search(text):
        text = _SPEED.sub(_speed_word, text)
    if _DIGIT.search(text):
        text = _GLUED.sub(" ", text)
    texts = _TOKEN.findall(text.replace("-", " "))
    bases = [_base(text) for text in texts]
    words = []
    i = 0
    while i < len(texts):
        base, form = bases[i]
        word = _phrase(texts, bases, i) if base in lexicon.LENGTHS else None
        if word is None:
            word = Word(texts[i], lexicon.ENTRIES.get(base) or _number(texts[i]), form)
            i += 1
        else:
            i += word.text.count(" ") + 1
        words.append(word)
    return words


def _phrase(texts: list[str], bases: list[tuple[str, str]], at: int) -> Word | None:
    """Return the longest phrase of several words that begins here; None where none does."""
    for length in lexicon.LENGTHS[bases[at][0]]:
        entry = lexicon.ENTRIES.get(" ".join([base for base, _ in bases[at : at + length]]))
        if entry is not None and at + length <= len(texts):
            form = next((form for _, form in bases[at : at + length] if form), "")
            return Word(" ".join(texts[at : at + length]), entry, form)
    return None


def _plain_numbers(text: str) -> str:
    """Write thousands, powers of ten, fractions and signs so that they are read as numbers."""
    text = re.sub(r"(\d),(\d{3})(?!\d)", r"\1\2", text)
    text = _TIMES.sub(r" \1\2 times ", text)
    text = re.sub(r"\b\d+(?:\.\d+)?e\d\b", lambda m: f"{float(m[0]):f}", text)
    text = re.sub(
        r"\b(\d{1,9}) ([1-9]\d?)/([1-9]\d?)\b",
        lambda m: f"{int(m[1]) + int(m[2]) / int(m[3]):.4g}",
        text,
    )
    text = re.sub(
        r"\b([1-9]\d?)/([1-9]\d?)\b",
        lambda m: _FRACTIONS.get(m[0]) or f"{int(m[1]) / int(m[2]):.4g}",
        text,
    )
    return re.sub(r"(^|[\s(])[-\u2212](?=\d)", r"\1minus ", text)


def _speed_word(match: re.Match[str]) -> str:
    number = match[1].strip()
    count = _COUNTS[number] if number in _COUNTS else float(number)
    unit = next(
        factor for factor, found in zip(_PER_SECOND, match.groups()[1:], strict=True) if found
    )
    metres = count * unit
    return f" {metres:.4g} metrespersecond "


def _number(text: str) -> lexicon.Entry | None:
    if not text[0].isdigit():  # "inf" and "nan" are words
        return None
    return lexicon.Entry("number", min(float(text.replace(",", ".")), LARGEST_NUMBER))


@lru_cache(maxsize=4096)
def _base(text: str) -> tuple[str, str]:
    """Return what the lexicon may know a word by, and how the word ends."""
    found = _inflected(text)
    if found is not None or not text.isalpha() or _is_english(text):
        return found or (text, _ending(text))
    near = _near(text)
    return _inflected(near) or (near, "") if near else (text, _ending(text))


def _inflected(text: str) -> tuple[str, str] | None:
    if text in lexicon.IRREGULAR:
        return lexicon.IRREGULAR[text]
    if text in lexicon.WORDS:
        return text, ""
    for ending, form in (("s", "s"), ("es", "s"), ("ed", "ed"), ("d", "ed"), ("ing", "ing")):
        if not text.endswith(ending) or len(text) - len(ending) < 2:
            continue
        stem = text[: -len(ending)]
        candidates = [stem, stem + "e"]
        if len(stem) > 2 and stem[-1] == stem[-2]:
            candidates.append(stem[:-1])
        if stem.endswith("i"):
            candidates.append(stem[:-1] + "y")
        for candidate in candidates:
            if candidate in lexicon.WORDS:
                return candidate, form
    return None


def _ending(text: str) -> str:
    for form in ("ing", "ed", "s"):
        if text.endswith(form) and not text.endswith("ss") and len(text) > len(form) + 2:
            return form
    return ""


@lru_cache(maxsize=1)
def _english() -> frozenset[str]:
    """Return words of a list of some 80,000 that symspellpy brings."""
    source = resources.files("symspellpy") / "frequency_dictionary_en_82_765.txt"
    lines = source.read_text("utf-8-sig").splitlines()
    return frozenset(line.split(" ", 1)[0] for line in lines)


def _is_english(text: str) -> bool:
    return text in _english()


@lru_cache(maxsize=1)
def _speller() -> SymSpell:
    speller = SymSpell(max_dictionary_edit_distance=2)
    for word in lexicon.SPELLED:
        speller.create_dictionary_entry(word, 1 + lexicon.SPELLED[word])
    return speller


def _near(text: str) -> str | None:
    distance = 2 if len(text) >= 8 else 1
    if len(text) < 3:
        return None
    found = _speller().lookup(text, Verbosity.CLOSEST, max_edit_distance=distance)
    longer = [near.term for near in found if _is_within(text, near.term)]
    if len(text) == 3:
        return next(iter(longer), None)  # "wlk"
    swapped = [near.term for near in found if sorted(near.term) == sorted(text)]
    return next(iter([*swapped, *longer]), found[0].term if found else None)


def _is_within(text: str, word: str) -> bool:
    """Whether a word has all letters of a text, in their order."""
    letters = iter(word)
    return all(letter in letters for letter in text)
