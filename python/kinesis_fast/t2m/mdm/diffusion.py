"""Sampling by denoising diffusion (Ho et al. 2020), the clean sample predicted at every step."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

LARGEST_BETA = 0.999


def cosine_betas(steps: int) -> npt.NDArray[np.float64]:
    """Return variances added at every step (Nichol and Dhariwal 2021), (steps,)."""

    def kept(share: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.cos((share + 0.008) / 1.008 * np.pi / 2) ** 2

    share = np.arange(steps + 1) / steps
    return np.minimum(1.0 - kept(share[1:]) / kept(share[:-1]), LARGEST_BETA)


def sample(
    predict: Callable[[Tensor, Tensor], Tensor],
    shape: tuple[int, ...],
    steps: int,
    generator: torch.Generator,
    device: torch.device,
) -> Tensor:
    """Return a sample: noise, made cleaner step by step.

    Args:
        predict: from a noisy sample and the step (n,) to the clean one.
        shape: of the sample.
        steps: of the diffusion that the network was trained for.
        generator: of the noise, on the CPU, so that all devices draw the same.
        device: where the network is.
    """
    betas = cosine_betas(steps)
    alphas = 1.0 - betas
    bars = np.cumprod(alphas)
    before = np.concatenate([[1.0], bars[:-1]])
    variance = betas * (1.0 - before) / (1.0 - bars)
    clean_part = betas * np.sqrt(before) / (1.0 - bars)
    noisy_part = (1.0 - before) * np.sqrt(alphas) / (1.0 - bars)
    x = torch.randn(shape, generator=generator).to(device)
    for step in reversed(range(steps)):
        clean = predict(x, torch.full((shape[0],), step, device=device))
        x = float(clean_part[step]) * clean + float(noisy_part[step]) * x
        noise = torch.randn(shape, generator=generator).to(device)
        if step > 0:
            x = x + float(np.sqrt(variance[step])) * noise
    return x
