"""``benchmarks/figures.toml`` holds what the documentation says, in its own words."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "benchmarks" / "figures.py"
pytestmark = pytest.mark.skipif(not SCRIPT.exists(), reason="the repository is not around")


@pytest.fixture(scope="module")
def figures() -> ModuleType:
    spec = importlib.util.spec_from_file_location("figures", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["figures"] = module
    spec.loader.exec_module(module)
    return module


def test_pages_say_what_is_listed(figures: ModuleType) -> None:
    listed = [figure for command in figures.listed() for figure in command.figures]
    assert len(listed) >= 30
    for figure in listed:
        page = " ".join((ROOT / figure.page).read_text(encoding="utf-8").split())
        assert figure.words in page, (figure.what, figure.page, figure.words)


def test_a_figure_is_held_against_its_noise(figures: ModuleType) -> None:
    figure = figures.Figure("walked", "speeds.*.walked", 1.2, 0.1, "README.md", "")
    found = figure.found({"speeds": [{"walked": 1.1}, {"walked": 1.2}]})
    assert found == pytest.approx(1.15)
    assert figure.holds(found) and not figure.holds(1.4)
    speed = figures.Figure("ratio", "x.1", 10.0, 0.25, "README.md", "", relative=True, scale=2)
    assert speed.holds(speed.found({"x": [0, 6.2]})) and not speed.holds(7.4)
    assert speed.margin == "25 %"
