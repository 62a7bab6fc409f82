"""The devices that networks can be on here, and one of the CPU that is as late as a GPU."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import TypeVar

import pytest
import torch

from kinesis_fast.devices import Device

T = TypeVar("T")

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
DEVICES = ["cpu", pytest.param("cuda", marks=needs_cuda)]
"""To parametrise a test by; CUDA is skipped where there is none."""


class LateDevice(Device):
    """Does on the CPU what may be done with CUDA, and tells of what may not.

    What is fetched is not a number until one waits; what is sent must not be written before; only
    staging memory is copied; a captured program gives the same tensors every time.
    """

    overlaps = True

    def __init__(self) -> None:
        super().__init__(torch.device("cpu"))
        self.waits = 0
        self.drawn = torch.zeros(1, dtype=torch.uint8)
        self._staging: set[int] = set()
        self._sent: list[tuple[torch.Tensor, torch.Tensor]] = []
        self._fetched: list[tuple[torch.Tensor, torch.Tensor]] = []

    def random_states(self) -> dict[str, torch.Tensor]:
        return {**super().random_states(), "late": self.drawn.clone()}

    def set_random_states(self, states: Mapping[str, torch.Tensor]) -> None:
        super().set_random_states(states)
        self.drawn = states["late"]

    def staging(self, *shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
        memory = super().staging(*shape, dtype=dtype)
        self._staging.add(memory.data_ptr())
        return memory

    def send(self, staged: torch.Tensor, to: torch.Tensor) -> None:
        assert staged.data_ptr() in self._staging, "not staging memory"
        self._sent.append((staged, staged.clone()))
        to.copy_(staged)

    def fetch(self, source: torch.Tensor, staged: torch.Tensor) -> None:
        assert staged.data_ptr() in self._staging, "not staging memory"
        self._fetched.append((staged, source.clone()))
        staged.fill_(torch.nan)

    def wait(self) -> None:
        self.waits += 1
        for staged, as_sent in self._sent:
            assert torch.equal(staged, as_sent), "written while it was sent"
        for staged, values in self._fetched:
            staged.copy_(values)
        self._sent, self._fetched = [], []

    def program(self, function: Callable[[], T], *, capture: bool = True) -> Callable[[], T]:
        if not capture:
            return function
        state = torch.get_rng_state()  # a capture draws nothing
        kept = function()
        torch.set_rng_state(state)
        assert is_dataclass(kept)

        def replay() -> T:
            results = function()
            for each in fields(kept):
                getattr(kept, each.name).copy_(getattr(results, each.name))
            return kept

        return replay
