"""Options of a body's condition: the same in every command, told wherever figures are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import TINY, refuse, succeed

from kinesis_fast import InputError
from kinesis_fast.cli.conditions import settings_of
from kinesis_fast.learn import checkpoint as checkpoints
from kinesis_fast.tasks.conditions import ConditionConfig, FatigueConfig, told, untrained
from kinesis_fast.tasks.randomise import RandomiseConfig

WALK = ["--motions", "gait", "--clip", "walk_comfortable_120"]
NOT_TRAINED = "was not trained with muscles as weak"


def test_strengths_from_files_and_options(tmp_path: Path) -> None:
    table, mapping = tmp_path / "her.csv", tmp_path / "her.yaml"
    table.write_text("muscle,share\nsoleus_r,0.25\n\ntibant_r, 0.5\n")
    mapping.write_text("soleus_r: 0.25\ntibant_r: 0.5\n")
    for file in (table, mapping):
        found = settings_of(["soleus_r=0.75", "gasmed=1"], file, 10.0, ["torso=5"])
        assert found == {
            "weakness": {"soleus_r": 0.75, "tibant_r": 0.5, "gasmed": 1.0},
            "fatigue": {"speed": 10.0},
            "added_mass": {"torso": 5.0},
        }
    table.write_text("soleus_r,0.25\n")  # no heading
    assert settings_of(None, table, None, None) == {"weakness": {"soleus_r": 0.25}}
    assert settings_of(None, None, None, None) == {}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "soleus_r\n", "line 1 .* is 'soleus_r'; a muscle and its share are needed"),
        ("a.csv", "x,y\nsoleus_r,half\n", "has 'half' for 'soleus_r'; a share"),
        ("a.yaml", "soleus_r: [1]\n", r"has \[1\] for 'soleus_r'; a share"),
        ("a.yaml", "- soleus_r\n", "holds no keys and values"),
        ("a.txt", "", "must be a .yaml or a .csv file"),
    ],
)
def test_strengths_that_are_none(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=message):
        settings_of(None, tmp_path / name, None, None)


def test_words_for_a_condition_and_what_was_not_trained() -> None:
    asked = ConditionConfig(
        {"soleus_r": 0.5, "tibant": 0.0}, FatigueConfig(10.0), {"torso": 5.0}, 0.5
    )
    assert told(ConditionConfig()) == ""
    assert told(asked) == (
        "strength soleus_r 50 %, tibant 0 %; muscles tire 10 times as fast as people's; "
        "torso carries 5 kg; 0.5 times the friction"
    )
    every = ["muscles as weak", "muscles that tire as fast", "such loads", "such friction"]
    assert untrained(asked, ConditionConfig(), RandomiseConfig()) == every
    drawn = RandomiseConfig(strength=[0.0, 1.0], added_mass=[0.0, 9.0], friction=[0.4, 1.2])
    assert untrained(asked, ConditionConfig(fatigue=FatigueConfig(20.0)), drawn) == []
    assert untrained(asked, asked, RandomiseConfig()) == []


def test_a_policy_under_a_condition() -> None:
    point = checkpoints.load("shipped")
    assert checkpoints.under(point, {}) == []
    assert checkpoints.under(point, {"weakness": {"soleus_r": 0.5}}) == ["muscles as weak"]
    assert point.config.env.conditions.weakness == {"soleus_r": 0.5}
    with pytest.raises(InputError, match=r"conditions.weakness.soleus_r is 2.0; it must be in"):
        checkpoints.under(point, {"weakness": {"soleus_r": 2.0}})


def test_every_command_takes_it_and_says_so(tmp_path: Path) -> None:
    weak = ["--weaken", "soleus_r=0.5"]
    said = succeed(
        tmp_path, "render", "shipped", *WALK, *weak, "--seconds", "0.2", "--out", "a.png"
    )
    assert "Condition: strength soleus_r 50 %" in said and NOT_TRAINED in said
    short = ["--protocol", "kinesis", "--split", "test", "--json", "e.json"]
    said = succeed(tmp_path, "eval", "shipped", *weak, *short)
    assert "Condition: strength soleus_r 50 %" in said
    figures = json.loads((tmp_path / "e.json").read_text())
    assert figures["condition"] == {"weakness": {"soleus_r": 0.5}}
    drive = ["play", "shipped", "--motions", "gait", "--seconds", "0.2", "--record", "b.png"]
    assert NOT_TRAINED in succeed(tmp_path, *drive, *weak)
    succeed(tmp_path, "train", *TINY, *weak, "--mass", "torso=5", "--out", "run")
    trained = checkpoints.load(tmp_path / "run").config.env.conditions
    assert trained == ConditionConfig({"soleus_r": 0.5}, added_mass={"torso": 5.0})
    said = succeed(tmp_path, "eval", "run", "--protocol", "kinesis", "--split", "test")
    assert "Condition: strength soleus_r 50 %; torso carries 5 kg" in said
    assert "was not trained" not in said


def test_a_film_of_a_policy_that_is_told_how_fast_to_walk(tmp_path: Path) -> None:
    weak = ["--weaken", "soleus_r=0.5", "--seconds", "0.3", "--width", "160", "--height", "120"]
    said = succeed(tmp_path, "render", "shipped_clinic", *weak, "--out", "a.png")
    assert "told to walk at 1.2 m/s" in said and "soleus_r 50 %" in said
    said = succeed(tmp_path, "render", "shipped_guided", "--speed", "0.8", *weak, "--out", "b.gif")
    assert "told to walk at 0.8 m/s" in said and (tmp_path / "b.gif").stat().st_size > 1000
    film = ["render", "shipped_clinic", "--out", "c.png"]
    refuse(tmp_path, "--speed is 9.0; it must be in [0.05, 3]", *film, "--speed", "9")
    refuse(tmp_path, "leave out --text and --clip", *film, "--speed", "1", "--clip", "stand")


def test_what_is_refused(tmp_path: Path) -> None:
    refuse(tmp_path, "--mass takes BODY=KG", "render", "shipped", "--mass", "5", "--out", "a.png")
    refuse(
        tmp_path, "did you mean 'soleus'", "render", "shipped", "--weaken", "solius=0.5",
        "--out", "a.png",
    )  # fmt: skip
    refuse(
        tmp_path, "weakness, fatigue and loads are for policies", "analyze", "report", "prior",
        "--motions", "gait", "--weaken", "soleus=0.5", "--out", "r",
    )  # fmt: skip
