"""A body of another size: segments, masses, muscle paths and muscles of a composed model, scaled.

As OpenSim's ScaleTool does it (Delp et al., "OpenSim: open-source software to create and analyze
dynamic simulations of movement", IEEE Trans. Biomed. Eng. 54, 2007): everything that is fixed to a
segment is scaled along the segment's axes, masses keep their distribution, and fibres and tendons
keep their lengths relative to the path's in the default pose. Muscles grow with the body beside:
their volume with mass times height (Handsfield et al., "Relationships of 35 lower limb muscles to
height and body mass quantified using MRI", J. Biomech. 47, 2014), their peak force with volume over
fibre length.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.body.legs import SIDES
from kinesis_fast.errors import InputError
from kinesis_fast.rotations import matrix_from_quat, quat_from_matrix

Array = npt.NDArray[np.float64]

SEGMENTS = {
    "pelvis": ("pelvis", "sacrum"),
    "thigh": tuple(f"{part}_{side}" for part in ("femur", "patella") for side in SIDES),
    "shank": tuple(f"tibia_{side}" for side in SIDES),
    "foot": tuple(f"{part}_{side}" for part in ("talus", "calcn", "toes") for side in SIDES),
}
"""Bodies by segment, whose axes are x ahead, y up, z to the right; all others are the trunk's,
which is scaled alike in all directions."""
TRUNK = "trunk"
REFERENCE_HEIGHT = 1.70
"""m, of the person whom the composed legs are of (Rajagopal et al. 2016)."""
WRAPPED = (mujoco.mjtWrap.mjWRAP_SPHERE, mujoco.mjtWrap.mjWRAP_CYLINDER)
LEAST, MOST = 0.4, 2.0
"""Of a scale."""


@dataclass(frozen=True)
class BodyScale:
    """How much larger a body is than the model that it is made from."""

    segments: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    """By segment (``pelvis``, ``thigh``, ``shank``, ``foot``, ``trunk``), ahead, up and to the
    right; 1 where none is given. The trunk takes the mean of its three."""
    mass: float | None = None
    """kg, of the whole body; None: as the model."""
    height: float | None = None
    """m, by which muscles grow; None: as the segments of leg and trunk do."""

    def __post_init__(self) -> None:
        """Refuse segments that there are not, and scales, masses and heights of no person.

        Raises:
            InputError: the first of these.
        """
        known = (*SEGMENTS, TRUNK)
        for name, scales in self.segments.items():
            if name not in known:
                raise InputError(f"unknown segment {name!r}; there are {', '.join(known)}")
            if len(scales) != 3 or not all(LEAST <= scale <= MOST for scale in scales):
                raise InputError(
                    f"{name} is scaled by {tuple(round(s, 3) for s in scales)}; each of three must "
                    f"be in [{LEAST:g}, {MOST:g}]"
                )
        _check("mass", self.mass, 10.0, 300.0, "kg")
        _check("height", self.height, 0.8, 2.5, "m")

    def of(self, body: str) -> Array:
        """Return the scales of a body, (3,)."""
        for segment, bodies in SEGMENTS.items():
            if body in bodies:
                return np.array(self.segments.get(segment, (1.0, 1.0, 1.0)), np.float64)
        return np.full(3, float(np.mean(self.segments.get(TRUNK, (1.0, 1.0, 1.0)))))


def by_height(height: float, mass: float | None = None) -> BodyScale:
    """Return a scale in which all segments follow the height, m.

    Raises:
        InputError: a height or mass (kg) of no person.
    """
    _check("height", height, 0.8, 2.5, "m")
    by = height / REFERENCE_HEIGHT
    return BodyScale(dict.fromkeys((*SEGMENTS, TRUNK), (by, by, by)), mass, height)


def _check(what: str, value: float | None, low: float, high: float, unit: str) -> None:
    if value is not None and not low <= value <= high:
        raise InputError(f"{what} is {value:g}; it must be in [{low:g}, {high:g}] {unit}")


def scale_spec(spec: mujoco.MjSpec, scale: BodyScale) -> None:
    """Scale a composed model, in place.

    Raises:
        InputError: the model lacks the legs of the composed models.
    """
    before = spec.compile()
    names = {body.name for body in spec.bodies}
    missing = [name for bodies in SEGMENTS.values() for name in bodies if name not in names]
    if missing:
        raise InputError(f"only bodies with MyoLegs' legs are scaled; this has no {missing[0]!r}")
    mass = float(before.body_mass.sum())
    heavier = 1.0 if scale.mass is None else scale.mass / mass
    lengths = _path_lengths(before)
    for body in spec.bodies:
        if body.name == "world":
            continue
        own, parent = scale.of(body.name), scale.of(body.parent.name)
        if body.parent.name == "world":
            parent = own
        body.pos = np.asarray(body.pos) * parent
        _scale_inertia(body, before, own, heavier)
        for site in body.sites:
            site.pos = np.asarray(site.pos) * own
            site.size = np.asarray(site.size) * own.mean()
        for joint in body.joints:
            _scale_joint(spec, joint, own, parent)
        first = int(before.body_geomadr[before.body(body.name).id])
        for number, geom in enumerate(body.geoms):
            _scale_geom(spec, geom, before, first + number, own)
    _keep_sides(spec, before)
    longer = _path_lengths(spec.compile()) / lengths
    jumped = (longer < LEAST) | (longer > MOST)
    if jumped.any():
        _let_go(spec, before, [before.actuator(i).name for i in np.flatnonzero(jumped)])
        longer = _path_lengths(spec.compile()) / lengths
    _scale_muscles(spec, before, longer, _volume_ratio(scale, heavier))


def _path_lengths(model: mujoco.MjModel) -> Array:
    """Return the lengths of muscles' paths in the default pose, (nu,) m."""
    data = mujoco.MjData(model)
    mujoco.mj_fwdPosition(model, data)
    return np.array(data.actuator_length)


def _volume_ratio(scale: BodyScale, heavier: float) -> float:
    """Return how much larger muscles are: as mass times height."""
    if scale.height is not None:
        return heavier * scale.height / REFERENCE_HEIGHT
    up = [scale.segments.get(name, (1.0, 1.0, 1.0))[1] for name in ("thigh", "shank", TRUNK)]
    return heavier * float(np.mean(up))


def _scale_inertia(
    body: mujoco.MjsBody, before: mujoco.MjModel, own: Array, heavier: float
) -> None:
    """Scale mass, its centre, and inertia by the second moments of mass."""
    i = before.body(body.name).id
    mass = float(before.body_mass[i])
    if mass == 0.0:
        return
    axes = matrix_from_quat(np.asarray(before.body_iquat[i], np.float64))
    inertia = axes @ np.diag(before.body_inertia[i]) @ axes.T
    moments = 0.5 * np.trace(inertia) * np.eye(3) - inertia
    moments = heavier * own[:, None] * moments * own[None, :]
    scaled = np.trace(moments) * np.eye(3) - moments
    principal, frame = np.linalg.eigh(scaled)
    # Thin bodies lie on the edge of what a rigid body can have, beyond which MuJoCo makes it round.
    principal[2] = min(principal[2], (1.0 - 1e-5) * (principal[0] + principal[1]))
    if np.linalg.det(frame) < 0.0:
        frame[:, 0] *= -1.0
    body.explicitinertial = True
    body.mass = heavier * mass
    body.ipos = np.asarray(before.body_ipos[i]) * own
    body.iquat = quat_from_matrix(frame)
    body.inertia = principal
    body.fullinertia = [np.nan, 0.0, 0.0, 0.0, 0.0, 0.0]


def _scale_joint(spec: mujoco.MjSpec, joint: mujoco.MjsJoint, own: Array, parent: Array) -> None:
    joint.pos = np.asarray(joint.pos) * own
    if joint.type != mujoco.mjtJoint.mjJNT_SLIDE:
        return
    longer = float(np.linalg.norm(np.asarray(joint.axis) * parent))
    joint.range = np.asarray(joint.range) * longer
    for equality in spec.equalities:
        if equality.type == mujoco.mjtEq.mjEQ_JOINT and equality.name1 == joint.name:
            data = np.array(equality.data)
            data[:5] *= longer
            equality.data = data


def _scale_geom(
    spec: mujoco.MjSpec, geom: mujoco.MjsGeom, before: mujoco.MjModel, i: int, own: Array
) -> None:
    """Scale a shape, number ``i`` of the compiled model."""
    kinds = mujoco.mjtGeom
    if geom.type == kinds.mjGEOM_MESH:
        geom.pos = np.asarray(geom.pos) * own
        mesh = spec.mesh(geom.meshname)
        mesh.scale = np.asarray(mesh.scale) * own
        return
    axes = matrix_from_quat(np.asarray(before.geom_quat[i], np.float64))
    longer = np.linalg.norm(axes * own[:, None], axis=0)  # of each of the shape's axes
    size = np.array(before.geom_size[i])
    if geom.type in (kinds.mjGEOM_CAPSULE, kinds.mjGEOM_CYLINDER):
        size[:2] *= [0.5 * (longer[0] + longer[1]), longer[2]]
    elif geom.type == kinds.mjGEOM_SPHERE:
        size[0] *= longer.mean()
    else:
        size *= longer
    along = own * axes[:, 2]
    geom.fromto = np.full(6, np.nan)
    geom.size = size
    geom.pos = np.array(before.geom_pos[i]) * own
    geom.quat = quat_from_matrix(_turned_to(axes, along / np.linalg.norm(along)))


def _keep_sides(spec: mujoco.MjSpec, before: mujoco.MjModel) -> None:
    """Put the sites that say on which side a path stays where they were beside their cylinders.

    Scaled by themselves they may come to lie within, and the path with them.
    """
    for k in range(before.nwrap):
        side = int(before.wrap_prm[k])
        if before.wrap_type[k] not in WRAPPED or side < 0:
            continue
        i = int(before.wrap_objid[k])
        if before.site_bodyid[side] != before.geom_bodyid[i] or not before.geom(i).name:
            continue
        geom = spec.geom(before.geom(i).name)
        axes = matrix_from_quat(np.asarray(before.geom_quat[i], np.float64))
        beside = axes.T @ (before.site_pos[side] - before.geom_pos[i])
        larger = np.asarray(geom.size) / np.maximum(before.geom_size[i], 1e-9)
        beside *= [larger[0], larger[0], larger[1] if before.geom_size[i, 1] > 0.0 else larger[0]]
        turned = matrix_from_quat(np.asarray(geom.quat, np.float64))
        spec.site(before.site(side).name).pos = np.asarray(geom.pos) + turned @ beside


def _let_go(spec: mujoco.MjSpec, before: mujoco.MjModel, muscles: list[str]) -> None:
    """Let paths that came to lie on the wrong side of a cylinder take the shorter way around it.

    MuJoCo's paths cannot be changed in their middle: the tendons are made anew.
    """
    for muscle in muscles:
        old = spec.tendon(before.tendon(int(before.actuator(muscle).trnid[0])).name)
        path = [(w.type, w.target.name) for w in old.path]
        kept = {"width": old.width, "rgba": old.rgba.tolist(), "material": old.material}
        name = old.name
        spec.delete(old)
        tendon = spec.add_tendon(name=name, **kept)
        for kind, target in path:
            if kind == mujoco.mjtWrap.mjWRAP_SITE:
                tendon.wrap_site(target)
            else:
                tendon.wrap_geom(target, "")


def _turned_to(axes: Array, along: Array) -> Array:
    """Return axes turned by the least so that the third points along."""
    across = np.cross(axes[:, 2], along)
    sine, cosine = float(np.linalg.norm(across)), float(axes[:, 2] @ along)
    if sine < 1e-9:
        return axes
    x, y, z = across / sine
    skew = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    turn = np.eye(3) + sine * skew + (1.0 - cosine) * skew @ skew
    result: Array = turn @ axes
    return result


def _scale_muscles(
    spec: mujoco.MjSpec, before: mujoco.MjModel, longer: Array, larger: float
) -> None:
    """Scale fibres and tendons with their paths, and peak forces with volume over fibre length."""
    for actuator in spec.actuators:
        i = before.actuator(actuator.name).id
        actuator.lengthrange = np.array(before.actuator_lengthrange[i]) * longer[i]
        for name in ("gainprm", "biasprm"):
            values = np.array(getattr(actuator, name))
            force = float(before.actuator_gainprm[i, 2])
            if force < 0.0:
                force = float(before.actuator_gainprm[i, 3] / before.actuator_acc0[i])
            values[2] = force * larger / longer[i]
            setattr(actuator, name, values)
