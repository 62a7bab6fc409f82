"""Metabolic power against numbers worked by hand, and MuJoCo's muscle laws against MuJoCo."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest

from kinesis_fast.analysis.energetics import (
    Fibres,
    MuscleState,
    bhargava,
    cost_of_transport,
    umberger,
)


def one(**changes: float) -> Fibres:
    """One muscle: 1000 N, 0.1 m, 0.2 kg, 60 % slow, with MuJoCo's usual laws."""
    values = {
        "optimal_length": 0.1,
        "peak_force": 1000.0,
        "mass": 0.2,
        "slow": 0.6,
        "top_speed": 10.0,
        "shift": 0.0,
        "least": 0.5,
        "most": 1.6,
        "passive": 1.3,
        "pulled": False,
        "thickness": 0.0,
    }
    return Fibres(**{name: np.array([changes.get(name, v)]) for name, v in values.items()})


def state(u: float, a: float, length: float, velocity: float, force: float) -> MuscleState:
    return MuscleState(*(np.array([x]) for x in (u, a, length, velocity, force, 0.0)))


def test_laws_are_mujocos(model: mujoco.MjModel) -> None:
    fibres = Fibres.of(model)
    rng = np.random.default_rng(0)
    low, high = model.actuator_lengthrange.T
    for _ in range(20):
        length = low + rng.uniform(-0.2, 1.2, model.nu) * (high - low)
        active = fibres.active_length_force(fibres.lengths(length))
        passive = fibres.passive_force(fibres.lengths(length))
        for i in range(model.nu):
            ends, prm = model.actuator_lengthrange[i], model.actuator_gainprm[i]
            gain = mujoco.mju_muscleGain(length[i], 0.0, ends, model.actuator_acc0[i], prm[:9])
            bias = mujoco.mju_muscleBias(length[i], ends, model.actuator_acc0[i], prm[:9])
            assert active[i] * fibres.peak_force[i] == pytest.approx(-gain, abs=1e-6)
            assert passive[i] == pytest.approx(-bias, abs=1e-6)


def test_bhargava_by_hand() -> None:
    # Excited fully, 0.3 m/s shortening at optimal length with 400 N: slow twitches 0.6, fast 0.4.
    # Activation 0.2 (40 0.6 + 133 0.4) = 15.44 W, maintenance 0.2 (74 0.6 + 111 0.4) = 17.76 W,
    # shortening (0.16 1000 + 0.18 400) 0.3 = 69.6 W, work 400 0.3 = 120 W.
    assert bhargava(one(), state(1.0, 1.0, 1.0, -0.3, 400.0))[0] == pytest.approx(222.8)
    # Lengthening at 0.3 m/s with 400 N: 15.44 + 17.76 - 0.157 400 0.3 = 14.36 W, no work.
    assert bhargava(one(), state(1.0, 1.0, 1.0, 0.3, 400.0))[0] == pytest.approx(14.36)
    # At rest: the least heat, 1 W/kg.
    assert bhargava(one(), state(0.0, 0.0, 1.0, 0.0, 0.0))[0] == pytest.approx(0.2)
    # Held at other lengths: activation, and of the maintenance what its line has there.
    for length, share in ((0.4, 0.5), (0.75, 0.75), (1.25, 0.5), (1.6, 0.0)):
        held = bhargava(one(), state(1.0, 1.0, length, 0.0, 0.0))[0]
        assert held == pytest.approx(15.44 + 17.76 * share)


def test_umberger_by_hand() -> None:
    # Excitation and activation 1 at optimal length, 3 optimal lengths a second, 400 N:
    # maintenance (128 0.4 + 25) 1.5 = 114.3 W/kg; shortening (25 0.6 + 15.3 0.4) 3 1.5 = 95.04;
    # work 400 0.3 / 0.2 = 600 W/kg; together 809.34 W/kg of 0.2 kg.
    assert umberger(one(), state(1.0, 1.0, 1.0, -0.3, 400.0))[0] == pytest.approx(161.868)
    # Lengthening: 0.3 25 3 1.5 = 33.75 W/kg, no work.
    assert umberger(one(), state(1.0, 1.0, 1.0, 0.3, 400.0))[0] == pytest.approx(29.61)
    # Activity of the two where excitation falls: (0 + 0.5) / 2 to the power of 0.6.
    falling = 76.2 * 0.25**0.6 * 1.5 * 0.2
    assert umberger(one(), state(0.0, 0.5, 1.0, 0.0, 0.0))[0] == pytest.approx(falling)
    # Stretched to 1.3 (half way down the force-length curve): 0.4 + 0.6 0.5 of the maintenance.
    assert umberger(one(), state(1.0, 1.0, 1.3, 0.0, 0.0))[0] == pytest.approx(114.3 * 0.7 * 0.2)


def test_cost_of_transport_by_hand() -> None:
    assert cost_of_transport(210.0, 70.0, 1.2) == pytest.approx((3.0 + 1.2) / 1.2)
    assert np.isnan(cost_of_transport(210.0, 70.0, 0.0))


def test_muscles_weigh_what_legs_do(model: mujoco.MjModel) -> None:
    """Within a third of what Handsfield et al. 2014 (J. Biomech. 47:631) measured: some 7.3 l of
    muscle in a leg."""
    mass = Fibres.of(model).mass.sum()
    assert mass == pytest.approx(2 * 7.3 * 1.06, rel=1 / 3)
