"""The loop that keeps a session at real time, and takes orders from other threads."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

import numpy as np

from kinesis_fast.errors import InputError
from kinesis_fast.play.session import PlaySession, Snapshot

Order = Callable[[], None]

MOST_BEHIND = 0.25
"""s by which the loop may lag before it gives up catching up."""
MOST_ORDERS = 1000
"""Orders that wait at most; more are dropped: someone floods."""


class LiveLoop:
    """Steps a session at its own pace. Orders run between two steps, in the loop's thread."""

    def __init__(
        self,
        session: PlaySession,
        show: Callable[[Snapshot], None],
        complain: Callable[[str], None],
    ) -> None:
        """Prepare.

        Args:
            session: is stepped, and touched by nobody else while the loop runs.
            show: is called after every step, and now and then while paused.
            complain: is told of orders that were refused.
        """
        self.session = session
        self.paused = False
        self.stop_requested = threading.Event()
        self.idle = threading.Event()
        """Set while nobody runs the loop."""
        self.idle.set()
        self.simulated = 0.0
        """s stepped so far, whatever resets there were."""
        self.real_time = 1.0
        """Simulated over real time, lately."""
        self._show, self._complain = show, complain
        self._orders: queue.Queue[Order] = queue.Queue(MOST_ORDERS)

    def order(self, what: Order) -> None:
        """Have something done between two steps; from any thread."""
        try:
            self._orders.put_nowait(what)
        except queue.Full:
            return

    def run(self, seconds: float | None = None) -> None:
        """Step until stopped, or for so many simulated seconds."""
        self.idle.clear()
        try:
            self._run(seconds)
        finally:
            self.idle.set()

    def _run(self, seconds: float | None) -> None:
        step = self.session.timestep
        due = time.perf_counter()
        end = np.inf if seconds is None else self.simulated + seconds
        while not self.stop_requested.is_set():
            self.take_orders()
            if self.paused:
                self._show(self.session.snapshot())
                time.sleep(3 * step)
                due = time.perf_counter()
                continue
            begin = time.perf_counter()
            seen = self.session.step()
            self.simulated += step
            self._show(seen)
            if self.simulated >= end - 1e-9:
                return
            due += step
            now = time.perf_counter()
            self.real_time += 0.05 * (step / max(step, now - begin) - self.real_time)
            if now < due:
                time.sleep(due - now)
            elif now - due > MOST_BEHIND:
                due = now

    def take_orders(self) -> None:
        """Do what was ordered so far, but no more than may wait: someone may go on flooding."""
        for _ in range(MOST_ORDERS):
            try:
                order = self._orders.get_nowait()
            except queue.Empty:
                return
            try:
                order()
            except InputError as error:
                self._complain(str(error))
            except Exception as error:  # of this order alone: the body goes on
                self._complain(f"That order failed: {type(error).__name__}: {error}")
