"""From a plan to a motion joined from clips of a library, by the native planner.

For motions in a recorded style: any library whose clips hold what plans ask for. Where clips meet,
bodies are lost more often than in motions that are made (:mod:`~kinesis_fast.t2m.making`).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kinesis_fast import _engine
from kinesis_fast.motions import MotionLibrary
from kinesis_fast.t2m.driving import LONGEST, SentenceDriver
from kinesis_fast.t2m.moving import Place
from kinesis_fast.t2m.pacing import STEP, Variation
from kinesis_fast.t2m.plan import Plan
from kinesis_fast.tasks.guided import PlannerConfig, native_matching, native_planner

FRAMES_A_STEP = 2
FRAME_RATE = FRAMES_A_STEP / STEP
"""Hz, of what is played."""


class Matcher:
    """Plays plans with the clips of one library. For one thread at a time."""

    def __init__(self, library: MotionLibrary, planner: PlannerConfig | None = None) -> None:
        """Take a library and prepare its search.

        Raises:
            InputError: the clips' body has not one free joint.
            ValueError: no clip is longer than the planner looks ahead.
        """
        settings = planner or PlannerConfig()
        self.library = library
        self._table = library.native_table()
        self._player = _engine.PlanPlayer(
            self._table,
            native_matching(settings, library),
            native_planner(settings),
            settings.blend_time,
            STEP,
            FRAMES_A_STEP,
        )
        self._standing = library.most_at_rest()

    def play(
        self, plan: Plan, variation: Variation
    ) -> tuple[npt.NDArray[np.float64], tuple[float, ...]]:
        """Return joint positions (T, nq), :data:`FRAME_RATE` a second, and when actions end, s."""
        self._player.begin(self._standing, 0.0)

        def where() -> Place:
            return Place(*self._player.root, float(np.hypot(*self._player.velocity)))

        driver = SentenceDriver(plan, where, variation, LONGEST, live=True)
        for command in driver.commands():
            self._player.advance(command.velocity, command.facing)
        return self._player.positions(), tuple(driver.ends)
