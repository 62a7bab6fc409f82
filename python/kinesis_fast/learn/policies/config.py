"""Configuration of policies, of all kinds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from kinesis_fast.learn.networks import ACTIVATIONS
from kinesis_fast.settings import NO_UNIT, Len, OneOf, numbers, within

Widths = Annotated[list[Annotated[int, within(1, 65536)]], Len(1)]
"""Of hidden layers, from the observation on."""


@dataclass
class PolicyConfig:
    """Policy and value networks."""

    kind: str = "gaussian"
    """``gaussian``: every action explores by itself; ``lattice``: through the last layer too;
    ``mixture``: a gate over experts, which the recipe ``negative-mining`` makes."""
    hidden_sizes: Widths = numbers(256, 256)
    """Widths of the policy's hidden layers; of a mixture, of its gate's."""
    value_hidden_sizes: Widths = numbers(256, 256)
    """Widths of the value function's hidden layers."""
    activation: Annotated[str, OneOf(tuple(ACTIVATIONS))] = "silu"
    """What hidden layers apply: ``silu``, ``relu``, ``tanh`` or ``elu``."""
    init_std: Annotated[float, within(1e-6, 10.0), NO_UNIT] = 0.3
    """Standard deviation of untrained actions, which live in [-1, 1]."""
    latent_std: Annotated[float, within(1e-6, 10.0), NO_UNIT] = 0.3
    """Standard deviation of the noise on the last hidden layer of a ``lattice``."""
    learn_std: bool = True
    """Learn how wide exploration is; otherwise it stays what it is at first."""
    final_std: Annotated[float, within(0.0, 10.0), NO_UNIT] = 0.0
    """Where positive, the deviation that exploration narrows to (or widens), evenly in its
    logarithm, over the first ``narrowing_samples`` of a training; of ``gaussian`` without
    ``learn_std``."""
    narrowing_samples: Annotated[int, within(0, 10**15)] = 0
    """Control steps in which exploration goes from ``init_std`` to ``final_std``."""
    num_experts: Annotated[int, within(0, 1000)] = 0
    """How many experts a mixture has."""
    expert_hidden_sizes: list[Annotated[int, within(1, 65536)]] = field(default_factory=list)
    """Widths of a mixture's experts' hidden layers."""
