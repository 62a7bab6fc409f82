"""Plans drawn at random: motions of all that can be said, to train on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kinesis_fast.t2m.plan import SIZES, STYLES, Action, Plan

KINDS = {
    "walk": 0.12,
    "few steps": 0.1,
    "another way": 0.1,
    "backward": 0.1,
    "step": 0.1,
    "turn": 0.1,
    "run": 0.18,
    "curve": 0.06,
    "circle": 0.04,
    "weave": 0.03,
    "stand": 0.05,
    "on the spot": 0.02,
}
"""What actions are drawn, and how often."""
PACES = ("slow", "normal", "normal", "fast")
TURNS = (45.0, 90.0, 90.0, 135.0, 180.0, 180.0, 270.0, 360.0)
CURVES = (45.0, 90.0, 180.0, 270.0)
ASIDE = ("left", "right", "forward-left", "forward-right", "backward-left", "backward-right")
MOST = 3
"""Actions in a plan, or in a group that is repeated."""
REPEATED = 0.15
"""Share of plans that are two short actions, done twice or three times over."""
SHORT = ("few steps", "backward", "step", "turn")
"""What those are drawn of."""


def draw_plans(count: int, seed: int = 0) -> list[Plan]:
    """Return plans of one to :data:`MOST` actions, the same for the same seed."""
    random = np.random.default_rng(seed)
    return [Plan(_draw_actions(random)) for _ in range(count)]


def _draw_actions(random: np.random.Generator) -> tuple[Action, ...]:
    if random.random() < REPEATED:
        group = tuple(_draw(random, str(random.choice(SHORT))) for _ in range(2))
        return group * int(random.integers(2, 4))
    kinds = random.choice(list(KINDS), random.integers(1, MOST + 1), p=list(KINDS.values()))
    return tuple(_draw(random, str(kind)) for kind in kinds)


def _draw(random: np.random.Generator, kind: str) -> Action:
    side, pace = str(random.choice(("left", "right"))), str(random.choice(PACES))

    def metres(low: float, high: float) -> float:
        return round(float(random.uniform(low, high)), 2)

    if kind == "run":
        return Action("run", pace=pace, metres=metres(6.0, 15.0))
    if kind == "walk":
        return _in_a_manner(random, Action("walk", pace=pace, metres=metres(0.8, 3.5)))
    if kind == "few steps":
        return _in_a_manner(random, Action("walk", pace=pace, steps=int(random.integers(1, 7))))
    if kind == "another way":
        way = str(random.choice(ASIDE[:4]))
        return Action("walk", direction=way, pace=pace, metres=metres(0.8, 3.0))
    if kind == "backward":
        return Action("walk", direction="backward", pace=pace, metres=metres(0.4, 2.0))
    if kind == "step":
        way, steps = str(random.choice(ASIDE)), int(random.integers(1, 5))
        return Action("step", direction=way, pace=pace, steps=steps)
    if kind == "turn":
        return Action("turn", side=side, degrees=float(random.choice(TURNS)), pace=pace)
    if kind == "curve":
        degrees = float(random.choice(CURVES))
        return Action("walk", path="curve", side=side, degrees=degrees, pace=pace)
    if kind == "circle":
        return Action("walk", path="circle", side=side, pace=pace)
    if kind == "weave":
        path = str(random.choice(("zigzag", "wave")))
        return Action("walk", path=path, side=side, pace=pace, metres=4.0)
    if kind == "on the spot":
        return Action("walk", in_place=True, seconds=3.0)
    return Action("stand", seconds=metres(0.5, 2.0))


def _in_a_manner(random: np.random.Generator, action: Action) -> Action:
    """Draw how something is walked: plainly in half of the actions."""
    if random.random() < 0.5:
        return action
    name = random.choice(("size", "style", "first"))
    if name == "size":
        return replace(action, size=str(random.choice(SIZES)))
    if name == "style":
        return replace(action, style=str(random.choice(STYLES)))
    return replace(action, first=str(random.choice(("left", "right"))))
