"""How much memory do 4,096 environments take over one?"""

from __future__ import annotations

from kinesis_fast.bench import engine as bench


def test_memory_of_environments(benchmark) -> None:
    measured = benchmark.pedantic(bench.extra_memory_mb, ("gait",), rounds=1)
    benchmark.extra_info["extra_memory_mb_of_4096_envs"] = measured
