"""The command ``t2m`` (sentences to motions), and what ``eval --texts`` shows."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from kinesis_fast.cli.common import (
    JsonOption,
    cell,
    check_json,
    check_library,
    console,
    counted,
    say,
    write_json,
)
from kinesis_fast.cli.conditions import Conditions, policy_of
from kinesis_fast.cli.progress import episode_progress
from kinesis_fast.errors import InputError

if TYPE_CHECKING:
    from kinesis_fast.motions import MotionLibrary


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("t2m")(t2m)


TextsArgument = Annotated[
    list[str] | None, typer.Argument(help="A sentence in English about locomotion; several.")
]
OutOption = Annotated[
    Path | None,
    typer.Option(help="The library to write (.h5); without, only the plans are shown."),
]
FileOption = Annotated[Path | None, typer.Option(help="Sentences, one a line.")]
RandomOption = Annotated[
    int, typer.Option(help="Besides, so many plans drawn at random: motions to train on.")
]
BackendOption = Annotated[
    str, typer.Option(help="plan; mdm (weights of yours); file: the texts are motion files.")
]
MdmDirOption = Annotated[Path | None, typer.Option(help="Of mdm: a published checkpoint's folder.")]
ClipOption = Annotated[Path | None, typer.Option(help="Of mdm: CLIP ViT-B/32.")]
BertOption = Annotated[Path | None, typer.Option(help="Of mdm: DistilBERT's folder.")]
SeedOption = Annotated[int, typer.Option(help="Of what a sentence leaves open; 0: what is usual.")]
DrawsOption = Annotated[int, typer.Option(help="Motions a sentence.")]
SecondsOption = Annotated[
    float | None,
    typer.Option(help="About how long each is, where the sentence leaves it open."),
]
MotionsOption = Annotated[
    str | None,
    typer.Option(help="Join clips of this library instead of generating gait, as gait-steer."),
]
PartialOption = Annotated[
    bool, typer.Option("--partial", help="Do what can be done of a sentence that asks more.")
]
ModelOption = Annotated[str, typer.Option(help="The model that moves.")]


def t2m(
    texts: TextsArgument = None,
    out: OutOption = None,
    file: FileOption = None,
    random: RandomOption = 0,
    backend: BackendOption = "plan",
    mdm_dir: MdmDirOption = None,
    clip: ClipOption = None,
    bert: BertOption = None,
    seed: SeedOption = 0,
    draws: DrawsOption = 1,
    seconds: SecondsOption = None,
    motions: MotionsOption = None,
    partial: PartialOption = False,
    model: ModelOption = "myolegs",
    json_file: JsonOption = None,
) -> None:
    """Make motions of sentences: what is understood, what is left out, and a library.

    Example: kinesis-fast t2m "walk forward slowly, turn left, then stop" --out said.h5
    """
    from kinesis_fast.t2m.generating import generate, plan_of, understand

    check_json(json_file)
    if out is not None:
        check_library(out)
    sentences = _sentences(texts or [], file, random, seed)
    if out is None and backend == "plan":
        figures = []
        for text in sentences:
            found = understand(text)
            say(f"{text}: {found.explain()}")
            figures.append({"text": text, "plan": str(found), **_rest(found)})
        write_json(json_file, {"sentences": figures})
        if len(sentences) == 1:
            plan_of(sentences[0], partial=partial, made=motions is None)  # tells why it cannot
        return
    if out is None:
        raise InputError(f"backend {backend!r} makes motions; name a library for them with --out")
    with console.status("Making motions ..."):
        library = generate(
            sentences,
            backend=backend,
            seed=seed,
            draws=draws,
            seconds=seconds,
            motions=motions,
            partial=partial,
            mdm_dir=mdm_dir,
            clip=clip,
            bert=bert,
            model=model,
        )
        drawn = library.names[len(library.names) - random * draws :]
        library.put_into("train", drawn).save(out)
    write_json(json_file, {"clips": _show_made(library, out)})


def _sentences(texts: list[str], file: Path | None, random: int, seed: int) -> list[str]:
    """Return what is given, what a file holds, and plans drawn at random."""
    from kinesis_fast.envs.inputs import check_seed
    from kinesis_fast.learn.evaluation.texts import read_texts
    from kinesis_fast.t2m.generating import NOTATION
    from kinesis_fast.t2m.random_plans import draw_plans

    given = [*texts, *(read_texts(file) if file is not None else [])]
    if not 0 <= random <= 100_000:
        raise InputError(f"random is {random}; it must be in [0, 100000]")
    check_seed(seed)
    given += [f"{NOTATION} {plan}" for plan in draw_plans(random, seed)]
    if not given:
        raise InputError("no sentence is given; put one in quotes, or name a --file")
    return given


def _show_made(library: MotionLibrary, out: Path) -> list[dict[str, Any]]:
    """Say what was made, and return it as figures."""
    figures = []
    for made in library.clips:
        left_out = made.attributes.get("left_out")
        rest = f" (left out: {left_out})" if left_out else ""
        plan = f" {made.attributes['plan']}," if "plan" in made.attributes else ""
        say(f"{made.name}:{plan} {made.duration:.1f} s{rest}")
        figures.append({"name": made.name, "seconds": made.duration, **made.attributes})
    say(
        f"{out}: {counted(len(library.clips), 'clip')}, {library.duration:.0f} s",
        f"Next: kinesis-fast render shipped --motions {out} --out said.mp4, or "
        f"kinesis-fast eval shipped --motions {out}",
    )
    return figures


def _rest(plan: Any) -> dict[str, Any]:
    return {"left_out": list(plan.left_out), "refused": list(plan.refused)}


def evaluate_texts(
    checkpoint: Path,
    file: Path,
    *,
    draws: int,
    seed: int,
    model: str | None,
    conditions: Conditions,
    motions: str | None,
    threads: int,
    physics: str,
    json_file: Path | None,
) -> None:
    """Show what a policy does with sentences."""
    from kinesis_fast.learn import checkpoint as checkpoints
    from kinesis_fast.learn.evaluation import texts as evaluation

    check_json(json_file)
    if not 1 <= draws <= 1000:
        raise InputError(f"draws is {draws}; it must be in [1, 1000]")
    texts = evaluation.read_texts(file)
    path = checkpoints.find(checkpoint)
    point = policy_of(path, model, conditions)
    with episode_progress(f"Following {len(texts)} sentences"):
        found = evaluation.evaluate_texts(
            point,
            texts,
            draws=draws,
            seed=seed,
            motions=motions,
            num_threads=threads,
            physics=physics,
        )
    table = Table("sentence", "plan", "followed", "MPJPE mm", "did what was said")
    for one in found.draws:
        if not one.plan:
            table.add_row(cell(one.text), cell(one.refused), "", "", "refused")
            continue
        table.add_row(
            cell(one.text),
            cell(one.plan),
            "yes" if one.success else f"{100 * one.frame_coverage:.0f} %",
            f"{one.mpjpe_mm:.0f}",
            "yes" if one.done else cell(one.why_not),
        )
    console.print(table)
    say(
        f"{found.sentences} sentences, {found.refused} refused. Of the others: followed to the end "
        f"by the KINESIS protocol {100 * found.success_rate:.1f} %, frame coverage "
        f"{100 * found.frame_coverage:.1f} %, MPJPE {found.mpjpe_mm:.1f} mm; "
        f"did what was said {100 * found.done_rate:.1f} %"
    )
    write_json(json_file, {"checkpoint": str(path), "condition": conditions or {}, **asdict(found)})
