"""Where networks compute, and whether the engine steps meanwhile."""

from __future__ import annotations

import os

import torch

from kinesis_fast.errors import InputError
from kinesis_fast.learn.config import TrainConfig


def overlaps(settings: TrainConfig, device: torch.device) -> bool:
    """Return whether stepping and deciding overlap."""
    return device.type != "cpu" if settings.overlap is None else settings.overlap


def resolve_device(name: str) -> torch.device:
    """Return the device that a configuration names."""
    chosen = name
    if name == "auto":
        chosen = "cuda" if torch.cuda.is_available() else "cpu"
    if chosen == "cuda":  # of processes on one machine, each has a GPU
        chosen = f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
    try:
        device = torch.device(chosen)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        remedy = "auto" if name != "auto" else "cpu"
        raise InputError(
            f"device {name!r} cannot be used: {reason}; try device={remedy}"
        ) from error
    return device
