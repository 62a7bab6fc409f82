"""For stable-baselines3: ``PPO("MlpPolicy", VecMonitor(Sb3VecEnv(env))).learn(100_000)``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium.vector import VectorEnv
from stable_baselines3.common.vec_env import VecEnv

from kinesis_fast.adapters.wrapped import bodies
from kinesis_fast.errors import InputError


class Sb3VecEnv(VecEnv):  # type: ignore[misc, unused-ignore]
    """Muscle-driven environments as a ``VecEnv``, all stepped by the native engine.

    An ended episode's ``infos[i]`` has ``terminal_observation``, ``TimeLimit.truncated`` and the
    number of its ``clip``. Wrap it in the library's ``VecMonitor`` for returns and lengths.
    """

    def __init__(self, env: VectorEnv[Any, Any, Any]) -> None:
        """Wrap environments.

        Args:
            env: of :func:`kinesis_fast.make_vec` or ``gymnasium.make_vec``, with auto-reset; in
                gymnasium's wrappers or not.

        Raises:
            InputError: they do not reset by themselves.
        """
        if not bodies(env).config.auto_reset:
            raise InputError("auto_reset is false; stable-baselines3 needs it to be true")
        self.env = env
        self._actions = np.zeros(env.action_space.shape or (), np.float32)
        super().__init__(env.num_envs, env.single_observation_space, env.single_action_space)

    def reset(self) -> npt.NDArray[np.float32]:
        """Begin new episodes; return observations, (num_envs, obs_dim).

        Raises:
            InputError: options were set for single bodies.
        """
        if any(self._options):
            raise InputError("options of single bodies are not taken; give them to .env.reset")
        obs: npt.NDArray[np.float32] = self.env.reset(seed=self._seeds[0])[0]
        self._reset_seeds()
        self._reset_options()
        return obs

    def step_async(self, actions: npt.NDArray[np.float32]) -> None:
        """Take actions, (num_envs, num_actions), for :meth:`step_wait`."""
        self._actions = actions

    def step_wait(
        self,
    ) -> tuple[
        npt.NDArray[np.float32],
        npt.NDArray[np.float32],
        npt.NDArray[np.bool_],
        list[dict[str, Any]],
    ]:
        """Step all.

        Returns:
            Observations (num_envs, obs_dim), rewards (num_envs,), whether episodes ended
            (num_envs,), and an info each.

        Raises:
            InputError: actions of another shape or not finite.
        """
        obs, reward, terminated, truncated, info = self.env.step(self._actions)
        done = terminated | truncated
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for i in np.flatnonzero(done):
            infos[i] = {
                "terminal_observation": info["final_obs"][i],
                "TimeLimit.truncated": bool(truncated[i] and not terminated[i]),
                "clip": int(info["clip"][i]),
            }
        return obs, reward, done, infos

    def close(self) -> None:
        """End the engine's work."""
        self.env.close()

    def get_images(self) -> Sequence[npt.NDArray[np.uint8]]:
        """Return a picture of every body, (480, 640, 3).

        Raises:
            InputError: the environments were not made with ``render_mode="rgb_array"``.
        """
        return bodies(self.env).render()

    def has_attr(self, attr_name: str) -> bool:
        """Return whether the environments have the attribute ``attr_name``."""
        return hasattr(bodies(self.env), attr_name)

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """Return the attribute ``attr_name``, once for each of ``indices``; they share it."""
        return [getattr(bodies(self.env), attr_name) for _ in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Refuse: what environments share cannot be set for some.

        Args:
            attr_name: of the attribute.
            value: that it was to have.
            indices: of the environments that were to have it.

        Raises:
            InputError: always; tells the remedy.
        """
        raise InputError(f"{attr_name!r} is of all environments; set it on .env, the engine's own")

    def env_method(
        self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any
    ) -> list[Any]:
        """Refuse: there are no environments to call one by one.

        Args:
            method_name: of the method.
            method_args: that it was to be called with.
            indices: of the environments that it was to be called on.
            method_kwargs: that it was to be called with.

        Raises:
            InputError: always; tells the remedy.
        """
        raise InputError(f"{method_name!r} is of all environments; call it on .env")

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """Return false for each of ``indices``: no ``wrapper_class`` wraps single bodies."""
        chosen: Iterable[int] = self._get_indices(indices)
        return [False for _ in chosen]
