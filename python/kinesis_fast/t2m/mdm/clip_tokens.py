"""CLIP's tokenizer: byte pairs, merged by rank (Sennrich et al. 2016; Radford et al. 2021)."""

from __future__ import annotations

import gzip
import html
import re
from functools import lru_cache
from importlib import util
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor

from kinesis_fast.errors import InputError

MERGES = 49152 - 256 - 2
"""Tokens merged of two in the published vocabulary; besides, bytes alone and as ends of words."""
CONTEXT = 77
"""Tokens that the model reads."""
VOCABULARY = "bpe_simple_vocab_16e6.txt.gz"
PACKAGES = ("open_clip", "clip")
"""Python packages that bring the vocabulary."""
_QUOTES = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")
_WORDS = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[^\W\d_]+|\d|(?:[^\s\w]|_)+", re.IGNORECASE)


def find_vocabulary(beside: Path | None = None) -> Path:
    """Return the published vocabulary's file: beside the weights, or of an installed package.

    Raises:
        InputError: it is nowhere; says what brings it.
    """
    folders = [] if beside is None else [beside if beside.is_dir() else beside.parent]
    for name in PACKAGES:
        spec = util.find_spec(name)
        if spec is not None and spec.origin is not None:
            folders.append(Path(spec.origin).parent)
    for folder in folders:
        for name in (VOCABULARY, "merges.txt"):
            if (folder / name).is_file():
                return folder / name
    raise InputError(
        f"CLIP's vocabulary {VOCABULARY} is not beside its weights; put it there, or: "
        "pip install open-clip-torch"
    )


@lru_cache(maxsize=1)
def _letters() -> dict[int, str]:
    """Return a printable letter for every byte: its own where it has one."""
    own = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    letters = {byte: chr(byte) for byte in own}
    others = (byte for byte in range(256) if byte not in letters)
    return letters | {byte: chr(256 + i) for i, byte in enumerate(others)}


class Tokenizer:
    """Turns text into token numbers."""

    def __init__(self, merges: list[tuple[str, str]]) -> None:
        """Take the merges in the order of their ranks."""
        letters = list(_letters().values())
        words = [*letters, *(letter + "</w>" for letter in letters)]
        words += ["".join(merge) for merge in merges]
        self.ranks = {merge: rank for rank, merge in enumerate(merges)}
        self.numbers = {word: number for number, word in enumerate(words)}
        self.begin, self.end = len(words), len(words) + 1

    @classmethod
    def load(cls, path: Path) -> Tokenizer:
        """Read a vocabulary: a line of heading, then a merge a line, gzipped or not.

        Raises:
            InputError: it cannot be read, or a line is no merge.
        """
        try:
            raw = path.read_bytes()
            raw = gzip.decompress(raw) if path.suffix == ".gz" else raw
            lines = raw.decode("utf-8").splitlines()[1 : MERGES + 1]
        except (OSError, EOFError, UnicodeDecodeError) as error:
            raise InputError(f"cannot read the vocabulary {str(path)!r}: {error}") from error
        merges = [tuple(line.split()) for line in lines if line.strip()]
        if not merges or any(len(merge) != 2 for merge in merges):
            raise InputError(f"{str(path)!r} is no vocabulary of merges")
        return cls(merges)  # type: ignore[arg-type]

    def encode(self, text: str) -> list[int]:
        """Return the tokens of a text, without the marks at its ends."""
        cleaned = " ".join(html.unescape(html.unescape(text)).translate(_QUOTES).split()).lower()
        letters = _letters()
        tokens = []
        for word in _WORDS.findall(cleaned):
            symbols = "".join(letters[byte] for byte in word.encode("utf-8"))
            tokens += [self.numbers[part] for part in self._merged(symbols)]
        return tokens

    def _merged(self, symbols: str) -> list[str]:
        parts = [*symbols[:-1], symbols[-1] + "</w>"]
        while len(parts) > 1:
            pairs = list(pairwise(parts))
            best = min(pairs, key=lambda pair: self.ranks.get(pair, len(self.ranks)))
            if best not in self.ranks:
                break
            merged, i = [], 0
            while i < len(parts):
                if i + 1 < len(parts) and (parts[i], parts[i + 1]) == best:
                    merged.append(parts[i] + parts[i + 1])
                    i += 2
                else:
                    merged.append(parts[i])
                    i += 1
            parts = merged
        return parts

    def __call__(self, text: str, longest: int = CONTEXT - 2) -> Tensor:
        """Return (:data:`CONTEXT`,) numbers: a mark, at most ``longest`` tokens, a mark, zeros."""
        tokens = [self.begin, *self.encode(text)[:longest], self.end]
        out = torch.zeros(CONTEXT, dtype=torch.int64)
        out[: len(tokens)] = torch.tensor(tokens)
        return out
