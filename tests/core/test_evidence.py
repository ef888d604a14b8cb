"""What proves that an execute request was carried out, and what proves that it was not.

The table of docs/executed-once.rst, as a whole: all statuses, with all kinds of bodies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from scripted import CLOSE, ScriptedServer, answer

from ogcproc import (
    Client,
    DocumentError,
    JobInfo,
    OgcProcError,
    RateLimited,
    ServiceError,
    SubmissionUncertain,
    UnsafeRedirect,
)
from ogcproc._protocol.evidence import proof_of

if TYPE_CHECKING:
    from scripted import Received, Reply

#: Bodies of the service itself.
OWN = {
    "problem": b'{"type": "about:blank", "title": "Service Unavailable", "status": 503}',
    "title": b'{"title": "The queue is full"}',
    "FastAPI": b'{"detail": "no broker"}',
    "FastAPI's list": b'{"detail": [{"msg": "no broker"}]}',
    "pygeoapi": b'{"code": "NoApplicableCode", "description": "no manager"}',
    "OWS": b'<?xml version="1.0"?><ows:ExceptionReport><ows:Exception/></ows:ExceptionReport>',
}
#: Bodies of gateways, and bodies that say nothing.
FOREIGN = {
    "nothing": b"",
    "nginx": b"<html><head><title>502 Bad Gateway</title></head></html>",
    "Envoy": b"upstream connect error or disconnect/reset before headers",
    "Kong": b'{"message": "An invalid response was received from the upstream server"}',
    "AWS": b'{"message": "Endpoint request timed out"}',
    "APISIX": b'{"error_msg": "upstream"}',
    "Spring": b'{"status": 503, "error": "Service Unavailable", "path": "/jobs"}',
    "a list": b'["detail"]',
    "a code alone": b'{"code": 504}',
    "no whole JSON": b'{"detail": "no bro',
    "deep": b"[" * 100_000,
}
REDIRECTS = {301, 307, 308}
UNKNOWN = {300, 304, 305, 306, *range(309, 400), 408, *range(520, 528)}


def wanted(status: int, kind: str) -> str:
    """Return what the contract says (design.md 8.1)."""
    if status in {502, 504}:
        return "carried out" if kind in OWN else "nothing"
    if status == 503:
        return "not carried out" if kind in OWN else "nothing"
    if status in REDIRECTS | {401, 405, 429}:
        return "not carried out"
    return "nothing" if status < 200 or status in UNKNOWN else "carried out"


@pytest.mark.parametrize("kind", [*OWN, *FOREIGN])
def test_each_status_proves_what_the_table_says(kind: str) -> None:
    body = {**OWN, **FOREIGN}[kind]
    for status in range(100, 600):
        assert proof_of(status, body).value == wanted(status, kind), status


@pytest.mark.parametrize("kind", ["problem", "nginx"])
def test_the_client_raises_by_the_table(kind: str) -> None:
    body = {**OWN, **FOREIGN}[kind]
    statuses = iter(range(400, 600))
    with ScriptedServer(lambda _: answer(next(statuses), body)) as server:
        with Client(server.url, proxy="", retries=0) as client:
            for status in range(400, 600):
                if status in {404, 405}:  # the description is asked for, too: see test_places.py
                    next(statuses)
                    continue
                outcome = outcome_of(client)
                is_uncertain = isinstance(outcome, SubmissionUncertain)
                assert is_uncertain == (wanted(status, kind) == "nothing"), status
                assert isinstance(outcome, (SubmissionUncertain, ServiceError))
                assert outcome.status == status
        assert {line.split()[0] for line in server.lines} == {"POST"}


def outcome_of(client: Client) -> JobInfo | OgcProcError:
    """Return what the execution of a process ends in."""
    try:
        return client.execute_process("p")
    except OgcProcError as error:
        return error


@pytest.mark.parametrize("status", [300, 304, 305, 306, 310, 399])
def test_a_status_that_answers_no_post_proves_nothing(status: int) -> None:
    with ScriptedServer([answer(status, "")]) as server, Client(server.url, proxy="") as client:
        assert isinstance(outcome_of(client), SubmissionUncertain)


def test_an_uncertain_execution_keeps_what_the_gateway_sent() -> None:
    """field.md row 5: execute answered 502 by a gateway."""
    page = answer(502, b"<html>nginx</html>", [("Content-Type", "text/html"), ("Via", "gw")])
    with ScriptedServer([page]) as server, Client(server.url, proxy="") as client:
        outcome = outcome_of(client)
    assert isinstance(outcome, SubmissionUncertain)
    assert (outcome.status, (outcome.headers or {})["via"]) == (502, "gw")
    assert (outcome.process_id, outcome.method) == ("p", "POST")
    assert outcome.sent_at is not None
    assert "--data-raw" in outcome.curl()
    cause = outcome.__cause__
    assert isinstance(cause, ServiceError)
    assert (cause.status, cause.body) == (502, b"<html>nginx</html>")


def test_a_created_job_that_nothing_names_is_uncertain_if_the_answer_is_too_large() -> None:
    large = answer(201, b"x" * 2000)
    with (
        ScriptedServer([large]) as server,
        Client(server.url, proxy="", max_body=1000) as client,
    ):
        outcome = outcome_of(client)
    assert isinstance(outcome, SubmissionUncertain)
    assert outcome.status == 201


# --- 429 ----------------------------------------------------------------------------------------


LATER = answer(429, "", [("Retry-After", "0")])
JOB = answer(201, {"jobID": "j", "status": "accepted"})


def test_a_429_with_a_time_is_waited_out() -> None:
    """field.md row 22: CDS."""
    with ScriptedServer([LATER, LATER, JOB]) as server, Client(server.url, proxy="") as client:
        assert client.execute_process("p").jobID == "j"
        assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("options", "reply"),
    [
        ({"retries": 0}, LATER),
        ({"timeout": (1, 1, 1)}, answer(429, "", [("Retry-After", "5")])),
        ({}, answer(429, "")),
    ],
)
def test_a_429_is_an_error_if_no_retry_is_allowed(options: dict[str, Any], reply: bytes) -> None:
    with ScriptedServer([reply]) as server, Client(server.url, proxy="", **options) as client:
        assert isinstance(outcome_of(client), RateLimited)
        assert len(server.requests) == 1


def test_an_answer_that_is_lost_after_a_429_is_uncertain() -> None:
    script: list[Reply] = [LATER, (CLOSE,)]
    with ScriptedServer(script) as server, Client(server.url, proxy="") as client:
        assert isinstance(outcome_of(client), SubmissionUncertain)
        assert len(server.requests) == 2


# --- redirects ----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", ["/jobs/j", "http://other.invalid/jobs/j", "", "http://[x"])
def test_no_redirect_makes_the_client_post_twice(status: int, target: str) -> None:
    posts: list[Received] = []

    def reply(request: Received) -> bytes:
        if request.method == "POST":
            posts.append(request)
            return answer(status, "", [("Location", target)] if target else [])
        return answer(200, {"jobID": "j", "status": "running"})

    with ScriptedServer(reply) as server, Client(server.url, proxy="", retries=0) as client:
        outcome = outcome_of(client)
    is_repeated_here = status in {307, 308} and target == "/jobs/j"
    assert len(posts) == 1 or is_repeated_here
    assert isinstance(outcome, (JobInfo, DocumentError, UnsafeRedirect))
