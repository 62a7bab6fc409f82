"""What acts: policies by name, all of one interface (:class:`Policy`)."""

from __future__ import annotations

from kinesis_fast.learn.policies.base import Decision, Policy
from kinesis_fast.learn.policies.config import PolicyConfig
from kinesis_fast.learn.policies.gaussian import GaussianPolicy
from kinesis_fast.learn.policies.lattice import LatticePolicy
from kinesis_fast.learn.policies.mixture import MixturePolicy

POLICIES: dict[str, type[Policy]] = {
    "gaussian": GaussianPolicy,
    "lattice": LatticePolicy,
    "mixture": MixturePolicy,
}
"""By the name that ``policy.kind`` takes."""


def make_policy(obs_size: int, action_size: int, config: PolicyConfig) -> Policy:
    """Make the policy that a configuration describes, untrained."""
    return POLICIES[config.kind].from_config(obs_size, action_size, config)


__all__ = [
    "POLICIES",
    "Decision",
    "GaussianPolicy",
    "LatticePolicy",
    "MixturePolicy",
    "Policy",
    "PolicyConfig",
    "make_policy",
]
