"""Feasible activations against a plain linear programme, efforts by hand, lesions."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize

from kinesis_fast import InputError, _engine
from kinesis_fast.analysis.muscle_torques import MuscleTorques, muscle_torques
from kinesis_fast.analysis.redundancy import feasible_activation, least_effort, without


def of(matrix: list[list[float]], activation: list[float]) -> MuscleTorques:
    a = np.array(matrix)[None]
    return MuscleTorques(["j"] * a.shape[1], a, np.zeros((1, a.shape[1])), np.array([activation]))


def test_ranges_are_those_of_a_plain_programme_on_100_problems() -> None:
    rng = np.random.default_rng(0)
    worst = 0.0
    for number in range(100):
        rows, columns = int(rng.integers(1, 8)), int(rng.integers(8, 20))
        matrix = rng.normal(size=(rows, columns)) * rng.uniform(1.0, 200.0, columns)
        matrix *= rng.random((rows, columns)) < 0.6
        if number % 5 == 0:
            matrix[-1] = 2.0 * matrix[0]  # a joint that says nothing new
        rhs = matrix @ np.clip(rng.uniform(-0.3, 1.3, columns), 0.0, 1.0)
        low, high = _engine.feasible_ranges(matrix[None], rhs[None], np.ones(columns))
        for i in range(columns):
            for sign, found in ((1.0, low[0, i]), (-1.0, high[0, i])):
                cost = np.zeros(columns)
                cost[i] = sign
                other = scipy.optimize.linprog(cost, A_eq=matrix, b_eq=rhs, bounds=(0, 1))
                worst = max(worst, abs(sign * other.fun - found))
    assert worst < 1e-6


def test_what_cannot_be_has_no_range() -> None:
    low, high = _engine.feasible_ranges(np.ones((1, 1, 3)), np.array([[4.0]]), np.ones(3))
    assert np.isnan(low).all()
    assert np.isnan(high).all()


def test_ranges_by_hand() -> None:
    """10 a + 20 b = 15: a may be 0 to 1, b from 0.25 to 0.75."""
    found = feasible_activation(of([[10.0, 20.0]], [0.5, 0.5]))
    np.testing.assert_allclose(found.low, [[0.0, 0.25]], atol=1e-12)
    np.testing.assert_allclose(found.high, [[1.0, 0.75]], atol=1e-12)
    assert found.free_dimensions == 1
    np.testing.assert_allclose(found.width, [1.0, 0.5])


@pytest.mark.parametrize(
    ("exponent", "expected"),
    [
        (1.0, [0.0, 0.75]),  # the stronger one alone
        (2.0, [0.3, 0.6]),  # in proportion to the strength
        (3.0, [15 / (10 + 20 * np.sqrt(2)), np.sqrt(2) * 15 / (10 + 20 * np.sqrt(2))]),
        (np.inf, [0.5, 0.5]),
    ],
)
def test_efforts_by_hand(exponent: float, expected: list[float]) -> None:
    found = least_effort(of([[10.0, 20.0]], [0.5, 0.5]), exponent)
    np.testing.assert_allclose(found, [expected], atol=2e-3)


@pytest.mark.parametrize("exponent", [1.5, 3.0, 4.5, 6.0])
def test_efforts_are_least(exponent: float) -> None:
    """Against a general solver."""
    rng = np.random.default_rng(0)
    for _ in range(5):
        matrix, activation = rng.normal(0, 40, (4, 12)), rng.random(12) * (rng.random(12) < 0.6)
        problem = of(matrix.tolist(), activation.tolist())
        found = least_effort(problem, exponent)[0]
        np.testing.assert_allclose(matrix @ found, matrix @ activation, atol=1e-4)
        other = scipy.optimize.minimize(
            lambda a: np.sum(np.abs(a) ** exponent),
            0.5 * activation + 0.2,
            bounds=[(0, 1)] * 12,
            constraints={"type": "eq", "fun": lambda a, m=matrix, b=activation: m @ (a - b) / 100},
            method="SLSQP",
            options={"maxiter": 2000, "ftol": 1e-14},
        )
        assert np.sum(found**exponent) < 1.001 * other.fun


def test_a_lesion_by_hand() -> None:
    torques = of([[10.0, 20.0]], [0.5, 0.5])
    found = without(torques, ["weak", "strong"], "weak")
    assert found.lost < 1e-3
    assert found.effort == pytest.approx(0.75**2 / (0.3**2 + 0.6**2), rel=1e-2)
    assert found.instead[0][0] == "strong"
    assert without(torques, ["weak", "strong"], "strong").lost == pytest.approx(1 / 3, rel=1e-2)
    with pytest.raises(InputError, match="no muscle 'stron'; did you mean 'strong'"):
        without(torques, ["weak", "strong"], "stron")
    for exponent in (0.5, 7.0):
        with pytest.raises(InputError, match=rf"exponent is {exponent:g}; it must be in \[1, 6\]"):
            least_effort(torques, exponent)


def test_torques_are_what_muscles_do_in_the_engine(model) -> None:  # type: ignore[no-untyped-def]
    """Against ``qfrc_actuator`` of MuJoCo, at joints that nothing follows."""
    import mujoco

    rng = np.random.default_rng(0)
    data = mujoco.MjData(model)
    trial = {
        "qpos": np.tile(model.qpos0, (3, 1)),
        "qvel": 0.1 * rng.normal(size=(3, model.nv)),
        "act": rng.random((3, model.nu)),
    }
    found = muscle_torques(model, trial)
    for t in range(3):
        data.qpos[:], data.qvel[:], data.act[:] = (trial[k][t] for k in ("qpos", "qvel", "act"))
        mujoco.mj_forward(model, data)
        for name in ("hip_flexion_r", "ankle_angle_l", "hip_adduction_l"):
            dof = model.jnt_dofadr[model.joint(name).id]
            assert found.total[t, found.joints.index(name)] == pytest.approx(
                data.qfrc_actuator[dof], abs=1e-9
            )
