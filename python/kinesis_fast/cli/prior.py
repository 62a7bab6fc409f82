"""The commands ``kinesis-fast motions prior`` and ``motions loop``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from kinesis_fast.cli.common import JsonOption, check_json, console, write_json
from kinesis_fast.errors import InputError

LibraryArgument = Annotated[
    str, typer.Argument(help="A built-in library, a library (.h5) or a motion file.")
]
LEG_JOINTS = ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle")
SATURATED = 0.99
"""Activation from which a muscle can give no more."""


def register(app: typer.Typer) -> None:
    """Add the commands to ``kinesis-fast motions``."""
    app.command("prior")(motions_prior)
    app.command("loop")(motions_loop)


def motions_prior(
    library: LibraryArgument,
    out: Annotated[
        Path | None,
        typer.Option(help="The library to write; by default the one given, which must be .h5."),
    ] = None,
    grf: Annotated[
        Path | None,
        typer.Option(help="Measured ground reaction forces (.mot) of the one clip there is."),
    ] = None,
    cutoff: Annotated[float, typer.Option(help="Low-pass filter of the motion, Hz.")] = 5.0,
    threads: Annotated[int, typer.Option(help="0: one per CPU.")] = 0,
    model: Annotated[str, typer.Option(help="The model that moves.")] = "myolegs",
    json_file: JsonOption = None,
) -> None:
    """Estimate what motions ask of joints, muscles and floor, and store it with them.

    Inverse dynamics with least muscle effort; contact forces are estimated too, or measured.
    Example: kinesis-fast motions prior walk.h5 --json prior.json
    """
    from kinesis_fast.body import load_model
    from kinesis_fast.motions import load_motions
    from kinesis_fast.motions.prior.estimate import PriorConfig, PriorEstimator, estimate_priors
    from kinesis_fast.motions.prior.ground_forces import read_ground_forces

    check_json(json_file)
    target = _target(library, out)
    if not 0 <= threads <= 1024:
        raise InputError(f"threads is {threads}; it must be in [0, 1024]")
    body = load_model(model)
    motions = load_motions(library, body)
    estimator = PriorEstimator(body, PriorConfig(cutoff=cutoff))
    begin = time.perf_counter()
    if grf is not None:
        if len(motions.clips) != 1:
            raise InputError(
                f"measured forces belong to one clip; this library has {len(motions.clips)}"
            )
        clip = motions.clips[0]
        prior = estimator.estimate_measured(motions.arrays.qpos, clip, read_ground_forces(grf))
    else:
        columns = (TextColumn("Estimating"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
            task = bar.add_task("clips", total=len(motions.clips))
            prior = estimate_priors(
                estimator,
                motions,
                num_threads=threads,
                on_clip=lambda done: bar.update(task, completed=done + 1),
            )
    seconds = time.perf_counter() - begin
    made = motions.with_prior(prior)
    made.save(target)
    figures = _figures(made, body)
    frames_per_s = len(prior.torque) / seconds
    _show(figures)
    console.print(
        f"{target}: {len(made.clips)} clips, {frames_per_s:,.0f} frames/s",
        highlight=False,
        soft_wrap=True,
    )
    write_json(json_file, {"seconds": seconds, "frames_per_s": frames_per_s, "clips": figures})


def motions_loop(
    library: LibraryArgument,
    out: Annotated[Path, typer.Option(help="The library to write (.h5).")],
    clip: Annotated[str | None, typer.Option(help="The clip to loop.")] = None,
    start: Annotated[
        float | None, typer.Option(help="Of the cycle, s from the clip's start; else found.")
    ] = None,
    end: Annotated[float | None, typer.Option(help="Of the cycle.")] = None,
    seconds: Annotated[float, typer.Option(help="Length of the result.")] = 120.0,
    model: Annotated[str, typer.Option(help="The model that moves.")] = "myolegs",
) -> None:
    """Make steady walking from one stride of a clip.

    Example: kinesis-fast motions loop walk_01.amc --out steady.h5
    """
    from kinesis_fast.body import load_model
    from kinesis_fast.motions import load_motions
    from kinesis_fast.motions.looping import loop_clip

    _check_library(out)
    body = load_model(model)
    motions = load_motions(library, body)
    number = motions.choose(clip)
    made = loop_clip(body, motions, number, seconds=seconds, start=start, end=end)
    made.save(out)
    attributes = made.clips[0].attributes
    first, last = float(attributes["loop_start"]), float(attributes["loop_end"])
    moved = made.arrays.qpos[-1, :2] - made.arrays.qpos[0, :2]
    console.print(
        f"{out}: {made.clips[0].name}, {made.clips[0].duration:.1f} s of the cycle from "
        f"{first:.3f} to {last:.3f} s, "
        f"{float(np.linalg.norm(moved)) / made.clips[0].duration:.2f} m/s",
        highlight=False,
        soft_wrap=True,
    )


def _target(library: str, out: Path | None) -> Path:
    target = out or Path(library)
    if out is None and target.suffix.lower() not in (".h5", ".hdf5"):
        raise InputError(f"{library!r} is no library to store a prior in; name one with --out")
    _check_library(target)
    return target


def _check_library(path: Path) -> None:
    if path.suffix.lower() not in (".h5", ".hdf5"):
        raise InputError(f"library {str(path)!r} must end in .h5")
    if not path.parent.is_dir():
        raise InputError(f"folder {str(path.parent)!r} does not exist")


def _figures(library: Any, model: Any) -> list[dict[str, Any]]:
    from kinesis_fast.body import independent_joints, without_side

    joints = independent_joints(model)
    found = []
    for i, clip in enumerate(library.clips):
        prior = library.prior.rows(slice(library.first_frame[i], library.first_frame[i + 1]))
        residual = np.sqrt(np.mean(np.square(prior.residual, dtype=np.float64), axis=0))
        by_joint = dict(zip(joints, residual[6:].tolist(), strict=True))
        legs = [v for name, v in by_joint.items() if without_side(name) in LEG_JOINTS]
        found.append(
            {
                "name": clip.name,
                "frames": clip.frames,
                "joint_residual_nm": by_joint,
                "worst_leg_residual_nm": max(legs, default=0.0),
                "root_force_residual_n": residual[:3].tolist(),
                "root_moment_residual_nm": residual[3:6].tolist(),
                "mean_activation": float(prior.activation.mean()),
                "saturated_share": float(np.mean(prior.activation > SATURATED)),
                "mean_vertical_force_n": float(prior.ground_force[:, :, 2].sum(axis=1).mean()),
            }
        )
    return found


def _show(figures: list[dict[str, Any]]) -> None:
    table = Table("clip", "leg residual N m", "root N", "root N m", "activation", "saturated")
    for f in figures:
        table.add_row(
            f["name"],
            f"{f['worst_leg_residual_nm']:.3f}",
            f"{np.linalg.norm(f['root_force_residual_n']):.0f}",
            f"{np.linalg.norm(f['root_moment_residual_nm']):.0f}",
            f"{f['mean_activation']:.3f}",
            f"{100 * f['saturated_share']:.1f} %",
        )
    console.print(table)
