"""``motions prior`` and ``motions loop``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import refuse, succeed

from kinesis_fast.motions import MotionLibrary


def test_prior_is_stored_in_the_library_it_is_of(tmp_path: Path, gait: MotionLibrary) -> None:
    gait.subset(["stand", "walk_slow_060"]).save(tmp_path / "two.h5")
    assert MotionLibrary.load(tmp_path / "two.h5").prior is None
    succeed(tmp_path, "motions", "prior", "two.h5", "--json", "prior.json")
    figures = json.loads((tmp_path / "prior.json").read_text())
    assert [clip["name"] for clip in figures["clips"]] == ["stand", "walk_slow_060"]
    assert all(clip["worst_leg_residual_nm"] < 1.0 for clip in figures["clips"])
    frames = sum(clip.frames for clip in MotionLibrary.load(tmp_path / "two.h5").clips)
    assert figures["frames_per_s"] == pytest.approx(frames / figures["seconds"], rel=0.01)
    prior = MotionLibrary.load(tmp_path / "two.h5").prior
    assert prior is not None and prior.activation.shape[1] == 80


def test_measured_forces(tmp_path: Path, walk_file: Path) -> None:
    forces = walk_file.with_name("walk_grf.mot")
    made = ["--out", "walk.h5", "--json", "prior.json"]
    succeed(tmp_path, "motions", "prior", str(walk_file), "--grf", str(forces), *made)
    clip = json.loads((tmp_path / "prior.json").read_text())["clips"][0]
    assert 600 < clip["mean_vertical_force_n"] < 900


def test_loop(tmp_path: Path) -> None:
    printed = succeed(
        tmp_path, "motions", "loop", "gait", "--clip", "walk_comfortable_120", "--out", "steady.h5",
        "--seconds", "20",
    )  # fmt: skip
    assert "walk_comfortable_120_loop, 20.0 s" in printed
    loop = MotionLibrary.load(tmp_path / "steady.h5")
    assert loop.clips[0].duration == pytest.approx(20.0, abs=0.02)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["motions", "prior", "gait"], "'gait' is no library to store a prior in"),
        (["motions", "prior", "gait", "--out", "prior.txt"], "cannot write 'prior.txt'"),
        (["motions", "prior", "gait", "--out", "no/p.h5"], "folder 'no' for the library"),
        (["motions", "prior", "gait", "--out", "p.h5", "--cutoff", "0"], "cutoff is 0.0"),
        (["motions", "prior", "gait", "--out", "p.h5", "--grf", "x.mot"], "belong to one clip"),
        (["motions", "loop", "gait", "--out", "p.h5", "--clip", "wlak"], "unknown clip 'wlak'"),
        (
            ["motions", "loop", "gait", "--out", "p.h5", "--clip", "run_260", "--start", "9"],
            "both its start and its end",
        ),
        (["motions", "loop", "gait", "--out", "p.h5", "--seconds", "-1"], "-1"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    refuse(tmp_path, message, *arguments)
    assert list(tmp_path.iterdir()) == []
