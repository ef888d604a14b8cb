"""Jobs: their status, whoever the server is, and what the client remembers of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ._base import Document, Members, Self, dicts, members_of, word
from ._fields import moment, moment_text, objects, required_text, text, whole_object
from .links import Link
from .problems import ApiError
from .results import JobResults
from .words import DISMISSED, FAILED, STATUSES, SUCCESSFUL, TYPES, WAITING

__all__ = ["JobContext", "JobInfo", "is_status_info"]

TIMES = ("created", "started", "finished", "updated")


@dataclass(slots=True)
class JobContext:
    """What the client remembers of a job beside its document."""

    #: The job's URL, if the server or the caller gave one.
    url: str | None = None
    #: The ids of the outputs that were asked for; empty for all.
    outputs: tuple[str, ...] = ()
    #: The token of the job's callbacks, if it has any.
    token: str | None = None
    #: Whether the server has just created the job: its status may be 404 for some seconds.
    is_new: bool = False
    #: The member that the job's id was read from.
    id_member: str = "jobID"
    #: The texts of the four timestamps as they were sent.
    times: Sequence[Any] = (None, None, None, None)

    def continue_from(self, earlier: JobContext) -> None:
        """Take over what does not come with each state of the job."""
        self.url, self.outputs, self.token = earlier.url, earlier.outputs, earlier.token


@dataclass(slots=True, eq=False, repr=False)
class JobInfo(Document):
    """A job's state: statusInfo of 1.0, 2.0 and Part 4 in one (`/req/core/job-success`).

    ``jobID`` is read from ``jobID`` or ``id``. A timestamp is an aware ``datetime``, UTC where
    the server named no zone; one that cannot be read is None and stands in ``extra``. ``progress``
    is in per cent. ``results`` is no member of the document: it holds the results that came
    with the answer to an execute request, where they did.
    """

    jobID: str
    status: str = ""
    processID: str | None = None
    type: str | None = None
    message: str | None = None
    progress: float | None = None
    created: datetime | None = None
    started: datetime | None = None
    finished: datetime | None = None
    updated: datetime | None = None
    links: list[Link] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)
    results: JobResults | None = None
    _context: JobContext = field(default_factory=JobContext, repr=False, compare=False)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the job that a server sent, or the one of a bare id (weaver)."""
        if isinstance(data, str):
            return cls(data)
        data = whole_object(data)
        id_member = "id" if data.get("jobID") is None and "id" in data else "jobID"
        times = [data.get(name) for name in TIMES]
        created, started, finished, updated = map(moment, times)
        job = cls(
            jobID=required_text(data, id_member),
            status=known_word(data, "status", STATUSES) or "",
            processID=text(data, "processID"),
            type=known_word(data, "type", TYPES),
            message=text(data, "message"),
            progress=progress_of(data),
            created=created,
            started=started,
            finished=finished,
            updated=updated,
            links=objects(data, "links", Link.from_dict),
            _context=JobContext(id_member=id_member, times=times),
        )
        unread = [name for name in UNREADABLE if getattr(job, name) in (None, "")]
        job.extra = JOB.rest(data, unread)
        if id_member == "id":
            del job.extra["id"]
        return job

    def to_dict(self) -> dict[str, Any]:
        """Return the job as JSON can hold it; timestamps as the server wrote them."""
        created, started, finished, updated = self._context.times
        return members_of(
            self.extra,
            **{self._context.id_member: self.jobID},
            type=word(self.type),
            processID=self.processID,
            status=word(self.status) or None,
            message=self.message,
            progress=self.progress,
            created=as_sent(self.created, created),
            started=as_sent(self.started, started),
            finished=as_sent(self.finished, finished),
            updated=as_sent(self.updated, updated),
            links=dicts(self.links),
        )

    @property
    def exception(self) -> ApiError | None:
        """Why the job failed, as a problem document (2.0), or None."""
        exception = self.extra.get("exception")
        return ApiError.from_dict(exception) if isinstance(exception, dict) else None

    @property
    def processingEntityType(self) -> str | None:
        """Whose job it is (2.0), such as ``ogc-api-processes`` or ``openeo``, or None."""
        kind = self.extra.get("processingEntityType")
        return kind if isinstance(kind, str) else None

    @property
    def is_finished(self) -> bool:
        """Whether the job has ended, one way or another; a word that is not known has not."""
        return self.is_successful or self.is_failed or self.is_dismissed

    @property
    def is_successful(self) -> bool:
        """Whether the job has ended well: ``successful``, or a word that means it."""
        return self.status in SUCCESSFUL

    @property
    def is_failed(self) -> bool:
        """Whether the job has failed: ``failed``, or a word that means it."""
        return self.status in FAILED

    @property
    def is_dismissed(self) -> bool:
        """Whether the job was dismissed: ``dismissed``, or a word that means it."""
        return self.status in DISMISSED


#: Attributes that are None (or an empty status) if the member could not be read, which then stays
#: in ``extra``.
UNREADABLE = ("status", "progress", *TIMES)
JOB = Members(JobInfo, no_members=("extra", "results", "_context"))


def known_word(data: Mapping[str, Any], key: str, words: Mapping[str, str]) -> str | None:
    """Return a text, as the member of its enumeration if it is one of these words."""
    value = text(data, key)
    return value and words.get(value, value)


def progress_of(data: Mapping[str, Any]) -> float | None:
    """Return the progress in per cent; None if it is no number."""
    progress = data.get("progress")
    return progress if type(progress) in {int, float} else None


def is_status_info(data: Any) -> bool:
    """Return whether decoded JSON is a job's status: it has a job's id and a state."""
    if not isinstance(data, dict) or not isinstance(data.get("status"), str):
        return False
    if isinstance(data.get("jobID"), str):
        return True
    return isinstance(data.get("id"), str) and (
        data["status"] in STATUSES or data["status"] in SUCCESSFUL | FAILED | DISMISSED | WAITING
    )


def as_sent(value: datetime | None, sent: Any) -> str | None:
    """Return a timestamp's text: the server's own where it still says this time."""
    if value is None:
        return None
    return sent if moment(sent) == value else moment_text(value)
