"""The command line: figures on success, one line and status 2 on bad input, nothing written."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command_line import TINY, refuse, run, succeed

from kinesis_fast.motions import MotionLibrary


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli")
    done = run(folder, "train", *TINY, "--out", "trained", "--json", "train.json")
    assert done.returncode == 0, done.stderr
    assert "Training on 23 clips (176 s; left out: 11 of split test)" in " ".join(
        done.stdout.split()
    )
    return folder


def test_train_writes_a_run_and_figures(trained: Path) -> None:
    figures = json.loads((trained / "train.json").read_text())
    assert figures["run"] == "trained" and figures["samples"] == 64
    names = {path.name for path in (trained / "trained").iterdir()}
    assert names == {"config.yaml", "metrics.jsonl", "checkpoints", "run.lock"}


def test_train_resumes_in_its_run_folder(trained: Path) -> None:
    done = run(trained, "train", "--resume", "trained", "total_samples=128")
    assert done.returncode == 0, done.stderr
    lines = (trained / "trained" / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["samples"] for line in lines] == [32, 64, 96, 128]


def test_train_refuses_a_used_folder(trained: Path) -> None:
    done = run(trained, "train", *TINY, "--out", "trained")
    assert done.returncode == 2
    assert "go on with it: --resume trained" in done.stderr


def test_eval_reports_figures(trained: Path) -> None:
    done = run(trained, "eval", "trained", "--episodes", "8", "--json", "eval.json")
    assert done.returncode == 0, done.stderr
    figures = json.loads((trained / "eval.json").read_text())
    assert {"episode_length", "success_rate", "frame_coverage", "mpjpe_mm", "clips"} <= set(figures)
    assert "KINESIS protocol" in done.stdout


def test_train_on_a_real_trial(trained: Path, walk_file: Path) -> None:
    done = run(trained, "train", *TINY, "--motions", str(walk_file), "--out", "real")
    assert done.returncode == 0, done.stderr
    done = run(trained, "eval", "real", "--episodes", "4")
    assert "walk_coordinates" in done.stdout


def test_negative_mining_is_one_command_that_goes_on(tmp_path: Path) -> None:
    recipe = ["train", "--recipe", "negative-mining", *TINY, "--out", "mined"]
    clips = ["--clip", "run_260", "--clip", "walk_fast_175"]
    done = run(tmp_path, *recipe, *clips, "mining.experts=2", "--json", "mined.json")
    assert done.returncode == 0, done.stderr
    stages = json.loads((tmp_path / "mined.json").read_text())["stages"]
    assert [stage["name"] for stage in stages] == ["expert_0", "expert_1", "gate"]
    assert "expert_1: training on" in done.stdout and "eval mined" in done.stdout

    again = run(tmp_path, *recipe)
    assert again.returncode == 2 and "go on with it: --resume mined" in again.stderr
    goes_on = run(tmp_path, "train", "--resume", "mined")
    assert goes_on.returncode == 0 and "training on" not in goes_on.stdout  # all is done
    assert run(tmp_path, "eval", "mined", "--protocol", "kinesis").returncode == 0


def test_motions_info(tmp_path: Path) -> None:
    done = run(tmp_path, "motions", "info", "gait", "--json", "info.json")
    assert done.returncode == 0, done.stderr
    figures = json.loads((tmp_path / "info.json").read_text())
    assert figures["num_clips"] >= 20 and figures["seconds"] >= 180
    assert set(figures["splits"]) == {"train", "test"}


@pytest.fixture
def bad_files(tmp_path: Path, gait: MotionLibrary) -> Path:
    gait.subset(["stand"]).save(tmp_path / "good.h5")
    whole = (tmp_path / "good.h5").read_bytes()
    (tmp_path / "cut.h5").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "cut.sto").write_text("Coordinates\nnRows=3\nendheader\ntime\tpelvis_tilt\n0\t0\n")
    import h5py

    (tmp_path / "nan.h5").write_bytes(whole)
    with h5py.File(tmp_path / "nan.h5", "r+") as file:
        file["qpos"][3, 9] = np.nan
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "--motions", "absent.sto"], "'absent.sto' does not exist"),
        (["train", "--motions", "cut.sto"], "is truncated"),
        (["train", "--motions", "cut.h5"], "not a readable motion library"),
        (["train", "--motions", "nan.h5"], "not finite at its frame 3"),
        (["train", "--motions", "good.h5", "--clip", "stnd"], "did you mean 'stand'"),
        (["train", "--preset", "wlak"], "unknown preset 'wlak'; did you mean 'walk'"),
        (["train", "num_env=4"], "unknown setting 'num_env'; did you mean 'num_envs'"),
        (["train", "--recipe", "negativ-mining"], "did you mean 'negative-mining'"),
        (
            ["train", "--recipe", "negative-mining", "--init-from", "shipped"],
            "begins from nothing; leave out --init-from",
        ),
        (["train", "freeze_normalizer=true"], "for a run that begins from another: --init-from"),
        (["train", "mining.target=2"], "mining.target is 2.0; it must be in [0, 1]"),
        (["train", "num_envs=-4"], "num_envs is -4; it must be in [1, 1000000]"),
        (["train", "--num-envs", "-4"], "num_envs is -4; it must be in [1, 1000000]"),
        (["train", "num_envs=0"], "num_envs is 0; it must be in [1, 1000000]"),
        (["train", "device=gpu"], "device 'gpu' cannot be used"),
        (["train", "--resume", "absent"], "'absent' does not exist"),
        (["train", "--json", "no/where.json"], "folder 'no' for the figures does not exist"),
        (["eval", "absent"], "'absent' does not exist"),
        (["eval", "good.h5"], "is a motion library, no checkpoint"),
        (["render", "absent", "--out", "x.avi"], "known suffixes: .mp4, .gif, .png"),
        (["motions", "info", "gate"], "unknown motions 'gate'; did you mean 'gait'"),
        (["motions", "preview", "gait", "--clip", "stnd"], "unknown clip 'stnd'"),
        (["bench", "--num-envs", "-1"], "num_envs is -1; it must be in [1, 100000]"),
        (["trian"], "trian"),
        (["train", "--presett", "walk"], "--presett"),
    ],
)
def test_bad_input_is_one_line_with_status_2_and_writes_nothing(
    bad_files: Path, arguments: list[str], message: str
) -> None:
    before = sorted(bad_files.rglob("*"))
    refuse(bad_files, message, *arguments)
    assert sorted(bad_files.rglob("*")) == before


def test_eval_on_motions_of_another_model_is_refused(trained: Path) -> None:
    done = run(trained, "train", "--resume", "trained", "env.model=myolegs_abdomen")
    assert done.returncode == 2
    assert "another model" in done.stderr


def test_names_from_files_are_printed_as_text(still_library: MotionLibrary, tmp_path: Path) -> None:
    """Neither as markup of the display nor as what steers a terminal."""
    names = ["walk[/b]", "[red]stop", "\x1b[31mred\nnew line"]
    clips = [replace(still_library.clips[0], name=name) for name in names]
    arrays = still_library.arrays.rows(np.tile(np.arange(31), 3))
    like = still_library
    library = MotionLibrary(
        clips, arrays, like.joint_names, like.tracked_bodies, like.quaternion_addresses
    )
    library.save(tmp_path / "names.h5")
    shown = succeed(tmp_path, "motions", "info", "names.h5")
    assert "walk[/b]" in shown and "[red]stop" in shown
    assert r"\x1b[31mred\nnew line" in shown and "\x1b" not in shown
    shown = succeed(tmp_path, "train", *TINY, "--out", "runs_[/x]")
    assert "run folder runs_[/x]" in shown and "kinesis-fast eval runs_[/x]" in shown
    refuse(tmp_path, r"unknown clip 'walk[/c]\x1b'", "train", "--clip", "walk[/c]\x1b")


def test_more_motions_from_one(tmp_path: Path, walk_file: Path) -> None:
    more = ["--speeds", "1.1", "--turns=-10,10"]
    said = succeed(tmp_path, "motions", "augment", str(walk_file), "--out", "more.h5", *more)
    assert "1 clip, and 4 made of them" in said
    said = succeed(tmp_path, "motions", "merge", "more.h5", "gait", "--out", "all.h5")
    assert "39 clips" in said and "without muscle prior" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["augment", "gait", "--out", "x.h5", "--speeds", "fast"], "write numbers as 0.9,1.1"),
        (["augment", "gait", "--out", "x.h5", "--speeds", "9"], "speed 9 is outside [0.7, 1.4]"),
        (["merge", "gait", "gait", "--out", "x.h5"], "two libraries are called 'gait'"),
        (["fetch", "open-motion", "--out", "x.h5"], "unknown data set 'open-motion'"),
        (
            ["fetch", "open-locomotion", "--out", "x.h5", "--mirror", "http://127.0.0.1:9"],
            "run the command again to go on, or name a copy with --mirror",
        ),
    ],
)
def test_motions_that_cannot_be_made(tmp_path: Path, arguments: list[str], message: str) -> None:
    refuse(tmp_path, message, "motions", *arguments)


def test_what_would_overwrite_what_is_read_is_refused(tmp_path: Path) -> None:
    succeed(tmp_path, "t2m", "walk 1 m", "--out", "a.h5")
    before = (tmp_path / "a.h5").read_bytes()
    for command in (["augment", "a.h5"], ["loop", "a.h5"], ["merge", "a.h5", "gait"]):
        refuse(tmp_path, "'a.h5' is read from", "motions", *command, "--out", "./a.h5")
    assert (tmp_path / "a.h5").read_bytes() == before


def test_places_that_cannot_be_written_are_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "folder.h5").mkdir()
    refuse(tmp_path, "is a folder", "motions", "augment", "gait", "--out", "folder.h5")
    refuse(tmp_path, "is a folder", "t2m", "walk", "--json", "folder.h5")


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("walk at 9 m/s", "9 m/s; it must be in"),
        ("walk 5000 m", "5000 m; it must be in"),
        ("turn left 0 degrees", "0 degrees; it must be in"),
        ("sit down", "cannot be done: 'sit down'"),
    ],
)
def test_what_cannot_be_done_is_refused_with_and_without_a_library(
    tmp_path: Path, sentence: str, reason: str
) -> None:
    refuse(tmp_path, reason, "t2m", sentence)
    refuse(tmp_path, reason, "t2m", sentence, "--out", "a.h5")


def test_seeds_are_whole_numbers_from_0(tmp_path: Path) -> None:
    refuse(tmp_path, "seed is -4", "t2m", "walk", "--seed", "-4", "--out", "a.h5")
    refuse(tmp_path, "seed is -1", "motions", "augment", "gait", "--seed", "-1", "--out", "a.h5")
