"""DistilBERT's tokenizer: words cut into the longest pieces of a vocabulary (Wu et al. 2016)."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from kinesis_fast.errors import InputError

VOCABULARY = "vocab.txt"
MARKS = ("[CLS]", "[SEP]", "[UNK]", "[PAD]")
LONGEST_WORD = 100
"""Letters, beyond which a word is unknown."""


class WordPieces:
    """Turns text into token numbers, case and accents left out."""

    def __init__(self, pieces: list[str]) -> None:
        """Take the pieces in the order of their numbers.

        Raises:
            InputError: one of the marks is not among them.
        """
        self.numbers = {piece: number for number, piece in enumerate(pieces)}
        for mark in MARKS:
            if mark not in self.numbers:
                raise InputError(f"the vocabulary has no {mark}; DistilBERT's {VOCABULARY} has")
        self.begin, self.end, self.unknown, self.nothing = (self.numbers[mark] for mark in MARKS)

    @classmethod
    def load(cls, path: Path) -> WordPieces:
        """Read a vocabulary, a piece a line.

        Raises:
            InputError: it cannot be read, or is none.
        """
        try:
            return cls(path.read_text(encoding="utf-8").split("\n"))
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"cannot read the vocabulary {str(path)!r}: {error}") from error

    def __call__(self, text: str, longest: int) -> list[int]:
        """Return the numbers of a text: a mark, at most ``longest`` pieces, a mark."""
        found = [number for word in _words(text) for number in self._cut(word)]
        return [self.begin, *found[:longest], self.end]

    def _cut(self, word: str) -> list[int]:
        if len(word) > LONGEST_WORD:
            return [self.unknown]
        found, begin = [], 0
        while begin < len(word):
            before = "##" if begin else ""
            ends = range(len(word), begin, -1)
            end = next((e for e in ends if before + word[begin:e] in self.numbers), None)
            if end is None:
                return [self.unknown]
            found.append(self.numbers[before + word[begin:end]])
            begin = end
        return found


def _words(text: str) -> list[str]:
    """Return words and single marks, in lower case without accents."""
    plain = unicodedata.normalize("NFD", text.lower())
    letters = []
    for letter in plain:
        kind = unicodedata.category(letter)
        if kind == "Mn" or (kind.startswith("C") and not letter.isspace()):
            continue
        letters.append(f" {letter} " if _stands_alone(letter, kind) else letter)
    return "".join(letters).split()


def _stands_alone(letter: str, kind: str) -> bool:
    """Return whether a letter is a word: punctuation, every ASCII sign, a Chinese character."""
    sign = letter.isascii() and letter.isprintable() and not (letter.isalnum() or letter == " ")
    code = ord(letter)
    chinese = 0x4E00 <= code <= 0x9FFF or 0x3400 <= code <= 0x4DBF or 0x20000 <= code <= 0x2CEAF
    return sign or kind.startswith("P") or chinese or 0xF900 <= code <= 0xFAFF
