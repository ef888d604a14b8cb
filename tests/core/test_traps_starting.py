"""Starting a job as real servers do it: a small literal test for each trap, named after it.

The comment in each says which server was seen doing it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from scripted import ScriptedServer, answer

from ogcproc import (
    BearerAuth,
    Client,
    DocumentError,
    JobInfo,
    JobStatus,
    Link,
    NoSuchProcess,
    ProcessRequest,
    QualifiedValue,
    ServiceError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripted import Received, Reply

EXECUTION = "POST /processes/p/execution"
ACCEPTED = {"jobID": "7", "status": "accepted", "type": "process"}
DESCRIPTION = answer(
    200, {"id": "p", "version": "1", "outputs": {"out": {"schema": {"type": "number"}}}}
)


def started(reply: Reply, request: Any = None, **how: Any) -> JobInfo:
    """Return what ``execute_process`` makes of an answer."""
    script = {EXECUTION: reply, "/processes/p": DESCRIPTION}
    with ScriptedServer(script) as server, Client(server.url) as client:
        return client.execute_process("p", request, **how)


def held(job: JobInfo) -> dict[str, Any]:
    """Return the results that a job holds."""
    assert job.results is not None
    return dict(job.results)


def sent(request: Any = None, **how: Any) -> Received:
    """Return the request that ``execute_process`` sends."""
    with ScriptedServer([answer(201, ACCEPTED)]) as server, Client(server.url) as client:
        client.execute_process("p", request, **how)
    return server.requests[0]


def test_trap_01_a_job_may_come_where_none_was_asked_for() -> None:
    # wraptile 0.3.0 (wraptile/19), fastprocesses 0.16.0 (fastprocesses/16)
    done = {"jobID": "job_0", "processID": "p", "status": "successful", "message": "Done"}
    job = started(answer(201, done), mode="sync")
    assert (job.jobID, job.status, job.results) == ("job_0", JobStatus.successful, None)


def test_trap_01_results_may_come_where_a_job_was_asked_for() -> None:
    # pygeoapi without a job manager (pygeoapi-0.21-sync/101)
    job = started(answer(200, {"a": 1, "b": "x"}), mode="async")
    assert (job.jobID, job.status, job.processID) == ("", "successful", "p")
    assert held(job) == {"a": 1, "b": "x"}


def test_trap_01_results_that_came_are_returned_without_a_request() -> None:
    # Once in a client's life, a description shows that the server is one of processes (row 2).
    script = [answer(200, {"a": 1, "b": "x"}), answer(200, {"id": "p", "version": "1"})]
    with ScriptedServer(script) as server, Client(server.url) as client:
        job = client.execute_process("p")
        assert dict(client.get_job_results(job)) == {"a": 1, "b": "x"}
        assert client.get_job_result(job, "b") == "x"
    assert server.lines == [EXECUTION, "GET /processes/p"]


def test_trap_02_a_job_without_location_is_found_by_its_id() -> None:
    # wraptile 0.3.0 (wraptile/25), bbox-server, Dewberry's process-api
    script = [answer(201, ACCEPTED), answer(200, {**ACCEPTED, "status": "running"})]
    with ScriptedServer(script) as server, Client(server.url) as client:
        job = client.execute_process("p")
        assert client.get_job(job).status == "running"
    assert server.lines == [EXECUTION, "GET /jobs/7"]


@pytest.mark.parametrize("body", ["null", "{}", ""])
def test_trap_03_a_body_that_says_nothing_leaves_the_id_to_location(body: str) -> None:
    # pygeoapi 0.21 (pygeoapi-0.21-tinydb/68, /71), GeoServer (geoserver/06)
    kind = ("Content-Type", "application/json")
    job = started(answer(201, body, [kind, ("Location", "http://h/jobs/6f-1?f=json")]))
    assert (job.jobID, job.status, job.processID) == ("6f-1", JobStatus.accepted, "p")
    assert not job.is_finished


@pytest.mark.parametrize("body", ["null", "{}", ""])
def test_trap_03_neither_id_nor_location_is_an_error_that_keeps_the_answer(body: str) -> None:
    with pytest.raises(DocumentError, match="no id in the body, no Location"):
        started(answer(201, body))


def test_trap_04_the_id_may_be_called_id() -> None:
    # pygeoapi 0.22, and both names: weaver 6.15 (weaver/49), ZOO-Project (zoo/47)
    job = started(answer(201, {"id": "7", "type": "process", "status": "accepted"}))
    assert job.jobID == "7"
    assert job.to_dict() == {
        "id": "7",
        "type": "process",
        "status": "accepted",
        "processID": "p",
    }
    both = started(answer(201, {"id": "7", "jobID": "7", "status": "running"}))
    assert both.jobID == "7"


def test_trap_04_a_state_may_come_under_200_in_place_of_results() -> None:
    # pygeoapi 0.22: a process that runs only synchronously, asked to run asynchronously
    script = [
        answer(200, {"id": "7", "status": "successful", "type": "process"}),
        answer(200, {"a": 1, "b": 2}),
    ]
    with ScriptedServer(script) as server, Client(server.url) as client:
        job = client.execute_process("p")
        assert (job.jobID, job.status, job.results) == ("7", "successful", None)
        assert dict(client.get_job_results(job)) == {"a": 1, "b": 2}
    assert server.lines == [EXECUTION, "GET /jobs/7/results"]


def test_trap_04_an_output_called_id_is_no_job() -> None:
    # Any server: a result of two outputs, one of them a status of something else.
    job = started(answer(200, {"id": "field-12", "status": "irrigated"}))
    assert job.jobID == ""
    assert held(job) == {"id": "field-12", "status": "irrigated"}


def test_trap_05_a_location_beside_results_is_no_sign_of_a_job_that_runs() -> None:
    # pygeoapi 0.21 (pygeoapi-0.21-tinydb/40)
    job = started(answer(200, {"a": 1, "b": 2}, [("Location", "http://h/jobs/7")]), mode="sync")
    assert (job.jobID, job.status) == ("7", JobStatus.successful)
    assert held(job) == {"a": 1, "b": 2}


def test_trap_05_a_location_beside_an_error_is_no_sign_of_success() -> None:
    # pygeoapi 0.21 (pygeoapi-0.21-tinydb/136), weaver 6.15 (weaver/89)
    body = {"code": "InvalidParameterValue", "description": "Cannot process without a name"}
    with pytest.raises(ServiceError, match="400 Bad Request: Cannot process without a name"):
        started(answer(400, body, [("Location", "http://h/jobs/7")]))


def test_trap_06_created_may_carry_the_results() -> None:
    # ZOO-Project 2.1.1-dev, with mode=async in the body
    job = started(answer(201, {"Result": "Hello", "b": 1}))
    assert (job.jobID, job.status) == ("", JobStatus.successful)
    assert held(job) == {"Result": "Hello", "b": 1}


def test_trap_06_created_with_results_and_location_loses_neither() -> None:
    job = started(answer(201, {"Result": "Hello"}, [("Location", "/jobs/7")]))
    assert (job.jobID, job.status) == ("7", JobStatus.accepted)
    assert job.extra == {"Result": "Hello"}


def test_trap_07_location_is_path_absolute() -> None:
    # fastprocesses 0.16.0 (fastprocesses/28)
    script = [
        answer(201, {"jobID": "7", "status": "accepted"}, [("Location", "/api/jobs/7")]),
        answer(200, ACCEPTED),
    ]
    with ScriptedServer(script) as server, Client(f"{server.url}/api") as client:
        client.get_job(client.execute_process("p"))
    assert server.lines == ["POST /api/processes/p/execution", "GET /api/jobs/7"]


def test_trap_07_a_location_that_forgets_the_servers_prefix_is_not_used() -> None:
    # fastprocesses 0.16.0 mounted under a path: its router writes /jobs/{id} all the same
    script = [
        answer(201, {"jobID": "7", "status": "accepted"}, [("Location", "/jobs/7")]),
        answer(200, ACCEPTED),
    ]
    with ScriptedServer(script) as server, Client(f"{server.url}/api") as client:
        client.get_job(client.execute_process("p"))
    assert server.lines == ["POST /api/processes/p/execution", "GET /api/jobs/7"]


def test_trap_07_location_names_another_host() -> None:
    # pygeoapi 0.21 behind a proxy (pygeoapi-0.21-defaultlimits/07): its own name for itself
    location = ("Location", "http://pygeoapi.internal:5000/api/jobs/7")
    script = [answer(201, "null", [location]), answer(200, ACCEPTED)]
    with ScriptedServer(script) as server, Client(server.url, auth=BearerAuth("t")) as client:
        client.get_job(client.execute_process("p"))
    assert server.lines == [EXECUTION, "GET /jobs/7"]
    assert server.requests[1].header("Authorization") == "Bearer t"


def test_a_location_on_another_host_counts_where_there_is_nothing_at_the_fixed_path() -> None:
    location = ("Location", "http://zoo.internal/processes/p/jobs/7")
    script = {
        EXECUTION: answer(201, ACCEPTED, [location]),
        "GET /jobs/7": answer(404, ""),
        "GET /processes/p/jobs/7": answer(200, {**ACCEPTED, "status": "running"}),
        "GET /jobs/7/results": answer(404, ""),
        "GET /processes/p/jobs/7/results": answer(200, {"a": 1, "b": 2}),
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        job = client.execute_process("p")
        assert client.get_job(client.get_job(job)).status == "running"
        assert client.get_job_results(job) == {"a": 1, "b": 2}
    assert "GET /" not in server.lines


def test_trap_08_location_points_under_the_process() -> None:
    # weaver 6.15 (weaver/49): used for the status, the results and to dismiss
    location = ("Location", "/processes/p/jobs/7")
    script = [
        answer(201, ACCEPTED, [location]),
        answer(200, {**ACCEPTED, "status": "running"}),
        answer(200, {"a": 1, "b": 2}),
        answer(200, {"jobID": "7", "status": "dismissed"}),
    ]
    with ScriptedServer(script) as server, Client(server.url) as client:
        job = client.execute_process("p")
        client.get_job(job)
        client.get_job_results(job)
        client.dismiss_job(job)
    assert server.lines[1:] == [
        "GET /processes/p/jobs/7",
        "GET /processes/p/jobs/7/results",
        "DELETE /processes/p/jobs/7",
    ]


def test_trap_09_respond_async_goes_alone() -> None:
    # pygeoapi 0.21 compares the whole field (pygeoapi-0.21-tinydb/82, /217); fastprocesses reads
    # wait=10 alone as asynchronous
    assert sent().header("Prefer") == "respond-async"
    assert sent(mode="sync").header("Prefer") is None


def test_trap_09_a_wait_is_sent_to_who_asks_for_it() -> None:
    assert sent(wait=10).header("Prefer") == "respond-async, wait=10"


@pytest.mark.parametrize(
    "applied", [None, "wait", "respond-async", "respond-async, return=minimal"]
)
def test_trap_10_preference_applied_decides_nothing(applied: str | None) -> None:
    # pygeoapi 0.24 says wait unasked, ZOO-Project echoes the request (zoo/65)
    headers = [("Preference-Applied", applied)] if applied else []
    assert started(answer(201, ACCEPTED, headers)).jobID == "7"
    assert held(started(answer(200, {"a": 1, "b": 2}, headers))) == {"a": 1, "b": 2}


def test_trap_11_the_same_call_has_two_shapes() -> None:
    # fastprocesses 0.16.0 (fastprocesses/38, /40): synchronous, and asynchronous once it is slow
    script = [
        answer(200, {"a": 1, "b": 2}),
        answer(200, {"id": "p", "version": "1"}),
        answer(201, {"jobID": "7", "status": "running", "progress": 60}),
    ]
    with ScriptedServer(script) as server, Client(server.url) as client:
        at_once, slow = (client.execute_process("p", mode="sync") for _ in range(2))
    assert held(at_once) == {"a": 1, "b": 2}
    assert (slow.jobID, slow.status, slow.results) == ("7", "running", None)


def test_trap_12_async_execute_may_be_promised_in_vain() -> None:
    # pygeoapi without a job manager: async-execute in the description, a synchronous answer
    description = {"id": "p", "version": "1", "jobControlOptions": ["async-execute"]}
    script = [
        answer(200, description),
        answer(200, {"a": 1, "b": 2}, [("Preference-Applied", "wait")]),
    ]
    with ScriptedServer(script) as server, Client(server.url) as client:
        assert held(client.execute_process("p", mode="auto")) == {"a": 1, "b": 2}
    assert server.requests[1].header("Prefer") == "respond-async"


@pytest.mark.parametrize(
    ("options", "prefer"),
    [(["sync-execute"], None), ([], "respond-async"), (["async-execute"], "respond-async")],
)
def test_trap_12_auto_asks_what_the_process_can_do(
    options: Sequence[str], prefer: str | None
) -> None:
    description = {"id": "p", "version": "1", "jobControlOptions": options}
    script = [answer(200, description), answer(201, ACCEPTED)]
    with ScriptedServer(script) as server, Client(server.url) as client:
        client.execute_process("p", mode="auto")
    assert server.requests[1].header("Prefer") == prefer


def test_trap_13_outputs_are_left_out_unless_they_were_set() -> None:
    # fastprocesses 0.16.0 refuses transmissionMode (fastprocesses/25); {} means none to
    # ZOO-Project (zoo/43) and an error to weaver (weaver/44)
    assert sent(ProcessRequest({"n": 1})).json == {"inputs": {"n": 1}}
    assert sent(ProcessRequest(outputs=["a"])).json == {"inputs": {}, "outputs": {"a": {}}}
    assert sent(ProcessRequest(outputs={})).json == {"inputs": {}, "outputs": {}}


@pytest.mark.parametrize("request_", [None, {}, ProcessRequest(), {"inputs": None}])
def test_trap_14_inputs_are_sent_always(request_: Any) -> None:
    # fastprocesses 0.16.0 (fastprocesses/61), pygeoapi 0.21 (pygeoapi-0.21-tinydb/56)
    assert sent(request_).json == {"inputs": {}}
    assert sent(request_).header("Content-Type") == "application/json"


def test_trap_15_a_wrong_input_is_an_error_at_once() -> None:
    # wraptile 0.3.0 (wraptile/76), ZOO-Project (zoo/109): a traceback in one legible line
    trace = "TRACE: could not convert string to float: 'abc'\n<class 'ValueError'>\n"
    problem = {"type": "InternalError", "title": "Internal error", "detail": trace}
    with pytest.raises(ServiceError) as caught:
        started(answer(500, problem))
    assert str(caught.value).startswith(
        "500 Internal Server Error: TRACE: could not convert string to float: 'abc' <class"
    )
    assert caught.value.problem is not None
    assert caught.value.problem.detail == trace


def test_trap_15_a_wrong_input_is_a_job_that_fails_later() -> None:
    # fastprocesses 0.16.0 (fastprocesses/58, /59)
    message = "Input 'text' validation failed: 6 is not of type 'string'."
    script = [
        answer(201, {"jobID": "7", "status": "accepted", "type": "process"}),
        answer(200, {"jobID": "7", "status": "failed", "message": message, "progress": 0}),
    ]
    with ScriptedServer(script) as server, Client(server.url) as client:
        job = client.get_job(client.execute_process("p"))
    assert (job.is_failed, job.message) == (True, message)


# --- what else an execution may be answered with ----------------------------------------------


def test_accepted_is_created() -> None:
    job = started(answer(202, ACCEPTED, [("Location", "/jobs/7")]))
    assert (job.jobID, job.status) == ("7", "accepted")


def test_a_bare_value_is_named_by_the_description() -> None:
    # pygeoapi 0.21 (pygeoapi-0.21-sync/57)
    assert held(started(answer(200, "42", [("Content-Type", "application/json")]))) == {"out": 42}
    text = held(started(answer(200, "4.5", [("Content-Type", "text/plain")])))
    assert text == {"out": QualifiedValue("4.5", "text/plain")}


def test_no_content_has_its_results_in_links() -> None:
    # weaver 6.15 (weaver/41)
    headers = [
        ("Link", '<http://h/out/a.txt>; rel="a"; type="text/plain"'),
        ("Link", '<http://h/out/a.txt>; rel="output"; type="text/plain"'),
        ("Link", '<http://h/jobs/7>; rel="monitor"'),
    ]
    job = started(answer(204, headers=headers, length=False), {"outputs": {"a": {}}})
    assert job.jobID == "7"
    link = held(job)["a"]
    assert isinstance(link, Link)
    assert (link.href, link.type) == ("http://h/out/a.txt", "text/plain")


@pytest.mark.parametrize("status", [302, 303])
def test_a_redirect_leads_to_stored_results(status: int) -> None:
    headers = [("Location", "/jobs/7/results"), ("Link", '</jobs/7>; rel="monitor"')]
    script = {
        EXECUTION: answer(status, headers=headers),
        "GET /jobs/7/results": answer(200, {"a": 1, "b": 2}),
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        job = client.execute_process("p")
    assert (job.jobID, job.status) == ("7", "successful")
    assert held(job) == {"a": 1, "b": 2}


def test_a_redirect_leads_to_a_job() -> None:
    script = {
        EXECUTION: answer(303, headers=[("Location", "/jobs/7")]),
        "GET /jobs/7": answer(200, {**ACCEPTED, "status": "running"}),
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        job = client.execute_process("p")
    assert (job.jobID, job.status, job.results) == ("7", "running", None)


def test_a_redirect_leads_to_a_collection() -> None:
    # 2.0: a process that makes a collection answers 303 to it
    collection = {"id": "made", "links": [], "extent": {}, "itemType": "feature"}
    script = {
        EXECUTION: answer(303, headers=[("Location", "/collections/made")]),
        "GET /collections/made": answer(200, collection),
        "GET /processes/p": DESCRIPTION,
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        job = client.execute_process("p")
    assert "made" in str(held(job))
    assert job.results is not None
    assert job.results.body == json.dumps(collection).encode()


def test_outputs_within_a_job_that_ended_well_are_its_results() -> None:
    # Dewberry's process-api (dewberry-process-api/01)
    state = {"jobID": "7", "processID": "p", "status": "successful", "type": "process"}
    job = started(answer(200, {**state, "outputs": {"a": 1, "b": 2}}))
    assert job.jobID == "7"
    assert held(job) == {"a": 1, "b": 2}


def test_outputs_within_a_job_that_failed_are_none() -> None:
    state = {"jobID": "7", "processID": "p", "status": "failed", "type": "process"}
    job = started(answer(200, {**state, "outputs": {}}))
    assert (job.is_failed, job.results) == (True, None)


EXECUTE_LINK = {
    "rel": "http://www.opengis.net/def/rel/ogc/1.0/execute",
    "href": "/run/p",
    "type": "application/json",
}
DESCRIBED = answer(200, {"id": "p", "version": "1", "links": [EXECUTE_LINK]})


def test_the_execute_link_is_followed_where_it_was_seen() -> None:
    script = {"GET /processes/p": DESCRIBED, "POST /run/p": answer(201, ACCEPTED)}
    with ScriptedServer(script) as server, Client(server.url) as client:
        client.get_process("p")
        assert client.execute_process("p").jobID == "7"
    assert server.lines == ["GET /processes/p", "POST /run/p"]


def test_an_execute_link_to_elsewhere_is_not_followed() -> None:
    links = [
        {**EXECUTE_LINK, "href": href} for href in ("http://h.invalid/p", "http://[", "s3://b")
    ]
    script = {
        "GET /processes/p": answer(200, {"id": "p", "version": "1", "links": links}),
        EXECUTION: answer(201, ACCEPTED),
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        client.get_process("p")
        client.execute_process("p")
    assert server.lines == ["GET /processes/p", EXECUTION]


def test_a_link_that_is_gone_from_a_description_is_followed_no_more() -> None:
    bare = answer(200, {"id": "p", "version": "1"})
    script = [DESCRIBED, bare, answer(201, ACCEPTED)]
    with ScriptedServer(script) as server, Client(server.url) as client:
        client.get_process("p")
        client.get_process("p")
        client.execute_process("p")
    assert server.lines[2] == EXECUTION


def test_a_404_that_may_be_the_process_s_own_is_not_sent_elsewhere_at_once() -> None:
    # It may have run, and not have found an input: the link counts from the next time on.
    script = {
        EXECUTION: answer(404, {"detail": "no such file: a.tif"}),
        "GET /processes/p": DESCRIBED,
        "POST /run/p": answer(201, ACCEPTED),
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        with pytest.raises(NoSuchProcess, match=r"a\.tif"):
            client.execute_process("p")
        assert server.lines == [EXECUTION, "GET /processes/p"]
        assert client.execute_process("p").jobID == "7"
    assert server.lines[2:] == ["POST /run/p"]


def test_a_process_that_is_not_at_its_path_either_is_executed_where_it_is() -> None:
    script = {
        EXECUTION: answer(404, ""),
        "GET /processes/p": answer(404, ""),
        "GET /": answer(200, {"links": [{"rel": "processes", "href": "/wps/processes"}]}),
        "GET /wps/processes/p": answer(200, {"id": "p", "version": "1"}),
        "POST /wps/processes/p/execution": answer(201, ACCEPTED),
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        assert client.execute_process("p").jobID == "7"
    assert server.lines.count("POST /wps/processes/p/execution") == 1


def test_an_execute_link_to_the_fixed_path_is_not_tried_twice() -> None:
    link = {"rel": "execute", "href": "/processes/p/execution"}
    script = {
        EXECUTION: answer(405, {"detail": "Method Not Allowed"}),
        "GET /processes/p": answer(200, {"id": "p", "version": "1", "links": [link]}),
    }
    refused = pytest.raises(ServiceError, match="405 Method Not Allowed")
    with ScriptedServer(script) as server, Client(server.url) as client, refused:
        client.execute_process("p")
    assert server.lines == [EXECUTION, "GET /processes/p"]


def test_a_process_that_the_server_says_is_not_there_is_not_looked_for() -> None:
    kind = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/no-such-process"
    with pytest.raises(NoSuchProcess):
        started(answer(404, {"type": kind, "title": "no p"}))
