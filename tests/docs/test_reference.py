"""Every public name, those of the reference's page, says what it takes, gives and refuses.

Read from the source, since some of it is of libraries that the tests are not installed with.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import kinesis_fast

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "python.md"
NAMES = re.findall(r"^::: (\S+)", PAGE.read_text(), re.M) if PAGE.is_file() else []
ARRAY = re.compile(r"NDArray|ArrayLike|Tensor\b|\bArray\b")
SIZE = r"[\w.:` ]+|min\([^()]*\)"
SHAPE = re.compile(rf"\((?:(?:{SIZE}),)+\s*(?:{SIZE})?\)|any shape|scalar")
"""As ``(T,)``, ``(num_envs, 3)`` or ``(..., muscles)``."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources(name: str) -> list[tuple[str, ast.stmt]]:
    """What stands in the page under a name: a function or class, or all public ones of a module."""
    package = Path(kinesis_fast.__file__).parent
    parts = name.split(".")[1:]
    for end in range(len(parts), 0, -1):
        file = package.joinpath(*parts[:end]).with_suffix(".py")
        if file.is_file():
            tree = ast.parse(file.read_text())
            wanted = parts[end:]
            named = [n for n in tree.body if isinstance(n, Function | ast.ClassDef)]
            chosen = [
                n for n in named if (n.name in wanted if wanted else not n.name.startswith("_"))
            ]
            assert chosen, f"{name} does not exist"
            return [(f"{'.'.join(parts[:end])}.{n.name}", n) for n in chosen]
    raise AssertionError(f"{name} does not exist")


def section(doc: str, title: str) -> dict[str, str]:
    """The entries of ``Args:`` or ``Raises:``, by name."""
    found = re.search(rf"^{title}:\n((?:[ ].*\n?|\n)+)", doc, re.M)
    entries = re.findall(r"^    (\S+):((?:.*\n?)(?:^     .*\n?)*)", found[1], re.M) if found else []
    return dict(entries)


def missing(where: str, node: Function, of_class: str = "") -> Iterator[str]:
    doc = ast.get_docstring(node) or ""
    whole = f"{doc}\n{of_class}"
    if not whole.strip():
        yield f"{where}: no docstring"
    entries = section(doc, "Args")
    for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
        name, kind = argument.arg, ast.unparse(argument.annotation or ast.Constant(""))
        if name in ("self", "cls"):
            continue
        if name not in entries and not re.search(rf"\b{name}s?\b", whole):
            yield f"{where}: nothing about {name}"
        elif ARRAY.search(kind) and not SHAPE.search(entries.get(name, whole)):
            yield f"{where}: no shape of {name}"
    if node.returns and ARRAY.search(ast.unparse(node.returns)) and not SHAPE.search(whole):
        yield f"{where}: no shape of what it returns"
    for error in raised(node):
        if error not in section(whole, "Raises") and f"Raise {error}" not in whole:
            yield f"{where}: raises {error}"


def raised(node: Function) -> set[str]:
    """Names of the errors that a function itself raises."""
    calls = [
        n.exc.func
        for n in ast.walk(node)
        if isinstance(n, ast.Raise) and isinstance(n.exc, ast.Call)
    ]
    return {call.id for call in calls if isinstance(call, ast.Name) and call.id[0].isupper()}


def missing_in_class(where: str, node: ast.ClassDef) -> Iterator[str]:
    doc = ast.get_docstring(node) or ""
    if not doc:
        yield f"{where}: no docstring"
    for each, after in zip(node.body, [*node.body[1:], None], strict=True):
        if isinstance(each, Function) and not re.match(r"_(?!_init__)", each.name):
            yield from missing(f"{where}.{each.name}", each, doc if each.name == "__init__" else "")
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
            name = each.target.id
            said = after.value if isinstance(after, ast.Expr) else None
            text = said.value if isinstance(said, ast.Constant) else None
            if name.startswith("_"):
                continue
            if not isinstance(text, str):
                yield f"{where}: nothing about {name}"
            elif ARRAY.search(ast.unparse(each.annotation)) and not SHAPE.search(text):
                yield f"{where}: no shape of {name}"


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_tells_of_arguments_shapes_and_errors(name: str) -> None:
    found: list[str] = []
    for where, node in sources(name):
        check = missing_in_class if isinstance(node, ast.ClassDef) else missing
        found += check(where, node)  # type: ignore[arg-type]
    assert not found, "\n".join(found)


@pytest.mark.skipif(not NAMES, reason="needs the documentation beside the tests")
def test_what_the_package_exports_is_in_the_reference() -> None:
    known = {name.rpartition(".")[2] for name in NAMES} | {"InputError"}
    assert set(kinesis_fast.__all__) <= known
