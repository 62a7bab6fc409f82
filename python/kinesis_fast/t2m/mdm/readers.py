"""From sentences to what the diffusion model's network reads of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from kinesis_fast.errors import InputError
from kinesis_fast.t2m.mdm.bert_text import BertText
from kinesis_fast.t2m.mdm.bert_tokens import VOCABULARY, WordPieces
from kinesis_fast.t2m.mdm.clip_text import ClipText
from kinesis_fast.t2m.mdm.clip_tokens import Tokenizer, find_vocabulary
from kinesis_fast.t2m.mdm.weights import read_tensors

CLIP_TOKENS = 20
"""Tokens of a sentence that the published models read by CLIP."""
BERT_TOKENS = 510
"""Tokens that DistilBERT reads, but for the marks at both ends."""


@dataclass(frozen=True)
class Said:
    """Sentences, read."""

    states: Tensor
    """What the text's encoder says of every token, (n, states, size)."""
    ignored: Tensor
    """(n, states) of them that are of no sentence."""

    def nothing(self) -> Said:
        """Return what is read where nothing is said, of the same shape."""
        return Said(torch.zeros_like(self.states), self.ignored)


class TextReader(ABC):
    """Reads sentences by a network that is given."""

    @abstractmethod
    def __call__(self, texts: Sequence[str]) -> Said:
        """Read sentences."""


class ClipReader(TextReader):
    """Reads a sentence as one state, by CLIP."""

    def __init__(self, path: Path, device: torch.device) -> None:
        """Load CLIP ViT-B/32's text side, a file or a folder.

        Raises:
            InputError: there is none, or no vocabulary beside it.
        """
        if not path.exists():
            raise InputError(
                f"CLIP's weights {str(path)!r} do not exist; fetch ViT-B/32 "
                "(github.com/openai/CLIP, or huggingface.co/openai/clip-vit-base-patch32)"
            )
        self.device = device
        self.tokenizer = Tokenizer.load(find_vocabulary(path))
        self.model = ClipText.load(path).to(device)

    def __call__(self, texts: Sequence[str]) -> Said:
        """Read sentences: one state each."""
        tokens = torch.stack([self.tokenizer(text, CLIP_TOKENS) for text in texts])
        states = self.model(tokens.to(self.device))[:, None]
        return Said(states, torch.zeros(states.shape[:2], dtype=torch.bool, device=self.device))


class BertReader(TextReader):
    """Reads a sentence as a state a token, by DistilBERT."""

    def __init__(self, folder: Path, device: torch.device) -> None:
        """Load DistilBERT of a folder with its weights and vocabulary.

        Raises:
            InputError: one of them is not there.
        """
        names = ("model.safetensors", "pytorch_model.bin")
        found = [folder / name for name in names if (folder / name).is_file()]
        if not found or not (folder / VOCABULARY).is_file():
            lacks = VOCABULARY if found else " or ".join(names)
            raise InputError(
                f"folder {str(folder)!r} of DistilBERT has no {lacks}; fetch them "
                "(huggingface.co/distilbert/distilbert-base-uncased)"
            )
        self.device = device
        self.tokenizer = WordPieces.load(folder / VOCABULARY)
        self.model = BertText.of(read_tensors(found[0])).to(device)

    def __call__(self, texts: Sequence[str]) -> Said:
        """Read sentences: a state a token, short ones filled up with what is ignored."""
        rows = [self.tokenizer(text, BERT_TOKENS) for text in texts]
        tokens = torch.full((len(rows), max(map(len, rows))), self.tokenizer.nothing)
        ignored = torch.ones(tokens.shape, dtype=torch.bool)
        for i, row in enumerate(rows):
            tokens[i, : len(row)] = torch.tensor(row)
            ignored[i, : len(row)] = False
        tokens, ignored = tokens.to(self.device), ignored.to(self.device)
        return Said(self.model(tokens, ignored), ignored)
