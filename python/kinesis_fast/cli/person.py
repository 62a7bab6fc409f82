"""The command ``kinesis-fast person``: from her trial to her body, motion, forces and report."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from kinesis_fast.cli.analyze import analyze_report
from kinesis_fast.cli.body import body_scale
from kinesis_fast.cli.common import say
from kinesis_fast.cli.export import motions_export
from kinesis_fast.cli.loop import motions_loop
from kinesis_fast.cli.motions import motions_import
from kinesis_fast.cli.prior import motions_prior
from kinesis_fast.cli.train import train
from kinesis_fast.errors import InputError

BODY, MOTION, WALK, POLICY, EMG = "body.xml", "motion.h5", "walk.h5", "policy", "emg.yaml"
BEGIN = "shipped"
"""The policy that hers begins as."""
SETTINGS = ("policy.init_std=0.15", "ppo.epochs=1", f"total_samples={10**12}", "tensorboard=false")
"""Of the training, which the clock ends."""
LEAST_CHANNELS = 3
"""EMG channels of the trial that must be known for a report of them."""
STANDING, COVERED = 100.0, 0.95
"""N that plates carry of who stands on them, and the share of a trial in which they must."""
FORMATS = ["mot", "trc", "glb", "csv"]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("person")(person)


TrialArgument = Annotated[
    Path, typer.Argument(help="What she did: markers in a .c3d or .trc file.")
]
OutOption = Annotated[Path, typer.Option(help="A folder for all that comes of it.")]
StaticOption = Annotated[
    Path | None,
    typer.Option(help="A trial in which she stands; by default the first is taken for both."),
]
MassOption = Annotated[float | None, typer.Option(help="Hers, kg.")]
HeightOption = Annotated[float | None, typer.Option(help="Hers, m.")]
GrfOption = Annotated[
    Path | None,
    typer.Option(
        help="Ground forces measured in the trial, .mot of OpenSim; by default those of the "
        "trial's plates. They count where they carry her throughout."
    ),
]
EmgOption = Annotated[
    Path | None,
    typer.Option(
        help="Her EMG of the trial, for the report; with --map. By default the trial's own "
        "channels of the right leg that are named after muscles."
    ),
]
EmgMapOption = Annotated[
    Path | None, typer.Option("--map", help="What is in it, YAML; see docs/physiology.md.")
]
JointMapOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Labels that are not known: lines 'knee_r: R.Epicondyle' (YAML)."
    ),
]
ModelOption = Annotated[str, typer.Option(help="The built-in model that is scaled.")]
MinutesOption = Annotated[
    float,
    typer.Option(help="Of training a policy to her, which begins as shipped; 0: none."),
]
SeedOption = Annotated[int, typer.Option(help="Of the training.")]
ReportOption = Annotated[bool, typer.Option(help="Write the report, which takes a minute.")]


def person(
    trial: TrialArgument,
    out: OutOption,
    static: StaticOption = None,
    mass: MassOption = None,
    height: HeightOption = None,
    grf: GrfOption = None,
    emg: EmgOption = None,
    emg_map: EmgMapOption = None,
    joint_map: JointMapOption = None,
    model: ModelOption = "myolegs",
    minutes: MinutesOption = 4.0,
    seed: SeedOption = 0,
    report: ReportOption = True,
) -> None:
    """Make a body of a person's size, her motion on it, forces, files, a policy and a report.

    Each step is a command of its own: body scale, motions import, motions prior, motions export,
    train, analyze report. Training goes on from what is written, as the last line says.
    Example: kinesis-fast person walk.c3d --static static.c3d --mass 63 --height 1.68 --out anna
    """
    if (emg is None) != (emg_map is None):
        raise InputError("EMG needs a map of what is in it: give --emg and --map together")
    if not 0.0 <= minutes <= 1e6:
        raise InputError(f"minutes is {minutes:g}; it must be in [0, 1e+06]")
    out.mkdir(parents=True, exist_ok=True)
    body, motion, policy = out / BODY, out / MOTION, out / POLICY
    if minutes > 0.0 and policy.exists():
        raise InputError(
            f"{str(policy)!r} is there already; choose another folder, or --minutes 0 and go on "
            f"with it: kinesis-fast train --resume {policy} most_minutes=..."
        )
    stands = trial if static is None else static
    with _step("Her body"):
        body_scale(body, stands, mass, height, model, joint_map)
    with _step("Her motion"):
        motions_import([trial], motion, joint_map=joint_map, static=stands, model=str(body))
    grf = _measured(trial, grf, motion, joint_map)
    with _step("Forces, moments and muscles"):
        motions_prior(str(motion), None, grf, grf is not None, model=str(body), joint_map=joint_map)
    walk = _steady_walk(motion, out / WALK, body)
    with _step("Files for other programs"):
        motions_export(str(motion), out / "files", FORMATS, model=str(body))
    if minutes > 0.0:
        with _step("A policy of hers"):
            _train(body, motion, policy, minutes, seed)
    if emg is None:
        emg, emg_map = _emg_of(trial, body, motion, out / EMG)
    if report:
        with _step("Report"):
            _report(out, walk or motion, emg, emg_map, trained=minutes > 0.0)
    _say_next(body, motion, policy, trained=minutes > 0.0)


def _say_next(body: Path, motion: Path, policy: Path, *, trained: bool) -> None:
    if trained:
        say(
            f"Next: kinesis-fast render {policy} --motions {motion} --out her.mp4, kinesis-fast "
            f"play --model {body}, or more training: kinesis-fast train --resume {policy} "
            "most_minutes=30"
        )
    else:
        say(
            f"Next: kinesis-fast render shipped --model {body} --motions {motion} --out her.mp4, "
            f"or kinesis-fast train --init-from shipped --motions {motion} env.model={body}"
        )


def _train(body: Path, motion: Path, policy: Path, minutes: float, seed: int) -> None:
    """Train on her motion for so long, and say how she was followed before and after."""
    from kinesis_fast.learn import checkpoint as checkpoints
    from kinesis_fast.learn.evaluation.clips import Subject, evaluate

    settings = [f"env.model={body.resolve()}", f"most_minutes={minutes}", *SETTINGS]
    train(settings, motions=str(motion), split="all", seed=seed, out=policy, init_from=Path(BEGIN))
    for name, source in ((BEGIN, Path(BEGIN)), ("hers", policy)):
        point = checkpoints.on_body(checkpoints.load(source), body)
        found = evaluate(Subject(point, str(motion), split="all")).any_body
        say(
            f"   {name}: {100 * found.frame_coverage:.0f} % of her motion followed until a body is "
            f"15 cm off, {found.mpjpe_mm:.0f} mm in the mean until then"
        )


def _steady_walk(motion: Path, path: Path, body: Path) -> Path | None:
    """Make steady walking from one of her strides, for the report; None where she does not walk."""
    try:
        with _step("A stride of hers, again and again"):
            motions_loop(str(motion), path, model=str(body))
            motions_prior(str(path), model=str(body))
    except InputError as error:
        say(f"The report is of the trial as it is: {error}")
        return None
    return path


def _report(
    out: Path, motion: Path, emg: Path | None, emg_map: Path | None, *, trained: bool
) -> None:
    """Report on her policy with her motion beside it, or on that alone where it does not walk."""
    body, folder = str(out / BODY), out / "report"
    if trained:
        try:
            analyze_report(str(out / POLICY), folder, str(motion), body, emg=emg, emg_map=emg_map)
            return
        except InputError as error:
            say(f"The report is of her motion alone: {error}")
    analyze_report("prior", folder, str(motion), body, emg=emg, emg_map=emg_map)


def _emg_of(trial: Path, body: Path, motion: Path, path: Path) -> tuple[Path | None, Path | None]:
    """Return the trial and a map of its EMG, which is written, where channels name muscles."""
    if trial.suffix.lower() != ".c3d":
        return None, None
    from kinesis_fast.person.trial_emg import map_of_trial

    try:
        written = map_of_trial(trial, body, motion, path, LEAST_CHANNELS)
    except InputError as error:
        say(f"No EMG: {error}")
        return None, None
    return (trial, path) if written else (None, None)


def _measured(trial: Path, grf: Path | None, motion: Path, joint_map: Path | None) -> Path | None:
    """Return the file of measured forces where they carry her throughout; say so where not."""
    from kinesis_fast.motions import MotionLibrary
    from kinesis_fast.motions.formats.joint_names import read_joint_map
    from kinesis_fast.motions.looping import recording_clock
    from kinesis_fast.motions.prior.force_plates import read_plate_forces
    from kinesis_fast.motions.prior.ground_forces import read_ground_forces

    source = grf or trial
    if grf is None and trial.suffix.lower() != ".c3d":
        return None
    try:
        if source.suffix.lower() == ".c3d":
            names = None if joint_map is None else read_joint_map(joint_map)
            forces = read_plate_forces(source, names)
        else:
            forces = read_ground_forces(source)
    except InputError as error:
        if grf is not None:
            raise
        say(f"Forces are estimated: {error}")
        return None
    clip = MotionLibrary.load(motion).clips[0]
    at = forces.at(recording_clock(clip, np.arange(clip.frames) / clip.frame_rate))
    covered = float((at.force[:, :, 2].sum(axis=1) > STANDING).mean())
    if covered < COVERED:
        say(
            f"Forces are estimated: those measured carry her for {100 * covered:.0f} % of the trial"
        )
        return None
    return source


@contextmanager
def _step(what: str) -> Iterator[None]:
    """Say what is done, and how long it took."""
    say(f"== {what}")
    began = time.monotonic()
    yield
    say(f"   ({time.monotonic() - began:.0f} s)")
