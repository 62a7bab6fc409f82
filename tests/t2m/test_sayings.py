"""Families of sentences that say one thing in several ways, made by grammar."""

from __future__ import annotations

from itertools import product

import pytest

from kinesis_fast.t2m import parse

COUNTS = {"two": 2, "three": 3, "5": 5}
SIDES = ("left", "right")
OTHER = {"left": "right", "right": "left"}
ALONG = {"forward": "walk", "backwards": "walk backward"}
CORRECTS = (
    ", no, {}",
    ", sorry, {}",
    ", I mean {}",
    ", wait, no, {}",
    ". Sorry I mean {}",
    ", make that {}",
)
TURNS = {"circle": "walk circle", "quarter circle": "walk curve", "curve": "walk curve"}


def said(sentence: str) -> str:
    plan = parse(sentence)
    assert plan.can_be_done, sentence
    return str(plan)


@pytest.mark.parametrize(("word", "side"), list(product(COUNTS, SIDES)))
def test_a_count_that_is_said_again_is_the_same_steps(word: str, side: str) -> None:
    count = COUNTS[word]
    aside = f"step {side} {count} steps"
    assert said(f"takes {word} steps to the {side}") == aside
    assert said(f"steps {word} steps to the {side}") == aside
    assert said(f"takes {word} steps sideways (to the {side})") == aside
    for again in ("swinging the arms while walking", "while walking", "while stepping"):
        assert said(f"walks {word} steps, {again}") == f"walk {count} steps"
    bends = f"walk curve {side} 90 {count} steps"
    assert said(f"walks a quarter circle to the {side} while taking {word} steps") == bends
    assert said(f"walks performing {word} steps while turning {side}") == bends


@pytest.mark.parametrize(("shape", "side"), list(product(TURNS, SIDES)))
def test_a_side_that_is_said_again_is_the_same_way(shape: str, side: str) -> None:
    notation = f"{TURNS[shape]} {side}" + (" 90" if "curve" in TURNS[shape] else "")
    for again in (
        f"({side} turn)",
        f"(to the {side})",
        f"to the {side}",
        f", making a {side} turn",
    ):
        assert said(f"walks a {shape} {again}") == notation
    assert said(f"walks {side}, making a 90 degree turn") == f"walk curve {side} 90"


@pytest.mark.parametrize(("how", "side"), list(product(CORRECTS, SIDES)))
def test_what_is_corrected_is_not_done(how: str, side: str) -> None:
    other = OTHER[side]
    assert said(f"turn {side}" + how.format(other)) == f"turn {other} 90"
    assert said(f"walk 3 steps {side}" + how.format("5 steps")) == said(f"walk 5 steps {side}")
    assert said("walk 3 m" + how.format("2 m")) == "walk 2 m"
    assert said("walk slowly" + how.format("fast")) == "walk fast"
    assert said("walk forward" + how.format(f"turn {side}")) == f"turn {side} 90"
    if "no, " in how or "sorry, " in how:
        assert said(f"turn {side}" + how.format("the other way")) == f"turn {other} 90"
    then = said(f"walk 2 m, then turn {side}{how.format(other)} and stop")
    assert then == f"walk 2 m; turn {other} 90; stand"


@pytest.mark.parametrize("side", SIDES)
def test_what_is_not_to_be_is_left_out(side: str) -> None:
    other = OTHER[side]
    assert said(f"turn {side}, not {other}") == f"turn {side} 90"
    assert said(f"turn not {other} but {side}") == f"turn {side} 90"
    assert said(f"not {other}, turn {side}") == f"turn {side} 90"
    assert said(f"walk 2 m, turn {side}, never mind") == "walk 2 m"
    assert parse("walk fast, no running").left_out == ("no running",)
    assert said("walk fast, no running") == "walk fast"


@pytest.mark.parametrize(("times", "number"), [("twice", 2), ("three times", 3), ("4 times", 4)])
def test_a_group_is_repeated(times: str, number: int) -> None:
    group = "walk 2 steps; walk backward 1 step"
    whole = "; ".join([group] * number)
    assert said(f"take two steps forward and one step back, {times}") == whole
    assert said(f"take two steps forward and one step back. Repeat this {times}") == whole
    assert said(f"walk forward and back {times}") == "; ".join(["walk; walk backward"] * number)
    assert said(f"stop. Step left and right, {times}").count("step left") == number
    assert said(f"turn left {times}") == f"turn left 90 {number} times"


@pytest.mark.parametrize(("size", "word"), [("big", "huge"), ("big", "long"), ("small", "tiny")])
def test_sizes_of_steps_and_bends(size: str, word: str) -> None:
    assert said(f"takes three {word} steps back") == f"walk {size} backward 3 steps"
    assert said(f"walks with {word} steps") == f"walk {size}"
    assert said(f"takes a {word} step to the left") == f"step {size} left 1 step"
    if size == "big":
        assert said(f"a {word} circle to the left") == "walk big circle left"
    assert said("walks in a tight circle clockwise") == "walk small circle right"


@pytest.mark.parametrize("side", SIDES)
def test_which_foot_begins(side: str) -> None:
    steps = f"walk 4 steps {side}-first"
    for how in (
        f"starting with the {side} foot", f"beginning with his {side} leg", f"starting {side}",
        f", {side} foot first", f"starting on the {side} foot",
    ):  # fmt: skip
        assert said(f"walks 4 steps {how}") == steps
    assert said(f"takes a step back with her {side} foot") == f"walk backward 1 step {side}-first"
    assert said(f"turns on the {side} foot") == "turn 180"


def test_parts_of_steps_and_counting() -> None:
    assert said("takes two and a half steps") == "walk 2.5 steps"
    assert said("takes three and half steps back") == "walk backward 3.5 steps"
    assert said("half a step to the right") == "step right 0.5 steps"
    assert said("one step, two steps, three steps, stop") == "walk 3 steps; stand"
    assert said("walk 3 or 4 steps") == "walk 4 steps"
    assert said("a 45 degree side step to the left") == "step forward-left 1 step"


def test_back_to_the_line_is_by_what_went_before() -> None:
    assert said("takes 2 steps to the left, then back to the line").endswith("step right 2 steps")
    pushed = "walks forward, is pushed to the left and goes back to the path"
    assert said(pushed) == "walk"
    assert said("walks forward, then back to where he was") == "walk; walk return"


def test_ways_of_walking() -> None:
    assert said("sneaks forward slowly") == "walk sneaking slow"
    assert said("walks like an old man") == "walk old"
    assert said("walks proudly, then drunkenly") == "walk proud; walk drunk"
    assert parse("limps forward").left_out == ("limps",)
    for way in (
        "limps",
        "drags his left foot while walking",
        "walks on tiptoes",
        "walks like a zombie",
    ):
        assert len(parse(way).dropped) == 1
    assert parse("walks, dragging a box").dropped == ()


def test_other_languages_are_refused() -> None:
    assert not parse("camina hacia delante y gira a la izquierda").can_be_done
    assert not parse("no walk, correr rápido por favor").can_be_done


@pytest.mark.parametrize("side", SIDES)
def test_telegrams(side: str) -> None:
    """Without verbs, commas or units, as they are typed or dictated."""
    turn = f"turn {side} 90"
    telegram = f"forward 3m turn {side} forward 2m"
    assert said(telegram) == f"walk 3 m; {turn}; walk 2 m"
    assert (
        said(f"forward 2 m {side} 1 m back 1 m") == f"walk 2 m; walk {side} 1 m; walk backward 1 m"
    )
    assert said("march, 12 steps") == "walk marching 12 steps"
    assert said(f"sidestep {side} 2") == f"step {side} 2 steps"
    assert said(f"strafe {side}") == f"step {side}"
    assert said(f"do a 360 {side}") == f"turn {side} 360"
    assert said(f"face {side}, then walk") == f"{turn}; walk"
    assert said(f"{side} face") == turn
    assert said("dont move") == "stand"
    assert said("wlk 3 m adn trun around") == "walk 3 m; turn 180"


@pytest.mark.parametrize("side", SIDES)
def test_order_and_repetition(side: str) -> None:
    turn = f"turn {side} 90"
    assert said(f"before walking 3 m, turn {side}") == f"{turn}; walk 3 m"
    assert said("walk slowly and after three seconds stop") == "walk slow 3 s; stand"
    twice = "; ".join([f"walk 2 m; {turn}"] * 2)
    for text in (
        f"walk 2 m and turn {side}. do that twice",
        f"walk 2 m, turn {side}, and again",
        f"walk 2 m, turn {side}, and the same again",
        f"do this twice: walk 2 m, turn {side}",
    ):
        assert said(text) == twice
    once = "step left 1 step; step right 1 step"
    assert said("(step left, step right) x2") == f"{once}; {once}"
    assert said(f"a step to the {side}, then another one") == "; ".join([f"step {side} 1 step"] * 2)
    assert said("5 s at 1 m/s, 4 s at 1.5 m/s") == "walk 1 m/s 5 s; walk 1.5 m/s 4 s"


def test_what_is_turned_or_held_is_no_matter_of_legs() -> None:
    assert parse("turning the water on").actions == ()
    assert said("walks, turning a wheel") == "walk"
    assert said("a full spin to the left and hold") == "turn left 360; stand"
    assert said("walks using their right hand to balance") == "walk"
    assert said("run. actually walk 3 steps") == "walk 3 steps"


def test_nothing_is_lost_without_a_word() -> None:
    """Sides, shapes and numbers that no action does are named, whichever rule let them fall."""
    assert parse("march on the spot for eight counts").left_out[-1] == "eight"
    assert parse("wobbles while standing on the right, then the left").left_out[-1] == "left"
    for text in ("walk 3 m, no, 4", "4 and a half steps", "walk 2 m, turn left, twice", "walk 5 s"):
        assert parse(text).left_out == ()
