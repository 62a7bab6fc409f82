"""The page's section of mechanics: whose body, peaks of both legs, and what is unlike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kinesis_fast.analysis.mechanics import MEASURES, SOURCES, Unlike, asymmetry, differences
from kinesis_fast.analysis.report import page
from kinesis_fast.analysis.report.findings import Findings
from kinesis_fast.analysis.report.panels import Panel

ENERGY_ROWS = (
    ("bhargava", "power, Bhargava 2004, W/kg"),
    ("umberger", "power, Umberger 2010, W/kg"),
    ("cost_bhargava", "cost of transport, Bhargava, J/kg/m"),
    ("cost_umberger", "cost of transport, Umberger, J/kg/m"),
)
UNLIKE = 5.0
"""Degrees of rms over the cycle from which on a joint is named as unlike."""
LATE = 3.0
"""Percent of the cycle from which on a leg is told to be late or early."""
PLAIN = {
    "hip_flexion": ("hip", "more flexed", "more extended"),
    "hip_adduction": ("hip", "more adducted", "more abducted"),
    "knee_angle": ("knee", "more flexed", "straighter"),
    "ankle_angle": ("ankle", "more dorsiflexed", "more plantarflexed"),
}
"""By joint: its name, and words for a larger and a smaller angle."""


def mechanics_section(bodies: Sequence[Findings], pictures: list[Panel]) -> str:
    """Return whose body it is, energy, peaks, words and pictures."""
    names = [body.name for body in bodies]
    return page.section(
        "Mechanics and energy",
        page.table(["", *names], [*body_rows(bodies), *energy_rows(bodies)]),
        page.paragraph(_about_energy(bodies), "note"),
        page.table(peak_heads(bodies), peak_rows(bodies)),
        page.paragraph(
            "Peaks of mean curves; right and left each over its own foot's cycle; asymmetry is the "
            "sides' difference over their mean. Moments are the muscles', a kg of the body above; "
            "forces are in its weights. " + SOURCES,
            "note",
        ),
        *(page.paragraph(said) for said in said_of_differences(bodies)),
        page.pictures(pictures),
    )


def body_rows(bodies: Sequence[Findings]) -> list[list[str]]:
    """Return whose figures these are, and what they are divided by."""
    said = [body.walk.recording.info.condition for body in bodies]
    return [
        *([["condition", *(one or "healthy" for one in said)]] if any(said) else []),
        ["body", *(body.body.model for body in bodies)],
        ["mass, kg", *(f"{body.body.mass:.1f}" for body in bodies)],
        ["leg, hip to ankle, m", *(f"{body.body.leg_length:.3f}" for body in bodies)],
    ]


def energy_rows(bodies: Sequence[Findings]) -> list[list[str]]:
    """Return metabolic power and cost by body."""
    return [
        [label, *(f"{getattr(body.energy, name):.2f}" for body in bodies)]
        for name, label in ENERGY_ROWS
    ]


def _about_energy(bodies: Sequence[Findings]) -> str:
    rigid = [body.name for body in bodies if not body.body.elastic]
    said = "Gross, with 1.2 W/kg at rest. People walk at 2.5 to 4.5 J/kg/m."
    if rigid:
        said += (
            f" Tendons of {' and '.join(rigid)} do not stretch: fibres do the work that tendons "
            "store in life, so that these figures lie above life's (myolegs_elastic has others)."
        )
    return said


def peak_heads(bodies: Sequence[Findings]) -> list[str]:
    """Return the headings of :func:`peak_rows`."""
    each = [f"{body.name}, {what}" for body in bodies for what in ("right", "left", "asymmetry, %")]
    return ["", *each, "usual"]


def peak_rows(bodies: Sequence[Findings]) -> list[list[str]]:
    """Return peaks of both legs by body, and what is usual."""
    rows = []
    for measure in MEASURES:
        row = [measure.label]
        for body in bodies:
            sides = [
                measure.of(body.mechanics[side]) if side in body.mechanics else float("nan")
                for side in ("r", "l")
            ]
            row += ["" if np.isnan(value) else f"{value:.2f}" for value in sides]
            apart = asymmetry(*sides)
            row.append("" if np.isnan(apart) else f"{apart:.0f}")
        if any(row[1:]):
            usual = measure.usual
            rows.append([*row, "" if usual is None else f"{usual[0]:g} to {usual[1]:g}"])
    return rows


def said_of_differences(bodies: Sequence[Findings]) -> list[str]:
    """Return where the first body moves unlike the motion that it follows, in words.

    That motion is the last body's: a policy's report has its clip's muscle prior beside it.
    """
    one, motion = bodies[0], bodies[-1]
    same_clip = one.walk.recording.info.clip == motion.walk.recording.info.clip
    if len(bodies) < 2 or motion.walk.by_force or not same_clip:
        return []
    sides = {"r": "right", "l": "left"}
    every = differences(one.mechanics, motion.mechanics)
    found = [d for d in every if d.rms >= UNLIKE]
    said = [_said_of_time(one.name, sides[side], every, side) for side in one.mechanics]
    if not found:
        as_it = f"{one.name} moves as the motion does, within {UNLIKE:g} degrees (rms) everywhere."
        return [as_it, *filter(None, said)]
    parts = []
    for d in found:
        joint, larger, smaller = PLAIN[d.joint]
        parts.append(
            f"{sides[d.side]} {joint} {abs(d.most):.0f} degrees "
            f"{larger if d.most > 0 else smaller} at {d.at:.0f} % of the cycle (rms {d.rms:.0f})"
        )
    unlike = f"Where {one.name} is unlike the motion ({motion.name}): {'; '.join(parts)}."
    return [unlike, *filter(None, said)]


def _said_of_time(name: str, leg: str, every: Sequence[Unlike], side: str) -> str:
    """Return by how much a leg is late or early, where it is; that is left out of the angles."""
    late = [d.later for d in every if d.side == side]
    middle = float(np.median(late)) if late else 0.0
    if abs(middle) < LATE:
        return ""
    return (
        f"After its foot's strikes, {name}'s {leg} leg is {abs(middle):.0f} % of the cycle "
        f"{'later' if middle > 0 else 'earlier'} than the motion's, which is not in these figures."
    )
