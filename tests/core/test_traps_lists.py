"""Lists, links and ids as real servers send them: a small literal test for each trap.

The comment in each says which server was seen doing it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from scripted import ScriptedServer, answer

from ogcproc import BearerAuth, Client, DocumentError, JobInfo, NoSuchProcess, ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scripted import Received

REL = "http://www.opengis.net/def/rel/ogc/1.0/"


def processes(*ids: str, links: Any = ()) -> bytes:
    return answer(
        200, {"processes": [{"id": name, "version": "1"} for name in ids], "links": list(links)}
    )


def jobs(*entries: Any, links: Any = (), headers: Any = ()) -> bytes:
    return answer(200, {"jobs": list(entries), "links": list(links)}, headers)


def job(name: str, status: str = "successful", **members: Any) -> dict[str, Any]:
    return {"jobID": name, "status": status, "type": "process", **members}


def following(href: str, rel: str = "next") -> dict[str, str]:
    return {"href": href, "rel": rel, "type": "application/json"}


# --- 41, 42: pages ----------------------------------------------------------------------------


def test_trap_41_a_process_that_is_not_listed_may_be_there() -> None:
    # pygeoapi 0.21 cuts its list at 10 (pygeoapi-0.21-defaultlimits/01 to /03)
    script = {
        "GET /processes": processes("a", "b"),
        "GET /processes/c": answer(200, {"id": "c", "version": "1"}),
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        assert [process.id for process in client.iter_processes()] == ["a", "b"]
        assert client.get_process("c").id == "c"


def test_trap_41_a_limit_that_is_ignored_is_kept_all_the_same() -> None:
    # wraptile 0.3.0 (wraptile/04, /68)
    script = {
        "GET /processes?limit=1": processes("a", "b"),
        "GET /jobs?limit=1": jobs(job("1"), job("2")),
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        assert [process.id for process in client.get_processes(limit=1).processes] == ["a"]
        assert [job.jobID for job in client.get_jobs(limit=1).jobs] == ["1"]


@pytest.mark.parametrize(
    "href",
    [
        "/processes?offset=2",  # fastprocesses 0.16.0 (fastprocesses/07)
        "processes?offset=2",
        "?offset=2",
        "http://internal.example:5000/api/processes?offset=2",  # pygeoapi behind a proxy
    ],
)
def test_trap_42_next_may_be_relative_or_of_another_host(href: str) -> None:
    script = {
        "GET /processes": processes("a", "b", links=[following(href)]),
        "GET /processes?offset=2": processes("c"),
    }
    with ScriptedServer(script) as server, Client(server.url, auth=BearerAuth("t")) as client:
        assert [process.id for process in client.iter_processes()] == ["a", "b", "c"]
    assert [request.header("Authorization") for request in server.requests] == ["Bearer t"] * 2


def test_trap_42_next_behind_a_proxy_stays_under_the_callers_prefix() -> None:
    link = following("http://internal.example:5000/jobs?page=1")
    script = {
        "GET /api/jobs?limit=2": jobs(job("1"), job("2"), links=[link]),
        "GET /api/jobs?page=1": jobs(job("3")),
    }
    with ScriptedServer(script) as server, Client(f"{server.url}/api") as client:
        assert [job.jobID for job in client.iter_jobs(page_size=2)] == ["1", "2", "3"]


def test_trap_42_next_may_be_in_a_header_alone() -> None:
    # weaver 6.15 (weaver/07) sends several; its pages count from 0
    fields = [
        ("Link", '</jobs>; rel="collection", </jobs?page=0>; rel="first"'),
        ("Link", '</jobs?page=1>; rel="next"; type="application/json"'),
    ]
    script = {
        "GET /jobs": jobs(job("1"), headers=fields),
        "GET /jobs?page=1": jobs(job("2")),
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        assert [job.jobID for job in client.iter_jobs()] == ["1", "2"]


def test_trap_42_next_may_be_a_title() -> None:
    # Dewberry's process-api (dewberry-process-api/01): no rel
    script = {
        "GET /jobs": jobs(job("1"), links=[{"href": "/jobs?offset=1", "title": "next"}]),
        "GET /jobs?offset=1": jobs(job("2")),
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        assert [job.jobID for job in client.iter_jobs()] == ["1", "2"]


def test_trap_42_next_may_lead_to_an_empty_page() -> None:
    # pygeoapi 0.24 links on from the last page, for ever
    script = {
        "GET /jobs": jobs(job("1"), links=[following("/jobs?offset=1")]),
        "GET /jobs?offset=1": jobs(links=[following("/jobs?offset=2")]),
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        assert [job.jobID for job in client.iter_jobs()] == ["1"]
    assert server.lines == ["GET /jobs", "GET /jobs?offset=1"]


@pytest.mark.parametrize("back", ["/jobs", "/jobs?offset=1"])
def test_trap_42_next_may_lead_back(back: str) -> None:
    script = {
        "GET /jobs": jobs(job("1"), links=[following("/jobs?offset=1")]),
        "GET /jobs?offset=1": jobs(job("2"), links=[following(back)]),
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        assert [job.jobID for job in client.iter_jobs()] == ["1", "2"]


def test_trap_42_next_may_carry_a_cursor() -> None:
    # The framework of the Copernicus stores: opaque, to be sent back as it came
    script = {
        "GET /jobs?limit=1": jobs(job("1"), links=[following("/jobs?cursor=MjAyNi%3D%3D&limit=1")]),
        "GET /jobs?cursor=MjAyNi%3D%3D&limit=1": jobs(job("2")),
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        assert [job.jobID for job in client.iter_jobs(page_size=1)] == ["1", "2"]


def test_trap_42_next_may_end_in_an_error() -> None:
    # weaver 6.15: 400 past the end
    script = {
        "GET /jobs": jobs(job("1"), links=[following("/jobs?page=9")]),
        "GET /jobs?page=9": answer(400, {"detail": "page out of range"}),
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        pages = client.iter_jobs()
        assert next(pages).jobID == "1"
        with pytest.raises(ServiceError, match="400 Bad Request: page out of range"):
            next(pages)


def test_trap_42_a_next_that_is_no_url_is_an_error_of_ours() -> None:
    script = [jobs(job("1"), links=[following("http://[")])]
    refused = pytest.raises(DocumentError, match="expected a URL")
    with ScriptedServer(script) as server, Client(server.url) as client, refused:
        list(client.iter_jobs())


def test_trap_42_pages_are_fetched_as_they_are_needed() -> None:
    def endless(request: Received) -> bytes:
        page = int(request.target.partition("=")[2] or 0)
        return jobs(job(str(page)), links=[following(f"/jobs?page={page + 1}")])

    with ScriptedServer(endless) as server, Client(server.url) as client:
        found: Iterator[JobInfo] = client.iter_jobs()
        assert [next(found).jobID for _ in range(3)] == ["0", "1", "2"]
    assert len(server.requests) == 3


# --- 43, 44: entries and filters --------------------------------------------------------------


def test_trap_43_jobs_may_be_a_list_of_ids() -> None:
    # weaver 6.15 (weaver/100)
    with ScriptedServer([jobs("4f-1", "4f-2")]) as server, Client(server.url) as client:
        assert client.get_jobs().jobs == [JobInfo("4f-1"), JobInfo("4f-2")]


def test_trap_43_a_filter_keeps_what_says_nothing() -> None:
    # weaver 6.15 (weaver/103) has filtered already
    with ScriptedServer([jobs("4f-1")]) as server, Client(server.url) as client:
        assert [job.jobID for job in client.get_jobs(status="failed").jobs] == ["4f-1"]


def test_trap_43_processes_may_be_a_list_of_ids() -> None:
    # weaver 6.15 with detail=false
    script = [answer(200, {"processes": ["a", "b"]})]
    with ScriptedServer(script) as server, Client(server.url) as client:
        assert [process.id for process in client.get_processes().processes] == ["a", "b"]


def test_trap_44_filters_that_are_ignored_are_applied_again() -> None:
    # wraptile 0.3.0 (wraptile/70), pygeoapi 0.21 (pygeoapi-0.21-tinydb/118), fastprocesses/50
    page = jobs(
        job("1", "failed", processID="a"),
        job("2", processID="b", created="2026-11-22T20:00:00Z"),
        job("3", processID="a", created="2026-11-21T20:00:00Z"),
    )
    with ScriptedServer(lambda _: page) as server, Client(server.url) as client:

        def ids(**wanted: Any) -> list[str]:
            assert [job.jobID for job in client.iter_jobs(**wanted)] == [
                job.jobID for job in client.get_jobs(**wanted).jobs
            ]
            return [job.jobID for job in client.get_jobs(**wanted).jobs]

        assert ids() == ["1", "2", "3"]
        assert ids(status="failed") == ["1"]
        assert ids(status=["failed", "successful"], process_id="a") == ["1", "3"]
        assert ids(type="other") == []
        assert ids(datetime="2026-11-22T00:00:00Z/..") == ["1", "2"]  # 1 does not say when
    assert "GET /jobs?status=failed" in server.lines
    assert "GET /jobs?processID=a&status=failed&status=successful" in server.lines


def test_trap_44_filters_hold_on_every_page() -> None:
    script = {
        "GET /jobs?status=failed": jobs(job("1"), links=[following("/jobs?offset=1")]),
        "GET /jobs?offset=1": jobs(job("2", "failed")),
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        assert [job.jobID for job in client.iter_jobs(status="failed")] == ["2"]


def test_trap_44_a_filter_that_is_refused_is_an_error() -> None:
    # weaver 6.15 (weaver/106) wants `process` for `processID`
    reply = answer(400, {"code": "JobInvalidParameter", "description": "process is invalid"})
    refused = pytest.raises(ServiceError, match="400 Bad Request: process is invalid")
    with ScriptedServer([reply]) as server, Client(server.url) as client, refused:
        client.get_jobs(process_id="p")


def test_what_is_no_list_at_all_is_not_an_empty_one() -> None:
    # bbox-server (bbox-server/01) passes on what another service answered
    missing = pytest.raises(DocumentError, match="missing required member 'jobs'")
    script = [answer(200, {"data": {"runs": []}})]
    with ScriptedServer(script) as server, Client(server.url) as client, missing:
        client.get_jobs()
    missing = pytest.raises(DocumentError, match="missing required member 'processes'")
    script = [answer(200, {"detail": "Not Found"})]
    with ScriptedServer(script) as server, Client(server.url) as client, missing:
        client.get_processes()
    with ScriptedServer([answer(200, {"links": []})]) as server, Client(server.url) as client:
        assert list(client.get_jobs().jobs) == []


# --- 45 to 47: links and ids ------------------------------------------------------------------


def test_trap_45_hrefs_may_hold_raw_spaces_and_letters() -> None:
    # pygeoapi 0.21 (pygeoapi-0.21-tinydb/23)
    script = {
        "GET /jobs": jobs(job("1"), links=[following("/jobs?of=odd id/é")]),
        "GET /jobs?of=odd%20id/%C3%A9": jobs(job("2")),
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        assert [job.jobID for job in client.iter_jobs()] == ["1", "2"]


@pytest.mark.parametrize(
    "link",
    [
        {"rel": "service", "href": "/api/{processID}"},  # wraptile 0.3.0 (wraptile/01)
        {"rel": REL + "processes", "href": "/api/{processID}"},
        {"rel": REL + "processes", "href": "/api", "type": "text/html"},
        {"rel": REL + "processes", "href": "mailto:me@example.org"},
        {"rel": "self", "href": "/api"},
    ],
)
def test_trap_45_templates_and_other_links_are_left_alone(link: dict[str, str]) -> None:
    script = {
        "GET /processes": answer(404, {"detail": "Not Found"}),
        "GET /": answer(200, {"links": [link]}),
    }
    refused = pytest.raises(ServiceError, match="404 Not Found")
    with ScriptedServer(script) as server, Client(server.url) as client, refused:
        client.get_processes()
    assert server.lines == ["GET /processes", "GET /"]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a/b", "a%2Fb"),  # listed and unreachable on Flask and FastAPI (wraptile/89)
        ("JTS:buffer", "JTS%3Abuffer"),  # GeoServer
        ("odd id", "odd%20id"),
        ("é", "%C3%A9"),
        ("a?b#c%", "a%3Fb%23c%25"),
        ("..%2Fx", "..%252Fx"),
        ("a..b", "a..b"),
    ],
)
def test_trap_46_ids_are_encoded_whatever_they_hold(name: str, path: str) -> None:
    script = {
        f"GET /processes/{path}": answer(200, {"id": name, "version": "1"}),
        f"GET /jobs/{path}": answer(200, job(name)),
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        assert client.get_process(name).id == name
        assert client.get_job(name).jobID == name


@pytest.mark.parametrize("name", [".", "..", ""])
def test_trap_46_ids_that_no_url_can_carry_are_refused(name: str) -> None:
    refused = pytest.raises(ValueError, match="id")
    with ScriptedServer([]) as server, Client(server.url) as client:
        with refused:
            client.get_process(name)
        with refused:
            client.get_job(name)
    assert server.lines == []


def test_trap_46_an_id_that_a_server_cannot_route_is_no_such_process() -> None:
    # pygeoapi 0.21 (pygeoapi-0.21-sync/24): Flask's own page
    page = "<!doctype html>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>Check it.</p>"
    script = {
        "GET /processes/a%2Fb": answer(404, page, [("Content-Type", "text/html")]),
        "GET /": answer(200, {"links": []}),
    }
    refused = pytest.raises(NoSuchProcess, match="404 Not Found: Check it")
    with ScriptedServer(script) as server, Client(server.url) as client, refused:
        client.get_process("a/b")


@pytest.mark.parametrize(
    "rel",
    [
        REL + "processes",
        REL.replace("http:", "https:") + "processes",
        "processes",
        "[ogc-rel:processes]",
        "ogc-rel:processes",
    ],
)
def test_trap_47_relations_are_matched_on_their_last_part(rel: str) -> None:
    script = {
        "GET /processes": answer(404, {"detail": "Not Found"}),
        "GET /": answer(200, {"links": [{"rel": rel, "href": "/wps/processes?f=json"}]}),
        "GET /wps/processes": processes("a"),
        "GET /wps/processes/a": answer(200, {"id": "a", "version": "1"}),
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        assert client.get_processes().processes[0].id == "a"
        assert client.get_process("a").id == "a"
    assert server.lines == ["GET /processes", "GET /", "GET /wps/processes", "GET /wps/processes/a"]


# --- links of a server that names itself otherwise --------------------------------------------


@pytest.mark.parametrize("home", ["https://127.0.0.1/ogc", "http://internal.example:5000/ogc"])
def test_a_link_to_another_name_of_the_server_is_mapped_back(home: str) -> None:
    links = [
        {"rel": REL + "conformance", "href": f"{home}/conformance"},
        {"rel": REL + "job-list", "href": f"{home}/jobs"},
    ]
    script = {
        "GET /conformance": answer(404, ""),
        "GET /": answer(200, {"links": links}),
        "GET /ogc/conformance": answer(200, {"conformsTo": ["x"]}),
        "GET /jobs": answer(404, ""),
        "GET /ogc/jobs": jobs(job("1")),
    }
    with ScriptedServer(script) as server, Client(server.url, auth=BearerAuth("t")) as client:
        assert client.get_conformance().conformsTo == ["x"]
        assert client.get_jobs().jobs[0].jobID == "1"
    assert {request.header("Authorization") for request in server.requests} == {"Bearer t"}


def test_links_that_lead_nowhere_do_not_lead_astray() -> None:
    # A server behind a proxy that removes /ogc: what it says of itself is not there.
    links = [{"rel": REL + "processes", "href": "http://internal.example/ogc/processes"}]
    script = {
        "GET /processes/x": answer(404, {"detail": "no x"}),
        "GET /": answer(200, {"links": links}),
        "GET /ogc/processes/x": answer(404, ""),
        "GET /processes": processes("a"),
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        with pytest.raises(NoSuchProcess, match="no x"):
            client.get_process("x")
        assert client.get_processes().processes[0].id == "a"


@pytest.mark.parametrize(
    "landing",
    [
        answer(404, ""),
        answer(200, "no JSON"),
        answer(200, {"links": [{"rel": "processes", "href": "http://["}]}),
    ],
)
def test_a_landing_page_that_cannot_be_read_leaves_the_first_error(landing: bytes) -> None:
    script = {"GET /processes/x": answer(404, {"detail": "no x"}), "GET /": landing}
    with ScriptedServer(script) as server, Client(server.url) as client:
        for _ in range(2):
            with pytest.raises(NoSuchProcess, match="no x"):
                client.get_process("x")
    assert server.lines.count("GET /") == 1
