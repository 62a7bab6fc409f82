"""The command ``kinesis-fast motions prior``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from kinesis_fast.cli.common import (
    JsonOption,
    LibraryArgument,
    cell,
    check_json,
    check_library,
    console,
    counted,
    figures_table,
    say,
    write_json,
)
from kinesis_fast.cli.progress import item_progress
from kinesis_fast.errors import InputError

if TYPE_CHECKING:
    from kinesis_fast.motions.prior.ground_forces import GroundForces

SATURATED = 0.99
"""Activation from which a muscle can give no more."""


def register(app: typer.Typer) -> None:
    """Add the command to ``kinesis-fast motions``."""
    app.command("prior")(motions_prior)


OutOption = Annotated[
    Path | None,
    typer.Option(help="The library to write; by default the one given, which must be .h5."),
]
GrfOption = Annotated[
    Path | None,
    typer.Option(
        help="Measured ground reaction forces of the one clip there is: OpenSim's .mot, or the "
        ".c3d with plates that it was made from."
    ),
]
AsMeasuredOption = Annotated[
    bool,
    typer.Option(
        "--as-measured",
        help="The body has her size and mass (body scale): take forces as large as they were, "
        "where they were.",
    ),
]
CutoffOption = Annotated[float, typer.Option(help="Low-pass filter of the motion, Hz.")]
ContactHeightOption = Annotated[
    float,
    typer.Option(
        help="m over the floor at which pushing costs twice as much; 0.003 for recordings "
        "whose feet are tilted or too high."
    ),
]
ThreadsOption = Annotated[int, typer.Option(help="0: one per CPU.")]
ModelOption = Annotated[str, typer.Option(help="The model that moves.")]
JointMapOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Labels of markers in a .c3d of --grf that are not known: lines 'knee_r: LABEL'.",
    ),
]


def motions_prior(
    library: LibraryArgument,
    out: OutOption = None,
    grf: GrfOption = None,
    as_measured: AsMeasuredOption = False,
    cutoff: CutoffOption = 5.0,
    contact_height: ContactHeightOption = 0.001,
    threads: ThreadsOption = 0,
    model: ModelOption = "myolegs",
    joint_map: JointMapOption = None,
    json_file: JsonOption = None,
) -> None:
    """Estimate what motions ask of joints, muscles and floor, and store it with them.

    Inverse dynamics with least muscle effort; contact forces are estimated too, or measured.
    Example: kinesis-fast motions prior walk.h5 --json prior.json
    """
    from kinesis_fast.body import load_model
    from kinesis_fast.motions import load_motions
    from kinesis_fast.motions.prior.estimate import PriorConfig, PriorEstimator, estimate_priors

    check_json(json_file)
    target = _target(library, out)
    if not 0 <= threads <= 1024:
        raise InputError(f"threads is {threads}; it must be in [0, 1024]")
    if as_measured and grf is None:
        raise InputError("--as-measured is of measured forces; give them with --grf")
    body = load_model(model)
    motions = load_motions(library, body)
    estimator = PriorEstimator(body, PriorConfig(cutoff=cutoff, contact_height=contact_height))
    begin = time.perf_counter()
    if grf is not None:
        if len(motions.clips) != 1:
            raise InputError(
                f"measured forces belong to one clip; this library has {len(motions.clips)}"
            )
        clip = motions.clips[0]
        prior = estimator.estimate_measured(
            motions.arrays.qpos, clip, _forces(grf, joint_map), as_measured=as_measured
        )
    else:
        count = len(motions.clips)
        with item_progress("Estimating") as advance:
            prior = estimate_priors(
                estimator,
                motions,
                num_threads=threads,
                on_clip=lambda clip: advance(clip + 1, count),
            )
    seconds = time.perf_counter() - begin
    made = motions.with_prior(prior)
    made.save(target)
    figures = _figures(made, body)
    frames_per_s = len(prior.torque) / seconds
    _show(figures)
    say(
        f"{target}: {counted(len(made.clips), 'clip')}, {frames_per_s:,.0f} frames/s",
        f"Next: kinesis-fast train --motions {target} --init-from shipped",
    )
    write_json(json_file, {"seconds": seconds, "frames_per_s": frames_per_s, "clips": figures})


def _forces(path: Path, joint_map: Path | None) -> GroundForces:
    from kinesis_fast.motions.formats.joint_names import read_joint_map
    from kinesis_fast.motions.prior.force_plates import read_plate_forces
    from kinesis_fast.motions.prior.ground_forces import read_ground_forces

    if path.suffix.lower() != ".c3d":
        return read_ground_forces(path)
    return read_plate_forces(path, None if joint_map is None else read_joint_map(joint_map))


def _target(library: str, out: Path | None) -> Path:
    target = out or Path(library)
    if out is None and target.suffix.lower() not in (".h5", ".hdf5"):
        raise InputError(f"{library!r} is no library to store a prior in; name one with --out")
    check_library(target)
    return target


def _figures(library: Any, model: Any) -> list[dict[str, Any]]:
    from kinesis_fast.body import independent_joints, without_side
    from kinesis_fast.body.legs import LEG_JOINTS

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
    table = figures_table(
        "clip", "leg residual\nN m", "root\nN", "root\nN m", "activation", "saturated"
    )
    for f in figures:
        table.add_row(
            cell(f["name"]),
            f"{f['worst_leg_residual_nm']:.3f}",
            f"{np.linalg.norm(f['root_force_residual_n']):.0f}",
            f"{np.linalg.norm(f['root_moment_residual_nm']):.0f}",
            f"{f['mean_activation']:.3f}",
            f"{100 * f['saturated_share']:.1f} %",
        )
    console.print(table)
