"""Angles, moments, powers and forces over the gait cycle of a recorded walk, and their peaks.

Angles are in degrees, positive in flexion, adduction and dorsiflexion; moments are the muscles', in
the same directions, in N m a kg of the body's mass; powers are in W/kg; forces are in body weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import mujoco
import numpy as np
import numpy.typing as npt
from scipy.ndimage import minimum_filter1d

from kinesis_fast.analysis.joint_reactions import (
    GROUND,
    JOINTS,
    forces_are_known,
    joint_reactions,
)
from kinesis_fast.analysis.muscle_torques import muscle_torques
from kinesis_fast.analysis.profiles import POINTS, Profile, best_lag, shifted
from kinesis_fast.analysis.walk import Trial, Walk
from kinesis_fast.body.legs import SIDES, foot_geoms
from kinesis_fast.motions.kinematics import BatchKinematics

Array = npt.NDArray[np.float64]

ANGLES = ("hip_flexion", "hip_adduction", "knee_angle", "ankle_angle")
"""Joints whose angles, moments and powers are told."""
MOST_LATE = 0.15
"""Of the cycle, by which joints are moved in time before they are compared."""
KINDS = ("angles", "moments", "powers", "ground", "contact", "feet")
"""Fields of :class:`Mechanics`."""


@dataclass(frozen=True)
class Mechanics:
    """Joints and ground of one side over the gait cycle of its foot."""

    angles: dict[str, Profile]
    """Joint angles over the cycle, degrees."""
    moments: dict[str, Profile]
    """N m a kg of body mass, of the muscles."""
    powers: dict[str, Profile]
    """Joint powers over the cycle, W/kg."""
    ground: dict[str, Profile]
    """Body weights: ``ahead``, ``up`` and ``aside``, to the middle; empty where forces are not
    known."""
    contact: dict[str, Profile]
    """Body weights: how strongly bones press on each other at ``hip``, ``knee`` and ``ankle``;
    empty where the ground's forces are not known."""
    feet: dict[str, Profile]
    """mm: how high the lowest place of the toes is (``toes``) over where it stands."""


@dataclass(frozen=True)
class Measure:
    """A peak of a profile, as clinics tell it."""

    label: str
    kind: str
    """Of :data:`KINDS`."""
    signal: str
    what: Literal["most", "least", "lowest", "range"]
    within: tuple[float, float] = (0.0, 100.0)
    """Percent of the cycle that is looked at."""
    usual: tuple[float, float] | None = None
    """Of adults who walk at 1.1 to 1.5 m/s, see :data:`SOURCES`."""
    about: tuple[float, float] | None = None
    """Percent of the cycle at which adults have it, where ``within`` is all of it."""

    def of(self, mechanics: Mechanics) -> float:
        """Return it; NaN where it is not known. ``least`` is told as a positive number."""
        profile = getattr(mechanics, self.kind).get(self.signal)
        if profile is None:
            return float("nan")
        return float(self.peaks(profile.mean))

    def peaks(self, curves: Array) -> Array:
        """Return it of curves over the cycle, (..., :data:`POINTS`), one each."""
        part = self.part(curves)
        found: dict[str, Array] = {
            "most": part.max(axis=-1),
            "least": -part.min(axis=-1),
            "lowest": part.min(axis=-1),
            "range": np.ptp(part, axis=-1),
        }
        return found[self.what]

    def box(self) -> tuple[tuple[float, float], tuple[float, float]] | None:
        """Return where adults' peaks lie in the curve: percent of the cycle, and its values."""
        if self.usual is None or self.what == "range":
            return None
        low, high = self.usual
        values = (-high, -low) if self.what == "least" else (low, high)
        return self.about or self.within, values

    def part(self, curves: Array) -> Array:
        """Return the part that is looked at of curves over the cycle, (..., :data:`POINTS`)."""
        begin, end = (round(percent * POINTS / 100.0) for percent in self.within)
        return curves[..., begin:end]


MEASURES = (
    Measure(
        "hip flexion, most, degrees", "angles", "hip_flexion", "most",
        usual=(25, 40), about=(78, 95),
    ),
    Measure(
        "hip extension, most, degrees", "angles", "hip_flexion", "least",
        usual=(5, 20), about=(45, 58),
    ),
    Measure(
        "knee flexion in stance, degrees", "angles", "knee_angle", "most", (2, 35), usual=(10, 25)
    ),
    Measure(
        "knee flexion in swing, degrees", "angles", "knee_angle", "most", (55, 100), usual=(55, 70)
    ),
    Measure(
        "dorsiflexion in stance, degrees", "angles", "ankle_angle", "most", (10, 60), usual=(5, 15)
    ),
    Measure(
        "plantarflexion at push-off, degrees", "angles", "ankle_angle", "least", (50, 80), (10, 25)
    ),
    Measure("plantarflexion at contact, degrees", "angles", "ankle_angle", "least", (0, 10)),
    Measure("toe clearance in mid-swing, mm", "feet", "toes", "lowest", (75, 90), (5, 20)),
    Measure(
        "hip extension moment, N m/kg", "moments", "hip_flexion", "least",
        usual=(0.4, 1.1), about=(0, 20),
    ),
    Measure(
        "knee extension moment, N m/kg", "moments", "knee_angle", "least", (2, 40), usual=(0.3, 0.9)
    ),
    Measure(
        "plantarflexion moment, N m/kg", "moments", "ankle_angle", "least",
        usual=(1.3, 1.8), about=(40, 55),
    ),
    Measure("power at push-off, W/kg", "powers", "ankle_angle", "most", (35, 70), usual=(2.0, 4.0)),
    Measure("hip power before swing, W/kg", "powers", "hip_flexion", "most", (40, 75)),
    Measure("force up, first peak", "ground", "up", "most", (0, 32), usual=(1.0, 1.25)),
    Measure("force up, second peak", "ground", "up", "most", (32, 65), usual=(1.0, 1.25)),
    Measure("braking force", "ground", "ahead", "least", (2, 40), usual=(0.1, 0.25)),
    Measure("propelling force", "ground", "ahead", "most", (30, 70), usual=(0.15, 0.25)),
    Measure("hip contact force", "contact", "hip", "most", usual=(2.1, 3.1), about=(10, 55)),
    Measure("knee contact force", "contact", "knee", "most", usual=(2.2, 3.2), about=(10, 55)),
    Measure("ankle contact force", "contact", "ankle", "most"),
)  # fmt: skip
SOURCES = (
    "Usual, and grey boxes in pictures: peaks of adults who walk at 1.1 to 1.5 m/s, rounded; "
    "angles after Perry and Burnfield, Gait Analysis, 2010; moments, powers and ground forces "
    "after Winter, The Biomechanics and Motor Control of Human Gait, 1991; contact forces as "
    "measured in implants by Bergmann et al., J. Biomech. 34, 2001 (hips), and Kutzner et al., "
    "J. Biomech. 43, 2010 (knees); toe clearance after Schulz, J. Biomech. 44, 2011."
)


def asymmetry(right: float, left: float) -> float:
    """Return by how much sides differ, percent of their mean (Robinson et al. 1987)."""
    size = 0.5 * (abs(right) + abs(left))
    return 100.0 * abs(right - left) / size if size > 0.0 else float("nan")


def mechanics_of(model: mujoco.MjModel, walk: Walk) -> dict[str, Mechanics]:
    """Return the mechanics of a walk by side.

    Args:
        model: the body.
        walk: with what is worked out of its recording's movement.
    """
    mass = float(model.body_mass.sum())
    weight = mass * float(np.linalg.norm(model.opt.gravity))
    trials = walk.recording.trials
    thin = [_thinned(trial, walk.recording.info.rate) for trial in trials]
    torques = [muscle_torques(model, trial) for trial in thin]
    contacts = (
        [joint_reactions(model, trial) for trial in trials]
        if all(map(forces_are_known, trials))
        else []
    )
    sides: dict[str, Mechanics] = {}
    for side in [side for side in SIDES if any(walk.kept[side])]:
        angles, moments, powers = {}, {}, {}
        for name in ANGLES:
            joint = model.joint(f"{name}_{side}")
            q, v = int(joint.qposadr[0]), int(joint.dofadr[0])
            column = torques[0].joints.index(f"{name}_{side}")
            moment = [
                np.interp(trial["time"], few["time"], made.total[:, column]) / mass
                for trial, few, made in zip(trials, thin, torques, strict=True)
            ]
            power = [m * trial["qvel"][:, v] for m, trial in zip(moment, trials, strict=True)]
            turned = [np.rad2deg(trial["qpos"][:, q]) for trial in trials]
            angles[name] = walk.profile(turned, side)
            moments[name] = walk.profile(moment, side)
            powers[name] = walk.profile(power, side)
        contact = {
            joint: walk.profile(
                [np.linalg.norm(one[f"{joint}_{side}"], axis=1) / weight for one in contacts], side
            )
            for joint in (JOINTS if contacts else ())
        }
        feet = {"toes": walk.profile([_toe_heights(model, trial, side) for trial in trials], side)}
        ground = _ground(walk, side, weight)
        sides[side] = Mechanics(angles, moments, powers, ground, contact, feet)
    return sides


def _toe_heights(model: mujoco.MjModel, trial: Trial, side: str) -> Array:
    """Return how high toes are over where they stand, (T,) mm: at their lowest in two seconds."""
    kinematics = BatchKinematics(model)
    kinematics.forward(trial["qpos"])
    toes = foot_geoms(model, f"toes_{side}") or foot_geoms(model, f"calcn_{side}")
    if not toes:
        return np.full(len(trial["time"]), np.nan)
    height = kinematics.lowest_points(toes).min(axis=1)
    frames = 1 + round(2.0 / max(float(np.median(np.diff(trial["time"]))), 1e-3))
    floor: Array = minimum_filter1d(height, frames, mode="nearest")
    over: Array = 1e3 * (height - floor)
    return over


def _thinned(trial: Trial, rate: float, wanted: float = 50.0) -> dict[str, Array]:
    step = max(1, round(rate / wanted))
    return {name: values[::step] for name, values in trial.items()}


def _ground(walk: Walk, side: str, weight: float) -> dict[str, Profile]:
    trials = walk.recording.trials
    known = next((name for name in GROUND if all(name in trial for trial in trials)), None)
    if known is None:
        return {}
    forces = [_along_the_way(trial, trial[known], side) / weight for trial in trials]
    return {
        axis: walk.profile([force[:, number] for force in forces], side)
        for number, axis in enumerate(("ahead", "aside", "up"))
    }


def _along_the_way(trial: Trial, forces: Array, side: str) -> Array:
    """Return the ground's force on a foot ahead, to the body's middle and up, (T, 3), N."""
    force = forces.reshape(len(forces), len(SIDES), 3)[:, SIDES.index(side)]
    root = trial["qpos"][:, :2]
    way = root[-1] - root[0]
    way = way / max(float(np.linalg.norm(way)), 1e-9)
    ahead = force[:, :2] @ way
    left = force[:, :2] @ np.array([-way[1], way[0]])
    return np.stack([ahead, left if side == "r" else -left, force[:, 2]], axis=1)


@dataclass(frozen=True)
class Unlike:
    """Where one body's joint differs most from another's over the cycle."""

    joint: str
    side: str
    rms: float
    """Over the cycle, degrees."""
    most: float
    """degrees, signed: more flexed, adducted or dorsiflexed is positive."""
    at: float
    """Percent of the cycle."""
    later: float
    """Percent of the cycle by which the joint moves later, with which the others are counted:
    strikes are not found alike in all recordings, nor does everybody keep time."""


def differences(one: Mapping[str, Mechanics], other: Mapping[str, Mechanics]) -> Sequence[Unlike]:
    """Return how joint angles of one body differ from another's, the largest first."""
    found = []
    for side in [side for side in SIDES if side in one and side in other]:
        for joint in ANGLES:
            own, theirs = (each[side].angles[joint].mean for each in (one, other))
            later = float(np.clip(best_lag(own, theirs)[0], -MOST_LATE, MOST_LATE))
            off = shifted(own, -later) - theirs
            at = int(np.argmax(np.abs(off)))
            rms = float(np.sqrt(np.mean(off**2)))
            found.append(
                Unlike(joint, side, rms, float(off[at]), 100.0 * at / POINTS, 100.0 * later)
            )
    return sorted(found, key=lambda unlike: -unlike.rms)
