"""The fast path for what comes by the hundred: jobs and summaries of a list, links, inputs.

``from_dict`` makes a call or two for each member. Here the same checks are made for many members
at once, and attributes are set on a bare object, which costs half of what calling its class costs.
Members that are missing, null or unknown are ordinary. If a document is odd, its sweep gets one of
the errors in ODD. Then ``from_dict`` reads it, and says what is wrong and where. The tests check
that both ways read the same.

Measured in instructions, this saves most: ``"".join`` checks the types of five texts for the price
of two calls of ``type``. The number of members that are not set tells whether there are others. A
time without a zone is parsed twice, because ``datetime.replace`` costs nine times as much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from ..errors import DocumentError
from ._fields import from_iso
from .common import LINK, Link, Metadata
from .descriptions import OUTPUT_DESCRIPTION, SUMMARY, OutputDescription, ProcessSummary
from .jobs import JOB, JobContext, JobInfo
from .names import CONTROLS, MODES, STATUSES, TYPES
from .values import Schema

__all__ = ["described", "job", "summary"]

D = TypeVar("D", bound=OutputDescription)


class Odd(Exception):
    """A document is not ordinary."""


ODD = (Odd, DocumentError, AttributeError, TypeError, ValueError)

#: The classes that an ordinary member may have.
NUMBERS: frozenset[Any] = frozenset({type(None), int, float})
FLAGS: frozenset[Any] = frozenset({type(None), bool})

#: Raises TypeError if an item of an iterable is no text.
check_texts = "".join
new = object.__new__
#: The zone of a time that names none.
UTC = "+00:00"


def link(data: Any) -> Link:
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
    try:
        get = data.get
        job_id, id_member = get("jobID"), "jobID"
        if job_id is None:
            job_id, id_member = get("id"), "id"
        progress, links = get("progress"), get("links")
        texts = _, status, process_id, type_, message, created, started, finished, updated = (
            job_id or "",
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
        if not job_id or not status or progress.__class__ not in NUMBERS:
            raise Odd
        if links and links.__class__ is not list:
            raise Odd
        read: JobInfo = new(JobInfo)
        read.jobID = job_id
        read.status = STATUSES.get(status, status)
        read.processID = process_id or None
        read.type = TYPES.get(type_, type_) or None
        read.message = message or None
        read.progress = progress
        read.created = moment = from_iso(created) if created else None
        if moment is not None and moment.tzinfo is None:
            read.created = from_iso(f"{created}{UTC}")
        read.started = moment = from_iso(started) if started else None
        if moment is not None and moment.tzinfo is None:
            read.started = from_iso(f"{started}{UTC}")
        read.finished = moment = from_iso(finished) if finished else None
        if moment is not None and moment.tzinfo is None:
            read.finished = from_iso(f"{finished}{UTC}")
        read.updated = moment = from_iso(updated) if updated else None
        if moment is not None and moment.tzinfo is None:
            read.updated = from_iso(f"{updated}{UTC}")
        read.links = [*map(link, links)] if links else []
        read.results = None
        unset = texts.count("") + (progress is None) + (not links)
        ordinary = len(data) + unset == JOB_MEMBERS
        read.extra = {} if ordinary else rest(data, JOB_SWEPT[id_member])
        read._context = context = new(JobContext)
        context.url = context.token = None
        context.is_new = False
        context.outputs = ()
        context.id_member = id_member
        context.times = texts[-4:]
    except ODD:
        return JobInfo.from_dict(data)
    return read


def summary(data: Any) -> ProcessSummary:
    try:
        get = data.get
        texts = id_, version, title, description = (
            get("id") or "",
            get("version") or "",
            get("title") or "",
            get("description") or "",
        )
        check_texts(texts)
        mutable = get("mutable")
        if not id_ or mutable.__class__ not in FLAGS:
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
        unset = texts.count("") + (mutable is None) + (not keywords) + (not metadata) + (not links)
        unset += (not controls) + (not modes)
        ordinary = len(data) + unset == SUMMARY_MEMBERS
        read.extra = {} if ordinary else rest(data, SUMMARY_SWEPT)
    except ODD:
        return ProcessSummary.from_dict(data)
    return read


def described(cls: type[D]) -> Callable[[Any], D]:
    def description(data: Any) -> D:
        try:
            get = data.get
            schema, title, text = get("schema"), get("title") or "", get("description") or ""
            least, most = get("minOccurs"), get("maxOccurs")
            if title.__class__ is not str or text.__class__ is not str:
                raise Odd
            if least is not None and least.__class__ is not int and least.__class__ is not str:
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
            read.additionalParameters = None
            read.minOccurs = least
            read.maxOccurs = most
            unset = (not schema) + (not title) + (not text) + (least is None) + (most is None)
            if len(data) + unset == USUAL_MEMBERS:
                read.keywords, read.metadata, read.extra = [], [], {}
            else:
                keywords, metadata = get("keywords"), get("metadata")
                read.keywords = words(keywords)[:] if keywords else []
                read.metadata = [*map(Metadata.from_dict, array(metadata))] if metadata else []
                read.extra = rest(data, DESCRIPTION_SWEPT)
        except ODD:
            return cls.from_dict(data)
        return read

    return description


def array(items: Any) -> list[Any]:
    if items.__class__ is not list:
        raise Odd
    return items


def words(items: Any) -> list[str]:
    check_texts(array(items))
    return items  # type: ignore[no-any-return] # it is a list


def rest(data: dict[str, Any], swept: Iterable[str]) -> dict[str, Any]:
    """Return the members that no field carries.

    Raises Odd for a member that is known but was not swept, and for one that is neither set nor
    null nor an empty array.
    """
    found = {}
    for name, value in data.items():
        if value and name in swept:
            continue
        if name not in swept or value is None or (value == [] and name in ARRAYS):
            found[name] = value
        elif name not in NUMERIC:
            raise Odd
    if not UNSWEPT.isdisjoint(found):
        raise Odd
    return found


#: Known members that no sweep reads.
UNSWEPT = frozenset({"additionalParameters", "length"})
#: Members that may be 0 or false.
NUMERIC = frozenset({"progress", "mutable", "minOccurs", "maxOccurs"})
ARRAYS = frozenset({"keywords", "metadata", "links", "jobControlOptions", "outputTransmission"})
LINK_SWEPT = LINK.names - UNSWEPT
JOB_SWEPT = {"jobID": JOB.names, "id": JOB.names - {"jobID"} | {"id"}}
SUMMARY_SWEPT = SUMMARY.names - UNSWEPT
DESCRIPTION_SWEPT = OUTPUT_DESCRIPTION.names - UNSWEPT
LINK_MEMBERS = len(LINK_SWEPT)
JOB_MEMBERS = len(JOB_SWEPT["id"])
SUMMARY_MEMBERS = len(SUMMARY_SWEPT)
#: The members of an input beside ``keywords`` and ``metadata``, which are rare.
USUAL_MEMBERS = len(DESCRIPTION_SWEPT) - 2
