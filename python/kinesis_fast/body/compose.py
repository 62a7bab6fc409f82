"""MuJoCo muscle models: composed from ``myo_sim`` or read from MJCF, and prepared for the engine.

Composed models come from ``myo_sim`` at run time; nothing of them is stored in this
project. :func:`load_model` also takes the path of any MJCF file with muscle actuators; motors
become pairs of actuators that pull at a joint (:mod:`kinesis_fast.body.motors`).
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Sequence
from importlib.metadata import distribution
from pathlib import Path

import mujoco
import numpy as np

from kinesis_fast import cache
from kinesis_fast.body import prosthesis, rajagopal
from kinesis_fast.body.body_file import is_written_body, write_body
from kinesis_fast.body.default_pose import couple_default_pose
from kinesis_fast.body.motors import is_motor, pair_motors
from kinesis_fast.body.names import (
    ANGULAR_VELOCITY_SENSOR,
    LINEAR_VELOCITY_SENSOR,
    bodies_with_joints,
)
from kinesis_fast.body.scaling import BodyScale, scale_spec
from kinesis_fast.body.stripping import strip_unused
from kinesis_fast.config import check_names
from kinesis_fast.errors import InputError, did_you_mean, is_there

VARIANTS = ("myolegs_opensim", "myolegs_elastic", "myolegs_osl")
COMPOSED_MODELS = ("myolegs", "myolegs26", "myolegs_abdomen", "myofullbody", *VARIANTS)
"""Names that :func:`load_model` composes from ``myo_sim``; ``myolegs_opensim`` is MyoLegs with the
knee, paths and muscles of its source (:mod:`kinesis_fast.body.rajagopal`), ``myolegs_elastic`` the
same with tendons that stretch (:mod:`kinesis_fast.body.tendons`), ``myolegs_osl`` MyoLegs with a
motorised prosthesis from mid-thigh down (:mod:`kinesis_fast.body.prosthesis`)."""

TIMESTEP = 1.0 / 150.0
"""Default physics substep, seconds."""


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
    if str(name) in COMPOSED_MODELS and strip:
        settings = (str(name), repr(timestep), *sensor_bodies)
        return cache.kept(
            "model",
            (_myo_sim(), *settings),
            lambda: _load(name, timestep, strip, sensor_bodies),
            model_bytes,
            model_from_bytes,
        )
    return _load(name, timestep, strip, sensor_bodies)


def model_bytes(model: mujoco.MjModel) -> bytes:
    """Return a compiled model as MuJoCo stores it."""
    buffer = np.zeros(mujoco.mj_sizeModel(model), np.uint8)
    mujoco.mj_saveModel(model, None, buffer)
    return buffer.tobytes()


def model_from_bytes(data: bytes) -> mujoco.MjModel:
    """Return the model of :func:`model_bytes`.

    Raises:
        ValueError: they are none of this MuJoCo's.
    """
    with quiet_mujoco():
        return mujoco.MjModel.from_binary_path("model.mjb", {"model.mjb": data})


def _myo_sim() -> str:
    """Return what tells one installation of myo_sim from another."""
    found = distribution("myo_sim")
    return f"{found.version} {found.read_text('RECORD')}"


def _load(
    name: str | Path, timestep: float | None, strip: bool, sensor_bodies: Sequence[str]
) -> mujoco.MjModel:
    composed = str(name) in COMPOSED_MODELS
    with quiet_mujoco():
        spec = compose(str(name)) if composed else _read_mjcf(name)
        pair_motors(spec)
        composed = composed or is_written_body(spec)
        spec.option.timestep = TIMESTEP if timestep is None else timestep
        model = spec.compile()
        _check_usable(model, str(name))
        if composed:
            couple_default_pose(spec, model)
        _add_velocity_sensors(spec, model, sensor_bodies)
        if strip:
            strip_unused(spec, spec.compile())
        return spec.compile()


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


def compose(name: str) -> mujoco.MjSpec:
    """Return one of :data:`COMPOSED_MODELS` as it can be changed, before it is prepared."""
    from myo_sim.build.compose import build_spec

    spec = build_spec("myolegs" if name in VARIANTS else name)
    if name == "myolegs_osl":
        prosthesis.fit_open_source_leg(spec)
    elif name in VARIANTS:
        rajagopal.restore(spec, elastic=name == "myolegs_elastic")
    for geom in list(spec.worldbody.geoms):
        if geom.name != "floor":
            spec.delete(geom)
    floor = spec.geom("floor")
    floor.pos = [0.0, 0.0, 0.0]
    floor.size = [50.0, 50.0, 0.1]
    _paint_scene(spec, floor)
    return spec


def scaled_body(model: str, scale: BodyScale, path: Path) -> None:
    """Write a built-in model, scaled, as a file that :func:`load_model` reads.

    Raises:
        InputError: no such model, one without MyoLegs' legs, or a place that cannot be written.
    """
    check_names((("model", model, COMPOSED_MODELS),))
    with quiet_mujoco():
        spec = compose(model)
        scale_spec(spec, scale)
        write_body(spec, path)


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
    if not is_there(file):
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
    missing = []
    if np.all(is_motor(model)):
        missing.append(f"actuators that are muscles (none of {model.nu} is)")
    elif not np.all(model.actuator_dyntype == mujoco.mjtDyn.mjDYN_MUSCLE):
        missing.append("every muscle needs activation dynamics (dyntype 'muscle')")
    if model.nq == 0 or not np.any(model.jnt_type == mujoco.mjtJoint.mjJNT_FREE):
        missing.append("a root body with a free joint")
    if missing:
        raise InputError(f"model {name!r} cannot be used; missing: " + "; ".join(missing))


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
