"""The fast path for what comes by the thousand: the jobs, summaries and links of a list.

``from_dict`` makes a call for each member. Here the same checks are done for many members at once,
and attributes are set on a bare object, which costs half of what calling its class costs. Members
that are missing, null or unknown are ordinary. Anything odd is left to ``from_dict``, which says
what is wrong and where. The tests check that both ways read the same.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from ..errors import DocumentError
from ._fields import from_iso
from .descriptions import SUMMARY, ProcessSummary
from .jobs import JOB, JobContext, JobInfo
from .links import LINK, Link, Metadata
from .words import CONTROLS, MODES, STATUSES, TYPES

__all__ = ["job", "link", "summary"]

#: The types of a text that may be missing or null.
OPTIONAL_TEXT = frozenset({str, type(None)})
OPTIONAL_NUMBER = frozenset({int, float, type(None)})
OPTIONAL_LIST = frozenset({list, type(None)})
#: The names of a job's members if its id is in ``jobID``, and if it is in ``id``.
JOB_NAMES = {"jobID": JOB.names, "id": JOB.names | {"id"}}
UTC = timezone.utc
#: Raises TypeError if an item of an iterable is no text.
check_texts = "".join
new = object.__new__


def link(data: Any) -> Link:
    """Return what ``Link.from_dict`` returns."""
    if type(data) is not dict:
        return Link.from_dict(data)
    get = data.get
    texts = href, rel, type_, hreflang, title = (
        get("href"),
        get("rel"),
        get("type"),
        get("hreflang"),
        get("title"),
    )
    if href is None or not OPTIONAL_TEXT.issuperset(map(type, texts)) or "length" in data:
        return Link.from_dict(data)
    read: Link = new(Link)
    read.href = href
    read.rel = rel
    read.type = type_
    read.hreflang = hreflang
    read.title = title
    read.length = None
    if len(data) == len(texts) - texts.count(None):
        read.extra = {}
    else:
        names = LINK.names
        read.extra = {
            name: value for name, value in data.items() if value is None or name not in names
        }
    return read


def job(data: Any) -> JobInfo:
    """Return what ``JobInfo.from_dict`` returns."""
    return ordinary_job(data) or JobInfo.from_dict(data)


def ordinary_job(data: Any) -> JobInfo | None:
    """Return the job, or None if it is odd."""
    if type(data) is not dict:
        return None
    get = data.get
    job_id, id_member = get("jobID"), "jobID"
    if job_id is None:
        job_id, id_member = get("id"), "id"
    status = get("status")
    texts = process_id, type_, message = get("processID"), get("type"), get("message")
    progress, links = get("progress"), get("links")
    if (
        type(job_id) is not str
        or type(status) is not str
        or not status
        or not OPTIONAL_TEXT.issuperset(map(type, texts))
        or type(progress) not in OPTIONAL_NUMBER
        or type(links) not in OPTIONAL_LIST
    ):
        return None
    times = [get("created"), get("started"), get("finished"), get("updated")]
    read: JobInfo = new(JobInfo)
    try:
        read.created, read.started, read.finished, read.updated = map(moment, times)
        read.links = [*map(link, links)] if links else []
    except (DocumentError, TypeError, ValueError):
        return None
    read.jobID = job_id
    read.status = STATUSES.get(status, status)
    read.processID = process_id
    read.type = type_ and TYPES.get(type_, type_)
    read.message = message
    read.progress = progress
    read.results = None
    read._context = context = new(JobContext)
    context.url = context.token = None
    context.outputs = ()
    context.id_member = id_member
    context.times = times
    names = JOB_NAMES[id_member]
    if names.issuperset(data) and None not in data.values() and links != []:
        read.extra = {}
    else:
        read.extra = {
            name: value
            for name, value in data.items()
            if value is None or name not in names or (value == [] and name == "links")
        }
    return read


def moment(text: str | None) -> datetime | None:
    """Return a timestamp as an aware ``datetime``; raises TypeError and ValueError if it is odd."""
    if text is None:
        return None
    read = from_iso(text)
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)


def summary(data: Any) -> ProcessSummary:
    """Return what ``ProcessSummary.from_dict`` returns."""
    return ordinary_summary(data) or ProcessSummary.from_dict(data)


def ordinary_summary(data: Any) -> ProcessSummary | None:
    """Return the summary, or None if it is odd."""
    if type(data) is not dict:
        return None
    get = data.get
    texts = id_, version, title, description = (
        get("id"),
        get("version"),
        get("title"),
        get("description"),
    )
    lists = keywords, controls, modes, metadata, links = (
        get("keywords"),
        get("jobControlOptions"),
        get("outputTransmission"),
        get("metadata"),
        get("links"),
    )
    if (
        id_ is None
        or not OPTIONAL_TEXT.issuperset(map(type, texts))
        or not OPTIONAL_LIST.issuperset(map(type, lists))
        or get("mutable") is not None
        or get("additionalParameters") is not None
    ):
        return None
    read: ProcessSummary = new(ProcessSummary)
    try:
        read.keywords = keywords[:] if keywords else []
        read.jobControlOptions = [*map(CONTROLS.get, controls, controls)] if controls else []
        read.outputTransmission = [*map(MODES.get, modes, modes)] if modes else []
        read.metadata = [*map(Metadata.from_dict, metadata)] if metadata else []
        read.links = [*map(link, links)] if links else []
        check_texts(read.keywords)
        check_texts(read.jobControlOptions)
        check_texts(read.outputTransmission)
    except (DocumentError, TypeError):
        return None
    read.id = id_
    read.version = version
    read.title = title
    read.description = description
    read.additionalParameters = None
    read.mutable = None
    names = SUMMARY.names
    values = data.values()
    if names.issuperset(data) and None not in values and [] not in values:
        read.extra = {}
    else:
        read.extra = SUMMARY.rest(data)
    return read
