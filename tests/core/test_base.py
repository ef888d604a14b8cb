"""ogcproc.models._base: what all documents have in common."""

from __future__ import annotations

import dataclasses
import sys
from dataclasses import dataclass, field
from typing import Any

import pytest

from ogcproc.models import JobStatus, Link, TransmissionMode
from ogcproc.models._base import Document, Members, members_of, notebook_html
from ogcproc.models._fields import Sent


@dataclass(slots=True, eq=False, repr=False)
class Pair(Document):
    left: Any = None
    right: Any = None


class Twin(Pair):
    pass


@dataclass(slots=True, eq=False, repr=False)
class Whole(Document):
    name: str
    items: list[str]
    words: list[str] = field(default_factory=list)
    named: dict[str, str] = field(default_factory=dict)
    value: Any = None
    extra: dict[str, Any] = field(default_factory=dict)


WHOLE = Members(Whole)


class Read(Pair):
    @classmethod
    def from_dict(cls, data: Any) -> Read:
        return cls(data)


def test_a_document_is_a_dataclass() -> None:
    assert dataclasses.replace(Pair(1, 2), right=3) == Pair(1, 3)
    assert dataclasses.asdict(Pair(1, Pair(2))) == {"left": 1, "right": {"left": 2, "right": None}}
    assert not hasattr(Pair(), "__dict__")


def test_the_base_reads_and_writes_nothing_itself() -> None:
    with pytest.raises(NotImplementedError):
        Document.from_dict({})
    with pytest.raises(NotImplementedError):
        Document().to_dict()


def test_data_that_may_change_is_read_like_any_other() -> None:
    assert Read._consume({"a": 1}) == Read({"a": 1})


def test_documents_are_equal_by_class_and_fields() -> None:
    assert Pair(1, 2) == Pair(1, 2)
    assert Pair(1, 2) != Pair(1, 3)
    assert Pair(1, 2) != Twin(1, 2)
    assert Pair(1, 2) != (1, 2)
    assert (Pair(1, 2) == 1) is False


def test_documents_cannot_be_hashed() -> None:
    with pytest.raises(TypeError, match="unhashable type: 'Pair'"):
        hash(Pair())


def test_the_repr_shows_what_is_set_or_required() -> None:
    assert repr(Pair()) == "Pair()"
    assert repr(Pair([], {})) == "Pair()"
    assert repr(Pair("a")) == "Pair(left='a')"
    assert repr(Twin(0, False)) == "Twin(left=0, right=False)"
    assert repr(Pair(Pair(1))) == "Pair(left=Pair(left=1))"
    assert repr(Whole("", [])) == "Whole(name='', items=[])"
    extra: dict[str, Any] = {"words": [], "x": None, "y": 0}
    assert repr(Whole("a", ["b"], extra=extra)) == "Whole(name='a', items=['b'], extra={'y': 0})"


def test_a_copy_without_views_leaves_the_notebook_to_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ogcproc.views", None)
    assert notebook_html(Pair(1)) is None
    assert Pair(1)._repr_html_() is None


@pytest.mark.parametrize(
    ("data", "extra"),
    [
        ({"name": "a", "items": ["b"], "words": ["c"], "named": {"d": "e"}, "value": 1}, {}),
        ({"name": "a", "items": []}, {}),
        ({"name": "a", "items": None, "other": 1}, {"items": None, "other": 1}),
        ({"name": "a", "words": []}, {"words": []}),
        ({"name": "a", "named": {}}, {"named": {}}),
        ({"name": "a", "value": []}, {}),
        ({"extra": 1}, {"extra": 1}),
    ],
)
def test_members_that_no_field_carries_are_the_rest(
    data: dict[str, Any], extra: dict[str, Any]
) -> None:
    assert WHOLE.rest(Sent(data)) == extra


def test_known_members_that_could_not_be_read_are_in_the_rest() -> None:
    data = Sent({"name": "a", "value": 7})
    data.set_aside("value")
    assert WHOLE.rest(data) == {"value": 7}


def test_members_that_are_not_set_are_not_written() -> None:
    written = {"c": [], "d": 0, "e": "", "h": False}
    assert members_of({}, a=None, c=[], d=0, e="", h=False) == written


def test_the_rest_takes_the_places_left_free() -> None:
    extra = {"a": "sent", "b": "sent", "c": None, "d": None}
    written = {"a": "set", "b": "sent", "c": None, "d": None}
    assert members_of(extra, a="set", b=None, d=[]) == written


def test_documents_are_written_as_dicts() -> None:
    members = {"one": Link("a"), "list": [Link("b")], "named": {"x": Link("c")}}
    written = {"one": {"href": "a"}, "list": [{"href": "b"}], "named": {"x": {"href": "c"}}}
    assert members_of({}, **members) == written


def test_words_are_written_as_plain_texts() -> None:
    written = members_of({}, status=JobStatus.running, modes=[TransmissionMode.value, "pigeon"])
    assert written == {"status": "running", "modes": ["value", "pigeon"]}
    assert [type(text) for text in (written["status"], *written["modes"])] == [str] * 3
