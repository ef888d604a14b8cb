"""Jobs as callers and servers name them, start them and list them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any

from .._http.answer import Answer, is_page
from .._http.headers import Headers
from .._http.request import at_least
from .._http.urls import last_segment
from ..errors import DocumentError, NoSuchOutput, ResponseTooLarge, TransportError
from ..models import JobInfo, JobResults, JobStatus, Link, ProcessSummary
from ..models._fields import moment, moment_text
from ..models.jobs import is_status_info
from ..models.names import relation

__all__ = [
    "CREATED",
    "JobFilter",
    "answer_from_head",
    "as_job",
    "clock_ahead",
    "entry_key",
    "is_another",
    "is_url",
    "job_from",
    "job_id_of",
    "job_links",
    "limit_of",
    "linked_results",
    "newest_first",
    "output_ids",
    "page_limit",
    "process_id_of",
    "results_of",
    "says_dismissed",
    "single_output",
    "started_job",
    "was_made_since",
]

#: The relations by which a job links to itself.
JOB_RELATIONS = frozenset({"self", "status", "monitor"})


def process_id_of(process: str | ProcessSummary) -> str:
    process_id = process.id if isinstance(process, ProcessSummary) else process
    if not isinstance(process_id, str):
        raise TypeError(f"process_id must be str, not {type(process_id).__name__}")
    if not process_id:
        raise ValueError("process_id is empty")
    return process_id


def is_url(job: str) -> bool:
    """Return whether a job is given by its URL; raises TypeError, ValueError."""
    if not isinstance(job, str):
        raise TypeError(f"job must be an id, a URL or a JobInfo, not {type(job).__name__}")
    if not job:
        raise ValueError("job id is empty")
    return job.startswith(("http://", "https://"))


def job_id_of(job: str | JobInfo) -> str:
    if isinstance(job, JobInfo):
        return job.jobID
    return last_segment(job) if is_url(job) else job


def as_job(job: str | JobInfo) -> JobInfo:
    if isinstance(job, JobInfo):
        return job
    info = JobInfo(job_id_of(job))
    info._context.url = job if is_url(job) else None
    return info


def job_links(job: JobInfo) -> Iterator[str]:
    if job._context.url is not None:
        yield job._context.url
    for link in job.links:
        if relation(link.rel) in JOB_RELATIONS and "html" not in (link.type or ""):
            yield link.href


def entry_key(entry: ProcessSummary | JobInfo) -> tuple[str, str | None]:
    """Return the key that tells list entries apart; a process may have several versions."""
    return (entry.jobID, None) if isinstance(entry, JobInfo) else (entry.id, entry.version)


def is_another(before: JobInfo, now: JobInfo) -> bool:
    """Return whether an id now belongs to a job of another process, or to one created later.

    A second's difference means nothing, because servers round; neither does a process named after
    the job (actinia).
    """
    if before.processID and now.processID and not now.processID.endswith(now.jobID):
        last = [one.rstrip("/").rpartition("/")[2] for one in (before.processID, now.processID)]
        if last[0] != last[1]:
            return True
    if before.created is None or now.created is None:
        return False
    return abs((now.created - before.created).total_seconds()) > 1


def output_ids(outputs: Sequence[str] | None) -> tuple[str, ...]:
    if isinstance(outputs, (str, bytes)):
        raise TypeError(f"outputs are several ids, not {outputs!r}")
    return tuple(outputs or ())


def results_of(results: JobResults, outputs: Sequence[str]) -> JobResults:
    return type(results)(
        {output: results[single_output(results, output)] for output in outputs},
        status=results.status,
        headers=results.headers,
        body=results.body,
    )


def single_output(results: Mapping[str, Any], output: str | None) -> str:
    """Return the given output id, or the only one that there is."""
    if output is None:
        if len(results) != 1:
            several = f"several outputs ({', '.join(results)}): pass output="
            raise ValueError(several if results else "the job has no outputs")
        return next(iter(results))
    if output not in results:
        available = ", ".join(map(repr, results)) or "none"
        raise NoSuchOutput(f"no output {output!r}; available: {available}")
    return output


#: The most entries of a page to ask for unasked: fastprocesses refuses more.
MAX_PAGE = 1000


def limit_of(limit: int | None, name: str = "limit") -> int | None:
    """Return a limit of entries; raises TypeError and ValueError."""
    return None if limit is None else at_least(0, limit, name)


def page_limit(limit: int | None, page_size: int | None) -> int | None:
    """Return how many entries to ask a page for: its size, or as many as are wanted."""
    if page_size is not None:
        return limit_of(page_size, "page_size")
    return min(limit, MAX_PAGE) if limit else None


# --- the job that an answer names -----------------------------------------------------------

#: Statuses that mean that a job was created; 202 also means that there are no results yet.
CREATED = frozenset({201, 202})
ACCEPTED = 202


def started_job(answer: Answer, process_id: str) -> JobInfo | None:
    """Return the job that an answer names; None if the answer holds results.

    The answer decides, not the request: servers send a job when the client asked for results and
    the other way round, 201 with an empty body, the id under another name, or a number as the id.

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
    """Return an answer whose body was cut off, without it; None if its head names no job."""
    if error.status not in CREATED or error.headers is None:
        return None
    answer = Answer("POST", error.url, error.status, error.headers, b"")
    return answer if answer.location_id else None


def names_a_job(data: Any) -> bool:
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


def says_dismissed(answer: Answer) -> bool:
    """Return whether an answer to a dismissal is empty, or says that the job is gone."""
    if is_page(answer.headers, answer.body):
        return False
    return answer.body.strip() in EMPTY or re.search(GONE, answer.body) is not None


EMPTY = frozenset({b"", b"null", b"{}"})
GONE = rb"(?i)dismiss|delet|remov|cancel|abort|terminat|stopp|success|done|\bok\b"


def job_from(job_id: str, status: str, process_id: str | None, members: dict[str, Any]) -> JobInfo:
    """Return a job of this id with the members of an answer; unreadable ones go to ``extra``."""
    given = {name: value for name, value in members.items() if value is not None}
    if process_id is not None:
        given.setdefault("processID", process_id)
    return JobInfo.from_dict({"status": status, **given, "jobID": job_id})


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
    return job.created or job.started or job.updated or job.finished


def was_made_since(job: JobInfo, since: datetime) -> bool:
    """Return whether a job was created since then; True if it names no time at all."""
    made = moment_of(job)
    return made is None or made >= since


def newest_first(jobs: Iterable[JobInfo]) -> list[JobInfo]:
    oldest = datetime.min.replace(tzinfo=timezone.utc)
    return sorted(jobs, key=lambda job: moment_of(job) or oldest, reverse=True)


# --- the filters of the job list ------------------------------------------------------------

Instant = str | date | None
Words = str | Iterable[str] | None
#: An instant without a fraction means that second: created stamps have fractions.
SECOND = timedelta(seconds=1, microseconds=-1)
DAY = timedelta(days=1, microseconds=-1)
DATE = len("2026-11-22")


class JobFilter:
    """The filters of one request (1.0, class `job-list`, `/req/job-list/*-definition`).

    Half of the servers ignore some or all filters silently, so the client filters once more. It
    drops only jobs whose own members say that they do not match: a bare id (weaver) stays.
    """

    def __init__(
        self,
        *,
        type: Words = None,  # noqa: A002 - the standard's name
        process_id: str | ProcessSummary | Iterable[str | ProcessSummary] | None = None,
        status: Words = None,
        datetime: Instant | Sequence[Instant] = None,
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
            and among(job.status.lower() or None, self.status and [*map(str.lower, self.status)])
            and self._created_then(job)
            and self._lasted(job)
        )

    def _created_then(self, job: JobInfo) -> bool:
        if self.datetime is None or job.created is None:
            return True
        start, slash, end = self.datetime.partition("/")
        first, last = moment(start), moment(end if slash else start)
        if last is not None and len(end or start) == DATE:
            last += DAY
        elif last is not None and not slash and last.microsecond == 0:
            last += SECOND
        return (first is None or first <= job.created) and (last is None or job.created <= last)

    def _lasted(self, job: JobInfo) -> bool:
        if job.started is None or (self.min_duration is None and self.max_duration is None):
            return True
        if job.is_finished and job.finished is None:
            return True
        seconds = ((job.finished or datetime.now(timezone.utc)) - job.started).total_seconds()
        return (self.min_duration is None or seconds >= self.min_duration) and (
            self.max_duration is None or seconds <= self.max_duration
        )


def listed(
    words: str | ProcessSummary | Iterable[str | ProcessSummary] | None,
) -> list[str] | None:
    if words is None:
        return None
    several = [words] if isinstance(words, (str, ProcessSummary)) else words
    return [str(word.id if isinstance(word, ProcessSummary) else word) for word in several]


def among(value: str | None, wanted: list[str] | None) -> bool:
    """Return whether a value, or the last segment of a URI (2.0), is wanted."""
    if value is None or wanted is None:
        return True
    return value in wanted or ("/" in value and value.rpartition("/")[2] in wanted)


def interval_text(value: Instant | Sequence[Instant]) -> str:
    if isinstance(value, (tuple, list)):
        first, last = value
        return f"{instant_text(first)}/{instant_text(last, DAY)}"
    if isinstance(value, date) and not isinstance(value, datetime):
        return interval_text((value, value))
    return instant_text(value)


def instant_text(value: Any, into_day: timedelta = timedelta()) -> str:
    """Return the standard's text for a time; of a date, the time so far into that day, in UTC."""
    if value is None:
        return ".."
    if isinstance(value, str):
        return value
    if not isinstance(value, date):
        raise TypeError(f"datetime must be a datetime, a date or str, not {type(value).__name__}")
    if not isinstance(value, datetime):
        value = datetime.combine(value, time()) + into_day
    return moment_text(value)
