"""The command that measures: ``bench``."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from kinesis_fast.cli.common import JsonOption, cell, check_json, console, write_json
from kinesis_fast.cli.progress import item_progress


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(bench)


def bench(
    motions: Annotated[str, typer.Option(help="Library to move on.")] = "gait",
    control_mode: Annotated[
        str, typer.Option(help="What actions are: length, direct, joint, ...")
    ] = "length",
    num_envs: Annotated[int, typer.Option(help="Environments.")] = 64,
    threads: Annotated[int, typer.Option("--threads", help="Threads of every contender.")] = 1,
    rounds: Annotated[int, typer.Option(help="Rounds of all contenders in turn.")] = 9,
    peers: Annotated[
        bool,
        typer.Option("--peers", help="Beside EnvPool, MuJoCo's batch and rollout too; minutes."),
    ] = False,
    json_file: JsonOption = None,
) -> None:
    """Measure the engine beside MuJoCo's own step and the plain Python environment.

    Example: kinesis-fast bench --peers --json figures.json
    """
    from kinesis_fast.bench import engine as benchmark
    from kinesis_fast.bench import peers as peer_benchmark

    check_json(json_file)
    workload = benchmark.Workload(
        motions=motions,
        control_mode=control_mode,
        num_envs=num_envs,
        num_threads=threads,
        rounds=rounds,
    )
    run = peer_benchmark.run if peers else benchmark.run
    with item_progress("Measuring") as advance:
        figures = run(workload, advance)
    table = Table("figure", "value")
    for name, value in figures.items():
        if name == "measured_at":
            continue
        for part, number in value.items() if isinstance(value, dict) else [("", value)]:
            label = f"{name} {part}".strip()
            table.add_row(
                cell(label), f"{number:,.2f}" if isinstance(number, float) else cell(number)
            )
    console.print(table)
    write_json(json_file, figures)
