"""ogcproc.models._fields: typed look-ups, and what they say when they fail."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from ogcproc.errors import DocumentError
from ogcproc.models import _fields
from ogcproc.models._fields import (
    expected,
    flag,
    mapped,
    moment,
    moment_text,
    number,
    objects,
    optional,
    required_text,
    text,
    texts,
    whole_object,
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
    data = {"t": "a", "n": 1.5, "i": 3, "yes": True, "no": False, "list": ["a", "b"]}
    assert required_text(data, "t") == text(data, "t") == "a"
    assert number(data, "n") == 1.5
    assert number(data, "i") == 3
    assert flag(data, "yes") is True
    assert flag(data, "no") is False
    assert texts(data, "list") == ["a", "b"]
    assert texts(data, "list") is not data["list"]


@pytest.mark.parametrize("data", [{}, {"x": None}])
def test_null_reads_as_absent(data: dict[str, Any]) -> None:
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
        (text, 42, "expected a string, got 42 at x"),
        (text, False, "expected a string, got False at x"),
        (number, "3", "expected a number, got '3' at x"),
        (number, True, "expected a number, got True at x"),
        (number, False, "expected a number, got False at x"),
        (flag, 1, "expected a boolean, got 1 at x"),
        (flag, "true", "expected a boolean, got 'true' at x"),
        (texts, "abc", "expected an array, got 'abc' at x"),
        (texts, {"a": 1}, "expected an array, got {'a': 1} at x"),
        (texts, ["a", 2], "expected a string, got 2 at x[1]"),
        (texts, ["a", None], "expected a string, got None at x[1]"),
    ],
)
def test_a_member_of_the_wrong_type_is_named(
    read: Callable[..., Any], value: Any, message: str
) -> None:
    assert complaint(read, {"x": value}, "x") == message


def test_a_member_that_must_be_there_is_missed() -> None:
    assert complaint(required_text, {"y": "a"}, "x") == "missing required member 'x'"


@pytest.mark.parametrize(
    ("read", "value", "message"),
    [
        (optional, {"id": 1}, "expected a string, got 1 at x.id"),
        (objects, "abc", "expected an array, got 'abc' at x"),
        (objects, {}, "expected an array, got {} at x"),
        (objects, [{"id": "a"}, {"id": 1}], "expected a string, got 1 at x[1].id"),
        (objects, [{}], "missing required member 'id' at x[0]"),
        (mapped, [], "expected an object, got [] at x"),
        (mapped, {"a": {"id": "b"}, "b": {"id": 1}}, "expected a string, got 1 at x.b.id"),
        (mapped, {"odd name": {"id": 1}}, "expected a string, got 1 at x['odd name'].id"),
        (mapped, {"": {}}, "missing required member 'id' at x['']"),
    ],
)
def test_an_inner_failure_names_the_way_to_it(
    read: Callable[..., Any], value: Any, message: str
) -> None:
    assert complaint(read, {"x": value}, "x", upper) == message


def test_an_inner_failure_hides_no_other_error() -> None:
    with pytest.raises(DocumentError) as caught:
        optional({"x": {}}, "x", upper)
    assert caught.value.__suppress_context__


def test_a_long_value_is_cut_short() -> None:
    message = complaint(text, {"x": ["a" * 1000]}, "x")
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


def test_a_whole_object_is_the_object_itself() -> None:
    data = {"a": 1}
    assert whole_object(data) is data


def test_any_mapping_is_read_as_an_object() -> None:
    assert whole_object(MappingProxyType({"a": 1})) == {"a": 1}


@pytest.mark.parametrize("data", [None, [], "a", 1, True])
def test_what_is_no_object_is_refused(data: Any) -> None:
    assert complaint(whole_object, data) == f"expected an object, got {data!r}"


def test_known_words_become_their_members_and_unknown_ones_stay() -> None:
    word = object()
    known: Any = {"a": word}
    assert texts({"x": ["a", "b"]}, "x", known) == [word, "b"]


def test_arrays_are_read_one_by_one() -> None:
    data = {"x": ["a", "b"]}
    assert objects(data, "x", upper) == ["A", "B"]
    assert data == {"x": ["a", "b"]}
    assert objects({"x": []}, "x", upper) == []


def test_objects_are_read_member_by_member() -> None:
    assert mapped({"x": {"a": "b"}}, "x", upper) == {"a": "B"}
    assert mapped({"x": {}}, "x", upper) == {}


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
