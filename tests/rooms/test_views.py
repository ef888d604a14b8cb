"""ogcproc.views: what documents look like in a notebook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from model_samples import SAMPLES

from ogcproc.models import Capabilities, JobResults, Link
from ogcproc.models._base import Document
from ogcproc.views import LONGEST_TEXT, table


@dataclass(slots=True, eq=False, repr=False)
class Pair(Document):
    left: Any = None
    right: Any = None


def test_a_notebook_shows_a_table_with_everything_escaped() -> None:
    html = Pair("<script>", {"<b>": ["&", Pair(left="'\"")]})._repr_html_()
    row = "<tr><th style='text-align:left'>{}</th><td style='text-align:left'>{}</td></tr>"
    inner = f"<table><caption>Pair</caption>{row.format('left', '&#x27;&quot;')}</table>"
    cell = f"<div>&lt;b&gt;: <div>&amp;</div><div>{inner}</div></div>"
    rows = row.format("left", "&lt;script&gt;") + row.format("right", cell)
    assert html == f"<table><caption>Pair</caption>{rows}</table>"


def test_a_notebook_shows_names_escaped_and_long_texts_cut() -> None:
    html = table("<i>", iter([("<a>", "x" * (LONGEST_TEXT + 1)), ("n", (1,))]))
    assert html.startswith("<table><caption>&lt;i&gt;</caption><tr><th style='text-align:left'>")
    assert ">&lt;a&gt;</th>" in html
    assert f">{'x' * LONGEST_TEXT}…</td>" in html
    assert "><div>1</div></td>" in html
    assert f">{'x' * LONGEST_TEXT}</td>" in table("t", iter([("a", "x" * LONGEST_TEXT)]))


@pytest.mark.parametrize("kind", SAMPLES, ids=lambda kind: kind.__name__)
def test_a_notebook_shows_a_table(kind: type[Any]) -> None:
    html = kind.from_dict(SAMPLES[kind])._repr_html_()
    assert html.startswith(f"<table><caption>{kind.__name__}</caption><tr>")
    assert html.endswith("</table>")


def test_a_notebook_shows_no_server_s_markup() -> None:
    page = Capabilities("<script>alert(1)</script>", links=[Link("a", title="<img src=x>")])
    html = f"{page._repr_html_()}{JobResults({'<b>': '<b>'})._repr_html_()}"
    assert "<caption>JobResults" in html
    for tag in "<script", "<img", "<b":
        assert tag not in html
