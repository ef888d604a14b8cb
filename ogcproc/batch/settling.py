"""What became of an execute request that was sent, or may have been, and never answered.

The job list tells, where it can be trusted to: the one job of the process that was made since and
that nobody else is known to have made is taken for ours; where there is none, and the list would
show it, the request never arrived and may be sent. Anything else cannot be settled, and is said.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from time import monotonic

from .._execution import jobs_since
from .._waiting import UNHEARD, is_passing, pauses
from ..errors import OgcProcError, SubmissionUncertain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .._resources import Resources
    from ..models import JobInfo
    from .journal import Journal

__all__ = ["PATIENCE", "Listing", "patience_left", "settled"]

#: For how long after it was sent a request may still become a job, in seconds.
PATIENCE = 10.0
#: By how much a server's clock may differ from what its answers say, in seconds.
TOLERANCE = 3.0
#: How long ago a request may have been sent that a list without older jobs is to show.
FRESH = timedelta(hours=1)
#: How a timestamp ends that names its zone.
ZONE = r"(?:[Zz]|[+-]\d\d:?\d\d)\s*$"


class Listing:
    """What the job list says of a request that was sent, and whether it can be believed.

    That a job is not in it says nothing where executions leave no jobs behind (those that are
    answered at once), where it does not show ours, and where its times cannot be compared.
    """

    def __init__(self, resources: Resources, error: SubmissionUncertain, journal: Journal) -> None:
        process_id, sent_at = error.process_id, error.sent_at or datetime.now(timezone.utc)
        #: The jobs that it may have become.
        self.candidates: list[JobInfo] = []
        #: Where jobs of ours are known, one of them is to be seen; else the server is to say so.
        self._shows_ours = not journal.recent and (
            resources.conforms_to("job-list") and resources.runs_async(process_id)
        )
        self._tells_time = True
        self._reaches_back = datetime.now(timezone.utc) - sent_at < FRESH
        for job, is_since in jobs_since(resources, process_id, sent_at, TOLERANCE):
            self._see(job, is_since, journal)

    def _see(self, job: JobInfo, is_since: bool, journal: Journal) -> None:
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
        """Whether a job that is not in it is not there."""
        return self._shows_ours and self._tells_time and self._reaches_back


def is_near(job: JobInfo, sent_at: datetime | None) -> bool:
    """Return whether a job says that it was made about when it was sent, or nothing of it is known.

    Where it does not, the server's clock, or its zone, is not what it seems to be.
    """
    if sent_at is None or job.created is None:
        return True
    return -FRESH / 2 < job.created - sent_at < FRESH / 2


def patience_left(sent_at: datetime) -> float:
    """Return for how many seconds what another run sent then may still become a job."""
    age = (datetime.now(timezone.utc) - sent_at).total_seconds()
    return min(PATIENCE, max(0.0, PATIENCE - age))


def settled(
    resources: Resources,
    error: SubmissionUncertain,
    journal: Journal,
    *,
    rest: Callable[[float], object],
    patience: float,
    clock: Callable[[], float] = monotonic,
) -> JobInfo | None:
    """Return the job that an uncertain execution became; None where it certainly became none.

    That is the only candidate of the only request that is not settled. For ``patience`` seconds it
    may still become one. Raises the error where it cannot be told, with the candidates, and where
    ``rest`` returns False: then nobody waits any more.
    """
    sent_at = error.sent_at
    if sent_at is None:
        raise error
    began = clock()
    waits = pauses((0.25, 5))
    while True:
        listing = listing_of(resources, error, journal, is_last=clock() - began > UNHEARD)
        if listing is not None and listing.candidates:
            if len(listing.candidates) > 1 or journal.unsettled(sent_at) > 1:
                error.candidates = listing.candidates
                raise error
            return listing.candidates[0]
        if listing is not None and clock() - began >= patience:
            break
        if rest(next(waits)) is False:
            raise error
    if not listing.is_complete:
        raise error
    return None


def listing_of(
    resources: Resources, error: SubmissionUncertain, journal: Journal, *, is_last: bool
) -> Listing | None:
    """Return what the job list says; None where it says nothing for now, and may later.

    Raises the error where it says nothing.
    """
    try:
        return Listing(resources, error, journal)
    except OgcProcError as failed:
        if is_last or not is_passing(failed):
            raise error from failed
        return None
