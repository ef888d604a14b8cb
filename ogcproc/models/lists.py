"""Documents that hold many others: process descriptions, and pages of a list."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, overload

from ..errors import DocumentError
from . import _sweep
from ._base import Document, Members, Self, members_of
from ._fields import array, mapped, objects, read_each, whole_object

# The generated ``__init__`` has the annotations of inherited fields, which resolve in this module.
from .common import AdditionalParameters, Link, Metadata  # noqa: F401
from .descriptions import InputDescription, OutputDescription, ProcessSummary, summary_members
from .jobs import JobInfo

__all__ = ["JobList", "ProcessDescription", "ProcessList"]

Entry = TypeVar("Entry")

READ_INPUT = _sweep.described(InputDescription)
READ_OUTPUT = _sweep.described(OutputDescription)


@dataclass(slots=True, eq=False, repr=False)
class ProcessDescription(ProcessSummary):
    """A process with its inputs and outputs (`/req/ogc-process-description`)."""

    inputs: dict[str, InputDescription] = field(default_factory=dict)
    outputs: dict[str, OutputDescription] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        data = whole_object(data)
        inputs = mapped(data, "inputs", READ_INPUT)
        outputs = mapped(data, "outputs", READ_OUTPUT)
        return cls(**summary_members(data, DESCRIPTION), inputs=inputs, outputs=outputs)

    def to_dict(self) -> dict[str, Any]:
        return members_of(
            ProcessSummary.to_dict(self),
            inputs=self.inputs or None,
            outputs=self.outputs or None,
        )


DESCRIPTION = Members(ProcessDescription)


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
        return cls(**page_members(data, "processes", _sweep.summary, PROCESS_LIST))

    def to_dict(self) -> dict[str, Any]:
        return members_of(self.extra, processes=self.processes, links=self.links or None)

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
        return cls(**page_members(data, "jobs", _sweep.job, JOB_LIST))

    def to_dict(self) -> dict[str, Any]:
        return members_of(self.extra, jobs=self.jobs, links=self.links or None)

    @property
    def entries(self) -> list[JobInfo]:
        """The jobs."""
        return self.jobs


JOB_LIST = Members(JobList)


def page_members(
    data: Any, entries: str, read: Callable[[Any], Any], members: Members
) -> dict[str, Any]:
    """Return the fields of a page; raises DocumentError for an object that is plainly no page.

    Such an object (bbox-server passes on another service's answer) would look like an empty list.
    """
    page = whole_object(data)
    if entries not in page and "links" not in page:
        raise DocumentError(f"missing required member {entries!r}")
    return {
        entries: read_each(array(page, entries), entries, read),
        "links": objects(page, "links", Link.from_dict),
        "extra": members.rest(page),
    }
