"""One training in several processes: ``torchrun ... -m kinesis_fast train``.

Every process owns a share of the environments and learns from it; gradients, statistics and figures
are averaged over processes, so that all hold the same networks. Process 0 writes.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist

from kinesis_fast.devices import Device
from kinesis_fast.errors import InputError, TrainingError

TIMEOUT = timedelta(seconds=50)
"""After which a process that does not answer counts as lost, while all are learning."""
PATIENCE = timedelta(days=1)
"""The same, while each does work of its own. One that dies is noticed at once all the same."""


def threads_here(num_threads: int) -> int:
    """Return the threads of this process; 0 stands for its share of the machine's CPUs.

    Alone, 0 stays 0: the engine takes every CPU.
    """
    processes = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    if num_threads or processes == 1:
        return num_threads
    return max(1, (os.cpu_count() or 1) // processes)


class Group:
    """The processes of a training; one alone by default, for which nothing is sent."""

    def __init__(
        self, rank: int = 0, size: int = 1, patient: dist.ProcessGroup | None = None
    ) -> None:
        """``patient`` are the same processes, given :data:`PATIENCE`."""
        self.rank = rank
        self.size = size
        self._patient = patient

    @classmethod
    def join(cls, device: Device) -> Group:
        """Join the processes that ``torchrun`` started; alone where it started none."""
        size = int(os.environ.get("WORLD_SIZE", "1"))
        if size == 1:
            return cls()
        if dist.is_initialized():  # by a training before
            return cls(dist.get_rank(), size, _patient_group())
        share = threads_here(0)
        if share:  # torchrun leaves torch one thread
            torch.set_num_threads(share)
        device.make_current()
        dist.init_process_group(device.process_backend, timeout=TIMEOUT)
        return cls(dist.get_rank(), size, _patient_group())

    @property
    def leads(self) -> bool:
        """Whether this process writes."""
        return self.rank == 0

    def leave(self) -> None:
        """Part from the others."""
        if self.size > 1 and dist.is_initialized():
            dist.destroy_process_group()
            _patient_group.cache_clear()

    def wait(self) -> None:
        """Wait until all are here, after work that takes some longer than others."""
        if self.size > 1:
            self._guarded(dist.barrier, self._patient)

    def share(self, total: int, what: str) -> int:
        """Return this process's share of a number that every process must have alike.

        Raises:
            InputError: it cannot be shared alike.
        """
        if total % self.size:
            raise InputError(
                f"{what} is {total}; it must be a multiple of the {self.size} processes"
            )
        return total // self.size

    def average_gradients(self, parameters: Iterable[torch.nn.Parameter]) -> None:
        """Replace gradients by their means over processes."""
        if self.size == 1:
            return
        gradients = [p.grad for p in parameters if p.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in gradients])
        self.mean(flat)
        pieces = torch.split(flat, [gradient.numel() for gradient in gradients])
        for gradient, piece in zip(gradients, pieces, strict=True):
            gradient.copy_(piece.view_as(gradient))

    def mean(self, tensor: torch.Tensor) -> torch.Tensor:
        """Average a tensor over processes, in place."""
        return self.sum(tensor).div_(self.size)

    def sum(self, tensor: torch.Tensor) -> torch.Tensor:
        """Add a tensor up over processes, in place."""
        if self.size > 1:
            self._guarded(dist.all_reduce, tensor)
        return tensor

    def gather(self, value: Any) -> list[Any]:
        """Return every process's value, by rank."""
        if self.size == 1:
            return [value]
        values: list[Any] = [None] * self.size
        self._guarded(dist.all_gather_object, values, value)
        return values

    def first(self, value: Any) -> Any:
        """Return process 0's value, in every process; waits for what each took to find its own."""
        self.wait()
        return self.gather(value)[0]

    def same_parameters(self, module: torch.nn.Module) -> None:
        """Give a module the parameters and buffers of process 0."""
        if self.size > 1:
            for tensor in module.state_dict().values():
                self._guarded(dist.broadcast, tensor, 0)

    def any(self, flag: bool) -> bool:
        """Tell whether it is true in some process."""
        return any(self.gather(flag))

    def _guarded(self, call: Any, *arguments: Any) -> None:
        try:
            call(*arguments)
        except (RuntimeError, dist.DistError) as error:
            reason = str(error).splitlines()[0]
            raise TrainingError(
                f"process {self.rank} of {self.size} lost another one ({reason}); resume from the "
                "last checkpoint: train --resume RUN"
            ) from error


@functools.cache
def _patient_group() -> dist.ProcessGroup:
    group: dist.ProcessGroup = dist.new_group(backend="gloo", timeout=PATIENCE)
    return group
