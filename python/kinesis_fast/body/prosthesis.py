"""MyoLegs with an Open Source Leg in the place of the right one, from mid-thigh down.

What the prosthesis weighs, where, how strong its motors are and which muscles the stump has left is
read from ``myo_sim``'s Open Source Leg. Its joints stay where MyoLegs' knee and ankle are, so that
motions, observations and policies of MyoLegs fit; its socket is rigid, and its foot bends at
MyoLegs' joints by springs.
"""

from __future__ import annotations

from pathlib import Path

import mujoco
import myo_sim
import numpy as np
import numpy.typing as npt

from kinesis_fast.body.motors import ENDS, add_motor

Array = npt.NDArray[np.float64]

FILE = Path("models", "legacy", "osl", "myolegs_osl.xml")
"""In ``myo_sim``."""
STUMP = ("femur_r", "prosthetic_socket", "osl_femoral_pylon", "osl_proximal_adapter")
SHANK = ("osl_knee_assembly", "osl_tibial_pylon", "osl_ankle_assembly")
FOOT = ("osl_foot_assembly",)
"""Bodies of the source, by what they are part of here."""
FOOT_SHARES = {"talus_r": 0.2, "calcn_r": 0.6, "toes_r": 0.2}
"""How much of the prosthetic foot's mass MyoLegs' bodies of a foot have."""
MOTORS = {"knee_angle_r": "osl_knee_torque_actuator", "ankle_angle_r": "osl_ankle_torque_actuator"}
"""The source's motor of each joint."""
ROTOR = 0.1
"""kg m^2 that a motor's rotor has at its joint: that of some 4e-5 kg m^2 through the source's
gears, a size that is assumed, since the source gives none. Without it a foot of 0.3 kg is shaken by
a motor that follows 15 ms late."""
SPRINGS = {"subtalar_angle_r": (300.0, 3.0), "mtp_angle_r": (60.0, 1.0)}
"""N m/rad and N m s/rad of the foot's joints, which nothing drives: a blade that bends a little."""
LEAST_INERTIA = 1e-4
"""kg m^2, of a part of the foot."""


def fit_open_source_leg(spec: mujoco.MjSpec) -> None:
    """Change MyoLegs into MyoLegs with an Open Source Leg, in place."""
    source = mujoco.MjModel.from_xml_path(str(Path(myo_sim.__file__).parent / FILE))
    _leave_muscles(spec, {source.actuator(i).name for i in range(source.nu)})
    model = spec.compile()
    _weigh(spec, model, source)
    for joint, motor in MOTORS.items():
        actuator = source.actuator(motor)
        torque = float(actuator.gear[0] * actuator.gainprm[0] * actuator.ctrlrange[1])
        for end, sign in zip(ENDS, (-1.0, 1.0), strict=True):
            name = f"{joint.removesuffix('_angle_r')}_motor{end}_r"
            add_motor(spec, name, spec.joint(joint), torque, sign)
        spec.joint(joint).armature = ROTOR
    for name, (stiffness, damping) in SPRINGS.items():
        joint = spec.joint(name)
        joint.stiffness, joint.damping = [stiffness, 0.0, 0.0], [damping, 0.0, 0.0]
        joint.springref = 0.0


def _leave_muscles(spec: mujoco.MjSpec, kept: set[str]) -> None:
    """Take the muscles away that the source has not, with their paths."""
    for actuator in list(spec.actuators):
        if actuator.name not in kept:
            tendon = spec.tendon(actuator.target)
            spec.delete(actuator)
            spec.delete(tendon)


def _weigh(spec: mujoco.MjSpec, model: mujoco.MjModel, source: mujoco.MjModel) -> None:
    """Give the thigh, the shank and the foot the source's masses, by where they are to a joint."""
    here, there = mujoco.MjData(model), mujoco.MjData(source)
    for one, data in ((model, here), (source, there)):
        mujoco.mj_kinematics(one, data)
        mujoco.mj_comPos(one, data)
    turn = here.body("femur_l").xmat.reshape(3, 3) @ there.body("femur_l").xmat.reshape(3, 3).T
    for body, parts, ours, theirs in (
        ("femur_r", STUMP, "hip_flexion_r", "hip_flexion_r"),
        ("tibia_r", SHANK, "knee_angle_r", "osl_knee_angle_r"),
    ):
        mass, centre, inertia = _together(source, there, parts)
        place = here.joint(ours).xanchor + turn @ (centre - there.joint(theirs).xanchor)
        _set_inertia(spec, here, body, mass, place, turn @ inertia @ turn.T)
    mass, _, _ = _together(source, there, FOOT)
    for body, share in FOOT_SHARES.items():
        number = model.body(body).id
        scale = share * mass / model.body_mass[number]
        axes = here.ximat[number].reshape(3, 3)
        moments = np.maximum(scale * model.body_inertia[number], LEAST_INERTIA)
        inertia = axes @ np.diag(moments) @ axes.T
        _set_inertia(spec, here, body, share * mass, here.xipos[number], inertia)


def _together(
    model: mujoco.MjModel, data: mujoco.MjData, bodies: tuple[str, ...]
) -> tuple[float, Array, Array]:
    """Return mass, centre (3,) and inertia about it (3, 3), world axes, of bodies as one."""
    numbers = [model.body(name).id for name in bodies]
    masses = model.body_mass[numbers]
    centre = masses @ data.xipos[numbers] / masses.sum()
    inertia = np.zeros((3, 3))
    for number, mass in zip(numbers, masses, strict=True):
        axes, off = data.ximat[number].reshape(3, 3), data.xipos[number] - centre
        inertia += axes @ np.diag(model.body_inertia[number]) @ axes.T
        inertia += mass * (off @ off * np.eye(3) - np.outer(off, off))
    return float(masses.sum()), centre, inertia


def _set_inertia(
    spec: mujoco.MjSpec, data: mujoco.MjData, name: str, mass: float, place: Array, inertia: Array
) -> None:
    """Give a body a mass, at a place of the world (3,), with an inertia about it, world axes."""
    pose = data.body(name)
    axes = pose.xmat.reshape(3, 3)
    moments, turn = np.linalg.eigh(axes.T @ inertia @ axes)
    quat = np.zeros(4)
    mujoco.mju_mat2Quat(quat, (turn * np.sign(np.linalg.det(turn))).ravel())
    body = spec.body(name)
    body.explicitinertial = True
    body.mass, body.inertia, body.fullinertia = mass, moments, np.full(6, np.nan)
    body.ipos, body.iquat = axes.T @ (place - pose.xpos), quat
