"""Families of gaits, drawn: what recorded sets hold little of."""

from __future__ import annotations

import numpy as np

from kinesis_fast.motions.gait.timeline import ClipPlan, GaitStyle

Knots = tuple[tuple[float, float], ...]

SEED = 20260
"""Of all that is drawn here: the library is the same every time."""
RUNS, WALKS, OTHERS = 60, 90, 50
"""Clips of running; of walking in a style; backward, sideways, turning and mixed."""


def family_plans() -> tuple[ClipPlan, ...]:
    """Return the plans of the library ``gait-families``, all for training.

    Runs of 1.9 to 4.8 m/s and walks of 0.3 to 2 m/s, straight, in curves and changing speed, each
    in a style of its own: cadence, width, lift, foot strike, crouch, lean; backward and sideways
    walking and turns on the spot likewise.
    """
    rng = np.random.default_rng(SEED)
    plans = [_run(rng, i) for i in range(RUNS)]
    plans += [_walk(rng, i) for i in range(WALKS)]
    plans += [_other(rng, i) for i in range(OTHERS)]
    return tuple(plans)


def _run(rng: np.random.Generator, number: int) -> ClipPlan:
    # Between the quarters of a metre a second, which are kept to test on.
    quarter = 0.25 * rng.integers(7, 19)
    speed = float(quarter + rng.uniform(0.06, 0.19))
    style = GaitStyle(
        cadence=float(rng.uniform(0.95, 1.15)),
        width=float(rng.uniform(0.0, 0.03)),
        lift=float(rng.uniform(0.85, 1.1)),
        strike=float(rng.uniform(0.0, 1.0)),
        lean=float(rng.uniform(-0.03, 0.08)),
    )
    turn = _turns(rng, 0.6, 4.0)
    knots: Knots = ((0.0, speed),)
    if rng.random() < 0.3:
        knots = ((0.0, speed), (1.2, float(np.clip(speed + rng.uniform(-0.8, 0.8), 1.9, 4.8))))
    return ClipPlan(f"family_run_{number:02d}", "train", "run", 4.5, knots, turn, style=style)


def _walk(rng: np.random.Generator, number: int) -> ClipPlan:
    speed = float(rng.uniform(0.3, 2.0))
    knots: Knots = ((0.0, speed),)
    if rng.random() < 0.3:
        knots = ((0.0, speed), (2.0, float(rng.uniform(0.3, 1.8))))
    return ClipPlan(
        f"family_walk_{number:02d}",
        "train",
        "walk",
        6.0,
        knots,
        _turns(rng, 0.9, 5.0),
        style=_style(rng, cadence=0.85 if speed < 1.3 else 1.0),
    )


def _other(rng: np.random.Generator, number: int) -> ClipPlan:
    kind = ("backward", "sidestep", "turn", "start", "stop")[number % 5]
    style = _style(rng)
    name = f"family_{kind}_{number:02d}"
    rest = ((0.0, 0.0),)
    if kind == "backward":
        speed = ((0.0, -float(rng.uniform(0.3, 0.9))),)
        return ClipPlan(name, "train", kind, 6.0, speed, _turns(rng, 0.3, 5.0), style=style)
    if kind == "sidestep":
        aside = ((0.0, float(rng.choice([-1, 1]) * rng.uniform(0.15, 0.45))),)
        return ClipPlan(name, "train", kind, 6.0, rest, rest, drift=aside, style=style)
    if kind == "turn":
        rate = ((0.0, float(rng.choice([-1, 1]) * rng.uniform(0.4, 1.3))),)
        return ClipPlan(name, "train", kind, 5.0, rest, rate, style=style)
    pace = float(rng.uniform(0.5, 1.6))
    knots = ((0.0, 0.0), (1.0, pace)) if kind == "start" else ((0.0, pace), (3.0, 0.0))
    return ClipPlan(name, "train", kind, 6.0, knots, _turns(rng, 0.6, 5.0), style=style)


def _style(rng: np.random.Generator, cadence: float = 0.85) -> GaitStyle:
    """Draw how somebody walks: usual in half of each, else anything from old to proud.

    ``cadence`` is the least: strides of fast walking can be no longer.
    """

    def maybe(usual: float, low: float, high: float) -> float:
        drawn = float(rng.uniform(low, high))
        return drawn if rng.random() < 0.5 else usual

    return GaitStyle(
        cadence=maybe(1.0, cadence, 1.25),
        width=maybe(0.0, -0.02, 0.06),
        toe_out=maybe(0.0, -0.15, 0.25),
        lift=maybe(1.0, 0.7, 1.5),
        strike=maybe(1.0, 0.0, 1.1),
        crouch=maybe(0.0, 0.0, 0.08),
        lean=maybe(0.0, -0.05, 0.15),
        sway=maybe(1.0, 0.3, 1.8),
    )


def _turns(rng: np.random.Generator, top: float, seconds: float) -> tuple[tuple[float, float], ...]:
    """Draw how a course bends: not at all, evenly, or this way and that."""
    chance = rng.random()
    if chance < 0.35:
        return ((0.0, 0.0),)
    first = float(rng.uniform(-top, top))
    if chance < 0.7:
        return ((0.0, first),)
    return ((0.0, 0.0), (0.25 * seconds, first), (0.6 * seconds, float(rng.uniform(-top, top))))
