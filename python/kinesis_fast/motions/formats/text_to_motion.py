"""Results of text-to-motion models (``results.npy`` of motion-diffusion-model).

An object array around one dictionary: ``motion`` (samples, 22, 3, T) joints of HumanML3D at 20 Hz,
``lengths`` (samples,) of which frames count, and ``text``. The file is a pickle; it is read by
:mod:`~kinesis_fast.motions.formats.safe_pickle`, which runs nothing.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from kinesis_fast.errors import InputError
from kinesis_fast.motions.capture.recording import Recording
from kinesis_fast.motions.formats import humanml3d, safe_pickle
from kinesis_fast.motions.formats.numpy_file import read_header, to_numbers

MAX_SAMPLES = 100_000


def is_results(path: Path) -> bool:
    """Tell whether a ``.npy`` file holds objects, as such results do."""
    try:
        with path.open("rb") as file:
            return read_header(file, path.stat().st_size)[2].hasobject
    except (InputError, OSError):
        return False


def read_results(path: Path, frame_rate: float | None = None) -> list[Recording]:
    """Read all samples of a file, each at its own length.

    Args:
        path: the file.
        frame_rate: Hz; by default 20.
    """
    if not path.is_file():
        raise InputError("does not exist")
    with path.open("rb") as file:
        size = path.stat().st_size
        shape, _, dtype = read_header(file, size)
        if not dtype.hasobject or shape not in ((), (1,)):
            raise InputError("is no text-to-motion result: an array around one dictionary")
        content = safe_pickle.read_pickle(file, size)
    while isinstance(content, list) and len(content) == 1:
        content = content[0]
    if not isinstance(content, dict) or "motion" not in content:
        raise InputError("is no text-to-motion result: it lacks 'motion'")
    return _samples(path, content, frame_rate)


def _samples(path: Path, content: dict[Any, Any], frame_rate: float | None) -> list[Recording]:
    motion = content["motion"]
    if not isinstance(motion, np.ndarray) or motion.ndim != 4:
        raise InputError("'motion' is no array (samples, 22, 3, T)")
    if motion.shape[1:3] != (humanml3d.JOINTS, 3) or not 0 < len(motion) <= MAX_SAMPLES:
        raise InputError(f"'motion' has shape {motion.shape}; (samples, 22, 3, T) is expected")
    numbers = to_numbers(motion, "'motion'")
    lengths = np.full(len(motion), motion.shape[3])
    if "lengths" in content:
        given = np.asarray(content["lengths"])
        if given.shape != (len(motion),) or given.dtype.kind not in "iu":
            raise InputError(f"'lengths' must be {len(motion)} whole numbers")
        lengths = given
    texts = content.get("text")
    texts = texts if isinstance(texts, list) and len(texts) == len(motion) else None
    recordings = []
    for i, length in enumerate(lengths):
        if not 0 < length <= motion.shape[3]:
            raise InputError(f"sample {i} has length {length} of {motion.shape[3]} frames")
        try:
            recording = humanml3d.from_array(
                f"{path.stem}_{i:03d}" if len(motion) > 1 else path.stem,
                np.moveaxis(numbers[i, :, :, :length], -1, 0),
                frame_rate=frame_rate,
            )
        except InputError as error:
            raise InputError(f"sample {i}: {error}") from error
        text = str(texts[i])[:1000] if texts is not None else ""
        attributes = {"format": "text-to-motion result", **({"text": text} if text else {})}
        recordings.append(replace(recording, attributes=attributes))
    return recordings
