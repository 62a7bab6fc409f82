"""A policy is put to the test by the protocols of a task; which there are, tasks say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from kinesis_fast import config as configuration
from kinesis_fast import settings
from kinesis_fast.envs import MuscleVectorEnv
from kinesis_fast.errors import InputError, did_you_mean
from kinesis_fast.learn.checkpoint import Checkpoint
from kinesis_fast.learn.environment import make_acting_env
from kinesis_fast.learn.episodes import Step, run_episodes
from kinesis_fast.learn.evaluation.clips import load_agent
from kinesis_fast.motions import MotionLibrary
from kinesis_fast.tasks import find_task
from kinesis_fast.tasks.trial import NEVER_LOST, Protocol, Trial


@dataclass
class TrialSubject:
    """A checkpoint, and what its motion is planned from."""

    checkpoint: Checkpoint
    motions: str | MotionLibrary | None = None
    """None: the built-in library that the task is at home in."""
    num_threads: int = 0
    seed: int = 0
    physics: str = "fused"

    def run(self, task: str, trial: Trial) -> None:
        """Have the policy's bodies go through a trial, by the mean action, from standing."""
        env = self.begin(task, trial)
        for _ in self.act(env, trial):
            pass

    def begin(self, task: str, trial: Trial) -> MuscleVectorEnv:
        """Return the trial's bodies, standing, who were told what they are told at first."""
        wanted = {
            "physics": self.physics,
            "max_episode_steps": 0,
            "termination": "mean_body",
            "termination_distance": NEVER_LOST,
        }
        known = {field.name for field in fields(find_task(task).config)}
        fixed = {name: value for name, value in wanted.items() if name in known}
        env = make_acting_env(
            self.checkpoint.config,
            task,
            self.motions,
            num_envs=trial.num_envs,
            num_threads=self.num_threads,
            seed=self.seed,
            **{**fixed, **trial.settings},
        )
        env.reset(seed=self.seed, options={"clip": env.motions.most_at_rest(), "start_time": 0.0})
        trial.begin(env)
        return env

    def act(self, env: MuscleVectorEnv, trial: Trial) -> Iterator[Step]:
        """Have these bodies act to the trial's end, and yield every control step."""
        agent = load_agent(self.checkpoint, env)
        steps = round(trial.seconds / env.control_timestep)
        for number, step in enumerate(run_episodes(env, agent, None, steps=steps)):
            trial.note(env, number, step.info, step.terminated)
            yield step


def find_protocol(task: str, name: str | None, chosen: Mapping[str, Any]) -> tuple[str, Protocol]:
    """Return the name of a task's protocol, and the protocol with what was chosen.

    Args:
        task: whose.
        name: of the protocol; None: the task's first.
        chosen: its fields.

    Raises:
        InputError: the task has no protocol, or none of this name, or what was chosen is unknown
            or out of range.
    """
    protocols = find_task(task).protocols
    if not protocols:
        raise InputError(f"the task {task!r} has no protocols of its own to be evaluated by")
    name = next(iter(protocols)) if name is None else name
    if name not in protocols:
        raise InputError(f"unknown protocol {name!r}{did_you_mean(name, protocols)}")
    made: Any = configuration.merge(protocols[name](), chosen)
    settings.check(made)
    return name, made


def evaluate_task(
    subject: TrialSubject,
    task: str,
    protocol: Protocol,
    show: Callable[[Trial], None] = lambda _: None,
) -> dict[str, Any]:
    """Put a policy to the test.

    Args:
        subject: the policy.
        task: in which.
        protocol: how; see :func:`find_protocol`.
        show: is given every trial when it is done.

    Returns:
        The figures of every trial, as JSON can hold them.

    Raises:
        InputError: the policy cannot act in the task, or what was chosen does not go together.
    """
    figures: dict[str, Any] = {}
    for name, trial in protocol.trials().items():
        subject.run(task, trial)
        show(trial)
        figures |= {name: trial.figures()} if name else trial.figures()
    return figures
