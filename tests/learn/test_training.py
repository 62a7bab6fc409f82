"""Training runs: what they write, how they stop, go on, and fail."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from devices import DEVICES
from safetensors.torch import load_file

from kinesis_fast import InputError
from kinesis_fast.errors import CheckpointError, TrainingError
from kinesis_fast.learn import checkpoint as checkpoints
from kinesis_fast.learn.config import TrainConfig, load_train_config
from kinesis_fast.learn.environment import make_training_env
from kinesis_fast.learn.evaluation.clips import Subject, as_in_training, evaluate
from kinesis_fast.learn.normalizer import RunningNormalizer
from kinesis_fast.learn.trainer import BEST, Trainer

SMALL = [
    "num_envs=16",
    "total_samples=384",
    "ppo.num_steps=8",
    "ppo.minibatch_size=64",
    "policy.hidden_sizes=[16]",
    "policy.value_hidden_sizes=[16]",
    "checkpoint_interval=1",
    "keep_checkpoints=2",
    "num_threads=2",
]


def small_config(*more: str) -> TrainConfig:
    return load_train_config("quickstart", [*SMALL, *more])


def lines_of(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    Trainer(small_config()).train(folder)
    return folder


def test_the_clock_ends_a_training(tmp_path: Path) -> None:
    trainer = Trainer(small_config("total_samples=1000000000", "most_minutes=0.02"))
    trainer.train(tmp_path / "run")
    assert 0 < trainer.samples < 1_000_000
    assert checkpoints.load(tmp_path / "run").config.most_minutes == 0.02


def test_run_folder(run: Path) -> None:
    metrics = lines_of(run)
    assert [m["samples"] for m in metrics] == [128, 256, 384]
    for key in (
        "episode_length",
        "samples_per_s",
        "invalid_episodes",
        "ppo/kl",
        "reward/total",
        "reward/pos",
        "reward/vel",
        "reward/upright",
        "reward/energy",
        "curriculum/lost_worst",
        "health/idle_muscles",
        "policy/std",
    ):
        assert isinstance(metrics[-1][key], float), key
    assert "num_envs: 16" in (run / "config.yaml").read_text()
    assert list(run.glob("events.out.tfevents.*"))
    kept = sorted(p.name for p in (run / "checkpoints").iterdir())
    assert kept == ["0000002.safetensors", "0000003.safetensors"]


def test_the_library_trains_on_its_train_split() -> None:
    env = make_training_env(small_config())
    assert {clip.split for clip in env.motions.clips} == {"train"}


def test_truncations_bootstrap_from_a_state_that_is_learned_about() -> None:
    trainer = Trainer(small_config("env.max_episode_steps=3", "total_samples=128"))
    trainer.collector.collect()
    r = trainer.rollout
    assert r.truncated.sum() > 10
    assert torch.equal(r.next_values[r.truncated], r.values[r.truncated])
    goes_on = ~(r.truncated | r.terminated)[:-1]
    assert torch.equal(r.next_values[:-1][goes_on], r.values[1:][goes_on])


def test_checkpoint_round_trip(run: Path) -> None:
    point = checkpoints.load(run)
    assert point.progress["samples"] == 384
    trainer = Trainer(point.config, resume_from=point)
    for name, value in point.group("agent").items():
        assert torch.equal(trainer.agent.state_dict()[name].cpu(), value), name
    stored = point.group("policy_optimizer")
    for name, value in checkpoints.optimizer_tensors(
        trainer.algorithm.optimizers["policy_optimizer"]
    ).items():
        assert torch.equal(value.cpu(), stored[name]), name


def test_resuming_goes_on(run: Path, tmp_path: Path) -> None:
    point = checkpoints.load(run)
    point.config.total_samples = 640
    Trainer(point.config, resume_from=point).train(tmp_path)
    assert [m["samples"] for m in lines_of(tmp_path)] == [512, 640]


@pytest.mark.parametrize(("mode", "overlap"), [("length", "off"), ("joint", "on")])
def test_stopped_and_resumed_it_goes_on_bit_for_bit(
    tmp_path: Path, mode: str, overlap: str
) -> None:
    settings = (
        "tensorboard=false",
        f"env.control_mode={mode}",
        f"overlap={overlap}",
        "keep_checkpoints=9",
    )
    Trainer(small_config(*settings, "total_samples=512")).train(tmp_path / "whole")
    point = checkpoints.load(tmp_path / "whole" / "checkpoints" / "0000002.safetensors")
    Trainer(point.config, resume_from=point).train(tmp_path / "rest")
    one, other = (checkpoints.load(tmp_path / name) for name in ("whole", "rest"))
    assert one.tensors.keys() == other.tensors.keys()
    for name, value in one.tensors.items():
        assert torch.equal(value, other.tensors[name]), name
    timed = ("seconds", "samples_per_s", "collect_samples_per_s")
    for whole, rest in zip(
        lines_of(tmp_path / "whole")[2:], lines_of(tmp_path / "rest"), strict=True
    ):
        assert {k: v for k, v in whole.items() if k not in timed} == {
            k: v for k, v in rest.items() if k not in timed
        }


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(
    "settings",
    [
        ["policy.kind=gaussian"],
        ["policy.kind=lattice", "ppo.mixed_precision=true"],
        ["policy.kind=mixture", "policy.num_experts=2", "policy.expert_hidden_sizes=[8]"],
    ],
    ids=["gaussian", "lattice-mixed-precision", "mixture"],
)
def test_every_device_trains_evaluates_and_goes_on(
    tmp_path: Path, device: str, settings: list[str]
) -> None:
    quiet = [f"device={device}", "tensorboard=false", "eval_interval=2"]
    Trainer(small_config(*settings, *quiet)).train(tmp_path)
    point = checkpoints.load(tmp_path)
    point.config.total_samples = 512
    trainer = Trainer(point.config, resume_from=point)
    assert trainer.agent.device.type == device
    trainer.train(tmp_path)
    lines = lines_of(tmp_path)
    assert [m["samples"] for m in lines] == [128, 256, 384, 512]
    for line in lines:
        assert all(line[f"ppo/{name}"] is not None for name in ("policy_loss", "value_loss", "kl"))
    assert [m.get("eval/mpjpe_mm", 0.0) > 0.0 for m in lines] == [False, True] * 2


def test_a_batch_that_cannot_be_learned_from_is_kept(tmp_path: Path) -> None:
    trainer = Trainer(small_config("tensorboard=false"))
    trainer.train(tmp_path)
    before = {k: v.clone() for k, v in trainer.agent.policy.state_dict().items()}
    trainer.rollout.rewards[3, 2] = float("nan")
    with pytest.raises(TrainingError, match=r"not finite in iteration 4; the batch is in .*safet"):
        trainer._update(tmp_path)
    for name, value in trainer.agent.policy.state_dict().items():
        assert torch.equal(value, before[name]), name
    kept = load_file(tmp_path / "not_finite.safetensors")
    assert kept["obs"].shape[1] == trainer.env.obs_dim
    assert not torch.isfinite(kept["advantages"]).all()


def test_the_checkpoint_that_evaluates_best_is_kept(tmp_path: Path) -> None:
    settings = ("tensorboard=false", "eval_interval=2", "checkpoint_interval=100")
    Trainer(small_config(*settings, "total_samples=768", "seed=4")).train(tmp_path)
    lines = lines_of(tmp_path)
    assert ["eval/mpjpe_mm" in line for line in lines] == [False, True] * 3
    evaluated = lines[1::2]
    score = [(line["eval/success_rate"], -line["eval/mpjpe_mm"]) for line in evaluated]
    best = evaluated[score.index(max(score))]
    point = checkpoints.load(tmp_path / BEST)
    assert point.progress["samples"] == best["samples"]
    assert point.progress["best"] == list(max(score))
    found = evaluate(Subject(point, split="test", num_threads=2, physics="lanes")).mean_body
    assert found.mpjpe_mm == pytest.approx(best["eval/mpjpe_mm"], abs=1e-9)
    with pytest.raises(InputError, match="split"):
        Trainer(small_config("eval_interval=1", "eval_split=nothing"))


def test_a_best_checkpoint_that_cannot_be_kept_does_not_stand_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = ("tensorboard=false", "eval_interval=2", "checkpoint_interval=100")
    trainer = Trainer(small_config(*settings, "total_samples=768", "seed=4"))
    tried: list[Path] = []
    copy = checkpoints.copy

    def fail_once(path: Path, to: Path) -> None:
        tried.append(to)
        if len(tried) == 1:
            raise CheckpointError("the disk is full")
        copy(path, to)

    monkeypatch.setattr(checkpoints, "copy", fail_once)
    told: list[str] = []
    trainer.train(tmp_path, on_trouble=told.append)
    assert told == ["the disk is full; trying again at the next checkpoint"]
    rest = [(m["eval/success_rate"], -m["eval/mpjpe_mm"]) for m in lines_of(tmp_path)[3::2]]
    assert checkpoints.load(tmp_path / BEST).progress["best"] == list(max(rest))


def test_passes_end_where_the_kl_is_too_large(tmp_path: Path) -> None:
    Trainer(small_config("tensorboard=false", "ppo.stop_kl=1e-9")).train(tmp_path)
    assert [m["ppo/epochs"] for m in lines_of(tmp_path)] == [1.0, 1.0, 1.0]


def test_same_seed_same_training(tmp_path: Path) -> None:
    weights = []
    for name in ("a", "b"):
        Trainer(small_config("tensorboard=false")).train(tmp_path / name)
        weights.append(checkpoints.load(tmp_path / name).group("agent"))
    for name, value in weights[0].items():
        assert torch.equal(value, weights[1][name]), name


def test_agents_of_other_models_are_refused(run: Path) -> None:
    point = checkpoints.load(run)
    point.config.env.model = "myolegs_abdomen"
    with pytest.raises(InputError, match="another model .* 80 muscles, this model has 86"):
        Trainer(point.config, resume_from=point)
    point.config.env.model = "myolegs"
    point.config.env.observe_muscles = ["force"]
    with pytest.raises(
        InputError, match="another model or environment: it does not see muscle_force"
    ):
        evaluate(Subject(point))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a readable checkpoint"),
        (b"\x08\x00\x00\x00\x00\x00\x00\x00{}      ", "has checkpoint format None"),
        (None, "does not exist"),
    ],
)
def test_unreadable_checkpoints_are_refused(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    path = tmp_path / "x.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        checkpoints.load(path)


def test_truncated_checkpoints_are_refused(run: Path, tmp_path: Path) -> None:
    whole = checkpoints.find(run).read_bytes()
    path = tmp_path / "cut.safetensors"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="not a readable checkpoint"):
        checkpoints.load(path)
    with pytest.raises(InputError, match="holds no checkpoint"):
        (tmp_path / "empty").mkdir()
        checkpoints.load(tmp_path / "empty")


def test_evaluation_figures(run: Path) -> None:
    subject = Subject(checkpoints.load(run), split="test")
    figures = as_in_training(subject, 32)
    assert figures.episodes == 32
    assert 1 <= figures.episode_length < 30
    result = evaluate(subject)
    assert len(result.mean_body.clips) == 11
    for clip in result.mean_body.clips:
        assert 0 < clip.frame_coverage <= 1
        assert 0 < clip.mpjpe_mm < 500
    assert as_in_training(subject, 32) == figures
    assert evaluate(subject) == result


def test_muscles_are_added_to_joints(tmp_path: Path) -> None:
    """A joint policy goes on as one that also adds to excitations, at first by nothing."""
    joint = small_config("env.control_mode=joint")
    Trainer(joint).train(tmp_path / "joint")
    point = checkpoints.load(tmp_path / "joint")
    both = small_config("env.control_mode=joint_residual", "policy.init_std=0.1")
    trainer = Trainer(both, init_from=point)
    assert trainer.samples == 0
    assert trainer.agent.policy.log_std.shape == (94,)
    obs = trainer.obs
    old = Trainer(joint, resume_from=point).agent
    a = trainer.agent.act(obs, deterministic=True)
    assert torch.equal(a[:, :14], old.act(obs, deterministic=True))
    assert not a[:, 14:].any()
    assert trainer.agent.policy.log_std.exp().tolist() == pytest.approx([0.1] * 94)
    trainer.train(tmp_path / "both")
    other = small_config("env.control_mode=joint", "policy.hidden_sizes=[9]")
    with pytest.raises(InputError, match="set policy.* to the checkpoint's"):
        Trainer(other, init_from=point)
    with pytest.raises(InputError, match="its num_actions is 94, here it is 14"):
        Trainer(joint, init_from=checkpoints.load(tmp_path / "both"))


def test_a_policy_that_saw_less_is_begun_from(tmp_path: Path) -> None:
    """What is new to it has no weight at first, and statistics of its own."""
    small = small_config("env.preview=[4]")
    Trainer(small).train(tmp_path / "less")
    point = checkpoints.load(tmp_path / "less")
    more = small_config(
        "env.preview=[4]",
        "env.observe_root_rotation=true",
        "env.observe_muscles=[force]",  # before what the policy knows, the others after
    )
    trainer = Trainer(more, init_from=point)
    old = Trainer(small, resume_from=point)
    columns = checkpoints.observed_columns(point, trainer.env)
    assert columns is not None
    assert trainer.obs.shape[1] == old.obs.shape[1] + 80 + 9
    seen = trainer.obs[:, columns]
    for what in ("policy", "value"):
        ours, theirs = getattr(trainer.agent, what), getattr(old.agent, what)
        a = ours(trainer.agent.normalizer(trainer.obs))
        torch.testing.assert_close(a, theirs(old.agent.normalizer(seen)))
    counts = trainer.agent.normalizer.count
    assert (counts[columns] == point.tensors["agent/normalizer.count"]).all()
    assert counts.sum() == counts[columns].sum()
    trainer.train(tmp_path / "more")
    with pytest.raises(InputError, match="it sees muscle_force, which is not observed here"):
        Trainer(small, init_from=checkpoints.load(tmp_path / "more"))


def test_statistics_of_earlier_versions_counted_all_columns_as_one() -> None:
    normalizer = RunningNormalizer(3)
    state = normalizer.state_dict() | {"count": torch.tensor(7.0, dtype=torch.float64)}
    normalizer.load_state_dict(state)
    assert normalizer.count.tolist() == [7.0] * 3


def start_training(folder: Path) -> subprocess.Popen[str]:
    settings = [s for s in SMALL if not s.startswith("total_samples")]
    command = [sys.executable, "-m", "kinesis_fast", "train", *settings, "--out", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not list((folder / "checkpoints").glob("*.safetensors")):
        assert process.poll() is None, "training ended by itself"
        assert time.monotonic() < deadline, "no checkpoint after two minutes"
        time.sleep(0.05)
    return process


def test_interrupting_ends_with_a_checkpoint_of_the_last_iteration(tmp_path: Path) -> None:
    process = start_training(tmp_path / "run")
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Training stopped" in output
    last = lines_of(tmp_path / "run")[-1]
    assert checkpoints.load(tmp_path / "run").progress["iteration"] == last["iteration"]


def test_killing_leaves_a_loadable_checkpoint(tmp_path: Path) -> None:
    process = start_training(tmp_path / "run")
    time.sleep(1.0)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    assert checkpoints.load(tmp_path / "run").progress["samples"] > 0


def test_metrics_go_to_weights_and_biases_if_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began: list[dict[str, object]] = []
    logged: list[tuple[dict[str, float], int]] = []
    finished: list[bool] = []

    class Run:
        def log(self, metrics: dict[str, float], step: int) -> None:
            logged.append((metrics, step))

        def finish(self) -> None:
            finished.append(True)

    def init(**settings: object) -> Run:
        began.append(settings)
        return Run()

    monkeypatch.setitem(sys.modules, "wandb", SimpleNamespace(init=init))
    config = small_config("total_samples=256", "wandb_project=walking", "tensorboard=false")
    Trainer(config).train(tmp_path / "run")
    Trainer(replace(config, total_samples=384), checkpoints.load(tmp_path / "run")).train(
        tmp_path / "run"
    )
    assert [step for _, step in logged] == [1, 2, 3]
    assert logged[0][0] == lines_of(tmp_path / "run")[0]
    assert began[0]["project"] == "walking" and began[0]["config"]["num_envs"] == 16
    assert began[0]["id"] == began[1]["id"]  # the same run goes on
    assert len(finished) == 2

    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(InputError, match=r"wandb_project needs wandb: pip install 'kinesis_fast\["):
        Trainer(config).train(tmp_path / "other")


def test_exploration_narrows_over_samples(tmp_path: Path) -> None:
    settings = ["policy.learn_std=false", "policy.final_std=0.05", "policy.narrowing_samples=512"]
    config = load_train_config("quickstart", [*SMALL, *settings, "total_samples=1024"])
    trainer = Trainer(config)
    spreads: list[float] = []
    trainer.train(tmp_path, on_iteration=lambda metrics: spreads.append(metrics["policy/std"]))
    assert spreads[0] == pytest.approx(config.policy.init_std)
    assert all(a >= b for a, b in itertools.pairwise(spreads))
    assert spreads[-1] == pytest.approx(0.05)
    with pytest.raises(InputError, match=r"policy\.final_std"):
        load_train_config("quickstart", ["policy.final_std=0.1"])
