"""Compose and prepare MuJoCo muscle models.

Composed models come from ``myo_sim`` at run time; nothing of them is stored in this
project. :func:`load_model` also takes the path of any MJCF file with muscle actuators.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError, did_you_mean

COMPOSED_MODELS = ("myolegs", "myolegs26", "myolegs_abdomen", "myofullbody")
"""Names that :func:`load_model` composes from ``myo_sim``."""

TIMESTEP = 1.0 / 150.0
"""Default physics substep, seconds."""

FOOT_TOUCH_SENSORS = ("r_foot", "r_toes", "l_foot", "l_toes")
"""Touch sensors under the feet of the composed models, newtons, in observation order."""

LINEAR_VELOCITY_SENSOR = "kinesis/linvel/"
"""Prefix of the frame sensors of a body origin's linear velocity, m/s, world axes."""

ANGULAR_VELOCITY_SENSOR = "kinesis/angvel/"
"""Prefix of the frame sensors of a body's angular velocity, rad/s, world axes."""


def load_model(
    name: str | Path = "myolegs",
    *,
    timestep: float | None = None,
    strip: bool = True,
    sensor_bodies: Sequence[str] = (),
) -> mujoco.MjModel:
    """Return a compiled model that the engine can step.

    Composed models stand on a plain floor at z = 0. Their default pose ``qpos0`` satisfies
    every joint coupling. Frame sensors give the velocities of the root, of every body with
    a joint, and of ``sensor_bodies``.

    Args:
        name: one of :data:`COMPOSED_MODELS`, or the path of an MJCF file.
        timestep: physics substep in seconds; by default 1/150.
        strip: delete sites and visual geoms that physics does not use. Trajectories are
            bit-identical either way; rendering needs ``strip=False``.
        sensor_bodies: further bodies to put frame sensors on.

    Raises:
        InputError: unknown name, unreadable file, a model without muscles or free root
            joint, an unknown sensor body, or a timestep that is not positive.
    """
    if timestep is not None and not 0.0 < timestep <= 0.1:
        raise InputError(f"timestep {timestep} s is outside (0, 0.1]; the default is 1/150")
    composed = str(name) in COMPOSED_MODELS
    with quiet_mujoco():
        spec = _compose(str(name)) if composed else _read_mjcf(name)
        spec.option.timestep = TIMESTEP if timestep is None else timestep
        model = spec.compile()
        _check_usable(model, str(name))
        if composed:
            _couple_default_pose(spec, model)
        _add_velocity_sensors(spec, model, sensor_bodies)
        if strip:
            _strip(spec, spec.compile())
        return spec.compile()


def root_body(model: mujoco.MjModel) -> int:
    """Return the id of the first body that hangs on a free joint."""
    for joint in range(model.njnt):
        if model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_FREE:
            return int(model.jnt_bodyid[joint])
    raise InputError("the model has no free joint; the body to imitate with needs one as its root")


def bodies_with_joints(model: mujoco.MjModel) -> list[str]:
    """Return the names of the root and of every body with a joint of its own, in order."""
    return [model.body(i).name for i in range(1, model.nbody) if model.body_jntnum[i] > 0]


@dataclass(frozen=True)
class JointCoupling:
    """One active polynomial joint equality: q_dependent = sum_k coefficients[k] * q_source^k.

    Relative to ``qpos0`` of both joints, as MuJoCo computes it (XML reference,
    ``equality/joint``); ``source_qpos`` is -1 where the dependent joint is fixed.
    """

    dependent_qpos: int
    dependent_dof: int
    source_qpos: int
    source_dof: int
    coefficients: npt.NDArray[np.float64]


def joint_couplings(model: mujoco.MjModel) -> list[JointCoupling]:
    """Return the model's joint equalities in order."""
    found = []
    for i in range(model.neq):
        if model.eq_type[i] != mujoco.mjtEq.mjEQ_JOINT or not model.eq_active0[i]:
            continue
        dependent, source = int(model.eq_obj1id[i]), int(model.eq_obj2id[i])
        found.append(
            JointCoupling(
                dependent_qpos=int(model.jnt_qposadr[dependent]),
                dependent_dof=int(model.jnt_dofadr[dependent]),
                source_qpos=int(model.jnt_qposadr[source]) if source >= 0 else -1,
                source_dof=int(model.jnt_dofadr[source]) if source >= 0 else -1,
                coefficients=np.array(model.eq_data[i, :5], dtype=np.float64),
            )
        )
    return found


def apply_couplings(
    model: mujoco.MjModel,
    qpos: npt.NDArray[np.float64],
    qvel: npt.NDArray[np.float64] | None = None,
) -> None:
    """Set dependent joints, and their velocities, from the joint couplings, in place.

    Args:
        model: the model whose couplings are applied.
        qpos: positions, (..., nq).
        qvel: velocities, (..., nv), or None.
    """
    for c in joint_couplings(model):
        base = model.qpos0[c.dependent_qpos]
        if c.source_qpos < 0:
            qpos[..., c.dependent_qpos] = base + c.coefficients[0]
            continue
        x = qpos[..., c.source_qpos] - model.qpos0[c.source_qpos]
        qpos[..., c.dependent_qpos] = base + np.polynomial.polynomial.polyval(x, c.coefficients)
        if qvel is not None:
            slope = np.polynomial.polynomial.polyder(c.coefficients)
            qvel[..., c.dependent_dof] = (
                np.polynomial.polynomial.polyval(x, slope) * qvel[..., c.source_dof]
            )


def independent_joints(model: mujoco.MjModel) -> list[str]:
    """Return, in order, the names of the joints that no coupling makes follow another.

    Without the free root; a ball joint is named three times. Joint torques are counted in them.
    """
    dependent = {c.dependent_dof for c in joint_couplings(model)}
    joints = [int(model.dof_jntid[dof]) for dof in range(model.nv) if dof not in dependent]
    free = int(mujoco.mjtJoint.mjJNT_FREE)
    return [model.joint(j).name for j in joints if int(model.jnt_type[j]) != free]


def muscle_names(model: mujoco.MjModel) -> list[str]:
    """Return the names of the muscles in order."""
    return [model.actuator(i).name for i in range(model.nu)]


def without_side(name: str) -> str:
    """Return a joint's or muscle's name without ``_r`` or ``_l``."""
    return name.removesuffix("_r").removesuffix("_l")


def by_name(
    setting: str, values: Mapping[str, float], names: Sequence[str], default: float
) -> list[float]:
    """Return the value of every name; keys may leave out a name's side, ``_r`` or ``_l``.

    Raises:
        InputError: a key that fits no name; names the nearest.
    """
    plain = [without_side(name) for name in names]
    for key in values:
        if key not in names and key not in plain:
            raise InputError(f"unknown name {key!r} in {setting}{did_you_mean(key, plain)}")
    return [
        float(values.get(name, values.get(short, default)))
        for name, short in zip(names, plain, strict=True)
    ]


@contextlib.contextmanager
def quiet_mujoco() -> Iterator[None]:
    """Keep MuJoCo's warnings off the screen and out of ``MUJOCO_LOG.TXT`` for a while."""
    previous = mujoco.get_mju_user_warning()
    mujoco.set_mju_user_warning(lambda _message: None)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        mujoco.set_mju_user_warning(previous)


def _compose(name: str) -> mujoco.MjSpec:
    from myo_sim.build.compose import build_spec

    spec = build_spec(name)
    for geom in list(spec.worldbody.geoms):
        if geom.name != "floor":
            spec.delete(geom)
    floor = spec.geom("floor")
    floor.pos = [0.0, 0.0, 0.0]
    floor.size = [50.0, 50.0, 0.1]
    _paint_scene(spec, floor)
    return spec


def _paint_scene(spec: mujoco.MjSpec, floor: mujoco.MjsGeom) -> None:
    """Give pictures a sky, and a floor with tiles of one metre that show how far a body goes."""
    spec.add_texture(
        name="kinesis_tiles",
        type=mujoco.mjtTexture.mjTEXTURE_2D,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_CHECKER,
        rgb1=[0.82, 0.85, 0.88],
        rgb2=[0.70, 0.74, 0.78],
        width=256,
        height=256,
    )
    spec.add_texture(
        name="kinesis_sky",
        type=mujoco.mjtTexture.mjTEXTURE_SKYBOX,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_GRADIENT,
        rgb1=[0.93, 0.95, 0.97],
        rgb2=[0.72, 0.80, 0.88],
        width=128,
        height=768,
    )
    material = spec.add_material(name="kinesis_tiles", texuniform=True, texrepeat=[0.5, 0.5])
    material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = "kinesis_tiles"
    floor.material = "kinesis_tiles"


def _read_mjcf(path: str | Path) -> mujoco.MjSpec:
    file = Path(path)
    if not file.is_file():
        if file.suffix == "":
            hint = did_you_mean(str(path), COMPOSED_MODELS)
            raise InputError(
                f"unknown model {str(path)!r}{hint} (or give the path of an MJCF file)"
            )
        raise InputError(f"model file {str(path)!r} does not exist")
    try:
        return mujoco.MjSpec.from_file(str(file))
    except ValueError as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"model file {str(path)!r} is not readable MJCF: {reason}") from error


def _check_usable(model: mujoco.MjModel, name: str) -> None:
    muscle = mujoco.mjtGain.mjGAIN_MUSCLE
    missing = []
    if model.nu == 0 or not np.all(model.actuator_gaintype == muscle):
        count = int(np.sum(model.actuator_gaintype == muscle))
        missing.append(f"every actuator must be a muscle ({count} of {model.nu} are)")
    elif not np.all(model.actuator_dyntype == mujoco.mjtDyn.mjDYN_MUSCLE):
        missing.append("every muscle needs activation dynamics (dyntype 'muscle')")
    if model.nq == 0 or not np.any(model.jnt_type == mujoco.mjtJoint.mjJNT_FREE):
        missing.append("a root body with a free joint")
    if missing:
        raise InputError(f"model {name!r} cannot be used; missing: " + "; ".join(missing))


def _couple_default_pose(spec: mujoco.MjSpec, model: mujoco.MjModel) -> None:
    """Move dependent bodies so that ``qpos0`` satisfies the joint couplings.

    A coupling's constant term p0 becomes part of the body's resting pose and the joint
    counts from there: the geometry of every configuration stays as it was, while the
    joint's coordinate, range and polynomial shift by -p0. Bodies and joint axes are read
    off the coupled pose, so that the product of exponentials of the joints is unchanged.
    """
    shifts = {
        int(model.eq_obj1id[i]): float(model.eq_data[i, 0])
        for i in range(model.neq)
        if model.eq_type[i] == mujoco.mjtEq.mjEQ_JOINT and abs(model.eq_data[i, 0]) > 1e-6
    }
    if not shifts:
        return
    data = mujoco.MjData(model)
    for joint, shift in shifts.items():
        data.qpos[model.jnt_qposadr[joint]] += shift
    mujoco.mj_kinematics(model, data)
    for body in sorted({int(model.jnt_bodyid[joint]) for joint in shifts}):
        _rest_body_at(spec.body(model.body(body).name), model, data, body)
    for joint, shift in shifts.items():
        element = spec.joint(model.joint(joint).name)
        element.range = np.asarray(element.range) - shift
    for equality in spec.equalities:
        i = model.equality(equality.name).id
        if int(model.eq_obj1id[i]) in shifts:
            coefficients = np.array(equality.data)
            coefficients[0] = 0.0
            equality.data = coefficients


def _rest_body_at(
    element: mujoco.MjsBody, model: mujoco.MjModel, data: mujoco.MjData, body: int
) -> None:
    """Give a spec body the pose, and its joints the axes, that ``data`` holds."""
    parent = model.body_parentid[body]
    inverse_parent, relative, rotation = np.zeros(4), np.zeros(4), np.zeros(9)
    mujoco.mju_negQuat(inverse_parent, data.xquat[parent])
    mujoco.mju_mulQuat(relative, inverse_parent, data.xquat[body])
    element.pos = data.xmat[parent].reshape(3, 3).T @ (data.xpos[body] - data.xpos[parent])
    element.quat = relative
    mujoco.mju_quat2Mat(rotation, data.xquat[body])
    to_body = rotation.reshape(3, 3).T
    for joint in element.joints:
        i = model.joint(joint.name).id
        joint.axis = to_body @ data.xaxis[i]
        joint.pos = to_body @ (data.xanchor[i] - data.xpos[body])


def _add_velocity_sensors(spec: mujoco.MjSpec, model: mujoco.MjModel, extra: Sequence[str]) -> None:
    names = bodies_with_joints(model)
    for name in extra:
        if mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_BODY, name) < 0:
            every = [model.body(i).name for i in range(1, model.nbody)]
            raise InputError(f"unknown body {name!r}{did_you_mean(name, every)}")
        if name not in names:
            names.append(name)
    for name in names:
        for prefix, kind in (
            (LINEAR_VELOCITY_SENSOR, mujoco.mjtSensor.mjSENS_FRAMELINVEL),
            (ANGULAR_VELOCITY_SENSOR, mujoco.mjtSensor.mjSENS_FRAMEANGVEL),
        ):
            spec.add_sensor(
                name=prefix + name, type=kind, objtype=mujoco.mjtObj.mjOBJ_XBODY, objname=name
            )


def _strip(spec: mujoco.MjSpec, model: mujoco.MjModel) -> None:
    """Delete the sites, visual geoms and meshes that no tendon, sensor or contact uses."""
    for i in range(1, model.nbody):
        body = spec.body(model.body(i).name)
        body.explicitinertial = True
        body.mass = model.body_mass[i]
        body.inertia = model.body_inertia[i]
        body.fullinertia = np.full(6, np.nan)
        body.ipos = model.body_ipos[i]
        body.iquat = model.body_iquat[i]
    used_sites, used_geoms = _used_elements(model)
    # Gathered before anything is deleted: deleting invalidates the elements' ids.
    unused = [site for site in spec.sites if site.id not in used_sites]
    unused += [geom for geom in spec.geoms if geom.id not in used_geoms]
    for element in unused:
        spec.delete(element)
    kept_meshes = {geom.meshname for geom in spec.geoms}
    for mesh in list(spec.meshes):
        if mesh.name not in kept_meshes:
            spec.delete(mesh)
    for painted in (*spec.geoms, *spec.sites, *spec.tendons):
        painted.material = ""
    for paint in (*spec.materials, *spec.textures):
        spec.delete(paint)


def _used_elements(model: mujoco.MjModel) -> tuple[set[int], set[int]]:
    """Return the ids of sites and geoms that affect physics or sensors."""
    wrap_geoms = (mujoco.mjtWrap.mjWRAP_SPHERE, mujoco.mjtWrap.mjWRAP_CYLINDER)
    sites: set[int] = set()
    geoms: set[int] = {
        i for i in range(model.ngeom) if model.geom_contype[i] or model.geom_conaffinity[i]
    }
    for i in range(model.nwrap):
        kind, target, side = int(model.wrap_type[i]), model.wrap_objid[i], model.wrap_prm[i]
        if kind == mujoco.mjtWrap.mjWRAP_SITE:
            sites.add(int(target))
        elif kind in wrap_geoms:
            geoms.add(int(target))
            if side >= 0:
                sites.add(int(side))
    geoms.update(int(i) for i in model.pair_geom1)
    geoms.update(int(i) for i in model.pair_geom2)
    for types, ids in (
        (model.sensor_objtype, model.sensor_objid),
        (model.sensor_reftype, model.sensor_refid),
        (model.eq_objtype, model.eq_obj1id),
        (model.eq_objtype, model.eq_obj2id),
    ):
        for kind, target in zip(types.tolist(), ids.tolist(), strict=True):
            if kind == mujoco.mjtObj.mjOBJ_SITE:
                sites.add(target)
            elif kind == mujoco.mjtObj.mjOBJ_GEOM:
                geoms.add(target)
    site_transmissions = (mujoco.mjtTrn.mjTRN_SITE, mujoco.mjtTrn.mjTRN_SLIDERCRANK)
    for i in range(model.nu):
        if model.actuator_trntype[i] in site_transmissions:
            sites.update(int(j) for j in model.actuator_trnid[i] if j >= 0)
    return sites, geoms
