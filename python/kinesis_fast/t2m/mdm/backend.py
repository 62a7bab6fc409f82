"""From sentences to motions by the Motion Diffusion Model's published checkpoints."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import mujoco
import numpy as np
import numpy.typing as npt
import torch

from kinesis_fast.config import check_ranges
from kinesis_fast.devices import find_device
from kinesis_fast.errors import InputError
from kinesis_fast.motions import MotionLibrary
from kinesis_fast.motions.formats.numpy_file import read_npy, to_numbers
from kinesis_fast.t2m.mdm.denoiser import FEATURES, Denoiser, DenoiserConfig
from kinesis_fast.t2m.mdm.diffusion import sample
from kinesis_fast.t2m.mdm.readers import BertReader, ClipReader, TextReader
from kinesis_fast.t2m.mdm.weights import put_into, read_json, read_tensors

Array = npt.NDArray[np.float64]

FRAME_RATE = 20.0
LONGEST = 196
"""Frames that the published models were trained on."""
GUIDANCE = 2.5
"""How far a sample is drawn from what is likely without the text (Ho and Salimans 2022)."""
FETCH = (
    "fetch a checkpoint of the Motion Diffusion Model (github.com/GuyTevet/motion-diffusion-model) "
    "with its args.json, and t2m_mean.npy and t2m_std.npy of the same repository"
)
STATISTICS = (("t2m_mean.npy", "Mean.npy"), ("t2m_std.npy", "Std.npy"))


class MotionDiffusion:
    """Draws motions for sentences."""

    def __init__(
        self,
        folder: Path,
        clip: Path | None = None,
        bert: Path | None = None,
        device: str = "auto",
    ) -> None:
        """Load a checkpoint, and what reads its text: its ``args.json`` says which.

        Args:
            folder: with ``model*.pt`` (the last by name), ``args.json``, ``t2m_mean.npy`` and
                ``t2m_std.npy``.
            clip: CLIP ViT-B/32 as OpenAI or Hugging Face publish it, a file or a folder.
            bert: DistilBERT as Hugging Face publishes it, a folder.
            device: ``auto``: CUDA where there is one.

        Raises:
            InputError: something is missing, or not what it should be; says what to fetch.
        """
        if not folder.is_dir():
            raise InputError(f"folder {str(folder)!r} does not exist; {FETCH}")
        models = sorted(folder.glob("model*.pt"))
        if not models or not (folder / "args.json").is_file():
            lacks = "model*.pt" if not models else "args.json"
            raise InputError(f"folder {str(folder)!r} has no {lacks}; {FETCH}")
        self.device = find_device(device).torch
        config = DenoiserConfig.of(read_json(folder / "args.json"))
        self.denoiser = Denoiser(config)
        put_into(self.denoiser, _own(read_tensors(models[-1])), models[-1].name)
        self.denoiser.to(self.device).eval()
        self.read = _reader(config.text_encoder, clip, bert, self.device)
        self.mean, self.deviation = (_statistics(folder, names) for names in STATISTICS)

    @torch.no_grad()
    def features(self, texts: Sequence[str], *, seconds: float = 6.0, seed: int = 0) -> list[Array]:
        """Return HumanML3D features (frames, 263) of each sentence, 20 frames a second.

        Raises:
            InputError: ``seconds`` is out of range.
        """
        check_ranges((("seconds", seconds, 2.0, LONGEST / FRAME_RATE),))
        frames = round(seconds * FRAME_RATE)
        said = self.read(texts)
        nothing = said.nothing()

        def predict(x: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
            free = self.denoiser(x, step, nothing)
            out: torch.Tensor = free + GUIDANCE * (self.denoiser(x, step, said) - free)
            return out

        generator = torch.Generator().manual_seed(seed)
        shape = (len(texts), frames, FEATURES)
        steps = self.denoiser.config.diffusion_steps
        drawn = sample(predict, shape, steps, generator, self.device).cpu().numpy()
        return [row.astype(np.float64) * self.deviation + self.mean for row in drawn]

    def generate(
        self,
        texts: Sequence[str],
        model: mujoco.MjModel,
        *,
        seconds: float = 6.0,
        seed: int = 0,
    ) -> MotionLibrary:
        """Return a library of the sentences' motions, retargeted as imported ones are.

        Raises:
            InputError: a motion cannot be retargeted.
        """
        from kinesis_fast.motions.capture.importing import ImportRequest, import_motions
        from kinesis_fast.motions.formats import ReadOptions

        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for number, drawn in enumerate(self.features(texts, seconds=seconds, seed=seed)):
                paths.append(Path(folder) / f"said_{number:05d}.npy")
                np.save(paths[-1], drawn)
            result = import_motions(ImportRequest(paths), ReadOptions(model))
        if result.refused or result.library is None:
            raise InputError(f"a generated motion {result.refused[0].reason}")
        return result.library


def _reader(encoder: str, clip: Path | None, bert: Path | None, device: torch.device) -> TextReader:
    if encoder == "bert":
        if bert is None:
            raise InputError(
                "the checkpoint's text is read by DistilBERT: name its folder by bert (--bert)"
            )
        return BertReader(bert, device)
    if clip is None:
        raise InputError("the checkpoint's text is read by CLIP: name its weights by clip (--clip)")
    return ClipReader(clip, device)


def _own(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Leave out what is computed, not learned, and CLIP, where a checkpoint has it."""
    return {
        name: value
        for name, value in tensors.items()
        if not name.endswith("sequence_pos_encoder.pe") and not name.startswith("clip_model.")
    }


def _statistics(folder: Path, names: tuple[str, ...]) -> Array:
    for name in names:
        if (folder / name).is_file():
            values = to_numbers(read_npy(folder / name), "the array")
            if values.shape != (FEATURES,) or not np.all(np.isfinite(values)):
                raise InputError(f"{name} has shape {values.shape}; ({FEATURES},) is needed")
            return values
    raise InputError(f"folder {str(folder)!r} has no {names[0]}; {FETCH}")
