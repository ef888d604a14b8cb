"""Many jobs watched by one poller: a page of the job list for all of them, or one after the other.

Which it is depends on what is cheaper, and on whether the list shows our jobs at all. The pause
between two looks at the list follows from how long jobs take: a tenth of that costs a twentieth of
the time, and few requests.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from math import inf
from statistics import median
from threading import Condition
from time import monotonic

from .._protocol.jobs import is_another
from .._waiting import BETWEEN_CALLS, LOOKS, OFTEN, UNHEARD, is_passing, pauses, retry_after
from ..errors import OgcProcError, ServiceError, TransportError, WaitTimeout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from typing import Any

    from .._resources import Resources
    from ..models import JobInfo

    #: What is told of a job that is not watched any more: the job, and why if it has not ended.
    Report = Callable[["Watched", "OgcProcError | None"], None]

__all__ = ["Pace", "Watch", "Watched"]

#: How many jobs are asked for in a page of the list: OpenAPI documents allow for a thousand.
PAGE = 1000
#: A job that is so many times not in the list is looked at by itself.
MISSED = 2
#: The part of what a job takes that may pass before its end is seen.
SHARE = 0.1
#: From how many jobs' times the pause follows.
REMEMBERED = 50


class Pace:
    """How fast a whole run may go: who is told to go slower tells all."""

    def __init__(self, rest: Callable[[float], object]) -> None:
        #: What waits, and returns whether to go on.
        self._rest = rest
        self._until = 0.0

    def keep(self) -> None:
        """Wait until a request may be made, or nobody waits any more."""
        left = self._until - monotonic()
        while left > 0 and self._rest(left):
            left = self._until - monotonic()

    def slow(self, seconds: float) -> None:
        """Let nobody make a request for so many seconds, and not all at once after that."""
        self._until = max(self._until, monotonic() + seconds * random.uniform(1, 1.25))  # noqa: S311


class Watched:
    """A job that is watched."""

    __slots__ = (
        "began",
        "due",
        "end",
        "is_called",
        "item",
        "job",
        "looked",
        "missed",
        "poll",
        "token",
    )

    def __init__(
        self, item: Any, job: JobInfo, *, poll: Iterator[float], end: float, token: str | None
    ) -> None:
        self.item = item
        self.job = job
        #: The pauses between two looks at this job alone.
        self.poll = poll
        self.began = monotonic()
        #: When to look at it by itself.
        self.due = self.began + next(poll)
        #: When to give it up.
        self.end = end
        #: By what its server calls back.
        self.token = token
        #: When it was looked at last by itself.
        self.looked = 0.0
        #: Whether it has called back since the last look.
        self.is_called = False
        #: How many looks at the list have not shown it.
        self.missed = 0


class Watch:
    """The jobs of a process that are watched; ``run`` is for a thread of its own."""

    def __init__(
        self, resources: Resources, process_id: str, *, poll: Any, pace: Pace, report: Report
    ) -> None:
        self._resources = resources.with_options(retries=0)
        self._process_id = process_id
        self._pace = pace
        self._report = report
        self._first, self._most = bounds(poll)
        self._jobs: dict[int, Watched] = {}
        self._changed = Condition()
        self._is_stopped = False
        #: Whether the list shows our jobs; None until it was asked.
        self._lists: bool | None = None
        self._pages = 1
        self._pause = self._first
        self._listing = 0.0
        #: How long the last jobs took, in seconds, and how many have ended.
        self._took: deque[float] = deque(maxlen=REMEMBERED)
        self._ended = 0
        self._heard, self._unheard = monotonic(), 0

    def add(self, watched: Watched) -> None:
        """Watch a job, too."""
        with self._changed:
            if not self._jobs:
                self._listing = min(watched.due, monotonic() + self._pause)
            self._jobs[id(watched)] = watched
            self._changed.notify()

    def call(self, token: str) -> None:
        """Look at the job that was called back for, but not at each of many calls."""
        with self._changed:
            for watched in self._jobs.values():
                if watched.token == token and not watched.is_called:
                    watched.is_called = True
                    watched.due = max(monotonic(), watched.looked + BETWEEN_CALLS)
                    self._changed.notify()

    def stop(self) -> None:
        """Let ``run`` return."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify()

    def run(self) -> None:
        """Look at the jobs until stopped; raises the error of a server that is not there."""
        while self._wait():
            self._pace.keep()
            if self._uses_list():
                if self._listing <= monotonic():
                    self._look_at_all()
                self._look_at_each(
                    lambda one: one.missed >= MISSED or (one.is_called and one.due <= monotonic())
                )
            else:
                self._look_at_each(lambda one: one.due <= monotonic())
            self._give_up()

    # --- when ---------------------------------------------------------------------------------

    def _wait(self) -> bool:
        """Wait until there is something to look at; return False when stopped."""
        with self._changed:
            while not self._is_stopped:
                left = self._next() - monotonic()
                if left <= 0:
                    return True
                self._changed.wait(None if left == inf else left)
        return False

    def _next(self) -> float:
        """Return when to look next, by the monotonic clock."""
        jobs = self._jobs.values()
        given_up = min((one.end for one in jobs), default=inf)
        if jobs and self._uses_list():
            called = min((one.due for one in jobs if one.is_called), default=inf)
            return min(given_up, called, self._listing)
        return min(given_up, min((one.due for one in jobs), default=inf))

    def _uses_list(self) -> bool:
        """Return whether a look at the list costs less than one at each job."""
        return self._lists is not False and len(self._jobs) > self._pages

    def _next_pause(self, *, has_ended: bool) -> float:
        """Return how long to wait until the next look at the list."""
        self._pause = min(self._most, self._pause * 1.5)
        if has_ended:
            self._pause = max(self._first, min(self._most, SHARE * median(self._took)))
        return self._pause * random.uniform(0.75, 1.25)  # noqa: S311 - jitter

    # --- all of them --------------------------------------------------------------------------

    def _look_at_all(self) -> None:
        """Look at the job list, for all of them at once."""
        with self._changed:
            wanted = {one.job.jobID: one for one in self._jobs.values()}
        number = len(wanted)
        ended = self._ended
        asked = 0.0
        try:
            if self._lists is None:
                self._lists = self._resources.conforms_to("job-list")
            if self._lists:
                self._read_list(wanted)
        except OgcProcError as error:
            if not is_passing(error):
                self._lists = False
                return
            asked = self._slowed(error)
        else:
            self._heard, self._unheard = monotonic(), 0
            for one in wanted.values():
                one.missed += 1
            # A list that shows less than half of them is somebody else's, or cut.
            self._lists = self._lists and len(wanted) <= number / 2
        pause = self._next_pause(has_ended=self._ended > ended)
        self._listing = monotonic() + max(pause, asked)

    def _read_list(self, wanted: dict[str, Watched]) -> None:
        """Take the jobs' states from the list, and those that are in it from those wanted."""
        pages = 0
        for page in self._resources.job_pages(self._process_id, oldest(wanted.values()), PAGE):
            pages += 1
            for job in page:
                one = wanted.get(job.jobID)
                if one is not None and job.status and not is_another(one.job, job):
                    del wanted[job.jobID]
                    one.missed = 0
                    self._saw(one, job)
            if not wanted or pages > len(self._jobs):
                break
        self._pages = pages

    # --- one after the other --------------------------------------------------------------------

    def _look_at_each(self, is_due: Callable[[Watched], bool]) -> None:
        """Look at those that are due, one after the other."""
        with self._changed:
            due = [one for one in self._jobs.values() if is_due(one)]
        for one in due:
            if self._is_stopped:
                return
            self._pace.keep()
            self._look_at(one)

    def _look_at(self, one: Watched) -> None:
        one.is_called = False
        one.looked = monotonic()
        asked = 0.0
        try:
            job, asked = self._resources.poll_job(one.job, inf)
        except OgcProcError as error:
            if not is_passing(error):
                if isinstance(error, TransportError):
                    raise  # the client was closed, or cannot trust the server any more
                self._leave(one, error)
                return
            asked = self._slowed(error)
        else:
            self._heard, self._unheard = monotonic(), 0
            one.missed = 0
            self._saw(one, job)
        one.due = monotonic() + max(next(one.poll), asked)

    # --- what was seen ------------------------------------------------------------------------

    def _saw(self, one: Watched, job: JobInfo) -> None:
        """Take down a job's state."""
        job._context.continue_from(one.job._context)
        one.job = job
        if job.is_finished:
            self._took.append(monotonic() - one.began)
            self._ended += 1
            self._leave(one, None)

    def _leave(self, one: Watched, error: OgcProcError | None) -> None:
        """Watch a job no more."""
        with self._changed:
            del self._jobs[id(one)]
        self._report(one, error)

    def _give_up(self) -> None:
        """Watch those no more whose time is over."""
        now = monotonic()
        for one in [one for one in self._jobs.values() if one.end <= now]:
            seen = one.job.status or "not seen yet"
            self._leave(one, WaitTimeout(f"{one.job.jobID} has not ended: {seen}", job=one.job))

    def _slowed(self, error: OgcProcError) -> float:
        """Return how long the server asks to be left alone, and tell all who ask it.

        Raises the error where nobody has been heard of for half an hour.
        """
        self._unheard += 1
        if self._unheard >= LOOKS and monotonic() - self._heard >= UNHEARD:
            raise error
        asked = retry_after(error)
        if isinstance(error, ServiceError):
            self._pace.slow(max(asked, self._first * 2 ** min(self._unheard, 6)))
        return asked


def bounds(poll: Any) -> tuple[float, float]:
    """Return the shortest and the longest pause of what a caller gave.

    Raises TypeError and ValueError.
    """
    if isinstance(poll, Iterator):
        raise TypeError("poll is a number or a pair for many jobs, no iterator")
    next(pauses(poll))  # raises what is to be raised
    if poll is None:
        return OFTEN
    first, most = poll if isinstance(poll, (tuple, list)) else (poll, poll)
    return float(first), float(max(first, most))


def oldest(jobs: Iterable[Watched]) -> datetime | None:
    """Return when the oldest of some jobs was made; None where one does not say it."""
    moments = [one.job.created for one in jobs]
    return min(filter(None, moments)) if all(moments) else None
