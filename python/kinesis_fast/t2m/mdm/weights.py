"""Weights from files that anyone may have made: no code in them is run."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from kinesis_fast.errors import InputError

SHOWN = 5
"""Names of keys in an error."""


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a .safetensors file, a pickled state dict, or a TorchScript archive.

    Pickles are read by torch's loader of weights alone; TorchScript, as OpenAI publishes CLIP, by
    torch's own reader of archives, and its code is never called.

    Raises:
        InputError: no such file, or none of these.
    """
    if not path.is_file():
        raise InputError(f"weights {str(path)!r} do not exist")
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return dict(load_file(path))
        if _is_script(path):
            archive = torch.jit.load(path, map_location="cpu")  # type: ignore[no-untyped-call]
            return dict(archive.state_dict())
        found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise InputError(f"cannot read the weights {str(path)!r}: {_first_line(error)}") from error
    if isinstance(found, Mapping) and isinstance(found.get("model_avg"), Mapping):
        found = found["model_avg"]  # the average over training, which is sampled from
    elif isinstance(found, Mapping) and isinstance(found.get("model"), Mapping):
        found = found["model"]
    if not isinstance(found, Mapping) or not all(isinstance(v, Tensor) for v in found.values()):
        raise InputError(f"the weights {str(path)!r} are no tensors by name")
    return {str(name): tensor for name, tensor in found.items()}


def _is_script(path: Path) -> bool:
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith("constants.pkl") for name in archive.namelist())


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def read_json(path: Path) -> dict[str, Any]:
    """Return the object of a JSON file.

    Raises:
        InputError: it cannot be read, or is no object.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(f"cannot read {str(path)!r}: {_first_line(error)}") from error
    if not isinstance(found, dict):
        raise InputError(f"{str(path)!r} holds no object")
    return found


def put_into(module: nn.Module, tensors: Mapping[str, Tensor], what: str) -> None:
    """Load weights, all of a module's and no others.

    Raises:
        InputError: one is missing, left over, or of another shape; names the first few.
    """
    own = module.state_dict()
    for problem, names in (
        ("lack", sorted(own.keys() - tensors.keys())),
        ("have besides", sorted(tensors.keys() - own.keys())),
    ):
        if names:
            raise InputError(f"the weights of {what} {problem} {_listed(names)}")
    for name, tensor in own.items():
        if tensors[name].shape != tensor.shape:
            raise InputError(
                f"the weights of {what} have {name} of shape {tuple(tensors[name].shape)}; "
                f"{tuple(tensor.shape)} is needed"
            )
    module.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
