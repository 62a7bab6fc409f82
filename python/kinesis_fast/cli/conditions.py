"""Options of the condition that bodies are in, the same for every command that has bodies."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from kinesis_fast.cli.common import say
from kinesis_fast.errors import InputError

if TYPE_CHECKING:
    from kinesis_fast.learn.checkpoint import Checkpoint

Conditions = dict[str, Any] | None
"""Settings of ``env.conditions`` that were given; None as {}."""
Command = TypeVar("Command", bound=Callable[..., Any])
TAKEN = "conditions"
"""The parameter by which a command takes what is given, as the settings ``env.conditions``."""
OPTIONS: dict[str, Any] = {
    "weaken": Annotated[
        list[str] | None,
        typer.Option(
            metavar="MUSCLE=SHARE",
            help="Strength that a muscle or a group has left, as soleus_r=0.5, or "
            "plantarflexors=0.5 of both sides; repeatable.",
        ),
    ],
    "strength": Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Strengths of a person: a line a muscle, 'soleus_r: 0.5' (.yaml) or "
            "'soleus_r,0.5' (.csv).",
        ),
    ],
    "fatigue": Annotated[
        float | None,
        typer.Option(metavar="TIMES", help="Muscles tire, so many times as fast as people's."),
    ],
    "mass": Annotated[
        list[str] | None,
        typer.Option(
            metavar="BODY=KG", help="What a part of the body carries, as torso=10; repeatable."
        ),
    ],
    "slope": Annotated[
        float | None,
        typer.Option(metavar="DEGREES", help="How steeply the floor rises ahead; negative: falls."),
    ],
    "uneven": Annotated[
        float | None,
        typer.Option(metavar="METRES", help="How far bumps of the ground rise and fall."),
    ],
    "steps": Annotated[
        float | None,
        typer.Option(metavar="METRES", help="Eight steps ahead, so high each, up and down again."),
    ],
    "device": Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="What is worn, as a YAML file of docs/devices.md; repeatable."
        ),
    ],
}
"""Types of the options, by name."""


def takes_conditions(command: Command) -> Command:
    """Give a command the options of a condition, where its parameter ``conditions`` stands.

    The command gets what was given there, as settings of ``env.conditions``; what was not given
    stays as the policy was trained.
    """
    signature = inspect.signature(command, eval_str=True)

    @functools.wraps(command)
    def with_options(**given: Any) -> Any:
        chosen = {name: given.pop(name) for name in OPTIONS}
        return command(**given, **{TAKEN: settings_of(**chosen)})

    parameters = []
    for name, parameter in signature.parameters.items():
        if name != TAKEN:
            parameters.append(parameter)
            continue
        parameters += [
            inspect.Parameter(
                option, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None, annotation=kind
            )
            for option, kind in OPTIONS.items()
        ]
    with_options.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    with_options.__annotations__ = {p.name: p.annotation for p in parameters}
    return with_options  # type: ignore[return-value]


def settings_of(
    weaken: Sequence[str] | None,
    strength: Path | None,
    fatigue: float | None,
    mass: Sequence[str] | None,
    slope: float | None = None,
    uneven: float | None = None,
    steps: float | None = None,
    device: Sequence[Path] | None = None,
) -> dict[str, Any]:
    """Return settings of ``env.conditions`` from what options say.

    Raises:
        InputError: text that is no share or mass, a file that cannot be read, or bumps and steps.
    """
    from kinesis_fast.tasks.conditions import read_strengths
    from kinesis_fast.tasks.devices import read_devices
    from kinesis_fast.tasks.ground import BUMPS, STEPS

    settings: dict[str, Any] = {}
    if strength is not None or weaken:
        read = {} if strength is None else read_strengths(strength)
        settings["weakness"] = read | _numbers("--weaken", "MUSCLE=SHARE, as soleus=0.5", weaken)
    if fatigue is not None:
        settings["fatigue"] = {"speed": fatigue}
    if mass:
        settings["added_mass"] = _numbers("--mass", "BODY=KG, as torso=10", mass)
    if slope is not None:
        settings["slope"] = slope
    if uneven is not None and steps is not None:
        raise InputError("--uneven and --steps are two grounds; give one of them")
    if uneven is not None:
        settings["ground"] = {"height": uneven, "form": BUMPS}
    if steps is not None:
        settings["ground"] = {"height": steps, "form": STEPS}
    if device:
        settings["devices"] = [asdict(one) for path in device for one in read_devices(path)]
    return settings


def _numbers(option: str, form: str, given: Sequence[str] | None) -> dict[str, float]:
    found = {}
    for text in given or ():
        name, equals, number = text.partition("=")
        try:
            found[name.strip()] = float(number if equals else "")
        except ValueError:
            raise InputError(f"{option} takes {form}, not {text!r}") from None
    return found


def policy_of(source: str | Path, model: str | Path | None, conditions: Conditions) -> Checkpoint:
    """Load a policy for a body in a condition, and say what it was not trained with.

    Args:
        source: as :func:`kinesis_fast.learn.checkpoint.load` has it.
        model: another body; None: as it was trained.
        conditions: settings of ``env.conditions`` that differ from the training's.

    Raises:
        InputError: no such policy, or settings that are none.
    """
    from kinesis_fast.learn import checkpoint as checkpoints
    from kinesis_fast.tasks.conditions import told

    point = checkpoints.on_body(checkpoints.load(source), model)
    unknown = checkpoints.under(point, conditions or {})
    say_condition(told(point.config.env.conditions), unknown)
    return point


def say_condition(condition: str, untrained: Sequence[str], name: str = "") -> None:
    """Print a condition, and what of it a policy was not trained with, if there is any."""
    if condition:
        say(f"Condition{' of ' if name else ''}{name}: {condition}")
    if untrained:
        say(
            f"{name or 'The policy'} was not trained with {' or '.join(untrained)}: what it does "
            "is no forecast of what people do (docs/physiology.md, What may not be concluded)"
        )
