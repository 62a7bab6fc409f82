"""For rsl_rl: ``OnPolicyRunner(RslVecEnv(env), settings, log_dir).learn(100)``."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from gymnasium.vector import VectorEnv
from rsl_rl.env import VecEnv
from tensordict import TensorDict

from kinesis_fast.adapters.wrapped import bodies
from kinesis_fast.errors import InputError
from kinesis_fast.learn.episodes import longest_episode

GROUP = "policy"
"""The one group of observations that there is, for ``obs_groups``."""


class RslVecEnv(VecEnv):  # type: ignore[misc, unused-ignore]
    """Muscle-driven environments as rsl_rl's ``VecEnv``, all stepped by the native engine.

    Tensors lie on ``device``; the bodies step on the CPU. ``extras`` has ``time_outs`` (num_envs,),
    where an episode was cut off rather than lost, and ``log``, mean figures of the reward.
    """

    def __init__(self, env: VectorEnv[Any, Any, Any], device: torch.device | str = "cpu") -> None:
        """Wrap environments, and begin their episodes.

        Args:
            env: of :func:`kinesis_fast.make_vec` or ``gymnasium.make_vec``, with auto-reset; in
                gymnasium's wrappers or not.
            device: where the networks compute.

        Raises:
            InputError: they do not reset by themselves, or their episodes have no end.
        """
        inner = bodies(env)
        if not inner.config.auto_reset:
            raise InputError("auto_reset is false; rsl_rl needs it to be true")
        longest = longest_episode(inner)
        if longest is None:
            raise InputError(
                f"max_episode_steps is 0, and episodes of {inner.task.name} end by it alone; "
                "rsl_rl needs a limit"
            )
        self.env, self.bodies = env, inner
        self.num_envs, self.num_actions = inner.num_envs, inner.num_actions
        self.max_episode_length = longest
        self.device = torch.device(device)
        self.cfg: dict[str, Any] = {"task": inner.task.name, "num_envs": env.num_envs}
        self.episode_length_buf = torch.zeros(env.num_envs, dtype=torch.long, device=self.device)
        """Control steps of the episodes so far; writing to it changes nothing."""
        obs, _ = env.reset()
        self._obs = self._observed(obs)

    def get_observations(self) -> TensorDict:
        """Return the latest observations, (num_envs, obs_dim) in group :data:`GROUP`."""
        return self._obs

    def step(
        self, actions: torch.Tensor
    ) -> tuple[TensorDict, torch.Tensor, torch.Tensor, dict[str, Any]]:
        """Step all.

        Args:
            actions: (num_envs, num_actions), on any device.

        Returns:
            Observations (num_envs, obs_dim), rewards (num_envs,), whether episodes ended
            (num_envs,), and extras; see the class.

        Raises:
            InputError: actions of another shape or not finite.
        """
        obs, reward, terminated, truncated, info = self.env.step(actions.detach().cpu().numpy())
        self._obs = self._observed(obs)
        done = terminated | truncated
        length = np.where(done, 0, info["episode_length"])
        self.episode_length_buf = self._moved(length.astype(np.int64))
        extras = {
            "time_outs": self._moved(truncated & ~terminated),
            "log": {f"/{name}": float(info[name].mean()) for name in self.bodies.reward_terms},
        }
        return self._obs, self._moved(reward), self._moved(done), extras

    def _observed(self, obs: npt.NDArray[np.float32]) -> TensorDict:
        return TensorDict({GROUP: self._moved(obs)}, batch_size=[self.num_envs])

    def _moved(self, values: npt.NDArray[Any]) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(values)).to(self.device)
