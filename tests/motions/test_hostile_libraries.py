"""Libraries that somebody made to do harm, or that went wrong: refused, whatever is in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import mujoco
import numpy as np
import pytest

import kinesis_fast as kf
from kinesis_fast.errors import InputError
from kinesis_fast.motions import MotionLibrary, load_motions
from kinesis_fast.motions.prior.default import with_prior

Change = Callable[[h5py.File], None]


def replace(name: str, values: object) -> Change:
    def change(file: h5py.File) -> None:
        del file[name]
        file.create_dataset(name, data=values)

    return change


def set_addresses(*addresses: int) -> Change:
    def change(file: h5py.File) -> None:
        file.attrs["quaternion_addresses"] = list(addresses)

    return change


def write_into(name: str, place: tuple[int, ...] | slice, value: float) -> Change:
    def change(file: h5py.File) -> None:
        file[name][place] = value

    return change


def columns(name: str, count: int) -> Change:
    def change(file: h5py.File) -> None:
        rows = len(file[name])
        replace(name, np.zeros((rows, count), np.float32))(file)

    return change


def track(file: h5py.File) -> None:
    names = list(file.attrs["tracked_bodies"])
    file.attrs["tracked_bodies"] = np.array([b"tibia_x", *names[1:]], dtype="S32")


@pytest.fixture
def saved(still_library: MotionLibrary, tmp_path: Path) -> Path:
    path = tmp_path / "library.h5"
    still_library.save(path)
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        *(
            (set_addresses(address), "quaternion")
            for address in (5 * 10**8, -5 * 10**8, 2**31 - 1, 2**31 + 5, 10**6, -100_000, 34, 2)
        ),
        (set_addresses(), "quaternions at"),
        (set_addresses(3, 4), "quaternion"),
        (replace("frames", np.array([2**62, 2**62], np.int64)), "frames at 30.0 Hz; 1 to 47"),
        (replace("frames", np.array([46, 2], np.int64)), "48 frames together, the arrays 47"),
        (replace("frames", np.array([48, -1], np.int64)), "frames at 30.0 Hz; 1 to 47"),
        (write_into("qpos", (slice(3, 9), slice(3, 7)), 0.0), "quaternion that is not of length 1"),
        (write_into("qpos", (3, 0), 1e9), "has a value in qpos beyond 100000 at its frame 3"),
        (write_into("qvel", (3, 0), 1e30), "has a value in qvel beyond"),
        (write_into("tracked_vel", (3, 0, 0), np.nan), "that is not finite at its frame 3"),
        (columns("qvel", 5), "has 5 joint velocities a frame; this model has nv = 34"),
        (columns("qvel", 102), "has 102 joint velocities a frame"),
        (columns("qvel", 0), "has 0 joint velocities a frame"),
        (track, "tracks body 'tibia_x', which this model lacks; did you mean 'tibia_"),
        (replace("name", np.array([b"a" * 2**20, b"b"])), "clip names take 1048576 bytes each"),
        (replace("name", np.array([b"a" * 501, b"b"])), "has 501 characters"),
    ],
)
def test_what_does_not_fit_is_refused(
    change: Change, message: str, saved: Path, model: mujoco.MjModel
) -> None:
    with h5py.File(saved, "r+") as file:
        change(file)
    with pytest.raises(InputError, match=message):
        kf.make_vec(motions=saved)


@pytest.mark.parametrize("name", ["activation", "torque"])
def test_a_prior_out_of_range_is_refused(name: str, saved: Path, model: mujoco.MjModel) -> None:
    with_prior(load_motions(saved, model), model).save(saved)
    with h5py.File(saved, "r+") as file:
        file[f"muscle_prior/{name}"][2, 0] = 1e8
    with pytest.raises(InputError, match=f"{name}.* at its frame 2"):
        MotionLibrary.load(saved)


def test_values_of_other_files_are_not_read(saved: Path, tmp_path: Path) -> None:
    """HDF5 can take a dataset from any file that the reader may read."""
    secret = tmp_path / "secret.txt"
    secret.write_bytes(b"the content of another file".ljust(2 * 16))
    other = tmp_path / "other.h5"
    with h5py.File(other, "w") as file:
        file["name"] = np.array([b"theirs", b"too"])
    original = saved.read_bytes()

    def outside(file: h5py.File) -> None:
        file.create_dataset("name", (2,), "S16", external=[(str(secret), 0, 32)])

    def linked(file: h5py.File) -> None:
        file["name"] = h5py.ExternalLink(str(other), "/name")

    def virtual(file: h5py.File) -> None:
        layout = h5py.VirtualLayout((2,), "S6")
        layout[:] = h5py.VirtualSource(str(other), "name", (2,))
        file.create_virtual_dataset("name", layout)

    def soft(file: h5py.File) -> None:
        file["name"] = h5py.SoftLink("/split")

    def group(file: h5py.File) -> None:
        file.create_group("name")

    def texts(file: h5py.File) -> None:
        file["name"] = np.array(["a", "b"], dtype=h5py.string_dtype())

    for change, message in (
        (outside, "takes its values from another file"),
        (linked, "is a link to elsewhere"),
        (virtual, "takes its values from another file"),
        (soft, "is a link to elsewhere"),
        (group, "is no dataset"),
        (texts, "values of no fixed size"),
    ):
        saved.write_bytes(original)
        with h5py.File(saved, "r+") as file:
            del file["name"]
            change(file)
        with pytest.raises(InputError, match=message):
            MotionLibrary.load(saved)


def test_a_prior_of_another_file_is_not_read(saved: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.h5"
    with h5py.File(other, "w") as file:
        file.create_group("muscle_prior")
    with h5py.File(saved, "r+") as file:
        file["muscle_prior"] = h5py.ExternalLink(str(other), "/muscle_prior")
    with pytest.raises(InputError, match="is a link to elsewhere"):
        MotionLibrary.load(saved)


def test_times_and_clips_of_a_reference_are_numbers(still_library: MotionLibrary) -> None:
    with pytest.raises(InputError, match="is not finite"):
        still_library.reference(0, np.nan)
    with pytest.raises(InputError, match="clip numbers and times"):
        still_library.reference("long", 0.0)
