"""Offscreen pictures of bodies in motion, with EGL or OSMesa."""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
import subprocess
import sys
import weakref
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError
from kinesis_fast.view import HOW_TO_DRAW

Image = npt.NDArray[np.uint8]

GHOST_COLOR = (0.20, 0.55, 0.95, 0.30)
STICK_COLOR = (0.95, 0.55, 0.10, 1.0)
STICK_RADIUS = 0.012
"""m."""
BACKENDS = {"darwin": ("cgl", "glfw"), "win32": ("glfw",)}.get(sys.platform, ("egl", "osmesa"))
"""MuJoCo's ways to draw on this system, the best first."""
STRIP_COLUMNS = 8
VIDEO_SUFFIXES = (".mp4", ".gif")
_PROBE = "from mujoco.{0} import GLContext; GLContext(8, 8).make_current()"


@functools.cache
def backend() -> str:
    """Return the offscreen backend to use: ``MUJOCO_GL`` if it names one, else one that works.

    Tried in a process of their own: PyOpenGL cannot change its mind once loaded.

    Raises:
        InputError: none works; tells how to get one.
    """
    wished = os.environ.get("MUJOCO_GL", "").lower()
    if wished in BACKENDS:
        return wished
    for name in BACKENDS:
        command = [sys.executable, "-c", _PROBE.format(name)]
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            return name
    raise InputError(
        f"no offscreen rendering here: {' and '.join(BACKENDS)} do not work; {HOW_TO_DRAW}"
    )


def _free(context: Any, gl: Any) -> None:
    context.free()
    gl.free()


class BodyCamera:
    """Draws a model from the side, following its root."""

    def __init__(
        self, model: mujoco.MjModel, *, width: int = 640, height: int = 480, azimuth: float = 90.0
    ) -> None:
        """Prepare to draw.

        Args:
            model: best unstripped, so that it has its meshes; its visual settings are changed.
            width: of pictures, pixels.
            height: likewise.
            azimuth: degrees, from which it is seen: 90 from its right.

        Raises:
            InputError: nothing can be drawn here.
        """
        self.model = model
        self.width, self.height = width, height
        model.vis.global_.offwidth = max(width, model.vis.global_.offwidth)
        model.vis.global_.offheight = max(height, model.vis.global_.offheight)
        # Muscles are thin: rounder ones look the same and take twice the time in software.
        model.vis.quality.numslices, model.vis.quality.numstacks = 12, 8
        self._gl = importlib.import_module(f"mujoco.{backend()}").GLContext(width, height)
        self._gl.make_current()
        self._context = mujoco.MjrContext(model, int(mujoco.mjtFontScale.mjFONTSCALE_100))
        self._free = weakref.finalize(self, _free, self._context, self._gl)
        mujoco.mjr_setBuffer(int(mujoco.mjtFramebuffer.mjFB_OFFSCREEN), self._context)
        self._scene = mujoco.MjvScene(model, maxgeom=5000)
        self._scene.flags[mujoco.mjtRndFlag.mjRND_SHADOW] = 0  # most of the time in software
        self._data, self._ghost = mujoco.MjData(model), mujoco.MjData(model)
        self._camera = mujoco.MjvCamera()
        self._camera.distance, self._camera.elevation = 2.6, -8.0
        self._camera.azimuth = azimuth
        self._option = mujoco.MjvOption()
        self._option.geomgroup[:] = (1, 1, 1, 0, 0, 0)
        self._option.flags[mujoco.mjtVisFlag.mjVIS_ACTIVATION] = 1

    def __enter__(self) -> BodyCamera:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Free the graphics context."""
        self._free()

    def draw(
        self,
        qpos: npt.ArrayLike,
        *,
        ghost: npt.ArrayLike | None = None,
        sticks: npt.ArrayLike | None = None,
        activation: npt.ArrayLike | None = None,
        caption: str = "",
    ) -> Image:
        """Return a picture (height, width, 3) of a posture.

        Args:
            qpos: posture, (nq,).
            ghost: a second posture, (nq,), drawn translucent.
            sticks: lines to draw as rods, (n, 2, 3), m.
            activation: muscle activations, (na,), which colour the muscles.
            caption: text in the upper left corner.
        """
        self._data.qpos[:] = qpos
        if activation is not None:
            self._data.act[:] = activation
            self._data.ctrl[:] = activation
        mujoco.mj_forward(self.model, self._data)
        centre = self._data.qpos[:2].copy()
        if ghost is not None:
            centre = 0.5 * (centre + np.asarray(ghost)[:2])
        if sticks is not None:
            centre = 0.5 * (centre + np.asarray(sticks)[0, 0, :2])
        self._camera.lookat[:] = [centre[0], centre[1], 0.85]
        mujoco.mjv_updateScene(
            self.model,
            self._data,
            self._option,
            mujoco.MjvPerturb(),
            self._camera,
            int(mujoco.mjtCatBit.mjCAT_ALL),
            self._scene,
        )
        if ghost is not None:
            self._add_ghost(ghost)
        if sticks is not None:
            self._add_sticks(np.asarray(sticks, dtype=np.float64))
        image = np.zeros((self.height, self.width, 3), dtype=np.uint8)
        view = mujoco.MjrRect(0, 0, self.width, self.height)
        self._gl.make_current()
        mujoco.mjr_render(view, self._scene, self._context)
        if caption:
            font, corner = mujoco.mjtFont.mjFONT_NORMAL, mujoco.mjtGridPos.mjGRID_TOPLEFT
            mujoco.mjr_overlay(int(font), int(corner), view, caption, "", self._context)
        mujoco.mjr_readPixels(image, None, view, self._context)
        return image[::-1].copy()

    def _add_ghost(self, qpos: npt.ArrayLike) -> None:
        self._ghost.qpos[:] = qpos
        mujoco.mj_forward(self.model, self._ghost)
        scene = self._scene
        first = scene.ngeom
        option = mujoco.MjvOption()
        option.geomgroup[:] = self._option.geomgroup
        option.flags[mujoco.mjtVisFlag.mjVIS_TENDON] = 0
        mujoco.mjv_addGeoms(
            self.model,
            self._ghost,
            option,
            mujoco.MjvPerturb(),
            int(mujoco.mjtCatBit.mjCAT_DYNAMIC),
            scene,
        )
        for i in range(first, scene.ngeom):
            scene.geoms[i].rgba[:] = GHOST_COLOR
            scene.geoms[i].matid = -1

    def _add_sticks(self, sticks: npt.NDArray[np.float64]) -> None:
        scene = self._scene
        for start, end in sticks:
            geom = scene.geoms[scene.ngeom]
            mujoco.mjv_initGeom(
                geom,
                int(mujoco.mjtGeom.mjGEOM_CAPSULE),
                np.zeros(3),
                np.zeros(3),
                np.zeros(9),
                np.array(STICK_COLOR, dtype=np.float32),
            )
            kind = int(mujoco.mjtGeom.mjGEOM_CAPSULE)
            mujoco.mjv_connector(geom, kind, STICK_RADIUS, start, end)
            scene.ngeom += 1


def strip_of(images: Sequence[Image], columns: int = STRIP_COLUMNS) -> Image:
    """Return up to ``columns`` of the images, evenly chosen, side by side."""
    chosen = np.linspace(0, len(images) - 1, min(columns, len(images))).round().astype(int)
    return np.concatenate([_middle(images[i]) for i in chosen], axis=1)


def write_images(path: Path, images: Iterable[Image], frame_rate: float) -> None:
    """Write a video (``.mp4``, ``.gif``) or, for ``.png``, a strip of the images.

    Args:
        path: of the file, whose suffix says what it is.
        images: each (height, width, 3).
        frame_rate: of a video, Hz.

    Raises:
        InputError: another suffix.
    """
    import imageio.v2 as imageio

    check_output(path)
    if path.suffix.lower() == ".png":
        imageio.imwrite(path, strip_of(list(images)))
        return
    options: dict[str, Any] = {"duration": 1000.0 / frame_rate}
    if path.suffix.lower() == ".mp4":
        options = {"fps": frame_rate, "macro_block_size": 16, "quality": 7}
    with _replacing(path) as partial, imageio.get_writer(partial, **options) as writer:
        for image in images:
            writer.append_data(image)  # type: ignore[attr-defined]


def check_output(path: Path) -> None:
    """Raise InputError unless :func:`write_images` can write such a file there."""
    suffixes = (*VIDEO_SUFFIXES, ".png")
    if path.suffix.lower() not in suffixes:
        raise InputError(f"cannot write {str(path)!r}; known suffixes: {', '.join(suffixes)}")
    if not path.parent.is_dir():
        raise InputError(f"folder {str(path.parent)!r} does not exist")


def check_size(width: int, height: int) -> None:
    """Raise InputError unless pictures of this size can be drawn."""
    for name, pixels in (("width", width), ("height", height)):
        if not 64 <= pixels <= 4096:
            raise InputError(f"{name} is {pixels}; it must be in [64, 4096] pixels")


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """Give a name to write to, moved to ``path`` at the end."""
    partial = path.with_name(f".{path.stem}.partial{path.suffix}")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _middle(image: Image, share: float = 0.6) -> Image:
    margin = round(image.shape[1] * (1 - share) / 2)
    return image[:, margin : image.shape[1] - margin]
