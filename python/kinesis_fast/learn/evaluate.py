"""What a checkpoint can do: under the conditions of its training, and by the KINESIS protocol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch

from kinesis_fast.envs import MuscleVectorEnv
from kinesis_fast.learn.agent import Agent
from kinesis_fast.learn.checkpoint import Checkpoint, check_fingerprint
from kinesis_fast.learn.metrics import EpisodeMeter
from kinesis_fast.learn.trainer import make_training_env
from kinesis_fast.tasks.imitation import REWARD_TERMS

PROTOCOL_DISTANCE = 0.5
"""Mean distance of the tracked bodies at which the KINESIS protocol calls a clip lost, m."""


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
class Evaluation:
    """Figures of one checkpoint on one library."""

    episode_length: float
    """Mean control steps of an episode as in training: drawn starts, exploring actions."""
    episodes: int
    reward: dict[str, float]
    """Mean total and unweighted terms of these episodes."""
    invalid_episodes: int
    success_rate: float
    """Share of clips not lost, by the KINESIS protocol: mean distance within 0.5 m."""
    frame_coverage: float
    mpjpe_mm: float
    clips: list[ClipResult] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return plain nested dictionaries."""
        return asdict(self)


def load_agent(checkpoint: Checkpoint, env: MuscleVectorEnv) -> Agent:
    """Return the agent of a checkpoint, on the CPU.

    Raises:
        InputError: it was made for another model or observation.
    """
    check_fingerprint(checkpoint, env)
    agent = Agent(env.obs_dim, env.num_actions, checkpoint.config.policy)
    agent.load_state_dict(checkpoint.group("agent"))
    return agent.eval()


def evaluate(
    checkpoint: Checkpoint,
    *,
    motions: str | None = None,
    split: str | None = None,
    reference: str | None = None,
    episodes: int = 512,
    num_threads: int = 0,
    seed: int = 1,
    on_progress: Callable[[str], None] = lambda _: None,
) -> Evaluation:
    """Evaluate a checkpoint.

    Args:
        checkpoint: what to evaluate.
        motions: a library or motion file; by default the training's.
        split: clips to evaluate on; by default the training's.
        reference: ``retargeted`` or ``source``; by default the training's.
        episodes: episodes under training conditions.
        num_threads: of the engine; 0: one per CPU.
        seed: of starts and exploration.
        on_progress: told what is being measured.
    """
    changes: dict[str, Any] = {"num_threads": num_threads, "seed": seed, "auto_reset": False}
    if reference is not None:
        changes["reference"] = reference
    if motions is not None:
        changes |= {"motions": motions, "clips": []}
        split = split or "all"
    if split is not None:
        changes |= {"split": split, "clips": []}
    on_progress("episodes as in training")
    env = make_training_env(checkpoint.config, **changes, num_envs=episodes)
    agent = load_agent(checkpoint, env)
    torch.manual_seed(seed)
    meter = EpisodeMeter(REWARD_TERMS)
    _run_once(env, agent, None, deterministic=False, meter=meter)
    trained = meter.summary()

    library = env.motions
    on_progress(f"{len(library.clips)} clips by the KINESIS protocol")
    protocol = make_training_env(
        checkpoint.config,
        **{**changes, "motions": library, "split": "all", "clips": []},
        num_envs=len(library.clips),
        random_start=False,
        max_episode_steps=0,
        termination="mean_body",
        termination_distance=PROTOCOL_DISTANCE,
    )
    clips = _protocol(protocol, agent)
    return Evaluation(
        episode_length=trained["episode_length"],
        episodes=int(trained["episodes"]),
        reward={name: trained[f"reward/{name}"] for name in ("total", *REWARD_TERMS)},
        invalid_episodes=int(trained["invalid_episodes"]),
        success_rate=float(np.mean([clip.success for clip in clips])),
        frame_coverage=float(np.mean([clip.frame_coverage for clip in clips])),
        mpjpe_mm=float(np.mean([clip.mpjpe_mm for clip in clips])),
        clips=clips,
    )


def _protocol(env: MuscleVectorEnv, agent: Agent) -> list[ClipResult]:
    """Run every clip of the library once, one in each environment."""
    count = env.num_envs
    distance, length = np.zeros(count), np.zeros(count, dtype=int)
    success = np.zeros(count, dtype=bool)

    def record(active: Any, terminated: Any, truncated: Any, info: dict[str, Any]) -> None:
        distance[active] += info["mean_distance"][active]
        length[active] += 1
        success[active] |= truncated[active] & ~terminated[active]

    _run_once(env, agent, np.arange(count), deterministic=True, record=record)
    results = []
    for i, clip in enumerate(env.motions.clips):
        seconds = float(length[i] * env.control_timestep)
        coverage = 1.0 if success[i] or clip.duration == 0 else min(1.0, seconds / clip.duration)
        mpjpe = 1e3 * distance[i] / max(1, length[i])
        results.append(ClipResult(clip.name, bool(success[i]), coverage, float(mpjpe), seconds))
    return results


def _run_once(
    env: MuscleVectorEnv,
    agent: Agent,
    clips: Any,
    *,
    deterministic: bool,
    meter: EpisodeMeter | None = None,
    record: Callable[[Any, Any, Any, dict[str, Any]], None] = lambda *_: None,
) -> None:
    """Run every environment for one episode; those that ended wait for the others."""
    obs, _ = env.reset(options=None if clips is None else {"clip": clips, "start_time": 0.0})
    active = np.ones(env.num_envs, dtype=bool)
    while active.any():
        actions = agent.act(torch.from_numpy(obs), deterministic=deterministic)
        obs, reward, terminated, truncated, info = env.step(actions.numpy())
        record(active, terminated, truncated, info)
        if meter is not None:
            chosen = {k: v[active] for k, v in info.items() if len(v) == env.num_envs}
            meter.add(reward[active], terminated[active], truncated[active], chosen)
        active &= ~(terminated | truncated)
