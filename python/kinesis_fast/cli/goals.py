"""What ``eval --task`` and ``eval --pushes`` show: reaching, steering, and being pushed."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from kinesis_fast.cli.common import check_json, console, say, write_json
from kinesis_fast.cli.progress import episode_progress
from kinesis_fast.errors import InputError, did_you_mean

REACH_PROTOCOLS = ("kinesis", "ring")
PUSH_IMPULSES = (5.0, 10.0, 15.0, 20.0, 30.0, 40.0)
"""N s, by default."""


def evaluate_goals(
    checkpoint: Path,
    task: str,
    *,
    motions: str | None,
    protocol: str,
    goals: int,
    speed: float,
    pushes: bool,
    seed: int,
    threads: int,
    physics: str,
    json_file: Path | None,
) -> None:
    """Evaluate a policy where it is told where to go, and show tables.

    Raises:
        InputError: an option out of range.
    """
    from kinesis_fast.learn import checkpoint as checkpoints
    from kinesis_fast.learn.evaluation.goals import GoalSubject

    check_json(json_file)
    protocol = "kinesis" if protocol == "all" else protocol
    if task not in ("reach", "steer"):
        raise InputError(f"unknown task {task!r}{did_you_mean(task, ('reach', 'steer'))}")
    if task == "reach" and protocol not in REACH_PROTOCOLS:
        raise InputError(f"unknown protocol {protocol!r}{did_you_mean(protocol, REACH_PROTOCOLS)}")
    if not 1 <= goals <= 100_000:
        raise InputError(f"goals is {goals}; it must be in [1, 100000]")
    if not 0.05 <= speed <= 2.5:
        raise InputError(f"speed is {speed:g}; it must be in [0.05, 2.5] m/s")
    path = checkpoints.find(checkpoint)
    subject = GoalSubject(checkpoints.load(path), motions, threads, seed, physics)
    figures: dict[str, Any] = {"checkpoint": str(path), "task": task}
    with episode_progress("Evaluating"):
        if pushes:
            figures["pushes"] = _pushes(subject, speed)
        elif task == "reach":
            figures |= {"protocol": protocol, **_reach(subject, protocol, goals)}
        else:
            figures |= _steer(subject, speed)
    write_json(json_file, figures)


def _reach(subject: Any, protocol: str, goals: int) -> dict[str, Any]:
    from kinesis_fast.learn.evaluation.goals import evaluate_reach
    from kinesis_fast.tasks.reach import RING_DIRECTIONS, RING_DISTANCES

    found = evaluate_reach(subject, protocol, goals)
    if found.by_place:
        table = Table("goal", *(f"{angle:.0f}°" for angle in RING_DIRECTIONS))
        for distance, row in zip(RING_DISTANCES, found.by_place, strict=True):
            table.add_row(f"{distance:g} m", *(f"{100 * share:.0f} %" for share in row))
        console.print(table)
    rule = (
        "within 0.1 m after 5 s"
        if protocol == "kinesis"
        else "within 0.1 m for 1 s, of 12 s at most"
    )
    say(
        f"{found.goals} goals, {rule}: success {100 * found.success_rate:.1f} %, "
        f"falls {100 * found.fall_rate:.1f} %, "
        f"median distance at the end {found.final_distance_m:.2f} m, "
        f"effort {found.effort:.2f} (summed squared activations)"
    )
    return asdict(found)


def _steer(subject: Any, speed: float) -> dict[str, Any]:
    from kinesis_fast.learn.evaluation.goals import evaluate_steer

    table = Table("way", "fell", "seconds", "direction error", "speed error", "facing error")
    found = {}
    for name, turn in (("turning", True), ("facing_kept", False)):
        # Nobody walks aside as fast as ahead.
        results = evaluate_steer(subject, speed if turn else min(speed, 0.4), turn=turn)
        for one in results:
            table.add_row(
                f"{one.direction:.0f}°{'' if turn else ' kept'}",
                "yes" if one.fell else "no",
                f"{one.seconds:.1f}",
                f"{one.direction_error:.1f}°",
                f"{one.speed_error:.2f} m/s",
                f"{one.facing_error:.1f}°",
            )
        found[name] = [asdict(one) for one in results]
    console.print(table)
    for name, label in (("turning", "Facing the way"), ("facing_kept", "Facing kept")):
        rows = found[name]
        say(
            f"{label}: {sum(not row['fell'] for row in rows)} of {len(rows)} directions without "
            f"falling, direction error {_mean(rows, 'direction_error'):.1f}°, "
            f"speed error {_mean(rows, 'speed_error'):.2f} m/s"
        )
    return {**found, "turns": _turns(subject, speed)}


def _turns(subject: Any, speed: float) -> list[dict[str, float]]:
    from kinesis_fast.learn.evaluation.goals import evaluate_turns

    found = evaluate_turns(subject, speed)
    table = Table("turn under way", "walked", "did not fall", "turned", "seconds")
    for one in found:
        table.add_row(
            f"{one.angle:+.0f}°",
            f"{100 * one.walked:.0f} %",
            f"{100 * one.survived:.0f} %",
            f"{100 * one.turned:.0f} %",
            f"{one.seconds:.1f}",
        )
    console.print(table)
    return [asdict(one) for one in found]


def _pushes(subject: Any, speed: float) -> list[dict[str, float]]:
    from kinesis_fast.learn.evaluation.goals import evaluate_pushes

    found = evaluate_pushes(subject, PUSH_IMPULSES, speed=speed)
    table = Table("impulse", "survived")
    for one in found:
        table.add_row(f"{one.impulse:g} N s", f"{100 * one.survived:.0f} %")
    console.print(table)
    return [asdict(one) for one in found]


def _mean(rows: list[dict[str, Any]], name: str) -> float:
    values = np.array([row[name] for row in rows], dtype=float)
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
