"""Waiting for a job: how often it is looked at, what may go wrong meanwhile, and how long for.

The wait keeps to absolute times of a monotonic clock, so that no number of polls makes it drift,
and each pause is jittered, so that waits which began together do not stay together.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from math import inf, isfinite
from time import monotonic

from ._http.retrying import PASSING, asked_pause, is_settled_by
from .errors import (
    JobDismissed,
    JobFailed,
    OgcProcError,
    ServiceError,
    TransportError,
    WaitTimeout,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .models import JobInfo

    #: What looks at a job, given it and how many seconds are left; it returns the job's state and
    #: for how many seconds the server asks not to be asked again.
    Look = Callable[[JobInfo, float], tuple[JobInfo, float]]

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
    "states",
    "told",
]

#: The pauses between two looks, in seconds: from the first to the last, each so much longer.
OFTEN = (0.5, 30.0)
#: The same where the server calls back.
RARELY = (5.0, 120.0)
#: The shortest pause between two looks, in seconds, however often the server calls back.
BETWEEN_CALLS = 0.25
GROWTH = 1.5
#: How far a pause may be from what it is on the average.
JITTER = 0.25
#: Nobody has been heard of for so many seconds and looks: then a wait without an end has one.
UNHEARD = 1800.0
LOOKS = 10
#: What a look has of time at least, in seconds, however little there is left.
LOOK = 1.0


def pauses(poll: Any = None) -> Iterator[float]:
    """Yield how long to wait after one look and the next, in seconds, without end.

    ``poll`` is a number, a pair of the first and the longest, or an iterator, whose pauses are
    taken as they are, the last one for ever. Raises TypeError and ValueError, at the first.
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
    """Yield the pauses of an iterator, the last one for ever."""
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
    """Return when a wait ends that begins now; raises TypeError and ValueError."""
    return inf if timeout is None else now + seconds_of(timeout, "timeout", least=0.0)


def states(
    job: JobInfo,
    look: Look,
    *,
    end: float,
    poll: Iterator[float],
    rest: Callable[[float], object],
    clock: Callable[[], float] = monotonic,
) -> Iterator[JobInfo]:
    """Yield a job as it is seen at one look and the next, the last time finished.

    ``end`` is when to give up, by the clock. Raises WaitTimeout, with the job as it was last seen;
    any error of a look that does not pass by itself; and one that does where nothing was heard
    of the server for half an hour: what does not end by itself is not waited for without end.
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
            asked = told(error)
        else:
            heard, unheard = clock(), 0
            yield job
            if job.is_finished:
                return
        left = end - clock()
        if left > 0:
            rest(min(max(next(poll), asked), left))
        if left <= asked:
            seen = job.status or "not seen yet"
            raise WaitTimeout(f"{job.jobID} has not ended: {seen}", job=job) from failed


#: What of a job's state is news when it changes. Not what a server adds of its own: weaver's
#: ``duration`` grows at each look.
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
    """Return whether a job's state is another than before."""
    return any(getattr(before, name) != getattr(now, name) for name in NEWS)


def is_passing(error: OgcProcError) -> bool:
    """Return whether what went wrong with a request may be over the next time."""
    if isinstance(error, TransportError):
        return not is_settled_by(error)
    return isinstance(error, ServiceError) and error.status in PASSING


def told(error: OgcProcError) -> float:
    """Return for how many seconds an error asks not to be asked again."""
    return asked_pause(getattr(error, "headers", None) or {})


def ended_otherwise(job: JobInfo, detail: str | None = None) -> JobFailed | JobDismissed | None:
    """Return the error for a job that ended otherwise than with its success; None for others.

    ``detail`` is what is known of the reason where the job itself says nothing.
    """
    said = job.message or (job.exception and job.exception.detail) or detail
    message = f"{job.jobID} {job.status}: {said or 'no reason given'}"
    if job.is_failed:
        return JobFailed(message, job=job)
    return JobDismissed(message, job=job) if job.is_dismissed else None
