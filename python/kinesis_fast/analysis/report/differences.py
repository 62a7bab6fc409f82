"""The page's section of two conditions: what differs, stride by stride."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kinesis_fast.analysis.mechanics import asymmetry
from kinesis_fast.analysis.report import page
from kinesis_fast.analysis.report.findings import Findings
from kinesis_fast.analysis.strides import differences

SIDE_NAMES = {"r": "right", "l": "left"}
HEADS = ("", "side", "first", "other", "difference, 95 %", "asymmetry, %: first", "other")


def compared(bodies: Sequence[Findings]) -> list[tuple[Findings, Findings]]:
    """Return the first body beside every other of those that were recorded, as policies are."""
    recorded = [body for body in bodies if body.walk.by_force]
    return [(recorded[0], other) for other in recorded[1:]]


def differences_section(bodies: Sequence[Findings]) -> str:
    """Return the section: the first body beside every other that was recorded; empty for none."""
    parts = []
    for first, other in compared(bodies):
        parts.append(page.paragraph(f"{first.name} (first) and {other.name} (other)"))
        parts.append(page.table(HEADS, difference_rows(first, other)))
    if not parts:
        return ""
    note = (
        "Means over strides, from a foot's strike to its next; a step is from the other foot's "
        "place to this one's. A star: the interval has no zero. Intervals are of strides of the "
        "same bodies, by a bootstrap, not of people. The margin of stability is how far the "
        "foot's outer edge is outside of the extrapolated centre of mass, at least, while it "
        "stands (Hof et al. 2005). Asymmetry is the difference of the sides over their mean."
    )
    return page.section("What differs, stride by stride", *parts, page.paragraph(note, "note"))


def difference_rows(first: Findings, other: Findings) -> list[list[str]]:
    """Return measures by side: both means, their difference with its interval, asymmetries."""
    rows = []
    for label, sides in differences(first.strides, other.strides).items():
        apart = [
            asymmetry(*(float(np.nanmean(body.strides[label][side])) for side in ("r", "l")))
            if len(body.strides[label]) == 2
            else float("nan")
            for body in (first, other)
        ]
        for number, (side, found) in enumerate(sides.items()):
            said = f"{found.one - found.other:+.3g} ({found.low:+.3g} to {found.high:+.3g})"
            rows.append(
                [
                    label if number == 0 else "",
                    SIDE_NAMES[side],
                    f"{found.one:.3g}",
                    f"{found.other:.3g}",
                    f"{said} *" if found.clear else said,
                    *("" if number or np.isnan(a) else f"{a:.0f}" for a in apart),
                ]
            )
    return rows
