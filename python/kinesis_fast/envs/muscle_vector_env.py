"""The vector environment: gymnasium's interface over the native engine."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any

import gymnasium
import mujoco
import numpy as np
import numpy.typing as npt
from gymnasium.vector import AutoresetMode

from kinesis_fast import _engine
from kinesis_fast.config import check_names, check_ranges
from kinesis_fast.envs.autoreset import NextStep, chosen_mode, engine_resets
from kinesis_fast.envs.copies import Copies
from kinesis_fast.envs.inputs import check_memory, check_seed, check_sizes, checked_actions
from kinesis_fast.envs.interventions import Interventions
from kinesis_fast.envs.own_rewards import OwnRewards
from kinesis_fast.envs.reset_options import read_reset_options
from kinesis_fast.envs.states import STATE_COMPONENTS, States
from kinesis_fast.errors import InputError
from kinesis_fast.motions.library import MotionLibrary
from kinesis_fast.tasks import EnvConfig, TaskDefinition
from kinesis_fast.tasks.environment import engine_config

if TYPE_CHECKING:
    from kinesis_fast.view.offscreen import BodyCamera

STEP_FIELDS = ("invalid", "clip", "episode_length")
"""Per-environment arrays that ``info`` carries after every step, beside the task's figures."""

PHYSICAL = (
    *("body_mass", "body_inertia", "body_ipos", "body_pos", "geom_friction", "geom_size"),
    *("jnt_range", "jnt_stiffness", "dof_damping", "dof_armature"),
    *("actuator_gainprm", "actuator_biasprm", "actuator_dynprm", "tendon_stiffness"),
)
"""Arrays of a model that environments have copied."""
ALL = slice(None)
"""The part of the environments that is all of them."""

Info = dict[str, Any]
StepResult = tuple[
    npt.NDArray[np.float32],
    npt.NDArray[np.float32],
    npt.NDArray[np.bool_],
    npt.NDArray[np.bool_],
    Info,
]
"""Observations, rewards, terminated, truncated and info."""


class MuscleVectorEnv(
    States,
    Interventions,
    OwnRewards,
    NextStep,
    Copies,
    gymnasium.vector.VectorEnv[Any, Any, Any],
):
    """``num_envs`` muscle-driven bodies, each with a task.

    Observations are float32 (num_envs, obs_dim); ``observation_layout`` names their parts.
    Actions are float32 (num_envs, num_actions) in [-1, 1]; values outside are clipped.

    A step resets ended episodes at once (gymnasium's ``AutoresetMode.SAME_STEP``): ``obs`` then
    begins the next episode and ``info["final_obs"]``, where ``info["_final_obs"]`` is true, ends
    the last one. In mode ``next_step``, which gymnasium's ``NormalizeObservation`` asks for, the
    step after the last one begins the next episode: its action is not looked at, its reward is 0.
    ``info`` describes the step that was taken: every figure of the task (``reward_terms``, which
    are unweighted, and ``measures``; of imitation the measure ``mean_distance``, m, of the tracked
    bodies), ``invalid`` (physics failed; terminated, and not to be learned from), ``clip`` and
    ``episode_length`` (control steps of the episode so far).

    Arrays returned are copies, unless ``copy`` is false: then they are live views of engine
    memory, overwritten by the next step. One thread at a time may call an environment, in the
    process that made it: threads do not survive a fork.

    They can be pickled and copied (:class:`~kinesis_fast.envs.copies.Copies`).
    """

    metadata: dict[str, Any] = {  # noqa: RUF012
        "autoreset_mode": AutoresetMode.SAME_STEP,
        "render_modes": ["rgb_array"],
        "render_fps": 30,
    }
    """What gymnasium asks of an environment's class; an environment's own has its mode, and its
    control steps a second."""

    def __init__(
        self,
        model: mujoco.MjModel,
        motions: MotionLibrary,
        config: EnvConfig,
        task: TaskDefinition,
        *,
        num_envs: int = 1,
        num_threads: int = 0,
        seed: int = 0,
        copy: bool = True,
        render_mode: str | None = None,
        autoreset_mode: str | AutoresetMode | None = None,
    ) -> None:
        """Build the engine; :func:`kinesis_fast.make_vec` does so from names.

        Args:
            model: of the bodies.
            motions: prepared for the task, with a muscle prior where it needs one.
            config: of the task, checked.
            task: what the environments are for.
            num_envs: environments, at least 1.
            num_threads: of the engine, the caller's among them; 0: one per logical CPU.
            seed: of the start states.
            copy: return copies, not live views.
            render_mode: ``rgb_array`` where :meth:`render` is to be called.
            autoreset_mode: when ended episodes begin anew: ``same_step``, ``next_step`` or
                ``disabled``, or gymnasium's ``AutoresetMode``. None: as ``config.auto_reset`` says.

        Raises:
            InputError: a number out of range, motions for another model, a task that the model or
                the motions do not fit, or more environments than there is memory for.
        """
        check_sizes(num_envs, num_threads, seed)
        if render_mode not in (None, *self.metadata["render_modes"]):
            raise InputError(f"render_mode is {render_mode!r}; it must be None or 'rgb_array'")
        check_memory(model, num_envs)
        motions.check_model(model)
        mode = chosen_mode(autoreset_mode, config)
        self._made_of = {
            **{"model": model, "motions": motions, "config": config, "num_envs": num_envs},
            **{"num_threads": num_threads, "seed": seed, "copy": copy},
            **{"render_mode": render_mode, "autoreset_mode": mode},
        }
        config = engine_resets(config, mode)
        self.model, self.motions = model, motions
        self.config, self.task = config, task
        self.tracked_bodies = motions.tracked_bodies
        self.copy = copy
        self.render_mode = render_mode
        self._camera: BodyCamera | None = None
        self.num_envs = num_envs
        native = engine_config(config, model, num_envs=num_envs, num_threads=num_threads, seed=seed)
        figures = self._build(native)
        self._process = os.getpid()
        self._model_digest = _digest(model)
        self._own_rewards, self._started = {}, False
        self._ended = np.zeros(num_envs, dtype=bool)
        self._seed, self._sampling_weights = seed, None
        self._read_engine(figures, mode)

    def _read_engine(self, figures: list[tuple[str, bool]], mode: AutoresetMode) -> None:
        """Take over what the engine is like: sizes, names, buffers, spaces, rates."""
        self._buffers: dict[str, npt.NDArray[Any]] = self._engine.buffers()
        self._kept_columns: dict[str, slice] = self._engine.kept_layout
        self._control_columns = {
            name
            for name, columns in self._kept_columns.items()
            if columns.stop <= self._engine.control_columns
        }
        self.reward_terms = tuple(name for name, is_term in figures if is_term)
        self.measures = tuple(name for name, is_term in figures if not is_term)
        self._step_fields = (*self.reward_terms, *self.measures, *STEP_FIELDS)
        self.num_threads: int = self._engine.num_threads
        self.physics: str = self._engine.physics.name
        self.control_timestep: float = self._engine.control_timestep
        self.autoreset_mode = mode  # by this name too, gymnasium's vector environments tell it
        fps = round(1.0 / self.control_timestep)
        self.metadata = {**self.metadata, "autoreset_mode": mode, "render_fps": fps}
        self.observation_layout: dict[str, slice] = self._engine.observation_layout
        self.obs_dim: int = self._engine.obs_dim
        self.num_actions: int = self._engine.num_actions
        self.single_observation_space = gymnasium.spaces.Box(
            -np.inf, np.inf, (self.obs_dim,), np.float32
        )
        self.single_action_space = gymnasium.spaces.Box(-1.0, 1.0, (self.num_actions,), np.float32)
        self.observation_space = gymnasium.vector.utils.batch_space(
            self.single_observation_space, self.num_envs
        )
        self.action_space = gymnasium.vector.utils.batch_space(
            self.single_action_space, self.num_envs
        )

    def _build(self, native: _engine.EngineConfig) -> list[tuple[str, bool]]:
        """Make the engine; returns the names of the task's figures, and which are rewards."""
        table = self.motions.native_table()
        added = self.config.added_rewards
        check_names(("added_rewards", name, _engine.reward_terms()) for name in added)
        try:
            task = self.task.native_task(self.config, self.model, self.motions, table)
            if added:
                task = _engine.RewardedTask(task, list(added.items()))
            self._engine = _engine.BatchEngine(self.model._address, table, task, native)
        except ValueError as error:
            raise InputError(str(error)) from error
        except MemoryError as error:
            raise InputError(
                f"num_envs is {self.num_envs}; there is not enough memory for so many, give fewer"
            ) from error
        return task.figures

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[npt.NDArray[np.float32], Info]:
        """Begin new episodes.

        Args:
            seed: restart the random streams: the same seed starts the same way.
            options: ``clip``, numbers or names of the clips (num_envs,), -1 to draw;
                ``start_time``, seconds into the clips (num_envs,), NaN to draw; ``reset_mask``,
                booleans (num_envs,), the environments to reset. Scalars stand for all.

        Returns:
            Observations (num_envs, obs_dim) and an info with ``clip`` and ``start_time``.

        Raises:
            InputError: an unknown option, clip or seed, a wrong shape, or a time that is not
                finite.
        """
        self._check_usable()
        self._check_model()
        mask, clip, start_time = read_reset_options(
            {} if options is None else options, self.num_envs, self.motions
        )
        if seed is not None:
            check_seed(seed)
            self._set_seed(int(seed))
        self._engine.reset(mask, clip, start_time)
        self._started = True
        self._ended[mask] = False
        episodes = self._engine.get_episodes()
        info = {"clip": episodes["clip"], "start_time": episodes["start_time"]}
        return self._out("obs"), info

    def step(self, actions: npt.ArrayLike) -> StepResult:
        """Advance every environment by one control step.

        Args:
            actions: finite, (num_envs, num_actions), clipped to [-1, 1].

        Returns:
            obs (num_envs, obs_dim), reward, terminated and truncated (num_envs,), and info; see
            the class.

        Raises:
            InputError: actions of another shape or not finite, or no reset before.
        """
        return self.step_part(actions, ALL)

    def step_part(self, actions: npt.ArrayLike, part: slice) -> StepResult:
        """Advance some environments by one control step, and leave the others where they are.

        While another thread is in this call, what is known of the other environments may be read
        and worked on.

        Args:
            actions: as of :meth:`step`, (environments of the part, num_actions).
            part: these environments, as ``slice(8, 16)``.

        Returns:
            As :meth:`step`, rows of these environments.

        Raises:
            InputError: as :meth:`step`, or a part that is not a run of environments.
        """
        self._check_usable()
        if not self._started:
            raise InputError("step() was called before reset(); call reset() first")
        if not isinstance(part, slice):
            raise InputError(f"part is {part!r}; it must be a slice, as slice(8, 16)")
        first, stop, stride = part.indices(self.num_envs)
        if stride != 1:
            raise InputError(f"{part} is not a run of environments; leave out its step")
        rows = checked_actions(actions)
        try:
            self._engine.step(rows, first, stop - first)
        except ValueError as error:
            raise InputError(str(error)) from error
        self._begin_ended(part)
        terminated, truncated = self._out("terminated", part), self._out("truncated", part)
        info: Info = {name: self._out(name, part) for name in self._step_fields}
        ended = terminated | truncated
        if self.metadata["autoreset_mode"] == AutoresetMode.NEXT_STEP:
            self._ended[part] = ended
        elif ended.any():
            info["final_obs"] = self._out("final_obs", part)
            info["_final_obs"] = ended
        reward = self._out("reward", part)
        if self._own_rewards:
            self._add_own_rewards(reward, info, part)
        return self._out("obs", part), reward, terminated, truncated, info

    def render(self) -> tuple[npt.NDArray[np.uint8], ...]:
        """Draw every body as it is, its muscles coloured by activation.

        Returns:
            ``num_envs`` pictures, (480, 640, 3).

        Raises:
            InputError: the environments were not made with ``render_mode="rgb_array"``, or nothing
                can be drawn here.
        """
        from kinesis_fast.body import load_model
        from kinesis_fast.view.offscreen import BodyCamera

        self._check_usable()
        if self.render_mode is None:
            raise InputError("nothing is drawn; make the environments with render_mode='rgb_array'")
        if self._camera is None:
            self._camera = BodyCamera(load_model(self.config.model, strip=False))
        positions = self._engine.state_component(int(STATE_COMPONENTS["qpos"]))
        pairs = zip(positions, self.muscle_activations(), strict=True)
        return tuple(self._camera.draw(qpos, activation=act) for qpos, act in pairs)

    def _check_model(self) -> None:
        if _digest(self.model) != self._model_digest:
            raise InputError(
                "env.model was changed after the environment was made, which changes nothing that "
                "it steps: change the model first and make the environment from it, or use "
                "conditions, weaken() and push()"
            )

    def close_extras(self, **kwargs: Any) -> None:
        """Free what drawing took; ``reset`` and ``step`` refuse from now on."""
        if self._camera is not None:
            self._camera.close()
            self._camera = None

    def observations(self) -> npt.NDArray[np.float32]:
        """Return the latest observations (num_envs, obs_dim): a live view."""
        view: npt.NDArray[np.float32] = self._buffers["obs"]
        return view

    def muscle_activations(self) -> npt.NDArray[np.float64]:
        """Return the muscles' activations (num_envs, na): a live view."""
        view: npt.NDArray[np.float64] = self._engine.state_component(int(STATE_COMPONENTS["act"]))
        return view

    def reference(self, ahead: float = 0.0) -> dict[str, npt.NDArray[np.float64]]:
        """Return what every environment follows.

        Args:
            ahead: s from now.

        Returns:
            ``qpos`` (num_envs, nq), ``qvel`` (num_envs, nv), ``tracked_pos`` and ``tracked_vel``
            (num_envs, K, 3): copies.

        Raises:
            InputError: a time that is no number, or out of range.
        """
        check_ranges((("ahead", ahead, -1e9, 1e9),))
        found: dict[str, npt.NDArray[np.float64]] = self._engine.reference(float(ahead))
        return found

    def set_sampling_weights(self, weights: npt.ArrayLike) -> None:
        """Set how probably each clip is drawn.

        Args:
            weights: the probabilities up to a common factor, (clips,).

        Raises:
            InputError: another shape, values that are negative or not finite, or none above 0.
        """
        given = np.asarray(weights)
        if given.dtype.kind not in "biuf":
            raise InputError(f"sampling weights are {given.dtype} values; they must be numbers")
        values = np.ascontiguousarray(given, dtype=np.float64)
        if values.shape != (len(self.motions.clips),):
            raise InputError(
                f"weights have shape {values.shape}; "
                f"the library has {len(self.motions.clips)} clips"
            )
        if not np.all(np.isfinite(values)) or np.any(values < 0) or values.sum() <= 0:
            raise InputError("sampling weights must be finite, not negative, and not all zero")
        self._engine.set_sampling_weights(values)
        self._sampling_weights = values

    def current_clips(self, part: slice = slice(None)) -> npt.NDArray[np.int64]:
        """Return the number of the clip that each environment follows, (num_envs,).

        Args:
            part: of the environments, while others step.
        """
        first, end, _ = part.indices(self.num_envs)
        clips: npt.NDArray[np.int64] = self._engine.get_clips(first, end - first).astype(np.int64)
        return clips

    def clip_statistics(self) -> dict[str, npt.NDArray[np.int64]]:
        """Return counts of the episodes ended so far, each (clips,).

        ``episodes``; ``terminated``, of these; ``control_steps``, summed over them.
        """
        counts = self._engine.statistics()
        return {name: np.asarray(values, dtype=np.int64) for name, values in counts.items()}

    @property
    def invalid_episodes(self) -> int:
        """Episodes that a failure of the physics has ended so far."""
        return int(self._engine.invalid_episodes)

    @property
    def redone_steps(self) -> int:
        """Physics steps that lanes have left to the fused step so far; 0 without lanes."""
        return int(self._engine.redone_steps)

    def _set_seed(self, seed: int) -> None:
        self._engine.set_seed(seed)
        self._seed = seed

    def _out(self, name: str, part: slice = ALL) -> npt.NDArray[Any]:
        rows = self._buffers[name]
        if part != ALL:
            rows = rows[part]
        return rows.copy() if self.copy else rows


def _digest(model: mujoco.MjModel) -> bytes:
    """Return a digest of what users change of a model: 40 microseconds."""
    digest = hashlib.blake2b(digest_size=16)
    for name in PHYSICAL:
        digest.update(getattr(model, name).tobytes())
    digest.update(np.array([model.opt.timestep, *model.opt.gravity]).tobytes())
    return digest.digest()
