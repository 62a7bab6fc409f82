"""DistilBERT beside the Motion Diffusion Model, with weights drawn at random as published."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.t2m.test_mdm import SMALL, Weights, arrays, gelu, linear, published

from kinesis_fast.errors import InputError
from kinesis_fast.t2m.mdm.backend import MotionDiffusion
from kinesis_fast.t2m.mdm.bert_text import BertText
from kinesis_fast.t2m.mdm.bert_tokens import WordPieces
from kinesis_fast.t2m.mdm.readers import BertReader

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "walk", "##ing", "##s", "a", "slow", "##ly", ",", "!"]


def drawn(seed: int = 0, width: int = 128) -> dict[str, torch.Tensor]:
    """A published state dict: a prefix, and the weights that DistilBERT was trained by."""
    torch.manual_seed(seed)
    own = BertText(len(PIECES), 40, width, 2, 96).state_dict()
    tensors = {f"distilbert.{k}": v + 0.1 * torch.randn(v.shape) for k, v in own.items()}
    return tensors | {"vocab_transform.weight": torch.zeros(3), "vocab_layer_norm.bias": own[
        "embeddings.LayerNorm.bias"
    ]}  # fmt: skip


def norm(x: np.ndarray, w: Weights, name: str) -> np.ndarray:
    mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + 1e-12) * w[name + "weight"] + w[name + "bias"]


def dense(w: Weights, tokens: list[int]) -> np.ndarray:
    """States of one text with nothing that is ignored."""
    at = "distilbert.embeddings."
    x = (
        w[at + "word_embeddings.weight"][tokens]
        + w[at + "position_embeddings.weight"][: len(tokens)]
    )
    x = norm(x, w, at + "LayerNorm.")
    for layer in range(2):
        at = f"distilbert.transformer.layer.{layer}."
        q, k, v = (linear(x, w, f"{at}attention.{part}_lin.") for part in "qkv")
        out = np.zeros_like(x)
        for begin in range(0, x.shape[1], 64):
            part = slice(begin, begin + 64)
            weights = np.exp(q[:, part] @ k[:, part].T / 8.0)
            out[:, part] = weights / weights.sum(-1, keepdims=True) @ v[:, part]
        x = norm(x + linear(out, w, at + "attention.out_lin."), w, at + "sa_layer_norm.")
        inner = linear(gelu(linear(x, w, at + "ffn.lin1.")), w, at + "ffn.lin2.")
        x = norm(x + inner, w, at + "output_layer_norm.")
    return x


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """DistilBERT in ``bert/``, and a checkpoint whose text it reads, beside it."""
    bert = tmp_path / "bert"
    bert.mkdir()
    torch.save(drawn(width=768), bert / "pytorch_model.bin")
    (bert / "vocab.txt").write_text("\n".join(PIECES) + "\n")
    config = replace(SMALL, ff_size=1024, arch="trans_dec", text_encoder="bert")
    torch.save({"model_avg": published(config)}, tmp_path / "model000000100.pt")
    args = {"arch": "trans_dec", "latent_dim": 64, "layers": 2, "diffusion_steps": 3}
    (tmp_path / "args.json").write_text(json.dumps({**args, "text_encoder_type": "bert"}))
    np.save(tmp_path / "t2m_mean.npy", np.zeros(263))
    np.save(tmp_path / "t2m_std.npy", np.ones(263))
    return tmp_path


def test_states_are_the_dense_reference() -> None:
    """Of a short text beside a long one too: what fills it up is ignored."""
    tensors = drawn()
    rows = [[2, 4, 5, 3], [2, 7, 4, 8, 9, 10, 3]]
    tokens = torch.zeros(2, 7, dtype=torch.int64)
    ignored = torch.ones(2, 7, dtype=torch.bool)
    for i, row in enumerate(rows):
        tokens[i, : len(row)], ignored[i, : len(row)] = torch.tensor(row), False
    with torch.no_grad():
        found = BertText.of(tensors)(tokens, ignored)
    for i, row in enumerate(rows):
        expected = dense(arrays(tensors), row)
        np.testing.assert_allclose(found[i, : len(row)].numpy(), expected, atol=1e-5)


def test_words_are_cut_into_the_longest_pieces() -> None:
    tokenizer = WordPieces(PIECES)
    assert tokenizer("Walking slowly, a W\u00e1lk!", 20) == [2, 4, 5, 8, 9, 10, 7, 4, 11, 3]
    assert tokenizer("walkers a", 20) == [2, 1, 7, 3]
    assert tokenizer("a " * 50, 4) == [2, 7, 7, 7, 7, 3]
    assert tokenizer("", 4) == [2, 3]
    with pytest.raises(InputError, match=r"has no \[SEP\]"):
        WordPieces(["[CLS]", "[UNK]", "[PAD]"])


def test_a_checkpoint_reads_its_text_by_it(folder: Path) -> None:
    model = MotionDiffusion(folder, bert=folder / "bert")
    one, again = (model.features(["walk", "a slow walk"], seconds=2.0, seed=1) for _ in range(2))
    np.testing.assert_array_equal(one[0], again[0])
    alone = model.features(["walk"], seconds=2.0, seed=1)[0]
    assert alone.shape == one[0].shape == (40, 263)
    assert np.abs(one[0] - one[1]).max() > 0.1


def test_what_is_missing_is_named(folder: Path) -> None:
    with pytest.raises(InputError, match=r"read by DistilBERT: name its folder by bert"):
        MotionDiffusion(folder, clip=folder / "bert")
    (folder / "bert/vocab.txt").unlink()
    with pytest.raises(InputError, match=r"has no vocab\.txt; fetch them"):
        BertReader(folder / "bert", torch.device("cpu"))
    with pytest.raises(InputError, match=r"not DistilBERT's"):
        BertText.of({"weight": torch.zeros(3)})
    tensors = drawn()
    del tensors["distilbert.transformer.layer.1.ffn.lin2.bias"]
    with pytest.raises(InputError, match=r"DistilBERT lack transformer\.layer\.1\.ffn\.lin2\.bias"):
        BertText.of(tensors)
