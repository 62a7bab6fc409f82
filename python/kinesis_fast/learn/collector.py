"""Fills rollouts: the policy decides, the engine steps, in turn or at the same time."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import torch

from kinesis_fast.devices import Device
from kinesis_fast.envs import MuscleVectorEnv
from kinesis_fast.learn.agent import Agent
from kinesis_fast.learn.inference import Decider
from kinesis_fast.learn.meter import EpisodeMeter
from kinesis_fast.learn.rollout import Rollout

OUTCOMES = ("rewards", "terminated", "truncated", "invalid")
"""Of a rollout: what the environment says of each transition."""


class Collector:
    """Lets an agent act in an environment, a rollout at a time.

    With overlap, environments are two halves: while the engine steps one, the networks decide for
    the other. Decisions are drawn in the same order every time, so that runs repeat.
    """

    def __init__(
        self,
        env: MuscleVectorEnv,
        agent: Agent,
        rollout: Rollout,
        device: Device,
        *,
        overlap: bool = False,
        capture: bool = True,
        keep_clips: bool = False,
    ) -> None:
        """Prepare; ``env`` was reset, and returns live views (``copy`` is false). Agent and
        rollout are on ``device``. With ``keep_clips`` the rollout tells which clips were followed.
        """
        self._keep_clips = keep_clips
        self.env, self.agent, self.rollout, self.device = env, agent, rollout, device
        self.obs = torch.from_numpy(env.observations())  # the engine's memory: always the latest
        overlap = overlap and env.num_envs > 1
        middle, end = env.num_envs // 2, env.num_envs
        self._parts = [slice(0, middle), slice(middle, end)] if overlap else [slice(0, end)]
        self._deciders = [
            Decider(agent, part.stop - part.start, env.obs_dim, device, capture=capture)
            for part in self._parts
        ]
        self._engine = ThreadPoolExecutor(1) if overlap else None
        self._stepping: dict[int, tuple[int, Future[Any]]] = {}
        kept = {name: getattr(rollout, name) for name in OUTCOMES}
        self._outcomes = {
            name: device.staging(*tensor.shape, dtype=tensor.dtype) for name, tensor in kept.items()
        }

    @torch.no_grad()
    def collect(self) -> EpisodeMeter:
        """Fill the rollout with the policy's steps."""
        meter = EpisodeMeter(self.env.reward_terms, self.env.task.measures)
        redone = self.env.redone_steps
        rollout, agent = self.rollout, self.agent
        for t in range(len(rollout.rewards)):
            for number in range(len(self._parts)):
                self._finish(number, meter)
                self._begin(number, t)
        for number in range(len(self._parts)):
            self._finish(number, meter)
        meter.redone = self.env.redone_steps - redone
        for name, outcome in self._outcomes.items():
            self.device.send(outcome, getattr(rollout, name))
        rollout.values[:] = agent.value(agent.normalizer(rollout.obs))
        rollout.next_values[:-1] = rollout.values[1:]
        last = self.obs.to(rollout.obs.device)
        rollout.next_values[-1] = agent.value(agent.normalizer(last))
        # What a truncation stops in is never learned about: its value, made up, would feed on
        # itself by way of the states that lead there. The state before stands for it (decision 6).
        rollout.next_values[:] = torch.where(rollout.truncated, rollout.values, rollout.next_values)
        return meter

    def _begin(self, number: int, t: int) -> None:
        """Decide what a part does in step t, and have it done."""
        part, decide, rollout = self._parts[number], self._deciders[number], self.rollout
        actions = decide(self.obs[part])
        if self._keep_clips:
            rollout.clips[t, part] = torch.from_numpy(self.env.current_clips(part))
        self._stepping[number] = t, self._step(actions.numpy(), part)
        rollout.obs[t, part] = decide.obs
        rollout.taken[t, part] = decide.decision.taken
        rollout.log_probs[t, part] = decide.decision.log_probs

    def _step(self, actions: Any, part: slice) -> Future[Any]:
        if self._engine is not None:
            return self._engine.submit(self.env.step_part, actions, part)
        done: Future[Any] = Future()
        done.set_result(self.env.step_part(actions, part))
        return done

    def _finish(self, number: int, meter: EpisodeMeter) -> None:
        """Wait for a part's step, and keep what came of it."""
        if number not in self._stepping:
            return
        t, step = self._stepping.pop(number)
        _, reward, terminated, truncated, info = step.result()
        found = (reward, terminated, truncated, info["invalid"])
        for name, values in zip(OUTCOMES, found, strict=True):
            self._outcomes[name][t, self._parts[number]] = torch.from_numpy(values)
        meter.add(reward, terminated, truncated, info)
