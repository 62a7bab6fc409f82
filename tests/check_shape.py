"""Hold the package's shape: no function over 60 lines, and no two files that import each other.

    python tests/check_shape.py

is part of ``make check``. Imports count wherever they are, but for those that types alone need.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "python" / "kinesis_fast"
MOST_LINES = 60
LONGER: dict[str, str] = {}
"""Functions that are longer, and why."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


def long_functions() -> Iterator[str]:
    """Yield functions that are over the limit and not known to be."""
    found = set()
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, Function) and node.end_lineno is not None:
                lines = node.end_lineno - node.lineno + 1
                name = f"{path.relative_to(PACKAGE)}: {node.name}"
                if lines > MOST_LINES:
                    found.add(name)
                    if name not in LONGER:
                        yield f"{name} has {lines} lines; at most {MOST_LINES}"
    yield from (
        f"{name} is short now: take it off the list" for name in sorted(set(LONGER) - found)
    )


def module_of(path: Path) -> str:
    """Return a file's module."""
    parts = ["kinesis_fast", *path.relative_to(PACKAGE).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree: ast.AST, modules: set[str]) -> Iterator[str]:
    """Yield the package's modules that a file imports when it runs."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                inner = f"{node.module}.{name.name}"
                if inner in modules or node.module in modules:
                    yield inner if inner in modules else node.module
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name in modules)
        else:
            yield from imported(node, modules)


def cycle() -> str:
    """Return files that import each other in a circle; empty where there are none."""
    files = {module_of(path): path for path in PACKAGE.rglob("*.py")}
    graph = {
        module: set(imported(ast.parse(path.read_text()), set(files))) - {module}
        for module, path in files.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return " -> ".join(reversed(error.args[1]))
    return ""


if __name__ == "__main__":
    wrong = list(long_functions())
    circle = cycle()
    if circle:
        wrong.append(f"files import each other: {circle}")
    print("\n".join(wrong) if wrong else "functions are short, and no files import each other")
    sys.exit(len(wrong))
