"""The filters of the job list: as the query that asks a server, and as the test of its answer.

Half of the servers ignore some or all of them without a word, so that what a list holds is
filtered once more. Only a job that itself says that it does not match is left out: one that says
nothing (weaver lists bare ids) stays.
"""

from __future__ import annotations

from datetime import datetime, timezone

from ..models._fields import moment, moment_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..models import JobInfo

    Instant = str | datetime | None
    Words = str | Sequence[str] | None

__all__ = ["JobFilter"]


class JobFilter:
    """What jobs are wanted (1.0, class `job-list`, `/req/job-list/*-definition`)."""

    def __init__(
        self,
        *,
        type: Words = None,  # noqa: A002 - the standard's name
        process_id: Words = None,
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
        """Return whether nothing a job says of itself speaks against it."""
        return (
            among(job.type, self.type)
            and among(job.processID, self.process_id)
            and among(job.status or None, self.status)
            and self._created_then(job)
            and self._lasted(job)
        )

    def _created_then(self, job: JobInfo) -> bool:
        """Return whether the job was created in the interval; true where either is not known."""
        if self.datetime is None or job.created is None:
            return True
        start, slash, end = self.datetime.partition("/")
        first, last = moment(start), moment(end if slash else start)
        if not slash and first is not None and first.microsecond == 0:
            # An instant without a fraction is a second long: created stamps have fractions.
            return job.created.replace(microsecond=0) == first
        return (first is None or first <= job.created) and (last is None or job.created <= last)

    def _lasted(self, job: JobInfo) -> bool:
        """Return whether the job has run that long; true where that is not known."""
        if job.started is None or (self.min_duration is None and self.max_duration is None):
            return True
        if job.is_finished and job.finished is None:
            return True
        seconds = ((job.finished or datetime.now(timezone.utc)) - job.started).total_seconds()
        # A second's grace: a server may round, and its clock is not ours.
        return (self.min_duration is None or seconds >= self.min_duration - 1) and (
            self.max_duration is None or seconds <= self.max_duration + 1
        )


def listed(words: Words) -> list[str] | None:
    """Return a word, or several, as a list of plain texts."""
    if words is None:
        return None
    return [str(word) for word in ([words] if isinstance(words, str) else words)]


def among(value: str | None, wanted: list[str] | None) -> bool:
    """Return whether a value is wanted; a URI also by its last segment (2.0's `processID`)."""
    if value is None or wanted is None:
        return True
    return value in wanted or ("/" in value and value.rpartition("/")[2] in wanted)


def interval_text(value: Instant | tuple[Instant, Instant]) -> str:
    """Return an instant or an interval as the standard writes it, ``..`` for an open end."""
    if isinstance(value, tuple):
        return "/".join(map(instant_text, value))
    return instant_text(value)


def instant_text(value: Instant) -> str:
    """Return an instant as the standard writes it."""
    if value is None:
        return ".."
    return value if isinstance(value, str) else moment_text(value)
