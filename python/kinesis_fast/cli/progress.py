"""Bars with the time left: of what steps bodies through episodes, and of what goes one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from kinesis_fast.cli.common import console


@contextmanager
def episode_progress(what: str) -> Iterator[Callable[[str], None]]:
    """Show how far episodes are while a block runs; the bar is gone afterwards.

    Args:
        what: is being done, for a start.

    Yields:
        A function that tells what is being done from then on.
    """
    from kinesis_fast.learn.episodes import watch

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=None)

        def show(taken: int, most: int | None) -> None:
            if taken == 1:
                bar.reset(task, total=most)
            bar.update(task, completed=taken, total=most)

        with watch(show):
            yield lambda now: bar.reset(task, description=now, total=None)


@contextmanager
def item_progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show how many of some things are done while a block runs; the bar is gone afterwards.

    Args:
        what: is being done.

    Yields:
        A function to call with how many are done, and how many there are in all.
    """
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
