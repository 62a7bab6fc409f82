"""The muscle prior by default settings, made once and kept (:mod:`kinesis_fast.cache`)."""

from __future__ import annotations

import io
from dataclasses import fields

import mujoco
import numpy as np

from kinesis_fast import cache
from kinesis_fast.body.compose import model_bytes
from kinesis_fast.errors import InputError
from kinesis_fast.motions.library import MotionLibrary
from kinesis_fast.motions.prior.arrays import MusclePrior


def with_prior(library: MotionLibrary, model: mujoco.MjModel) -> MotionLibrary:
    """Return the library, with a prior estimated by default settings where it has none."""
    if library.prior is not None:
        return library
    clips = "\n".join(f"{clip.frames} {clip.frame_rate!r}" for clip in library.clips)
    prior = cache.kept(
        "prior",
        (model_bytes(model), library.arrays.qpos.tobytes(), clips),
        lambda: _estimate(library, model),
        _to_bytes,
        _from_bytes,
    )
    return library.with_prior(prior)


def _estimate(library: MotionLibrary, model: mujoco.MjModel) -> MusclePrior:
    from kinesis_fast.motions.prior.estimate import PriorEstimator, estimate_priors

    return estimate_priors(PriorEstimator(model), library)


def _to_bytes(prior: MusclePrior) -> bytes:
    content = io.BytesIO()
    np.savez(content, **dict(prior.named()))  # type: ignore[arg-type]
    return content.getvalue()


def _from_bytes(data: bytes) -> MusclePrior:
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        missing = [f.name for f in fields(MusclePrior) if f.name not in arrays]
        if missing:
            raise InputError(f"the prior lacks {missing[0]}")
        return MusclePrior(*(arrays[f.name] for f in fields(MusclePrior)))
