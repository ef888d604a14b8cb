"""Many jobs watched by one poller: it reads the job list for all of them, or polls each one.

It uses the list if that costs fewer requests, and if the list shows our jobs at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from threading import Condition
from time import monotonic
from typing import Any

from .._protocol.jobs import is_another
from .._resources import Resources
from .._waiting import MIN_PAUSE, Silence, ends_wait, is_passing, retry_after, timeout_of
from ..errors import OgcProcError, ServiceError, TransportError
from ..models import JobInfo
from .pace import ListPauses, Pace

__all__ = ["Watch", "Watched"]

#: How many jobs a page of the list should hold: OpenAPI documents allow for a thousand.
PAGE = 1000
#: A job that so many readings of the list did not show is polled by itself.
MISSED = 2


@dataclass(slots=True, eq=False)
class Watched:
    """A job that is watched."""

    item: Any
    job: JobInfo
    #: The pauses between two polls of this job alone.
    poll: Iterator[float]
    #: The deadline, by the monotonic clock.
    end: float
    #: The token of its callbacks.
    token: str | None
    #: The timeout that the deadline came from.
    timeout: float | None = None
    began: float = field(default_factory=monotonic)
    #: How long its own state was not told.
    silence: Silence = field(default_factory=Silence)
    #: When to poll it by itself.
    due: float = field(init=False)
    #: When it was last polled by itself.
    polled: float = 0.0
    #: Whether a callback has come since then.
    is_called: bool = False
    #: How many readings of the list have not shown it.
    missed: int = 0

    def __post_init__(self) -> None:
        self.due = self.began + next(self.poll)


#: Called with a job that is not watched any more, and with an error if it has not finished.
Report = Callable[[Watched, Exception | None], object]


class Watch:
    """The jobs of a process that are watched; ``run`` needs a thread of its own."""

    def __init__(
        self, resources: Resources, process_id: str, *, poll: Any, pace: Pace, report: Report
    ) -> None:
        self._resources = resources.with_options(retries=0)
        self._process_id = process_id
        self._pace = pace
        self._report = report
        self._pauses = ListPauses(poll)
        self._jobs: dict[int, Watched] = {}
        self._changed = Condition()
        self._is_stopped = False
        #: Whether the list shows our jobs; None until it was read.
        self._lists: bool | None = None
        #: How many pages of the list were read last.
        self._pages = 1
        #: When to read the list.
        self._list_due = 0.0
        #: How many jobs have finished.
        self._finished = 0
        self._silence = Silence()

    def add(self, watched: Watched) -> None:
        """Watch a job, too."""
        with self._changed:
            if not self._jobs:
                self._list_due = min(watched.due, monotonic() + self._pauses.pause)
            self._jobs[id(watched)] = watched
            self._changed.notify()

    def called_back(self, token: str) -> None:
        """Poll the job with this token soon, but once for many callbacks."""
        with self._changed:
            for watched in self._jobs.values():
                if watched.token == token and not watched.is_called:
                    watched.is_called = True
                    watched.due = max(monotonic(), watched.polled + MIN_PAUSE)
                    self._changed.notify()

    def stop(self) -> None:
        """Let ``run`` return."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify()

    def run(self) -> None:
        """Poll the jobs until stopped; raises the error of a server that does not answer."""
        while self._wait():
            self._pace.keep()
            if self._uses_list():
                if self._list_due <= monotonic():
                    self._poll_all()
                self._poll_each(
                    lambda one: one.missed >= MISSED or (one.is_called and one.due <= monotonic())
                )
            else:
                self._poll_each(lambda one: one.due <= monotonic())
            self._time_out()

    # --- when ---------------------------------------------------------------------------------

    def _wait(self) -> bool:
        """Wait until there is a job to poll; return False when stopped."""
        with self._changed:
            while not self._is_stopped:
                left = self._next() - monotonic()
                if left <= 0:
                    return True
                self._changed.wait(None if left == inf else left)
        return False

    def _next(self) -> float:
        """Return when to poll next, by the monotonic clock."""
        jobs = self._jobs.values()
        deadline = min((one.end for one in jobs), default=inf)
        if jobs and self._uses_list():
            called = min((one.due for one in jobs if one.is_called), default=inf)
            return min(deadline, called, self._list_due)
        return min(deadline, min((one.due for one in jobs), default=inf))

    def _uses_list(self) -> bool:
        """Return whether reading the list costs fewer requests than polling each job."""
        return self._lists is not False and len(self._jobs) > self._pages

    # --- all of them --------------------------------------------------------------------------

    def _poll_all(self) -> None:
        """Read the job list for all jobs at once."""
        with self._changed:
            wanted = {one.job.jobID: one for one in self._jobs.values()}
        number = len(wanted)
        finished = self._finished
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
            asked = self._slow_down(error)
        else:
            self._silence.end()
            for one in wanted.values():
                one.missed += 1
            # A list that shows less than half of our jobs is another user's, or incomplete.
            self._lists = self._lists and len(wanted) <= number / 2
        pause = self._pauses.next(has_finished=self._finished > finished)
        self._list_due = monotonic() + max(pause, asked)

    def _read_list(self, wanted: dict[str, Watched]) -> None:
        """Update the jobs that the list shows, and remove these from ``wanted``."""
        pages = 0
        for page in self._resources.job_pages(self._process_id, oldest(wanted.values()), PAGE):
            pages += 1
            for job in page:
                one = wanted.get(job.jobID)
                if one is not None and job.status and not is_another(one.job, job):
                    del wanted[job.jobID]
                    self._update(one, job)
            if not wanted or pages > len(self._jobs):
                break
        self._pages = pages

    # --- one after the other --------------------------------------------------------------------

    def _poll_each(self, is_due: Callable[[Watched], bool]) -> None:
        """Poll the jobs that are due, one after the other."""
        with self._changed:
            due = [one for one in self._jobs.values() if is_due(one)]
        for one in due:
            if self._is_stopped:
                return
            self._pace.keep()
            self._poll(one)

    def _poll(self, one: Watched) -> None:
        one.is_called = False
        one.polled = monotonic()
        asked = 0.0
        try:
            job, asked = self._resources.poll_job(one.job, inf)
        except ValueError as error:  # an id that no URL can carry
            self._remove(one, error)
            return
        except OgcProcError as error:
            if is_passing(error):
                asked = self._slow_down(error)
            elif isinstance(error, TransportError):
                raise  # the client is closed, or does not trust the server any more
            is_over = ends_wait(error, one.job, one.polled - one.began)
            if is_over or one.silence.grows_too_long(error):
                self._remove(one, error)
                return
        else:
            self._silence.end()
            one.silence.end()
            self._update(one, job)
        with self._changed:
            # A callback that came during the poll may tell of a later state.
            pause = MIN_PAUSE if one.is_called else next(one.poll)
            one.due = monotonic() + max(pause, asked)

    # --- after a poll -------------------------------------------------------------------------

    def _update(self, one: Watched, job: JobInfo) -> None:
        """Note a job's new state."""
        job._context.continue_from(one.job._context)
        one.job = job
        one.missed = 0
        if job.is_finished:
            self._pauses.add(monotonic() - one.began)
            self._finished += 1
            self._remove(one, None)

    def _remove(self, one: Watched, error: Exception | None) -> None:
        """Stop watching a job, and report it."""
        with self._changed:
            del self._jobs[id(one)]
        self._report(one, error)

    def _time_out(self) -> None:
        """Stop watching the jobs whose deadline is over."""
        now = monotonic()
        for one in [one for one in self._jobs.values() if one.end <= now]:
            self._remove(one, timeout_of(one.job, one.timeout))

    def _slow_down(self, error: OgcProcError) -> float:
        """Return the ``Retry-After`` of an error, and slow down the run if the server is busy.

        Raises the error if the server has not answered for half an hour.
        """
        if self._silence.grows_too_long(error):
            raise error
        asked = retry_after(error)
        if isinstance(error, ServiceError):
            self._pace.slow(max(asked, self._pauses.first * 2 ** min(self._silence.failures, 6)))
        return asked


def oldest(jobs: Iterable[Watched]) -> datetime | None:
    """Return when the oldest of some jobs was created; None if one does not say it."""
    moments = [one.job.created for one in jobs]
    return min(filter(None, moments)) if all(moments) else None
