"""The page's section of the condition that bodies are in: what is weak, and how it is driven."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from kinesis_fast.analysis.recording import BodyRecording
from kinesis_fast.analysis.report import page
from kinesis_fast.analysis.report.findings import Findings

SHOWN = 12
"""Weak muscles of a body that are listed, the weakest first."""
WEAK = 0.999
"""The mean share of its force from which on a muscle counts as healthy."""
CAUTION = (
    "A policy does with a body what its training paid for. One that was trained on healthy "
    "bodies holds on to a healthy gait as long as it can, and neither spares a muscle nor "
    "learns from a fall: from what it does here nobody may conclude how a person with this "
    "condition would walk."
)


def condition_section(bodies: Sequence[Findings]) -> str:
    """Return the section; empty where all bodies are healthy."""
    told = [(body, body.walk.recording.info) for body in bodies]
    if not any(info.condition for _, info in told):
        return ""
    parts = [
        page.table(["", "condition"], [[b.name, info.condition or "healthy"] for b, info in told])
    ]
    parts += [
        page.paragraph(f"{b.name} was not trained with {' or '.join(info.untrained)}. {CAUTION}")
        for b, info in told
        if info.untrained
    ]
    rows = [row for body in bodies for row in weak_rows(body.name, body.walk.recording)]
    if rows:
        parts.append(
            page.table(
                [
                    *("body", "muscle", "can make, %"),
                    *("drive, mean %", "drive, most %", "force, mean %", "force, most %"),
                ],
                rows,
            )
        )
        parts.append(
            page.paragraph(
                "Drive is how strongly the nerves ask, of what the muscle can make; force is "
                "the active share of a healthy muscle's (drive times what it can make). EMG is "
                "compared with drive. Over all that was recorded.",
                "note",
            )
        )
    return page.section("Condition", *parts)


def weak_rows(name: str, recording: BodyRecording) -> Iterator[list[str]]:
    """Yield the muscles that can make less than a healthy one, in per cent, the weakest first."""
    if not all("capacity" in trial for trial in recording.trials):
        return
    capacity, drive, force = (
        100.0 * np.concatenate([trial[field] for trial in recording.trials])
        for field in ("capacity", "drive", "act")
    )
    left = capacity.mean(axis=0)
    for muscle in np.argsort(left, kind="stable")[:SHOWN]:
        if left[muscle] < 100.0 * WEAK:
            asked, made = drive[:, muscle], force[:, muscle]
            figures = (left[muscle], asked.mean(), asked.max(), made.mean(), made.max())
            yield [name, recording.info.muscles[muscle], *(f"{value:.0f}" for value in figures)]
