"""Whether a body did what was said: judged on where it went, not on what it was to follow.

Every action of a plan is judged on its own span of time, by what somebody would see who watched the
body alone: which way it went against the way it faced, how far, how fast, how much it turned, how
many steps it took.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinesis_fast.t2m.pacing import FEW_STEPS, SPEEDS, step_length
from kinesis_fast.t2m.plan import ANGLES, Action

Array = npt.NDArray[np.float64]

CONTACT = 20.0
"""N on a foot that stands (the threshold that force plates are read by)."""
SWING = 0.15
"""s that a foot must have been in the air before it lands; sprinters' swings take longer."""
LIFTED, CARRIED = 0.005, 0.12
"""m that it must have been lifted, or carried: one that was only unloaded, or slipped as weight
went to the other, has not stepped."""
LATE = 1e6
"""s, after all motions end."""
LEAST = 0.12
"""m that a body must have gone, or it has not gone anywhere: half a small step aside."""
STILL = 0.25
"""m within which it stands."""
WAY = 35.0
"""Degrees by which a way may differ from what was said; directions are 45 apart."""
HELD = 35.0
"""Degrees within which a facing is kept."""
TURN, TURN_SHARE = 25.0, 0.15
"""A turn may differ by so many degrees, and by this share of it more."""
DISTANCE, DISTANCE_SHARE = 0.35, 0.15
"""m, and a share, by which a distance may."""
HOME = 0.7
"""m within which a body is back."""
CLOSED = 0.3
"""m within which a circle ends where it began."""
SIZED = {"small": 0.9, "big": 1.1}
"""Of a usual step: small ones are shorter, big ones longer."""
SLOW, FAST, RUNNING = 0.9, 1.1, 1.7
"""m/s: slow walking is below, fast walking and running above."""


@dataclass(frozen=True)
class Trace:
    """What a body did, a row a control step."""

    timestep: float
    """Time between two rows, s."""
    place: Array
    """Where the root is on the floor, m, (n, 2)."""
    facing: Array
    """(n,) rad, counting on past whole turns."""
    load: Array
    """(n, 2) N under the right and the left foot."""
    feet: Array
    """(n, 2, 3) m, where the right and the left foot are."""

    def span(self, begin: float, end: float) -> Trace:
        """Return what it did between two times, s."""
        a = min(max(0, round(begin / self.timestep)), len(self.place) - 1)
        b = min(max(a + 1, round(end / self.timestep)), len(self.place) - 1)
        rows = slice(a, b + 1)
        load, feet = self.load[rows], self.feet[rows]
        return Trace(self.timestep, self.place[rows], self.facing[rows], load, feet)

    @property
    def moved(self) -> Array:
        """(2,) m from its beginning to its end."""
        moved: Array = self.place[-1] - self.place[0]
        return moved

    @property
    def turned(self) -> float:
        """Degrees, to the left."""
        return float(np.rad2deg(self.facing[-1] - self.facing[0]))

    @property
    def steps(self) -> int:
        """How often a foot landed."""
        return sum(len(self._landings(foot)) for foot in range(2))

    @property
    def step_length(self) -> float | None:
        """Median way between two landings, m, of steps amid others; None: there are too few."""
        rows = sorted(row for foot in range(2) for row in self._landings(foot))
        if len(rows) < 4:
            return None
        return float(np.median(np.linalg.norm(np.diff(self.place[rows], axis=0), axis=1)[:-1]))

    @property
    def first(self) -> str | None:
        """Which foot landed first, ``left`` or ``right``; None: none did."""
        rows = {side: self._landings(foot)[:1] for foot, side in enumerate(("right", "left"))}
        landed = {side: first[0] for side, first in rows.items() if first}
        return min(landed, key=landed.__getitem__) if landed else None

    def _landings(self, foot: int) -> list[int]:
        """Return the rows at which a foot lands."""
        stands, places = self.load[:, foot] > CONTACT, self.feet[:, foot]
        rows, lifted = [], 0
        for row, now in enumerate(stands):
            if now:
                way = places[lifted : row + 1] - places[lifted]
                swung = np.ptp(way[:, 2]) > LIFTED or np.linalg.norm(way[-1]) > CARRIED
                if (row - lifted - 1) * self.timestep > SWING - 1e-9 and swung:
                    rows.append(row)
                lifted = row
        return rows

    @property
    def speed(self) -> float:
        """m/s: the faster half of it, over a quarter of a second each."""
        width = max(1, round(0.25 / self.timestep))
        ways = np.linalg.norm(self.place[width:] - self.place[:-width], axis=1)
        if len(ways) == 0:
            return 0.0
        faster = np.sort(ways)[len(ways) // 2 :]
        return float(faster.mean() / (width * self.timestep))


@dataclass(frozen=True)
class Verdict:
    """Whether an action was done."""

    action: Action
    done: bool
    why_not: str = ""


def judge(actions: Sequence[Action], ends: Sequence[float], trace: Trace) -> list[Verdict]:
    """Return a verdict on every action.

    Args:
        actions: in order.
        ends: s at which each ends; of the last ones none where the motion was cut off.
        trace: of the whole motion; where it ends before an action does, that is not done.
    """
    lasted = trace.timestep * (len(trace.place) - 1)
    verdicts = []
    begin = 0.0
    missing = [np.inf] * (len(actions) - len(ends))
    for action, end in zip(actions, [*ends, *missing], strict=True):
        if lasted < end - 2.0 * trace.timestep:
            verdicts.append(Verdict(action, False, f"ended after {lasted:.1f} s"))
        else:
            found = _judge(action, trace.span(begin, end), trace.place[0])
            verdicts.append(Verdict(action, not found, found))
        begin = end
    return verdicts


def _judge(action: Action, did: Trace, home: Array) -> str:
    """Return what is wrong, or nothing."""
    if action.verb == "stand":
        late = did.span(0.5 * did.timestep * len(did.place), LATE)
        far = float(np.linalg.norm(late.moved))
        return f"moved {far:.2f} m" if far > STILL else ""
    if action.verb == "turn":
        return _turned(action, did, (action.degrees or 180.0) * (action.times or 1))
    if action.in_place:
        far = float(np.linalg.norm(did.moved))
        if far > 2 * STILL or did.steps < 3:
            return f"moved {far:.2f} m in {did.steps} steps"
        return ""
    return _PATHS[action.path](action, did, home) or _amounts(action, did) or _pace(action, did)


def _turned(action: Action, did: Trace, degrees: float) -> str:
    signed = {"left": 1.0, "right": -1.0, None: float(np.sign(did.turned))}[action.side] * degrees
    if abs(did.turned - signed) > TURN + TURN_SHARE * degrees:
        return f"turned {did.turned:.0f} instead of {signed:.0f} degrees"
    return ""


def _straight(action: Action, did: Trace, home: Array) -> str:
    if action.direction == "return":
        far = float(np.linalg.norm(did.place[-1] - home))
        return f"ended {far:.1f} m from where it began" if far > HOME else ""
    far = float(np.linalg.norm(did.moved))
    if far < LEAST:
        return f"went {far:.2f} m"
    way = np.arctan2(did.moved[1], did.moved[0]) - did.facing[0]
    angles = [90.0, -90.0] if action.direction == "sideways" else [ANGLES[action.direction]]
    off = min(abs(_wrapped(np.rad2deg(way) - angle)) for angle in angles)
    if off > WAY:
        return f"went {_wrapped(np.rad2deg(way)):.0f} degrees from its facing"
    keeps = action.verb == "step" or action.direction.startswith("backward")
    facing = 0.0 if keeps else angles[0]
    if abs(did.turned - facing) > HELD:
        return f"turned by {did.turned:.0f} degrees"
    return ""


def _curve(action: Action, did: Trace, home: Array) -> str:
    return _turned(action, did, (action.degrees or 90.0) * (action.times or 1))


def _circle(action: Action, did: Trace, home: Array) -> str:
    open_by = float(np.linalg.norm(did.moved))
    return _turned(action, did, 360.0 * (action.times or 1)) or (
        f"ended {open_by:.2f} m from where the circle began" if open_by > CLOSED else ""
    )


def _eight(action: Action, did: Trace, home: Array) -> str:
    turned = np.rad2deg(did.facing - did.facing[0])
    peak = max(turned.max(), -turned.min())
    if peak < 300.0 or abs(did.turned) > 60.0:
        return f"turned {peak:.0f} degrees to one side, {did.turned:.0f} in the end"
    return ""


def _weaving(action: Action, did: Trace, home: Array) -> str:
    turned = np.rad2deg(did.facing - did.facing[0])
    swings = np.flatnonzero(np.abs(turned) > 12.0)
    changes = int(np.sum(np.diff(np.sign(turned[swings])) != 0)) if len(swings) else 0
    return "" if changes >= 1 else "did not turn to and fro"


def _square(action: Action, did: Trace, home: Array) -> str:
    return _turned(action, did, 360.0 * (action.times or 1)) or (
        "did not come back" if np.linalg.norm(did.moved) > 2 * HOME else ""
    )


def _to_and_fro(action: Action, did: Trace, home: Array) -> str:
    away = np.linalg.norm(did.place - did.place[0], axis=1)
    if away.max() < 2 * STILL or away[-1] > max(HOME, 0.5 * away.max()):
        return f"went {away.max():.1f} m away and ended {away[-1]:.1f} m from there"
    return ""


_PATHS: dict[str, Callable[[Action, Trace, Array], str]] = {
    "straight": _straight,
    "curve": _curve,
    "circle": _circle,
    "eight": _eight,
    "zigzag": _weaving,
    "wave": _weaving,
    "square": _square,
    "back-and-forth": _to_and_fro,
}


def _amounts(action: Action, did: Trace) -> str:
    """Judge how far, how many steps, how long ones and which foot began.

    Feet are put side by side at the end: a step aside is one foot's, and the other's that follows.
    """
    steps = None if action.steps is None else int(np.ceil(action.steps))
    if steps is not None and action.path != "back-and-forth":
        most = 2 * steps if action.verb == "step" else steps + 1
        if not steps <= did.steps <= most:
            return f"took {did.steps} steps instead of {steps}"
    if action.first is not None and did.first != action.first:
        return f"began with the {did.first} foot"
    if action.size is not None and action.path == "straight":
        kind = "backward" if action.direction.startswith("backward") else action.verb
        usual = step_length(kind, SPEEDS[kind][action.pace])
        usual = max(usual, FEW_STEPS[kind]) if steps is not None else usual
        mean = float(np.linalg.norm(did.moved)) / max(steps or did.steps, 1)
        length = mean if steps is not None else did.step_length or mean
        if (length / usual - SIZED[action.size]) * (1 if action.size == "big" else -1) < 0.0:
            return f"made steps of {length:.2f} m"
    if action.metres is not None and action.path == "straight":
        far = float(np.linalg.norm(did.moved))
        if abs(far - action.metres) > DISTANCE + DISTANCE_SHARE * action.metres:
            return f"went {far:.1f} m instead of {action.metres:g}"
    return ""


def _pace(action: Action, did: Trace) -> str:
    if action.direction == "return" or action.path not in ("straight", "curve", "circle"):
        return ""
    short = action.steps is not None and action.steps < 4
    slow = action.verb == "walk" and action.direction not in ("backward",) and not short
    if action.speed is not None and abs(did.speed - action.speed) > 0.25:
        return f"went at {did.speed:.2f} m/s"
    if action.verb == "run" and did.speed < RUNNING:
        return f"ran at {did.speed:.2f} m/s"
    if slow and action.pace == "slow" and did.speed > SLOW:
        return f"walked at {did.speed:.2f} m/s"
    straight = slow and action.path == "straight"
    if straight and action.pace == "fast" and did.speed < FAST:
        return f"walked at {did.speed:.2f} m/s"
    return ""


def _wrapped(degrees: float) -> float:
    return float(np.remainder(degrees + 180.0, 360.0) - 180.0)
