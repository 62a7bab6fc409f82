"""Several motion libraries as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from kinesis_fast.errors import InputError
from kinesis_fast.motions.clips import MotionArrays
from kinesis_fast.motions.library import MotionLibrary
from kinesis_fast.motions.prior.arrays import MusclePrior


def merge(libraries: Mapping[str, MotionLibrary]) -> MotionLibrary:
    """Return the clips of several libraries, in turn.

    A clip whose name another library has too is called ``<library>/<clip>``. The source's joint
    centres and the muscle prior are kept where every library has them.

    Args:
        libraries: by a short name.

    Raises:
        InputError: libraries of different models or tracked bodies, or none.
    """
    if not libraries:
        raise InputError("there are no libraries to merge")
    first_name, first = next(iter(libraries.items()))
    for name, library in libraries.items():
        for what in ("joint_names", "tracked_bodies", "quaternion_addresses"):
            if getattr(library, what) != getattr(first, what):
                raise InputError(
                    f"{name!r} and {first_name!r} have different {what.replace('_', ' ')}; only "
                    "libraries of one model can be merged"
                )
    parts = list(libraries.values())
    count: dict[str, int] = {}
    for library in parts:
        for clip in library.clips:
            count[clip.name] = count.get(clip.name, 0) + 1
    clips = [
        replace(clip, name=f"{name}/{clip.name}") if count[clip.name] > 1 else clip
        for name, library in libraries.items()
        for clip in library.clips
    ]
    arrays = {
        name: np.concatenate([getattr(part.arrays, name) for part in parts])
        for name, _ in first.arrays.named()
        if all(getattr(part.arrays, name) is not None for part in parts)
    }
    priors = [part.prior for part in parts if part.prior is not None]
    prior = None
    if len(priors) == len(parts):
        prior = MusclePrior(
            **{
                name: np.concatenate([getattr(part, name) for part in priors])
                for name, _ in priors[0].named()
            }
        )
    return MotionLibrary(
        clips,
        MotionArrays(**arrays),
        first.joint_names,
        first.tracked_bodies,
        first.quaternion_addresses,
        prior,
    )
