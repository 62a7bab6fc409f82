"""Does a policy's gait change as people's do when muscles weaken? Ten published findings.

    python benchmarks/weak_gaits.py shipped_clinic --json weak_gaits.json

Bodies walk at one speed, healthy and weak, and ten signs that were chosen before any policy was
measured by them are compared with what was found in people, or in simulations where it says so.
Survival is of other bodies, 20 s each.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from kinesis_fast.analysis.movement import record_walk, with_derived
from kinesis_fast.analysis.recording import BodyRecording
from kinesis_fast.analysis.report.findings import Findings, find
from kinesis_fast.analysis.strides import difference
from kinesis_fast.body import load_model
from kinesis_fast.errors import InputError
from kinesis_fast.learn import checkpoint as checkpoints
from kinesis_fast.learn.evaluation.trials import TrialSubject
from kinesis_fast.tasks.walk_trials import Speeds

HEALTHY = "healthy"
CONDITIONS = {
    HEALTHY: {},
    "plantarflexors at 50 %": {"plantarflexors_r": 0.5},
    "plantarflexors at 25 %": {"plantarflexors_r": 0.25},
    "plantarflexors at 10 %": {"plantarflexors_r": 0.1},
    "dorsiflexors at 0": {"dorsiflexors_r": 0.0},
    "tibialis anterior at 0": {"tibant_r": 0.0},
    "hip abductors at 50 %": {"hip_abductors_r": 0.5},
    "knee extensors at 25 %": {"knee_extensors_r": 0.25},
}
"""Of the right leg."""
COST = "cost of transport, J/kg/m"
PUSH_OFF = "power at push-off, W/kg"
SAME = "the same"


@dataclass(frozen=True)
class Published:
    """A sign that was found in people who are, or were made, weak so."""

    condition: str
    measure: str
    side: str
    sign: str
    """``more``, ``less``, or the same within ``within``."""
    source: str
    within: float = 0.0


WEAK = "plantarflexors at 25 %"
PUBLISHED = (
    Published(WEAK, "propelling force", "r", "less", "McCain 2021, 10.1186/s12984-021-00812-8"),
    Published(
        WEAK, "hip power before swing, W/kg", "r", "more", "J. Exp. Biol. 2018, 221:jeb182113"
    ),
    Published(WEAK, COST, "r", "more", "Huang 2015, J. Exp. Biol. 218:3541"),
    Published(WEAK, "step length, m", "l", "less", "Lehmann 1985, Arch. PMR 66:212"),
    Published(WEAK, "other foot's strike, % of the stride", "r", "less", "Lehmann 1985"),
    Published(WEAK, "heel-off, % of the stride", "r", "more", "Lehmann 1985"),
    Published(WEAK, "work done at the knee, J/kg", "r", "more", "Huang 2015"),
    Published(
        "dorsiflexors at 0", "plantarflexion at contact, degrees", "r", "more",
        "Hindawi 2017, Appl. Bionics Biomech. 3595461",
    ),
    Published(
        "hip abductors at 50 %", "pelvic list, range in stance, degrees", "r", SAME,
        "Pohl 2015, 10.4085/1062-6050-49.5.07", within=1.0,
    ),
    Published(
        "knee extensors at 25 %", "knee extension moment, N m/kg", "r", "less",
        "Torry 2000 (effusion)",
    ),
)  # fmt: skip
"""Chosen beforehand; those of plantarflexors are of a nerve block, boots, cables and strokes."""
QUARTER = tuple(
    replace(one, condition="plantarflexors at 10 %") for one in PUBLISHED if one.condition == WEAK
)
"""The same at what is about a quarter of people's strength: the model's plantarflexors make more
than twice people's torque, of which a quarter is all that walking takes."""
DROPPED = "tibialis anterior at 0"
TOES = (
    Published(DROPPED, "toe clearance in mid-swing, mm", "r", "less", "a lower toe, or"),
    Published(DROPPED, "knee flexion in swing, degrees", "r", "more", "a steppage"),
    Published(DROPPED, "plantarflexion at contact, degrees", "r", "more", "beside it"),
)
"""Told beside them, and not counted: what a foot does whose main dorsiflexor is gone."""


def walked(
    run: str, weakness: dict[str, float], speed: float, starts: int, folder: Path
) -> Findings | None:
    """Return what a policy's bodies do in a condition; None: they fall."""
    point = checkpoints.load(run)
    checkpoints.under(point, {"weakness": weakness} if weakness else {})
    path = folder / "walk.h5"
    record_walk(TrialSubject(point), run, speed, path, starts=starts, seconds=10.0)
    recording = BodyRecording.load(path)
    model = load_model(recording.info.model or "myolegs")
    try:
        return find(model, with_derived(model, recording), None, with_redundancy=False)
    except InputError:
        return None  # nobody walked on


def survival(run: str, weakness: dict[str, float], speed: float, starts: int) -> float:
    """Return the share of bodies that walk on for 20 s."""
    point = checkpoints.load(run)
    checkpoints.under(point, {"weakness": weakness} if weakness else {})
    (trial,) = Speeds([speed], starts, 20.0).trials().values()
    TrialSubject(point, physics="lanes").run("walk", trial)
    return float(trial.figures()[0]["survived"])


def judged(
    published: Published, healthy: Findings | None, weak: Findings | None
) -> dict[str, object]:
    """Return both figures, and whether the sign is as published; it is not where none walks."""
    if healthy is None or weak is None:
        unknown = dict.fromkeys(("weak", "healthy", "low", "high"), float("nan"))
        return {**unknown, "as_published": False}
    if published.measure == COST:
        one, other = weak.energy.cost_bhargava, healthy.energy.cost_bhargava
        low = high = one - other
    else:
        sides = [body.strides[published.measure][published.side] for body in (weak, healthy)]
        found = difference(*sides)
        one, other, low, high = found.one, found.other, found.low, found.high
    right = {
        "more": one > other,
        "less": one < other,
        SAME: abs(one - other) <= published.within,
    }[published.sign]
    return {"weak": one, "healthy": other, "low": low, "high": high, "as_published": bool(right)}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", help="a checkpoint, a run folder, or a shipped policy")
    parser.add_argument("--speed", type=float, default=1.2, help="m/s")
    parser.add_argument("--starts", type=int, default=8, help="bodies that are measured")
    parser.add_argument("--survivors", type=int, default=100, help="bodies that are counted")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bodies = {
            name: walked(asked.run, weakness, asked.speed, asked.starts, Path(folder))
            for name, weakness in CONDITIONS.items()
        }
    lives = {
        name: survival(asked.run, weakness, asked.speed, asked.survivors)
        for name, weakness in CONDITIONS.items()
    }

    def rows_of(signs: tuple[Published, ...]) -> list[dict[str, Any]]:
        return [asdict(one) | judged(one, bodies[HEALTHY], bodies[one.condition]) for one in signs]

    rows, quarter, toes = rows_of(PUBLISHED), rows_of(QUARTER), rows_of(TOES)
    for name, share in lives.items():
        walks = bodies[name]
        push = walks.strides[PUSH_OFF]["r"].mean() if walks else float("nan")
        print(f"{name:26} {100 * share:4.0f} % walk on; push-off of the right {push:.2f} W/kg")
    for row in [*rows, *quarter, *toes]:
        said = "as published" if row["as_published"] else "NOT as published"
        print(
            f"{row['condition']:24} {row['measure']:38} {row['side']} {row['sign']:9}"
            f"{row['healthy']:8.3f} -> {row['weak']:.3f} ({row['low']:+.3f} to {row['high']:+.3f})"
            f"  {said}; {row['source']}"
        )
    for name, of in (("as chosen", rows), ("at a tenth", quarter)):
        print(f"{name}: {sum(bool(row['as_published']) for row in of)} of {len(of)} as published")
    if asked.json is not None:
        found = {"walk_on": lives, "published": rows, "quarter": quarter, "toes": toes}
        asked.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
