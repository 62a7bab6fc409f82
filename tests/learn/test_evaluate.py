"""Evaluation by the KINESIS protocol, random starts, and the package's own policy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from kinesis_fast import InputError, MotionLibrary, make_vec
from kinesis_fast.learn import checkpoint as checkpoints
from kinesis_fast.learn.config import load_train_config
from kinesis_fast.learn.episodes import Step, longest_episode, run_episodes, watch
from kinesis_fast.learn.evaluation import clips as evaluation
from kinesis_fast.learn.evaluation.clips import Subject, load_agent
from kinesis_fast.learn.evaluation.errors import ERRORS, evaluate_errors
from kinesis_fast.learn.evaluation.loss_rate import LossRate
from kinesis_fast.learn.trainer import Trainer

SMALL = [
    "num_envs=4",
    "total_samples=16",
    "ppo.num_steps=4",
    "policy.hidden_sizes=[8]",
    "policy.value_hidden_sizes=[8]",
    "tensorboard=false",
]


@pytest.fixture(scope="module")
def point(tmp_path_factory: pytest.TempPathFactory) -> checkpoints.Checkpoint:
    folder = tmp_path_factory.mktemp("run")
    Trainer(load_train_config("quickstart", SMALL)).train(folder)
    return checkpoints.load(folder)


def test_protocol_against_a_plain_loop(point: checkpoints.Checkpoint, gait: MotionLibrary) -> None:
    """Success, coverage and distance at both thresholds, clip by clip.

    All clips run together as in the evaluation: networks round differently in other batches, and
    falling bodies amplify that.
    """
    names = ["stand", "walk_fast_175", "turn_left"]
    subject = evaluation.Subject(point, gait.subset(names), num_threads=1)
    found = evaluation.evaluate(subject)
    for rule, distance, result in (
        ("mean_body", 0.5, found.mean_body),
        ("any_body", 0.15, found.any_body),
    ):
        env = subject.make_env(
            num_envs=3,
            max_episode_steps=0,
            termination=rule,
            termination_distance=distance,
        )
        agent = evaluation.load_agent(point, env)
        obs, _ = env.reset(options={"clip": names, "start_time": 0.0})
        distances: list[list[float]] = [[], [], []]
        ended: list[bool | None] = [None, None, None]
        while None in ended:
            action = agent.act(torch.from_numpy(obs), deterministic=True)
            obs, _, terminated, truncated, info = env.step(action.numpy())
            for i in range(3):
                if ended[i] is None:
                    distances[i].append(float(info["mean_distance"][i]))
                    if terminated[i] or truncated[i]:
                        ended[i] = not terminated[i]
        for i, clip in enumerate(result.clips):
            assert clip.name == names[i]
            assert clip.success == ended[i]
            assert clip.mpjpe_mm == pytest.approx(1e3 * np.mean(distances[i]), rel=1e-6)
            assert clip.seconds == pytest.approx(len(distances[i]) / 30)
            share = min(1.0, clip.seconds / env.motions.clips[i].duration)
            assert clip.frame_coverage == pytest.approx(1.0 if clip.success else share)
        assert result.success_rate == np.mean([clip.success for clip in result.clips])
    figures = found.to_dict()
    assert {"success_rate", "frame_coverage", "mpjpe_mm", "clips", "strict"} < set(figures)
    rate = found.any_body.loss_rate
    assert rate.losses == sum(not clip.success for clip in found.any_body.clips)
    assert rate.seconds == pytest.approx(sum(clip.seconds for clip in found.any_body.clips))
    assert found.mean_body.success_rate_6s >= found.mean_body.success_rate
    assert figures["strict"]["frame_coverage"] <= figures["frame_coverage"]


def test_seconds_between_losses() -> None:
    """Bounds of 3 and of no events: 0.619 to 8.767, and up to 3.689 (Garwood 1936, by tables)."""
    some, none = LossRate.of(60.0, 3), LossRate.of(60.0, 0)
    assert some.seconds_between == 20.0
    assert some.interval == pytest.approx((60 / 8.767, 60 / 0.619), rel=1e-3)
    assert none.seconds_between is None
    assert none.interval == (pytest.approx(60 / 3.689, rel=1e-3), None)
    assert str(some) == "20.0 s between losses (95 %: 6.8 to 97.0)"
    assert str(none) == "none lost in 60 s (95 %: over 16.3 s between losses)"


def test_steps_whose_physics_failed_have_no_distance() -> None:
    record = evaluation._Record(make_vec(num_envs=2, num_threads=1, auto_reset=False))
    for running, invalid in (([True, True], [False, True]), ([True, False], [True, False])):
        distance = np.where(invalid, 0.0, 0.1)
        info = {"mean_distance": distance, "invalid": np.array(invalid)}
        record.add(Step(np.array(running), np.zeros(2), np.array(invalid), np.zeros(2, bool), info))
    np.testing.assert_allclose(record.mpjpe_mm(), [100.0, np.nan])
    np.testing.assert_array_equal(record.steps, [2, 1])


def test_random_starts(point: checkpoints.Checkpoint, gait: MotionLibrary) -> None:
    subject = evaluation.Subject(point, gait.subset(["stand", "stand_long"]), seed=3)
    found = evaluation.from_random_starts(subject, 12, 7.0)  # only the long clip lasts 7 s
    assert found.starts == 12
    assert 0.0 <= found.success_rate <= 1.0
    assert found.mean_seconds <= 7.0 + 1e-9
    assert evaluation.from_random_starts(subject, 12, 7.0) == found
    with pytest.raises(InputError, match="no clip lasts longer than 50 s, the longest 10.0 s"):
        evaluation.from_random_starts(subject, 12, 50.0)


def test_released_checkpoints_act_the_same_and_are_small(
    point: checkpoints.Checkpoint, tmp_path: Path
) -> None:
    path = tmp_path / "small.safetensors"
    checkpoints.save(checkpoints.for_release(point, "gait"), path)
    released = checkpoints.load(path)
    assert all(name.startswith("agent/") for name in released.tensors)
    assert released.config.motions == "gait"
    for name, value in point.group("agent").items():
        kept = released.group("agent")[name]
        acts = not name.startswith("value.")  # what does not act is kept in half precision
        assert torch.equal(value if acts else value.half(), kept)
    half = checkpoints.for_release(point, "gait", half=True).group("agent")
    assert {v.dtype for name, v in half.items() if name.startswith("policy.")} == {torch.float16}
    with pytest.raises(InputError, match="does not hold the whole training"):
        Trainer(released.config, resume_from=released)


def test_whoever_watches_is_told_how_far_episodes_are() -> None:
    subject = Subject(checkpoints.load("opensim_walk"), "gait", split="all", num_threads=1)
    library = subject.library().subset(["walk_comfortable_120"])
    env = subject.protocol_env(library)
    agent = load_agent(subject.checkpoint, env)
    told: list[tuple[int, int | None]] = []
    with watch(lambda taken, most: told.append((taken, most))):
        count = len(list(run_episodes(env, agent, {"clip": 0, "start_time": 0.0}, steps=5)))
        assert told == [(k, 5) for k in range(1, count + 1)]
        told.clear()
        steps = len(list(run_episodes(env, agent, {"clip": 0, "start_time": 0.0})))
    longest = longest_episode(env)
    assert longest is not None
    assert told == [(k, longest) for k in range(1, steps + 1)] and steps <= longest
    told.clear()
    next(run_episodes(env, agent, {}))
    assert not told


@pytest.mark.parametrize(
    ("task", "settings"),
    [
        ("imitation", {"clips": ["stand"]}),
        ("imitation", {"clips": ["walk_comfortable_120"]}),
        ("imitation", {"clips": ["stand"], "max_episode_steps": 7}),
        ("steer", {"max_episode_steps": 7}),
    ],
)
def test_no_episode_is_longer_than_the_longest(task: str, settings: dict[str, Any]) -> None:
    rule = {"termination": "mean_body", "termination_distance": 1e6, "random_start": False}
    env = make_vec(task, num_threads=1, auto_reset=False, **rule, **settings)
    env.reset(seed=0)
    steps, over = 0, False
    while not over:
        _, _, terminated, truncated, _ = env.step(np.zeros((1, env.num_actions)))
        steps, over = steps + 1, bool(truncated[0] or terminated[0])
    assert longest_episode(env) == steps


def test_what_is_planned_may_go_on_for_ever() -> None:
    assert longest_episode(make_vec("steer", max_episode_steps=0)) is None


def test_references_with_errors(point: checkpoints.Checkpoint, gait: MotionLibrary) -> None:
    subject = evaluation.Subject(point, gait.subset(["stand", "walk_fast_175"]), num_threads=1)
    found = evaluate_errors(subject)
    assert found["none"].loss_rate == evaluation.evaluate(subject).mean_body.loss_rate
    assert set(found) == set(ERRORS)
    errors = [found[name].clips[0].mpjpe_mm for name in ("none", "20 mm too high")]
    assert errors[1] > errors[0]


def test_physics_that_there_is_not(point: checkpoints.Checkpoint) -> None:
    with pytest.raises(InputError, match="physics"):
        evaluation.Subject(point, physics="exact")
