"""What trainings draw of bodies anew in every episode, so that policies do not count on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from kinesis_fast.body.legs import MUSCLE_GROUPS
from kinesis_fast.settings import NO_UNIT, OneOf, Span, Unit, numbers, within


@dataclass
class RandomiseConfig:
    """What is drawn of every body, anew in each episode; evaluations draw nothing.

    Every pair is what a figure is drawn from, evenly but where it says how; two equal ones fix it.
    """

    strength: Annotated[list[float], Span(0.0, 1.0), NO_UNIT] = numbers(1.0, 1.0)
    """What each muscle's strength is multiplied by."""
    weak_groups: Annotated[float, within(0.0, 1.0), NO_UNIT] = 0.0
    """Share of the episodes in which one group of muscles (``body.legs.MUSCLE_GROUPS``) of the
    right leg, the left or both is weak, in three of ten a second one too."""
    groups: list[Annotated[str, OneOf(tuple(MUSCLE_GROUPS))]] = field(default_factory=list)
    """Which groups are drawn, one that is named twice twice as often; all alike where none is."""
    group_strength: Annotated[list[float], Span(0.0, 1.0), NO_UNIT] = numbers(0.0, 1.0)
    """What strengths of a weak group are multiplied by, the less, the more often: a quarter of the
    way from the first to the second or less in half of the groups."""
    tired: Annotated[list[float], Span(0.0, 1.0), NO_UNIT] = numbers(0.0, 0.0)
    """How much more of each muscle is tired at the beginning (``conditions.fatigue.tired``)."""
    added_mass: Annotated[list[float], Span(0.0, 500.0), Unit("kg")] = numbers(0.0, 0.0)
    """What the root carries, a point at its centre of mass."""
    friction: Annotated[list[float], Span(0.0, 100.0), NO_UNIT] = numbers(1.0, 1.0)
    """What the friction of all contacts is multiplied by."""
    slope: Annotated[list[float], Span(-30.0, 30.0), Unit("degrees")] = numbers(0.0, 0.0)
    """How much more steeply the floor rises: in half of the episodes the way that the body faces at
    its beginning, else some way that is drawn too."""
    uneven: Annotated[list[float], Span(0.0, 1.0), NO_UNIT] = numbers(0.0, 0.0)
    """What heights of the ground are multiplied by more (``conditions.ground``): of bumps and steps
    in metres."""
    device: Annotated[list[float], Span(-1e4, 1e4), Unit("of the device's")] = numbers(0.0, 0.0)
    """What the peak, stiffness or gain of all devices has more, in its unit."""
    delay: Annotated[list[float], Span(0.0, 1.0), Unit("s")] = numbers(0.0, 0.0)
    """How late observations come, in whole control steps: all of what the body and its task showed
    so long ago."""
    noise: dict[str, Annotated[float, within(0.0, 1e6)]] = field(default_factory=dict)
    """Standard deviation of noise that observations have on top, by the part of the observation
    (``observation_layout`` names them), in its unit."""
