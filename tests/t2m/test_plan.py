"""Plans and their notation."""

from __future__ import annotations

import pytest

from kinesis_fast.errors import InputError
from kinesis_fast.t2m import Action, Plan, read_plan

ACTIONS = [
    Action("walk"),
    Action("walk", direction="backward", pace="slow", steps=1),
    Action("walk", path="circle", side="right", times=2),
    Action("walk", path="curve", side="left", degrees=120.0, metres=2.5),
    Action("run", in_place=True, seconds=3.0),
    Action("step", direction="forward-left", steps=2),
    Action("turn", side="left", degrees=90.0, times=2),
    Action("stand", seconds=1.5),
    Action("walk", speed=1.2, metres=4.0),
]


@pytest.mark.parametrize("action", ACTIONS, ids=str)
def test_what_is_written_is_read_back(action: Action) -> None:
    assert read_plan(f"{action}; walk").actions == (action, Action("walk"))


def test_words_may_stand_in_any_order() -> None:
    notation = "walk sneaking big backward 2.5 steps right-first"
    assert str(read_plan(notation)) == notation
    assert read_plan("walk 3 steps slow backward").actions == (
        Action("walk", direction="backward", pace="slow", steps=3),
    )


@pytest.mark.parametrize(
    ("notation", "message"),
    [
        ("fly", "an action begins with 'fly'; it must begin with one of walk, run, step"),
        ("walk upwards", "'upwards' is no word of an action; they are forward, backward"),
    ],
)
def test_what_is_no_notation(notation: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_plan(notation)


def test_a_plan_explains_itself() -> None:
    plan = Plan((Action("walk"),), ("with a cup",), ("sits",), "stand")
    assert not plan.can_be_done
    assert plan.explain() == "walk | left out: 'with a cup' | cannot be done: 'sits'"
    assert not Plan(()).can_be_done
