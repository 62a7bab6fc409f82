"""What ``eval --task`` and ``eval --pushes`` show: policies put to the test by tasks' protocols."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

from kinesis_fast.cli.common import check_json, console, say, write_json
from kinesis_fast.cli.conditions import Conditions, policy_of
from kinesis_fast.cli.progress import episode_progress

if TYPE_CHECKING:
    from kinesis_fast.tasks.trial import Trial


def evaluate_trials(
    checkpoint: Path,
    task: str,
    protocol_name: str | None,
    chosen: dict[str, Any],
    *,
    model: str | None,
    conditions: Conditions,
    motions: str | None,
    seed: int,
    threads: int,
    physics: str,
    json_file: Path | None,
) -> None:
    """Evaluate a policy by one of a task's protocols, and show tables.

    Raises:
        InputError: an option out of range.
    """
    from kinesis_fast.learn import checkpoint as checkpoints
    from kinesis_fast.learn.evaluation.trials import TrialSubject, evaluate_task, find_protocol

    check_json(json_file)
    name, protocol = find_protocol(task, protocol_name, chosen)
    path = checkpoints.find(checkpoint)
    subject = TrialSubject(policy_of(path, model, conditions), motions, threads, seed, physics)
    done: list[Trial] = []
    with episode_progress("Evaluating"):
        figures = evaluate_task(subject, task, protocol, done.append)
    for trial in done:
        _show(trial)
    about = {"task": task, "protocol": name, "condition": conditions or {}}
    write_json(json_file, {"checkpoint": str(path), **about, **figures})


def _show(trial: Trial) -> None:
    shown = trial.table()
    if shown is not None:
        table = Table(*shown.headings)
        for row in shown.rows:
            table.add_row(*row)
        console.print(table)
    say(*trial.lines())
