"""A picture of what a search tried: every pair of its numbers, coloured by what they cost."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from kinesis_fast.errors import InputError


def draw_landscape(
    path: Path, points: Mapping[str, Sequence[float]], cost: Sequence[float], unit: str
) -> None:
    """Write a PNG of every pair of numbers that were searched, or of cost over a single one.

    Args:
        path: of the file.
        points: what was tried, by the number's name, (n,) each.
        cost: of each, (n,); what is not finite is left out.
        unit: of the cost.

    Raises:
        InputError: matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise InputError(
            "pictures are drawn by matplotlib: pip install 'kinesis_fast[report]'"
        ) from error
    values = np.asarray(cost, float)
    known = np.isfinite(values)
    names = list(points)
    pairs = list(itertools.combinations(names, 2)) or [(names[0], "")]
    columns = min(3, len(pairs))
    rows = -(-len(pairs) // columns)
    figure = Figure(figsize=(4.2 * columns, 3.4 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    order = np.argsort(-values[known])  # the cheapest on top
    for place, (across, up) in enumerate(pairs, 1):
        axes = figure.add_subplot(rows, columns, place)
        x = np.asarray(points[across], float)[known][order]
        y = np.asarray(points[up], float)[known][order] if up else values[known][order]
        shown = axes.scatter(x, y, c=values[known][order], cmap="viridis", s=14)
        axes.set_xlabel(across)
        axes.set_ylabel(up or unit)
        figure.colorbar(shown, ax=axes, label=unit)
    figure.savefig(path, dpi=110)
