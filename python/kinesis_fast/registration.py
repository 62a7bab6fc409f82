"""Names of the environments in gymnasium's registry; ``import kinesis_fast`` puts them there."""

from __future__ import annotations

from gymnasium.envs.registration import register, registry

ENVIRONMENTS = {
    "kinesis_fast/Imitation-v0": "imitation",
    "kinesis_fast/Steer-v0": "steer",
    "kinesis_fast/Reach-v0": "reach",
}
"""Every task by its name there; to read them from the tasks would import MuJoCo and the engine."""


def register_environments() -> None:
    """Register all, for ``gymnasium.make`` and ``gymnasium.make_vec``; twice does no harm."""
    for name, task in ENVIRONMENTS.items():
        if name not in registry:
            register(
                name,
                entry_point="kinesis_fast.envs.single:MuscleEnv",
                vector_entry_point="kinesis_fast.envs.make:make_vec",
                kwargs={"task": task},
            )
