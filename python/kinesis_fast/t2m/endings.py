"""The end of a part of a sentence: what it said without a verb, at once, or in another order.

What is told again of the action under way refines it; a direction that contradicts it begins
another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinesis_fast.t2m import acts
from kinesis_fast.t2m.said import GOING, OPPOSITE, SIDES, Said, says_the_same

if TYPE_CHECKING:
    from kinesis_fast.t2m.reader import Reader

BENT = ("curve", "circle", "eight")
QUARTERS = (90.0, 180.0, 270.0, 360.0, 450.0, 540.0, 720.0)
"""Degrees that need no unit."""


def end_without_verb(reader: Reader) -> None:
    """Give what a part said without a verb to whom it belongs, by the first rule that takes it."""
    more = reader.more
    if any(rule(reader, more) for rule in WITHOUT_VERB):
        return
    _take_number(reader, more)
    last = next((a for a in reversed(reader.actions) if a.verb is not None), None)
    if not more.says() or _of_arms(reader, last) or _comes_first(reader, more, last):
        return
    if last is None or _is_an_action(reader, more, last):
        return
    if last.verb == "stand":
        last = next((a for a in reversed(reader.actions) if a.verb in GOING), last)
    if _refines(reader, more, last):
        last.take(more)
    else:
        _do_again(reader, last)


def _corrects(reader: Reader, more: Said) -> bool:
    if reader.corrects:
        reader.actions[-1].correct(more)
    return reader.corrects


def _in_brackets(reader: Reader, more: Said) -> bool:
    if not (reader.bracket and reader.actions and more.says()):
        return False
    more.number = None
    reader.actions[-1].take(more)
    return True


def _repeats_all(reader: Reader, more: Said) -> bool:
    """Repeat all of a sentence where a part says only how often."""
    done = len(reader.actions) - reader.sentence_began
    if [word.text for word in reader.words] == ["again"] and reader.connector == "and":
        more.times = 2
    alone = more.times and vars(more) == vars(Said(times=more.times))
    if not alone or reader.connector not in (",", "and", "then") or done < 2:
        return False
    acts.repeat(reader, reader.sentence_began, more.times or 1)
    return True


def _after_steps(reader: Reader, more: Said) -> bool:
    """Take "after three steps"."""
    if reader.connector != "after" or not reader.actions or reader.light:
        return False
    before = [action for action in reader.actions if action.verb != "stand"] or reader.actions
    before[-1].steps = before[-1].steps or more.steps
    return True


def _turns_by(reader: Reader, more: Said) -> bool:
    """Take "do a 360" for a turn."""
    if not reader.light or more.number not in QUARTERS or more.amounts():
        return False
    more.degrees, more.number = more.number, None
    reader.begin("turn")
    return True


def _foot_of_steps(reader: Reader, more: Said) -> bool:
    """Take "the first with the left foot" of the steps before."""
    first = more.first
    last = reader.actions[-1] if reader.actions else None
    if first is None or last is None or vars(more) != vars(Said(first=first, number=more.number)):
        return False
    last.first = last.first or first
    return True


WITHOUT_VERB = (_corrects, _in_brackets, _repeats_all, _after_steps, _turns_by, _foot_of_steps)
"""What a part without a verb may be; the first that it is takes it."""


def _take_number(reader: Reader, more: Said) -> None:
    """Take a number without a unit for steps where the action before had some."""
    last = reader.actions[-1] if reader.actions else None
    counted = last is not None and (last.steps or last.one_step)
    if more.number is not None and counted and more.directions:
        more.steps = max(1, round(more.number))
    more.number = None


def _of_arms(reader: Reader, last: Said | None) -> bool:
    """Leave out what is said of what arms do."""
    arms = reader.with_arms and (last is None or reader.connector in ("and", ","))
    if arms:
        reader.leave_out(*reader.words)
    return arms


def _comes_first(reader: Reader, more: Said, last: Said | None) -> bool:
    """Keep what was said before the first verb, or begin walking by it."""
    if last is not None:
        return False
    if reader.light:
        reader.begin("walk")
    elif not reader.left_out or reader.withdrew or not (more.directions or more.path):
        reader.carried = more
    return True


def _is_an_action(reader: Reader, more: Said, last: Said) -> bool:
    """Begin what "takes", "makes" and their kin say without another verb."""
    shaped = more.path is not None and more.path != "straight"
    if not reader.light or not (shaped or (more.directions and not more.amounts())):
        return False
    reader.begin((shaped and "walk") or "turn")
    return True


def _refines(reader: Reader, more: Said, last: Said) -> bool:
    """Tell whether what was said is of the action before, and no other way to go."""
    if more.speed and last.speed and more.amounts() and last.amounts():
        return False  # "5 s at 1 m/s, 5 s at 1.5 m/s"
    shaped = more.path is not None and more.path != "straight"
    bends = {"clockwise", "counterclockwise"} | (set(SIDES) if last.path in BENT else set())
    if not (set(more.directions) - bends or shaped or more.diagonal):
        changes = (more.pace, more.style, more.size) != (None, None, None) and not more.amounts()
        return not (changes and reader.connector == "then" and last.verb in GOING)
    if last.path is not None or last.verb not in GOING:
        return False
    if shaped and more.path != "back-and-forth" and not last.amounts():
        how = any(word.text == "in" for word in reader.words)
        return how or reader.connector in (",", "while", "") or _joins(reader, more, last)
    return _joins(reader, more, last)


def _joins(reader: Reader, more: Said, last: Said) -> bool:
    """Whether a side joins the way before it: "forward and to the left"."""
    return (
        reader.connector in ("and", ",")
        and len(more.directions) == 1
        and more.directions[0] in SIDES
        and last.directions in (["forward"], ["backward"], ["back"])
        and (reader.connector == "," or not last.amounts())
        and not more.amounts()
    )


def _do_again(reader: Reader, last: Said) -> None:
    """Do what was done before, another way."""
    shaped = reader.more.path is not None and reader.more.path != "straight"
    ways = {"forward", "back", "backward"} & set(reader.more.directions)
    goes = last.verb == "turn" and (ways or reader.more.metres or reader.more.steps)
    action = reader.begin("walk" if goes else last.verb or "walk")
    lateral = last.sideways or set(last.directions) & set(SIDES)
    if action.directions == ["back"] and lateral and (last.verb == "step" or last.steps):
        action.verb, action.directions, action.sideways = "step", ["return"], True
    if last.verb == "turn" and shaped:
        action.verb = "walk"
    action.pace = action.pace or last.pace
    action.sideways = action.sideways or last.sideways
    if last.one_step and not action.amounts():
        action.one_step = True


def put_together(reader: Reader) -> None:
    """Make one of two actions that happen at once, and put in order what comes after."""
    new = reader.actions[reader.begun :]
    if reader.begun == 0 or not new:
        return
    if reader.connector == "after":
        earlier = reader.actions[: reader.begun]
        reader.actions = [*earlier[:-1], *new, earlier[-1]]
        return
    last, first = reader.actions[reader.begun - 1], new[0]
    _repeat_to_and_fro(reader, last, first)
    at_once = reader.connector == "while"
    gradual = reader.connector in (",", "") and first.verb == "turn" and first.on
    if (at_once or gradual) and not (first.around and first.verb == "turn"):
        _make_one(reader, last, first, at_once=at_once)


def _make_one(reader: Reader, last: Said, first: Said, *, at_once: bool) -> None:
    ahead = last.verb in GOING and not last.sideways and not set(last.directions) & set(SIDES)
    if first.verb == "turn" and ahead and last.path is None:
        last.take(first)
        last.path = "curve"
        reader.actions.remove(first)
    elif not at_once:
        return
    elif last.verb == "turn" and first.verb in ("walk", "run"):
        first.take(last)
        first.path = "curve"
        reader.actions.remove(last)
    elif not ahead and first.verb == "walk" and says_the_same(last, first):
        reader.actions.remove(first)  # "steps aside when he is walking"
        reader.actions.insert(reader.begun - 1, first)
    elif last.verb == first.verb or says_the_same(last, first):
        last.take(first)
        reader.actions.remove(first)


def _repeat_to_and_fro(reader: Reader, last: Said, first: Said) -> None:
    """Repeat both of "forward and back twice"."""
    opposite = {OPPOSITE.get(way) for way in last.directions}
    ways = {"backward" if way == "back" else way for way in first.directions}
    both = reader.connector == "and" and last.verb == first.verb and first is reader.actions[-1]
    if both and first.times and opposite & ways and not last.times:
        times, first.times = first.times, None
        acts.repeat(reader, len(reader.actions) - 2, times)
