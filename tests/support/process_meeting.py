"""Two processes of a training that meet late; a file of its own, so that a new process finds it."""

from __future__ import annotations

import os
import time
from datetime import timedelta

import pytest
import torch

from kinesis_fast.devices import find_device
from kinesis_fast.errors import TrainingError
from kinesis_fast.learn import distributed
from kinesis_fast.learn.distributed import Group


def meet(rank: int, port: int) -> None:
    """Be late for what all may be late for, then be there for what nobody may be."""
    distributed.TIMEOUT = timedelta(seconds=2)
    os.environ |= {"WORLD_SIZE": "2", "RANK": str(rank), "LOCAL_WORLD_SIZE": "2"}
    os.environ |= {"MASTER_ADDR": "localhost", "MASTER_PORT": str(port)}
    group = Group.join(find_device("cpu"))
    time.sleep(5 * rank)
    assert group.first(f"of {rank}") == "of 0"
    assert group.gather(rank) == [0, 1]
    layer = torch.nn.Linear(1, 1)
    torch.nn.init.constant_(layer.weight, float(rank))
    Group.join(find_device("cpu")).same_parameters(layer)
    assert float(layer.weight.detach()) == 0.0
    if rank == 0:
        with pytest.raises(TrainingError, match=r"process 0 of 2 lost another one \(.*\); res"):
            group.sum(torch.zeros(1))  # the other never comes
    else:
        time.sleep(5)
    os._exit(0)  # without the farewells of a group that lost a process
