"""The training loop."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from kinesis_fast import config as configuration
from kinesis_fast.devices import find_device
from kinesis_fast.errors import CheckpointError, InputError, TrainingError
from kinesis_fast.learn import checkpoint as checkpoints
from kinesis_fast.learn import snapshot
from kinesis_fast.learn.agent import Agent
from kinesis_fast.learn.algorithms import NotFiniteError, algorithm_settings, find_algorithm
from kinesis_fast.learn.collector import Collector
from kinesis_fast.learn.config import TrainConfig
from kinesis_fast.learn.curriculum import Curriculum
from kinesis_fast.learn.distributed import Group
from kinesis_fast.learn.environment import make_training_env
from kinesis_fast.learn.evaluation.clips import Evaluator
from kinesis_fast.learn.meter import EpisodeMeter
from kinesis_fast.learn.metrics import MetricsWriter, check_wandb
from kinesis_fast.learn.normalizer import batch_moments
from kinesis_fast.learn.policies.gaussian import GaussianPolicy
from kinesis_fast.learn.rollout import Rollout
from kinesis_fast.learn.run_folder import RunFolder
from kinesis_fast.learn.teachers import Teachers

Metrics = dict[str, float]
BEST = "best.safetensors"
"""In a run folder: the checkpoint that evaluated best."""
IDLE = 0.01
"""Activation below which a muscle does nothing."""


class Trainer:
    """Trains one agent; made new, or from a checkpoint to go on with."""

    def __init__(
        self,
        config: TrainConfig,
        resume_from: checkpoints.Checkpoint | None = None,
        init_from: checkpoints.Checkpoint | None = None,
    ) -> None:
        """Prepare a training.

        Args:
            config: of the run, as ``load_train_config`` returns it, checked.
            resume_from: go on where this one stopped.
            init_from: begin anew with this one's weights; see :meth:`Agent.adopt`.

        Raises:
            InputError: a device, motions or a checkpoint that cannot be used.
        """
        try:
            self._prepare(config, resume_from, init_from)
        except InputError as error:
            source = "" if resume_from is None else resume_from.source
            if not source or source in str(error):
                raise
            raise InputError(f"{source}: {error}") from error

    def _prepare(
        self,
        config: TrainConfig,
        resume_from: checkpoints.Checkpoint | None,
        init_from: checkpoints.Checkpoint | None,
    ) -> None:
        self.config = config
        check_wandb(config.wandb_project)
        self.device = find_device(config.device)
        place = self.device.torch
        self.group = Group.join(self.device)
        num_envs = self.group.share(config.num_envs, "num_envs")
        seed = config.seed + self.group.rank
        self.env = make_training_env(config, num_envs=num_envs, seed=seed, randomised=True)
        self.env.copy = False
        self.evaluator = Evaluator(config, config.eval_split) if config.eval_interval else None
        self.group.wait()  # motions take some longer to prepare than others
        torch.manual_seed(config.seed)
        obs_size, action_size = self.env.obs_dim, self.env.num_actions
        self.agent = Agent(obs_size, action_size, config.policy).to(place)
        self.group.same_parameters(self.agent)
        torch.manual_seed(seed)
        self.algorithm = find_algorithm(config.algorithm).of(
            self.agent, algorithm_settings(config), self.env, self.device, self.group
        )
        steps, taken_size = self.algorithm.num_steps, self.agent.policy.taken_size
        self.rollout = Rollout.empty(steps, num_envs, obs_size, taken_size, place)
        self.curriculum = Curriculum(self.env, config.curriculum, self.group)
        self.best = (-1.0, -math.inf)  # success rate, -MPJPE
        self.iteration = 0
        self.samples = 0
        self.seconds = 0.0
        self.last_metrics: Metrics = {}
        self.stop_requested = threading.Event()
        self._until = math.inf
        self.env.reset(seed=seed)
        self.teachers = self._teachers(resume_from)
        overlap = self.device.overlaps if config.overlap is None else config.overlap
        parts = (self.env, self.agent, self.rollout, self.device)
        keep_clips = self.teachers is not None
        self.collector = Collector(
            *parts, overlap=overlap, capture=config.capture, keep_clips=keep_clips
        )
        self.obs = self.collector.obs
        if resume_from is not None:
            snapshot.restore(self, resume_from)
        elif init_from is not None:
            snapshot.adopt(self, init_from)
        elif config.freeze_normalizer:
            raise InputError("freeze_normalizer is for a run that begins from another: --init-from")
        else:
            self._warm_up_normalizer()

    def _teachers(self, resume_from: checkpoints.Checkpoint | None) -> Teachers | None:
        """Return who teaches, if anybody does and has not taught all there is."""
        done = 0 if resume_from is None else int(resume_from.progress["samples"])
        if not self.config.distill.teachers or done >= self.config.distill.samples:
            return None
        found = Teachers(self.config, self.env, self.device.torch, choose=resume_from is None)
        found.of_clip = self.group.first(found.of_clip)  # machines round differently
        return found

    def train(
        self,
        folder: str | Path,
        on_iteration: Callable[[Metrics], None] = lambda _: None,
        on_trouble: Callable[[str], None] = lambda _: None,
        *,
        new_folder: bool = False,
    ) -> Metrics:
        """Train to ``total_samples`` or for ``most_minutes``, writing the run to ``folder``.

        Ends early, with a checkpoint, on SIGINT or SIGTERM or when ``stop_requested`` is set. What
        cannot be written (a full disk) is told to ``on_trouble`` and tried again at the next
        interval.

        Args:
            folder: of the run; this training alone has it meanwhile.
            on_iteration: called with every iteration's metrics.
            on_trouble: called with a line on what went wrong and does not end the training.
            new_folder: refuse a folder that holds a run already.

        Returns:
            The last iteration's metrics.

        Raises:
            InputError: the folder is another training's.
            TrainingError: it cannot go on, or the last checkpoint could not be written.
        """
        path: Path = self.group.first(Path(folder))
        claimed = RunFolder(path) if self.group.leads else None
        writer = None
        restore_signals = self._stop_on_signals()
        self._set_clock()
        try:
            if self.group.leads:
                self._write_config(path, new_folder)
                writer = self._writer(path, on_trouble)
            while self.samples < self.config.total_samples and not self._stopping():
                metrics = self._iterate(path)
                better, best_before = False, self.best
                if self.evaluator is not None and self.iteration % self.config.eval_interval == 0:
                    better = self._evaluate(metrics)
                if writer is not None:
                    writer.write(metrics)
                self.last_metrics = metrics
                on_iteration(metrics)
                if better or self.iteration % self.config.checkpoint_interval == 0:
                    try:
                        self.save(path, best=better)
                    except CheckpointError as error:
                        self.best = best_before
                        on_trouble(f"{error}; trying again at the next checkpoint")
            self.save(path)
        finally:
            restore_signals()
            if writer is not None:
                writer.close()
            if claimed is not None:
                claimed.release()
        return self.last_metrics

    def _writer(self, folder: Path, on_trouble: Callable[[str], None]) -> MetricsWriter:
        return MetricsWriter(
            folder,
            self.config.tensorboard,
            self.config.wandb_project,
            configuration.to_dict(self.config),
            after_iteration=self.iteration,
            on_trouble=on_trouble,
        )

    @property
    def samples_an_iteration(self) -> int:
        """How many samples an iteration takes: a training ends at a multiple of it."""
        return self.algorithm.num_steps * self.config.num_envs

    def _iterate(self, folder: Path) -> Metrics:
        """Collect once, learn from it, and return what came of both."""
        started = time.perf_counter()
        self._narrow()
        self.algorithm.at(self.samples)
        try:
            collected_here = self.collector.collect()
        except InputError as error:  # of the environments: actions that are no numbers
            raise TrainingError(
                f"the policy cannot act in iteration {self.iteration + 1}: {error}; go on from an "
                "earlier checkpoint"
            ) from error
        meter = EpisodeMeter.merged(self.group.gather(collected_here))
        collected = time.perf_counter()
        report = self._update(folder)
        self._normalize(self.rollout.obs[~self.rollout.invalid])
        self.curriculum.update()
        finished = time.perf_counter()

        new = self.samples_an_iteration
        learner = self.config.algorithm.rpartition(":")[2].lower()
        self.iteration += 1
        self.samples += new
        self.seconds += finished - started
        return {
            "iteration": float(self.iteration),
            "samples": float(self.samples),
            "seconds": self.seconds,
            "samples_per_s": new / (finished - started),
            "collect_samples_per_s": new / (collected - started),
            **self._carry_forward(meter.summary()),
            **{f"{learner}/{name}": value for name, value in asdict(report).items()},
            **self._health(),
            **{f"curriculum/{k}": v for k, v in self.curriculum.summary().items()},
            **{f"policy/{k}": v for k, v in self.agent.policy.health().items()},
        }

    def _narrow(self) -> None:
        """Explore as widely as the configuration says at this sample."""
        policy, config = self.agent.policy, self.config.policy
        if config.final_std > 0 and isinstance(policy, GaussianPolicy):
            done = min(1.0, self.samples / config.narrowing_samples)
            policy.set_std(config.init_std ** (1.0 - done) * config.final_std**done)

    def _write_config(self, folder: Path, new_folder: bool) -> None:
        path = folder / "config.yaml"
        try:
            with path.open("x" if new_folder else "w", encoding="utf-8") as file:
                file.write(configuration.to_yaml(self.config))
        except FileExistsError:
            raise InputError(
                f"run folder {str(folder)!r} holds a run already; "
                f"choose another, or go on with it: --resume {folder}"
            ) from None
        except OSError as error:
            raise InputError(f"run folder {str(folder)!r} cannot be written: {error}") from error

    def _update(self, folder: Path) -> Any:
        """Learn from the rollout; a batch that cannot be learned from is kept for study."""
        try:
            lesson = None
            if self.teachers is not None:
                lesson = self.teachers.lesson(self.rollout, self.samples)
            return self.algorithm.update(self.rollout, lesson)
        except NotFiniteError as error:
            process = f"_{self.group.rank}" if self.group.size > 1 else ""
            path = folder / f"not_finite{process}.safetensors"
            folder.mkdir(parents=True, exist_ok=True)
            save_file({k: v.detach().cpu().contiguous() for k, v in error.batch.items()}, path)
            raise TrainingError(
                f"{error} in iteration {self.iteration + 1}; the batch is in {path}, the last "
                f"checkpoint in {folder / 'checkpoints'}. Lower learning rates, or narrower "
                "exploration, help where the batch itself is finite"
            ) from error

    def _evaluate(self, metrics: Metrics) -> bool:
        """Add the evaluation's figures to the metrics; tells whether none was better."""
        assert self.evaluator is not None
        found = self.group.first(self.evaluator(self.agent))  # machines round differently
        metrics["eval/success_rate"] = found.success_rate
        metrics["eval/frame_coverage"] = found.frame_coverage
        metrics["eval/mpjpe_mm"] = found.mpjpe_mm
        metrics["eval/seconds_between_losses"] = found.loss_rate.seconds / max(
            1, found.loss_rate.losses
        )
        score = (found.success_rate, -found.mpjpe_mm)
        # The leader alone knows whether its best was kept.
        better: bool = self.group.first(score > self.best)
        self.best = max(score, self.best)
        return better

    def _health(self) -> Metrics:
        """Figures that tell of trouble before the reward does."""
        activation = self.env.muscle_activations()
        idle = (activation < IDLE).all(axis=0)
        return {"health/idle_muscles": float(idle.mean())}

    def _warm_up_normalizer(self) -> None:
        """Let the untrained policy run one rollout, so that learning begins on scaled inputs."""
        self._normalize(self.obs.to(self.device.torch))
        self.collector.collect()
        self._normalize(self.rollout.obs)

    def _normalize(self, obs: torch.Tensor) -> None:
        """Merge every process's observations into the normaliser."""
        if self.config.freeze_normalizer:
            return
        for some in self.algorithm.seen(obs):
            for moments in self.group.gather(batch_moments(some)):
                self.agent.normalizer.merge(moments)

    def _set_clock(self) -> None:
        minutes = self.config.most_minutes
        self._until = time.monotonic() + 60.0 * minutes if minutes > 0.0 else math.inf

    def _stopping(self) -> bool:
        late = time.monotonic() >= self._until
        return self.group.any(self.stop_requested.is_set() or late)

    def save(self, folder: Path, *, best: bool = False) -> Path:
        """Write a checkpoint into a run folder, and prune the old ones.

        Every process calls it; process 0 writes.

        Args:
            folder: of the run.
            best: keep it as the best one too.

        Raises:
            CheckpointError: it could not be written; the ones before stay.
        """
        point = snapshot.take(self)
        path = folder / "checkpoints" / f"{self.iteration:07d}{checkpoints.SUFFIX}"
        if self.group.leads:
            checkpoints.save(point, path)
            if best:
                checkpoints.copy(path, folder / BEST)
            checkpoints.prune(path.parent, self.config.keep_checkpoints)
        return path

    def _carry_forward(self, summary: Metrics) -> Metrics:
        """Where no episode ended, report what the iteration before reported."""
        return {
            name: self.last_metrics.get(name, value) if math.isnan(value) else value
            for name, value in summary.items()
        }

    def _stop_on_signals(self) -> Callable[[], None]:
        """Turn SIGINT and SIGTERM into stop requests; returns what undoes it."""
        if threading.current_thread() is not threading.main_thread():
            return lambda: None

        def request_stop(_signal: int, _frame: object) -> None:
            self.stop_requested.set()

        previous = {s: signal.signal(s, request_stop) for s in (signal.SIGINT, signal.SIGTERM)}

        def restore() -> None:
            for number, handler in previous.items():
                signal.signal(number, handler)

        return restore
