"""Planned motions in plain Python: the specification of the native planner, written for reading.

Motion matching (Clavet 2016) with transitions by inertialisation (Bollo 2018; Holden 2020); it
shares no code with ``cpp/kinesis/motion/motion_planner.cpp``, which the tests hold to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.body.legs import FORWARD
from kinesis_fast.motions.library import MotionLibrary
from kinesis_fast.rotations import axis_rotation, matrix_from_quat
from kinesis_fast.tasks.guided import FEET, PlannerConfig

Array = npt.NDArray[np.float64]

FRAME_RATE = 30.0
"""Hz, at which clips are looked through."""
LOOK = 0.1
"""s, of the steps in which what a command leads to is looked ahead."""
STANDING = 0.1
"""m/s of root and feet, under which a motion stands."""
LEAST_LEFT = 1.05
"""s of a clip under which it is left."""
PRIOR = ("torque", "activation", "excitation")


def wrapped(angle: float) -> float:
    """Return an angle in [-pi, pi]."""
    return float(np.arctan2(np.sin(angle), np.cos(angle)))


@dataclass
class Stance:
    """Where a root is on the floor, and which way it faces."""

    place: Array
    """Where it stands on the floor, m, (2,)."""
    facing: float
    """Which way it faces, rad in the world."""


@dataclass
class Command:
    """Where to go and which way to face, in the world."""

    velocity: Array
    """(2,) m/s; with a target, its norm is the most."""
    facing: float
    """Which way to face, rad in the world."""
    target: Array | None
    """(2,) m, a place to come to."""
    arrival_time: float
    """s, of the spring that comes to it."""


@dataclass
class Steering:
    """What is on its way to a command: the state of the springs that take it up."""

    place: Array
    velocity: Array
    acceleration: Array
    facing: float
    turn_rate: float


@dataclass
class PlayedPlan:
    """What is made up of one environment's reference."""

    clip: int
    joined: float
    """s into the clip at the last transition."""
    elapsed: float
    """s since the episode began, then."""
    place: Array = field(default_factory=lambda: np.zeros(2))
    yaw: float = 0.0
    offsets: dict[str, Array] = field(default_factory=dict)
    """Old minus new at the transition, by what is read; of the root's turn a rotation vector."""


class ReferencePlanner:
    """Plans the motion of one body."""

    def __init__(
        self, model: mujoco.MjModel, motions: MotionLibrary, config: PlannerConfig
    ) -> None:
        self.model = model
        self.motions = motions
        self.config = config
        self.root = int(motions.quaternion_addresses[0]) - 3
        self.feet = [motions.tracked_bodies.index(name) for name in FEET]
        left = max(*config.ahead, 1.1) + 0.1
        self.moments = [
            (clip, i / FRAME_RATE)
            for clip in range(len(motions.clips))
            for i in range(
                int(np.floor((motions.clips[clip].duration - left) * FRAME_RATE + 1e-9)) + 1
            )
        ]
        raw = np.array([self._clip_features(*moment) for moment in self.moments])
        w, ahead, feet = config.weights, len(config.ahead), len(self.feet)
        sizes = (2 * ahead, 2 * ahead, 3 * feet, 3 * feet, 3)
        weights = (w.path, w.facing, w.feet, w.feet_velocity, w.velocity)
        self.mean = raw.mean(axis=0)
        ends = np.cumsum(sizes)
        self.scale = np.concatenate(
            [
                np.full(n, weight / max(1e-6, np.sqrt(raw[:, end - n : end].var(axis=0).mean())))
                for n, end, weight in zip(sizes, ends, weights, strict=True)
            ]
        )
        self.rows = ((raw - self.mean) * self.scale).astype(np.float32)

    def begin(self, clip: int, time: float) -> None:
        """Play a clip from a time on, where it lies."""
        self.plan = PlayedPlan(clip, time, 0.0)
        state = self.read(0.0)
        self.velocity = state["qvel"][self.root : self.root + 2].copy()
        self.acceleration = np.zeros(2)
        self.facing = self._stance(state).facing
        self.turn_rate = 0.0
        self.search_in = 0.0

    def read(self, elapsed: float) -> dict[str, Array]:
        """Return the reference so many seconds after the episode began.

        ``qpos`` (nq,), ``qvel`` (nv,), ``tracked_pos`` and ``tracked_vel`` (K, 3), and of the
        muscle prior ``torque``, ``activation`` and ``excitation`` where there is one.
        """
        plan, root = self.plan, self.root
        time = plan.joined + elapsed - plan.elapsed
        state = self._placed(plan.clip, time, plan.place, plan.yaw)
        if not plan.offsets:
            return state
        t, y = max(0.0, elapsed - plan.elapsed), 1.0 / self.config.blend_time
        decay = np.exp(-y * t)
        d, v = plan.offsets["qpos"], plan.offsets["qvel"]
        value, rate = spring(d, v, y, t)
        turned = matrix_from_quat(state["qpos"][root + 3 : root + 7])
        qvel = state["qvel"].copy()
        qvel[root + 3 : root + 6] = turned @ qvel[root + 3 : root + 6]
        qvel += rate
        qpos = state["qpos"].copy()
        mujoco.mj_integratePos(self.model, qpos, _without_turn(value, root), 1.0)
        quat, by = np.zeros(4), np.zeros(4)
        angle = np.linalg.norm(value[root + 3 : root + 6])
        if angle > 0:
            mujoco.mju_axisAngle2Quat(by, value[root + 3 : root + 6] / angle, angle)
            mujoco.mju_mulQuat(quat, by, qpos[root + 3 : root + 7])
            qpos[root + 3 : root + 7] = quat
        turned = matrix_from_quat(qpos[root + 3 : root + 7])
        qvel[root + 3 : root + 6] = turned.T @ qvel[root + 3 : root + 6]
        value, rate = spring(plan.offsets["tracked_pos"], plan.offsets["tracked_vel"], y, t)
        state |= {
            "qpos": qpos,
            "qvel": qvel,
            "tracked_pos": state["tracked_pos"] + value,
            "tracked_vel": state["tracked_vel"] + rate,
        }
        for name in PRIOR:
            if name in state:
                state[name] = state[name] + decay * plan.offsets[name]
        return state

    def update(
        self,
        velocity: Array,
        facing: float,
        body: Array,
        elapsed: float,
        timestep: float,
        target: Array | None = None,
        arrival_time: float = 0.0,
    ) -> None:
        """Plan on: towards a velocity (2,) and a facing, for a body whose root is at ``body``.

        ``target`` (2,) is a place to come to, by a spring of ``arrival_time``, at most as fast as
        ``velocity``.
        """
        config, plan = self.config, self.plan
        state = self.read(elapsed)
        root = self._stance(state)
        command = Command(velocity, facing, target, arrival_time)
        on = self._steering(root)
        self._advance(on, command, root.facing, timestep)
        self.velocity, self.acceleration = on.velocity, on.acceleration
        self.facing, self.turn_rate = on.facing, on.turn_rate
        most = config.turn * timestep
        turn = float(np.clip(wrapped(self.facing - root.facing), -most, most))
        behind = body - root.place
        distance = float(np.linalg.norm(behind))
        move = np.zeros(2)
        if distance > config.leash:
            share = 1.0 - np.exp(-timestep / config.follow_time)
            move = share * (1.0 - config.leash / distance) * behind
        if target is not None:
            to = target - root.place
            far = float(np.linalg.norm(to))
            if 0.0 < far < config.homing_distance and not self._stands(state):
                move = move + min(1.0, config.homing_speed * timestep / far) * to
        plan.place = root.place + planar(turn) @ (plan.place - root.place) + move
        plan.yaw = wrapped(plan.yaw + turn)
        self.search_in -= timestep
        if self.search_in <= 0.5 * timestep or self._left(elapsed) < LEAST_LEFT:
            self.search_in = config.search_interval
            self._search(command, elapsed)

    def _steering(self, root: Stance) -> Steering:
        """Return what is on its way to the command, at the root."""
        return Steering(root.place, self.velocity, self.acceleration, self.facing, self.turn_rate)

    def _advance(self, on: Steering, command: Command, faces: float, t: float) -> None:
        """Go on for t seconds, for a body that faces so."""
        config = self.config
        share = max(0.0, float(np.cos(command.facing - faces)))
        if command.target is None:
            on.velocity, on.acceleration, way = follow_velocity(
                on.velocity, on.acceleration, share * command.velocity, config.velocity_time, t
            )
        else:
            to = command.target - on.place
            most = 3.0 * command.arrival_time * float(np.linalg.norm(command.velocity))
            goal = share * min(1.0, most / max(float(np.linalg.norm(to)), 1e-12)) * to
            offset, on.velocity, on.acceleration = follow_place(
                -goal, on.velocity, on.acceleration, command.arrival_time, t
            )
            way = goal + offset
        on.place = on.place + way
        far = 2.0 * config.facing_time * config.top_turn_rate
        off = float(np.clip(wrapped(on.facing - command.facing), -far, far))
        left, rate = spring(np.array(off), np.array(on.turn_rate), 1.0 / config.facing_time, t)
        on.facing, on.turn_rate = float(on.facing + left - off), float(rate)

    def _look_ahead(self, root: Stance, command: Command, seconds: float) -> Stance:
        on, left = self._steering(root), seconds
        while left > 1e-9:
            self._advance(on, command, on.facing, min(left, LOOK))
            left -= LOOK
        return Stance(on.place, on.facing)

    def _search(self, command: Command, elapsed: float) -> None:
        state = self.read(elapsed)
        root = self._stance(state)
        path = [self._look_ahead(root, command, ahead) for ahead in self.config.ahead]
        query = self._normalised(self._features(state, path))
        plan = self.plan
        now = plan.joined + elapsed - plan.elapsed
        costs = np.sum((self.rows - query) ** 2, axis=1)
        here = [clip == plan.clip and abs(t - now) < self.config.near for clip, t in self.moments]
        costs[here] = np.inf
        best = int(np.argmin(costs))
        going_on = np.sum((self._normalised(self._clip_features(plan.clip, now)) - query) ** 2)
        if self._left(elapsed) < LEAST_LEFT or costs[best] < going_on - self.config.stay:
            clip, time = self.moments[best]
            if self._stands(state):
                time = max(0.0, time - self.config.start_lead)
            self._join(state, clip, time, elapsed)
            self.search_in = max(self.config.dwell, self.config.search_interval)

    def _join(self, was: dict[str, Array], clip: int, time: float, elapsed: float) -> None:
        root = self.root
        plain = self._placed(clip, time, np.zeros(2), 0.0)
        yaw = wrapped(yaw_of(was["qpos"][root + 3 :]) - yaw_of(plain["qpos"][root + 3 :]))
        place = was["qpos"][root : root + 2] - planar(yaw) @ plain["qpos"][root : root + 2]
        state = self._placed(clip, time, place, yaw)
        before, after = (matrix_from_quat(s["qpos"][root + 3 : root + 7]) for s in (was, state))
        d = np.zeros(self.model.nv)
        mujoco.mj_differentiatePos(self.model, d, 1.0, state["qpos"], was["qpos"])
        d[root + 3 : root + 6] = after @ d[root + 3 : root + 6]
        v = was["qvel"] - state["qvel"]
        v[root + 3 : root + 6] = (
            before @ was["qvel"][root + 3 : root + 6] - after @ state["qvel"][root + 3 : root + 6]
        )
        rest = {name: was[name] - state[name] for name in was if name not in ("qpos", "qvel")}
        self.plan = PlayedPlan(clip, time, elapsed, place, yaw, rest | {"qpos": d, "qvel": v})

    def _left(self, elapsed: float) -> float:
        plan = self.plan
        return self.motions.clips[plan.clip].duration - (plan.joined + elapsed - plan.elapsed)

    def _placed(self, clip: int, time: float, place: Array, yaw: float) -> dict[str, Array]:
        state = dict(self.motions.reference(clip, time))
        past = max(0.0, time - self.motions.clips[clip].duration)
        state["tracked_pos"] = state["tracked_pos"] + past * state["tracked_vel"]
        if self.motions.prior is not None:
            state |= self.motions.prior_at(clip, time)
        root, turn = self.root, axis_rotation([0, 0, 1], yaw)
        qpos, qvel = state["qpos"].copy(), state["qvel"].copy()
        qpos[root : root + 3] = turn @ qpos[root : root + 3]
        qpos[root : root + 2] += place
        quat, by = np.zeros(4), np.array([np.cos(yaw / 2), 0, 0, np.sin(yaw / 2)])
        mujoco.mju_mulQuat(quat, by, qpos[root + 3 : root + 7])
        qpos[root + 3 : root + 7] = quat
        qvel[root : root + 3] = turn @ qvel[root : root + 3]
        pos = state["tracked_pos"] @ turn.T
        pos[:, :2] += place
        return state | {
            "qpos": qpos,
            "qvel": qvel,
            "tracked_pos": pos,
            "tracked_vel": state["tracked_vel"] @ turn.T,
        }

    def _stance(self, state: dict[str, Array]) -> Stance:
        root = self.root
        forward = matrix_from_quat(state["qpos"][root + 3 : root + 7]) @ np.array(FORWARD)
        return Stance(state["qpos"][root : root + 2].copy(), float(np.arctan2(*forward[1::-1])))

    def _stands(self, state: dict[str, Array]) -> bool:
        root = state["qvel"][self.root : self.root + 3]
        moving = np.vstack([root, state["tracked_vel"][self.feet]])
        return bool(np.all(np.linalg.norm(moving, axis=1) < STANDING))

    def _clip_features(self, clip: int, time: float) -> Array:
        path = [
            self._stance(self._placed(clip, time + ahead, np.zeros(2), 0.0))
            for ahead in self.config.ahead
        ]
        return self._features(self._placed(clip, time, np.zeros(2), 0.0), path)

    def _features(self, state: dict[str, Array], path: list[Stance]) -> Array:
        root = self._stance(state)
        to_facing = planar(-root.facing)
        floor = np.append(root.place, 0.0)
        turn = axis_rotation([0, 0, 1], -root.facing)
        turns = [p.facing - root.facing for p in path]
        return np.concatenate(
            [
                *(to_facing @ (p.place - root.place) for p in path),
                *([np.cos(a), np.sin(a)] for a in turns),
                np.ravel((state["tracked_pos"][self.feet] - floor) @ turn.T),
                np.ravel(state["tracked_vel"][self.feet] @ turn.T),
                turn @ state["qvel"][self.root : self.root + 3],
            ]
        )

    def _normalised(self, raw: Array) -> npt.NDArray[np.float32]:
        result: npt.NDArray[np.float32] = ((raw - self.mean) * self.scale).astype(np.float32)
        return result


def spring(d: Array, v: Array, y: float, t: float) -> tuple[Array, Array]:
    """Return value and rate after t seconds of a critically damped spring released at d, v."""
    slope = v + y * d
    value = (d + slope * t) * np.exp(-y * t)
    return value, slope * np.exp(-y * t) - y * value


def follow_velocity(
    v: Array, a: Array, goal: Array, time: float, t: float
) -> tuple[Array, Array, Array]:
    """Return velocity, acceleration and way after t seconds of taking up a goal velocity."""
    y = 1.0 / time
    j0 = v - goal
    j1 = a + j0 * y
    decay = np.exp(-y * t)
    way = decay * (-j1 / y**2 - (j0 + j1 * t) / y) + j1 / y**2 + j0 / y + goal * t
    return decay * (j0 + j1 * t) + goal, decay * (a - j1 * y * t), way


def follow_place(x: Array, v: Array, a: Array, time: float, t: float) -> tuple[Array, Array, Array]:
    """Return offset from a goal, velocity and acceleration after t seconds of coming to it."""
    y = 1.0 / time
    c1 = v + y * x
    c2 = 0.5 * (a + 2 * y * v + y**2 * x)
    decay, value, slope = np.exp(-y * t), x + c1 * t + c2 * t**2, c1 + 2 * c2 * t
    rate = slope - y * value
    return decay * value, decay * rate, decay * (2 * c2 - 2 * y * slope + y**2 * value)


def planar(angle: float) -> Array:
    """Return the rotation (2, 2) of the floor by an angle."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s], [s, c]])


def yaw_of(quat: Array) -> float:
    """Return the yaw of the x axis that a quaternion (4, ...) turns."""
    x = matrix_from_quat(quat[:4])[:, 0]
    return float(np.arctan2(x[1], x[0]))


def _without_turn(value: Array, root: int) -> Array:
    moved = value.copy()
    moved[root + 3 : root + 6] = 0.0
    return moved
