"""Policies without torch, and as ONNX, act as they do with it."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from kinesis_fast import InputError
from kinesis_fast.deploy import ACTIVATIONS, NumpyPolicy
from kinesis_fast.learn import checkpoint as checkpoints
from kinesis_fast.learn.agent import Agent
from kinesis_fast.learn.config import PolicyConfig, TrainConfig
from kinesis_fast.learn.onnx_export import to_onnx

OBS, ACTIONS = 23, 7
KINDS = {
    "gaussian": PolicyConfig(hidden_sizes=[32, 16], activation="elu"),
    "lattice": PolicyConfig(kind="lattice", hidden_sizes=[32], activation="tanh"),
    "mixture": PolicyConfig(
        kind="mixture", hidden_sizes=[8], num_experts=3, expert_hidden_sizes=[16, 16]
    ),
}


def make_point(kind: str) -> tuple[Agent, checkpoints.Checkpoint]:
    """An untrained agent with outputs of a trained one's size, some of them beyond 1."""
    torch.manual_seed(0)
    agent = Agent(OBS, ACTIONS, KINDS[kind])
    agent.normalizer.update(3.0 * torch.randn(500, OBS) + 1.0)
    for name, parameter in agent.named_parameters():
        if "action_mean" in name or "gate" in name:
            torch.nn.init.normal_(parameter, std=0.2)
    fingerprint = {
        "muscles": ["soleus_r"],
        "num_actions": ACTIONS,
        "observation": {"root_height": [0, 1]},
    }
    tensors = {f"agent/{name}": value for name, value in agent.state_dict().items()}
    config = replace(TrainConfig(), policy=KINDS[kind])
    return agent, checkpoints.Checkpoint(config, fingerprint, {}, tensors)


def observations() -> torch.Tensor:
    return 6.0 * torch.randn(64, OBS, generator=torch.Generator().manual_seed(1)) + 1.0


def expected(agent: Agent, obs: torch.Tensor) -> np.ndarray:
    actions = agent.act(obs, deterministic=True).clamp(-1, 1).numpy()
    assert np.abs(actions).max() == 1 and np.abs(actions).min() < 0.1
    return actions


@pytest.mark.parametrize("kind", KINDS)
def test_numpy_alone(kind: str, tmp_path: Path) -> None:
    agent, point = make_point(kind)
    checkpoints.save(point, tmp_path / "p.safetensors")
    policy = NumpyPolicy(tmp_path / "p.safetensors")
    obs = observations()
    np.testing.assert_allclose(policy(obs.numpy()), expected(agent, obs), atol=5e-6)
    one = policy(obs[0].numpy())
    assert one.shape == (ACTIONS,) and one.dtype == np.float32
    assert policy.muscles == ["soleus_r"]
    assert policy.observation_layout == {"root_height": slice(0, 1)}
    other = pickle.loads(pickle.dumps(policy))
    np.testing.assert_array_equal(other(obs.numpy()), policy(obs.numpy()))


def test_activations_match_torch() -> None:
    x = torch.linspace(-20, 20, 401)
    for name, function in ACTIVATIONS.items():
        theirs = getattr(torch.nn.functional, name)(x).numpy()
        np.testing.assert_allclose(function(x.numpy()), theirs, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_onnx(kind: str, tmp_path: Path) -> None:
    runtime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    agent, point = make_point(kind)
    to_onnx(point, tmp_path / "p.onnx")
    session = runtime.InferenceSession(str(tmp_path / "p.onnx"))
    obs = observations()
    for rows in (1, 64):
        (actions,) = session.run(["actions"], {"obs": obs[:rows].numpy()})
        np.testing.assert_allclose(actions, expected(agent, obs)[:rows], atol=5e-6)
    stored = session.get_modelmeta().custom_metadata_map
    assert json.loads(stored["muscles"]) == ["soleus_r"]


def test_acting_does_not_import_torch() -> None:
    code = "import sys, kinesis_fast.deploy; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_bad_input(tmp_path: Path) -> None:
    _, point = make_point("gaussian")
    checkpoints.save(point, tmp_path / "p.safetensors")
    with pytest.raises(InputError, match=r"have shape \(3, 5\); the policy needs \(..., 23\)"):
        NumpyPolicy(tmp_path / "p.safetensors")(np.zeros((3, 5)))
    (tmp_path / "x").write_bytes(b"no")
    point.config.policy.kind = "squashed"
    checkpoints.save(point, tmp_path / "squashed.safetensors")
    with pytest.raises(InputError, match="'squashed' has no actions here; known: gaussian"):
        NumpyPolicy(tmp_path / "squashed.safetensors")
    with pytest.raises(InputError, match="is not a readable checkpoint"):
        NumpyPolicy(tmp_path / "x")


def test_acting_imports_numpy_and_safetensors_alone() -> None:
    """In a process where nothing else that the package needs can be imported."""
    program = """
import sys
from importlib.abc import MetaPathFinder
ALLOWED = {"numpy", "safetensors", "kinesis_fast"}
before = set(sys.modules)
class Refuse(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        top = name.partition(".")[0]
        if top in ALLOWED or top in sys.stdlib_module_names or top.startswith("_"):
            return None
        raise ImportError(f"{name} is not to be imported")
sys.meta_path.insert(0, Refuse())
from kinesis_fast.deploy import NumpyPolicy
policy = NumpyPolicy(sys.argv[1])
print(policy([0.0] * policy.obs_dim).shape[0])
assert "kinesis_fast._engine" not in sys.modules
"""
    shipped = checkpoints.ASSETS / "shipped.safetensors"
    done = subprocess.run(
        [sys.executable, "-c", program, str(shipped)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "14"
