"""Configuration of a training, and its presets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from omegaconf import OmegaConf

import kinesis_fast
from kinesis_fast import config
from kinesis_fast.errors import InputError, did_you_mean
from kinesis_fast.learn.algorithms import PPOConfig, algorithm_settings, find_algorithm
from kinesis_fast.learn.curriculum import CurriculumConfig
from kinesis_fast.learn.policies import POLICIES
from kinesis_fast.learn.policies.config import PolicyConfig
from kinesis_fast.settings import NO_UNIT, Of, Unit, before, settings_of, within
from kinesis_fast.settings import check as check_settings
from kinesis_fast.tasks import DEFAULT_TASK, EnvConfig, find_task

DEFAULT_PRESET = "quickstart"


@dataclass
class MiningConfig:
    """How far the recipe ``negative-mining`` goes."""

    experts: Annotated[int, within(1, 1000)] = 4
    """The most experts that are trained."""
    target: Annotated[float, within(0.0, 1.0), NO_UNIT] = 0.98
    """Share of clips that some expert reaches the end of, at which no more are trained."""
    gate_samples: Annotated[int, within(0, 10**15)] = 0
    """Control steps that the gate trains for; 0: as many as an expert."""


@dataclass
class DistillConfig:
    """Whose policies a training takes over; see :mod:`kinesis_fast.learn.teachers`."""

    teachers: list[str] = field(default_factory=list)
    """Checkpoints or run folders of the teachers; empty: there are none."""
    samples: Annotated[int, within(1, 10**15)] = 1_000_000
    """Control steps in which the teachers' word gives way to the reward."""


@dataclass
class TrainConfig:
    """One training run."""

    preset: str = DEFAULT_PRESET
    """The preset that the run began with, for the record."""
    task: str = DEFAULT_TASK
    """What is learned, by its name in ``kinesis_fast.registration.TASK_NAMES``."""
    motions: str = "gait"
    """A built-in library or the path of a motion file; unless it is given, the task's own."""
    split: str = "auto"
    """Clips to train on; ``auto``: the split ``train`` where the library has one, else all."""
    clips: list[str] = field(default_factory=list)
    """Clips to train on, by name; empty: all of the split."""
    num_envs: Annotated[int, within(1, 1_000_000)] = 256
    """How many environments learn, those of all processes together."""
    num_threads: Annotated[int, within(0, 4096)] = 0
    """Threads of the engine; 0: one per CPU, shared among the processes of a machine."""
    seed: Annotated[int, within(0, 2**63 - 1)] = 0
    """Weights, starts and exploration are drawn by it."""
    device: str = "auto"
    """Where the networks compute: ``auto`` takes CUDA where there is one, else the CPU."""
    freeze_normalizer: bool = False
    """Keep the observations' statistics that the run begins with."""
    overlap: bool | None = None
    """Let the engine step one half of the environments while the networks decide for the other;
    null: where the networks are not on the CPU."""
    capture: bool = True
    """On CUDA, capture the networks' decisions as a graph, where the policy allows it."""
    total_samples: Annotated[int, within(1, 10**15)] = 1_000_000
    """Stop after so many control steps of all environments together."""
    most_minutes: Annotated[float, within(0.0, 1e7), Unit("min")] = 0.0
    """Stop after so many minutes, if that comes first; 0: whatever it takes."""
    checkpoint_interval: Annotated[int, within(1, 10**9)] = 10
    """How many iterations there are between two checkpoints."""
    keep_checkpoints: Annotated[int, within(1, 10**6)] = 3
    """Checkpoints that are kept, the latest."""
    eval_interval: Annotated[int, within(0, 10**9)] = 0
    """Iterations between evaluations by the KINESIS protocol; 0: none. The best checkpoint by it,
    success first, then MPJPE, is kept as ``best.safetensors``."""
    eval_split: str = "test"
    """The split of clips that evaluations are on."""
    tensorboard: bool = True
    """Write metrics for TensorBoard, beside ``metrics.jsonl``."""
    wandb_project: str = ""
    """A project of Weights & Biases to which metrics are sent; empty: nowhere."""
    env: EnvConfig = field(default_factory=lambda: find_task(DEFAULT_TASK).config())
    """Of the task: its configuration."""
    policy: PolicyConfig = field(default_factory=PolicyConfig)
    """Networks of policy and value function, and how the policy explores."""
    algorithm: str = "ppo"
    """How it is learned: ``ppo``, or a class of your own, as ``module:Class``."""
    ppo: PPOConfig = field(default_factory=PPOConfig)
    """Of the algorithm ``ppo``."""
    algorithm_settings: dict[str, Any] = field(default_factory=dict)
    """Settings of an algorithm of your own: fields of its ``Config``."""
    curriculum: CurriculumConfig = field(default_factory=CurriculumConfig)
    """Which clips are drawn how often."""
    mining: MiningConfig = field(default_factory=MiningConfig)
    """Of the recipe ``negative-mining`` alone."""
    distill: DistillConfig = field(default_factory=DistillConfig)
    """Whose policies are taken over, if any."""


def preset_paths() -> dict[str, Path]:
    """Return the installed presets by name."""
    found = {}
    for folder in kinesis_fast.__path__:
        for path in sorted((Path(folder) / "configs").glob("*.yaml")):
            found[path.stem] = path
    return found


def load_train_config(
    preset: str = DEFAULT_PRESET, *layers: dict[str, Any] | Sequence[str]
) -> TrainConfig:
    """Return a preset with settings laid over it.

    Args:
        preset: its name; see :func:`preset_paths`.
        layers: nested mappings or lists of ``key.path=value``.

    Raises:
        InputError: unknown preset or key, wrong type, or a value out of range.
    """
    presets = preset_paths()
    if preset not in presets:
        raise InputError(f"unknown preset {preset!r}{did_you_mean(preset, presets)}")
    base: Any = OmegaConf.to_container(OmegaConf.load(presets[preset])) or {}
    try:
        merged = merge_layers(base, {"preset": preset}, *layers)
        check(merged)
    except InputError as error:
        task = task_of(base, *layers)
        if str(error) == _fault({**base, "task": task}):
            raise InputError(f"preset {preset!r} does not fit task {task!r}: {error}") from error
        raise
    return merged


def _fault(layer: Mapping[str, Any]) -> str:
    """Return what is wrong with settings by themselves, or nothing."""
    try:
        check(merge_layers(layer))
    except InputError as error:
        return str(error)
    return ""


def merge_layers(*layers: Mapping[str, Any] | Sequence[str]) -> TrainConfig:
    """Return the defaults with settings laid over them; ``env`` is of the task that they name.

    Raises:
        InputError: an unknown key or task, or a value of a wrong type.
    """
    task = task_of(*layers)
    found = find_task(task)
    return config.merge(TrainConfig(task=task, motions=found.library, env=found.config()), *layers)


def task_of(*layers: Mapping[str, Any] | Sequence[str]) -> str:
    """Return the task that settings name, the last of them."""
    task = DEFAULT_TASK
    for layer in layers:
        if isinstance(layer, Mapping):
            task = str(layer.get("task", task))
        else:
            named = [item.removeprefix("task=") for item in layer if item.startswith("task=")]
            task = named[-1] if named else task
    return task


def merge_stored(settings: Mapping[str, Any]) -> TrainConfig:
    """Return a configuration that was stored, as it was meant then.

    Raises:
        InputError: an unknown key or task, or a value of a wrong type.
    """
    return merge_layers({"env": before(EnvConfig)}, _renamed(settings))


def _renamed(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a stored configuration with the names that its settings have now."""
    env = settings.get("env")
    conditions = env.get("conditions") if isinstance(env, Mapping) else None
    if env is None or not isinstance(conditions, Mapping) or "drawn_strength" not in conditions:
        return settings
    kept = {name: value for name, value in conditions.items() if name != "drawn_strength"}
    drawn = {"strength": conditions["drawn_strength"]}
    return {**settings, "env": {**env, "conditions": kept, "randomise": drawn}}


def network_settings(settings: TrainConfig) -> dict[str, Any]:
    """Return the policy settings that weights can only be taken over with."""
    policy = config.to_dict(settings.policy)
    names = ["hidden_sizes", "value_hidden_sizes", "activation"]
    if policy["kind"] == "mixture":
        names += ["kind", "num_experts", "expert_hidden_sizes"]
    return {name: policy[name] for name in names}


def inherited_settings(settings: TrainConfig) -> dict[str, Any]:
    """Return the settings that a run begun from another's weights has unless told otherwise."""
    env = config.to_dict(settings.env)
    return {
        "policy": network_settings(settings),
        "env": {name: env[name] for name in settings_of(type(settings.env), Of.POLICY)},
    }


def check(settings: TrainConfig) -> None:
    """Raise InputError for the first value that is out of range."""
    check_settings(settings)
    find_task(settings.task).validate(settings.env)
    if not settings.env.auto_reset:
        raise InputError("env.auto_reset is false; training needs it to be true")
    policy = settings.policy
    config.check_names((("policy.kind", policy.kind, POLICIES),))
    narrows = policy.final_std > 0
    if narrows and (policy.kind != "gaussian" or policy.learn_std or not policy.narrowing_samples):
        raise InputError(
            f"policy.final_std is {policy.final_std}; that needs policy.kind=gaussian, "
            "policy.learn_std=false and policy.narrowing_samples"
        )
    algorithm_settings(settings)
    if settings.distill.teachers and not find_algorithm(settings.algorithm).teachable:
        raise InputError(f"distill.teachers is given; {settings.algorithm!r} takes no lessons")
    if settings.distill.teachers and policy.kind == "mixture":
        raise InputError("distill.teachers is given; a mixture has experts, not teachers")
    if policy.kind == "mixture" and (policy.num_experts < 1 or not policy.expert_hidden_sizes):
        raise InputError(
            "policy.kind mixture needs policy.num_experts and policy.expert_hidden_sizes; "
            "kinesis-fast train --recipe negative-mining makes one"
        )
