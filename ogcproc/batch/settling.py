"""Whether an execute request without an answer became a job, and which one.

The job list tells, if it can be trusted. If one job of the process was created since, and nobody
else is known to have created it, it is ours. If there is no such job, and the list would show it,
the request never arrived and may be sent. In all other cases nobody can tell.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from time import monotonic

from .._execution import jobs_since
from .._resources import Resources
from .._waiting import MAX_SILENCE, is_passing, pauses
from ..errors import DocumentError, OgcProcError, ServiceError, SubmissionUncertain
from ..models import JobInfo, JobStatus
from .journal import Journal

__all__ = ["PATIENCE", "Listing", "patience_left", "settled"]

#: How long after it was sent a request may still become a job, in seconds.
PATIENCE = 10.0
#: The largest difference between a server's clock and the dates of its answers, in seconds.
TOLERANCE = 3.0
#: The largest difference between the time of a job of ours and the time when we sent it.
NEAR = timedelta(minutes=30)
#: How many readings of the list must agree, because a list may move while it is paged.
PASSES = 3
#: How many jobs a page should hold, so that few pages are needed.
PAGE = 1000
#: Some servers list jobs of these states only if they are asked for them (urban-model-platform).
UNFINISHED = (JobStatus.accepted, JobStatus.running, JobStatus.created)
#: The end of a timestamp that names its zone.
ZONE = r"(?:[Zz]|[+-]\d\d:?\d\d)\s*$"


class Listing:
    """The job list after a request was sent, and whether it can be trusted.

    A missing job proves nothing if the list does not show the job of ours that was sent last
    before: our jobs may be hidden, or the list was emptied since. It proves nothing either if it
    cannot be read to its end, or if its times cannot be compared with ours.
    """

    def __init__(self, resources: Resources, error: SubmissionUncertain, journal: Journal) -> None:
        sent_at = error.sent_at or datetime.now(timezone.utc)
        #: The jobs that the request may have become, by id.
        self.candidates: dict[str, JobInfo] = {}
        self._last = journal.last_before(sent_at)
        self._tells_time = True
        self._is_whole = True
        #: The ids of all jobs that it shows.
        self.shown: set[str] = set()
        for status in (None, *UNFINISHED):
            try:
                listed = jobs_since(
                    resources,
                    error.process_id,
                    sent_at,
                    TOLERANCE,
                    status=status,
                    limit=PAGE,
                    once=True,
                )
                for job, is_since in listed:
                    self._add(job, is_since, journal)
            except DocumentError:
                self._is_whole = False
            except ServiceError as refused:
                # 1.0 does not know this state, so a server may refuse it.
                if status != JobStatus.created or is_passing(refused):
                    raise

    def _add(self, job: JobInfo, is_since: bool, journal: Journal) -> None:
        text = job._context.times[0]
        self._tells_time &= isinstance(text, str) and re.search(ZONE, text) is not None
        self.shown.add(job.jobID)
        if job.jobID in journal.recent:
            self._tells_time &= is_near(job, journal.recent[job.jobID])
        elif is_since:
            self.candidates[job.jobID] = job

    @property
    def is_complete(self) -> bool:
        """Whether a job that the list does not show does not exist."""
        return self._last in self.shown and self._tells_time and self._is_whole


def is_near(job: JobInfo, sent_at: datetime) -> bool:
    """Return whether a job was created about when it was sent, as far as the times are known.

    If not, the server's clock or time zone is not the one that its timestamps claim.
    """
    return job.created is None or abs(job.created - sent_at) < NEAR


def patience_left(sent_at: datetime) -> float:
    """Return how many seconds longer a request that was sent then may become a job."""
    age = (datetime.now(timezone.utc) - sent_at).total_seconds()
    return min(PATIENCE, max(0.0, PATIENCE - age))


def settled(
    resources: Resources,
    error: SubmissionUncertain,
    journal: Journal,
    *,
    sleep: Callable[[float], object],
    patience: float,
    clock: Callable[[], float] = monotonic,
) -> JobInfo | None:
    """Return the job that an uncertain request became; None if it certainly became none.

    It is the only candidate, if no other request of that time is uncertain. The request may become
    a job for ``patience`` seconds, and the last few readings of the list must agree. Raises the
    error, with the candidates, if the list cannot tell, and if ``sleep`` returns False because the
    run is over.
    """
    sent_at = error.sent_at
    if sent_at is None:
        raise error
    began = clock()
    waits = pauses((0.25, 5))
    passes = agreeing = 0
    shown: set[str] = set()
    while True:
        listing = listing_of(resources, error, journal, is_last=clock() - began > MAX_SILENCE)
        if listing is not None:
            if listing.candidates:
                if len(listing.candidates) > 1 or journal.unsettled(sent_at) > 1:
                    error.candidates = list(listing.candidates.values())
                    raise error
                return next(iter(listing.candidates.values()))
            passes += 1
            agreeing = agreeing + 1 if shown == listing.shown else 1
            shown = listing.shown
            if not listing.is_complete:
                agreeing = 0
            if passes >= PASSES and clock() - began >= patience:
                break
        if sleep(next(waits)) is False:
            raise error
    if agreeing < PASSES:
        raise error
    return None


def listing_of(
    resources: Resources, error: SubmissionUncertain, journal: Journal, *, is_last: bool
) -> Listing | None:
    """Return the job list; None if it cannot be read now, but perhaps later.

    Raises the error if it cannot be read at all.
    """
    try:
        return Listing(resources, error, journal)
    except OgcProcError as failed:
        if is_last or not is_passing(failed):
            raise error from failed
        return None
