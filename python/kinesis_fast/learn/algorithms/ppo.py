"""Proximal policy optimisation (Schulman et al. 2017), clipped surrogate."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import torch

from kinesis_fast.envs.mirror import Mirror
from kinesis_fast.errors import InputError
from kinesis_fast.learn.algorithms.base import Algorithm, Lesson, NotFiniteError
from kinesis_fast.learn.distributed import Group
from kinesis_fast.learn.mirroring import MirrorImages
from kinesis_fast.learn.networks import ValueFunction
from kinesis_fast.learn.normalizer import RunningNormalizer
from kinesis_fast.learn.policies import Policy, PolicyConfig
from kinesis_fast.learn.rollout import Rollout, generalized_advantages
from kinesis_fast.settings import NO_UNIT, Unit, within

if TYPE_CHECKING:
    from kinesis_fast.devices import Device
    from kinesis_fast.envs import MuscleVectorEnv
    from kinesis_fast.learn.agent import Agent


@dataclass
class PPOConfig:
    """How a rollout changes policy and value function."""

    num_steps: Annotated[int, within(1, 10**6)] = 32
    """Control steps of every environment in an iteration."""
    epochs: Annotated[int, within(1, 1000)] = 4
    """Passes over a rollout in an update."""
    minibatch_size: Annotated[int, within(1, 10**9)] = 2048
    """Transitions in a gradient step."""
    gamma: Annotated[float, within(0.0, 1.0), NO_UNIT] = 0.98
    """Discount of what is a control step later."""
    lam: Annotated[float, within(0.0, 1.0), NO_UNIT] = 0.95
    """How far generalised advantage estimation looks: 0 trusts the value function, 1 the
    returns."""
    clip: Annotated[float, within(0.0, 10.0), NO_UNIT] = 0.2
    """How far the ratio of new and old probability may be from 1 before it counts no more."""
    policy_lr: Annotated[float, within(0.0, 1.0), NO_UNIT] = 3e-4
    """Learning rate of the policy, by Adam."""
    value_lr: Annotated[float, within(0.0, 1.0), NO_UNIT] = 1e-3
    """Learning rate of the value function."""
    entropy_weight: Annotated[float, within(-1e3, 1e3), Unit("1/nat")] = 0.0
    """Weight of the policy's entropy in what is maximised."""
    mixed_precision: bool | None = None
    """Run the networks in bfloat16 while learning; weights and optimisers stay float32. null: on a
    CPU that computes faster so; with CUDA, say true for large networks."""
    max_grad_norm: Annotated[float, within(0.0, math.inf), NO_UNIT] = 1.0
    """Gradients longer than this are shortened to it, of policy and of value function each."""
    mirror: bool = False
    """Learn as often from a transition's mirror image, left for right, as from itself."""
    stop_kl: Annotated[float, within(0.0, math.inf), Unit("nat")] = 0.0
    """Where positive, an update ends after the first pass whose mean KL is over it, nats."""
    target_kl: Annotated[float, within(0.0, math.inf), Unit("nat")] = 0.0
    """Where positive, the policy's learning rate follows: raised where an update's mean KL is below
    it, lowered where it is above, within a factor of 10 of policy_lr either way."""
    final_kl: Annotated[float, within(0.0, math.inf), Unit("nat")] = 0.0
    """Where positive, ``target_kl`` goes to it, evenly in its logarithm, over the first
    ``settling_samples`` of a training: what rollouts of some size can still tell is less than the
    noise of large steps."""
    settling_samples: Annotated[int, within(0, 10**15)] = 0
    """Control steps in which ``target_kl`` goes to ``final_kl``."""


@dataclass
class UpdateReport:
    """Means over the gradient steps of an update."""

    policy_loss: float = 0.0
    value_loss: float = 0.0
    kl: float = 0.0
    """Estimate of KL(old, new), nats: mean of ratio - 1 - log ratio (Schulman 2020)."""
    entropy: float = 0.0
    """Of the policy, nats."""
    clip_share: float = 0.0
    """Share of transitions whose ratio was clipped."""
    epochs: Annotated[float, within(1, 1000)] = 0.0
    """Passes made before the KL stopped them."""
    explained_variance: float = 0.0
    """Of the returns, by the values before the update."""
    policy_grad_norm: float = 0.0
    policy_lr: Annotated[float, within(0.0, 1.0), NO_UNIT] = 0.0
    teacher_kl: float = 0.0
    """KL(teacher, policy), nats, of Gaussians as wide as the policy begins; 0 without teachers."""


MIRROR_REACH = 3.0
"""nats by which a mirror image may be less probable than what it is the image of."""

Experience = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
"""Observations, decisions, and the logarithms of their probabilities, a row a transition."""

MEANS = (
    "policy_loss",
    "value_loss",
    "kl",
    "entropy",
    "clip_share",
    "policy_grad_norm",
    "teacher_kl",
)
"""Of a report, what every gradient step adds to."""


def surrogate_loss(
    log_probs: torch.Tensor, old_log_probs: torch.Tensor, advantages: torch.Tensor, clip: float
) -> torch.Tensor:
    """Return the clipped surrogate loss (eq. 7, negated), a scalar; arguments are (B,)."""
    ratio = torch.exp(log_probs - old_log_probs)
    clipped = ratio.clamp(1 - clip, 1 + clip)
    return -torch.minimum(ratio * advantages, clipped * advantages).mean()


class PPO(Algorithm):
    """Holds the networks and their optimisers, and updates them from rollouts."""

    Config = PPOConfig
    teachable = True

    def __init__(
        self,
        policy: Policy,
        value: ValueFunction,
        normalizer: RunningNormalizer,
        config: PPOConfig,
        group: Group | None = None,
        mirror: MirrorImages | None = None,
        spread: float = 0.1,
    ) -> None:
        """Prepare.

        Args:
            policy: learns.
            value: learns with it.
            normalizer: of their observations.
            config: how they learn.
            group: the processes that learn together.
            mirror: makes mirror images, where ``config.mirror`` asks for them.
            spread: standard deviation that differences to teachers are told in.
        """
        self.mirror = mirror
        self.spread = spread
        self.policy = policy
        self.value = value
        self.normalizer = normalizer
        self.config = config
        self._samples = 0
        self.group = group or Group()
        adam = functools.partial(torch.optim.Adam, fused=True)  # one kernel a step, not dozens
        self.policy_optimizer = adam(policy.parameters(), lr=config.policy_lr)
        self.value_optimizer = adam(value.parameters(), lr=config.value_lr)
        self.optimizers = {
            "policy_optimizer": self.policy_optimizer,
            "value_optimizer": self.value_optimizer,
        }
        self.num_steps = config.num_steps

    @classmethod
    def of(
        cls, agent: Agent, settings: PPOConfig, env: MuscleVectorEnv, device: Device, group: Group
    ) -> PPO:
        """See :meth:`Algorithm.of`."""
        mirror = MirrorImages(Mirror.of(env)).to(device.torch) if settings.mirror else None
        if settings.mixed_precision is None:
            settings = replace(settings, mixed_precision=device.gains_by_bfloat16)
        networks = (agent.policy, agent.value, agent.normalizer)
        return cls(*networks, settings, group, mirror, agent.config.init_std)

    @classmethod
    def check(cls, settings: PPOConfig, policy: PolicyConfig) -> None:
        """See :meth:`Algorithm.check`."""
        if settings.final_kl > 0 and not (settings.target_kl > 0 and settings.settling_samples):
            raise InputError(
                f"ppo.final_kl is {settings.final_kl:g}; that needs ppo.target_kl and "
                "ppo.settling_samples"
            )
        if settings.mirror and policy.kind == "mixture":
            raise InputError(
                "ppo.mirror is true; a mixture's choice of an expert has no mirror image: "
                "train its experts with it, and the mixture without"
            )

    def at(self, samples: int) -> None:
        """See :meth:`Algorithm.at`."""
        self._samples = samples

    def _target_kl(self) -> float:
        """Return the KL that an update at this sample should have, nats; 0: any."""
        config = self.config
        if config.final_kl <= 0:
            return config.target_kl
        done = min(1.0, self._samples / config.settling_samples)
        wanted: float = config.target_kl ** (1.0 - done) * config.final_kl**done
        return wanted

    def seen(self, obs: torch.Tensor) -> list[torch.Tensor]:
        """Return observations, and their mirror images where the networks see those too."""
        return [obs] if self.mirror is None else [obs, self.mirror.observations(obs)]

    def update(self, rollout: Rollout, lesson: Lesson | None = None) -> UpdateReport:
        """Improve policy and value function on one rollout, and what teachers say about it."""
        advantages = generalized_advantages(rollout, self.config.gamma, self.config.lam)
        returns = advantages + rollout.values
        valid = torch.nonzero(~rollout.invalid.flatten()).squeeze(-1)
        obs = self.normalizer(rollout.obs.flatten(0, 1)[valid])
        taken = rollout.taken.flatten(0, 1)[valid]
        old_log_probs = rollout.log_probs.flatten()[valid]
        if self.config.mixed_precision:  # ratios begin at one in this precision too
            old_log_probs = self._log_probs(obs, taken)
        experience = (obs, taken, old_log_probs)
        images = None if self.mirror is None else self._images(rollout, valid, experience)
        returns = returns.flatten()[valid]
        advantages = advantages.flatten()[valid]
        report = UpdateReport(
            explained_variance=explained_variance(rollout.values.flatten()[valid], returns)
        )
        advantages = self._standardize(advantages)
        taught = None if lesson is None else lesson.actions.flatten(0, 1)[valid]
        share = 0.0 if lesson is None else lesson.share
        minibatch = self.group.share(self.config.minibatch_size, "ppo.minibatch_size")
        minibatches = math.ceil(rollout.invalid.numel() / minibatch)  # as many in every process
        steps = 0
        for _ in range(self.config.epochs):
            order = torch.randperm(len(valid), device=obs.device)
            before, passed = report.kl, steps
            seen = experience if images is None else _some_of_each(experience, images)
            for chosen in torch.tensor_split(order, minibatches):
                self._gradient_step(
                    seen[0][chosen],
                    seen[1][chosen],
                    seen[2][chosen],
                    advantages[chosen],
                    returns[chosen],
                    report,
                    None if taught is None else (obs[chosen], taught[chosen]),
                    share,
                )
                steps += 1
            report.epochs += 1
            kl = self._everywhere((report.kl - before) / (steps - passed))
            if 0 < self.config.stop_kl < kl:
                break
        for name in MEANS:
            setattr(report, name, self._everywhere(getattr(report, name) / steps))
        self._follow_kl(report.kl)
        report.policy_lr = self.policy_optimizer.param_groups[0]["lr"]
        return report

    def _images(self, rollout: Rollout, valid: torch.Tensor, experience: Experience) -> Experience:
        """Return the mirror images of transitions, or what has none that is near, itself.

        An image is what a mirrored policy did. Where the policy as it is would hardly do it, its
        probability ratio says nothing, and soon overflows.
        """
        assert self.mirror is not None
        obs, taken, log_probs = experience
        image_obs = self.normalizer(self.mirror.observations(rollout.obs.flatten(0, 1)[valid]))
        image_taken = self.mirror.actions(taken)
        image_log_probs = self._log_probs(image_obs, image_taken)
        near = image_log_probs > log_probs - MIRROR_REACH
        return (
            torch.where(near[:, None], image_obs, obs),
            torch.where(near[:, None], image_taken, taken),
            torch.where(near, image_log_probs, log_probs),
        )

    def _gradient_step(
        self,
        obs: torch.Tensor,
        taken: torch.Tensor,
        old_log_probs: torch.Tensor,
        advantages: torch.Tensor,
        returns: torch.Tensor,
        report: UpdateReport,
        taught: tuple[torch.Tensor, torch.Tensor] | None = None,
        share: float = 0.0,
    ) -> None:
        with self._precision(obs.device):
            log_probs, entropy = self.policy.evaluate(obs, taken)
            values = self.value(obs)
            teacher_kl = values.new_zeros(())
            if taught is not None:
                teacher_kl = self._teacher_kl(*taught)
        surrogate = surrogate_loss(log_probs, old_log_probs, advantages, self.config.clip)
        policy_loss = surrogate - self.config.entropy_weight * entropy
        policy_loss = (1.0 - share) * policy_loss + share * teacher_kl
        value_loss = torch.nn.functional.mse_loss(values.float(), returns)
        self.policy_optimizer.zero_grad()
        self.value_optimizer.zero_grad()
        # No parameter is of both: one pass gives each network the gradient of its own loss.
        (policy_loss + value_loss).backward()
        self.group.average_gradients([*self.policy.parameters(), *self.value.parameters()])
        policy_norm, value_norm = (
            torch.nn.utils.clip_grad_norm_(network.parameters(), self.config.max_grad_norm)
            for network in (self.policy, self.value)
        )
        with torch.no_grad():
            log_ratio = log_probs - old_log_probs
            wanted = {
                "policy_loss": surrogate,
                "value_loss": value_loss,
                "entropy": entropy,
                "kl": (log_ratio.exp() - 1 - log_ratio).mean(),
                "clip_share": ((log_ratio.exp() - 1).abs() > self.config.clip).float().mean(),
                "policy_grad_norm": policy_norm,
                "teacher_kl": teacher_kl,
                "value_grad_norm": value_norm,
            }
            # Read all at once: each reading waits for the device.
            figures = dict(zip(wanted, torch.stack([*wanted.values()]).tolist(), strict=True))
        # Before any step is taken: what a run has learned stays whole.
        for name in ("policy", "value"):
            loss, norm = figures[f"{name}_loss"], figures[f"{name}_grad_norm"]
            if not math.isfinite(loss) or not math.isfinite(norm):
                names = ("obs", "taken", "old_log_probs", "advantages", "returns")
                batch = (obs, taken, old_log_probs, advantages, returns)
                raise NotFiniteError(
                    f"the {name}'s loss ({loss:g}) or its gradient's norm ({norm:g})",
                    dict(zip(names, batch, strict=True)),
                )
        self.policy_optimizer.step()
        self.value_optimizer.step()
        for name in MEANS:
            setattr(report, name, getattr(report, name) + figures[name])

    def _teacher_kl(self, obs: torch.Tensor, actions: torch.Tensor) -> torch.Tensor:
        """Return KL(teacher, policy), nats, of Gaussians as wide as the policy begins."""
        apart = (self.policy(obs).float() - actions) / self.spread
        kl: torch.Tensor = 0.5 * apart.square().sum(dim=-1).mean()
        return kl

    def _precision(self, device: torch.device) -> torch.autocast:
        return torch.autocast(
            device.type, dtype=torch.bfloat16, enabled=bool(self.config.mixed_precision)
        )

    @torch.no_grad()
    def _log_probs(self, obs: torch.Tensor, taken: torch.Tensor) -> torch.Tensor:
        """Return the log-probabilities of decisions, as a gradient step computes them."""
        with self._precision(obs.device):
            pieces = zip(
                torch.split(obs, self.config.minibatch_size),
                torch.split(taken, self.config.minibatch_size),
                strict=True,
            )
            return torch.cat([self.policy.evaluate(*piece)[0] for piece in pieces])

    def _standardize(self, advantages: torch.Tensor) -> torch.Tensor:
        """Return advantages of mean 0 and deviation 1 over all processes."""
        if self.group.size == 1:
            return (advantages - advantages.mean()) / (advantages.std() + 1e-8)
        sums = torch.stack(
            [advantages.new_tensor(len(advantages)), advantages.sum(), advantages.square().sum()]
        ).double()
        count, total, squares = self.group.sum(sums).tolist()
        mean = total / count
        deviation = math.sqrt(max(0.0, (squares - count * mean**2) / (count - 1)))
        standard: torch.Tensor = (advantages - mean) / (deviation + 1e-8)
        return standard

    def _everywhere(self, value: float) -> float:
        """Return a figure's mean over processes."""
        if self.group.size == 1:
            return value
        return float(self.group.mean(torch.tensor(value, dtype=torch.float64)))

    def begin_carefully(self) -> None:
        """Begin with the lowest learning rate that follows the KL, if one does.

        A policy that knows much has more to lose than to learn from an optimiser that has yet to
        see how large its gradients are; ``target_kl`` raises the rate again within a few updates.
        """
        if self.config.target_kl > 0:
            for group in self.policy_optimizer.param_groups:
                group["lr"] = self.config.policy_lr / 10

    def _follow_kl(self, kl: float) -> None:
        target = self._target_kl()
        if target <= 0:
            return
        base = self.config.policy_lr
        # A KL goes with the square of the rate: this closes half of the gap, and no more at once.
        change = min(max((target / max(kl, 1e-9)) ** 0.25, 1 / 1.5), 1.1)
        for group in self.policy_optimizer.param_groups:
            group["lr"] = min(max(group["lr"] * change, base / 10), base * 10)


def _some_of_each(first: Experience, second: Experience) -> Experience:
    """Return rows of one or the other, drawn alike."""
    pick = torch.rand(len(first[0]), 1, device=first[0].device) < 0.5
    obs, taken = (torch.where(pick, a, b) for a, b in zip(first[:2], second[:2], strict=True))
    return obs, taken, torch.where(pick[:, 0], first[2], second[2])


def explained_variance(values: torch.Tensor, returns: torch.Tensor) -> float:
    """Return 1 - Var(returns - values) / Var(returns), or 0 where the returns do not vary."""
    spread = returns.var()
    return float(1 - (returns - values).var() / spread) if spread > 1e-12 else 0.0
