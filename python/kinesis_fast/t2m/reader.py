"""Reads the parts of a sentence, word by word, into actions.

A word's kind, from the lexicon, decides which function takes it: of :mod:`~kinesis_fast.t2m.acts`,
:mod:`~kinesis_fast.t2m.details` or :mod:`~kinesis_fast.t2m.asides`.
"""

from __future__ import annotations

from collections.abc import Callable

from kinesis_fast.t2m import acts, asides, details, endings, lexicon
from kinesis_fast.t2m.lexicon import ACTS
from kinesis_fast.t2m.plan import Action, Plan
from kinesis_fast.t2m.said import (
    GOING,
    Said,
    finish,
    is_again,
    is_definite,
)
from kinesis_fast.t2m.words import Word, kind_of


class Reader:
    """What was read of a sentence so far, and where the reading is."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.actions: list[Said] = []
        self.left_out: list[list[str]] = []
        self.refused: list[str] = []
        self.nearest: str | None = None
        self.carried = Said()  # what was said before the first verb of all
        self.with_arms = False  # whether the part before was about arms
        self.whole_aside = False  # whether the part before was left out to its end
        self.corrects_next = False  # whether what comes replaces what was taken back
        self.times = 1  # how often all that follows is to be done
        self.withdrew = False  # whether something was taken back
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
        self.begin_what_was_carried()
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
            endings.end_without_verb(self)
        self.end_correction()
        endings.put_together(self)
        if self.current is None or self.current.verb is not None:
            self.with_arms = False

    def begin_what_was_carried(self) -> None:
        """Begin walking by what was said without a verb, where something else comes now."""
        carried = self.carried
        counts = bool(self.words) and kind_of(self.words[0]) == "number"
        way = carried.directions or carried.path or carried.speed
        if self.actions or not way or not (self.connector == "then" or counts):
            return
        if self.connector == "then" or carried.amounts():
            carried.verb = "walk"
            self.actions.append(carried)
            self.carried = Said()

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
        out, began = [word.text for word in words], self.at
        while self.at < len(self.words):
            word = self.words[self.at]
            kind = kind_of(word)
            if not whole and kind in (*ACTS, "light", "refused", "path", "be", "change"):
                arms = arms or any(kind_of(w) == "body" for w in self.words[began : self.at])
                if arms and (kind == "path" or word.text == "out"):
                    pass
                elif kind != "refused" or self.stands_for_itself(word):
                    break
            if not whole and kind in ("number", "pace", "fraction") and self.leads_to_step():
                break
            if word.text == "for" and self.says_how_long():
                break
            if kind == "aside" and word.text in lexicon.GROUPS["whole"]:
                whole = self.whole_aside = True
            out.append(word.text)
            self.at += 1
        self.left_out.append(out)

    def says_how_long(self) -> bool:
        """Whether a number and a unit follow: "like a robot for 5 s"."""
        words = self.words[self.at + 1 : self.at + 3]
        kinds = [kind_of(word) for word in words]
        return kinds == ["number", "unit"] or (kinds[:1] == ["number"] and words[-1].text == "s")

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

    # The plan --------------------------------------------------------------------------------

    def plan(self) -> Plan:
        """Return what was read."""
        acts.repeat(self, 0, self.times)
        actions: list[Action] = []
        nothing = not self.actions and not self.refused
        alone = nothing and (not self.left_out or self.withdrew)
        far = nothing and bool(self.carried.metres or self.carried.steps)
        ways = [" ".join(part) for part in self.left_out if part]
        if nothing and any(map(_is_a_way_of_walking, ways)):
            self.actions.append(Said("walk"))  # "drags her feet"
        says = self.carried.path or self.carried.directions or self.carried.amounts()
        if far or (alone and says):
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
        dropped = tuple(part for part in left_out if _is_a_way_of_walking(part))
        return Plan(tuple(actions), left_out, refused, self.nearest, dropped)


def _is_a_way_of_walking(part: str) -> bool:
    """Whether what was left out is how legs were to go."""
    drags = "drag" in part and any(limb in part for limb in ("foot", "feet", "leg"))
    return drags or any(word.startswith(lexicon.GROUPS["ways"]) for word in part.split())


HANDLERS: dict[str, Callable[[Reader, Word], None]] = {
    name.removeprefix("on_"): function
    for module in (acts, details, asides)
    for name, function in vars(module).items()
    if name.startswith("on_")
}
"""By the kind of word that they take; words of other kinds say nothing."""
