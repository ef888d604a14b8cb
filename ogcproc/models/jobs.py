"""Jobs: their status, and the client's notes on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ._base import Document, Members, Self, members_of
from ._fields import (
    identifier,
    is_number,
    label,
    moment,
    moment_text,
    number,
    objects,
    text,
    time,
    whole_object,
    word,
)
from .common import ApiError, Link
from .names import DISMISSED, FAILED, STATUSES, SUCCESSFUL, TYPES, WAITING
from .values import JobResults

__all__ = ["JobContext", "JobInfo", "is_known", "is_status_info"]

TIMES = ("created", "started", "finished", "updated")


@dataclass(slots=True, eq=False, repr=False)
class JobContext:
    """The client's notes on a job, which are no part of its document."""

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
        """Copy the notes that do not come with each state of the job."""
        self.url, self.outputs, self.token = earlier.url, earlier.outputs, earlier.token


@dataclass(slots=True, eq=False, repr=False)
class JobInfo(Document):
    """A job's state: statusInfo of 1.0, 2.0 and Part 4 in one (`/req/core/job-success`).

    ``jobID`` is read from ``jobID`` or ``id``. A timestamp is an aware ``datetime``, UTC if
    the server named no zone; one that cannot be read is None, and ``extra`` has its text.
    ``progress`` is in per cent. ``results`` is no member of the document: it holds the results if
    they came with the answer to the execute request.
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
        job = cls(
            jobID=identifier(data, id_member),
            status=word(data, "status", STATUSES) or "",
            processID=label(data, "processID"),
            type=word(data, "type", TYPES),
            message=text(data, "message"),
            progress=number(data, "progress"),
            created=time(data, "created"),
            started=time(data, "started"),
            finished=time(data, "finished"),
            updated=time(data, "updated"),
            links=objects(data, "links", Link.from_dict),
            extra=JOB.rest(data),
            _context=JobContext(id_member=id_member, times=[*map(data.get, TIMES)]),
        )
        if id_member not in data.unread:
            job.extra.pop(id_member, None)
        return job

    def to_dict(self) -> dict[str, Any]:
        """Return the job as JSON can hold it; timestamps as the server wrote them."""
        times = {
            name: as_sent(getattr(self, name), sent)
            for name, sent in zip(TIMES, self._context.times, strict=True)
        }
        return members_of(
            self.extra,
            **{self._context.id_member: self.jobID},
            type=self.type,
            processID=self.processID,
            status=self.status or None,
            message=self.message,
            progress=self.progress,
            **times,
            links=self.links or None,
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
        """Whether the job has ended in any way; case does not matter to this and the others."""
        return self.is_successful or self.is_failed or self.is_dismissed

    @property
    def is_successful(self) -> bool:
        """Whether the job has ended well: ``successful``, or a word that means it."""
        return self.status.lower() in SUCCESSFUL

    @property
    def is_failed(self) -> bool:
        """Whether the job has failed: ``failed``, or a word that means it.

        An unknown status counts as a failure if the job has a time at which it finished.
        """
        return self.status.lower() in FAILED or (
            self.finished is not None and not is_known(self.status)
        )

    @property
    def is_dismissed(self) -> bool:
        """Whether the job was dismissed: ``dismissed``, or a word that means it."""
        return self.status.lower() in DISMISSED


JOB = Members(JobInfo, no_members=("extra", "results", "_context"))


def is_status_info(data: Any) -> bool:
    """Return whether decoded JSON is a job's status: it has a job's id and a state."""
    if not isinstance(data, dict) or not isinstance(data.get("status"), str):
        return False
    return is_id(data.get("jobID")) or (is_id(data.get("id")) and is_known(data["status"]))


def is_id(value: Any) -> bool:
    return isinstance(value, str) or is_number(value)


def is_known(status: str) -> bool:
    """Return whether a status says if a job has ended."""
    return status.lower() in KNOWN


KNOWN = STATUSES.keys() | SUCCESSFUL | FAILED | DISMISSED | WAITING


def as_sent(value: datetime | None, sent: Any) -> str | None:
    """Return a timestamp's text: the server's own, if it still says this time."""
    if value is None:
        return None
    return sent if moment(sent) == value else moment_text(value)
