"""Clips that answer commands as the planner takes them up."""

from __future__ import annotations

from types import SimpleNamespace

import mujoco
import numpy as np
import pytest

from kinesis_fast.envs.reference_planner import Command, ReferencePlanner, Steering
from kinesis_fast.motions import MotionLibrary, load_motions
from kinesis_fast.motions.gait import responses
from kinesis_fast.rotations import matrix_from_quat
from kinesis_fast.tasks.guided import PlannerConfig
from kinesis_fast.tasks.reach import ReachConfig
from kinesis_fast.tasks.reach_trials import KINESIS_SECONDS


@pytest.fixture(scope="module")
def clips(model: mujoco.MjModel) -> MotionLibrary:
    return load_motions("gait-reach", model)


def ends(library: MotionLibrary, name: str) -> tuple[np.ndarray, float]:
    """Where a clip's root has gone, (2,) m, and by how much it has turned, degrees."""
    i = library.index(name)
    qpos = library.arrays.qpos[library.first_frame[i] : library.first_frame[i + 1]].astype(float)
    axes = matrix_from_quat(qpos[:, 3:7])
    yaw = np.unwrap(np.arctan2(axes[:, 1, 0], axes[:, 0, 0]))
    return qpos[-1, :2] - qpos[0, :2], float(np.rad2deg(yaw[-1] - yaw[0]))


def test_springs_are_the_planners() -> None:
    steer, reach = PlannerConfig(), ReachConfig()
    found = steer.velocity_time, steer.facing_time, steer.top_turn_rate
    assert found == (responses.VELOCITY_TIME, responses.FACING_TIME, responses.TOP_TURN_RATE)
    assert reach.planner.top_turn_rate == responses.GOAL_TOP_TURN_RATE
    goals = reach.goals
    assert reach.planner.facing_time == responses.GOAL_FACING_TIME
    assert goals.arrival_time == responses.ARRIVAL_TIME
    assert goals.top_speed == responses.TOP_SPEED
    assert goals.top_speed_aside == responses.TOP_SPEED_ASIDE
    assert goals.turning_distance == responses.TURNING_DISTANCE
    assert goals.turning_distance_behind == responses.TURNING_DISTANCE_BEHIND


def test_a_turn_is_what_the_planner_asks_for() -> None:
    """Against the planner's specification, stepped by its closed solutions."""
    planner = SimpleNamespace(config=PlannerConfig())
    on = Steering(np.zeros(2), np.zeros(2), np.zeros(2), 0.0, 0.0)
    way = np.deg2rad(135)
    command = Command(np.array([np.cos(way), np.sin(way)]), way, None, 0.0)
    course = responses.respond(
        responses.Body(0.0, responses.FACING_TIME, responses.TOP_TURN_RATE),
        4.0,
        lambda body, _: body.follow(body.turn(way) * complex(*command.velocity)),
    )
    for row in course:
        np.testing.assert_allclose(row[2], on.turn_rate, atol=0.02)
        c, s = np.cos(on.facing), np.sin(on.facing)
        np.testing.assert_allclose(row[0], c * on.velocity[0] + s * on.velocity[1], atol=0.02)
        for _ in range(10):
            ReferencePlanner._advance(planner, on, command, on.facing, 0.01)  # type: ignore[arg-type]


@pytest.mark.parametrize(("way", "sign"), [("left", 1), ("right", -1)])
@pytest.mark.parametrize("degrees", [30, 90, 180])
@pytest.mark.parametrize("what", ["and_go", "walking"])
def test_turns_end_in_their_way(
    clips: MotionLibrary, way: str, sign: int, degrees: int, what: str
) -> None:
    _, turned = ends(clips, f"turn_{way}_{degrees:03d}_{what}_100")
    assert turned == pytest.approx(sign * degrees, abs=6.0)  # the pelvis turns in every step too


@pytest.mark.parametrize("distance", [0.3, 1.3, 2.4])
@pytest.mark.parametrize("angle", [-135, -45, 0, 90, 180])
def test_goals_are_come_to(clips: MotionLibrary, distance: float, angle: int) -> None:
    side = "right" if angle < 0 else "left"
    place, _ = ends(clips, f"goal_{round(100 * distance):03d}_{side}_{abs(angle):03d}")
    wanted = distance * np.array([np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))])
    assert np.linalg.norm(place - wanted) < 0.08, (place, wanted)


@pytest.mark.parametrize("angle", [0, 45, 90, 135, 180])
def test_far_goals_are_come_to_in_time(clips: MotionLibrary, angle: int) -> None:
    """KINESIS gives five seconds; clips that took longer were what kept bodies from goals."""
    i = clips.index(f"goal_280_left_{angle:03d}")
    root = clips.arrays.qpos[clips.first_frame[i] : clips.first_frame[i + 1], :2].astype(float)
    after = round((responses.BEGIN + KINESIS_SECONDS) * clips.clips[i].frame_rate)
    way = np.deg2rad(angle)
    wanted = 2.8 * np.array([np.cos(way), np.sin(way)])
    assert np.linalg.norm(root[after] - root[0] - wanted) < 0.1


def test_bodies_stand_on_both_feet(clips: MotionLibrary) -> None:
    """Backward clips once stood on one, for the second before they went."""
    left, right = (clips.tracked_bodies.index(f"talus_{side}") for side in "lr")
    stood = 0
    for i, clip in enumerate(clips.clips):
        frames = slice(clips.first_frame[i], clips.first_frame[i + 1])
        pos, vel = clips.arrays.tracked_pos[frames], clips.arrays.tracked_vel[frames]
        still = np.linalg.norm(vel, axis=2).max(axis=1) < 0.06
        still[1:-1] &= still[:-2] & still[2:]  # a foot may hang for a moment of a slow step
        if still.sum() < 20:
            continue
        stood += 1
        across = pos[still, left, :2] - pos[still, right, :2]
        width = np.linalg.norm(across, axis=1)
        middle = 0.5 * (pos[still, left, :2] + pos[still, right, :2])
        root = clips.arrays.qpos[frames][still, :2]
        off = np.abs(np.sum((root - middle) * across, axis=1) / width)
        assert off.max() < 0.07, clip.name
        assert np.abs(pos[still, left, 2] - pos[still, right, 2]).max() < 0.02, clip.name
    assert stood > 150
