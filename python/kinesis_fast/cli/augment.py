"""The command ``kinesis-fast motions augment``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kinesis_fast.cli.common import LibraryArgument, check_library, counted, say
from kinesis_fast.cli.progress import item_progress
from kinesis_fast.errors import InputError


def register(app: typer.Typer) -> None:
    """Add the command to ``kinesis-fast motions``."""
    app.command("augment")(motions_augment)


OutOption = Annotated[Path, typer.Option(help="The library to write (.h5).")]
MirrorOption = Annotated[
    bool, typer.Option("--mirror/--no-mirror", help="Every clip left for right.")
]
SpeedsOption = Annotated[
    str, typer.Option(metavar="S,S,...", help="Every clip at such multiples of its speed.")
]
TurnsOption = Annotated[
    str,
    typer.Option(
        metavar="T,T,...",
        help="Every clip on a path turned by so many degrees a metre, positive to the left.",
    ),
]
TransitionsOption = Annotated[
    int, typer.Option(help="At most so many clips that begin in one motion and end in another.")
]
ErringOption = Annotated[
    int,
    typer.Option(
        help="So many copies of every clip with errors as other people's recordings have them."
    ),
]
SeedOption = Annotated[int, typer.Option(help="Of the choice of transitions, and of errors.")]
ModelOption = Annotated[str, typer.Option(help="The model that moves.")]


def motions_augment(
    library: LibraryArgument,
    out: OutOption,
    mirror: MirrorOption = True,
    speeds: SpeedsOption = "",
    turns: TurnsOption = "",
    transitions: TransitionsOption = 0,
    erring: ErringOption = 0,
    seed: SeedOption = 0,
    model: ModelOption = "myolegs",
) -> None:
    """Make more motions of a library: mirrored, faster, on turned paths, one into another, erring.

    Feet of what is made stand still and clear the floor as imported ones do, but in copies that
    err: these are some millimetres and degrees off, as env.randomise_reference draws it, so that
    the muscle prior estimated of them is off too. Of clips of the split test nothing is made.

    Example: kinesis-fast motions augment lib.h5 --out more.h5 --speeds 0.85,1.15 --turns -20,20
    """
    from kinesis_fast.body import load_model
    from kinesis_fast.envs.inputs import check_seed
    from kinesis_fast.motions import load_motions
    from kinesis_fast.motions.augmentation import Augmentation, augment
    from kinesis_fast.tasks.reference_errors import ReferenceErrorsConfig, native_errors

    check_library(out, library)
    check_seed(seed)
    body = load_model(model)
    motions = load_motions(library, body)
    what = Augmentation(
        mirror=mirror,
        speeds=_numbers("speeds", speeds),
        turns=_numbers("turns", turns),
        transitions=transitions,
        erring=erring,
        errors=native_errors(ReferenceErrorsConfig(share=1.0, slope=[0.0, 0.0]), body),
        seed=seed,
    )
    with item_progress("Augmenting") as advance:
        made, left_out = augment(body, motions, what, advance)
    made.save(out)
    new = made.clips[len(motions.clips) :]
    seconds = sum(clip.duration for clip in new)
    begun = counted(len(motions.clips), "clip")
    say(f"{out}: {begun}, and {len(new)} made of them, {seconds:.0f} s")
    for reason in left_out[:5]:
        say(f"left out: {reason}")
    if len(left_out) > 5:
        say(f"... and {len(left_out) - 5} more")
    say(f"Next: kinesis-fast motions info {out}, or kinesis-fast train --motions {out}")


def _numbers(name: str, text: str) -> list[float]:
    try:
        return [float(entry) for entry in text.split(",") if entry.strip()]
    except ValueError:
        raise InputError(f"{name} {text!r} is not understood; write numbers as 0.9,1.1") from None
