"""ogcproc.models._fields: typed look-ups, and their error messages."""

from __future__ import annotations

import copy
import pickle
from datetime import date, datetime, timedelta, timezone
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from ogcproc.errors import DocumentError
from ogcproc.models import _fields
from ogcproc.models._fields import (
    Sent,
    array,
    expected,
    flag,
    identifier,
    label,
    mapped,
    moment,
    moment_text,
    number,
    objects,
    optional,
    required_text,
    text,
    texts,
    time,
    whole_object,
    word,
)

if TYPE_CHECKING:
    from collections.abc import Callable

UTC = timezone.utc


def upper(value: Any) -> str:
    """Read a text, or fail as the reader of an inner document does."""
    return required_text(value, "id").upper() if isinstance(value, dict) else str(value).upper()


def complaint(read: Callable[..., Any], *arguments: Any) -> str:
    with pytest.raises(DocumentError) as caught:
        read(*arguments)
    return str(caught.value)


def test_a_member_of_the_right_type_is_returned_as_it_is() -> None:
    members = {"t": "a", "n": 1.5, "i": 3, "yes": True, "no": False, "list": ["a", "b"]}
    data = Sent(members)
    assert required_text(data, "t") == text(data, "t") == "a"
    assert number(data, "n") == 1.5
    assert number(data, "i") == 3
    assert flag(data, "yes") is True
    assert flag(data, "no") is False
    assert texts(data, "list") == ["a", "b"]
    assert texts(data, "list") is not data["list"]
    assert not data.unread


@pytest.mark.parametrize("data", [Sent({}), Sent({"x": None})])
def test_null_reads_as_absent(data: Sent) -> None:
    assert text(data, "x") is None
    assert number(data, "x") is None
    assert flag(data, "x") is None
    assert texts(data, "x") == []
    assert optional(data, "x", upper) is None
    assert objects(data, "x", upper) == []
    assert mapped(data, "x", upper) == {}


@pytest.mark.parametrize(
    ("read", "value", "message"),
    [
        (required_text, 42, "expected a string, got 42 at x"),
        (required_text, None, "expected a string, got None at x"),
        (required_text, ["a"], "expected a string, got ['a'] at x"),
        (identifier, True, "expected a string, got True at x"),
        (identifier, None, "expected a string, got None at x"),
        (array, "abc", "expected an array, got 'abc' at x"),
    ],
)
def test_a_member_of_the_wrong_type_is_named(
    read: Callable[..., Any], value: Any, message: str
) -> None:
    assert complaint(read, Sent({"x": value}), "x") == message


def test_a_member_that_must_be_there_is_missed() -> None:
    assert complaint(required_text, {"y": "a"}, "x") == "missing required member 'x'"


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (text, 42),
        (text, False),
        (number, "3"),
        (number, True),
        (flag, 1),
        (flag, "true"),
        (time, "some day"),
        (time, 1709201100),
        (partial(word, words={}), ["running"]),
        (partial(word, words={}), ""),
        (partial(optional, read=upper), {"id": 1}),
    ],
)
def test_a_member_of_the_wrong_type_is_set_aside(read: Callable[..., Any], value: Any) -> None:
    data = Sent({"x": value})
    assert read(data, "x") is None
    assert data.unread == {"x": value}


@pytest.mark.parametrize("value", ["abc", 1, {"a": 1}])
def test_an_array_of_the_wrong_type_is_set_aside(value: Any) -> None:
    data = Sent({"x": value})
    assert texts(data, "x") == objects(data, "x", upper) == []
    assert data.unread == {"x": value}


def test_odd_entries_of_an_array_are_set_aside_with_their_places() -> None:
    data = Sent({"x": [1, "a", None, "b", {"c": 2}]})
    assert texts(data, "x") == ["a", "b"]
    unread = data.unread["x"]
    assert unread == [1, None, {"c": 2}]
    assert unread.among(["a", "b"]) == data["x"]
    assert unread.among(["a", "b", "new"]) == [*data["x"], "new"]
    assert unread.among([]) == unread


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda u: pickle.loads(pickle.dumps(u))]
)
def test_odd_entries_keep_their_places_in_a_copy(copied: Callable[[Any], Any]) -> None:
    data = Sent({"x": [1, "a"]})
    texts(data, "x")
    assert copied(data.unread["x"]).among(["b"]) == [1, "b"]


def test_a_number_is_read_as_its_text_and_set_aside() -> None:
    data = Sent({"x": 17, "y": 1.5, "z": True})
    assert identifier(data, "x") == label(data, "x") == "17"
    assert label(data, "y") == "1.5"
    assert label(data, "z") is None
    assert data.unread == {"x": 17, "y": 1.5, "z": True}


def test_odd_members_of_an_object_are_set_aside() -> None:
    data = Sent({"x": {"a": {"id": "b"}, "odd": {"id": 1}, "": {}}})
    assert mapped(data, "x", upper) == {"a": "B"}
    assert data.unread == {"x": {"odd": {"id": 1}, "": {}}}
    data = Sent({"x": 7})
    assert mapped(data, "x", upper) == {}
    assert data.unread == {"x": 7}


def test_an_array_of_objects_is_read_by_their_ids() -> None:
    data = Sent({"x": [{"id": "a"}, 7, {"id": "b"}, {}, {"id": "a"}]})
    assert mapped(data, "x", upper) == {"a": "A", "b": "B"}
    assert data.unread == {"x": [7, {}, {"id": "a"}]}


def test_a_long_value_is_cut_short() -> None:
    message = complaint(required_text, {"x": ["a" * 1000]}, "x")
    assert message == f"expected a string, got ['{'a' * (_fields.SHOWN - 5)}... at x"
    assert len(str(expected("a string", "a" * 1000)).removeprefix("expected a string, got ")) == 60
    assert str(expected("an array", "a" * 58)) == f"expected an array, got '{'a' * 58}'"


def test_a_value_nested_too_deeply_to_be_shown_is_described() -> None:
    deep: list[Any] = []
    for _ in range(200_000):
        deep = [deep]
    message = str(expected("a string", deep))
    while deep:  # taken apart by hand: a deep structure is deep to free, too
        deep = deep[0]
    assert message == "expected a string, got a deeply nested list"


def test_any_mapping_is_read_as_an_object() -> None:
    assert whole_object(MappingProxyType({"a": 1})) == {"a": 1}


@pytest.mark.parametrize("data", [None, [], "a", 1, True])
def test_what_is_no_object_is_refused(data: Any) -> None:
    assert complaint(whole_object, data) == f"expected an object, got {data!r}"


def test_known_words_become_their_members_and_unknown_ones_stay() -> None:
    word = object()
    known: Any = {"a": word}
    assert texts(Sent({"x": ["a", "b"]}), "x", known) == [word, "b"]


def test_arrays_are_read_one_by_one() -> None:
    data = Sent({"x": ["a", "b"]})
    assert objects(data, "x", upper) == ["A", "B"]
    assert data == {"x": ["a", "b"]}
    assert objects(Sent({"x": []}), "x", upper) == []


def test_objects_are_read_member_by_member() -> None:
    assert mapped(Sent({"x": {"a": "b"}}), "x", upper) == {"a": "B"}
    assert mapped(Sent({"x": {}}), "x", upper) == {}


FIVE_PAST = datetime(2024, 2, 29, 10, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("spelling", "value"),
    [
        ("2024-02-29T10:05:00Z", FIVE_PAST),
        ("2024-02-29T10:05:00+00:00", FIVE_PAST),
        ("2024-02-29T10:05:00-00:00", FIVE_PAST),
        ("2024-02-29T10:05:00", FIVE_PAST),
        ("2024-02-29T10:05Z", FIVE_PAST),
        ("2024-02-29 10:05:00", FIVE_PAST),
        ("2024-02-29 10:05:00Z", FIVE_PAST),
        ("2024-02-29t10:05:00z", FIVE_PAST),
        (" 2024-02-29T10:05:00 Z ", FIVE_PAST),
        ("2024-02-29T10:05:00+0000", FIVE_PAST),
        ("2024-02-29T12:05:00+02:00", FIVE_PAST),
        ("2024-02-29T12:05:00+0200", FIVE_PAST),
        ("2024-02-29T10:05:00.000Z", FIVE_PAST),
        ("2024-02-29T10:05:00.5Z", FIVE_PAST + timedelta(microseconds=500_000)),
        ("2024-02-29T10:05:00.123Z", FIVE_PAST + timedelta(microseconds=123_000)),
        ("2024-02-29T10:05:00.123456", FIVE_PAST + timedelta(microseconds=123_456)),
        ("2024-02-29T10:05:00.123456Z", FIVE_PAST + timedelta(microseconds=123_456)),
        ("2024-02-29T10:05:00.123456789Z", FIVE_PAST + timedelta(microseconds=123_456)),
        ("2024-02-29T10:05:00.123456789", FIVE_PAST + timedelta(microseconds=123_456)),
        ("2024-02-29t10:05:00.123456789z", FIVE_PAST + timedelta(microseconds=123_456)),
        ("2024-02-29T10:05:00,123+00:00", FIVE_PAST + timedelta(microseconds=123_000)),
        ("2024-02-29t10:05:00.123456789+00:00", FIVE_PAST + timedelta(microseconds=123_456)),
        ("2024-02-29", datetime(2024, 2, 29, tzinfo=UTC)),
    ],
)
def test_a_timestamp_is_read_in_every_spelling(spelling: str, value: datetime) -> None:
    read = moment(spelling)
    assert read == value
    assert read is not None
    assert read.utcoffset() is not None


def test_a_timestamp_keeps_its_zone() -> None:
    read = moment("2021-05-04T10:13:00+05:00")
    assert read is not None
    assert read.utcoffset() == timedelta(hours=5)


@pytest.mark.parametrize(
    "garbage",
    [
        None,
        "",
        "now",
        "2024-02-30T10:05:00Z",
        "2023-02-29t10:05:00z",
        "2024-02-29t10:05:00+99:99",
        "29.02.2024 10:05",
        "2024-02-29T10:05:00Z2024-02-29T10:05:00Z",
        "٢٠٢٤-02-29t10:05:00z",  # digits, but not ASCII's
        "\ud800",
        1709201100,
        1709201100.5,
        True,
        ["2024-02-29T10:05:00Z"],
        {"date": "2024-02-29T10:05:00Z"},
        {},
        [],
    ],
)
def test_a_timestamp_that_cannot_be_read_is_none(garbage: Any) -> None:
    assert moment(garbage) is None


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (FIVE_PAST, "2024-02-29T10:05:00Z"),
        (FIVE_PAST.replace(tzinfo=None), "2024-02-29T10:05:00Z"),
        (FIVE_PAST + timedelta(microseconds=1), "2024-02-29T10:05:00.000001Z"),
        (FIVE_PAST.astimezone(timezone(timedelta(hours=-3))), "2024-02-29T07:05:00-03:00"),
    ],
)
def test_a_timestamp_is_written_as_rfc_3339(value: datetime, written: str) -> None:
    assert moment_text(value) == written
    assert moment(written) == (value if value.tzinfo else value.replace(tzinfo=UTC))


def test_a_date_is_no_timestamp() -> None:
    assert moment(date(2024, 2, 29)) is None
