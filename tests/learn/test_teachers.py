"""Specialists' policies in one network: who teaches what, how it is learned, going on exactly."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from command_line import refuse, succeed

from kinesis_fast import InputError
from kinesis_fast.learn import checkpoint as checkpoints
from kinesis_fast.learn.algorithms import PPO, Lesson, PPOConfig
from kinesis_fast.learn.config import TrainConfig, load_train_config
from kinesis_fast.learn.networks import ValueFunction
from kinesis_fast.learn.normalizer import RunningNormalizer
from kinesis_fast.learn.policies.gaussian import GaussianPolicy
from kinesis_fast.learn.rollout import Rollout
from kinesis_fast.learn.teachers import longest
from kinesis_fast.learn.trainer import Trainer

CLIPS = ["stand", "walk_slow_060"]
SMALL = [
    "num_envs=16",
    "num_threads=2",
    "total_samples=384",
    "ppo.num_steps=8",
    "ppo.minibatch_size=64",
    "policy.hidden_sizes=[16]",
    "policy.value_hidden_sizes=[16]",
    "checkpoint_interval=1",
    "tensorboard=false",
]


def small_config(*more: str) -> TrainConfig:
    return load_train_config("quickstart", {"clips": CLIPS, "split": "all"}, [*SMALL, *more])


@pytest.fixture(scope="module")
def teachers(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One that does nothing, and one that pushes every joint as far as it goes."""
    made = []
    for name, push in (("calm", 0.0), ("wild", 1.0)):
        trainer = Trainer(small_config())
        with torch.no_grad():
            trainer.agent.policy.action_mean.weight.zero_()
            trainer.agent.policy.action_mean.bias.fill_(push)
        made.append(trainer.save(tmp_path_factory.mktemp(name)))
    return made


def taught_config(teachers: list[Path], *more: str) -> TrainConfig:
    named = {"distill": {"teachers": [str(path) for path in teachers]}}
    return load_train_config(
        "quickstart", {"clips": CLIPS, "split": "all", **named}, [*SMALL, *more]
    )


def test_who_follows_longest_teaches(teachers: list[Path]) -> None:
    trainer = Trainer(taught_config([teachers[1], teachers[0]]))
    assert trainer.teachers is not None
    assert trainer.teachers.of_clip.tolist() == [1, 1]


def test_of_those_that_last_as_long_more_reward_wins() -> None:
    """Rewards over 1 a step must not outweigh a step."""
    lasted = np.array([[10, 10, 9], [10, 9, 10]])
    rewards = np.array([[12.0, 1.0, 13.0], [13.0, 13.0, 1.0]])
    assert longest(lasted, rewards).tolist() == [1, 0, 1]


def test_teachers_are_not_needed_once_their_time_is_over(
    teachers: list[Path], tmp_path: Path
) -> None:
    config = taught_config(teachers, "distill.samples=128", "total_samples=256")
    Trainer(config).train(tmp_path)
    gone = replace(
        config, total_samples=384, distill=replace(config.distill, teachers=["gone.safetensors"])
    )
    resumed = Trainer(gone, resume_from=checkpoints.load(tmp_path))
    assert resumed.teachers is None
    assert resumed.train(tmp_path)["samples"] == 384


def test_a_lesson_is_each_clips_teachers(teachers: list[Path]) -> None:
    trainer = Trainer(taught_config(teachers, "distill.samples=1000"))
    assert trainer.teachers is not None
    trainer.teachers.of_clip[:] = torch.tensor([0, 1])
    trainer.collector.collect()
    lesson = trainer.teachers.lesson(trainer.rollout, 250)
    assert lesson is not None
    assert lesson.share == 0.75
    expected = trainer.rollout.clips.float()[..., None].expand_as(lesson.actions)
    torch.testing.assert_close(lesson.actions, expected)
    assert set(trainer.rollout.clips.unique().tolist()) == {0, 1}
    assert trainer.teachers.lesson(trainer.rollout, 1000) is None


def test_distances_to_teachers_are_told_in_nats() -> None:
    """Two of three actions 0.3 off, at a spread of 0.1: 2 x 0.5 x 3^2."""
    torch.manual_seed(0)
    policy, value = GaussianPolicy(4, 3, [8], init_std=0.1), ValueFunction(4, [8], "silu")
    config = PPOConfig(epochs=1, minibatch_size=32, policy_lr=1e-12)
    ppo = PPO(policy, value, RunningNormalizer(4), config, spread=0.1)
    rollout = Rollout.empty(4, 8, 4, 3, torch.device("cpu"))
    rollout.obs.normal_()
    with torch.no_grad():
        actions = policy(ppo.normalizer(rollout.obs)).detach()
    report = ppo.update(rollout, Lesson(actions + torch.tensor([0.3, 0.0, -0.3]), share=1.0))
    assert report.teacher_kl == pytest.approx(9.0, rel=1e-4)
    assert ppo.update(rollout).teacher_kl == 0.0


def test_the_student_comes_to_do_what_teachers_do(teachers: list[Path], tmp_path: Path) -> None:
    config = taught_config(teachers[1:], "total_samples=6400", "distill.samples=1000000")
    Trainer(config).train(tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert lines[-1]["ppo/teacher_kl"] < 0.2 * lines[0]["ppo/teacher_kl"]


def test_going_on_is_exact(teachers: list[Path], tmp_path: Path) -> None:
    config = taught_config(teachers, "distill.samples=300")
    whole = Trainer(config)
    whole.train(tmp_path / "whole")
    Trainer(replace(config, total_samples=128)).train(tmp_path / "part")
    point = checkpoints.load(tmp_path / "part")
    resumed = Trainer(config, resume_from=point)
    assert resumed.teachers is not None
    assert whole.teachers is not None
    assert resumed.teachers.of_clip.tolist() == whole.teachers.of_clip.tolist()
    resumed.train(tmp_path / "part")
    for (name, a), b in zip(
        whole.agent.state_dict().items(), resumed.agent.state_dict().values(), strict=True
    ):
        np.testing.assert_array_equal(a.numpy(), b.numpy(), err_msg=name)


def test_what_cannot_teach(teachers: list[Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"env\.preview"):
        Trainer(taught_config(teachers, "env.preview=[4]"))
    with pytest.raises(InputError, match="acts in mode"):
        Trainer(taught_config(teachers, "env.control_mode=length"))
    with pytest.raises(InputError, match="mixture"):
        taught_config(
            teachers,
            "policy.kind=mixture",
            "policy.num_experts=2",
            "policy.expert_hidden_sizes=[8]",
        )
    Trainer(replace(small_config(), total_samples=128)).train(tmp_path)
    with pytest.raises(InputError, match="began without"):
        Trainer(taught_config(teachers), resume_from=checkpoints.load(tmp_path))


def test_the_command(teachers: list[Path], tmp_path: Path) -> None:
    named = [item for path in teachers for item in ("--teacher", str(path))]
    clips = [item for name in CLIPS for item in ("--clip", name)]
    succeed(tmp_path, "train", *named, "--split", "all", *clips, "--out", "student", *SMALL)
    stored = checkpoints.load(tmp_path / "student")
    assert stored.config.distill.teachers == [str(path.resolve()) for path in teachers]
    refuse(tmp_path, "--teacher is for a new run", "train", "--resume", "student", *named)
