"""The inputs of an execute request: what is taken, what is refused, and the name in the refusal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import pytest
from http_client_helpers import Caller

from ogcproc.server import Service

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Point:
    x: float
    y: float


FETCHED = {
    "http://a/text": "é".encode(),
    "http://a/bytes": b"\xff",
    "http://a/json": b"[1, 2]",
    "http://a/deep": b"[" * 100_000,
}


def fetch(url: str) -> bytes:
    if url not in FETCHED:
        raise OSError("nobody is there")
    return FETCHED[url]


def make(service: Service) -> Service:
    service.process(id="everything", inputs={"few": {"minOccurs": 0, "maxOccurs": 2}})(everything)
    service.process(id="lists", inputs={"lists": {"maxOccurs": "unbounded"}})(lists)
    service.process(id="needy")(needy)
    service.process(id="none")(none)
    return service


def everything(
    integer: int = 0,
    text: str = "",
    data: bytes = b"",
    image: Annotated[bytes, {"contentMediaType": "image/png"}] = b"",
    point: Point | None = None,
    members: dict[str, Any] | None = None,
    numbers: list[int] | None = None,
    few: list[bytes] | None = None,
) -> Any:
    values = integer, text, data, image, point, members, numbers, few
    return [repr(value) for value in values if value]


def lists(lists: list[list[int]]) -> Any:
    return repr(lists)


def needy(text: str) -> str:
    return text


def none() -> int:
    return 1


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    with make(Service()).serve() as server, Caller(server.address) as caller:
        yield caller


@pytest.fixture(scope="module")
def fetching() -> Iterator[Caller]:
    with make(Service(fetch=fetch)).serve() as server, Caller(server.address) as caller:
        yield caller


@pytest.mark.parametrize(
    ("name", "value", "python"),
    [
        ("integer", 5, "5"),
        ("integer", 5.0, "5"),
        ("integer", {"value": 5}, "5"),
        ("text", {"value": "a", "mediaType": "text/plain"}, "'a'"),
        ("data", "AAEC", "b'\\x00\\x01\\x02'"),
        ("data", {"value": "AAEC", "encoding": "base64", "mediaType": "a/b"}, "b'\\x00\\x01\\x02'"),
        ("image", {"value": "AA==", "mediaType": "image/PNG"}, "b'\\x00'"),
        ("image", {"value": "AA==", "format": {"mediaType": "image/png"}}, "b'\\x00'"),
        ("image", {"value": "AA==", "format": None}, "b'\\x00'"),
        ("point", {"value": {"x": 1, "y": 2}}, "Point(x=1.0, y=2.0)"),
        ("point", {"x": 1, "y": 2}, "Point(x=1.0, y=2.0)"),
        ("members", {"value": 1, "other": 2}, "{'value': 1, 'other': 2}"),
        ("members", {"value": {"href": "a"}}, "{'href': 'a'}"),
        ("members", {"href": 5}, "{'href': 5}"),
        ("numbers", [1, 2], "[1, 2]"),
        ("few", "AA==", "[b'\\x00']"),
        ("few", ["AA==", {"value": "AQ=="}], "[b'\\x00', b'\\x01']"),
    ],
)
def test_a_value_reaches_the_function(caller: Caller, name: str, value: Any, python: str) -> None:
    answer = caller.execute("everything", {"inputs": {name: value}})
    assert answer.json == [python]


def test_nothing_given_means_the_defaults(caller: Caller) -> None:
    assert caller.execute("everything", {}).json == []
    assert caller.execute("everything", {"inputs": {"point": None}}).json == []


def test_an_array_is_one_value_of_an_input_that_takes_many_arrays(caller: Caller) -> None:
    for value in [1, 2], [[1, 2]]:
        answer = caller.execute("lists", {"inputs": {"lists": value}})
        assert answer.body == b"[[1, 2]]"
    answer = caller.execute("lists", {"inputs": {"lists": [[1], {"value": [2]}]}})
    assert answer.body == b"[[1], [2]]"


@pytest.mark.parametrize(
    ("process_id", "inputs", "detail"),
    [
        ("everything", [], "inputs: expected an object"),
        ("everything", {"x": 1}, "input 'x': there is no such input; there are 'integer', 'text'"),
        ("none", {"x": 1}, "input 'x': there is no such input; there are none"),
        ("needy", {}, "input 'text': it is required and was not given"),
        ("needy", {"text": None}, "input 'text': null is not allowed"),
        ("everything", {"integer": True}, "input 'integer': expected an integer, got True"),
        ("everything", {"integer": "5"}, "input 'integer': expected an integer, got '5'"),
        ("everything", {"integer": [5]}, "input 'integer': expected an integer, got [5]"),
        ("everything", {"data": "?"}, "input 'data': expected base64"),
        (
            "everything",
            {"image": {"value": "", "mediaType": "image/gif"}},
            "input 'image': the media type 'image/gif' is not image/png",
        ),
        (
            "everything",
            {"image": {"value": "", "mediaType": 5}},
            "input 'image': the media type 5 is not image/png",
        ),
        (
            "everything",
            {"data": {"value": "", "encoding": "hex"}},
            "input 'data': the encoding 'hex' is not base64",
        ),
        ("everything", {"point": {"x": 1}}, "input 'point': the property 'y' is missing"),
        ("everything", {"point": {"x": 1, "y": "a"}}, "input 'point.y': expected a number"),
        ("everything", {"numbers": [1, "a"]}, "input 'numbers[1]': expected an integer"),
        ("everything", {"few": ["AA=="] * 3}, "input 'few': expected 0 to 2 values, got 3"),
        ("everything", {"few": ["AA==", "?"]}, "input 'few[1]': expected base64"),
        ("lists", {"lists": [[1], ["a"]]}, "input 'lists[1][0]': expected an integer"),
        ("needy", {"text": {"href": "http://a/text"}}, "input 'text': this server does not fetch"),
    ],
)
def test_a_wrong_input_is_named(caller: Caller, process_id: str, inputs: Any, detail: str) -> None:
    answer = caller.execute(process_id, {"inputs": inputs})
    assert answer.status == 400
    assert answer.json["detail"].startswith(detail)


@pytest.mark.parametrize(
    ("name", "path", "python"),
    [
        ("text", "text", "'é'"),
        ("data", "bytes", "b'\\xff'"),
        ("numbers", "json", "[1, 2]"),
    ],
)
def test_a_service_that_may_fetch_reads_references(
    fetching: Caller, name: str, path: str, python: str
) -> None:
    answer = fetching.execute("everything", {"inputs": {name: {"href": f"http://a/{path}"}}})
    assert answer.json == [python]


@pytest.mark.parametrize(
    ("name", "path", "detail"),
    [
        ("text", "gone", "input 'text': http://a/gone could not be fetched: nobody is there"),
        ("text", "bytes", "input 'text': what was fetched is neither UTF-8 text nor JSON"),
        ("integer", "json", "input 'integer': expected an integer, got [1, 2]"),
        ("numbers", "text", "input 'numbers': what was fetched is neither"),
        ("numbers", "deep", "input 'numbers': what was fetched is neither"),
    ],
)
def test_what_was_fetched_is_checked_too(
    fetching: Caller, name: str, path: str, detail: str
) -> None:
    answer = fetching.execute("everything", {"inputs": {name: {"href": f"http://a/{path}"}}})
    assert answer.status == 400
    assert answer.json["detail"].startswith(detail)
