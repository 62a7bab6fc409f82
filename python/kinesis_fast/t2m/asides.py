"""Words that are no matter of legs: left out and named; and what legs cannot do, refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinesis_fast.t2m import lexicon
from kinesis_fast.t2m.plan import SIZES
from kinesis_fast.t2m.said import GOING, Said
from kinesis_fast.t2m.words import Word, is_side, kind_of

if TYPE_CHECKING:
    from kinesis_fast.t2m.reader import Reader

BEGINS = ("start", "begin", "beginning", "leading")
PLAYS = ("practi", "imitat", "mimic")
"""How verbs begin that say that something is done as if."""
SPEAKS = ("say", "said", "shout", "yell", "motion")
"""How verbs begin after which words are somebody's."""


def on_light(reader: Reader, word: Word) -> None:
    """Wait for the noun that says what is done."""
    seems = word.text.startswith(("appear", "seem", "pretend"))
    follows = reader.content()
    if seems and follows is not None and kind_of(follows) == "unknown" and reader.actions:
        reader.aside(word, whole=True)  # "appearing to hype themselves up"
        return
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
    if base == "like" and (style := _like_whom(reader)) is not None:
        reader.target().style = style
        while reader.at < len(reader.words):
            word = reader.words[reader.at]
            if kind_of(word) == "number" or (word.text == "for" and reader.says_how_long()):
                break
            reader.at += 1
        return
    if base == "not" and _takes_back(reader):
        return
    if base == "like" and follows is not None and kind_of(follows) == "number":
        return  # "walk like four steps"
    if base in lexicon.GROUPS["whole"]:
        reader.aside(word, whole=True)
        reader.whole_aside = True
        return
    legs = follows is not None and (
        kind_of(follows) in (*lexicon.SAYS_MORE, "step", "sidestep", "turn")
        or follows.text.startswith("strid")
    )
    if base == "with" and follows is not None and is_side(follows) and _begins(reader, follows):
        return
    before = reader.before()
    if (
        base == "with"
        and before is not None
        and before.text.startswith(BEGINS)
        and _is_side_next(reader)
    ):
        return
    both = follows is not None and follows.text == "both"
    if follows is None or not legs or both or (is_side(follows) and _side_of_body(reader, follows)):
        reader.aside(word)


def _is_side_next(reader: Reader) -> bool:
    """Whether the next word that says something is a side."""
    follows = reader.content()
    return follows is not None and is_side(follows)


def _like_whom(reader: Reader) -> str | None:
    """Return the way of walking of somebody who is walked like."""
    for word in reader.words[reader.at :]:
        if word.text in lexicon.WALKERS:
            return lexicon.WALKERS[word.text]
    return None


def _takes_back(reader: Reader) -> bool:
    """Take back directions that are not to be: "not left", before what is said instead."""
    rest = [w for w in reader.words[reader.at :] if kind_of(w) not in ("filler", "article")]
    if not rest or any(kind_of(w) not in ("direction", "pace", "number", "unit") for w in rest):
        return False
    last = reader.target() if reader.current is not None else (reader.actions or [Said()])[-1]
    for word in rest:
        value = word.entry.value if word.entry is not None else None
        last.directions = [way for way in last.directions if way != value]
    reader.at = len(reader.words)
    reader.current = reader.current or Said()
    reader.corrects_next = True
    return True


def _begins(reader: Reader, side: Word) -> bool:
    """Take the foot that steps are made with: "with his left foot"."""
    index = reader.words.index(side, reader.at)
    rest = reader.words[index + 1 :]
    said = reader.target()
    foot = bool(rest) and rest[0].text in ("foot", "leg")
    alone = all(kind_of(w) == "filler" for w in rest[1:])
    if foot and rest[1:] and rest[1].text == "first":
        return True  # which the side will take
    if not foot or not alone or said.verb not in (None, *GOING) or side.entry is None:
        return False
    said.first = side.entry.value
    reader.at = len(reader.words)
    return True


def _side_of_body(reader: Reader, side: Word) -> bool:
    index = reader.words.index(side, reader.at)
    return any(kind_of(w) == "body" for w in reader.words[index + 1 : index + 3])


def on_arms(reader: Reader, word: Word) -> None:
    """Leave out what arms do, and what is done to a person."""
    if word.form == "ed" and _is_done_to(reader):
        reader.aside(word, whole=True)
        reader.current = reader.current or Said()
        return
    if word.text.startswith("hold") and _holds_still(reader):
        reader.begin("stand")
        return
    if word.text == "face" and _is_way_to_face(reader):
        reader.begin("turn")
        return
    follows = reader.content()
    if word.text.startswith(PLAYS) and follows is not None and kind_of(follows) == "refused":
        return  # "practises the waltz"
    if word.text.startswith(SPEAKS):
        reader.aside(word, whole=True)
        reader.whole_aside = True
        reader.current = reader.current or Said()
        return
    if reader.current is None:
        reader.current = Said()
        reader.with_arms = True
    recovers = word.entry is not None and word.entry.value in lexicon.GROUPS["recovery"]
    says_where = any(kind_of(w) in ("direction", "sidestep") for w in reader.words[reader.at :])
    reader.aside(word, whole=recovers and not says_where)


def _holds_still(reader: Reader) -> bool:
    """Whether nothing is held: "a full spin, and hold"."""
    follows = reader.content()
    return bool(reader.actions) and (follows is None or kind_of(follows) == "number")


def _is_way_to_face(reader: Reader) -> bool:
    """Whether it is said which way to face: "face left", "face the other way"."""
    follows, before = reader.content(), reader.before()
    if follows is None:  # "left face!"
        return reader.at == 2 and before is not None and is_side(before)
    return is_side(follows) or kind_of(follows) == "opposite"


def _is_done_to(reader: Reader) -> bool:
    for before in reversed(reader.words[: reader.at - 1]):
        if kind_of(before) == "be" or before.text in ("gets", "get", "got", "getting"):
            return True
        if kind_of(before) not in ("style", "pace", "filler"):
            return False
    return False


def on_body(reader: Reader, word: Word) -> None:
    """Leave out a part of the body."""
    before = reader.before()
    if word.text != "of" or before is None or kind_of(before) != "fraction":
        reader.leave_out(word)


def on_withdraw(reader: Reader, word: Word) -> None:
    """Take back the action that was said last."""
    reader.correction, reader.corrects, reader.withdrew = None, False, True
    if reader.actions:
        reader.actions.pop()
    reader.begun = min(reader.begun, len(reader.actions))
    reader.more, reader.current = Said(), Said()


def on_no(reader: Reader, word: Word) -> None:
    """Leave out what is not to be done: "no running"."""
    reader.aside(word, whole=True)
    reader.current = reader.current or Said()


def on_thing(reader: Reader, word: Word) -> None:
    """Leave out a thing; refuse to step over one."""
    over = any(w.text == "over" for w in reader.words[max(0, reader.at - 4) : reader.at - 1])
    if over and word.text not in ("floor", "ground", "surface", "there"):
        reader.refuse(Word("over " + word.text, lexicon.Entry("refused", "walk")))
        return
    reader.leave_out(word)


def on_cardinal(reader: Reader, word: Word) -> None:
    """Refuse points of the compass."""
    reader.refuse(word)


def on_style(reader: Reader, word: Word) -> None:
    """Take sizes of steps, turns and paths; leave out how else something is done."""
    said = reader.target()
    follows = reader.content(("filler", "article", "style", "pace", "number", "direction"))
    kind = kind_of(follows) if follows is not None else ""
    if (follows is not None and follows.text.startswith("stride")) or _is_a_step(reader):
        kind = "step"
    groups = lexicon.GROUPS
    size = next((size for size in SIZES if word.text in groups[size]), None)
    turns = kind == "turn" or (kind not in ("step", "path") and said.verb == "turn")
    if word.text in groups["tight"] and (turns or kind == "path" or said.path is not None):
        said.size = "small"
    elif turns and word.text in groups["slight"]:
        said.slight = True
    elif size is not None and kind in ("step", "sidestep", "path", "turn"):
        said.size = size
    elif word.text in groups["slight"]:
        said.slight = True
    elif word.text not in groups["size"]:
        reader.leave_out(word)


def _is_a_step(reader: Reader) -> bool:
    """Whether "one" stands for a step: "a big step right and a little one left"."""
    last = reader.actions[-1] if reader.actions else None
    one = reader.at < len(reader.words) and reader.words[reader.at].text in ("one", "ones")
    return one and last is not None and (last.verb == "step" or bool(last.steps))


def on_manner(reader: Reader, word: Word) -> None:
    """Take a way of walking that can be made."""
    assert word.entry is not None
    said = reader.target()
    if said.verb is None or said.verb in GOING:
        said.style = word.entry.value
    else:
        reader.leave_out(word)


def on_refused(reader: Reader, word: Word) -> None:
    """Refuse what legs cannot do."""
    base = word.text
    if word.form == "ed" and _is_done_to(reader) and base.startswith(lexicon.GROUPS["external"]):
        reader.aside(word, whole=True)
        return
    if base.startswith("balanc") and _keeps_upright(reader, word):
        reader.aside(word)
        return
    before, follows = reader.before(), reader.content(())
    what = follows is not None and kind_of(follows) in ("thing", "subject", "unknown")
    if word.form == "ing" and what and before is not None and before.text in ("the", "a", "an"):
        reader.leave_out(word)  # "the sleeping dog"
        return
    posture = base.startswith(lexicon.GROUPS["posture"]) or (word.form == "ed" and base == "bent")
    if posture and (word.form == "ed" or reader.connector == "while"):
        reader.aside(word)
        return
    reader.refuse(word)


def _keeps_upright(reader: Reader, word: Word) -> bool:
    """Whether it is said beside an action that somebody balances."""
    before = reader.before()
    if before is not None and before.text == "to":  # "uses his hand to balance"
        return bool(reader.actions)
    return word.form == "ing" and bool(reader.actions) and reader.connector in (",", "while")


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
