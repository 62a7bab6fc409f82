"""What sentences are understood as."""

from __future__ import annotations

import hashlib
import time
import tomllib
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from kinesis_fast.t2m import lexicon, parse, read_plan
from kinesis_fast.t2m.words import _base, read_words

LABELS = Path(__file__).parent / "labels.tsv"
TYPED = Path(__file__).parent / "typed.tsv"
CAPTIONS = "captions/locomotion_dev.txt"
CAPTIONS_DIGEST = "82f797efc0b3bbb6833dde9628f7fa89248647826e9febb506104c6e3ebb421d"

# Written for this test; none is of the labelled sentences.
UNDERSTOOD = [
    ("Walk.", "walk"),
    ("somebody is strolling along", "walk slow"),
    ("The woman hurries forward", "walk fast"),
    ("she was walking backwards rather slowly", "walk backward slow"),
    ("go four metres ahead", "walk 4 m"),
    ("He goes 2.5 m backward", "walk backward 2.5 m"),
    ("walk for 6 seconds", "walk 6 s"),
    ("walk thirty centimetres", "walk 0.3 m"),
    ("walk 0.02 km", "walk 20 m"),
    ("walk for 2 s at 1.5 m/s", "walk 1.5 m/s 2 s"),
    ("walk 3 miles", "walk 4828.03 m"),
    ("walk, but don't turn left", "walk"),
    ("she walks without stopping", "walk"),
    ("walks ten feet", "walk 3.048 m"),
    ("takes twenty one steps", "walk 21 steps"),
    ("take half a step back", "walk backward 0.5 steps"),
    ("walks at 1.4 m/s", "walk 1.4 m/s"),
    ("moves at 3.6 km/h", "walk 1 m/s"),
    ("walk at one meter per second for 3 seconds", "walk 1 m/s 3 s"),
    ("walk at 4 kilometres per hour", "walk 1.111 m/s"),
    ("walks two miles an hour", "walk 0.8941 m/s"),
    ("turn half a radian left", "turn left 28.6479"),
    ("walk 3 feet 6 inches", "walk 1.0668 m"),
    ("walk for 1 min 30 s", "walk 90 s"),
    ("walk 2 1/2 m", "walk 2.5 m"),
    ("walk 1,000 m", "walk 1000 m"),
    ("walk 1.5e1 m", "walk 15 m"),
    ("walk 123456e9 m", "walk 1.23456e+14 m"),
    ("turn 1/4 turn left", "turn left 90"),
    ("walk 2 m, then walk 2 m", "walk 2 m; walk 2 m"),
    ("walks and then walks on", "walk"),
    ("a couple of steps to the right", "step right 2 steps"),
    ("She takes another step to her left.", "step left 1 step"),
    ("sidesteps right", "step right 1 step"),
    ("steps diagonally forward and to the left", "step forward-left 1 step"),
    ("walks to the left", "walk left"),
    ("turns right", "turn right 90"),
    ("turns slightly to the left", "turn left 45"),
    ("turns around", "turn 180"),
    ("makes a half turn to the left", "turn left 180"),
    ("does a full turn", "turn 360"),
    ("rotates 270 degrees clockwise", "turn right 270"),
    ("turns 90° left", "turn left 90"),
    ("turns left twice", "turn left 90 2 times"),
    ("walks in a circle, counterclockwise", "walk circle left"),
    ("walks two circles to the right", "walk circle right 2 times"),
    ("walk around in a three quarter circle to the left", "walk curve left 270"),
    ("takes a left turn while jogging", "run curve left 90 slow"),
    ("walks forward while turning to the right", "walk curve right 90"),
    ("runs in a zig zag", "run zigzag"),
    ("walks along an S-shaped path", "walk wave"),
    ("walks a figure 8", "walk eight"),
    ("paces back and forth four times", "walk back-and-forth 4 times"),
    ("jogs on the spot", "run in-place slow"),
    ("marches in place for 5 seconds", "walk in-place marching 5 s"),
    ("walks, then stops for two seconds", "walk; stand 2 s"),
    ("walks up to a door and waits", "walk; stand"),
    ("comes to a stop after five steps", "stand"),
    ("walks and comes to a stop", "walk; stand"),
    ("walks forward and returns to the start", "walk; walk return"),
    ("walks forward, turns around and walks back", "walk; turn 180; walk return"),
    ("walks backward and then forward", "walk backward; walk"),
    ("turns left after walking three steps", "walk 3 steps; turn left 90"),
    ("before stopping, walks two metres", "walk 2 m; stand"),
    ("walks slowly and then speeds up", "walk slow; walk fast"),
    ("runs, then slows down", "run; run slow"),
    ("walks forward holding a cup with his left hand", "walk"),
    ("while waving to the crowd, a man walks to the right", "walk right"),
    ("walks with his arms raised and then turns left", "walk; turn left 90"),
    ("is pushed from the right and takes two steps to the left", "step left 2 steps"),
    ("starts walking with the right foot", "walk right-first"),
    ("walks like a soldier", "walk marching"),
    ("a persn wlaks forwrad qickly", "walk fast"),
    ("thea womann turnes aroudn", "turn 180"),
    ("takes two steps, stops and repeats this three times", "REPEATED"),
]
REFUSED = [
    "sits down on a chair",
    "dances a waltz",
    "climbs a ladder",
    "walks up the stairs",
    "jumps twice and then walks",
    "does a handstand",
    "crawls forward",
    "waves his left hand",
    "walks forward, then lies down",
    "steps over a box",
    "blorfs across the room",
    "don't walk",
    "he cannot walk",
    "never turn left",
    "walk -3 m",
    "take 0 steps",
    "walks north",
    "",
    "?!",
]


@dataclass(frozen=True)
class Label:
    of: str
    sentence: str
    plans: tuple[str, ...]


def labels(which: str, folder: Path) -> list[Label]:
    content = (folder / CAPTIONS).read_bytes()
    assert hashlib.sha256(content).hexdigest() == CAPTIONS_DIGEST
    lines = content.decode().splitlines()
    found = []
    for row in LABELS.read_text().splitlines():
        if not row.startswith("#"):
            name, line, plans = row.split("\t")
            if name == which:
                alternatives = tuple(plan.strip() for plan in plans.split("|"))
                found.append(Label(name, lines[int(line) - 1].strip(), alternatives))
    return found


def is_right(label: Label) -> bool:
    plan = parse(label.sentence)
    if not plan.can_be_done:
        return "X" in label.plans
    actions = tuple(
        a if a.speed is None else replace(a, speed=round(a.speed, 2)) for a in plan.actions
    )
    if label.of in "ABCD":  # labelled before plans told them
        actions = tuple(replace(a, size=None, style=None, first=None) for a in actions)
    return any(
        alternative != "X" and actions == read_plan(alternative).actions
        for alternative in label.plans
    )


@pytest.mark.parametrize(("sentence", "plan"), UNDERSTOOD)
def test_what_is_understood(sentence: str, plan: str) -> None:
    if plan == "REPEATED":
        plan = "; ".join(["walk 2 steps; stand"] * 3)
    found = parse(sentence)
    assert str(found) == plan
    assert found.can_be_done


@pytest.mark.parametrize("sentence", REFUSED)
def test_what_cannot_be_done_is_refused_by_name(sentence: str) -> None:
    found = parse(sentence)
    assert not found.can_be_done
    assert found.refused


def test_what_is_left_out_is_named() -> None:
    found = parse("a man walks forward while waving his right hand and looking around")
    assert str(found) == "walk"
    assert found.left_out == ("waving his right hand", "looking around")
    assert parse("someone limps forward").left_out == ("limps",)
    assert parse("walk left 90").left_out == ("90",)
    assert parse("turn around and turn around").left_out == ("turn 180 again",)


def test_the_nearest_that_can_be_done_is_named() -> None:
    assert parse("jumps over a puddle").nearest == "walk"
    assert parse("kneels down").nearest == "stand"


@pytest.mark.parametrize(
    ("which", "silent"),
    [
        ("A", 0.02),
        ("B", 0.05),
        ("C", 0.08),
        ("D", 0.06),
        ("E", 0.03),
        ("F", 0.08),
        ("G", 0.07),
        ("K", 0.05),
        ("M", 0.06),
    ],
)
def test_sentences_that_people_wrote(which: str, silent: float, real_data: Path) -> None:
    """Each was labelled before the grammar ran on it; how it stood then is in docs/text.md. Of D no
    error was mended, of E to M those where a rule was missing."""
    labelled = labels(which, real_data)
    wrong = [label for label in labelled if not is_right(label)]
    done = [label for label in wrong if parse(label.sentence).can_be_done]
    assert len(wrong) <= 0.1 * len(labelled)
    assert len(done) <= silent * len(labelled)


@pytest.mark.parametrize("which", ["H", "I", "J", "L"])
def test_sentences_as_users_type_them(which: str) -> None:
    """As above, of sets that need no data: what is wrong most is what no rule is for."""
    rows = [row.split("\t") for row in TYPED.read_text().splitlines() if not row.startswith("#")]
    labelled = [
        Label(which, sentence, tuple(plan.strip() for plan in plans.split("|")))
        for name, sentence, plans in rows
        if name == which
    ]
    wrong = [label for label in labelled if not is_right(label)]
    assert len(labelled) == (120 if which == "L" else 150)
    assert len(wrong) <= 0.1 * len(labelled)


def test_a_sentence_takes_a_millisecond() -> None:
    sentences = [sentence for sentence, _ in UNDERSTOOD]
    for sentence in sentences:
        parse(sentence)
    began = time.process_time()
    for sentence in sentences:
        parse(sentence)
    assert time.process_time() - began < 0.005 * len(sentences)


def test_phrases_are_of_stems() -> None:
    """A phrase of other forms is never found."""
    function_words = {"an", "is", "are", "was", "were", "been", "being", "does"}
    for key in lexicon.ENTRIES:
        for word in key.split():
            if word.isalpha() and word not in function_words:
                assert _base(word)[0] == word, key


def test_anything_may_be_written() -> None:
    for text in (
        "\0\x1b[31m",
        "ß" * 50,
        "walk " * 400,
        "1 2 3 4",
        "left left left",
        "then and then",
    ):
        parse(text)
    assert [word.text for word in read_words("Don't STOP\u2019s")] == ["don't", "stop's"]


def test_no_word_has_two_entries() -> None:
    tables = tomllib.loads(lexicon.SOURCE.read_text(encoding="utf-8"))
    listed = [
        " ".join(word.split())
        for table in tables["entry"]
        for word in table["words"].replace("\n", " ").split(", ")
    ]
    listed += [word for values in tables["each"].values() for word in values]
    assert len(listed) > 400
    assert sorted(word for word, times in Counter(listed).items() if times > 1) == []
