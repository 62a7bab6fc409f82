"""Learning curves of runs, as a table of medians over seeds and, with ``--out``, a picture.

    python benchmarks/learning_curves.py joint=runs/j0,runs/j1 length=runs/l0,runs/l1

reads each run's ``metrics.jsonl``. A picture needs matplotlib.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt

WINDOW = 10
"""Iterations that a figure is the mean of."""

Curve = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("groups", nargs="+", metavar="NAME=RUN,RUN,...")
    parser.add_argument("--metric", default="episode_length")
    parser.add_argument("--samples", type=float, nargs="+", default=[0.5, 1, 2, 3, 5, 7.5, 10])
    parser.add_argument("--minutes", type=float, nargs="+", default=[10, 20, 30, 60, 90])
    parser.add_argument("--out", type=Path, help="a .png picture")
    given = parser.parse_args()
    groups = {}
    for group in given.groups:
        name, _, runs = group.partition("=")
        groups[name] = [read(Path(run), given.metric) for run in runs.split(",")]
    print_table("million samples", groups, 0, given.samples, 1e6)
    print_table("minutes", groups, 1, given.minutes, 60.0)
    if given.out:
        draw(groups, given.metric, given.out)


def read(run: Path, metric: str) -> Curve:
    """Samples, seconds, and the running mean of a metric."""
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    samples, seconds, values = (
        np.array([line[key] for line in lines]) for key in ("samples", "seconds", metric)
    )
    sums = np.cumsum(np.concatenate([[0.0], values]))
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(ends - WINDOW, 0)
    return samples, seconds, (sums[ends] - sums[starts]) / (ends - starts)


def print_table(
    title: str, groups: dict[str, list[Curve]], axis: int, points: list[float], unit: float
) -> None:
    """Median and range over the seeds that got so far."""
    print(f"| {title} | " + " | ".join(groups) + " |")
    print("|---" * (len(groups) + 1) + "|")
    for point in points:
        cells = []
        for curves in groups.values():
            values = [
                np.interp(point * unit, c[axis], c[2])
                for c in curves
                if c[axis][-1] >= point * unit
            ]
            spread = f" ({min(values):.0f}-{max(values):.0f})" if len(values) > 1 else ""
            cells.append(f"{np.median(values):.0f}{spread}" if values else "-")
        print(f"| {point:g} | " + " | ".join(cells) + " |")
    print()


def draw(groups: dict[str, list[Curve]], metric: str, out: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True, layout="constrained")
    for number, (name, curves) in enumerate(groups.items()):
        for seed, (samples, seconds, values) in enumerate(curves):
            style = {"color": f"C{number}", "linewidth": 1.2, "label": name if seed == 0 else None}
            axes[0].plot(samples / 1e6, values, **style)
            axes[1].plot(seconds / 60, values, **style)
    axes[0].set_xlabel("million samples")
    axes[1].set_xlabel("minutes, one core")
    axes[0].set_ylabel(metric.replace("_", " "))
    axes[0].legend(frameon=False)
    figure.savefig(out, dpi=90)


if __name__ == "__main__":
    main()
