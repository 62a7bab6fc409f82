"""What is kept is what would be made, and is made again wherever it cannot be trusted."""

from __future__ import annotations

from pathlib import Path

import mujoco
import numpy as np
import pytest

from kinesis_fast import cache
from kinesis_fast.body import load_model
from kinesis_fast.body.compose import model_bytes
from kinesis_fast.errors import InputError
from kinesis_fast.motions import load_motions
from kinesis_fast.motions.prior.default import with_prior


class Maker:
    """Makes one text, and counts how often."""

    def __init__(self, text: str = "made") -> None:
        self.text = text
        self.count = 0

    def __call__(self) -> str:
        self.count += 1
        return self.text

    def kept(self, *inputs: str) -> str:
        return cache.kept("text", inputs, self, str.encode, read)


def read(data: bytes) -> str:
    text = data.decode()
    if text == "nonsense":
        raise InputError("makes no sense")
    return text


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_it_is_made_once_for_the_same_inputs(place: Path) -> None:
    make = Maker()
    assert [make.kept("a"), make.kept("a")] == ["made", "made"]
    assert make.count == 1
    assert make.kept("b") == "made" and make.kept("a", "") == "made"
    assert make.count == 3
    assert len(list(place.iterdir())) == 3


def test_other_code_makes_it_again(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make = Maker()
    make.kept("a")
    monkeypatch.setattr(cache, "code_digest", lambda: "of other code")
    make.kept("a")
    assert make.count == 2


@pytest.mark.parametrize("content", [b"", b"x" * 10, b"x" * 100])
def test_a_damaged_entry_is_made_again(content: bytes, place: Path) -> None:
    make = Maker()
    make.kept("a")
    (entry,) = place.iterdir()
    whole = entry.read_bytes()
    for damaged in (content, whole[:-1], whole[:-1] + b"x"):
        entry.write_bytes(damaged)
        assert make.kept("a") == "made"
        assert entry.read_bytes() == whole
    assert make.count == 4


def test_what_its_reader_refuses_is_made_again(place: Path) -> None:
    Maker("nonsense").kept("a")
    make = Maker()
    assert make.kept("a") == "made"
    assert make.count == 1


def test_a_folder_that_cannot_be_written_costs_time_alone(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.write_text("a file lies where the folder should")
    make = Maker()
    assert [make.kept("a"), make.kept("a")] == ["made", "made"]
    monkeypatch.setenv(cache.VARIABLE, "")
    assert make.kept("a") == "made"
    assert make.count == 3
    assert place.is_file()


def test_the_folder_stays_within_its_size(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "LARGEST_FOLDER", 3 * (32 + 4))
    make = Maker()
    for name in "abcde":
        make.kept(name)
    assert len(list(place.iterdir())) == 3
    monkeypatch.setattr(cache, "LARGEST_ENTRY", 3)
    make.kept("f")
    assert len(list(place.iterdir())) == 3


def test_models_motions_and_priors_are_the_same_from_the_cache(place: Path) -> None:
    first = load_model()
    again = load_model()
    assert model_bytes(first) == model_bytes(again)
    assert {path.name.split("-")[0] for path in place.iterdir()} == {"model"}
    data = mujoco.MjData(again)
    mujoco.mj_step(again, data)

    made = load_motions("gait", first)
    kept = load_motions("gait", again)
    assert made.clips == kept.clips and made.joint_names == kept.joint_names
    for (name, one), (_, other) in zip(made.arrays.named(), kept.arrays.named(), strict=True):
        np.testing.assert_array_equal(one, other, err_msg=name)

    few = made.subset(["stand", "walk_slow_060"])
    priors = [with_prior(few, first).prior for _ in range(2)]
    assert priors[0] is not None and priors[1] is not None
    for (name, one), (_, other) in zip(priors[0].named(), priors[1].named(), strict=True):
        np.testing.assert_array_equal(one, other, err_msg=name)
    kinds = [path.name.split("-")[0] for path in place.iterdir()]
    assert sorted(kinds) == ["gait", "model", "prior"]
