"""Scripts, recordings and the command."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import refuse, succeed

from kinesis_fast.errors import InputError
from kinesis_fast.learn.checkpoint import load
from kinesis_fast.play import PlaySession, read_script
from kinesis_fast.play.recording import play_script
from kinesis_fast.play.script import ScriptEntry


def test_a_script_is_done_in_time(tmp_path: Path) -> None:
    path = tmp_path / "walk.yaml"
    path.write_text(
        "- {time: 0.2, speed: 0.8, direction: 90}\n"
        "- {time: 0.4, facing: 10, push: [50, 0, 0.1]}\n"
        "- {time: 0.6, speed: 0}\n"
    )
    session = PlaySession(load("shipped"), motions="gait")
    seen = list(play_script(session, read_script(path), 0.8))
    assert len(seen) == 24
    commanded = [(s.commanded_speed, s.commanded_direction, s.commanded_facing) for s in seen]
    assert commanded[5] == (0.0, 0.0, 0.0)
    assert commanded[6] == (0.8, 90.0, 90.0)
    assert commanded[12] == (0.8, 90.0, 10.0)
    assert commanded[18] == (0.0, 90.0, 10.0)
    assert [s.pushed for s in seen[11:16]] == [False, True, True, False, False]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a list of entries"),
        ("time: 1", "a list of entries"),
        ("- 3", "entry 1: 3"),
        ("- {speed: 1}", "no time"),
        ("- {time: 1, sped: 1}", "did you mean 'speed'"),
        ("- {time: 1, speed: fast}", "speed is 'fast'"),
        ("- {time: 1, goal: [1]}", "goal is"),
        ("- {time: 1, push: 3}", "push is"),
        ("- {time: 2}\n- {time: 1}", "entry 2: time 1"),
        ("- {time: [}", "cannot read"),
        ("- {time: .nan, speed: 1}", "time is nan"),
        ("- {time: -1, speed: 1}", "time is -1"),
        ("- {time: 0, direction: 10000000000000000000000000000}", "direction is"),
        ("- {time: 0, text: sit down}", "entry 1: 'sit down': cannot be done"),
    ],
)
def test_bad_scripts(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=message.replace("[", r"\[")):
        read_script(path)


def test_entries_after_the_end_are_refused() -> None:
    session = PlaySession(load("shipped"), motions="gait")
    with pytest.raises(InputError, match="last entry is at 9 s, after the end at 1 s"):
        next(play_script(session, [ScriptEntry(9.0, speed=1.0)], 1.0))
    assert len(list(play_script(session, [], 0.001))) == 1


def test_the_command_records(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("- {time: 0.1, speed: 0.5, direction: 0}\n")
    arguments = ["play", "shipped", "--motions", "gait", "--script", "s.yaml", "--seconds", "0.4"]
    said = succeed(tmp_path, *arguments, "--record", "out.mp4")
    assert "never fell" in said
    assert (tmp_path / "out.mp4").stat().st_size > 1000
    assert (tmp_path / "out.png").stat().st_size > 1000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--task", "fly", "--record", "a.mp4"], "task"),
        (["--record", "a.txt"], "suffixes"),
        (["--port", "70000"], "port is 70000"),
        (["--weaken", "soleus"], "MUSCLE=SHARE"),
        (["--script", "none.yaml"], "cannot read the script"),
        (["--token", "x" * 20], "--token is for other interfaces"),
    ],
)
def test_the_command_refuses(tmp_path: Path, arguments: list[str], message: str) -> None:
    refuse(tmp_path, message, "play", "shipped", "--motions", "gait", *arguments)
