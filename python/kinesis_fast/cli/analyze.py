"""Commands that analyse movement: ``analyze emg`` and ``analyze report``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Column, Table

from kinesis_fast.cli.common import (
    BodyOption,
    JsonOption,
    MotionsOption,
    PhysicsOption,
    cell,
    check_json,
    console,
    counted,
    say,
    say_chosen,
    write_json,
)
from kinesis_fast.cli.conditions import Conditions, policy_of, say_condition, takes_conditions
from kinesis_fast.cli.progress import episode_progress
from kinesis_fast.errors import InputError

if TYPE_CHECKING:
    from kinesis_fast.analysis.emg.trial_agreement import EmgAgreement


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    group = typer.Typer(help="Analyse movement and muscle activity.", no_args_is_help=True)
    group.command("emg")(takes_conditions(analyze_emg))
    group.command("report")(takes_conditions(analyze_report))
    group.command("export")(analyze_export)
    app.add_typer(group, name="analyze")


def analyze_emg(
    checkpoint: Annotated[
        Path, typer.Argument(help="A checkpoint, a run folder, or shipped for the package's own.")
    ],
    emg: Annotated[Path, typer.Option(help="Envelopes of the same trial, .sto or .mot.")],
    motions: MotionsOption = None,
    clip: Annotated[str | None, typer.Option(help="The clip that is the trial.")] = None,
    side: Annotated[str, typer.Option(help="Of the electrodes: r or l.")] = "r",
    starts: Annotated[int, typer.Option(help="Episodes of the policy.")] = 16,
    seconds: Annotated[float, typer.Option(help="Length of each.")] = 10.0,
    physics: PhysicsOption = "fused",
    conditions: Conditions = None,
    json_file: JsonOption = None,
) -> None:
    """Compare a policy's muscle activity with measured EMG, beside the prior's and a null.

    Example: kinesis-fast analyze emg runs/RUN --motions walk_loop.h5 --emg walk_emg.sto
    """
    from kinesis_fast.analysis.emg import muscle_activity
    from kinesis_fast.analysis.emg import trial_agreement as comparison
    from kinesis_fast.learn.evaluation.clips import Subject
    from kinesis_fast.motions.prior.default import with_prior

    check_json(json_file)
    if side not in ("r", "l"):
        raise InputError(f"side is {side!r}; it must be r or l")
    if not 1 <= starts <= 100_000 or not 0.1 <= seconds <= 3600:
        raise InputError(f"{starts} starts of {seconds:g} s; give 1 to 100000 of 0.1 to 3600 s")
    recording = comparison.read_emg(emg)
    subject = Subject(
        policy_of(checkpoint, None, conditions), motions, split="all", physics=physics
    )
    model, library = subject.prepared()
    library = with_prior(library, model)
    number = library.choose(clip)
    say_chosen(library.clips, number, clip)
    policy = muscle_activity.of_policy(subject, number, starts=starts, seconds=seconds)
    prior = muscle_activity.of_prior(library, number, policy.muscles)
    found = {
        name: comparison.agreement(
            recording, activity.times, activity.activation, activity.muscles, side=side
        )
        for name, activity in (("policy", policy), ("prior", prior))
    }
    _show(found)
    say(f"{policy.seconds:.0f} s of walking from {starts} starts, {policy.lost} lost")
    figures: dict[str, Any] = {name: result.as_dict() for name, result in found.items()}
    write_json(
        json_file,
        {
            "clip": library.clips[number].name,
            "seconds": policy.seconds,
            "lost": policy.lost,
            **figures,
        },
    )


SubjectArgument = Annotated[
    str,
    typer.Argument(
        help="A checkpoint or run folder, shipped, prior (of --motions alone), or a recording "
        "that an earlier report made (recording.h5)."
    ),
]
OutOption = Annotated[Path, typer.Option(help="A folder for the page, pictures and numbers.")]
ClipOption = Annotated[
    str | None,
    typer.Option(help="Which clip; by default comfortable walking's, else the first."),
]
SpeedOption = Annotated[
    float | None,
    typer.Option(help="Have the policy walk straight ahead at this speed, m/s; no clip then."),
]
EmgOption = Annotated[
    Path | None, typer.Option(help="A person's EMG: .sto, .mot, .csv, .c3d, .mat, .npz.")
]
EmgMapOption = Annotated[
    Path | None, typer.Option("--map", help="What is in it, YAML; see docs/physiology.md.")
]
HumansOption = Annotated[
    Path | None, typer.Option(help="A folder of people to compare with each other.")
]
NormalOption = Annotated[
    Path | None,
    typer.Option(help="When muscles are usually active, YAML: soleus: [[7, 51]]."),
]
BesideOption = Annotated[
    list[Path] | None,
    typer.Option(help="A recording.h5 of another report, whose figures stand beside; repeatable."),
]
StartsOption = Annotated[int, typer.Option(help="Trials of the policy.")]
SecondsOption = Annotated[float, typer.Option(help="Length of each.")]
RedundancyOption = Annotated[
    bool, typer.Option(help="Feasible activations, efforts and lesions too.")
]


def analyze_report(
    subject: SubjectArgument,
    out: OutOption,
    motions: MotionsOption = None,
    model: BodyOption = None,
    clip: ClipOption = None,
    speed: SpeedOption = None,
    emg: EmgOption = None,
    emg_map: EmgMapOption = None,
    humans: HumansOption = None,
    normal: NormalOption = None,
    beside: BesideOption = None,
    starts: StartsOption = 8,
    seconds: SecondsOption = 10.0,
    redundancy: RedundancyOption = True,
    conditions: Conditions = None,
    json_file: JsonOption = None,
) -> None:
    """Report gait, EMG, mechanics, energy, synergies and redundancy of walking, as a page.

    Examples: kinesis-fast analyze report shipped --motions walk.h5 --emg emg.csv --map emg.yaml
    --out report; kinesis-fast analyze report shipped_clinic --speed 1.2 --weaken soleus_r=0.5
    --out weak
    """
    from kinesis_fast.analysis.report.request import ReportRequest, make_report

    check_json(json_file)
    request = ReportRequest(
        subject=subject,
        out=out,
        model=model,
        motions=None if motions is None else str(motions),
        clip=clip,
        speed=speed,
        emg=emg,
        emg_map=emg_map,
        humans=humans,
        normal=normal,
        beside=beside or (),
        starts=starts,
        seconds=seconds,
        redundancy=redundancy,
        conditions=conditions or {},
        on_clip=lambda clips, number: say_chosen(clips, number, clip),
    )
    with episode_progress("Reporting") as now:
        figures, lost = make_report(replace(request, on_stage=now))
    write_json(json_file, figures)
    _show_report(figures)
    for name, found in figures.items():
        if found.get("condition"):
            say_condition(found["condition"], found["not_trained_with"], name)
    if lost:
        say(f"{lost} of {starts} trials were lost before their end; what came before is reported")
    say(f"open {out / 'index.html'}")


def analyze_export(
    recording: Annotated[
        Path, typer.Argument(help="What bodies did: the recording.h5 of a report.")
    ],
    out: Annotated[Path, typer.Option(help="The folder to write to.")],
    model: BodyOption = None,
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", help="The motion in this format too, as motions export has it."),
    ] = None,
) -> None:
    """Write what bodies did as OpenSim's files: coordinates, activations, forces, moments.

    Example: kinesis-fast analyze export report/recording.h5 --out did --format glb --format bvh
    """
    from kinesis_fast.analysis.export import export_recording
    from kinesis_fast.analysis.recording import BodyRecording
    from kinesis_fast.body import load_model

    found = BodyRecording.load(recording)
    body = load_model(model or found.info.model or "myolegs")
    with console.status("Writing ..."):
        written = export_recording(found, body, out, formats or ())
    say(f"{out}: {counted(len(written), 'file')} of {counted(len(found.trials), 'trial')}")


def _show_report(figures: dict[str, Any]) -> None:
    bodies = [name for name in figures if name != "people"]
    table = Table(Column("", no_wrap=True), *(Column(name, justify="right") for name in bodies))
    for label, path in (
        ("cycles", ("gait", "cycles")),
        ("speed, m/s", ("gait", "speed")),
        ("EMG, mean r, 0 ms", ("emg", "mean_r", "0_ms")),
        ("EMG, mean r, 50 ms", ("emg", "mean_r", "50_ms")),
        ("null at no delay, 95 %", ("emg", "permuted95")),
        ("KINESIS's definition", ("emg_kinesis_definition", "mean_r")),
        ("J/kg/m, Bhargava", ("energy", "cost_bhargava")),
        ("synergies, 90 %", ("synergies", "by_rule")),
    ):
        cells = []
        for name in bodies:
            value: Any = figures[name]
            for key in path:
                value = value.get(key, {})
            shown = f"{value:.2f}" if isinstance(value, float) else str(value)
            cells.append("" if value == {} else shown)
        if any(cells):
            table.add_row(label, *cells)
    console.print(table)
    if "people" in figures:
        say(f"people among each other: mean r {figures['people']['mean_r']:.2f}")


def _show(found: dict[str, EmgAgreement]) -> None:
    table = Table(Column("channel", no_wrap=True))
    columns = [(name, delay) for name, result in found.items() for delay in result.r]
    for name, delay in columns:
        table.add_column(f"{name}, {1e3 * delay:.0f} ms", justify="right")
    for channel in next(iter(found["policy"].r.values())):
        row = [f"{found[name].r[delay][channel]:.2f}" for name, delay in columns]
        table.add_row(cell(channel), *row)
    table.add_section()
    table.add_row("mean", *[f"{found[name].mean_r(delay):.2f}" for name, delay in columns])
    table.add_row("null, 95 %", *[f"{found[name].null95[delay]:.2f}" for name, delay in columns])
    console.print(table)
