"""Pages of the process list and the job list, which are sequences of their entries."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, overload

from ..errors import DocumentError
from . import _sweep
from ._base import Document, Members, Self, dicts, members_of
from ._fields import expected, objects, whole_object
from ._sweep import read_entries
from .descriptions import ProcessSummary
from .jobs import JobInfo
from .links import Link

__all__ = ["JobList", "ProcessList"]

Entry = TypeVar("Entry")


class Page(Document, Generic[Entry]):
    """A page of a list: it is iterated, measured and indexed as its entries."""

    __slots__ = ()

    @property
    @abstractmethod
    def entries(self) -> list[Entry]:
        """The entries of the page."""

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the page that a server sent; an entry may be a bare id (weaver)."""
        return cls._consume(
            {
                name: value[:] if isinstance(value, list) else value
                for name, value in whole_object(data).items()
            }
        )

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    @overload
    def __getitem__(self, index: int) -> Entry: ...

    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...

    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        return self.entries[index]


@dataclass(slots=True, eq=False, repr=False)
class ProcessList(Page[ProcessSummary]):
    """A page of the process list (`/req/core/process-list-success`)."""

    processes: list[ProcessSummary]
    links: list[Link] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def _consume(cls, data: Any) -> Self:
        data = page_with(data, "processes")
        return cls(
            processes=read_entries(
                data.get("processes") or [], "processes", _sweep.summary, ProcessSummary.from_dict
            ),
            links=objects(data, "links", Link.from_dict),
            extra=PROCESS_LIST.rest(data),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the page as JSON can hold it."""
        processes = [process.to_dict() for process in self.processes]
        return members_of(self.extra, processes=processes, links=dicts(self.links))

    @property
    def entries(self) -> list[ProcessSummary]:
        """The processes."""
        return self.processes


PROCESS_LIST = Members(ProcessList)


@dataclass(slots=True, eq=False, repr=False)
class JobList(Page[JobInfo]):
    """A page of the job list (`/req/job-list/job-list-success`)."""

    jobs: list[JobInfo]
    links: list[Link] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def _consume(cls, data: Any) -> Self:
        data = page_with(data, "jobs")
        return cls(
            jobs=read_entries(data.get("jobs") or [], "jobs", _sweep.job, JobInfo.from_dict),
            links=objects(data, "links", Link.from_dict),
            extra=JOB_LIST.rest(data),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the page as JSON can hold it."""
        jobs = [job.to_dict() for job in self.jobs]
        return members_of(self.extra, jobs=jobs, links=dicts(self.links))

    @property
    def entries(self) -> list[JobInfo]:
        """The jobs."""
        return self.jobs


JOB_LIST = Members(JobList)


def page_with(data: Any, entries: str) -> dict[str, Any]:
    """Return a page of a list; raises DocumentError for an object that is plainly none.

    Such an object (bbox-server passes on another service's answer) would look like an empty list.
    """
    page = whole_object(data)
    if entries not in page and "links" not in page:
        raise DocumentError(f"missing required member {entries!r}")
    if not isinstance(page.get(entries), (list, type(None))):
        raise expected("an array", page[entries], entries)
    return page
