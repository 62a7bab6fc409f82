"""How well an imported clip fits its source and the floor, and whether it can be a person's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from kinesis_fast.motions.capture.balance import Balance
from kinesis_fast.motions.capture.retarget import RetargetedMotion

PLAUSIBLE: dict[str, tuple[float, float, str]] = {
    "mean_error_mm": (0.0, 25.0, "its points lie {:.0f} mm off the model's in the mean"),
    "worst_error_mm": (0.0, 320.0, "a point lies {:.0f} mm off the model's"),
    "limit_share": (0.0, 0.3, "{:.0%} of the joint values are at the end of their range"),
    "root_speed_m_s": (0.0, 12.0, "it moves at {:.0f} m/s"),
    "root_height_m": (0.4, 1.5, "its root is {:.2f} m above the floor"),
    "floor_penetration_mm": (0.0, 50.0, "its feet sink {:.0f} mm into the floor"),
    "floor_range_m": (
        0.0,
        0.2,
        "its floor rises by {:.2f} m: a slope or stairs, made flat; left out of lists",
    ),
}
"""Figures of a report, the range that people's motion stays in, and how a figure outside is told.
412 open clips of walking, turning, running and jumping (``docs/formats.md``) stay within 12 mm,
280 mm, 15 %, 4.8 m/s, 0.82 to 1.25 m, 40 mm and 0.14 m, but for one deep lunge and six that walk on
a slope."""


def suspicions(figures: Mapping[str, float]) -> list[str]:
    """Return what is not a person's in figures by the names of :data:`PLAUSIBLE`."""
    return [
        text.format(figures[name])
        for name, (low, high, text) in PLAUSIBLE.items()
        if not low <= figures[name] <= high
    ]


def is_slope(motion: RetargetedMotion) -> bool:
    """Return whether a motion walked on a slope or on stairs, which are made flat."""
    return motion.floor_range > PLAUSIBLE["floor_range_m"][1]


@dataclass(frozen=True)
class ClipReport:
    """How well a clip fits its source and the floor."""

    name: str
    frames: int
    mean_error_mm: float
    """Mean distance of the tracked points from the source's, at the model's segment lengths, as
    inverse kinematics reaches them, before the contact pass."""
    point_error_mm: Mapping[str, float]
    """The same by tracked body."""
    worst_error_mm: Mapping[str, float]
    """Largest distance in any frame, by tracked body."""
    contact_shift_mm: float
    """Mean distance by which the tracked points lie off their scaled source in the end: what it
    costs that feet neither slide nor sink."""
    joint_change_deg: Mapping[str, tuple[float, float]]
    """How far the contact pass took each joint of the legs from what was recorded: rms and largest,
    degrees."""
    balance: Balance | None
    """How high loaded soles stand, and forces that nothing gives; None: not measured."""
    floor_penetration_mm: float
    """Deepest point of a foot below the floor."""
    stance_slide_m_s: float | None
    """Mean speed of feet that stand; None where none does."""
    swing_clearance_mm: Mapping[str, float] | None
    """Height of the lowest point of feet of which no part stands: ``p5``, above which it is in 95 %
    of those frames, and ``median``; None where feet never swing."""
    limit_share: float
    """Share of joint values at the end of their range."""
    root_height_m: float
    """Median height of the root over the floor."""
    floor_range_m: float
    """How much higher the recorded floor is in some place than in another; it is made flat."""
    root_speed_m_s: float
    """Horizontal speed of the root that it exceeds in 5 % of the frames."""
    suspect: Sequence[str]
    """What no person does: figures out of any person's range; empty where all is well."""

    @property
    def most_changed_joint(self) -> str:
        """The joint that the contact pass took furthest in the mean."""
        return max(self.joint_change_deg, key=lambda joint: self.joint_change_deg[joint][0])

    @property
    def max_point_error_mm(self) -> float:
        """The mean error of the worst tracked point."""
        return max(self.point_error_mm.values())

    def as_dict(self) -> dict[str, object]:
        """Return all figures, for JSON."""
        return {**asdict(self), "max_point_error_mm": self.max_point_error_mm}


def make_report(
    name: str, motion: RetargetedMotion, tracked: Sequence[str], balance: Balance | None = None
) -> ClipReport:
    """Put together what was measured of a motion."""
    fit = 1e3 * motion.fit
    slides = motion.slide[np.isfinite(motion.slide)]
    swinging = 1e3 * motion.sole[~motion.stance]
    clearance = None
    if len(swinging):
        low, median = np.percentile(swinging, [5.0, 50.0])
        clearance = {"p5": float(low), "median": float(median)}
    path = motion.tracked_pos[:, 0]
    speed = np.linalg.norm(motion.tracked_vel[:, 0, :2], axis=1)
    figures = {
        "mean_error_mm": float(fit.mean()),
        "worst_error_mm": float(fit.max()),
        "limit_share": motion.limit_share,
        "root_speed_m_s": float(np.percentile(speed, 95)),
        "root_height_m": float(np.median(path[:, 2])),
        "floor_penetration_mm": 1e3 * float(max(0.0, -motion.sole.min())),
        "floor_range_m": motion.floor_range,
    }
    return ClipReport(
        name=name,
        frames=len(fit),
        mean_error_mm=figures["mean_error_mm"],
        point_error_mm=dict(zip(tracked, fit.mean(axis=0).tolist(), strict=True)),
        worst_error_mm=dict(zip(tracked, fit.max(axis=0).tolist(), strict=True)),
        contact_shift_mm=1e3 * float(motion.error.mean()),
        floor_penetration_mm=figures["floor_penetration_mm"],
        stance_slide_m_s=float(slides.mean()) if len(slides) else None,
        swing_clearance_mm=clearance,
        joint_change_deg={
            joint: (float(np.rad2deg(rms)), float(np.rad2deg(largest)))
            for joint, (rms, largest) in motion.joint_change.items()
        },
        balance=balance,
        limit_share=motion.limit_share,
        root_height_m=figures["root_height_m"],
        root_speed_m_s=figures["root_speed_m_s"],
        floor_range_m=motion.floor_range,
        suspect=suspicions(figures),
    )
