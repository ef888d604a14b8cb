"""What an execute request holds: documents as they are, objects as they are given, other values."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from datetime import datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from scripted import ScriptedServer, answer

from ogcproc import (
    Bbox,
    Client,
    Format,
    Link,
    Output,
    ProcessRequest,
    QualifiedValue,
    ServiceError,
    SubmissionUncertain,
)
from ogcproc.models.requests import encode_input

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
EXECUTION = "POST /processes/p/execution"
CREATED = answer(201, {"jobID": "7", "status": "accepted"})


def sent(request: Any, **settings: Any) -> Any:
    """Return the body that ``execute_process`` sends."""
    with ScriptedServer([CREATED]) as server, Client(server.url, **settings) as client:
        client.execute_process("p", request)
    return server.requests[0].json


def refusal(request: Any, status: int = 400, **settings: Any) -> str:
    """Return the error's text for a request that the server refuses."""
    script = {EXECUTION: answer(status, {"detail": "no"}), "/processes/p": answer(404)}
    with (
        ScriptedServer(script) as server,
        Client(server.url, **settings) as client,
        pytest.raises(ServiceError) as caught,
    ):
        client.execute_process("p", request)
    return str(caught.value)


def message(call: Callable[[Any], object]) -> str:
    """Return the error's text for a call that sends nothing."""
    with (
        ScriptedServer([]) as server,
        Client(server.url) as client,
        pytest.raises((TypeError, ValueError)) as caught,
    ):
        call(client)
    assert server.requests == []
    return str(caught.value)


# --- objects, field.md 26 -------------------------------------------------------------------------

OBJECTS = {
    "plain": {"a": 1},
    "several": [{"a": 1}, 2],
    "wrapped": QualifiedValue({"a": 1}),
    "link": Link("http://a/b"),
    "area": Bbox([1, 2, 3, 4]),
}
WRITTEN = {
    "plain": {"a": 1},
    "several": [{"a": 1}, 2],
    "wrapped": {"value": {"a": 1}},
    "link": {"href": "http://a/b"},
    "area": {"bbox": [1, 2, 3, 4]},
}


def test_objects_go_out_as_they_are_given() -> None:
    assert sent(ProcessRequest(OBJECTS)) == {"inputs": WRITTEN}


def test_a_client_for_servers_that_hold_to_the_letter_wraps_all_plain_objects() -> None:
    wrapped = {**WRITTEN, "plain": {"value": {"a": 1}}, "several": [{"value": {"a": 1}}, 2]}
    assert sent(ProcessRequest(OBJECTS), wrap_objects=True) == {"inputs": wrapped}


def test_copies_of_a_client_wrap_objects_too() -> None:
    with ScriptedServer(lambda _: CREATED) as server:
        client = Client(server.url, wrap_objects=True)
        client.with_options(retries=1).execute_process("p", ProcessRequest({"a": {"b": 1}}))
        client.execute_process("p", ProcessRequest({"a": {"b": 1}}), timeout=5)
    assert [one.json for one in server.requests] == [{"inputs": {"a": {"value": {"b": 1}}}}] * 2


def test_a_request_that_was_read_is_written_without_wrapping() -> None:
    document = {"inputs": {"a": {"b": 1}, "c": {"value": {"d": 2}}}}
    assert ProcessRequest.from_dict(document).to_dict() == document


@pytest.mark.parametrize("status", [400, 422, 500])
def test_a_refused_bare_object_says_how_to_wrap_it(status: int) -> None:
    said = refusal(ProcessRequest({"n": 1, "place": {"x": 1}}), status)
    assert said.endswith(
        "; if this server wants the object in input 'place' within "
        '{"value": ...}, pass QualifiedValue(obj) or use Client(wrap_objects=True)'
    )


def test_a_refused_object_in_an_array_says_how_to_wrap_it() -> None:
    assert "object in input 'places'" in refusal({"inputs": {"places": [1, {"x": 1}]}})


@pytest.mark.parametrize("value", [QualifiedValue({"x": 1}), [QualifiedValue({"x": 1})]])
def test_a_refused_wrapped_object_says_to_send_it_bare(value: Any) -> None:
    said = refusal(ProcessRequest({"place": value}))
    assert said.endswith(
        "; if this server wants objects bare, pass input 'place' without \"value\""
    )


@pytest.mark.parametrize("inputs", [{}, {"a": 1}, {"a": {"href": "b"}}, {"a": {"value": 1}}])
def test_a_refusal_without_objects_says_nothing_of_them(inputs: Any) -> None:
    assert "wants" not in refusal({"inputs": inputs})
    assert "wants" not in refusal({"inputs": {"a": {"b": 1}}}, 403)


# --- documents, field.md 3 and 26 -----------------------------------------------------------------


@pytest.mark.parametrize("wrap_objects", [False, True])
def test_a_dict_goes_out_as_it_is(wrap_objects: bool) -> None:
    document = {
        "inputs": {"a": {"b": 1}, "c": {"value": {"d": [{"e": 2}]}}, "f": None},
        "outputs": {"o": {"format": {"mediaType": "a/b"}, "more": 1}},
        "mode": "async",
        "response": "other",
    }
    assert sent(document, wrap_objects=wrap_objects) == document
    assert sent({"inputs": {}, "outputs": ["a", "b"]}) == {"inputs": {}, "outputs": ["a", "b"]}


def test_values_that_are_no_json_become_text_in_a_dict(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"abc")
    document = {
        "inputs": {
            "when": [NOON, NOON.date()],
            "raw": b"abc",
            "file": file,
            "at": Link("b"),
        },
        "outputs": {"o": Output(Format("a/b"))},
    }
    assert sent(document) == {
        "inputs": {
            "when": ["2026-11-22T12:00:00Z", "2026-11-22"],
            "raw": "YWJj",
            "file": "YWJj",
            "at": {"href": "b"},
        },
        "outputs": {"o": {"format": {"mediaType": "a/b"}}},
    }


@pytest.mark.parametrize("document", [None, {}, {"response": "raw"}, {"process": "http://h/p"}])
def test_inputs_are_added_where_they_are_missing(document: Any) -> None:
    assert sent(document) == {"inputs": {}, **(document or {})}


@pytest.mark.parametrize(
    ("request_", "shown"),
    [
        ({"max_val": 20}, '{"inputs": {"max_val": ...}}'),
        ({"a": 1, "outputs": {}, "b": 2}, '{"inputs": {"a": ..., "b": ...}}'),
        ({"input": {"max_val": 20}}, '{"inputs": {...}}'),
        ({"input": {}, "a": 1}, '{"inputs": {"a": ...}}'),
    ],
)
def test_inputs_that_would_be_dropped_are_refused(request_: Any, shown: str) -> None:
    """field.md 3: the process ran with its defaults."""
    assert message(lambda client: client.execute_process("p", request_)).endswith(f": pass {shown}")


def test_an_uncertain_request_is_kept_as_it_was_given() -> None:
    request = {"inputs": {"a": {"b": 1}}}
    with (
        ScriptedServer([b"HTTP/1.1 abc\r\n\r\n"]) as server,
        Client(server.url) as client,
        pytest.raises(SubmissionUncertain) as caught,
    ):
        client.execute_process("p", request)
    assert caught.value.request == request


# --- other libraries' values, field.md 32 ---------------------------------------------------------


class Scalar:
    """A scalar as numpy's."""

    def tolist(self) -> float:
        return 1.5


class Item:
    """A scalar that has ``item`` alone."""

    def item(self) -> int:
        return 3


class Index:
    def __index__(self) -> int:
        return 7


class Array:
    """An array as numpy's, with values in it that are no JSON either."""

    def tolist(self) -> list[Any]:
        return [1, [Scalar(), NOON]]


class Kind:
    kind = "M"


class Stamps:
    """Times as numpy's: in nanoseconds, ``tolist`` gives whole numbers."""

    dtype = Kind()

    def astype(self, kind: str) -> Stamps:
        assert kind == "M8[us]"
        return Micros()

    def tolist(self) -> list[Any]:
        return [1795348800000000000]


class Micros(Stamps):
    def tolist(self) -> list[Any]:
        return [datetime(2026, 11, 22, 12)]  # noqa: DTZ001 - numpy's have no zone


class Missing(datetime):
    """pandas' NaT: a datetime that is not equal to itself."""

    __hash__ = datetime.__hash__

    def __ne__(self, other: object) -> bool:
        return True


@dataclass
class Place:
    name: str
    at: tuple[float, float] = (1.0, 2.0)
    tags: list[Any] = field(default_factory=lambda: [Scalar()])


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Scalar(), 1.5),
        (Item(), 3),
        (Index(), 7),
        (Decimal("2.5"), 2.5),
        (Array(), [1, [1.5, "2026-11-22T12:00:00Z"]]),
        (Stamps(), ["2026-11-22T12:00:00"]),
        (Place("a"), {"name": "a", "at": [1.0, 2.0], "tags": [1.5]}),
        ([Scalar(), {"n": Item()}], [1.5, {"n": 3}]),
    ],
)
def test_values_of_other_libraries_go_as_json(value: Any, written: Any) -> None:
    assert encode_input(value) == written
    assert sent(ProcessRequest({"a": value})) == sent({"inputs": {"a": value}})


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, Decimal("NaN")])
@pytest.mark.parametrize("shape", ["{}", "[{}]", "object", "wrapped"])
def test_a_number_that_json_lacks_is_refused_by_the_name_of_its_input(
    number: Any, shape: str
) -> None:
    value = {"{}": number, "[{}]": [number], "object": {"a": [number]}}.get(
        shape, QualifiedValue({"b": number})
    )
    names = {f"input 'depth': JSON has no {name}" for name in ("nan", "inf", "-inf")}
    document = {"inputs": {"depth": value}}
    assert message(lambda client: client.execute_process("p", document)) in names
    assert message(lambda client: client.run_process("p", document["inputs"])) in names


def test_a_missing_time_is_refused_by_the_name_of_its_input() -> None:
    with pytest.raises(ValueError, match=r"input 'when': a time is missing \(NaT\)"):
        ProcessRequest({"when": Missing(2026, 1, 1)}).to_dict()


def test_results_with_numbers_that_json_lacks_are_still_written() -> None:
    assert json.dumps(QualifiedValue([math.nan]).to_dict()) == '{"value": [NaN]}'


# --- messages, field.md section 6 -----------------------------------------------------------------


def test_messages_name_the_argument_and_its_type() -> None:
    assert message(lambda c: c.get_process(5)) == "process_id must be str, not int"
    assert message(lambda c: c.get_process("")) == "process_id is empty"
    assert message(lambda c: c.execute_process(None)) == "process_id must be str, not NoneType"
    assert message(lambda c: c.get_job("")) == "job id is empty"
    assert message(lambda c: c.get_job(5)) == "job must be an id, a URL or a JobInfo, not int"
    assert message(lambda c: c.run_process("echo", "x=1")) == "inputs must be a mapping, not str"
    assert message(lambda c: c.run_process("echo", [])) == "inputs must be a mapping, not list"
    text = "request must be a ProcessRequest or a dict, not str"
    assert message(lambda c: c.execute_process("p", "x=1")) == text
    text = "outputs must be a mapping, not int"
    assert message(lambda c: c.execute_process("p", {"outputs": 3})) == text
