"""Words that say more of an action: directions, paths, paces, numbers and their units."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kinesis_fast.t2m import lexicon
from kinesis_fast.t2m.said import GOING, OPPOSITE, SIDES, Said, count
from kinesis_fast.t2m.words import Word, is_side, kind_of

if TYPE_CHECKING:
    from kinesis_fast.t2m.reader import Reader

DETERMINERS = (
    "the",
    "his",
    "her",
    "their",
    "its",
    "it's",
    "my",
    "your",
    "that",
    "same",
    "original",
    "initial",
)
COURSE = ("track", "path", "line", "course", "way", "route", "trajectory")
"""What somebody who was pushed off it comes back to."""
WAYS_TO_GO = ("slalom", "weav", "zigzag", "zig zag", "circle", "snake", "loop")
"""Shapes that are verbs where a sentence begins with them."""
FOOT = ("foot", "leg", "one", "first")


def on_direction(reader: Reader, word: Word) -> None:
    """Take a direction, unless it is of a hand or a foot."""
    assert word.entry is not None
    value = word.entry.value
    if value in SIDES and _is_a_limbs(reader, word):
        return
    more = reader.more
    if reader.current is None and not reader.light and more.directions and more.amounts():
        reader.begin("walk")  # "forward 1 m left 1 m"
        reader.current = None
    said = reader.target()
    if value == "back":
        _take_back(reader, word, said)
    elif value in ("around", "about"):
        _take_around(reader, value, said)
    elif value == "in place":
        said.in_place = not any(w.text.startswith("end") for w in reader.words)
    elif value == "to and fro":
        follows = reader.content()
        if word.text == "up and down" and follows is not None and kind_of(follows) == "step":
            reader.refuse(word)
        else:
            said.path = "back-and-forth"
    elif value == "from side to side":
        said.path, said.sideways = "back-and-forth", True
    elif value in ("diagonal", "sideways"):
        setattr(said, value, True)
    elif value == "forward" and said.verb == "turn" and set(said.directions) & set(SIDES):
        reader.begin("walk").directions.append(value)  # "turn right forward 2 m"
    else:
        said.directions.append(value)


def _is_a_limbs(reader: Reader, side: Word) -> bool:
    """Take a side for the foot that begins, or leave it out with the limb that it is of."""
    assert side.entry is not None
    if _foot_first(reader):
        reader.target().first = side.entry.value
        while reader.at < len(reader.words) and reader.words[reader.at].text in FOOT:
            reader.at += 1
        return True
    rest = reader.words[reader.at : reader.at + 2]
    if not rest:
        return False
    of_the_hand = ["hand", "side"], ["hand", "turn"], ["hand", "direction"]
    if kind_of(rest[0]) == "body" and [w.text for w in rest] not in of_the_hand:
        reader.at += 1
        reader.leave_out(side, rest[0])
        return True
    return is_side(rest[0]) and len(rest) > 1 and kind_of(rest[1]) == "body"  # left and right arm


def _take_back(reader: Reader, word: Word, said: Said) -> None:
    """Take "back": to a side, to where it began, backward, or what somebody has."""
    if back_on_course(reader):
        return
    value = "back"
    to = reader.at < len(reader.words) and reader.words[reader.at].text == "to"
    if to and not said.diagonal:
        follows = reader.content()
        if follows is not None and is_side(follows):
            return
        value = "return" if reader.actions else value
    if value == "back" and _is_noun(reader):
        reader.leave_out(word)
    else:
        said.directions.append(value)


def _take_around(reader: Reader, value: str, said: Said) -> None:
    """Take "around", where it is not "about ten" or "around in a circle"."""
    if value == "around" and said.fraction is not None and said.path is None:
        said.path = "circle"  # a quarter round
        return
    follows = reader.content()
    if follows is None or kind_of(follows) not in ("number", "fraction", "path"):
        said.around = said.around or value == "around"


def _is_noun(reader: Reader) -> bool:
    """Whether the word is what somebody has."""
    before = reader.before()
    return before is not None and before.text in ("his", "her", "their", "its", "the")


def back_on_course(reader: Reader) -> bool:
    """Take "back to the path": back what was stepped aside, or on after a push."""
    rest = [w for w in reader.words[reader.at :] if w.text not in DETERMINERS]
    if (
        len(rest) < 2
        or rest[0].text not in ("to", "on", "onto", "in")
        or rest[1].text not in COURSE
    ):
        return False
    reader.at = reader.words.index(rest[1]) + 1
    if reader.current is not None and reader.current in reader.actions:
        reader.actions.remove(reader.current)
    reader.current = Said()
    last = reader.actions[-1] if reader.actions else None
    sides = [way for way in last.directions if way in SIDES] if last is not None else []
    if last is not None and last.verb == "step" and sides:
        reader.more = Said(pace=last.pace, steps=last.steps, one_step=last.one_step)
        reader.begin("step").directions = [OPPOSITE[sides[0]]]
    elif last is not None and last.verb in GOING and any(map(_is_push, reader.left_out)):
        reader.begin(last.verb or "walk").on = True
    return True


def _is_push(left_out: list[str]) -> bool:
    return any(word.startswith(lexicon.GROUPS["external"]) for word in left_out)


def _foot_first(reader: Reader) -> bool:
    """Whether a side is the foot that comes first: "starting with the left"."""
    ahead_of = [w.text for w in reader.words[reader.at : reader.at + 2]]
    if len(ahead_of) == 2 and ahead_of[0] in FOOT and ahead_of[1] == "first":
        return True
    rest = [w for w in reader.words[reader.at :] if w.text not in FOOT]
    before = reader.before()
    if before is not None and before.text in ("starting", "beginning", "leading"):
        return not rest
    ahead = [
        w for w in reader.words[max(0, reader.at - 4) : reader.at - 1] if kind_of(w) != "article"
    ]
    ahead = [w for w in ahead if w.text not in DETERMINERS]
    texts = [w.text for w in ahead[-2:]]
    return (
        len(texts) == 2
        and texts[0].startswith(("start", "begin", "lead"))
        and texts[1] in ("with", "on", "by", "from")
    )


def on_path(reader: Reader, word: Word) -> None:
    """Take the shape of a path."""
    assert word.entry is not None
    shape, degrees = (*word.entry.value, None)[:2]
    text = word.text
    before = reader.before()
    if text.startswith(("bend", "bent")) and not _bends_a_way(reader, before):
        limbs = any(kind_of(w) == "body" for w in reader.words[: reader.at])
        if word.form == "ed" or reader.connector == "while" or limbs:
            reader.aside(word)
        else:
            reader.refuse(Word(text, lexicon.Entry("refused", "stand"), word.form))
        return
    if text in ("s", "u") and not _is_shape(reader):
        if text == "s" and before is not None and kind_of(before) == "number":
            on_unit(reader, Word(text, lexicon.Entry("unit", ("seconds", 1.0))))
        return
    if text == "corner" and not _turns_into(reader):
        return
    goes = text.startswith(WAYS_TO_GO) and reader.at == 1
    if goes and not any(kind_of(w) in lexicon.ACTS for w in reader.words):
        reader.begin("walk")  # "slalom between the cones"
    said = reader.target()
    said.path = shape
    if degrees is not None:
        said.degrees = degrees
    if shape in ("circle", "eight", "square") and word.form == "s" and said.number:
        said.times, said.number = max(1, round(said.number)), None
    elif shape == "circle" and word.form == "s" and reader.current is not None:
        said.times = said.times or 2
    if reader.current is None and reader.light:
        reader.light = True


def _is_shape(reader: Reader) -> bool:
    """Whether a letter is one that a way looks like: "an s formation", "the shape of an s"."""
    if any(word.text.startswith("shape") for word in reader.words):
        return True
    follows = reader.words[reader.at].text if reader.at < len(reader.words) else ""
    return follows.startswith(lexicon.GROUPS["shape"])


def _bends_a_way(reader: Reader, before: Word | None) -> bool:
    """Whether it is a way that bends, not a body."""
    following = reader.words[reader.at].text if reader.at < len(reader.words) else ""
    if following in ("pose", "posture", "position", "over", "down"):
        return False
    if reader.light or (before is not None and is_side(before)):
        return True
    nouns = ("article", "unit", "style", "direction", "pace", "fraction", "number")
    if before is not None and kind_of(before) in nouns:
        return True
    goes = any(action.verb in ("walk", "run") for action in reader.actions)
    sides = [w for w in reader.words[reader.at :] if is_side(w)]
    bodies = any(kind_of(w) == "body" for w in reader.words[reader.at :])
    return goes and bool(sides) and not bodies and following in ("to", "off", "left", "right")


def _turns_into(reader: Reader) -> bool:
    return any(kind_of(w) in ("turn", "move", "styled") for w in reader.words)


def on_fraction(reader: Reader, word: Word) -> None:
    """Take a part of a circle, a turn or a unit."""
    assert word.entry is not None
    kinds = [kind_of(w) for w in reader.words[reader.at : reader.at + 4]]
    unit = next((w for w in reader.words[reader.at : reader.at + 3] if kind_of(w) == "unit"), None)
    if (unit is not None and not unit.text.startswith("deg")) or "step" in kinds[:2]:
        reader.target().number = (reader.target().number or 0.0) + word.entry.value
    elif (
        {"path", "turn"} & set(kinds)
        or _is_round(reader)
        or reader.target().path
        or (reader.current or (reader.actions or [Said()])[-1]).verb == "turn"
    ):
        reader.target().fraction = word.entry.value
    else:
        reader.leave_out(word)


def _is_round(reader: Reader) -> bool:
    """Whether a fraction is one of a round."""
    return reader.at < len(reader.words) and reader.words[reader.at].text in ("round", "around")


def on_pace(reader: Reader, word: Word) -> None:
    """Take a pace."""
    assert word.entry is not None
    value = word.entry.value
    if word.text.startswith("gent") and any(kind_of(w) == "turn" for w in reader.words):
        reader.target().slight = True
    if word.form in ("s", "ing") and word.text.startswith("slow"):
        on_change(reader, Word(word.text, lexicon.Entry("change", "slow")))
        return
    if value != "normal":
        reader.target().pace = value


def on_change(reader: Reader, word: Word) -> None:
    """Get faster or slower: of what is read, or as an action of its own."""
    assert word.entry is not None
    if reader.current is not None and reader.current.verb in GOING:
        reader.current.pace = word.entry.value
        return
    last = next((a for a in reversed(reader.actions) if a.verb in GOING), None)
    goes = any(kind_of(w) in lexicon.ACTS for w in reader.words[reader.at :])
    if last is None and (goes or word.form == ""):
        reader.more.pace = word.entry.value
        return
    if last is None:
        reader.begin("walk").pace = word.entry.value  # "accelerates"
        return
    if word.text in lexicon.GROUPS["comparative"] and reader.connector in (",", "", "correct"):
        last.pace = word.entry.value
        reader.current = reader.current or Said()
        return
    if goes:
        reader.more.pace = word.entry.value
        return
    reader.begin(last.verb or "walk").pace = word.entry.value


def on_number(reader: Reader, word: Word) -> None:
    """Keep a number for the unit after it."""
    assert word.entry is not None
    said = reader.target()
    if word.text == "both":
        reader.leave_out(word)
        return
    following = reader.words[reader.at] if reader.at < len(reader.words) else None
    if following is not None and kind_of(following) == "body":
        if following.text in ("feet", "foot") and word.entry.value >= 3:
            said.metres = word.entry.value * 0.3048
            reader.at += 1
        else:
            reader.at += 1
            reader.leave_out(word, following)
        return
    follows = reader.content()
    if word.entry.value == 0.0 and follows is not None and kind_of(follows) == "step":
        reader.refuse(word)
        return
    if _counts_steps(reader, following):
        said.steps, said.one_step = count(word.entry.value), False
        return
    tens = said.number is not None and said.number >= 20 and word.entry.value < 10
    said.number = word.entry.value + (said.number or 0.0 if tens else 0.0)


def _counts_steps(reader: Reader, following: Word | None) -> bool:
    """Whether a number is one of the steps that were said before it: "sidesteps 2 to the left"."""
    before, current = reader.before(), reader.current
    steps = before is not None and kind_of(before) in ("step", "sidestep")
    if not steps or current is None or current.verb != "step" or current.steps is not None:
        return False
    return following is None or kind_of(following) in ("filler", "direction", "times")


def on_article(reader: Reader, word: Word) -> None:
    """Count "a step" as one."""
    following = reader.content(("filler", "style", "pace", "direction"))
    if following is not None and kind_of(following) == "step" and following.form == "":
        reader.target().number = reader.target().number or 1.0


def on_filler(reader: Reader, word: Word) -> None:
    """Take what words that say little may say."""
    if word.text == "another":
        if _another_one(reader):
            return
        on_article(reader, word)
    if word.text == "once" and reader.target().spins:
        reader.target().degrees = reader.target().degrees or 360.0
    if word.text == "slightly":
        reader.target().slight = True
    if word.text in ("up", "down"):
        follows = reader.content(("filler", "article", "style", "number", "fraction"))
        to = reader.at < len(reader.words) and reader.words[reader.at].text == "to"
        climbs = word.text == "up" and not to and kind_of(follows or word) == "thing"
        if climbs or (follows is not None and kind_of(follows) == "step"):
            reader.refuse(Word(word.text, lexicon.Entry("refused", "walk")))


def _another_one(reader: Reader) -> bool:
    """Do again what "another one" stands for."""
    one = reader.at < len(reader.words) and reader.words[reader.at].text == "one"
    last = reader.actions[-1] if reader.actions else None
    if not one or last is None or not (last.steps or last.one_step):
        return False
    reader.at += 1
    again = replace(last, directions=list(last.directions), after="then")
    reader.actions.append(again)
    reader.current = again
    return True


def on_times(reader: Reader, word: Word) -> None:
    """Take how often."""
    assert word.entry is not None
    reader.target().times = word.entry.value


def on_unit(reader: Reader, word: Word) -> None:
    """Take a number with its unit."""
    assert word.entry is not None
    unit, size = word.entry.value
    said = reader.target()
    number, said.number = said.number, None
    if number is None and reader.current is not None and reader.more.number is not None:
        number, reader.more.number = reader.more.number, None
    before = reader.before()
    if number is None and word.text == "second" and (before is None or before.text == "the"):
        return  # the second thing that is to be done
    if number is None:
        number = 3.0 if word.form == "s" else 1.0
        if unit in ("times", "degrees") or word.text in ("s", "m", "min"):
            return
    if unit in ("metres", "seconds") and _ends_what_was(reader, unit, number * size):
        return
    if unit == "degrees":
        said.degrees = number * size
    elif unit == "times" and said.verb == "turn" and number % 1.0:
        said.degrees = 360.0 * number
    elif unit == "times":
        said.times = max(1, round(number))
    elif unit == "steps":
        said.steps = count(number)
    elif unit == "speed":
        said.speed = number
    elif unit == "metres":
        if any(w.text in ("radius", "diameter", "height", "high", "wide") for w in reader.words):
            return
        going = reader.current is None or reader.current.verb in GOING
        if not going:
            return
        sofar = said.metres if _goes_on(reader, unit) else None
        said.metres = number * size + (sofar or 0.0)
    else:
        sofar = said.seconds if _goes_on(reader, unit) else None
        said.seconds = number * size + (sofar or 0.0)


def _ends_what_was(reader: Reader, unit: str, amount: float) -> bool:
    """Take "after three seconds" for how long the action before lasts."""
    last = reader.actions[-1] if reader.actions else None
    if reader.connector != "after" or reader.current is not None or last is None:
        return False
    if last.verb == "stand" and len(reader.actions) > 1:  # "stops after 3 m"
        last = reader.actions[-2]
    if last.amounts() or reader.light or last.verb == "turn":
        return False
    setattr(last, unit, amount)
    reader.connector = "then"
    return True


def _goes_on(reader: Reader, unit: str) -> bool:
    """Whether the number before this unit follows a greater unit of the kind: 1 m 20 cm."""
    if reader.at < 3 or kind_of(reader.words[reader.at - 2]) != "number":
        return False
    word = reader.words[reader.at - 3]
    feet = unit == "metres" and word.text in ("feet", "foot")
    return feet or (
        kind_of(word) == "unit" and word.entry is not None and word.entry.value[0] == unit
    )


def on_opposite(reader: Reader, word: Word) -> None:
    """Turn around, or go back."""
    said = reader.target()
    if reader.connector == "correct":
        said.goes_back = True
        said.directions.append("back")
    elif said.verb == "turn":
        said.around = True
    elif len(reader.actions) > 1 and reader.actions[-2].verb == "turn" and said in reader.actions:
        pass  # where the turn has led already
    else:
        said.directions.append("back")
        said.goes_back = True


def on_home(reader: Reader, word: Word) -> None:
    """Go back to where the motion began, but where it says where somebody stops."""
    said = reader.target()
    if said.verb is None and reader.actions and reader.actions[-1].verb == "stand":
        return
    if said.verb in GOING or (said.verb is None and reader.actions):
        said.directions = [d for d in said.directions if d != "back"] + ["return"]
