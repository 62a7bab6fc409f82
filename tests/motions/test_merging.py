"""Several libraries as one."""

from __future__ import annotations

from dataclasses import replace

import mujoco
import numpy as np
import pytest

from kinesis_fast.errors import InputError
from kinesis_fast.motions import MotionLibrary, load_motions
from kinesis_fast.motions.merging import merge
from kinesis_fast.motions.prior.default import with_prior


def test_clips_come_in_turn(model: mujoco.MjModel, gait: MotionLibrary) -> None:
    a, b = (with_prior(gait.subset(names), model) for names in (["stand", "run_260"], ["run_260"]))
    merged = merge({"a": a, "b": b})
    assert merged.names == ("stand", "a/run_260", "b/run_260")
    assert merged.prior is not None
    for library, clip, name in ((a, 1, "a/run_260"), (b, 0, "b/run_260")):
        found, source = merged.reference(merged.index(name), 0.7), library.reference(clip, 0.7)
        np.testing.assert_array_equal(found["qpos"], source["qpos"])
        prior = merged.prior_at(merged.index(name), 0.7)
        np.testing.assert_array_equal(prior["torque"], library.prior_at(clip, 0.7)["torque"])
    assert merge({"a": a, "b": gait.subset(["run_280"])}).prior is None


def test_libraries_of_different_bodies_are_refused(gait: MotionLibrary) -> None:
    other = MotionLibrary(
        [replace(clip) for clip in gait.clips],
        gait.arrays,
        gait.joint_names,
        gait.tracked_bodies[::-1],
        gait.quaternion_addresses,
    )
    with pytest.raises(InputError, match="'b' and 'a' have different tracked bodies"):
        merge({"a": gait, "b": other})
    with pytest.raises(InputError, match="no libraries"):
        merge({})


def test_the_wide_library_runs(model: mujoco.MjModel) -> None:
    library = load_motions("gait-wide", model)
    assert len(library.clips) > 50
    assert all(clip.split == "train" for clip in library.clips)
    for name, speed in (("run_300", 3.0), ("backward_065", -0.65), ("walk_180_turn_40", 1.8)):
        clip = library.index(name)
        rows = slice(int(library.first_frame[clip]), int(library.first_frame[clip + 1]))
        path = library.arrays.tracked_pos[rows, 0, :2].astype(float)
        length = np.sum(np.linalg.norm(np.diff(path, axis=0), axis=1))
        assert length / library.clips[clip].duration == pytest.approx(abs(speed), rel=0.12)
    assert library.arrays.tracked_pos[..., 2].min() > 0.0
