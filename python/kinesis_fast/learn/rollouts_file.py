"""What a policy did, as a dataset to learn from: observations, actions, rewards and bodies.

An HDF5 file with a group an episode, laid out and named as those of Minari are
(https://minari.farama.org, "Dataset Standards"), so that readers of these take it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from kinesis_fast.body import independent_joints, joint_names, muscle_names
from kinesis_fast.config import check_ranges
from kinesis_fast.envs import MuscleVectorEnv
from kinesis_fast.errors import InputError
from kinesis_fast.learn.episodes import run_episodes
from kinesis_fast.learn.evaluation.clips import Subject, load_agent

FORMAT = "kinesis_fast rollouts 1"
AT_ONCE = 64
"""Episodes that are run together."""
AFTER = ("observations", "infos/qpos", "infos/qvel", "infos/activation", "infos/reference_qpos")
"""Of which an episode has a row more than it has steps: what is there in the end too."""
EXCITATION = "infos/excitation"
Rows = dict[str, list[npt.NDArray[Any]]]


def write_rollouts(
    subject: Subject,
    name: str,
    path: Path,
    episodes: int,
    *,
    exploring: bool = False,
    on_episode: Callable[[int], None] = lambda _: None,
) -> dict[str, float]:
    """Write episodes in which a policy follows clips from their beginning, each in turn.

    The file has a group ``episode_N`` an episode of T steps: ``observations`` (T + 1, obs_dim),
    ``actions`` (T, num_actions), ``rewards``, ``terminations`` and ``truncations`` (T,), and in
    ``infos`` ``qpos`` (T + 1, nq), ``qvel`` (T + 1, nv), ``activation`` (T + 1, muscles),
    ``excitation`` (T, muscles) of the step's last substep, and ``reference_qpos`` (T + 1, nq).
    Attributes of the file name joints, muscles, actions and parts of the observation, and tell the
    length of a control step, s.

    Args:
        subject: the policy and its motions.
        name: of the policy.
        path: of the file to write, which is replaced.
        episodes: how many, at least 1.
        exploring: take actions as in training, not mean ones.
        on_episode: told how many are written.

    Returns:
        How many episodes and steps were written, and the share of episodes that was not lost.

    Raises:
        InputError: a number out of range, or a file that cannot be written.
    """
    check_ranges((("episodes", episodes, 1, 10**6),))
    library = subject.library()
    env = subject.protocol_env(library, num_envs=min(AT_ONCE, episodes))
    agent = load_agent(subject.checkpoint, env)
    done = steps = kept = 0
    try:
        with h5py.File(path, "w", libver="latest") as file:
            _describe(file, env, name)
            while done < episodes:
                clips = (done + np.arange(env.num_envs)) % len(library.clips)
                rows = _run(env, agent, clips, exploring)
                for number, episode in enumerate(rows[: episodes - done]):
                    group = file.create_group(f"episode_{done}")
                    group.attrs["clip"] = library.clips[clips[number]].name
                    for key, values in episode.items():
                        group.create_dataset(key, data=np.stack(values), compression="gzip")
                    steps += len(episode["rewards"])
                    kept += not episode["terminations"][-1]
                    done += 1
                    on_episode(done)
            file.attrs["total_episodes"], file.attrs["total_steps"] = done, steps
    except OSError as error:
        raise InputError(f"cannot write the rollouts {str(path)!r}: {error}") from error
    return {"episodes": done, "steps": steps, "kept": kept / done}


def _run(
    env: MuscleVectorEnv, agent: Any, clips: npt.NDArray[np.int64], exploring: bool
) -> list[Rows]:
    """Run an episode of every environment; returns its rows by name."""
    found: list[Rows] = [{} for _ in range(env.num_envs)]

    def keep(body: int, key: str, value: Any) -> None:
        found[body].setdefault(key, []).append(np.array(value))

    env.reset(options={"clip": clips, "start_time": 0.0})
    before = _seen(env)
    for step in run_episodes(env, agent, None, deterministic=not exploring):
        after = _seen(env)
        assert step.actions is not None
        for body in np.flatnonzero(step.running).tolist():
            for key in AFTER:
                keep(body, key, before[key][body])
            keep(body, "actions", step.actions[body])
            keep(body, "rewards", step.reward[body])
            keep(body, "terminations", step.terminated[body])
            keep(body, "truncations", step.truncated[body])
            keep(body, EXCITATION, after[EXCITATION][body])
        for body in np.flatnonzero(step.ended).tolist():
            after["observations"][body] = step.info["final_obs"][body]
            for key in AFTER:
                keep(body, key, after[key][body])
        before = after
    return found


def _seen(env: MuscleVectorEnv) -> dict[str, npt.NDArray[Any]]:
    """Return what of :data:`AFTER` there is now, and the excitations that led to it, copies."""
    state = env.get_state()
    return {
        "observations": env.observations().copy(),
        "infos/qpos": state["qpos"],
        "infos/qvel": state["qvel"],
        "infos/activation": state["act"],
        EXCITATION: state["ctrl"],
        "infos/reference_qpos": env.reference()["qpos"],
    }


def _describe(file: h5py.File, env: MuscleVectorEnv, name: str) -> None:
    """Say in a file's attributes what is in it."""
    model, mode = env.model, env.config.control_mode
    joints, muscles = independent_joints(model), muscle_names(model)
    of_actions = {"joint": joints, "joint_residual": [*joints, *muscles]}.get(mode, muscles)
    file.attrs["format"] = FORMAT
    file.attrs["subject"], file.attrs["model"] = name, env.config.model
    file.attrs["control_mode"], file.attrs["control_timestep"] = mode, env.control_timestep
    layout = {key: [part.start, part.stop] for key, part in env.observation_layout.items()}
    for key, value in (
        ("joints", list(joint_names(model))),
        ("muscles", list(muscles)),
        ("actions", list(of_actions)),
        ("observation_layout", layout),
    ):
        file.attrs[key] = json.dumps(value)
