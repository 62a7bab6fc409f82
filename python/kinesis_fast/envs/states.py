"""The whole state of environments, to keep and to go back to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast import _engine
from kinesis_fast.body.tendons import tendons_stretch
from kinesis_fast.envs.inputs import checked_array
from kinesis_fast.envs.reset_options import check_clips
from kinesis_fast.errors import InputError
from kinesis_fast.motions.library import MotionLibrary

STATE_COMPONENTS = {
    "time": mujoco.mjtState.mjSTATE_TIME,
    "qpos": mujoco.mjtState.mjSTATE_QPOS,
    "qvel": mujoco.mjtState.mjSTATE_QVEL,
    "act": mujoco.mjtState.mjSTATE_ACT,
    "ctrl": mujoco.mjtState.mjSTATE_CTRL,
    "qacc_warmstart": mujoco.mjtState.mjSTATE_WARMSTART,
}
FIBRES = "unstretched_length"
"""MuJoCo's user data, where tendons stretch: of the last step, and of the one before it."""
EPISODE_FIELDS = {
    "clip": np.int32,
    "control_step": np.int32,
    "start_time": np.float64,
    "episode": np.uint64,
}
MOMENT_FIELDS = {"reference_clip": np.int32, "reference_time": np.float64}
"""Where the reference is read; left out, they follow from the other fields."""
CONDITION = ("strength", "fatigue", "fatigue_speed", "added_mass", "friction")
"""What is kept of the condition that a body is in."""


class States:
    """Those of :class:`~kinesis_fast.envs.muscle_vector_env.MuscleVectorEnv`."""

    motions: MotionLibrary
    """The motions that bodies follow."""
    model: mujoco.MjModel
    """What is stepped."""
    num_envs: int
    _engine: _engine.BatchEngine
    _kept_columns: dict[str, slice]
    _control_columns: set[str]
    _started: bool
    _ended: npt.NDArray[np.bool_]

    def get_state(self) -> dict[str, npt.NDArray[Any]]:
        """Return the full state as copies, an entry an environment.

        ``qpos`` (num_envs, nq), ``qvel`` (num_envs, nv), ``act`` (num_envs, na), ``ctrl``
        (num_envs, nu), ``qacc_warmstart`` (num_envs, nv), ``time`` (num_envs,) seconds of
        physics since the episode's start, ``clip``, ``start_time`` seconds into the clip,
        ``control_step`` since the start, ``episode`` begun since seeding, ``reference_clip`` and
        ``reference_time`` where the reference is read, and what the next step's control starts
        from: ``actuator_length`` and ``actuator_velocity`` (num_envs, nu), and, where muscles
        follow joints, their ``moment_arm`` (num_envs, arms), the last ``effort_multiplier`` and
        the ``joint_offset`` in effect (num_envs, joints), and the ``foot_load`` (num_envs, touch
        sensors); of a push ``push_force``, ``push_time_left`` and ``push_body``; of the muscles
        ``strength`` and ``fatigue``, the tired part (num_envs, nu), and ``fatigue_speed``
        (num_envs, 1); of the body ``added_mass`` (num_envs, nbody), kg, and ``friction``
        (num_envs, 1), a factor, unless ``mj_step`` steps it; where observations come late
        ``observation_delay`` and ``observations_before``; then what the task keeps, of imitation
        ``excitation_cost`` (num_envs, 1). Where tendons stretch, ``unstretched_length``
        (num_envs, 2 nu), m, where fibres are.
        """
        state: dict[str, npt.NDArray[Any]] = {
            name: self._engine.state_component(component).copy()
            for name, component in self._components().items()
        }
        state["time"] = state["time"][:, 0]
        state.update(self._engine.get_episodes())
        kept = self._engine.kept_state()
        for name, columns in self._kept_columns.items():
            state[name] = kept[:, columns].copy()
        return state

    def set_state(self, state: Mapping[str, npt.ArrayLike]) -> None:
        """Restore what :meth:`get_state` returned, here or in an environment like it.

        Observations are those of the next step on. Entries left out keep their value; without
        what control starts from, it is computed from the positions, and without
        ``unstretched_length`` the stretch of tendons is found anew. Nothing changes where an entry
        is refused.

        Args:
            state: entries by name, each (num_envs, ...).

        Raises:
            InputError: an unknown entry, a wrong shape or type, a clip that does not exist, a value
                that is not finite, or a whole state that lacks what this task keeps.
        """
        self._check_entries(state)
        episodes = self._episodes_of(state)
        writes = []
        for name, component in self._components().items():
            if name in state:
                view = self._engine.state_component(component)
                value = checked_array(f"state entry {name!r}", state[name], np.float64)
                writes.append((view, self._shaped(name, value, view.shape)))
        kept = self._engine.kept_state()
        for name, columns in self._kept_columns.items():
            if name in state:
                value = checked_array(f"state entry {name!r}", state[name], np.float64)
                writes.append((kept[:, columns], self._shaped(name, value, kept[:, columns].shape)))
        if FIBRES in self._components() and "qpos" in state and FIBRES not in state:
            fibres = self._engine.state_component(self._components()[FIBRES])
            writes.append((fibres, np.zeros_like(fibres)))
        for view, value in writes:
            view[:] = value
        self._engine.set_episodes(**episodes)
        if not self._control_columns <= set(state):
            self._engine.recompute_control()
        self._started = True
        self._ended[:] = False

    def _components(self) -> dict[str, int]:
        """Return the parts of MuJoCo's state by name."""
        components = {name: int(component) for name, component in STATE_COMPONENTS.items()}
        if tendons_stretch(self.model):
            components[FIBRES] = int(mujoco.mjtState.mjSTATE_USERDATA)
        return components

    def _check_entries(self, state: Mapping[str, npt.ArrayLike]) -> None:
        """Raise InputError unless entries are known, and a whole state is of this task."""
        if not isinstance(state, Mapping):
            raise InputError(f"state is {type(state).__name__}; it must be what get_state returns")
        known = {*self._components(), *EPISODE_FIELDS, *MOMENT_FIELDS, *self._kept_columns}
        for name in state:
            if name not in known:
                raise InputError(f"unknown state entry {str(name)!r}; valid: {sorted(known)}")
        lacks = set(self._kept_columns) - self._control_columns - {*CONDITION, *state}
        if lacks and {*STATE_COMPONENTS, *EPISODE_FIELDS} <= set(state):
            raise InputError(
                f"the state is of another task or settings: it lacks {sorted(lacks)[0]!r}, which "
                "environments like this one keep"
            )

    def _episodes_of(self, state: Mapping[str, npt.ArrayLike]) -> dict[str, npt.NDArray[Any]]:
        """Return the engine's episodes with what a state says of them, checked."""
        episodes = self._engine.get_episodes()
        moved = {"clip", "control_step", "start_time"} & set(state)
        if moved and not set(MOMENT_FIELDS) <= set(state):
            for name in MOMENT_FIELDS:
                episodes.pop(name)
        for name, dtype in {**EPISODE_FIELDS, **MOMENT_FIELDS}.items():
            if name in state and name in episodes:
                value = checked_array(f"state entry {name!r}", state[name], dtype)
                episodes[name] = self._shaped(name, value, (self.num_envs,))
        for name in ("clip", "reference_clip"):
            if name in episodes:
                check_clips(episodes[name], self.motions)
        if np.any(episodes["control_step"] < 0):
            raise InputError("state entry 'control_step' is negative; it counts from 0")
        return episodes

    @staticmethod
    def _shaped(name: str, value: npt.NDArray[Any], shape: tuple[int, ...]) -> npt.NDArray[Any]:
        if name == "time":
            value = value.reshape(-1, 1)
        if value.shape != shape:
            raise InputError(f"state entry {name!r} has shape {value.shape}, expected {shape}")
        return value
