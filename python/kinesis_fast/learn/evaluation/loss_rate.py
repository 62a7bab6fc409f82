"""How long bodies follow between losses."""

from __future__ import annotations

from dataclasses import dataclass

from scipy.special import gammaincinv

CONFIDENCE = 0.95
"""Of the intervals that are told."""


@dataclass
class LossRate:
    """How long bodies follow between losses: unlike success, whatever the length of the clips."""

    seconds: float
    """s that were followed, of all clips."""
    losses: int
    """Clips that were lost."""
    seconds_between: float | None
    """s followed a loss; None where nothing was lost."""
    interval: tuple[float, float | None]
    """s, 95 % interval of that, by the exact one of a Poisson rate (Garwood, "Fiducial limits for
    the Poisson distribution", Biometrika 1936); None: no upper bound, nothing was lost."""

    @classmethod
    def of(cls, seconds: float, losses: int) -> LossRate:
        """Return the rate of so many losses in so many seconds."""
        tail = (1.0 - CONFIDENCE) / 2
        low = seconds / float(gammaincinv(losses + 1, 1.0 - tail))
        high = seconds / float(gammaincinv(losses, tail)) if losses else None
        return cls(seconds, losses, seconds / losses if losses else None, (low, high))

    def __str__(self) -> str:
        """Return it as one reads it."""
        low, high = self.interval
        if self.seconds_between is None or high is None:
            return f"none lost in {self.seconds:.0f} s (95 %: over {low:.1f} s between losses)"
        return f"{self.seconds_between:.1f} s between losses (95 %: {low:.1f} to {high:.1f})"
