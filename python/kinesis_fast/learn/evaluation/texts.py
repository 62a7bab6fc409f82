"""What a policy can do with sentences: motions are made of them, followed, and judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.body.legs import facing
from kinesis_fast.envs import MuscleVectorEnv
from kinesis_fast.errors import InputError
from kinesis_fast.learn.checkpoint import Checkpoint
from kinesis_fast.learn.environment import make_acting_env
from kinesis_fast.learn.episodes import Step, run_episodes
from kinesis_fast.learn.evaluation.clips import load_agent
from kinesis_fast.motions import MotionLibrary
from kinesis_fast.motions.kinematics import BatchKinematics
from kinesis_fast.t2m.generating import LONGEST_TEXT, generate, plan_of
from kinesis_fast.t2m.judging import Trace, judge
from kinesis_fast.t2m.plan import read_plan
from kinesis_fast.tasks import find_task

Array = npt.NDArray[np.float64]

LONGEST_FILE = 10_000_000
"""Bytes that a file of sentences may have."""


@dataclass
class TextResult:
    """One sentence, drawn once."""

    text: str
    draw: int
    plan: str
    """Empty where it was refused."""
    refused: str
    """Why nothing was made of the sentence."""
    success: bool
    """It was followed to its end, by the KINESIS protocol."""
    frame_coverage: float
    mpjpe_mm: float
    done: bool
    """The body did what was said, every action of it, and did not fall."""
    why_not: str
    seconds: float


@dataclass
class TextsResult:
    """Sentences, each drawn several times; means are over those that were not refused."""

    sentences: int
    refused: int
    success_rate: float
    frame_coverage: float
    mpjpe_mm: float
    done_rate: float
    draws: list[TextResult]


def read_texts(path: Path) -> list[str]:
    """Return the sentences of a file, one a line.

    Raises:
        InputError: it cannot be read, has none, or one is too long.
    """
    try:
        if path.stat().st_size > LONGEST_FILE:
            raise InputError(f"{path}: a file of over {LONGEST_FILE} bytes")
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the sentences {str(path)!r}: {error}") from error
    texts = [line.strip() for line in lines if line.strip()]
    if not texts:
        raise InputError(f"{path}: it has no sentence")
    for number, text in enumerate(texts, 1):
        if len(text) > LONGEST_TEXT:
            raise InputError(f"{path}, sentence {number}: longer than {LONGEST_TEXT} characters")
    return texts


def evaluate_texts(
    checkpoint: Checkpoint,
    texts: Sequence[str],
    *,
    draws: int = 1,
    seed: int = 0,
    num_threads: int = 0,
    motions: str | MotionLibrary | None = None,
    physics: str = "fused",
) -> TextsResult:
    """Make motions of sentences, have a policy follow them, and judge what its body did.

    Args:
        checkpoint: of a policy that follows motions.
        texts: the sentences.
        draws: motions a sentence; none is chosen by hand.
        seed: of the first draw.
        num_threads: 0: one per CPU.
        motions: as in :func:`~kinesis_fast.t2m.generate`.
        physics: how bodies are stepped.
    """
    results: list[TextResult] = []
    known = []
    for text in texts:
        try:
            plan_of(text, made=motions is None)
            known.append(text)
        except InputError as error:
            results.append(TextResult(text, 0, "", str(error), False, 0.0, 0.0, False, "", 0.0))
    if known:
        library = generate(
            known, draws=draws, seed=seed, motions=motions, model=checkpoint.config.env.model
        )
        results += _follow(checkpoint, library, draws, num_threads, physics)
    tried = [one for one in results if one.plan]
    return TextsResult(
        sentences=len(texts),
        refused=len(results) - len(tried),
        success_rate=_mean([one.success for one in tried]),
        frame_coverage=_mean([one.frame_coverage for one in tried]),
        mpjpe_mm=_mean([one.mpjpe_mm for one in tried]),
        done_rate=_mean([one.done for one in tried]),
        draws=results,
    )


def _follow(
    checkpoint: Checkpoint, library: MotionLibrary, draws: int, num_threads: int, physics: str
) -> list[TextResult]:
    protocol = find_task("imitation").protocol
    assert protocol is not None
    env = make_acting_env(
        checkpoint.config,
        "imitation",
        library,
        num_envs=len(library.clips),
        num_threads=num_threads,
        physics=physics,
        **protocol.settings,
    )
    agent = load_agent(checkpoint, env)
    watch = _Watch(env)
    for step in run_episodes(env, agent, {"clip": np.arange(env.num_envs), "start_time": 0.0}):
        watch.add(step)
    return [watch.result(number, number % draws) for number in range(env.num_envs)]


class _Watch:
    """Sees where bodies go."""

    def __init__(self, env: MuscleVectorEnv) -> None:
        self.env = env
        self.distance: list[Array] = []
        self.lost = np.zeros(env.num_envs, dtype=bool)
        self.steps = np.zeros(env.num_envs, dtype=int)
        self.place: list[Array] = []
        self.facing: list[Array] = []
        self.load: list[Array] = []
        self.feet: list[Array] = []
        self.kinematics = BatchKinematics(env.model)
        self.calcanei = [env.model.body(f"calcn_{side}").id for side in "rl"]
        sensors = [env.model.sensor(i) for i in range(env.model.nsensor)]
        touch = [s for s in sensors if s.type[0] == mujoco.mjtSensor.mjSENS_TOUCH]
        self.right = np.array([s.name.startswith("r_") for s in touch])

    def add(self, step: Step) -> None:
        """Take a control step."""
        state = self.env.get_state()
        self.distance.append(np.where(step.running, step.info["mean_distance"], np.nan))
        self.lost |= step.ended & step.terminated
        self.steps += step.running
        self.place.append(state["qpos"][:, :2].copy())
        self.facing.append(facing(state["qpos"]))
        self.kinematics.forward(state["qpos"])
        self.feet.append(self.kinematics.body_pos[:, self.calcanei])
        touch = self.env.observations()[:, self.env.observation_layout["foot_contact"]]
        self.load.append(
            np.stack([touch[:, self.right].sum(1), touch[:, ~self.right].sum(1)], axis=1)
        )

    def result(self, number: int, draw: int) -> TextResult:
        """Return what became of an environment."""
        clip = self.env.motions.clips[number]
        rows = slice(0, int(self.steps[number]))
        trace = Trace(
            self.env.control_timestep,
            np.array([row[number] for row in self.place[rows]]),
            np.unwrap([row[number] for row in self.facing[rows]]),
            np.array([row[number] for row in self.load[rows]]),
            np.array([row[number] for row in self.feet[rows]]),
        )
        actions = read_plan(str(clip.attributes["plan"])).actions
        ends = [float(end) for end in str(clip.attributes["action_ends_s"]).split()]
        verdicts = judge(actions, ends, trace)
        lost = bool(self.lost[number])
        seconds = float(self.steps[number] * self.env.control_timestep)
        wrong = [f"{v.action}: {v.why_not}" for v in verdicts if not v.done]
        if clip.attributes.get("dropped"):
            wrong.append(f"without {clip.attributes['dropped']}")
        return TextResult(
            text=str(clip.attributes["text"]),
            draw=draw,
            plan=str(clip.attributes["plan"]),
            refused="",
            success=not lost,
            frame_coverage=min(1.0, seconds / clip.duration) if lost else 1.0,
            mpjpe_mm=1e3 * float(np.nanmean([row[number] for row in self.distance])),
            done=not lost and not wrong,
            why_not="; ".join(wrong) or ("lost at the end" if lost else ""),
            seconds=seconds,
        )


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else 0.0
