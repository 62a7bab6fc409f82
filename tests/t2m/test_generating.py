"""Motions that do what sentences say, seen on their roots."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest

from kinesis_fast import _engine, make_vec
from kinesis_fast.body.legs import FORWARD
from kinesis_fast.errors import InputError
from kinesis_fast.motions import MotionLibrary, load_motions
from kinesis_fast.motions.gait.responses import Body
from kinesis_fast.motions.prior.default import with_prior
from kinesis_fast.t2m import generate
from kinesis_fast.tasks.guided import PlannerConfig, native_matching, native_planner


def course(library: MotionLibrary, clip: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Where a clip's root is, (n, 2) m ahead and left of its start, and its facing, degrees."""
    rows = slice(library.first_frame[clip], library.first_frame[clip + 1])
    qpos = library.arrays.qpos[rows].astype(float)
    forward = np.zeros((len(qpos), 3))
    for row, quat in zip(forward, qpos[:, 3:7], strict=True):
        mujoco.mju_rotVecQuat(row, np.array(FORWARD), quat)
    facing = np.unwrap(np.arctan2(forward[:, 1], forward[:, 0]))
    c, s = np.cos(facing[0]), np.sin(facing[0])
    place = (qpos[:, :2] - qpos[0, :2]) @ np.array([[c, -s], [s, c]])
    return place, np.rad2deg(facing - facing[0])


# Sentence, (ahead, left) m where it ends, degrees that it has turned; None: whatever.
ENDS = [
    ("walk three metres forward", (3.0, 0.0), 0.0),
    ("walk 1.5 m backward", (-1.5, 0.0), 0.0),
    ("walk two metres, turn left and walk two metres", (2.0, 2.0), 90.0),
    ("walk 2 metres to the right", (0.0, -2.0), -90.0),
    ("turn right by 135 degrees", (0.0, 0.0), -135.0),
    ("walk in a circle to the left", None, 360.0),
    ("walks a quarter circle to the right", None, -90.0),
    ("walk forward, turn around and walk back", (0.0, 0.0), None),
    ("walk back and forth", (0.0, 0.0), None),
    ("walk one metre forward twice", (2.0, 0.0), 0.0),
    ("stand still for two seconds", (0.0, 0.0), 0.0),
    ("walk in place for three seconds", (0.0, 0.0), 0.0),
]


@pytest.fixture(scope="module")
def made() -> MotionLibrary:
    return generate([text for text, _, _ in ENDS])


@pytest.mark.parametrize("number", range(len(ENDS)), ids=[text for text, _, _ in ENDS])
def test_where_motions_end(made: MotionLibrary, number: int) -> None:
    _, place, turned = ENDS[number]
    way, facing = course(made, number)
    if place is not None:
        np.testing.assert_allclose(way[-1], place, atol=0.35)
    if turned is not None:
        np.testing.assert_allclose(facing[-1], turned, atol=15.0)


def test_feet_stand_on_the_floor_and_legs_do_not_jump(made: MotionLibrary) -> None:
    """Also where parts that were generated one by one meet: 'walk backward; walk'."""
    library = generate(["walk backward two steps, then forward two steps"])
    for one in (made, library):
        starts = one.first_frame[:-1]
        within = np.ones(len(one.arrays.qpos), bool)
        within[starts] = False
        step = np.abs(np.diff(one.arrays.qpos[:, 7:], axis=0))[within[1:]]
        assert step.max() < 0.27  # rad in 1/60 s; of built-in runs 0.26
        assert np.abs(one.arrays.qpos[:, 2] - one.arrays.qpos[0, 2]).max() < 0.12


def test_clips_say_what_they_are(made: MotionLibrary) -> None:
    clip = made.clips[2]
    assert clip.name == ENDS[2][0]
    assert clip.attributes["plan"] == "walk 2 m; turn left 90; walk 2 m"
    ends = [float(end) for end in str(clip.attributes["action_ends_s"]).split()]
    assert len(ends) == 3
    assert 0.0 < ends[0] < ends[1] < ends[2] < clip.duration


@pytest.mark.parametrize("steps", [1, 4, 7])
def test_steps_on_the_spot_are_counted(steps: int) -> None:
    clip = generate(f"walk in place for {steps} steps")
    lifted = 0
    for name in ("talus_r", "talus_l"):
        height = clip.arrays.tracked_pos[:, clip.tracked_bodies.index(name), 2]
        up = height > height.min() + 0.02
        lifted += int(np.sum(up[1:] & ~up[:-1]))
    assert lifted == steps


def test_a_plan_may_be_given_in_its_notation() -> None:
    clip = generate("plan: walk 1 m; turn left").clips[0]
    assert clip.attributes["plan"] == "walk 1 m; turn left 90"
    with pytest.raises(InputError, match="begins with 'hop'"):
        generate("plan: hop 1 m")


def test_seeds_draw_what_is_left_open() -> None:
    library = generate("walk forward, then turn", draws=3, seed=1)
    again = generate("walk forward, then turn", draws=3, seed=1)
    assert len({clip.duration for clip in library.clips}) == 3
    np.testing.assert_array_equal(library.arrays.qpos, again.arrays.qpos)


@pytest.mark.parametrize(
    ("plan", "other", "factor"),
    [
        ("walk square 3 m", "walk square 1.5 m", 2.0),
        ("walk curve left 90 2 times", "walk curve left 180", 1.0),
        ("walk zigzag 4 m 2 times", "walk zigzag 8 m", 1.0),
    ],
)
def test_numbers_of_paths_are_heeded(plan: str, other: str, factor: float) -> None:
    far, further = (
        np.linalg.norm(np.diff(course(generate(f"plan: {p}"))[0], axis=0), axis=1).sum()
        for p in (plan, other)
    )
    assert far == pytest.approx(factor * further, rel=0.3)


def test_a_way_and_a_time_are_a_speed() -> None:
    quick, slow = (generate(f"plan: walk 8 m {s} s").clips[0].duration for s in (6, 12))
    assert 4.5 < slow - quick < 7.5
    standing = [generate(f"plan: stand 2 s{often}").clips[0].duration for often in ("", " 3 times")]
    assert standing[1] - standing[0] == pytest.approx(4.0, abs=0.1)
    with pytest.raises(InputError, match=r"is at 10 m/s; it must be in \[0.2, 4\]"):
        generate("plan: walk 50 m 5 s")


def test_numbers_that_legs_have_no_use_for_are_left_out() -> None:
    clip = generate("plan: walk 10 steps 4 s").clips[0]
    assert clip.attributes["left_out"] == "4 s of 'walk 10 steps 4 s'"
    clip = generate("plan: walk 1 m/s 3 m 5 s").clips[0]
    assert clip.attributes["left_out"] == "5 s of 'walk 1 m/s 3 m 5 s'"


def test_as_long_as_it_is_to_be() -> None:
    for seconds in (7.0, 15.0):
        clip = generate("walk forward, then stop", seconds=seconds).clips[0]
        assert abs(clip.duration - seconds) < 1.5


def test_several_processes_make_the_same() -> None:
    texts = [f"walk {n} steps" for n in (2, 3, 4)] * 6
    one, two = generate(texts, workers=1), generate(texts, workers=2)
    np.testing.assert_array_equal(one.arrays.qpos, two.arrays.qpos)
    assert one.names == two.names


@pytest.mark.parametrize("text", ["runs forward", "runs in a circle", "runs in a curve"])
def test_runs_begin_and_end_at_rest(text: str) -> None:
    library = generate(text)
    way, _ = course(library)
    rate = library.clips[0].frame_rate
    speed = np.linalg.norm(np.diff(way, axis=0), axis=1) * rate
    assert max(speed[0], speed[-1]) < 0.1 and 2.0 < speed.max() < 3.5
    smooth = np.convolve(speed, np.ones(30) / 30, mode="valid")
    assert np.abs(np.diff(smooth)).max() * rate < 1.8  # m/s^2: no faster than bodies can


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sits down", "'sits down'.* The nearest that can be: 'stand'"),
        ("walks, then sits down", "--partial does 'walk'"),
        ("waves", "nothing in it is about legs"),
        ("", "a sentence of 0 characters"),
        ("walk " * 500, "a sentence of 2499 characters; 1 to 2000"),
    ],
)
def test_what_is_not_made(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        generate(text)


def test_options_out_of_range() -> None:
    for options, message in (
        ({"seconds": 0.0}, "seconds"),
        ({"draws": 0}, "draws"),
        ({"backend": "plans"}, "plan"),
        ({"motions": "gaits"}, "unknown motions 'gaits'"),
        ({"backend": "mdm", "partial": True}, "motions and partial are of backend 'plan'"),
        ({"backend": "file", "seconds": 5.0}, "leave out draws and seconds"),
    ):
        with pytest.raises(InputError, match=message):
            generate("walk", **options)  # type: ignore[arg-type]


def test_partly_done() -> None:
    clip = generate("walks, then sits down", partial=True).clips[0]
    assert clip.attributes["plan"] == "walk"
    assert clip.attributes["left_out"] == "sits down"


@pytest.mark.parametrize("motions", [None, "gait-steer"])
def test_plans_that_take_long_are_cut_off_and_say_so(motions: str | None) -> None:
    clip = generate("walks slowly 90 m, then turns left", motions=motions).clips[0]
    assert 120.0 <= clip.duration < 122.0
    assert clip.attributes["left_out"] == "what comes after 120 s"
    assert clip.attributes["action_ends_s"] == ""


def test_clips_of_a_library_are_joined() -> None:
    library = generate("walk 2 m, then turn left", motions="gait-steer")
    way, facing = course(library)
    np.testing.assert_allclose(way[-1], (2.0, 0.0), atol=0.4)
    np.testing.assert_allclose(facing[-1], 90.0, atol=15.0)


def test_what_is_played_is_what_a_body_would_follow(model: mujoco.MjModel) -> None:
    """Against the steering task, its body put where its plan is after every step."""
    library = with_prior(load_motions("gait", model), model)
    settings = PlannerConfig()
    table = library.native_table()
    player = _engine.PlanPlayer(
        table,
        native_matching(settings, library),
        native_planner(settings),
        settings.blend_time,
        1.0 / 30.0,
        1,
    )
    env = make_vec(
        "steer", motions=library, num_envs=1, auto_reset=False, commands={"interval": 0.0}
    )
    clip = library.index("start_comfortable")
    env.reset(options={"clip": clip, "start_time": 0.0})
    player.begin(clip, 0.0)
    env.kept("command")[0] = [0.9, 0.2, 0.3]
    for _ in range(90):
        env.step(np.zeros((1, env.num_actions), np.float32))
        state, reference = env.get_state(), env.reference(0.0)
        state["qpos"], state["qvel"] = reference["qpos"], reference["qvel"]
        env.set_state(state)
        player.advance((0.9, 0.2), 0.3)
        np.testing.assert_allclose(player.positions()[-1], reference["qpos"][0], atol=2e-5)


def test_a_point_takes_commands_up_as_clips_that_answer_do() -> None:
    point, body = _engine.SteeredPoint(_engine.Springs(), 0.5), Body(0.5, 0.6, 1.2)
    for _ in range(60):
        point.advance((0.8, 0.3), 0.7, 1.0 / 30.0)
    # Body steps at 5 ms, the point by the springs' closed solution at 33 ms.
    for _ in range(400):
        body.follow(body.turn(0.7) * (0.8 + 0.3j))
    assert complex(*point.root[:2]) == pytest.approx(body.place, abs=0.02)
    np.testing.assert_allclose(point.root[2], body.facing, atol=0.01)
