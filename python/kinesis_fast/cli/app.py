"""The command line: ``kinesis-fast COMMAND``.

Every command exits with 0 on success and, on bad input, with 2 after one line on standard error.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

# Threads that wait for work in torch's pool would otherwise spin and slow the engine's.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import typer
from rich.table import Table

from kinesis_fast.cli import policies as cli_policies
from kinesis_fast.cli import train as cli_train
from kinesis_fast.cli.analyze import analyze_app
from kinesis_fast.cli.common import JsonOption, check_json, console, write_json
from kinesis_fast.cli.motions import motions_app
from kinesis_fast.errors import InputError, TrainingError

app = typer.Typer(
    help="Train muscle-driven bodies to move as people do.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(motions_app, name="motions")
app.add_typer(analyze_app, name="analyze")
cli_train.register(app)
cli_policies.register(app)


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
    from kinesis_fast.bench import engine as benchmark
    from kinesis_fast.bench import peers as peer_benchmark

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
