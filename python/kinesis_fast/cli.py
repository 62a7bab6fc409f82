"""The command line: ``kinesis-fast COMMAND``.

Every command exits with 0 on success and, on bad input, with 2 after one line on standard error.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

# Threads that wait for work in torch's pool would otherwise spin and slow the engine's.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import typer
from rich.table import Table

from kinesis_fast import cli_policies
from kinesis_fast.cli_analyze import analyze_app
from kinesis_fast.cli_common import (
    JsonOption,
    MotionsOption,
    check_json,
    console,
    write_json,
)
from kinesis_fast.cli_motions import motions_app
from kinesis_fast.errors import InputError, TrainingError

app = typer.Typer(
    help="Train muscle-driven bodies to move as people do.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(motions_app, name="motions")
app.add_typer(analyze_app, name="analyze")
cli_policies.register(app)


@app.command()
def train(
    settings: Annotated[
        list[str] | None, typer.Argument(help="Settings over the preset: key=value ...")
    ] = None,
    preset: Annotated[str, typer.Option(help="quickstart, walk or kinesis.")] = "quickstart",
    motions: MotionsOption = None,
    split: Annotated[str | None, typer.Option(help="Clips to train on: train, test, all.")] = None,
    clip: Annotated[list[str] | None, typer.Option(help="A clip to train on; repeatable.")] = None,
    num_envs: Annotated[int | None, typer.Option(help="Environments.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of everything that is drawn.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Run folder; by default a new one under runs/.")
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(help="Go on with this run folder or checkpoint.")
    ] = None,
    init_from: Annotated[
        Path | None,
        typer.Option(
            help="Begin a new run with the weights of this checkpoint, with muscles added to its "
            "joints for instance: env.control_mode=joint_residual."
        ),
    ] = None,
    json_file: JsonOption = None,
) -> None:
    """Train a policy to imitate motions."""
    from kinesis_fast import config as configuration
    from kinesis_fast.learn import checkpoint as checkpoints
    from kinesis_fast.learn.config import (
        TrainConfig,
        check,
        load_train_config,
        network_settings,
    )
    from kinesis_fast.learn.trainer import Trainer
    from kinesis_fast.progress import TrainingDisplay

    check_json(json_file)
    if motions is not None and Path(motions).is_file():
        motions = str(Path(motions).resolve())  # the run can be evaluated from anywhere
    named = {
        "motions": motions,
        "split": split,
        "clips": clip or None,
        "num_envs": num_envs,
        "seed": seed,
    }
    given = {key: value for key, value in named.items() if value is not None}
    if resume is not None and init_from is not None:
        raise InputError("--resume goes on with a run, --init-from begins one: give one of them")
    if resume is None:
        source = None if init_from is None else checkpoints.load(init_from)
        layers = {} if source is None else {"policy": network_settings(source.config)}
        config = load_train_config(preset, layers, given, settings or [])
        folder = out or Path("runs") / f"{datetime.now():%Y-%m-%d_%H-%M-%S}_{preset}"
        if (folder / "config.yaml").exists():
            raise InputError(
                f"run folder {str(folder)!r} holds a run already; "
                f"choose another, or go on with it: --resume {folder}"
            )
        trainer = Trainer(config, init_from=source)
    else:
        point = checkpoints.load(resume)
        config = configuration.merge(
            TrainConfig, configuration.to_dict(point.config), given, settings or []
        )
        check(config)
        folder = out or checkpoints.run_folder(checkpoints.find(resume))
        trainer = Trainer(config, resume_from=point)
    console.quiet = not trainer.group.leads
    processes = f"{trainer.group.size} processes of " if trainer.group.size > 1 else ""
    console.print(
        f"Training on {len(trainer.env.motions.clips)} clips "
        f"({trainer.env.motions.duration:.0f} s), {config.num_envs} environments, "
        f"{processes}{trainer.env.num_threads} threads, networks on {trainer.device}; "
        f"run folder {folder}",
        highlight=False,
        soft_wrap=True,
    )
    with TrainingDisplay(config.total_samples, console) as display:
        metrics = trainer.train(folder, display.show)
    ended = "stopped" if trainer.stop_requested.is_set() else "finished"
    console.print(
        f"Training {ended} at {trainer.samples:,} samples; "
        f"mean episode length {metrics.get('episode_length', float('nan')):.1f} control steps. "
        f"Next: kinesis-fast eval {folder}",
        highlight=False,
        soft_wrap=True,
    )
    trainer.group.leave()
    if trainer.group.leads:
        write_json(json_file, {"run": str(folder), **metrics})


@app.command()
def bench(
    motions: Annotated[str, typer.Option(help="Library to move on.")] = "gait",
    num_envs: Annotated[int, typer.Option(help="Environments.")] = 64,
    threads: Annotated[int, typer.Option("--threads", help="Threads of every contender.")] = 1,
    rounds: Annotated[int, typer.Option(help="Rounds of all contenders in turn.")] = 9,
    peers: Annotated[
        bool,
        typer.Option("--peers", help="Beside EnvPool, MuJoCo's batch and rollout too; minutes."),
    ] = False,
    json_file: JsonOption = None,
) -> None:
    """Measure the engine beside MuJoCo's own step and the plain Python environment."""
    from kinesis_fast import bench as benchmark
    from kinesis_fast import peers as peer_benchmark

    check_json(json_file)
    workload = benchmark.Workload(
        motions=motions, num_envs=num_envs, num_threads=threads, rounds=rounds
    )
    run = peer_benchmark.run if peers else benchmark.run
    with console.status("Measuring ...") as status:
        figures = run(workload, lambda what: status.update(f"Measuring: {what} ..."))
    table = Table("figure", "value")
    for name, value in figures.items():
        if name == "measured_at":
            continue
        for part, number in value.items() if isinstance(value, dict) else [("", value)]:
            label = f"{name} {part}".strip()
            table.add_row(label, f"{number:,.2f}" if isinstance(number, float) else str(number))
    console.print(table)
    write_json(json_file, figures)


def main() -> None:
    """Run the command line and exit with its status."""
    try:
        status = app(standalone_mode=False)
    except InputError as error:
        _fail(str(error))
    except TrainingError as error:
        _fail(str(error), status=1)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        # Errors in how a command was called, of typer's own parser.
        message = getattr(error, "format_message", None)
        if message is None:
            raise
        _fail(message())
    sys.exit(status if isinstance(status, int) else 0)


def _fail(message: str, status: int = 2) -> None:
    line = " ".join(message.split())
    print(f"kinesis-fast: {line}", file=sys.stderr)
    sys.exit(status)
