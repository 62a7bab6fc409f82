"""Files whose contents contradict themselves, or their format: read as they are, or refused.

None of them may become a motion that nobody recorded.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import motion_samples
import mujoco
import numpy as np
import pytest

from kinesis_fast.errors import InputError
from kinesis_fast.motions import formats
from kinesis_fast.motions.capture.importing import ImportRequest, import_motions
from kinesis_fast.motions.capture.recording import POINTS, AnyRecording, Recording

Change = Callable[[str], str]


def read(path: Path, model: mujoco.MjModel, **options: object) -> AnyRecording:
    return formats.read(path, "auto", formats.ReadOptions(model, **options))[0]


def changed(path: Path, change: Change) -> Path:
    path.write_text(change(path.read_text()))
    return path


def trc_rows(change: Callable[[int, list[str]], list[str]]) -> Change:
    """Change the cells of every row of a marker file."""

    def apply(text: str) -> str:
        lines = text.splitlines()
        first = next(i for i, line in enumerate(lines) if line.split("\t")[0] == "1")
        rows = [change(i, line.split("\t")) for i, line in enumerate(lines[first:])]
        return "\n".join([*lines[:first], *("\t".join(row) for row in rows)]) + "\n"

    return apply


def at_time(cells: list[str], time: float) -> list[str]:
    return [cells[0], f"{time:.5f}", *cells[2:]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            trc_rows(lambda i, cells: at_time(cells, 0.01 * i)),
            "its DataRate is 20 Hz, its times are 100 Hz",
        ),
        (
            trc_rows(lambda i, cells: at_time(cells, 0.05 * i + (5.0 if i > 10 else 0.0))),
            "its times leave out 5.05 s after frame 11",
        ),
        (trc_rows(lambda i, cells: at_time(cells, -0.05 * i)), "its times do not increase"),
    ],
)
def test_marker_files_keep_to_their_times(
    change: Change, message: str, tmp_path: Path, model: mujoco.MjModel
) -> None:
    path = changed(motion_samples.write_trc(tmp_path), change)
    with pytest.raises(InputError, match=message):
        read(path, model)


def z_up(_: int, cells: list[str]) -> list[str]:
    """Turn a row's markers from y up to z up: (x, y, z) to (x, -z, y)."""
    turned = cells[:2]
    for k in range(2, len(cells) - 2, 3):
        x, y, z = cells[k : k + 3]
        turned += [x, f"{-float(z)}" if z.strip() else z, y]
    return turned


def test_marker_files_with_z_up_stand_too(tmp_path: Path, model: mujoco.MjModel) -> None:
    path = motion_samples.write_trc(tmp_path)
    before = read(path, model)
    after = read(changed(path, trc_rows(z_up)), model)
    assert isinstance(before, Recording) and isinstance(after, Recording)
    up = POINTS.index("pelvis")
    np.testing.assert_allclose(after.points[:, up, 2], before.points[:, up, 2], atol=1e-5)
    for a, b in (("hip_r", "ankle_l"), ("pelvis", "toe_r")):
        np.testing.assert_allclose(after.distance(a, b), before.distance(a, b), atol=1e-5)


def test_humanml3d_with_z_up_is_refused(tmp_path: Path, model: mujoco.MjModel) -> None:
    path = tmp_path / "walk.npy"
    np.save(path, motion_samples.joints22()[:, :, [0, 2, 1]] * [1, -1, 1])
    with pytest.raises(InputError, match="its hips are not over its feet along the axis"):
        read(path, model)


def amc_frames(order: list[int]) -> Change:
    """Keep these frames of a motion, in this order, with the numbers that they had."""

    def apply(text: str) -> str:
        lines = text.splitlines()
        starts = [i for i, line in enumerate(lines) if line.strip().isdigit()]
        ends = [*starts[1:], len(lines)]
        kept = [line for f in order for line in lines[starts[f] : ends[f]]]
        return "\n".join([*lines[: starts[0]], *kept]) + "\n"

    return apply


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ([0, 1, 2, 8, 9, 10], "frame 9 follows frame 3"),
        ([5, 4, 3, 2, 1, 0], "frame 5 follows frame 6"),
        ([0, 0, 1, 2, 3], "frame 1 follows frame 1"),
    ],
)
def test_acclaim_frames_are_complete_and_in_order(
    order: list[int], message: str, tmp_path: Path, model: mujoco.MjModel
) -> None:
    path = changed(motion_samples.write_acclaim(tmp_path), amc_frames(order))
    with pytest.raises(InputError, match=message):
        read(path, model)


def test_acclaim_may_begin_at_any_frame(tmp_path: Path, model: mujoco.MjModel) -> None:
    path = changed(motion_samples.write_acclaim(tmp_path), amc_frames(list(range(4, 20))))
    found = read(path, model)
    assert isinstance(found, Recording) and len(found.points) == 16


def test_acclaim_in_radians(tmp_path: Path, model: mujoco.MjModel) -> None:
    path = motion_samples.write_acclaim(tmp_path)
    before = read(path, model)

    def in_radians(text: str) -> str:
        lines = []
        for line in text.replace(":DEGREES", ":RADIANS").splitlines():
            words = line.split()
            if len(words) == 4:
                words[1:] = [f"{np.deg2rad(float(word)):.9f}" for word in words[1:]]
            lines.append(" ".join(words))
        return "\n".join(lines) + "\n"

    after = read(changed(path, in_radians), model)
    assert isinstance(before, Recording) and isinstance(after, Recording)
    np.testing.assert_allclose(after.points, before.points, atol=1e-6)


def storage(change: Callable[[dict[str, np.ndarray]], None], path: Path) -> Path:
    frames = motion_samples.FRAMES
    values = {"time": np.arange(frames) / 20.0, **motion_samples.opensim_columns()}
    change(values)
    labels = list(values)
    count = len(values["time"])
    rows = "\n".join("\t".join(f"{values[n][i]:.8g}" for n in labels) for i in range(count))
    head = f"walk\nversion=1\nnRows={len(values['time'])}\ninDegrees=no\nendheader\n"
    path.write_text(head + "\t".join(labels) + "\n" + rows + "\n")
    return path


def scale(factor: float, *names: str) -> Callable[[dict[str, np.ndarray]], None]:
    def apply(values: dict[str, np.ndarray]) -> None:
        for name in names or [n for n in values if n != "time" and "pelvis" not in n]:
            values[name] = values[name] * factor

    return apply


def leave_out(values: dict[str, np.ndarray]) -> None:
    for name in values:
        values[name] = np.delete(values[name], slice(6, 20))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (leave_out, "its times leave out .* after frame 6"),
        (scale(1000.0, "time"), "its frames are .* are the times in milliseconds"),
        (
            scale(1000.0, "pelvis_tx", "pelvis_ty", "pelvis_tz"),
            "pelvis_t. reaches .* are the places in millimetres",
        ),
        (scale(1e4), "reaches .* rad; no joint turns so far"),
    ],
)
def test_opensim_times_and_units(
    change: Callable[[dict[str, np.ndarray]], None],
    message: str,
    tmp_path: Path,
    model: mujoco.MjModel,
) -> None:
    with pytest.raises(InputError, match=message):
        read(storage(change, tmp_path / "walk.mot"), model)


def test_opensim_columns_are_named_once(tmp_path: Path, model: mujoco.MjModel) -> None:
    path = storage(lambda values: None, tmp_path / "walk.mot")
    path.write_text(path.read_text().replace("ankle_angle_l", "hip_flexion_r"))
    with pytest.raises(InputError, match="has 'hip_flexion_r' in 2 columns"):
        read(path, model)


def test_a_pickle_that_holds_one_list_without_end_is_read_at_once(
    tmp_path: Path, model: mujoco.MjModel
) -> None:
    value: object = [0.0] * 10
    for _ in range(18):
        value = [value] * 10
    path = tmp_path / "laughs.pkl"
    path.write_bytes(pickle.dumps({"a": {"pose_aa": value}}))
    with pytest.raises(InputError):
        read(path, model)


@pytest.mark.parametrize(
    ("dtype", "shape", "message"),
    [("|V0", (5,), "take no bytes"), ("|S0", (0, 2**63 - 1), "take no bytes")],
)
def test_numpy_values_of_no_size(
    dtype: str, shape: tuple[int, ...], message: str, tmp_path: Path, model: mujoco.MjModel
) -> None:
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    path = tmp_path / "walk.npy"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    with pytest.raises(InputError, match=message):
        read(path, model)


def test_an_array_too_large_as_numbers_is_refused_before_it_is_read(
    tmp_path: Path, model: mujoco.MjModel
) -> None:
    """A file that decompresses to 2 GiB of bytes takes 16 GiB as numbers."""
    path = motion_samples.write_amass(tmp_path)
    count = (1 << 28) + 1

    def announce(_: bytes) -> bytes:
        text = f"{{'descr': '|i1', 'fortran_order': False, 'shape': ({count},), }}\n".encode()
        return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(count)

    motion_samples.rezip(path, announce, 0)
    with pytest.raises(InputError, match=f"holds {count} values; at most"):
        read(path, model)


def test_names_that_are_no_utf8_lose_no_import(tmp_path: Path, model: mujoco.MjModel) -> None:
    motion_samples.write_opensim(tmp_path)
    (tmp_path / "good.sto").write_bytes((tmp_path / "walk.sto").read_bytes())
    bad = Path(str(tmp_path) + "/bad\udcff\udcfe.sto")
    bad.write_bytes((tmp_path / "walk.sto").read_bytes())
    found = import_motions(ImportRequest([tmp_path]), formats.ReadOptions(model))
    assert found.library is not None and not found.refused
    assert set(found.library.names) == {"walk", "good", r"bad\xff\xfe"}
    found.library.save(tmp_path / "library.h5")
    assert type(found.library).load(tmp_path / "library.h5").names == found.library.names


@pytest.mark.parametrize("name", ["a\0", "a\ud800", "a\x1b[31m\n", "n" * 100_000])
def test_clip_names_of_any_kind_can_be_stored(
    name: str, tmp_path: Path, model: mujoco.MjModel
) -> None:
    aa = np.concatenate([motion_samples.poses().reshape(-1, 66), np.zeros((24, 6))], axis=1)
    clip = {"pose_aa": aa, "trans_orig": motion_samples.places(), "fps": 20, "gender": "neutral"}
    path = tmp_path / "kit.pkl"
    path.write_bytes(pickle.dumps({"a": clip, name: clip}))
    found = import_motions(ImportRequest([path]), formats.ReadOptions(model))
    assert found.library is not None and len(found.library.clips) == 2
    assert all(each.isprintable() and len(each) <= 500 for each in found.library.names)
    found.library.save(tmp_path / "library.h5")
    assert type(found.library).load(tmp_path / "library.h5").names == found.library.names


def mirrored(points: np.ndarray) -> np.ndarray:
    """Give every point to the other side."""
    names = [name.replace("_r", "_?").replace("_l", "_r").replace("_?", "_l") for name in POINTS]
    return points[:, [POINTS.index(name) for name in names]]


def test_what_no_person_does_is_marked_and_refused_where_asked(
    tmp_path: Path, model: mujoco.MjModel
) -> None:
    good = motion_samples.write_opensim(tmp_path)
    joints = motion_samples.joints22()
    joints[8:16, 5] = [0.0, -9.0, 0.0]  # a joint that was lost, as some programs write it
    np.save(tmp_path / "lost.npy", joints)
    fast = motion_samples.joints22()
    fast += 2.0 * np.arange(len(fast))[:, None, None] * [0, 0, 1]
    np.save(tmp_path / "fast.npy", fast.astype(np.float32))
    options = formats.ReadOptions(model)
    found = import_motions(ImportRequest([tmp_path]), options)
    suspect = {clip.name: clip.suspect for clip in found.clips if clip.suspect}
    assert set(suspect) == {"lost", "fast"}
    assert any("off the model's" in text for text in suspect["lost"])
    assert any("it moves at 4" in text for text in suspect["fast"])
    strict = import_motions(ImportRequest([tmp_path], strict=True), options)
    assert [clip.name for clip in strict.clips] == [good.stem]
    assert all("is suspect" in refusal.reason for refusal in strict.refused)


RIGS = {
    "reallusion": ("CC_Base_", {"hip": "Thigh", "knee": "Calf", "ankle": "Foot", "toe": "ToeBase"}),
    "mixamo": ("mixamorig:", {"hip": "UpLeg", "knee": "Leg", "ankle": "Foot", "toe": "ToeBase"}),
    "rokoko": ("", {"hip": "Thigh", "knee": "Shin", "ankle": "Foot", "toe": "Toe"}),
    "rigify": ("DEF-", {"hip": "thigh", "knee": "shin", "ankle": "foot", "toe": "toe"}),
}


def rename(path: Path, rig: str) -> dict[str, str]:
    """Give a BVH file's leg joints another program's names."""
    prefix, parts = RIGS[rig]
    names = {}
    for side, long in (("r", "Right"), ("l", "Left")):
        for part, name in parts.items():
            names[f"{part}_{side}"] = {
                "reallusion": f"{prefix}{side.upper()}_{name}",
                "mixamo": f"{prefix}{long}{name}",
                "rokoko": f"{long}{name}",
                "rigify": f"{prefix}{name}.{side.upper()}",
            }[rig]
    lines = path.read_text().splitlines()
    for i, line in enumerate(lines):
        words = line.split()
        for point, name in motion_samples.BVH_NAMES.items():
            if words == ["JOINT", f"mixamorig:{name}"] and point in names:
                lines[i] = f"JOINT {names[point]}"
    path.write_text("\n".join(lines) + "\n")
    return names


@pytest.mark.parametrize("rig", RIGS)
def test_joints_of_common_rigs_are_known(rig: str, tmp_path: Path, model: mujoco.MjModel) -> None:
    path = motion_samples.write_bvh(tmp_path)
    before = read(path, model)
    names = rename(path, rig)
    assert any(name in path.read_text() for name in names.values())
    after = read(path, model)
    assert isinstance(before, Recording) and isinstance(after, Recording)
    np.testing.assert_array_equal(after.points, before.points)


def test_a_joint_map_names_what_is_not_known(tmp_path: Path, model: mujoco.MjModel) -> None:
    from kinesis_fast.motions.formats.joint_names import read_joint_map

    path = motion_samples.write_bvh(tmp_path)
    before = read(path, model)
    text = path.read_text()
    names = {"knee_r": "Knubbel rechts", "toe_l": "Zeh"}
    for point, name in names.items():
        text = text.replace(f"mixamorig:{motion_samples.BVH_NAMES[point]}\n", f"{name}\n")
    path.write_text(text)
    with pytest.raises(InputError, match="no joint known as knee_r .* name it with --joint-map"):
        read(path, model)
    file = tmp_path / "map.yaml"
    file.write_text("knee_r: Knubbel rechts\ntoe_l: Zeh\n")
    after = read(path, model, joint_map=read_joint_map(file))
    assert isinstance(before, Recording) and isinstance(after, Recording)
    np.testing.assert_array_equal(after.points, before.points)
    for content, message in (
        ("knee_x: a\n", "unknown keypoint 'knee_x'; did you mean 'knee_"),
        ("- a\n", "has no lines like"),
        ("knee_r: 3\n", "knee_r is 3, no name"),
        ("{", "joint map"),
    ):
        file.write_text(content)
        with pytest.raises(InputError, match=message):
            read_joint_map(file)
    with pytest.raises(InputError, match="has no joint 'Kn', which the joint map gives for knee_r"):
        read(path, model, joint_map={"knee_r": "Kn"})
