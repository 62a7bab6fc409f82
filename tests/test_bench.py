"""The benchmark's own bookkeeping; its figures are judged by who runs it."""

from __future__ import annotations

import pytest

from kinesis_fast import InputError, bench


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


def test_bad_workloads_are_refused() -> None:
    with pytest.raises(InputError, match=r"rounds is 0; it must be in \[1, 1000\]"):
        bench.run(bench.Workload(rounds=0))
