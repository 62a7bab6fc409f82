"""Words that are no matter of legs: left out and named; and what legs cannot do, refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinesis_fast.t2m import lexicon
from kinesis_fast.t2m.said import GOING, Said
from kinesis_fast.t2m.words import Word, is_side, kind_of

if TYPE_CHECKING:
    from kinesis_fast.t2m.reader import Reader


def on_light(reader: Reader, word: Word) -> None:
    """Wait for the noun that says what is done."""
    if word.form == "ing" and reader.current is not None and reader.current.verb in GOING:
        return
    reader.light, reader.light_form = True, word.form
    if reader.current is not None and reader.current.verb is not None:
        _current_done(reader)


def _current_done(reader: Reader) -> None:
    reader.current = None


def on_aspect(reader: Reader, word: Word) -> None:
    """Stand where it says that it ends."""
    if word.text.startswith(("end", "finish")) and reader.content() is None:
        reader.begin("stand")


def on_aside(reader: Reader, word: Word) -> None:
    """Leave out how, where or why, unless legs have to do with it."""
    follows = reader.content(("filler", "article", "style", "pace"))
    base = word.text
    if base in lexicon.GROUPS["whole"]:
        reader.aside(word, whole=True)
        return
    legs = follows is not None and kind_of(follows) in (
        *lexicon.SAYS_MORE,
        "step",
        "sidestep",
        "turn",
    )
    if follows is None or not legs or (is_side(follows) and _side_of_body(reader, follows)):
        reader.aside(word)


def _side_of_body(reader: Reader, side: Word) -> bool:
    index = reader.words.index(side, reader.at)
    return any(kind_of(w) == "body" for w in reader.words[index + 1 : index + 3])


def on_arms(reader: Reader, word: Word) -> None:
    """Leave out what arms do, and what is done to a person."""
    if word.form == "ed" and _is_done_to(reader):
        reader.aside(word, whole=True)
        reader.current = reader.current or Said()
        return
    if reader.current is None:
        reader.current = Said()
        reader.with_arms = True
    recovers = word.entry is not None and word.entry.value in lexicon.GROUPS["recovery"]
    says_where = any(kind_of(w) in ("direction", "sidestep") for w in reader.words[reader.at :])
    reader.aside(word, whole=recovers and not says_where)


def _is_done_to(reader: Reader) -> bool:
    for before in reversed(reader.words[: reader.at - 1]):
        if kind_of(before) == "be" or before.text in ("gets", "get", "got", "getting"):
            return True
        if kind_of(before) not in ("style", "pace", "filler"):
            return False
    return False


def on_body(reader: Reader, word: Word) -> None:
    """Leave out a part of the body."""
    reader.leave_out(word)


def on_thing(reader: Reader, word: Word) -> None:
    """Leave out a thing; refuse to step over one."""
    over = any(w.text == "over" for w in reader.words[max(0, reader.at - 4) : reader.at - 1])
    if over and word.text not in ("floor", "ground", "there"):
        reader.refuse(Word("over " + word.text, lexicon.Entry("refused", "walk")))
        return
    reader.leave_out(word)


def on_cardinal(reader: Reader, word: Word) -> None:
    """Refuse points of the compass."""
    reader.refuse(word)


def on_style(reader: Reader, word: Word) -> None:
    """Leave out how something is done, unless it is of size."""
    if word.text in lexicon.GROUPS["slight"]:
        reader.target().slight = True
    if word.text not in lexicon.GROUPS["size"]:
        reader.leave_out(word)


def on_refused(reader: Reader, word: Word) -> None:
    """Refuse what legs cannot do."""
    base = word.text
    if word.form == "ed" and _is_done_to(reader) and base.startswith(lexicon.GROUPS["external"]):
        reader.aside(word, whole=True)
        return
    posture = base.startswith(lexicon.GROUPS["posture"]) or (word.form == "ed" and base == "bent")
    if posture and (word.form == "ed" or reader.connector == "while"):
        reader.aside(word)
        return
    reader.refuse(word)


def on_unknown(reader: Reader, word: Word) -> None:
    """Refuse a verb that is not known; leave out other words."""
    before = reader.before()
    verb = (
        word.form != ""
        and reader.current is None
        and not reader.light
        and not reader.more.says()
        and (before is None or kind_of(before) in ("subject", "filler", "be", "style", "pace"))
        and (before is None or before.text not in ("the", "his", "her", "their", "its", "in", "on"))
    )
    follows = reader.content()
    if verb and (
        reader.connector == "while"
        or (follows is not None and kind_of(follows) in ("body", "thing"))
    ):
        on_arms(reader, word)
    elif verb:
        reader.refuse(word)
    else:
        reader.leave_out(word)
