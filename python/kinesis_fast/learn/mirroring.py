"""Learning from the mirror images of what was experienced."""

from __future__ import annotations

import torch
from torch import nn

from kinesis_fast.envs.mirror import Mirror, Reflection


class MirrorImages(nn.Module):
    """Mirrors raw observations (..., obs_size) and actions (..., action_size)."""

    obs_index: torch.Tensor
    obs_sign: torch.Tensor
    action_index: torch.Tensor
    action_sign: torch.Tensor

    def __init__(self, mirror: Mirror) -> None:
        super().__init__()
        for name, reflection in (("obs", mirror.obs), ("action", mirror.action)):
            self._register(name, reflection)

    def _register(self, name: str, reflection: Reflection) -> None:
        self.register_buffer(f"{name}_index", torch.from_numpy(reflection.index))
        self.register_buffer(f"{name}_sign", torch.from_numpy(reflection.sign))

    def observations(self, obs: torch.Tensor) -> torch.Tensor:
        """Return mirrored observations."""
        return obs[..., self.obs_index] * self.obs_sign

    def actions(self, actions: torch.Tensor) -> torch.Tensor:
        """Return mirrored actions."""
        return actions[..., self.action_index] * self.action_sign
