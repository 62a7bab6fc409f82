"""Where networks compute: everything that is done otherwise on CUDA than on the CPU."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import torch

from kinesis_fast.errors import InputError

T = TypeVar("T")

WARM_UPS = 3
"""Runs before a capture, in which libraries set up what a graph must not hold."""


class Device:
    """What networks compute on. This one is the CPU, on which everything is done at once.

    Other devices copy and compute later, in the order in which they were asked. So memory that
    :meth:`send` reads must stay as it is, and what :meth:`fetch` writes is not there, until
    :meth:`wait` returns.
    """

    overlaps = False
    """Whether the engine steps while networks decide, unless a configuration says otherwise."""
    process_backend = "gloo"
    """Name of the backend of ``torch.distributed`` that processes talk by."""

    @property
    def gains_by_bfloat16(self) -> bool:
        """Whether small networks learn faster in mixed precision."""
        return _multiplies_bfloat16_faster()

    def __init__(self, place: torch.device) -> None:
        self.torch = place
        """The device as torch names it."""

    def __str__(self) -> str:
        return str(self.torch)

    @property
    def model(self) -> str | None:
        """The product's name; None of the CPU."""
        return None

    def make_current(self) -> None:
        """Let this process use it where none is named."""

    def random_states(self) -> dict[str, torch.Tensor]:
        """Return by name, (bytes,), where random numbers are that are drawn on it."""
        return {"torch": torch.get_rng_state()}

    def set_random_states(self, states: Mapping[str, torch.Tensor]) -> None:
        """Go on drawing where :meth:`random_states` were; what another device lacked stays."""
        torch.set_rng_state(states["torch"])

    def staging(self, *shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
        """Return memory of the CPU, zeros, that :meth:`send` and :meth:`fetch` copy from and to."""
        return torch.zeros(shape, dtype=dtype)

    def send(self, staged: torch.Tensor, to: torch.Tensor) -> None:
        """Copy staging memory to a tensor of the device."""
        to.copy_(staged)

    def fetch(self, source: torch.Tensor, staged: torch.Tensor) -> None:
        """Copy a tensor of the device to staging memory."""
        staged.copy_(source)

    def wait(self) -> None:
        """Return when all that was asked for is done."""

    def program(self, function: Callable[[], T], *, capture: bool = True) -> Callable[[], T]:
        """Return what runs a function on tensors of the device again and again.

        Args:
            function: reads and writes the same tensors every time.
            capture: allow it to run from a recording of its first run, whatever Python does in it.
                The results are then the same tensors every time, with other values in them.
        """
        del capture
        return function


class Cuda(Device):
    """A GPU: pinned memory, copies that nobody waits for, and CUDA graphs.

    Launched one by one, the kernels of a decision take longer than they run; as one captured graph
    they do not. See https://docs.pytorch.org/docs/stable/notes/cuda.html.
    """

    overlaps = True
    process_backend = "cpu:gloo,cuda:nccl"
    gains_by_bfloat16 = False  # of small networks; kernels take longer to start than to run

    def __init__(self, place: torch.device) -> None:
        super().__init__(place)
        # While it waits, the engine needs the core.
        self._done = torch.cuda.Event(blocking=True)  # type: ignore[no-untyped-call]

    @property
    def model(self) -> str | None:
        """The product's name."""
        return torch.cuda.get_device_name(self.torch)

    def make_current(self) -> None:
        """Let this process use it where none is named, as NCCL does."""
        torch.cuda.set_device(self.torch)

    def random_states(self) -> dict[str, torch.Tensor]:
        """Return those of the CPU and, as ``cuda``, of the GPU."""
        return {**super().random_states(), "cuda": torch.cuda.get_rng_state(self.torch)}

    def set_random_states(self, states: Mapping[str, torch.Tensor]) -> None:
        """Go on drawing where :meth:`random_states` were."""
        super().set_random_states(states)
        if "cuda" in states:
            torch.cuda.set_rng_state(states["cuda"], self.torch)

    def staging(self, *shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
        """Return pinned memory, zeros."""
        return torch.zeros(shape, dtype=dtype, pin_memory=True)

    def send(self, staged: torch.Tensor, to: torch.Tensor) -> None:
        """Copy staging memory to a tensor of the device, later."""
        to.copy_(staged, non_blocking=True)

    def fetch(self, source: torch.Tensor, staged: torch.Tensor) -> None:
        """Copy a tensor of the device to staging memory, later."""
        staged.copy_(source, non_blocking=True)

    def wait(self) -> None:
        """Return when all that was asked for is done."""
        self._done.record(torch.cuda.current_stream(self.torch))
        self._done.synchronize()

    def program(self, function: Callable[[], T], *, capture: bool = True) -> Callable[[], T]:
        """Return what runs a function again and again, as a captured graph if allowed."""
        if not capture:
            return function
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.device(self.torch):
            aside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
            aside.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(aside):
                for _ in range(WARM_UPS):
                    function()
            torch.cuda.current_stream().wait_stream(aside)
            # Other threads may use CUDA meanwhile, as those of NCCL do.
            with torch.cuda.graph(graph, capture_error_mode="thread_local"):
                results = function()

        def replay() -> T:
            graph.replay()
            return results

        return replay


@functools.cache
def _multiplies_bfloat16_faster() -> bool:
    """Whether this processor multiplies bfloat16 faster than float32.

    With AMX's tiles, many times; AMD's AVX-512 BF16 has twice the rate (2.5 times on updates,
    measured); Intel's without tiles has the same rate, and conversions besides (0.6 times).
    """
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    flags = set(text.partition("flags")[2].partition("\n")[0].split())
    return "amx_bf16" in flags or ("AuthenticAMD" in text and "avx512_bf16" in flags)


def find_device(name: str) -> Device:
    """Return the device that a configuration names.

    Args:
        name: ``auto`` (CUDA where there is one), ``cpu``, ``cuda`` (of several processes each its
            own) or ``cuda:N``.

    Raises:
        InputError: it cannot be used here.
    """
    chosen = name
    if name == "auto":
        chosen = "cuda" if torch.cuda.is_available() else "cpu"
    if chosen == "cuda":  # of processes on one machine, each has a GPU
        rank, gpus = int(os.environ.get("LOCAL_RANK", "0")), torch.cuda.device_count()
        if 0 < gpus <= rank:
            raise InputError(
                f"device {name!r}: the GPUs here are {gpus}, and process {rank + 1} has none of "
                "its own; start as many processes as there are GPUs, or set device=cpu"
            )
        chosen = f"cuda:{rank}"
    try:
        place = torch.device(chosen)
        torch.empty(0, device=place)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        remedy = "auto" if name != "auto" else "cpu"
        raise InputError(
            f"device {name!r} cannot be used: {reason}; try device={remedy}"
        ) from error
    return Cuda(place) if place.type == "cuda" else Device(place)
