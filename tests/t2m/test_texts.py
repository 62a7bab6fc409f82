"""Sentences to the end: the command line, and policies that follow them."""

from __future__ import annotations

import json
from pathlib import Path

from command_line import refuse, succeed

from kinesis_fast.motions import MotionLibrary


def test_plans_are_shown(tmp_path: Path) -> None:
    out = succeed(tmp_path, "t2m", "walk slowly, then sit", "turn left", "--json", "plans.json")
    assert "walk slow | cannot be done: 'sit'" in out
    figures = json.loads((tmp_path / "plans.json").read_text())
    assert figures["sentences"][1] == {
        "text": "turn left",
        "plan": "turn left 90",
        "left_out": [],
        "refused": [],
    }


def test_motions_are_written(tmp_path: Path) -> None:
    (tmp_path / "said.txt").write_text("walk two steps\n\nturn around\n", encoding="utf-8")
    out = succeed(tmp_path, "t2m", "--file", "said.txt", "--out", "said.h5", "--draws", "2")
    assert "said.h5: 4 clips" in out
    library = MotionLibrary.load(tmp_path / "said.h5")
    assert library.names[0] == "walk two steps #0"


def test_plans_are_drawn(tmp_path: Path) -> None:
    out = succeed(tmp_path, "t2m", "--random", "3", "--seed", "4", "--out", "drawn.h5")
    assert "drawn.h5: 3 clips" in out
    assert {clip.split for clip in MotionLibrary.load(tmp_path / "drawn.h5").clips} == {"train"}
    assert out.startswith("plan: ")
    plans = succeed(tmp_path, "t2m", "--random", "3", "--seed", "4")
    assert [line.split(":")[1] for line in plans.splitlines()] == [
        line.split(":")[1] for line in out.splitlines()[:3]
    ]
    refuse(tmp_path, "random is -1", "t2m", "--random", "-1")


def test_policies_are_judged(tmp_path: Path) -> None:
    (tmp_path / "said.txt").write_text("walk forward, then stop\nsit down\n", encoding="utf-8")
    out = succeed(
        tmp_path, "eval", "shipped", "--texts", "said.txt", "--seed", "0", "--json", "f.json"
    )
    assert "2 sentences, 1 refused" in out
    figures = json.loads((tmp_path / "f.json").read_text())
    assert figures["success_rate"] == 1.0
    assert figures["done_rate"] == 1.0
    refused, done = figures["draws"]
    assert "sit down" in refused["refused"]
    assert done["plan"] == "walk; stand"
    assert done["seconds"] > 5.0


def test_a_sentence_is_drawn(tmp_path: Path) -> None:
    out = succeed(
        tmp_path, "render", "shipped", "--text", "turn left", "--out", "said.png", "--seconds", "2"
    )
    assert "turn left: turn left 90" in out
    assert (tmp_path / "said.png").stat().st_size > 1000


def test_errors_are_one_line(tmp_path: Path) -> None:
    refuse(tmp_path, "no sentence is given", "t2m")
    refuse(tmp_path, "cannot be done: 'sits down'", "t2m", "sits down", "--out", "s.h5")
    refuse(tmp_path, "cannot read the sentences", "t2m", "--file", "none.txt")
    refuse(tmp_path, "cannot read the sentences", "eval", "shipped", "--texts", "none.txt")
    refuse(
        tmp_path,
        "leave out --clip",
        "render",
        "shipped",
        "--text",
        "a",
        "--clip",
        "b",
        "--out",
        "a.png",
    )
    (tmp_path / "empty.txt").write_text("\n", encoding="utf-8")
    refuse(tmp_path, "it has no sentence", "eval", "shipped", "--texts", "empty.txt")
