"""From what a user names to a motion library."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import mujoco

from kinesis_fast import cache
from kinesis_fast.body.compose import model_bytes
from kinesis_fast.errors import InputError, did_you_mean, is_there
from kinesis_fast.motions import formats, library_file
from kinesis_fast.motions.library import MotionLibrary

BUILT_IN = ("gait", "gait-wide", "gait-families", "gait-steer", "gait-live", "gait-reach")
"""Names of the libraries that the package generates; see ``motions/gait/catalog.py``."""

LIBRARY_SUFFIXES = (".h5", ".hdf5")


def load_motions(
    source: str | Path | MotionLibrary,
    model: mujoco.MjModel,
    *,
    split: str = "all",
    clips: Sequence[str] = (),
) -> MotionLibrary:
    """Return the motion library that ``source`` names, for ``model``.

    Args:
        source: a name in :data:`BUILT_IN` (``"gait"``: walking, turning, starting, stopping), the
            path of a library (``.h5``) or of a motion file of any format that can be imported, or
            a library.
        model: the model to move.
        split: keep the clips of this split only; see :meth:`MotionLibrary.split` for ``"all"``
            and ``"auto"``.
        clips: keep these clips only.

    Raises:
        InputError: unknown name, missing or malformed file, unknown split or clip, or a library
            for another model.
    """
    library = source if isinstance(source, MotionLibrary) else _read(str(source), model)
    library.check_model(model)
    library = library.split(split)
    return library.subset(clips) if clips else library


def _read(source: str, model: mujoco.MjModel) -> MotionLibrary:
    if source in BUILT_IN:
        return cache.kept(
            source,
            (model_bytes(model),),
            lambda: _make_gait(model, source),
            library_file.to_bytes,
            partial(library_file.from_bytes, MotionLibrary),
        )
    suffix = Path(source).suffix.lower()
    if suffix in LIBRARY_SUFFIXES:
        return MotionLibrary.load(source)
    if suffix in formats.SUFFIXES:
        return _import(Path(source), model)
    if is_there(source):
        raise InputError(
            f"motion file {source!r} has no known suffix; "
            f"known: {', '.join(LIBRARY_SUFFIXES + formats.SUFFIXES)}"
        )
    if suffix == "":
        hint = did_you_mean(source, BUILT_IN)
        raise InputError(f"unknown motions {source!r}{hint} (or give the path of a motion file)")
    raise InputError(f"motion file {source!r} does not exist")


def _make_gait(model: mujoco.MjModel, name: str) -> MotionLibrary:
    from kinesis_fast.motions.gait import gait_library

    return gait_library(model, name)


def _import(path: Path, model: mujoco.MjModel) -> MotionLibrary:
    from kinesis_fast.motions.capture.importing import ImportRequest, import_motions

    if not is_there(path):
        raise InputError(f"motion file {str(path)!r} does not exist")
    result = import_motions(ImportRequest([path]), formats.ReadOptions(model))
    if result.refused or result.library is None:
        raise InputError(f"motion file {str(path)!r} {result.refused[0].reason}")
    return result.library
