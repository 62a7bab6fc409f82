"""Devices on a body: exoskeletons, springs with clutches, torques that follow muscles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import mujoco

from kinesis_fast import _engine, config
from kinesis_fast.body import independent_joints, muscle_names, without_side
from kinesis_fast.body.legs import FOOT_TOUCH_SENSORS, SIDES
from kinesis_fast.errors import InputError, did_you_mean
from kinesis_fast.native_settings import filled
from kinesis_fast.settings import OneOf, Unit, within
from kinesis_fast.settings import check as check_settings
from kinesis_fast.yaml_file import read_yaml

LAWS = ("profile", "spring", "drive")
PERCENT = Unit("% of the stride")
NUMBERS = 4
"""That the engine keeps of a device, and a policy may see."""


@dataclass
class DeviceConfig:
    """A device at a joint: ``docs/devices.md`` has the laws."""

    joint: str = ""
    """Name of a joint that follows no other, without its side for one on both legs."""
    law: Annotated[str, OneOf(LAWS)] = "profile"
    """``profile``: a torque by where in its stride the leg is; ``spring``: one that a clutch locks
    and lets go; ``drive``: a torque in proportion to the excitation of muscles."""
    peak: Annotated[float, within(-10.0, 10.0), Unit("N m/kg")] = 0.0
    """Of ``profile``: the largest torque, a kg of the body, along the joint's positive direction: a
    device that plantarflexes has a negative one."""
    peak_time: Annotated[float, within(0.0, 100.0), PERCENT] = 52.0
    """Of ``profile``: when it is largest, from the foot's strike on."""
    rise: Annotated[float, within(0.1, 100.0), PERCENT] = 26.0
    """Of ``profile``: how long it rises."""
    fall: Annotated[float, within(0.1, 100.0), PERCENT] = 10.0
    """Of ``profile``: how long it falls."""
    stiffness: Annotated[float, within(-1e4, 1e4), Unit("N m/rad")] = 0.0
    """Of ``spring``: positive, it holds against motion along the joint's positive direction from
    where it was locked; negative, against the other."""
    lock: Annotated[float, within(0.0, 100.0), PERCENT] = 0.0
    """Of ``spring``: when it is locked."""
    release: Annotated[float, within(0.0, 100.0), PERCENT] = 62.0
    """Of ``spring``: when it is let go."""
    gain: Annotated[float, within(-1e3, 1e3), Unit("N m")] = 0.0
    """Of ``drive``: the torque where the muscles are fully excited."""
    muscles: list[str] = field(default_factory=list)
    """Of ``drive``: whose mean excitation it follows, without their side."""
    most_torque: Annotated[float, within(0.0, 1e4), Unit("N m")] = 1e4
    """The largest torque that it can make, either way."""
    most_power: Annotated[float, within(0.0, 1e6), Unit("W")] = 1e6
    """The largest power that it can put in, or take out."""
    most_rate: Annotated[float, within(0.0, 1e7), Unit("N m/s")] = 1e7
    """How fast its torque can change."""
    mass: dict[str, Annotated[float, within(0.0, 100.0), Unit("kg")]] = field(default_factory=dict)
    """What it weighs, by the body that it sits on, without its side for one on both legs: points at
    the bodies' centres of mass."""


def size(device: DeviceConfig) -> float:
    """Return a device's first number: peak, stiffness or gain."""
    return {"profile": device.peak, "spring": device.stiffness, "drive": device.gain}[device.law]


def told(devices: Sequence[DeviceConfig]) -> list[str]:
    """Return devices in words, one each."""
    said = []
    for one in devices:
        if size(one) == 0.0 and not any(one.mass.values()):
            continue
        if one.law == "profile":
            what = f"{one.peak:g} N m/kg at {one.peak_time:g} % of the stride"
        elif one.law == "spring":
            what = f"a spring of {abs(one.stiffness):g} N m/rad"
        else:
            what = f"{one.gain:g} N m by {', '.join(one.muscles)}"
        said.append(f"device at {one.joint}: {what}")
    return said


def read_devices(path: Path) -> list[DeviceConfig]:
    """Read devices from a YAML file: one as keys and values, or a list of such.

    Args:
        path: of the file.

    Raises:
        InputError: it cannot be read, or is no device; names the setting.
    """
    found = read_yaml(path, "device file")
    entries: list[Any] = found if isinstance(found, list) else [found]
    devices = []
    for entry in entries:
        if not isinstance(entry, dict):
            raise InputError(f"the device file {str(path)!r} holds {entry!r}, which is no device")
        device: DeviceConfig = config.merge(DeviceConfig(), entry)
        check_settings(device, "device.")
        devices.append(device)
    return devices


def device_masses(devices: Sequence[DeviceConfig], bodies: Sequence[str]) -> dict[str, float]:
    """Return what devices weigh by the name of the body, kg.

    Args:
        devices: their settings.
        bodies: names of a model's bodies.

    Raises:
        InputError: there is no body of a name.
    """
    masses: dict[str, float] = {}
    for device in devices:
        for name, mass in device.mass.items():
            of = [body for body in bodies if name in (body, without_side(body))]
            if not of:
                raise InputError(f"device.mass: no body {name!r}{did_you_mean(name, bodies)}")
            if device.joint[-2:] in ("_r", "_l"):
                of = [body for body in of if body[-2:] not in ("_r", "_l")] or [
                    body for body in of if body.endswith(device.joint[-2:])
                ]
            for body in of:
                masses[body] = masses.get(body, 0.0) + mass
    return masses


def on_joints(
    devices: Sequence[DeviceConfig], model: mujoco.MjModel
) -> list[tuple[DeviceConfig, str]]:
    """Return devices with their joints, those on both legs twice, as the engine has them.

    Args:
        devices: their settings.
        model: that they are on.

    Raises:
        InputError: no joint of a name moves of its own.
    """
    joints, found = independent_joints(model), []
    for device in devices:
        at = [name for name in joints if device.joint in (name, without_side(name))]
        if not at:
            hint = did_you_mean(device.joint, [without_side(name) for name in joints])
            raise InputError(f"device.joint: no joint {device.joint!r} moves of its own{hint}")
        found += [(device, joint) for joint in at]
    return found


def native_devices(
    devices: Sequence[DeviceConfig], added: Sequence[float], model: mujoco.MjModel
) -> _engine.DevicesConfig:
    """Return the engine's devices, those on both legs as two.

    Args:
        devices: their settings.
        added: bounds of what the first number of all has more in an episode.
        model: that they are on.

    Raises:
        InputError: there is no such joint or muscle.
    """
    sensors = {model.sensor(i).name: i for i in range(model.nsensor)}
    return filled(
        _engine.DevicesConfig,
        devices=[_native(device, joint, model) for device, joint in on_joints(devices, model)],
        touch_sensors=[
            [sensors[n] for n in FOOT_TOUCH_SENSORS if n[0] == side and n in sensors]
            for side in SIDES
        ],
        least_added=added[0],
        most_added=added[1],
    )


def _native(device: DeviceConfig, joint: str, model: mujoco.MjModel) -> _engine.DeviceConfig:
    side = joint[-1] if joint[-2:] in ("_r", "_l") else SIDES[0]
    names = muscle_names(model)
    muscles = []
    for name in device.muscles:
        wanted = (name, f"{name}_{side}")
        of = [i for i, muscle in enumerate(names) if muscle in wanted]
        if not of:
            hint = did_you_mean(name, map(without_side, names))
            raise InputError(f"device.muscles: no muscle {name!r}{hint}")
        muscles += of
    if device.law == "drive" and not muscles:
        raise InputError("device.muscles is empty; a device of law drive follows muscles")
    if device.law == "spring" and device.release <= device.lock:
        raise InputError(
            f"device.release is {device.release:g} %; it must be after lock, {device.lock:g} %"
        )
    parameters = {
        "profile": [
            device.peak * float(model.body_mass.sum()),
            device.peak_time / 100.0,
            device.rise / 100.0,
            device.fall / 100.0,
        ],
        "spring": [device.stiffness, device.lock / 100.0, device.release / 100.0, 0.0],
        "drive": [device.gain, 0.0, 0.0, 0.0],
    }[device.law]
    return filled(
        _engine.DeviceConfig,
        law=getattr(_engine.DeviceLaw, device.law),
        joint=int(model.joint(joint).id),
        side=SIDES.index(side),
        muscles=muscles,
        parameters=parameters,
        unit=float(model.body_mass.sum()) if device.law == "profile" else 1.0,
        most_torque=device.most_torque,
        most_power=device.most_power,
        most_rate=device.most_rate,
    )
