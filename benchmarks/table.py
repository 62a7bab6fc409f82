"""All that ``make bench`` measured, in one table.

    python benchmarks/table.py build/benchmarks.json

reads what pytest-benchmark wrote with ``--benchmark-json``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (0.0, "ns"))


def main() -> None:
    record = json.loads(Path(sys.argv[1]).read_text())
    machine = record["machine_info"]["cpu"]
    table = Table("benchmark", "case", "median", "spread", "figures")
    last = ""
    for one in record["benchmarks"]:
        question = Path(one["fullname"].split("::")[0]).stem.removeprefix("test_")
        name = one["name"].removeprefix("test_")
        stats = one["stats"]
        figures = ", ".join(f"{key} {shown(value)}" for key, value in one["extra_info"].items())
        if question != last:
            table.add_section()
        table.add_row(
            question if question != last else "",
            escape(name),
            duration(stats["median"]),
            f"{100 * stats['iqr'] / stats['median']:.0f} %",
            escape(figures),
        )
        last = question
    console = Console()
    console.print(f"{machine['brand_raw']}, {machine['count']} CPUs", highlight=False)
    console.print(table)


def duration(seconds: float) -> str:
    """Three digits and a unit."""
    size, unit = next(pair for pair in UNITS if seconds >= pair[0])
    return f"{seconds / (size or 1e-9):.3g} {unit}"


def shown(value: object) -> str:
    """A number as short as it stays useful, anything else as it is."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
