"""Waiting for a job: the pauses, the looks, and what ends it, with a clock of the test's own."""

from __future__ import annotations

import itertools
from math import inf
from typing import Any

import pytest
from polling import Clock, spread_and_growth

from ogcproc import (
    JobDismissed,
    JobFailed,
    JobInfo,
    NoSuchJob,
    OgcProcError,
    ServiceError,
    TransportError,
    WaitTimeout,
)
from ogcproc._waiting import (
    MAX_SILENCE,
    deadline_of,
    is_news,
    job_error,
    pauses,
    states,
)


def job(status: str, **state: Any) -> JobInfo:
    return JobInfo("j", status, **state)


def waited(*looks: JobInfo | tuple[JobInfo, float] | OgcProcError, **options: Any) -> Any:
    """Return the states of a wait whose looks end so, and its clock; raises what it raises."""
    clock = Clock()
    left = iter(looks)

    def look(_: JobInfo, __: float) -> tuple[JobInfo, float]:
        found = next(left)
        if isinstance(found, OgcProcError):
            raise found
        return found if isinstance(found, tuple) else (found, 0.0)

    given = {"end": inf, "poll": itertools.repeat(1.0), **options}
    seen = states(job(""), look, sleep=clock.rest, clock=clock, **given)
    return [one.status for one in seen], clock


# --- pauses ---------------------------------------------------------------------------------


def test_pauses_grow_by_half_from_half_a_second_to_thirty_on_the_average() -> None:
    rows = [list(itertools.islice(pauses(), 14)) for _ in range(2000)]
    means = [sum(column) / len(column) for column in zip(*rows, strict=True)]
    wanted = [min(30.0, 0.5 * 1.5**number) for number in range(14)]
    assert means == pytest.approx(wanted, rel=0.05)
    for row in rows:
        assert all(abs(pause / mean - 1) <= 0.25 for pause, mean in zip(row, wanted, strict=True))


@pytest.mark.parametrize(
    ("poll", "bounds"), [(4, (4, 4)), ((2, 8), (2, 8)), ([2.0, 1.0], (2, 2)), (0.001, (0.001,) * 2)]
)
def test_pauses_are_a_number_or_a_pair(poll: Any, bounds: tuple[float, float]) -> None:
    found = list(itertools.islice(pauses(poll), 50))
    assert bounds[0] * 0.75 <= found[0] <= bounds[0] * 1.25
    assert bounds[1] * 0.75 <= found[-1] <= bounds[1] * 1.25


def test_an_iterator_s_pauses_are_taken_as_they_are_and_the_last_for_ever() -> None:
    assert list(itertools.islice(pauses(iter([3, 0, 0.5])), 5)) == [3, 0, 0.5, 0.5, 0.5]
    assert next(pauses(iter([]))) == 0.5


@pytest.mark.parametrize(
    ("poll", "error"),
    [
        (0, ValueError),
        (-1, ValueError),
        (inf, ValueError),
        (float("nan"), ValueError),
        ((1, 2, 3), ValueError),
        ("5", TypeError),
        (True, TypeError),
        ((1, "2"), TypeError),
        (iter([-1]), ValueError),
        (iter(["a"]), TypeError),
    ],
)
def test_what_is_no_pause_is_refused(poll: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="poll"):
        next(pauses(poll))


@pytest.mark.parametrize(("timeout", "error"), [(-1, ValueError), ("5", TypeError)])
def test_what_is_no_timeout_is_refused(timeout: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="timeout"):
        deadline_of(timeout, 0.0)


def test_a_wait_ends_when_it_is_told_to_or_never() -> None:
    assert deadline_of(None, 5.0) == inf
    assert deadline_of(0, 5.0) == 5.0
    assert deadline_of(2.5, 5.0) == 7.5


# --- waiting --------------------------------------------------------------------------------


def test_a_job_is_looked_at_until_it_has_ended() -> None:
    seen, clock = waited(job("accepted"), job("queued"), job("running"), job("successful"))
    assert seen == ["accepted", "queued", "running", "successful"]
    assert clock.rests == [1.0] * 3


def test_a_server_s_wish_not_to_be_asked_is_obeyed() -> None:
    _, clock = waited((job("running"), 7.0), (job("running"), 0.2), job("failed"))
    assert clock.rests == [7.0, 1.0]


@pytest.mark.parametrize(
    "fault",
    [
        TransportError("reset"),
        ServiceError("no", status=502),
        ServiceError("no", status=503, headers={"retry-after": "9"}),
        ServiceError("no", status=429, headers={"retry-after": "99999"}),
    ],
)
def test_what_passes_is_waited_out(fault: OgcProcError) -> None:
    seen, clock = waited(job("running"), fault, fault, job("successful"))
    assert seen == ["running", "successful"]
    asked = float((getattr(fault, "headers", None) or {}).get("retry-after", 1))
    assert clock.rests == [1.0, min(asked, 60.0), min(asked, 60.0)]


def test_what_does_not_pass_is_raised() -> None:
    gone = NoSuchJob("gone", status=404)
    with pytest.raises(NoSuchJob) as caught:
        waited(job("running"), gone)
    assert caught.value is gone


def test_a_server_that_is_away_for_half_an_hour_is_given_up_where_the_wait_has_no_end() -> None:
    lost = TransportError("reset")
    polls = itertools.repeat(60.0)
    with pytest.raises(TransportError, match="reset"):
        waited(job("running"), *[lost] * 100, poll=polls)
    away = int(MAX_SILENCE / 60)
    seen, _ = waited(job("running"), *[lost] * (away - 1), job("successful"), poll=polls)
    assert seen == ["running", "successful"]


def test_a_laptop_that_slept_looks_a_few_times_before_it_gives_up() -> None:
    """Some clocks go on in sleep: then half an hour has passed between two looks."""
    lost = TransportError("no network yet")
    seen, _ = waited(job("running"), *[lost] * 8, job("successful"), poll=itertools.repeat(1e5))
    assert seen == ["running", "successful"]


def test_a_wait_ends_in_time_with_a_last_look() -> None:
    clock_end = 1000.0 + 2.5
    with pytest.raises(
        WaitTimeout, match=r"^timed out after 2\.5 s; j is still running$"
    ) as caught:
        waited(*[job("running")] * 4, end=clock_end, timeout=2.5)
    assert caught.value.job == job("running")
    seen, clock = waited(*[job("running")] * 3, job("successful"), end=clock_end)
    assert seen[-1] == "successful"
    assert clock.rests == [1.0, 1.0, 0.5]


def test_a_wait_without_time_is_one_look() -> None:
    assert waited(job("successful"), end=1000.0)[0] == ["successful"]
    with pytest.raises(WaitTimeout, match="j was not seen yet") as caught:
        waited(TransportError("reset"), end=1000.0)
    assert isinstance(caught.value.__cause__, TransportError)


def test_who_asks_for_more_than_the_time_left_is_not_asked_again() -> None:
    with pytest.raises(WaitTimeout):
        waited((job("running"), 60.0), end=1000.0 + 5)


def test_a_look_has_the_time_that_is_left_and_a_second_at_least() -> None:
    clock = Clock()
    times: list[float] = []

    def look(_: JobInfo, left: float) -> tuple[JobInfo, float]:
        times.append(left)
        return job("running"), 0.0

    seen = states(
        job(""), look, end=1002.5, poll=itertools.repeat(2.0), sleep=clock.rest, clock=clock
    )
    with pytest.raises(WaitTimeout):
        list(seen)
    assert times == [2.5, 1.0, 1.0]


# --- what came of it --------------------------------------------------------------------------


def test_only_what_changed_is_news() -> None:
    before = job("running", progress=5, extra={"duration": "00:00:01"})
    assert not is_news(before, job("running", progress=5, extra={"duration": "00:00:02"}))
    assert is_news(before, job("running", progress=6))
    assert is_news(before, job("running", progress=5, message="at it"))


def test_a_job_that_ended_otherwise_is_an_error_with_the_server_s_words() -> None:
    assert job_error(job("successful")) is None
    assert job_error(job("running")) is None
    failed = job_error(job("failed", message="no memory"), "another reason")
    assert (type(failed), str(failed)) == (JobFailed, "j failed: no memory")
    told = job("failed", extra={"exception": {"type": "t", "detail": "no disk"}})
    assert str(job_error(told)) == "j failed: no disk"
    assert str(job_error(job("error"), "no luck")) == "j error: no luck"
    dismissed = job_error(job("dismissed"))
    assert (type(dismissed), str(dismissed)) == (JobDismissed, "j dismissed: no reason given")


# --- in the long run ----------------------------------------------------------------------------


def test_many_polls_spread_out_and_keep_to_the_time() -> None:
    crowd, pause, grown = spread_and_growth(waits=500, looks=100)
    # A pause of thirty seconds: a thirtieth of them in each second, or a little more.
    assert crowd < 0.09
    assert 25 < pause < 31
    assert grown < 1000
