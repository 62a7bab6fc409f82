"""Words that begin an action: verbs of going, turning, stepping and standing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kinesis_fast.t2m.plan import MOST_ACTIONS
from kinesis_fast.t2m.said import GOING, Said
from kinesis_fast.t2m.words import Word, kind_of

if TYPE_CHECKING:
    from kinesis_fast.t2m.reader import Reader

GENERIC = ("go", "went", "mov", "com", "came", "proceed")
"""How verbs begin that say going, not how."""


def on_move(reader: Reader, word: Word) -> None:
    """Begin going, unless the word is a noun, says what arms do, or repeats the verb."""
    verb, pace = word.entry.value  # type: ignore[union-attr]
    before = reader.before()
    text = word.text
    if text in ("head", "pace", "race", "rush"):
        if text == "pace" and before is not None and kind_of(before) == "number":
            on_step(reader, word)
        elif text == "head":
            reader.aside(word)
        return
    if text == "paces" and reader.target().number is not None:
        on_step(reader, word)
        return
    following = reader.words[reader.at].text if reader.at < len(reader.words) else ""
    if word.form == "ing" and following in ("line", "track", "path", "direction", "position"):
        return
    done = [w for w in reader.words[: reader.at - 1] if kind_of(w) not in ("filler", "article")]
    if done and done[-1].text.startswith("stop") and word.form == "ing":
        return
    generic = text.startswith(GENERIC)
    if generic and any(kind_of(w) == "body" for w in done):
        reader.aside(word, whole=True)
        return
    follows = reader.content(("filler", "article", "style", "number"))
    if (
        text[:2] in ("go", "mo")
        and follows is not None
        and kind_of(follows) in ("body", "thing", "refused")
    ):
        if kind_of(follows) in ("body", "thing") and not text.startswith("go"):
            reader.aside(word)
            return
        if kind_of(follows) == "refused" and not reader.more.says():
            return
    noun = before is not None and (kind_of(before) in ("article", "pace", "style", "number"))
    same = reader.current is not None and reader.current.verb == verb
    if same and (noun or word.form == "ing") and reader.current is reader.actions[-1]:
        return
    if reader.current is not None and noun and reader.current.verb in GOING and not reader.light:
        reader.current.verb = verb
        reader.current.pace = reader.current.pace or (pace if pace != "normal" else None)
        return
    going = reader.current is not None and reader.current.verb != "turn"
    if before is not None and before.text == "to" and going:
        reader.aside(word, whole=True)
        return
    if generic and reader.actions:
        last = reader.actions[-1]
        if last.verb == "run":
            verb, pace = "run", last.pace or "normal"
    action = reader.begin(verb, pace if pace != "normal" else None)
    action.goes_back = text.startswith(("go", "com", "mov", "head", "went", "came"))
    action.on = any(w.text.startswith(("contin", "keep", "kept", "resum")) for w in reader.words)


def on_styled(reader: Reader, word: Word) -> None:
    """Begin walking, and name the way of walking as left out."""
    reader.leave_out(word)
    if word.form in ("ing", "ed") and reader.current is not None and reader.current.verb in GOING:
        return
    if reader.connector == "while" and reader.actions:
        reader.current = reader.current or Said()
        return
    reader.begin("walk")


def on_turn(reader: Reader, word: Word) -> None:
    """Begin a turn, or make a curve of what is walked."""
    before = reader.before()
    noun = before is not None and (
        kind_of(before) in ("article", "fraction", "unit", "pace", "number", "style")
        or (
            before.entry is not None
            and before.entry.value in ("left", "right", "clockwise", "counterclockwise", "forward")
        )
    )
    going = reader.current is not None and reader.current.verb in ("walk", "run")
    following = reader.words[reader.at].text if reader.at < len(reader.words) else ""
    about = following in ("around", "round", "back")
    if going and noun and not about and not reader.light and word.form in ("", "ing"):
        assert reader.current is not None
        reader.current.take(reader.more)
        reader.more = Said()
        reader.current.path = "curve"
        return
    turning = reader.current is not None and reader.current.verb == "turn"
    if turning and noun and word.form == "" and not reader.light:  # turns a quarter turn
        assert reader.current is not None
        reader.current.take(reader.more)
        reader.more = Said()
        return
    reader.begin("turn").on = word.form == "ing"


def on_step(reader: Reader, word: Word) -> None:
    """Begin steps, or give their number to what is walked."""
    before = reader.before()
    said = reader.target()
    noun = reader.light or said.number is not None or said.steps is not None
    after = reader.connector == "after" and not reader.light
    if after and reader.current is None and said.number and reader.actions:
        said.steps, said.number = max(1, round(said.number)), None
        return
    noun = noun or (reader.current is not None and reader.current.verb in ("walk", "run"))
    if before is not None and kind_of(before) in ("article", "style") and not noun:
        noun = True
    count = None if said.number is None else max(1, round(said.number))
    said.number = None
    if (
        noun
        and reader.current is not None
        and reader.current.verb in ("walk", "run")
        and not reader.light
    ):
        if reader.current.diagonal or reader.current.sideways:
            reader.current.verb = "step"
        if count is not None:
            reader.current.steps = count
        return
    last = reader.actions[-1] if reader.actions else None
    manner = reader.light and reader.light_form == "ing" and reader.connector == "," and count
    if manner and last is not None and last.verb in GOING and not (said.says() or last.steps):
        last.steps, reader.current = count, Said()
        return
    if (
        reader.current is not None
        and reader.current.verb in ("stand", "turn")
        and count
        and not reader.light
    ):
        _put_steps(reader, count)
        return
    many = word.form == "s" and noun
    action = reader.begin("step")
    action.steps = count
    if count is None:
        if noun:
            action.steps = 3 if many else 1
        elif word.form != "ing":
            action.one_step = True


def _put_steps(reader: Reader, count: int) -> None:
    """Give a number of steps to what it was said after: stopping goes on what went before."""
    assert reader.current is not None
    if reader.current.verb == "turn":
        reader.current.steps = count
        return
    index = reader.actions.index(reader.current)
    for action in reversed(reader.actions[:index]):
        if action.verb in GOING:
            action.steps = count
            return


def on_sidestep(reader: Reader, word: Word) -> None:
    """Begin a step aside."""
    if reader.current is not None and reader.current.verb == "step" and not reader.light:
        return
    count = reader.target().number
    reader.target().number = None
    action = reader.begin("step")
    action.sideways = True
    action.steps = None if count is None else max(1, round(count))
    if count is None and not word.text.endswith("ing"):
        action.one_step = True


def on_stand(reader: Reader, word: Word) -> None:
    """Begin standing."""
    before = reader.before()
    stopped = before is not None and kind_of(before) == "be" and word.text.startswith("stopped")
    if stopped:  # by something
        reader.aside(word)
        return
    if reader.current is not None and reader.current.verb == "stand":
        return
    if word.form == "ing" and reader.light:
        return
    reader.begin("stand")


def on_return(reader: Reader, word: Word) -> None:
    """Go back to where the motion began."""
    follows = reader.content()
    if follows is not None and kind_of(follows) == "stand":
        return
    if not any(action.verb in GOING for action in reader.actions):
        reader.aside(word)
        return
    verb = next(a.verb for a in reversed(reader.actions) if a.verb in GOING)
    reader.begin(verb or "walk").directions = ["return"]


def on_reverse(reader: Reader, word: Word) -> None:
    """Begin walking backward."""
    reader.begin("walk").directions = ["backward"]


def on_repeat(reader: Reader, word: Word) -> None:
    """Repeat all that was said so far."""
    times = 2
    for other in reader.words:
        if other.entry is not None and other.entry.kind == "number":
            times = max(2, int(other.entry.value))
        if other.entry is not None and other.entry.kind == "times":
            times = other.entry.value
    reader.at = len(reader.words)
    reader.current = Said()
    done = list(reader.actions)
    if len(done) * times > MOST_ACTIONS:
        reader.refused.append(f"{' '.join(w.text for w in reader.words)[:60]}: it is too often")
        return
    for _ in range(times - 1 if done else 0):
        reader.actions += [replace(a, directions=list(a.directions)) for a in done]
