"""Devices of the plain environment: the laws of ``cpp/kinesis/device``, written plainly."""

from __future__ import annotations

from collections.abc import Sequence

import mujoco
import numpy as np

from kinesis_fast.body import independent_joints, muscle_names, without_side
from kinesis_fast.body.legs import FOOT_TOUCH_SENSORS, SIDES
from kinesis_fast.tasks.devices import DeviceConfig


class ReferenceDevices:
    """The devices of one body, and the clocks of its feet."""

    def __init__(self, model: mujoco.MjModel, devices: Sequence[DeviceConfig]) -> None:
        self.model = model
        self.worn = [
            (device, joint)
            for device in devices
            for joint in independent_joints(model)
            if device.joint in (joint, without_side(joint))
        ]
        present = {model.sensor(i).name for i in range(model.nsensor)}
        self.touch = [name for name in FOOT_TOUCH_SENSORS if name in present]
        self.mass = float(model.body_mass.sum())
        self.reset(None)

    def reset(self, data: mujoco.MjData | None) -> None:
        """Begin an episode; feet that are loaded stand."""
        self.torque = np.zeros(len(self.worn))
        self.lock: list[float | None] = [None] * len(self.worn)
        self.since_strike, self.stride = np.zeros(2), np.zeros(2)
        self.since_change = np.full(2, 0.1)
        self.stands = np.array([data is not None and self.load(data, s) > 50.0 for s in SIDES])

    def load(self, data: mujoco.MjData, side: str) -> float:
        """Force under a foot, N."""
        return float(sum(data.sensor(name).data[0] for name in self.touch if name[0] == side))

    def act(self, data: mujoco.MjData) -> None:
        """Put the torques of the physics step that comes into ``data.qfrc_applied``."""
        seconds = self.model.opt.timestep
        for i, (device, joint) in enumerate(self.worn):
            side = 1 if joint.endswith("_l") else 0
            known = self.stride[side] > 0 and self.since_strike[side] < self.stride[side]
            phase = self.since_strike[side] / self.stride[side] if known else -1.0
            angle, rate = float(data.joint(joint).qpos[0]), float(data.joint(joint).qvel[0])
            wanted = self._wanted(i, device, joint, phase, angle, data)
            change = device.most_rate * seconds
            made = np.clip(wanted, self.torque[i] - change, self.torque[i] + change)
            most = min(device.most_torque, device.most_power / max(abs(rate), 1e-9))
            self.torque[i] = np.clip(made, -most, most)
            data.qfrc_applied[self.model.joint(joint).dofadr[0]] = self.torque[i]

    def note(self, data: mujoco.MjData) -> None:
        """See that the physics step was taken."""
        for foot, side in enumerate(SIDES):
            self._tick(foot, self.load(data, side), self.model.opt.timestep)

    def _tick(self, side: int, load: float, seconds: float) -> None:
        self.since_strike[side] += seconds
        self.since_change[side] += seconds
        changes = load < 20.0 if self.stands[side] else load > 50.0
        if not changes or self.since_change[side] < 0.1:
            return
        self.stands[side] = not self.stands[side]
        self.since_change[side] = 0.0
        if self.stands[side]:
            since = self.since_strike[side]
            self.stride[side] = since if 0.4 <= since <= 2.5 else 0.0
            self.since_strike[side] = 0.0

    def _wanted(
        self,
        i: int,
        device: DeviceConfig,
        joint: str,
        phase: float,
        angle: float,
        data: mujoco.MjData,
    ) -> float:
        if device.law == "drive":
            names = {f"{name}{end}" for name in device.muscles for end in ("", joint[-2:])}
            drives = [
                data.ctrl[k] for k, name in enumerate(muscle_names(self.model)) if name in names
            ]
            return device.gain * float(np.mean(drives))
        if device.law == "spring":
            if not device.lock <= 100.0 * phase < device.release:
                self.lock[i] = None
                return 0.0
            locked = self.lock[i]
            locked = angle if locked is None else locked
            self.lock[i] = locked
            moved = angle - locked
            pulls = moved > 0 if device.stiffness >= 0 else moved < 0
            return -abs(device.stiffness) * moved if pulls else 0.0
        at = 100.0 * phase
        if phase < 0 or not device.peak_time - device.rise < at < device.peak_time + device.fall:
            return 0.0
        share = (
            (at - device.peak_time + device.rise) / device.rise
            if at <= device.peak_time
            else (device.peak_time + device.fall - at) / device.fall
        )
        return device.peak * self.mass * share**2 * (3.0 - 2.0 * share)
