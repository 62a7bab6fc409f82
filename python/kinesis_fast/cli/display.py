"""The live display of a training."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from kinesis_fast.cli.common import printable
from kinesis_fast.tasks import Measure

LINE_INTERVAL = 10.0
"""Seconds between lines where the output is no terminal."""


class TrainingDisplay:
    """Shows the latest figures, in place on a terminal and as lines elsewhere."""

    def __init__(
        self,
        total_samples: int,
        console: Console,
        measures: Mapping[str, Measure],
        most_minutes: float = 0.0,
    ) -> None:
        self.total_samples = total_samples
        self.most_seconds = 60.0 * most_minutes if most_minutes > 0.0 else math.inf
        self.measures = measures.values()
        self.console = console
        self._live = Live(console=console, auto_refresh=False) if console.is_terminal else None
        self._began = time.monotonic()
        self._first_samples: float | None = None
        self._last_line = -math.inf

    def __enter__(self) -> TrainingDisplay:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, metrics: dict[str, float]) -> None:
        """Show one iteration's metrics."""
        if self._first_samples is None:
            self._first_samples = metrics["samples"] - metrics["samples_per_s"]
        left = self._seconds_left(metrics)
        if self._live is not None:
            self._live.update(self._table(metrics, left), refresh=True)
        elif time.monotonic() - self._last_line >= LINE_INTERVAL:
            self._last_line = time.monotonic()
            self.console.print(
                f"{self._samples(metrics, '/')} samples  "
                f"{metrics['samples_per_s']:,.0f}/s  "
                f"episode {metrics['episode_length']:.1f} steps  "
                f"reward {metrics['reward/total']:.3f}  {format_time(left)} left",
                highlight=False,
            )

    def warn(self, text: str) -> None:
        """Say what went wrong and does not end the training."""
        line = Text(f"Warning: {printable(text)}")
        target = self._live.console if self._live is not None else self.console
        target.print(line, soft_wrap=True)

    def _seconds_left(self, metrics: dict[str, float]) -> float:
        assert self._first_samples is not None
        elapsed = max(1e-3, time.monotonic() - self._began)
        rate = max(1.0, metrics["samples"] - self._first_samples) / elapsed
        by_samples = max(0.0, self.total_samples - metrics["samples"]) / rate
        return min(by_samples, max(0.0, self.most_seconds - elapsed))

    def _samples(self, metrics: dict[str, float], of: str) -> str:
        """Return how many there are, and of how many where the clock does not end it."""
        now = f"{metrics['samples']:,.0f}"
        return now if math.isfinite(self.most_seconds) else f"{now}{of}{self.total_samples:,}"

    def _table(self, metrics: dict[str, float], left: float) -> Table:
        terms = {k.removeprefix("reward/"): v for k, v in metrics.items() if "reward/" in k}
        table = Table.grid(padding=(0, 2))
        for name, value in (
            ("iteration", f"{metrics['iteration']:.0f}"),
            ("samples", self._samples(metrics, " of ")),
            ("speed", f"{metrics['samples_per_s']:,.0f} samples/s"),
            ("episode length", f"{metrics['episode_length']:.1f} control steps"),
            *((m.label, f"{metrics[m.name]:,.0f} {m.unit}") for m in self.measures),
            ("reward", "  ".join(f"{name} {value:.3f}" for name, value in terms.items())),
            ("time left", format_time(left)),
        ):
            table.add_row(f"[bold]{name}[/bold]", value)
        return table


def format_time(seconds: float) -> str:
    """Return hours, minutes and seconds, as short as they allow."""
    whole = round(seconds)
    hours, minutes = whole // 3600, whole % 3600 // 60
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"
