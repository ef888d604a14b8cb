"""Jobs as real servers report them: a small literal test for each trap, named after it.

The comment in each says which server was seen doing it.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from scripted import ScriptedServer, answer

from ogcproc import (
    Client,
    JobDismissed,
    JobFailed,
    JobInfo,
    JobStatus,
    NoSuchJob,
    ResultNotAvailable,
    ResultNotReady,
    ServiceError,
    Unauthorized,
)

if TYPE_CHECKING:
    from scripted import Reply

NEW = "2026-11-22T20:00:00Z"
RESULTS = "GET /jobs/7/results"
NO_SUCH_JOB = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/no-such-job"
NOT_READY = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/result-not-ready"


def state(status: str, **members: Any) -> dict[str, Any]:
    return {"jobID": "7", "processID": "p", "status": status, **members}


def read(body: Any) -> JobInfo:
    """Return what ``get_job`` makes of a body."""
    with ScriptedServer([answer(200, body)]) as server, Client(server.url) as client:
        return client.get_job("7")


def why(error: Reply, job: Reply) -> Exception:
    """Return what ``get_job_results`` raises, by its own answer and the job's."""
    script = {RESULTS: error, "GET /jobs/7": job, "GET /": answer(200, {"links": []})}
    caught = pytest.raises(Exception)  # noqa: PT011 - returned
    with ScriptedServer(script) as server, Client(server.url) as client, caught as info:
        client.get_job_results("7")
    return info.value


def dismissed(reply: Reply, job: str | JobInfo = "7") -> JobInfo:
    """Return what ``dismiss_job`` makes of an answer."""
    with ScriptedServer([reply]) as server, Client(server.url) as client:
        return client.dismiss_job(job)


# --- 29: ids are used again -------------------------------------------------------------------


def test_trap_29_an_id_that_went_to_another_process_is_noticed() -> None:
    # wraptile 0.3.0 (wraptile/98 to /101): the new job got the id of one that still ran
    script = [
        answer(201, state("accepted", processID="sleep", created=NEW)),
        answer(200, state("successful", processID="primes", created=NEW)),
    ]
    with ScriptedServer(script) as server, Client(server.url) as client:
        job = client.execute_process("sleep")
        with pytest.raises(NoSuchJob, match="7 is another job by now: of primes") as caught:
            client.get_job(job)
    assert caught.value.status == 200
    assert b"primes" in caught.value.body


def test_trap_29_an_id_that_went_to_a_later_job_is_noticed() -> None:
    before = JobInfo.from_dict(state("running", created=NEW))
    later = answer(200, state("running", created="2026-11-22T20:07:00Z"))
    refused = pytest.raises(NoSuchJob, match="another job by now")
    with ScriptedServer([later]) as server, Client(server.url) as client, refused:
        client.get_job(before)


@pytest.mark.parametrize(
    "now",
    [
        {"created": "2026-11-22T20:00:00.731Z"},  # rounded
        {"created": "2026-11-22T20:00:00"},  # no zone
        {"created": None},
        {"processID": None},
        {"processID": "http://h/processes/p"},  # 2.0
        {"processID": "resource_id-7"},  # actinia: named after the job
    ],
)
def test_trap_29_the_same_job_is_no_other(now: dict[str, Any]) -> None:
    before = JobInfo.from_dict(state("accepted", created=NEW))
    reply = answer(200, state("running", **{"created": NEW, **now}))
    with ScriptedServer([reply]) as server, Client(server.url) as client:
        assert client.get_job(before).status == "running"


def test_trap_29_who_asks_by_id_alone_gets_what_is_there() -> None:
    assert read(state("running", processID="other")).processID == "other"


# --- 30 to 35: what a state says --------------------------------------------------------------


def test_trap_30_accepted_for_the_whole_run() -> None:
    # pygeoapi 0.21 (pygeoapi-0.21-tinydb/77, /80)
    first, last = read(state("accepted", progress=5)), read(state("successful", progress=100))
    assert (first.status, first.is_finished) == (JobStatus.accepted, False)
    assert (last.status, last.is_finished) == (JobStatus.successful, True)


@pytest.mark.parametrize(
    ("word", "end"),
    [
        ("accepted", None),
        ("running", None),
        ("created", None),  # Part 4
        ("queued", None),  # openEO
        ("submitted", None),
        ("started", None),  # weaver
        ("paused by the operator", None),
        ("", None),
        ("successful", "is_successful"),
        ("succeeded", "is_successful"),  # weaver with profile=wps (weaver/64)
        ("finished", "is_successful"),  # openEO (weaver/65)
        ("failed", "is_failed"),
        ("error", "is_failed"),  # openEO
        ("dismissed", "is_dismissed"),
        ("canceled", "is_dismissed"),  # openEO
    ],
)
def test_trap_31_words_of_other_servers(word: str, end: str | None) -> None:
    job = read(state(word))
    assert (job.status, job.to_dict().get("status")) == (word, word)
    assert job.is_finished is (end is not None)
    ends = ["is_successful", "is_failed", "is_dismissed"]
    assert [name for name in ends if getattr(job, name)] == ([end] if end else [])


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-22T20:00:00Z", datetime(2026, 11, 22, 20, tzinfo=timezone.utc)),  # ZOO
        ("2026-11-22T20:00:00.123456Z", datetime(2026, 11, 22, 20, 0, 0, 123456, timezone.utc)),
        ("2026-11-22T21:00:00.5+01:00", datetime(2026, 11, 22, 20, 0, 0, 500000, timezone.utc)),
        ("2026-11-22T20:00:00", datetime(2026, 11, 22, 20, tzinfo=timezone.utc)),  # Copernicus
        ("22 November", None),
    ],
)
def test_trap_32_timestamps_in_all_their_spellings(text: str, moment: datetime | None) -> None:
    job = read(state("running", created=text))
    assert job.created == moment
    assert job.created is None or job.created.tzinfo is not None
    assert job.to_dict()["created"] == text


def test_trap_32_timestamps_may_be_null_or_missing() -> None:
    # fastprocesses 0.16.0 (fastprocesses/31), pygeoapi 0.21 (pygeoapi-0.21-tinydb/77)
    job = read(state("accepted", finished=None))
    assert (job.created, job.finished) == (None, None)
    assert job.to_dict()["finished"] is None


def test_trap_33_progress_may_be_missing_at_the_end() -> None:
    # ZOO-Project 2.1.1-dev (zoo/56)
    assert read(state("successful")).progress is None


def test_trap_33_progress_of_a_failed_job_stays_low() -> None:
    # pygeoapi 0.21 (pygeoapi-0.21-tinydb/101)
    job = read(state("failed", progress=5))
    assert (job.progress, job.is_finished) == (5, True)


def test_trap_33_progress_may_be_a_fraction() -> None:
    # openEO back-ends (openeo-backends/01); weaver says it twice (weaver/56)
    job = read(state("running", progress=15.51, percentCompleted=16))
    assert (job.progress, job.extra["percentCompleted"]) == (15.51, 16)


def test_trap_34_an_id_and_a_status_are_enough() -> None:
    # wraptile 0.3.0 (wraptile/25), fastprocesses 0.16.0 (fastprocesses/28)
    assert read({"jobID": "7", "status": "running"}) == JobInfo("7", "running")


def test_trap_34_members_may_be_null() -> None:
    # pygeoapi 0.21 (pygeoapi-0.21-tinydb/77), weaver 6.15 (weaver/56)
    body = {**state("running"), "type": None, "links": None, "parameters": None}
    assert read(body).type is None
    assert read(body).to_dict() == body


def test_trap_35_a_results_link_is_no_state() -> None:
    # pygeoapi 0.21 (pygeoapi-0.21-tinydb/77): there from the start
    link = {"rel": "http://www.opengis.net/def/rel/ogc/1.0/results", "href": "/jobs/7/results"}
    assert read(state("accepted", links=[link])).is_finished is False
    assert read(state("failed", links=[link])).is_successful is False


# --- 36, 37: errors in place of results -------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [
        answer(403, {"title": "Forbidden", "status": 403, "detail": "Job '7' is still running"}),
        answer(404, {"code": "ResultNotReady", "description": "job not yet running"}),
        answer(404, {"type": NOT_READY, "title": "not ready"}),
        answer(404, {"detail": "Result for job 7 is not ready."}),
        answer(400, {"code": "ResultNotReady", "description": "running"}),
    ],
    ids=["wraptile", "pygeoapi", "standard", "fastprocesses", "javaps"],
)
def test_trap_36_not_ready_has_many_codes(reply: bytes) -> None:
    error = why(reply, answer(200, state("running")))
    assert isinstance(error, ResultNotReady)


def test_trap_36_not_ready_may_mean_that_it_never_will_be() -> None:
    # GeoServer (geoserver/08): result-not-ready of a job that failed
    error = why(
        answer(404, {"type": NOT_READY, "title": "the job is: FAILED"}),
        answer(200, state("failed", message="no coverage")),
    )
    assert isinstance(error, JobFailed)
    assert str(error) == "7 failed: no coverage"


def test_trap_36_a_job_that_was_dismissed_has_no_results() -> None:
    # weaver 6.15 (weaver/97)
    error = why(answer(410, {"detail": "removed"}), answer(200, state("dismissed")))
    assert isinstance(error, JobDismissed)
    assert str(error) == "7 dismissed: removed"


def test_trap_36_a_job_that_ended_well_may_have_no_results() -> None:
    # trap 26: pygeoapi 0.21 without output_dir, ZOO-Project (zoo/74)
    error = why(answer(500, {"detail": "gone"}), answer(200, state("successful")))
    assert isinstance(error, ResultNotAvailable)
    assert error.status == 500


def test_trap_36_a_job_that_is_not_there_is_not_asked_for_its_state() -> None:
    error = why(answer(404, {"type": NO_SUCH_JOB, "title": "no job 7"}), answer(500))
    assert isinstance(error, NoSuchJob)


def test_trap_36_what_is_not_about_the_job_is_said_as_it_is() -> None:
    assert isinstance(why(answer(401, {"detail": "who?"}), answer(500)), Unauthorized)
    # weaver 6.15 (weaver/70)
    refused = why(answer(406, {"detail": "JSON only"}), answer(200, state("successful")))
    assert type(refused) is ServiceError


@pytest.mark.parametrize("job", [answer(404), answer(500, "down"), answer(200, "no JSON")])
def test_trap_36_without_a_state_the_first_error_stands(job: bytes) -> None:
    error = why(answer(403, {"detail": "still running"}), job)
    assert isinstance(error, ServiceError)
    assert "403 Forbidden: still running" in str(error)


def test_trap_36_a_state_that_says_nothing_leaves_the_first_error() -> None:
    error = why(answer(403, {"detail": "no"}), answer(200, {"jobID": "7"}))
    assert "403 Forbidden: no" in str(error)


@pytest.mark.parametrize(
    ("reply", "message", "said"),
    [
        # pygeoapi 0.21 (pygeoapi-0.21-tinydb/101, /102)
        (
            answer(400, {"code": "InvalidParameterValue", "description": "job failed"}),
            "boom",
            "boom",
        ),
        # wraptile 0.3.0 (wraptile/54, /55)
        (answer(403, {"title": "Forbidden", "detail": "Job '7' has failed"}), "boom", "boom"),
        (answer(403, {"detail": "Job '7' has failed"}), None, "Job '7' has failed"),
        (answer(500, ""), None, "no reason given"),
    ],
)
def test_trap_37_why_a_job_failed_stands_in_its_state(
    reply: bytes, message: str | None, said: str
) -> None:
    error = why(reply, answer(200, state("failed", message=message)))
    assert isinstance(error, JobFailed)
    assert str(error) == f"7 failed: {said}"
    assert error.job is not None
    assert error.job.message == message
    assert isinstance(error.__cause__, ServiceError)


def test_trap_37_an_error_under_a_redirect_is_told_by_the_state() -> None:
    # trap 25: ZOO-Project 2.1.1-dev (zoo/79, /80) stores the error as the result
    script = {
        RESULTS: answer(302, headers=[("Location", "/temp//7.json")]),
        "GET /temp//7.json": answer(
            200,
            {"type": "NoApplicableCode", "title": "NoApplicableCode", "detail": "unable to run"},
        ),
        "GET /jobs/7": answer(200, state("failed", message="boom")),
    }
    refused = pytest.raises(JobFailed, match="7 failed: boom")
    with ScriptedServer(script) as server, Client(server.url) as client, refused:
        client.get_job_results("7")


# --- 38 to 40: dismissing, and jobs that are not there ----------------------------------------


def test_trap_38_json_under_text_html() -> None:
    # pygeoapi 0.21 (pygeoapi-0.21-tinydb/107)
    body = '{"jobID": "7", "status": "dismissed", "message": "Job dismissed", "progress": 100}'
    job = dismissed(answer(200, body, [("Content-Type", "text/html; charset=utf-8")]))
    assert job == JobInfo("7", "dismissed", message="Job dismissed", progress=100)


@pytest.mark.parametrize(
    "reply",
    [
        answer(204, length=False),
        answer(200, ""),
        answer(200, {"message": "Job deleted"}),
        answer(410, {"title": "JobDismissed", "detail": "dismissed already"}),  # weaver/94
    ],
)
def test_trap_38_whatever_says_that_it_is_done_is_dismissed(reply: bytes) -> None:
    said = "Job deleted" if b"Job deleted" in reply else None
    assert dismissed(reply) == JobInfo("7", "dismissed", message=said)
    job = dismissed(reply, JobInfo("7", "running", "p"))
    assert (job.jobID, job.status, job.processID) == ("7", JobStatus.dismissed, "p")


def test_a_redirect_in_place_of_a_dismissal_is_an_error() -> None:
    with pytest.raises(ServiceError, match="303 See Other"):
        dismissed(answer(303, "", [("Location", "/login")]))


def test_trap_38_a_job_given_by_its_url_is_dismissed_by_its_id() -> None:
    reply = answer(204, length=False)
    with ScriptedServer([reply]) as server, Client(f"{server.url}/api") as client:
        assert client.dismiss_job(f"{client.api_url}/jobs/a%20b").jobID == "a b"
    assert server.lines == ["DELETE /api/jobs/a%20b"]


def test_trap_38_a_job_that_is_gone_is_an_error_by_name() -> None:
    # pygeoapi 0.21 (pygeoapi-0.21-tinydb/113), ZOO-Project 2.1.1-dev too (zoo/88)
    with pytest.raises(NoSuchJob, match="404 Not Found: no job 7"):
        dismissed(answer(404, {"type": NO_SUCH_JOB, "title": "no job 7"}))


def test_trap_38_dismissing_may_not_be_offered() -> None:
    # fastprocesses 0.16.0 (fastprocesses/46)
    with pytest.raises(ServiceError, match="405 Method Not Allowed") as caught:
        dismissed(answer(405, {"detail": "Method Not Allowed"}))
    assert caught.value.status == 405


@pytest.mark.parametrize("status", ["successful", "dismissed", "failed"])
def test_trap_39_the_last_state_is_told_as_the_server_tells_it(status: str) -> None:
    # pygeoapi and ZOO-Project delete a job that has ended (zoo/91); weaver calls it dismissed
    assert dismissed(answer(200, state(status))).status == status


@pytest.mark.parametrize(
    "body",
    [
        {"code": "InvalidParameterValue", "description": "nope"},  # pygeoapi 0.21
        {"type": NO_SUCH_JOB, "title": "no such job"},  # ZOO-Project
        {"detail": "Job 7 not found."},  # fastprocesses
        "Not Found",
    ],
)
def test_trap_40_an_unknown_job_is_no_such_job(body: Any) -> None:
    script = {"GET /jobs/7": answer(404, body), "GET /": answer(200, {"links": []})}
    refused = pytest.raises(NoSuchJob)
    with ScriptedServer(script) as server, Client(server.url) as client, refused:
        client.get_job("7")


def test_trap_40_a_bad_id_is_an_error_of_the_request() -> None:
    # weaver 6.15: 400 for an id that is no UUID
    reply = answer(400, {"title": "BadRequest", "detail": "not a valid UUID"})
    refused = pytest.raises(ServiceError, match="400 Bad Request: not a valid UUID")
    with ScriptedServer([reply]) as server, Client(server.url) as client, refused:
        client.get_job("nope")


# --- jobs at another place --------------------------------------------------------------------


def test_jobs_are_found_by_the_landing_page_where_the_fixed_path_leads_nowhere() -> None:
    rel = "http://www.opengis.net/def/rel/ogc/1.0/job-list"
    home = {"rel": rel, "href": "/tasks?f=json", "type": "application/json"}
    script = {
        "GET /jobs/7": answer(404, {"detail": "Not Found"}),
        "GET /": answer(200, {"links": [home]}),
        "GET /tasks/7": answer(200, state("running")),
        "GET /tasks/7/results": answer(200, {"a": 1, "b": 2}),
        "DELETE /tasks/7": answer(204, length=False),
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        assert client.get_job("7").status == "running"
        assert dict(client.get_job_results("7")) == {"a": 1, "b": 2}
        client.dismiss_job("7")
    assert server.lines == [
        "GET /jobs/7",
        "GET /",
        "GET /tasks/7",
        "GET /tasks/7/results",
        "DELETE /tasks/7",
    ]


def test_where_the_link_leads_nowhere_either_the_fixed_path_stays() -> None:
    home = {"rel": "job-list", "href": "/tasks"}
    script = {
        "GET /jobs/7": answer(404, {"detail": "no job 7"}),
        "GET /": answer(200, {"links": [home]}),
        "GET /tasks/7": answer(404, {"detail": "no such page"}),
        "GET /jobs/8": answer(200, {"jobID": "8", "status": "running"}),
    }
    refused = pytest.raises(NoSuchJob, match="no job 7")
    with ScriptedServer(script) as server, Client(server.url) as client, refused:
        client.get_job("7")
        assert client.get_job("8").status == "running"


def test_trap_32_a_time_without_a_zone_can_be_reckoned_with() -> None:
    job = read(state("successful", started="2026-11-22T20:00:00", finished="2026-11-22T21:00:09Z"))
    assert job.started is not None
    assert job.finished is not None
    assert job.finished - job.started == timedelta(hours=1, seconds=9)
