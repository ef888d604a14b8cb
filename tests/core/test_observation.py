"""What can be seen of requests: the log, the hooks, the last request, and curl commands."""

from __future__ import annotations

import logging
import pickle
import shlex
import threading
from typing import TYPE_CHECKING, Any

import pytest
from scripted import CLOSE, ScriptedServer, answer

from ogcproc import (
    BasicAuth,
    Client,
    DocumentError,
    JobFailed,
    NoSuchJob,
    OgcProcError,
    ResponseTooLarge,
    ServiceError,
    SubmissionUncertain,
    TransportError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

OK = answer(200, {"title": "T", "links": []})
BUSY = answer(503, "later")
SECRET = "s3cret"


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ogcproc._http.transport.rest", lambda *_: None)


def client_of(server: ScriptedServer, **settings: Any) -> Client:
    """Return a client with secrets wherever they can be."""
    settings = {
        "auth": lambda: {"Authorization": SECRET, "Prefer": SECRET},
        "headers": {"X-API-Key": SECRET, "Cookie": SECRET},
        **settings,
    }
    return Client(server.url.replace("//", f"//joe:{SECRET}@"), **settings)


def logged(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Return the beginnings and the ends of the log's lines, without the time between."""
    messages = [one.getMessage() for one in caplog.records if one.name == "ogcproc._http.transport"]
    assert SECRET not in "".join(messages)
    return [(line.rsplit(" ", 4)[0], line.rpartition(" ms")[2]) for line in messages]


# --- the log ----------------------------------------------------------------------------------


def test_each_try_is_a_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "ogcproc._http.transport")
    with ScriptedServer([(CLOSE,), BUSY, OK]) as server, client_of(server) as client:
        client.get_capabilities()
    first, *others = logged(caplog)
    assert first[0].startswith(f"GET {server.url}/: ")
    assert first[0].endswith(", after")
    assert first[1] == ", try 1"
    assert others == [
        (f"GET {server.url}/ 503 5 bytes", " try 2"),
        (f"GET {server.url}/ 200 27 bytes", " try 3"),
    ]


def test_an_answer_that_is_too_large_is_logged_and_can_be_asked_for_by_curl(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "ogcproc._http.transport")
    with ScriptedServer([OK]) as server, client_of(server, max_body=9) as client:
        with pytest.raises(ResponseTooLarge) as caught:
            client.get_capabilities()
        assert f"{server.url}/" in shlex.split(caught.value.curl())
    assert [end for _, end in logged(caplog)] == [", try 1"]


# --- curl -------------------------------------------------------------------------------------


def test_the_last_request_is_shown_as_a_curl_command_without_secrets() -> None:
    with ScriptedServer([OK, answer(201, {"jobID": "1"})]) as server, client_of(server) as client:
        client.get_capabilities()
        first = client.last_request
        assert first is not None
        assert (first.method, first.url, first.body) == ("GET", f"{server.url}/", None)
        client.execute_process("p", {"inputs": {"text": "it's"}}, mode="sync")
        last = client.last_request
        assert last is not None
        words = shlex.split(last.curl())
    assert words[:4] == ["curl", "-X", "POST", f"{server.url}/processes/p/execution"]
    assert words[-2:] == ["--data-raw", '{"inputs": {"text": "it\'s"}}']
    assert "Content-Type: application/json" in words
    assert {"Authorization: ***", "Prefer: ***", "X-API-Key: ***", "Cookie: ***"} <= {*words}
    assert SECRET not in f"{last.curl()}{last!r}{pickle.dumps(last)!r}"


def test_a_large_body_is_not_kept() -> None:
    with ScriptedServer([answer(201, {"jobID": "1"})]) as server, client_of(server) as client:
        client.execute_process("p", {"inputs": {"text": "x" * 50_000}})
        last = client.last_request
        assert last is not None
        assert last.body is None
        assert last.size == len(server.requests[0].body)
        kept = client._http._pools.current.sent
    assert kept is not None
    assert (kept.body, kept.size) == (None, last.size)


def test_each_thread_has_a_last_request_of_its_own() -> None:
    with ScriptedServer([OK]) as server, client_of(server) as client:
        client.get_capabilities()
        found = []
        other = threading.Thread(target=lambda: found.append(client.last_request))
        other.start()
        other.join()
        assert found == [None]
        assert client.last_request is not None


def failing(client: Client, call: str) -> OgcProcError:
    """Return the error that a call ends with."""
    with pytest.raises(OgcProcError) as caught:
        getattr(client, call)(*([] if call in {"get_jobs", "get_api_definition"} else ["x"]))
    return caught.value


@pytest.mark.parametrize(
    ("call", "script", "kind", "path"),
    [
        ("get_job", {"/": OK, "/jobs/x": answer(404, "no")}, NoSuchJob, "/jobs/x"),
        ("get_jobs", {"/jobs": answer(500, "no")}, ServiceError, "/jobs"),
        ("get_jobs", {"/jobs": answer(200, "<html>")}, DocumentError, "/jobs"),
        ("get_jobs", {"/jobs": answer(200, {"jobs": [7]})}, DocumentError, "/jobs"),
        ("get_api_definition", {"/": OK}, DocumentError, "/"),
        ("get_jobs", {"/jobs": (CLOSE,)}, TransportError, "/jobs"),
        (
            "execute_process",
            {"/processes/x/execution": (CLOSE,)},
            SubmissionUncertain,
            "/processes/x/execution",
        ),
        (
            "execute_process",
            {"/processes/x/execution": answer(201)},
            DocumentError,
            "/processes/x/execution",
        ),
        (
            "get_job_results",
            {
                "/jobs/x/results": answer(400, "no"),
                "/jobs/x": answer(200, {"jobID": "x", "status": "failed", "type": "process"}),
            },
            JobFailed,
            "/jobs/x/results",
        ),
    ],
)
def test_an_error_can_show_its_request_as_a_curl_command(
    call: str, script: Any, kind: type[OgcProcError], path: str
) -> None:
    with ScriptedServer(script) as server, client_of(server) as client:
        error = failing(client, call)
    assert type(error) is kind
    words = shlex.split(error.curl())
    assert words[3] == f"{server.url}{path}"
    assert "Authorization: ***" in words
    copy = pickle.loads(pickle.dumps(error))
    assert copy.curl() == error.curl()
    assert SECRET not in f"{error.curl()}{error!r}{pickle.dumps(error)!r}{vars(error)}"


def test_an_error_without_a_request_has_no_curl_command() -> None:
    assert OgcProcError("of one's own").curl() == ""
    with Client("http://127.0.0.1:9") as client:
        pass
    error = failing(client, "get_jobs")
    assert isinstance(error, TransportError)
    assert (error.curl(), error.sent_at) == ("", None)


# --- hooks ------------------------------------------------------------------------------------


class Trace:
    """Hooks that keep what they see."""

    def __init__(self, more: Mapping[str, str] | None = None) -> None:
        self.more = more
        self.began: list[Any] = []
        self.ended: list[tuple[Any, Any, float]] = []

    def on_request(self, request: Any) -> Mapping[str, str] | None:
        self.began.append(request)
        return self.more

    def on_response(self, request: Any, outcome: Any, seconds: float) -> None:
        self.ended.append((request, outcome, seconds))


def test_hooks_see_each_try_and_what_came_of_it_without_secrets() -> None:
    trace = Trace()
    with (
        ScriptedServer([(CLOSE,), BUSY, OK]) as server,
        client_of(server, on_request=trace.on_request, on_response=trace.on_response) as client,
    ):
        client.get_capabilities()
    assert [request.url for request in trace.began] == [f"{server.url}/"] * 3
    assert [one is began for (one, _, _), began in zip(trace.ended, trace.began, strict=True)] == [
        True
    ] * 3
    failed, busy, good = (outcome for _, outcome, _ in trace.ended)
    assert isinstance(failed, TransportError)
    assert (busy.status, good.status) == (503, 200)
    assert good.headers["content-length"] == "27"
    assert all(0 <= seconds < 5 for *_, seconds in trace.ended)
    assert SECRET not in repr(trace.began) + "".join(one.curl() for one in trace.began)


def test_a_hook_adds_headers_for_our_server_alone_and_replaces_none() -> None:
    trace = Trace({"traceparent": "00-1", "authorization": "mine", "ACCEPT": "mine"})
    with (
        ScriptedServer([OK]) as other,
        ScriptedServer([answer(302, "", [("Location", other.url)])]) as server,
        Client(server.url, auth=BasicAuth("joe", "pw"), on_request=trace.on_request) as client,
    ):
        client.get_capabilities()
        assert len(trace.began) == 2
    (asked,) = server.requests
    assert asked.header("traceparent") == "00-1"
    assert asked.header("authorization") == "Basic am9lOnB3"
    assert asked.header("accept") == "application/json, */*;q=0.1"
    assert other.requests[0].names == ["accept", "accept-encoding", "host", "user-agent"]


def test_what_a_hook_raises_before_sending_is_raised_and_nothing_is_sent() -> None:
    def refuse(_: object) -> None:
        raise PermissionError("not today")

    with (
        ScriptedServer([]) as server,
        Client(server.url, on_request=refuse) as client,
        pytest.raises(PermissionError, match="not today"),
    ):
        client.execute_process("p")


def test_what_a_hook_raises_after_an_answer_is_logged_and_goes_no_further(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object) -> None:
        raise PermissionError("too late")

    with ScriptedServer([OK]) as server, Client(server.url, on_response=fail) as client:
        assert client.get_capabilities().title == "T"
        assert f"on_response failed for GET {server.url}/" in caplog.text
        assert "too late" in caplog.text
