"""From findings to a folder: the page, its pictures, and all numbers."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kinesis_fast.analysis.emg.cycle_agreement import HumanBaseline
from kinesis_fast.analysis.emg.normal_activity import Normal
from kinesis_fast.analysis.emg.subject import EmgSubject
from kinesis_fast.analysis.mechanics import KINDS
from kinesis_fast.analysis.profiles import POINTS
from kinesis_fast.analysis.report import panels
from kinesis_fast.analysis.report.differences import HEADS, compared, difference_rows
from kinesis_fast.analysis.report.findings import Findings
from kinesis_fast.analysis.report.mechanics import energy_rows, peak_heads, peak_rows
from kinesis_fast.analysis.report.sections import (
    as_usual,
    gait_rows,
    page_of,
    synergy_rows,
)
from kinesis_fast.analysis.strides import differences
from kinesis_fast.errors import InputError

SHOWN = tuple(
    f"{muscle}_r"
    for muscle in (
        "soleus",
        "gasmed",
        "tibant",
        "vaslat",
        "recfem",
        "semimem",
        "bflh",
        "psoas",
        "glmed1",
        "glmax2",
    )
)
"""Muscles whose possible activations are drawn."""


def write_report(
    folder: Path,
    bodies: Sequence[Findings],
    person: EmgSubject | None = None,
    humans: HumanBaseline | None = None,
    normal: Normal | None = None,
) -> dict[str, Any]:
    """Write ``index.html``, ``figures/``, ``tables/`` and ``report.json`` into a folder.

    Args:
        folder: made where it is not there.
        bodies: what is reported of, the policy first.
        person: that they are compared with.
        humans: what people reach among each other.
        normal: when muscles are usually active, percent of the cycle, by channel.

    Returns:
        All figures, as in ``report.json``.

    Raises:
        InputError: the folder cannot be written.
    """
    groups = {
        "EMG": panels.emg_panels(bodies, person),
        "mechanics": panels.mechanics_panels(bodies),
        "synergies": panels.synergy_panels(bodies),
        "redundancy": panels.redundancy_panels(bodies[0], SHOWN),
    }
    if bodies[0].limited:
        groups["redundancy"].insert(0, panels.components_panel(bodies[0]))
    if any(body.agreement is not None for body in bodies):
        groups["EMG"].insert(0, panels.delay_panel(bodies, humans))
    figures: dict[str, Any] = {body.name: body.as_dict() for body in bodies}
    for first, other in compared(bodies):
        figures[first.name].setdefault("differences", {})[other.name] = {
            label: {side: asdict(found) for side, found in sides.items()}
            for label, sides in differences(first.strides, other.strides).items()
        }
    for body in bodies if normal else ():
        figures[body.name]["time_as_usual"] = as_usual(body, normal or {})
    if humans is not None:
        figures["people"] = {"mean_r": humans.mean_r, "pairs": humans.pairs}
    try:
        (folder / "figures").mkdir(parents=True, exist_ok=True)
        (folder / "tables").mkdir(exist_ok=True)
        for panel in (panel for group in groups.values() for panel in group):
            (folder / "figures" / f"{panel.name}.svg").write_bytes(panel.svg)
            (folder / "figures" / f"{panel.name}.png").write_bytes(panel.png)
        _write_tables(folder / "tables", bodies, person)
        (folder / "report.json").write_text(json.dumps(figures, indent=2) + "\n")
        (folder / "index.html").write_text(
            page_of(bodies, person, humans, normal or {}, groups), encoding="utf-8"
        )
    except OSError as error:
        raise InputError(f"cannot write the report into {str(folder)!r}: {error}") from error
    return figures


def _write_tables(folder: Path, bodies: Sequence[Findings], person: EmgSubject | None) -> None:
    def write(name: str, rows: list[list[Any]]) -> None:
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)

    names = [body.name for body in bodies]
    write("gait", [["", *names], *gait_rows(bodies)])
    write("peaks", [peak_heads(bodies), *peak_rows(bodies)])
    write("energy", [["", *names], *energy_rows(bodies)])
    for first, other in compared(bodies):
        apart = difference_rows(first, other)
        write(f"differences_{bodies.index(other)}", [[*HEADS], *apart])
    write("synergies", [["", *names], *synergy_rows(bodies)])
    rows: list[list[Any]] = [["who", "signal", *(f"{100 * k / POINTS:.0f}" for k in range(POINTS))]]
    for body in bodies:
        signals = {f"activation {name}": p for name, p in body.profiles.items()}
        for side, mechanics in body.mechanics.items():
            for kind in KINDS:
                made = getattr(mechanics, kind)
                signals |= {f"{kind} {name}_{side}": profile for name, profile in made.items()}
        rows += [[body.name, name, *profile.mean.tolist()] for name, profile in signals.items()]
    if person is not None:
        rows += [
            [person.name, f"EMG {name}", *profile.mean.tolist()]
            for name, profile in person.profiles.items()
        ]
    write("profiles", rows)
