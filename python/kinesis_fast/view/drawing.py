"""Draws bodies, in a process of its own, as ``kinesis_fast.view.offscreen.BodyCamera`` asks.

Reads pickled requests from standard input and writes pickled answers, first of what :class:`Drawer`
is made with, then of what it is to draw.
"""

from __future__ import annotations

import importlib
import os
import pickle
import signal
import sys
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.view.muscle_tubes import MuscleTubes

Image = npt.NDArray[np.uint8]

GHOST_COLOR = (0.20, 0.55, 0.95, 0.30)
STICK_COLOR = (0.95, 0.55, 0.10, 1.0)
STICK_RADIUS = 0.012
"""Radius of stick figures' sticks, m."""
CAPTION_MARGIN = 0.2
"""Of the width, left of a caption: what strips cut off."""


class Drawer:
    """Draws a model from the side, following its root; see :class:`BodyCamera` for arguments."""

    def __init__(
        self, model: mujoco.MjModel, width: int, height: int, azimuth: float, backend: str
    ) -> None:
        """Prepare, with a backend that works; the model's visual settings are changed."""
        self.model = model
        self.width, self.height = width, height
        model.vis.global_.offwidth = max(width, model.vis.global_.offwidth)
        model.vis.global_.offheight = max(height, model.vis.global_.offheight)
        # Muscles are thin: rounder ones look the same and take twice the time in software.
        model.vis.quality.numslices, model.vis.quality.numstacks = 12, 8
        self._gl = importlib.import_module(f"mujoco.{backend}").GLContext(width, height)
        self._gl.make_current()
        self._context = mujoco.MjrContext(model, int(mujoco.mjtFontScale.mjFONTSCALE_100))
        mujoco.mjr_setBuffer(int(mujoco.mjtFramebuffer.mjFB_OFFSCREEN), self._context)
        self._scene = mujoco.MjvScene(model, maxgeom=5000)
        self._scene.flags[mujoco.mjtRndFlag.mjRND_SHADOW] = 0  # most of the time in software
        self._data, self._ghost = mujoco.MjData(model), mujoco.MjData(model)
        self._camera = mujoco.MjvCamera()
        self._camera.distance, self._camera.elevation = 2.6, -8.0
        self._camera.azimuth = azimuth
        self._option = mujoco.MjvOption()
        self._option.geomgroup[:] = (1, 1, 1, 0, 0, 0)
        self._option.flags[mujoco.mjtVisFlag.mjVIS_TENDON] = 0  # muscles are drawn as tubes
        self._muscles = MuscleTubes(model)

    def draw(
        self,
        qpos: npt.NDArray[np.float64],
        ghost: npt.NDArray[np.float64] | None,
        sticks: npt.NDArray[np.float64] | None,
        activation: npt.NDArray[np.float64] | None,
        caption: str,
    ) -> Image:
        """Return a picture (height, width, 3) of a posture."""
        self._data.qpos[:] = qpos
        mujoco.mj_forward(self.model, self._data)
        centre = self._data.qpos[:2].copy()
        if ghost is not None:
            centre = 0.5 * (centre + ghost[:2])
        if sticks is not None:
            centre = 0.5 * (centre + sticks[0, 0, :2])
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
        self._add_muscles(activation)
        if ghost is not None:
            self._add_ghost(ghost)
        if sticks is not None:
            self._add_sticks(sticks)
        image = np.zeros((self.height, self.width, 3), dtype=np.uint8)
        view = mujoco.MjrRect(0, 0, self.width, self.height)
        margin = round(CAPTION_MARGIN * self.width)
        mujoco.mjr_render(view, self._scene, self._context)
        if caption:
            font, corner = mujoco.mjtFont.mjFONT_NORMAL, mujoco.mjtGridPos.mjGRID_TOPLEFT
            middle = mujoco.MjrRect(margin, 0, self.width - margin, self.height)
            mujoco.mjr_overlay(int(font), int(corner), middle, caption, "", self._context)
        mujoco.mjr_readPixels(image, None, view, self._context)
        return image[::-1].copy()

    def _add_ghost(self, qpos: npt.NDArray[np.float64]) -> None:
        self._ghost.qpos[:] = qpos
        mujoco.mj_forward(self.model, self._ghost)
        scene = self._scene
        first = scene.ngeom
        option = mujoco.MjvOption()
        option.geomgroup[:] = self._option.geomgroup
        option.flags[:] = self._option.flags
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

    def _add_muscles(self, activation: npt.NDArray[np.float64] | None) -> None:
        tubes = self._muscles.of(self._data, activation)
        colors = np.column_stack([tubes.colors, np.ones(len(tubes.colors))]).astype(np.float32)
        for start, end, radius, color in zip(
            tubes.starts, tubes.ends, tubes.radii, colors, strict=True
        ):
            self._add_rod(start, end, radius, color)

    def _add_sticks(self, sticks: npt.NDArray[np.float64]) -> None:
        color = np.array(STICK_COLOR, dtype=np.float32)
        for start, end in sticks:
            self._add_rod(start, end, STICK_RADIUS, color)

    def _add_rod(
        self,
        start: npt.NDArray[np.float64],
        end: npt.NDArray[np.float64],
        radius: float,
        color: npt.NDArray[np.float32],
    ) -> None:
        geom = self._scene.geoms[self._scene.ngeom]
        kind = int(mujoco.mjtGeom.mjGEOM_CAPSULE)
        mujoco.mjv_initGeom(geom, kind, np.zeros(3), np.zeros(3), np.zeros(9), color)
        mujoco.mjv_connector(geom, kind, radius, start, end)
        self._scene.ngeom += 1


def serve() -> None:
    """Answer until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for whoever asks
    # What MuJoCo and drivers print must not come between the answers.
    answers, requests = os.fdopen(os.dup(1), "wb"), sys.stdin.buffer
    os.dup2(2, 1)

    def answer(what: Any) -> None:
        pickle.dump(what, answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()

    try:
        drawer = Drawer(**pickle.load(requests))
        answer(None)
        while True:
            request = pickle.load(requests)
            try:
                answer(drawer.draw(**request))
            except (TypeError, ValueError) as error:
                answer(error)
    except (EOFError, BrokenPipeError):
        pass


if __name__ == "__main__":
    serve()
