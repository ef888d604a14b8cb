"""The filters of the job list: as a query for the server, and as a test of its answer.

Half of the servers ignore some or all filters silently, so the client filters once more. It drops
only jobs whose own members say that they do not match: a bare id (weaver) stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from ..models import JobInfo, ProcessSummary
from ..models._fields import moment, moment_text
from .jobs import process_id_of

__all__ = ["JobFilter"]

Instant = str | datetime | None
Words = str | Sequence[str] | None


class JobFilter:
    """The filters of one request (1.0, class `job-list`, `/req/job-list/*-definition`)."""

    def __init__(
        self,
        *,
        type: Words = None,  # noqa: A002 - the standard's name
        process_id: str | ProcessSummary | Sequence[str | ProcessSummary] | None = None,
        status: Words = None,
        datetime: Instant | tuple[Instant, Instant] = None,
        min_duration: int | None = None,
        max_duration: int | None = None,
    ) -> None:
        self.type = listed(type)
        self.process_id = listed(process_id)
        self.status = listed(status)
        self.datetime = None if datetime is None else interval_text(datetime)
        self.min_duration = min_duration
        self.max_duration = max_duration

    def query(self) -> dict[str, Any]:
        """Return the query's parameters by the standard's names."""
        return {
            "type": self.type,
            "processID": self.process_id,
            "status": self.status,
            "datetime": self.datetime,
            "minDuration": self.min_duration,
            "maxDuration": self.max_duration,
        }

    def admits(self, job: JobInfo) -> bool:
        """Return whether no member of a job contradicts the filters."""
        return (
            among(job.type, self.type)
            and among(job.processID, self.process_id)
            and among(job.status or None, self.status)
            and self._created_then(job)
            and self._lasted(job)
        )

    def _created_then(self, job: JobInfo) -> bool:
        """Return whether the job was created in the interval; True if either is unknown."""
        if self.datetime is None or job.created is None:
            return True
        start, slash, end = self.datetime.partition("/")
        first, last = moment(start), moment(end if slash else start)
        if not slash and first is not None and first.microsecond == 0:
            # An instant without a fraction means that second: created stamps have fractions.
            return job.created.replace(microsecond=0) == first
        return (first is None or first <= job.created) and (last is None or job.created <= last)

    def _lasted(self, job: JobInfo) -> bool:
        """Return whether the job has run that long; True if its duration is unknown."""
        if job.started is None or (self.min_duration is None and self.max_duration is None):
            return True
        if job.is_finished and job.finished is None:
            return True
        seconds = ((job.finished or datetime.now(timezone.utc)) - job.started).total_seconds()
        # One second of tolerance: a server may round, and its clock is not ours.
        return (self.min_duration is None or seconds >= self.min_duration - 1) and (
            self.max_duration is None or seconds <= self.max_duration + 1
        )


def listed(
    words: str | ProcessSummary | Sequence[str | ProcessSummary] | None,
) -> list[str] | None:
    """Return one value, or several, as a list of plain texts."""
    if words is None:
        return None
    several = [words] if isinstance(words, (str, ProcessSummary)) else words
    return [str(process_id_of(word)) for word in several]


def among(value: str | None, wanted: list[str] | None) -> bool:
    """Return whether a value is wanted; the last segment of a URI counts, too (2.0)."""
    if value is None or wanted is None:
        return True
    return value in wanted or ("/" in value and value.rpartition("/")[2] in wanted)


def interval_text(value: Instant | tuple[Instant, Instant]) -> str:
    """Return an instant or an interval in the standard's format, ``..`` for an open end."""
    if isinstance(value, tuple):
        return "/".join(map(instant_text, value))
    return instant_text(value)


def instant_text(value: Instant) -> str:
    """Return an instant in the standard's format."""
    if value is None:
        return ".."
    return value if isinstance(value, str) else moment_text(value)
