"""The command that writes what a policy does as a dataset: ``rollouts``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kinesis_fast.cli.common import BodyOption, MotionsOption, counted, say
from kinesis_fast.cli.conditions import Conditions, policy_of, takes_conditions
from kinesis_fast.cli.policies import CheckpointArgument
from kinesis_fast.cli.progress import item_progress


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("rollouts")(takes_conditions(rollouts))


def rollouts(
    checkpoint: CheckpointArgument,
    out: Annotated[Path, typer.Option(help="The .h5 file to write.")],
    motions: MotionsOption = None,
    model: BodyOption = None,
    episodes: Annotated[int, typer.Option(help="How many; clips take turns.")] = 64,
    explore: Annotated[
        bool, typer.Option(help="Take actions as in training, not mean ones.")
    ] = False,
    physics: Annotated[str, typer.Option(help="lanes, fused or mujoco.")] = "lanes",
    conditions: Conditions = None,
) -> None:
    """Write observations, actions, rewards, bodies and muscles of a policy as a dataset.

    HDF5, a group an episode, in the layout of Minari.

    Example: kinesis-fast rollouts shipped --motions gait --episodes 32 --out rollouts.h5
    """
    from kinesis_fast.learn.evaluation.clips import Subject
    from kinesis_fast.learn.rollouts_file import write_rollouts

    point = policy_of(checkpoint, model, conditions)
    subject = Subject(point, motions, physics=physics)
    with item_progress("Acting") as advance:
        found = write_rollouts(
            subject,
            checkpoint.name,
            out,
            episodes,
            exploring=explore,
            on_episode=lambda done: advance(done, episodes),
        )
    say(
        f"{out}: {counted(int(found['episodes']), 'episode')} of "
        f"{int(found['steps']):,} control steps, {found['kept']:.0%} to their clip's end"
    )
