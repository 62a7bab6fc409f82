"""How many patterns of excitation a task takes: performance with control limited to few of them.

KINESIS's own question of redundancy (arXiv 2503.14637): not how well few components account for the
signal, but whether the body still does what it is to do when its control is projected on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinesis_fast.config import check_ranges
from kinesis_fast.learn.episodes import run_episodes
from kinesis_fast.learn.evaluation.clips import Subject, load_agent
from kinesis_fast.motions.looping import spread_starts
from kinesis_fast.tasks.conditions import strengths

Array = npt.NDArray[np.float64]

COUNTS = (1, 2, 4, 6, 8, 10, 15, 20, 30, 40, 60, 80)
"""Of components, that are tried."""


@dataclass(frozen=True)
class Limited:
    """Episodes with excitations limited to so many components."""

    components: int
    accounted: float
    """Share of the excitations' variance that they account for."""
    success: float
    """Share of the episodes that were not lost (mean distance over 0.5 m)."""
    coverage: float
    """Share of their time that bodies followed, mean."""


def performance_by_components(
    subject: Subject,
    clip: int,
    *,
    counts: Sequence[int] = COUNTS,
    starts: int = 8,
    seconds: float = 10.0,
) -> list[Limited]:
    """Follow a clip with all excitations, then with few principal components of those.

    Args:
        subject: the policy, and its motions.
        clip: of the subject's library.
        counts: of components.
        starts: episodes each, evenly spread.
        seconds: of each, at most the clip's.

    Raises:
        InputError: a count is below 1 or over the number of muscles.
    """
    library = subject.library()
    library = library.subset([library.clips[clip].name])
    made = library.clips[0]
    seconds = min(seconds, made.duration)
    env = subject.protocol_env(library, num_envs=starts)
    muscles = int(env.model.nu)
    check_ranges(("counts", count, 1, muscles) for count in counts)
    agent = load_agent(subject.checkpoint, env)
    steps = round(seconds / env.control_timestep)
    chosen = {"clip": 0, "start_time": spread_starts(made, starts, seconds)}
    recorder = env.record(["ctrl"])
    rows = [
        recorder.last()["ctrl"][step.running].reshape(-1, muscles).copy()
        for step in run_episodes(env, agent, chosen, steps=steps)
    ]
    env.stop_recording()
    # Excitations are limited before weak muscles get their share of them, and recorded after.
    strength = strengths(env.config.conditions, env.model)
    recorded = np.concatenate(rows)
    excitation = np.divide(recorded, strength, out=np.zeros_like(recorded), where=strength > 0)
    mean = excitation.mean(axis=0)
    _, spread, components = np.linalg.svd(excitation - mean, full_matrices=False)
    share = np.cumsum(spread**2) / max(float(np.sum(spread**2)), 1e-12)
    found = []
    for count in counts:
        env.limit_excitations(mean, components[:count])
        lasted, lost = np.zeros(starts), np.zeros(starts, bool)
        for step in run_episodes(env, agent, chosen, steps=steps):
            lasted[step.running] += 1
            lost |= step.running & step.terminated
        known = float(share[min(count, len(share)) - 1])
        found.append(Limited(count, known, float(np.mean(~lost)), float(np.mean(lasted) / steps)))
    env.limit_excitations(None)
    return found
