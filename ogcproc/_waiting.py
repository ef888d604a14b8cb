"""Waiting for a job: how often to poll it, which errors to survive, and for how long.

Deadlines are absolute times of a monotonic clock, so that many polls cause no drift. Each pause is
jittered, so that waits which began together do not poll together.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from math import inf, isfinite
from time import monotonic
from typing import Any

from ._http.failures import PASSING, asked_pause, is_settled_by
from .errors import (
    JobDismissed,
    JobFailed,
    OgcProcError,
    ServiceError,
    TransportError,
    WaitTimeout,
)
from .models import JobInfo

__all__ = [
    "BETWEEN_CALLS",
    "LOOKS",
    "OFTEN",
    "RARELY",
    "UNHEARD",
    "end_of",
    "ended_otherwise",
    "is_news",
    "is_passing",
    "pauses",
    "retry_after",
    "states",
]

#: Polls a job: takes the job and the seconds left; returns its state and ``Retry-After``.
Look = Callable[[JobInfo, float], tuple[JobInfo, float]]

#: The first and the longest pause between two polls, in seconds; each is GROWTH times the last.
OFTEN = (0.5, 30.0)
#: The same if the server calls back.
RARELY = (5.0, 120.0)
#: The shortest pause between two polls, in seconds, however often the server calls back.
BETWEEN_CALLS = 0.25
GROWTH = 1.5
#: The largest relative deviation of a pause from its mean.
JITTER = 0.25
#: A wait without a timeout gives up after so many seconds, and polls, without an answer.
UNHEARD = 1800.0
LOOKS = 10
#: The least time for one poll, in seconds, even if less is left of the wait.
LOOK = 1.0


def pauses(poll: Any = None) -> Iterator[float]:
    """Yield the pauses between polls, in seconds, for ever.

    ``poll`` is a number, a pair of the first and the longest, or an iterator, whose pauses are
    used as they are and whose last one repeats. The first ``next`` raises TypeError or ValueError.
    """
    if isinstance(poll, Iterator):
        return lasting(poll)
    if poll is None:
        first, most = OFTEN
    elif isinstance(poll, (tuple, list)):
        if len(poll) != 2:  # noqa: PLR2004 - a pair
            raise ValueError(f"poll is a number of seconds, a pair of them or an iterator: {poll}")
        first, most = map(seconds_of, poll)
    else:
        first = most = seconds_of(poll)
    return growing(first, max(first, most))


def growing(first: float, most: float) -> Iterator[float]:
    """Yield jittered pauses that grow."""
    pause = first
    while True:
        yield pause * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - jitter
        pause = min(most, pause * GROWTH)


def lasting(poll: Iterator[Any]) -> Iterator[float]:
    """Yield the pauses of an iterator, and repeat its last one."""
    pause = OFTEN[0]
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


def end_of(timeout: float | None, now: float) -> float:
    """Return the deadline of a wait that begins now; raises TypeError and ValueError."""
    return inf if timeout is None else now + seconds_of(timeout, "timeout", least=0.0)


def states(
    job: JobInfo,
    look: Look,
    *,
    end: float,
    poll: Iterator[float],
    sleep: Callable[[float], object],
    clock: Callable[[], float] = monotonic,
) -> Iterator[JobInfo]:
    """Yield a job's state after each poll, the last time a finished one.

    ``end`` is the deadline by the clock. Raises WaitTimeout with the last state. Raises the error
    of a poll if it is permanent, or if the server has not answered for half an hour.
    """
    heard, unheard = clock(), 0
    while True:
        failed: OgcProcError | None = None
        asked = 0.0
        try:
            job, asked = look(job, max(end - clock(), LOOK))
        except OgcProcError as error:
            unheard += 1
            if not is_passing(error) or (unheard >= LOOKS and clock() - heard >= UNHEARD):
                raise
            failed = error
            asked = retry_after(error)
        else:
            heard, unheard = clock(), 0
            yield job
            if job.is_finished:
                return
        left = end - clock()
        if left > 0:
            sleep(min(max(next(poll), asked), left))
        if left <= asked:
            status = job.status or "not seen yet"
            raise WaitTimeout(f"{job.jobID} has not ended: {status}", job=job) from failed


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


def is_passing(error: OgcProcError) -> bool:
    """Return whether a request that failed may succeed later."""
    if isinstance(error, TransportError):
        return not is_settled_by(error)
    return isinstance(error, ServiceError) and error.status in PASSING


def retry_after(error: OgcProcError) -> float:
    """Return the ``Retry-After`` of an error, in seconds, a minute at most; 0 without one."""
    return asked_pause(getattr(error, "headers", None) or {})


def ended_otherwise(job: JobInfo, detail: str | None = None) -> JobFailed | JobDismissed | None:
    """Return the error for a job that failed or was dismissed; None for others.

    ``detail`` is a reason to give if the job itself has none.
    """
    reason = job.message or (job.exception and job.exception.detail) or detail
    message = f"{job.jobID} {job.status}: {reason or 'no reason given'}"
    if job.is_failed:
        return JobFailed(message, job=job)
    return JobDismissed(message, job=job) if job.is_dismissed else None
