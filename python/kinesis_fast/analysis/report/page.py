"""The report's page: one file that asks for nothing from anywhere."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

from kinesis_fast.analysis.report.panels import Panel

_STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #1d2126; margin: 0 auto; padding: 1rem;
  max-width: 1180px; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
p { max-width: 46rem; } .note { color: #555; font-size: 0.9rem; }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 270px), 1fr));
  gap: 0.5rem; }
.panels img { width: 100%; height: auto; display: block; }
.table { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.9rem; }
th, td { padding: 0.2rem 0.7rem; text-align: right; border-bottom: 1px solid #ddd; }
th:first-child, td:first-child { text-align: left; }
"""


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table, the first column to the left."""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    inner = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="table"><table>{inner}</table></div>'


def pictures(panels: Sequence[Panel]) -> str:
    """Return panels side by side, as many as fit."""
    images = (
        f'<img alt="{escape(panel.title)}" '
        f'src="data:image/svg+xml;base64,{base64.b64encode(panel.svg).decode()}">'
        for panel in panels
    )
    return f'<div class="panels">{"".join(images)}</div>'


def paragraph(text: str, kind: str = "") -> str:
    """Return a paragraph; ``kind`` is a class of the style."""
    named = f' class="{kind}"' if kind else ""
    return f"<p{named}>{escape(text)}</p>"


def section(title: str, *parts: str) -> str:
    """Return a heading and what stands under it."""
    return f"<section><h2>{escape(title)}</h2>{''.join(parts)}</section>"


def page(title: str, *sections: str) -> str:
    """Return the whole page."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>{''.join(sections)}</body></html>\n"
    )
