"""Metabolic power of muscles, by two published models, and cost of transport.

MuJoCo's tendons do not stretch: fibres are as long as their actuators say, and what tendons store
in life is done by fibres, unless the body's tendons stretch (:mod:`kinesis_fast.body.tendons`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinesis_fast.body.fibres import BASAL, Fibres

Array = npt.NDArray[np.float64]

LEAST_HEAT = 1.0
"""W/kg, of a muscle at rest."""
AEROBIC = 1.5
"""Factor of Umberger's heat rates where oxygen is there."""

HELD = (0.5, 1.0, 1.5), (0.5, 1.0, 0.0)
"""Fibre lengths, and the share of the maintenance heat at 1 that fibres give off there (Bhargava et
al. 2004, as OpenSim's probe of that name has it); constant beyond."""


@dataclass(frozen=True)
class MuscleState:
    """What fibres do."""

    excitation: Array
    """(..., muscles), 0 to 1."""
    activation: Array
    """(..., muscles), 0 to 1."""
    length: Array
    """(..., muscles), optimal lengths."""
    velocity: Array
    """(..., muscles) m/s, lengthening is positive."""
    active_force: Array
    """Force of the contractile part, N, (..., muscles)."""
    passive_force: Array
    """Force of the parallel elastic part, N, (..., muscles)."""

    @classmethod
    def of(
        cls,
        fibres: Fibres,
        excitation: Array,
        activation: Array,
        unstretched_length: Array,
        unstretched_velocity: Array,
        actuator_force: Array,
    ) -> MuscleState:
        """Take a recording's fields, each (..., muscles).

        Args:
            fibres: of the model.
            excitation: ``ctrl``, (..., muscles).
            activation: ``act``, (..., muscles).
            unstretched_length: m, (..., muscles), of muscles were their tendons slack.
            unstretched_velocity: m/s, (..., muscles), its rate.
            actuator_force: N, (..., muscles), negative where muscles pull, as MuJoCo has it.
        """
        length = fibres.lengths(unstretched_length)
        along = fibres.cosines(length)
        passive = fibres.passive_force(length)
        active = np.maximum(0.0, -actuator_force / along - passive)
        return cls(excitation, activation, length, unstretched_velocity * along, active, passive)


def bhargava(fibres: Fibres, state: MuscleState) -> Array:
    """Return metabolic power, W, (..., muscles), by Bhargava et al. 2004 (J. Biomech. 37:81).

    Activation, maintenance, shortening and lengthening heat, and the work of shortening; negative
    work is not given back, and the power is not less than 0, the heat not less than 1 W/kg. A
    motor, which has no mass, has none of it.

    Args:
        fibres: of the model.
        state: what they do, (..., muscles).
    """
    p, u = fibres.slow, state.excitation
    slow, fast = p * np.sin(0.5 * np.pi * u), (1 - p) * (1 - np.cos(0.5 * np.pi * u))
    activation = fibres.mass * (40.0 * slow + 133.0 * fast)
    held = np.interp(state.length, *HELD)
    maintenance = fibres.mass * held * (74.0 * slow + 111.0 * fast)
    total = state.active_force + state.passive_force
    isometric = state.activation * fibres.active_length_force(state.length) * fibres.peak_force
    shortens = state.velocity < 0
    rate = np.where(shortens, 0.16 * isometric + 0.18 * total, 0.157 * total)
    shortening = -rate * state.velocity
    work = np.where(shortens, -state.active_force * state.velocity, 0.0)
    shortening = shortening - np.minimum(0.0, activation + maintenance + shortening + work)
    heat = np.maximum(activation + maintenance + shortening, LEAST_HEAT * fibres.mass)
    return np.where(fibres.mass > 0.0, heat + work, 0.0)


def umberger(fibres: Fibres, state: MuscleState) -> Array:
    """Return metabolic power, W, (..., muscles), by Umberger 2010 (J. R. Soc. Interface 7:1329).

    That of 2003 with negative work left out, and lengthening heat 0.3 times the slow fibres'
    shortening heat. A motor, which has no mass, has none of it.

    Args:
        fibres: of the model.
        state: what they do, (..., muscles).
    """
    p = fibres.slow
    u, a = state.excitation, state.activation
    effective = np.where(u > a, u, 0.5 * (u + a))
    velocity = state.velocity / fibres.optimal_length
    isometric = fibres.active_length_force(state.length)
    beyond = np.where(state.length > 1.0, isometric, 1.0)
    constant = 128.0 * (1 - p) + 25.0
    held = constant * np.where(state.length > 1.0, 0.4 + 0.6 * isometric, 1.0)
    maintenance = held * effective**0.6 * AEROBIC
    slow, fast = 4.0 * 25.0 / (fibres.top_speed / 2.5), 153.0 / fibres.top_speed
    shortening = -(slow * p + fast * (1 - p)) * velocity * effective**2
    lengthening = 0.3 * slow * velocity * effective
    moving = np.where(velocity < 0, shortening, lengthening) * AEROBIC * beyond
    heat = np.maximum(maintenance + moving, LEAST_HEAT)
    work = np.where(velocity < 0, -state.active_force * state.velocity, 0.0)
    return np.where(fibres.mass > 0.0, heat * fibres.mass + work, 0.0)


def cost_of_transport(power: float, body_mass: float, speed: float) -> float:
    """Return gross cost, J/kg/m; NaN for a body that does not move.

    Args:
        power: of the muscles together, in the mean, W; ``BASAL`` is added.
        body_mass: kg.
        speed: m/s.
    """
    if body_mass <= 0 or speed <= 0:
        return float("nan")
    return (power / body_mass + BASAL) / speed
