"""What acts: policies by name, all of one interface (:class:`Policy`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinesis_fast.learn.policies.base import Decision, Policy
from kinesis_fast.learn.policies.gaussian import GaussianPolicy
from kinesis_fast.learn.policies.lattice import LatticePolicy
from kinesis_fast.learn.policies.mixture import MixturePolicy

if TYPE_CHECKING:
    from kinesis_fast.learn.config import PolicyConfig

POLICIES = ("gaussian", "lattice", "mixture")


def make_policy(obs_size: int, action_size: int, config: PolicyConfig) -> Policy:
    """Make the policy that a configuration describes, untrained."""
    if config.kind == "mixture":
        experts = [
            GaussianPolicy(obs_size, action_size, config.expert_hidden_sizes, config.activation)
            for _ in range(config.num_experts)
        ]
        return MixturePolicy(obs_size, experts, config.hidden_sizes, config.activation)
    sizes = (obs_size, action_size, config.hidden_sizes, config.activation, config.init_std)
    if config.kind == "lattice":
        return LatticePolicy(*sizes, learn_std=config.learn_std, latent_std=config.latent_std)
    return GaussianPolicy(*sizes, learn_std=config.learn_std)


__all__ = ["Decision", "GaussianPolicy", "LatticePolicy", "MixturePolicy", "Policy", "make_policy"]
