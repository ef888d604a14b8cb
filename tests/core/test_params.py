"""Query parameters of the caller's: for all requests under ``api_url``, and for one."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import pytest
from scripted import Received, ScriptedServer, answer

from ogcproc import Client, NoSuchProcess, ServiceError
from ogcproc._http.urls import Site, with_defaults, with_query

if TYPE_CHECKING:
    from collections.abc import Callable

JOB = {"jobID": "j", "status": "successful", "type": "process", "processID": "p"}
PROCESS = {"id": "p", "version": "1"}
ANYTHING = {**JOB, **PROCESS, "processes": [PROCESS], "jobs": [JOB], "links": [], "conformsTo": []}


def anything(_: Received) -> bytes:
    """Return a document that is whatever was asked for."""
    return answer(200, ANYTHING)


def test_parameters_of_the_client_go_into_each_request_under_its_url() -> None:
    """field.md row 27: UP42's workspaceId."""
    with ScriptedServer(anything) as other, ScriptedServer(anything) as server:
        settings: dict[str, Any] = {"params": {"workspaceId": "w 1", "log": True, "none": None}}
        with pickle.loads(pickle.dumps(Client(f"{server.url}/api", **settings))) as client:
            client.get_capabilities()
            client.conforms_to("core")
            client.get_processes(limit=1)
            client.get_process("p")
            client.get_job("j")
            client.get_job(f"{server.url}/api/jobs/j?workspaceId=mine")
            client.execute_process("p")
            client.dismiss_job("j")
            client.request("GET", f"{server.url}/api/vendor?x=1")
            client.request("GET", f"{server.url}/elsewhere")
            client.request("GET", f"{other.url}/api/x")
    added = "workspaceId=w%201&log=true"
    assert server.lines == [
        f"GET /api/?{added}",
        f"GET /api/conformance?{added}",
        f"GET /api/processes?limit=1&{added}",
        f"GET /api/processes/p?{added}",
        f"GET /api/jobs/j?{added}",
        "GET /api/jobs/j?workspaceId=mine&log=true",
        f"POST /api/processes/p/execution?{added}",
        f"DELETE /api/jobs/j?{added}",
        f"GET /api/vendor?x=1&{added}",
        "GET /elsewhere",
    ]
    assert other.lines == ["GET /api/x"]


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda c, p: c.get_processes(1, params=p), "GET /processes?limit=1&"),
        (lambda c, p: list(c.iter_processes(params=p)), "GET /processes?"),
        (lambda c, p: c.get_process("p", params=p), "GET /processes/p?"),
        (lambda c, p: c.get_jobs(status="failed", params=p), "GET /jobs?status=failed&"),
        (lambda c, p: list(c.iter_jobs(limit=2, params=p)), "GET /jobs?limit=2&"),
        (lambda c, p: c.get_job("j", params=p), "GET /jobs/j?"),
        (lambda c, p: c.get_job_results("j", params=p), "GET /jobs/j/results?"),
        (
            lambda c, p: c.get_job_results("j", outputs=["id"], params=p),
            "GET /jobs/j/results?outputs=id&",
        ),
        (lambda c, p: c.get_job_result("j", "id", params=p), "GET /jobs/j/results?"),
        (lambda c, p: c.execute_process("p", params=p), "POST /processes/p/execution?w=1&"),
        (lambda c, p: c.run_process("p", params=p), "POST /processes/p/execution?w=1&"),
        (lambda c, p: c.request("GET", "/vendor", params=p), "GET /vendor?"),
    ],
)
def test_parameters_of_a_call_go_into_its_request_alone(
    call: Callable[[Client, Any], object], line: str
) -> None:
    """field.md row 27: ``log``, ``request``, ``sortby`` and ``fields`` of CDS and MAAP."""
    with (
        ScriptedServer(anything) as server,
        Client(server.url, params={"w": 1, "log": 0}) as client,
    ):
        call(client, {"log": True, "fields": ["a", "b"], "sortby": "-created,id", "no": None})
    added = "log=true&fields=a&fields=b&sortby=-created,id"
    asked = [one for one in server.lines if added in one]
    assert asked == [f"{line}{added}" if "w=1" in line else f"{line}{added}&w=1"]
    assert {one.endswith("w=1&log=0") for one in server.lines if one not in asked} <= {True}


def test_parameters_of_a_list_go_into_its_further_pages() -> None:
    first = {"jobs": [JOB], "links": [{"rel": "next", "href": "/jobs?page=2"}]}
    second = {
        "jobs": [{**JOB, "jobID": "k"}],
        "links": [{"rel": "next", "href": "/jobs?page=3&sortby=id"}],
    }
    third = {"jobs": [{**JOB, "jobID": "l"}], "links": []}
    script = {
        "/jobs?sortby=id": answer(200, first),
        "/jobs?page=2&sortby=id": answer(200, second),
        "/jobs?page=3&sortby=id": answer(200, third),
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        jobs = client.iter_jobs(params={"sortby": "id"})
        assert [job.jobID for job in jobs] == ["j", "k", "l"]


def test_a_secret_parameter_is_not_shown() -> None:
    with ScriptedServer([answer(404, "no"), answer(404, "no"), answer(200, {})]) as server:
        with Client(server.url, params={"api_key": "s3cr3t", "w": "shown"}) as client:
            with pytest.raises(ServiceError) as caught:
                client.get_conformance()
            assert client.last_request is not None
            shown = f"{client!r} {caught.value} {caught.value.curl()} {client.last_request.curl()}"
        assert server.requests[0].target == "/conformance?api_key=s3cr3t&w=shown"
    assert "s3cr3t" not in shown
    assert "api_key=***&w=shown" in shown


def test_a_redirect_on_our_server_gets_the_parameters_and_none_elsewhere_does() -> None:
    with ScriptedServer(anything) as other, ScriptedServer({}) as server:
        back = answer(302, b"", [("Location", f"{server.url}/conformance/2")])
        server.script = {
            "/conformance?token=t": answer(302, b"", [("Location", "/conformance/2")]),
            "/conformance/2?token=t": answer(302, b"", [("Location", f"{other.url}/x")]),
            "/conformance/2": answer(200, ANYTHING),
        }
        other.script = {"/x": back}
        with Client(server.url, params={"token": "t"}) as client:
            client.get_conformance()
    assert server.lines[-1] == "GET /conformance/2"


def test_a_place_is_not_asked_twice_for_its_parameters() -> None:
    missing = answer(404, "no")
    script = {
        "GET /jobs/j?w=1": missing,
        "GET /?w=1": answer(200, {"links": [{"rel": "job-list", "href": "/jobs"}]}),
        "GET /processes/p?w=1": answer(
            200, {**PROCESS, "links": [{"rel": "execute", "href": "/processes/p/execution"}]}
        ),
        "POST /processes/p/execution?w=1&q=1": answer(405, "no"),
    }
    with ScriptedServer(script) as server, Client(server.url, params={"w": 1}) as client:
        with pytest.raises(ServiceError, match="404"):
            client.get_job("j")
        with pytest.raises(ServiceError, match="405"):
            client.execute_process("p", params={"q": 1})
        client.get_process("p")
        assert client._resources.discovered.executions == {}
    assert server.lines.count("GET /jobs/j?w=1") == 1
    assert server.lines.count("POST /processes/p/execution?w=1&q=1") == 1


def test_an_execution_that_has_moved_keeps_its_parameters() -> None:
    links = [{"rel": "execute", "href": "/run/p?v=2"}]
    script = {
        "POST /processes/p/execution?w=1&q=1": answer(405, "no"),
        "GET /processes/p?w=1": answer(200, {**PROCESS, "links": links}),
        "POST /run/p?w=1&q=1": answer(201, JOB),
    }
    with ScriptedServer(script) as server, Client(server.url, params={"w": 1}) as client:
        for _ in range(2):
            client.execute_process("p", params={"q": 1})
    assert server.lines[2:] == ["POST /run/p?w=1&q=1"] * 2


@pytest.mark.parametrize("wrong", ["a=b", [("a", "b")], 5])
def test_parameters_that_are_no_dict_are_a_type_error(wrong: Any) -> None:
    with pytest.raises(TypeError, match="params must be a dict, not"):
        Client("http://h", params=wrong)
    with Client("http://h") as client, pytest.raises(TypeError, match="params must be a dict, not"):
        client.get_job("j", params=wrong)


@pytest.mark.parametrize(
    ("url", "replaced", "completed"),
    [
        ("http://h/x", "http://h/x?a=1&b=2", "http://h/x?a=1&b=2"),
        ("http://h/x?", "http://h/x?a=1&b=2", "http://h/x?a=1&b=2"),
        ("http://h/x?a=0&c", "http://h/x?c&a=1&b=2", "http://h/x?a=0&c&b=2"),
        ("http://h/x?%61=0&b", "http://h/x?a=1&b=2", "http://h/x?%61=0&b"),
    ],
)
def test_parameters_are_known_by_their_names(url: str, replaced: str, completed: str) -> None:
    assert with_query(url, {"a": 1, "b": 2}) == replaced
    assert with_defaults(url, {"a": 1, "b": 2}) == completed
    assert with_query(url, {}) == with_defaults(url, {}) == url


def test_the_base_url_itself_gets_the_parameters() -> None:
    site = Site("http://h/api", {"a": 1})
    assert site.with_params("http://h/api") == "http://h/api?a=1"
    assert site.with_params("http://h/apix") == "http://h/apix"


def test_a_parameter_that_is_none_is_left_out_of_a_jobs_url() -> None:
    with ScriptedServer(anything) as server, Client(server.url) as client:
        client.get_job(f"{server.url}/jobs/j?f=html&x=1", params={"f": None})
        assert server.lines == ["GET /jobs/j?x=1"]


# --- where the landing page is ------------------------------------------------------------------


def test_a_landing_page_may_be_where_its_url_has_no_slash() -> None:
    """field.md row 31: /api is there, and /api/ is a 404."""
    page = {"title": "T", "links": [{"rel": "job-list", "href": "/api/my-jobs"}]}
    script = {
        "/api/": answer(404, "no"),
        "/api": answer(200, page),
        "/api/jobs/j": answer(404, "no"),
        "/api/my-jobs/j": answer(200, JOB),
    }
    with ScriptedServer(script) as server, Client(f"{server.url}/api") as client:
        assert client.get_job("j").jobID == "j"
        assert client.get_capabilities().title == "T"
        assert client.get_capabilities().title == "T"
    assert server.lines[1:3] == ["GET /api/", "GET /api"]
    assert server.lines[4:] == ["GET /api"] * 2  # it is known by now


def test_a_landing_page_that_is_nowhere_is_asked_for_once_at_each_place() -> None:
    for path, lines in (("", ["GET /"]), ("/api", ["GET /api/", "GET /api"])):
        with ScriptedServer(lambda _: answer(404, "no")) as server:
            client = Client(f"{server.url}{path}")
            with client, pytest.raises(ServiceError, match="404"):
                client.get_capabilities()
        assert server.lines == lines


@pytest.mark.parametrize("path", ["/processes", "/api/jobs/", "/conformance"])
def test_an_api_url_below_the_landing_page_is_named_in_the_error(path: str) -> None:
    """field.md section 6: api_url ends in /processes."""
    with ScriptedServer(lambda _: answer(404, "no")) as server:
        url = f"{server.url}{path}"
        with Client(url) as client, pytest.raises(NoSuchProcess) as caught:
            client.get_process("p")
    advice = f": api_url should be the landing page, not {url.rstrip('/')}"
    assert str(caught.value).endswith(advice)
    assert str(pickle.loads(pickle.dumps(caught.value))).endswith(advice)
