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
from ..errors import OgcProcError, SubmissionUncertain
from ..models import JobInfo
from .journal import Journal

__all__ = ["PATIENCE", "Listing", "patience_left", "settled"]

#: How long after it was sent a request may still become a job, in seconds.
PATIENCE = 10.0
#: The largest difference between a server's clock and the dates of its answers, in seconds.
TOLERANCE = 3.0
#: The age of a request up to which a list without older jobs is trusted to show its job.
FRESH = timedelta(hours=1)
#: The end of a timestamp that names its zone.
ZONE = r"(?:[Zz]|[+-]\d\d:?\d\d)\s*$"


class Listing:
    """The job list after a request was sent, and whether it can be trusted.

    A missing job proves nothing if executions leave no jobs (because results come at once), if the
    list does not show our jobs, and if its times cannot be compared.
    """

    def __init__(self, resources: Resources, error: SubmissionUncertain, journal: Journal) -> None:
        process_id, sent_at = error.process_id, error.sent_at or datetime.now(timezone.utc)
        #: The jobs that the request may have become.
        self.candidates: list[JobInfo] = []
        #: If we know jobs of ours, the list must show one; else the server must declare the list.
        self._shows_ours = not journal.recent and (
            resources.conforms_to("job-list") and resources.runs_async(process_id)
        )
        self._tells_time = True
        self._reaches_back = datetime.now(timezone.utc) - sent_at < FRESH
        for job, is_since in jobs_since(resources, process_id, sent_at, TOLERANCE):
            self._add(job, is_since, journal)

    def _add(self, job: JobInfo, is_since: bool, journal: Journal) -> None:
        text = job._context.times[0]
        self._tells_time &= isinstance(text, str) and re.search(ZONE, text) is not None
        if job.jobID in journal.recent:
            self._shows_ours = True
            self._tells_time &= is_near(job, journal.recent[job.jobID])
        elif is_since:
            self.candidates.append(job)
        else:
            self._reaches_back = True

    @property
    def is_complete(self) -> bool:
        """Whether a job that the list does not show does not exist."""
        return self._shows_ours and self._tells_time and self._reaches_back


def is_near(job: JobInfo, sent_at: datetime | None) -> bool:
    """Return whether a job was created about when it was sent, as far as the times are known.

    If not, the server's clock or time zone is not the one that its timestamps claim.
    """
    if sent_at is None or job.created is None:
        return True
    return -FRESH / 2 < job.created - sent_at < FRESH / 2


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
    a job for ``patience`` seconds. Raises the error, with the candidates, if the list cannot tell,
    and if ``sleep`` returns False because the run is over.
    """
    sent_at = error.sent_at
    if sent_at is None:
        raise error
    began = clock()
    waits = pauses((0.25, 5))
    while True:
        listing = listing_of(resources, error, journal, is_last=clock() - began > MAX_SILENCE)
        if listing is not None and listing.candidates:
            if len(listing.candidates) > 1 or journal.unsettled(sent_at) > 1:
                error.candidates = listing.candidates
                raise error
            return listing.candidates[0]
        if listing is not None and clock() - began >= patience:
            break
        if sleep(next(waits)) is False:
            raise error
    if not listing.is_complete:
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
