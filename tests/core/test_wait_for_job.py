"""Waiting for jobs, and running a process in one call, against a server."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from scripted import CLOSE, RESET, SILENCE, Received, ScriptedServer, answer

from ogcproc import (
    Client,
    JobDismissed,
    JobFailed,
    JobInfo,
    NoSuchJob,
    ProcessRequest,
    TransportError,
    WaitTimeout,
)

if TYPE_CHECKING:
    from scripted import Reply

QUICKLY = 0.001


def state(status: str, **more: Any) -> bytes:
    return answer(200, {"jobID": "j", "type": "process", "status": status, **more})


def waited(*replies: Reply, job: Any = "j", **options: Any) -> tuple[JobInfo, list[str]]:
    """Return the job that was waited for, and what the server was asked."""
    options = {"poll": QUICKLY, **options}
    with ScriptedServer(replies) as server, Client(server.url, proxy="") as client:
        return client.wait_for_job(job, **options), server.lines


def test_a_job_is_asked_for_until_it_has_ended() -> None:
    job, lines = waited(state("accepted"), state("running", progress=5), state("successful"))
    assert job.is_successful
    assert lines == ["GET /jobs/j"] * 3


def test_a_job_that_has_ended_is_not_asked_for() -> None:
    ended = JobInfo("j", "successful")
    assert waited(job=ended) == (ended, [])
    with pytest.raises(JobFailed):
        waited(job=JobInfo("j", "failed"))


def test_lost_connections_and_gateways_are_waited_out() -> None:
    job, lines = waited(
        state("running"),
        (RESET,),
        (CLOSE,),
        answer(502, "<html>"),
        answer(503, "", [("Retry-After", "0")]),
        answer(429, ""),
        state("successful"),
    )
    assert job.is_successful
    assert len(lines) == 7


def test_a_server_that_is_silent_is_not_waited_for_longer_than_the_wait() -> None:
    script: list[Reply] = [state("running"), (SILENCE,)]
    with ScriptedServer(script) as server, Client(server.url, proxy="") as client:
        started = time.monotonic()
        with pytest.raises(WaitTimeout) as caught:
            client.wait_for_job("j", timeout=0.05, poll=QUICKLY)
        assert time.monotonic() - started < 5
    assert caught.value.job is not None
    assert caught.value.job.status == "running"
    assert isinstance(caught.value.__cause__, TransportError)


def test_retry_after_is_obeyed_beside_a_state() -> None:
    slow = answer(200, {"jobID": "j", "status": "running"}, [("Retry-After", "1")])
    with pytest.raises(WaitTimeout):
        waited(slow, timeout=0.05)


def test_updates_are_told_when_something_changed() -> None:
    told: list[tuple[str, Any]] = []
    waited(
        state("accepted", duration="1"),
        state("accepted", duration="2"),
        state("running", progress=10),
        state("running", progress=10),
        state("successful", progress=100),
        on_update=lambda job: told.append((job.status, job.progress)),
    )
    assert told == [("accepted", None), ("running", 10), ("successful", 100)]


def test_failed_and_dismissed_jobs_are_errors_unless_asked_otherwise() -> None:
    with pytest.raises(JobFailed, match="j failed: no memory") as failed:
        waited(state("failed", message="no memory"))
    assert failed.value.job is not None
    assert failed.value.job.message == "no memory"
    with pytest.raises(JobDismissed):
        waited(state("dismissed"))
    assert waited(state("failed"), raise_for_status=False)[0].is_failed


def test_a_job_that_was_not_in_time_is_dismissed_where_that_is_asked_for() -> None:
    script = {"GET /jobs/j": state("running"), "DELETE /jobs/j": state("dismissed")}
    with ScriptedServer(script) as server, Client(server.url, proxy="") as client:
        with pytest.raises(WaitTimeout) as left:
            client.wait_for_job("j", timeout=0)
        assert "DELETE /jobs/j" not in server.lines
        with pytest.raises(WaitTimeout) as dismissed:
            client.wait_for_job("j", timeout=0, on_timeout="dismiss")
        assert "DELETE /jobs/j" in server.lines
    assert [error.value.job.status for error in (left, dismissed)] == [
        "running",
        "dismissed",
    ]


def test_a_job_that_is_gone_or_another_is_not_waited_for() -> None:
    with pytest.raises(NoSuchJob):
        waited(answer(404, {"type": "no-such-job"}))
    with pytest.raises(NoSuchJob):
        waited(state("running", processID="p"), state("running", processID="q"))


def test_a_wait_that_is_interrupted_leaves_the_job_alone() -> None:
    def interrupt(_: JobInfo) -> None:
        raise KeyboardInterrupt

    with ScriptedServer([state("running")]) as server, Client(server.url, proxy="") as client:
        with pytest.raises(KeyboardInterrupt):
            client.wait_for_job("j", on_update=interrupt)
        assert server.lines == ["GET /jobs/j"]


def test_a_client_that_is_closed_is_not_waited_with() -> None:
    with ScriptedServer([state("running")]) as server, Client(server.url, proxy="") as client:
        threading.Timer(0.05, client.close).start()
        with pytest.raises(TransportError, match="the client is closed"):
            client.wait_for_job("j", poll=20)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"timeout": -1}, ValueError),
        ({"timeout": "5"}, TypeError),
        ({"poll": 0}, ValueError),
        ({"on_timeout": "cancel"}, ValueError),
        ({"job": 5}, TypeError),
    ],
)
def test_what_cannot_be_waited_for_is_refused(
    options: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        waited(state("running"), **options)


def test_a_job_is_waited_for_by_its_url() -> None:
    with ScriptedServer([state("running"), state("successful")]) as server:
        with Client(server.url, proxy="") as client:
            url = f"{server.url}/processes/p/jobs/j"
            assert client.wait_for_job(url, poll=QUICKLY).jobID == "j"
        assert server.lines == ["GET /processes/p/jobs/j"] * 2


# --- run_process --------------------------------------------------------------------------------


def test_outputs_are_not_given_twice() -> None:
    with Client("http://h") as client, pytest.raises(ValueError, match="twice"):
        client.run_process("p", ProcessRequest({}), outputs=["a"])


def test_a_synchronous_answer_may_take_as_long_as_the_run() -> None:
    def reply(request: Received) -> Reply:
        if request.method == "GET":
            return answer(200, {"id": "p", "version": "1", "jobControlOptions": ["sync-execute"]})
        return (0.3, answer(200, {"a": 1}, [("Content-Type", "application/json")]))

    with ScriptedServer(reply) as server, Client(server.url, timeout=0.1, proxy="") as client:
        assert client.run_process("p", {}, outputs=["a"], timeout=30) == {"a": 1}


def test_a_synchronous_call_that_turned_asynchronous_is_waited_for() -> None:
    script: dict[str, Reply | list[Reply]] = {
        "GET /processes/p": answer(
            200, {"id": "p", "version": "1", "jobControlOptions": ["sync-execute"]}
        ),
        "POST /processes/p/execution": answer(201, {"jobID": "j", "status": "accepted"}),
        "GET /jobs/j": [state("running"), state("successful")],
        "GET /jobs/j/results": answer(200, {"a": 1}),
    }
    with ScriptedServer(script) as server, Client(server.url, proxy="") as client:
        assert client.run_process("p", {}, outputs=["a"], poll=QUICKLY) == {"a": 1}
