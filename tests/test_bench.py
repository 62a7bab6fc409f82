"""The benchmark's own bookkeeping; its figures are judged by who runs it."""

from __future__ import annotations

import pytest

from kinesis_fast import InputError, _engine
from kinesis_fast.bench import engine as bench
from kinesis_fast.bench import peers
from kinesis_fast.body import load_model


def test_figures_are_complete_and_consistent() -> None:
    workload = bench.Workload(num_envs=8, control_steps=4, python_steps=4, rounds=1)
    figures = bench.run(workload)
    for key in (
        "raw_mj_step_per_s",
        "engine_mj_step_per_s",
        "ratio_to_raw",
        "python_env_steps_per_s",
        "engine_env_steps_per_s",
        "speedup_vs_python",
    ):
        assert figures[key] > 0, key
    assert figures["engine_mj_step_per_s"] == pytest.approx(5 * figures["engine_env_steps_per_s"])
    assert figures["ratio_to_raw"] == pytest.approx(
        figures["engine_mj_step_per_s"] / figures["raw_mj_step_per_s"]
    )
    assert (figures["num_threads"], figures["num_envs"]) == (1, 8)
    assert figures["extra_memory_mb_of_4096_envs"] < 300


def test_models_are_raced_that_mujoco_steps_as_well() -> None:
    for name in peers.MODELS:
        model = load_model(name)
        rows = peers.states_with_contact(model, 2, seed=0)
        assert _engine.time_steps(model._address, rows, 1, 1, _engine.Physics.mujoco) > 0


def test_peers_say_what_they_were_measured_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """On one small model, and as where EnvPool is not installed."""
    monkeypatch.setattr(peers, "MODELS", ("myolegs26",))
    monkeypatch.setattr(peers, "SECONDS", 0.05)
    monkeypatch.setattr(peers, "find_spec", lambda name: None)
    figures = peers.run(bench.Workload(num_envs=4, control_steps=3, python_steps=4, rounds=1))
    measured = {
        "fused_over_mj_step.myolegs26": figures["fused_over_mj_step"]["myolegs26"],
        **{
            name: figures[name]
            for name in (
                "engine_over_raw",
                "lanes_engine_over_raw",
                "lanes_speedup_vs_python",
                "engine_over_mujoco_batch",
                "engine_over_mujoco_rollout",
                "speedup_vs_python",
                "threads_efficiency",
            )
        },
    }
    for name, ratio in measured.items():
        assert ratio > 0, name
        assert figures["measured_at"][name]["muscles"] in (26, 80), name
        assert figures["measured_at"][name]["num_threads"] >= 1, name
    assert figures["engine_over_envpool"] is figures["lanes_engine_over_envpool"] is None
    assert figures["lanes_width"] in (4, 8, 16)
    assert figures["missing"] == {
        "envpool": "envpool is not installed: pip install 'kinesis_fast[bench]'"
    }


def test_bad_workloads_are_refused() -> None:
    with pytest.raises(InputError, match=r"rounds is 0; it must be in \[1, 1000\]"):
        bench.run(bench.Workload(rounds=0))
