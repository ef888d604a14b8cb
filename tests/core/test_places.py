"""Where the resources are: what servers say of themselves, and what of it is believed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from scripted import CLOSE, ScriptedServer, answer

from ogcproc import (
    Client,
    JobInfo,
    Link,
    NoSuchJob,
    NoSuchProcess,
    ProcessRequest,
    ServiceError,
    TransportError,
)

if TYPE_CHECKING:
    from ogcproc._http.transport import Transport

ACCEPTED = {"jobID": "7", "status": "accepted", "type": "process"}
EXECUTION = "POST /processes/p/execution"
DESCRIBED = answer(
    200, {"id": "p", "version": "1", "links": [{"rel": "execute", "href": "/run/p"}]}
)


def own(base: str, url: str) -> str | None:
    """Return what a client of one URL makes of another."""
    with Client(base) as client:
        transport: Transport = client._http
        return transport.own(url)


@pytest.mark.parametrize(
    ("base", "url", "ours"),
    [
        ("http://h/api", "http://h/api/jobs/1?f=json", "http://h/api/jobs/1?f=json"),
        ("http://h/api", "/api/jobs/1", "http://h/api/jobs/1"),
        ("http://h/api", "jobs/1", "http://h/api/jobs/1"),
        ("http://h/api", "http://inner:5000/api/jobs/1?a=b", "http://h/api/jobs/1?a=b"),
        ("https://h", "http://h/jobs/1", "https://h/jobs/1"),
        ("http://h/api", "http://inner/apix/jobs/1", None),
        ("http://h/api", "http://inner/jobs/1", None),
        ("http://h/api", "http://h/jobs/1", None),
        ("http://h/api", "http://[", None),
    ],
)
def test_a_url_is_ours_by_its_path(base: str, url: str, ours: str | None) -> None:
    assert own(base, url) == ours


def test_a_job_is_found_by_its_own_link_where_it_is_not_at_its_path() -> None:
    links = [
        Link("http://inner.invalid/elsewhere/7?f=html", rel="self", type="text/html"),
        Link("http://inner.invalid/elsewhere/7?f=json", rel="self"),
        Link("/results/7", rel="results"),
    ]
    script = {
        "GET /jobs/7": answer(404, ""),
        "GET /elsewhere/7?f=json": answer(200, ACCEPTED),
        "GET /": answer(404, ""),
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        assert client.get_job(JobInfo("7", "running", links=links)).status == "accepted"
        assert server.lines == ["GET /jobs/7", "GET /elsewhere/7?f=json"]


def test_a_job_that_is_nowhere_is_no_job() -> None:
    links = [Link("/jobs/7", rel="self"), Link("/more/7", rel="monitor")]
    with (
        ScriptedServer(lambda _: answer(404, "")) as server,
        Client(server.url) as client,
        pytest.raises(NoSuchJob),
    ):
        client.get_job(JobInfo("7", "running", links=links))
    assert server.lines == ["GET /jobs/7", "GET /more/7", "GET /"]


def test_a_job_that_was_given_by_its_url_is_looked_for_nowhere_else() -> None:
    with ScriptedServer(lambda _: answer(404, "")) as server, Client(server.url) as client:
        with pytest.raises(NoSuchJob):
            client.get_job(f"{server.url}/jobs/7")
        assert server.lines == ["GET /jobs/7"]


def test_a_job_given_by_its_url_keeps_it() -> None:
    with ScriptedServer(lambda _: answer(200, ACCEPTED)) as server, Client(server.url) as client:
        job = client.get_job(f"{server.url}/processes/p/jobs/7")
        client.get_job(client.get_job(job))
    assert server.lines == ["GET /processes/p/jobs/7"] * 3


def test_a_landing_page_that_did_not_come_is_asked_again() -> None:
    landing = answer(200, {"links": [{"rel": "job-list", "href": "/v2/jobs"}]})
    script: list[Any] = [
        answer(404, ""),
        (CLOSE,),
        answer(404, ""),
        landing,
        answer(200, {"jobs": []}),
    ]
    with ScriptedServer(script) as server, Client(server.url, retries=0) as client:
        with pytest.raises(ServiceError):
            client.get_jobs()
        assert client.get_jobs().jobs == []
    assert server.lines[-1] == "GET /v2/jobs"


def test_where_a_home_was_seen_to_hold_it_stays() -> None:
    script = {
        "GET /": answer(200, {"links": [{"rel": "job-list", "href": "/v2/jobs"}]}),
        "GET /v2/jobs": answer(200, {"jobs": []}),
    }
    with (
        ScriptedServer(lambda got: script.get(got.line[:-9]) or answer(404, "")) as server,
        Client(server.url) as client,
    ):
        client.get_jobs()
        with pytest.raises(NoSuchJob):
            client.get_job("7")
        client.get_jobs()
    assert server.lines == [
        *("GET /jobs", "GET /", "GET /v2/jobs"),
        *("GET /v2/jobs/7", "GET /jobs/7"),
        "GET /v2/jobs",
    ]


def test_few_execute_links_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ogcproc._resources.CACHED", 1)
    script = [DESCRIBED, DESCRIBED, answer(201, ACCEPTED), answer(201, ACCEPTED)]
    with ScriptedServer(script) as server, Client(server.url) as client:
        client.get_process("a")
        client.get_process("p")
        client.execute_process("a")
        client.execute_process("p")
    assert server.lines[2:] == ["POST /processes/a/execution", "POST /run/p"]


@pytest.mark.parametrize("description", [answer(500), answer(200, "no JSON"), answer(404, "")])
def test_a_process_whose_description_cannot_be_had_is_executed_once(description: bytes) -> None:
    script = {EXECUTION: answer(404, "no"), "GET /processes/p": description, "GET /": answer(404)}
    with ScriptedServer(script) as server, Client(server.url) as client:
        with pytest.raises(NoSuchProcess):
            client.execute_process("p")
        assert server.lines.count(EXECUTION) == 1


# --- what is stored, and pointed to -------------------------------------------------------------


FIVE = answer(200, "5", [("Content-Type", "application/json")])


def reference(href: str) -> dict[str, str]:
    """Return an output by reference."""
    return {"href": href, "type": "application/json"}


def redirected(location: str) -> bytes:
    """Return the answer to an execution whose results are stored."""
    return answer(303, "", [("Location", location), ("Link", "</jobs/7>; rel=monitor")])


@pytest.mark.parametrize(("outputs", "name"), [(["out"], "out"), (["a", "b"], ""), (None, "final")])
def test_stored_results_that_cannot_be_had_are_a_link(outputs: list[str] | None, name: str) -> None:
    request = ProcessRequest(outputs=outputs)
    declared: Any = {"final": {"schema": {}}}
    script = {
        EXECUTION: redirected("/stored/7"),
        "GET /stored/7": answer(403, "expired"),
        "GET /processes/p": answer(200, {"id": "p", "version": "1", "outputs": declared}),
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        job = client.execute_process("p", request)
        results = client.get_job_results(job)
        assert (job.jobID, job.is_successful, results.status) == ("7", True, 303)
        assert results == {name: Link(f"{server.url}/stored/7")}
    assert server.lines.count(EXECUTION) == 1


def test_stored_results_of_another_name_of_the_server_are_its_own() -> None:
    script = {
        EXECUTION: redirected("http://inner.invalid/jobs/7/results"),
        "GET /jobs/7/results": answer(200, {"a": 1, "b": 2}),
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        assert dict(client.execute_process("p").results or {}) == {"a": 1, "b": 2}
    assert server.lines == [EXECUTION, "GET /jobs/7/results"]


@pytest.mark.parametrize("path", ["/jobs/7/a.json", "/files/a.json"])
def test_an_output_by_another_name_of_the_server_is_fetched_from_ours(path: str) -> None:
    script = {
        "GET /": answer(200, {"links": [{"href": "http://inner.invalid/", "rel": "self"}]}),
        "GET /jobs/7/results": answer(200, {"a": reference(f"http://inner.invalid{path}"), "b": 1}),
        f"GET {path}": FIVE,
    }
    with ScriptedServer(script) as server, Client(server.url, retries=0) as client:
        assert client.get_job_result("7", "a") == 5


def test_an_output_that_only_looks_like_ours_is_fetched_from_where_it_is() -> None:
    with ScriptedServer([FIVE]) as other:
        script = {
            "GET /": answer(404, "no"),
            "GET /jobs/7/results": answer(200, {"a": reference(f"{other.url}/jobs/1/a"), "b": 1}),
            "GET /jobs/1/a": answer(404, "no"),
        }
        with ScriptedServer(script) as server, Client(server.url) as client:
            assert client.get_job_result("7", "a") == 5
    assert other.lines == ["GET /jobs/1/a"]


@pytest.mark.parametrize("href", ["http://inner.invalid/files/a", "http://inner.invalid/jobs/1/a"])
def test_an_output_that_is_nowhere_is_the_first_error(href: str) -> None:
    script = {
        "GET /": answer(200, {"links": [{"href": "http://inner.invalid/", "rel": "self"}]}),
        "GET /jobs/7/results": answer(200, {"a": reference(href), "b": 1}),
    }
    with (
        ScriptedServer(lambda got: script.get(got.line[:-9]) or answer(404, "no")) as server,
        Client(server.url, retries=0) as client,
        pytest.raises((TransportError, ServiceError)) as caught,
    ):
        client.get_job_result("7", "a")
    assert isinstance(caught.value, ServiceError) == ("/jobs/" in href)


# --- limits for a call ---------------------------------------------------------------------------


def test_a_call_may_have_its_own_limits() -> None:
    script = [answer(200, ACCEPTED), answer(200, ACCEPTED), answer(201, ACCEPTED)]
    with ScriptedServer(script) as server, Client(server.url, max_body=50) as client:
        large = client.with_options(max_body=1000, timeout=(1, 7200), retries=0)
        assert large.get_job("7").status == "accepted"
        assert repr(large) == repr(client)
        assert large.execute_process("p", timeout=3).jobID == "7"
    assert server.connections == 1
