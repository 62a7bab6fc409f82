"""A trial's markers as a motion of a body that carries them."""

from __future__ import annotations

from collections.abc import Mapping

import mujoco
import numpy as np

from kinesis_fast.errors import InputError
from kinesis_fast.motions.capture.markers import MarkerTrial, seen_throughout
from kinesis_fast.motions.capture.recording import JointRecording
from kinesis_fast.person.attachment import Attachment
from kinesis_fast.person.pose_fit import PoseFit

FEWEST = 12
"""Markers on legs and pelvis without which their 20 joints cannot be told."""


def follow(
    model: mujoco.MjModel,
    attachment: Attachment,
    trial: MarkerTrial,
    names: Mapping[str, str] | None = None,
) -> JointRecording:
    """Return joint angles whose markers are nearest to a trial's, frame by frame.

    All markers count alike; what is hidden is left out where it is. ``marker_error`` among the
    recording's attributes is their distance, rms, m, and ``worst_marker`` the label of the one that
    is furthest off.

    Args:
        model: the body.
        attachment: where markers sit on it.
        trial: the markers; those that are not attached are not looked at.
        names: labels by landmark, over those that are known.

    Raises:
        InputError: too few markers that are attached.
    """
    trial = seen_throughout(trial, names)
    labels = [label for label in attachment.markers if label in trial.markers]
    if len(labels) < FEWEST:
        raise InputError(
            f"has {len(labels)} of the {len(attachment.markers)} markers that sit on the body; at "
            f"least {FEWEST} are needed: are they labelled as in the other trial?"
        )
    targets = np.stack([trial.markers[label] @ trial.to_world.T for label in labels], axis=1)
    fit = PoseFit(model, {label: attachment.markers[label] for label in labels})
    found = fit.solve(targets)
    each = np.sqrt(np.nanmean(found.off**2, axis=0))
    return JointRecording(
        trial.name,
        trial.frame_rate,
        found.qpos,
        attributes={
            **trial.attributes,
            "first_time": trial.first_time,
            "marker_error": float(np.sqrt(np.nanmean(found.off**2))),
            "worst_marker": labels[int(np.nanargmax(each))],
        },
    )
