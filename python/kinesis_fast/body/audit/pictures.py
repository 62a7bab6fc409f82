"""Moment arms of a body and of OpenSim's, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from kinesis_fast.body.audit.compare import Audit
from kinesis_fast.errors import InputError

SHOWN = 12
"""The muscles that differ most."""


def draw_arms(found: Audit, path: Path) -> None:
    """Draw the moment arms that differ most, over the angle of their joint, into a picture.

    Raises:
        InputError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise InputError("pictures need matplotlib; pip install 'kinesis_fast[report]'") from error
    worst = sorted(found.muscles, key=lambda muscle: -muscle.arm)[:SHOWN]
    figure = Figure(figsize=(11, 8), layout="constrained")
    panels: Any = figure.subplots(3, 4).ravel()
    for panel, muscle in zip(panels, worst, strict=False):
        m, j = found.ours.muscles.index(muscle.name), found.ours.joints.index(muscle.joint)
        angle = np.rad2deg(found.angles[muscle.joint])
        order = np.argsort(angle)
        for name, side, colour in (("OpenSim", found.theirs, "0.35"), ("body", found.ours, "C3")):
            panel.plot(angle[order], 100 * side.arm[order, m, j], color=colour, label=name, lw=1.2)
        panel.set_title(f"{muscle.name}: {1000 * muscle.arm:.1f} mm", fontsize=9)
        panel.set_xlabel(f"{muscle.joint}, degrees", fontsize=8)
        panel.set_ylabel("moment arm, cm", fontsize=8)
        panel.tick_params(labelsize=7)
    for panel in panels[len(worst) :]:
        panel.axis("off")
    panels[0].legend(fontsize=7)
    figure.savefig(path, dpi=110)
