"""The environment's interface: spaces, ends, options, state, weights, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium
import mujoco
import numpy as np
import pytest

import kinesis_fast as kf
from kinesis_fast.motions import Clip, MotionLibrary
from kinesis_fast.motions.clips import MotionArrays

PASSIVE = np.ones((2, 80), np.float32)


def make(library: MotionLibrary | str = "gait", **overrides: Any) -> kf.MuscleVectorEnv:
    """Bodies in the mode that has an action a muscle."""
    overrides = {"control_mode": "length", **overrides}
    return kf.make_vec(num_envs=2, motions=library, num_threads=1, **overrides)


def test_spaces_and_layout() -> None:
    env = make()
    assert isinstance(env, gymnasium.vector.VectorEnv)
    assert env.single_observation_space.shape == (264,)
    assert env.single_action_space.shape == (80,)
    sizes = {name: part.stop - part.start for name, part in env.observation_layout.items()}
    assert sizes == {
        "root_height": 1, "root_tilt": 4, "body_pos": 36, "body_rot": 78, "body_vel": 39,
        "body_ang_vel": 39, "foot_contact": 4, "ref_pos_diff": 21, "ref_vel_diff": 21,
        "ref_pos_local": 21,
    }  # fmt: skip
    assert list(env.tracked_bodies) == [
        "Full Body", "tibia_r", "talus_r", "toes_r", "tibia_l", "talus_l", "toes_l",
    ]  # fmt: skip
    obs, _ = env.reset(seed=0)
    assert obs.dtype == np.float32
    assert env.observation_space.contains(obs)


def test_start_is_the_reference(gait: MotionLibrary) -> None:
    env = make()
    clip = gait.index("walk_fast_165")
    obs, info = env.reset(options={"clip": [clip, clip], "start_time": [0.5, 1.25]})
    state = env.get_state()
    reference = gait.reference([clip, clip], [0.5, 1.25])
    np.testing.assert_allclose(state["qpos"], reference["qpos"], atol=1e-15)
    np.testing.assert_allclose(state["qvel"], reference["qvel"], atol=1e-15)
    assert np.all(state["act"] == 0) and np.all(state["time"] == 0)
    assert info["start_time"].tolist() == [0.5, 1.25]
    data = mujoco.MjData(env.model)
    data.qpos[:] = state["qpos"][1]
    mujoco.mj_kinematics(env.model, data)
    tracked = [env.model.body(name).id for name in env.tracked_bodies]
    expected = gait.reference(clip, 1.25)["tracked_pos"]
    np.testing.assert_allclose(data.xpos[tracked], expected, atol=2e-4)
    assert np.isfinite(obs).all()


def test_observation_does_not_depend_on_heading_and_place(
    model: mujoco.MjModel, gait: MotionLibrary
) -> None:
    """The same motion turned and moved elsewhere looks the same."""
    i = gait.index("walk_comfortable_125")
    frames = slice(gait.first_frame[i], gait.first_frame[i + 1])
    turn = np.array([np.cos(0.7), 0, 0, np.sin(0.7)])
    qpos = gait.arrays.qpos[frames].astype(np.float64)
    moved = qpos.copy()
    for row in moved:
        place, quat = row[:3].copy(), row[3:7].copy()
        mujoco.mju_rotVecQuat(row[:3], place, turn)
        row[:2] += [5, -3]
        mujoco.mju_mulQuat(row[3:7], turn, quat)
    clips = [Clip("here", len(qpos), 60.0), Clip("there", len(qpos), 60.0)]
    pair = MotionLibrary.from_qpos(
        model, list(zip(clips, (qpos, moved), strict=True)), gait.tracked_bodies
    )
    env = make(pair)
    obs, _ = env.reset(options={"clip": ["here", "there"], "start_time": 1.0})
    scale = np.maximum(1.0, np.abs(obs[0]))
    assert np.max(np.abs(obs[0] - obs[1]) / scale) < 1e-3  # float32 positions metres away


def test_truncation_past_the_clips_end(still_library: MotionLibrary) -> None:
    env = make(still_library, termination_distance=10.0, auto_reset=False)
    env.reset(options={"clip": ["long", "short"], "start_time": [0.0, 0.1]})
    ended = np.zeros(2, dtype=int)
    for step in range(1, 40):
        _, _, terminated, truncated, info = env.step(PASSIVE)
        assert not terminated.any()
        for i in range(2):
            if truncated[i] and not ended[i]:
                ended[i] = step
    # 1 s = 30 control steps: step 31 is past the end; 0.4 s = 12, so step 13.
    assert ended.tolist() == [31, 13]
    assert info["episode_length"].tolist() == [31, 13]
    counts = env.clip_statistics()
    assert counts["episodes"].tolist() == [1, 1]
    assert counts["control_steps"].tolist() == [31, 13]
    assert counts["terminated"].tolist() == [0, 0]


def test_the_reference_goes_on_past_the_clips_end(gait: MotionLibrary) -> None:
    library = gait.subset(["walk_fast_175"])
    env = make(library, auto_reset=False)
    end = library.clips[0].duration
    env.reset(options={"clip": 0, "start_time": end})
    _, _, _, truncated, info = env.step(PASSIVE)
    assert truncated.all()
    last = env.motions.reference(0, end)
    onward = last["tracked_pos"] + last["tracked_vel"] * env.control_timestep
    data = mujoco.MjData(env.model)
    data.qpos[:] = env.get_state()["qpos"][0]
    mujoco.mj_kinematics(env.model, data)
    bodies = [env.model.body(name).id for name in env.tracked_bodies]
    apart = np.linalg.norm(onward - data.xpos[bodies], axis=1).mean()
    assert info["mean_distance"][0] == pytest.approx(apart, abs=1e-5)
    assert apart < 0.03  # it moves 58 mm in that step


def test_time_limit(still_library: MotionLibrary) -> None:
    env = make(still_library, termination_distance=10.0, max_episode_steps=4)
    env.reset(options={"clip": 0, "start_time": 0.0})
    flags = [env.step(PASSIVE)[3].all() for _ in range(8)]
    assert flags == [False, False, False, True, False, False, False, True]


def test_same_step_auto_reset_keeps_the_last_observation(still_library: MotionLibrary) -> None:
    plain = make(still_library, termination_distance=10.0, max_episode_steps=100)
    limited = make(still_library, termination_distance=10.0, max_episode_steps=3)
    for env in (plain, limited):
        env.reset(options={"clip": 0, "start_time": 0.0})
    for _ in range(3):
        expected, *_ = plain.step(PASSIVE)
        obs, _, _, truncated, info = limited.step(PASSIVE)
    assert truncated.all() and info["_final_obs"].all()
    np.testing.assert_array_equal(info["final_obs"], expected)
    assert not np.array_equal(obs, expected)
    assert limited.get_state()["control_step"].tolist() == [0, 0]
    _, _, _, _, info = limited.step(PASSIVE)
    assert "final_obs" not in info


def test_ended_environments_wait_without_auto_reset(still_library: MotionLibrary) -> None:
    env = make(still_library, termination_distance=10.0, max_episode_steps=2, auto_reset=False)
    env.reset(seed=0)
    for _ in range(2):
        last, *_ = env.step(PASSIVE)
    after, _, _, truncated, _ = env.step(PASSIVE)
    np.testing.assert_array_equal(after, last)
    assert truncated.all()
    env.reset(options={"reset_mask": [True, False]})
    _, _, _, truncated, _ = env.step(PASSIVE)
    assert truncated.tolist() == [False, True]


def exploding_library(gait: MotionLibrary) -> MotionLibrary:
    """A standing clip, and one whose joint speeds no simulation survives."""
    part = gait.subset(["stand", "stand_long"])
    arrays = MotionArrays(**{name: array.copy() for name, array in part.arrays.named()})
    arrays.qvel[part.first_frame[1] :, 8] = 1e6
    return MotionLibrary(
        part.clips, arrays, part.joint_names, part.tracked_bodies, part.quaternion_addresses
    )


def test_a_physics_failure_ends_its_episode_alone(
    gait: MotionLibrary,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    env = kf.make_vec(
        num_envs=3, motions=exploding_library(gait), num_threads=2, control_mode="length"
    )
    calm = kf.make_vec(
        num_envs=3, motions=exploding_library(gait), num_threads=2, control_mode="length"
    )
    before, _ = env.reset(seed=0, options={"clip": [0, 1, 0], "start_time": 0.5})
    calm.reset(seed=0, options={"clip": [0, 0, 0], "start_time": 0.5})
    actions = np.ones((3, 80), np.float32)
    obs, reward, terminated, truncated, info = env.step(actions)
    expected, expected_reward, *_ = calm.step(actions)
    assert info["invalid"].tolist() == [False, True, False]
    assert terminated.tolist() == [False, True, False]
    assert not truncated.any()
    assert reward[1] == 0
    assert env.invalid_episodes == 1
    np.testing.assert_array_equal(info["final_obs"][1], before[1])
    for i in (0, 2):
        np.testing.assert_array_equal(obs[i], expected[i])
        assert reward[i] == expected_reward[i]
    for _ in range(20):
        obs, reward, *_ = env.step(actions)
        assert np.isfinite(obs).all() and np.isfinite(reward).all()
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []  # no MUJOCO_LOG.TXT


@pytest.mark.parametrize("mode", ["length", "joint", "joint_residual"])
def test_state_round_trip_is_exact(mode: str) -> None:
    rng = np.random.default_rng(0)
    env = make(control_mode=mode)
    mean = 0.7 if mode == "length" else 0.0
    actions = rng.normal(mean, 0.2, (20, 2, env.num_actions)).astype(np.float32)
    env.reset(seed=4)
    for action in actions[:5]:
        env.step(action)
    state = env.get_state()
    expected = [env.step(action) for action in actions[5:]]
    other = make(control_mode=mode)
    other.reset(seed=4)
    other.set_state(state)
    for action, (obs, reward, terminated, *_) in zip(actions[5:], expected, strict=True):
        again, again_reward, again_terminated, *_ = other.step(action)
        np.testing.assert_array_equal(again, obs)
        np.testing.assert_array_equal(again_reward, reward)
        np.testing.assert_array_equal(again_terminated, terminated)


def test_sampling_weights() -> None:
    env = make()
    weights = np.zeros(len(env.motions.clips))
    weights[[3, 7]] = [1.0, 3.0]
    env.set_sampling_weights(weights)
    drawn = np.concatenate([env.reset()[1]["clip"] for _ in range(400)])
    assert set(drawn.tolist()) == {3, 7}
    assert 0.70 < np.mean(drawn == 7) < 0.80
    for bad in (np.ones(3), -weights, np.zeros_like(weights), np.full_like(weights, np.nan)):
        with pytest.raises(kf.InputError, match="weights"):
            env.set_sampling_weights(bad)


def test_views_and_copies() -> None:
    env = make()
    env.reset(seed=0)
    kept = env.step(PASSIVE)[0]
    before = kept.copy()
    env.step(PASSIVE)
    np.testing.assert_array_equal(kept, before)
    env.copy = False
    live = env.step(PASSIVE)[0]
    assert env.step(PASSIVE)[0] is live


def test_weighted_terms_make_the_reward() -> None:
    env = make()
    env.reset(seed=0)
    _, reward, _, _, info = env.step(PASSIVE)
    total = 0.6 * info["pos"] + 0.2 * info["vel"] + 0.1 * info["upright"] + 0.1 * info["energy"]
    np.testing.assert_allclose(reward, total, atol=1e-6)


def test_a_reward_for_activations_like_the_priors() -> None:
    env = make(clips=["walk_slow_060"], reward={"pos_weight": 0.0, "prior_weight": 2.0})
    assert make(clips=["walk_slow_060"]).motions.prior is None
    _, info = env.reset(seed=0)
    wished = env.motions.prior_at(0, info["start_time"][0] + env.control_timestep)["activation"]
    _, reward, _, _, info = env.step(PASSIVE)
    squared = np.mean((env.get_state()["act"][0] - wished) ** 2)
    assert info["prior"][0] == pytest.approx(np.exp(-30.0 * squared), rel=1e-5)
    rest = 0.2 * info["vel"] + 0.1 * info["upright"] + 0.1 * info["energy"]
    np.testing.assert_allclose(reward, rest + 2.0 * info["prior"], atol=1e-6)


def test_tracked_bodies_can_be_chosen(gait: MotionLibrary) -> None:
    env = make(tracked_bodies=["Full Body", "femur_r"])
    assert list(env.tracked_bodies) == ["Full Body", "femur_r"]
    reference = env.motions.reference(3, 0.7)
    default = gait.reference(3, 0.7)
    np.testing.assert_allclose(reference["tracked_pos"][0], default["tracked_pos"][0], atol=1e-6)
    np.testing.assert_allclose(reference["tracked_vel"][0], default["tracked_vel"][0], atol=1e-6)
    env.reset(seed=0)
    obs, *_ = env.step(PASSIVE)
    assert obs.shape == (2, 264 - 9 * 5)


def test_any_model_with_muscles_steps(write_arm: Callable[..., Path], walk_file: Path) -> None:
    path = write_arm()
    model = kf.load_model(path)
    qpos = np.tile(model.qpos0, (31, 1))
    bodies = ["trunk", "arm"]
    library = MotionLibrary.from_qpos(model, [(Clip("hang", 31, 30.0), qpos)], bodies)
    own = {"motions": library, "model": str(path), "tracked_bodies": bodies}
    with pytest.raises(kf.InputError, match=r"control_mode is 'joint'.*'length' and 'direct' go"):
        kf.make_vec(num_envs=2, **own)
    env = kf.make_vec(num_envs=2, control_mode="length", **own)
    env.reset(seed=0)
    obs, reward, *_ = env.step(np.zeros((2, 1), np.float32))
    assert obs.shape == (2, 1 + 4 + 3 + 12 + 6 + 6 + 18)
    assert np.isfinite(obs).all() and (reward > 0).all()
    with pytest.raises(kf.InputError, match="built-in motions need MyoLegs' leg joints"):
        kf.make_vec(model=str(path), tracked_bodies=bodies)
    with pytest.raises(kf.InputError, match="recorded motions need .* no body 'femur_r'"):
        kf.make_vec(model=str(path), motions=walk_file, tracked_bodies=bodies)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"task": "imitate"}, "unknown task 'imitate'; did you mean 'imitation'"),
        ({"num_envs": 0}, r"num_envs is 0; it must be in \[1, 1000000\]"),
        ({"num_envs": -3}, "num_envs is -3"),
        ({"num_threads": -1}, "num_threads is -1"),
        ({"seed": -1}, r"seed is -1; it must be in \[0, 2\^63\)"),
        ({"contol_mode": "direct"}, "unknown setting 'contol_mode'; did you mean 'control_mode'"),
        ({"control_mode": "lenght"}, "control_mode 'lenght' is not known; did you mean 'length'"),
        ({"substeps": 0}, r"substeps is 0; it must be in \[1, 1000\]"),
        ({"substeps": "five"}, "setting 'substeps': .*five"),
        ({"termination_distance": -0.1}, "termination_distance is -0.1"),
        ({"reward": {"pos_weigth": 1}}, "unknown setting 'pos_weigth' in 'reward'; did you mean"),
        ({"observe_muscles": ["lengths"]}, "observe_muscles 'lengths' is not known"),
        ({"clips": ["stnd"]}, "unknown clip 'stnd'; did you mean 'stand'"),
        ({"split": "trian"}, "no clip is in split 'trian'; did you mean 'train'"),
        ({"model": "myoleg"}, "unknown model 'myoleg'; did you mean 'myolegs'"),
        ({"tracked_bodies": ["tibia_x"]}, "unknown body 'tibia_x'; did you mean 'tibia_"),
    ],
)
def test_bad_arguments_name_value_and_remedy(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(kf.InputError, match=message):
        kf.make_vec(**arguments)


def test_bad_calls_name_value_and_remedy() -> None:
    env = make()
    with pytest.raises(kf.InputError, match="call reset"):
        env.step(PASSIVE)
    with pytest.raises(kf.InputError, match="outside its clip"):
        env.reset(options={"clip": 0, "start_time": 99.0})
    with pytest.raises(kf.InputError, match="clip 99 does not exist"):
        env.reset(options={"clip": [0, 99]})
    with pytest.raises(kf.InputError, match="unknown clip 'stnd'"):
        env.reset(options={"clip": "stnd"})
    with pytest.raises(kf.InputError, match="unknown reset option 'clips'"):
        env.reset(options={"clips": 0})
    with pytest.raises(kf.InputError, match=r"'clip' has shape \(3,\); expected \(2,\)"):
        env.reset(options={"clip": [0, 0, 0]})
    env.reset(seed=0)
    with pytest.raises(kf.InputError, match=r"actions has shape \(2, 79, \), expected \(2, 80, \)"):
        env.step(np.zeros((2, 79)))
    bad = PASSIVE.copy()
    bad[1, 7] = np.nan
    with pytest.raises(kf.InputError, match="action 7 of environment 1 is .*nan.* must be finite"):
        env.step(bad)
    with pytest.raises(kf.InputError, match="unknown state entry 'pos'"):
        env.set_state({"pos": 0})
    with pytest.raises(kf.InputError, match="state entry 'qpos' has shape"):
        env.set_state({"qpos": np.zeros((2, 3))})
