"""PPO's pieces against numbers worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from kinesis_fast.envs.mirror import Mirror, Reflection
from kinesis_fast.errors import InputError
from kinesis_fast.learn.algorithms.ppo import PPO, PPOConfig, explained_variance, surrogate_loss
from kinesis_fast.learn.mirroring import MirrorImages
from kinesis_fast.learn.networks import ValueFunction
from kinesis_fast.learn.normalizer import RunningNormalizer, batch_moments
from kinesis_fast.learn.policies import GaussianPolicy, LatticePolicy, PolicyConfig
from kinesis_fast.learn.rollout import Rollout, generalized_advantages


def rollout_of(steps: int, envs: int) -> Rollout:
    return Rollout.empty(steps, envs, 3, 2, torch.device("cpu"))


def column(values: list[float]) -> torch.Tensor:
    return torch.tensor(values)[:, None]


def test_advantages_by_hand() -> None:
    """gamma = 0.5, lam = 0.5; delta = r + 0.5 v' - v; A_t = delta_t + 0.25 A_{t+1}."""
    r = rollout_of(3, 1)
    r.rewards[:] = column([1.0, 2.0, 3.0])
    r.values[:] = column([0.5, 1.0, 1.5])
    r.next_values[:] = column([1.0, 1.5, 2.0])
    # deltas: 1.0, 1.75, 2.5; A_2 = 2.5, A_1 = 1.75 + 0.625, A_0 = 1.0 + 0.59375.
    expected = column([1.59375, 2.375, 2.5])
    torch.testing.assert_close(generalized_advantages(r, 0.5, 0.5), expected)


def test_termination_and_truncation_stay_apart() -> None:
    r = rollout_of(2, 2)
    r.rewards[:] = 1.0
    r.values[:] = 0.5
    r.next_values[:] = torch.tensor([[4.0, 4.0], [0.5, 0.5]])
    r.terminated[0, 0] = True
    r.truncated[0, 1] = True
    advantages = generalized_advantages(r, 0.5, 0.5)
    # Terminated: 1 - 0.5. Truncated: 1 + 0.5 * 4 - 0.5. Neither sees the next episode.
    assert advantages[0].tolist() == [0.5, 2.5]
    assert advantages[1].tolist() == [0.75, 0.75]


def test_termination_wins_over_truncation_in_the_same_step() -> None:
    r = rollout_of(1, 1)
    r.rewards[:], r.values[:], r.next_values[:] = 1.0, 0.5, 4.0
    r.terminated[:] = r.truncated[:] = True
    assert generalized_advantages(r, 0.5, 0.5).item() == 0.5


def test_invalid_transitions_are_worth_nothing_and_end_the_sum() -> None:
    r = rollout_of(3, 1)
    r.rewards[:] = column([1.0, 100.0, 3.0])
    r.values[:] = column([0.5, 1.0, 1.5])
    r.next_values[:] = column([1.0, 1.5, 2.0])
    r.terminated[1] = True
    r.invalid[1] = True
    # The first: 1 + 0.5 * v(second) - 0.5, nothing of the failed step behind it.
    assert generalized_advantages(r, 0.5, 0.5)[:, 0].tolist() == [1.0, 0.0, 2.5]


def test_surrogate_by_hand() -> None:
    old = torch.zeros(4)
    log_probs = torch.log(torch.tensor([1.5, 1.5, 0.5, 1.1]))
    advantages = torch.tensor([1.0, -1.0, -1.0, 2.0])
    # min(1.5, 1.2), min(-1.5, -1.2), min(-0.5, -0.8), min(2.2, 2.2)
    expected = -(1.2 - 1.5 - 0.8 + 2.2) / 4
    assert surrogate_loss(log_probs, old, advantages, 0.2).item() == pytest.approx(expected)


def test_normalizer_matches_numpy() -> None:
    rng = np.random.default_rng(0)
    batches = [rng.normal(3, 7, (n, 5)) for n in (1, 2, 100, 17)]
    normalizer = RunningNormalizer(5)
    for batch in batches:
        normalizer.update(torch.from_numpy(batch))
    everything = np.concatenate(batches)
    np.testing.assert_allclose(normalizer.mean.numpy(), everything.mean(0), atol=1e-12)
    np.testing.assert_allclose(normalizer.var.numpy(), everything.var(0), rtol=1e-12)
    out = normalizer(torch.from_numpy(everything).float())
    np.testing.assert_allclose(out.numpy().mean(0), 0, atol=1e-5)


@pytest.mark.parametrize("rows", [1, 63, 64, 1000])
def test_moments_of_a_batch_are_exact_to_single_precision(rows: int) -> None:
    """Also of columns that are far from zero, and of one that never changes."""
    columns = torch.randn(rows, 6) * torch.tensor([1.0, 1e-3, 50.0, 1e-2, 1.0, 0.0])
    batch = columns + torch.tensor([0.0, 5.0, -300.0, 80.0, 0.2, 7.0])
    number, mean, var = batch_moments(batch.reshape(rows, 6))
    exact = batch.to(torch.float64)
    assert number == rows
    spread = exact.var(dim=0, unbiased=False)
    assert ((mean - exact.mean(dim=0)).abs() <= 1e-6 * spread.sqrt()).all()
    torch.testing.assert_close(var, spread, rtol=1e-5, atol=1e-14)


def test_explained_variance_by_hand() -> None:
    returns = torch.tensor([1.0, 2.0, 3.0])
    assert explained_variance(returns, returns) == 1.0
    assert explained_variance(torch.zeros(3), returns) == 0.0
    assert explained_variance(torch.zeros(3), torch.ones(3)) == 0.0


def bandit(config: PPOConfig, kind: type[GaussianPolicy] = GaussianPolicy) -> tuple[PPO, Rollout]:
    torch.manual_seed(0)
    policy = kind(3, 2, [16], init_std=0.5)
    ppo = PPO(policy, ValueFunction(3, [16], "silu"), RunningNormalizer(3), config)
    rollout = rollout_of(64, 8)
    with torch.no_grad():
        rollout.obs.normal_()
        decision = policy.decide(rollout.obs)
        rollout.taken[:], rollout.log_probs[:] = decision.taken, decision.log_probs
    rollout.rewards[:] = -((rollout.taken - 0.7) ** 2).sum(-1)
    rollout.terminated[:] = True
    return ppo, rollout


def test_update_moves_the_policy_towards_reward() -> None:
    ppo, rollout = bandit(PPOConfig(epochs=10, minibatch_size=128, policy_lr=1e-2))
    before = ppo.policy(rollout.obs).mean().item()
    report = ppo.update(rollout)
    assert ppo.policy(rollout.obs).mean().item() > before + 0.02
    assert report.kl > 0 and 0 <= report.clip_share <= 1
    assert math.isfinite(report.value_loss)


@pytest.mark.parametrize("kind", [GaussianPolicy, LatticePolicy])
def test_mixed_precision_learns_the_same_from_ratios_of_one(kind: type[GaussianPolicy]) -> None:
    settings = {"epochs": 10, "minibatch_size": 128, "policy_lr": 1e-2}
    means = []
    for mixed in (False, True):
        ppo, rollout = bandit(PPOConfig(**settings, mixed_precision=mixed), kind)
        ppo.update(rollout)
        means.append(ppo.policy(rollout.obs).mean().item())
        assert all(p.dtype == torch.float32 for p in ppo.policy.parameters())
    assert means[1] == pytest.approx(means[0], abs=0.02)

    ppo, rollout = bandit(PPOConfig(epochs=1, minibatch_size=512, mixed_precision=True), kind)
    assert ppo.update(rollout).kl < 1e-9


def test_invalid_transitions_are_never_learned_from() -> None:
    results = []
    for poison in (0.0, 1e6):
        ppo, rollout = bandit(PPOConfig(epochs=1, minibatch_size=10_000))
        rollout.invalid[5:9, 2] = True
        rollout.rewards[5:9, 2] = poison
        rollout.obs[5:9, 2] = poison
        torch.manual_seed(1)
        ppo.update(rollout)
        results.append([p.clone() for p in ppo.policy.parameters()])
    for a, b in zip(*results, strict=True):
        assert torch.equal(a, b)


def test_learning_rate_follows_kl() -> None:
    ppo, _ = bandit(PPOConfig(policy_lr=1e-3, target_kl=0.01))
    group = ppo.policy_optimizer.param_groups[0]
    ppo._follow_kl(0.01)
    assert group["lr"] == pytest.approx(1e-3)
    ppo._follow_kl(0.02)
    assert group["lr"] == pytest.approx(1e-3 / 2**0.25)
    ppo._follow_kl(1.0)
    assert group["lr"] == pytest.approx(1e-3 / 2**0.25 / 1.5)
    for _ in range(20):
        ppo._follow_kl(1.0)
    assert group["lr"] == pytest.approx(1e-4)
    for _ in range(80):
        ppo._follow_kl(0.0)
    assert group["lr"] == pytest.approx(1e-2)


def test_updates_settle() -> None:
    ppo, _ = bandit(PPOConfig(policy_lr=1e-3, target_kl=0.04, final_kl=0.01, settling_samples=1000))
    group = ppo.policy_optimizer.param_groups[0]
    for samples, wanted in ((0, 0.04), (500, 0.02), (1000, 0.01), (5000, 0.01)):
        ppo.at(samples)
        before = group["lr"]
        ppo._follow_kl(wanted)
        assert group["lr"] == pytest.approx(before)
    with pytest.raises(InputError, match=r"final_kl is 0.01; that needs ppo.target_kl"):
        PPO.check(PPOConfig(final_kl=0.01), PolicyConfig())


def test_mirror_images_teach_the_other_side() -> None:
    """Only ever seen on one side: an action is paid there, and its image on the other."""
    torch.manual_seed(0)
    keep = np.arange(3), np.arange(2)
    mirror = MirrorImages(
        Mirror(
            Reflection(keep[0], np.array([-1, 1, 1], np.float32)),
            Reflection(keep[1], np.array([-1, 1], np.float32)),
        )
    )
    config = PPOConfig(num_steps=8, minibatch_size=256, epochs=4, gamma=0.0, mirror=True)
    policy = GaussianPolicy(3, 2, [16], init_std=0.5)
    ppo = PPO(policy, ValueFunction(3, [16], "silu"), RunningNormalizer(3), config, mirror=mirror)
    right, left = (torch.tensor([[side, 0.5, 0.5]]) for side in (1.0, -1.0))
    for _ in range(60):
        rollout = rollout_of(8, 64)
        rollout.obs[:] = right
        decision = policy.decide(rollout.obs)
        rollout.taken[:], rollout.log_probs[:] = (
            decision.taken.detach(),
            decision.log_probs.detach(),
        )
        rollout.rewards[:] = rollout.taken[..., 0]
        ppo.update(rollout)
    assert policy(right)[0, 0] > 0.2
    assert policy(left)[0, 0] < -0.2


def test_images_that_the_policy_would_not_do_are_left_out() -> None:
    torch.manual_seed(0)
    identity = Reflection(np.arange(3), np.ones(3, np.float32))
    away = Reflection(np.arange(2), np.array([-1, 1], np.float32))
    config = PPOConfig(mirror=True, epochs=2, minibatch_size=64)
    policy = GaussianPolicy(3, 2, [16], init_std=0.1)
    with torch.no_grad():
        policy.action_mean.bias[0] = 2.0  # its image, -2, is 40 deviations off
    ppo = PPO(
        policy,
        ValueFunction(3, [16], "silu"),
        RunningNormalizer(3),
        config,
        mirror=MirrorImages(Mirror(identity, away)),
    )
    rollout = rollout_of(4, 32)
    rollout.obs.normal_()
    decision = policy.decide(rollout.obs)
    rollout.taken[:], rollout.log_probs[:] = decision.taken.detach(), decision.log_probs.detach()
    rollout.rewards.normal_()
    assert ppo.update(rollout).kl < 0.5


def test_a_policy_that_knows_something_begins_carefully() -> None:
    ppo, _ = bandit(PPOConfig(policy_lr=1e-3, target_kl=0.01))
    ppo.begin_carefully()
    assert ppo.policy_optimizer.param_groups[0]["lr"] == pytest.approx(1e-4)
    ppo, _ = bandit(PPOConfig(policy_lr=1e-3))
    ppo.begin_carefully()
    assert ppo.policy_optimizer.param_groups[0]["lr"] == 1e-3
