"""Checkpoints: one safetensors file each, written beside its name and then moved there.

Tensors hold the agent, its optimisers and the random state; a JSON record in the file's header
holds the rest. Nothing in them is unpickled.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from kinesis_fast import config
from kinesis_fast.envs import MuscleVectorEnv
from kinesis_fast.envs.mirror import OF_MUSCLES
from kinesis_fast.errors import CheckpointError, InputError, did_you_mean
from kinesis_fast.learn.config import DistillConfig, TrainConfig, merge_stored
from kinesis_fast.motions.sources import LIBRARY_SUFFIXES
from kinesis_fast.settings import check as check_settings
from kinesis_fast.tasks.conditions import untrained
from kinesis_fast.tasks.environment import MUSCLE_QUANTITIES

FORMAT_VERSION = "2"
READABLE_VERSIONS = ("1", "2")
"""Version 1 had no environments' state: it can act and be begun from, not be resumed."""
SUFFIX = ".safetensors"
ASSETS = Path(__file__).parent.parent / "assets"
"""The package's own policies. A file's stem, ``shipped`` for one, stands for it wherever a
checkpoint is asked for."""


@dataclass
class Checkpoint:
    """A point in a training that it can go on from."""

    config: TrainConfig
    """Configuration of the training that wrote it."""
    fingerprint: dict[str, Any]
    """Of the environment that the agent was made for; see :func:`env_fingerprint`."""
    progress: dict[str, Any]
    """``iteration``, ``samples``, ``seconds`` and the latest metrics."""
    tensors: dict[str, torch.Tensor] = field(default_factory=dict)
    """By name, each in the shape that its owner gave it (a weight is (outputs, inputs)). Groups:
    ``agent/``, ``policy_optimizer/``, ``value_optimizer/``, ``random/``, ``curriculum/``,
    ``env/``."""

    source: str = ""
    """The file that it was read from; empty where it was not."""

    def group(self, name: str) -> dict[str, torch.Tensor]:
        """Return the tensors (of any shape) of the group of a name, without its prefix."""
        prefix = name + "/"
        return {k.removeprefix(prefix): v for k, v in self.tensors.items() if k.startswith(prefix)}


def env_fingerprint(env: MuscleVectorEnv) -> dict[str, Any]:
    """Return what an agent depends on: muscles, actions and the observation's layout."""
    return {
        "muscles": [env.model.actuator(i).name for i in range(env.model.nu)],
        "num_actions": env.num_actions,
        "observation": {k: [s.start, s.stop] for k, s in env.observation_layout.items()},
        "tracked_bodies": list(env.tracked_bodies),
    }


def check_fingerprint(
    checkpoint: Checkpoint, env: MuscleVectorEnv, *, more: bool = False, same_muscles: bool = False
) -> None:
    """Raise InputError, naming the first difference, unless the agent fits the environment.

    With ``more``, the environment may take more actions than the agent gives, and show more than it
    sees. Which muscles a body has is nothing to an agent that turns joints and sees none of them,
    unless it must have the same ones.
    """
    found = env_fingerprint(env)
    for key, expected in checkpoint.fingerprint.items():
        if key == "muscles" and not (same_muscles or _knows_muscles(checkpoint)):
            continue
        if key == "num_actions" and more and expected <= found[key]:
            continue
        if key == "observation" and more and observed_columns(checkpoint, env) is not None:
            continue
        if found.get(key) != expected:
            if key == "muscles":
                detail = f"it drives {len(expected)} muscles, this model has {len(found[key])}"
                if len(expected) == len(found[key]):
                    detail = "its muscles have other names"
            elif key == "observation":
                detail = _different_columns(expected, found[key])
            else:
                detail = f"its {key} is {_short(expected)}, here it is {_short(found.get(key))}"
            raise InputError(
                f"the checkpoint is of another model or environment: {detail}; "
                "use the model and settings that it was trained with"
            )


def _knows_muscles(checkpoint: Checkpoint) -> bool:
    """Tell whether an agent sees muscles, or acts on them."""
    env = checkpoint.config.env
    seen = checkpoint.fingerprint["observation"]
    kinds = {"strength", "fatigue", *(f"muscle_{name}" for name in MUSCLE_QUANTITIES)}
    return env.control_mode in OF_MUSCLES or not kinds.isdisjoint(seen)


def _different_columns(seen: Mapping[str, Any], here: Mapping[str, Any]) -> str:
    """Return the first difference of two observations, columns (start, stop) by name."""
    for name in (*seen, *here):
        sizes = [stop - start for start, stop in (o[name] for o in (seen, here) if name in o)]
        if name not in here:
            return f"it sees {name}, which is not observed here"
        if name not in seen:
            return f"it does not see {name}, which is observed here"
        if sizes[0] != sizes[1]:
            return f"it sees {sizes[0]} numbers of {name}, here there are {sizes[1]}"
    return "it sees the same in another order"


def observed_columns(checkpoint: Checkpoint, env: MuscleVectorEnv) -> torch.Tensor | None:
    """Return where an environment's observation has the columns that an agent sees, in its order.

    None: it lacks some, or has them in another width.
    """
    columns = []
    for name, (start, stop) in checkpoint.fingerprint["observation"].items():
        here = env.observation_layout.get(name)
        if here is None or here.stop - here.start != stop - start:
            return None
        columns.append(torch.arange(here.start, here.stop))
    return torch.cat(columns)


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """Return an optimiser's state as named tensors; restored by :func:`restore_optimizer`."""
    tensors = {}
    for i, state in optimizer.state_dict()["state"].items():
        for name, value in state.items():
            tensors[f"{i}/{name}"] = torch.as_tensor(value)
    rates = [group["lr"] for group in optimizer.param_groups]
    tensors["lr"] = torch.tensor(rates, dtype=torch.float64)
    return tensors


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, torch.Tensor]) -> None:
    """Restore what :func:`optimizer_tensors` returned."""
    states: dict[int, dict[str, torch.Tensor]] = {}
    for key, value in tensors.items():
        if key != "lr":
            i, name = key.split("/")
            states.setdefault(int(i), {})[name] = value
    optimizer.load_state_dict({**optimizer.state_dict(), "state": states})
    for group, rate in zip(optimizer.param_groups, tensors["lr"].tolist(), strict=True):
        group["lr"] = rate


def env_tensors(env: MuscleVectorEnv, obs: torch.Tensor) -> dict[str, torch.Tensor]:
    """Return where every environment is, and its last observation, as named tensors."""
    state = {}
    for name, values in env.get_state().items():
        signed = values.astype(np.int64) if values.dtype == np.uint64 else values
        state[name] = torch.from_numpy(signed)
    return {**state, "obs": obs.clone()}


def restore_env(env: MuscleVectorEnv, obs: torch.Tensor, tensors: dict[str, torch.Tensor]) -> None:
    """Restore what :func:`env_tensors` returned; ``obs`` is the engine's memory."""
    env.set_state({name: value.numpy() for name, value in tensors.items() if name != "obs"})
    obs.copy_(tensors["obs"])


def save(checkpoint: Checkpoint, path: Path) -> None:
    """Write a checkpoint; at any moment the file at ``path`` is whole or absent.

    Raises:
        CheckpointError: it could not be written, as where the disk is full.
    """
    partial = path.with_name(path.name + ".partial")
    record = {
        "format_version": FORMAT_VERSION,
        "config": json.dumps(config.to_dict(checkpoint.config)),
        "fingerprint": json.dumps(checkpoint.fingerprint),
        "progress": json.dumps(checkpoint.progress),
    }
    tensors = {k: v.detach().cpu().contiguous() for k, v in checkpoint.tensors.items()}
    record["digest"] = _digest(record, tensors)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(b"")  # with the permissions of any other file, which save_file narrows
        mode = partial.stat().st_mode
        save_file(tensors, partial, metadata=record)
        partial.chmod(mode)
        partial.replace(path)
    except (OSError, SafetensorError) as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        reason = str(error).splitlines()[0]
        raise CheckpointError(f"checkpoint {str(path)!r} could not be written: {reason}") from error


def on_body(checkpoint: Checkpoint, model: str | Path | None) -> Checkpoint:
    """Return a checkpoint that drives another body with the same muscles, in place.

    Args:
        checkpoint: the policy.
        model: the name of a built-in model or the path of a file; None: as it was trained.
    """
    if model is not None:
        checkpoint.config.env.model = str(model)
    return checkpoint


def under(checkpoint: Checkpoint, conditions: Mapping[str, Any]) -> list[str]:
    """Put the bodies that a checkpoint drives into a condition, in place.

    Args:
        checkpoint: the policy.
        conditions: settings of ``env.conditions``, over those of the training, as
            ``{"weakness": {"soleus_r": 0.5}}``.

    Returns:
        In words, what of it the policy was not trained with.

    Raises:
        InputError: an unknown setting, or one out of range.
    """
    if not conditions:
        return []
    env = checkpoint.config.env
    asked = config.merge(env.conditions, conditions)
    check_settings(asked, "conditions.")
    unknown = untrained(asked, env.conditions, env.randomise)
    env.conditions = asked
    return unknown


def load(source: str | Path) -> Checkpoint:
    """Read a checkpoint.

    Args:
        source: a file, a run folder, whose latest it is, or a policy of the package's own by name,
            as ``shipped``.

    Raises:
        InputError: nothing there, or not a readable checkpoint.
    """
    path = find(source)
    if path.suffix.lower() in LIBRARY_SUFFIXES:
        raise InputError(f"{str(path)!r} is a motion library, no checkpoint; name it by --motions")
    try:
        with safe_open(path, framework="pt") as file:
            record = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"{str(path)!r} is not a readable checkpoint: {reason}{_others(path)}"
        ) from error
    if record.get("digest", "") not in ("", _digest(record, tensors)):
        raise InputError(
            f"{str(path)!r} is damaged: it holds something else than what was written to it"
            f"{_others(path)}"
        )
    for name, tensor in tensors.items():
        if name.startswith("agent/") and not torch.isfinite(tensor).all():
            raise InputError(
                f"{str(path)!r} is damaged: {name} has values that are not finite{_others(path)}"
            )
    if record.get("format_version") not in READABLE_VERSIONS:
        raise InputError(
            f"{str(path)!r} has checkpoint format {record.get('format_version')!r}; "
            f"this program reads formats {' and '.join(READABLE_VERSIONS)}"
        )
    try:
        settings, fingerprint, progress = (
            json.loads(record[name]) for name in ("config", "fingerprint", "progress")
        )
    except (KeyError, json.JSONDecodeError) as error:
        raise InputError(f"{str(path)!r} is not a checkpoint of this program: {error}") from error
    for name, value in (("config", settings), ("fingerprint", fingerprint), ("progress", progress)):
        if not isinstance(value, dict):
            raise InputError(
                f"{str(path)!r} is not a checkpoint of this program: its {name} is "
                f"{_short(value)!r}, not a record"
            )
    wrong = _wrong_fingerprint(fingerprint) or _wrong_progress(progress)
    if wrong:
        raise InputError(f"{str(path)!r} is not a checkpoint of this program: its {wrong}")
    try:
        return Checkpoint(merge_stored(settings), fingerprint, progress, tensors, str(path))
    except InputError as error:
        raise InputError(f"{str(path)!r} is not a checkpoint of this program: {error}") from error


def _wrong_fingerprint(found: Mapping[str, Any]) -> str | None:
    """Say what no fingerprint has, or None; see :func:`env_fingerprint`."""
    count, columns = found.get("num_actions"), found.get("observation")
    for name in ("muscles", "tracked_bodies"):
        names = found.get(name)
        if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
            return f"{name} are {_short(names)}, not names"
    if not isinstance(count, int) or not 0 < count < 100_000:
        return f"num_actions is {_short(count)}, not a number of actions"
    if not isinstance(columns, dict):
        return f"observation is {_short(columns)}, not a record"
    for name, bounds in columns.items():
        fits = isinstance(bounds, list) and len(bounds) == 2
        if not (fits and all(isinstance(b, int) and 0 <= b < 1_000_000 for b in bounds)):
            return f"observation has {name} at {_short(bounds)}, not from a column to another"
    return None


def _wrong_progress(found: Mapping[str, Any]) -> str | None:
    """Say what no progress has, or None."""
    for name in ("iteration", "samples", "seconds"):
        value = found.get(name)
        if not _is_number(value) or not 0 <= value < 1e15:
            return f"progress has {name} {_short(value)}, not a count"
    best = found.get("best")
    if best and not (isinstance(best, list) and len(best) == 2 and all(map(_is_number, best))):
        return f"progress has best {_short(best)}, not two numbers"
    metrics = found.get("metrics")
    if not isinstance(metrics, dict) or not all(
        value is None or _is_number(value) for value in metrics.values()
    ):
        return "progress has metrics that are no numbers"
    return None


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _digest(record: Mapping[str, str], tensors: Mapping[str, torch.Tensor]) -> str:
    """Return a digest of all that a checkpoint holds; those of before have none."""
    digest = hashlib.blake2b(digest_size=16)
    for key in sorted(set(record) - {"digest"}):
        digest.update(f"{key}\0{record[key]}\0".encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name}\0{tensor.dtype}\0{tuple(tensor.shape)}\0".encode())
        digest.update(tensor.contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _others(path: Path) -> str:
    """Name the other checkpoints of a folder, the latest first, where one cannot be used."""
    others = sorted((p.name for p in path.parent.glob("*" + SUFFIX) if p != path), reverse=True)
    return f"; beside it lie {', '.join(others[:3])}" if others else ""


def for_release(checkpoint: Checkpoint, motions: str, *, half: bool = False) -> Checkpoint:
    """Return a checkpoint that can act but not be trained on, and names its motions so.

    Of teachers, which are files of whoever trained it, nothing is told. The value function, which
    does not act, is kept in half precision, for whoever begins a training with it; with ``half``
    the policy too: what bodies do is as good then, though not the same to the bit.
    """
    networks = ("agent/value.", "agent/policy.") if half else ("agent/value.",)
    tensors = {
        name: tensor.half() if name.startswith(networks) and tensor.is_floating_point() else tensor
        for name, tensor in checkpoint.tensors.items()
        if name.startswith("agent/")
    }
    settings = replace(checkpoint.config, motions=motions, distill=DistillConfig())
    return replace(checkpoint, config=settings, tensors=tensors)


def find(source: str | Path) -> Path:
    """Return the checkpoint file that a path means: itself, or a run folder's latest.

    A name without a folder, as ``shipped``, is a policy of the package's own before it is a path.

    Raises:
        InputError: ``source`` is none of these.
    """
    path = Path(source)
    own = {asset.stem: asset for asset in ASSETS.glob("*" + SUFFIX)}
    path = own.get(str(source), path)
    if path.is_file():
        return path
    if path.is_dir():
        folder = path / "checkpoints" if (path / "checkpoints").is_dir() else path
        found = sorted(folder.glob("*" + SUFFIX))
        if found:
            return found[-1]
        raise InputError(f"folder {str(path)!r} holds no checkpoint")
    raise InputError(
        f"checkpoint or run folder {str(path)!r} does not exist{did_you_mean(str(source), own)} "
        "(the package's own)"
    )


def run_folder(path: Path) -> Path:
    """Return the run folder that a checkpoint file lies in."""
    return path.parent.parent if path.parent.name == "checkpoints" else path.parent


def copy(source: Path, target: Path) -> None:
    """Copy a checkpoint; at any moment ``target`` is whole, the old one or absent.

    Raises:
        CheckpointError: it could not be written.
    """
    partial = target.with_name(target.name + ".partial")
    try:
        shutil.copyfile(source, partial)
        partial.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise CheckpointError(
            f"checkpoint {str(target)!r} could not be written: {error}"
        ) from error


def prune(folder: Path, keep: int) -> None:
    """Delete all but the latest ``keep`` checkpoints of a folder."""
    for path in sorted(folder.glob("*" + SUFFIX))[:-keep]:
        path.unlink()


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
