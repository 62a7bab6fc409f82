"""Negative mining (KINESIS, Simos et al. 2025, section 3.3): experts for what others fail at.

The first expert trains on every clip of the split; each next one begins from the last, on the clips
that no expert so far reaches the end of; at last a gate learns which of them acts. Experts are runs
in folders of their own, the gate's run is the folder they lie in, and ``mining.json`` there tells
what each reaches: whatever was interrupted goes on from there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch

from kinesis_fast import config as configuration
from kinesis_fast.devices import find_device
from kinesis_fast.errors import InputError
from kinesis_fast.learn import checkpoint as checkpoints
from kinesis_fast.learn.agent import Agent
from kinesis_fast.learn.config import TrainConfig, merge_stored
from kinesis_fast.learn.distributed import Group
from kinesis_fast.learn.environment import prepare_motions
from kinesis_fast.learn.evaluation.clips import Evaluator
from kinesis_fast.learn.run_folder import RunFolder
from kinesis_fast.learn.trainer import Metrics, Trainer

RECORD = "mining.json"
LOCK = "mining.lock"
GATE = "gate"


@dataclass
class Stage:
    """An expert, or the gate, by the KINESIS protocol on all clips of the split."""

    name: str
    clips: int
    """Clips that it was trained on."""
    samples: int
    success_rate: float
    frame_coverage: float
    mpjpe_mm: float
    reached: list[str]
    """Clips that it reaches the end of."""


@dataclass
class NextStage:
    """What is to be trained next."""

    name: str
    folder: Path
    settings: TrainConfig
    clips: list[str]
    init_from: checkpoints.Checkpoint | None


class NegativeMining:
    """Trains experts and gate in one folder, a stage at a time; what is done stays done."""

    def __init__(self, config: TrainConfig, folder: Path) -> None:
        """Prepare.

        Args:
            config: of every expert's training; ``mining`` says how many and how long.
            folder: the gate's run folder; experts' are ``expert_0``, ``expert_1``, ... in it.

        Raises:
            InputError: the folder holds a mining of other clips.
        """
        self.config = config
        self.group = Group.join(find_device(config.device))
        self.folder = self.group.first(folder)
        self.clips = [clip.name for clip in prepare_motions(config)[1].clips]
        self.stages: list[Stage] = []
        if (self.folder / RECORD).exists():
            self._take_up()

    @property
    def experts(self) -> list[Stage]:
        """The experts trained so far."""
        return [stage for stage in self.stages if stage.name != GATE]

    def missed(self) -> list[str]:
        """Return the clips whose end no expert reaches."""
        reached = {name for stage in self.experts for name in stage.reached}
        return [name for name in self.clips if name not in reached]

    def next_stage(self) -> NextStage | None:
        """Return what is to be trained next; None when all is done."""
        if len(self.stages) > len(self.experts):
            return None
        number, missed = len(self.experts), self.missed()
        if number == 0:
            return self._expert(0, self.clips, None)
        found = 1.0 - len(missed) / len(self.clips)
        if found < self.config.mining.target and number < self.config.mining.experts:
            return self._expert(number, missed, self._checkpoint(number - 1))
        return self._gate() if number > 1 else None

    def train(
        self,
        plan: NextStage,
        on_iteration: Callable[[Metrics], None] = lambda _: None,
        on_trouble: Callable[[str], None] = lambda _: None,
    ) -> Stage | None:
        """Train a stage, or go on with it; None where it was stopped before its end."""
        claimed = RunFolder(self.folder, LOCK) if self.group.leads else None
        try:
            return self._train(plan, on_iteration, on_trouble)
        finally:
            if claimed is not None:
                claimed.release()

    def _train(
        self,
        plan: NextStage,
        on_iteration: Callable[[Metrics], None],
        on_trouble: Callable[[str], None],
    ) -> Stage | None:
        self._write()
        if (plan.folder / "checkpoints").is_dir():
            trainer = Trainer(plan.settings, resume_from=checkpoints.load(plan.folder))
        else:
            trainer = Trainer(plan.settings, init_from=plan.init_from)
        trainer.train(plan.folder, on_iteration, on_trouble)
        self.group.wait()  # the last checkpoint is written before anyone reads it
        if trainer.samples < plan.settings.total_samples:
            return None
        found = self.group.first(Evaluator(self.config, "all", self.clips)(trainer.agent))
        stage = Stage(
            plan.name,
            len(plan.clips),
            trainer.samples,
            found.success_rate,
            found.frame_coverage,
            found.mpjpe_mm,
            [clip.name for clip in found.clips if clip.success],
        )
        self.stages.append(stage)
        self._write()
        return stage

    def _expert(
        self, number: int, clips: list[str], init_from: checkpoints.Checkpoint | None
    ) -> NextStage:
        name = f"expert_{number}"
        settings = replace(self.config, split="all", clips=clips, freeze_normalizer=number > 0)
        return NextStage(name, self.folder / name, settings, clips, init_from)

    def _gate(self) -> NextStage:
        policy = replace(
            self.config.policy,
            kind="mixture",
            num_experts=len(self.experts),
            expert_hidden_sizes=self.config.policy.hidden_sizes,
        )
        settings = replace(
            self.config,
            policy=policy,
            freeze_normalizer=True,
            total_samples=self.config.mining.gate_samples or self.config.total_samples,
        )
        points = [self._checkpoint(number) for number in range(len(self.experts))]
        return NextStage(GATE, self.folder, settings, self.clips, untrained_gate(points, settings))

    def _checkpoint(self, number: int) -> checkpoints.Checkpoint:
        return checkpoints.load(self.folder / f"expert_{number}")

    def _take_up(self) -> None:
        record = json.loads((self.folder / RECORD).read_text(encoding="utf-8"))
        if record["clips"] != self.clips:
            raise InputError(
                f"{str(self.folder)!r} holds a negative mining of other clips; "
                "give --out another folder, or the same motions"
            )
        self.stages = [Stage(**stage) for stage in record["stages"]]

    def _write(self) -> None:
        if not self.group.leads:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        record = {
            "config": configuration.to_dict(self.config),
            "clips": self.clips,
            "stages": [asdict(stage) for stage in self.stages],
        }
        partial = self.folder / (RECORD + ".partial")
        partial.write_text(json.dumps(record, indent=1), encoding="utf-8")
        partial.replace(self.folder / RECORD)


def stored_config(folder: Path) -> TrainConfig | None:
    """Return the configuration of the mining in a folder; None where there is none."""
    path = folder / RECORD
    if not path.is_file():
        return None
    return merge_stored(json.loads(path.read_text(encoding="utf-8"))["config"])


def untrained_gate(
    experts: Sequence[checkpoints.Checkpoint], settings: TrainConfig
) -> checkpoints.Checkpoint:
    """Return an agent whose gate has yet to learn, over experts of one normaliser.

    Its value function begins as the first expert's.
    """
    states = [point.group("agent") for point in experts]
    torch.manual_seed(settings.seed)
    sizes = len(states[0]["normalizer.mean"]), len(states[0]["policy.action_mean.bias"])
    agent = Agent(*sizes, settings.policy).state_dict()
    for name in agent:
        if name.startswith(("normalizer.", "value.")):
            agent[name] = states[0][name]
        if name.startswith("policy.experts."):
            _, _, number, part = name.split(".", 3)
            agent[name] = states[int(number)].get(f"policy.{part}", agent[name])
    return checkpoints.Checkpoint(
        config=settings,
        fingerprint=experts[0].fingerprint,
        progress={},
        tensors={f"agent/{name}": value for name, value in agent.items()},
    )
