"""Pictures as files: videos and strips."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kinesis_fast.errors import InputError
from kinesis_fast.view.drawing import CAPTION_MARGIN, Image

STRIP_COLUMNS = 8
VIDEO_SUFFIXES = (".mp4", ".gif")


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


def _middle(image: Image) -> Image:
    margin = round(image.shape[1] * CAPTION_MARGIN)
    return image[:, margin : image.shape[1] - margin]
