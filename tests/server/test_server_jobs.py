"""The jobs: their list, its filters and pages, what dismissal does, what is kept."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import pytest
from http_client_helpers import ASYNC, EXC, Caller

from ogcproc.server import Job, Service

if TYPE_CHECKING:
    from collections.abc import Iterator

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
RESULTS = "http://www.opengis.net/def/rel/ogc/1.0/results"
EXCEPTIONS = "http://www.opengis.net/def/rel/ogc/1.0/exceptions"


def make(**options: Any) -> Service:
    service = Service(**options)

    @service.process()
    def quick(fail: bool = False) -> int:
        if fail:
            raise ValueError("as asked")
        return 1

    @service.process()
    def slow(job: Job) -> int:
        job.report(10, "on the way")
        job.report(message="still on the way")
        job.sleep(100)
        return 1

    @service.process(job_control_options=["sync-execute"])
    def only_sync() -> int:
        return 1

    @service.process(job_control_options=["async-execute"])
    def only_async() -> int:
        return 1

    return service


@pytest.fixture
def service() -> Service:
    return make()


@pytest.fixture
def caller(service: Service) -> Iterator[Caller]:
    with service.serve() as server, Caller(server.address) as caller:
        yield caller


def listed(caller: Caller, query: str = "") -> list[str]:
    answer = caller.get("/jobs" + query)
    assert answer.status == 200, answer.body
    return [job["jobID"] for job in answer.json["jobs"]]


def finish(caller: Caller, count: int, body: Any = None) -> list[str]:
    ids = [caller.start("quick", body or {}) for _ in range(count)]
    for job_id in ids:
        caller.wait(job_id)
    return ids


def rels(document: Any) -> dict[str, str]:
    return {link["rel"]: link["href"] for link in document["links"]}


def test_a_job_goes_from_accepted_to_successful(caller: Caller) -> None:
    answer = caller.execute("quick", {}, ASYNC)
    assert answer.json["jobID"] == "job_0"
    assert answer.json["type"] == "process"
    info = caller.wait("job_0")
    assert (info["processID"], info["progress"]) == ("quick", 100)
    assert info["created"] <= info["started"] <= info["finished"] == info["updated"]
    assert info["created"].endswith("Z")
    assert rels(info)[RESULTS].endswith("/jobs/job_0/results")


def test_a_failed_job_says_why_and_where(caller: Caller) -> None:
    finish(caller, 1, {"inputs": {"fail": True}})
    info = caller.get("/jobs/job_0").json
    assert (info["status"], info["message"]) == ("failed", "ValueError: as asked")
    assert RESULTS not in rels(info)
    assert rels(info)[EXCEPTIONS].endswith("/jobs/job_0/results")


def test_progress_and_messages_are_shown(caller: Caller) -> None:
    job_id = caller.start("slow", {})
    info = caller.wait(job_id, "running")
    while info.get("message") != "still on the way":
        info = caller.get(f"/jobs/{job_id}").json
    assert info["progress"] == 10
    assert "finished" not in info


@pytest.mark.parametrize(
    ("process_id", "prefer", "status", "applied"),
    [
        ("quick", None, 200, None),
        ("quick", "wait=1", 200, None),
        ("quick", "respond-async", 201, "respond-async"),
        ("quick", "respond-async, wait=10", 200, "respond-async, wait=10"),
        ("quick", "respond-async, wait=9999", 200, "respond-async, wait=60"),
        ("quick", "respond-async, wait=0", 201, "respond-async"),
        ("quick", "respond-async, wait=soon", 201, "respond-async"),
        ("only_sync", None, 200, None),
        ("only_sync", "respond-async", 200, None),
        ("only_async", None, 201, None),
        ("only_async", "respond-async, wait=10", 201, "respond-async"),
    ],
)
def test_the_execution_mode_follows_the_standard(
    caller: Caller, process_id: str, prefer: str | None, status: int, applied: str | None
) -> None:
    answer = caller.execute(process_id, {}, {"Prefer": prefer} if prefer else None)
    assert answer.status == status
    assert answer.headers["Preference-Applied"] == applied


def test_a_wait_that_is_too_short_ends_in_a_job(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ogcproc.server.app.MAX_WAIT", 0.01)
    answer = caller.execute("slow", {}, {"Prefer": "respond-async, wait=1"})
    assert answer.status == 201
    assert answer.headers["Preference-Applied"] == "respond-async, wait=0.01"


def test_a_running_job_is_dismissed_first_and_removed_after(caller: Caller) -> None:
    job_id = caller.start("slow", {})
    caller.wait(job_id, "running")
    for _ in range(2):
        answer = caller.request("DELETE", f"/jobs/{job_id}")
        assert (answer.status, answer.json["status"]) == (200, "dismissed")
    for method in "GET", "DELETE":
        answer = caller.request(method, f"/jobs/{job_id}")
        assert (answer.status, answer.json["type"]) == (404, EXC + "no-such-job")


def test_a_finished_job_is_removed(caller: Caller) -> None:
    (job_id,) = finish(caller, 1)
    assert caller.request("DELETE", f"/jobs/{job_id}").json["status"] == "dismissed"
    assert caller.get(f"/jobs/{job_id}/results").json["type"] == EXC + "no-such-job"
    assert finish(caller, 1) == ["job_1"]


def test_a_job_id_has_one_spelling(caller: Caller) -> None:
    finish(caller, 1)
    for other in "0", "job_00", "job_", "job_1", "job_\u0660", "job_" + "0" * 5000, "JOB_0":
        answer = caller.request("GET", "/jobs/" + quote(other))
        assert answer.status == 404


def test_finished_jobs_are_forgotten_oldest_first() -> None:
    service = make(max_jobs=2)
    with service.serve() as server, Caller(server.address) as caller:
        slow = caller.start("slow", {})
        for _ in range(3):
            finish(caller, 1)
        assert listed(caller) == [slow, "job_2", "job_3"]


def test_a_sync_caller_learns_that_its_job_was_dismissed(service: Service, caller: Caller) -> None:
    def dismiss() -> None:
        with Caller((str(caller.connection.host), caller.connection.port)) as other:
            while not (jobs := listed(other)):
                pass
            other.request("DELETE", f"/jobs/{jobs[0]}")

    thread = threading.Thread(target=dismiss)
    thread.start()
    answer = caller.execute("slow", {})
    thread.join()
    assert (answer.status, answer.json["type"]) == (404, EXC + "result-not-available")
    assert answer.headers["Link"].endswith("; rel=monitor")
    assert len(service.store.all()) == 1


def test_the_list_is_filtered_by_status_process_and_type(caller: Caller) -> None:
    finish(caller, 1)
    finish(caller, 1, {"inputs": {"fail": True}})
    caller.execute("only_sync", {})
    assert listed(caller, "?status=failed") == ["job_1"]
    assert listed(caller, "?status=failed&status=running") == ["job_1"]
    assert listed(caller, "?status=failed,successful") == ["job_0", "job_1", "job_2"]
    assert listed(caller, "?processID=only_sync&processID=only_async") == ["job_2"]
    assert listed(caller, "?type=process&f=json") == ["job_0", "job_1", "job_2"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("2026-01-01T12:00:00Z", [0]),
        ("2026-01-01T13:00:00.000%2B01:00", [0]),
        ("2026-01-01t12:00:00.000000", [0]),
        ("2026-01-01", [0, 1]),
        ("2026-01-02T12:00:00Z/..", [2]),
        ("2026-01-01T12:00:01Z/", [1, 2]),
        ("../2026-01-01T12:00:00z", [0]),
        ("/2026-01-01", [0, 1]),
        ("2025-01-01/2025-12-31", []),
    ],
)
def test_the_list_is_filtered_by_the_time_of_creation(
    service: Service, caller: Caller, query: str, expected: list[int]
) -> None:
    for number, later in enumerate((0, 3600, 86400 + 10)):
        time = NOON + timedelta(seconds=later, milliseconds=0)
        service.store.clock = lambda time=time: time  # type: ignore[misc]
        finish(caller, 1)
        assert listed(caller)[-1] == f"job_{number}"
    assert listed(caller, f"?datetime={query}") == [f"job_{number}" for number in expected]


def test_the_list_is_filtered_by_duration(service: Service, caller: Caller) -> None:
    service.store.clock = lambda: NOON
    finish(caller, 1)
    running = caller.start("slow", {})
    caller.wait(running, "running")
    service.store.clock = lambda: NOON + timedelta(seconds=60)
    for job_id, started in ("job_2", None), ("job_3", NOON):
        assert finish(caller, 1) == [job_id]
        record = service.store.get(job_id)
        assert record is not None
        record.started = started
    assert listed(caller, "?minDuration=10") == [running, "job_3"]
    assert listed(caller, "?maxDuration=10") == ["job_0"]
    assert listed(caller, "?minDuration=60&maxDuration=60") == [running, "job_3"]
    assert listed(caller, "?minDuration=61") == []
    assert listed(caller, "?minDuration=0,61") == ["job_0", running, "job_3"]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("limit=0", "limit"),
        ("limit=10001", "limit"),
        ("limit=ten", "limit"),
        ("limit=", "limit"),
        ("cursor=%3F", "cursor"),
        ("cursor=%FF", "cursor"),
        ("cursor=abcd", "cursor"),
        ("cursor=a", "cursor"),
        ("status=done", "status"),
        ("type=openeo", "type"),
        ("minDuration=-1", "minDuration"),
        ("maxDuration=", "maxDuration"),
        ("datetime=", "datetime"),
        ("datetime=..", "datetime"),
        ("datetime=../..", "datetime"),
        ("datetime=a/b/c", "datetime"),
        ("datetime=2026-13-01", "datetime"),
        ("datetime=9999-12-31T23:59:59-01:00", "datetime"),
    ],
)
def test_a_wrong_parameter_is_named(caller: Caller, query: str, name: str) -> None:
    answer = caller.get(f"/jobs?{query}")
    assert answer.status == 400
    assert answer.json["detail"].startswith(f"{name}: ")


def test_jobs_of_an_unknown_process_are_not_found(caller: Caller) -> None:
    answer = caller.get("/jobs?processID=quick&processID=unheard-of")
    assert (answer.status, answer.json["type"]) == (404, EXC + "no-such-process")


def follow(caller: Caller, document: Any, rel: str) -> Any:
    parts = urlsplit(rels(document)[rel])
    return caller.get(f"{parts.path}?{parts.query}").json


def test_no_job_is_skipped_or_doubled_while_jobs_come_and_go(caller: Caller) -> None:
    finish(caller, 5)
    page = caller.get("/jobs?limit=2&status=successful").json
    assert [job["jobID"] for job in page["jobs"]] == ["job_0", "job_1"]
    assert "prev" not in rels(page)
    for job_id in "job_0", "job_2":
        caller.request("DELETE", f"/jobs/{job_id}")
    finish(caller, 1)
    page = follow(caller, page, "next")
    assert [job["jobID"] for job in page["jobs"]] == ["job_3", "job_4"]
    back = follow(caller, page, "prev")
    assert [job["jobID"] for job in back["jobs"]] == ["job_1"]
    page = follow(caller, page, "next")
    assert [job["jobID"] for job in page["jobs"]] == ["job_5"]
    assert "next" not in rels(page)


def test_a_page_whose_jobs_are_gone_is_empty_and_leads_back(caller: Caller) -> None:
    finish(caller, 3)
    page = caller.get("/jobs?limit=2").json
    caller.request("DELETE", "/jobs/job_2")
    empty = follow(caller, page, "next")
    assert empty["jobs"] == []
    assert [job["jobID"] for job in follow(caller, empty, "prev")["jobs"]] == ["job_0", "job_1"]
