"""What a checkpoint can do: under the conditions of its training, and by the KINESIS protocol."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from kinesis_fast.envs import MuscleVectorEnv
from kinesis_fast.errors import InputError
from kinesis_fast.learn.agent import Agent
from kinesis_fast.learn.checkpoint import Checkpoint, check_fingerprint
from kinesis_fast.learn.config import TrainConfig
from kinesis_fast.learn.environment import make_training_env
from kinesis_fast.learn.metrics import EpisodeMeter
from kinesis_fast.motions import MotionLibrary
from kinesis_fast.tasks.imitation import REWARD_TERMS

PROTOCOL_DISTANCE = 0.5
"""Mean distance of the tracked bodies at which the KINESIS protocol calls a clip lost, m."""

PROTOCOL: dict[str, Any] = {
    "random_start": False,
    "max_episode_steps": 0,
    "termination": "mean_body",
    "termination_distance": PROTOCOL_DISTANCE,
}
"""Settings of an environment of the KINESIS protocol."""

STRICT_DISTANCE = 0.15
"""Distance of any tracked body at which the strict variant does, as in training, m."""

START_SECONDS = 10.0
"""Length of episodes from random starts, s."""


@dataclass
class ClipResult:
    """One clip, from its beginning, by the mean action."""

    name: str
    success: bool
    """It reached the clip's end."""
    frame_coverage: float
    """Share of the clip reached, 0..1."""
    mpjpe_mm: float
    """Mean distance of the tracked bodies to their reference until the end."""
    seconds: float
    """Until the end."""


@dataclass
class ProtocolResult:
    """Every clip of a library once, with one rule for when a clip is lost."""

    success_rate: float
    """Share of clips not lost."""
    frame_coverage: float
    """Mean over clips, 0..1."""
    mpjpe_mm: float
    """Mean over clips."""
    clips: list[ClipResult]

    @classmethod
    def of(cls, clips: list[ClipResult]) -> ProtocolResult:
        """Average clips."""
        return cls(
            success_rate=float(np.mean([clip.success for clip in clips])),
            frame_coverage=float(np.mean([clip.frame_coverage for clip in clips])),
            mpjpe_mm=float(np.mean([clip.mpjpe_mm for clip in clips])),
            clips=clips,
        )


@dataclass
class Evaluation:
    """The KINESIS protocol at both thresholds in use."""

    mean_body: ProtocolResult
    """A clip is lost where the tracked bodies' mean distance exceeds 0.5 m."""
    any_body: ProtocolResult
    """A clip is lost where any of them is further than 0.15 m."""

    def to_dict(self) -> dict[str, Any]:
        """Return the figures at 0.5 m, those at 0.15 m under ``strict``."""
        return {**asdict(self.mean_body), "strict": asdict(self.any_body)}


@dataclass
class TrainingFigures:
    """Episodes under the conditions of training: drawn starts, exploring actions."""

    episode_length: float
    """Mean control steps."""
    episodes: int
    reward: dict[str, float]
    """Mean total and unweighted terms."""
    invalid_episodes: int


@dataclass
class StartsResult:
    """Episodes from random starts, by the mean action, as long as nothing is lost."""

    starts: int
    seconds: float
    """What each was to last."""
    success_rate: float
    """Share that lasted, mean distance within 0.5 m."""
    mpjpe_mm: float
    """Mean over the starts."""
    mean_seconds: float


def load_agent(checkpoint: Checkpoint, env: MuscleVectorEnv) -> Agent:
    """Return the agent of a checkpoint, on the CPU.

    Raises:
        InputError: it was made for another model or observation.
    """
    check_fingerprint(checkpoint, env)
    agent = Agent(env.obs_dim, env.num_actions, checkpoint.config.policy)
    agent.load_state_dict(checkpoint.group("agent"))
    return agent.eval()


@dataclass
class Subject:
    """A checkpoint, and what to evaluate it on; None: as it was trained."""

    checkpoint: Checkpoint
    motions: str | MotionLibrary | None = None
    split: str | None = None
    """Clips of this split; by default the training's, or all of other motions."""
    reference: str | None = None
    """``retargeted`` or ``source``."""
    num_threads: int = 0
    """0: one per CPU."""
    seed: int = 1
    """Of starts and exploration."""

    def make_env(self, **overrides: Any) -> MuscleVectorEnv:
        """Make the environment, ended episodes waiting."""
        changes: dict[str, Any] = {
            "num_threads": self.num_threads,
            "seed": self.seed,
            "auto_reset": False,
        }
        if self.reference is not None:
            changes["reference"] = self.reference
        if self.motions is not None:
            changes |= {"motions": self.motions, "split": self.split or "all", "clips": []}
        elif self.split is not None:
            changes |= {"split": self.split, "clips": []}
        return make_training_env(self.checkpoint.config, **{**changes, **overrides})

    def library(self) -> MotionLibrary:
        """Return the clips, prepared for the environment."""
        return self.make_env(num_envs=1).motions

    def protocol_env(self, library: MotionLibrary, **overrides: Any) -> MuscleVectorEnv:
        """Make an environment of the KINESIS protocol on a prepared library."""
        settings: dict[str, Any] = {
            "motions": library,
            "split": "all",
            "clips": [],
            "num_envs": len(library.clips),
            **PROTOCOL,
        }
        return self.make_env(**{**settings, **overrides})


def evaluate(subject: Subject, library: MotionLibrary | None = None) -> Evaluation:
    """Run the KINESIS protocol: every clip once from its start, by the mean action."""
    library = library or subject.library()
    return Evaluation(
        mean_body=_protocol(subject, library),
        any_body=_protocol(
            subject, library, termination="any_body", termination_distance=STRICT_DISTANCE
        ),
    )


def as_in_training(subject: Subject, episodes: int) -> TrainingFigures:
    """Run episodes under the conditions of the checkpoint's training."""
    env = subject.make_env(num_envs=episodes)
    agent = load_agent(subject.checkpoint, env)
    torch.manual_seed(subject.seed)
    meter = EpisodeMeter(REWARD_TERMS)
    run_once(env, agent, {}, deterministic=False, meter=meter)
    found = meter.summary()
    return TrainingFigures(
        episode_length=found["episode_length"],
        episodes=int(found["episodes"]),
        reward={name: found[f"reward/{name}"] for name in ("total", *REWARD_TERMS)},
        invalid_episodes=int(found["invalid_episodes"]),
    )


def from_random_starts(
    subject: Subject, starts: int, seconds: float = START_SECONDS
) -> StartsResult:
    """Run episodes of a length from clips and times drawn at random.

    Raises:
        InputError: no clip is as long as that.
    """
    library = subject.library()
    long_enough = [clip.name for clip in library.clips if clip.duration > seconds]
    if not long_enough:
        longest = max(clip.duration for clip in library.clips)
        raise InputError(
            f"no clip lasts longer than {seconds:g} s, the longest {longest:.1f} s; give fewer "
            "seconds, or a looped clip: kinesis-fast motions loop"
        )
    library = library.subset(long_enough)
    env = subject.protocol_env(library, num_envs=starts)
    agent = load_agent(subject.checkpoint, env)
    rng = np.random.default_rng(subject.seed)
    clips = rng.integers(len(library.clips), size=starts)
    room = np.array([clip.duration for clip in library.clips])[clips] - seconds
    steps = round(seconds / env.control_timestep)
    record = _Record(starts)
    chosen = {"clip": clips, "start_time": rng.uniform(0.0, room)}
    run_once(env, agent, chosen, deterministic=True, record=record, steps=steps)
    return StartsResult(
        starts=starts,
        seconds=seconds,
        success_rate=float(np.mean(~record.lost)),
        mpjpe_mm=float(np.mean(record.mpjpe_mm())),
        mean_seconds=float(np.mean(record.steps) * env.control_timestep),
    )


class Evaluator:
    """Evaluates an agent that is still learning by the KINESIS protocol, again and again."""

    def __init__(self, config: TrainConfig, split: str, clips: Sequence[str] = ()) -> None:
        """Prepare one environment for every clip of a split of the training's motions.

        Args:
            config: of the training; its ``split`` and ``clips`` do not count.
            split: clips to evaluate on.
            clips: only these of them.

        Raises:
            InputError: the library has no such split.
        """
        changes = {"split": split, "clips": list(clips), "auto_reset": False, "seed": config.seed}
        library = make_training_env(config, num_envs=1, **changes).motions
        self.env = make_training_env(
            config,
            motions=library,
            num_envs=len(library.clips),
            **{**changes, **PROTOCOL, "split": "all", "clips": []},
        )

    def __call__(self, agent: Agent) -> ProtocolResult:
        """Run every clip once from its start, by the mean action."""
        return protocol_result(self.env, agent)


def _protocol(subject: Subject, library: MotionLibrary, **rule: Any) -> ProtocolResult:
    env = subject.protocol_env(library, **rule)
    return protocol_result(env, load_agent(subject.checkpoint, env))


def protocol_result(env: MuscleVectorEnv, agent: Agent) -> ProtocolResult:
    """Run every clip once from its start, by the mean action.

    Args:
        env: an environment a clip, made with ``auto_reset`` false and the rule for what is lost.
        agent: acts.
    """
    library = env.motions
    record = _Record(env.num_envs)
    chosen = {"clip": np.arange(env.num_envs), "start_time": 0.0}
    run_once(env, agent, chosen, deterministic=True, record=record)
    results = []
    for i, clip in enumerate(library.clips):
        seconds = float(record.steps[i] * env.control_timestep)
        whole = not record.lost[i] or clip.duration == 0
        coverage = 1.0 if whole else min(1.0, seconds / clip.duration)
        mpjpe = float(record.mpjpe_mm()[i])
        results.append(ClipResult(clip.name, bool(~record.lost[i]), coverage, mpjpe, seconds))
    return ProtocolResult.of(results)


class _Record:
    """What became of one episode in each environment."""

    def __init__(self, count: int) -> None:
        self.distance = np.zeros(count)
        self.steps = np.zeros(count, dtype=int)
        self.lost = np.zeros(count, dtype=bool)

    def __call__(self, active: Any, terminated: Any, info: dict[str, Any]) -> None:
        self.distance[active] += info["mean_distance"][active]
        self.steps[active] += 1
        self.lost[active] |= terminated[active]

    def mpjpe_mm(self) -> npt.NDArray[np.float64]:
        """Mean distance of each environment's tracked bodies, mm."""
        mean: npt.NDArray[np.float64] = 1e3 * self.distance / np.maximum(1, self.steps)
        return mean


def run_once(
    env: MuscleVectorEnv,
    agent: Agent,
    options: dict[str, Any],
    *,
    deterministic: bool,
    meter: EpisodeMeter | None = None,
    record: Callable[[Any, Any, dict[str, Any]], None] = lambda *_: None,
    steps: int | None = None,
) -> None:
    """Run every environment for one episode; those that ended wait for the others.

    Args:
        env: made with ``auto_reset`` false.
        agent: acts.
        options: of ``env.reset``.
        deterministic: take mean actions.
        meter: told of every step.
        record: called with the environments still running, those lost, and ``info``.
        steps: end all episodes after so many control steps.
    """
    obs, _ = env.reset(options=options)
    active = np.ones(env.num_envs, dtype=bool)
    taken = 0
    while active.any() and taken != steps:
        seen = torch.from_numpy(obs).to(agent.device)
        actions = agent.act(seen, deterministic=deterministic).cpu()
        obs, reward, terminated, truncated, info = env.step(actions.numpy())
        record(active, terminated, info)
        if meter is not None:
            chosen = {k: v[active] for k, v in info.items() if len(v) == env.num_envs}
            meter.add(reward[active], terminated[active], truncated[active], chosen)
        active &= ~(terminated | truncated)
        taken += 1
