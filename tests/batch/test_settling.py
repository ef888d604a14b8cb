"""What became of an execution that was not answered: when the job list is believed."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from scripted import Received, ScriptedServer, answer

from ogcproc import Client, JobInfo, ServiceError, SubmissionUncertain, TransportError
from ogcproc._execution import jobs_since
from ogcproc._waiting import MAX_SILENCE
from ogcproc.batch.journal import Journal
from ogcproc.batch.settling import PATIENCE, Listing, patience_left, settled

NOW = datetime.now(timezone.utc)


def listed(name: str, seconds: float = 0, *, sent: str | None = None) -> tuple[JobInfo, bool]:
    """Return a job made so many seconds from now, and whether that is since the sending."""
    created = NOW + timedelta(seconds=seconds)
    document = {"jobID": name, "status": "running", "created": sent or created.isoformat()}
    job: JobInfo = JobInfo.from_dict(document)
    return job, seconds >= 0


class FakeResources:
    """A server that lists these jobs at one poll and the next; the test patches jobs_since.

    ``hidden`` are jobs that it lists only if it is asked for a state, by that state.
    """

    def __init__(self, *looks: Any, **hidden: Any) -> None:
        self.looks = list(looks)
        self.hidden = hidden
        self.asked: list[tuple[str | None, int | None]] = []

    def jobs(self, status: str | None, limit: int | None) -> Any:
        self.asked.append((status, limit))
        if status is not None:
            look = self.hidden.get(status, [])
        else:
            look = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        if isinstance(look, Exception):
            raise look
        return iter(look)


@pytest.fixture(autouse=True)
def listed_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the job list show what a FakeResources lists."""
    monkeypatch.setattr(
        "ogcproc.batch.settling.jobs_since",
        lambda resources, *_, status, limit, **__: resources.jobs(status, limit),
    )


def settle(
    resources: FakeResources,
    journal: Journal | None = None,
    *,
    age: float = 1,
    patience: float = 5,
) -> Any:
    """Return what an execution became that was sent so long ago, in seconds."""
    error = SubmissionUncertain(
        "lost",
        process_id="p",
        sent_at=datetime.now(timezone.utc) - timedelta(seconds=age) if age else None,
    )
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    given: Any = resources
    return settled(
        given,
        error,
        journal or Journal(None, "p", "s"),
        sleep=sleep,
        patience=patience,
        clock=lambda: now[0],
    )


def known(*names: str) -> Journal:
    """Return a journal of these jobs, each sent an hour before the next one, the last one now."""
    journal = Journal(None, "p", "s")
    for hours, name in enumerate(reversed(names)):
        journal.sending(name, "d").sent_at = NOW - timedelta(hours=hours, seconds=5)
        journal.became(name, JobInfo(name))
    return journal


def test_the_only_job_made_since_is_ours() -> None:
    found = settle(FakeResources([listed("old", -99), listed("ours"), listed("a")]), known("a"))
    assert found.jobID == "ours"


def test_a_job_may_be_late() -> None:
    assert settle(FakeResources([], [], [listed("ours")])).jobID == "ours"


def test_a_request_of_which_no_job_comes_never_arrived() -> None:
    resources = FakeResources([listed("old", -99), listed("a", -5)])
    assert settle(resources, known("a")) is None
    assert {limit for _, limit in resources.asked} == {1000}


def test_a_job_that_is_listed_only_if_its_state_is_asked_for_is_found() -> None:
    """field.md row 4: urban-model-platform hides accepted jobs."""
    ours = [listed("a", -5)]
    for status in ("accepted", "running", "created"):
        resources = FakeResources(ours, **{status: [listed("ours")]})
        assert settle(resources, known("a")).jobID == "ours"


def test_the_state_created_may_be_unknown_to_a_server() -> None:
    ours = [listed("a", -5)]
    refused = ServiceError("no such state", status=400)
    assert settle(FakeResources(ours, created=refused), known("a")) is None
    for status in ("accepted", "running"):
        with pytest.raises(SubmissionUncertain):
            settle(FakeResources(ours, **{status: refused}), known("a"))


def test_several_readings_of_a_list_must_agree() -> None:
    """field.md row 41: a list of Redis keys moves while it is paged."""
    ours = [listed("a", -5)]
    looks = [ours, [], ours, ours, [*ours, listed("ours")]]
    assert settle(FakeResources(*looks), known("a")).jobID == "ours"
    quick = FakeResources([], ours, ours)
    with pytest.raises(SubmissionUncertain):
        settle(quick, known("a"), patience=0)
    assert len(quick.asked) == 4 * 3


def test_several_candidates_or_requests_cannot_be_told_apart() -> None:
    with pytest.raises(SubmissionUncertain) as caught:
        settle(FakeResources([listed("a"), listed("b")]))
    assert [job.jobID for job in caught.value.candidates] == ["a", "b"]
    journal = Journal(None, "p", "s")
    journal.sending(0, "d")
    journal.sending(1, "d")
    with pytest.raises(SubmissionUncertain) as caught:
        settle(FakeResources([listed("a")]), journal)
    assert [job.jobID for job in caught.value.candidates] == ["a"]


@pytest.mark.parametrize(
    ("resources", "journal"),
    [
        # No job of ours is known.
        (FakeResources([]), None),
        (FakeResources([listed("old", -99)]), None),
        # Those that are known are not in it: they are hidden, or it was emptied (field.md row 4).
        (FakeResources([]), known("a")),
        (FakeResources([listed("old", -99)]), known("a")),
        # Only the older one is in it: the list may end before ours.
        (FakeResources([listed("a", -3605)]), known("a", "b")),
        # Times without a zone are compared with nothing.
        (FakeResources([listed("a", -5, sent="2020-01-01T00:00:00")]), known("a")),
        # Nor are those of a clock that is hours away.
        (FakeResources([listed("a", -9999)]), known("a")),
    ],
)
def test_a_list_that_cannot_be_believed_settles_nothing(
    resources: FakeResources, journal: Journal | None
) -> None:
    with pytest.raises(SubmissionUncertain):
        settle(resources, journal)


def test_a_job_that_was_sent_later_does_not_make_a_list_believed() -> None:
    """The server started again in between, with an empty list."""
    with pytest.raises(SubmissionUncertain):
        settle(FakeResources([listed("a", -5)]), known("a"), age=60)


def test_a_request_of_unknown_time_is_not_settled() -> None:
    with pytest.raises(SubmissionUncertain):
        settle(FakeResources([listed("a", -5)]), known("a"), age=0)


def test_a_list_that_cannot_be_had_for_now_is_asked_for_again() -> None:
    lost = TransportError("reset")
    assert settle(FakeResources(lost, lost, [listed("ours")])).jobID == "ours"
    busy = ServiceError("busy", status=503)
    assert settle(FakeResources(busy, [listed("a", -5)]), known("a")) is None
    asked = FakeResources([listed("a", -5)], created=busy)
    with pytest.raises(SubmissionUncertain):
        settle(asked, known("a"))
    assert len(asked.asked) > 100


def test_a_list_that_cannot_be_had_settles_nothing() -> None:
    refused = ServiceError("no", status=400)
    for looks in ([refused], [TransportError("reset")]):
        with pytest.raises(SubmissionUncertain) as caught:
            settle(FakeResources(*looks))
        assert caught.value.__cause__ is looks[0]
    assert MAX_SILENCE > PATIENCE


def test_who_does_not_wait_any_more_is_told_that_it_is_uncertain() -> None:
    resources: Any = FakeResources([])
    error = SubmissionUncertain("lost", process_id="p", sent_at=datetime.now(timezone.utc))
    journal = Journal(None, "p", "s")
    with pytest.raises(SubmissionUncertain):
        settled(resources, error, journal, sleep=lambda _: False, patience=60)


def test_what_another_run_sent_has_less_time_to_become_a_job() -> None:
    now = datetime.now(timezone.utc)
    assert patience_left(now - timedelta(hours=1)) == 0
    assert 0 < patience_left(now - timedelta(seconds=2)) <= PATIENCE - 2
    assert patience_left(now + timedelta(hours=1)) == PATIENCE


@pytest.mark.parametrize("pages", [(["a"], ["b"]), (["a", "b"], ["b", "c"])])
def test_a_list_that_shows_a_job_twice_proves_nothing(
    pages: tuple[list[str], ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """field.md row 41: it moved while it was paged, so another job may be missing."""
    monkeypatch.undo()

    def reply(request: Received) -> bytes:
        if "status=" in request.target:
            return answer(200, {"jobs": []})
        number = int(request.target.rpartition("page=")[2] if "page=" in request.target else 0)
        made = (NOW - timedelta(seconds=5)).isoformat()
        jobs = [{"jobID": name, "status": "running", "created": made} for name in pages[number]]
        links = [{"rel": "next", "href": f"/jobs?page={number + 1}"}]
        return answer(200, {"jobs": jobs, "links": links if number + 1 < len(pages) else []})

    names = {name for page in pages for name in page}
    journal = known("a")
    error = SubmissionUncertain("lost", process_id="p", sent_at=datetime.now(timezone.utc))
    with ScriptedServer(reply) as server, Client(server.url, proxy="") as client:
        listing = Listing(client._resources, error, journal)
    assert listing.shown == names
    assert listing.is_complete is (len(names) == sum(map(len, pages)))


def test_a_list_is_asked_for_with_a_page_size_that_the_server_takes() -> None:
    def reply(request: Received) -> bytes:
        return answer(400 if "limit" in request.target else 200, {"jobs": []})

    with ScriptedServer(reply) as server, Client(server.url, proxy="") as client:
        list(jobs_since(client._resources, "p", NOW, 1, limit=1000))
        assert server.lines == ["GET /jobs?processID=p&limit=1000", "GET /jobs?processID=p"]
