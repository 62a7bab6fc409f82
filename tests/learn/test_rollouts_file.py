"""Datasets of rollouts: replayed, they are what was stepped."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from command_line import refuse, succeed

import kinesis_fast as kf
from kinesis_fast.learn import checkpoint as checkpoints
from kinesis_fast.learn.evaluation.clips import Subject
from kinesis_fast.learn.rollouts_file import write_rollouts
from kinesis_fast.motions import MotionLibrary

CLIPS = ["walk_comfortable_120", "stand", "run_260"]


def test_actions_played_again_give_the_same_episodes(tmp_path: Path, gait: MotionLibrary) -> None:
    library, path = gait.subset(CLIPS), tmp_path / "rollouts.h5"
    subject = Subject(checkpoints.load("shipped"), library, physics="lanes", num_threads=1)
    told: list[int] = []
    found = write_rollouts(subject, "shipped", path, 4, on_episode=told.append)
    assert told == [1, 2, 3, 4] and found["episodes"] == 4 and 0.0 <= found["kept"] <= 1.0
    with h5py.File(path) as file:
        assert file.attrs["total_steps"] == found["steps"]
        assert len(json.loads(file.attrs["actions"])) == 14
        assert file.attrs["control_timestep"] == pytest.approx(1 / 30)
        layout = json.loads(file.attrs["observation_layout"])
        assert [file[f"episode_{i}"].attrs["clip"] for i in range(4)] == [*CLIPS, CLIPS[0]]
        env = subject.protocol_env(subject.library(), num_envs=4)
        obs, _ = env.reset(options={"clip": [0, 1, 2, 0], "start_time": 0.0})
        episodes = [file[f"episode_{i}"] for i in range(4)]
        assert max(part[1] for part in layout.values()) == obs.shape[1]
        for body, episode in enumerate(episodes):
            np.testing.assert_array_equal(episode["observations"][0], obs[body])
        for step in range(max(len(episode["actions"]) for episode in episodes)):
            going = [i for i in range(4) if step < len(episodes[i]["actions"])]
            actions = np.zeros((4, env.num_actions), np.float32)
            for body in going:
                actions[body] = episodes[body]["actions"][step]
            obs, reward, lost, over, _ = env.step(actions)
            state = env.get_state()
            for body in going:
                episode = episodes[body]
                np.testing.assert_array_equal(episode["observations"][step + 1], obs[body])
                np.testing.assert_array_equal(episode["infos/qpos"][step + 1], state["qpos"][body])
                np.testing.assert_array_equal(
                    episode["infos/excitation"][step], state["ctrl"][body]
                )
                assert episode["rewards"][step] == reward[body]
                ends = (episode["terminations"][step], episode["truncations"][step])
                assert ends == (lost[body], over[body])
                assert any(ends) == (step + 1 == len(episode["actions"]))


def test_one_command(tmp_path: Path) -> None:
    said = succeed(
        tmp_path, "rollouts", "opensim_walk", "--episodes", "2", "--explore", "--out", "r.h5"
    )
    assert "r.h5: 2 episodes of" in said
    refuse(tmp_path, "episodes is 0", "rollouts", "shipped", "--episodes", "0", "--out", "r.h5")
    refuse(tmp_path, "cannot write", "rollouts", "shipped", "--episodes", "1", "--out", "no/r.h5")
    with pytest.raises(kf.InputError, match="physics"):
        Subject(checkpoints.load("shipped"), physics="fast")
