"""Which jobs an execute request may have created if its answer was lost. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from .._http.headers import Headers
from ..models import JobInfo

__all__ = ["clock_ahead", "newest_first", "was_made_since"]


def clock_ahead(headers: Headers, now: datetime) -> timedelta:
    """Return how far the server's clock is ahead of ours, by the ``Date`` of a fresh answer.

    Zero if there is no usable ``Date``, and if a cache sent the answer (``Age``).
    """
    if headers.last("age"):
        return timedelta()
    try:
        date = parsedate_to_datetime(headers.last("date"))
        return (date if date.tzinfo else date.replace(tzinfo=timezone.utc)) - now
    except (TypeError, ValueError, OverflowError):
        return timedelta()


def moment_of(job: JobInfo) -> datetime | None:
    """Return when a job was created, or the first later time that it names."""
    return job.created or job.started or job.updated or job.finished


def was_made_since(job: JobInfo, since: datetime) -> bool:
    """Return whether a job was created since then; True if it names no time at all."""
    moment = moment_of(job)
    return moment is None or moment >= since


def newest_first(jobs: Iterable[JobInfo]) -> list[JobInfo]:
    """Return the jobs sorted, the newest first and those without any time last."""
    oldest = datetime.min.replace(tzinfo=timezone.utc)
    return sorted(jobs, key=lambda job: moment_of(job) or oldest, reverse=True)
