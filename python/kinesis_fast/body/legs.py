"""Legs as the composed models have them: names, gains, and the shapes of the feet.

Another body with legs of other names is described by another such file.
"""

from __future__ import annotations

from collections.abc import Sequence

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast import _engine
from kinesis_fast.body.names import root_body, without_side
from kinesis_fast.errors import InputError
from kinesis_fast.rotations import matrix_from_quat

Array = npt.NDArray[np.float64]

SIDES = ("r", "l")
TRACKED_PARTS = ("tibia", "talus", "toes")
"""Bodies of a leg whose places a motion is compared by: knee, ankle and toes."""
FOOT_BODIES = tuple(f"{part}_{side}" for side in SIDES for part in ("talus", "calcn", "toes"))
"""Bodies that stand on the floor, whatever its slope."""
LEG_JOINTS = ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle")
"""Joints of a leg whose angles and torques are reported."""
TOE_JOINT = "mtp_angle"
PELVIS_TO_ROOT = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
"""Pelvis axes (x forward, y left, z up) in the axes of the root body."""
FORWARD = (0.0, -1.0, 0.0)
"""Which way the root body faces, in its own axes."""
OPENSIM_PELVIS_TO_ROOT = np.array([[0.0, 0.0, -1.0], [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
"""OpenSim's pelvis axes (x forward, y up, z right) in the axes of the root body."""
OPENSIM_TO_WORLD = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""OpenSim's ground (y up, walking along x) in the world (z up)."""
STIFFNESS = {
    "hip_flexion": 200.0,
    "hip_adduction": 200.0,
    "hip_rotation": 80.0,
    "knee_angle": 200.0,
    "ankle_angle": 150.0,
    "subtalar_angle": 60.0,
    "mtp_angle": 20.0,
}
"""N m/rad by joint: default gains of joint control, of a limb that stands."""
ANKLE_MUSCLES = (
    *("gaslat", "gasmed", "gastroc", "soleus", "tibant", "tibpost"),
    *("perbrev", "perlong", "edl", "ehl", "fdl", "fhl"),
)
KNEE_MUSCLES = ("vasint", "vaslat", "vasmed", "vasti", "recfem", "rectfem")
TRUNK_MUSCLES = ("ercspn", "extobl", "intobl")
"""Muscles, without their side, by the joint that they are most for; all others are of the hip or of
more than one joint."""

MUSCLE_GROUPS: dict[str, tuple[str, ...]] = {
    "plantarflexors": ("soleus", "gasmed", "gaslat", "gastroc"),
    "dorsiflexors": ("tibant", "edl", "ehl"),
    "evertors": ("perbrev", "perlong"),
    "knee_extensors": ("vasint", "vaslat", "vasmed", "vasti", "recfem", "rectfem"),
    "hamstrings": ("semimem", "semiten", "bflh", "bfsh", "bifemsh", "hamstrings"),
    "hip_flexors": ("iliacus", "psoas", "iliopsoas", "sart"),
    "hip_extensors": ("glmax1", "glmax2", "glmax3", "glutmax"),
    "hip_abductors": ("glmed1", "glmed2", "glmed3", "glmin1", "glmin2", "glmin3", "tfl", "abd"),
    "hip_adductors": (
        *("addbrev", "addlong", "addmagDist", "addmagIsch", "addmagMid", "addmagProx", "grac"),
        "add",
    ),
}
"""Muscles, without their side, that clinicians test together; of other models than MyoLegs those
that there are."""

FOOT_TOUCH_SENSORS = ("r_foot", "r_toes", "l_foot", "l_toes")
"""Touch sensors under the feet of the composed models, newtons, in observation order."""


def muscles_called(name: str, names: Sequence[str]) -> list[str]:
    """Return the muscles that a name means: one, or a group's, of a side or of both.

    Args:
        name: of a muscle or a group (:data:`MUSCLE_GROUPS`), with or without its side.
        names: of the model's muscles.
    """
    plain = without_side(name)
    of_it = MUSCLE_GROUPS.get(plain, (plain,))
    sided = name != plain
    return [
        muscle
        for muscle in names
        if muscle == name
        or (without_side(muscle) in of_it and (not sided or name[-2:] == muscle[-2:]))
    ]


def default_tracked_bodies(model: mujoco.MjModel) -> list[str]:
    """The root, and tibia, talus and toes of both sides."""
    root = model.body(root_body(model)).name
    names = [root, *(f"{part}_{side}" for side in SIDES for part in TRACKED_PARTS)]
    known = {model.body(i).name for i in range(model.nbody)}
    missing = [name for name in names if name not in known]
    if missing:
        raise InputError(
            f"the model has no body {missing[0]!r} to track by default; "
            "name its tracked bodies with tracked_bodies=[...]"
        )
    return names


def facing(qpos: npt.NDArray[np.floating]) -> Array:
    """Return which way roots face, rad from the world's x axis to the left, (...,) of (..., nq)."""
    forward = matrix_from_quat(np.asarray(qpos[..., 3:7], np.float64)) @ np.array(FORWARD)
    yaw: Array = np.arctan2(forward[..., 1], forward[..., 0])
    return yaw


def check_legs(model: mujoco.MjModel) -> None:
    """Raise InputError unless the model has the legs of the composed models."""
    names = {model.body(i).name for i in range(model.nbody)}
    needed = [f"{part}_{s}" for part in ("femur", "tibia", "talus", "calcn", "toes") for s in SIDES]
    missing = [name for name in needed if name not in names]
    if missing:
        raise InputError(
            f"recorded motions need a model with MyoLegs' legs; this one has no body {missing[0]!r}"
        )


def foot(model: mujoco.MjModel, side: str, tracked: list[str]) -> _engine.Foot:
    """Describe a foot for the contact pass: spheres of its sole and the points it stands on."""
    heel_body, toe_body = (model.body(f"{part}_{side}").id for part in ("calcn", "toes"))
    ends = capsule_ends(model, heel_body)
    middle = float(np.mean([centre[0] for centre, _ in ends]))
    rear = [end for end in ends if end[0][0] < middle]
    front = [end for end in ends if end[0][0] >= middle]
    tips = capsule_ends(model, toe_body)
    foot = _engine.Foot()
    foot.ankle_target = tracked.index(f"talus_{side}")
    foot.toes_target = tracked.index(f"toes_{side}")
    foot.heel = _part(heel_body, rear, [(heel_body, end) for end in rear])
    foot.toes = _part(
        toe_body,
        tips,
        [(heel_body, end) for end in front] + [(toe_body, end) for end in tips],
    )
    tip, radius = max(tips, key=lambda end: float(end[0][0]))
    foot.toes.point = [tip[0], tip[1] - radius, tip[2]]
    return foot


def sole_spheres(model: mujoco.MjModel) -> list[list[_engine.SoleSphere]]:
    """Return, right foot first, the spheres that each foot stands on.

    Raises:
        InputError: the model lacks the legs of the composed models, or its feet are not capsules.
    """
    check_legs(model)
    tracked = default_tracked_bodies(model)
    feet = [foot(model, side, tracked) for side in SIDES]
    return [[*foot.heel.sole, *foot.toes.sole] for foot in feet]


def hip_height(model: mujoco.MjModel) -> float:
    """Return how high the right hip's centre is over the soles where the legs are straight, m."""
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    lowest = min(
        float((data.xpos[s.body] + data.xmat[s.body].reshape(3, 3) @ s.centre)[2]) - s.radius
        for s in sole_spheres(model)[0]
    )
    return float(data.body("femur_r").xpos[2]) - lowest


def _part(
    body: int,
    ends: list[tuple[Array, float]],
    sole: list[tuple[int, tuple[Array, float]]],
) -> _engine.FootPart:
    part = _engine.FootPart()
    part.body = body
    centre = np.mean([end[0] for end in ends], axis=0)
    centre[1] -= np.mean([end[1] for end in ends])
    part.point = centre.tolist()
    spheres = []
    for owner, (place, radius) in sole:
        sphere = _engine.SoleSphere()
        sphere.body, sphere.centre, sphere.radius = owner, place.tolist(), radius
        spheres.append(sphere)
    part.sole = spheres
    return part


def leg_shapes(model: mujoco.MjModel, side: str) -> list[_engine.Capsule]:
    """Return the colliding shapes of a leg; ellipsoids as capsules along their longest axis."""
    bodies = {model.body(f"{part}_{side}").id for part in ("femur", "tibia", "calcn", "toes")}
    shapes = []
    for geom in range(model.ngeom):
        if int(model.geom_bodyid[geom]) not in bodies or not model.geom_contype[geom]:
            continue
        size = model.geom_size[geom]
        kind = int(model.geom_type[geom])
        if kind == int(mujoco.mjtGeom.mjGEOM_CAPSULE):
            longest, radius, half = 2, float(size[0]), float(size[1])
        elif kind == int(mujoco.mjtGeom.mjGEOM_ELLIPSOID):
            longest = int(np.argmax(size))
            radius = float(np.delete(size, longest).max())
            half = float(size[longest]) - radius
        else:
            continue
        axis = matrix_from_quat(model.geom_quat[geom])[:, longest]
        shape = _engine.Capsule()
        shape.body, shape.radius = int(model.geom_bodyid[geom]), radius
        shape.from_ = (model.geom_pos[geom] - half * axis).tolist()
        shape.to = (model.geom_pos[geom] + half * axis).tolist()
        shapes.append(shape)
    return shapes


def capsule_ends(model: mujoco.MjModel, body: int) -> list[tuple[Array, float]]:
    """Return centres, in body axes, and radii of the end spheres of a body's capsules."""
    ends = []
    for geom in range(model.ngeom):
        if model.geom_bodyid[geom] != body or not model.geom_contype[geom]:
            continue
        if int(model.geom_type[geom]) != int(mujoco.mjtGeom.mjGEOM_CAPSULE):
            continue
        axis = matrix_from_quat(model.geom_quat[geom])[:, 2]
        radius, half = (float(x) for x in model.geom_size[geom, :2])
        ends += [(model.geom_pos[geom] + sign * half * axis, radius) for sign in (-1.0, 1.0)]
    if not ends:
        raise InputError(
            f"body {model.body(body).name!r} has no capsules to stand on; recorded motions need a "
            "model whose feet are capsules, such as myolegs, myolegs_abdomen or myofullbody"
        )
    return ends


def foot_geoms(model: mujoco.MjModel, body: str) -> list[int]:
    """Return the ids of the colliding geoms of a body, none if the model has no such body."""
    i = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_BODY, body)
    return [
        g for g in range(model.ngeom) if model.geom_bodyid[g] == i >= 0 and model.geom_contype[g]
    ]
