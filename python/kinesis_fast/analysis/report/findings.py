"""Everything that a report says of one body: from a recording to figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.analysis import energetics, redundancy, synergies
from kinesis_fast.analysis.components import Limited
from kinesis_fast.analysis.emg.channels import CHANNELS
from kinesis_fast.analysis.emg.cycle_agreement import (
    Agreement,
    channel_profiles,
    compare,
    kinesis_definition,
)
from kinesis_fast.analysis.emg.subject import EmgSubject
from kinesis_fast.analysis.mechanics import MEASURES, Mechanics, asymmetry, mechanics_of
from kinesis_fast.analysis.muscle_torques import FIELDS, MuscleTorques, muscle_torques
from kinesis_fast.analysis.profiles import Profile
from kinesis_fast.analysis.recording import BodyRecording
from kinesis_fast.analysis.strides import stride_measures
from kinesis_fast.analysis.walk import Walk
from kinesis_fast.body.fibres import BASAL, Fibres
from kinesis_fast.body.tendons import tendons_stretch
from kinesis_fast.errors import InputError

Array = npt.NDArray[np.float64]

MEASURABLE = (
    "soleus",
    "gastrocnemius_medialis",
    "gastrocnemius_lateralis",
    "tibialis_anterior",
    "medial_hamstrings",
    "biceps_femoris",
    "vastus_lateralis",
    "vastus_medius",
    "rectus_femoris",
    "gluteus_maximus",
    "gluteus_medius",
    "tensor_fasciae_latae",
    "adductor_longus",
    "peroneus_longus",
)
"""Channels that surface EMG reaches: synergies are of these, since all muscles together would
account for more with fewer."""
INSTANTS = 20
"""Of a cycle, at which redundancy is looked at."""
LESIONS = ("soleus", "gasmed", "tibant", "glmed1", "vaslat", "psoas", "semimem")
"""Muscles of the right leg that are taken away one by one."""


@dataclass(frozen=True)
class Body:
    """Whose numbers these are."""

    model: str
    mass: float
    """kg"""
    leg_length: float
    """m, from the hip's centre to the ankle's, the leg straight."""
    elastic: bool
    """Tendons stretch."""

    @classmethod
    def of(cls, model: mujoco.MjModel, name: str) -> Body:
        """Measure a body in its default pose, the right leg."""
        data = mujoco.MjData(model)
        mujoco.mj_kinematics(model, data)
        hip, knee, ankle = (data.body(f"{part}_r").xpos for part in ("femur", "tibia", "talus"))
        length = np.linalg.norm(hip - knee) + np.linalg.norm(knee - ankle)
        return cls(
            name or "myolegs",
            float(model.body_mass.sum()),
            float(length),
            tendons_stretch(model),
        )


@dataclass(frozen=True)
class Energy:
    """Metabolic power by both models."""

    bhargava: float
    """W/kg, with that at rest."""
    umberger: float
    """Metabolic power by Umberger's model, W/kg."""
    cost_bhargava: float
    """Cost of transport by Bhargava's model, J/kg/m."""
    cost_umberger: float
    """Cost of transport by Umberger's model, J/kg/m."""


@dataclass(frozen=True)
class Redundant:
    """How else the muscles could have worked."""

    muscles: list[str]
    """Of the right leg."""
    low: Array
    """The least that each muscle can be active, (:data:`INSTANTS`, muscles)."""
    high: Array
    activation: Array
    free_dimensions: int
    efforts: dict[str, Array]
    """By exponent: activations, (:data:`INSTANTS`, muscles)."""
    lesions: list[redundancy.Lesion]


@dataclass(frozen=True)
class Findings:
    """Of one body."""

    name: str
    walk: Walk
    profiles: dict[str, Profile]
    """Neural drive of :data:`~kinesis_fast.analysis.emg.CHANNELS`, on the electrodes' side: the
    activation, over what a muscle can make where it is weak or tires."""
    agreement: Agreement | None
    """None where there is no person to compare with."""
    kinesis_r: dict[str, float]
    """By KINESIS's definition; empty where it cannot be worked out."""
    body: Body
    mechanics: dict[str, Mechanics]
    """By side, those of which cycles are kept."""
    strides: dict[str, dict[str, Array]]
    """Measures of every stride, (strides,), by label and side."""
    energy: Energy
    synergy_count: synergies.SynergyCount
    synergy: synergies.Synergies
    synergy_channels: list[str]
    """Of the columns of its vectors."""
    synergies_like_person: float | None
    """Mean cosine of its vectors with those of the person's EMG, over the channels of both; None
    where there are fewer than three."""
    redundant: Redundant | None
    """None where it was not asked for."""
    limited: list[Limited] = field(default_factory=list)
    """Performance by components of control; empty where there is no policy to ask."""

    def _peaks(self) -> dict[str, dict[str, float]]:
        peaks = {}
        for measure in MEASURES:
            values = {side: measure.of(made) for side, made in self.mechanics.items()}
            known = {side: value for side, value in values.items() if np.isfinite(value)}
            if len(known) == 2:
                known["asymmetry_percent"] = asymmetry(known["r"], known["l"])
            if known:
                peaks[measure.label] = known
        return peaks

    def as_dict(self) -> dict[str, Any]:
        """Return the figures, for JSON."""
        found: dict[str, Any] = {
            "gait": asdict(self.walk.measures),
            "events": "ground force" if self.walk.by_force else "kinematics",
            "body": asdict(self.body),
            "condition": self.walk.recording.info.condition,
            "not_trained_with": list(self.walk.recording.info.untrained),
            "energy": asdict(self.energy),
            "peaks": self._peaks(),
            "synergies": asdict(self.synergy_count) | {"like_person": self.synergies_like_person},
        }
        if self.agreement is not None:
            found["emg"] = self.agreement.as_dict()
        if self.kinesis_r:
            mean = float(np.mean(list(self.kinesis_r.values())))
            found["emg_kinesis_definition"] = {"mean_r": mean, "r": self.kinesis_r}
        if self.redundant is not None:
            red = self.redundant
            width = np.nanmean(red.high - red.low, axis=0)
            found["redundancy"] = {
                "free_dimensions": red.free_dimensions,
                "mean_width": float(np.nanmean(width)),
                "width": dict(zip(red.muscles, width.tolist(), strict=True)),
                "lesions": [asdict(lesion) for lesion in red.lesions],
            }
        if self.limited:
            found["components"] = [asdict(one) for one in self.limited]
        return found


def find(
    model: mujoco.MjModel,
    recording: BodyRecording,
    person: EmgSubject | None = None,
    *,
    strikes: Sequence[float] = (),
    with_redundancy: bool = True,
) -> Findings:
    """Work everything out.

    Args:
        model: the body.
        recording: of it, walking.
        person: to compare with.
        strikes: of the person's foot, as in :meth:`~kinesis_fast.analysis.walk.Walk.of`.
        with_redundancy: how else muscles could have worked, too.

    Raises:
        InputError: it does not walk.
    """
    side = "r" if person is None else person.side
    walk = Walk.of(recording, strikes, side)
    known = set(recording.info.muscles)
    channels = [
        name
        for name, muscles in CHANNELS.items()
        if all(f"{muscle}_{side}" in known for muscle in muscles)
    ]
    mechanics = mechanics_of(model, walk)
    weak = all("drive" in trial for trial in recording.trials)
    profiles = channel_profiles(walk, "drive" if weak else "act", side, channels)
    measurable = [name for name in MEASURABLE if name in profiles]
    patterns = _patterns(profiles, measurable)
    counted = synergies.count_synergies(patterns)
    count = counted.by_rule or counted.by_elbow
    return Findings(
        name=recording.info.subject,
        walk=walk,
        profiles=profiles,
        agreement=None if person is None else compare(profiles, person),
        kinesis_r={} if person is None else _kinesis(walk, person),
        body=Body.of(model, recording.info.model),
        mechanics=mechanics,
        strides=stride_measures(walk, mechanics),
        energy=_energy(model, walk),
        synergy_count=counted,
        synergy=synergies.factorise(patterns, count),
        synergy_channels=measurable,
        synergies_like_person=None if person is None else _alike(profiles, person, count),
        redundant=_redundant(model, walk) if with_redundancy else None,
    )


def _patterns(profiles: Mapping[str, Profile], channels: Sequence[str]) -> Array:
    """Return the cycles of channels after each other, each scaled to its most, (T, channels).

    As many as all channels have: of a person's some may not have been recorded well.
    """
    count = min(len(profiles[name].cycles) for name in channels)
    patterns = np.stack([profiles[name].cycles[:count].ravel() for name in channels], axis=1)
    scaled: Array = np.maximum(patterns / np.maximum(patterns.max(axis=0), 1e-9), 0.0)
    return scaled


def _alike(profiles: Mapping[str, Profile], person: EmgSubject, count: int) -> float | None:
    common = [name for name in person.profiles if name in profiles]
    if len(common) < 3:
        return None
    own, theirs = (
        synergies.factorise(_patterns(each, common), min(count, len(common))).vectors
        for each in (profiles, person.profiles)
    )
    return float(synergies.similarity(own, theirs).mean())


def _kinesis(walk: Walk, person: EmgSubject) -> dict[str, float]:
    if not walk.by_force:
        return {}
    try:
        return kinesis_definition(walk, person)
    except InputError:
        return {}


def _energy(model: mujoco.MjModel, walk: Walk) -> Energy:
    fibres = Fibres.of(model)
    fields = ("ctrl", "act", "unstretched_length", "unstretched_velocity", "actuator_force")
    state = energetics.MuscleState.of(fibres, *(walk.within(field) for field in fields))
    mass, speed = float(model.body_mass.sum()), walk.measures.speed
    powers = [
        float(model_of(fibres, state).sum(axis=1).mean())
        for model_of in (energetics.bhargava, energetics.umberger)
    ]
    return Energy(
        *(power / mass + BASAL for power in powers),
        *(energetics.cost_of_transport(power, mass, speed) for power in powers),
    )


def _redundant(model: mujoco.MjModel, walk: Walk) -> Redundant:
    """Look at :data:`INSTANTS` of the right foot's first kept cycle."""
    trial, cycle = next(
        (trial, some[0])
        for trial, some in zip(walk.recording.trials, walk.kept["r"], strict=True)
        if some
    )
    at = cycle.begin + cycle.duration * np.arange(INSTANTS) / INSTANTS
    rows = np.searchsorted(trial["time"], at).clip(0, len(trial["time"]) - 1)
    torques = muscle_torques(model, {name: trial[name][rows] for name in FIELDS})
    muscles = list(walk.recording.info.muscles)
    right = [i for i, name in enumerate(muscles) if name.endswith("_r")]
    joints = [i for i, name in enumerate(torques.joints) if name.endswith("_r")]
    own = MuscleTorques(
        [torques.joints[i] for i in joints],
        torques.per_activation[:, joints][:, :, right],
        torques.passive[:, joints],
        torques.activation[:, right],
    )
    names = [muscles[i] for i in right]
    found = redundancy.feasible_activation(own)
    return Redundant(
        muscles=names,
        low=found.low,
        high=found.high,
        activation=found.activation,
        free_dimensions=found.free_dimensions,
        efforts={
            ("greatest" if np.isinf(e) else f"{e:g}"): redundancy.least_effort(own, e)
            for e in redundancy.EXPONENTS
        },
        lesions=[
            redundancy.without(own, names, f"{muscle}_r")
            for muscle in LESIONS
            if f"{muscle}_r" in names
        ],
    )
