"""How bodies usually go: how fast, how far, for how long, in how many steps, and to which side."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kinesis_fast.motions.gait import curves
from kinesis_fast.motions.gait.timeline import QUICK_FREQUENCY
from kinesis_fast.t2m.plan import Action, Plan

STEP = 1.0 / 30.0
"""Time between two commands, s."""
SPEEDS: dict[str, dict[str, float]] = {
    "walk": {"slow": 0.65, "normal": 1.05, "fast": 1.4},
    "backward": {"slow": 0.4, "normal": 0.5, "fast": 0.6},
    "run": {"slow": 2.2, "normal": 2.6, "fast": 3.1},
    "step": {"slow": 0.3, "normal": 0.4, "fast": 0.5},
}
"""m/s by verb and pace."""
SECONDS = {"walk": 4.0, "backward": 4.0, "run": 3.0, "step": 3.0}
"""s of going, where nothing is said."""
STAND = 1.5
"""s, where nothing is said."""
ON_THE_SPOT = 4.0
"""s of steps on the spot, where nothing is said."""
FEW_STEPS = {"walk": 0.5, "backward": 0.3, "step": 0.3, "run": 0.9}
"""m that a step takes a body at least."""
VELOCITY_TIME = 0.5
"""s, of the spring that takes velocities up."""
STANDS = 0.1
"""m/s under which feet stand."""


@dataclass(frozen=True)
class Variation:
    """What a plan leaves open."""

    pace: float = 1.0
    """Factor of speeds that were not said in numbers."""
    distance: float = 1.0
    """Factor of ways and times that were not said."""
    side: float = 1.0
    """1: to the left, -1: to the right, where no side was said."""

    @classmethod
    def draw(cls, seed: int) -> Variation:
        """Draw one; the seed 0 has what is usual."""
        if seed == 0:
            return cls()
        random = np.random.default_rng(seed)
        pace, distance = random.uniform(0.9, 1.1), random.uniform(0.8, 1.25)
        return cls(pace, distance, float(random.choice([-1.0, 1.0])))

    def scaled(self, factor: float) -> Variation:
        """Return one whose open ways and times are so many times as long, within reason."""
        return replace(self, distance=float(np.clip(self.distance * factor, 0.2, 20.0)))


def run_speed(plan: Plan, variation: Variation) -> float:
    """Return the speed, m/s, at which a plan that only runs begins."""
    first = plan.actions[0]
    return first.speed or SPEEDS["run"][first.pace] * variation.pace


def stride_frequency(gait: str, speed: float) -> float:
    """Return strides a second, as the generator takes them."""
    found = float(curves.stride_frequency(np.array([speed]), running=gait == "run")[0])
    return max(found, QUICK_FREQUENCY) if gait == "step" else found


def steps_to_stop(gait: str, speed: float, gain: float) -> float:
    """Return steps until feet stand, of a spring with a speed and its rate that is told to stop."""
    time = np.arange(STEP, 4.0, STEP)
    y = 1.0 / VELOCITY_TIME
    falls = (speed + (gain + y * speed) * time) * np.exp(-y * time)
    return sum(2.0 * STEP * stride_frequency(gait, v) for v in falls[falls > STANDS])


def step_length(gait: str, speed: float) -> float:
    """Return metres a step."""
    return speed / (2.0 * stride_frequency(gait, speed))


def way_said(action: Action, kind: str, speed: float) -> float | None:
    """Return the metres that were said, in whatever unit; None where none were."""
    if action.metres is not None:
        return action.metres
    if action.seconds is not None:
        return action.seconds * speed
    if action.steps is not None:
        return action.steps * step_length(kind, speed)
    return None
