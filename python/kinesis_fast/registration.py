"""Names of the environments in gymnasium's registry; ``import kinesis_fast`` puts them there."""

from __future__ import annotations

from gymnasium.envs.registration import register, registry

ENVIRONMENTS = {
    "kinesis_fast/Imitation-v0": {"task": "imitation"},
    "kinesis_fast/Steer-v0": {"task": "steer", "motions": "gait-steer"},
    "kinesis_fast/Reach-v0": {"task": "reach", "motions": "gait-reach"},
}
"""By name: what :func:`kinesis_fast.make_vec` is called with, beside what the caller gives."""


def register_environments() -> None:
    """Register all, for ``gymnasium.make`` and ``gymnasium.make_vec``; twice does no harm."""
    for name, settings in ENVIRONMENTS.items():
        if name not in registry:
            register(
                name,
                entry_point="kinesis_fast.envs.single:MuscleEnv",
                vector_entry_point="kinesis_fast.envs.make:make_vec",
                kwargs=settings,
            )
