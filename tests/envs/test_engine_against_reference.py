"""The native engine against the plain Python environment, step by step.

Observations are float32: they are compared to 1e-5 of their magnitude, which for entries of up
to 1 (positions, directions) is an absolute 1e-5. Both sides take the same MuJoCo steps from the
same states, so the agreement does not decay over the 300 steps.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import kinesis_fast as kf
from kinesis_fast.envs.reference import ReferenceEnv, extrinsic_xyz
from kinesis_fast.motions import Clip, MotionLibrary
from kinesis_fast.tasks import imitation

STEPS, FEW_STEPS = 300, 100
"""Control steps with --full, and without."""
ENVS = 8
MOST_AMPLIFIED = 0.01
"""Share of compared values that may need the sensitivity of the plain step as measure."""
LARGEST_SLACK = 1e-2
NUDGE = 1e-13
"""Of the size of rounding in the constraint solver, rad/s."""

Outcome = dict[str, np.ndarray]
"""What a step gave: observation, reward, terms."""


def assert_close(actual: np.ndarray, expected: np.ndarray, what: str, slack: float = 0.0) -> None:
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5 + slack, err_msg=what)


def plain_step(env: ReferenceEnv, action: np.ndarray) -> tuple[bool, bool, Outcome]:
    seen, paid, lost, stopped, terms = env.step(action.astype(np.float64))
    return lost, stopped, {"obs": seen, "reward": np.array(paid), **terms}


def twin(env: ReferenceEnv) -> ReferenceEnv:
    """Return a copy that steps by itself."""
    other = copy.copy(env)
    other.data = copy.copy(env.data)
    other.control = copy.copy(env.control)
    other.control.data = other.data
    other.control.offset = env.control.offset.copy()
    other.devices = copy.copy(env.devices)
    for name in ("torque", "lock", "since_strike", "stride", "since_change", "stands"):
        setattr(other.devices, name, copy.copy(getattr(env.devices, name)))
    return other


def sensitivity(before: ReferenceEnv, action: np.ndarray, name: str, part: slice) -> float:
    """How far the plain step itself moves when velocities change in their last bits."""

    def outcome(nudge: np.ndarray) -> np.ndarray:
        env = twin(before)
        env.data.qvel += nudge
        return np.atleast_1d(plain_step(env, action)[2][name])[part]

    rng = np.random.default_rng(0)
    nudges = NUDGE * rng.standard_normal((4, before.model.nv))
    exact = outcome(np.zeros(before.model.nv))
    return max(float(np.max(np.abs(outcome(nudge) - exact))) for nudge in nudges)


def compare(
    env: kf.MuscleVectorEnv,
    mean_action: float,
    spread: float,
    steps: int,
    *,
    follow: bool = False,
    solved: float = 0.0,
) -> int:
    """Run both side by side; returns the number of episodes that ended.

    With ``follow``, the plain environment takes over the engine's state after every step;
    ``solved`` is how far apart two solvers may be.
    """
    obs, info = env.reset(seed=3)
    plain = [ReferenceEnv(env.model, env.motions, env.config) for _ in range(ENVS)]
    for i in range(ENVS):
        expected = plain[i].reset(int(info["clip"][i]), float(info["start_time"][i]))
        assert_close(obs[i], expected, f"first observation of environment {i}", solved)
    rng = np.random.default_rng(0)
    episodes = compared = amplified = 0
    for step in range(steps):
        actions = rng.normal(mean_action, spread, (ENVS, env.num_actions)).astype(np.float32)
        obs, reward, terminated, truncated, info = env.step(actions)
        state = env.get_state()
        for i in range(ENVS):
            where = f"environment {i}, step {step}"
            before = twin(plain[i])
            lost, stopped, expected = plain_step(plain[i], actions[i])
            ended = bool(terminated[i] or truncated[i])
            assert (lost, stopped) == (bool(terminated[i]), bool(truncated[i])), where
            got = {"obs": info["final_obs"][i] if ended else obs[i], "reward": reward[i]}
            got |= {name: info[name][i] for name in imitation.REWARD_TERMS}
            parts = {name: ("obs", part) for name, part in env.observation_layout.items()}
            parts |= {name: (name, slice(None)) for name in got if name != "obs"}
            for what, (name, part) in parts.items():
                pair = [np.atleast_1d(outcome[name])[part] for outcome in (got, expected)]
                compared += 1
                try:
                    assert_close(*pair, f"{where}: {what}", solved)
                except AssertionError:
                    amplified += 1
                    slack = 10.0 * sensitivity(before, actions[i], name, part)
                    assert_close(*pair, f"{where}: {what}", min(slack, LARGEST_SLACK))
            if ended:
                episodes += 1
                start = plain[i].reset(int(state["clip"][i]), float(state["start_time"][i]))
                assert_close(obs[i], start, f"{where}: observation after the reset", solved)
            elif follow:
                data = plain[i].data
                data.qpos[:], data.qvel[:] = state["qpos"][i], state["qvel"][i]
                data.act[:], data.qacc_warmstart[:] = state["act"][i], state["qacc_warmstart"][i]
    assert amplified <= MOST_AMPLIFIED * compared, f"{amplified} of {compared} values"
    return episodes


@pytest.mark.parametrize("mode", ["length", "direct"])
def test_on_built_in_motions(mode: str, full: bool) -> None:
    env = kf.make_vec(
        num_envs=ENVS,
        num_threads=2,
        control_mode=mode,
        physics="mujoco",
        observe_muscles=["length", "velocity", "force", "activation"],
    )
    mean, steps = 0.7 if mode == "length" else -0.8, STEPS if full else FEW_STEPS
    assert compare(env, mean, 0.3, steps) > steps / 3


@pytest.mark.parametrize("mode", ["length", "residual", "joint"])
def test_with_fused_physics(mode: str, full: bool) -> None:
    env = kf.make_vec(
        num_envs=ENVS,
        num_threads=2,
        control_mode=mode,
        physics="fused",
        substeps=1,
        observe_muscles=["length", "velocity", "force", "activation"],
        clips=["walk_slow_060", "walk_fast_175", "run_260", "turn_left"],
    )
    assert env.physics == "fused"
    mean, steps = (0.7, 400 if full else 200) if mode == "length" else (0.0, 60)
    assert compare(env, mean, 0.6, steps, follow=True) > (3 if full else 1)


@pytest.mark.parametrize(
    ("mode", "steps", "ramp"),
    [
        ("residual", 100, False),
        ("joint", 40, False),
        ("joint", 20, True),
        ("joint_residual", 20, False),
    ],
)
def test_modes_with_a_prior(mode: str, steps: int, ramp: bool) -> None:
    """Least effort by scipy's BVLS in the reference: slow, and so few steps.

    Stiff feedback amplifies the last bits of the constraint solver from step to step (1e-12 grows
    to 1e-4 within a second where feet slip), so every step starts from the same state. Now and then
    one step is enough (MuJoCo alone made 1.6e-4 of 1e-13): there ``sensitivity`` is the measure.
    """
    env = kf.make_vec(
        num_envs=ENVS,
        num_threads=2,
        control_mode=mode,
        physics="mujoco",
        joint={"ramp": ramp},
        preview=[4, 30],
        observe_root_rotation=True,
        reward={"rot_weight": 0.2},
        clips=["walk_slow_060", "walk_fast_175", "run_260", "turn_left"],
    )
    assert compare(env, 0.0, 0.6, steps, follow=True) > 5


def test_on_a_real_trial(walk_file: Path, full: bool) -> None:
    env = kf.make_vec(
        num_envs=ENVS, motions=walk_file, num_threads=2, physics="mujoco", control_mode="length"
    )
    steps = STEPS if full else FEW_STEPS
    assert compare(env, 0.7, 0.3, steps) > steps / 3


def test_mean_rule_and_long_episodes_with_truncation(full: bool) -> None:
    env = kf.make_vec(
        num_envs=ENVS,
        clips=["walk_slow_060", "walk_fast_175"],
        num_threads=2,
        physics="mujoco",
        termination="mean_body",
        termination_distance=0.5,
        max_episode_steps=25,
        control_mode="direct",
        reward={"pos_scale": 20.0, "energy_weight": 0.3},
    )
    steps = STEPS if full else FEW_STEPS
    assert compare(env, -0.8, 0.2, steps) > steps / 15


@pytest.mark.parametrize("mode", ["length", "direct", "residual", "joint", "joint_residual"])
@pytest.mark.parametrize("fatigue", [0.0, 500.0])
def test_weak_and_tired_muscles(mode: str, fatigue: float) -> None:
    """A weak one, a paralysed one and healthy ones, in the engine and in the specification."""
    env = kf.make_vec(
        num_envs=ENVS,
        num_threads=2,
        control_mode=mode,
        physics="mujoco",
        substeps=1,
        conditions={
            "weakness": {"tibant_r": 0.5, "soleus": 0.3, "glmax1_l": 0.0},
            "fatigue": {"speed": fatigue},
        },
        observe_conditions=["fatigue", "strength"],
        clips=["walk_slow_060", "walk_fast_175", "run_260", "turn_left"],
    )
    names = [env.model.actuator(i).name for i in range(env.model.nu)]
    mean = {"length": 0.7, "direct": -0.8}.get(mode, 0.0)
    assert compare(env, mean, 0.6, 40, follow=True) > 0
    state = env.get_state()
    for name, strength in (("tibant_r", 0.5), ("soleus_l", 0.3), ("glmax1_l", 0.0)):
        assert state["ctrl"][:, names.index(name)].max() <= strength
    assert bool(state["fatigue"].max() > 0.0) == bool(fatigue)


def test_references_laid_on_slopes() -> None:
    env = kf.make_vec(
        num_envs=ENVS,
        num_threads=2,
        control_mode="joint",
        physics="fused",
        substeps=1,
        preview=[4],
        observe_root_rotation=True,
        conditions={"slope": 3.0},
        observe_conditions=["slope"],
        clips=["walk_slow_060", "walk_comfortable_120"],
    )
    compare(env, 0.0, 0.1, 4, follow=True, solved=5e-4)  # legs are found in five steps


def test_devices() -> None:
    env = kf.make_vec(
        num_envs=ENVS,
        num_threads=2,
        control_mode="joint",
        physics="mujoco",
        substeps=1,
        conditions={
            "devices": [
                {"joint": "hip_flexion", "law": "drive", "gain": 9.0, "muscles": ["psoas"]},
                {"joint": "ankle_angle", "peak": -0.5},
            ]
        },
        observe_conditions=["device"],
        clips=["walk_slow_060", "walk_fast_175"],
    )
    compare(env, 0.0, 0.1, 30, follow=True)
    assert np.abs(env.kept("device_torque")[:, :2]).max() > 1.0


def test_actions_are_clipped() -> None:
    env = kf.make_vec(
        num_envs=2, num_threads=1, clips=["stand"], control_mode="direct", auto_reset=False
    )
    results = []
    for value in (1.0, 50.0):
        env.reset(seed=0)
        env.step(np.full((2, 80), value, np.float32))
        results.append(env.get_state())
    np.testing.assert_array_equal(results[0]["qpos"], results[1]["qpos"])
    np.testing.assert_array_equal(results[0]["ctrl"], np.ones((2, 80)))


def test_excitations_of_length_mode_by_hand() -> None:
    """A slack muscle, and one at full pull, from the formulas alone."""
    env = kf.make_vec(num_envs=1, num_threads=1, clips=["stand"], control_mode="length")
    plain = ReferenceEnv(env.model, env.motions, env.config)
    plain.reset(0, 0.0)
    longest = plain.control.excitation(np.ones(80), 0, 0.0)
    assert np.all(longest[env.model.actuator_lengthrange[:, 1] > plain.data.actuator_length] == 0)
    assert np.all(plain.control.excitation(-np.ones(80), 0, 0.0) > 0.1)


@pytest.mark.parametrize("actuator_force", ["-1", "500"])
def test_peak_force_left_to_mujoco(write_arm: Callable[..., Path], actuator_force: str) -> None:
    """MJCF's default, force="-1", has the peak force follow from the model's inertia."""
    actuator = f'<muscle name="m" tendon="t" lengthrange=".1 .5" force="{actuator_force}"/>'
    path = write_arm(actuator=actuator)
    model = kf.load_model(path)
    bodies = ["trunk", "arm"]
    clip = Clip("hang", 31, 30.0)
    library = MotionLibrary.from_qpos(model, [(clip, np.tile(model.qpos0, (31, 1)))], bodies)
    env = kf.make_vec(
        num_envs=5,
        motions=library,
        model=str(path),
        tracked_bodies=bodies,
        random_start=False,
        substeps=1,
        control_mode="length",
    )
    env.reset(seed=0)
    actions = np.array([-1.0, -0.8, -0.5, 0.0, 1.0])
    plain = ReferenceEnv(env.model, env.motions, env.config)
    plain.reset(0, 0.0)
    env.step(actions[:, None].astype(np.float32))
    expected = []
    for action in actions:
        plain.reset(0, 0.0)
        plain.step(np.array([action]))
        expected.append(float(plain.data.ctrl[0]))
    rounding = 1e-6 if env.physics == "lanes" else 1e-9  # lanes are in single precision
    np.testing.assert_allclose(env.get_state()["ctrl"][:, 0], expected, atol=rounding)
    assert expected[0] == 1.0 and expected[-1] == 0.0


def test_euler_angles_by_hand() -> None:
    c, s = np.cos(0.15), np.sin(0.15)
    assert extrinsic_xyz(np.array([c, s, 0, 0])) == pytest.approx((0.3, 0, 0))
    assert extrinsic_xyz(np.array([c, 0, s, 0])) == pytest.approx((0, 0.3, 0))
    assert extrinsic_xyz(np.array([c, 0, 0, s])) == pytest.approx((0, 0, 0.3))
