"""MyoLegs with the knee, the paths and the muscles of the model that it was converted from.

MyoLegs comes from Rajagopal et al., "Full-body musculoskeletal model for muscle-driven simulation
of human gait", IEEE Trans. Biomed. Eng. 63, 2016. Beside it, four things differ, which
:func:`restore` sets right in the composed model: what the knee turns about, how the patella moves,
what some muscles wrap around, and the parameters of all muscles.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.body.legs import SIDES
from kinesis_fast.body.tendons import STRAIN, stretch_tendons
from kinesis_fast.rotations import matrix_from_quat

Array = npt.NDArray[np.float64]

KNEE_FRAME = (-0.00808954, -0.0035348, -0.00148474)
"""Where the source's knee turns, in the axes of the right tibia, m. MyoLegs' turns about the
tibia's origin, which lets the tibia climb by 2 mm at 90 degrees where it sinks by 10."""
KNEE_JOINTS = ("translation2", "translation1", "", "rotation2", "rotation3")
"""Of the tibia, as they follow ``knee_angle``."""
PATELLA = {
    "translation2": (-9.261e-3, -6.6306e-2, 4.3914e-2, -1.022e-2, 1.649e-3),
    "translation1": (5.0957e-2, -1.0642e-2, -3.9315e-2, 1.767e-2, -2.226e-3),
    "rotation1": (-4.773e-2, 2.9479e-1, -1.717194, 9.88629e-1, -2.0523e-1),
}
"""Where the patella is (m, rad) by the knee's angle: polynomials, fitted to the moment arms of the
four muscles that pull on it (within 1.3 mm over the knee's range), and to its own path in the
source (within 1.6 mm and 3.4 degrees). MyoLegs' are fitted to the path alone: their derivatives
are off by 5 mm at a straight knee."""


class Cylinder(NamedTuple):
    """What a muscle wraps around, where MyoLegs has something else or nothing."""

    geom: str
    after: str
    """The point of the path, by its number, after which it comes."""
    side: float | None = None
    """On which side the path stays: degrees about the cylinder's axis from its own x axis; None:
    the shorter way, which never jumps to the other side."""
    length: float = 0.0
    """m, where the cylinder is a sphere in MyoLegs."""


CYLINDERS = {
    "psoas": Cylinder("PS_at_brim", "P2", length=0.1),
    "iliacus": Cylinder("IL_at_brim", "P2", length=0.1),
    "glmax1": Cylinder("Gmax1_at_pelvis", "P2", side=230.0),
    "glmax2": Cylinder("Gmax2_at_pelvis", "P2"),
    "glmax3": Cylinder("Gmax3_at_pelvis", "P2"),
}
"""The source's cylinders at the pelvis, by muscle. A sphere for one lets the psoas' arm at the hip
be off by 19 mm; MyoLegs' upper two parts of gluteus maximus wrap around nothing."""


class Calf(NamedTuple):
    """A head of gastrocnemius, of the right leg."""

    origin: tuple[float, float, float]
    """On the femur, m."""
    place: tuple[float, float, float]
    """Of the cylinder on the tibia that it wraps around, m."""
    quat: tuple[float, float, float, float]
    radius: float
    """m"""


CALVES = {
    "gasmed": Calf(
        (0.00919, -0.37741, -0.01976),
        (0.01096, -0.04528, -0.0221),
        (-0.01307, 0.70337, 0.60423, -0.37417),
        0.05624,
    ),
    "gaslat": Calf(
        (-0.00307, -0.38158, 0.03285),
        (-0.00651, -0.07007, -0.00458),
        (-0.03518, 0.72633, 0.64734, -0.22836),
        0.05649,
    ),
}
"""The source's heads wrap around the condyles too where the knee is straighter than 25 degrees, and
MuJoCo's paths around one body only. Fitted to the source's lengths and moment arms over the ranges
of knee and ankle: lengths within 2.9 mm (gasmed) and 1.3 mm (gaslat), arms within 2.5 and 1.0 mm,
where wrapping around the tibia alone has 4.9, 2.4, 7.4 and 1.7."""


class MuscleParameters(NamedTuple):
    """Of a muscle and its tendon, as the source has them."""

    peak_force: float
    """N, of the fibres at their optimal length."""
    optimal_length: float
    """m, of the fibres."""
    slack_length: float
    """m, of the tendon."""
    pennation: float
    """rad, at the optimal length."""


MUSCLES = {
    "addbrev": MuscleParameters(625.8, 0.1031, 0.03545, 0.1148),
    "addlong": MuscleParameters(916.8, 0.1082, 0.1318, 0.1378),
    "addmagDist": MuscleParameters(597.3, 0.1772, 0.08738, 0.1947),
    "addmagIsch": MuscleParameters(597.3, 0.1562, 0.2163, 0.1680),
    "addmagMid": MuscleParameters(597.3, 0.1377, 0.04663, 0.2073),
    "addmagProx": MuscleParameters(597.3, 0.1056, 0.04032, 0.3115),
    "bflh": MuscleParameters(1313.2, 0.0976, 0.3252, 0.1759),
    "bfsh": MuscleParameters(557.1, 0.1103, 0.1058, 0.2642),
    "edl": MuscleParameters(603.5, 0.0693, 0.3689, 0.2183),
    "ehl": MuscleParameters(285.9, 0.0748, 0.3268, 0.1973),
    "fdl": MuscleParameters(423.2, 0.0446, 0.3788, 0.2248),
    "fhl": MuscleParameters(907.8, 0.0527, 0.3543, 0.2580),
    "gaslat": MuscleParameters(1575.1, 0.0588, 0.3761, 0.2102),
    "gasmed": MuscleParameters(3115.5, 0.0510, 0.3987, 0.1657),
    "glmax1": MuscleParameters(983.8, 0.1470, 0.04884, 0.3540),
    "glmax2": MuscleParameters(1406.1, 0.1570, 0.06789, 0.3674),
    "glmax3": MuscleParameters(947.8, 0.1670, 0.06972, 0.3824),
    "glmed1": MuscleParameters(1093.5, 0.0730, 0.05582, 0.3166),
    "glmed2": MuscleParameters(765.1, 0.0730, 0.06525, 0.3166),
    "glmed3": MuscleParameters(871.2, 0.0730, 0.04523, 0.3166),
    "glmin1": MuscleParameters(374.0, 0.0680, 0.01614, 0.1745),
    "glmin2": MuscleParameters(394.8, 0.0560, 0.02610, 0.0),
    "glmin3": MuscleParameters(446.8, 0.0380, 0.05087, 0.0175),
    "grac": MuscleParameters(281.3, 0.2278, 0.1720, 0.1720),
    "iliacus": MuscleParameters(1021.1, 0.1066, 0.09612, 0.2799),
    "perbrev": MuscleParameters(521.2, 0.0454, 0.1475, 0.2052),
    "perlong": MuscleParameters(1115.4, 0.0508, 0.3322, 0.2480),
    "piri": MuscleParameters(1029.8, 0.0260, 0.1149, 0.1745),
    "psoas": MuscleParameters(1426.8, 0.1169, 0.09954, 0.2155),
    "recfem": MuscleParameters(2191.7, 0.0759, 0.4485, 0.2170),
    "sart": MuscleParameters(249.4, 0.4030, 0.1240, 0.0261),
    "semimem": MuscleParameters(2201.0, 0.0690, 0.3476, 0.2546),
    "semiten": MuscleParameters(591.3, 0.1930, 0.2472, 0.2413),
    "soleus": MuscleParameters(6194.8, 0.0440, 0.2768, 0.3814),
    "tfl": MuscleParameters(411.2, 0.0950, 0.4495, 0.0524),
    "tibant": MuscleParameters(1227.5, 0.0683, 0.2405, 0.1952),
    "tibpost": MuscleParameters(1730.2, 0.0378, 0.2808, 0.2265),
    "vasint": MuscleParameters(1697.4, 0.0993, 0.2022, 0.0631),
    "vaslat": MuscleParameters(5148.8, 0.0994, 0.2206, 0.2529),
    "vasmed": MuscleParameters(2747.8, 0.0968, 0.1999, 0.4222),
}
"""Of Rajagopal2016 (OpenSim's model collection; Rajagopal et al. 2016, table in the supplement),
by muscle without its side."""

PASSIVE_FORCES = {
    **dict.fromkeys(("semimem", "semiten", "bflh"), 0.051),
    **dict.fromkeys(("glmax1", "glmax2", "glmax3"), 0.01),
    **dict.fromkeys(("vasmed", "vaslat", "vasint"), 0.121),
    "recfem": 0.034,
    "bfsh": 0.261,
    **dict.fromkeys(("gasmed", "gaslat"), 0.626),
    "soleus": 0.147,
    **dict.fromkeys(("tibant", "edl", "ehl"), 0.354),
    **dict.fromkeys(("psoas", "iliacus"), 3.0),
    **dict.fromkeys(
        ("addbrev", "addlong", "addmagDist", "addmagIsch", "addmagMid", "addmagProx", "grac"), 0.017
    ),
    **dict.fromkeys(("tibpost", "fdl", "fhl", "perlong", "perbrev"), 0.037),
}
"""What fibres resist a strain of 0.6 with, in peak forces, where tendons stretch: by group, so that
hip, knee and ankle are held as people's are who are at rest (Riener and Edrich, "Identification of
passive elastic joint moments in the lower extremities", J. Biomech. 32, 1999), within 3.6, 5.3 and
2.5 N m over 252 postures. With the source's curves, as with De Groote's, they differ by 58, 36 and
11 N m: a hip that is flexed by 60 degrees is held with 149 N m where people's are with 16. What
ligaments do in front of the hip is among the flexors'."""

SHORTEST, LONGEST, PASSIVE = 0.104, 1.969, 0.902
"""MuJoCo's ``lmin``, ``lmax`` and ``fpmax`` that come nearest to the source's curves (Millard et
al., "Flexing computational muscle", J. Biomech. Eng. 135, 2013): active force within 0.09 of the
peak, passive within 0.05."""
EXTENSION_FORCE, FASTEST = 1.4, 10.0
"""The greatest eccentric force, of the peak, and the fastest shortening, optimal lengths a second:
the source's, and MuJoCo's ``fvmax`` and ``vmax``."""
WORKING_RANGE = (0.6, 1.3)
"""Fibre lengths, of the optimal one, over which rigid fibres without pennation follow pennate
ones."""


def restore(spec: mujoco.MjSpec, *, elastic: bool = False) -> None:
    """Give a composed MyoLegs its source's knee, paths and muscles, in place.

    Args:
        spec: of MyoLegs.
        elastic: tendons stretch, and fibres are pennate, as the source has them.
    """
    for side in SIDES:
        _restore_knee(spec, side)
        for muscle, cylinder in CYLINDERS.items():
            _wrap(spec, muscle, side, cylinder)
        for muscle, calf in CALVES.items():
            spec.site(f"{muscle}-P1_{side}").pos = _on(side, calf.origin)
            geom = spec.geom(f"Gas{muscle[3:].capitalize()}_at_shank_wrap_{side}")
            geom.pos, geom.quat = _on(side, calf.place), _turned(side, calf.quat)
            geom.size = [calf.radius, geom.size[1], 0.0]
        for muscle, parameters in MUSCLES.items():
            _set_muscle(spec.actuator(f"{muscle}_{side}"), parameters, elastic=elastic)
    if elastic:
        angles = {f"{name}_{s}": of.pennation for name, of in MUSCLES.items() for s in SIDES}
        passive = {f"{name}_{s}": share for name, share in PASSIVE_FORCES.items() for s in SIDES}
        stretch_tendons(spec, STRAIN, angles, passive)


def without_pennation(parameters: MuscleParameters) -> tuple[float, float]:
    """Return optimal and slack length, m, of fibres along the tendon that follow pennate ones.

    A fibre of normalised length l at the pennation a spans sqrt(l^2 - sin(a)^2) along the tendon;
    over :data:`WORKING_RANGE` a straight line through its ends is nearest within 0.02.
    """
    shortest, longest = WORKING_RANGE
    thick = np.sin(parameters.pennation) ** 2
    near, far = (float(np.sqrt(length**2 - thick)) for length in WORKING_RANGE)
    slope = (longest - shortest) / (far - near)
    offset = shortest - slope * near
    optimal = parameters.optimal_length / slope
    return optimal, parameters.slack_length - offset * optimal


def _restore_knee(spec: mujoco.MjSpec, side: str) -> None:
    for part in KNEE_JOINTS:
        joint = spec.joint("_".join(name for name in ("knee_angle", part, side) if name))
        joint.pos = _on(side, KNEE_FRAME)
    for part, polynomial in PATELLA.items():
        coupling = next(
            e for e in spec.equalities if e.name == f"knee_angle_beta_{part}_constraint_{side}"
        )
        coupling.data = [*polynomial, *coupling.data[len(polynomial) :]]
        limits = np.polyval(polynomial[::-1], np.linspace(0.0, 2.0944, 200))
        spec.joint(f"knee_angle_beta_{part}_{side}").range = [limits.min(), limits.max()]


def _wrap(spec: mujoco.MjSpec, muscle: str, side: str, around: Cylinder) -> None:
    """Lead a muscle's path around a cylinder after one of its points, and around that alone there.

    MuJoCo's paths cannot be changed in their middle: the tendon is made anew.
    """
    geom = spec.geom(f"{around.geom}_wrap_{side}")
    if around.length:
        geom.type = mujoco.mjtGeom.mjGEOM_CYLINDER
        geom.size = [geom.size[0], 0.5 * around.length, 0.0]
    stays = ""
    if around.side is not None:
        # A mirrored cylinder is turned the other way.
        angle = np.deg2rad(around.side)
        out = 1.3 * geom.size[0] * np.array([np.cos(angle), np.sin(angle), 0.0])
        stays = f"{around.geom}_site_{muscle}_{side}"
        axes = matrix_from_quat(np.asarray(geom.quat, np.float64))
        spec.site(stays).pos = np.asarray(geom.pos) + axes @ out
    name = f"{muscle}_{side}_tendon"
    old = spec.tendon(name)
    path = [w.target.name for w in old.path if w.type == mujoco.mjtWrap.mjWRAP_SITE]
    width, rgba, material = old.width, old.rgba.tolist(), old.material
    spec.delete(old)
    tendon = spec.add_tendon(name=name, width=width, rgba=rgba, material=material)
    for point in path:
        tendon.wrap_site(point)
        if point == f"{muscle}-{around.after}_{side}":
            tendon.wrap_geom(geom.name, stays)


def _set_muscle(
    actuator: mujoco.MjsActuator, parameters: MuscleParameters, *, elastic: bool
) -> None:
    if elastic:
        optimal, slack = parameters.optimal_length, parameters.slack_length
        force = parameters.peak_force
    else:
        optimal, slack = without_pennation(parameters)
        force = parameters.peak_force * float(np.cos(parameters.pennation))
    span = [(length - slack) / optimal for length in actuator.lengthrange]
    values = [*span, force, 1.0, SHORTEST, LONGEST, FASTEST, PASSIVE, EXTENSION_FORCE]
    actuator.gainprm = [*values, *[0.0] * (len(actuator.gainprm) - len(values))]
    actuator.biasprm = [*values, *[0.0] * (len(actuator.biasprm) - len(values))]


def _on(side: str, place: Sequence[float]) -> list[float]:
    """Return a place of the right side on either one: z is to the right."""
    return [place[0], place[1], place[2] if side == "r" else -place[2]]


def _turned(side: str, quat: Sequence[float]) -> list[float]:
    w, x, y, z = quat
    return [w, x, y, z] if side == "r" else [w, -x, -y, z]
