"""A training as one checkpoint, and back: with everything that going on exactly takes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from kinesis_fast.errors import InputError
from kinesis_fast.learn import checkpoint as checkpoints
from kinesis_fast.learn.config import network_settings

if TYPE_CHECKING:
    from kinesis_fast.learn.trainer import Trainer

ADDED = tuple(
    f"env/{n}" for n in ("strength", "fatigue", "fatigue_speed", "added_mass", "friction")
)
"""What checkpoints of before lack: environments then stay as they begin."""


def take(trainer: Trainer) -> checkpoints.Checkpoint:
    """Return where a training is; every process calls it, and gives what is its own."""
    tensors = {f"agent/{k}": v for k, v in trainer.agent.state_dict().items()}
    for name, optimizer in trainer.algorithm.optimizers.items():
        state = checkpoints.optimizer_tensors(optimizer)
        tensors |= {f"{name}/{k}": v for k, v in state.items()}
    tensors |= {f"curriculum/{k}": v for k, v in trainer.curriculum.tensors().items()}
    if trainer.teachers is not None:
        tensors["teachers/of_clip"] = trainer.teachers.of_clip.clone()
    own = checkpoints.env_tensors(trainer.env, trainer.obs)
    own = {f"env/{k}": v for k, v in own.items()}
    own |= {f"random/{k}": v[None] for k, v in trainer.device.random_states().items()}
    shares = trainer.group.gather(own)
    tensors |= {name: torch.cat([share[name] for share in shares]) for name in own}
    metrics = {k: v if math.isfinite(v) else None for k, v in trainer.last_metrics.items()}
    return checkpoints.Checkpoint(
        config=trainer.config,
        fingerprint=checkpoints.env_fingerprint(trainer.env),
        progress={
            "iteration": trainer.iteration,
            "samples": trainer.samples,
            "seconds": trainer.seconds,
            "best": list(trainer.best) if trainer.best[0] >= 0 else None,
            "metrics": metrics,
        },
        tensors=tensors,
    )


def adopt(trainer: Trainer, point: checkpoints.Checkpoint) -> None:
    """Begin a new training with a checkpoint's weights; see :meth:`Agent.adopt`.

    Raises:
        InputError: it is of another model or environment, or has other networks.
    """
    checkpoints.check_fingerprint(point, trainer.env, more=True)
    theirs, ours = network_settings(point.config), network_settings(trainer.config)
    if theirs != ours:
        raise InputError(
            f"the checkpoint's networks are {theirs}, the configuration's {ours}; "
            "set policy.* to the checkpoint's"
        )
    trainer.agent.adopt(point.group("agent"), checkpoints.observed_columns(point, trainer.env))
    trainer.algorithm.begin_carefully()


def restore(trainer: Trainer, point: checkpoints.Checkpoint) -> None:
    """Go on where a checkpoint was taken.

    Raises:
        InputError: it is of another model, environment or number of environments, does not hold
            the whole training, or is damaged; names the file.
    """
    try:
        _restore(trainer, point)
    except InputError as error:
        raise InputError(f"{point.source}: {error}" if point.source else str(error)) from error


def _restore(trainer: Trainer, point: checkpoints.Checkpoint) -> None:
    checkpoints.check_fingerprint(point, trainer.env, same_muscles=True)
    obs = point.tensors.get("env/obs")
    envs = 0 if obs is None or obs.ndim == 0 else len(obs)
    if envs and envs != trainer.config.num_envs:
        raise InputError(
            f"the checkpoint is of {envs} environments, num_envs is {trainer.config.num_envs}; "
            f"resume with num_envs={envs}, or begin a new run from it with --init-from"
        )
    if "env/obs" not in point.tensors:
        raise InputError(
            "the checkpoint does not hold the whole training: it was exported to act, or is "
            "of an older version; begin a new run from it with --init-from"
        )
    _check_whole(trainer, point)
    trainer.agent.load_state_dict(point.group("agent"))
    for name, optimizer in trainer.algorithm.optimizers.items():
        checkpoints.restore_optimizer(optimizer, point.group(name))
    trainer.curriculum.restore(point.group("curriculum"))
    if trainer.teachers is not None:
        of_clip = point.tensors.get("teachers/of_clip")
        if of_clip is None:
            raise InputError(
                "distill.teachers is given, but the run began without; "
                "begin a new run from it with --init-from"
            )
        trainer.teachers.of_clip = of_clip.clone()
    first = trainer.group.rank * trainer.env.num_envs
    own = slice(first, first + trainer.env.num_envs)
    checkpoints.restore_env(
        trainer.env, trainer.obs, {k: v[own] for k, v in point.group("env").items()}
    )
    states = point.group("random")
    if len(states["torch"]) == trainer.group.size:
        rank = trainer.group.rank
        try:
            trainer.device.set_random_states({k: v[rank].clone() for k, v in states.items()})
        except RuntimeError as error:
            raise InputError(f"the checkpoint's state of random numbers is none: {error}") from None
    trainer.iteration = int(point.progress["iteration"])
    trainer.samples = int(point.progress["samples"])
    trainer.seconds = float(point.progress["seconds"])
    if point.progress.get("best"):
        trainer.best = tuple(point.progress["best"])
    stored = point.progress["metrics"]
    trainer.last_metrics = {k: math.nan if v is None else v for k, v in stored.items()}


def _check_whole(trainer: Trainer, point: checkpoints.Checkpoint) -> None:
    """Raise InputError unless a checkpoint holds just what a training like this one writes."""
    first = {f"agent/{k}": v for k, v in trainer.agent.state_dict().items()}
    first |= {f"curriculum/{k}": v for k, v in trainer.curriculum.tensors().items()}
    for name, like in first.items():
        _check_like(name, point.tensors.get(name), like.shape, like.dtype)
    own = checkpoints.env_tensors(trainer.env, trainer.obs)
    rows = {f"env/{k}": (trainer.config.num_envs, v) for k, v in own.items()}
    drawn = point.tensors.get("random/torch")
    processes = 0 if drawn is None or drawn.ndim == 0 else len(drawn)
    states = trainer.device.random_states()
    rows |= {f"random/{k}": (processes, v[None]) for k, v in states.items() if k == "torch"}
    for name, (count, like) in rows.items():
        if name in ADDED and name not in point.tensors:
            continue
        shape = torch.Size((count, *like.shape[1:]))
        _check_like(name, point.tensors.get(name), shape, like.dtype)
    for name, optimizer in trainer.algorithm.optimizers.items():
        _check_optimizer(name, optimizer, point.group(name))
    known = {*first, *rows, "teachers/of_clip"}
    ours = ("agent/", "curriculum/", "env/", "teachers/")
    for name in point.tensors:
        if name.startswith(ours) and name not in known:
            raise InputError(f"the checkpoint holds {name}, which no training like this one writes")


def _check_optimizer(
    name: str, optimizer: torch.optim.Optimizer, found: dict[str, torch.Tensor]
) -> None:
    """Raise InputError unless moments fit the parameters: torch follows them unchecked."""
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    groups = torch.Size((len(optimizer.param_groups),))
    _check_like(f"{name}/lr", found.get("lr"), groups, torch.float64)
    moments = {key for key in found if key != "lr"}
    wanted = {
        f"{i}/{part}": (torch.Size(()) if part == "step" else parameter.shape)
        for i, parameter in enumerate(parameters)
        for part in ("step", "exp_avg", "exp_avg_sq")
    }
    for key in sorted(moments - set(wanted)):
        raise InputError(f"the checkpoint holds {name}/{key}, which no training writes")
    moved = {key.split("/")[0] for key in moments}  # parameters that were held have no moments
    for key in sorted(key for key in wanted if key.split("/")[0] in moved):
        _check_like(f"{name}/{key}", found.get(key), wanted[key], torch.float32)
        if key.endswith(("step", "exp_avg_sq")) and bool((found[key] < 0).any()):
            raise InputError(f"the checkpoint's {name}/{key} is negative; it is damaged")


def _check_like(
    name: str, found: torch.Tensor | None, shape: torch.Size, dtype: torch.dtype
) -> None:
    if found is None:
        raise InputError(f"the checkpoint lacks {name}; begin a new run from it with --init-from")
    if found.shape != shape or found.dtype != dtype:
        raise InputError(
            f"the checkpoint's {name} is {found.dtype} of shape {tuple(found.shape)}, here it is "
            f"{dtype} of {tuple(shape)}; begin a new run from it with --init-from"
        )
    if found.dtype.is_floating_point and not bool(torch.isfinite(found).all()):
        raise InputError(f"the checkpoint's {name} has values that are not finite; it is damaged")
