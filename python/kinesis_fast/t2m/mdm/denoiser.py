"""The network of the Motion Diffusion Model (Tevet et al., ICLR 2023): from noise to features.

Module names are those of the published checkpoints, so that these load as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from kinesis_fast.errors import InputError, did_you_mean
from kinesis_fast.t2m.mdm.readers import Said

FEATURES = 263
LONGEST = 5000
"""Positions that the network has encodings of."""
ARCHITECTURES = ("trans_enc", "trans_dec")
TEXT_SIZES = {"clip": 512, "bert": 768}
"""Numbers of a state of a text, by what reads it."""


@dataclass(frozen=True)
class DenoiserConfig:
    """What ``args.json`` beside a checkpoint says of the network."""

    arch: str = "trans_enc"
    """``trans_enc``: text and step are the first token; ``trans_dec``: what is attended to."""
    text_encoder: str = "clip"
    """``clip``: a text is one state; ``bert``, of ``trans_dec``: a state a token."""
    latent_dim: int = 512
    layers: int = 8
    heads: int = 4
    ff_size: int = 1024
    emb_trans_dec: bool = False
    """Of ``trans_dec``: they are the first token too."""
    diffusion_steps: int = 1000

    @property
    def text_size(self) -> int:
        """Numbers of a state of a text."""
        return TEXT_SIZES[self.text_encoder]

    @classmethod
    def of(cls, args: dict[str, Any]) -> DenoiserConfig:
        """Read the fields of ``args.json``.

        Raises:
            InputError: one has another type or is out of range, or they do not go together.
        """
        encoder = args.get("text_encoder_type", "clip")
        if encoder not in TEXT_SIZES:
            guess = did_you_mean(str(encoder), TEXT_SIZES)
            raise InputError(f"args.json has text_encoder_type {encoder!r}{guess}")
        if args.get("dataset", "humanml") != "humanml":
            raise InputError(f"args.json has dataset {args['dataset']!r}; humanml is needed")
        arch = args.get("arch", "trans_enc")
        if arch not in ARCHITECTURES:
            raise InputError(f"args.json has arch {arch!r}{did_you_mean(str(arch), ARCHITECTURES)}")
        first = bool(args.get("emb_trans_dec", False))
        if encoder == "bert" and (
            arch != "trans_dec" or first or args.get("emb_policy") == "concat"
        ):
            raise InputError(
                "args.json has text_encoder_type 'bert'; with it, arch 'trans_dec' is needed, "
                "without emb_trans_dec, and emb_policy 'add'"
            )
        schedule = args.get("noise_schedule", "cosine")
        if schedule != "cosine":
            raise InputError(f"args.json has noise_schedule {schedule!r}; cosine is needed")
        values: dict[str, int] = {}
        for name, default, most in (
            ("latent_dim", 512, 8192),
            ("layers", 8, 64),
            ("diffusion_steps", 1000, 10_000),
        ):
            value = args.get(name, default)
            if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
                raise InputError(f"args.json has {name} {value!r}; it must be in [1, {most}]")
            values[name] = value
        return cls(arch=arch, text_encoder=encoder, emb_trans_dec=first, **values)


class _InputProcess(nn.Module):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.poseEmbedding = nn.Linear(FEATURES, size)


class _OutputProcess(nn.Module):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.poseFinal = nn.Linear(size, FEATURES)


class _TimestepEmbedder(nn.Module):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.time_embed = nn.Sequential(nn.Linear(size, size), nn.SiLU(), nn.Linear(size, size))


class Denoiser(nn.Module):
    """Predicts clean features from noisy ones, a diffusion step and a text."""

    positions: Tensor

    def __init__(self, config: DenoiserConfig) -> None:
        """Make one with weights drawn at random."""
        super().__init__()
        self.config = config
        size = config.latent_dim
        self.register_buffer("positions", sinusoids(LONGEST, size), persistent=False)
        self.input_process = _InputProcess(size)
        self.output_process = _OutputProcess(size)
        self.embed_timestep = _TimestepEmbedder(size)
        self.embed_text = nn.Linear(config.text_size, size)
        options: dict[str, Any] = {"dim_feedforward": config.ff_size, "activation": "gelu"}
        if config.arch == "trans_enc":
            self.seqTransEncoder = nn.TransformerEncoder(
                nn.TransformerEncoderLayer(size, config.heads, batch_first=True, **options),
                config.layers,
                enable_nested_tensor=False,
            )
        else:
            self.seqTransDecoder = nn.TransformerDecoder(
                nn.TransformerDecoderLayer(size, config.heads, batch_first=True, **options),
                config.layers,
            )

    def forward(self, x: Tensor, step: Tensor, text: Said) -> Tensor:
        """Return clean features (n, frames, 263).

        Args:
            x: noisy features, (n, frames, 263), normalised.
            step: of the diffusion, (n,).
            text: what is said, a state each but for ``bert``.
        """
        time = self.embed_timestep.time_embed(self.positions[step])
        said = time[:, None] + self.embed_text(text.states)
        frames = self.input_process.poseEmbedding(x)
        if self.config.arch == "trans_enc":
            sequence = torch.cat([said, frames], dim=1)
            sequence = sequence + self.positions[: sequence.shape[1]]
            hidden = self.seqTransEncoder(sequence)[:, 1:]
        else:
            first = self.config.emb_trans_dec
            sequence = torch.cat([said, frames], dim=1) if first else frames
            sequence = sequence + self.positions[: sequence.shape[1]]
            hidden = self.seqTransDecoder(sequence, said, memory_key_padding_mask=text.ignored)[
                :, 1 if first else 0 :
            ]
        out: Tensor = self.output_process.poseFinal(hidden)
        return out


def sinusoids(count: int, size: int) -> Tensor:
    """Return what positions are told apart by (Vaswani et al. 2017), (count, size)."""
    place = torch.arange(count, dtype=torch.float32)[:, None]
    rate = torch.exp(torch.arange(0, size, 2).float() * (-torch.log(torch.tensor(1e4)) / size))
    out = torch.zeros(count, size)
    out[:, 0::2] = torch.sin(place * rate)
    out[:, 1::2] = torch.cos(place * rate)
    return out
