"""Trained policies as ONNX: from observations to actions, as they act when they do not explore."""

from __future__ import annotations

import json
import logging
import warnings
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import nn

from kinesis_fast.errors import InputError
from kinesis_fast.learn.agent import Agent
from kinesis_fast.learn.checkpoint import Checkpoint

NEEDED = ("onnx", "onnxscript")


class Acting(nn.Module):
    """Actions (N, num_actions) in [-1, 1] of observations (N, obs_dim), both float32."""

    def __init__(self, agent: Agent) -> None:
        super().__init__()
        self.agent = agent

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        """Return what the agent does without exploring."""
        normal = self.agent.normalizer(obs)
        return self.agent.policy.traced(normal).clamp(-1.0, 1.0)


def to_onnx(checkpoint: Checkpoint, path: Path) -> None:
    """Write a checkpoint's policy as ONNX: input ``obs``, output ``actions``.

    Muscles and the observation's layout are in the file's metadata.

    Raises:
        InputError: the packages for it are not installed, or there is no room.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise InputError(
            f"writing ONNX needs {' and '.join(missing)}: pip install 'kinesis_fast[onnx]'"
        )
    import onnx

    state = checkpoint.group("agent")
    obs_size = len(state["normalizer.mean"])
    agent = Agent(obs_size, checkpoint.fingerprint["num_actions"], checkpoint.config.policy)
    agent.load_state_dict(state)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it warns of what is not needed
    partial = path.with_name(f".{path.stem}.partial.onnx")
    try:
        _export(Acting(agent.eval()), obs_size, partial)
        model = onnx.load(str(partial))
        for name, value in checkpoint.fingerprint.items():
            model.metadata_props.add(key=name, value=json.dumps(value))
        onnx.save(model, str(partial))
        partial.replace(path)
    except OSError as error:
        raise InputError(f"{str(path)!r} could not be written: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)


def _export(acting: Acting, obs_size: int, path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            acting,
            (torch.zeros(2, obs_size),),
            str(path),
            dynamo=True,
            input_names=["obs"],
            output_names=["actions"],
            dynamic_shapes={"obs": {0: torch.export.Dim("envs")}},
            external_data=False,
            verbose=False,
        )
