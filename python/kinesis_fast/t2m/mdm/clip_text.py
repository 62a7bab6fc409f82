"""The text side of CLIP (Radford et al. 2021): a causal transformer over tokens.

Weights are read in the layout of OpenAI's archive and in that of Hugging Face's; sizes are the
weights' own.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from kinesis_fast.errors import InputError
from kinesis_fast.t2m.mdm.weights import put_into, read_tensors

HEAD = 64
"""Numbers a head of attention."""
_FACE_PARTS = {
    "layer_norm1": "ln_1",
    "layer_norm2": "ln_2",
    "self_attn.out_proj": "attn.out_proj",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
}


class _Mlp(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.c_fc = nn.Linear(width, 4 * width)
        self.c_proj = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.c_fc(x)
        out: Tensor = self.c_proj(hidden * torch.sigmoid(1.702 * hidden))
        return out


class _Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(width)
        self.attn = nn.MultiheadAttention(width, width // HEAD, batch_first=True)
        self.ln_2 = nn.LayerNorm(width)
        self.mlp = _Mlp(width)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        y = self.ln_1(x)
        x = x + self.attn(y, y, y, need_weights=False, attn_mask=mask)[0]
        out: Tensor = x + self.mlp(self.ln_2(x))
        return out


class ClipText(nn.Module):
    """Text features, one vector a text."""

    def __init__(self, vocabulary: int, context: int, width: int, layers: int, size: int) -> None:
        """Make one with weights drawn at random.

        Args:
            vocabulary: tokens.
            context: tokens of a text.
            width: numbers a token.
            layers: of the transformer.
            size: numbers of a text's feature.
        """
        super().__init__()
        self.token_embedding = nn.Embedding(vocabulary, width)
        self.positional_embedding = nn.Parameter(0.01 * torch.randn(context, width))
        self.blocks = nn.ModuleList(_Block(width) for _ in range(layers))
        self.ln_final = nn.LayerNorm(width)
        self.text_projection = nn.Parameter(width**-0.5 * torch.randn(width, size))

    def forward(self, tokens: Tensor) -> Tensor:
        """Return features (n, size) of tokens (n, context): the state at the end's, the largest."""
        length = tokens.shape[1]
        x = self.token_embedding(tokens) + self.positional_embedding[:length]
        mask = torch.full((length, length), -torch.inf, device=x.device).triu(1)
        for block in self.blocks:
            x = block(x, mask)
        x = self.ln_final(x)
        at_end = x[torch.arange(len(x), device=x.device), tokens.argmax(dim=-1)]
        out: Tensor = at_end @ self.text_projection
        return out

    @classmethod
    def load(cls, path: Path) -> ClipText:
        """Read weights: a file of OpenAI's layout or of Hugging Face's, or a folder with one.

        Raises:
            InputError: there are none, or they are not CLIP's.
        """
        if path.is_dir():
            names = ("model.safetensors", "pytorch_model.bin", "ViT-B-32.pt")
            found = [path / name for name in names if (path / name).is_file()]
            if not found:
                raise InputError(f"folder {str(path)!r} has none of {', '.join(names)}")
            path = found[0]
        return cls.of(read_tensors(path))

    @classmethod
    def of(cls, tensors: Mapping[str, Tensor]) -> ClipText:
        """Return the model of a state dict in either layout; what is not of the text is ignored."""
        faces = any(name.startswith("text_model.") for name in tensors)
        own = _of_face(tensors) if faces else _of_openai(tensors)
        for name in ("token_embedding.weight", "positional_embedding", "text_projection"):
            if name not in own or own[name].ndim != 2:
                raise InputError(f"the weights are not of CLIP's text side: they lack {name}")
        vocabulary, width = own["token_embedding.weight"].shape
        layers = len({name.split(".")[1] for name in own if name.startswith("blocks.")})
        if width % HEAD:
            raise InputError(f"CLIP's text side is {width} wide; a multiple of {HEAD} is needed")
        sizes = own["positional_embedding"].shape[0], width, layers, own["text_projection"].shape[1]
        model = cls(vocabulary, *sizes)
        put_into(model, own, "CLIP's text side")
        return model.eval()


def _of_openai(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    kept = ("token_embedding.", "ln_final.")
    own = {name: value for name, value in tensors.items() if name.startswith(kept)}
    for name in ("positional_embedding", "text_projection"):
        if name in tensors:
            own[name] = tensors[name]
    blocks = "transformer.resblocks."
    for name, value in tensors.items():
        if name.startswith(blocks):
            own["blocks." + name.removeprefix(blocks)] = value
    return own


def _of_face(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    own: dict[str, Tensor] = {}
    alike = {
        "text_model.embeddings.token_embedding.weight": "token_embedding.weight",
        "text_model.embeddings.position_embedding.weight": "positional_embedding",
        "text_model.final_layer_norm.weight": "ln_final.weight",
        "text_model.final_layer_norm.bias": "ln_final.bias",
    }
    for name, ours in alike.items():
        if name in tensors:
            own[ours] = tensors[name]
    if "text_projection.weight" in tensors:
        own["text_projection"] = tensors["text_projection.weight"].T
    layers = "text_model.encoder.layers."
    for name, value in tensors.items():
        if not name.startswith(layers):
            continue
        number, _, rest = name.removeprefix(layers).partition(".")
        part, _, kind = rest.rpartition(".")
        if part == "self_attn.q_proj":
            rows = [tensors[name.replace("q_proj", f"{which}_proj")] for which in "qkv"]
            own[f"blocks.{number}.attn.in_proj_{kind}"] = torch.cat(rows)
        elif part in _FACE_PARTS:
            own[f"blocks.{number}.{_FACE_PARTS[part]}.{kind}"] = value
    return own
