"""Words that begin an action: verbs of going, turning, stepping and standing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kinesis_fast.t2m.details import back_on_course
from kinesis_fast.t2m.plan import MOST_ACTIONS, STYLES
from kinesis_fast.t2m.said import GOING, SIDES, Said, count
from kinesis_fast.t2m.words import Word, is_side, kind_of

if TYPE_CHECKING:
    from kinesis_fast.t2m.reader import Reader

SAYS_WHAT = ("do that", "do all that", "do this", "do it")
"""What is repeated only where it is said how often."""
GENERIC = ("go", "went", "mov", "com", "came", "proceed")
"""How verbs begin that say going, not how."""


def on_move(reader: Reader, word: Word) -> None:
    """Begin going, unless the word is a noun, says what arms do, or repeats the verb."""
    if any(rule(reader, word) for rule in NOT_GOING):
        return
    verb, pace = word.entry.value  # type: ignore[union-attr]
    if word.text.startswith(GENERIC) and reader.actions and reader.actions[-1].verb == "run":
        verb, pace = "run", reader.actions[-1].pace or "normal"
    action = reader.begin(verb, pace if pace != "normal" else None)
    action.goes_back = word.text.startswith(("go", "com", "mov", "head", "went", "came"))
    action.on = any(w.text.startswith(("contin", "keep", "kept", "resum")) for w in reader.words)


def _is_pace(reader: Reader, word: Word) -> bool:
    """Take "ten paces" for steps, and leave out "at a pace", "head"."""
    before = reader.before()
    counted = before is not None and kind_of(before) == "number"
    if (word.text == "paces" and reader.target().number is not None) or (
        word.text == "pace" and counted
    ):
        on_step(reader, word)
    elif word.text == "pace" and reader.at == 1:
        return False  # "pace up and down"
    elif word.text == "head":
        reader.aside(word)
    elif word.text not in ("pace", "race", "rush"):
        return False
    return True


def _names_a_way(reader: Reader, word: Word) -> bool:
    """Pass over "the walking path"."""
    return word.form == "ing" and _following(reader) in (
        "line", "track", "path", "direction", "position",
    )  # fmt: skip


def _is_stopped(reader: Reader, word: Word) -> bool:
    """Take "stops walking": what is stopped was done before."""
    done = _content_before(reader)
    if not (done and done[-1].text.startswith("stop") and word.form == "ing"):
        return False
    verb, pace = word.entry.value  # type: ignore[union-attr]
    if not any(action.verb in GOING for action in reader.actions):
        reader.actions.insert(-1, Said(verb, pace if pace != "normal" else None))
    return True


def _is_of_arms(reader: Reader, word: Word) -> bool:
    """Leave out what moves but is not the body: "moves them", "with arms moving"."""
    text = word.text
    them = text.startswith("mov") and _following(reader) in ("them", "it")
    if them or (
        text.startswith(GENERIC) and any(kind_of(w) == "body" for w in _content_before(reader))
    ):
        reader.aside(word, whole=True)
        return True
    follows = reader.content(("filler", "article", "style", "number"))
    kind = kind_of(follows) if follows is not None and text[:2] in ("go", "mo") else ""
    if kind in ("body", "thing") and not text.startswith("go"):
        reader.aside(word)
        return True
    return kind == "refused" and not reader.more.says()


def _says_again(reader: Reader, word: Word) -> bool:
    """Pass over a verb that is there already, and take a noun for the one before: "a fast walk"."""
    verb, pace = word.entry.value  # type: ignore[union-attr]
    current, before = reader.current, reader.before()
    if current is None:
        return False
    noun = before is not None and kind_of(before) in ("article", "pace", "style", "number")
    same = current.verb == verb and current is reader.actions[-1]
    if same and (noun or word.form == "ing"):
        return True
    if noun and current.verb in GOING and not reader.light:
        current.verb, current.pace = verb, current.pace or (pace if pace != "normal" else None)
        return True
    return False


def _is_what_for(reader: Reader, word: Word) -> bool:
    """Leave out what something is done for: "steps back to walk on"."""
    before = reader.before()
    going = reader.current is not None and reader.current.verb != "turn"
    if before is None or before.text != "to" or not going:
        return False
    reader.aside(word, whole=True)
    return True


def _only_goes(reader: Reader, word: Word) -> bool:
    """Pass over "go!" after what is to be done."""
    alone = word.text == "go" and len(reader.words) == 1
    return alone and bool(reader.actions) and reader.connector in ("", ",", ".")


NOT_GOING = (
    _only_goes,
    _is_pace,
    _names_a_way,
    _is_stopped,
    _is_of_arms,
    _says_again,
    _is_what_for,
)
"""What a verb of going may be instead; the first that it is takes it."""


def _following(reader: Reader) -> str:
    return reader.words[reader.at].text if reader.at < len(reader.words) else ""


def _content_before(reader: Reader) -> list[Word]:
    return [w for w in reader.words[: reader.at - 1] if kind_of(w) not in ("filler", "article")]


def on_styled(reader: Reader, word: Word) -> None:
    """Begin walking in a way of its own, which is named as left out where it cannot be made."""
    assert word.entry is not None
    style = word.entry.value if word.entry.value in STYLES else None
    if style is not None and word.form == "" and _is_how(reader):
        reader.target().style = style
        return
    if style is None and not word.text.startswith("strid"):
        reader.leave_out(word)
    follows = reader.content()
    if style == "shuffling" and follows is not None and is_aside(follows):
        on_sidestep(reader, word)
        reader.target().one_step = False
        return
    if style is not None:
        reader.target().style = style
    going = reader.current is not None and reader.current.verb in GOING
    strides = word.text.startswith("strid")
    if going and (word.form in ("ing", "ed") or (strides and word.form == "s")):
        return
    if strides and reader.target().number is not None:
        on_step(reader, word)
        return
    if reader.connector == "while" and reader.actions:
        reader.current = reader.current or Said()
        return
    reader.begin("walk")


def _is_how(reader: Reader) -> bool:
    """Whether a way of walking is a noun that says how somebody goes: "with swagger"."""
    before, current = reader.before(), reader.current
    with_it = before is not None and before.text in ("with", "a", "some")
    return with_it and current is not None and current.verb in GOING and not reader.light


def is_aside(word: Word) -> bool:
    """Whether a word says to go aside."""
    value = word.entry.value if word.entry is not None else None
    return is_side(word) or value in ("sideways", "from side to side")


def _turns_a_body_part(reader: Reader) -> bool:
    """Whether it is the head or the trunk that turns."""
    for word in reader.words[reader.at : reader.at + 3]:
        if kind_of(word) == "body":
            return word.text not in ("foot", "leg", "heel", "toe", "toes", "feet", "of")
        if kind_of(word) not in ("filler", "article", "style", "direction") or word.text == "on":
            return False
    return False


def _turns_a_thing(reader: Reader) -> bool:
    """Whether it is a thing that is turned: "turning the water on"."""
    the, what = [*reader.words[reader.at : reader.at + 2], None, None][:2]
    if the is None or what is None or the.text not in ("the", "a", "an", "his", "her", "their"):
        return False
    return kind_of(what) in ("thing", "unknown")


def _refines_what_turned(reader: Reader, word: Word) -> bool:
    """Take a turn that says again how an action bends; tell whether it did."""
    last = reader.actions[-1] if reader.actions else None
    if last is None or reader.corrects:
        return False
    again = last.verb == "turn" and last is reader.current and word.form == "ing"
    bends = last.path in ("curve", "circle") or bool(set(last.directions) & set(SIDES))
    how = reader.light and reader.light_form == "ing" and reader.connector == ","
    noun = reader.bracket and word.form == ""
    if last.verb in ("walk", "run") and bends and (how or noun):
        last.path = last.path or "curve"
    elif not again and not (noun and last.verb == "turn"):
        return False
    last.take(reader.more)
    reader.more, reader.light, reader.current = Said(), False, last
    return True


def on_turn(reader: Reader, word: Word) -> None:
    """Begin a turn, or make a curve of what is walked."""
    before = reader.before()
    noun = before is not None and (
        kind_of(before) in ("article", "fraction", "pace", "number", "style")
        or (kind_of(before) == "unit" and before.text.startswith("deg"))
        or (
            before.entry is not None
            and before.entry.value in ("left", "right", "clockwise", "counterclockwise", "forward")
        )
    )
    if _turns_a_body_part(reader) or _turns_a_thing(reader):
        reader.aside(word)
        reader.current = reader.current or Said()
        return
    if _refines_what_turned(reader, word):
        return
    if word.text.startswith(("veer", "bear")):
        reader.begin("walk").path = "curve"
        return
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
    _go_before_turning(reader)
    action = reader.begin("turn")
    action.on = word.form == "ing"
    action.spins = word.text.startswith(("spin", "spun", "twirl", "whirl"))


def _go_before_turning(reader: Reader) -> None:
    """Begin walking where a way was said before a turn: "forward 3 m turn right"."""
    more = reader.more
    if more.metres is not None and "forward" in more.directions:
        reader.begin("walk")


def on_step(reader: Reader, word: Word) -> None:
    """Begin steps, or give their number to what is walked."""
    said = reader.target()
    noun = _is_steps(reader, said)
    if any(rule(reader, said) for rule in (_after_so_many, _counts_on, _in_all)):
        return
    number = None if said.number is None else count(said.number)
    said.number = None
    if noun and _says_how_many(reader, number):
        return
    if number and (_in_so_many(reader, said, number) or _put_steps(reader, number)):
        return
    if number is None and noun and word.form == "s" and reader.more.size is not None:
        reader.begin("walk")  # "small steps": how, not how many
        return
    action = reader.begin("step")
    action.steps = number
    if number is None and noun:
        action.steps = 3 if word.form == "s" else 1
    elif number is None and word.form != "ing":
        action.one_step = True
    elif number == 1.0:
        action.counted = number


def _is_steps(reader: Reader, said: Said) -> bool:
    """Whether a word is the noun."""
    before = reader.before()
    walks = reader.current is not None and reader.current.verb in ("walk", "run")
    counted = said.number is not None or said.steps is not None
    named = before is not None and kind_of(before) in ("article", "style")
    return reader.light or counted or walks or named


def _after_so_many(reader: Reader, said: Said) -> bool:
    """Take "after three steps"."""
    after = reader.connector == "after" and not reader.light and reader.current is None
    if not (after and said.number and reader.actions):
        return False
    said.steps, said.number = count(said.number), None
    return True


def _in_all(reader: Reader, said: Said) -> bool:
    """Give a number of steps that is all that a part says to what is walked: "march, 12 steps"."""
    last = reader.actions[-1] if reader.actions else None
    if last is None or last.verb not in GOING or last.amounts() or last.path is not None:
        return False
    alone = reader.current is None and vars(said) == vars(Said(number=said.number, size=said.size))
    if said.number is None or not alone or reader.connector != "," or reader.light:
        return False
    if reader.content() is not None:
        return False
    last.steps, last.size = count(said.number), said.size or last.size
    reader.more, reader.current = Said(), last
    return True


def _says_how_many(reader: Reader, number: float | None) -> bool:
    """Give a number of steps to what is walked: "walks five steps", "steps one step aside"."""
    current = reader.current
    if current is None or reader.light:
        return False
    if current.verb == "step" and number and current.steps is None:
        current.steps = number
        return True
    if current.verb not in ("walk", "run"):
        return False
    if current.diagonal or current.sideways:
        current.verb = "step"
    if number is not None:
        current.steps = number
    return True


def _in_so_many(reader: Reader, said: Said, number: float) -> bool:
    """Take "walks forward, taking three steps"."""
    last = reader.actions[-1] if reader.actions else None
    how = reader.light and reader.light_form == "ing" and reader.connector == ","
    if not how or last is None or last.verb not in GOING or said.says() or last.steps:
        return False
    last.steps, reader.current = number, Said()
    return True


def _counts_on(reader: Reader, said: Said) -> bool:
    """Whether steps are counted aloud: "one step, two steps, three steps"."""
    last = reader.actions[-1] if reader.actions else None
    if last is None or last.verb != "step" or said.number is None or last.steps is None:
        return False
    on = said.number == last.steps + 1 and last.counted == last.steps and not last.directions
    if on and reader.connector in ("", ",") and not reader.light:
        last.steps = last.counted = said.number
        said.number, reader.current = None, last
    return on


def _put_steps(reader: Reader, number: float) -> bool:
    """Give a number of steps to what it was said after: stopping goes on what went before."""
    current = reader.current
    if current is None or current.verb not in ("stand", "turn") or reader.light:
        return False
    if current.verb == "turn":
        current.steps = number
        return True
    before = [action for action in reader.actions if action is not current]
    for action in reversed(before):
        if action.verb in GOING:
            action.steps = number
            break
    return True


def on_sidestep(reader: Reader, word: Word) -> None:
    """Begin a step aside."""
    if reader.current is not None and reader.current.verb == "step" and not reader.light:
        return
    number = reader.target().number
    reader.target().number = None
    action = reader.begin("step")
    if action.degrees is not None:  # a 45 degree one
        action.diagonal, action.degrees = action.degrees < 80.0, None
    action.sideways = not action.diagonal
    action.steps = None if number is None else count(number)
    if number is None and not word.text.endswith("ing"):
        action.one_step = not word.text.startswith(("straf", "crab"))


def on_stand(reader: Reader, word: Word) -> None:
    """Begin standing."""
    before = reader.before()
    stopped = before is not None and kind_of(before) == "be" and word.text.startswith("stopped")
    if stopped:  # by something
        reader.aside(word)
        return
    if reader.current is not None and reader.current.verb == "stand":
        return
    led_by = [w.text for w in reader.words[max(0, reader.at - 3) : reader.at - 1]]
    reader.stood = bool(led_by) and led_by[0] in ("who", "that", "which") and not reader.actions
    if word.form == "ing" and reader.light:
        return
    reader.begin("stand")


def on_return(reader: Reader, word: Word) -> None:
    """Go back to where the motion began."""
    follows = reader.content()
    if follows is not None and kind_of(follows) == "stand":
        return
    if any(kind_of(w) == "body" for w in reader.words[: reader.at - 1]):
        reader.aside(word, whole=True)
        return
    if back_on_course(reader):
        return
    if not any(action.verb in GOING for action in reader.actions):
        goes = word.text.startswith(("go", "mov", "head"))
        if goes and (follows is None or kind_of(follows) == "number"):
            on_reverse(reader, word)
        else:
            reader.aside(word)
        return
    verb = next(a.verb for a in reversed(reader.actions) if a.verb in GOING)
    reader.begin(verb or "walk").directions = ["return"]


def on_reverse(reader: Reader, word: Word) -> None:
    """Begin walking backward."""
    reader.begin("walk").directions = ["backward"]


def on_repeat(reader: Reader, word: Word) -> None:
    """Repeat all that was said so far."""
    times = 1 if word.entry is not None and word.entry.value in SAYS_WHAT else 2
    for other in reader.words:
        if other.entry is not None and other.entry.kind == "number":
            times = max(2, int(other.entry.value))
        if other.entry is not None and other.entry.kind == "times":
            times = other.entry.value
    if times == 1:
        return  # "doing it"
    if not reader.actions:
        reader.times = times  # "do this twice: ..."
        reader.at = len(reader.words)
        return
    reader.at = len(reader.words)
    reader.current = Said()
    repeat(reader, 0, times)


def repeat(reader: Reader, begin: int, times: int) -> None:
    """Do the actions from one on so often in all."""
    done = reader.actions[begin:]
    if len(reader.actions) + len(done) * (times - 1) > MOST_ACTIONS:
        reader.refused.append(f"{' '.join(w.text for w in reader.words)[:60]}: it is too often")
        return
    for _ in range(times - 1 if done else 0):
        reader.actions += [
            replace(a, directions=list(a.directions), after=a.after or "then") for a in done
        ]
