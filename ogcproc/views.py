"""What documents look like in a notebook. This room can be left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

__all__ = ["html"]

#: How much of one text is shown, in characters.
LONGEST_TEXT = 200


def html(value: Any) -> str:
    """Return a document, or a job's results, as an HTML table with everything in it escaped."""
    members = value.items() if isinstance(value, Mapping) else value._shown_members()
    return table(type(value).__name__, iter(members))


def table(title: str, members: Iterator[tuple[str, Any]]) -> str:
    """Return an HTML table of names and values."""
    rows = "".join(
        f"<tr><th style='text-align:left'>{escape(name)}</th>"
        f"<td style='text-align:left'>{cell(value)}</td></tr>"
        for name, value in members
    )
    return f"<table><caption>{escape(title)}</caption>{rows}</table>"


def cell(value: Any) -> str:
    """Return the HTML of one value: nested documents as tables, everything else as text."""
    if hasattr(value, "_repr_html_"):
        return str(value._repr_html_())
    if isinstance(value, Mapping):
        return "".join(f"<div>{escape(str(key))}: {cell(value[key])}</div>" for key in value)
    if isinstance(value, (list, tuple)):
        return "".join(f"<div>{cell(item)}</div>" for item in value)
    text = str(value)
    return escape(text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…")
