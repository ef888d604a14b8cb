"""What the answer to an execute request says: a job, or results. Any execution starts one."""

from __future__ import annotations

from typing import Any

import pytest
from scripted import ScriptedServer, answer

from ogcproc import Client, DocumentError, JobInfo

JOB_7 = ("Location", "/jobs/7")


def started(reply: bytes) -> JobInfo:
    """Return what a client makes of the answer to an execute request."""
    script = {"POST /processes/p/execution": reply, "/processes/p": answer(404), "/": answer(404)}
    with ScriptedServer(script) as server, Client(server.url) as client:
        return client.execute_process("p")


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ({"jobID": "7"}, []),
        ({"id": "7", "status": "queued"}, []),
        ({"status": "accepted"}, [JOB_7]),
        ({"jobID": {}, "id": "7", "status": "accepted"}, [JOB_7]),
        ({"jobID": "", "message": 5}, [JOB_7]),
        ("", [("Location", "/processes/p/jobs/7/status?f=json")]),
        ("", [("Location", "/jobs/7/")]),
        ("", [("Location", "/jobs/api/jobs/7?after=/jobs/6")]),
        ("", [("Location", "/jobs/7#there")]),
    ],
)
@pytest.mark.parametrize("status", [201, 202])
def test_a_job_that_was_made_is_not_lost(
    status: int, body: object, headers: list[tuple[str, str]]
) -> None:
    job = started(answer(status, body, headers))
    assert (job.jobID, job.processID, job.is_finished) == ("7", "p", False)


@pytest.mark.parametrize("body", [{"id": True, "status": "accepted"}, {"id": "", "a": 1}, {}, "[]"])
def test_a_202_that_says_of_no_job_is_an_error_with_the_evidence(body: Any) -> None:
    with pytest.raises(DocumentError, match="202 tells no job") as caught:
        started(answer(202, body))
    assert caught.value.body


def test_a_status_that_cannot_be_read_and_no_location_is_an_error_with_the_evidence() -> None:
    with pytest.raises(DocumentError, match=r"expected a string, got \{\} at jobID") as caught:
        started(answer(201, {"jobID": {}, "id": "7", "status": "accepted"}))
    assert b'"7"' in caught.value.body


def test_what_is_said_beside_a_location_is_kept() -> None:
    job = started(answer(201, {"message": "wait", "place": 3, "progress": None}, [JOB_7]))
    assert (job.message, job.extra) == ("wait", {"place": 3})


def test_results_that_look_like_a_job_are_results_where_none_was_made() -> None:
    job = started(answer(200, {"id": "7", "status": "dry"}))
    assert dict(job.results or {}) == {"id": "7", "status": "dry"}
