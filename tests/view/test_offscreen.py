"""Pictures, where a graphics backend is at hand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import mujoco
import numpy as np
import pytest
from motion_samples import write_bvh
from pictures import needs_pictures, why_not

from kinesis_fast import InputError, MotionLibrary
from kinesis_fast.body import load_model
from kinesis_fast.motions import load_motions
from kinesis_fast.view import image_files, offscreen, playback


@pytest.fixture(scope="module")
def camera() -> offscreen.BodyCamera:
    if why_not():
        pytest.skip(why_not())
    with offscreen.BodyCamera(load_model(strip=False), width=160, height=120) as camera:
        yield camera


def test_a_body_and_its_ghost_are_seen(camera: offscreen.BodyCamera, gait: MotionLibrary) -> None:
    posture = gait.reference(gait.index("walk_comfortable_120"), 1.0)["qpos"]
    moved = posture.copy()
    moved[0] += 0.8

    def blue_pixels(image: np.ndarray) -> int:
        wide = image.astype(int)
        return int((wide[..., 2] > wide[..., 0] + 40).sum())

    alone = camera.draw(posture)
    assert alone.std() > 5
    assert blue_pixels(alone) < 20
    assert blue_pixels(camera.draw(posture, ghost=moved)) > 50


def test_a_recorded_clip_has_its_source_beside_it(
    camera: offscreen.BodyCamera, model: mujoco.MjModel, gait: MotionLibrary, tmp_path: Path
) -> None:
    def orange_pixels(library: MotionLibrary) -> int:
        (image,) = playback.play_motion(library, camera, 0, pictures=1)
        red, green, blue = np.moveaxis(image.astype(int), -1, 0)
        return int(((red > blue + 80) & (green > blue + 30) & (red > green + 30)).sum())

    imported = load_motions(write_bvh(tmp_path), model)
    assert orange_pixels(gait.subset(["stand"])) == 0
    assert orange_pixels(imported) > 20


def test_videos_and_strips(
    camera: offscreen.BodyCamera, gait: MotionLibrary, tmp_path: Path
) -> None:
    images = list(playback.play_motion(gait, camera, gait.index("run_280"), pictures=9))
    for name in ("walk.mp4", "walk.gif", "walk.png"):
        image_files.write_images(tmp_path / name, images, 30.0)
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert set(sizes) == {"walk.mp4", "walk.gif", "walk.png"}
    assert min(sizes.values()) > 1000
    assert image_files.strip_of(images).shape == (120, 8 * 96, 3)


@pytest.mark.parametrize("suffix", [".gif", ".png", ".mp4"])
def test_a_full_disk_leaves_no_half_file(suffix: str, tmp_path: Path) -> None:
    """In a process that may write 8 KiB a file."""
    path = tmp_path / f"x{suffix}"
    program = (
        "import resource, signal, numpy as np, pathlib\n"
        "from kinesis_fast.view.image_files import write_images\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))\n"
        "noise = np.random.default_rng(0).integers(0, 255, (20, 240, 320, 3), np.uint8)\n"
        f"write_images(pathlib.Path({str(path)!r}), list(noise), 30.0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 1
    assert f"InputError: {str(path)!r} could not be written" in done.stderr.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


def test_a_way_to_draw_that_is_none_is_passed_over() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kinesis_fast", "motions", "info", "gait"],
        capture_output=True,
        text=True,
        env={**os.environ, "MUJOCO_GL": "foo"},
    )
    assert done.returncode == 0, done.stderr
    assert "MUJOCO_GL is 'foo', which is no way to draw" in done.stderr


def test_outputs_are_checked(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="known suffixes: .mp4, .gif, .png"):
        image_files.check_output(tmp_path / "walk.avi")
    with pytest.raises(InputError, match="does not exist"):
        image_files.check_output(tmp_path / "no" / "walk.mp4")
    with pytest.raises(InputError, match=r"width is 3; it must be in \[64, 4096\]"):
        image_files.check_size(3, 100)


def test_the_default_clip_is_comfortable_walking(
    gait: MotionLibrary, still_library: MotionLibrary
) -> None:
    assert gait.clips[gait.choose()].name.startswith("walk_comfortable")
    assert still_library.choose() == 0


def test_full_models_keep_their_bones() -> None:
    full = load_model(strip=False)
    meshes = [t for t in full.geom_type if int(t) == int(mujoco.mjtGeom.mjGEOM_MESH)]
    assert len(meshes) > 20
    assert np.isfinite(full.geom_pos).all()


def test_active_muscles_are_red(camera: offscreen.BodyCamera) -> None:
    model = load_model()
    activation = np.zeros(model.nu)
    activation[[model.actuator(i).name.endswith("_r") for i in range(model.nu)]] = 1.0

    def red_pixels(image: np.ndarray) -> int:
        r, g, b = (image[..., k].astype(int) for k in range(3))
        return int(((r > g + 80) & (r > b + 80)).sum())

    rest, half, all_ = (
        red_pixels(camera.draw(model.qpos0, activation=some))
        for some in (0.0 * activation, activation, np.ones(model.nu))
    )
    assert rest == 0 < half < all_
    assert red_pixels(camera.draw(model.qpos0)) == 0  # not known


def test_bad_postures_are_refused_and_drawing_goes_on(camera: offscreen.BodyCamera) -> None:
    with pytest.raises(ValueError, match="broadcast"):
        camera.draw([1.0, 2.0])
    assert camera.draw(load_model().qpos0).std() > 5


@needs_pictures
def test_a_driver_that_crashes_takes_nothing_with_it() -> None:
    model = load_model(strip=False)
    with offscreen.BodyCamera(model, width=64, height=64) as camera:
        camera._process.kill()
        for _ in range(2):
            with pytest.raises(InputError, match="the process that draws has ended"):
                camera.draw(model.qpos0)


@needs_pictures
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_no_graphics_driver_comes_into_this_process() -> None:
    """Mesa's LLVM and that of triton, which torch imports when it trains, crash in one process."""
    program = """
from pathlib import Path
from kinesis_fast import load_model
from kinesis_fast.view.offscreen import BodyCamera
model = load_model(strip=False)
camera = BodyCamera(model, width=64, height=64)
camera.draw(model.qpos0)
loaded = Path("/proc/self/maps").read_text()
assert not any(name in loaded for name in ("libEGL", "libOSMesa", "libGL", "libLLVM")), loaded
"""
    subprocess.run([sys.executable, "-c", program], check=True)
