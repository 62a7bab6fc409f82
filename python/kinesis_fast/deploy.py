"""Trained policies without torch: numpy and safetensors are all that acting takes.

For other simulators, controllers and small machines. ``kinesis-fast export CKPT --out F`` writes
the file that :class:`NumpyPolicy` reads or, for other languages, the same policy as ONNX.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open

from kinesis_fast.errors import InputError

Array = npt.NDArray[np.float32]


def _sigmoid(x: Array) -> Array:
    half: Array = 0.5 * np.tanh(0.5 * x)
    return half + np.float32(0.5)


def _silu(x: Array) -> Array:
    return x * _sigmoid(x)


def _relu(x: Array) -> Array:
    return np.maximum(x, 0.0)


def _elu(x: Array) -> Array:
    return np.where(x > 0.0, x, np.expm1(np.minimum(x, 0.0)))


KINDS = ("gaussian", "lattice", "mixture")
"""Of policies whose mean action is worked out here."""
ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "silu": _silu,
    "relu": _relu,
    "tanh": np.tanh,
    "elu": _elu,
}


class NumpyPolicy:
    """A trained policy's actions, as it takes them when it does not explore."""

    def __init__(self, path: str | Path) -> None:
        """Read a checkpoint.

        Args:
            path: a checkpoint file, exported or of a run.

        Raises:
            InputError: not a readable checkpoint.
        """
        try:
            with safe_open(path, framework="np") as file:
                record = file.metadata() or {}
                tensors = {
                    name.removeprefix("agent/"): file.get_tensor(name)
                    for name in file.keys()  # noqa: SIM118
                    if name.startswith("agent/")
                }
            self.config: dict[str, Any] = json.loads(record["config"])
            fingerprint = json.loads(record["fingerprint"])
        except (SafetensorError, OSError, ValueError, KeyError) as error:
            reason = str(error).splitlines()[0]
            raise InputError(f"{str(path)!r} is not a readable checkpoint: {reason}") from error
        self.muscles: list[str] = fingerprint["muscles"]
        self.observation_layout = {
            name: slice(*ends) for name, ends in fingerprint["observation"].items()
        }
        self.num_actions: int = fingerprint["num_actions"]
        self.obs_dim = len(tensors["normalizer.mean"])
        self._activation = ACTIVATIONS[self.config["policy"]["activation"]]
        self._kind = str(self.config["policy"]["kind"])
        if self._kind not in KINDS:
            raise InputError(
                f"policy kind {self._kind!r} has no actions here; known: {', '.join(KINDS)}"
            )
        self._mean = tensors["normalizer.mean"].astype(np.float32)
        self._scale = (1.0 / np.sqrt(tensors["normalizer.var"] + 1e-8)).astype(np.float32)
        self._tensors = tensors

    def __call__(self, obs: npt.ArrayLike) -> Array:
        """Return actions (..., num_actions) in [-1, 1] for observations (..., obs_dim)."""
        given = np.asarray(obs, dtype=np.float32)
        if given.shape[-1:] != (self.obs_dim,):
            raise InputError(
                f"observations have shape {given.shape}; the policy needs (..., {self.obs_dim})"
            )
        normal = np.clip((given - self._mean) * self._scale, -10.0, 10.0)
        if self._kind == "mixture":
            actions = self._chosen_expert(normal)
        else:
            actions = self._network(normal, "policy.", "action_mean")
        return np.clip(actions, -1.0, 1.0)

    def _chosen_expert(self, normal: Array) -> Array:
        chosen = self._network(normal, "policy.", "gate").argmax(axis=-1)
        actions = np.zeros((*normal.shape[:-1], self.num_actions), dtype=np.float32)
        for number in range(self.config["policy"]["num_experts"]):
            here = chosen == number
            if here.any():
                prefix = f"policy.experts.{number}."
                actions[here] = self._network(normal[here], prefix, "action_mean")
        return actions

    def _network(self, x: Array, prefix: str, head: str) -> Array:
        layer = 0
        while f"{prefix}body.{layer}.weight" in self._tensors:
            x = self._activation(self._linear(x, f"{prefix}body.{layer}"))
            layer += 2  # activations have numbers between
        return self._linear(x, prefix + head)

    def _linear(self, x: Array, name: str) -> Array:
        product: Array = x @ self._tensors[f"{name}.weight"].T + self._tensors[f"{name}.bias"]
        return product
