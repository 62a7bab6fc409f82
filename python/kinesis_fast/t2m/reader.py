"""Reads the parts of a sentence, word by word, into actions.

A word's kind, from the lexicon, decides which function takes it: of :mod:`~kinesis_fast.t2m.acts`,
:mod:`~kinesis_fast.t2m.details` or :mod:`~kinesis_fast.t2m.asides`.
"""

from __future__ import annotations

from collections.abc import Callable

from kinesis_fast.t2m import acts, asides, details, lexicon
from kinesis_fast.t2m.lexicon import ACTS
from kinesis_fast.t2m.plan import Action, Plan
from kinesis_fast.t2m.said import (
    GOING,
    OPPOSITE,
    SIDES,
    Said,
    finish,
    is_again,
    is_definite,
    says_the_same,
)
from kinesis_fast.t2m.words import Word, kind_of

BENT = ("curve", "circle", "eight")


class Reader:
    """What was read of a sentence so far, and where the reading is."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.actions: list[Said] = []
        self.left_out: list[list[str]] = []
        self.refused: list[str] = []
        self.dropped: list[str] = []
        self.nearest: str | None = None
        self.carried = Said()  # what was said before the first verb of all
        self.with_arms = False  # whether the part before was about arms
        self.whole_aside = False  # whether the part before was left out to its end
        self.corrects_next = False  # whether what comes replaces what was taken back
        self.sentence_began = 0  # actions before this sentence
        self.correction: Said | None = None

    # One part of a sentence ------------------------------------------------------------------

    def read_part(self, connector: str, words: list[Word]) -> None:
        """Read one part, and put its actions in order with those before."""
        if connector == "or":
            if self.whole_aside:
                self.leave_out(*words)
                return
            connector = "then"
        if self.corrects_next and connector in ("", ",", "then"):
            connector = "correct"
        if connector == ".":
            self.sentence_began = len(self.actions)
        self.whole_aside = self.corrects_next = False
        self.connector, self.words = connector, words
        self.corrects = connector == "correct" and bool(self.actions)
        self.bracket = connector == "("
        self.current: Said | None = None  # the action of this part that is being read
        self.more, self.carried = self.carried, Said()  # what was said before its verb
        self.light = False  # "takes", "makes": a noun will say what
        self.light_form = ""
        self.stood = False  # "who is standing": how it was before
        self.begun = len(self.actions)
        self.at = 0
        while self.at < len(words):
            self.read_word(words[self.at])
        if self.current is None:
            self.end_without_verb()
        self.end_correction()
        self.put_together()
        if self.current is None or self.current.verb is not None:
            self.with_arms = False

    def read_word(self, word: Word) -> None:
        """Read a word, and of those after it what belongs to it."""
        self.at += 1
        handler = HANDLERS.get(kind_of(word))
        if handler is not None:
            handler(self, word)

    def content(self, skip: tuple[str, ...] = ("filler", "article", "style")) -> Word | None:
        """Return the next word that says something."""
        return next((w for w in self.words[self.at :] if kind_of(w) not in skip), None)

    def before(self) -> Word | None:
        """Return the word before the one that is read."""
        return self.words[self.at - 2] if self.at >= 2 else None

    def leave_out(self, *words: Word) -> None:
        """Name words as left out."""
        self.left_out.append([word.text for word in words])

    def target(self) -> Said:
        """Return what a word says more of: the action that is read, or the next."""
        return self.current if self.current is not None else self.more

    def begin(self, verb: str, pace: str | None = None) -> Said:
        """Begin an action with what was said before its verb."""
        action = Said(verb, after=self.connector)
        action.take(self.more)
        if pace is not None and action.pace is None:
            action.pace = pace
        self.more = Said()
        self.light = False
        self.current = action
        if self.corrects and self.correction is None:
            self.correction = action
        else:
            self.end_correction()
            if self.stood and self.actions and self.actions[-1].verb == "stand":
                self.actions.pop()
            self.actions.append(action)
        self.stood = self.stood and verb == "stand"
        return action

    def aside(self, *words: Word, whole: bool = False) -> None:
        """Leave out words and what follows, up to what legs do."""
        arms = bool(words) and kind_of(words[0]) in ("arms", "move")
        out = [word.text for word in words]
        while self.at < len(self.words):
            word = self.words[self.at]
            kind = kind_of(word)
            if not whole and kind in (*ACTS, "light", "refused", "path", "be", "change"):
                if kind == "path" and arms:
                    pass
                elif kind != "refused" or self.stands_for_itself(word):
                    break
            if not whole and kind in ("number", "pace", "fraction") and self.leads_to_step():
                break
            if kind == "aside" and word.text in lexicon.GROUPS["whole"]:
                whole = self.whole_aside = True
            out.append(word.text)
            self.at += 1
        self.left_out.append(out)

    def leads_to_step(self) -> bool:
        """Whether a number or a pace is one of steps."""
        kinds = [kind_of(w) for w in self.words[self.at : self.at + 4]]
        return bool({"step", "sidestep", "unit"} & set(kinds))

    def stands_for_itself(self, word: Word) -> bool:
        """Whether a verb is one of its own, not an adjective."""
        return word.form in ("s", "ing")

    def refuse(self, word: Word) -> None:
        """Name a word as what cannot be done, and leave this part."""
        rest = [w.text for w in self.words[self.at : self.at + 3]]
        self.refused.append(" ".join([word.text, *rest]))
        if self.nearest is None and word.entry is not None and word.entry.kind == "refused":
            self.nearest = word.entry.value
        self.at = len(self.words)
        if self.current is None:
            self.current = Said()  # this part has had its verb

    # The end of a part -----------------------------------------------------------------------

    def end_correction(self) -> None:
        """Put what was corrected in the place of what was said before."""
        action, self.correction = self.correction, None
        if action is None:
            return
        last = self.actions[-1]
        if action.verb == last.verb or (action.verb == "step" and last.verb in GOING):
            last.correct(action)
        else:
            action.after = last.after
            self.actions[-1] = action
        self.corrects = False

    def end_without_verb(self) -> None:
        """Give what was said without a verb to what went before, or repeat that with it."""
        more = self.more
        if self.corrects:
            self.actions[-1].correct(more)
            return
        if self.bracket and self.actions and more.says():
            more.number = None
            self.actions[-1].take(more)
            return
        if self.repeats_all(more):
            return
        if self.connector == "after" and self.actions and not self.light:
            self.actions[-1].steps = self.actions[-1].steps or more.steps
            return
        if more.number is not None:
            last = self.actions[-1] if self.actions else None
            if last is not None and (last.steps or last.one_step) and more.directions:
                more.steps = max(1, round(more.number))
            more.number = None
        if not more.says():
            return
        last = next((a for a in reversed(self.actions) if a.verb is not None), None)
        if self.with_arms and (last is None or self.connector in ("and", ",")):
            self.leave_out(*self.words)
            return
        if last is None and not self.light:
            if not self.left_out or not (more.directions or more.path):
                self.carried = more
            return
        shaped = more.path is not None and more.path != "straight"
        if last is None or (self.light and shaped):
            verb = "walk" if shaped or last is None else last.verb or "walk"
            self.begin(verb)
            return
        if self.light and more.directions and not more.amounts():
            self.begin("turn")
            return
        if last.verb == "stand":
            last = next((a for a in reversed(self.actions) if a.verb in GOING), last)
        bends = {"clockwise", "counterclockwise"} | (set(SIDES) if last.path in BENT else set())
        moves = set(more.directions) - bends or shaped or more.diagonal
        changes = (more.pace, more.style, more.size) != (None, None, None) and not more.amounts()
        if not moves and not (changes and self.connector == "then" and last.verb in GOING):
            last.take(more)
            return
        sides = [d for d in more.directions if d in SIDES]
        joins = (
            self.connector in ("and", ",")
            and sides
            and len(more.directions) == 1
            and last.verb in GOING
            and last.directions in (["forward"], ["backward"], ["back"])
            and (self.connector == "," or not last.amounts())
            and not more.amounts()
            and last.path is None
        )
        shapes = (
            shaped
            and more.path != "back-and-forth"
            and last.path is None
            and not last.amounts()
            and last.verb in GOING
        )
        how = any(w.text == "in" for w in self.words)
        if joins or (shapes and (how or self.connector in (",", "while", ""))):
            last.take(more)
            return
        action = self.begin(last.verb or "walk")
        lateral = last.sideways or set(last.directions) & set(SIDES)
        if action.directions == ["back"] and lateral and (last.verb == "step" or last.steps):
            action.verb, action.directions, action.sideways = "step", ["return"], True
        if last.verb == "turn" and shaped:
            action.verb = "walk"
        action.pace = action.pace or last.pace
        action.sideways = action.sideways or last.sideways
        if last.one_step and not action.amounts():
            action.one_step = True

    def repeats_all(self, more: Said) -> bool:
        """Repeat all of a sentence where a part says only how often; tell whether it did."""
        done = len(self.actions) - self.sentence_began
        alone = more.times and vars(more) == vars(Said(times=more.times))
        if not alone or self.connector not in (",", "and", "then") or done < 2:
            return False
        acts.repeat(self, self.sentence_began, more.times or 1)
        return True

    def put_together(self) -> None:
        """Make one of two actions that happen at once, and put in order what comes after."""
        new = self.actions[self.begun :]
        if self.connector == "after" and self.begun > 0 and new:
            earlier = self.actions[: self.begun]
            self.actions = [*earlier[:-1], *new, earlier[-1]]
            return
        if self.connector == "after":
            return
        if self.begun == 0 or len(new) < 1:
            return
        last, first = self.actions[self.begun - 1], new[0]
        self.repeat_to_and_fro(last, first)
        at_once = self.connector == "while"
        gradual = self.connector in (",", "") and first.verb == "turn" and first.on
        if not (at_once or gradual) or (first.around and first.verb == "turn"):
            return
        pair = (last.verb, first.verb)
        ahead = last.verb in GOING and not last.sideways and not set(last.directions) & set(SIDES)
        if first.verb == "turn" and ahead and last.path is None:
            last.take(first)
            last.path = "curve"
            self.actions.remove(first)
        elif last.verb == "turn" and first.verb in ("walk", "run") and at_once:
            first.take(last)
            first.path = "curve"
            self.actions.remove(last)
        elif at_once and not ahead and says_the_same(last, first) and first.verb == "walk":
            self.actions.remove(first)  # "steps aside when he is walking"
            self.actions.insert(self.begun - 1, first)
        elif at_once and (pair[0] == pair[1] or says_the_same(last, first)):
            last.take(first)
            self.actions.remove(first)

    def repeat_to_and_fro(self, last: Said, first: Said) -> None:
        """Repeat both of "forward and back twice"."""
        opposite = {OPPOSITE.get(way) for way in last.directions}
        ways = {"backward" if way == "back" else way for way in first.directions}
        both = self.connector == "and" and last.verb == first.verb and first is self.actions[-1]
        if both and first.times and opposite & ways and not last.times:
            times, first.times = first.times, None
            acts.repeat(self, len(self.actions) - 2, times)

    # The plan --------------------------------------------------------------------------------

    def plan(self) -> Plan:
        """Return what was read."""
        actions: list[Action] = []
        alone = not self.actions and not self.refused and not self.left_out
        if alone and (self.carried.path or self.carried.directions or self.carried.amounts()):
            self.carried.verb = "walk"  # "a circle to the left"
            self.actions.append(self.carried)
        for said in self.actions:
            if said.verb is None:
                continue
            action = finish(said, actions)
            on = said.on and action == Action(action.verb)
            last = actions[-1] if actions else None
            open_ended = last is not None and not (last.steps or last.metres or last.seconds)
            same_way = last is not None and (last.verb, last.direction) == (action.verb, "forward")
            goes_on = on and open_ended and same_way
            if said.number is not None and said.number >= 10 and said.verb != "turn":
                self.left_out.append([f"{said.number:g}"])  # smaller ones are idle words: "one of"
            if goes_on:
                continue
            if actions and actions[-1] == action and not is_again(action, said):
                if is_definite(action):
                    self.left_out.append([f"{action} again"])
                continue
            actions.append(action)
        refused = tuple(self.refused)
        if not actions and not refused:
            refused = ("nothing in it is about legs",)
        left_out = tuple(" ".join(part) for part in self.left_out if part)
        return Plan(tuple(actions), left_out, refused, self.nearest, tuple(self.dropped))


HANDLERS: dict[str, Callable[[Reader, Word], None]] = {
    name.removeprefix("on_"): function
    for module in (acts, details, asides)
    for name, function in vars(module).items()
    if name.startswith("on_")
}
"""By the kind of word that they take; words of other kinds say nothing."""
