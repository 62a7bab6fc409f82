"""What a checkpoint can do: under the conditions of its training, and by the KINESIS protocol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt
import torch

from kinesis_fast.config import check_names
from kinesis_fast.envs import MuscleVectorEnv
from kinesis_fast.errors import InputError
from kinesis_fast.learn.agent import Agent
from kinesis_fast.learn.checkpoint import Checkpoint, check_fingerprint, observed_columns
from kinesis_fast.learn.config import TrainConfig
from kinesis_fast.learn.environment import make_training_env, prepare_motions
from kinesis_fast.learn.episodes import Step, run_episodes
from kinesis_fast.learn.evaluation.loss_rate import LossRate
from kinesis_fast.learn.meter import EpisodeMeter
from kinesis_fast.motions import MotionLibrary
from kinesis_fast.tasks import ClipProtocol, find_task
from kinesis_fast.tasks.environment import PHYSICS

START_SECONDS = 10.0
"""Length of episodes from random starts, s."""
KINESIS_SECONDS = 6.15
"""Mean length of the clips that KINESIS evaluates on: 1.8 hours are 1,054 of them."""


@dataclass
class ClipResult:
    """One clip, from its beginning, by the mean action."""

    name: str
    """Name of the clip."""
    success: bool
    """It reached the clip's end."""
    frame_coverage: float
    """Share of the clip reached, 0..1."""
    mpjpe_mm: float
    """Mean distance of the tracked bodies to their reference until the end, mm; NaN where physics
    failed at once."""
    seconds: float
    """s until the end."""


@dataclass
class ProtocolResult:
    """Every clip of a library once, with one rule for when a clip is lost."""

    success_rate: float
    """Share of clips not lost."""
    frame_coverage: float
    """Mean over clips, 0..1."""
    mpjpe_mm: float
    """Mean over clips that have one, mm."""
    loss_rate: LossRate
    """How long bodies follow between losses."""
    success_rate_6s: float
    """Share of clips not lost in the first 6.15 s, as long as KINESIS's clips are in the mean."""
    clips: list[ClipResult]
    """What came of each clip."""

    @classmethod
    def of(cls, clips: list[ClipResult]) -> ProtocolResult:
        """Average clips."""
        return cls(
            success_rate=float(np.mean([clip.success for clip in clips])),
            frame_coverage=float(np.mean([clip.frame_coverage for clip in clips])),
            mpjpe_mm=_mean_of_known([clip.mpjpe_mm for clip in clips]),
            loss_rate=LossRate.of(
                sum(clip.seconds for clip in clips), sum(not clip.success for clip in clips)
            ),
            success_rate_6s=float(
                np.mean([clip.success or clip.seconds >= KINESIS_SECONDS for clip in clips])
            ),
            clips=clips,
        )


@dataclass
class Evaluation:
    """The protocol by clips at both thresholds in use; of imitation the KINESIS protocol."""

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
    """Mean length of an episode, control steps."""
    episodes: int
    """How many episodes were run."""
    reward: dict[str, float]
    """Mean total and unweighted terms, of a control step."""
    invalid_episodes: int
    """Number of those that a failure of the physics ended."""


@dataclass
class StartsResult:
    """Episodes from random starts, by the mean action, as long as nothing is lost."""

    starts: int
    """How many episodes were run."""
    seconds: float
    """s that each was to last."""
    success_rate: float
    """Share that lasted, mean distance within 0.5 m."""
    mpjpe_mm: float
    """Mean over the starts, mm."""
    mean_seconds: float
    """s that they lasted."""


def load_agent(checkpoint: Checkpoint, env: MuscleVectorEnv) -> Agent:
    """Return the agent of a checkpoint, on the CPU, to act in ``env``.

    What the environment of another task shows beyond what the agent sees, as commands, it does not
    look at.

    Raises:
        InputError: it was made for another model, other actions or another observation.
    """
    same_actions = checkpoint.fingerprint["num_actions"] == env.num_actions
    other_task = checkpoint.config.task != env.task.name
    check_fingerprint(checkpoint, env, more=same_actions and other_task)
    agent = Agent(env.obs_dim, env.num_actions, checkpoint.config.policy)
    columns = observed_columns(checkpoint, env)
    if columns is not None and len(columns) < env.obs_dim:
        agent.adopt(checkpoint.group("agent"), columns)
    else:
        agent.load_state_dict(checkpoint.group("agent"))
    return agent.eval()


@dataclass
class Subject:
    """A checkpoint, and what to evaluate it on; None: as it was trained.

    ``evaluate(Subject(checkpoint.load("shipped"), "my.bvh"))`` tells how far the shipped policy
    follows a recording.
    """

    checkpoint: Checkpoint
    """The checkpoint of the policy."""
    motions: str | MotionLibrary | None = None
    """A built-in library, the path of a motion file, or a library; None: the training's."""
    split: str | None = None
    """Clips of this split; by default the training's, or all of other motions."""
    reference: str | None = None
    """What errors are against, ``retargeted`` or ``source``; None: as in training."""
    num_threads: int = 0
    """0: one per CPU."""
    seed: int = 1
    """Of starts and exploration."""
    physics: str = "fused"
    """How bodies are stepped: figures are of double precision unless asked otherwise."""

    def __post_init__(self) -> None:
        """Raise InputError for a physics that there is not."""
        check_names((("physics", self.physics, PHYSICS),))

    def make_env(self, **overrides: Any) -> MuscleVectorEnv:
        """Make the environment, ended episodes waiting."""
        return make_training_env(
            self.checkpoint.config,
            **{
                "num_threads": self.num_threads,
                "seed": self.seed,
                "auto_reset": False,
                "physics": self.physics,
                **self._motions(),
                **overrides,
            },
        )

    def prepared(self) -> tuple[mujoco.MjModel, MotionLibrary]:
        """Return the model and the clips, prepared for the environment."""
        return prepare_motions(self.checkpoint.config, **self._motions())

    def library(self) -> MotionLibrary:
        """Return the clips, prepared for the environment."""
        return self.prepared()[1]

    def protocol_env(self, library: MotionLibrary, **overrides: Any) -> MuscleVectorEnv:
        """Make an environment of the protocol by clips, on a prepared library."""
        settings: dict[str, Any] = {
            "motions": library,
            "split": "all",
            "clips": [],
            "num_envs": len(library.clips),
            **clip_protocol(self.checkpoint.config).settings,
        }
        return self.make_env(**{**settings, **overrides})

    def _motions(self) -> dict[str, Any]:
        """What of the training's motions is another here."""
        changes: dict[str, Any] = {}
        if self.reference is not None:
            changes["reference"] = self.reference
        if self.motions is not None:
            changes |= {"motions": self.motions, "split": self.split or "all", "clips": []}
        elif self.split is not None:
            changes |= {"split": self.split, "clips": []}
        return changes


def clip_protocol(config: TrainConfig) -> ClipProtocol:
    """Return how the task of a training's ``config`` is evaluated clip by clip.

    Raises:
        InputError: it is not.
    """
    protocol = find_task(config.task).protocol
    if protocol is None:
        raise InputError(
            f"task {config.task!r} has no protocol by clips; give --task {config.task}, or another "
            "policy"
        )
    return protocol


def evaluate(subject: Subject, library: MotionLibrary | None = None) -> Evaluation:
    """Run the KINESIS protocol: every clip once from its start, by the mean action.

    Args:
        subject: whom to evaluate.
        library: clips prepared for the environment; None: the subject's.

    Raises:
        InputError: motions that cannot be used, or a task without such a protocol.
    """
    library = library or subject.library()
    return Evaluation(
        mean_body=_protocol(subject, library),
        any_body=_protocol(subject, library, **clip_protocol(subject.checkpoint.config).strict),
    )


def as_in_training(subject: Subject, episodes: int) -> TrainingFigures:
    """Run so many episodes of a subject under the conditions of its training.

    Raises:
        InputError: motions that cannot be used.
    """
    env = subject.make_env(num_envs=episodes)
    agent = load_agent(subject.checkpoint, env)
    torch.manual_seed(subject.seed)
    meter = EpisodeMeter(env.reward_terms, env.task.measures)
    for step in run_episodes(env, agent, {}, deterministic=False):
        meter.add_running(step)
    found = meter.summary()
    return TrainingFigures(
        episode_length=found["episode_length"],
        episodes=int(found["episodes"]),
        reward={name: found[f"reward/{name}"] for name in ("total", *env.reward_terms)},
        invalid_episodes=int(found["invalid_episodes"]),
    )


def from_random_starts(
    subject: Subject, starts: int, seconds: float = START_SECONDS
) -> StartsResult:
    """Run episodes of a length from clips and times drawn at random.

    Args:
        subject: whom to evaluate.
        starts: number of episodes.
        seconds: s that each lasts if nothing is lost.

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
    record = _Record(env)
    chosen = {"clip": clips, "start_time": rng.uniform(0.0, room)}
    for step in run_episodes(env, agent, chosen, steps=steps):
        record.add(step)
    return StartsResult(
        starts=starts,
        seconds=seconds,
        success_rate=float(np.mean(~record.lost)),
        mpjpe_mm=_mean_of_known(record.mpjpe_mm()),
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
        library = prepare_motions(config, split=split, clips=clips)[1]
        self.env = make_training_env(
            config,
            motions=library,
            split="all",
            clips=[],
            num_envs=len(library.clips),
            auto_reset=False,
            **clip_protocol(config).settings,
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
    record = _Record(env)
    for step in run_episodes(env, agent, {"clip": np.arange(env.num_envs), "start_time": 0.0}):
        record.add(step)
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

    def __init__(self, env: MuscleVectorEnv) -> None:
        count = env.num_envs
        self.figure = env.task.protocol.distance if env.task.protocol else env.measures[0]
        self.distance = np.zeros(count)
        self.steps = np.zeros(count, dtype=int)
        self.measured = np.zeros(count, dtype=int)  # physics that failed has no distance
        self.lost = np.zeros(count, dtype=bool)

    def add(self, step: Step) -> None:
        running = step.running
        measured = running & ~step.info["invalid"]
        self.distance[measured] += step.info[self.figure][measured]
        self.steps[running] += 1
        self.measured[measured] += 1
        self.lost[running] |= step.terminated[running]

    def mpjpe_mm(self) -> npt.NDArray[np.float64]:
        """Mean distance of each environment's tracked bodies, mm; NaN where none was measured."""
        mean = 1e3 * self.distance / np.maximum(1, self.measured)
        return np.where(self.measured > 0, mean, np.nan)


def _mean_of_known(values: npt.ArrayLike) -> float:
    """Return the mean of those that are not NaN; NaN where all are."""
    given = np.asarray(values, dtype=float)
    known = given[np.isfinite(given)]
    return float(known.mean()) if known.size else float("nan")
