"""What a training keeps when disks fill, pipes close and others want its folder."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from command_line import TINY
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from kinesis_fast import InputError
from kinesis_fast.errors import TrainingError
from kinesis_fast.learn import checkpoint as checkpoints
from kinesis_fast.learn.config import TrainConfig, load_train_config
from kinesis_fast.learn.metrics import MetricsWriter
from kinesis_fast.learn.run_folder import RunFolder
from kinesis_fast.learn.trainer import Trainer

COMMAND = [sys.executable, "-m", "kinesis_fast", "train", *TINY]


def tiny(*more: str) -> TrainConfig:
    return load_train_config("quickstart", [*TINY, "checkpoint_interval=1", *more])


def lines_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_a_run_folder_is_one_trainings(tmp_path: Path) -> None:
    held = RunFolder(tmp_path)
    with pytest.raises(InputError, match="is in use by another training"):
        Trainer(tiny()).train(tmp_path)
    assert not (tmp_path / "config.yaml").exists()
    held.release()
    Trainer(tiny()).train(tmp_path)
    with pytest.raises(InputError, match="holds a run already"):
        Trainer(tiny()).train(tmp_path, new_folder=True)


def test_two_trainings_into_one_new_folder_are_one(tmp_path: Path) -> None:
    arguments = [*COMMAND, "--out", "run", "total_samples=2048", "num_threads=1"]
    both = [
        subprocess.Popen(arguments, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    errors = [process.communicate()[1] for process in both]
    assert sorted(process.returncode for process in both) == [0, 2], errors
    iterations = [line["iteration"] for line in lines_of(tmp_path / "run")]
    assert iterations == sorted(set(iterations))


def test_a_reader_that_leaves_ends_no_training(tmp_path: Path) -> None:
    """As ``train ... | head -1`` does."""
    reader, writer = os.pipe()
    process = subprocess.Popen(
        [*COMMAND, "--out", "run", "total_samples=512"],
        cwd=tmp_path,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(writer)
    os.close(reader)
    error = process.communicate()[1]
    assert process.returncode == 0, error
    assert checkpoints.load(tmp_path / "run").progress["samples"] == 512


class FullDisk:
    """Stands in for ``save_file``: the first so many writes find no room."""

    def __init__(self, failures: int) -> None:
        self.left = failures

    def __call__(self, tensors: Any, path: Path, metadata: Any) -> None:
        if self.left > 0:
            self.left -= 1
            Path(path).write_bytes(b"half")
            raise SafetensorError("I/O error: No space left on device (os error 28)")
        save_file(tensors, path, metadata=metadata)


def test_a_full_disk_ends_no_training_that_finds_room_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "save_file", FullDisk(1))
    troubles: list[str] = []
    Trainer(tiny()).train(tmp_path, on_trouble=troubles.append)
    assert len(troubles) == 1
    assert "No space left" in troubles[0] and "trying again at the next" in troubles[0]
    names = [path.name for path in sorted((tmp_path / "checkpoints").iterdir())]
    assert names == ["0000002.safetensors"]
    assert [line["iteration"] for line in lines_of(tmp_path)] == [1, 2]


def test_a_full_disk_at_the_end_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Trainer(tiny()).train(tmp_path)
    before = (tmp_path / "checkpoints" / "0000002.safetensors").read_bytes()
    monkeypatch.setattr(checkpoints, "save_file", FullDisk(100))
    point = checkpoints.load(tmp_path)
    longer = replace(point.config, total_samples=128)
    with pytest.raises(TrainingError, match="could not be written: .*No space left"):
        Trainer(longer, resume_from=point).train(tmp_path)
    assert (tmp_path / "checkpoints" / "0000002.safetensors").read_bytes() == before
    assert not list((tmp_path / "checkpoints").glob("*.partial"))


def test_metrics_wait_for_room(tmp_path: Path) -> None:
    troubles: list[str] = []
    writer = MetricsWriter(tmp_path, on_trouble=troubles.append)
    path = tmp_path / "metrics.jsonl"
    writer.write({"iteration": 1.0})
    path.rename(tmp_path / "elsewhere")
    path.mkdir()  # nothing can be written there
    writer.write({"iteration": 2.0})
    writer.write({"iteration": 3.0})
    path.rmdir()
    (tmp_path / "elsewhere").rename(path)
    writer.close()
    assert [line["iteration"] for line in lines_of(tmp_path)] == [1, 2, 3]
    assert len(troubles) == 1 and "metrics.jsonl could not be written" in troubles[0]


def test_metrics_have_every_iteration_once_after_a_kill(tmp_path: Path) -> None:
    config = tiny("checkpoint_interval=2", "total_samples=128")
    Trainer(config).train(tmp_path)
    whole = [{**line, "seconds": 0} for line in lines_of(tmp_path)]
    point = checkpoints.load(tmp_path / "checkpoints" / "0000002.safetensors")
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"iteration": 5.0, "samp')  # what a kill leaves
    Trainer(point.config, resume_from=point).train(tmp_path)
    again = [{**line, "seconds": 0} for line in lines_of(tmp_path)]
    assert [line["iteration"] for line in again] == [1, 2, 3, 4]
    timed = {name for name in whole[0] if "samples_per_s" in name}
    for one, other in zip(whole, again, strict=True):
        assert {k: v for k, v in one.items() if k not in timed} == {
            k: v for k, v in other.items() if k not in timed
        }


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    Trainer(tiny()).train(folder)
    return folder / "checkpoints" / "0000002.safetensors"


def rewritten(source: Path, target: Path, **changes: Any) -> Path:
    """Copy a checkpoint with other records, or other tensors."""
    with safe_open(source, framework="pt") as file:
        record = dict(file.metadata())
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    del record["digest"]  # as who rewrites a file on purpose does
    for name, value in changes.items():
        if name == "tensors":
            tensors.update(value)
        else:
            record[name] = json.dumps(value)
    save_file(tensors, target, metadata=record)
    return target


@pytest.mark.parametrize("name", ["config", "fingerprint", "progress"])
@pytest.mark.parametrize("value", [None, 3, [], "text"])
def test_records_that_are_none_are_refused(
    name: str, value: object, saved: Path, tmp_path: Path
) -> None:
    path = rewritten(saved, tmp_path / "x.safetensors", **{name: value})
    with pytest.raises(InputError, match=f"its {name} is .*, not a record"):
        checkpoints.load(path)


def test_weights_that_are_no_numbers_are_refused(saved: Path, tmp_path: Path) -> None:
    name = "agent/policy.action_mean.bias"
    broken = {name: torch.full((14,), torch.nan)}
    path = rewritten(saved, tmp_path / "2.safetensors", tensors=broken)
    (tmp_path / "1.safetensors").write_bytes(saved.read_bytes())
    with pytest.raises(InputError, match="is damaged: .*not finite; beside it lie 1.safetensors"):
        checkpoints.load(path)
    path.write_bytes(saved.read_bytes()[:1000])
    with pytest.raises(InputError, match="not a readable checkpoint: .*; beside it lie 1.safe"):
        checkpoints.load(path)


@pytest.mark.parametrize("env", ["text", [], {"conditions": ["drawn_strength"]}])
def test_settings_that_are_none_are_told_with_the_file(
    env: object, saved: Path, tmp_path: Path
) -> None:
    with safe_open(saved, framework="pt") as file:
        config = json.loads(file.metadata()["config"])
    path = rewritten(saved, tmp_path / "x.safetensors", config={**config, "env": env})
    with pytest.raises(InputError, match=re.escape(str(path))):
        checkpoints.load(path)


def test_what_a_stored_configuration_asks_for_is_told_with_the_file(
    saved: Path, tmp_path: Path
) -> None:
    with safe_open(saved, framework="pt") as file:
        config = json.loads(file.metadata()["config"])
    for name, value in (("split", "nowhere"), ("algorithm", "inf"), ("device", "toaster")):
        path = rewritten(saved, tmp_path / "x.safetensors", config={**config, name: value})
        point = checkpoints.load(path)
        with pytest.raises(InputError, match=re.escape(str(path))):
            Trainer(point.config, resume_from=point)


def test_a_policy_whose_actions_are_no_numbers_ends_in_a_line(saved: Path, tmp_path: Path) -> None:
    point = checkpoints.load(saved)
    point.tensors["agent/normalizer.var"].fill_(-1.0)
    point.config.total_samples += 64
    trainer = Trainer(point.config, resume_from=point)
    with pytest.raises(TrainingError, match="the policy cannot act in iteration 3: action"):
        trainer.train(tmp_path)


def test_bytes_that_changed_are_told(saved: Path, tmp_path: Path) -> None:
    content = bytearray(saved.read_bytes())
    content[-1000] ^= 1
    (tmp_path / "x.safetensors").write_bytes(content)
    with pytest.raises(InputError, match="is damaged: it holds something else"):
        checkpoints.load(tmp_path / "x.safetensors")


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("policy_optimizer/0/exp_avg", torch.zeros(1), r"of shape \(1,\), here it is"),
        ("value_optimizer/1/exp_avg_sq", -torch.ones(3), "here it is"),
        ("policy_optimizer/99/exp_avg", torch.zeros(1), "which no training writes"),
        ("agent/x", torch.zeros(3), "holds agent/x, which no training like this one writes"),
        ("env/x", torch.zeros(3), "holds env/x, which no training like this one writes"),
        ("policy_optimizer/lr", torch.zeros(2, dtype=torch.float64), "here it is"),
        ("curriculum/losses", torch.zeros(1, dtype=torch.float64), "here it is"),
        ("env/obs", torch.zeros(8, 1), "here it is"),
        ("env/obs", torch.zeros(()), "here it is"),
        ("random/torch", torch.zeros((), dtype=torch.uint8), "here it is"),
        ("env/qpos", torch.zeros(8, 1, dtype=torch.float64), "here it is"),
        ("random/torch", torch.zeros(1, 8, dtype=torch.uint8), "here it is"),
        ("agent/policy.action_mean.bias", torch.zeros(1), "here it is"),
    ],
)
def test_what_does_not_fit_a_training_is_told_before_it_is_followed(
    name: str, value: torch.Tensor, reason: str, saved: Path, tmp_path: Path
) -> None:
    """torch follows an optimiser's moments unchecked, into memory that is not theirs."""
    path = rewritten(saved, tmp_path / "x.safetensors", tensors={name: value})
    point = checkpoints.load(path)
    with pytest.raises(InputError, match=f"x.safetensors: the checkpoint.*{reason}"):
        Trainer(point.config, resume_from=point)


@pytest.mark.parametrize(
    ("record", "name", "value"),
    [
        ("fingerprint", "muscles", 3),
        ("fingerprint", "observation", {"x": [0]}),
        ("fingerprint", "num_actions", None),
        ("progress", "samples", []),
        ("progress", "best", [1]),
        ("progress", "metrics", {"loss": "low"}),
    ],
)
def test_entries_of_records_that_are_none_are_told(
    record: str, name: str, value: object, saved: Path, tmp_path: Path
) -> None:
    with safe_open(saved, framework="pt") as file:
        entries = json.loads(file.metadata()[record])
    changed = {record: {**entries, name: value}}
    path = rewritten(saved, tmp_path / "x.safetensors", **changed)
    with pytest.raises(InputError, match=f"x.safetensors.* its .*{name}"):
        checkpoints.load(path)


def test_a_checkpoint_reads_no_variables_of_its_reader(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "a value of the reader's machine")
    with safe_open(saved, framework="pt") as file:
        config = json.loads(file.metadata()["config"])
    path = rewritten(
        saved, tmp_path / "x.safetensors", config={**config, "motions": "${oc.env:SECRET}"}
    )
    with pytest.raises(InputError, match="setting 'motions' has .*; settings take no variables"):
        checkpoints.load(path)
    with pytest.raises(InputError, match="settings take no variables"):
        load_train_config("quickstart", ["motions=${oc.env:SECRET}"])


def test_checkpoints_can_be_read_by_whom_other_files_can(saved: Path) -> None:
    other = saved.parent.parent / "config.yaml"
    assert saved.stat().st_mode == other.stat().st_mode
