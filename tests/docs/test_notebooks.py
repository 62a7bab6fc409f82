"""The notebooks run to their end, and show pictures and videos."""

from __future__ import annotations

from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

FOLDER = Path(__file__).parents[2] / "docs" / "notebooks"
NOTEBOOKS = {"first_steps": ("image/png", "video"), "words_and_muscles": ("image/png",)}


@pytest.mark.skipif(not FOLDER.is_dir(), reason="needs the repository")
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_it_runs_and_shows(name: str, tmp_path: Path) -> None:
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells), "clear its outputs"
    nbclient.NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    kinds = {kind for output in shown for kind in output.get("data", {})}
    pages = "".join(output.get("data", {}).get("text/html", "") for output in shown)
    for wanted in NOTEBOOKS[name]:
        assert wanted in kinds or f"<{wanted}" in pages, kinds
