"""What a training learns, as one thing: policy, value function, observation normaliser."""

from __future__ import annotations

import torch
from torch import nn

from kinesis_fast.learn.networks import ValueFunction
from kinesis_fast.learn.normalizer import RunningNormalizer
from kinesis_fast.learn.policies import PolicyConfig, make_policy


class Agent(nn.Module):
    """Acts on observations as the environment gives them."""

    def __init__(self, obs_size: int, action_size: int, config: PolicyConfig) -> None:
        super().__init__()
        self.config = config
        self.normalizer = RunningNormalizer(obs_size)
        self.policy = make_policy(obs_size, action_size, config)
        self.value = ValueFunction(obs_size, config.value_hidden_sizes, config.activation)

    @property
    def device(self) -> torch.device:
        """Where it takes observations, and returns actions."""
        return self.normalizer.mean.device

    @torch.no_grad()
    def act(self, obs: torch.Tensor, *, deterministic: bool = False) -> torch.Tensor:
        """Return actions (..., action_size) for observations (..., obs_size)."""
        normal = self.normalizer(obs)
        if deterministic:
            mean: torch.Tensor = self.policy(normal)
            return mean
        return self.policy.decide(normal).actions

    @torch.no_grad()
    def adopt(self, state: dict[str, torch.Tensor], columns: torch.Tensor | None = None) -> None:
        """Take over what another agent knows, to begin a new training from.

        Where this agent has more actions, as when muscles are added to joints, the other's come
        first, and the further ones begin with a mean of zero. Where this agent sees more, it begins
        without looking at what is new. How widely to explore is a matter of the training: the
        spread stays this agent's own.

        Args:
            state: of an agent with the same layers, and no more actions and observations.
            columns: where in an observation of this agent the other's columns are, in its order;
                the same where not given.
        """
        own = self.state_dict()
        if columns is not None:
            state = self._with_columns(state, columns)
        rows = [f"policy.{name}" for name in self.policy.action_rows]
        for name in rows:
            wider = torch.zeros_like(own[name])
            wider[: len(state[name])] = state[name]
            own[name] = wider
        kept = [*rows, *(f"policy.{name}" for name in self.policy.spreads)]
        known = {name: value for name, value in state.items() if name in own}
        self.load_state_dict({**known, **{name: own[name] for name in kept}})

    def _with_columns(
        self, state: dict[str, torch.Tensor], columns: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        """Return another agent's state widened to observations that have more than its columns."""
        size = len(self.normalizer.mean)
        unseen = {f"normalizer.{k}": v for k, v in RunningNormalizer(size).state_dict().items()}
        unseen |= {
            name: torch.zeros_like(value)
            for name, value in self.state_dict().items()
            if name not in unseen and value.shape[-1:] == (size,)
        }
        wider = dict(state)
        for name, value in state.items():
            if name in unseen and value.shape != unseen[name].shape:
                wider[name] = unseen[name].to(value.device)
                wider[name][..., columns] = value.to(
                    wider[name].dtype
                )  # shipped weights are halves
        return wider
