"""The command that evaluates policies: ``eval``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import typer

from kinesis_fast.cli.common import (
    TASKS_THERE,
    BodyOption,
    JsonOption,
    MotionsOption,
    PhysicsOption,
    ThreadsOption,
    cell,
    check_json,
    console,
    counted,
    figures_table,
    say,
    write_json,
)
from kinesis_fast.cli.conditions import OPTIONS as CONDITIONS
from kinesis_fast.cli.conditions import Conditions, policy_of, takes_conditions
from kinesis_fast.cli.policies import CheckpointArgument, draw_policy
from kinesis_fast.cli.progress import episode_progress
from kinesis_fast.cli.t2m import evaluate_texts
from kinesis_fast.cli.trials import evaluate_trials
from kinesis_fast.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from kinesis_fast.learn.evaluation.clips import Evaluation, Subject

PROTOCOLS = ("all", "kinesis", "errors")
ALWAYS = {"checkpoint", "model", "motions", "seed", "threads", "physics", "json_file", *CONDITIONS}
CLIPS, ERRORS = "clips", "references that err (--protocol errors)"
SENTENCES = "sentences (--texts)"
OPTIONS = {
    CLIPS: {
        *("split", "protocol", "reference", "starts", "seconds", "task"),
        *("render_worst", "render_to", "episodes"),
    },
    ERRORS: {"split", "protocol", "reference", "task"},
    SENTENCES: {"task", "texts", "draws"},
}
"""What can be evaluated of following, and the options that are for it beside those that always
are."""
OF_PROTOCOLS = ("goals", "speed")
"""Options that are fields of tasks' protocols."""


class Shared(TypedDict):
    """Options that are for whatever is evaluated."""

    model: str | None
    conditions: dict[str, Any]
    motions: str | None
    seed: int
    threads: int
    physics: str
    json_file: Path | None


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("eval")(takes_conditions(evaluate_command))


SplitOption = Annotated[str | None, typer.Option(help="Clips: train, test or all.")]
ProtocolOption = Annotated[
    str,
    typer.Option(
        help="kinesis: every clip once from its start; all: as in training too; errors: "
        "the first, on references that are too high, bent, noisy, ..."
    ),
]
ReferenceOption = Annotated[
    str | None,
    typer.Option(
        help="Errors against the retargeted motion, or the source's own joint centres: "
        "retargeted or source; by default as in training."
    ),
]
StartsOption = Annotated[int, typer.Option(help="Also run so many episodes from random starts.")]
SecondsOption = Annotated[float, typer.Option(help="Length of these.")]
TaskOption = Annotated[
    str,
    typer.Option(
        help=f"{TASKS_THERE}; those with protocols of their own take one of them as --protocol "
        "(reach: kinesis or ring; steer: ways or pushes)."
    ),
]
GoalsOption = Annotated[int, typer.Option(help="How many, of reach.")]
SpeedOption = Annotated[float, typer.Option(help="m/s, of steer and pushes.")]
OptionOption = Annotated[
    list[str] | None,
    typer.Option(help="Another field of the task's protocol, as impulses=[10,20]; repeatable."),
]
PushesOption = Annotated[
    bool, typer.Option("--pushes", help="Push a walking body: who survives which impulse.")
]
TextsOption = Annotated[
    Path | None, typer.Option(help="Sentences, one a line: does the body do what they say?")
]
DrawsOption = Annotated[int, typer.Option(help="Motions a sentence.")]
RenderWorstOption = Annotated[int, typer.Option(help="Draw so many of the worst clips.")]
RenderToOption = Annotated[Path, typer.Option(help="Folder of these pictures.")]
EpisodesOption = Annotated[int, typer.Option(help="Episodes under training conditions.")]
SeedOption = Annotated[int, typer.Option(help="Of starts and exploration.")]


def evaluate_command(
    context: typer.Context,
    checkpoint: CheckpointArgument,
    motions: MotionsOption = None,
    model: BodyOption = None,
    split: SplitOption = None,
    protocol: ProtocolOption = "all",
    reference: ReferenceOption = None,
    starts: StartsOption = 0,
    seconds: SecondsOption = 10.0,
    task: TaskOption = "imitation",
    goals: GoalsOption = 500,
    speed: SpeedOption = 1.0,
    option: OptionOption = None,
    pushes: PushesOption = False,
    texts: TextsOption = None,
    draws: DrawsOption = 1,
    render_worst: RenderWorstOption = 0,
    render_to: RenderToOption = Path(),
    episodes: EpisodesOption = 512,
    seed: SeedOption = 1,
    threads: ThreadsOption = 0,
    physics: PhysicsOption = "fused",
    conditions: Conditions = None,
    json_file: JsonOption = None,
) -> None:
    """Evaluate a checkpoint: every clip once by the KINESIS protocol, and as in training.

    Example: kinesis-fast eval shipped --protocol kinesis --split test --json figures.json
    """
    shared: Shared = {
        "model": model,
        "conditions": conditions or {},
        "motions": motions,
        "seed": seed,
        "threads": threads,
        "physics": physics,
        "json_file": json_file,
    }
    if pushes or task != "imitation":
        task, protocol_name = ("steer", "pushes") if pushes else (task, _protocol_of(context))
        given = check_protocol_options(context, task, protocol_name, pushes=pushes)
        chosen = _fields(option or [], {name: context.params[name] for name in given})
        evaluate_trials(checkpoint, task, protocol_name, chosen, **shared)
        return
    check_options(context, what_of(protocol, texts))
    if texts is not None:
        evaluate_texts(checkpoint, texts, draws=draws, **shared)
        return
    check_json(json_file)
    _check_counts(protocol, starts, seconds, render_worst, render_to, episodes)
    of_clips = Clips(protocol, split, reference, episodes, starts, seconds, render_worst, render_to)
    _evaluate_clips(checkpoint, of_clips, shared)


@dataclass
class Clips:
    """What is evaluated of following clips."""

    protocol: str
    split: str | None
    reference: str | None
    episodes: int
    starts: int
    seconds: float
    render_worst: int
    render_to: Path


def _evaluate_clips(checkpoint: Path, what: Clips, shared: Shared) -> None:
    from kinesis_fast.learn import checkpoint as checkpoints
    from kinesis_fast.learn.evaluation import clips as evaluation

    path = checkpoints.find(checkpoint)
    point = policy_of(path, shared["model"], shared["conditions"])
    subject = evaluation.Subject(
        point,
        shared["motions"],
        what.split,
        what.reference,
        shared["threads"],
        shared["seed"],
        shared["physics"],
    )
    if what.protocol == "errors":
        _evaluate_errors(subject, shared["json_file"])
        return
    figures: dict[str, Any] = {"checkpoint": str(path), "condition": shared["conditions"]}
    figures |= {key: point.progress[key] for key in ("iteration", "samples")}
    with episode_progress("Evaluating") as tell:
        library = subject.library()
        tell(f"Evaluating {counted(len(library.clips), 'clip')} by the KINESIS protocol")
        found = evaluation.evaluate(subject, library)
        figures |= found.to_dict()
        if what.protocol == "all":
            tell("Evaluating episodes as in training")
            figures |= asdict(evaluation.as_in_training(subject, what.episodes))
        if what.starts > 0:
            tell("Evaluating random starts")
            found_from = evaluation.from_random_starts(subject, what.starts, what.seconds)
            figures["starts"] = asdict(found_from)
    _show(found, figures)
    motions = shared["motions"]
    if what.render_worst > 0:
        worst = sorted(found.mean_body.clips, key=lambda c: (c.frame_coverage, -c.mpjpe_mm))
        for clip in worst[: what.render_worst]:
            out = what.render_to / f"{clip.name.replace('/', '_')}.png"
            size = (60.0, 640, 480)
            draw_policy(point, out, clip.name, motions, *size, reference=what.reference)
    elif found.mean_body.success_rate < 1.0:
        named = {"motions": motions, "split": what.split, "reference": what.reference}
        options = "".join(f" --{name} {value}" for name, value in named.items() if value)
        say(
            f"Next: kinesis-fast eval {checkpoint}{options} --render-worst 3, to see where bodies "
            "are lost"
        )
    write_json(shared["json_file"], figures)


def what_of(protocol: str, texts: Path | None) -> str:
    """Return which of :data:`OPTIONS` is asked for."""
    if texts is not None:
        return SENTENCES
    return ERRORS if protocol == "errors" else CLIPS


def check_options(context: typer.Context, what: str) -> None:
    """Raise InputError for the first option that is given and is not for what is evaluated."""
    for name in _given(context):
        if name not in ALWAYS | OPTIONS[what]:
            _refuse(name, what)


def check_protocol_options(
    context: typer.Context, task: str, protocol: str | None, *, pushes: bool
) -> list[str]:
    """Return the options given that are a protocol's; InputError for the first that is for else."""
    from kinesis_fast.learn.evaluation.trials import find_protocol

    name, found = find_protocol(task, protocol, {})
    own = set(OF_PROTOCOLS) & set(vars(found))
    fixed = {"pushes"} if pushes else {"task", "protocol"}
    given = _given(context)
    for one in given:
        if one in vars(found) and one not in ALWAYS | own | fixed:
            raise InputError(
                f"--{one} is an option of clips; the field {one} of protocol {name} is written "
                f"--option {one}={context.params[one]}"
            )
        if one not in ALWAYS | own | fixed | {"option"}:
            _refuse(one, "pushes (--pushes)" if pushes else f"{task} by its protocol {name}")
    return [one for one in given if one in own]


def _given(context: typer.Context) -> list[str]:
    sources = {name: context.get_parameter_source(name) for name in context.params}
    return [name for name, source in sources.items() if source and source.name == "COMMANDLINE"]


def _refuse(option: str, what: str) -> None:
    from kinesis_fast.tasks import TASKS

    homes = [home for home, names in OPTIONS.items() if option in names]
    for task, definition in TASKS.items():
        for protocol, kind in definition.protocols.items():
            if option in getattr(kind, "__dataclass_fields__", ()):
                homes.append(f"--task {task} --protocol {protocol}")
    homes += ["pushes (--pushes)"] if option == "pushes" else []
    raise InputError(
        f"--{option.replace('_', '-')} is for {' or '.join(homes)}, not for {what}: leave it out"
    )


def _protocol_of(context: typer.Context) -> str | None:
    """Return the protocol that is asked for by name."""
    return str(context.params["protocol"]) if "protocol" in _given(context) else None


def _fields(options: list[str], more: dict[str, Any]) -> dict[str, Any]:
    """Return fields of a protocol from ``name=value``, and others."""
    from kinesis_fast.config import from_dotlist

    return {**from_dotlist(options), **more}


def _show(found: Evaluation, figures: dict[str, Any]) -> None:
    table = figures_table(
        "clip", "reached\nthe end", "coverage", "MPJPE\nmm", "seconds", "within\n0.15 m"
    )
    for clip, strict in zip(found.mean_body.clips, found.any_body.clips, strict=True):
        table.add_row(
            cell(clip.name),
            "yes" if clip.success else "no",
            f"{100 * clip.frame_coverage:.0f} %",
            f"{clip.mpjpe_mm:.0f}",
            f"{clip.seconds:.1f}",
            "yes" if strict.success else "no",
        )
    console.print(table)
    lines = [
        f"{name}: success {100 * result.success_rate:.1f} %, "
        f"frame coverage {100 * result.frame_coverage:.1f} %, MPJPE {result.mpjpe_mm:.1f} mm; "
        f"{result.loss_rate}; the first 6.15 s of {100 * result.success_rate_6s:.1f} %"
        for name, result in (
            ("KINESIS protocol, mean distance within 0.5 m", found.mean_body),
            ("the same, any body within 0.15 m", found.any_body),
        )
    ]
    if "episode_length" in figures:
        lines.append(
            f"As in training: episode length {figures['episode_length']:.2f} control steps over "
            f"{figures['episodes']} episodes, reward {figures['reward']['total']:.3f}"
        )
    if "starts" in figures:
        s = figures["starts"]
        lines.append(
            f"From {s['starts']} random starts: {100 * s['success_rate']:.1f} % last "
            f"{s['seconds']:g} s, mean {s['mean_seconds']:.1f} s, MPJPE {s['mpjpe_mm']:.1f} mm"
        )
    say(*lines)


def _evaluate_errors(subject: Subject, json_file: Path | None) -> None:
    from kinesis_fast.learn.evaluation.errors import evaluate_errors

    with episode_progress("Evaluating") as tell:
        found = evaluate_errors(subject, lambda name: tell(f"Evaluating, error: {name}"))
    table = figures_table("error of the\nreference", "success", "seconds\nbetween losses", "95 %")
    for name, result in found.items():
        rate = result.loss_rate
        low, high = rate.interval
        table.add_row(
            name,
            f"{100 * result.success_rate:.1f} %",
            "none lost" if rate.seconds_between is None else f"{rate.seconds_between:.1f}",
            f"over {low:.1f}" if high is None else f"{low:.1f} to {high:.1f}",
        )
    console.print(table)
    write_json(json_file, {name: asdict(result) for name, result in found.items()})


def _check_counts(
    protocol: str, starts: int, seconds: float, worst: int, folder: Path, episodes: int
) -> None:
    if protocol not in PROTOCOLS:
        raise InputError(f"unknown protocol {protocol!r}{did_you_mean(protocol, PROTOCOLS)}")
    for name, number, low, high in (
        ("starts", starts, 0, 100_000),
        ("seconds", seconds, 0.1, 3600),
        ("render-worst", worst, 0, 1000),
        ("episodes", episodes, 1, 1_000_000),
    ):
        if not low <= number <= high:
            raise InputError(f"{name} is {number}; it must be in [{low}, {high}]")
    if worst and not folder.is_dir():
        raise InputError(f"folder {str(folder)!r} for the pictures does not exist")
