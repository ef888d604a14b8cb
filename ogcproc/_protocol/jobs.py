"""Jobs, processes and outputs, as callers and servers name them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._http.urls import last_segment
from ..errors import NoSuchOutput
from ..models import JobInfo, JobResults, ProcessSummary
from ..models.names import relation

__all__ = [
    "as_job",
    "entry_key",
    "is_another",
    "is_url",
    "job_id_of",
    "job_links",
    "output_ids",
    "process_id_of",
    "results_of",
    "single_output",
]

#: The relations by which a job links to itself.
JOB_RELATIONS = frozenset({"self", "status", "monitor"})


def process_id_of(process: str | ProcessSummary) -> str:
    return process.id if isinstance(process, ProcessSummary) else process


def is_url(job: str) -> bool:
    return job.startswith(("http://", "https://"))


def job_id_of(job: str | JobInfo) -> str:
    return as_job(job).jobID


def as_job(job: str | JobInfo) -> JobInfo:
    """Return a JobInfo for a job that is given by its id, its URL or a JobInfo.

    Raises TypeError for anything else.
    """
    if isinstance(job, JobInfo):
        return job
    if not isinstance(job, str):
        raise TypeError(f"a job is its id, its URL or a JobInfo, not {job!r}")
    if not is_url(job):
        return JobInfo(job)
    info = JobInfo(last_segment(job))
    info._context.url = job
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


def output_ids(outputs: Sequence[str] | None) -> tuple[str, ...]:
    """Return the output ids; raises TypeError for a single text, which is no sequence of ids."""
    if isinstance(outputs, (str, bytes)):
        raise TypeError(f"outputs are several ids, not {outputs!r}")
    return tuple(outputs or ())


def results_of(results: JobResults, outputs: Sequence[str]) -> JobResults:
    """Return the results of these outputs alone; raises NoSuchOutput."""
    for output in outputs:
        if output not in results:
            raise NoSuchOutput(f"no output {output!r}, but {', '.join(results) or 'none'}")
    return type(results)(
        {output: results[output] for output in outputs},
        status=results.status,
        headers=results.headers,
        body=results.body,
    )


def single_output(results: JobResults, output: str | None) -> str:
    """Return the given output id, or the only one that there is; raises ValueError."""
    if output is not None:
        return output
    if len(results) != 1:
        raise ValueError(f"which output? There are {', '.join(results) or 'none'}")
    return next(iter(results))
