"""Joint control: what it is for, and what is refused."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest

import kinesis_fast as kf
from kinesis_fast.body import independent_joints, load_model
from kinesis_fast.body.legs import STIFFNESS
from kinesis_fast.envs.reference_control import ReferenceControl


def mean_episode(mode: str, **overrides: object) -> float:
    """Mean control steps that untrained mean actions last on walking."""
    env = kf.make_vec(
        num_envs=64, clips=["walk_comfortable_120"], control_mode=mode, seed=1, **overrides
    )
    env.reset(seed=1)
    action = np.full((64, env.num_actions), 0.5 if mode == "length" else 0.0, np.float32)
    lengths: list[int] = []
    for _ in range(40):
        _, _, terminated, truncated, info = env.step(action)
        lengths += info["episode_length"][terminated | truncated].tolist()
    return float(np.mean(lengths))


def test_untrained_bodies_follow_longer() -> None:
    """Feed-forward and feedback hold a body up for a while, where muscle lengths do not."""
    with_both = mean_episode("joint")
    assert with_both > 1.8 * mean_episode("length")
    limp = dict.fromkeys(STIFFNESS, 0.0)
    assert with_both > mean_episode("joint", joint={"other_stiffness": 0.0, "stiffness": limp})


def test_start_activations_are_the_priors() -> None:
    env = kf.make_vec(num_envs=3, control_mode="joint", clips=["walk_fast_175"])
    env.reset(options={"clip": 0, "start_time": [0.5, 1.0, 1.5]})
    expected = env.motions.prior_at(0, [0.5, 1.0, 1.5])["activation"]
    np.testing.assert_allclose(env.get_state()["act"], expected, atol=1e-12)
    rest = kf.make_vec(num_envs=3, clips=["walk_fast_175"], control_mode="length")
    rest.reset(seed=0)
    assert not rest.get_state()["act"].any()


def test_swinging_limbs_have_bounded_gains() -> None:
    """A foot in the air: kp = I w^2; on the ground: the given gain; halfway: between."""
    env = kf.make_vec(control_mode="joint")
    data = mujoco.MjData(env.model)
    control = ReferenceControl(env.model, data, env.motions, env.config)
    names = ("ankle_angle_r", "hip_flexion_r", "ankle_angle_l")
    ankle, hip, other = map(control.joints.index, names)
    data.sensordata[:] = 0.0
    free = control.gains()[0]
    assert free[ankle] == pytest.approx(control.inertia[ankle] * 80.0**2)
    assert 80.0 < free[ankle] < 130.0
    assert free[hip] == 200.0  # a leg is heavy enough
    data.sensor("r_foot").data[0], data.sensor("r_toes").data[0] = 60.0, 40.0
    half = control.gains()[0]
    assert half[ankle] == pytest.approx(0.5 * (150.0 + free[ankle]))
    assert half[other] == free[other]
    data.sensor("r_foot").data[0] = 900.0
    assert control.gains()[0][ankle] == 150.0


@pytest.mark.parametrize("model", ["myolegs26", "myolegs_abdomen"])
def test_other_models(model: str) -> None:
    body = load_model(model)
    if model == "myolegs26":
        with pytest.raises(kf.InputError, match="the built-in motions need MyoLegs' leg joints"):
            kf.make_vec(model=model, control_mode="joint")
        return
    env = kf.make_vec(num_envs=2, model=model, control_mode="joint")
    assert env.num_actions == len(independent_joints(body))
    env.reset(seed=0)
    for _ in range(5):
        obs, *_ = env.step(np.zeros((2, env.num_actions), np.float32))
    assert np.isfinite(obs).all()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"control_mode": "joints"}, "control_mode 'joints' is not known; did you mean 'joint'"),
        ({"joint": {"reach": -1.0}}, r"joint.reach is -1.0; it must be in \[0, 10\]"),
        ({"joint": {"stiffness": {"knee": 5.0}}}, "unknown name 'knee' in joint.stiffness"),
        (
            {"joint": {"effort_weights": {"soleu": 5.0}}},
            "unknown name 'soleu' in joint.effort_weights; did you mean 'soleus'",
        ),
        ({"joint": {"torque_weight": 0.0}}, "joint.torque_weight is 0.0; it must be in"),
        ({"residual_scale": 2.0}, r"residual_scale is 2.0; it must be in \[0, 1\]"),
    ],
)
def test_settings_out_of_range_are_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(kf.InputError, match=message):
        kf.make_vec(**{"control_mode": "joint", **given})
