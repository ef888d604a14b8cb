"""What became of an execution that was not answered: when the job list is believed."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ogcproc import JobInfo, ServiceError, SubmissionUncertain, TransportError
from ogcproc._waiting import MAX_SILENCE
from ogcproc.batch.journal import Journal
from ogcproc.batch.settling import PATIENCE, patience_left, settled

NOW = datetime.now(timezone.utc)


def listed(name: str, seconds: float = 0, *, sent: str | None = None) -> tuple[JobInfo, bool]:
    """Return a job made so many seconds from now, and whether that is since the sending."""
    created = NOW + timedelta(seconds=seconds)
    document = {"jobID": name, "status": "running", "created": sent or created.isoformat()}
    job: JobInfo = JobInfo.from_dict(document)
    return job, seconds >= 0


class FakeResources:
    """A server that lists these jobs at one poll and the next; the test patches jobs_since."""

    def __init__(self, *looks: Any, conforms: bool = True, runs_async: bool = True) -> None:
        self.looks = list(looks)
        self._conforms = conforms
        self._is_async = runs_async

    def conforms_to(self, _: str) -> bool:
        return self._conforms

    def runs_async(self, _: str) -> bool:
        return self._is_async

    def jobs(self) -> Any:
        look = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        if isinstance(look, Exception):
            raise look
        return iter(look)


@pytest.fixture(autouse=True)
def listed_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the job list show what a FakeResources lists."""
    monkeypatch.setattr("ogcproc.batch.settling.jobs_since", lambda resources, *_: resources.jobs())


def settle(resources: FakeResources, journal: Journal | None = None, *, age: float = 1) -> Any:
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
        patience=5,
        clock=lambda: now[0],
    )


def known(*names: str) -> Journal:
    """Return a journal of these jobs, each just made."""
    journal = Journal(None, "p", "s")
    for name in names:
        journal.sending(name, "d")
        journal.became(name, JobInfo(name))
    return journal


def test_the_only_job_made_since_is_ours() -> None:
    found = settle(FakeResources([listed("old", -99), listed("ours"), listed("a")]), known("a"))
    assert found.jobID == "ours"


def test_a_job_may_be_late() -> None:
    assert settle(FakeResources([], [], [listed("ours")])).jobID == "ours"


def test_a_request_of_which_no_job_comes_never_arrived() -> None:
    assert settle(FakeResources([listed("old", -99)])) is None
    assert settle(FakeResources([])) is None


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
    ("resources", "journal", "age"),
    [
        (FakeResources([], conforms=False), None, 1),
        (FakeResources([], runs_async=False), None, 1),
        # Times without a zone are compared with nothing.
        (FakeResources([listed("old", -99, sent="2020-01-01T00:00:00")]), None, 1),
        # Nor are those of a clock that is hours away.
        (FakeResources([listed("a", -9999)]), known("a"), 1),
        # None of those that are known to be ours is in it.
        (FakeResources([]), known("a"), 1),
        (FakeResources([listed("old", -99)]), known("a"), 1),
        # The list may have been cleared since.
        (FakeResources([]), None, 9999),
        (FakeResources([]), None, 0),
    ],
)
def test_a_list_that_cannot_be_believed_settles_nothing(
    resources: FakeResources, journal: Journal | None, age: float
) -> None:
    with pytest.raises(SubmissionUncertain):
        settle(resources, journal, age=age)


def test_a_list_that_shows_jobs_of_ours_is_believed_whatever_it_declares() -> None:
    assert settle(FakeResources([listed("a")], conforms=False), known("a")) is None
    old = FakeResources([listed("older", -99999)])
    assert settle(old, age=9999) is None


def test_a_job_whose_time_is_not_known_speaks_against_nothing() -> None:
    journal = known("a")
    journal.recent["a"] = None
    assert settle(FakeResources([listed("a", -9999)]), journal) is None


def test_a_list_that_cannot_be_had_for_now_is_asked_for_again() -> None:
    lost = TransportError("reset")
    assert settle(FakeResources(lost, lost, [listed("ours")])).jobID == "ours"
    busy = ServiceError("busy", status=503)
    assert settle(FakeResources(busy, [])) is None


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
