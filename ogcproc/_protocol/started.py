"""From the answer to an execute request to its job.

The answer decides, not the request: servers send a job when the client asked for results and the
other way round, 201 with an empty body, the id under another name, or a number as the id. No job
that was started may get lost. If the answer itself is lost, the job list may hold the job.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any

from .._http.answer import Answer
from .._http.headers import Headers
from ..errors import DocumentError, ResponseTooLarge, TransportError
from ..models import JobInfo, JobResults, JobStatus, Link
from ..models.jobs import is_status_info

__all__ = [
    "CREATED",
    "answer_from_head",
    "clock_ahead",
    "job_from",
    "linked_results",
    "newest_first",
    "started_job",
    "was_made_since",
]

#: Statuses that mean that a job was created; 202 also means that there are no results yet.
CREATED = frozenset({201, 202})
ACCEPTED = 202


def started_job(answer: Answer, process_id: str) -> JobInfo | None:
    """Return the job that an answer names; None if the answer holds results.

    Raises DocumentError if a job was created and nothing in the answer identifies it.
    """
    data = answer.json_or_none()
    created = answer.status in CREATED
    if is_status_info(data) or (created and names_a_job(data)):
        try:
            return read_job(data, answer, process_id)
        except DocumentError:
            if not (created and answer.location_id):
                raise
    location = answer.location_id if created else None
    if location and (not data or isinstance(data, dict)):
        return job_from(location, JobStatus.accepted, process_id, data or {})
    if created and (not data or answer.status == ACCEPTED):
        raise answer.unreadable(f"{answer.status} tells no job: no id in the body, no Location")
    return None


def answer_from_head(error: TransportError | ResponseTooLarge) -> Answer | None:
    """Return an answer without its body, which was cut off; None if its head names no job."""
    if error.status not in CREATED or error.headers is None:
        return None
    answer = Answer("POST", error.url, error.status, error.headers, b"")
    return answer if answer.location_id else None


def names_a_job(data: Any) -> bool:
    """Return whether the body of a 201 has a job's id, or an ``id`` beside a status."""
    if not isinstance(data, dict):
        return False
    has_status = isinstance(data.get("status"), str)
    return is_id(data.get("jobID")) or (is_id(data.get("id")) and has_status)


def is_id(value: Any) -> bool:
    return isinstance(value, (str, int)) and not isinstance(value, bool) and value != ""


def read_job(data: dict[str, Any], answer: Answer, process_id: str) -> JobInfo:
    """Return the job of a statusInfo body; raises DocumentError with the answer's details."""
    try:
        job: JobInfo = JobInfo.from_dict(data)
    except DocumentError as error:
        raise answer.unreadable(error.args[0], path=error.path) from None
    job.status = job.status or JobStatus.accepted
    if job.processID is None:
        job.processID = process_id
    return job


def job_from(job_id: str, status: str, process_id: str | None, members: dict[str, Any]) -> JobInfo:
    """Return a job of this id with the members of an answer; unreadable ones go to ``extra``."""
    given = {name: value for name, value in members.items() if value is not None}
    if process_id is not None:
        given.setdefault("processID", process_id)
    try:
        job: JobInfo = JobInfo.from_dict({"status": status, **given, "jobID": job_id})
    except DocumentError:
        job = JobInfo(job_id, status, process_id, extra=members)
    return job


def linked_results(answer: Answer, asked: Sequence[str], declared: Mapping[str, Any]) -> JobResults:
    """Return the target of a redirect as a Link, if the results behind it could not be fetched.

    Its id is that of the only output if there is one output, else empty.
    """
    ids = tuple(asked or declared)
    return JobResults(
        {ids[0] if len(ids) == 1 else "": Link(answer.location or "")},
        status=answer.status,
        headers=answer.headers,
        body=answer.body,
    )


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
