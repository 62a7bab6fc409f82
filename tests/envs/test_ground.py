"""Uneven ground: heights under every point of the feet, each body's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mujoco
import numpy as np
import pytest

import kinesis_fast as kf
from kinesis_fast import _engine
from kinesis_fast.body import load_model
from kinesis_fast.body.legs import facing
from kinesis_fast.cli.conditions import settings_of
from kinesis_fast.envs.mirror import Mirror
from kinesis_fast.motions.sources import load_motions
from kinesis_fast.tasks.conditions import ConditionConfig, told, untrained
from kinesis_fast.tasks.ground import GroundConfig, native_field
from kinesis_fast.tasks.imitation import PLANTED, legs_to_lay
from kinesis_fast.tasks.randomise import RandomiseConfig

AHEAD = (-0.2, 0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
FAR = 50.0
"""m from where bodies are: where it would be level."""


def make(num_envs: int = 4, **settings: Any) -> kf.MuscleVectorEnv:
    base: dict[str, Any] = {
        "clips": ["turn_left"], "termination_distance": 9.0, "physics": "lanes",
    }  # fmt: skip
    return kf.make_vec(num_envs=num_envs, **{**base, **settings})


def uneven(height: float, **settings: Any) -> dict[str, Any]:
    return {"conditions": {"ground": {"height": height, **settings}}}


@pytest.mark.parametrize(("physics", "near"), [("fused", 1e-9), ("lanes", 2e-4)])
def test_on_higher_ground_as_if_the_body_were_lower(
    physics: str, near: float, tmp_path: Path
) -> None:
    np.save(tmp_path / "flat.npy", np.full((2, 2), 0.05))
    env = make(
        physics=physics, control_mode="direct", **uneven(0.4, form=str(tmp_path / "flat.npy"))
    )
    env.reset(seed=2)
    env.kept("ground")[:, 4] = FAR
    state = env.get_state()
    rows = env.record(["ctrl", "qpos", "qvel"]).last()
    env.step(np.full((4, env.num_actions), -0.5, np.float32))
    for i in range(4):
        data = mujoco.MjData(env.model)
        data.qpos[:], data.qvel[:], data.act[:] = (state[n][i] for n in ("qpos", "qvel", "act"))
        data.qacc_warmstart[:] = state["qacc_warmstart"][i]
        data.qpos[2] -= 0.02
        for substep in range(env.config.substeps):
            data.ctrl[:] = rows["ctrl"][i, substep]
            mujoco.mj_step(env.model, data)
        data.qpos[2] += 0.02
        np.testing.assert_allclose(rows["qpos"][i, -1], data.qpos, atol=near)
        np.testing.assert_allclose(rows["qvel"][i, -1], data.qvel, atol=100 * near)


def test_lanes_step_as_mujocos_stages_do() -> None:
    states = []
    for physics in ("fused", "lanes"):
        env = make(8, physics=physics, control_mode="direct", **uneven(0.04))
        env.reset(seed=1)
        env.kept("ground")[:, 4] = FAR
        for _ in range(2):
            env.step(np.full((8, env.num_actions), -0.5, np.float32))
        states.append(env.get_state())
    np.testing.assert_allclose(states[1]["qpos"], states[0]["qpos"], atol=1e-3)
    np.testing.assert_allclose(states[1]["qvel"], states[0]["qvel"], atol=0.2)


def test_each_body_has_its_own_and_sees_it() -> None:
    results = []
    for threads in (1, 3):
        env = make(
            40,
            num_threads=threads,
            control_mode="joint",
            randomise={"uneven": [0.0, 0.05]},
            observe_conditions=["ground", "slope"],
            seed=1,
        )
        env.reset(seed=1)
        ground = env.kept("ground").copy()
        for _ in range(25):
            obs, *_ = env.step(np.zeros((40, env.num_actions), np.float32))
        results.append((obs, env.get_state()))
    np.testing.assert_array_equal(results[0][0], results[1][0])
    for name, values in results[0][1].items():
        np.testing.assert_array_equal(values, results[1][1][name], err_msg=name)
    assert ground[:, 0].min() >= 0.0 and 0.03 < ground[:, 0].max() <= 0.05
    assert np.std(ground[:, 1]) > 1.0 and np.std(ground[:, 3]) > 1.0
    # What is seen are the field's heights over those under the root.
    field = native_field(GroundConfig())
    seen = obs[:, env.observation_layout["ground"]]
    for i in range(0, 40, 7):
        qpos, columns = results[1][1]["qpos"][i], env.kept("ground")[i].tolist()
        yaw = facing(qpos)
        forward, left = np.array([np.cos(yaw), np.sin(yaw)]), np.array([-np.sin(yaw), np.cos(yaw)])
        places = [qpos[:2] + a * forward + s * left for a in AHEAD for s in (0.12, -0.12)]
        heights = np.array([field.height(columns, *place) for place in places])
        np.testing.assert_allclose(np.diff(seen[i]), np.diff(heights), atol=1e-6)
    mirror = Mirror.of(env).obs
    image = obs[:, mirror.index] * mirror.sign
    np.testing.assert_array_equal(image[:, mirror.index] * mirror.sign, obs)
    np.testing.assert_array_equal(
        image[:, env.observation_layout["ground"]].reshape(40, 7, 2),
        seen.reshape(40, 7, 2)[..., ::-1],
    )


def test_bumps_are_all_heights_alike_often_and_steps_rise_by_one() -> None:
    field = native_field(GroundConfig())
    flat = [1.0, 0.0, 0.0, 0.0, -FAR, 0.0]
    rng = np.random.default_rng(0)
    heights = np.array([field.height(flat, *place) for place in rng.uniform(0, 8, (4000, 2))])
    np.testing.assert_allclose(np.quantile(heights, [0.25, 0.5, 0.75]), [-0.5, 0.0, 0.5], atol=0.06)
    stairs = native_field(GroundConfig(form="steps"))
    begun = [0.1, 0.0, 0.0, 0.0, 0.0, 0.0]
    tops = [stairs.height(begun, 1.35 + 0.3 * i, 0.2) for i in range(8)]
    np.testing.assert_allclose(tops, 0.1 * np.arange(1, 9), atol=1e-9)
    assert stairs.height(begun, 1.15, 0.0) == 0.0


def test_references_stand_as_high_over_the_ground_as_over_the_floor() -> None:
    model = load_model("myolegs")
    motions = load_motions("gait", model)
    field = native_field(GroundConfig())
    laid = _engine.LaidMotion(motions.native_table(), legs_to_lay(model), field)
    data = mujoco.MjData(model)
    feet = [model.body(name).id for name in PLANTED]
    rng = np.random.default_rng(1)
    for _ in range(8):
        clip = int(rng.integers(len(motions.clips)))
        level = motions.reference(clip, rng.uniform(0.1, motions.clips[clip].duration - 0.1))
        ground = [0.04, *rng.uniform(0.0, 6.0, 3), FAR, 0.0]
        qpos, _ = laid.laid((0.0, 0.0), level["qpos"].copy(), level["qvel"].copy(), ground)
        data.qpos[:] = level["qpos"]
        mujoco.mj_kinematics(model, data)
        places, axes = data.xpos[feet].copy(), data.xmat[feet].copy()
        data.qpos[:] = qpos
        mujoco.mj_kinematics(model, data)
        for place, rot, foot in zip(places, axes, feet, strict=True):
            toes = place[:2] + 0.15 * rot.reshape(3, 3)[:2, 0]
            height = 0.5 * (field.height(ground, *place[:2]) + field.height(ground, *toes))
            np.testing.assert_allclose(data.xpos[foot], [*place[:2], place[2] + height], atol=2e-3)
        assert abs(qpos[2] - level["qpos"][2]) < 0.12
        still, _ = laid.laid((0.0, 0.0), level["qpos"].copy(), level["qvel"].copy())
        np.testing.assert_array_equal(still, level["qpos"])


def test_words_options_and_what_is_refused(tmp_path: Path) -> None:
    bumps = ConditionConfig(ground=GroundConfig(height=0.02))
    assert told(bumps) == "the ground is uneven by 2 cm up and down"
    assert told(ConditionConfig(ground=GroundConfig(0.1, "steps"))) == "steps of 10 cm"
    drawn = RandomiseConfig(uneven=[0.0, 0.02])
    assert untrained(bumps, ConditionConfig(), drawn) == []
    assert untrained(bumps, ConditionConfig(), RandomiseConfig()) == ["such uneven ground"]
    none = {"weaken": None, "strength": None, "fatigue": None, "mass": None}
    assert settings_of(**none, uneven=0.02) == {"ground": {"height": 0.02, "form": "bumps"}}
    assert settings_of(**none, steps=0.1) == {"ground": {"height": 0.1, "form": "steps"}}
    with pytest.raises(kf.InputError, match="--uneven and --steps are two grounds"):
        settings_of(**none, uneven=0.02, steps=0.1)
    with pytest.raises(
        kf.InputError, match=r"conditions.ground.height is 2.0; it must be in \[0, 1"
    ):
        make(**uneven(2.0))
    with pytest.raises(kf.InputError, match="uneven ground need physics lanes or fused"):
        make(physics="mujoco", **uneven(0.02))
    with pytest.raises(
        kf.InputError, match="form is 'hills'; it must be 'bumps', 'steps' or a file"
    ):
        make(**uneven(0.02, form="hills"))
    with pytest.raises(kf.InputError, match="cannot read the ground's heights"):
        make(**uneven(1.0, form=str(tmp_path / "none.npy")))
    np.save(tmp_path / "line.npy", np.zeros(5))
    with pytest.raises(kf.InputError, match="two rows and columns of numbers"):
        make(**uneven(1.0, form=str(tmp_path / "line.npy")))
