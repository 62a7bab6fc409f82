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
        InputError: another suffix, or no room.
    """
    import imageio.v2 as imageio
    from PIL import Image as Picture

    check_output(path)
    if path.suffix.lower() == ".png":
        strip = strip_of(list(images))
        with _replacing(path) as partial:
            imageio.imwrite(partial, strip)
        return
    if path.suffix.lower() == ".gif":
        # imageio's writer tells of a full disk twice, once as a traceback.
        first, *others = (Picture.fromarray(image) for image in images)
        with _replacing(path) as partial:
            first.save(
                partial, save_all=True, append_images=others, duration=1000.0 / frame_rate, loop=0
            )
        return
    options: dict[str, Any] = {"fps": frame_rate, "macro_block_size": 16, "quality": 7}
    with _replacing(path) as partial:
        count = 0
        with imageio.get_writer(partial, **options) as writer:
            for image in images:
                writer.append_data(image)  # type: ignore[attr-defined]
                count += 1
        _check_whole(partial, count)


def _check_whole(path: Path, images: int) -> None:
    """Raise OSError unless a video has so many images: who writes it fails without a word."""
    import imageio_ffmpeg

    try:
        found, _ = imageio_ffmpeg.count_frames_and_secs(str(path))
    except (RuntimeError, OSError):
        found = 0
    if found < images:
        raise OSError(f"{found} of {images} pictures found room")


def check_output(path: Path, *others: str) -> None:
    """Raise InputError unless :func:`write_images`, or who writes others, can write it there."""
    suffixes = (*VIDEO_SUFFIXES, ".png", *others)
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
    except OSError as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise InputError(f"{str(path)!r} could not be written: {reason}") from error
    finally:
        partial.unlink(missing_ok=True)


def _middle(image: Image) -> Image:
    margin = round(image.shape[1] * CAPTION_MARGIN)
    return image[:, margin : image.shape[1] - margin]
