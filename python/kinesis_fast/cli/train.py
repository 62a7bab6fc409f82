"""The command that trains: ``train``, one run or a recipe of several."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from kinesis_fast.cli.common import (
    TASKS_THERE,
    JsonOption,
    MotionsOption,
    cell,
    check_json,
    console,
    counted,
    say,
    write_json,
)
from kinesis_fast.cli.conditions import Conditions, takes_conditions
from kinesis_fast.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from kinesis_fast.learn.config import TrainConfig
    from kinesis_fast.learn.mining import NegativeMining

RECIPES = ("single", "negative-mining")


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(takes_conditions(train))


SettingsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        help="Settings over the preset: key=value ... kinesis-fast settings lists them."
    ),
]
PresetOption = Annotated[
    str, typer.Option(help="quickstart, walk, kinesis, generalist, generalist-large or clinic.")
]
RecipeOption = Annotated[
    str,
    typer.Option(
        help="single: one policy; negative-mining: experts, each for the clips that those "
        "before fail at, and a gate over them."
    ),
]
TaskOption = Annotated[str | None, typer.Option(help=f"{TASKS_THERE}.")]
SplitOption = Annotated[str | None, typer.Option(help="Clips to train on: train, test, all.")]
ClipOption = Annotated[list[str] | None, typer.Option(help="A clip to train on; repeatable.")]
NumEnvsOption = Annotated[int | None, typer.Option(help="Environments.")]
SeedOption = Annotated[int | None, typer.Option(help="Of everything that is drawn.")]
OutOption = Annotated[
    Path | None, typer.Option(help="Run folder; by default a new one under runs/.")
]
ResumeOption = Annotated[
    Path | None, typer.Option(help="Go on with this run folder or checkpoint.")
]
InitFromOption = Annotated[
    Path | None,
    typer.Option(
        help="Begin a new run with the weights of this checkpoint, with muscles added to its "
        "joints for instance: env.control_mode=joint_residual."
    ),
]
TeacherOption = Annotated[
    list[Path] | None,
    typer.Option(
        help="Learn what this policy can, on the clips that it is best on, then better; "
        "repeatable. The run begins as the first one unless --init-from is given."
    ),
]


def train(
    settings: SettingsArgument = None,
    preset: PresetOption = "quickstart",
    recipe: RecipeOption = "single",
    task: TaskOption = None,
    motions: MotionsOption = None,
    split: SplitOption = None,
    clip: ClipOption = None,
    num_envs: NumEnvsOption = None,
    seed: SeedOption = None,
    out: OutOption = None,
    resume: ResumeOption = None,
    init_from: InitFromOption = None,
    teacher: TeacherOption = None,
    conditions: Conditions = None,
    json_file: JsonOption = None,
) -> None:
    """Train a policy: to imitate motions, or to go where it is told.

    Example: kinesis-fast train --preset generalist --motions mine.h5 --init-from shipped
    --out runs/mine total_samples=1000000
    """
    from kinesis_fast.learn import mining

    check_json(json_file)
    if recipe not in RECIPES:
        raise InputError(f"unknown recipe {recipe!r}{did_you_mean(recipe, RECIPES)}")
    if resume is not None and init_from is not None:
        raise InputError("--resume goes on with a run, --init-from begins one: give one of them")
    if teacher and (resume is not None or recipe != "single"):
        raise InputError("--teacher is for a new run of one policy: leave out --resume, --recipe")
    if motions is not None and Path(motions).is_file():
        motions = str(Path(motions).resolve())  # the run can be evaluated from anywhere
    named = {
        "task": task,
        "motions": motions,
        "split": split,
        "clips": clip or None,
        "num_envs": num_envs,
        "seed": seed,
        "env": {"conditions": conditions} if conditions else None,
        "distill": {"teachers": [_lasting(path) for path in teacher]} if teacher else None,
    }
    given = {key: value for key, value in named.items() if value is not None}
    layers = (given, settings or [])
    stored = None if resume is None else mining.stored_config(resume)
    if resume is not None and stored is not None:
        _mine(_changed(stored, layers), out or resume, json_file)
    elif resume is not None:
        _resume(resume, layers, out, json_file)
    elif recipe == "negative-mining":
        if init_from is not None:
            raise InputError("--recipe negative-mining begins from nothing; leave out --init-from")
        config, folder = _begin(preset, layers, out)
        _mine(config, folder, json_file)
    else:
        begins_as = teacher[0] if teacher and init_from is None else init_from
        _begin_one(preset, layers, out, begins_as, json_file)


def _lasting(path: Path) -> str:
    """Return a path that means the same from anywhere; a shipped policy's name stays a name."""
    return str(path.resolve() if path.exists() else path)


def _begin_one(
    preset: str,
    layers: tuple[Any, ...],
    out: Path | None,
    init_from: Path | None,
    json: Path | None,
) -> None:
    from kinesis_fast.learn import checkpoint as checkpoints
    from kinesis_fast.learn.config import inherited_settings
    from kinesis_fast.learn.trainer import Trainer

    source = None if init_from is None else checkpoints.load(init_from)
    inherited = {} if source is None else inherited_settings(source.config)
    config, folder = _begin(preset, (inherited, *layers), out)
    _run(Trainer(config, init_from=source), folder, json, new_folder=True)


def _resume(resume: Path, layers: tuple[Any, ...], out: Path | None, json: Path | None) -> None:
    from kinesis_fast.learn import checkpoint as checkpoints
    from kinesis_fast.learn.trainer import Trainer

    point = checkpoints.load(resume)
    folder = out or checkpoints.run_folder(checkpoints.find(resume))
    _run(Trainer(_changed(point.config, layers), resume_from=point), folder, json)


def _begin(preset: str, layers: tuple[Any, ...], out: Path | None) -> tuple[TrainConfig, Path]:
    from kinesis_fast.learn.config import load_train_config
    from kinesis_fast.learn.mining import RECORD

    config = load_train_config(preset, *layers)
    folder = out or Path("runs") / f"{datetime.now():%Y-%m-%d_%H-%M-%S}_{preset}"
    if (folder / "config.yaml").exists() or (folder / RECORD).exists():
        raise InputError(
            f"run folder {str(folder)!r} holds a run already; "
            f"choose another, or go on with it: --resume {folder}"
        )
    return config, folder


def _changed(config: TrainConfig, layers: tuple[Any, ...]) -> TrainConfig:
    from kinesis_fast import config as configuration
    from kinesis_fast.learn.algorithms import is_own_code
    from kinesis_fast.learn.config import check, merge_layers

    own = config.algorithm
    settings = [item for layer in layers if isinstance(layer, list) for item in layer]
    if is_own_code(own) and not any(item.startswith("algorithm=") for item in settings):
        raise InputError(
            f"the run's algorithm is {own!r}, code that it would load: say algorithm={own} to have "
            "it, or begin a new run from its weights by --init-from"
        )
    merged = merge_layers(configuration.to_dict(config), *layers)
    check(merged)
    return merged


def _run(trainer: Any, folder: Path, json_file: Path | None, *, new_folder: bool = False) -> None:
    """Train one policy, and tell how it went."""
    from kinesis_fast.cli.display import TrainingDisplay

    config, group = trainer.config, trainer.group
    console.quiet = not group.leads
    processes = f"{group.size} processes of " if group.size > 1 else ""
    motions = trainer.env.motions
    say(
        f"Training on {counted(len(motions.clips), 'clip')} "
        f"({motions.duration:.0f} s{_left_out(motions.left_out)}), {config.num_envs} environments, "
        f"{processes}{trainer.env.num_threads} threads, networks on {trainer.device}; "
        f"run folder {folder}"
    )
    before, each = trainer.samples, trainer.samples_an_iteration
    whole = before + math.ceil(max(0, config.total_samples - before) / each) * each
    if whole > config.total_samples and not config.most_minutes:
        say(f"{config.total_samples:,} samples are {whole:,}: an iteration takes {each:,}")
    measures, minutes = trainer.env.task.measures, config.most_minutes
    with TrainingDisplay(config.total_samples, console, measures, minutes) as display:
        metrics = trainer.train(folder, display.show, display.warn, new_folder=new_folder)
    ended = "stopped" if trainer.stop_requested.is_set() else "finished"
    length = metrics.get("episode_length", math.nan)
    episodes = (
        "no episode has ended yet"
        if math.isnan(length)
        else f"mean episode length {length:.1f} control steps"
    )
    say(
        f"Training {ended} at {trainer.samples:,} samples; {episodes}. "
        f"Next: kinesis-fast eval {folder}{_task_of(config)}"
    )
    if trainer.samples == before and not trainer.stop_requested.is_set():
        say(
            f"It had its {config.total_samples:,} samples already. More: "
            f"kinesis-fast train --resume {folder} total_samples=..."
        )
    group.leave()
    if group.leads:
        write_json(json_file, {"run": str(folder), **metrics})


def _left_out(clips: dict[str, int]) -> str:
    """Return which clips of the library are not trained on."""
    parts = [f"{number} of split {name}" for name, number in sorted(clips.items()) if name]
    if clips.get(""):
        parts.append(f"{clips['']} of no split")
    return f"; left out: {', '.join(parts)}" if parts else ""


def _task_of(config: TrainConfig) -> str:
    """Return the option of ``eval`` by which a policy is evaluated in the task that it learned."""
    from kinesis_fast.tasks import find_task

    return "" if find_task(config.task).protocol is not None else f" --task {config.task}"


def _mine(config: TrainConfig, folder: Path, json_file: Path | None) -> None:
    """Train experts and gate, and tell what each reaches."""
    from dataclasses import asdict

    from kinesis_fast.cli.display import TrainingDisplay
    from kinesis_fast.learn.mining import NegativeMining
    from kinesis_fast.tasks import find_task

    mining = NegativeMining(config, folder)
    group = mining.group
    console.quiet = not group.leads
    while (plan := mining.next_stage()) is not None:
        say(
            f"{plan.name}: training on {len(plan.clips)} of {len(mining.clips)} clips; "
            f"run folder {plan.folder}"
        )
        measures = find_task(plan.settings.task).measures
        with TrainingDisplay(plan.settings.total_samples, console, measures) as display:
            stage = mining.train(plan, display.show, display.warn)
        if stage is None:
            say(f"Stopped in {plan.name}. Next: kinesis-fast train --resume {folder}")
            break
    else:
        _show_stages(mining)
    group.leave()
    if group.leads:
        write_json(
            json_file, {"run": str(folder), "stages": [asdict(stage) for stage in mining.stages]}
        )


def _show_stages(mining: NegativeMining) -> None:
    table = Table("stage", "clips trained on", "samples", "success", "MPJPE mm", "only it reaches")
    for stage in mining.stages:
        others = {name for other in mining.experts if other is not stage for name in other.reached}
        alone = [name for name in stage.reached if name not in others]
        table.add_row(
            cell(stage.name),
            str(stage.clips),
            f"{stage.samples:,}",
            f"{100 * stage.success_rate:.1f} %",
            f"{stage.mpjpe_mm:.0f}",
            cell(", ".join(alone)),
        )
    console.print(table)
    missed = mining.missed()
    if missed:
        say(f"No expert reaches the end of: {', '.join(missed)}")
    best = mining.folder if len(mining.experts) > 1 else mining.folder / "expert_0"
    say(f"Next: kinesis-fast eval {best}")
