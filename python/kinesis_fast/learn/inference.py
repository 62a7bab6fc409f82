"""Decisions for a fixed number of environments, at the least cost a device allows."""

from __future__ import annotations

from collections.abc import Callable

import torch

from kinesis_fast.learn.agent import Agent
from kinesis_fast.learn.policies import Decision

WARM_UPS = 3
"""Runs before a capture, in which libraries set up what a graph must not hold."""


class Decider:
    """Lets an agent decide on observations that the engine wrote, always of as many environments.

    On CUDA, observations and actions pass through pinned memory, copied without waiting, and all
    kernels of a decision are one captured graph: launched one by one they would take longer than
    they run. What agents learn later, in place, the graph sees.
    """

    obs: torch.Tensor
    """(rows, obs_size), on the agent's device: what was decided on last."""
    decision: Decision
    """The last one, on the agent's device; valid until the next."""

    @torch.no_grad()
    def __init__(self, agent: Agent, rows: int, obs_size: int, *, capture: bool = True) -> None:
        """Prepare; ``capture`` is for CUDA, and policies that can be captured."""
        self.agent = agent
        device = agent.device
        cuda = device.type == "cuda"
        self.obs = torch.zeros(rows, obs_size, device=device)
        self._staged_obs = torch.zeros(rows, obs_size, pin_memory=cuda)
        self._actions = torch.zeros(rows, agent.policy.action_size, pin_memory=cuda)
        # While it waits, the engine needs the core.
        self._copied = torch.cuda.Event(blocking=True) if cuda else None  # type: ignore[no-untyped-call]
        captured = cuda and capture and agent.policy.capturable
        self._run = captured_graph(self._decide, device) if captured else self._decide

    @torch.no_grad()
    def __call__(self, obs: torch.Tensor) -> torch.Tensor:
        """Decide on observations (rows, obs_size) of the CPU.

        Returns:
            Actions (rows, action_size) on the CPU, the same memory every time.
        """
        self._staged_obs.copy_(obs)
        self.obs.copy_(self._staged_obs, non_blocking=self._copied is not None)
        self._run()
        self._actions.copy_(self.decision.actions, non_blocking=self._copied is not None)
        if self._copied is not None:
            self._copied.record(torch.cuda.current_stream(self.obs.device))
            self._copied.synchronize()
        return self._actions

    def _decide(self) -> None:
        self.decision = self.agent.policy.decide(self.agent.normalizer(self.obs))


def captured_graph(function: Callable[[], None], device: torch.device) -> Callable[[], None]:
    """Capture what a function does on a GPU; returns what does it again, in the same memory.

    See https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs.
    """
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.device(device):
        aside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(WARM_UPS):
                function()
        torch.cuda.current_stream().wait_stream(aside)
        # Other threads may use CUDA meanwhile, as those of NCCL do.
        with torch.cuda.graph(graph, capture_error_mode="thread_local"):
            function()
    replay: Callable[[], None] = graph.replay
    return replay
