"""Lanes against MuJoCo's own stages, state by state, and what they promise of bits.

Lanes are in single precision: positions from the root on are right to some 1e-7 m, which stiff
contacts (2,800 per second squared) and short fibres make some 1e-5 of the largest acceleration.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt
import pytest

import kinesis_fast as kf
from kinesis_fast import _engine
from kinesis_fast.bench.peers import states_with_contact
from kinesis_fast.body import load_model

STATE = mujoco.mjtState.mjSTATE_INTEGRATION
STEPPED = ("myolegs", "myolegs26", "myolegs_abdomen", "myofullbody", "myolegs_opensim")
"""Composed models that lanes step, wherever legs do not touch what they lack."""
LEAST_STEPPED = {"myolegs26": 0.6}
"""Share of states: where bones, which are meshes, meet others, steps are in double precision."""
LEAST_SCALE = 10.0
"""rad/s^2, m/s^2: accelerations of a body at rest have no size of their own to be measured by."""
INSTRUCTIONS = [name for name, _, runs_here in _engine.lane_libraries() if runs_here]

Rows = npt.NDArray[np.float64]


def rounded(rows: Rows) -> Rows:
    """Return states as lanes hold them."""
    return rows.astype(np.float32).astype(np.float64)


def standing_and_walking(model: mujoco.MjModel) -> Rows:
    """Return states of bodies that follow walks, turns and runs by their prior alone."""
    env = kf.make_vec(
        num_envs=32,
        num_threads=1,
        control_mode="joint",
        physics="fused",
        clips=["walk_comfortable_120", "run_260", "turn_left", "stand"],
    )
    data = mujoco.MjData(model)
    env.reset(seed=0)
    rows = []
    for step in range(12):
        env.step(np.zeros((32, env.num_actions), np.float32))
        state = env.get_state()
        for i in range(32) if step % 2 else ():
            for name in ("qpos", "qvel", "act", "ctrl", "qacc_warmstart"):
                getattr(data, name)[:] = state[name][i]
            rows.append(np.empty(mujoco.mj_stateSize(model, STATE)))
            mujoco.mj_getState(model, data, rows[-1], STATE)
    return np.array(rows)


def states(name: str, model: mujoco.MjModel, count: int) -> Rows:
    found = [states_with_contact(model, count, seed=1)]
    if name == "myolegs":
        found.append(standing_and_walking(model))
    return rounded(np.concatenate(found))


def relative(found: npt.NDArray[Any], exact: npt.NDArray[Any], least: float) -> float:
    return float(np.abs(found - exact).max() / max(least, np.abs(exact).max()))


def test_lanes_are_built() -> None:
    assert INSTRUCTIONS, "no set of instructions was built"
    assert _engine.lane_library() in INSTRUCTIONS


@pytest.mark.parametrize("name", STEPPED)
def test_every_stage_is_mujocos(name: str, full: bool) -> None:
    model = load_model(name)
    rows = states(name, model, 2500 if full else 80 if name == "myofullbody" else 400)
    out = _engine.step_lanes(model._address, rows, 1)
    layout, stepped = out["layout"], out["redone"] == 0
    assert stepped.mean() > LEAST_STEPPED.get(name, 0.97)
    data = mujoco.MjData(model)
    worst: dict[str, list[float]] = {}
    counts_differ = 0

    def compare(field: str, exact: npt.NDArray[Any], least: float) -> None:
        begin = layout[field]
        found = out["fields"][i][begin : begin + len(exact)].astype(np.float64)
        worst.setdefault(field, []).append(relative(found, exact, least))

    for i in np.flatnonzero(stepped):
        mujoco.mj_setState(model, data, rows[i], STATE)
        mujoco.mj_forward(model, data)
        compare("length", data.actuator_length, 1.0)
        compare("velocity", data.actuator_velocity, 1e-2)
        compare("force", data.actuator_force, 1.0)
        compare("act_dot", data.act_dot, 1e-2)
        compare("bias", data.qfrc_bias, 1.0)
        compare("qfrc_actuator", data.qfrc_actuator, 1.0)
        compare("qacc", data.qacc, LEAST_SCALE)
        compare("sensordata", data.sensordata, 1.0)
        counts_differ += int(out["fields"][i][layout["contacts"]] != data.ncon)
    largest = {field: max(values) for field, values in worst.items()}
    bounds = {"length": 1e-6, "velocity": 2e-5, "force": 5e-5, "act_dot": 1e-4, "bias": 2e-6}
    bounds |= {"qfrc_actuator": 2e-5, "sensordata": 2e-3}
    if name == "myolegs26":  # short strings around large cylinders; a foot on four corners
        bounds |= {"velocity": 1e-4, "qfrc_actuator": 1e-4, "sensordata": 1e-2}
    if name == "myofullbody":  # 290 muscles: the largest of 2,500 states is 2.5e-5
        bounds |= {"velocity": 4e-5}
    for field, bound in bounds.items():
        assert largest[field] < bound, f"{field}: {largest[field]}"
    # A distance within rounding of a contact's or limit's margin is on one side or the other, and a
    # string at the edge of what it wraps around too.
    assert counts_differ <= max(1, len(rows) // 1000)
    error = np.array(worst["qacc"])
    assert np.median(error) < 5e-5
    assert np.mean(error > 1e-3) < 5e-3


@pytest.mark.parametrize("name", STEPPED)
def test_a_step_is_mujocos(name: str) -> None:
    model = load_model(name)
    rows = states(name, model, 40 if name == "myofullbody" else 300)
    exact = _engine.step_each(model._address, rows, 1, _engine.Physics.mujoco)["states"]
    found = _engine.step_lanes(model._address, rows, 1)["states"]
    difference = np.abs(found - exact)[:, : 1 + model.nq + model.nv + model.na].max(axis=1)
    assert np.median(difference) < 1e-4
    assert np.mean(difference > 1e-2) < 1e-2


def test_a_step_whose_tendons_stretch_is_the_fused_one() -> None:
    """Three steps, from fibres that nobody knows yet."""
    model = load_model("myolegs_elastic")
    rows = states("myolegs_elastic", model, 300)
    exact = _engine.step_each(model._address, rows, 3, _engine.Physics.fused)["states"]
    found = _engine.step_lanes(model._address, rows, 3)["states"]
    difference = np.abs(found - exact)[:, : 1 + model.nq + model.nv + model.na].max(axis=1)
    assert np.median(difference) < 3e-4
    assert np.mean(difference > 1e-2) < 2e-2
    fibres = np.empty((2, len(rows), model.nuserdata))
    for i in range(len(rows)):
        for states_after, out in zip((found, exact), fibres[:, i], strict=True):
            mujoco.mj_extractState(
                model, states_after[i], STATE, out, mujoco.mjtState.mjSTATE_USERDATA
            )
    led_to = fibres[:, :, : model.nu]
    assert led_to.min() > 0.0
    assert np.median(np.abs(led_to[0] - led_to[1]).max(axis=1)) < 1e-5


@pytest.mark.parametrize("name", ["myolegs", "myolegs_elastic"])
def test_neighbours_do_not_matter(name: str) -> None:
    """Bits are the same whoever shares the vector: also where limbs touch, or strings wrap."""
    model = load_model(name)
    rows = states(name, model, 600)
    whole = _engine.step_lanes(model._address, rows, 3)
    order = np.random.default_rng(0).permutation(len(rows))
    mixed = _engine.step_lanes(model._address, np.ascontiguousarray(rows[order]), 3)
    np.testing.assert_array_equal(mixed["states"], whole["states"][order])
    few = _engine.step_lanes(model._address, np.ascontiguousarray(rows[7:8]), 3)
    np.testing.assert_array_equal(few["states"][0], whole["states"][7])


def test_what_lanes_lack_is_stepped_in_double() -> None:
    """Toes, which are ellipsoids, near each other: the fused step, to the rounding of its state."""
    model = load_model()
    rows = rounded(states_with_contact(model, 1500, seed=3))
    found = _engine.step_lanes(model._address, rows, 1)
    again = found["redone"] == 1
    assert 0 < again.sum() < 100
    given = np.ascontiguousarray(rows[again])
    exact = _engine.step_each(model._address, given, 1, _engine.Physics.fused)["states"]
    np.testing.assert_allclose(found["states"][again], exact, rtol=1e-6, atol=1e-6)


def test_what_is_beyond_lanes_is_named_and_fused() -> None:
    model = load_model()
    assert _engine.beyond_lanes(model._address) == ""
    for change, name in (
        (lambda m: setattr(m.opt, "integrator", 1), "integrator"),
        (lambda m: setattr(m.opt, "cone", 1), "cones"),
        (lambda m: m.dof_frictionloss.fill(0.1), "friction"),
        (lambda m: m.tendon_stiffness.fill(1.0), "tendons"),
    ):
        changed = load_model()
        change(changed)
        assert name in _engine.beyond_lanes(changed._address)
        with pytest.raises(ValueError, match=name):
            _engine.step_lanes(changed._address, states_with_contact(model, 1, seed=0), 1)


def test_lanes_follow_what_the_fused_step_follows() -> None:
    """A control step of every mode, from the same state: the same, but for single precision."""
    for mode in ("length", "direct", "residual", "joint", "joint_residual"):
        settings: dict[str, Any] = {"num_envs": 24, "num_threads": 1, "control_mode": mode}
        settings["conditions"] = {"weakness": {"soleus": 0.5, "tibant_r": 0.0}}
        lanes = kf.make_vec(physics="lanes", **settings)
        fused = kf.make_vec(physics="fused", **settings)
        assert lanes.physics == "lanes"
        obs, _ = lanes.reset(seed=2)
        # Of what the feet carry, N, single precision leaves thousandths.
        np.testing.assert_allclose(obs, fused.reset(seed=2)[0], atol=1e-2, rtol=2e-4)
        rng = np.random.default_rng(1)
        apart = []
        for _ in range(8):
            actions = rng.normal(0.3, 0.3, (24, lanes.num_actions)).astype(np.float32)
            fused.set_state(lanes.get_state())
            lanes.step(actions), fused.step(actions)
            a, b = lanes.get_state(), fused.get_state()
            same = a["episode"] == b["episode"]
            assert same.mean() > 0.9
            apart.append(np.abs(a["qpos"] - b["qpos"]).max(axis=1)[same])
        assert np.median(np.concatenate(apart)) < 1e-5, mode
        assert np.quantile(np.concatenate(apart), 0.95) < 2e-3, mode


@pytest.mark.parametrize("instructions", INSTRUCTIONS)
def test_every_set_of_instructions(instructions: str) -> None:
    """This file again, in a process that has to use it."""
    if os.environ.get("KINESIS_FAST_LANES"):
        pytest.skip("a set is chosen already")
    if instructions == _engine.lane_library():
        pytest.skip("the other tests use it")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", __file__],
        env={**os.environ, "KINESIS_FAST_LANES": instructions, "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-2000:]


def test_a_choice_that_is_not_there_is_named() -> None:
    code = "from kinesis_fast import _engine; print(_engine.lane_library())"
    run = subprocess.run(
        [sys.executable, "-c", "import mujoco; " + code],
        env={**os.environ, "KINESIS_FAST_LANES": "sse9"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode != 0
    assert "KINESIS_FAST_LANES is 'sse9'; here are" in run.stderr
