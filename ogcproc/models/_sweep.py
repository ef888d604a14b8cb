"""The fast path for what comes by the hundred: jobs and summaries of a list, links, inputs.

``from_dict`` makes a call or two for each member. Here the same checks are made for many members
at once, and attributes are set on a bare object, which costs half of what calling its class costs.
Members that are missing, null or unknown are ordinary. If a document is odd, its sweep raises one
of the errors in ODD, and ``from_dict`` reads it again and says what is wrong and where. The tests
check that both ways read the same.

What saves most, measured in instructions: ``"".join`` checks the types of five texts for the price
of two calls of ``type``. Counting the members that are not set tells whether there are others. A
time without a zone is parsed twice, because ``datetime.replace`` costs nine times as much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar

from ..errors import DocumentError
from ._fields import expected, from_iso, member
from .descriptions import OUTPUT_DESCRIPTION, SUMMARY, OutputDescription, ProcessSummary
from .jobs import JOB, JobContext, JobInfo
from .links import LINK, Link, Metadata
from .values import Schema
from .words import CONTROLS, MODES, STATUSES, TYPES

__all__ = ["described", "job", "link", "read_entries", "read_named", "summary"]

T = TypeVar("T")
D = TypeVar("D", bound=OutputDescription)


class Odd(Exception):
    """A document that ``from_dict`` has to read."""


ODD = (Odd, DocumentError, AttributeError, TypeError, ValueError)

#: Raises TypeError if an item of an iterable is no text.
check_texts = "".join
new = object.__new__


def read_entries(
    items: list[Any], key: str, sweep: Callable[[Any], T], from_dict: Callable[[Any], T]
) -> list[T]:
    """Replace each item of a list by the document that it is; return the list."""
    for index, item in enumerate(items):
        try:
            items[index] = sweep(item)
        except ODD:
            items[index] = read_odd(item, f"{key}[{index}]", from_dict)
    return items


def read_named(
    data: dict[str, Any], key: str, sweep: Callable[[Any], T], from_dict: Callable[[Any], T]
) -> dict[str, T]:
    """Return an object whose members are documents; {} if it is absent."""
    items = data.get(key)
    if items is None:
        return {}
    if not isinstance(items, dict):
        raise expected("an object", items, key)
    read = {}
    for name, item in items.items():
        try:
            read[name] = sweep(item)
        except ODD:
            read[name] = read_odd(item, f"{key}{member(name)}", from_dict)
    return read


def read_odd(item: Any, path: str, from_dict: Callable[[Any], T]) -> T:
    """Return the document; raises DocumentError with its path."""
    try:
        return from_dict(item)
    except DocumentError as error:
        raise error.within(path) from None


def link(data: Any) -> Link:
    """Return an ordinary link."""
    get = data.get
    texts = href, rel, type_, hreflang, title = (
        get("href") or "",
        get("rel") or "",
        get("type") or "",
        get("hreflang") or "",
        get("title") or "",
    )
    check_texts(texts)
    if not href:
        raise Odd
    read: Link = new(Link)
    read.href = href
    read.rel = rel or None
    read.type = type_ or None
    read.hreflang = hreflang or None
    read.title = title or None
    read.length = None
    read.extra = {} if len(data) + texts.count("") == LINK_MEMBERS else rest(data, LINK_SWEPT)
    return read


def job(data: Any) -> JobInfo:
    """Return an ordinary job."""
    get = data.get
    id_member = "jobID" if "jobID" in data else "id"
    progress, links = get("progress"), get("links")
    texts = job_id, status, process_id, type_, message, created, started, finished, updated = (
        get(id_member) or "",
        get("status") or "",
        get("processID") or "",
        get("type") or "",
        get("message") or "",
        get("created") or "",
        get("started") or "",
        get("finished") or "",
        get("updated") or "",
    )
    check_texts(texts)
    if not job_id or not status:
        raise Odd
    if progress is not None and progress.__class__ is not int and progress.__class__ is not float:
        raise Odd
    read: JobInfo = new(JobInfo)
    read.jobID = job_id
    read.status = STATUSES.get(status, status)
    read.processID = process_id or None
    read.type = TYPES.get(type_, type_) or None
    read.message = message or None
    read.progress = progress
    read.created = moment(created) if created else None
    read.started = moment(started) if started else None
    read.finished = moment(finished) if finished else None
    read.updated = moment(updated) if updated else None
    read.links = [*map(link, array(links))] if links else []
    read.results = None
    unset = texts.count("") + (not progress) + (not links)
    swept = JOB_SWEPT[id_member]
    read.extra = {} if len(data) + unset == JOB_MEMBERS else rest(data, swept, "progress")
    read._context = context = new(JobContext)
    context.url = context.token = None
    context.is_new = False
    context.outputs = ()
    context.id_member = id_member
    context.times = texts[-4:]
    return read


def moment(text: str) -> datetime:
    """Return a timestamp as an aware ``datetime``; raises ValueError if it is odd."""
    read = from_iso(text)
    return read if read.tzinfo is not None else from_iso(f"{text}+00:00")


def summary(data: Any) -> ProcessSummary:
    """Return an ordinary summary."""
    get = data.get
    texts = id_, version, title, description = (
        get("id") or "",
        get("version") or "",
        get("title") or "",
        get("description") or "",
    )
    check_texts(texts)
    mutable = get("mutable")
    if not id_ or (mutable is not None and mutable.__class__ is not bool):
        raise Odd
    keywords, metadata, links = get("keywords"), get("metadata"), get("links")
    controls, modes = get("jobControlOptions"), get("outputTransmission")
    read: ProcessSummary = new(ProcessSummary)
    read.id = id_
    read.version = version or None
    read.title = title or None
    read.description = description or None
    read.keywords = words(keywords)[:] if keywords else []
    read.metadata = [*map(Metadata.from_dict, array(metadata))] if metadata else []
    read.additionalParameters = None
    read.jobControlOptions = [*map(CONTROLS.get, words(controls), controls)] if controls else []
    read.outputTransmission = [*map(MODES.get, words(modes), modes)] if modes else []
    read.mutable = mutable
    read.links = [*map(link, array(links))] if links else []
    unset = texts.count("") + (not mutable) + (not keywords) + (not metadata) + (not links)
    unset += (not controls) + (not modes)
    read.extra = (
        {} if len(data) + unset == SUMMARY_MEMBERS else rest(data, SUMMARY_SWEPT, "mutable")
    )
    return read


def described(cls: type[D]) -> Callable[[Any], D]:
    """Return the sweep for inputs or for outputs."""

    def description(data: Any) -> D:
        get = data.get
        schema, title, text = get("schema"), get("title") or "", get("description") or ""
        check_texts((title, text))
        keywords, metadata = get("keywords"), get("metadata")
        least, most = get("minOccurs"), get("maxOccurs")
        if least is not None and least.__class__ is not int:
            raise Odd
        if most is not None and most.__class__ is not int and most.__class__ is not str:
            raise Odd
        read: D = new(cls)
        read.schema = None
        if schema:
            if schema.__class__ is not dict:
                raise Odd
            read.schema = new(Schema)
            read.schema.document = schema
        read.title = title or None
        read.description = text or None
        read.keywords = words(keywords)[:] if keywords else []
        read.metadata = [*map(Metadata.from_dict, array(metadata))] if metadata else []
        read.additionalParameters = None
        read.minOccurs = least
        read.maxOccurs = most
        unset = (not schema) + (not title) + (not text) + (not keywords) + (not metadata)
        unset += (not least) + (not most)
        ordinary = len(data) + unset == DESCRIPTION_MEMBERS
        read.extra = {} if ordinary else rest(data, DESCRIPTION_SWEPT, "minOccurs")
        return read

    return description


def array(items: Any) -> list[Any]:
    """Return an array; raises Odd if it is none."""
    if items.__class__ is not list:
        raise Odd
    return items


def words(items: Any) -> list[str]:
    """Return an array of texts; raises Odd or TypeError if it is none."""
    check_texts(array(items))
    return items  # type: ignore[no-any-return] # it is a list


def rest(data: dict[str, Any], swept: Iterable[str], zero: str | None = None) -> dict[str, Any]:
    """Return the members that no field carries; ``zero`` names one that may be 0 or false.

    Raises Odd for a member that is known but was not swept, and for one that is neither set nor
    null nor an empty array.
    """
    found = {name: value for name, value in data.items() if not value or name not in swept}
    for name, value in [*found.items()]:
        if name in UNSWEPT:
            raise Odd
        if name not in swept or value is None or (value == [] and name in ARRAYS):
            continue
        if name != zero:
            raise Odd
        del found[name]
    return found


#: Known members that no sweep reads.
UNSWEPT = frozenset({"additionalParameters", "length"})
ARRAYS = frozenset({"keywords", "metadata", "links", "jobControlOptions", "outputTransmission"})
LINK_SWEPT = LINK.names - UNSWEPT
JOB_SWEPT = {"jobID": JOB.names, "id": JOB.names - {"jobID"} | {"id"}}
SUMMARY_SWEPT = SUMMARY.names - UNSWEPT
DESCRIPTION_SWEPT = OUTPUT_DESCRIPTION.names - UNSWEPT
LINK_MEMBERS = len(LINK_SWEPT)
JOB_MEMBERS = len(JOB_SWEPT["id"])
SUMMARY_MEMBERS = len(SUMMARY_SWEPT)
DESCRIPTION_MEMBERS = len(DESCRIPTION_SWEPT)
