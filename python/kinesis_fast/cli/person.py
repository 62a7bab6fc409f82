"""The command ``kinesis-fast person``: from her trial to her body, motion, forces and report."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from kinesis_fast.cli.analyze import analyze_report
from kinesis_fast.cli.body import body_scale
from kinesis_fast.cli.common import say
from kinesis_fast.cli.export import motions_export
from kinesis_fast.cli.motions import motions_import
from kinesis_fast.cli.prior import motions_prior
from kinesis_fast.errors import InputError

BODY, MOTION = "body.xml", "motion.h5"
STANDING, COVERED = 100.0, 0.95
"""N that plates carry of who stands on them, and the share of a trial in which they must."""
FORMATS = ["mot", "trc", "glb", "csv"]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("person")(person)


def person(
    trial: Annotated[Path, typer.Argument(help="What she did: markers in a .c3d or .trc file.")],
    out: Annotated[Path, typer.Option(help="A folder for all that comes of it.")],
    static: Annotated[
        Path | None,
        typer.Option(help="A trial in which she stands; by default the first is taken for both."),
    ] = None,
    mass: Annotated[float | None, typer.Option(help="Hers, kg.")] = None,
    height: Annotated[float | None, typer.Option(help="Hers, m.")] = None,
    grf: Annotated[
        Path | None,
        typer.Option(
            help="Ground forces measured in the trial, .mot of OpenSim; by default those of the "
            "trial's plates."
        ),
    ] = None,
    emg: Annotated[
        Path | None, typer.Option(help="Her EMG of the trial, for the report; with --map.")
    ] = None,
    emg_map: Annotated[
        Path | None, typer.Option("--map", help="What is in it, YAML; see docs/physiology.md.")
    ] = None,
    joint_map: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Labels that are not known: lines 'knee_r: R.Epicondyle' (YAML)."
        ),
    ] = None,
    model: Annotated[str, typer.Option(help="The built-in model that is scaled.")] = "myolegs",
    report: Annotated[bool, typer.Option(help="Write the report, which takes a minute.")] = True,
) -> None:
    """Make a body of a person's size and her motion on it: forces, moments, files, a report.

    Each step is a command of its own: body scale, motions import, motions prior, motions export,
    analyze report. Training goes on from what is written, as the last line says.
    Example: kinesis-fast person walk.c3d --static static.c3d --mass 63 --height 1.68 --out anna
    """
    if (emg is None) != (emg_map is None):
        raise InputError("EMG needs a map of what is in it: give --emg and --map together")
    out.mkdir(parents=True, exist_ok=True)
    body, motion = out / BODY, out / MOTION
    stands = trial if static is None else static
    with _step("Her body"):
        body_scale(body, stands, mass, height, model, joint_map)
    with _step("Her motion"):
        motions_import([trial], motion, joint_map=joint_map, static=stands, model=str(body))
    grf = grf or _plates(trial, joint_map)
    with _step("Forces, moments and muscles"):
        motions_prior(str(motion), None, grf, grf is not None, model=str(body), joint_map=joint_map)
    with _step("Files for other programs"):
        motions_export(str(motion), out / "files", FORMATS, model=str(body))
    if report:
        with _step("Report"):
            analyze_report(
                "prior", out / "report", str(motion), str(body), emg=emg, emg_map=emg_map
            )
    say(
        f"Next: kinesis-fast render shipped --model {body} --motions {motion} --out her.mp4, or "
        f"kinesis-fast train --init-from shipped --motions {motion} env.model={body}"
    )


def _plates(trial: Path, joint_map: Path | None) -> Path | None:
    """Return the trial where it has forces of plates under its feet, and say so or why not."""
    if trial.suffix.lower() != ".c3d":
        return None
    from kinesis_fast.motions.formats.joint_names import read_joint_map
    from kinesis_fast.motions.prior.force_plates import read_plate_forces

    try:
        forces = read_plate_forces(trial, None if joint_map is None else read_joint_map(joint_map))
    except InputError as error:
        say(f"Forces are estimated: {error}")
        return None
    covered = float((forces.force[:, :, 2].sum(axis=1) > STANDING).mean())
    if covered < COVERED:
        say(f"Forces are estimated: plates carry her for {100 * covered:.0f} % of the trial")
        return None
    return trial


@contextmanager
def _step(what: str) -> Iterator[None]:
    """Say what is done, and how long it took."""
    say(f"== {what}")
    began = time.monotonic()
    yield
    say(f"   ({time.monotonic() - began:.0f} s)")
