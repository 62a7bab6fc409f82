"""Offscreen pictures of bodies in motion, with EGL or OSMesa."""

from __future__ import annotations

import contextlib
import functools
import os
import pickle
import subprocess
import sys
import weakref
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError
from kinesis_fast.view import HOW_TO_DRAW
from kinesis_fast.view.drawing import Image

BACKENDS = {"darwin": ("cgl", "glfw"), "win32": ("glfw",)}.get(sys.platform, ("egl", "osmesa"))
"""MuJoCo's ways to draw on this system, the best first."""
LEAVE = 5.0
"""s that the process that draws has to end."""
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


def _end(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):
            assert pipe is not None
            pipe.close()  # it ends where nobody asks any more
    try:
        process.wait(LEAVE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class BodyCamera:
    """Draws a model from the side, following its root.

    In a process of its own: Mesa, which draws where there is no GPU, and triton, which comes with
    torch, both bring LLVM, and crash in one process.
    """

    def __init__(
        self, model: mujoco.MjModel, *, width: int = 640, height: int = 480, azimuth: float = 90.0
    ) -> None:
        """Prepare to draw.

        Args:
            model: best unstripped, so that it has its meshes.
            width: of pictures, pixels.
            height: likewise.
            azimuth: degrees, from which it is seen: 90 from its right.

        Raises:
            InputError: nothing can be drawn here.
        """
        chosen = backend()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "kinesis_fast.view.drawing"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "MUJOCO_GL": chosen},
        )
        self._free = weakref.finalize(self, _end, self._process)
        self._ask(model=model, width=width, height=height, azimuth=azimuth, backend=chosen)

    def __enter__(self) -> BodyCamera:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
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
            activation: of the muscles, (nu,), from pale at rest to red; None: grey.
            caption: text in the upper left corner.

        Raises:
            InputError: the process that draws has ended.
            ValueError: an array of another shape.
        """
        arrays = {"qpos": qpos, "ghost": ghost, "sticks": sticks, "activation": activation}
        image: Image = self._ask(
            caption=caption,
            **{
                name: None if values is None else np.asarray(values, np.float64)
                for name, values in arrays.items()
            },
        )
        return image

    def _ask(self, **request: Any) -> Any:
        asked, answered = self._process.stdin, self._process.stdout
        assert asked is not None and answered is not None
        try:
            pickle.dump(request, asked, pickle.HIGHEST_PROTOCOL)
            asked.flush()
            answer = pickle.load(answered)
        except (OSError, EOFError, ValueError, pickle.UnpicklingError) as error:
            self.close()
            raise InputError(
                "nothing can be drawn: the process that draws has ended, with status "
                f"{self._process.returncode}; MUJOCO_GL=osmesa may help, or another driver"
            ) from error
        if isinstance(answer, Exception):
            raise answer
        return answer
