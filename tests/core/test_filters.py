"""The filters of the job list: what they ask a server, and what they let pass."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ogcproc import JobInfo, JobStatus, JobType, ProcessSummary
from ogcproc._protocol.jobs import JobFilter

NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)


def asked(**wanted: Any) -> dict[str, Any]:
    """Return the query's parameters that are set."""
    return {name: value for name, value in JobFilter(**wanted).query().items() if value is not None}


def passes(job: JobInfo, **wanted: Any) -> bool:
    return JobFilter(**wanted).admits(job)


def test_nothing_wanted_asks_nothing_and_admits_all() -> None:
    assert asked() == {}
    assert passes(JobInfo("7"))


def test_the_query_has_the_standards_names() -> None:
    assert asked(type="process", process_id="p", status="failed") == {
        "type": ["process"],
        "processID": ["p"],
        "status": ["failed"],
    }
    assert asked(min_duration=0, max_duration=60) == {"minDuration": 0, "maxDuration": 60}


def test_words_of_the_enumerations_are_plain_text() -> None:
    query = asked(type=JobType.process, status=(JobStatus.failed, "queued"))
    assert query == {"type": ["process"], "status": ["failed", "queued"]}
    assert {type(word) for words in query.values() for word in words} == {str}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (NOON, "2026-11-22T12:00:00Z"),
        ("2026-11-22T12:00:00Z", "2026-11-22T12:00:00Z"),
        ((NOON, None), "2026-11-22T12:00:00Z/.."),
        ((None, NOON), "../2026-11-22T12:00:00Z"),
        ((NOON, "2026-11-23T00:00:00Z"), "2026-11-22T12:00:00Z/2026-11-23T00:00:00Z"),
        ("../2026-11-23T00:00:00Z", "../2026-11-23T00:00:00Z"),
        # field.md 34: a date is that whole day.
        (NOON.date(), "2026-11-22T00:00:00Z/2026-11-22T23:59:59.999999Z"),
        ((None, NOON.date()), "../2026-11-22T23:59:59.999999Z"),
        ([NOON.date(), NOON], "2026-11-22T00:00:00Z/2026-11-22T12:00:00Z"),
        ("2026-11-22", "2026-11-22"),
    ],
)
def test_times_are_written_as_the_standard_writes_them(given: Any, text: str) -> None:
    assert asked(datetime=given) == {"datetime": text}


@pytest.mark.parametrize("wanted", [{"type": "t"}, {"process_id": "t"}, {"status": "t"}])
def test_only_a_job_that_says_otherwise_is_left_out(wanted: dict[str, str]) -> None:
    assert passes(JobInfo("7"), **wanted)
    assert passes(JobInfo("7", "t", "t", "t"), **wanted)
    assert not passes(JobInfo("7", "u", "u", "u"), **wanted)


def test_any_of_several_will_do() -> None:
    assert passes(JobInfo("7", "failed"), status=["failed", "dismissed"])
    assert not passes(JobInfo("7", "running"), status=["failed", "dismissed"])
    assert not passes(JobInfo("7", "running"), status=[])


@pytest.mark.parametrize("wanted", [5, (1, 2)])
def test_a_time_of_another_type_is_named(wanted: Any) -> None:
    with pytest.raises(TypeError, match="datetime must be a datetime, a date or str, not int"):
        asked(datetime=wanted)


def test_any_iterable_of_words_will_do() -> None:
    """field.md 34."""
    words = iter(["failed", "dismissed"])
    assert asked(status=words) == {"status": ["failed", "dismissed"]}
    assert asked(process_id=(one for one in [ProcessSummary("p"), "q"])) == {
        "processID": ["p", "q"]
    }


def test_states_are_compared_without_case() -> None:
    """field.md 16, its sibling: our own filter must not drop what the server found."""
    assert passes(JobInfo("7", "SUCCESSFUL"), status="successful")
    assert not passes(JobInfo("7", "FAILED"), status="successful")


def test_a_processid_may_be_a_uri() -> None:
    job = JobInfo("7", processID="https://h/processes/p")
    assert passes(job, process_id="p")
    assert passes(job, process_id="https://h/processes/p")
    assert not passes(job, process_id="q")


@pytest.mark.parametrize(
    ("wanted", "admitted"),
    [
        ((NOON - HOUR, NOON + HOUR), True),
        ((NOON, NOON), True),
        ((NOON - HOUR, None), True),
        ((None, NOON + HOUR), True),
        ((None, None), True),
        ((NOON + HOUR, None), False),
        ((None, NOON - HOUR), False),
        (NOON, True),
        (NOON + HOUR, False),
        ("2026-11-22T00:00:00Z/..", True),
        ("../2026-11-22T00:00:00Z", False),
        ("2026-11-22T14:00:00+02:00", True),
        ("some day", True),  # the server's to understand
        (NOON.date(), True),
        (NOON.date() - 24 * HOUR, False),
        ("2026-11-22", True),
        ("2026-11-21", False),
        ("../2026-11-22", True),
        ("../2026-11-21", False),
        ("2026-11-22/..", True),
        ("2026-11-23/..", False),
    ],
)
def test_a_job_is_admitted_by_the_time_it_was_created(wanted: Any, admitted: bool) -> None:
    assert passes(JobInfo("7", created=NOON), datetime=wanted) is admitted
    assert passes(JobInfo("7"), datetime=wanted)


def test_an_instant_without_a_fraction_is_a_second_long() -> None:
    job = JobInfo("7", created=NOON.replace(microsecond=731000))
    assert passes(job, datetime=NOON)
    assert not passes(job, datetime=NOON.replace(microsecond=5))
    assert passes(job, datetime=job.created)


@pytest.mark.parametrize(
    ("seconds", "wanted", "admitted"),
    [
        (60, {"min_duration": 60}, True),
        (59.5, {"min_duration": 60}, False),
        (0.004, {"min_duration": 1}, False),  # field.md 37: pygeoapi 0.24
        (60.5, {"max_duration": 60}, False),
        (50, {"min_duration": 60}, False),
        (60, {"max_duration": 60}, True),
        (70, {"max_duration": 60}, False),
        (60, {"min_duration": 50, "max_duration": 70}, True),
        (60, {"min_duration": 62, "max_duration": 70}, False),
    ],
)
def test_a_job_is_admitted_by_how_long_it_ran(
    seconds: float, wanted: dict[str, int], admitted: bool
) -> None:
    end = NOON + timedelta(seconds=seconds)
    assert passes(JobInfo("7", "successful", started=NOON, finished=end), **wanted) is admitted


def test_a_job_that_runs_has_lasted_until_now() -> None:
    job = JobInfo("7", "running", started=datetime.now(timezone.utc) - HOUR)
    assert passes(job, min_duration=3000)
    assert not passes(job, max_duration=3000)


def test_a_duration_that_is_not_known_speaks_against_nothing() -> None:
    assert passes(JobInfo("7", "running"), min_duration=60)
    assert passes(JobInfo("7", "successful", started=NOON), max_duration=60)
    assert passes(JobInfo("7", "successful", started=NOON, finished=NOON + HOUR))
