"""The client against literal answers of a scripted server, which knows nothing of the models."""

from __future__ import annotations

import json
import pickle
import threading
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from scripted import CLOSE, RESET, Received, ScriptedServer, answer

import ogcproc
from ogcproc import (
    BasicAuth,
    BearerAuth,
    Client,
    DocumentError,
    Forbidden,
    JobDismissed,
    JobFailed,
    JobInfo,
    JobStatus,
    Link,
    NoSuchJob,
    NoSuchOutput,
    NoSuchProcess,
    ProcessDescription,
    ProcessRequest,
    ProcessSummary,
    QualifiedValue,
    RateLimited,
    ResultNotAvailable,
    ResultNotReady,
    ServiceError,
    SubmissionUncertain,
    TransportError,
    Unauthorized,
    UnsafeRedirect,
)
from ogcproc._types import Mode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Connect = Callable[..., Client]

EXC = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/"
LANDING = answer(200, {"title": "T", "links": []})
STATUS = {"jobID": "j1", "status": "running", "type": "process", "processID": "p", "links": []}
#: An odd id, and what stands for it in a URL.
ODD, ODD_PATH = "a/b c?é#%:", "a%2Fb%20c%3F%C3%A9%23%25%3A"


@pytest.fixture
def connect() -> Iterator[Callable[..., Client]]:
    """Return what makes clients of a server, which are closed at the end."""
    clients: list[Client] = []

    def client(server: ScriptedServer, path: str = "", **settings: Any) -> Client:
        clients.append(Client(f"{server.url}{path}", **settings))
        return clients[-1]

    yield client
    for one in clients:
        one.close()


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ogcproc._http.transport.rest", lambda *_: None)


def problem(status: int, kind: str, detail: str = "") -> bytes:
    fields = [("Content-Type", "application/problem+json")]
    document = {"type": f"{EXC}{kind}", "status": status, "detail": detail}
    return answer(status, document, fields)


# --- what a client is -------------------------------------------------------------------------


def test_a_client_shows_its_url_and_no_secret() -> None:
    with Client("http://joe:secret@h.invalid/api/", auth=BearerAuth("secret")) as client:
        assert repr(client) == "Client(api_url='http://h.invalid/api')"
        assert client.api_url == "http://h.invalid/api"


def test_a_client_refuses_what_is_no_url() -> None:
    with pytest.raises(ValueError, match="http://"):
        Client("h.invalid/api")


def test_every_metadata_request_asks_for_json_first_and_says_who_asks(connect: Connect) -> None:
    with ScriptedServer([LANDING]) as server:
        connect(server, "/api/").get_capabilities()
    (request,) = server.requests
    assert request.line == "GET /api/ HTTP/1.1"
    assert request.names == ["accept", "accept-encoding", "host", "user-agent"]
    assert request.header("accept") == "application/json, */*;q=0.1"
    assert request.header("user-agent") == f"ogcproc/{ogcproc.__version__}"
    assert request.body == b""


def test_headers_of_the_callers_replace_ours_in_any_case(connect: Connect) -> None:
    with ScriptedServer([LANDING] * 2) as server:
        headers = {"accept": "a/b", "USER-AGENT": "mine", "authorization": "x", "x-CASE": "kept"}
        connect(server, headers=headers, auth=BasicAuth("joe", "pw")).get_capabilities()
        connect(server, user_agent="other").get_capabilities()
    first, second = server.requests
    assert first.header("accept") == "a/b"
    assert first.header("user-agent") == "mine"
    assert first.header("authorization") == "Basic am9lOnB3"
    assert ("x-CASE", "kept") in first.headers
    assert second.header("user-agent") == "other"


def test_a_pickled_client_keeps_its_settings_and_leaves_its_connections(connect: Connect) -> None:
    with ScriptedServer([LANDING] * 2) as server:
        client = connect(server, auth=BasicAuth("joe", "secret"), headers={"X": "1"}, max_body=99)
        client.get_capabilities()
        with pickle.loads(pickle.dumps(client)) as copy:
            assert repr(copy) == repr(client)
            copy.get_capabilities()
    first, second = server.requests
    assert first.headers == second.headers
    assert (first.connection, second.connection) == (0, 1)


def test_a_client_can_be_pickled_after_it_was_closed(connect: Connect) -> None:
    with ScriptedServer([LANDING]) as server:
        client = connect(server)
        client.close()
        with pytest.raises(TransportError, match="closed"):
            client.get_capabilities()
        with pickle.loads(pickle.dumps(client)) as copy:
            copy.get_capabilities()


def test_many_threads_share_a_client(connect: Connect) -> None:
    def job(request: Received) -> bytes:
        return answer(200, {**STATUS, "jobID": request.target.rpartition("/")[2]})

    with ScriptedServer(job) as server:
        client = connect(server)
        found: list[bool] = []

        def ask(number: int) -> None:
            names = [f"{number}-{turn}" for turn in range(5)]
            found.extend(client.get_job(name).jobID == name for name in names)

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        client.close()
    assert found == [True] * 160
    assert server.connections <= 32


# --- what the server is -----------------------------------------------------------------------


def test_the_landing_page_is_read(connect: Connect) -> None:
    document = {"title": "T", "links": [{"href": "/x", "rel": "self"}], "more": 1}
    with ScriptedServer({"GET /": answer(200, document)}) as server:
        page = connect(server).get_capabilities()
    assert page.title == "T"
    assert page.links == [Link("/x", "self")]
    assert page.extra == {"more": 1}


def test_the_api_definition_is_where_the_landing_page_links_it(connect: Connect) -> None:
    links = [
        {"href": "/doc.html", "rel": "service-doc", "type": "text/html"},
        {"href": "/api.yaml", "rel": "service-desc", "type": "application/vnd.oai.openapi"},
        {
            "href": "api?f=json",
            "rel": "service-desc",
            "type": "application/vnd.oai.openapi+json;version=3.0",
        },
    ]
    script = {
        "GET /v1/": answer(200, {"links": links}),
        "GET /v1/api?f=json": answer(200, {"openapi": "3.0.2"}),
    }
    with ScriptedServer(script) as server:
        assert connect(server, "/v1").get_api_definition() == {"openapi": "3.0.2"}
    assert server.requests[1].header("accept") == (
        "application/vnd.oai.openapi+json;version=3.0, application/json, */*;q=0.1"
    )


def test_an_api_definition_elsewhere_is_asked_for_without_credentials(connect: Connect) -> None:
    with ScriptedServer([answer(200, {"openapi": "3.0.2"})]) as other:
        links = [{"href": f"{other.url}/api", "rel": "service-desc"}]
        with ScriptedServer([answer(200, {"links": links})]) as server:
            connect(server, auth=BasicAuth("joe", "secret")).get_api_definition()
    assert other.requests[0].names == ["accept", "accept-encoding", "host", "user-agent"]


@pytest.mark.parametrize(
    ("landing", "definition", "reason"),
    [
        ({"links": []}, b"", "no service-desc link at links in http://127.0.0.1:[0-9]*/$"),
        ({"links": [{"href": "/api", "rel": "service-desc"}]}, b"[1]", "expected an object"),
        ({"links": [{"href": "/api", "rel": "service-desc"}]}, b"openapi: 3", "expected JSON"),
        ({"links": [{"href": "http://[x", "rel": "service-desc"}]}, b"", "expected a URL"),
    ],
)
def test_an_api_definition_that_cannot_be_had_is_a_document_error(
    landing: object, definition: bytes, reason: str, connect: Connect
) -> None:
    script = {"GET /": answer(200, landing), "GET /api": answer(200, definition)}
    with ScriptedServer(script) as server, pytest.raises(DocumentError, match=reason):
        connect(server).get_api_definition()


CORE = "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/core"
JOB_LIST = "https://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/job-list/"
DISMISS_2 = "http://www.opengis.net/spec/ogcapi-processes-1/2.0/conf/dismiss"


def test_conformance_is_asked_once_and_known_by_short_and_full_names(connect: Connect) -> None:
    declared = [CORE, JOB_LIST, DISMISS_2, "http://example.org/conf/oas30"]
    with ScriptedServer({"GET /conformance": answer(200, {"conformsTo": declared})}) as server:
        client = connect(server)
        assert client.get_conformance().conformsTo == declared
        for name in ("core", "job-list", "dismiss", CORE, JOB_LIST.rstrip("/"), DISMISS_2):
            assert client.conforms_to(name), name
        for name in ("oas30", "callback", "conf/core", DISMISS_2.replace("2.0", "1.0")):
            assert not client.conforms_to(name), name
    assert server.lines == ["GET /conformance"] * 2


def test_what_one_client_learns_its_copies_know(connect: Connect) -> None:
    with ScriptedServer({"GET /conformance": answer(200, {"conformsTo": [CORE]})}) as server:
        client = connect(server)
        copy = client.with_options(retries=0)
        assert copy.conforms_to("core")
        assert client.conforms_to("core")
    assert server.lines == ["GET /conformance"]


# --- processes --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [ProcessSummary, ProcessDescription])
def test_a_process_may_be_given_by_what_the_server_says_of_it(
    kind: type[ProcessSummary], connect: Connect
) -> None:
    script = {
        "GET /processes/p": answer(200, {"id": "p", "jobControlOptions": ["async-execute"]}),
        "POST /processes/p/execution": answer(200, {"a": 1}),
        "GET /jobs?processID=p": answer(200, {"jobs": [STATUS]}),
        "GET /jobs?processID=q&processID=p": answer(200, {"jobs": [STATUS]}),
    }
    process = kind("p")
    with ScriptedServer(script) as server:
        client = connect(server)
        assert client.get_process(process).id == "p"
        assert dict(client.execute_process(process).results or {}) == {"a": 1}
        assert client.run_process(process) == {"a": 1}
        assert len(client.get_jobs(process_id=process).jobs) == 1
        assert len(list(client.iter_jobs(process_id=["q", process]))) == 1
    assert server.lines.count("POST /processes/p/execution") == 2


def summaries(*ids: str, next_href: str | None = None) -> bytes:
    links = [] if next_href is None else [{"href": next_href, "rel": "next"}]
    processes = [{"id": name, "version": "1"} for name in ids]
    return answer(200, {"processes": processes, "links": links})


def test_a_page_of_processes_has_at_most_as_many_as_wanted(connect: Connect) -> None:
    script = {
        "GET /processes": summaries("a", "b", "c"),
        "GET /processes?limit=2": summaries("a", "b", "c"),
    }
    with ScriptedServer(script) as server:
        client = connect(server)
        assert [one.id for one in client.get_processes().processes] == ["a", "b", "c"]
        assert [one.id for one in client.get_processes(limit=2).processes] == ["a", "b"]


def test_pages_are_followed_by_next_links_relative_or_not(connect: Connect) -> None:
    def script(request: Received) -> bytes:
        pages = {
            "/api/processes?limit=1": summaries("a", next_href="?limit=1&page=2"),
            "/api/processes?limit=1&page=2": summaries("b", next_href="processes?page=3"),
            "/api/processes?page=3": summaries("c", next_href="/api/processes?page=4"),
            "/api/processes?page=4": summaries("d", next_href=f"{server.url}/api/processes?page=5"),
            "/api/processes?page=5": summaries("e"),
        }
        return pages[request.target]

    with ScriptedServer(script) as server:
        found = [one.id for one in connect(server, "/api").iter_processes(page_size=1)]
    assert found == ["a", "b", "c", "d", "e"]


def test_pages_are_fetched_as_they_are_wanted(connect: Connect) -> None:
    with ScriptedServer([summaries("a", next_href="?page=2")]) as server:
        iterator = connect(server).iter_processes()
        assert server.lines == []
        assert next(iterator).id == "a"
    assert server.lines == ["GET /processes"]


@pytest.mark.parametrize(
    ("pages", "found"),
    [
        ({"/processes": summaries("a", next_href="/processes")}, "a"),
        (
            {
                "/processes": summaries("a", next_href="?p=2"),
                "/processes?p=2": summaries("b", next_href="/processes"),
            },
            "ab",
        ),
        ({"/processes": summaries("a", next_href="?p=2"), "/processes?p=2": summaries()}, "a"),
        ({"/processes": summaries(next_href="?p=2")}, ""),
        (
            {
                "/processes": summaries("a", "b", next_href="?p=2"),
                "/processes?p=2": summaries("b", "c", next_href="?p=3"),
                "/processes?p=3": summaries("a", "c", next_href="?p=4"),
            },
            "abc",
        ),
    ],
    ids=["itself", "loop", "empty", "empty at once", "nothing new"],
)
def test_pages_have_an_end(pages: dict[str, bytes], found: str, connect: Connect) -> None:
    with ScriptedServer(pages) as server:
        assert "".join(one.id for one in connect(server).iter_processes()) == found
    assert len(server.requests) == len(pages)


def test_the_next_page_may_be_in_the_header(connect: Connect) -> None:
    first = answer(200, {"processes": [{"id": "a"}]}, [("Link", '</processes?p=2>; rel="next"')])
    with ScriptedServer([first, summaries("b")]) as server:
        assert [one.id for one in connect(server).iter_processes()] == ["a", "b"]
    assert server.lines[1] == "GET /processes?p=2"


def test_the_next_page_of_a_server_that_does_not_know_its_name_is_asked_of_ours(
    connect: Connect,
) -> None:
    inner = "http://inner.invalid:5000/processes?p=2"
    with ScriptedServer([summaries("a", next_href=inner), summaries("b")]) as server:
        client = connect(server, auth=BasicAuth("joe", "secret"))
        assert [one.id for one in client.iter_processes()] == ["a", "b"]
    assert server.lines[1] == "GET /processes?p=2"


def test_a_process_is_read_and_its_id_encoded(connect: Connect) -> None:
    document = {"id": ODD, "version": "1", "inputs": {"i": {"schema": {"type": "string"}}}}
    with ScriptedServer({f"GET /processes/{ODD_PATH}": answer(200, document)}) as server:
        process = connect(server).get_process(ODD)
    assert process.id == ODD
    assert process.inputs["i"].schema is not None
    assert process.inputs["i"].schema.type == "string"


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_an_id_that_no_url_can_carry_is_refused_before_anything_is_sent(
    name: str, connect: Connect
) -> None:
    with ScriptedServer([]) as server:
        client = connect(server)
        for call in (client.get_process, client.execute_process, client.get_job):
            with pytest.raises(ValueError, match="id"):
                call(name)


def test_a_resource_may_be_where_the_landing_page_links_it(connect: Connect) -> None:
    links = [
        {"href": "/v2/{processID}", "rel": "processes"},
        {"href": "http://[x", "rel": "nothing"},
        {"href": "s3://bucket/processes", "rel": "processes"},
        {"href": "/v2/processes.html", "rel": "processes", "type": "text/html"},
        {
            "href": "http://inner.invalid/v2/ps?f=json",
            "rel": "http://www.opengis.net/def/rel/ogc/1.0/processes",
        },
        {"href": "/v2/js/", "rel": "[ogc-rel:job-list]"},
    ]
    script = {
        "/": answer(200, {"links": links}),
        "/processes": answer(404),
        "/v2/ps": summaries("a"),
        "/v2/ps/a": answer(200, {"id": "a"}),
        "/v2/js/j1": answer(200, STATUS),
        "/conformance": answer(200, {"conformsTo": []}),
        "/jobs/j1": answer(404),
    }
    with ScriptedServer(script) as server:
        client = connect(server)
        assert [one.id for one in client.get_processes().processes] == ["a"]
        assert client.get_process("a").id == "a"
        assert client.get_job("j1").jobID == "j1"
        assert client.get_conformance().conformsTo == []
    assert server.lines.count("GET /") == 1


@pytest.mark.parametrize(
    "landing",
    [
        answer(500),
        answer(200, "<html>"),
        answer(200, {"links": [{"href": "http://[x", "rel": "processes"}]}),
        answer(200, {"links": [{"href": "/nowhere", "rel": "processes"}]}),
        LANDING,
    ],
)
def test_a_landing_page_that_leads_nowhere_leaves_the_error_as_it_was(
    landing: bytes, connect: Connect
) -> None:
    script = {"/": landing, "/processes": answer(404, "first"), "/nowhere": answer(404, "second")}
    with ScriptedServer(script) as server, pytest.raises(ServiceError, match="first"):
        connect(server).get_processes()


# --- execution --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "wait", "prefer"),
    [
        ("async", None, "respond-async"),
        ("async", 10, "respond-async, wait=10"),
        ("sync", None, None),
    ],
)
def test_an_execute_request_is_what_the_standard_says(
    mode: Mode, wait: int | None, prefer: str | None, connect: Connect
) -> None:
    with ScriptedServer([answer(201, STATUS)]) as server:
        connect(server, "/api").execute_process("p", {"inputs": {"a": 1}}, mode=mode, wait=wait)
    (request,) = server.requests
    assert request.line == "POST /api/processes/p/execution HTTP/1.1"
    assert request.header("prefer") == prefer
    assert request.header("content-type") == "application/json"
    assert request.header("accept") == "application/json, */*;q=0.1"
    assert request.json == {"inputs": {"a": 1}}


@pytest.mark.parametrize(
    ("arguments", "kind", "match"),
    [
        ({"mode": "later"}, ValueError, "mode is 'async', 'sync' or 'auto', not 'later'"),
        ({"mode": []}, ValueError, "not \\[\\]"),
        ({"mode": "sync", "wait": 10}, ValueError, "wait is for an asynchronous answer"),
        ({"wait": 0}, ValueError, "wait is at least 1, not 0"),
        ({"wait": 1.5}, TypeError, "wait is an int, not 1.5"),
        ({"wait": True}, TypeError, "wait is an int, not True"),
        ({"wait": "1, foo"}, TypeError, "wait is an int"),
    ],
)
def test_what_cannot_be_asked_of_an_execution_is_refused_before_it_is_sent(
    arguments: dict[str, Any], kind: type[Exception], match: str, connect: Connect
) -> None:
    with ScriptedServer([]) as server, pytest.raises(kind, match=match):
        connect(server).execute_process("p", **arguments)
    assert server.requests == []


@pytest.mark.parametrize("job", [None, 5, b"j"])
def test_a_job_is_an_id_a_url_or_a_job(job: Any, connect: Connect) -> None:
    with ScriptedServer([]) as server, pytest.raises(TypeError, match="job must be an id, a URL"):
        connect(server).get_job(job)


def test_a_job_without_an_id_has_no_url(connect: Connect) -> None:
    with ScriptedServer([]) as server:
        with pytest.raises(ValueError, match="job id is empty"):
            connect(server).get_job("")
        with pytest.raises(ValueError, match="its results came at once"):
            connect(server).get_job(JobInfo(""))


def test_results_that_came_at_once_can_be_chosen_among(connect: Connect) -> None:
    script = [answer(200, {"a": 1, "b": 2}), answer(200, {"id": "p", "version": "1"})]
    with ScriptedServer(script) as server:
        client = connect(server)
        job = client.execute_process("p", mode="sync")
        some = client.get_job_results(job, outputs=["b"])
        assert (dict(some), some.status, some.body) == ({"b": 2}, 200, b'{"a": 1, "b": 2}')
        with pytest.raises(NoSuchOutput, match="no output 'c'; available: 'a', 'b'"):
            client.get_job_results(job, outputs=["c"])
        for outputs in ("ab", b"ab"):
            with pytest.raises(TypeError, match=r"outputs are several ids, not b?'ab'"):
                client.get_job_results(job, outputs=outputs)  # type: ignore[arg-type]


@pytest.mark.parametrize("limit", ["5", 1.5, True, -1])
def test_a_limit_is_a_number_of_entries(limit: Any, connect: Connect) -> None:
    with ScriptedServer([]) as server:
        client = connect(server)
        for method in (client.get_jobs, client.get_processes):
            with pytest.raises((TypeError, ValueError), match="limit is"):
                method(limit=limit)
    assert server.requests == []


@pytest.mark.parametrize(
    ("request_", "sent"),
    [
        (None, {"inputs": {}}),
        ({}, {"inputs": {}}),
        (ProcessRequest(), {"inputs": {}}),
        (ProcessRequest({"a": {"b": 1}}), {"inputs": {"a": {"b": 1}}}),
        (
            ProcessRequest({"a": "é"}, outputs=["o"], response="raw"),
            {"inputs": {"a": "é"}, "outputs": {"o": {}}, "response": "raw"},
        ),
        (
            {
                "inputs": {"a": [1, 2]},
                "outputs": {"o": {"transmissionMode": "reference"}},
                "subscriber": {"successUri": "http://me/ok"},
                "more": 1,
            },
            {
                "inputs": {"a": [1, 2]},
                "outputs": {"o": {"transmissionMode": "reference"}},
                "subscriber": {"successUri": "http://me/ok"},
                "more": 1,
            },
        ),
    ],
)
def test_what_is_sent_is_what_the_caller_set_and_always_inputs(
    request_: Any, sent: object, connect: Connect
) -> None:
    with ScriptedServer([answer(201, STATUS)]) as server:
        connect(server).execute_process("p", request_)
    assert server.requests[0].json == sent


def test_an_id_is_encoded_in_an_execute_request(connect: Connect) -> None:
    with ScriptedServer([answer(201, STATUS)]) as server:
        connect(server).execute_process(ODD)
    assert server.lines == [f"POST /processes/{ODD_PATH}/execution"]


@pytest.mark.parametrize(
    ("options", "prefer"),
    [
        ({"jobControlOptions": ["sync-execute", "async-execute"]}, "respond-async"),
        ({"jobControlOptions": ["sync-execute"]}, None),
        ({"jobControlOptions": []}, "respond-async"),
        ({}, "respond-async"),
    ],
)
def test_mode_auto_asks_the_description(
    options: dict[str, Any], prefer: str | None, connect: Connect
) -> None:
    script = {
        "GET /processes/p": answer(200, {"id": "p", **options}),
        "POST /processes/p/execution": answer(201, STATUS),
    }
    with ScriptedServer(script) as server:
        connect(server).execute_process("p", mode="auto")
    assert server.requests[1].header("prefer") == prefer


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"mode": "maybe"}, ValueError),
        ({"request": {"inputs": [1]}}, ValueError),
        ({"request": {"outputs": 3}}, ValueError),
        ({"request": "inputs"}, ValueError),
        ({"request": ProcessRequest({"a": object()})}, TypeError),
        ({"request": {"inputs": {"a": float("nan")}}}, ValueError),
    ],
)
def test_the_callers_mistake_is_an_error_at_the_call(
    arguments: Any, error: type[Exception], connect: Connect
) -> None:
    with ScriptedServer([]) as server, pytest.raises(error):
        connect(server).execute_process("p", **arguments)


def started(status: int, body: object, *headers: tuple[str, str]) -> bytes:
    return answer(status, body, [("Content-Type", "application/json"), *headers])


@pytest.mark.parametrize(
    ("reply", "job_id", "state", "then"),
    [
        (started(201, STATUS), "j1", "running", "/jobs/j1"),
        (started(201, {"id": "j2", "status": "accepted"}), "j2", "accepted", "/jobs/j2"),
        (started(200, STATUS), "j1", "running", "/jobs/j1"),
        (started(202, STATUS), "j1", "running", "/jobs/j1"),
        (started(201, "null", ("Location", "/api/jobs/a%20b")), "a b", "accepted", "/jobs/a%20b"),
        (started(201, "{}", ("Location", "jobs/j4")), "j4", "accepted", None),
        (answer(201, "", [("Location", "/api/jobs/j5?f=json")]), "j5", "accepted", None),
        (answer(202, "", [("Location", "/api/processes/p/jobs/j6/")]), "j6", "accepted", None),
        (
            started(201, {"message": "queued up"}, ("Location", "/api/jobs/j7")),
            "j7",
            "accepted",
            "/jobs/j7",
        ),
        (
            answer(201, "<html>", [("Location", "http://inner.invalid/api/jobs/j8")]),
            "j8",
            "accepted",
            "/jobs/j8",
        ),
    ],
)
def test_a_job_is_made_of_whatever_tells_of_one(
    reply: bytes, job_id: str, state: str, then: str | None, connect: Connect
) -> None:
    def script(request: Received) -> bytes:
        return reply if request.method == "POST" else answer(200, {**STATUS, "jobID": job_id})

    with ScriptedServer(script) as server:
        client = connect(server, "/api")
        job = client.execute_process("p")
        assert (job.jobID, job.status, job.processID) == (job_id, state, "p")
        assert job.results is None
        assert client.get_job(job).jobID == job_id
    if then is not None:
        assert server.lines[1] == f"GET /api{then}"


def test_a_job_is_asked_for_where_its_location_says(connect: Connect) -> None:
    def script(request: Received) -> bytes:
        if request.method == "POST":
            return answer(201, STATUS, [("Location", f"{server.url}/processes/p/jobs/j1?f=json")])
        return answer(200, STATUS)

    with ScriptedServer(script) as server:
        client = connect(server)
        client.get_job(client.execute_process("p"))
    assert server.lines[1] == "GET /processes/p/jobs/j1?f=json"


def test_a_created_job_that_nothing_names_is_a_document_error(connect: Connect) -> None:
    with ScriptedServer([answer(201, "{}")]) as server:
        with pytest.raises(DocumentError, match="201 tells no job") as caught:
            connect(server).execute_process("p")
        assert caught.value.url == f"{server.url}/processes/p/execution"


def test_a_job_that_cannot_be_read_is_a_document_error_with_its_body(connect: Connect) -> None:
    body = b'{"jobID": [], "id": "j1", "status": "running"}'
    with ScriptedServer([answer(201, body)]) as server:
        with pytest.raises(
            DocumentError, match=r"expected a string, got \[\] at jobID in"
        ) as caught:
            connect(server).execute_process("p")
        assert caught.value.body == body
        assert caught.value.path == "jobID"


def test_results_that_come_at_once_are_held_by_a_successful_job(connect: Connect) -> None:
    reply = started(200, {"final": "supsup"}, ("Link", "</jobs/j1>; rel=monitor"))
    with ScriptedServer([reply]) as server:
        client = connect(server)
        job = client.execute_process("p")
        assert (job.jobID, job.status, job.processID) == ("j1", JobStatus.successful, "p")
        assert dict(job.results or {}) == {"final": "supsup"}
        results = client.get_job_results(job)
        assert results is job.results
    assert results.status == 200
    assert results.headers["content-type"] == "application/json"
    assert json.loads(results.body) == {"final": "supsup"}


def test_a_job_without_an_id_cannot_be_asked_for(connect: Connect) -> None:
    script = [started(200, {"a": 1}), answer(200, {"id": "p", "version": "1"})]
    with ScriptedServer(script) as server:
        client = connect(server)
        job = client.execute_process("p")
        assert job.jobID == ""
        for call in (client.get_job, client.dismiss_job):
            with pytest.raises(ValueError, match="results came at once"):
                call(job)


def test_results_may_come_within_the_job(connect: Connect) -> None:
    status = {**STATUS, "status": "successful", "outputs": {"a": 1}}
    script = {
        "POST /processes/p/execution": answer(200, status),
        "GET /processes/p": answer(200, {"id": "p"}),
    }
    with ScriptedServer(script) as server:
        job = connect(server).execute_process("p")
    assert job.jobID == "j1"
    assert dict(job.results or {}) == {"a": 1}


def test_an_error_that_comes_as_a_result_at_once_is_an_error(connect: Connect) -> None:
    failure = {"type": f"{EXC}no-applicable-code", "title": "T", "detail": "it crashed"}
    script = {
        "POST /processes/p/execution": answer(200, failure),
        "GET /processes/p": answer(200, {"id": "p"}),
    }
    with ScriptedServer(script) as server, pytest.raises(ServiceError, match="it crashed"):
        connect(server).execute_process("p")


def test_a_raw_value_is_named_by_the_output_that_was_asked_for(connect: Connect) -> None:
    png = answer(200, b"\x89PNG", [("Content-Type", "image/png")])
    with ScriptedServer([png]) as server:
        request = ProcessRequest(outputs=["picture"], response="raw")
        job = connect(server).execute_process("p", request)
    assert dict(job.results or {}) == {"picture": QualifiedValue(b"\x89PNG", "image/png")}


def test_a_raw_value_is_named_by_the_only_output_of_its_process(connect: Connect) -> None:
    png = answer(200, b"\x89PNG", [("Content-Type", "image/png")])
    script = {
        "POST /processes/p/execution": png,
        "GET /processes/p": answer(200, {"id": "p", "outputs": {"picture": {}}}),
    }
    with ScriptedServer(script) as server:
        client = connect(server)
        for _ in range(2):
            results = client.execute_process("p").results
            assert results is not None
            assert list(results) == ["picture"]
    assert server.lines.count("GET /processes/p") == 1


def test_a_raw_value_of_a_process_that_cannot_be_read_has_no_name(connect: Connect) -> None:
    png = answer(200, b"\x89PNG", [("Content-Type", "image/png")])
    script = {
        "POST /processes/p/execution": png,
        "GET /processes/p": answer(500),
        "GET /jobs/j1/results": png,
        "GET /jobs/j1": answer(200, {**STATUS, "processID": None}),
    }
    with ScriptedServer(script) as server:
        client = connect(server)
        results = client.execute_process("p").results
        assert results is not None
        assert list(results) == [""]
        assert list(client.get_job_results("j1")) == [""]


def test_outputs_are_remembered_of_so_many_processes(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ogcproc._resources.CACHED", 2)

    def script(request: Received) -> bytes:
        if request.method == "POST":
            return answer(200, b"x", [("Content-Type", "image/png")])
        return answer(200, {"id": "p", "outputs": {"o": {}}})

    with ScriptedServer(script) as server:
        client = connect(server)
        for name in "abcac":
            client.execute_process(name)
    assert len([line for line in server.lines if line.startswith("GET")]) == 4


def test_stored_results_are_fetched_where_an_execution_redirects(connect: Connect) -> None:
    script = {
        "POST /processes/p/execution": answer(303, "", [("Location", "/stored/1")]),
        "GET /stored/1": answer(200, {"a": 1}),
        "GET /processes/p": answer(200, {"id": "p", "version": "1"}),
    }
    with ScriptedServer(script) as server:
        job = connect(server).execute_process("p")
    assert dict(job.results or {}) == {"a": 1}


def test_an_execution_is_not_repeated_elsewhere(connect: Connect) -> None:
    with ScriptedServer([answer(307, "", [("Location", "https://h.invalid/x")])]) as server:
        with pytest.raises(UnsafeRedirect) as caught:
            connect(server).execute_process("p")
        assert caught.value.location == "https://h.invalid/x"


def test_a_process_may_be_executed_where_its_description_says(connect: Connect) -> None:
    links = [{"href": "/run/p", "rel": "http://www.opengis.net/def/rel/ogc/1.0/execute"}]
    script = {
        "POST /processes/p/execution": answer(405, "not here"),
        "GET /processes/p": answer(200, {"id": "p", "links": links}),
        "POST /run/p": answer(201, STATUS),
    }
    with ScriptedServer(script) as server:
        assert connect(server).execute_process("p").jobID == "j1"
    assert server.requests[0].json == server.requests[2].json


def test_a_process_that_says_of_no_other_place_is_not_executed(connect: Connect) -> None:
    script = {
        "POST /processes/p/execution": answer(405, "not here"),
        "GET /processes/p": answer(200, {"id": "p"}),
    }
    with ScriptedServer(script) as server, pytest.raises(ServiceError, match="405") as caught:
        connect(server).execute_process("p")
    assert type(caught.value) is ServiceError


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize("ending", [CLOSE, RESET])
def test_an_execution_whose_answer_never_came_is_uncertain_and_sent_once(
    ending: Any, connect: Connect
) -> None:
    request = ProcessRequest({"a": 1})
    with ScriptedServer([(ending,)]) as server:
        with pytest.raises(SubmissionUncertain, match="the job may exist all the same") as caught:
            connect(server).execute_process("p", request)
        assert len(server.requests) == 1
    error = caught.value
    assert (error.method, error.url) == ("POST", f"{server.url}/processes/p/execution")
    assert (error.process_id, error.request, error.sent) == ("p", request, True)
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), vars(copy)) == (str(error), vars(error))


@pytest.mark.usefixtures("no_pauses")
def test_an_execution_that_never_left_is_not_uncertain(connect: Connect) -> None:
    with ScriptedServer([]) as server:
        client = connect(server)
    with pytest.raises(TransportError) as caught:
        client.execute_process("p")
    assert type(caught.value) is TransportError
    assert caught.value.sent is False


# --- jobs -------------------------------------------------------------------------------------


UTC = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
EAST = datetime(2026, 1, 2, 3, 4, 5, 600, tzinfo=timezone(timedelta(hours=2)))


@pytest.mark.parametrize(
    ("filters", "query"),
    [
        ({}, ""),
        ({"type": "process"}, "?type=process"),
        ({"type": ["process", "x"]}, "?type=process&type=x"),
        ({"process_id": ODD}, "?processID=a/b%20c%3F%C3%A9%23%25:"),
        ({"process_id": ["a", "b"]}, "?processID=a&processID=b"),
        ({"status": JobStatus.running}, "?status=running"),
        ({"status": (JobStatus.failed, "queued")}, "?status=failed&status=queued"),
        ({"datetime": UTC}, "?datetime=2026-01-02T03:04:05Z"),
        ({"datetime": UTC.replace(tzinfo=None)}, "?datetime=2026-01-02T03:04:05Z"),
        ({"datetime": EAST}, "?datetime=2026-01-02T03:04:05.000600%2B02:00"),
        ({"datetime": (UTC, None)}, "?datetime=2026-01-02T03:04:05Z/.."),
        ({"datetime": (None, "2026")}, "?datetime=../2026"),
        ({"datetime": "2026-01-01/.."}, "?datetime=2026-01-01/.."),
        ({"min_duration": 0, "max_duration": 60}, "?minDuration=0&maxDuration=60"),
        ({"limit": 3}, "?limit=3"),
        (
            {"limit": 1, "status": "failed", "type": "process", "min_duration": 5},
            "?type=process&status=failed&minDuration=5&limit=1",
        ),
    ],
)
def test_every_filter_of_the_job_list_is_written_as_the_standard_does(
    filters: Any, query: str, connect: Connect
) -> None:
    with ScriptedServer([answer(200, {"jobs": [], "links": []})] * 2) as server:
        client = connect(server)
        assert client.get_jobs(**filters).jobs == []
        assert list(client.iter_jobs(**filters)) == []
    assert server.lines == [f"GET /jobs{query}"] * 2


def test_what_a_server_does_not_filter_is_filtered_here(connect: Connect) -> None:
    jobs = [
        {**STATUS, "jobID": f"j{n}", "status": "failed" if n % 2 else "running"} for n in range(5)
    ]
    page = answer(200, {"jobs": jobs})
    with ScriptedServer([page] * 3) as server:
        client = connect(server)
        assert [job.jobID for job in client.get_jobs(status="failed").jobs] == ["j1", "j3"]
        assert [job.jobID for job in client.get_jobs(status="running", limit=2).jobs] == [
            "j0",
            "j2",
        ]
        assert [job.jobID for job in client.iter_jobs(status="failed")] == ["j1", "j3"]


def test_jobs_are_followed_page_by_page(connect: Connect) -> None:
    script = {
        "/jobs?limit=1": answer(
            200, {"jobs": [STATUS], "links": [{"href": "?limit=1&offset=1", "rel": "next"}]}
        ),
        "/jobs?limit=1&offset=1": answer(200, {"jobs": ["j2"], "links": []}),
    }
    with ScriptedServer(script) as server:
        assert [job.jobID for job in connect(server).iter_jobs(page_size=1)] == ["j1", "j2"]


def test_a_job_is_given_by_id_as_a_job_or_by_url(connect: Connect) -> None:
    with ScriptedServer(lambda _: answer(200, {**STATUS, "jobID": ODD})) as server:
        client = connect(server, "/api")
        job = client.get_job(ODD)
        assert job.jobID == ODD
        client.get_job(job)
        client.get_job(f"{server.url}/api/jobs/{ODD_PATH}?f=json")
        client.get_job(f"{server.url}/api/processes/p/jobs/x")
    assert server.lines == [
        f"GET /api/jobs/{ODD_PATH}",
        f"GET /api/jobs/{ODD_PATH}",
        f"GET /api/jobs/{ODD_PATH}?f=json",
        "GET /api/processes/p/jobs/x",
    ]


def test_a_url_of_another_server_is_refused(connect: Connect) -> None:
    with ScriptedServer([]) as server:
        client = connect(server, "/api")
        for url in ("http://other.invalid/api/jobs/1", f"{server.url}/jobs/1"):
            for call in (client.get_job, client.get_job_results, client.dismiss_job):
                with pytest.raises(ValueError, match="is not under"):
                    call(url)


@pytest.mark.parametrize(
    ("change", "other"),
    [
        ({}, False),
        ({"processID": "http://h/processes/p"}, False),
        ({"processID": "q"}, True),
        ({"created": "2026-01-01T00:00:00.9Z"}, False),
        ({"created": "2026-01-01T00:00:09Z"}, True),
        ({"created": None}, False),
        ({"processID": None, "created": "2026-01-01T00:00:00+00:00"}, False),
    ],
)
def test_an_id_that_has_come_to_mean_another_job_is_noticed(
    change: dict[str, Any], other: bool, connect: Connect
) -> None:
    first = {**STATUS, "created": "2026-01-01T00:00:00Z"}
    with ScriptedServer([answer(200, first), answer(200, {**first, **change})]) as server:
        client = connect(server)
        job = client.get_job("j1")
        if other:
            with pytest.raises(NoSuchJob, match="is another job by now"):
                client.get_job(job)
        else:
            assert client.get_job(job).jobID == "j1"


# --- results ----------------------------------------------------------------------------------


def test_results_are_asked_for_and_read(connect: Connect) -> None:
    with ScriptedServer({f"GET /jobs/{ODD_PATH}/results": answer(200, {"a": 1})}) as server:
        assert connect(server).get_job_results(ODD) == {"a": 1}
    assert server.requests[0].header("accept") == "application/json, */*;q=0.1"


def test_some_of_the_outputs_can_be_asked_for(connect: Connect) -> None:
    script = {"GET /jobs/j1/results?outputs=a,b": answer(200, {"a": 1, "b": 2})}
    with ScriptedServer(script) as server:
        assert connect(server).get_job_results("j1", outputs=["a", "b"]) == {"a": 1, "b": 2}


def test_the_outputs_of_the_execution_name_a_raw_value_later(connect: Connect) -> None:
    script = {
        "POST /processes/p/execution": answer(201, STATUS),
        "GET /jobs/j1/results": answer(200, "text", [("Content-Type", "text/plain")]),
    }
    with ScriptedServer(script) as server:
        client = connect(server)
        job = client.execute_process("p", ProcessRequest(outputs=["o"]))
        assert client.get_job_results(job) == {"o": QualifiedValue("text", "text/plain")}


def test_one_output_is_had_as_its_plain_value(connect: Connect) -> None:
    results = {
        "plain": 7,
        "bytes": {"value": "AAE=", "encoding": "base64", "mediaType": "a/b"},
        "link": {"href": "/files/1", "type": "application/json"},
        "list": [{"href": "files/2"}, 3],
    }
    script = {
        "/jobs/j1": answer(200, STATUS),
        "/jobs/j2": answer(200, STATUS),
        "/processes/p": answer(200, {"id": "p"}),
        "/jobs/j1/results": answer(200, results),
        "/jobs/j2/results": answer(200, {"only": 1}),
        "/files/1": answer(200, {"b": 2}),
        "/files/2": answer(200, "text", [("Content-Type", "text/plain")]),
        "/jobs/j1/files/2": answer(200, "text", [("Content-Type", "text/plain")]),
    }
    with ScriptedServer(script) as server:
        client = connect(server)
        assert client.get_job_result("j1", "plain") == 7
        assert client.get_job_result("j1", "bytes") == b"\0\1"
        assert client.get_job_result("j1", "link") == {"b": 2}
        assert client.get_job_result("j1", "list") == ["text", 3]
        assert client.get_job_result("j2") == 1
        with pytest.raises(ValueError, match=r"several outputs \(plain, .*\): pass output="):
            client.get_job_result("j1")
        with pytest.raises(NoSuchOutput, match="no output 'x'; available: 'plain', 'bytes'"):
            client.get_job_result("j1", "x")


@pytest.mark.parametrize(
    ("error", "state", "kind", "said"),
    [
        (answer(404, "no"), {"status": "running"}, ResultNotReady, "no"),
        (answer(403, "no"), {"status": "accepted"}, ResultNotReady, "no"),
        (answer(400, "no"), {"status": "failed", "message": "boom"}, JobFailed, "j1 failed: boom"),
        (answer(500, {"detail": "d"}), {"status": "failed"}, JobFailed, "j1 failed: d"),
        (answer(500), {"status": "failed"}, JobFailed, "j1 failed: no reason given"),
        (problem(404, "result-not-ready"), {"status": "failed"}, JobFailed, "j1 failed"),
        (answer(410, "no"), {"status": "dismissed"}, JobDismissed, "j1 dismissed"),
        (answer(500, "no"), {"status": "successful"}, ResultNotAvailable, "500"),
        (answer(404, "no"), {"status": ""}, NoSuchJob, "no"),
    ],
)
def test_why_there_are_no_results_is_told_by_the_state_of_the_job(
    error: bytes, state: dict[str, str], kind: type[Exception], said: str, connect: Connect
) -> None:
    script = {
        "/": LANDING,
        "/jobs/j1/results": error,
        "/jobs/j1": answer(200, {**STATUS, **state}),
    }
    with ScriptedServer(script) as server:
        with pytest.raises(kind, match=said) as caught:
            connect(server).get_job_results("j1")
        assert type(caught.value) is kind
        assert (caught.value.__cause__ is None) is (kind is NoSuchJob)


@pytest.mark.parametrize(
    ("error", "kind"),
    [(answer(401), Unauthorized), (problem(404, "no-such-job"), NoSuchJob)],
)
def test_an_error_that_says_enough_is_not_asked_about(
    error: bytes, kind: type[Exception], connect: Connect
) -> None:
    with ScriptedServer([error]) as server, pytest.raises(kind):
        connect(server).get_job_results("j1")


def test_an_error_in_place_of_results_stays_where_the_job_cannot_be_asked(
    connect: Connect,
) -> None:
    with (
        ScriptedServer([answer(500, "first"), answer(500, "second")]) as server,
        pytest.raises(ServiceError, match="first"),
    ):
        connect(server).get_job_results("j1")


def test_an_error_that_comes_as_a_result_by_redirect_is_an_error(connect: Connect) -> None:
    failure = {"type": f"{EXC}no-applicable-code", "title": "T", "detail": "it crashed"}
    script = {
        "/jobs/j1/results": answer(302, "", [("Location", "/temp//1.json")]),
        "/temp//1.json": answer(200, failure),
        "/jobs/j1": answer(200, {**STATUS, "status": "failed"}),
    }
    with ScriptedServer(script) as server, pytest.raises(JobFailed, match="it crashed"):
        connect(server).get_job_results("j1")


# --- dismissal --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [
        answer(200, {**STATUS, "status": "dismissed", "message": "m"}),
        answer(200, json.dumps({**STATUS, "status": "dismissed"}), [("Content-Type", "text/html")]),
        answer(204),
        answer(200, "null"),
        answer(200, "done"),
        answer(200, {"message": "ok"}),
        answer(410, "gone"),
    ],
)
def test_a_dismissed_job_is_returned_whatever_the_answer(reply: bytes, connect: Connect) -> None:
    with ScriptedServer({"DELETE /jobs/j1": reply}) as server:
        client = connect(server)
        for job in ("j1", JobInfo("j1"), f"{server.url}/jobs/j1"):
            told = client.dismiss_job(job)
            assert (told.jobID, told.status) == ("j1", "dismissed")
    assert {request.header("accept") for request in server.requests} == {
        "application/json, */*;q=0.1"
    }
    assert {request.body for request in server.requests} == {b""}


def test_the_id_of_a_job_dismissed_by_its_url_is_decoded(connect: Connect) -> None:
    with ScriptedServer([answer(204)] * 2) as server:
        client = connect(server)
        assert client.dismiss_job(f"{server.url}/jobs/{ODD_PATH}/?f=json").jobID == ODD
        assert client.dismiss_job("odd://id").jobID == "odd://id"


def test_a_job_that_cannot_be_dismissed_is_an_error(connect: Connect) -> None:
    script = {"/": LANDING, "/jobs/j1": answer(405, "no"), "/jobs/j2": answer(404, "no")}
    with ScriptedServer(script) as server:
        client = connect(server)
        with pytest.raises(ServiceError, match="405") as caught:
            client.dismiss_job("j1")
        assert type(caught.value) is ServiceError
        with pytest.raises(NoSuchJob):
            client.dismiss_job("j2")


# --- errors -----------------------------------------------------------------------------------


def calls(client: Client) -> Mapping[str, Callable[[], object]]:
    """Return a call of each method that makes one request, by its name."""
    return {
        "get_capabilities": client.get_capabilities,
        "get_api_definition": client.get_api_definition,
        "get_conformance": client.get_conformance,
        "conforms_to": lambda: client.conforms_to("core"),
        "get_processes": client.get_processes,
        "iter_processes": lambda: list(client.iter_processes()),
        "get_process": lambda: client.get_process("x"),
        "execute_process": lambda: client.execute_process("x"),
        "get_jobs": client.get_jobs,
        "iter_jobs": lambda: list(client.iter_jobs()),
        "get_job": lambda: client.get_job("x"),
        "get_job_results": lambda: client.get_job_results("x"),
        "dismiss_job": lambda: client.dismiss_job("x"),
    }


METHODS = [
    "conforms_to",
    "dismiss_job",
    "execute_process",
    "get_api_definition",
    "get_capabilities",
    "get_conformance",
    "get_job",
    "get_job_results",
    "get_jobs",
    "get_process",
    "get_processes",
    "iter_jobs",
    "iter_processes",
]

#: What a 404 says nothing of, by what was asked for.
MISSING = {
    "get_process": NoSuchProcess,
    "execute_process": NoSuchProcess,
    "get_job": NoSuchJob,
    "get_job_results": NoSuchJob,
    "dismiss_job": NoSuchJob,
}


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (answer(400, {"detail": "d"}), ServiceError),
        (answer(401, "no"), Unauthorized),
        (answer(403, "no"), Forbidden),
        (answer(404, "no"), None),
        (answer(429, "no"), RateLimited),
        (answer(500, "<html><title>Oops</title></html>"), ServiceError),
        (problem(500, "no-such-process"), NoSuchProcess),
        (problem(400, "no-such-job"), NoSuchJob),
        (problem(404, "result-not-ready"), ResultNotReady),
    ],
)
def test_every_method_raises_the_error_that_the_server_means(
    method: str, error: bytes, kind: type[ServiceError] | None, connect: Connect
) -> None:
    with ScriptedServer(lambda _: error) as server:
        client = connect(server)
        with pytest.raises(ServiceError) as caught:
            calls(client)[method]()
        found = caught.value
        assert type(found) is (kind or MISSING.get(method, ServiceError))
        assert found.status == int(error[9:12])
        assert found.url.startswith(server.url)
        assert found.method in {request.method for request in server.requests}
        assert found.headers is not None
        assert found.headers["content-length"] == str(len(found.body))
        copy = pickle.loads(pickle.dumps(found))
        assert (type(copy), str(copy), vars(copy)) == (type(found), str(found), vars(found))


@pytest.mark.parametrize(
    "method", sorted({*METHODS} - {"execute_process", "get_job_results", "dismiss_job"})
)
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>", "expected JSON, got a web page: is this an OGC API - Processes server?"),
        (b"", "expected JSON, got 0 bytes"),
        (b"7", "expected an object, got 7"),
        (b"[]", r"expected an object, got \[\]"),
    ],
)
def test_every_method_says_what_it_cannot_read_and_where_it_is_from(
    method: str, body: bytes, reason: str, connect: Connect
) -> None:
    with ScriptedServer(lambda _: answer(200, body)) as server:
        client = connect(server)
        with pytest.raises(DocumentError, match=reason) as caught:
            calls(client)[method]()
        assert caught.value.url.startswith(server.url)
        assert caught.value.body == body
        assert str(caught.value).endswith(f" in {caught.value.url}")
        copy = pickle.loads(pickle.dumps(caught.value))
        assert (str(copy), vars(copy)) == (str(caught.value), vars(caught.value))


@pytest.mark.parametrize(
    ("call", "body", "path"),
    [
        ("get_processes", {"processes": [{"id": "a"}, {"id": True}]}, "processes[1].id"),
        ("get_jobs", {"jobs": [{"jobID": ["a"], "links": []}]}, "jobs[0].jobID"),
        ("get_conformance", {"conformsTo": "a"}, "conformsTo"),
    ],
)
def test_what_is_wrong_in_a_document_is_named_by_its_path(
    call: str, body: object, path: str, connect: Connect
) -> None:
    with ScriptedServer([answer(200, body)]) as server:
        with pytest.raises(DocumentError) as caught:
            calls(connect(server))[call]()
        assert caught.value.path == path
        assert f" at {path} in {server.url}/" in str(caught.value)
