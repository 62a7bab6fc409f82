"""Words that say more of an action: directions, paths, paces, numbers and their units."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinesis_fast.t2m import lexicon
from kinesis_fast.t2m.said import GOING, SIDES
from kinesis_fast.t2m.words import Word, is_side, kind_of

if TYPE_CHECKING:
    from kinesis_fast.t2m.reader import Reader


def on_direction(reader: Reader, word: Word) -> None:
    """Take a direction, unless it is of a hand or a foot."""
    assert word.entry is not None
    value = word.entry.value
    following = reader.words[reader.at] if reader.at < len(reader.words) else None
    if value in SIDES:
        texts = [w.text for w in reader.words[reader.at : reader.at + 2]]
        hand_side = texts in (["hand", "side"], ["hand", "turn"], ["hand", "direction"])
        if following is not None and kind_of(following) == "body" and not hand_side:
            reader.at += 1
            reader.leave_out(word, following)
            return
        if following is not None and is_side(following):
            after = reader.words[reader.at + 1] if reader.at + 1 < len(reader.words) else None
            if after is not None and kind_of(after) == "body":
                return
        if _foot_first(reader):
            reader.leave_out(word)
            return
    said = reader.target()
    if value == "back" and following is not None and following.text == "to":
        follows = reader.content()
        if follows is not None and is_side(follows):
            return
        if reader.actions:
            value = "return"
    if value == "back" and _is_noun(reader):
        reader.leave_out(word)
    elif value in ("around", "about"):
        follows = reader.content()
        if follows is not None and kind_of(follows) in ("number", "fraction"):
            return
        if follows is not None and kind_of(follows) == "path":
            return
        if value == "around":
            said.around = True
    elif value == "in place":
        said.in_place = not any(w.text.startswith("end") for w in reader.words)
    elif value == "to and fro":
        follows = reader.content()
        if word.text == "up and down" and follows is not None and kind_of(follows) == "step":
            reader.refuse(word)
            return
        said.path = "back-and-forth"
    elif value == "from side to side":
        said.path = "back-and-forth"
        said.sideways = True
    elif value == "diagonal":
        said.diagonal = True
    elif value == "sideways":
        said.sideways = True
    else:
        said.directions.append(value)


def _is_noun(reader: Reader) -> bool:
    """Whether the word is what somebody has."""
    before = reader.before()
    return before is not None and before.text in ("his", "her", "their", "its", "the")


def _foot_first(reader: Reader) -> bool:
    """Whether a side is the foot that comes first: "starting with the left"."""
    ahead = [
        w for w in reader.words[max(0, reader.at - 4) : reader.at - 1] if kind_of(w) != "article"
    ]
    ahead = [w for w in ahead if w.text not in ("the", "his", "her", "their", "its")]
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
    if text.startswith(("bend", "bent")) and not (
        reader.light
        or (before is not None and (kind_of(before) in ("article", "unit") or is_side(before)))
    ):
        if word.form == "ed" or reader.connector == "while":
            reader.aside(word)
        else:
            reader.refuse(Word(text, lexicon.Entry("refused", "stand"), word.form))
        return
    if text in ("s", "u") and not any(w.text.startswith("shape") for w in reader.words):
        if text == "s" and before is not None and kind_of(before) == "number":
            on_unit(reader, Word(text, lexicon.Entry("unit", ("seconds", 1.0))))
        return
    if text == "corner" and not _turns_into(reader):
        return
    said = reader.target()
    said.path = shape
    if degrees is not None:
        said.degrees = degrees
    if shape == "circle" and word.form == "s" and reader.current is not None:
        said.times = said.times or 2
    if reader.current is None and reader.light:
        reader.light = True


def _turns_into(reader: Reader) -> bool:
    return any(kind_of(w) in ("turn", "move", "styled") for w in reader.words)


def on_fraction(reader: Reader, word: Word) -> None:
    """Take a part of a circle, a turn or a unit."""
    assert word.entry is not None
    kinds = [kind_of(w) for w in reader.words[reader.at : reader.at + 4]]
    unit = next((w for w in reader.words[reader.at : reader.at + 3] if kind_of(w) == "unit"), None)
    if unit is not None and not unit.text.startswith("deg"):
        reader.target().number = (reader.target().number or 0.0) + word.entry.value
    elif "path" in kinds or "turn" in kinds or reader.target().path:
        reader.target().fraction = word.entry.value
    elif reader.current is not None and reader.current.verb == "turn":
        reader.current.fraction = word.entry.value
    else:
        reader.leave_out(word)


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
    if last is None:
        reader.more.pace = word.entry.value
        return
    if reader.content(()) is not None and any(
        kind_of(w) in lexicon.ACTS for w in reader.words[reader.at :]
    ):
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
    tens = said.number is not None and said.number >= 20 and word.entry.value < 10
    said.number = word.entry.value + (said.number or 0.0 if tens else 0.0)


def on_article(reader: Reader, word: Word) -> None:
    """Count "a step" as one."""
    following = reader.content(("filler", "style", "pace", "direction"))
    if following is not None and kind_of(following) == "step" and following.form == "":
        reader.target().number = reader.target().number or 1.0


def on_filler(reader: Reader, word: Word) -> None:
    """Take what words that say little may say."""
    if word.text == "another":
        on_article(reader, word)
    if word.text == "slightly":
        reader.target().slight = True
    if word.text in ("up", "down"):
        follows = reader.content(("filler", "article", "style", "number", "fraction"))
        to = reader.at < len(reader.words) and reader.words[reader.at].text == "to"
        climbs = word.text == "up" and not to and kind_of(follows or word) == "thing"
        if climbs or (follows is not None and kind_of(follows) == "step"):
            reader.refuse(Word(word.text, lexicon.Entry("refused", "walk")))


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
    if number is None:
        number = 3.0 if word.form == "s" else 1.0
        if unit in ("times", "degrees") or word.text in ("s", "m", "min"):
            return
    if unit == "degrees":
        said.degrees = number * size
    elif unit == "times":
        said.times = max(1, round(number))
    elif unit == "steps":
        said.steps = max(1, round(number))
    elif unit == "speed":
        said.speed = number
    elif unit == "metres":
        if any(w.text in ("radius", "diameter", "height", "high", "wide") for w in reader.words):
            return
        going = reader.current is None or reader.current.verb in GOING
        if not going:
            return
        before = said.metres if _goes_on(reader, unit) else None
        said.metres = number * size + (before or 0.0)
    else:
        before = said.seconds if _goes_on(reader, unit) else None
        said.seconds = number * size + (before or 0.0)


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
    if said.verb == "turn":
        said.around = True
    else:
        said.directions.append("back")
        said.goes_back = True


def on_home(reader: Reader, word: Word) -> None:
    """Go back to where the motion began."""
    said = reader.target()
    if said.verb in GOING or (said.verb is None and reader.actions):
        said.directions = [d for d in said.directions if d != "back"] + ["return"]
