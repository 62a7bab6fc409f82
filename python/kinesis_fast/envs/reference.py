"""The imitation environment in plain Python: the specification, written for reading.

One environment with MuJoCo's Python functions and numpy, sharing no code with the native
engine. The tests hold the engine to it, and ``kinesis-fast bench`` measures the engine against
it. The semantics are those of KINESIS (Simos et al. 2025, arXiv 2503.14637) as
``docs/architecture.md`` states them.
"""

from __future__ import annotations

import copy
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from kinesis_fast.body import ANGULAR_VELOCITY_SENSOR, LINEAR_VELOCITY_SENSOR
from kinesis_fast.body.legs import FOOT_BODIES, facing
from kinesis_fast.body.tendons import tendons_stretch
from kinesis_fast.envs.reference_control import ReferenceControl
from kinesis_fast.envs.reference_devices import ReferenceDevices
from kinesis_fast.envs.reference_slopes import LaidMotions
from kinesis_fast.errors import InputError
from kinesis_fast.motions.library import MotionLibrary
from kinesis_fast.tasks import environment
from kinesis_fast.tasks.devices import device_masses, native_devices
from kinesis_fast.tasks.imitation import ImitationConfig

Array = npt.NDArray[np.float64]


class ReferenceEnv:
    """One muscle-driven body that follows a clip; float64 throughout, no auto-reset."""

    def __init__(
        self, model: mujoco.MjModel, motions: MotionLibrary, config: ImitationConfig
    ) -> None:
        if config.added_rewards:
            raise InputError("added_rewards are native; the plain environment has the task's own")
        if tendons_stretch(model):
            raise InputError("the plain environment is MuJoCo's step, whose tendons are rigid")
        self.model = copy.deepcopy(model)
        bodies = [model.body(number).name for number in range(1, model.nbody)]
        worn = device_masses(config.conditions.devices, bodies)
        for name, mass in (*config.conditions.added_mass.items(), *worn.items()):
            self.model.body(name).mass += mass
        self.model.geom_friction[:, 0] *= config.conditions.friction
        self.model.pair_friction[:, :2] *= config.conditions.friction
        self.data = mujoco.MjData(self.model)
        self.motions = LaidMotions(model, motions)
        self.config = config
        # Control does not know what a body carries: its gains are those of the body alone.
        self.control = ReferenceControl(model, self.data, self.motions, config)
        self.devices = ReferenceDevices(model, config.conditions.devices)
        self.tracked = [model.body(name).id for name in motions.tracked_bodies]
        self.observed = [model.body(name).id for name in environment.observed_bodies(config, model)]
        self.on_floor = [model.body(number).name in FOOT_BODIES for number in self.observed]
        self.touch = environment.touch_sensors(model)
        self.root = self.observed[0]
        self.clip = 0
        self.start_time = 0.0
        self.control_step = 0

    @property
    def control_timestep(self) -> float:
        """Seconds between two actions."""
        return self.config.substeps * float(self.model.opt.timestep)

    def reset(self, clip: int, start_time: float) -> Array:
        """Start a clip at a time; returns the observation (obs_dim,).

        Muscles start at the clip's prior activations, at rest where it has none.
        """
        self.clip, self.start_time, self.control_step = clip, start_time, 0
        self.tilt()
        reference = self.motions.reference(clip, start_time)
        mujoco.mj_resetData(self.model, self.data)
        self.control.reset()
        self.data.qpos[:] = reference["qpos"]
        self.data.qvel[:] = reference["qvel"]
        if self.motions.prior is not None:
            self.data.act[:] = self.motions.prior_at(clip, start_time)["activation"]
        mujoco.mj_forward(self.model, self.data)
        self.devices.reset(self.data)
        return self.observation()

    def step(self, action: Array) -> tuple[Array, float, bool, bool, dict[str, float]]:
        """Take one control step; returns obs, reward, terminated, truncated, reward terms."""
        energies = []
        begin = self.start_time + self.control_step * self.control_timestep
        for substep in range(self.config.substeps):
            time = begin + substep * self.model.opt.timestep
            excitation = self.control.excitation(
                np.clip(action, -1.0, 1.0), self.clip, time, self.config.substeps - substep
            )
            excitation = self.control.capacity * excitation  # a weak muscle's, of MuJoCo's muscle
            size = np.sum(np.abs(excitation)) + np.linalg.norm(excitation)
            energies.append(np.exp(-self.config.reward.energy_scale * size))
            self.data.ctrl[:] = excitation
            self.devices.act(self.data)
            self.before_physics()
            mujoco.mj_step(self.model, self.data)
            self.devices.note(self.data)
        mujoco.mj_kinematics(self.model, self.data)
        self.control.tire(self.control_timestep)
        self.control_step += 1

        reference = self.reference(self.control_step)
        terms = self.reward_terms(reference) | {"energy": float(np.mean(energies))}
        weights = {name: getattr(self.config.reward, f"{name}_weight") for name in terms}
        reward = sum(weights[name] * terms[name] for name in terms)
        time = self.start_time + self.control_step * self.control_timestep
        truncated = time > self.motions.clips[self.clip].duration + 1e-9
        if self.config.max_episode_steps:
            truncated |= self.control_step >= self.config.max_episode_steps
        return self.observation(), reward, self.lost(reference), bool(truncated), terms

    def tilt(self) -> None:
        """Let the floor rise the way that the body faces: weight pulls aslant on a flat one."""
        size = float(np.linalg.norm(self.model.opt.gravity))
        level = self.motions.level.reference(self.clip, self.start_time)["qpos"]
        rise, yaw = np.deg2rad(self.config.conditions.slope), facing(level)
        ahead = np.array([np.cos(yaw), np.sin(yaw)])
        self.model.opt.gravity[:] = -size * np.array([*(np.sin(rise) * ahead), np.cos(rise)])
        self.motions.rise = np.tan(rise) * ahead

    def before_physics(self) -> None:
        """Nothing; a task may note what it needs of the state before a physics step."""

    def reference(self, control_step: int) -> dict[str, Array]:
        """Return the reference at a control step; past the clip's end it goes on."""
        time = self.start_time + control_step * self.control_timestep
        found = self.motions.reference(self.clip, time)
        past = max(0.0, time - self.motions.clips[self.clip].duration)
        return found | {"tracked_pos": found["tracked_pos"] + past * found["tracked_vel"]}

    def preview(self, steps: int) -> dict[str, Array]:
        """Return the reference so many control steps ahead; a clip holds still at its end."""
        clip = self.motions.clips[self.clip]
        next_time = self.start_time + (self.control_step + 1) * self.control_timestep
        if next_time >= clip.duration:
            return self.reference(self.control_step + 1)
        time = min(next_time + (steps - 1) * self.control_timestep, clip.duration)
        return self.motions.reference(self.clip, time)

    def root_turn(self, reference: dict[str, Array]) -> Array:
        """Return what turns the root into its reference: a rotation vector (3), world axes."""
        root = Rotation.from_matrix(self.data.xmat[self.root].reshape(3, 3))
        wanted = Rotation.from_quat(np.roll(reference["qpos"][3:7], -1))
        turn: Array = (wanted * root.inv()).as_rotvec()
        return turn

    def root_rotation(self, reference: dict[str, Array]) -> list[Array]:
        """Return what the observation has of the root's rotation, world axes."""
        root = self.data.xmat[self.root].reshape(3, 3)
        wanted = Rotation.from_quat(np.roll(reference["qpos"][3:7], -1)).as_matrix()
        spin = wanted @ reference["qvel"][3:6] - root @ self.data.qvel[3:6]
        later = [self.root_turn(self.preview(steps)) for steps in self.config.preview]
        return [self.root_turn(reference), spin, *later]

    def reward_terms(self, reference: dict[str, Array]) -> dict[str, float]:
        """Return the unweighted terms that compare the present state with the reference."""
        scale = self.config.reward
        pos_error = reference["tracked_pos"] - self.data.xpos[self.tracked]
        vel_error = reference["tracked_vel"] - self.tracked_velocities()
        roll, pitch = self.root_tilt()
        return {
            "pos": float(np.exp(-scale.pos_scale * np.mean(pos_error**2))),
            "vel": float(np.exp(-scale.vel_scale * np.mean(vel_error**2))),
            "upright": float(np.exp(-scale.upright_scale * (roll**2 + pitch**2))),
            "prior": self.prior_term(),
            "rot": float(np.exp(-scale.rot_scale * np.sum(self.root_turn(reference) ** 2))),
        }

    def prior_term(self) -> float:
        """Return how close activations are to the muscle prior's, 0 where there is none."""
        if self.motions.prior is None:
            return 0.0
        time = self.start_time + self.control_step * self.control_timestep
        wished = self.motions.prior_at(self.clip, time)["activation"]
        squared = np.mean((self.data.act - wished) ** 2)
        return float(np.exp(-self.config.reward.prior_scale * squared))

    def lost(self, reference: dict[str, Array]) -> bool:
        """Tell whether the tracked bodies are too far from the reference."""
        error = reference["tracked_pos"] - self.data.xpos[self.tracked]
        distance = np.linalg.norm(error, axis=-1)
        worst = np.max(distance) if self.config.termination == "any_body" else np.mean(distance)
        return bool(worst > self.config.termination_distance)

    def upright(self) -> Rotation:
        """Return what turns world vectors so that up, against gravity, is the third axis."""
        up = -self.model.opt.gravity / np.linalg.norm(self.model.opt.gravity)
        turn = np.cross(up, [0.0, 0.0, 1.0])
        size = float(np.linalg.norm(turn))
        return Rotation.from_rotvec(turn * (np.arcsin(size) / size if size > 0.0 else 0.0))

    def root_tilt(self) -> tuple[float, float]:
        """Return the root's roll and pitch, against gravity."""
        root = Rotation.from_matrix(self.data.xmat[self.root].reshape(3, 3))
        return extrinsic_xyz(np.roll((self.upright() * root).as_quat(), 1))[:2]

    def frames(self) -> tuple[Array, Array, Array]:
        """Return what turns world vectors into the heading frame, (3, 3) each.

        By the floor; of places, as if a slope were level; of what stands against gravity.
        """
        yaw = extrinsic_xyz(self.data.xquat[self.root])[2]
        turn = Rotation.from_euler("z", -yaw).as_matrix()
        flat = np.eye(3)
        flat[:2, 2] = -self.motions.rise
        return turn, turn @ flat, turn @ self.upright().as_matrix()

    def observation(self) -> Array:
        """Return the observation (obs_dim,), parts in the order of the design."""
        data = self.data
        roll, pitch = self.root_tilt()
        by_floor, place, upright = self.frames()
        axis = [by_floor if on_floor else upright for on_floor in self.on_floor]
        root_pos = data.xpos[self.root]
        axes = data.xmat[self.observed].reshape(-1, 3, 3)
        two_axes = np.stack([axes[:, :, 0], axes[:, :, 2]], axis=1)
        spins = self.velocities(ANGULAR_VELOCITY_SENSOR, self.observed)
        reference = self.reference(self.control_step + 1)
        parts: list[Any] = [
            [root_pos[2]],
            [np.cos(roll), np.sin(roll), np.cos(pitch), np.sin(pitch)],
            (data.xpos[self.observed[1:]] - root_pos) @ place.T,
            [axes @ turn.T for axes, turn in zip(two_axes, axis, strict=True)],
            self.velocities(LINEAR_VELOCITY_SENSOR, self.observed) @ place.T,
            [turn @ spin for spin, turn in zip(spins, axis, strict=True)],
            [data.sensor(name).data[0] for name in self.touch],
        ]
        muscle = {
            "length": data.actuator_length,
            "velocity": data.actuator_velocity,
            "force": data.actuator_force,
            "activation": data.act,
        }
        parts += [muscle[name] for name in muscle if name in self.config.observe_muscles]
        parts += [self.condition(name) for name in self.config.observe_conditions]
        parts += [
            (reference["tracked_pos"] - data.xpos[self.tracked]) @ place.T,
            (reference["tracked_vel"] - self.tracked_velocities()) @ place.T,
            (reference["tracked_pos"] - root_pos) @ place.T,
            *(
                (self.preview(steps)["tracked_pos"] - root_pos) @ place.T
                for steps in self.config.preview
            ),
        ]
        if self.config.observe_root_rotation:
            parts += [vector @ upright.T for vector in self.root_rotation(reference)]
        return np.concatenate([np.ravel(part) for part in parts])

    def condition(self, name: str) -> Array:
        """Return what is observed of the condition that the body is in."""
        given = self.config.conditions
        if name == "strength":
            return self.control.strength
        if name == "fatigue":
            return self.control.tired
        if name == "device":
            parameters = native_devices(given.devices, (0.0, 0.0), self.model).devices
            return np.concatenate([np.array(one.parameters) for one in parameters])
        if name == "slope":
            up = -self.model.opt.gravity / np.linalg.norm(self.model.opt.gravity)
            yaw = extrinsic_xyz(self.data.xquat[self.root])[2]
            turn = np.array([[np.cos(yaw), np.sin(yaw)], [-np.sin(yaw), np.cos(yaw)]])
            return np.concatenate([turn @ up[:2], up[2:]])
        if name == "friction":
            return np.array([given.friction])
        bodies = (self.model.body(number).name for number in range(self.model.nbody))
        return np.array([given.added_mass.get(body, 0.0) for body in bodies])

    def tracked_velocities(self) -> Array:
        """Velocities of the tracked bodies' origins, (K, 3), m/s, world axes."""
        return self.velocities(LINEAR_VELOCITY_SENSOR, self.tracked)

    def velocities(self, sensor: str, bodies: list[int]) -> Array:
        """Readings of one kind of frame sensor, (len(bodies), 3), world axes."""
        names = [self.model.body(i).name for i in bodies]
        return np.array([self.data.sensor(sensor + name).data for name in names])


def extrinsic_xyz(quat: Array) -> tuple[float, float, float]:
    """Roll, pitch and yaw of a quaternion: rotations about the fixed x, then y, then z axis."""
    w, x, y, z = quat
    roll = np.arctan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y))
    pitch = np.arcsin(np.clip(2 * (w * y - z * x), -1.0, 1.0))
    yaw = np.arctan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))
    return float(roll), float(pitch), float(yaw)
