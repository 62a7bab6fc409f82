"""Importing many files: names, splits, lists, and what is refused."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import mujoco
import numpy as np
import pytest
from command_line import run
from motion_samples import WRITERS, write_amass, write_bvh, write_kinesis, write_opensim

import kinesis_fast as kf
from kinesis_fast import InputError
from kinesis_fast.motions.capture.importing import ImportRequest, ImportResult, import_motions
from kinesis_fast.motions.capture.recording import AnyRecording, JointRecording
from kinesis_fast.motions.capture.retarget import RetargetedMotion, Retargeter
from kinesis_fast.motions.formats import ReadOptions


def run_import(model: mujoco.MjModel, *sources: Path, **request: object) -> ImportResult:
    return import_motions(
        ImportRequest(sources=list(sources), **request),  # type: ignore[arg-type]
        ReadOptions(model),
    )


def kit_tree(folder: Path) -> Path:
    for subject, name in (("3", "walk01"), ("3", "walk02"), ("12", "walk01"), ("12", "turn")):
        place = folder / "KIT" / subject
        place.mkdir(parents=True, exist_ok=True)
        write_amass(place).rename(place / f"{name}_poses.npz")
    return folder / "KIT"


def test_all_formats_in_one_tree(tmp_path: Path, model: mujoco.MjModel) -> None:
    for name, write in WRITERS.items():
        (tmp_path / name).mkdir()
        write(tmp_path / name)
    result = run_import(model, tmp_path)
    assert not result.refused
    assert len(result.clips) == len(WRITERS) + 2  # two files hold two clips each
    assert len({clip.name for clip in result.clips}) == len(result.clips)
    assert result.library is not None
    assert result.library.clips[0].attributes["format"]
    assert result.frames_per_s > 0


def test_one_bad_file_loses_no_other(tmp_path: Path, model: mujoco.MjModel) -> None:
    write_bvh(tmp_path)
    write_opensim(tmp_path)
    (tmp_path / "notes.txt").write_text("no motion")
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04 not really")
    (tmp_path / "empty.trc").write_text("")
    result = run_import(model, tmp_path)
    assert len(result.clips) == 2
    assert result.passed_over == {".txt": 1}
    assert [Path(r.path).name for r in result.refused] == ["broken.npz", "empty.trc"]
    assert "not a readable .npz archive" in result.refused[0].reason


def test_a_fault_of_ours_loses_no_other_file(
    tmp_path: Path, model: mujoco.MjModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_bvh(tmp_path)
    write_opensim(tmp_path)
    whole = Retargeter.retarget

    def faulty(self: Retargeter, recording: AnyRecording, frame_rate: float) -> RetargetedMotion:
        if isinstance(recording, JointRecording):
            raise RuntimeError("a fault")
        return whole(self, recording, frame_rate)

    monkeypatch.setattr(Retargeter, "retarget", faulty)
    result = run_import(model, tmp_path)
    assert len(result.clips) == 1
    assert "RuntimeError('a fault'); please report this" in result.refused[0].reason


def test_lists_name_kit_clips(tmp_path: Path, model: mujoco.MjModel) -> None:
    tree = kit_tree(tmp_path)
    train = ["0-KIT_3_walk02_poses", "0-KIT_12_turn_poses"]
    test = ["0-KIT_12_walk01_poses"]
    result = run_import(
        model,
        tree,
        keys=[*train, *test, "0-KIT_99_fly_poses"],
        splits={"train": train, "test": test},
    )
    assert result.library is not None
    assert set(result.library.names) == {*train, *test}
    assert [clip.split for clip in result.library.clips] == ["train", "train", "test"]
    assert result.keys_not_found == ["0-KIT_99_fly_poses"]
    assert set(result.library.split("train").names) == set(train)


def test_lists_name_clips_of_newer_amass_releases_and_of_kinesis(
    tmp_path: Path, model: mujoco.MjModel
) -> None:
    place = tmp_path / "KIT" / "3"
    place.mkdir(parents=True)
    write_amass(place).rename(place / "walk01_stageii.npz")
    write_kinesis(tmp_path)
    result = run_import(model, place, keys=["0-KIT_3_walk01_poses"])
    assert [clip.name for clip in result.clips] == ["0-KIT_3_walk01_poses"]
    result = run_import(model, tmp_path / "kit.pkl", keys=["0-KIT_3_walk02_poses"])
    assert [clip.name for clip in result.clips] == ["0-KIT_3_walk02_poses"]


def test_clips_of_one_name_stay_apart(tmp_path: Path, model: mujoco.MjModel) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        write_bvh(tmp_path / folder)
    result = run_import(model, tmp_path)
    assert [clip.name for clip in result.clips] == ["a/walk", "b/walk"]


def test_threads_change_nothing(tmp_path: Path, model: mujoco.MjModel) -> None:
    tree = kit_tree(tmp_path)
    one, many = (run_import(model, tree, num_threads=n).library for n in (1, 3))
    assert one is not None and many is not None
    for (name, a), (_, b) in zip(one.arrays.named(), many.arrays.named(), strict=True):
        np.testing.assert_array_equal(a, b, err_msg=name)


def test_import_save_load(tmp_path: Path, model: mujoco.MjModel) -> None:
    library = run_import(model, kit_tree(tmp_path), splits={"test": ["turn_poses"]}).library
    assert library is not None
    library.save(tmp_path / "lib.h5")
    loaded = kf.MotionLibrary.load(tmp_path / "lib.h5")
    assert loaded.clips == library.clips
    for (name, a), (_, b) in zip(library.arrays.named(), loaded.arrays.named(), strict=True):
        np.testing.assert_array_equal(a, b, err_msg=name)


def test_the_sources_own_points_can_be_the_reference(
    tmp_path: Path, model: mujoco.MjModel, gait: kf.MotionLibrary
) -> None:
    library = run_import(model, write_bvh(tmp_path)).library
    assert library is not None
    env = kf.make_vec(num_envs=2, motions=library, reference="source", num_threads=1)
    assert library.arrays.source_pos is not None
    found = env.motions.reference(0, 0.0)["tracked_pos"]
    np.testing.assert_array_equal(found, library.arrays.source_pos[0])
    velocity = (library.arrays.source_pos[2] - library.arrays.source_pos[0]) * 15.0
    np.testing.assert_allclose(env.motions.arrays.tracked_vel[1], velocity, atol=1e-5)
    env.reset(seed=0)
    plain = kf.make_vec(num_envs=2, motions=library, num_threads=1)
    np.testing.assert_array_equal(
        plain.motions.reference(0, 0.0)["tracked_pos"], library.arrays.tracked_pos[0]
    )
    with pytest.raises(InputError, match="reference 'source' needs imported motions"):
        kf.make_vec(motions=gait, reference="source")
    with pytest.raises(InputError, match="did you mean 'source'"):
        kf.make_vec(motions=gait, reference="sauce")


def test_other_models_of_the_family(tmp_path: Path) -> None:
    for name in ("myolegs_abdomen", "myofullbody"):
        other = kf.load_model(name)
        result = run_import(other, write_bvh(tmp_path))
        assert result.library is not None
        result.library.check_model(other)
        assert result.clips[0].mean_error_mm < 5.0
    with pytest.raises(InputError, match="has no capsules to stand on; .* such as myolegs"):
        run_import(kf.load_model("myolegs26"), write_bvh(tmp_path))


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"frame_rate": 0.0}, r"fps is 0; it must be in \[1, 10000\] Hz"),
        ({"frame_rate": float("nan")}, "fps is nan"),
        ({"format": "bhv"}, "unknown format 'bhv'; did you mean 'bvh'"),
        ({"sources": [Path("absent")]}, "motion source 'absent' does not exist"),
    ],
)
def test_bad_requests(
    request_: dict[str, object], message: str, tmp_path: Path, model: mujoco.MjModel
) -> None:
    sources = [write_bvh(tmp_path)]
    with pytest.raises(InputError, match=message):
        import_motions(
            ImportRequest(**{"sources": sources, **request_}),  # type: ignore[arg-type]
            ReadOptions(model),
        )


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(folder, "motions", *arguments)


def test_the_command(tmp_path: Path) -> None:
    tree = kit_tree(tmp_path)
    (tree / "3" / "bad_poses.npz").write_bytes(b"")
    (tmp_path / "train.txt").write_text("0-KIT_3_walk01_poses\n\n# comment\n0-KIT_3_gone_poses\n")
    options = ("--split", "train=train.txt", "--json", "figures.json")
    done = command(tmp_path, "import", "KIT", "--out", "lib.h5", *options)
    assert done.returncode == 0, done.stderr
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert len(figures["clips"]) == 4
    wanted = {"name", "frames", "mean_error_mm", "max_point_error_mm", "floor_penetration_mm"}
    assert {*wanted, "stance_slide_m_s"} <= set(figures["clips"][0])
    assert figures["refused"][0]["path"] == str(Path("KIT/3/bad_poses.npz"))
    assert figures["keys_not_found"] == ["0-KIT_3_gone_poses"]
    assert figures["frames_per_s"] > 0
    assert "0-KIT_3_gone_poses" in done.stdout
    done = command(tmp_path, "info", "lib.h5", "--json", "info.json")
    info = json.loads((tmp_path / "info.json").read_text())
    assert info["splits"] == {"train": 1, "none": 3}
    assert info["clips"][0]["attributes"]["source"] == "3/walk01_poses.npz"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["absent", "--out", "lib.h5"], "motion source 'absent' does not exist"),
        (["walk.bvh", "--out", "lib.npz"], "a library's suffix is .h5 or .hdf5"),
        (["walk.bvh", "--out", "no/lib.h5"], "folder 'no' for the library does not exist"),
        (["walk.bvh", "--out", "lib.h5", "--fps", "0"], "fps is 0"),
        (["walk.bvh", "--out", "lib.h5", "--keys", "no.txt"], "list of names 'no.txt' does not"),
        (["walk.bvh", "--out", "lib.h5", "--split", "train"], "write train=A.txt,test=B.txt"),
        (["walk.bvh", "--out", "lib.h5", "--keys", "other.txt"], "none of the listed clips"),
        (["bad.npz", "--out", "lib.h5"], "nothing was imported: 'bad.npz' is not a readable"),
        (["other.txt", "--out", "lib.h5"], "has no known suffix"),
        (["walk.bvh", "--out", "lib.h5", "--threads", "-1"], "threads is -1"),
        (["walk.bvh", "--out", "lib.h5", "--format", "fbx"], "unknown format 'fbx'"),
    ],
)
def test_bad_commands_are_one_line_and_write_nothing(
    arguments: list[str], message: str, tmp_path: Path
) -> None:
    write_bvh(tmp_path)
    (tmp_path / "other.txt").write_text("other\n")
    (tmp_path / "bad.npz").write_bytes(b"x")
    before = sorted(tmp_path.rglob("*"))
    done = command(tmp_path, "import", *arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert sorted(tmp_path.rglob("*")) == before
