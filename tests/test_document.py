"""ogcproc.models._base: what all documents have in common."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from ogcproc.models import JobStatus, Link, TransmissionMode
from ogcproc.models._base import (
    HTML_TEXT,
    Document,
    dict_of,
    dicts,
    dicts_by_name,
    html_table,
    members_of,
    word,
    words,
)
from ogcproc.models._fields import NOTHING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Pair(Document):
    left: Any
    right: Any

    def __init__(self, left: Any = None, right: Any = None) -> None:
        self.left = left
        self.right = right


class Twin(Pair):
    pass


class Read(Pair):
    @classmethod
    def from_dict(cls, data: Any) -> Read:
        return cls(data)


def test_a_document_is_a_dataclass_from_when_it_is_first_asked() -> None:
    assert dataclasses.is_dataclass(Pair(1, 2))
    assert [field.name for field in dataclasses.fields(Twin(1, 2))] == ["left", "right"]
    assert dataclasses.replace(Pair(1, 2), right=3) == Pair(1, 3)
    assert dataclasses.asdict(Pair(1, Pair(2))) == {"left": 1, "right": {"left": 2, "right": None}}
    assert not hasattr(Pair(), "__dict__")


def test_a_document_is_replaced_before_it_was_ever_a_dataclass() -> None:
    class Fresh(Pair):
        pass

    # What copy.replace of Python 3.13 calls.
    assert Document.__replace__(Fresh(1, 2), left=3) == Fresh(3, 2)
    with pytest.raises(TypeError, match="middle"):
        Document.__replace__(Fresh(1, 2), middle=3)


def test_a_subclass_asked_after_its_base_knows_its_own_members() -> None:
    class Triple(Pair):
        third: Any

    assert len(dataclasses.fields(Pair)) == 2
    assert [field.name for field in dataclasses.fields(Triple)] == ["left", "right", "third"]


def test_the_base_reads_and_writes_nothing_itself() -> None:
    with pytest.raises(NotImplementedError):
        Document.from_dict({})
    with pytest.raises(NotImplementedError):
        Document().to_dict()


def test_what_nobody_else_holds_is_read_like_anything_else() -> None:
    assert Read._adopt({"a": 1}) == Read({"a": 1})


def test_documents_are_equal_by_type_and_members() -> None:
    assert Pair(1, 2) == Pair(1, 2)
    assert Pair(1, 2) != Pair(1, 3)
    assert Pair(1, 2) != Twin(1, 2)
    assert Pair(1, 2) != (1, 2)
    assert (Pair(1, 2) == 1) is False


def test_documents_cannot_be_hashed() -> None:
    with pytest.raises(TypeError, match="unhashable type: 'Pair'"):
        hash(Pair())


def test_what_is_set_is_shown_and_nothing_else() -> None:
    assert repr(Pair()) == "Pair()"
    assert repr(Pair((), NOTHING)) == "Pair()"
    assert repr(Pair("a")) == "Pair(left='a')"
    assert repr(Twin(0, False)) == "Twin(left=0, right=False)"
    assert repr(Pair([], {})) == "Pair(left=[], right={})"
    assert repr(Pair(Pair(1))) == "Pair(left=Pair(left=1))"


def test_a_notebook_shows_a_table_with_everything_escaped() -> None:
    html = Pair("<script>", {"<b>": ["&", Pair(left="'\"")]})._repr_html_()
    row = "<tr><th style='text-align:left'>{}</th><td style='text-align:left'>{}</td></tr>"
    inner = f"<table><caption>Pair</caption>{row.format('left', '&#x27;&quot;')}</table>"
    cell = f"<div>&lt;b&gt;: <div>&amp;</div><div>{inner}</div></div>"
    rows = row.format("left", "&lt;script&gt;") + row.format("right", cell)
    assert html == f"<table><caption>Pair</caption>{rows}</table>"


def test_a_notebook_shows_names_escaped_and_long_texts_cut() -> None:
    html = html_table("<i>", iter([("<a>", "x" * (HTML_TEXT + 1)), ("n", (1,))]))
    assert html.startswith("<table><caption>&lt;i&gt;</caption><tr><th style='text-align:left'>")
    assert ">&lt;a&gt;</th>" in html
    assert f">{'x' * HTML_TEXT}…</td>" in html
    assert "><div>1</div></td>" in html
    assert f">{'x' * HTML_TEXT}</td>" in html_table("t", iter([("a", "x" * HTML_TEXT)]))


def test_members_that_are_not_set_are_not_written() -> None:
    assert members_of(NOTHING, a=None, b=(), c=NOTHING, d=0, e="", f=[], g={}, h=False) == {
        "d": 0,
        "e": "",
        "f": [],
        "g": {},
        "h": False,
    }


def test_what_was_kept_takes_the_places_left_free() -> None:
    extra = {"a": "kept", "b": "kept", "c": None}
    assert members_of(extra, a="set", b=None) == {"a": "set", "b": "kept", "c": None}


@pytest.mark.parametrize(
    ("documents", "written"), [((), ()), ([], []), ([Link("a")], [{"href": "a"}])]
)
def test_arrays_of_documents_are_written(documents: Sequence[Any], written: Any) -> None:
    assert dicts(documents) == written


@pytest.mark.parametrize(
    ("documents", "written"), [({}, {}), ({"x": Link("a")}, {"x": {"href": "a"}})]
)
def test_objects_of_documents_are_written(documents: Mapping[str, Any], written: Any) -> None:
    assert dicts_by_name(documents) == written
    assert dicts_by_name(documents) is not NOTHING
    assert dicts_by_name(NOTHING) is NOTHING


def test_a_document_is_written_where_there_is_one() -> None:
    assert dict_of(None) is None
    assert dict_of(Link("a")) == {"href": "a"}


def test_words_are_written_as_plain_texts() -> None:
    assert word(None) is None
    assert type(word(JobStatus.running)) is str
    assert word(JobStatus.running) == "running"
    assert words(()) == ()
    written = words([TransmissionMode.value, "carrier pigeon"])
    assert written == ["value", "carrier pigeon"]
    assert [type(item) for item in written] == [str, str]
