"""How bodies usually go: how fast, how far, for how long, in how many steps, and to which side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from kinesis_fast.motions.gait import curves
from kinesis_fast.motions.gait.timeline import QUICK_FREQUENCY, GaitStyle
from kinesis_fast.t2m.plan import Action

STEP = 1.0 / 30.0
"""Time between two commands, s."""
SPEEDS: dict[str, dict[str, float]] = {
    "walk": {"slow": 0.65, "normal": 1.05, "fast": 1.4},
    "backward": {"slow": 0.4, "normal": 0.5, "fast": 0.6},
    "run": {"slow": 2.2, "normal": 2.6, "fast": 3.1},
    "step": {"slow": 0.3, "normal": 0.4, "fast": 0.5},
}
"""m/s by verb and pace."""
SECONDS = {"walk": 4.0, "backward": 4.0, "run": 4.0, "step": 3.0}
"""s of going, where nothing is said."""
STAND = 1.5
"""s, where nothing is said."""
ON_THE_SPOT = 4.0
"""s of steps on the spot, where nothing is said."""
FEW_STEPS = {"walk": 0.5, "backward": 0.3, "step": 0.3, "run": 0.9}
"""m that a step takes a body at least."""
FEW = 3
"""Steps, which the springs of a point would make slowly: it is asked to go faster."""
VELOCITY_TIME = 0.5
"""s, of the spring that takes velocities up."""
STANDS = 0.1
"""m/s under which feet stand."""


class Manner(NamedTuple):
    """How something is walked: the generator's style, and of the usual speed how much."""

    style: GaitStyle
    speed: float


MANNERS = {
    "marching": Manner(GaitStyle(lift=1.5, strike=0.6, lean=-0.02), 1.0),
    "sneaking": Manner(GaitStyle(cadence=0.9, crouch=0.06, lean=0.12, strike=0.0, lift=1.25), 0.6),
    "old": Manner(
        GaitStyle(cadence=1.1, crouch=0.04, lean=0.12, lift=0.75, strike=0.3, sway=0.5, width=0.02),
        0.6,
    ),
    "tired": Manner(GaitStyle(cadence=0.92, crouch=0.02, lean=0.1, lift=0.75, strike=0.5), 0.75),
    "proud": Manner(GaitStyle(cadence=0.95, lean=-0.04, lift=1.15, strike=1.1, sway=1.3), 1.05),
    "drunk": Manner(GaitStyle(cadence=0.95, width=0.05, toe_out=0.15, sway=1.8), 0.8),
    "stomping": Manner(GaitStyle(cadence=0.95, lift=1.3, strike=0.2), 0.85),
    "shuffling": Manner(GaitStyle(cadence=1.2, lift=0.7, strike=0.0), 0.55),
}
"""Ways of walking, within what the library ``gait-families`` draws."""
SIZED = {"small": (1.2, 0.7), "big": (0.86, 1.12)}
"""Of small and big steps: strides a second and speed, over the usual ones."""
PLAIN = Manner(GaitStyle(), 1.0)


def manner(name: str) -> Manner:
    """Return how something is walked by the words that :func:`manner_name` makes."""
    found = PLAIN
    for word in name.split():
        if word in SIZED:
            cadence, speed = SIZED[word]
            style = replace(found.style, cadence=cadence * found.style.cadence)
            found = Manner(style, speed * found.speed)
        else:
            found = MANNERS[word]
    return found


def manner_name(action: Action) -> str:
    """Return how an action is walked: its style, and the size of its steps; "" is plainly."""
    bends = action.path in ("curve", "circle", "eight", "square")  # whose size is its own
    size = None if bends else action.size
    return " ".join(word for word in (action.style, size) if word is not None)


@dataclass(frozen=True)
class Variation:
    """What a plan leaves open."""

    pace: float = 1.0
    """Factor of speeds that were not said in numbers."""
    distance: float = 1.0
    """Factor of ways and times that were not said."""
    side: float = 1.0
    """1: to the left, -1: to the right, where no side was said."""
    haste: float = 1.0
    """Factor of how quickly runs become faster and slower."""

    @classmethod
    def draw(cls, seed: int) -> Variation:
        """Draw one; the seed 0 has what is usual."""
        if seed == 0:
            return cls()
        random = np.random.default_rng(seed)
        pace, distance = random.uniform(0.9, 1.1), random.uniform(0.8, 1.25)
        side, haste = float(random.choice([-1.0, 1.0])), random.uniform(0.75, 1.2)
        return cls(pace, distance, side, haste)

    def scaled(self, factor: float) -> Variation:
        """Return one whose open ways and times are so many times as long, within reason."""
        return replace(self, distance=float(np.clip(self.distance * factor, 0.2, 20.0)))


def stride_frequency(gait: str, speed: float) -> float:
    """Return strides a second, as the generator takes them."""
    found = float(curves.stride_frequency(np.array([speed]), running=gait == "run")[0])
    return max(found, QUICK_FREQUENCY) if gait == "step" else found


def step_length(gait: str, speed: float, cadence: float = 1.0) -> float:
    """Return metres a step, at so much of the usual cadence."""
    return speed / (2.0 * cadence * stride_frequency(gait, speed))


def way_said(action: Action, kind: str, speed: float) -> float | None:
    """Return the metres that were said, in whatever unit; None where none were."""
    if action.metres is not None:
        return action.metres
    if action.seconds is not None:
        return action.seconds * speed
    if action.steps is not None:
        cadence = manner(manner_name(action)).style.cadence
        return action.steps * max(step_length(kind, speed, cadence), least_step(action, kind))
    return None


def least_step(action: Action, kind: str) -> float:
    """Return metres that a step takes a body at least: of few steps springs would make less."""
    return FEW_STEPS[kind] * {"small": 0.6, "big": 1.4}.get(action.size or "", 1.0)
