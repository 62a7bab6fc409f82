"""Running mean and variance of observations."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

Moments = tuple[int, torch.Tensor, torch.Tensor]
"""Number of rows, their means and variances (size,)."""


FEW = 64
"""Rows that are added up in single precision; sums of more are of these, in double precision."""


def batch_moments(batch: torch.Tensor) -> Moments:
    """Return the moments of observations (..., size), float64, on the CPU."""
    rows = batch.reshape(-1, batch.shape[-1])
    number = len(rows)
    if number == 0:
        nothing = torch.zeros(batch.shape[-1], dtype=torch.float64)
        return 0, nothing, nothing
    apart = rows - rows[0]  # columns that hardly change keep their digits
    mean = _sums(apart) / number
    var = _sums(apart.sub_(mean.to(apart.dtype)).square_()) / number
    return number, (rows[0] + mean).cpu(), var.cpu()


def _sums(rows: torch.Tensor) -> torch.Tensor:
    """Return sums over rows, float64."""
    whole = len(rows) // FEW * FEW
    few = rows[:whole].reshape(-1, FEW, rows.shape[1]).sum(dim=1) if whole else rows[:0]
    return few.to(torch.float64).sum(dim=0) + rows[whole:].to(torch.float64).sum(dim=0)


class RunningNormalizer(nn.Module):
    """Scales observations to zero mean and unit variance, clipped.

    Statistics are merged batch by batch (Chan, Golub and LeVeque 1983) in float64 and travel
    with the module's state. Every column counts its own rows, since some may be added later.
    """

    mean: torch.Tensor
    var: torch.Tensor
    count: torch.Tensor

    def __init__(self, size: int, clip: float = 10.0) -> None:
        """Start as the identity. size: of an observation; clip: bound of the output."""
        super().__init__()
        self.clip = clip
        self.register_buffer("mean", torch.zeros(size, dtype=torch.float64))
        self.register_buffer("var", torch.ones(size, dtype=torch.float64))
        self.register_buffer("count", torch.zeros(size, dtype=torch.float64))

    @torch.no_grad()
    def update(self, batch: torch.Tensor) -> None:
        """Merge observations (..., size) into the statistics."""
        self.merge(batch_moments(batch))

    @torch.no_grad()
    def merge(self, moments: Moments) -> None:
        """Merge a batch into the statistics, given its moments."""
        number, mean, var = moments
        if number == 0:
            return
        mean, var = mean.to(self.mean.device), var.to(self.mean.device)
        total = self.count + number
        delta = mean - self.mean
        share = number / total
        self.var.mul_(1 - share).add_(var * share + delta**2 * share * (1 - share))
        self.mean.add_(delta * share)
        self.count.copy_(total)

    def _load_from_state_dict(self, state: dict[str, Any], prefix: str, *rest: Any) -> None:
        """Take over a state, of earlier versions too: those counted all columns as one."""
        count = state.get(prefix + "count")
        if count is not None and count.ndim == 0:
            state = {**state, prefix + "count": count.expand_as(self.count)}
        super()._load_from_state_dict(state, prefix, *rest)

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        """Return normalised observations, float32, of the shape given."""
        scale = torch.rsqrt(self.var + 1e-8).to(torch.float32)
        away = obs - self.mean.to(torch.float32)
        return away.mul_(scale).clamp_(-self.clip, self.clip)
