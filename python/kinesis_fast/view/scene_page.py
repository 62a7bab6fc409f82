"""A film to walk around in: one page that plays what a body did, turned and paused in a browser."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError
from kinesis_fast.view.stage import Stage


class ScenePage:
    """Takes moments as :class:`~kinesis_fast.view.offscreen.BodyCamera` does, for one page."""

    def __init__(self, model: mujoco.MjModel, tracked: Sequence[str], frame_rate: float) -> None:
        """Prepare.

        Args:
            model: unstripped, so that it has its meshes.
            tracked: names of the tracked bodies.
            frame_rate: moments a second.

        Raises:
            InputError: viser and mjviser are not installed.
        """
        try:
            import mjviser  # noqa: F401  the stage's
            import viser
        except ImportError as error:
            raise InputError(
                "a page needs viser and mjviser: pip install 'kinesis_fast[play]'"
            ) from error
        with redirect_stdout(io.StringIO()):  # it would tell its address, which nobody needs
            self._server = viser.ViserServer(host="127.0.0.1", port=0, verbose=False)
        self._stage = Stage(self._server, model, tracked)
        self._serializer = self._server.get_scene_serializer()
        self._pause = 1.0 / frame_rate

    def __enter__(self) -> ScenePage:
        return self

    def __exit__(self, *_: object) -> None:
        with redirect_stdout(io.StringIO()):
            self._server.stop()

    def draw(
        self,
        qpos: npt.ArrayLike,
        *,
        ghost: npt.ArrayLike | None = None,
        sticks: npt.ArrayLike | None = None,
        activation: npt.ArrayLike | None = None,
        caption: str = "",
    ) -> npt.NDArray[np.uint8]:
        """Add a moment; returns a picture without pixels, since none is drawn yet."""
        del sticks, caption
        self._stage.draw(
            np.asarray(qpos),
            None if activation is None else np.asarray(activation),
            reference=None if ghost is None else np.asarray(ghost),
        )
        self._serializer.insert_sleep(self._pause)
        return np.zeros((0, 0, 3), np.uint8)

    def write(self, path: Path) -> None:
        """Write the page; nothing can be added afterwards.

        Raises:
            OSError: it cannot be written.
        """
        path.write_text(self._serializer.as_html(), encoding="utf-8")
