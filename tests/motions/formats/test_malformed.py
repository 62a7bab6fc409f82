"""Files that are broken, absurd or hostile: one clear error each, and nothing else happens."""

from __future__ import annotations

import random
import struct
import time
from collections.abc import Callable
from pathlib import Path

import mujoco
import numpy as np
import pytest
from motion_samples import (
    FRAMES,
    WRITERS,
    poses,
    rezip,
    write_acclaim,
    write_amass,
    write_bvh,
    write_opensim,
    write_results,
    write_trc,
)

from kinesis_fast.errors import InputError
from kinesis_fast.motions import MotionLibrary, formats, load_motions
from kinesis_fast.motions.capture.recording import AnyRecording, Recording

MUTANTS = 2000
FEW_MUTANTS = 200
"""Without --full."""
LONGEST = 5.0
"""s, that one file may take."""

WORDS = (
    *("nan", "inf", "-inf", "1e999", "-1", "0", "1e-300", "99999999999999999999", "1e300", "0x10"),
    *(";", "}", "{", "é", "3", "1,5", "endheader", "begin", "end", "MOTION", "JOINT", "CHANNELS"),
    *("rx", "root", ":root", "time"),
)


def read(path: Path, model: mujoco.MjModel) -> list[AnyRecording]:
    return list(formats.read(path, "auto", formats.ReadOptions(model)))


def mutate_bytes(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8))):
        if not out:
            return bytes(out)
        # Half of all changes near the start, where headers are.
        at = rng.randrange(min(len(out), 400)) if rng.random() < 0.5 else rng.randrange(len(out))
        kind = rng.randrange(7)
        if kind == 0:
            out[at] = rng.randrange(256)
        elif kind == 1:
            out[at] ^= 1 << rng.randrange(8)
        elif kind == 2:
            del out[at : at + rng.choice((1, 4, 64, 4096))]
        elif kind == 3:
            out[at:at] = bytes(rng.randrange(256) for _ in range(rng.choice((1, 4, 16))))
        elif kind == 4:
            out = out[:at]
        elif kind == 5:
            wild = rng.choice((float("nan"), float("inf"), 1e300, -1e30, 0.0))
            out[at : at + 8] = struct.pack("<d", wild)
        else:
            out[at : at + 4] = struct.pack("<I", rng.choice((0, 1, 0xFFFFFFFF, 0x7FFFFFFF)))
    return bytes(out)


def mutate_text(data: bytes, rng: random.Random) -> bytes:
    lines = data.decode().split("\n")
    for _ in range(rng.choice((1, 1, 2, 5))):
        at = rng.randrange(len(lines))
        kind = rng.randrange(7)
        if kind < 3:
            separator = next((mark for mark in "\t," if mark in lines[at]), " ")
            words = lines[at].split(separator)
            words[rng.randrange(len(words))] = rng.choice(WORDS)
            lines[at] = separator.join(words)
        elif kind == 3:
            del lines[at]
            lines = lines or [""]
        elif kind == 4:
            lines.insert(rng.randrange(len(lines)), lines[at])
        elif kind == 5:
            lines = lines[: at + 1]
        else:
            return mutate_bytes("\n".join(lines).encode(), rng)
    return "\n".join(lines).encode()


def test_every_format_has_a_sample() -> None:
    assert not set(formats.FORMATS) - set(WRITERS)


@pytest.mark.parametrize("name", WRITERS)
def test_mutated_files_never_do_harm(
    name: str, tmp_path: Path, model: mujoco.MjModel, full: bool
) -> None:
    mutants = MUTANTS if full else FEW_MUTANTS
    if name == "c3d":  # a process each
        mutants //= 20
    path = WRITERS[name](tmp_path)
    targets = [path, tmp_path / "walk.asf"] if name == "acclaim" else [path]
    originals = [target.read_bytes() for target in targets]
    text = all(data.isascii() for data in originals)
    rng = random.Random(20)
    accepted = 0
    for number in range(mutants):
        which = number % len(targets)
        change = mutate_text if text else mutate_bytes
        if path.suffix == ".npz" and number % 2:
            rezip(path, lambda data: mutate_bytes(data, rng), number // 2)
        else:
            targets[which].write_bytes(change(originals[which], rng))
        began = time.monotonic()
        try:
            recordings = read(path, model)
        except InputError as error:
            assert str(error)
        else:
            accepted += 1
            for recording in recordings:
                values = recording.points if isinstance(recording, Recording) else recording.qpos
                assert np.isfinite(values).all()
        assert time.monotonic() - began < LONGEST
        targets[which].write_bytes(originals[which])
    # Some changes are harmless, many are not: otherwise nothing was tried.
    assert 0 < accepted < mutants


def test_mutated_libraries_never_do_harm(tmp_path: Path, model: mujoco.MjModel, full: bool) -> None:
    mutants = MUTANTS if full else FEW_MUTANTS
    path = tmp_path / "library.h5"
    load_motions(WRITERS["bvh"](tmp_path), model).save(path)
    original = path.read_bytes()
    rng = random.Random(20)
    accepted = 0
    for _ in range(mutants):
        path.write_bytes(mutate_bytes(original, rng))
        began = time.monotonic()
        try:
            library = MotionLibrary.load(path)
        except InputError as error:
            assert str(error)
        else:
            accepted += 1
            assert all(np.isfinite(array).all() for _, array in library.arrays.named())
        assert time.monotonic() - began < LONGEST
    assert 0 < accepted < mutants


class Runs:
    """Unpickling this touches a file."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return (Path.touch, (self.mark,))


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".pkl"])
def test_pickles_run_nothing(suffix: str, tmp_path: Path, model: mujoco.MjModel) -> None:
    import pickle

    mark = tmp_path / "ran"
    path = tmp_path / f"evil{suffix}"
    if suffix == ".npy":
        np.save(path, {"motion": Runs(mark)}, allow_pickle=True)  # type: ignore[arg-type]
    elif suffix == ".npz":
        np.savez(path, poses=np.array([Runs(mark)], dtype=object), trans=np.zeros((2, 3)))
    else:
        path.write_bytes(pickle.dumps({"0-KIT_3_walk_poses": Runs(mark)}))
    with pytest.raises(InputError, match="could run code"):
        read(path, model)
    assert not mark.exists()


AMASS_CASES = {
    "shape": ({"poses": np.zeros((FRAMES, 10))}, r"'poses' has shape \(24, 10\)"),
    "no place": ({"trans": None}, "lacks 'trans'"),
    "other lengths": ({"trans": np.zeros((5, 3))}, r"'trans' has shape \(5, 3\); \(24, 3\)"),
    "nan": ({"trans": np.full((FRAMES, 3), np.nan)}, "the place is not finite in frame 0"),
    "one frame": ({"poses": np.zeros((1, 156)), "trans": np.zeros((1, 3))}, "1 frame; a motion"),
    "no frame": ({"poses": np.zeros((0, 156)), "trans": np.zeros((0, 3))}, "0 frames; a motion"),
    "rate 0": ({"mocap_framerate": 0.0}, r"frame rate 0 Hz; it must be in \[1, 10000\] Hz"),
    "rate 1e9": ({"mocap_framerate": 1e9}, "frame rate 1e"),
    "rate nan": ({"mocap_framerate": np.nan}, "frame rate nan"),
    "no rate": ({"mocap_framerate": None}, "lacks 'mocap_frame_rate'"),
    "text": ({"poses": np.array(["walk"])}, "not real numbers"),
    "complex": ({"trans": np.zeros((FRAMES, 3), complex)}, "not real numbers"),
    "turns": ({"poses": np.full((FRAMES, 156), 1e6)}, "turns by more than 1000 rad"),
}


@pytest.mark.parametrize("case", AMASS_CASES)
def test_absurd_amass_files(case: str, tmp_path: Path, model: mujoco.MjModel) -> None:
    changes, message = AMASS_CASES[case]
    with pytest.raises(InputError, match=message):
        read(write_amass(tmp_path, **changes), model)


def test_a_body_model_that_is_none(tmp_path: Path, model: mujoco.MjModel) -> None:
    path = write_amass(tmp_path)
    for name, message in (("absent.npz", "does not exist"), ("body.pkl", "must be an .npz file")):
        options = formats.ReadOptions(model, body_model=tmp_path / name)
        with pytest.raises(InputError, match=message):
            formats.read(path, "auto", options)
    np.savez(tmp_path / "odd.npz", v_template=np.zeros((9, 3)), shapedirs=np.zeros((9, 3, 2)))
    with pytest.raises(InputError, match="lacks v_template, shapedirs or J_regressor"):
        formats.read(path, "auto", formats.ReadOptions(model, body_model=tmp_path / "odd.npz"))


def test_a_body_model_gives_its_own_lengths(tmp_path: Path, model: mujoco.MjModel) -> None:
    # One vertex a joint; the regressor picks it; the first coefficient lengthens the shanks.
    rest = np.zeros((12, 3))
    order = ["hip_l", "hip_r", "spine", "knee_l", "knee_r", "ankle_l", "ankle_r", "toe_l", "toe_r"]
    from kinesis_fast.motions.formats import smpl_body

    for name in order:
        parent = smpl_body.JOINTS[smpl_body.PARENTS[name]]
        offset = np.array(smpl_body.OFFSETS[name])[[1, 2, 0]]
        rest[smpl_body.JOINTS[name]] = rest[parent] + offset
    shapes = np.zeros((12, 3, 1))
    shapes[[7, 8, 10, 11], 1, 0] = -0.1
    np.savez(tmp_path / "b.npz", v_template=rest, shapedirs=shapes, J_regressor=np.eye(12))
    path = write_amass(tmp_path, betas=np.array([1.0]))
    own = formats.read(path, "auto", formats.ReadOptions(model, body_model=tmp_path / "b.npz"))[0]
    mean = read(path, model)[0]
    assert isinstance(own, Recording) and isinstance(mean, Recording)
    longer = own.distance("knee_r", "ankle_r") - mean.distance("knee_r", "ankle_r")
    np.testing.assert_allclose(longer, 0.1, atol=1e-3)


NPY_CASES = {
    "empty": (b"", "lacks numpy's magic number"),
    "header of 1 GB": (
        b"\x93NUMPY\x02\x00" + struct.pack("<I", 1 << 30) + b"{" * 100,
        "header of 1073741824 bytes",
    ),
    "huge array": (
        b"\x93NUMPY\x01\x00v\x00"
        + b"{'descr': '<f8', 'fortran_order': False, 'shape': (10000000000000, 22, 3), }".ljust(
            118
        ),
        "is truncated: an array of shape",
    ),
    "code in the header": (
        b"\x93NUMPY\x01\x00v\x00" + b"__import__('os').getcwd()".ljust(118),
        "no readable numpy header",
    ),
    "structured": (
        b"\x93NUMPY\x01\x00v\x00"
        + b"{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (2,), }".ljust(118),
        "no readable numpy header",
    ),
}


@pytest.mark.parametrize("case", NPY_CASES)
def test_absurd_numpy_files(case: str, tmp_path: Path, model: mujoco.MjModel) -> None:
    data, message = NPY_CASES[case]
    path = tmp_path / "walk.npy"
    path.write_bytes(data)
    with pytest.raises(InputError, match=message):
        read(path, model)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lengths": np.array([FRAMES, 999])}, "sample 1 has length 999 of 24 frames"),
        ({"lengths": np.array([FRAMES, 0])}, "sample 1 has length 0"),
        ({"lengths": np.array([1, FRAMES])}, "sample 0: 1 frame; a motion needs at least 2"),
        ({"lengths": np.array([3])}, "'lengths' must be 2 whole numbers"),
        ({"motion": np.zeros((2, 263, 1, 9))}, r"'motion' has shape \(2, 263, 1, 9\)"),
        ({"motion": np.full((1, 22, 3, 9), np.nan), "lengths": np.array([9])}, "not finite"),
        ({"motion": "walk"}, "is no array"),
    ],
)
def test_absurd_results(
    changes: dict[str, object], message: str, tmp_path: Path, model: mujoco.MjModel
) -> None:
    with pytest.raises(InputError, match=message):
        read(write_results(tmp_path, **changes), model)


Writer = Callable[[Path], Path]
TEXT_CASES: list[tuple[Writer, str, str, str]] = [
    (write_opensim, "nRows=24", "nRows=25", "announces 25 rows, it has 24"),
    (write_opensim, "endheader", "end header", "no 'endheader' line"),
    (write_opensim, "pelvis_ty", "pelvis_y", "lacks 1 coordinate"),
    (write_opensim, "0.930000", "nan", "pelvis_ty is nan at data row 1"),
    (write_opensim, "0.930000", "wide", "could not convert"),
    (write_opensim, "0.930000", "1e6", "pelvis_ty reaches 1e"),
    (write_trc, "mm", "furlongs", "unit 'furlongs' is not one of"),
    (write_trc, "20\t20\t24", "20\t20\t90", "announces 90 frames and has 24"),
    (write_trc, "20\t20\t24", "0\t20\t24", "frame rate 0 Hz"),
    (write_trc, "R.Heel", "R.Hoof", r"lacks 1 marker\(s\): heel_r"),
    (write_bvh, "Frames: 24", "Frames: 99", "announces 99 frames and has 24"),
    (write_bvh, "Frame Time: 0.05", "Frame Time: 0", "frame time 0 s"),
    (write_bvh, "MOTION", "", "not understood|no MOTION"),
    (write_bvh, "LeftUpLeg", "Wing", "has no joint known as hip_l"),
    (write_acclaim, "\n2\n", "\nltibia 1 2 3\n2\n", "frame 1 has 3 values for 'ltibia'"),
    (write_acclaim, "lfemur", "lwing", "moves a bone 'lwing' that its skeleton lacks"),
]


@pytest.mark.parametrize(("write", "old", "new", "message"), TEXT_CASES)
def test_absurd_text_files(
    write: Writer, old: str, new: str, message: str, tmp_path: Path, model: mujoco.MjModel
) -> None:
    path = write(tmp_path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(InputError, match=message):
        read(path, model)


def test_acclaim_needs_its_skeleton(tmp_path: Path, model: mujoco.MjModel) -> None:
    path = write_acclaim(tmp_path)
    (tmp_path / "walk.asf").unlink()
    with pytest.raises(InputError, match="needs its skeleton, an .asf file, in the same folder"):
        read(path, model)


def test_turns_that_are_no_unit_matter_not(tmp_path: Path, model: mujoco.MjModel) -> None:
    """Whole turns more in a rotation vector are the same pose."""
    vectors = poses()
    angle = np.linalg.norm(vectors, axis=-1, keepdims=True)
    some = angle > 1e-6
    more = np.where(some, vectors * (angle + 2 * np.pi) / np.maximum(angle, 1e-6), vectors)
    wide = np.concatenate([more.reshape(FRAMES, 66), np.zeros((FRAMES, 90))], axis=1)
    same = read(write_amass(tmp_path, poses=wide), model)[0]
    plain = read(write_amass(tmp_path), model)[0]
    assert isinstance(same, Recording) and isinstance(plain, Recording)
    np.testing.assert_allclose(same.points, plain.points, atol=1e-9)
