"""The Motion Diffusion Model, with weights drawn at random in the published formats.

The dense references below are written from the papers in numpy and share nothing with the package.
"""

from __future__ import annotations

import gzip
import json
import os
from dataclasses import replace
from pathlib import Path

import mujoco
import numpy as np
import pytest
import torch
from command_line import refuse

from kinesis_fast.errors import InputError
from kinesis_fast.motions.formats.humanml3d import joints_of
from kinesis_fast.t2m import generate
from kinesis_fast.t2m.mdm.backend import MotionDiffusion
from kinesis_fast.t2m.mdm.clip_text import ClipText
from kinesis_fast.t2m.mdm.clip_tokens import Tokenizer, find_vocabulary
from kinesis_fast.t2m.mdm.denoiser import Denoiser, DenoiserConfig
from kinesis_fast.t2m.mdm.diffusion import cosine_betas, sample
from kinesis_fast.t2m.mdm.readers import Said
from kinesis_fast.t2m.mdm.weights import put_into, read_tensors

Weights = dict[str, np.ndarray]
SMALL = DenoiserConfig(latent_dim=64, layers=2, ff_size=96, diffusion_steps=5)
CONFIGS = {
    "encoder": SMALL,
    "decoder": replace(SMALL, arch="trans_dec"),
    "decoder, text first": replace(SMALL, arch="trans_dec", emb_trans_dec=True),
    "decoder, a state a token": replace(SMALL, arch="trans_dec", text_encoder="bert"),
}


def published(config: DenoiserConfig, seed: int = 0) -> dict[str, torch.Tensor]:
    """A checkpoint as the authors write it: with the tables of positions, which are computed."""
    torch.manual_seed(seed)
    tensors = dict(Denoiser(config).state_dict())
    # Fresh biases and norms are 0 and 1: draw them too, so that the reference must use them.
    tensors = {name: value + 0.1 * torch.randn(value.shape) for name, value in tensors.items()}
    table = torch.zeros(50, 1, config.latent_dim)
    tensors["sequence_pos_encoder.pe"] = table
    tensors["embed_timestep.sequence_pos_encoder.pe"] = table
    return tensors


# A dense reference ---------------------------------------------------------------------------


def linear(x: np.ndarray, w: Weights, name: str) -> np.ndarray:
    return x @ w[name + "weight"].T + w[name + "bias"]


def norm(x: np.ndarray, w: Weights, name: str) -> np.ndarray:
    mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + 1e-5) * w[name + "weight"] + w[name + "bias"]


def attention(
    x: np.ndarray, y: np.ndarray, w: Weights, name: str, heads: int, causal: bool = False
) -> np.ndarray:
    size = x.shape[-1]
    parts = np.split(w[name + "in_proj_weight"], 3), np.split(w[name + "in_proj_bias"], 3)
    q, k, v = (z @ m.T + b for z, m, b in zip((x, y, y), *parts, strict=True))
    out = np.zeros_like(x)
    for head in range(heads):
        part = slice(head * size // heads, (head + 1) * size // heads)
        scores = q[:, part] @ k[:, part].T / np.sqrt(size // heads)
        if causal:
            scores[np.triu_indices(len(x), 1)] = -np.inf
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        out[:, part] = weights / weights.sum(-1, keepdims=True) @ v[:, part]
    return linear(out, w, name + "out_proj.")


def gelu(x: np.ndarray) -> np.ndarray:
    return 0.5 * x * (1 + np.vectorize(__import__("math").erf)(x / np.sqrt(2)))


def positions(count: int, size: int) -> np.ndarray:
    place, column = np.arange(count)[:, None], np.arange(size)[None]
    angle = place / 10000 ** ((column - column % 2) / size)
    return np.where(column % 2 == 0, np.sin(angle), np.cos(angle))


def dense(
    config: DenoiserConfig, w: Weights, x: np.ndarray, step: int, text: np.ndarray
) -> np.ndarray:
    """One sequence (frames, 263), clean, of a text's states (states, size)."""
    said = positions(step + 1, config.latent_dim)[step]
    said = linear(said, w, "embed_timestep.time_embed.0.")
    said = linear(said / (1 + np.exp(-said)), w, "embed_timestep.time_embed.2.")
    said = said + linear(text, w, "embed_text.")
    frames = linear(x, w, "input_process.poseEmbedding.")
    first = config.arch == "trans_enc" or config.emb_trans_dec
    h = np.concatenate([said, frames]) if first else frames
    h = h + positions(len(h), config.latent_dim)
    for layer in range(config.layers):
        if config.arch == "trans_enc":
            name = f"seqTransEncoder.layers.{layer}."
            h = norm(h + attention(h, h, w, name + "self_attn.", config.heads), w, name + "norm1.")
            last = "norm2."
        else:
            name = f"seqTransDecoder.layers.{layer}."
            h = norm(h + attention(h, h, w, name + "self_attn.", config.heads), w, name + "norm1.")
            other = attention(h, said, w, name + "multihead_attn.", config.heads)
            h = norm(h + other, w, name + "norm2.")
            last = "norm3."
        inner = linear(gelu(linear(h, w, name + "linear1.")), w, name + "linear2.")
        h = norm(h + inner, w, name + last)
    return linear(h[1:] if first else h, w, "output_process.poseFinal.")


def dense_clip(w: Weights, tokens: np.ndarray) -> np.ndarray:
    """Of the layout of OpenAI's archive."""
    h = w["token_embedding.weight"][tokens] + w["positional_embedding"]
    layers = len({name.split(".")[2] for name in w if name.startswith("transformer.resblocks.")})
    for layer in range(layers):
        name = f"transformer.resblocks.{layer}."
        y = norm(h, w, name + "ln_1.")
        h = h + attention(y, y, w, name + "attn.", h.shape[-1] // 64, causal=True)
        inner = linear(norm(h, w, name + "ln_2."), w, name + "mlp.c_fc.")
        h = h + linear(inner / (1 + np.exp(-1.702 * inner)), w, name + "mlp.c_proj.")
    return norm(h, w, "ln_final.")[tokens.argmax()] @ w["text_projection"]


def arrays(tensors: dict[str, torch.Tensor]) -> Weights:
    return {name: value.double().numpy() for name, value in tensors.items()}


# CLIP in both layouts --------------------------------------------------------------------------


def openai_clip(vocabulary: int = 600, size: int = 32) -> dict[str, torch.Tensor]:
    torch.manual_seed(1)
    model = ClipText(vocabulary, 77, 128, 2, size)
    out = {}
    for name, value in model.state_dict().items():
        drawn = value + 0.1 * torch.randn(value.shape)
        out[name.replace("blocks.", "transformer.resblocks.")] = drawn
    return out | {"logit_scale": torch.tensor(4.6), "visual.conv1.weight": torch.zeros(3)}


def face_clip(openai: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The same weights as Hugging Face lays them out."""
    base = "text_model."
    out = {
        base + "embeddings.token_embedding.weight": openai["token_embedding.weight"],
        base + "embeddings.position_embedding.weight": openai["positional_embedding"],
        base + "final_layer_norm.weight": openai["ln_final.weight"],
        base + "final_layer_norm.bias": openai["ln_final.bias"],
        "text_projection.weight": openai["text_projection"].T.contiguous(),
        "vision_model.post_layernorm.weight": torch.ones(3),
    }
    for layer in range(2):
        ours, theirs = f"transformer.resblocks.{layer}.", f"{base}encoder.layers.{layer}."
        for kind in ("weight", "bias"):
            for which, part in zip(
                "qkv", openai[f"{ours}attn.in_proj_{kind}"].chunk(3), strict=True
            ):
                out[f"{theirs}self_attn.{which}_proj.{kind}"] = part.clone()
            for a, b in (
                ("attn.out_proj", "self_attn.out_proj"),
                ("ln_1", "layer_norm1"),
                ("ln_2", "layer_norm2"),
                ("mlp.c_fc", "mlp.fc1"),
                ("mlp.c_proj", "mlp.fc2"),
            ):
                out[f"{theirs}{b}.{kind}"] = openai[f"{ours}{a}.{kind}"]
    return out


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A published folder, with CLIP and a vocabulary of a few merges beside it."""
    config = replace(SMALL, ff_size=1024)
    torch.save({"model": published(config)}, tmp_path / "model000000100.pt")
    args = {
        "arch": "trans_enc",
        "latent_dim": 64,
        "layers": 2,
        "diffusion_steps": 5,
        "dataset": "humanml",
    }
    (tmp_path / "args.json").write_text(json.dumps(args))
    np.save(tmp_path / "t2m_mean.npy", np.zeros(263))
    np.save(tmp_path / "t2m_std.npy", np.ones(263))
    torch.save(openai_clip(size=512), tmp_path / "clip.pt")
    merges = "#version\nw a\nl k</w>\nwa lk</w>\n"
    (tmp_path / "bpe_simple_vocab_16e6.txt.gz").write_bytes(gzip.compress(merges.encode()))
    return tmp_path


# Tests -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CONFIGS)
def test_the_network_is_the_dense_reference(name: str) -> None:
    config = CONFIGS[name]
    tensors = {k: v for k, v in published(config).items() if not k.endswith(".pe")}
    model = Denoiser(config).eval()
    put_into(model, tensors, "the test")
    random = np.random.default_rng(0)
    states = 5 if config.text_encoder == "bert" else 1
    x, text = random.normal(size=(2, 9, 263)), random.normal(size=(2, states, config.text_size))
    step = np.array([3, 0])
    ignored = np.zeros((2, states), bool)
    ignored[1, 3:] = True
    with torch.no_grad():
        said = Said(torch.tensor(text).float(), torch.tensor(ignored))
        found = model(torch.tensor(x).float(), torch.tensor(step), said)
    for i in range(2):
        expected = dense(config, arrays(tensors), x[i], step[i], text[i][~ignored[i]])
        np.testing.assert_allclose(found[i].numpy(), expected, atol=1e-5)


def test_clip_is_the_dense_reference_in_both_layouts() -> None:
    openai = openai_clip()
    tokens = torch.zeros(3, 77, dtype=torch.int64)
    tokens[0, :4] = torch.tensor([598, 5, 9, 599])
    tokens[1, :2] = torch.tensor([598, 599])
    tokens[2] = torch.arange(77)
    tokens[2, -1] = 599
    with torch.no_grad():
        found = ClipText.of(openai)(tokens)
        face = ClipText.of(face_clip(openai))(tokens)
    np.testing.assert_array_equal(found.numpy(), face.numpy())
    for i in range(3):
        expected = dense_clip(arrays(openai), tokens[i].numpy())
        np.testing.assert_allclose(found[i].numpy(), expected, atol=1e-5)


@pytest.mark.filterwarnings("ignore")  # tracing is on its way out; what is published was traced
def test_clip_of_torchscript(tmp_path: Path) -> None:
    model = ClipText(300, 8, 64, 1, 16).eval()
    example = torch.zeros(1, 8, dtype=torch.int64)
    torch.jit.trace(model, example).save(tmp_path / "archive.pt")
    found = read_tensors(tmp_path / "archive.pt")
    torch.testing.assert_close(found["positional_embedding"], model.positional_embedding.data)


def test_tokens_are_merged_by_rank() -> None:
    tokenizer = Tokenizer([("w", "a"), ("l", "k</w>"), ("wa", "lk</w>"), ("a", "l")])
    assert tokenizer.encode("Walk  walk") == [514, 514]
    assert tokenizer.encode("al") == [tokenizer.numbers["a"], tokenizer.numbers["l</w>"]]
    assert len(tokenizer.encode("it's 12!")) == 7  # i t, ' s, 1, 2, !
    row = tokenizer("walk " * 100, 20)
    assert row.shape == (77,)
    assert row[0] == tokenizer.begin == 516
    assert row[21] == tokenizer.end == 517
    assert row[22:].sum() == 0
    assert tokenizer.encode("\u00e9\u4e2d") != []


def test_the_published_vocabulary() -> None:
    try:
        tokenizer = Tokenizer.load(find_vocabulary())
    except InputError:
        pytest.skip("no package that brings CLIP's vocabulary is installed (open-clip-torch)")
    assert (tokenizer.begin, tokenizer.end) == (49406, 49407)
    # Of CLIP's own documentation: "a photo of a cat".
    assert tokenizer.encode("a photo of a cat") == [320, 1125, 539, 320, 2368]


def test_betas_and_a_step_by_hand() -> None:
    betas = cosine_betas(2)
    kept = [np.cos((share + 0.008) / 1.008 * np.pi / 2) ** 2 for share in (0.0, 0.5, 1.0)]
    np.testing.assert_allclose(betas, [1 - kept[1] / kept[0], 0.999])
    clean = torch.tensor([[2.0]])
    found = sample(
        lambda x, step: clean, (1, 1), 1, torch.Generator().manual_seed(0), torch.device("cpu")
    )
    torch.testing.assert_close(found, clean)  # the last step's mean is the clean sample


def test_sampling_repeats_under_a_seed(folder: Path) -> None:
    model = MotionDiffusion(folder, folder / "clip.pt")
    one, again, other = (
        model.features(["walk", "walk walk"], seconds=2.0, seed=seed) for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(one[0], again[0])
    assert one[0].shape == (40, 263)
    assert np.abs(one[0] - other[0]).max() > 0.1
    assert np.abs(one[0] - one[1]).max() > 0.1


def test_guidance_is_towards_the_text(folder: Path) -> None:
    """A sample of one step is what the network says: without the text, and 2.5 times further."""
    args = json.loads((folder / "args.json").read_text())
    (folder / "args.json").write_text(json.dumps({**args, "diffusion_steps": 1}))
    model = MotionDiffusion(folder, folder / "clip.pt")
    found = model.features(["walk"], seconds=2.0, seed=0)[0]
    x = torch.randn((1, 40, 263), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        said = model.read(["walk"])
        free, told = (model.denoiser(x, torch.zeros(1).long(), t) for t in (said.nothing(), said))
    expected = (free + 2.5 * (told - free))[0].numpy()
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_averaged_weights_are_preferred(folder: Path) -> None:
    config = replace(SMALL, ff_size=1024)
    torch.save(
        {"model": published(config), "model_avg": published(config, seed=7)},
        folder / "model000000200.pt",
    )
    model = MotionDiffusion(folder, folder / "clip.pt")
    expected = published(config, seed=7)["embed_text.weight"]
    torch.testing.assert_close(model.denoiser.embed_text.weight.data, expected)


def test_what_is_missing_is_named(folder: Path, tmp_path: Path) -> None:
    tensors = published(replace(SMALL, ff_size=1024))
    del tensors["embed_text.bias"]
    torch.save(tensors, folder / "model000000300.pt")
    with pytest.raises(InputError, match=r"model000000300\.pt lack embed_text\.bias"):
        MotionDiffusion(folder, folder / "clip.pt")
    tensors = published(replace(SMALL, ff_size=1024)) | {"extra.weight": torch.zeros(1)}
    torch.save(tensors, folder / "model000000300.pt")
    with pytest.raises(InputError, match=r"have besides extra\.weight"):
        MotionDiffusion(folder, folder / "clip.pt")
    (folder / "model000000300.pt").unlink()
    with pytest.raises(InputError, match="CLIP's weights .* do not exist; fetch ViT-B/32"):
        MotionDiffusion(folder, folder / "none.pt")
    (folder / "t2m_std.npy").unlink()
    with pytest.raises(InputError, match=r"has no t2m_std\.npy; fetch a checkpoint"):
        MotionDiffusion(folder, folder / "clip.pt")
    for args, reason in (
        ({"text_encoder_type": "t5"}, "text_encoder_type 't5'"),
        ({"text_encoder_type": "bert"}, "arch 'trans_dec' is needed"),
    ):
        (folder / "args.json").write_text(json.dumps(args))
        with pytest.raises(InputError, match=reason):
            MotionDiffusion(folder, folder / "clip.pt")


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_pickles_run_nothing(folder: Path) -> None:
    import pickle

    class Harm:
        def __reduce__(self) -> tuple[object, ...]:
            return os.system, ("touch harmed",)

    (folder / "model000000400.pt").write_bytes(pickle.dumps(Harm()))
    with pytest.raises(InputError, match="cannot read the weights"):
        MotionDiffusion(folder, folder / "clip.pt")
    assert not Path("harmed").exists()


def test_the_command_says_what_to_fetch(tmp_path: Path) -> None:
    refuse(tmp_path, "needs mdm_dir", "t2m", "walk", "--backend", "mdm", "--out", "a.h5")
    refuse(tmp_path, "does not exist; fetch a checkpoint", "t2m", "walk", "--backend", "mdm",
           "--mdm-dir", "none", "--clip", "none.pt", "--out", "a.h5")  # fmt: skip
    refuse(tmp_path, "name a library", "t2m", "walk", "--backend", "mdm")
    refuse(tmp_path, "did you mean 'mdm'", "t2m", "walk", "--backend", "mdn", "--out", "a.h5")


def test_features_are_the_joints_that_they_were_made_of(real_data: Path) -> None:
    """Up to start and heading, which features leave out."""
    features = np.load(real_data / "humanml3d/012314_features.npy").astype(float)
    joints = np.load(real_data / "humanml3d/012314_joints.npy").astype(float)
    found = joints_of(features)
    count = len(found)
    flat = found[:, :, [0, 2]].reshape(-1, 2), joints[:count, :, [0, 2]].reshape(-1, 2)
    a, b = (points - points.mean(0) for points in flat)
    u, _, vt = np.linalg.svd(a.T @ b)
    np.testing.assert_allclose(a @ u @ vt, b, atol=1e-3)
    np.testing.assert_allclose(found[:, :, 1], joints[:count, :, 1], atol=1e-3)


def test_motion_files_are_a_backend(real_data: Path, model: mujoco.MjModel) -> None:
    library = generate(str(real_data / "humanml3d/012314_joints.npy"), backend="file", model=model)
    assert library.clips[0].duration > 2.0
