"""DistilBERT (Sanh et al. 2019): a transformer whose states are read token by token.

Weights are read as Hugging Face publishes ``distilbert-base-uncased``; sizes are the weights' own.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from kinesis_fast.errors import InputError
from kinesis_fast.t2m.mdm.weights import put_into

HEAD = 64
"""Numbers a head of attention."""
_EPSILON = 1e-12
_PREFIX = "distilbert."
_HEADS = ("vocab_", "pre_classifier.", "classifier.", "qa_outputs.")
"""What begins the names of weights of what DistilBERT was trained by."""


class _Embeddings(nn.Module):
    def __init__(self, vocabulary: int, context: int, width: int) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(vocabulary, width)
        self.position_embeddings = nn.Embedding(context, width)
        self.LayerNorm = nn.LayerNorm(width, eps=_EPSILON)

    def forward(self, tokens: Tensor) -> Tensor:
        places = torch.arange(tokens.shape[1], device=tokens.device)
        out: Tensor = self.LayerNorm(
            self.word_embeddings(tokens) + self.position_embeddings(places)
        )
        return out


class _Attention(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.q_lin, self.k_lin, self.v_lin, self.out_lin = (
            nn.Linear(width, width) for _ in range(4)
        )

    def forward(self, x: Tensor, ignored: Tensor) -> Tensor:
        count, length, width = x.shape
        q, k, v = (
            linear(x).view(count, length, width // HEAD, HEAD).transpose(1, 2)
            for linear in (self.q_lin, self.k_lin, self.v_lin)
        )
        seen = ~ignored[:, None, None, :]
        out = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=seen)
        result: Tensor = self.out_lin(out.transpose(1, 2).reshape(count, length, width))
        return result


class _FeedForward(nn.Module):
    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.lin1 = nn.Linear(width, inner)
        self.lin2 = nn.Linear(inner, width)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.lin2(nn.functional.gelu(self.lin1(x)))
        return out


class _Layer(nn.Module):
    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.attention = _Attention(width)
        self.sa_layer_norm = nn.LayerNorm(width, eps=_EPSILON)
        self.ffn = _FeedForward(width, inner)
        self.output_layer_norm = nn.LayerNorm(width, eps=_EPSILON)

    def forward(self, x: Tensor, ignored: Tensor) -> Tensor:
        x = self.sa_layer_norm(x + self.attention(x, ignored))
        out: Tensor = self.output_layer_norm(x + self.ffn(x))
        return out


class _Transformer(nn.Module):
    def __init__(self, width: int, layers: int, inner: int) -> None:
        super().__init__()
        self.layer = nn.ModuleList(_Layer(width, inner) for _ in range(layers))


class BertText(nn.Module):
    """Text features, one vector a token."""

    def __init__(self, vocabulary: int, context: int, width: int, layers: int, inner: int) -> None:
        """Make one with weights drawn at random.

        Args:
            vocabulary: tokens.
            context: tokens of a text, at most.
            width: numbers a token.
            layers: of the transformer.
            inner: numbers a token within a layer.
        """
        super().__init__()
        self.embeddings = _Embeddings(vocabulary, context, width)
        self.transformer = _Transformer(width, layers, inner)

    def forward(self, tokens: Tensor, ignored: Tensor) -> Tensor:
        """Return states (n, length, width) of tokens (n, length), some of which are ignored."""
        x: Tensor = self.embeddings(tokens)
        for layer in self.transformer.layer:
            x = layer(x, ignored)
        return x

    @classmethod
    def of(cls, tensors: Mapping[str, Tensor]) -> BertText:
        """Return the model of a state dict; what it was trained by is ignored.

        Raises:
            InputError: the weights are not DistilBERT's.
        """
        own = {
            name.removeprefix(_PREFIX): value
            for name, value in tensors.items()
            if not name.startswith(_HEADS) and not name.endswith("position_ids")
        }
        words, places = (own.get(f"embeddings.{n}_embeddings.weight") for n in ("word", "position"))
        first = own.get("transformer.layer.0.ffn.lin1.weight")
        if words is None or places is None or first is None:
            raise InputError("the weights are not DistilBERT's: they lack embeddings or layers")
        layers = len({n.split(".")[2] for n in own if n.startswith("transformer.layer.")})
        if words.ndim != 2 or words.shape[1] % HEAD:
            raise InputError(
                f"DistilBERT's words have shape {tuple(words.shape)}; "
                f"(words, a multiple of {HEAD}) is needed"
            )
        model = cls(len(words), len(places), words.shape[1], layers, len(first))
        put_into(model, own, "DistilBERT")
        return model.eval()
