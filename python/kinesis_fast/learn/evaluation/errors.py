"""How far a policy follows references with errors, against those without."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import radians

from kinesis_fast.learn.evaluation.clips import ProtocolResult, Subject, load_agent, protocol_result
from kinesis_fast.tasks.reference_errors import KINDS, ReferenceErrorsConfig

ERRORS: Mapping[str, Mapping[str, float]] = {
    "none": {},
    "20 mm too low": {"height": -0.02},
    "10 mm too low": {"height": -0.01},
    "10 mm too high": {"height": 0.01},
    "20 mm too high": {"height": 0.02},
    "feet turned up by 3 degrees": {"feet": radians(3.0)},
    "feet turned down by 3 degrees": {"feet": radians(-3.0)},
    "hips and knees bent by 8 degrees": {"bend": radians(8.0)},
    "drifting by 0.05 m/s ahead and aside": {"drift": 0.05},
    "joints' noise of 1 degree": {"joint_noise": radians(1.0)},
    "the mean over 0.12 s": {"smoothing": 0.06},
}
"""Errors that are tried, by name: each at one size, in every episode."""


def fixed(sizes: Mapping[str, float]) -> ReferenceErrorsConfig:
    """Return errors of these sizes in every episode, and no others."""
    errors = ReferenceErrorsConfig(share=1.0 if sizes else 0.0, each=1.0)
    for name in KINDS:
        size = sizes.get(name, 0.0)
        setattr(errors, name, [size, size])
    return errors


def evaluate_errors(
    subject: Subject, tell: Callable[[str], None] = lambda _: None
) -> dict[str, ProtocolResult]:
    """Run the KINESIS protocol with each of :data:`ERRORS`; bodies start where people were.

    Args:
        subject: whom to evaluate, in imitation.
        tell: called with the name of what is tried.

    Raises:
        InputError: motions that cannot be used.
    """
    library = subject.library()
    found = {}
    for name, sizes in ERRORS.items():
        tell(name)
        env = subject.protocol_env(library, randomise_reference=fixed(sizes))
        found[name] = protocol_result(env, load_agent(subject.checkpoint, env))
    return found
