"""Errors in all the shapes in which servers send them."""

from __future__ import annotations

import json
import pickle
import time
from typing import Any

import pytest

from ogcproc import errors
from ogcproc._http.answer import Answer
from ogcproc._http.headers import Headers
from ogcproc._protocol.problems import error_of, problem

EXC = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/"


def told(body: object, content_type: str = "application/json", status: int = 400) -> Any:
    """Return the problem document of an error with this body."""
    if isinstance(body, str):
        data = body.encode()
    else:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return problem(status, Headers([("Content-Type", content_type)]), data)


def service_error(status: int, headers: Headers, body: bytes, **kinds: Any) -> errors.ServiceError:
    return error_of(Answer("GET", "http://h/jobs/x", status, headers, body), **kinds)


def test_a_problem_document_is_read_as_it_is() -> None:
    document = {
        "type": f"{EXC}no-such-process",
        "title": "NoSuchProcess",
        "status": 404,
        "detail": "No process 'x'",
        "instance": "/errors/1",
        "more": True,
    }
    assert told(document, "application/problem+json").to_dict() == document


@pytest.mark.parametrize(
    ("body", "kind", "detail"),
    [
        ({"code": "NoSuchProcess", "description": "identifier not found"}, "NoSuchProcess", "i"),
        ({"message": "gone fishing"}, None, "gone fishing"),
        ({"title": "Bad", "type": "about:blank"}, "about:blank", "Bad"),
        ({"detail": "first", "description": "second"}, None, "first"),
        ({"error": {"code": 12, "message": "inner"}}, None, "inner"),
        ({"code": 400, "exception": "boom"}, None, "boom"),
        ({"description": "d", "cause": {"status": "started"}}, None, "d"),
        # field.md 33: urban-model-platform, APISIX, Keycloak, and objects of any kind.
        ({"error_message": "no quota"}, None, "no quota"),
        ({"error_msg": "404 Route Not Found"}, None, "404 Route Not Found"),
        ({"error": "invalid_grant", "error_description": "expired"}, None, "expired"),
        ({"errors": [{"message": "one"}, {"error_msg": "two"}]}, None, "one; two"),
        ({"detail": {"reason": "too big", "limit": 3}}, None, "reason: too big"),
        ({"detail": {"inputs": {"x": ["no number"], "y": [{}]}}}, None, "inputs: x: no number"),
        ({"detail": {"error": {"msg": "deep"}}}, None, "deep"),
        ({"ok": False}, None, None),
        (
            {"detail": [{"loc": ["body", "inputs", 0], "msg": "Field required", "type": "x"}]},
            None,
            "body.inputs.0: Field required",
        ),
        ({"detail": [{"msg": "one"}, {"message": "two"}, 3, {}]}, None, "one; two"),
        ({"detail": [], "title": "T"}, None, "T"),
        ({"outputs": [{"code": "Broken", "description": "wrapped"}]}, "Broken", "wrapped"),
        ({"outputs": ["no object"]}, None, None),
        ({"nothing": "to say"}, None, None),
        (["one", {"msg": "two"}], None, "one; two"),
        ("null", None, None),
        ('"just text"', None, "just text"),
        ("7", None, None),
    ],
)
def test_a_json_error_says_what_it_can(body: object, kind: str | None, detail: str | None) -> None:
    found = told(body)
    assert found.type == kind
    assert found.detail == detail or found.detail.startswith(f"{detail}dentifier")


def test_what_was_sent_is_kept_beside_what_it_says() -> None:
    found = told({"detail": [{"msg": "one"}], "x-traceback": ["a"]}, status=422)
    assert found.status == 422
    assert found.extra == {"detail": [{"msg": "one"}], "x-traceback": ["a"]}
    assert told(["one"]).extra == {"body": ["one"]}


@pytest.mark.parametrize(
    ("text", "kind", "title", "detail"),
    [
        (
            (
                '<ows:ExceptionReport><ows:Exception exceptionCode="NoSuchProcess" locator="x">'
                "<ows:ExceptionText> No &lt;such&gt; process </ows:ExceptionText>"
                "<ows:ExceptionText>Really</ows:ExceptionText></ows:Exception></ows:ExceptionReport>"
            ),
            "NoSuchProcess",
            None,
            "No <such> process Really",
        ),
        (
            "<ExceptionText lang='en'><![CDATA[a & b]]></ExceptionText>",
            None,
            None,
            "a & b",
        ),
        ("<Exception exceptionCode='Broken'/>", "Broken", None, None),
        (
            (
                "<!DOCTYPE HTML><html><head><title>404 Not &amp; Found</title>"
                "<style>p {}</style></head><body><h1>Not\nFound</h1><script>x < 1</script>"
                "<p>Nothing here</body></html>"
            ),
            None,
            "404 Not & Found",
            "Not Found Nothing here",
        ),
        ("<html><head><title>No end<body>Seen", None, "No end", "Seen"),
        ("<html></script>Seen<style>never", None, None, "Seen"),
        ("<body>Menu <!-- <p>no -->too<main>This</main>", None, None, "This"),
        ("<html>Seen <!-- never", None, None, "Seen"),
        ("<body></body>", None, None, None),
        ("Internal Server Error\n", None, None, "Internal Server Error"),
        ("1 < 2", None, None, "1 < 2"),
        ("", None, None, None),
    ],
)
def test_reports_pages_and_texts_are_read(
    text: str, kind: str | None, title: str | None, detail: str | None
) -> None:
    found = told(text, "text/html")
    assert (found.type, found.title, found.detail) == (kind, title, detail)


def test_an_error_that_is_no_text_says_nothing() -> None:
    assert told(b"\x89PNG\xff").to_dict() == {}


@pytest.mark.parametrize("depth", [900, 100_000])
def test_an_error_nested_too_deep_is_text(depth: int) -> None:
    body = '{"detail":' + "[" * depth + "]" * depth + "}"
    assert told(body).type is None


@pytest.mark.parametrize(
    "piece", ["<head ", "<title>", "<ExceptionText>", "<html><script>", "<", "<html><", "<!--"]
)
def test_a_page_made_to_take_long_takes_no_time(piece: str) -> None:
    """Quadratic patterns took seconds here; a linear one takes hundredths."""
    start = time.process_time()
    told("<html>" + piece * (65_000 // len(piece)), "text/html")
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (f"{EXC}no-such-process", errors.NoSuchProcess),
        (f"{EXC}no-such-job", errors.NoSuchJob),
        (f"{EXC}no-such-job/", errors.NoSuchJob),
        ("http://www.opengis.net/def/exceptions#no-such-output", errors.NoSuchOutput),
        (f"{EXC}result-not-ready", errors.ResultNotReady),
        (f"{EXC}results-not-ready", errors.ResultNotReady),
        ("ResultNotReady", errors.ResultNotReady),
        ("result not available", errors.ResultNotAvailable),
        ("[ogc-exc:no_such_job]", errors.NoSuchJob),
        ("about:blank", errors.ServiceError),
        ("", errors.ServiceError),
    ],
)
def test_the_type_of_a_problem_chooses_the_class(
    said: str, kind: type[errors.ServiceError]
) -> None:
    body = json.dumps({"type": said}).encode()
    assert type(service_error(500, Headers(), body)) is kind


def test_the_code_stands_in_for_the_type() -> None:
    assert type(service_error(500, Headers(), b'{"code": "NoSuchJob"}')) is errors.NoSuchJob


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.ServiceError),
        (401, errors.Unauthorized),
        (403, errors.Forbidden),
        (404, errors.NoSuchJob),
        (410, errors.NoSuchJob),
        (429, errors.RateLimited),
        (500, errors.ServiceError),
        (599, errors.ServiceError),
    ],
)
def test_else_the_status_chooses_it_and_what_was_asked_for(
    status: int, kind: type[errors.ServiceError]
) -> None:
    assert type(service_error(status, Headers(), b"", missing=errors.NoSuchJob)) is kind


def test_the_class_may_be_known_beforehand() -> None:
    found = service_error(404, Headers(), b'{"type": "NoSuchJob"}', kind=errors.ResultNotReady)
    assert type(found) is errors.ResultNotReady


def test_an_error_is_one_line_fit_to_print() -> None:
    found = service_error(404, Headers(), b'{"detail": "no\\n  such\\tthing"}')
    assert str(found) == "404 Not Found: no such thing (GET http://h/jobs/x)"
    assert str(service_error(599, Headers(), b"")) == "599 (GET http://h/jobs/x)"
    assert str(service_error(500, Headers(), b"oops")) == (
        "500 Internal Server Error: oops (GET http://h/jobs/x)"
    )


def test_a_long_error_is_cut_in_its_line_and_kept_in_its_body() -> None:
    found = service_error(500, Headers([("A", "b")]), b"x" * 1000)
    assert len(str(found)) < 450
    assert str(found).endswith("x... (GET http://h/jobs/x)")
    assert found.body == b"x" * 1000
    assert found.headers == {"A": "b"}


def test_an_error_that_is_a_jobs_status_keeps_the_job() -> None:
    body = b'{"jobID": "j1", "status": "failed", "message": "boom", "type": "process"}'
    found = service_error(400, Headers(), body)
    assert found.job is not None
    assert (found.job.jobID, found.job.status) == ("j1", "failed")
    assert service_error(400, Headers(), b'{"jobID": "j1", "status": 3}').job is None
    assert service_error(400, Headers(), b"[" * 100_000).job is None
    unreadable = b'{"jobID": [], "id": "j1", "status": "failed"}'
    assert service_error(400, Headers(), unreadable).job is None


def test_a_service_error_pickles_with_all_it_carries() -> None:
    found = service_error(
        404,
        Headers([("X", "1"), ("X", "2")]),
        b'{"type": "NoSuchJob", "detail": "d"}',
    )
    copy = pickle.loads(pickle.dumps(found))
    assert type(copy) is errors.NoSuchJob
    assert str(copy) == str(found)
    assert vars(copy) == vars(found)


def test_an_error_in_another_charset_is_read() -> None:
    """field.md 33."""
    body = '{"detail": "Größe fehlt"}'.encode("latin-1")
    assert told(body, "application/json; charset=ISO-8859-1").detail == "Größe fehlt"
    assert told(b"\xef\xbb\xbf" + '{"detail": "Größe"}'.encode()).detail == "Größe"
    assert told('{"detail": "Größe"}'.encode("utf-16")).detail == "Größe"


def test_deeply_nested_details_are_read_in_linear_time() -> None:
    body: dict[str, Any] = {}
    for _ in range(100):
        body = {"detail": body}
    assert told(body).detail is None
