"""The commands ``kinesis-fast body``: what a body is made of."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from kinesis_fast.cli.common import JsonOption, cell, console, figures_table, say, write_json
from kinesis_fast.cli.progress import item_progress
from kinesis_fast.errors import InputError

if TYPE_CHECKING:
    from kinesis_fast.body.audit import Audit

FRAMES = 100
"""Of a motion, at which a body is compared; more say little more."""

bodies = typer.Typer(
    help="Bodies of a person's size, and what a body is made of.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(bodies, name="body")


@bodies.command("audit")
def body_audit(
    model: Annotated[str, typer.Argument(help="A built-in model or an MJCF file.")],
    against: Annotated[Path, typer.Option(help="OpenSim's model, an .osim file.")],
    motions: Annotated[
        str, typer.Option(help="What to compare along: a library or a motion file.")
    ] = "gait",
    clip: Annotated[str | None, typer.Option(help="Of it; by default all clips.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="A folder for the table and a picture of moment arms.")
    ] = None,
    json_path: JsonOption = None,
) -> None:
    """Compare a body with OpenSim's model: muscles, bones and masses along a motion.

    Example: kinesis-fast body audit myolegs --against Rajagopal2016.osim --out audit
    """
    from kinesis_fast.body import load_model
    from kinesis_fast.body.audit import audit
    from kinesis_fast.motions import load_motions

    body = load_model(model)
    library = load_motions(motions, body, clips=() if clip is None else (clip,))
    frames = len(library.arrays.qpos)
    rows = np.unique(np.linspace(0, frames - 1, min(frames, FRAMES)).round().astype(int))
    with item_progress("Asking OpenSim") as advance:
        found = audit(body, against, np.asarray(library.arrays.qpos[rows], np.float64), advance)
    count = len(library.clips)
    _show(found, library.clips[0].name if count == 1 else f"{count} clips of {motions}")
    if json_path is not None:
        write_json(json_path, _figures(found))
    if out is not None:
        from kinesis_fast.body.audit.pictures import draw_arms

        out.mkdir(parents=True, exist_ok=True)
        _write_table(found, out / "muscles.csv")
        draw_arms(found, out / "arms.png")
        say(f"{out}: muscles.csv, arms.png")


@bodies.command("scale")
def body_scale(
    out: Annotated[Path, typer.Option(help="The body to write (.xml), for every --model.")],
    trial: Annotated[
        Path | None,
        typer.Argument(
            help="A trial in which she stands, or moves: markers in a .c3d or .trc file. Without "
            "one, all segments follow --height."
        ),
    ] = None,
    mass: Annotated[float | None, typer.Option(help="Of the person, kg.")] = None,
    height: Annotated[float | None, typer.Option(help="Of the person, m.")] = None,
    model: Annotated[str, typer.Option(help="The built-in model that is scaled.")] = "myolegs",
    joint_map: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Labels that are not known: lines 'knee_r: R.Epicondyle' (YAML)."
        ),
    ] = None,
) -> None:
    """Make a body of a person's size: segments, masses, muscle paths, fibres, tendons and forces.

    Example: kinesis-fast body scale static.c3d --mass 63 --height 1.68 --out anna.xml
    """
    from kinesis_fast.body import load_model
    from kinesis_fast.body.compose import scaled_body
    from kinesis_fast.body.scaling import by_height
    from kinesis_fast.motions.formats.joint_names import read_joint_map
    from kinesis_fast.person import measure, read_trial, scale_of

    if out.suffix.lower() != ".xml":
        raise InputError(f"cannot write {str(out)!r}; a body's suffix is .xml")
    if trial is None and height is None:
        raise InputError("how large is she? give a trial with markers, or --height in metres")
    names = None if joint_map is None else read_joint_map(joint_map)
    if trial is None:
        assert height is not None
        scale = by_height(height, mass)
        measures = None
    else:
        measures = measure(read_trial(trial, names), names)
        scale = scale_of(measures, load_model(model), mass, height)
    scaled_body(model, scale, out)
    body = load_model(out)
    table = figures_table("segment", "times the model's", "m", "right and left, m")
    for segment, scales in scale.segments.items():
        length, both = "", ""
        if measures is not None and segment in measures.sides:
            length = f"{np.mean(measures.sides[segment]):.3f}"
            both = ", ".join(f"{side:.3f}" for side in measures.sides[segment])
        shown = sorted({f"{s:.3f}" for s in scales})
        along = f"{scales[1]:.3f}" + (f" (across {scales[0]:.3f})" if len(shown) > 1 else "")
        table.add_row(cell(segment), along, length, both)
    console.print(table)
    say(
        f"{out}: {float(body.body_mass.sum()):.1f} kg",
        f"Next: kinesis-fast motions import TRIAL --model {out} --out motions.h5",
    )


def _rows(found: Audit) -> list[dict[str, str | float]]:
    """Return a row a muscle: largest differences, and what both are made of."""
    return [
        {
            "muscle": muscle.name,
            "length_mm": 1000 * muscle.length,
            "arm_mm": 1000 * muscle.arm,
            "arm_about": muscle.joint,
            "fibre_length": muscle.fibre_length,
            "active_curve": muscle.active,
            "passive_curve": muscle.passive,
            **{
                f"{name}_{whose}": getattr(side, name)
                for name in ("peak_force", "optimal_length", "slack_length")
                for whose, side in (("ours", muscle.ours), ("theirs", muscle.theirs))
            },
        }
        for muscle in found.muscles
    ]


def _figures(found: Audit) -> dict[str, object]:
    return {
        "muscles": _rows(found),
        "bodies": [
            {
                "body": body.name,
                "origin_mm": 1000 * body.origin,
                "mass_ours": body.our_mass,
                "mass_theirs": body.their_mass,
            }
            for body in found.bodies
        ],
        "only_ours": found.only_ours,
    }


def _write_table(found: Audit, path: Path) -> None:
    rows = _rows(found)
    lines = [
        ",".join(v if isinstance(v, str) else f"{v:.6g}" for v in row.values()) for row in rows
    ]
    path.write_text("\n".join([",".join(rows[0]), *lines]) + "\n", encoding="utf-8")


def _show(found: Audit, clip: str) -> None:
    from kinesis_fast.body.names import without_side

    heads = ("length\nmm", "arm\nmm", "about", "fibre\nl / l0", "force\nratio", "l0\nratio")
    table = figures_table("muscle", *heads)
    by_muscle = groupby(
        sorted(found.muscles, key=lambda m: without_side(m.name)), lambda m: without_side(m.name)
    )
    rows = {name: list(sides) for name, sides in by_muscle}
    for name, sides in sorted(rows.items(), key=lambda row: -max(m.arm for m in row[1])):
        worst = max(sides, key=lambda m: m.arm)
        table.add_row(
            cell(name),
            f"{1000 * max(m.length for m in sides):.1f}",
            f"{1000 * worst.arm:.1f}",
            cell(without_side(worst.joint)),
            f"{max(m.fibre_length for m in sides):.2f}",
            f"{worst.ours.peak_force / worst.theirs.peak_force:.2f}",
            f"{worst.ours.optimal_length / worst.theirs.optimal_length:.2f}",
        )
    console.print(table)
    bones = figures_table("body", "origin\nmm", "mass\nkg", "OpenSim's\nkg")
    for body in found.bodies:
        bones.add_row(
            cell(body.name),
            f"{1000 * body.origin:.1f}",
            f"{body.our_mass:.3f}",
            f"{body.their_mass:.3f}",
        )
    console.print(bones)
    say(
        f"Largest differences along {clip}, of both sides; ratios: this body's over OpenSim's.",
        "Curves of force and length: active force within "
        f"{max(m.active for m in found.muscles):.2f} of the peak, passive within "
        f"{max(m.passive for m in found.muscles):.2f}.",
    )
    if found.only_ours:
        say(f"Not in OpenSim's model: {', '.join(found.only_ours)}")
