"""The response table of 1.0: sync and async, raw and document, value and reference."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import pytest
from http_client_helpers import ASYNC, EXC, Caller

from ogcproc.server import Problem, Service

if TYPE_CHECKING:
    from collections.abc import Iterator

service = Service(title="Results")


@service.process(id="one")
def one(text: str = "é") -> str:
    return text


@service.process(id="number")
def number() -> float:
    return 1.5


@service.process(id="anything")
def anything(value: Any) -> Any:
    return bytes([7]) if value == "bytes" else value


@service.process(id="xml")
def xml() -> Annotated[str, {"contentMediaType": "application/xml"}]:
    return "<a/>"


@service.process(id="geo")
def geo() -> Annotated[dict[str, Any], {"contentMediaType": "application/geo+json"}]:
    return {"type": "Point"}


@service.process(
    id="many",
    outputs={
        "a b": {"schema": {"type": "string"}},
        "n": {"schema": {"type": "integer"}},
        "o": {"schema": {"type": "object"}},
        "p": {
            "schema": {
                "oneOf": [
                    {
                        "type": "string",
                        "contentEncoding": "base64",
                        "contentMediaType": "image/png",
                    },
                    {
                        "type": "string",
                        "contentEncoding": "base64",
                        "contentMediaType": "image/gif",
                    },
                ]
            }
        },
        "none": {"schema": {"type": "string"}},
    },
)
def many() -> dict[str, Any]:
    return {"a b": "text", "n": 2, "o": {"bbox": [1, 2, 3, 4]}, "p": b"--\r\n", "none": None}


@service.process(id="nothing")
def nothing() -> None:
    """Return nothing."""


@service.process(id="by-value", output_transmission=["value"])
def by_value() -> int:
    return 1


@service.process(id="teapot")
def teapot() -> int:
    raise Problem("short and stout", 418, type="urn:teapot", headers=(("Retry-After", "1"),))


@service.process(id="silent")
def silent() -> int:
    raise KeyError


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    with service.serve() as server, Caller(server.address) as caller:
        yield caller


@pytest.fixture(params=["sync", "async"])
def run(request: pytest.FixtureRequest, caller: Caller) -> Any:
    """Execute and return the results' answer: at once, or from the job; both are to be alike."""

    def run(process_id: str, headers: dict[str, str] | None = None, **body: Any) -> Any:
        body = {"inputs": {}, **body}
        if request.param == "sync":
            answer = caller.execute(process_id, body, headers)
            assert "rel=monitor" in answer.headers.get_all("Link", [])[-1]
            return answer
        job_id = caller.start(process_id, body)
        caller.wait(job_id)
        return caller.get(f"/jobs/{job_id}/results", headers)

    return run


REFERENCE = {"transmissionMode": "reference"}


def test_raw_one_value_comes_as_it_is(run: Any) -> None:
    answer = run("one")
    assert (answer.status, answer.body) == (200, "é".encode())
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Content-ID"] == "result"


def test_raw_one_value_comes_as_json_to_who_prefers_it(run: Any) -> None:
    answer = run("one", {"Accept": "application/json, */*;q=0.1"})
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json == "é"
    assert run("number", {"Accept": "text/plain"}).headers["Content-Type"].startswith("text/plain")


def test_raw_one_value_comes_in_the_format_asked_for(run: Any) -> None:
    output = {"format": {"mediaType": "application/JSON"}}
    answer = run("one", {"Accept": "text/plain"}, outputs={"result": output})
    assert (answer.headers["Content-Type"], answer.json) == ("application/json", "é")


@pytest.mark.parametrize(
    ("value", "media_type", "body"),
    [
        ("a", "text/plain; charset=utf-8", b"a"),
        ("\ud800", "text/plain; charset=utf-8", b"?"),
        (True, "application/json", b"true"),
        ([1], "application/json", b"[1]"),
        ("bytes", "application/octet-stream", b"\7"),
    ],
)
def test_where_the_schema_is_silent_the_value_decides(
    run: Any, value: Any, media_type: str, body: bytes
) -> None:
    answer = run("anything", inputs={"value": value})
    assert (answer.headers["Content-Type"], answer.body) == (media_type, body)


def test_a_text_with_a_media_type_of_its_own_is_not_quoted(run: Any) -> None:
    answer = run("xml")
    assert (answer.headers["Content-Type"], answer.body) == ("application/xml", b"<a/>")
    answer = run("geo")
    assert (answer.headers["Content-Type"], answer.json) == (
        "application/geo+json",
        {"type": "Point"},
    )


def test_raw_many_values_come_as_multipart(run: Any) -> None:
    answer = run("many")
    assert answer.status == 200
    assert answer.headers.get_content_type() == "multipart/related"
    assert answer.headers.get_param("type") == "text/plain"
    parts = {part["Content-ID"]: part for part in answer.parts}
    assert list(parts) == ["a%20b", "n", "o", "p"]
    assert parts["a%20b"].get_payload() == "text"
    assert json.loads(parts["n"].get_payload()) == 2
    assert parts["p"].get_content_type() == "image/png"
    assert b"\r\n\r\n--\r\n\r\n--" in answer.body


def test_raw_references_come_as_links_and_no_body(run: Any, caller: Caller) -> None:
    answer = run("many", outputs={"a b": REFERENCE, "n": REFERENCE})
    assert (answer.status, answer.body) == (204, b"")
    links = [link for link in answer.headers.get_all("Link") if "monitor" not in link]
    first, second = (link.split("; ") for link in links)
    assert first[0].endswith("/results/a%20b>")
    assert first[1:] == ['rel="a%20b"', 'type="text/plain', 'charset=utf-8"']
    assert second[1] == 'rel="n"'
    path = "/" + first[0].strip("<>").split("/", 3)[3]
    assert caller.get(path).body == b"text"


def test_raw_mixed_comes_as_multipart_with_locations(run: Any, caller: Caller) -> None:
    answer = run("many", outputs={"n": REFERENCE, "a b": {}})
    number, text = answer.parts
    assert number["Content-ID"] == "n"
    assert number["Content-Type"] == "text/plain; charset=utf-8"
    assert number.get_payload() == ""
    path = "/" + number["Content-Location"].split("/", 3)[3]
    assert caller.get(path).body == b"2"
    assert text.get_payload() == "text"


def test_a_document_holds_all_values(run: Any) -> None:
    answer = run("many", response="document")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json == {
        "a b": "text",
        "n": 2,
        "o": {"bbox": [1, 2, 3, 4]},
        "p": {"value": "LS0NCg==", "encoding": "base64", "mediaType": "image/png"},
    }
    assert run("geo", response="document").json == {"result": {"value": {"type": "Point"}}}


def test_a_document_holds_links_and_qualified_values_where_asked(run: Any) -> None:
    outputs = {"n": REFERENCE, "a b": {"format": {"mediaType": "text/plain"}}}
    document = run("many", response="document", outputs=outputs).json
    assert document["n"]["href"].endswith("/results/n")
    assert document["n"]["type"] == "text/plain; charset=utf-8"
    assert document["a b"] == {"value": "text", "mediaType": "text/plain; charset=utf-8"}


def test_no_outputs_asked_for_are_none(run: Any) -> None:
    assert run("many", outputs={}).status == 204
    assert run("many", outputs={}, response="document").json == {}
    assert run("nothing").status == 204
    assert run("many", outputs={"none": {}}).status == 204


def test_a_failure_has_the_status_its_function_chose(run: Any) -> None:
    answer = run("teapot")
    assert (answer.status, answer.headers["Retry-After"]) == (418, "1")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.json["type"], answer.json["detail"]) == ("urn:teapot", "short and stout")
    assert run("silent").json["detail"] == "KeyError"


def test_one_output_can_be_fetched_alone(caller: Caller) -> None:
    job_id = caller.start("many", {"outputs": {"n": {}, "none": {}}})
    caller.wait(job_id)
    place = f"/jobs/{job_id}/results"
    assert caller.get(f"{place}/n").json == 2
    for unwanted in "p", "none":
        answer = caller.get(f"{place}/{unwanted}")
        assert (answer.status, answer.json["type"]) == (404, EXC + "result-not-available")
    answer = caller.get(f"{place}/q")
    assert (answer.status, answer.json["type"]) == (400, EXC + "no-such-output")


@pytest.mark.parametrize(
    ("process_id", "body", "detail"),
    [
        ("many", {"response": "both"}, "response: 'both' is not one of 'raw', 'document'"),
        ("one", {"outputs": []}, "outputs: expected an object"),
        (
            "one",
            {"outputs": {"x": {}}},
            "output 'x': there is no such output; there are 'result'",
        ),
        ("nothing", {"outputs": {"x": {}}}, "there are none"),
        ("one", {"outputs": {"result": "value"}}, "output 'result': expected an object"),
        ("by-value", {"outputs": {"result": REFERENCE}}, "'reference' is not one of 'value'"),
        ("one", {"outputs": {"result": {"transmissionMode": []}}}, "transmissionMode [] is not"),
        (
            "number",
            {"outputs": {"result": {"format": {"mediaType": "image/png"}}}},
            "the format 'image/png' is not one of application/json, text/plain",
        ),
        ("one", {"outputs": {"result": {"format": 5}}}, "the format 5 is not one of"),
        ("one", {"subscriber": []}, "subscriber: expected an object"),
        ("one", {"subscriber": {"successUri": 1}}, "successUri: expected an http or https URL"),
        ("one", {"subscriber": {"failedUri": "file:///a"}}, "failedUri: expected an http"),
        ("one", {"subscriber": {"failedUri": "http://[a"}}, "failedUri: expected an http"),
        ("one", {"subscriber": {"failedUri": "http:a"}}, "failedUri: expected an http"),
    ],
)
def test_an_order_that_cannot_be_met_is_refused(
    caller: Caller, process_id: str, body: Any, detail: str
) -> None:
    answer = caller.execute(process_id, body)
    assert answer.status == 400
    assert detail in answer.json["detail"]


def test_an_unfinished_or_dismissed_job_has_no_results(caller: Caller) -> None:
    job_id = caller.start("one", {"inputs": {}})
    caller.wait(job_id)
    record = service.store.get(job_id)
    assert record is not None
    for status, word in ("running", "result-not-ready"), ("dismissed", "result-not-available"):
        record.status = status
        answer = caller.get(f"/jobs/{job_id}/results")
        assert (answer.status, answer.json["type"]) == (404, EXC + word)


def test_a_sync_answer_names_its_job_and_no_preference(caller: Caller) -> None:
    answer = caller.execute("one", {"inputs": {}}, {"Prefer": "wait=5, return=minimal"})
    assert answer.status == 200
    assert answer.headers["Link"].endswith("; rel=monitor")
    assert "Preference-Applied" not in answer.headers


def test_an_async_answer_says_where_the_job_is(caller: Caller) -> None:
    answer = caller.execute("one", {"inputs": {}}, ASYNC)
    assert (answer.status, answer.headers["Content-Type"]) == (201, "application/json")
    host, port = caller.connection.host, caller.connection.port
    place = f"http://{host}:{port}/jobs/{answer.json['jobID']}"
    assert answer.headers["Location"] == place
    assert {"self", "status", "up"} == {link["rel"] for link in answer.json["links"][:3]}
