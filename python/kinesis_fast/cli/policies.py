"""Commands that use trained policies: ``eval``, ``render``, ``export``, ``demo``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kinesis_fast.cli.common import (
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
    write_pictures,
)
from kinesis_fast.cli.goals import evaluate_goals
from kinesis_fast.cli.progress import episode_progress
from kinesis_fast.cli.t2m import evaluate_texts
from kinesis_fast.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from kinesis_fast.learn.evaluate import Evaluation, Subject
    from kinesis_fast.motions import MotionLibrary

PROTOCOLS = ("all", "kinesis", "errors")

CheckpointArgument = Annotated[
    Path,
    typer.Argument(
        help="A checkpoint file, a run folder for its latest one, or shipped for the package's own."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command("eval")(evaluate_command)
    app.command()(render)
    app.command()(export)
    app.command()(demo)


def evaluate_command(
    checkpoint: CheckpointArgument,
    motions: MotionsOption = None,
    split: Annotated[str | None, typer.Option(help="Clips: train, test or all.")] = None,
    protocol: Annotated[
        str,
        typer.Option(
            help="kinesis: every clip once from its start; all: as in training too; errors: "
            "the first, on references that are too high, bent, noisy, ..."
        ),
    ] = "all",
    reference: Annotated[
        str | None,
        typer.Option(
            help="Errors against the retargeted motion, or the source's own joint centres: "
            "retargeted or source; by default as in training."
        ),
    ] = None,
    starts: Annotated[int, typer.Option(help="Also run so many episodes from random starts.")] = 0,
    seconds: Annotated[float, typer.Option(help="Length of these.")] = 10.0,
    task: Annotated[
        str,
        typer.Option(
            help="imitation; or reach (--protocol kinesis or ring), steer: told where to go."
        ),
    ] = "imitation",
    goals: Annotated[int, typer.Option(help="Of reach.")] = 500,
    speed: Annotated[float, typer.Option(help="m/s, of steer and pushes.")] = 1.0,
    pushes: Annotated[
        bool, typer.Option("--pushes", help="Push a walking body: who survives which impulse.")
    ] = False,
    texts: Annotated[
        Path | None, typer.Option(help="Sentences, one a line: does the body do what they say?")
    ] = None,
    draws: Annotated[int, typer.Option(help="Motions a sentence.")] = 1,
    render_worst: Annotated[int, typer.Option(help="Draw so many of the worst clips.")] = 0,
    render_to: Annotated[Path, typer.Option(help="Folder of these pictures.")] = Path(),
    episodes: Annotated[int, typer.Option(help="Episodes under training conditions.")] = 512,
    seed: Annotated[int, typer.Option(help="Of starts and exploration.")] = 1,
    threads: ThreadsOption = 0,
    physics: PhysicsOption = "fused",
    json_file: JsonOption = None,
) -> None:
    """Evaluate a checkpoint: every clip once by the KINESIS protocol, and as in training.

    Example: kinesis-fast eval shipped --protocol kinesis --split test --json figures.json
    """
    from kinesis_fast.learn import checkpoint as checkpoints
    from kinesis_fast.learn import evaluate as evaluation

    if pushes or task != "imitation":
        evaluate_goals(
            checkpoint,
            "steer" if pushes else task,
            motions=motions,
            protocol=protocol,
            goals=goals,
            speed=speed,
            pushes=pushes,
            seed=seed,
            threads=threads,
            physics=physics,
            json_file=json_file,
        )
        return
    if texts is not None:
        evaluate_texts(
            checkpoint,
            texts,
            draws=draws,
            seed=seed,
            motions=motions,
            threads=threads,
            physics=physics,
            json_file=json_file,
        )
        return
    check_json(json_file)
    _check_counts(protocol, starts, seconds, render_worst, render_to, episodes)
    path = checkpoints.find(checkpoint)
    point = checkpoints.load(path)
    subject = evaluation.Subject(point, motions, split, reference, threads, seed, physics)
    if protocol == "errors":
        _evaluate_errors(subject, json_file)
        return
    figures: dict[str, Any] = {"checkpoint": str(path)}
    figures |= {key: point.progress[key] for key in ("iteration", "samples")}
    with episode_progress("Evaluating") as tell:
        library = subject.library()
        tell(f"Evaluating {counted(len(library.clips), 'clip')} by the KINESIS protocol")
        found = evaluation.evaluate(subject, library)
        figures |= found.to_dict()
        if protocol == "all":
            tell("Evaluating episodes as in training")
            figures |= asdict(evaluation.as_in_training(subject, episodes))
        if starts > 0:
            tell("Evaluating random starts")
            figures["starts"] = asdict(evaluation.from_random_starts(subject, starts, seconds))
    _show(found, figures)
    if render_worst > 0:
        worst = sorted(found.mean_body.clips, key=lambda c: (c.frame_coverage, -c.mpjpe_mm))
        for clip in worst[:render_worst]:
            out = render_to / f"{clip.name.replace('/', '_')}.png"
            _draw(checkpoint, out, clip.name, motions, 60.0, 640, 480, reference=reference)
    elif found.mean_body.success_rate < 1.0:
        named = {"motions": motions, "split": split, "reference": reference}
        options = "".join(f" --{name} {value}" for name, value in named.items() if value)
        say(
            f"Next: kinesis-fast eval {checkpoint}{options} --render-worst 3, to see where bodies "
            "are lost"
        )
    write_json(json_file, figures)


def render(
    checkpoint: CheckpointArgument,
    out: Annotated[Path, typer.Option(help="A .mp4 or .gif video, or a .png strip.")],
    clip: Annotated[str | None, typer.Option(help="The clip to follow.")] = None,
    motions: MotionsOption = None,
    text: Annotated[
        str | None, typer.Option(help="Follow what this sentence says, instead of a clip.")
    ] = None,
    seconds: Annotated[float | None, typer.Option(help="Longest length.")] = None,
    width: Annotated[int, typer.Option(help="Pixels.")] = 640,
    height: Annotated[int, typer.Option(help="Pixels.")] = 480,
) -> None:
    """Draw a policy at work, its reference as a ghost beside it; a .png strip comes along.

    Example: kinesis-fast render shipped --text "walk two metres, then turn around" --out said.mp4
    """
    if text is not None and (clip is not None or motions is not None):
        raise InputError("--text makes its own motion: leave out --clip and --motions")
    longest = (10.0 if text is None else 60.0) if seconds is None else seconds
    _draw(checkpoint, out, clip, motions, longest, width, height, text=text)


def export(
    checkpoint: CheckpointArgument,
    out: Annotated[
        Path, typer.Option(help="The .safetensors file to write, or .onnx for other languages.")
    ],
    motions: Annotated[
        str, typer.Option(help="Motions that the policy names as its own from now on.")
    ] = "gait",
) -> None:
    """Write a checkpoint without what only training needs: small, to be passed on."""
    from kinesis_fast.body import load_model
    from kinesis_fast.learn import checkpoint as checkpoints
    from kinesis_fast.learn.onnx_export import to_onnx
    from kinesis_fast.motions import load_motions

    if out.suffix not in (checkpoints.SUFFIX, ".onnx") or not out.parent.is_dir():
        raise InputError(
            f"cannot write {str(out)!r}; name a {checkpoints.SUFFIX} or .onnx file "
            "in a folder that exists"
        )
    point = checkpoints.load(checkpoint)
    if out.suffix == ".onnx":
        to_onnx(point, out)
    else:
        load_motions(motions, load_model(point.config.env.model))  # they must be there
        checkpoints.save(checkpoints.for_release(point, motions), out)
    say(f"{out}: {out.stat().st_size / 2**20:.1f} MiB")


def demo(
    out: Annotated[Path, typer.Option(help="A .mp4 or .gif video.")] = Path("demo.mp4"),
    seconds: Annotated[float, typer.Option(help="Length.")] = 6.0,
) -> None:
    """Show the package's own policy walk: a video and a strip of pictures, in a minute."""
    _draw(Path("shipped"), out, None, None, seconds, 480, 368)


def _draw(
    checkpoint: Path,
    out: Path,
    clip: str | None,
    motions: str | None,
    seconds: float,
    width: int,
    height: int,
    *,
    text: str | None = None,
    reference: str | None = None,
) -> None:
    from kinesis_fast.body import load_model
    from kinesis_fast.learn import checkpoint as checkpoints
    from kinesis_fast.learn.evaluate import Subject, load_agent
    from kinesis_fast.view import image_files, offscreen, playback

    image_files.check_output(out)
    playback.check_seconds(seconds)
    image_files.check_size(width, height)
    point = checkpoints.load(checkpoint)
    source: str | MotionLibrary | None = motions
    if text is not None:
        from kinesis_fast.t2m.generating import generate

        source = generate(text, model=point.config.env.model)
        say(f"{text}: {source.clips[0].attributes['plan']}")
    subject = Subject(point, source, split="all", reference=reference, num_threads=1)
    library = subject.library()
    number = library.choose(clip)
    chosen = library.subset([library.clips[number].name])
    env = subject.protocol_env(chosen)
    agent = load_agent(point, env)
    full = load_model(point.config.env.model, timestep=point.config.env.timestep, strip=False)
    with (
        episode_progress("Drawing"),
        offscreen.BodyCamera(full, width=width, height=height) as camera,
    ):
        images = list(playback.play_policy(env, agent, camera, 0, seconds))
    write_pictures(out, images, chosen.clips[0].name)


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
    from kinesis_fast.learn.evaluate_errors import evaluate_errors

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
    if protocol == "errors" and (starts or worst):
        raise InputError(
            f"--starts {starts} and --render-worst {worst} are not of --protocol errors; leave "
            "them out, or take --protocol kinesis"
        )
    if worst and not folder.is_dir():
        raise InputError(f"folder {str(folder)!r} for the pictures does not exist")
