"""What is done to bodies beside their actions: told, pushed, recorded, their control limited."""

from __future__ import annotations

import os
from collections.abc import Sequence

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast import _engine
from kinesis_fast.body import muscle_names, root_body
from kinesis_fast.body.legs import MUSCLE_GROUPS, facing, muscles_called
from kinesis_fast.body.names import without_side
from kinesis_fast.config import check_ranges
from kinesis_fast.envs.inputs import checked_array
from kinesis_fast.envs.recorder import RECORDABLE, Recorder
from kinesis_fast.errors import InputError, did_you_mean

MAX_FORCE = 1e5
"""N, of a push."""
MOST_SLOPE = 30.0
"""Degrees."""


class Interventions:
    """What :class:`~kinesis_fast.envs.muscle_vector_env.MuscleVectorEnv` lets be done."""

    model: mujoco.MjModel
    """The model that bodies are made of."""
    num_envs: int
    """How many environments there are."""
    num_threads: int
    """Of the engine, the caller's among them."""
    closed: bool
    """Whether it was closed, and can be used no more."""
    _engine: _engine.BatchEngine
    _kept_columns: dict[str, slice]
    _process: int

    def _check_usable(self) -> None:
        if self.closed:
            raise InputError("the environment was closed; make another one")
        if self.num_threads > 1 and os.getpid() != self._process:
            raise InputError(
                "the environment was made before a fork, which its threads do not survive; make it "
                "in this process, or with num_threads=1"
            )

    def kept(self, name: str) -> npt.NDArray[np.float64]:
        """Return what is kept of every environment under a name: a live view (num_envs, columns).

        Of the task's columns some may be written between steps, as ``command`` or ``goal``: the
        task says which.

        Raises:
            InputError: nothing is kept under this name; names the nearest.
        """
        self._check_usable()
        if not isinstance(name, str) or name not in self._kept_columns:
            raise InputError(f"nothing is kept as {name!r}{did_you_mean(name, self._kept_columns)}")
        view: npt.NDArray[np.float64] = self._engine.kept_state()[:, self._kept_columns[name]]
        return view

    def _numbers_of_varied(
        self, column: str, what: str, envs: npt.ArrayLike | None
    ) -> npt.NDArray[np.int64]:
        """Return the numbers of the environments that are meant, (n,).

        Raises:
            InputError: ``mj_step`` steps them, which has one of what is kept in ``column`` for all.
        """
        if column not in self._kept_columns:
            raise InputError(
                f"bodies that mj_step steps have one {what} for all; make the environments with "
                "physics lanes or fused"
            )
        return self._numbers(envs)

    def weaken(self, muscle: str, share: npt.ArrayLike, envs: npt.ArrayLike | None = None) -> None:
        """Leave a muscle a share of its peak active force from now on, episodes to come included.

        It is written to the kept column ``strength`` (num_envs, muscles). Where
        ``randomise.strength`` draws strengths, the next episode draws them again.

        Args:
            muscle: its name or that of a group (``body.legs.MUSCLE_GROUPS``), with or without its
                side.
            share: 0 to 1, () or (n,): one number, or one a body.
            envs: numbers of the environments, (n,), or booleans, (num_envs,); by default all.

        Raises:
            InputError: no such muscle or environment, or a share out of range.
        """
        names = muscle_names(self.model)
        called = muscles_called(muscle, names) if isinstance(muscle, str) else []
        chosen = [i for i, n in enumerate(names) if n in called]
        if not chosen:
            known = {*names, *map(without_side, names), *MUSCLE_GROUPS}
            raise InputError(f"there is no muscle {muscle!r}{did_you_mean(muscle, known)}")
        rows = self._numbers(envs)
        shares = _a_body("share", share, len(rows), (0.0, 1.0), "")
        self.kept("strength")[np.ix_(rows, np.array(chosen))] = shares[:, None]

    def incline(self, degrees: npt.ArrayLike, envs: npt.ArrayLike | None = None) -> None:
        """Let the floor rise, the way that each body faces now, episodes to come included.

        It is written to the kept column ``slope`` (num_envs, 2), by how much the floor rises a
        metre along x and y: the floor stays flat, and weight pulls aslant. References lean with it.
        Where ``conditions.slope`` or ``randomise.slope`` give slopes, the next episode has theirs.

        Args:
            degrees: -30 to 30, () or (n,): one number, or one an environment; negative: it falls.
            envs: numbers of the environments, (n,), or booleans, (num_envs,); by default all.

        Raises:
            InputError: no such environment, a slope out of range, or bodies that ``mj_step`` steps.
        """
        rows = self._numbers_of_varied("slope", "gravity", envs)
        steep = _a_body("degrees", degrees, len(rows), (-MOST_SLOPE, MOST_SLOPE), "")
        state = self._engine.state_component(int(mujoco.mjtState.mjSTATE_QPOS))
        yaw = np.array([facing(qpos) for qpos in state[rows]])
        rise = np.tan(np.deg2rad(steep))
        self.kept("slope")[rows] = np.stack([rise * np.cos(yaw), rise * np.sin(yaw)], axis=1)

    def roughen(self, height: npt.ArrayLike, envs: npt.ArrayLike | None = None) -> None:
        """Make the ground uneven from now on: level where each body is, as bumpy further away.

        It is written to the kept column ``ground`` (num_envs, 6): what heights of the form
        (``conditions.ground.form``) are multiplied by, m along and across the field of where it is
        level, which way along goes, rad, and that place, m in the world. The next episode has its
        own where ``conditions.ground`` or ``randomise.uneven`` say so.

        Args:
            height: m for bumps and for each step, 0 to 1, () or (n,): one number, or one an
                environment.
            envs: numbers of the environments, (n,), or booleans, (num_envs,); by default all.

        Raises:
            InputError: no such environment, a height out of range, or bodies that ``mj_step``
                steps.
        """
        rows = self._numbers_of_varied("ground", "floor", envs)
        heights = _a_body("height", height, len(rows), (0.0, 1.0), "")
        qpos = self._engine.state_component(int(mujoco.mjtState.mjSTATE_QPOS))[rows]
        ground = self.kept("ground")
        ground[rows, 0] = heights
        ground[rows, 3] = [facing(row) for row in qpos]
        ground[rows, 4:6] = qpos[:, :2]

    def load(self, body: str, mass: npt.ArrayLike, envs: npt.ArrayLike | None = None) -> None:
        """Let a body carry a mass from now on, a point at its centre of mass.

        It is written to the kept column ``added_mass`` (num_envs, nbody); how contacts hold is in
        ``friction`` (num_envs, 1), a factor. Where ``randomise.added_mass`` draws what the root
        carries, the next episode draws it again.

        Args:
            body: its name.
            mass: kg, 0 to 500, () or (n,): one number, or one an environment.
            envs: numbers of the environments, (n,), or booleans, (num_envs,); by default all.

        Raises:
            InputError: no such body or environment, a mass out of range, or bodies that ``mj_step``
                steps, which knows one mass for all.
        """
        names = {self.model.body(i).name: i for i in range(1, self.model.nbody)}
        if body not in names:
            raise InputError(f"there is no body {body!r} to load{did_you_mean(body, names)}")
        rows = self._numbers_of_varied("added_mass", "mass", envs)
        masses = _a_body("mass", mass, len(rows), (0.0, 500.0), " kg")
        self.kept("added_mass")[rows, names[body]] = masses

    def push(
        self,
        force: npt.ArrayLike,
        seconds: float,
        body: str | None = None,
        envs: npt.ArrayLike | None = None,
    ) -> None:
        """Push bodies from now on, for a while or until their episode ends.

        Another push takes the place of one that still goes on.

        Args:
            force: N, world axes, at the body's centre of mass: (3,), or (n, 3).
            seconds: s that it lasts; 0 ends a push.
            body: name of the body; by default the root.
            envs: numbers of the environments, (n,), or booleans, (num_envs,); by default all.

        Raises:
            InputError: no such body or environment, or a value that is not finite or out of range.
        """
        check_ranges((("seconds", seconds, 0.0, 3600.0),))
        names = {self.model.body(i).name: i for i in range(1, self.model.nbody)}
        if body is not None and body not in names:
            raise InputError(f"there is no body {body!r} to push{did_you_mean(body, names)}")
        chosen = self._numbers(envs)
        forces = checked_array("force", force, np.float64)
        if forces.shape not in ((3,), (len(chosen), 3)):
            raise InputError(f"force has shape {forces.shape}; it must be (3,) or an entry a body")
        if np.any(np.abs(forces) > MAX_FORCE):
            raise InputError(f"force is over {MAX_FORCE:g} N")
        self.kept("push_body")[chosen] = root_body(self.model) if body is None else names[body]
        self.kept("push_force")[chosen] = forces
        self.kept("push_time_left")[chosen] = seconds

    def _numbers(self, envs: npt.ArrayLike | None) -> npt.NDArray[np.int64]:
        if envs is None:
            return np.arange(self.num_envs)
        given = np.atleast_1d(np.asarray(envs))
        if given.dtype.kind == "b" and given.shape == (self.num_envs,):
            return np.flatnonzero(given)
        if given.size == 0:
            return np.zeros(0, np.int64)
        if given.dtype.kind not in "iu" or np.any((given < 0) | (given >= self.num_envs)):
            raise InputError(
                f"envs is {envs!r}; give numbers from 0 to {self.num_envs - 1}, or booleans "
                f"({self.num_envs},)"
            )
        return given.astype(np.int64)

    def record(self, fields: Sequence[str]) -> Recorder:
        """Keep fields of MuJoCo's ``mjData`` at every physics step from now on.

        Args:
            fields: their names, as ``actuator_force``; see :data:`RECORDABLE`.

        Returns:
            What :meth:`Recorder.last` reads after every step. Another call replaces it.

        Raises:
            InputError: a field that cannot be recorded; names the nearest.
        """
        self._check_usable()
        if isinstance(fields, str) or not isinstance(fields, Sequence):
            raise InputError(f"fields are {fields!r}; they must be a list of names")
        for name in fields:
            if name not in RECORDABLE:
                raise InputError(
                    f"field {name!r} cannot be recorded{did_you_mean(name, RECORDABLE)}"
                )
        return Recorder(self._engine.record(list(fields)))

    def stop_recording(self) -> None:
        """Record nothing from now on."""
        self._check_usable()
        self._engine.stop_recording()

    def limit_excitations(
        self, mean: npt.ArrayLike | None, components: npt.ArrayLike | None = None
    ) -> None:
        """Limit all bodies' excitations to few patterns from now on.

        They become ``mean`` and what of the rest lies along the components, clipped to [0, 1].

        Args:
            mean: (muscles,); None: they are not limited any more.
            components: (n, muscles), orthonormal rows; None: the mean alone.

        Raises:
            InputError: another shape, or components that are not orthonormal.
        """
        self._check_usable()
        muscles = int(self.model.nu)
        if mean is None:
            self._engine.limit_excitations([], [])
            return
        middle = checked_array("mean", mean, np.float64)
        rows = checked_array(
            "components", np.zeros((0, muscles)) if components is None else components, np.float64
        )
        if middle.shape != (muscles,) or rows.ndim != 2 or rows.shape[1] != muscles:
            raise InputError(
                f"mean has shape {middle.shape} and components {rows.shape}; ({muscles},) and "
                f"(n, {muscles}) are needed"
            )
        if np.abs(rows @ rows.T - np.eye(len(rows))).max(initial=0.0) > 1e-6:
            raise InputError("components are not orthonormal; take the rows of a QR decomposition")
        self._engine.limit_excitations(middle.tolist(), rows.ravel().tolist())


def _a_body(
    name: str, given: npt.ArrayLike, count: int, span: tuple[float, float], unit: str
) -> npt.NDArray[np.float64]:
    """Return a number for each of some bodies, (count,), given as one or as one a body.

    Raises:
        InputError: another shape, what is not finite, or out of range.
    """
    values = checked_array(name, given, np.float64)
    if values.shape not in ((1,), (count,)):
        raise InputError(f"{name} has shape {values.shape}; it must be a number, or one a body")
    low, high = span
    if np.any(values < low) or np.any(values > high):
        raise InputError(f"{name} is {given!r}; it must be in [{low:g}, {high:g}]{unit}")
    return np.broadcast_to(values, count)
