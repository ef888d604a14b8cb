"""Waiting for a job: how often to poll it, which errors to survive, and for how long.

Deadlines are absolute times of a monotonic clock, so that many polls cause no drift. Each pause is
jittered, so that waits which began together do not poll together.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from math import inf, isfinite
from time import monotonic
from typing import Any

from ._http.failures import PASSING, asked_pause, is_settled_by
from .errors import (
    DocumentError,
    JobDismissed,
    JobFailed,
    NoSuchJob,
    OgcProcError,
    ServiceError,
    TransportError,
    Unauthorized,
    WaitTimeout,
)
from .models import JobInfo

__all__ = [
    "MAX_SILENCE",
    "MIN_PAUSE",
    "PAUSES",
    "PAUSES_WITH_CALLBACKS",
    "Silence",
    "add_note",
    "deadline_of",
    "dismissed_late",
    "ends_wait",
    "is_news",
    "is_passing",
    "is_web_page",
    "job_error",
    "own_reason",
    "pauses",
    "retry_after",
    "states",
    "timeout_of",
]

#: Polls a job: takes the job and the seconds left; returns its state and ``Retry-After``.
PollJob = Callable[[JobInfo, float], tuple[JobInfo, float]]

#: The first and the longest pause between two polls, in seconds; each is GROWTH times the last.
PAUSES = (0.5, 30.0)
#: The same if the server is to call back. Callbacks get lost, so the longest is the same.
PAUSES_WITH_CALLBACKS = (5.0, 30.0)
#: The shortest pause between two polls, in seconds, however often the server calls back.
MIN_PAUSE = 0.25
GROWTH = 1.5
#: The largest relative deviation of a pause from its mean.
JITTER = 0.25
#: A wait gives up after so many seconds, and failed requests, without an answer.
MAX_SILENCE = 1800.0
MIN_FAILURES = 10
#: The same, in seconds, if there are answers, but they are errors or not a job's state.
MAX_NONSENSE = 30.0
#: How long the state of a job that was just created may be missing, in seconds (pygeoapi).
GRACE = 10.0
#: Statuses of servers and gateways that are busy or away, beside PASSING.
AWAY = PASSING | {408, 425, *range(520, 528)}
CLIENT_ERRORS = range(400, 500)
WEB_PAGE = rb"(?i)\s*<(!doctype html|html|head|body)\b"
#: The least time for one poll, in seconds, even if less is left of the wait.
MIN_POLL_TIME = 1.0


def pauses(poll: Any = None) -> Iterator[float]:
    """Yield the pauses between polls, in seconds, for ever.

    ``poll`` is a number, a pair of the first and the longest, or an iterator, whose pauses are
    used as they are and whose last one repeats. The first ``next`` raises TypeError or ValueError.
    """
    if isinstance(poll, Iterator):
        return lasting(poll)
    if poll is None:
        first, longest = PAUSES
    elif isinstance(poll, (tuple, list)):
        if len(poll) != 2:  # noqa: PLR2004 - a pair
            raise ValueError(f"poll is a number of seconds, a pair of them or an iterator: {poll}")
        first, longest = map(seconds_of, poll)
    else:
        first = longest = seconds_of(poll)
    return growing(first, max(first, longest))


def growing(first: float, longest: float) -> Iterator[float]:
    """Yield jittered pauses that grow."""
    pause = first
    while True:
        yield pause * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - jitter
        pause = min(longest, pause * GROWTH)


def lasting(poll: Iterator[Any]) -> Iterator[float]:
    """Yield the pauses of an iterator, and repeat its last one."""
    pause = PAUSES[0]
    for given in poll:
        pause = seconds_of(given, "poll", least=0.0)
        yield pause
    while True:
        yield pause


def seconds_of(value: Any, name: str = "poll", *, least: float = 0.001) -> float:
    """Return a number of seconds; raises TypeError and ValueError."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} is in seconds, not {value!r}")
    if not isfinite(value) or value < least:
        raise ValueError(f"{name} is {least:g} seconds or more, not {value!r}")
    return float(value)


def deadline_of(timeout: float | None, now: float) -> float:
    """Return the deadline of a wait that begins now; raises TypeError and ValueError."""
    return inf if timeout is None else now + seconds_of(timeout, "timeout", least=0.0)


class Silence:
    """How long a server has not answered, in seconds and in failed requests."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self.end()

    def end(self) -> None:
        """Count from now on: the server has answered."""
        self._since = self._clock()
        self.failures: int = 0

    def grows_too_long(self, error: OgcProcError) -> bool:
        """Count a failed request; return whether to give up."""
        self.failures += 1
        longest = MAX_SILENCE if is_passing(error) else MAX_NONSENSE
        return self._clock() - self._since >= longest and self.failures >= MIN_FAILURES


def states(
    job: JobInfo,
    poll_job: PollJob,
    *,
    end: float,
    poll: Iterator[float],
    sleep: Callable[[float], object],
    timeout: float | None = None,
    clock: Callable[[], float] = monotonic,
) -> Iterator[JobInfo]:
    """Yield a job's state after each poll, the last time a finished one.

    ``end`` is the deadline by the clock; errors name the ``timeout`` that it came from. Raises
    WaitTimeout with the last state. Raises the error of a poll if it is permanent, or if the
    server has not told the state for long.
    """
    silence = Silence(clock)
    began = clock()
    while True:
        failed: OgcProcError | None = None
        asked = 0.0
        try:
            job, asked = poll_job(job, max(end - clock(), MIN_POLL_TIME))
        except OgcProcError as error:
            if ends_wait(error, job, clock() - began) or silence.grows_too_long(error):
                raise
            failed = error
            asked = retry_after(error)
        else:
            silence.end()
            yield job
            if job.is_finished:
                return
        left = end - clock()
        if left > 0:
            sleep(min(max(next(poll), asked), left))
        if left <= asked:
            raise timeout_of(job, timeout) from failed


def timeout_of(job: JobInfo, timeout: float | None) -> WaitTimeout:
    """Return the error for a job that has not finished in time."""
    state = f"is still {job.status}" if job.status else "was not seen yet"
    return WaitTimeout(f"timed out after {timeout or 0:g} s; {job.jobID} {state}", job=job)


def dismissed_late(error: WaitTimeout, dismiss: Callable[[JobInfo], JobInfo]) -> WaitTimeout:
    """Return the error for a job that was dismissed because its time was over.

    If the server refuses that, the refusal is the error's cause.
    """
    head, job = str(error).partition(";")[0], error.job
    refusal = error.__cause__
    try:
        job = dismiss(job)
        state = str(job.status)
    except (OgcProcError, ValueError) as refused:
        refusal, state = refused, f"could not be dismissed: {refused}"
    late = WaitTimeout(f"{head}; {job.jobID} {state}", job=job)
    late.__cause__ = refusal
    return late


def add_note(error: BaseException, note: str) -> None:
    """Add a note to an error, which a traceback shows; Python 3.10 has no notes."""
    if hasattr(error, "add_note"):
        error.add_note(note)


#: A job is news if one of these members has changed. Members that a server adds do not count:
#: weaver's ``duration`` grows with each poll.
NEWS = (
    "status",
    "message",
    "progress",
    "created",
    "started",
    "finished",
    "updated",
    "processID",
    "links",
)


def is_news(before: JobInfo, now: JobInfo) -> bool:
    """Return whether a job's state has changed."""
    return any(getattr(before, name) != getattr(now, name) for name in NEWS)


def ends_wait(error: OgcProcError, job: JobInfo, waited: float) -> bool:
    """Return whether no further poll of a job can succeed after this error.

    Of the answers, only those from 400 to 499 speak of the job, unless a gateway sent a page.
    """
    if isinstance(error, NoSuchJob) and job._context.is_new and waited < GRACE:
        return False
    if isinstance(error, ServiceError) and not isinstance(error, Unauthorized):
        is_client_error = error.status in CLIENT_ERRORS and error.status not in AWAY
        speaks_of_the_job = isinstance(error, NoSuchJob) or is_client_error
        return speaks_of_the_job and not is_web_page(error)
    return not isinstance(error, DocumentError) and not is_passing(error)


def is_web_page(error: ServiceError) -> bool:
    """Return whether a web page came with an error: it may be a gateway's."""
    return re.match(WEB_PAGE, error.body) is not None


def is_passing(error: OgcProcError) -> bool:
    """Return whether a request that failed may succeed later: the server is busy or away."""
    if isinstance(error, TransportError):
        return not is_settled_by(error)
    return isinstance(error, ServiceError) and error.status in AWAY


def retry_after(error: OgcProcError) -> float:
    """Return the ``Retry-After`` of an error, in seconds, a minute at most; 0 without one."""
    return asked_pause(getattr(error, "headers", None) or {})


def own_reason(job: JobInfo) -> str | None:
    """Return why a job failed, as far as its state tells."""
    return job.message or (job.exception.detail if job.exception else None)


def job_error(job: JobInfo, detail: str | None = None) -> JobFailed | JobDismissed | None:
    """Return the error for a job that failed or was dismissed; None for others.

    ``detail`` is a reason to give if the job itself has none.
    """
    reason = own_reason(job) or detail
    status = job.status or "has ended without a status"
    message = f"{job.jobID} {status}: {reason or 'no reason given'}"
    if job.is_failed:
        return JobFailed(message, job=job)
    return JobDismissed(message, job=job) if job.is_dismissed else None
