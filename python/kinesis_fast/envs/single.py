"""One body behind gymnasium's interface of single environments."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt

from kinesis_fast.envs.make import make_vec


class MuscleEnv(gymnasium.Env[npt.NDArray[np.float32], npt.NDArray[np.float32]]):
    """A muscle-driven body with a task, as ``gymnasium.make("kinesis_fast/Imitation-v0")`` gives.

    For tools that take single environments alone. Many bodies at once are many times faster:
    ``gymnasium.make_vec``, or :func:`kinesis_fast.make_vec`.

    Observations are float32 (obs_dim,), actions float32 (num_actions,) in [-1, 1]; ``vector`` is
    the vector environment of one body behind it, with all that it can.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 30}  # noqa: RUF012
    """What gymnasium asks of an environment's class."""

    def __init__(self, task: str = "imitation", **settings: Any) -> None:
        """Make a body.

        Args:
            task: ``imitation``, ``steer`` or ``reach``.
            settings: of :func:`kinesis_fast.make_vec`, ``num_envs`` apart; the engine has one
                thread.

        Raises:
            InputError: any of these is unknown or out of range.
        """
        self.vector = make_vec(
            task, **{"num_threads": 1, **settings, "num_envs": 1, "auto_reset": False}
        )
        self.observation_space = self.vector.single_observation_space
        self.action_space = self.vector.single_action_space
        self.render_mode = self.vector.render_mode

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[npt.NDArray[np.float32], dict[str, Any]]:
        """Begin an episode.

        Args:
            seed: restart the random stream: the same seed starts the same way.
            options: ``clip`` and ``start_time`` (s), as of :meth:`MuscleVectorEnv.reset`.

        Returns:
            The observation (obs_dim,) and an info with ``clip`` and ``start_time``.

        Raises:
            InputError: an option or seed that the vector environment refuses.
        """
        super().reset(seed=seed)
        obs, info = self.vector.reset(seed=seed, options=options)
        return obs[0], {name: value[0] for name, value in info.items()}

    def step(
        self, action: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """Advance by one control step.

        Args:
            action: finite, (num_actions,), clipped to [-1, 1].

        Returns:
            The observation (obs_dim,), the reward, whether the task was lost (terminated), whether
            the clip or the time limit ended (truncated), and the task's figures.

        Raises:
            InputError: an action of another shape or not finite, or no reset before.
        """
        obs, reward, terminated, truncated, info = self.vector.step(np.asarray(action)[None])
        figures = {name: value[0] for name, value in info.items()}
        return obs[0], float(reward[0]), bool(terminated[0]), bool(truncated[0]), figures

    def render(self) -> npt.NDArray[np.uint8]:
        """Return a picture of the body, (480, 640, 3).

        Raises:
            InputError: it was not made with ``render_mode="rgb_array"``, or nothing can be drawn.
        """
        return self.vector.render()[0]

    def close(self) -> None:
        """End the engine's work."""
        self.vector.close()
