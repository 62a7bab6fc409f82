"""Makes one of the package's policies with this code, by its recipe in ``policies.toml``.

    KINESIS_FAST_TEST_DATA=FOLDER python benchmarks/make_policies.py opensim_walk --out made

What was finished is not run again, so that a call that was stopped goes on. ``--share 0.001`` cuts
the samples, to see whether a recipe runs.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from kinesis_fast.learn import checkpoint as checkpoints

RECIPES = Path(__file__).with_name("policies.toml")
DONE = "done.txt"
"""Commands that were finished, in the folder."""


def recipes() -> dict[str, dict[str, Any]]:
    """Return the recipes by policy."""
    return tomllib.loads(RECIPES.read_text(encoding="utf-8"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("policy", choices=recipes())
    parser.add_argument("--out", type=Path, default=Path("made"))
    parser.add_argument("--share", type=float, default=1.0, help="of the samples")
    arguments = parser.parse_args()
    recipe = recipes()[arguments.policy]
    print(f"{arguments.policy}: some {recipe['hours']:g} hours of two cores; {recipe['same']}")
    folder: Path = arguments.out
    folder.mkdir(parents=True, exist_ok=True)
    data = os.environ.get("KINESIS_FAST_TEST_DATA")
    if data and not (folder / "data").exists():
        (folder / "data").symlink_to(Path(data).resolve())
    for command in recipe["run"]:
        run(cut(command, arguments.share), folder)
    if "mean" in recipe:
        average(recipe["mean"], folder, f"{arguments.policy}.safetensors")
    print(f"made: {folder / arguments.policy}.safetensors")


def cut(command: str, share: float) -> str:
    """Return a command with a share of its samples."""
    return re.sub(
        r"total_samples=(\d+)", lambda m: f"total_samples={max(1, int(share * int(m[1])))}", command
    )


def run(command: str, folder: Path) -> None:
    """Run a command in the folder unless it was finished there."""
    done = folder / DONE
    if done.exists() and command in done.read_text(encoding="utf-8").splitlines():
        return
    print(command, flush=True)
    name, *arguments = shlex.split(command)
    assert name == "kinesis-fast"
    if arguments[0] == "train":
        out = arguments[arguments.index("--out") + 1]
        if (folder / out / "config.yaml").exists():
            arguments = ["train", "--resume", out]  # it was stopped
    subprocess.run([sys.executable, "-m", "kinesis_fast", *arguments], cwd=folder, check=True)
    with done.open("a", encoding="utf-8") as file:
        file.write(command + "\n")


def average(shares: Mapping[str, float], folder: Path, name: str) -> None:
    """Write the mean of checkpoints' weights, each with its share."""
    paths = [folder / source if (folder / source).exists() else Path(source) for source in shares]
    points = [checkpoints.load(path) for path in paths]
    last = points[-1]
    tensors = dict(last.tensors)
    for key, tensor in last.tensors.items():
        if key.startswith("agent/") and tensor.is_floating_point():
            parts = zip(points, shares.values(), strict=True)
            mean = sum(share * point.tensors[key].double() for point, share in parts)
            tensors[key] = torch.as_tensor(mean).to(tensor.dtype)
    mixed = replace(last, tensors=tensors)
    checkpoints.save(checkpoints.for_release(mixed, "gait", half=True), folder / name)


if __name__ == "__main__":
    main()
