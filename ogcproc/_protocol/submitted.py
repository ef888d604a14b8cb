"""Which jobs an execution may have left behind whose answer never came: pure functions."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._http.headers import Headers
    from ..models import JobInfo

__all__ = ["clock_ahead", "newest_first", "was_made_since"]


def clock_ahead(headers: Headers, now: datetime) -> timedelta:
    """Return how far a server's clock is ahead of ours, by the ``Date`` of an answer just come.

    Nothing where it does not tell, and where a cache has kept the answer (``Age``).
    """
    if headers.last("age"):
        return timedelta()
    try:
        told = parsedate_to_datetime(headers.last("date"))
        return (told if told.tzinfo else told.replace(tzinfo=timezone.utc)) - now
    except (TypeError, ValueError, OverflowError):
        return timedelta()


def moment_of(job: JobInfo) -> datetime | None:
    """Return when a job was made, or the first that is known of it after that."""
    return job.created or job.started or job.updated or job.finished


def was_made_since(job: JobInfo, since: datetime) -> bool:
    """Return whether a job was made since then; true where it does not say when it was made."""
    moment = moment_of(job)
    return moment is None or moment >= since


def newest_first(jobs: Iterable[JobInfo]) -> list[JobInfo]:
    """Return jobs in the order of their making, the newest first, those that do not say it last."""
    oldest = datetime.min.replace(tzinfo=timezone.utc)
    return sorted(jobs, key=lambda job: moment_of(job) or oldest, reverse=True)
