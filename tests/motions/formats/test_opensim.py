"""OpenSim storage files: real trials, header variants, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import mujoco
import numpy as np
import pytest

from kinesis_fast import InputError
from kinesis_fast.motions import load_motions
from kinesis_fast.motions.formats import opensim

NAMES = (*opensim.PELVIS_ANGLES, *opensim.PELVIS_PLACE, *opensim.REQUIRED_ANGLES)


def storage_text(
    rows: int = 5, header: str = "inDegrees=no\n", names: tuple[str, ...] = NAMES
) -> str:
    lines = ["Coordinates", f"nRows={rows}", header + "endheader", "\t".join(("time", *names))]
    for i in range(rows):
        values = [0.01 * i] + [0.95 if "pelvis_ty" in name else 0.1 for name in names]
        lines.append("\t".join(str(value) for value in values))
    return "\n".join(lines) + "\n"


def test_a_motion_file_is_a_library_of_one_clip(model: mujoco.MjModel, walk_file: Path) -> None:
    library = load_motions(walk_file, model)
    assert library.names == ("walk_coordinates",)
    assert library.duration == pytest.approx(1.349, abs=1 / 30)
    qpos = library.arrays.qpos
    travelled = qpos[-1, :2] - qpos[0, :2]
    # Along x, at the speed of a body whose legs are a tenth shorter than the subject's.
    assert 1.0 < travelled[0] / library.duration < 1.2
    assert abs(travelled[1]) < 0.1


def test_real_walk_is_read_as_it_is(model: mujoco.MjModel, walk_file: Path) -> None:
    table = opensim.read_table(walk_file)
    recording = opensim.read_opensim(walk_file, model)
    assert recording.frame_rate == pytest.approx(1000.0)
    for name in opensim.REQUIRED_ANGLES:
        address = model.jnt_qposadr[model.joint(name).id]
        np.testing.assert_allclose(recording.qpos[:, address], table.columns[name], atol=1e-9)


def test_running_file_is_in_degrees_with_knees_flipped(
    model: mujoco.MjModel, real_data: Path
) -> None:
    path = real_data / "opensim" / "running_ik.mot"
    assert opensim.read_table(path).in_degrees is None
    knee = opensim.read_opensim(path, model).qpos[
        :, model.jnt_qposadr[model.joint("knee_angle_r").id]
    ]
    assert 1.7 < knee.max() < 2.1
    assert knee.min() > 0


def test_header_units_and_path_names(tmp_path: Path, model: mujoco.MjModel) -> None:
    paths = tuple(f"/jointset/some_joint/{name}/value" for name in NAMES)
    results = []
    for i, (header, names) in enumerate(
        [("inDegrees=no\n", NAMES), ("inDegrees=no\n", paths), ("", NAMES)]
    ):
        file = tmp_path / f"{i}.sto"
        file.write_text(storage_text(header=header, names=names))
        results.append(opensim.read_opensim(file, model).qpos)
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])  # silent header, small angles: radians
    degrees = tmp_path / "degrees.sto"
    degrees.write_text(storage_text(header="inDegrees=yes\n"))
    hip = model.jnt_qposadr[model.joint("hip_flexion_r").id]
    found = opensim.read_opensim(degrees, model).qpos[0, hip]
    assert found == pytest.approx(np.deg2rad(0.1), rel=1e-5)


def test_upright_pelvis_maps_to_an_upright_root(tmp_path: Path, model: mujoco.MjModel) -> None:
    file = tmp_path / "zero.sto"
    file.write_text(storage_text().replace("\t0.1", "\t0.0"))
    rotation = np.zeros(9)
    mujoco.mju_quat2Mat(rotation, opensim.read_opensim(file, model).qpos[0, 3:7])
    # The root faces its own -y: along world x, z up.
    np.testing.assert_allclose(rotation.reshape(3, 3) @ [0, -1, 0], [1, 0, 0], atol=1e-6)
    np.testing.assert_allclose(rotation.reshape(3, 3) @ [0, 0, 1], [0, 0, 1], atol=1e-6)


def cut_last_line(text: str) -> str:
    return text.rstrip("\n").rsplit("\n", 1)[0] + "\n"


@pytest.mark.parametrize(
    ("mutate", "message"),
    [
        (lambda t: "", "no 'endheader' line"),
        (lambda t: t.replace("endheader", "end"), "no 'endheader' line"),
        (cut_last_line, "truncated: its header announces 5 rows, it has 4"),
        (lambda t: t[:-30], "data row 5 has .* the file may be truncated"),
        (lambda t: t.replace("0.95", "nan", 1), "pelvis_ty is nan at data row 1"),
        (lambda t: t.replace("0.95", "inf", 1), "pelvis_ty is inf at data row 1"),
        (lambda t: t.replace("0.95", "x", 1), "data row 1: could not convert"),
        (lambda t: t.replace("knee_angle_l", "knee"), r"lacks 1 coordinate\(s\): knee_angle_l"),
        (lambda t: t.replace("time", "frame"), "its first column is 'frame', not 'time'"),
        (lambda t: t.replace("\n0.04", "\n0.0"), "times do not increase"),
        (lambda t: t.replace("\n0.04", "\n1e9"), "spans 1e.09 s; clips may last"),
    ],
)
def test_malformed_files_are_refused(
    tmp_path: Path, model: mujoco.MjModel, mutate: Callable[[str], str], message: str
) -> None:
    file = tmp_path / "motion.sto"
    file.write_text(mutate(storage_text()))
    with pytest.raises(InputError, match=message):
        opensim.read_opensim(file, model)


def test_binary_files_are_refused(tmp_path: Path, model: mujoco.MjModel) -> None:
    file = tmp_path / "motion.sto"
    file.write_bytes(b"\xff\xfe\x00\x80" * 50)
    with pytest.raises(InputError, match="is not text"):
        opensim.read_opensim(file, model)
