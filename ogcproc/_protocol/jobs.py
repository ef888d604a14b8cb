"""Jobs and processes as callers and servers name them. Pure functions, no requests."""

from __future__ import annotations

from collections.abc import Iterator

from .._http.urls import last_segment
from ..models import JobInfo, ProcessSummary
from ..models.names import relation

__all__ = [
    "as_job",
    "entry_key",
    "is_another",
    "is_url",
    "job_id_of",
    "job_links",
    "process_id_of",
]

#: The relations by which a job links to itself.
JOB_RELATIONS = frozenset({"self", "status", "monitor"})


def process_id_of(process: str | ProcessSummary) -> str:
    """Return the id of a process that is given by its id, its summary or its description."""
    return process.id if isinstance(process, ProcessSummary) else process


def is_url(job: str) -> bool:
    """Return whether a job is given by its URL."""
    return job.startswith(("http://", "https://"))


def job_id_of(job: str | JobInfo) -> str:
    """Return a job's id, from the end of its URL if it is given by that."""
    if isinstance(job, JobInfo):
        return job.jobID
    return last_segment(job) if is_url(job) else job


def as_job(job: str | JobInfo) -> JobInfo:
    """Return a JobInfo for a job that is given by its id, its URL or a JobInfo.

    Raises TypeError for anything else.
    """
    if isinstance(job, JobInfo):
        return job
    if not isinstance(job, str):
        raise TypeError(f"a job is its id, its URL or a JobInfo, not {job!r}")
    info = JobInfo(job_id_of(job))
    info._context.url = job if is_url(job) else None
    return info


def job_links(job: JobInfo) -> Iterator[str]:
    """Yield the URLs at which the server says that a job is."""
    if job._context.url is not None:
        yield job._context.url
    for link in job.links:
        if relation(link.rel) in JOB_RELATIONS and "html" not in (link.type or ""):
            yield link.href


def entry_key(entry: ProcessSummary | JobInfo) -> tuple[str, str | None]:
    """Return the key that tells list entries apart: a process may be listed in several versions."""
    return (entry.jobID, None) if isinstance(entry, JobInfo) else (entry.id, entry.version)


def is_another(before: JobInfo, now: JobInfo) -> bool:
    """Return whether an id now belongs to another job: of another process, or created later.

    A difference of one second is ignored, because servers round. A process named after the job
    (actinia) is ignored, too.
    """
    if before.processID and now.processID and not now.processID.endswith(now.jobID):
        last = [one.rstrip("/").rpartition("/")[2] for one in (before.processID, now.processID)]
        if last[0] != last[1]:
            return True
    if before.created is None or now.created is None:
        return False
    return abs((now.created - before.created).total_seconds()) > 1
