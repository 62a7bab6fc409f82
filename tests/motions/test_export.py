"""Files of other programs hold the motion: read back by our readers, and by plain parsing."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import mujoco
import numpy as np
import pytest

from kinesis_fast.body import load_model
from kinesis_fast.errors import InputError
from kinesis_fast.motions import MotionLibrary, load_motions
from kinesis_fast.motions.capture.recording import POINTS
from kinesis_fast.motions.export import FORMATS, export_clips
from kinesis_fast.motions.export.motion import Motion
from kinesis_fast.motions.formats.bvh import read_bvh
from kinesis_fast.motions.formats.opensim import read_opensim
from kinesis_fast.motions.formats.trc import read_markers
from kinesis_fast.rotations import matrix_from_quat

CLIP = "walk_comfortable"
BODIES = {"knee": "tibia", "ankle": "talus", "hip": "femur", "toe": "toes"}


@pytest.fixture(scope="module")
def library(model: mujoco.MjModel) -> MotionLibrary:
    return load_motions("gait", model)


@pytest.fixture(scope="module")
def motion(library: MotionLibrary, model: mujoco.MjModel) -> Motion:
    return Motion.of(library, library.choose(), model)


def written(library: MotionLibrary, model: mujoco.MjModel, kind: str, folder: Path) -> Path:
    name = library.clips[library.choose()].name
    return export_clips(library, model, [kind], folder, [name])[0]


@pytest.mark.parametrize("kind", ["mot", "sto"])
def test_opensims_coordinates_are_read_back(
    kind: str, library: MotionLibrary, motion: Motion, model: mujoco.MjModel, tmp_path: Path
) -> None:
    found = read_opensim(written(library, model, kind, tmp_path), model)
    assert found.frame_rate == pytest.approx(motion.frame_rate)
    turns = matrix_from_quat(found.qpos[:, 3:7]) - matrix_from_quat(motion.qpos[:, 3:7])
    assert np.abs(turns).max() < 1e-5
    np.testing.assert_allclose(found.qpos[:, :3], motion.qpos[:, :3], atol=1e-5)
    np.testing.assert_allclose(found.qpos[:, 7:], motion.qpos[:, 7:], atol=1e-5)


def test_biovisions_joints_lie_where_the_bodies_do(
    library: MotionLibrary, motion: Motion, model: mujoco.MjModel, tmp_path: Path
) -> None:
    """Knees that slide among them: within a thousandth of a millimetre, up to the heading."""
    found = read_bvh(written(library, model, "bvh", tmp_path))
    for side in "rl":
        for part, body in BODIES.items():
            place = found.points[:, POINTS.index(f"{part}_{side}")]
            np.testing.assert_allclose(place, motion.place(f"{body}_{side}"), atol=1e-5)
    assert found.rest.leg_line is not None
    assert np.abs(found.rest.leg_line).max() < np.deg2rad(2.0)


def test_markers_are_the_joints_centres(
    library: MotionLibrary, motion: Motion, model: mujoco.MjModel, tmp_path: Path
) -> None:
    markers, rate, _ = read_markers(written(library, model, "trc", tmp_path))
    assert rate == pytest.approx(motion.frame_rate)
    x, y, z = (motion.place("tibia_r")[:, k] for k in range(3))
    np.testing.assert_allclose(markers["knee_r"], np.stack([x, z, -y], axis=1), atol=1e-6)


def test_values_have_every_joint(
    library: MotionLibrary, motion: Motion, model: mujoco.MjModel, tmp_path: Path
) -> None:
    path = written(library, model, "csv", tmp_path)
    names = path.read_text().splitlines()[0].split(",")
    values = np.loadtxt(path, delimiter=",", skiprows=1)
    np.testing.assert_allclose(values[:, 1:], motion.qpos, atol=1e-7)
    assert names[names.index("knee_angle_r")] == "knee_angle_r"
    assert values[1, 0] - values[0, 0] == pytest.approx(1.0 / motion.frame_rate, rel=1e-6)


def test_a_scene_moves_the_bodies_and_their_bones(
    library: MotionLibrary, motion: Motion, tmp_path: Path
) -> None:
    """Parsed as the glTF 2.0 specification has it: the tibia's path, and triangles of its bone."""
    raw = written(library, load_model(strip=False), "glb", tmp_path).read_bytes()
    magic, version, size = struct.unpack_from("<4sII", raw)
    assert (magic, version, size) == (b"glTF", 2, len(raw))
    length, kind = struct.unpack_from("<I4s", raw, 12)
    assert kind == b"JSON"
    scene = json.loads(raw[20 : 20 + length])
    binary = raw[20 + length + 8 :]

    def accessor(number: int) -> np.ndarray:
        entry = scene["accessors"][number]
        view = scene["bufferViews"][entry["bufferView"]]
        columns = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}[entry["type"]]
        kind = np.float32 if entry["componentType"] == 5126 else np.uint32
        values = np.frombuffer(binary, kind, entry["count"] * columns, view["byteOffset"])
        assert values.min() == pytest.approx(np.min(entry["min"]))
        return values.reshape(entry["count"], columns)

    number = [node["name"] for node in scene["nodes"]].index("tibia_r")
    (animation,) = scene["animations"]
    for channel in animation["channels"]:
        if channel["target"] == {"node": number, "path": "translation"}:
            path = accessor(animation["samplers"][channel["sampler"]]["output"])
    np.testing.assert_allclose(path, motion.place("tibia_r"), atol=1e-6)
    primitive = scene["meshes"][scene["nodes"][number]["mesh"]]["primitives"][0]
    vertices = accessor(primitive["attributes"]["POSITION"])
    faces = accessor(primitive["indices"])
    assert faces.max() < len(vertices)
    assert 0.3 < np.ptp(vertices, axis=0).max() < 0.6  # a tibia's length, m
    assert scene["buffers"][0]["byteLength"] == len(binary)


def test_names_stay_names(library: MotionLibrary, model: mujoco.MjModel, tmp_path: Path) -> None:
    clip = library.clips[0]
    rows = slice(0, clip.frames)
    qpos = np.array(library.arrays.qpos[rows], dtype=np.float64)
    names = ["../../a", "..", "a/b", "a\\b", "CON\n"]
    made = MotionLibrary.from_qpos(
        model,
        [(type(clip)(name, clip.frames, clip.frame_rate), qpos) for name in names[:4]],
        library.tracked_bodies,
    )
    paths = export_clips(made, model, ["csv"], tmp_path / "out")
    assert len({path.name for path in paths}) == 4
    assert all(path.parent == tmp_path / "out" and path.is_file() for path in paths)


def test_what_is_not_known_is_told(
    library: MotionLibrary, model: mujoco.MjModel, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="format 'mott' is not known; did you mean 'mot'"):
        export_clips(library, model, ["mott"], tmp_path)
    with pytest.raises(InputError, match="unknown clip"):
        export_clips(library, model, list(FORMATS), tmp_path, ["nobody"])
