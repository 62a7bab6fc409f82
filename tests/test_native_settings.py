"""Settings reach the engine whole, and defaults that stand in both languages are the same."""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import Any

import pytest

import kinesis_fast as kf
from kinesis_fast import _engine
from kinesis_fast.motions.prior.estimate import PriorConfig
from kinesis_fast.native_settings import filled, native_fields
from kinesis_fast.tasks import find_task
from kinesis_fast.tasks.conditions import ConditionConfig, native_conditions
from kinesis_fast.tasks.environment import engine_config
from kinesis_fast.tasks.guided import PlannerConfig, native_planner
from kinesis_fast.tasks.randomise import RandomiseConfig
from kinesis_fast.tasks.reach import GoalConfig, ReachRewardConfig
from kinesis_fast.tasks.reference_errors import ReferenceErrorsConfig
from kinesis_fast.tasks.steer import CommandConfig, SteerRewardConfig

OF_THE_CALL = {"num_envs", "num_threads", "seed", "physics"}
"""What has no default of its own in Python, or is chosen there: lanes."""


def differences(python: Any, native: Any, where: str = "") -> list[str]:
    """Numbers that two structures of the engine, or of a setting and the engine, do not share."""
    found = []
    for name in native_fields(type(native)):
        if name in OF_THE_CALL or not hasattr(python, name):
            continue
        ours, theirs = getattr(python, name), getattr(native, name)
        if native_fields(type(theirs)):
            found += differences(ours, theirs, f"{where}{name}.")
        elif isinstance(theirs, bool | int | float) and ours != theirs:
            found.append(f"{where}{name}: {ours} in Python, {theirs} in C++")
    return found


def test_defaults_are_the_same_in_both_languages() -> None:
    model = kf.load_model()
    # The engine's own default needs no gains of joints.
    config = find_task("imitation").config(control_mode="length")
    engine = engine_config(config, model, num_envs=1, num_threads=1, seed=0)
    found = differences(engine, _engine.EngineConfig(), "engine ")
    found += differences(native_planner(PlannerConfig()), _engine.PlannerConfig(), "planner ")
    found += differences(PlannerConfig().weights, _engine.MatchingWeights(), "weights ")
    found += differences(
        native_conditions(ConditionConfig(), RandomiseConfig(), model),
        _engine.ConditionConfig(),
        "conditions ",
    )
    for settings, native in (
        (GoalConfig(), _engine.ReachConfig()),
        (ReachRewardConfig(), _engine.ReachConfig()),
        (CommandConfig(), _engine.SteerConfig()),
        (SteerRewardConfig(), _engine.SteerConfig()),
        (PriorConfig(), _engine.MotionPriorConfig()),
        (ReferenceErrorsConfig(), _engine.MotionErrors()),
        (config, _engine.ImitationConfig()),
    ):
        found += differences(settings, native, f"{type(settings).__name__} ")
    assert found == []


def test_every_structure_of_settings_can_be_filled() -> None:
    """Those that end in Config, and the parts of them."""
    kinds = [
        kind
        for name, kind in vars(_engine).items()
        if inspect.isclass(kind) and (name.endswith("Config") or name in ("Springs", "LengthGains"))
    ]
    assert len(kinds) >= 14
    for kind in kinds:
        with pytest.raises(TypeError, match="that nothing gives"):
            filled(kind)
        with pytest.raises(TypeError, match="has no field 'no_such_field'"):
            filled(kind, no_such_field=1)


def test_the_first_source_that_has_a_field_gives_it() -> None:
    first, second = (
        SimpleNamespace(velocity_time=1.0),
        SimpleNamespace(velocity_time=2.0, facing_time=3.0),
    )
    springs = filled(_engine.Springs, first, second, top_turn_rate=4.0)
    assert (springs.velocity_time, springs.facing_time, springs.top_turn_rate) == (1.0, 3.0, 4.0)
