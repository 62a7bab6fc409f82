"""Configuration of policies, of all kinds."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class PolicyConfig:
    """Policy and value networks."""

    kind: str = "gaussian"
    """``gaussian``: every action explores by itself; ``lattice``: through the last layer too;
    ``mixture``: a gate over experts, which the recipe ``negative-mining`` makes."""
    hidden_sizes: list[int] = field(default_factory=lambda: [256, 256])
    """Widths of the policy's hidden layers; of a mixture, of its gate's."""
    value_hidden_sizes: list[int] = field(default_factory=lambda: [256, 256])
    """Widths of the value function's hidden layers."""
    activation: str = "silu"
    """Of hidden layers: ``silu``, ``relu``, ``tanh`` or ``elu``."""
    init_std: float = 0.3
    """Standard deviation of untrained actions, which live in [-1, 1]."""
    latent_std: float = 0.3
    """Of the last hidden layer's noise, of ``lattice``."""
    learn_std: bool = True
    """Otherwise exploration stays what it is at first."""
    final_std: float = 0.0
    """Where positive, the deviation that exploration narrows to (or widens), evenly in its
    logarithm, over the first ``narrowing_samples`` of a training; of ``gaussian`` without
    ``learn_std``."""
    narrowing_samples: int = 0
    """Control steps until then."""
    num_experts: int = 0
    """Of a mixture."""
    expert_hidden_sizes: list[int] = field(default_factory=list)
    """Widths of a mixture's experts' hidden layers."""
