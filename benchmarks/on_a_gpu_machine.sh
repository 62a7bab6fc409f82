#!/usr/bin/env bash
# On a machine with many cores and a GPU: build, test what runs on CUDA, time, and write one JSON and a table.
# Ten minutes.   benchmarks/on_a_gpu_machine.sh [FOLDER]      (by default build/gpu)
#
# Open figures that it settles: training on CUDA over the engine's own rate, stepping and deciding overlapped
# or in turns, updates in mixed precision, and what 1, 2, 4, ... threads give.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
mkdir -p "${1:-$root/build/gpu}"
out="$(cd "${1:-$root/build/gpu}" && pwd)"
cd "$root"
export COLUMNS=120
python="${PYTHON:-python3}"

if [ ! -x "$out/venv/bin/python" ]; then
  "$python" -m venv "$out/venv"
fi
export PATH="$out/venv/bin:$PATH"
python -m pip install --quiet --upgrade pip
python -m pip install --quiet ".[test,bench]"

kinesis-fast doctor --json "$out/doctor.json"
python -c "import torch, sys; sys.exit(not torch.cuda.is_available())" ||
  echo "no CUDA here: what follows is of the CPU" >&2

echo "== tests of learning, on every device that there is"
pytest --quiet tests/learn/test_ppo.py tests/learn/test_collector.py tests/learn/test_training.py \
  tests/learn/test_distributed.py || echo "TESTS FAILED; what follows is measured all the same" >&2

echo "== the engine, 1 thread and more"
threads=1
while [ "$threads" -le "$(nproc)" ]; do
  kinesis-fast bench --threads "$threads" --num-envs $((64 * threads)) --rounds 5 \
    --json "$out/engine_$threads.json"
  threads=$((2 * threads))
done

echo "== learning"
pytest benchmarks/test_training_throughput.py benchmarks/test_updates.py --benchmark-only \
  --benchmark-quiet --benchmark-json "$out/learning.json"
python benchmarks/table.py "$out/learning.json" | tee "$out/learning.txt"

python - "$out" <<'PY'
import json
import sys
from pathlib import Path

out = Path(sys.argv[1])
whole = {path.stem: json.loads(path.read_text()) for path in sorted(out.glob("*.json"))}
whole.pop("all", None)
print("threads  steps of environments a second  of one thread's, each")
alone = whole["engine_1"]["engine_env_steps_per_s"]
engines = [figures for name, figures in whole.items() if name.startswith("engine_")]
for figures in sorted(engines, key=lambda figures: figures["num_threads"]):
    threads, rate = figures["num_threads"], figures["engine_env_steps_per_s"]
    print(f"{threads:7d}  {rate:30,.0f}  {rate / threads / alone:23.0%}")
(out / "all.json").write_text(json.dumps(whole, indent=2))
print(f"{out / 'all.json'}: every figure, with the machine's")
PY
