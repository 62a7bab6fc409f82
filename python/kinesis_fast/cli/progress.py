"""A bar with the time left, for whatever steps bodies through episodes."""

from __future__ import annotations

from types import TracebackType

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from kinesis_fast.cli.common import console


class EpisodeProgress:
    """Shows how far episodes are while a block runs; it is gone afterwards."""

    def __init__(self, what: str) -> None:
        """Prepare; ``what`` is being done, for a start."""
        columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=console, transient=True)
        self._task = self._progress.add_task(what, total=None)

    def __enter__(self) -> EpisodeProgress:
        from kinesis_fast.learn.episodes import watch

        self._watching = watch(self._show)
        self._watching.__enter__()
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()
        self._watching.__exit__(kind, error, trace)

    def update(self, what: str) -> None:
        """Tell what is being done from now on."""
        self._progress.reset(self._task, description=what, total=None)

    def _show(self, taken: int, most: int) -> None:
        if taken == 1:
            self._progress.reset(self._task, total=most)
        self._progress.update(self._task, completed=taken, total=most)
