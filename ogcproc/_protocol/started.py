"""From the answer to an execute request to the job it tells of. Pure functions, no requests.

What came decides, not what was asked for: servers answer with a job where results were asked for
and the other way round, with 201 and nothing, with an id under another name, with a number for
it. A job that was started is never to be lost.
"""

from __future__ import annotations

from ..errors import DocumentError
from ..models import JobInfo, JobResults, JobStatus, Link
from ..models.jobs import is_status_info

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from .._http.answer import Answer
    from ..errors import ResponseTooLarge, TransportError

__all__ = ["CREATED", "linked_results", "started_job", "told_by_head", "told_job"]

#: Statuses that say that there is a job now, and 202 that there are no results yet.
CREATED = frozenset({201, 202})
ACCEPTED = 202


def started_job(answer: Answer, process_id: str) -> JobInfo | None:
    """Return the job that an answer tells of; None where it holds results.

    Raises DocumentError where a job was created and there is no telling which.
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
        return told_job(location, JobStatus.accepted, process_id, data or {})
    if created and (not data or answer.status == ACCEPTED):
        raise answer.unreadable(f"{answer.status} tells no job: no id in the body, no Location")
    return None


def told_by_head(error: TransportError | ResponseTooLarge) -> Answer | None:
    """Return an answer that broke off in its body, without it, where its head tells of a job."""
    if error.status not in CREATED or error.headers is None:
        return None
    from .._http.answer import Answer  # noqa: PLC0415 - imported when a client is made

    answer = Answer("POST", error.url, error.status, error.headers, b"")
    return answer if answer.location_id else None


def names_a_job(data: Any) -> bool:
    """Return whether the body of a 201 has a job's id, or what may be one beside a state."""
    if not isinstance(data, dict):
        return False
    if is_id(data.get("jobID")):
        return True
    return is_id(data.get("id")) and isinstance(data.get("status"), str)


def is_id(value: Any) -> bool:
    """Return whether a value can be an id: a text, or a number."""
    return isinstance(value, (str, int)) and not isinstance(value, bool) and value != ""


def read_job(data: dict[str, Any], answer: Answer, process_id: str) -> JobInfo:
    """Return the job whose statusInfo a body is; raises DocumentError, with the evidence."""
    try:
        job: JobInfo = JobInfo.from_dict(data)
    except DocumentError as error:
        raise answer.unreadable(error.args[0], path=error.path) from None
    if not job.status:
        job.status = JobStatus.accepted
    if job.processID is None:
        job.processID = process_id
    return job


def told_job(job_id: str, status: str, process_id: str | None, said: dict[str, Any]) -> JobInfo:
    """Return a job of this id, with what an answer says of it beside, as far as that reads."""
    known = {name: value for name, value in said.items() if value is not None}
    told = {"status": status, "processID": process_id, **known, "jobID": job_id}
    if told["processID"] is None:
        del told["processID"]
    try:
        job: JobInfo = JobInfo.from_dict(told)
    except DocumentError:
        job = JobInfo(job_id, status, process_id, extra=said)
    return job


def linked_results(answer: Answer, asked: Sequence[str], declared: Mapping[str, Any]) -> JobResults:
    """Return the results that a redirect points to, as the link that it is.

    It stands for the only output, where it is known that there is but one, else for the empty id.
    """
    ids = tuple(asked or declared)
    return JobResults(
        {ids[0] if len(ids) == 1 else "": Link(answer.location or "")},
        status=answer.status,
        headers=answer.headers,
        body=answer.body,
    )
