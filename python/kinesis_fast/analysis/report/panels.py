"""The report's pictures: small panels, so that a page lays them out for any width."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kinesis_fast.analysis.emg.cycle_agreement import DELAYS, HumanBaseline
from kinesis_fast.analysis.emg.subject import EmgSubject
from kinesis_fast.analysis.mechanics import MEASURES
from kinesis_fast.analysis.profiles import POINTS, Profile
from kinesis_fast.analysis.report.findings import INSTANTS, Findings
from kinesis_fast.errors import InputError

Array = npt.NDArray[np.float64]

HUMAN = "0.35"
COLOURS = ("#b5362a", "#2a5fb5", "#3a8f4d", "#8a5bb0")
"""Of bodies, in order."""
SIZE = (3.2, 2.3)
"""Width and height of a picture, inches."""
MECHANICS = (
    ("angles", "degrees", "{}, angle"),
    ("moments", "N m/kg", "{}, moment"),
    ("powers", "W/kg", "{}, power"),
    ("ground", "body weights", "force of the ground, {}"),
    ("contact", "body weights", "contact force, {}"),
)
"""Fields of :class:`~kinesis_fast.analysis.mechanics.Mechanics`, units and titles of their
pictures."""
PERCENT = np.arange(POINTS) * 100.0 / POINTS


@dataclass(frozen=True)
class Panel:
    """One picture."""

    name: str
    """Name of the picture's file."""
    title: str
    """What it shows, for those who cannot see it too."""
    svg: bytes
    png: bytes


def _draw(name: str, title: str, draw: Callable[[Any], None]) -> Panel:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from matplotlib.layout_engine import ConstrainedLayoutEngine
    except ImportError as error:
        raise InputError(
            "pictures are drawn by matplotlib: pip install 'kinesis_fast[report]'"
        ) from error
    figure, layout = Figure(figsize=SIZE, dpi=150), ConstrainedLayoutEngine()
    figure.set_layout_engine(layout)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.tick_params(labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(title, fontsize=8)
    draw(axes)
    # Laid out once for both files: it takes as long as drawing.
    layout.execute(figure)
    figure.set_layout_engine("none")
    files = []
    for kind in ("svg", "png"):
        out = io.BytesIO()
        figure.savefig(out, format=kind, metadata={"Date": None} if kind == "svg" else None)
        files.append(out.getvalue())
    return Panel(name, title, *files)


def _band(axes: Any, profile: Profile, colour: str, label: str, scale: float = 1.0) -> None:
    mean, spread = profile.mean * scale, profile.deviation * scale
    axes.plot(PERCENT, mean, color=colour, lw=1.2, label=label)
    axes.fill_between(PERCENT, mean - spread, mean + spread, color=colour, alpha=0.2, lw=0)
    axes.set_xlim(0, 100)


def _labelled(axes: Any, x: str, y: str) -> None:
    axes.set_xlabel(x, fontsize=7)
    axes.set_ylabel(y, fontsize=7)


def emg_panels(bodies: Sequence[Findings], person: EmgSubject | None) -> list[Panel]:
    """Return a channel's activity a panel, each scaled to its own most, people's in grey."""
    names = list(person.profiles) if person is not None else bodies[0].synergy_channels
    panels = []
    for name in names:
        if name not in bodies[0].profiles:
            continue

        def draw(axes: Any, name: str = name) -> None:
            if person is not None:
                own = person.profiles[name]
                _band(axes, own, HUMAN, person.name, 1.0 / max(float(own.mean.max()), 1e-9))
            for body, colour in zip(bodies, COLOURS, strict=False):
                made = body.profiles[name]
                _band(axes, made, colour, body.name, 1.0 / max(float(made.mean.max()), 1e-9))
            _labelled(axes, "% of the gait cycle", "share of the most")
            if name == names[0]:
                axes.legend(fontsize=6, frameon=False)

        panels.append(_draw(f"emg_{name}", name.replace("_", " "), draw))
    return panels


def delay_panel(bodies: Sequence[Findings], humans: HumanBaseline | None) -> Panel:
    """Return mean r against the delay, with nulls, and people among each other."""

    def draw(axes: Any) -> None:
        for body, colour in zip(bodies, COLOURS, strict=False):
            if body.agreement is None:
                continue
            means = [body.agreement.mean_r(delay) for delay in DELAYS]
            axes.plot([1e3 * d for d in DELAYS], means, color=colour, lw=1.2, label=body.name)
            axes.axhline(body.agreement.permuted95, color=colour, lw=0.7, ls=":")
        if humans is not None:
            axes.axhline(humans.mean_r, color=HUMAN, lw=1.0, ls="--", label="people, each other")
        _labelled(axes, "activity later than EMG by, ms", "mean r (dots: null, 95 %)")
        axes.legend(fontsize=6, frameon=False)

    return _draw("emg_delay", "agreement against delay", draw)


def mechanics_panels(bodies: Sequence[Findings]) -> list[Panel]:
    """Return angles, moments and powers of joints, the ground's forces, and those at joints.

    The right side with its deviation, the left one dashed, each over its own foot's cycle; grey
    boxes hold the peaks of adults.
    """
    panels = []
    for what, unit, title in MECHANICS:
        names = dict.fromkeys(
            name for body in bodies for name in getattr(body.mechanics["r"], what)
        )
        for name in names:

            def draw(axes: Any, what: str = what, name: str = name, unit: str = unit) -> None:
                for body, colour in zip(bodies, COLOURS, strict=False):
                    for side, made in body.mechanics.items():
                        profile = getattr(made, what).get(name)
                        if profile is None:
                            continue
                        if side == "r":
                            _band(axes, profile, colour, body.name)
                        else:
                            axes.plot(PERCENT, profile.mean, color=colour, lw=0.8, ls="--")
                _usual_peaks(axes, what, name)
                _labelled(axes, "% of the gait cycle", unit)

            panels.append(_draw(f"{what}_{name}", title.format(name.replace("_", " ")), draw))
    return panels


def _usual_peaks(axes: Any, kind: str, signal: str) -> None:
    """Draw where adults' peaks lie."""
    for measure in MEASURES:
        box = measure.box()
        if box is not None and (measure.kind, measure.signal) == (kind, signal):
            (begin, end), (low, high) = box
            axes.fill_between([begin, end], low, high, color=HUMAN, alpha=0.18, lw=0)


def synergy_panels(bodies: Sequence[Findings]) -> list[Panel]:
    """Return what synergies account for by their number, and the first body's vectors."""

    def curve(axes: Any) -> None:
        for body, colour in zip(bodies, COLOURS, strict=False):
            shares = body.synergy_count.accounted
            axes.plot(
                range(1, len(shares) + 1), shares, "o-", color=colour, lw=1, ms=3, label=body.name
            )
        axes.axhline(0.9, color=HUMAN, lw=0.7, ls=":")
        _labelled(axes, "synergies", "variance accounted for")
        axes.legend(fontsize=6, frameon=False)

    panels = [_draw("synergy_count", "synergies", curve)]
    first = bodies[0]
    for number, vector in enumerate(first.synergy.vectors, 1):

        def bars(axes: Any, vector: Array = vector) -> None:
            axes.barh(range(len(vector)), vector, color=COLOURS[0])
            labels = [name.replace("_", " ")[:18] for name in first.synergy_channels]
            axes.set_yticks(range(len(vector)), labels, fontsize=5)
            axes.invert_yaxis()

        panels.append(_draw(f"synergy_{number}", f"{first.name}: synergy {number}", bars))
    return panels


def components_panel(body: Findings) -> Panel:
    """Return how a policy does with its control limited to few components."""

    def draw(axes: Any) -> None:
        counts = [one.components for one in body.limited]
        for name, label, colour in (
            ("success", "not lost", COLOURS[0]),
            ("coverage", "time followed", COLOURS[1]),
            ("accounted", "variance accounted for", HUMAN),
        ):
            values = [getattr(one, name) for one in body.limited]
            axes.plot(counts, values, "o-", color=colour, lw=1, ms=3, label=label)
        _labelled(axes, "principal components of excitations", "share")
        axes.set_ylim(0, 1.05)
        axes.legend(fontsize=6, frameon=False)

    return _draw("components", f"{body.name}: control limited to components", draw)


def redundancy_panels(body: Findings, muscles: Sequence[str]) -> list[Panel]:
    """Return how far muscles could be activated, beside what is and what least efforts ask for."""
    found = body.redundant
    if found is None:
        return []
    percent = np.arange(INSTANTS) * 100.0 / INSTANTS
    panels = []
    for name in muscles:
        if name not in found.muscles:
            continue
        column = found.muscles.index(name)

        def draw(axes: Any, column: int = column, name: str = name) -> None:
            axes.fill_between(
                percent, found.low[:, column], found.high[:, column], color="0.88", lw=0,
                label="possible",
            )  # fmt: skip
            for (power, made), colour in zip(found.efforts.items(), COLOURS[::-1], strict=False):
                axes.plot(percent, made[:, column], color=colour, lw=0.8, label=f"effort {power}")
            axes.plot(
                percent, found.activation[:, column], color="k", lw=1.4, label="what there is"
            )
            axes.set_ylim(0, 1.02)
            _labelled(axes, "% of the gait cycle", "activation")
            if name == muscles[0]:
                axes.legend(fontsize=5, frameon=False)

        panels.append(_draw(f"possible_{name}", f"{body.name}: {name}", draw))
    return panels
