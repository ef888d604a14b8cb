"""Waits that field.md tells of: gateways, jobs that are late, failures without a reason."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from scripted import Received, Reply, ScriptedServer, answer

from ogcproc import (
    Client,
    DocumentError,
    JobFailed,
    JobInfo,
    NoSuchJob,
    OgcProcError,
    ServiceError,
    Unauthorized,
    WaitTimeout,
)
from ogcproc._waiting import GRACE, MAX_NONSENSE, MIN_FAILURES, add_note, states

QUICKLY = 0.001
STARTED = answer(201, {"jobID": "j", "status": "accepted", "type": "process"})
NO_SUCH_JOB = answer(404, {"type": "no-such-job", "title": "no job j"})
PAGE = "<!DOCTYPE html><html><title>Down for maintenance</title></html>"


def state(status: str, **more: Any) -> bytes:
    return answer(200, {"jobID": "j", "type": "process", "status": status, **more})


def waited(*replies: Reply, job: Any = "j", **options: Any) -> JobInfo:
    """Return the job that was waited for; each reply is used once."""
    with ScriptedServer(replies) as server, Client(server.url, proxy="", retries=0) as client:
        found = client.wait_for_job(job, **{"poll": QUICKLY, **options})
        assert len(server.requests) == len(replies)
        return found


def executed(*replies: Reply) -> Any:
    """Return the results of a run of a process whose job's status is asked for so often."""
    script: dict[str, Any] = {
        "GET /processes/p": answer(200, {"id": "p", "version": "1"}),
        "POST /processes/p/execution": STARTED,
        "GET /jobs/j": list(replies),
        "GET /jobs": answer(404, ""),
        "GET /": answer(404, ""),
        "GET /jobs/j/results": answer(200, {"a": 1}),
    }
    with ScriptedServer(script) as server, Client(server.url, proxy="", retries=0) as client:
        return client.run_process("p", outputs=["a"], poll=QUICKLY)


# --- row 20: a job that was just created ---------------------------------------------------------


def test_a_job_that_was_just_created_may_be_missing_for_some_seconds() -> None:
    """field.md row 20: pygeoapi under load."""
    assert executed(NO_SUCH_JOB, NO_SUCH_JOB, state("running"), state("successful")) == {"a": 1}


def test_a_job_that_was_seen_and_is_missing_is_gone() -> None:
    with pytest.raises(NoSuchJob):
        executed(state("running"), NO_SUCH_JOB)
    with pytest.raises(NoSuchJob):
        waited(NO_SUCH_JOB)


def looks(*found: Any, job: JobInfo, pause: float = 1.0) -> int:
    """Return how many polls a wait makes that sees these states, the last error for ever."""
    left, now, number = list(found), [0.0], 0

    def poll(_: JobInfo, __: float) -> tuple[JobInfo, float]:
        nonlocal number
        number += 1
        one = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(one, OgcProcError):
            raise one
        return one, 0.0

    def sleep(seconds: float) -> None:
        now[0] += seconds

    def pauses() -> Iterator[float]:
        while True:
            yield pause

    seen = states(job, poll, end=float("inf"), poll=pauses(), sleep=sleep, clock=lambda: now[0])
    with pytest.raises(type(found[-1])):
        list(seen)
    return number


def test_a_new_job_that_stays_missing_is_given_up_after_the_grace() -> None:
    job = JobInfo("j")
    job._context.is_new = True
    gone = NoSuchJob("gone", status=404)
    assert looks(gone, job=job) == GRACE + 1
    assert looks(gone, job=JobInfo("j")) == 1


# --- row 21: what passes -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        *(answer(status, "") for status in (408, 425, 429, 500, 501, 502, 503, 504, 599)),
        *(answer(status, PAGE) for status in range(520, 528)),
        answer(200, ""),
        answer(200, PAGE),
        answer(200, b'{"jobID": "j", "stat'),
        answer(200, {"message": "starting"}),
        answer(403, PAGE),
        answer(404, PAGE),
    ],
)
def test_one_odd_answer_does_not_end_a_wait(fault: bytes) -> None:
    """field.md row 21."""
    assert waited(state("running"), fault, fault, state("successful")).is_successful


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (answer(400, {"title": "no"}), ServiceError),
        (answer(401, PAGE), Unauthorized),
        (answer(403, {"title": "no"}), ServiceError),
        (answer(404, {"title": "no"}), NoSuchJob),
        (answer(410, ""), NoSuchJob),
        (answer(500, {"type": "http://h/no-such-job"}), NoSuchJob),
    ],
)
def test_an_error_about_the_job_ends_a_wait(fault: bytes, kind: type[ServiceError]) -> None:
    script: dict[str, Any] = {"/jobs/j": [state("running"), fault], "/": answer(404, "")}
    with ScriptedServer(script) as server, Client(server.url, proxy="", retries=0) as client:
        with pytest.raises(kind):
            client.wait_for_job("j", poll=QUICKLY)
        assert server.lines.count("GET /jobs/j") == 2


@pytest.mark.parametrize(
    "fault", [ServiceError("broken", status=500), DocumentError("expected JSON", url="http://h")]
)
def test_odd_answers_without_end_end_a_wait(fault: OgcProcError) -> None:
    job = JobInfo("j", "running")
    assert looks(job, fault, job=job, pause=10.0) == 1 + MIN_FAILURES
    assert looks(job, fault, job=job, pause=0.5) == pytest.approx(2 * MAX_NONSENSE, abs=3)


# --- row 23: a reason that stands elsewhere ------------------------------------------------------


@pytest.mark.parametrize(
    ("results", "reason"),
    [
        (answer(400, {"title": "job failed", "detail": "no data for 1899"}), "no data for 1899"),
        (
            answer(
                400,
                {
                    "type": "job results failed",
                    "title": "The job has failed",
                    "traceback": "Traceback:\n" + "  line\n" * 500 + "ValueError: no data\n",
                },
            ),
            "line ValueError: no data",
        ),
        (
            answer(
                200,
                '{"type": "about:blank", "title": "no data"}',
                [("Content-Type", "application/problem+json")],
            ),
            "no data",
        ),
        (answer(200, {"a": 1}), "no reason given"),
        (answer(500, ""), "no reason given"),
    ],
)
def test_the_reason_of_a_failure_is_asked_for_once(results: bytes, reason: str) -> None:
    """field.md row 23: CDS."""
    script = {"/jobs/j": state("failed"), "/jobs/j/results": results}
    with ScriptedServer(script) as server, Client(server.url, proxy="", retries=0) as client:
        with pytest.raises(JobFailed) as caught:
            client.wait_for_job("j")
        assert server.lines == ["GET /jobs/j", "GET /jobs/j/results"]
    assert str(caught.value).startswith("j failed: ")
    assert str(caught.value).endswith(reason)
    assert len(str(caught.value)) < 500


def test_a_reason_that_the_job_gives_is_not_asked_for() -> None:
    with pytest.raises(JobFailed, match=r"^j failed: no memory$"):
        waited(state("failed", message="no memory"))
    assert waited(state("failed"), raise_for_status=False).is_failed


def test_a_failure_without_results_to_ask_for_is_told_all_the_same() -> None:
    with pytest.raises(JobFailed, match="no reason given"):
        waited(job=JobInfo("..", "failed"))


# --- row 25: Ctrl-C ------------------------------------------------------------------------------


def interrupt(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 has no notes")
def test_an_interrupted_wait_names_the_job() -> None:
    """field.md row 25."""
    script: dict[str, Reply] = {
        "GET /processes/p": answer(200, {"id": "p", "version": "1"}),
        "POST /processes/p/execution": STARTED,
        "GET /jobs/j": state("running"),
    }
    with ScriptedServer(script) as server, Client(server.url, proxy="") as client:
        for wait in (
            lambda: client.wait_for_job("j", on_update=interrupt),
            lambda: client.run_process("p", on_update=interrupt),
        ):
            with pytest.raises(KeyboardInterrupt) as caught:
                wait()
            assert vars(caught.value)["__notes__"] == [
                "job 'j' goes on: see client.wait_for_job('j')"
            ]
        assert not any(line.startswith("DELETE") for line in server.lines)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 has no notes")
def test_an_interrupted_execution_says_that_a_job_may_exist(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Client("http://h", proxy="") as client:
        monkeypatch.setattr(client._http, "send", interrupt)
        with pytest.raises(KeyboardInterrupt) as caught:
            client.execute_process("p")
    assert vars(caught.value)["__notes__"] == ["p may have been executed: see client.get_jobs()"]


def test_an_error_without_notes_stays_as_it_is() -> None:
    """Python 3.10 has no notes."""
    error: Any = object()
    add_note(error, "a note")
    assert not hasattr(error, "__notes__")


# --- row 36: a job that cannot be dismissed -------------------------------------------------------


@pytest.mark.parametrize(
    ("refusal", "text"),
    [
        (answer(405, ""), "could not be dismissed: 405 Method Not Allowed"),
        (answer(500, "no"), "could not be dismissed: 500"),
        (state("dismissed"), "dismissed"),
    ],
)
def test_a_timeout_is_a_timeout_even_if_the_job_cannot_be_dismissed(
    refusal: bytes, text: str
) -> None:
    """field.md row 36: DELETE is 405."""
    script = {"GET /jobs/j": state("running"), "DELETE /jobs/j": refusal}
    with (
        ScriptedServer(script) as server,
        Client(server.url, proxy="", retries=0) as client,
        pytest.raises(WaitTimeout) as caught,
    ):
        client.wait_for_job("j", timeout=0.05, poll=QUICKLY, on_timeout="dismiss")
    assert str(caught.value).startswith(f"timed out after 0.05 s; j {text}")
    is_dismissed = refusal == state("dismissed")
    assert caught.value.job.status == ("dismissed" if is_dismissed else "running")
    assert isinstance(caught.value.__cause__, ServiceError) is not is_dismissed


def test_run_process_names_its_own_timeout() -> None:
    script: dict[str, Reply] = {
        "GET /processes/p": (0.1, answer(200, {"id": "p", "version": "1"})),
        "POST /processes/p/execution": STARTED,
        "GET /jobs/j": state("running"),
    }
    with ScriptedServer(script) as server, Client(server.url, proxy="") as client:
        text = r"^timed out after 0\.2 s; j is still running$"
        with pytest.raises(WaitTimeout, match=text):
            client.run_process("p", timeout=0.2, poll=QUICKLY)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"poll": 0}, ValueError),
        ({"on_timeout": "cancel"}, ValueError),
        ({"progress": "yes"}, TypeError),
        ({"timeout": -1}, ValueError),
    ],
)
def test_a_mistake_is_found_before_anything_is_executed(
    options: dict[str, Any], error: type[Exception]
) -> None:
    with ScriptedServer([]) as server, Client(server.url, proxy="") as client:
        with pytest.raises(error):
            client.run_process("p", **options)
        assert server.lines == []


# --- row 24: ids that no URL can carry ------------------------------------------------------------


@pytest.mark.parametrize("job_id", ["..", ".", "", "a\ud800"])
def test_a_job_id_that_no_url_can_carry_is_a_clear_error(job_id: str) -> None:
    """field.md row 24."""
    with Client("http://h", proxy="") as client:
        for call in (client.get_job, client.wait_for_job, client.dismiss_job):
            with pytest.raises(ValueError, match=r"can carry the id|job id is empty") as caught:
                call(job_id)
            assert str(caught.value).isascii()


def test_a_job_with_such_an_id_is_reached_by_its_location() -> None:
    def reply(request: Received) -> Reply:
        if request.method == "POST":
            body = {"jobID": "..", "status": "accepted"}
            return answer(201, body, [("Location", "/jobs/real")])
        assert request.target == "/jobs/real"
        return answer(200, {"jobID": "..", "status": "successful"})

    with ScriptedServer(reply) as server, Client(server.url, proxy="") as client:
        job = client.execute_process("p")
        started = time.monotonic()
        assert client.wait_for_job(job, poll=QUICKLY).is_successful
    assert time.monotonic() - started < 5
