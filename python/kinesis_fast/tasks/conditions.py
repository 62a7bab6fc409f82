"""The condition that a body is in: weak, tiring, loaded, on other ground."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast import _engine
from kinesis_fast.body import by_name, muscle_names, root_body
from kinesis_fast.body.legs import (
    ANKLE_MUSCLES,
    FORWARD,
    KNEE_MUSCLES,
    MUSCLE_GROUPS,
    SIDES,
    TRUNK_MUSCLES,
    muscles_called,
)
from kinesis_fast.body.motors import is_motor
from kinesis_fast.body.names import without_side
from kinesis_fast.config import check_names
from kinesis_fast.errors import InputError, did_you_mean
from kinesis_fast.native_settings import filled
from kinesis_fast.settings import NO_UNIT, Span, Unit, numbers, within
from kinesis_fast.tasks import devices, ground
from kinesis_fast.tasks.devices import DeviceConfig
from kinesis_fast.tasks.ground import GroundConfig
from kinesis_fast.tasks.randomise import RandomiseConfig
from kinesis_fast.yaml_file import read_mapping

ANKLE, KNEE = (0.00589, 0.00058, 15.0), (0.01500, 0.00149, 15.0)
TRUNK, GENERAL = (0.00755, 0.00075, 15.0), (0.00970, 0.00091, 15.0)
UNTIRING = (0.0, 1.0, 1.0)
"""Rates of tiring and of recovery, 1/s, fitted to endurance times by joint (Frey-Law, Looft and
Heitsman 2012, J Biomech 45:1803), and how many times faster muscles recover at rest (Looft,
Herkert and Frey-Law 2018, J Biomech 77:16). Of hips nobody gives any: theirs are the general
ones. A motor does not tire."""


@dataclass
class FatigueConfig:
    """How muscles tire: the three-compartment model with a rest multiplier (3CC-r).

    With activation a, of the strength that is left, a muscle's tired part M changes by
    F a - rho M, rho = r R where a is at most 0.01, else R; it makes 1 - M of its peak force. F, R
    and r are those of its joint. An effort a can be held until M = 1 - a.
    """

    speed: Annotated[float, within(0.0, 1e4), NO_UNIT] = 0.0
    """How many times faster than people's the muscles tire and recover; 0: they do not."""
    tired: Annotated[list[float], Span(0.0, 1.0), NO_UNIT] = numbers(0.0, 0.0)
    """Tired part at the beginning of an episode, drawn evenly for each muscle between two
    bounds."""


@dataclass
class ConditionConfig:
    """The condition that a body is in; see ``docs/architecture.md``."""

    weakness: dict[str, Annotated[float, within(0.0, 1.0), NO_UNIT]] = field(default_factory=dict)
    """Share of a muscle's peak active force that is left, 0 to 1, by the name of a muscle or of a
    group (``plantarflexors``; ``body.legs.MUSCLE_GROUPS``), with or without its side (``_r``,
    ``_l``); single muscles count before groups, others are healthy."""
    fatigue: FatigueConfig = field(default_factory=FatigueConfig)
    """How the muscles tire and recover."""
    added_mass: dict[str, Annotated[float, within(0.0, 500.0), Unit("kg")]] = field(
        default_factory=dict
    )
    """What bodies carry, by the name of the body: a point at its centre of mass."""
    friction: Annotated[float, within(0.0, 100.0), NO_UNIT] = 1.0
    """What the friction of all contacts is multiplied by."""
    slope: Annotated[float, within(-30.0, 30.0), Unit("degrees")] = 0.0
    """How steeply the floor rises, the way that the body faces at the beginning of an episode.
    Places and heights count from the floor, across it."""
    ground: GroundConfig = field(default_factory=GroundConfig)
    """How uneven the floor is."""
    devices: list[DeviceConfig] = field(default_factory=list)
    """What is worn: exoskeletons, springs."""


def told(config: ConditionConfig) -> str:
    """Return in words what a condition differs in from a healthy body's; empty: in nothing."""
    parts = [f"{name} {100 * share:.3g} %" for name, share in sorted(config.weakness.items())]
    said = ["strength " + ", ".join(parts)] if parts else []
    if config.fatigue.speed > 0.0:
        said.append(f"muscles tire {config.fatigue.speed:g} times as fast as people's")
    least, most = config.fatigue.tired
    if most > 0.0:
        said.append(f"{100 * least:.3g} to {100 * most:.3g} % of each muscle tired at the start")
    said += [f"{name} carries {mass:g} kg" for name, mass in sorted(config.added_mass.items())]
    if config.friction != 1.0:
        said.append(f"{config.friction:g} times the friction")
    if config.slope != 0.0:
        way = "rises" if config.slope > 0.0 else "falls"
        said.append(f"the floor {way} by {abs(config.slope):g} degrees")
    if config.ground.height != 0.0:
        said.append(ground.told(config.ground))
    said += devices.told(config.devices)
    return "; ".join(said)


def untrained(
    asked: ConditionConfig, trained: ConditionConfig, drawn: RandomiseConfig
) -> list[str]:
    """Return in words what of a condition a training has never had.

    Args:
        asked: the condition that a body is in.
        trained: the condition of the training's bodies.
        drawn: what it drew of them beside.
    """
    least = drawn.strength[0] * (drawn.group_strength[0] if drawn.weak_groups > 0.0 else 1.0)
    weakest = {name: share * least for name, share in trained.weakness.items()}
    found = {
        "muscles as weak": any(
            share < weakest.get(name, least) for name, share in asked.weakness.items()
        ),
        "muscles that tire as fast": asked.fatigue.speed > trained.fatigue.speed,
        "muscles as tired": asked.fatigue.tired[1] > trained.fatigue.tired[1] + drawn.tired[1],
        "such loads": any(
            mass > trained.added_mass.get(name, 0.0) + drawn.added_mass[1]
            for name, mass in asked.added_mass.items()
        ),
        "devices": bool(asked.devices) and not _like(asked.devices, trained.devices, drawn.device),
        # What is drawn rises some way that is drawn too.
        "such slopes": abs(asked.slope - trained.slope) > max(map(abs, drawn.slope)),
        "such uneven ground": asked.ground.height > 0.0
        and not _as_uneven(asked.ground, trained.ground, drawn.uneven),
        "such friction": not (
            drawn.friction[0] * trained.friction
            <= asked.friction
            <= drawn.friction[1] * trained.friction
        ),
    }
    return [what for what, so in found.items() if so]


def _as_uneven(asked: GroundConfig, trained: GroundConfig, added: list[float]) -> bool:
    """Tell whether a training's ground had such a form, and was as high."""
    return asked.form == trained.form and asked.height <= trained.height + added[1]


def _like(asked: list[DeviceConfig], trained: list[DeviceConfig], added: list[float]) -> bool:
    """Tell whether a training had such devices, of the sizes that it drew."""
    if len(asked) != len(trained):
        return False
    return all(
        one.joint == other.joint
        and one.law == other.law
        and added[0] <= devices.size(one) - devices.size(other) <= added[1]
        for one, other in zip(asked, trained, strict=True)
    )


def read_strengths(path: Path) -> dict[str, float]:
    """Read what strength a person's muscles have left, from a YAML or CSV file.

    Args:
        path: of lines ``soleus_r: 0.5`` (.yaml, .yml), or ``soleus_r,0.5`` under any heading or
            none (.csv).

    Raises:
        InputError: it cannot be read, or a line holds something else than a muscle and a share.
    """
    what = "strength file"
    if path.suffix.lower() in (".yaml", ".yml"):
        given = list(read_mapping(path, what).items())
    elif path.suffix.lower() == ".csv":
        given = list(_csv_rows(path, what))
    else:
        raise InputError(f"the {what} {str(path)!r} must be a .yaml or a .csv file")
    found = {}
    for name, share in given:
        try:
            found[str(name)] = float(share)
        except (TypeError, ValueError):
            raise InputError(
                f"the {what} {str(path)!r} has {share!r} for {name!r}; a share of a healthy "
                "muscle's force is needed, 0 to 1"
            ) from None
    return found


def _csv_rows(path: Path, what: str) -> Iterator[tuple[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [[cell.strip() for cell in row] for row in csv.reader(file)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"cannot read the {what} {str(path)!r}: {error}") from error
    for number, row in enumerate(rows):
        if not any(row):
            continue
        if len(row) < 2:
            raise InputError(
                f"line {number + 1} of the {what} {str(path)!r} is {row[0]!r}; a muscle and its "
                "share are needed, as soleus_r,0.5"
            )
        if number > 0 or row[1][:1].isdigit() or row[1][:1] in "-+.":  # else a heading
            yield row[0], row[1]


def strengths(config: ConditionConfig, model: mujoco.MjModel) -> npt.NDArray[np.float64]:
    """Return the share of its peak active force that every muscle has left, 1 where healthy."""
    names = muscle_names(model)
    plain = sorted({without_side(name) for name in names} | set(MUSCLE_GROUPS))
    sided = {*names, *(f"{group}_{side}" for group in MUSCLE_GROUPS for side in SIDES)}
    for name in config.weakness:
        if name not in sided and name not in plain:
            raise InputError(
                f"unknown name {name!r} in conditions.weakness{did_you_mean(name, plain)}"
            )
    given: dict[str, float] = {}
    for name, share in config.weakness.items():
        if without_side(name) in MUSCLE_GROUPS:
            given |= dict.fromkeys(muscles_called(name, names), share)
    single = {n: s for n, s in config.weakness.items() if without_side(n) not in MUSCLE_GROUPS}
    known = {n: s for n, s in given.items() if without_side(n) not in single}
    return np.array(by_name("conditions.weakness", known | single, names, 1.0))


def fatigue_rates(model: mujoco.MjModel) -> npt.NDArray[np.float64]:
    """Return F and R, 1/s, and r of every muscle, (nu, 3), by the joint that it is for."""
    groups = ((ANKLE_MUSCLES, ANKLE), (KNEE_MUSCLES, KNEE), (TRUNK_MUSCLES, TRUNK))
    plain = [without_side(name) for name in muscle_names(model)]
    found = [next((rates for names, rates in groups if n in names), GENERAL) for n in plain]
    return np.where(is_motor(model)[:, None], UNTIRING, found)


def weak_groups(model: mujoco.MjModel, groups: Sequence[str] = ()) -> list[list[int]]:
    """Return the muscles of every group of the right leg, of the left and of both.

    Args:
        model: whose muscles; groups of which it has none are left out.
        groups: names of :data:`MUSCLE_GROUPS`; all, where none is given.
    """
    names = muscle_names(model)
    found = []
    for group in groups or MUSCLE_GROUPS:
        sides = [
            [names.index(muscle) for muscle in muscles_called(f"{group}_{side}", names)]
            for side in SIDES
        ]
        found += [muscles for muscles in (*sides, sides[0] + sides[1]) if muscles]
    return found


def native_variation(
    config: ConditionConfig, drawn: RandomiseConfig, model: mujoco.MjModel
) -> _engine.VariationConfig:
    """Return what the engine's bodies carry and stand on.

    Raises:
        InputError: there is no body of a name.
    """
    names = [model.body(number).name for number in range(model.nbody)]
    check_names(("conditions.added_mass", name, names[1:]) for name in config.added_mass)
    worn = devices.device_masses(config.devices, names[1:])
    masses = [config.added_mass.get(name, 0.0) + worn.get(name, 0.0) for name in names]
    (least_mass, most_mass), (least_friction, most_friction) = drawn.added_mass, drawn.friction
    return filled(
        _engine.VariationConfig,
        added_mass=masses if any(masses) else [],
        friction=config.friction,
        root_body=root_body(model),
        least_mass=least_mass,
        most_mass=most_mass,
        slope=math.radians(config.slope),
        least_slope=math.radians(drawn.slope[0]),
        most_slope=math.radians(drawn.slope[1]),
        forward=FORWARD,
        field=ground.native_field(config.ground),
        uneven=config.ground.height,
        least_uneven=drawn.uneven[0],
        most_uneven=drawn.uneven[1],
        scattered=config.ground.form == ground.BUMPS,
        least_friction=least_friction,
        most_friction=most_friction,
    )


def native_conditions(
    config: ConditionConfig, drawn: RandomiseConfig, model: mujoco.MjModel
) -> _engine.ConditionConfig:
    """Return the engine's conditions of muscles."""
    weakest, strongest = drawn.strength
    least_tired, most_tired = np.minimum(np.add(config.fatigue.tired, drawn.tired), 1.0)
    return filled(
        _engine.ConditionConfig,
        strength=strengths(config, model).tolist(),
        weakest=weakest,
        weak_share=drawn.weak_groups,
        groups=weak_groups(model, drawn.groups),
        weakest_group=drawn.group_strength[0],
        strongest_group=drawn.group_strength[1],
        strongest=strongest,
        fatigue=[_engine.FatigueRates(*rates) for rates in fatigue_rates(model).tolist()],
        fatigue_speed=config.fatigue.speed,
        least_tired=least_tired,
        most_tired=most_tired,
    )
