"""Motions of plans: as many steps as were said, of the foot that was said; circles; runs."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import kinesis_fast as kf
from kinesis_fast.body.legs import facing, foot_geoms
from kinesis_fast.envs.make import with_prior
from kinesis_fast.motions.kinematics import BatchKinematics
from kinesis_fast.t2m import read_plan
from kinesis_fast.t2m.generating import generate, plan_of
from kinesis_fast.t2m.making import follow, make
from kinesis_fast.t2m.pacing import Variation

FRAME_RATE = 60.0
OFF = 0.008
"""m over the floor, of a foot in the air."""


def made(plan: str) -> np.ndarray:
    return make(kf.load_model(), [follow(read_plan(plan), Variation())])[0]


def heights(qpos: np.ndarray) -> dict[str, np.ndarray]:
    model = kf.load_model()
    kinematics = BatchKinematics(model)
    kinematics.forward(qpos)
    return {
        side: kinematics.lowest_points(
            [g for part in ("calcn", "toes") for g in foot_geoms(model, f"{part}_{side}")]
        ).min(axis=1)
        for side in "rl"
    }


def landings(height: np.ndarray) -> list[int]:
    """Return the frames at which a foot lands that was in the air for a tenth of a second."""
    found, air = [], 0
    for frame, off in enumerate(height > OFF):
        if not off and air > 0.1 * FRAME_RATE:
            found.append(frame)
        air = air + 1 if off else 0
    return found


@pytest.mark.parametrize(
    ("way", "steps"), list(product(("", "backward ", "slow ", "small ", "big "), (1, 2, 3, 5)))
)
def test_as_many_steps_as_were_said_and_one_to_close(way: str, steps: int) -> None:
    feet = heights(made(f"walk {way}{steps} steps"))
    assert sum(len(landings(height)) for height in feet.values()) == steps + 1


@pytest.mark.parametrize(("side", "steps"), list(product(("left", "right"), (1, 3))))
def test_aside_one_foot_goes_and_the_other_follows(side: str, steps: int) -> None:
    feet = heights(made(f"step {side} {steps} steps"))
    assert [len(landings(height)) for height in feet.values()] == [steps, steps]


@pytest.mark.parametrize(("way", "side"), list(product(("", "backward "), ("left", "right"))))
def test_the_foot_that_was_said_begins(way: str, side: str) -> None:
    feet = heights(made(f"walk {way}3 steps {side}-first"))
    first = {name: landings(height)[0] for name, height in feet.items()}
    assert min(first, key=first.__getitem__) == side[0]


@pytest.mark.parametrize("plan", ["walk circle left", "walk small circle right", "walk eight"])
def test_circles_close(plan: str) -> None:
    qpos = made(plan)
    assert np.linalg.norm(qpos[-1, :2] - qpos[0, :2]) < 0.3
    turned = np.unwrap(facing(qpos))
    most = np.rad2deg(np.max(np.abs(turned - turned[0])))
    assert abs(most - 360.0) < 15.0


def test_sizes_are_of_steps() -> None:
    small, usual, big = (
        float(np.ptp(made(f"walk {size}4 steps")[:, 0])) for size in ("small ", "", "big ")
    )
    assert small < 0.8 * usual and big > 1.2 * usual


@pytest.mark.parametrize("plan", ["run 10 m; stand", "walk 2 m; run 8 m; walk 2 m"])
def test_runs_begin_and_end_at_rest(plan: str) -> None:
    qpos = made(plan)
    speed = np.linalg.norm(np.diff(qpos[:, :2], axis=0), axis=1) * FRAME_RATE
    smooth = np.convolve(speed, np.ones(20) / 20, mode="valid")
    assert smooth[0] < 0.1 and smooth[-1] < 0.1 and smooth.max() > 2.0
    feet = heights(qpos)
    flight = np.minimum(feet["r"], feet["l"]) > OFF
    assert 0.1 < flight.sum() / FRAME_RATE < 3.0
    # Where gaits change nothing jumps: no joint goes faster than in running by itself.
    rates = np.abs(np.diff(qpos[:, 7:], axis=0)).max() * FRAME_RATE
    running = np.abs(np.diff(made("run 10 m")[:, 7:], axis=0)).max() * FRAME_RATE
    assert rates < 1.3 * running


def test_the_floor_can_give_what_a_run_asks_for() -> None:
    """Of its weight, 740 N, a tenth is lacking at most."""
    model = kf.load_model()
    library = with_prior(generate("plan: run 10 m; stand", model=model), model)
    assert library.prior is not None
    lacking = library.prior.residual[:, 2]  # N, upward
    assert np.sqrt(np.mean(lacking**2)) < 75.0
    assert np.sqrt(np.mean(lacking[: len(lacking) // 3] ** 2)) < 60.0  # as it becomes faster


def test_what_clips_cannot_show_is_named_live() -> None:
    plan = plan_of("take three big steps forward", made=False)
    assert plan.dropped == ("size of 'walk big 3 steps'",)
    assert plan_of("take three big steps forward").dropped == ()


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_foot_of_the_side_steps_first(side: str) -> None:
    """Also where the next step is to the other side, whose beginning is still of this one."""
    other = {"left": "right", "right": "left"}[side]
    feet = heights(made(f"step {side} 1 step; step {other} 1 step"))
    first = {name: landings(height)[0] for name, height in feet.items()}
    assert min(first, key=first.__getitem__) == side[0]
