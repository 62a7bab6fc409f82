"""Policies against dense float64 references and torch's own distributions."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from kinesis_fast.learn.agent import Agent
from kinesis_fast.learn.policies import GaussianPolicy, LatticePolicy, MixturePolicy, Policy
from kinesis_fast.learn.policies.config import PolicyConfig


def lattice(actions: int = 5, latents: int = 7) -> LatticePolicy:
    torch.manual_seed(0)
    policy = LatticePolicy(3, actions, [latents], init_std=0.3, latent_std=0.5)
    with torch.no_grad():
        policy.action_mean.weight.normal_()
        policy.log_std.add_(0.3 * torch.randn(actions))
        policy.latent_log_std.add_(0.3 * torch.randn(latents))
    return policy


def dense_covariance(policy: LatticePolicy) -> np.ndarray:
    weight = policy.action_mean.weight.detach().double().numpy()
    latent = np.exp(2 * policy.latent_log_std.detach().double().numpy())
    own = np.exp(2 * policy.log_std.detach().double().numpy())
    return weight @ np.diag(latent) @ weight.T + np.diag(own)


def test_gaussian_matches_torch() -> None:
    policy = GaussianPolicy(3, 4, [8], init_std=0.3)
    with torch.no_grad():
        policy.log_std.copy_(torch.tensor([-1.0, 0.0, 0.5, -0.3]))
    obs = torch.randn(6, 3)
    decision = policy.decide(obs)
    exact = torch.distributions.Normal(policy(obs), policy.log_std.exp())
    torch.testing.assert_close(decision.log_probs, exact.log_prob(decision.actions).sum(-1))
    log_probs, entropy = policy.evaluate(obs, decision.taken)
    torch.testing.assert_close(log_probs, decision.log_probs)
    torch.testing.assert_close(entropy, exact.entropy()[0].sum())


def test_lattice_density_and_entropy_by_a_dense_reference() -> None:
    policy = lattice()
    obs = torch.randn(6, 3)
    decision = policy.decide(obs)
    covariance = dense_covariance(policy)
    away = (decision.actions - policy(obs)).detach().double().numpy()
    _, log_det = np.linalg.slogdet(2 * math.pi * covariance)
    expected = -0.5 * np.einsum("bi,ij,bj->b", away, np.linalg.inv(covariance), away)
    expected -= 0.5 * log_det
    log_probs, entropy = policy.evaluate(obs, decision.taken)
    for found in (decision.log_probs, log_probs):
        np.testing.assert_allclose(found.detach().numpy(), expected, atol=2e-5, rtol=1e-6)
    assert float(entropy.detach()) == pytest.approx(0.5 * (log_det + 5), abs=1e-5)


def test_lattice_in_float64_to_1e_12() -> None:
    policy = lattice().double()
    obs = torch.randn(4, 3, dtype=torch.float64)
    taken = policy(obs).detach() + torch.randn(4, 5, dtype=torch.float64)
    exact = torch.distributions.MultivariateNormal(
        policy(obs), torch.from_numpy(dense_covariance(policy))
    )
    log_probs, entropy = policy.evaluate(obs, taken)
    torch.testing.assert_close(log_probs, exact.log_prob(taken), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(entropy, exact.entropy()[0], rtol=1e-12, atol=1e-12)


def test_lattice_samples_have_its_covariance() -> None:
    policy = lattice()
    obs = torch.zeros(200_000, 3)
    found = np.cov(policy.decide(obs).actions.detach().numpy().T)
    covariance = dense_covariance(policy)
    np.testing.assert_allclose(found, covariance, atol=0.02 * covariance.max())


def test_lattice_learns_both_spreads() -> None:
    policy = lattice()
    obs = torch.randn(8, 3)
    log_probs, entropy = policy.evaluate(obs, policy.decide(obs).taken.detach())
    (log_probs.mean() + entropy).backward()
    for parameter in policy.parameters():
        assert parameter.grad is not None and torch.isfinite(parameter.grad).all()
    fixed = LatticePolicy(3, 5, [7], learn_std=False)
    assert not fixed.log_std.requires_grad and not fixed.latent_log_std.requires_grad


def mixture() -> MixturePolicy:
    torch.manual_seed(1)
    experts: list[Policy] = [GaussianPolicy(3, 2, [4]) for _ in range(3)]
    with torch.no_grad():
        for i, expert in enumerate(experts):
            expert.action_mean.bias.fill_(float(i))
    policy = MixturePolicy(3, experts, [6])
    with torch.no_grad():
        policy.gate.weight.normal_()
    return policy


def test_gate_probabilities_are_of_the_drawn_expert() -> None:
    policy = mixture()
    obs = torch.randn(10, 4, 3)
    decision = policy.decide(obs)
    exact = torch.distributions.Categorical(logits=policy.gate(policy.body(obs)))
    chosen = decision.taken.squeeze(-1).long()
    torch.testing.assert_close(decision.log_probs, exact.log_prob(chosen))
    log_probs, entropy = policy.evaluate(obs, decision.taken)
    torch.testing.assert_close(log_probs, exact.log_prob(chosen))
    torch.testing.assert_close(entropy, exact.entropy().mean())
    for i, expert in enumerate(policy.experts):
        here = chosen == i
        torch.testing.assert_close(decision.actions[here], expert(obs[here]))
    assert decision.actions.shape == (10, 4, 2)
    assert sum(policy.health().values()) == pytest.approx(1.0, abs=1e-6)


def test_gate_draws_as_often_as_it_says_and_experts_stay_frozen() -> None:
    policy = mixture()
    obs = torch.tensor([0.3, -0.2, 0.5]).expand(100_000, 3)
    chosen = policy.decide(obs).taken.squeeze(-1).long()
    shares = torch.bincount(chosen, minlength=3) / len(chosen)
    expected = torch.softmax(policy.gate(policy.body(obs[0])), -1)
    torch.testing.assert_close(shares, expected, atol=0.01, rtol=0)
    log_probs, _ = policy.evaluate(obs[:8], policy.decide(obs[:8]).taken)
    log_probs.sum().backward()
    assert all(parameter.grad is None for parameter in policy.experts.parameters())
    assert policy.gate.weight.grad is not None


def test_without_exploring_the_likeliest_expert_acts() -> None:
    policy = mixture()
    obs = torch.randn(20, 3)
    best = policy.gate(policy.body(obs)).argmax(-1)
    for row, expert, acted in zip(obs, best, policy(obs), strict=True):
        torch.testing.assert_close(acted, policy.experts[int(expert)](row))


def test_what_is_kept_in_half_precision_is_begun_from_with_more_to_see() -> None:
    config = PolicyConfig(hidden_sizes=[8], value_hidden_sizes=[8])
    kept = {
        name: value.half() if value.is_floating_point() else value
        for name, value in Agent(4, 2, config).state_dict().items()
    }
    more = Agent(6, 2, config)
    columns = torch.tensor([0, 2, 3, 5])
    more.adopt(kept, columns)
    seen, zeros = torch.zeros(1, 6), torch.zeros(1, 6)
    seen[:, [1, 4]] = 1.0  # what is new has no weight
    torch.testing.assert_close(
        more.act(seen, deterministic=True), more.act(zeros, deterministic=True)
    )
