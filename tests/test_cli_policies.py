"""``eval``, ``export``, ``analyze emg`` and ``train --init-from``, on a policy of few samples."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import TINY, refuse, run, succeed

JOINT = [*TINY, "env.control_mode=joint"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("policies")
    succeed(folder, "train", *JOINT, "--out", "trained")
    return folder


def test_eval_by_the_kinesis_protocol(trained: Path) -> None:
    (trained / "worst").mkdir()
    printed = succeed(
        trained, "eval", "trained", "--protocol", "kinesis", "--split", "test", "--starts", "4",
        "--seconds", "1", "--render-worst", "1", "--render-to", "worst", "--json", "figures.json",
    )  # fmt: skip
    figures = json.loads((trained / "figures.json").read_text())
    for result in (figures, figures["strict"]):
        for figure, each in (("success_rate", "success"), ("frame_coverage", "frame_coverage")):
            of_clips = [clip[each] for clip in result["clips"]]
            assert result[figure] == pytest.approx(sum(of_clips) / len(of_clips))
        assert 0 < result["mpjpe_mm"] < 1000
    assert len(figures["clips"]) == len(figures["strict"]["clips"]) > 5
    assert figures["starts"]["starts"] == 4 and figures["starts"]["seconds"] == 1.0
    assert "episode_length" not in figures
    assert all(clip["name"] in printed for clip in figures["clips"])
    assert [path.suffix for path in (trained / "worst").iterdir()] == [".png"]


def test_exported_policies_are_small_and_the_same(trained: Path) -> None:
    succeed(trained, "export", "trained", "--out", "small.safetensors")
    mpjpe = []
    for name in ("trained", "small.safetensors"):
        said = succeed(
            trained, "eval", name, "--protocol", "kinesis", "--split", "test", "--json", "e.json"
        )
        assert f"Next: kinesis-fast eval {name} --split test --render-worst 3" in said
        mpjpe.append(json.loads((trained / "e.json").read_text())["mpjpe_mm"])
    assert mpjpe[0] == mpjpe[1]


def test_muscle_activity_beside_emg(trained: Path, walk_file: Path) -> None:
    loop = ["--start", "0.05", "--end", "1.19", "--seconds", "4"]
    succeed(trained, "motions", "loop", str(walk_file), "--out", "walk.h5", *loop)
    emg = str(walk_file.with_name("walk_emg.sto"))
    motions = ["--motions", "walk.h5"]
    made = ["--starts", "4", "--json", "emg.json"]
    succeed(trained, "analyze", "emg", "trained", "--emg", emg, *motions, *made)
    figures = json.loads((trained / "emg.json").read_text())
    assert figures["prior"]["50_ms"]["mean_r"] > 0.65
    assert figures["prior"]["50_ms"]["mean_r"] > figures["prior"]["50_ms"]["null95"]
    assert figures["policy"]["0_ms"]["r"].keys() == figures["prior"]["0_ms"]["r"].keys()
    assert len(figures["policy"]["0_ms"]["r"]) == 10
    done = run(trained, "analyze", "emg", "trained", "--emg", str(walk_file), *motions)
    assert done.returncode == 2 and "has no known channel" in done.stderr


def test_a_run_begins_with_anothers_weights(trained: Path) -> None:
    both = ["train", *TINY, "env.control_mode=joint_residual", "--init-from", "trained"]
    assert "64" in succeed(trained, *both, "--out", "both")
    done = run(trained, *both, "--resume", "trained")
    assert done.returncode == 2 and "give one of them" in done.stderr


def test_what_a_policy_sees_is_inherited(tmp_path: Path) -> None:
    settings = [*JOINT, "env.preview=[4, 8]", "env.joint.free_frequency=30"]
    succeed(tmp_path, "train", *settings, "--out", "first")
    succeed(tmp_path, "train", *JOINT, "--init-from", "first", "--out", "second")
    config = (tmp_path / "second" / "config.yaml").read_text()
    assert "free_frequency: 30" in config
    assert config.split("preview:")[1].split()[:4] == ["-", "4", "-", "8"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["eval", "trained", "--protocol", "kinesi"], "did you mean 'kinesis'"),
        (["eval", "trained", "--starts", "-1"], "starts is -1; it must be in [0, 100000]"),
        (["eval", "trained", "--starts", "1", "--seconds", "99"], "no clip lasts longer than 99 s"),
        (["eval", "trained", "--render-worst", "1", "--render-to", "no"], "'no' for the pictures"),
        (["eval", "trained", "--goals", "9"], "or --task reach --protocol ring, not for clips"),
        (["eval", "trained", "--pushes", "--split", "test"], "not for pushes (--pushes): leave it"),
        (["eval", "trained", "--protocol", "errors", "--starts", "3"], "--starts is for clips"),
        (["export", "trained", "--out", "x.pt"], "name a .safetensors or .onnx file"),
        (["export", "trained", "--out", "x.safetensors", "--motions", "nope.h5"], "nope.h5"),
        (["analyze", "emg", "trained", "--emg", "no.sto"], "'no.sto'"),
        (["analyze", "emg", "trained", "--emg", "no.sto", "--side", "b"], "must be r or l"),
        (["demo", "--out", "x.avi"], "known suffixes: .mp4, .gif"),
    ],
)
def test_bad_input_is_one_line_with_status_2(
    trained: Path, arguments: list[str], message: str
) -> None:
    refuse(trained, message, *arguments)
