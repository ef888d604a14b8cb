"""From an answer to results: (status, headers, body) -> JobResults.

The status and the ``Content-Type`` say what shape an answer has; the request never does. A body is
interpreted only if its shape leaves no doubt, or the outputs that were asked for or that the
process has leave none. Otherwise it stays as it was sent. The JobResults hold the headers and the
body as they came, too.

"Trap" numbers what real servers do; the tests are named after the same numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from .._http.headers import Headers, MediaType, links, parameters
from .._http.urls import join
from ..models import JobResults, Link, OutputDescription, QualifiedValue
from ..models.names import relation
from ..models.values import QUALIFIED_RESULT, geojson, single_value
from .digests import check_body, stated_of_part
from .multipart import split
from .schemas import allows, has_member, of_items

Outputs = Mapping[str, OutputDescription]
Values = dict[str, Any]

#: The outputs of a process that declares none.
NONE_DECLARED: Mapping[str, Any] = {}

__all__ = ["UNNAMED", "Known", "part_values", "raw_value", "read_results", "sole_output"]

#: The id of a raw value that nothing names; the next ones are ``1``, ``2``, ...
UNNAMED = ""


def read_results(
    status: int, headers: Headers, body: bytes, known: Known | None = None
) -> JobResults:
    """Return the results that an answer holds (`/req/core/job-results`).

    If several results have one id, their values are a list.
    """
    values = values_of(status, headers, body, known or Known())
    return JobResults(values, status=status, headers=headers, body=body)


class Known:
    """What helps to read an answer.

    ``asked`` are the outputs that were asked for, in their order; empty for all. ``outputs`` are
    those the process has, or a function that returns them. It is called at most once, and only in
    doubt: for a value, a part or a link that no output asked for names; for an object that may be a
    value or a map of values; for an output that is ``{"value": ...}`` or ``{"href": ...}`` alone.
    Relative links are resolved against ``url``, the answer's own. ``is_chosen`` means that the
    outputs are a choice that the server may ignore: then one that the process does not have names
    nothing.
    """

    def __init__(
        self,
        asked: Sequence[str] = (),
        outputs: Outputs | Callable[[], Outputs] = NONE_DECLARED,
        url: str = "",
        *,
        is_chosen: bool = False,
    ) -> None:
        self.asked: tuple[str, ...] = tuple(asked)
        self._outputs = outputs
        self.url = url
        self._is_chosen = is_chosen

    @property
    def declared(self) -> Outputs:
        if callable(self._outputs):
            self._outputs = self._outputs()
        return self._outputs

    @property
    def at_hand(self) -> bool:
        return not callable(self._outputs) and len(self._outputs) > 0

    @property
    def ids(self) -> Sequence[str]:
        if self._is_chosen and self.declared:
            return [name for name in self.asked if name in self.declared] or tuple(self.declared)
        return self.asked or tuple(self.declared)

    @property
    def sole(self) -> str | None:
        ids = self.ids
        return ids[0] if len(ids) == 1 else None

    def find(self, *names: str) -> str | None:
        """Return the first of the names that is an output's id, perhaps percent-encoded."""
        spelled = [form for name in names if name for form in (name, unquote(name))]
        for name in spelled:
            if name in self.asked:
                return name
        return next((name for name in spelled if name in self.declared), None)

    def schema(self, name: str | None) -> Any:
        description = self.declared.get(name or UNNAMED)
        schema = description.schema if description else None
        return schema.document if schema else None

    def absolute(self, value: Any) -> Any:
        """Return the value, which is changed if it is a relative link."""
        if isinstance(value, Link) and self.url:
            try:
                if not urlsplit(value.href).scheme:
                    value.href = join(self.url, value.href)
            except ValueError:
                pass
        return value


def collected(pairs: Iterable[tuple[str | None, Any]], known: Known) -> Values:
    """Return values by id; those of one id are a list.

    A value without a name gets an id by its position if that many ids are left, else a number.
    """
    lists: dict[str, list[Any]] = {}
    unnamed = []
    for name, value in pairs:
        if name is None:
            unnamed.append(value)
        else:
            lists.setdefault(name, []).append(value)
    if unnamed:
        free = [name for name in known.ids if name not in lists]
        if len(free) != len(unnamed):
            numbers = map(str, range(1, len(unnamed) + len(lists) + 1))
            free = [name for name in (UNNAMED, *numbers) if name not in lists]
        lists.update((name, [value]) for name, value in zip(free, unnamed, strict=False))
    return {name: values[0] if len(values) == 1 else values for name, values in lists.items()}


def type_of(headers: Headers) -> MediaType:
    return MediaType(headers.last("content-type"))


def values_of(status: int, headers: Headers, body: bytes, known: Known) -> Values:
    if not body:
        return linked_values(headers, known) or empty_value(status, headers, known)
    media_type = type_of(headers)
    if media_type.essence.startswith("multipart/"):
        parts = split(body, media_type.parameters.get("boundary", ""))
        if parts:
            return part_values(parts, known)
    return values_in(raw_value(headers, body), headers, known)


def values_in(
    value: QualifiedValue, headers: Headers, known: Known, *, listed: bool = False
) -> Values:
    if isinstance(value.value, dict):
        entries = entries_of(value.value, headers, known, listed=listed)
        if entries is not None:
            return entries
    name = sole_output(headers, known)
    return {name: reading(value.value, name, known, bare=True) if is_plain_json(value) else value}


def sole_output(headers: Headers, known: Known) -> str:
    """Return the id of the one output that an answer holds; empty if nothing names it."""
    return id_in(headers, known) or known.sole or id_as_sent(headers) or UNNAMED


# --- one value --------------------------------------------------------------------------------

#: Media types of plain JSON: their values need no media type to be understood. A JSON object or
#: array without a media type counts as plain JSON, too.
PLAIN = frozenset({"", "application/json", "text/json"})


def is_plain_json(value: QualifiedValue) -> bool:
    return MediaType(value.mediaType or "").essence in PLAIN and not isinstance(value.value, bytes)


def raw_value(headers: Headers, body: bytes) -> QualifiedValue:
    """Return a body as a value with its media type: JSON decoded, text as str, else bytes."""
    media_type = type_of(headers)
    text = media_type.decode(body) if media_type.is_json or media_type.is_text else None
    value: Any = body if text is None else text
    if media_type.is_json or not media_type.essence:
        try:
            decoded = media_type.json(body)
        except ValueError:
            pass  # bare text labelled JSON (ZOO-Project, trap 19) is that text
        else:
            value = decoded if media_type.essence or isinstance(decoded, (dict, list)) else body
    return QualifiedValue(value, str(media_type) or None)


def empty_value(status: int, headers: Headers, known: Known) -> Values:
    """Return the value of an empty body: an empty text or file, if its media type says so.

    ``text/html`` says nothing: weaver's framework adds it to any answer.
    """
    media_type = type_of(headers)
    if status == NO_CONTENT or media_type.is_json or re.match(NO_TYPE, media_type.essence):
        return {}
    name = id_in(headers, known) or (known.asked[0] if len(known.asked) == 1 else None)
    if name is None:
        return {}
    return {name: QualifiedValue("" if media_type.is_text else b"", str(media_type))}


NO_CONTENT = 204
NO_TYPE = r"$|text/html$|multipart/"


def id_in(headers: Headers, known: Known) -> str | None:
    """Return the output that the headers of a body or a part name, or None.

    They do so by ``Content-ID``, as 1.0 writes it
    (`/req/core/process-execute-sync-raw-value-multi`) or in RFC 2392's form ``<id@host>``, which
    loses its host only if an output has the rest as its id (weaver); else by
    ``Content-Disposition``.
    """
    bare, local, name, file = header_names(headers)
    return known.find(bare, local, name, file, file.rpartition(".")[0])


def id_as_sent(headers: Headers) -> str | None:
    bare, local, name, _ = header_names(headers)
    return (local if local and local == name else bare or name) or None


def header_names(headers: Headers) -> tuple[str, str, str, str]:
    """Return the Content-ID, its part before ``@``, the disposition's name and file, or ''."""
    content_id = headers.last("content-id").strip()
    bracketed = re.fullmatch(r"<(.*)>", content_id, re.DOTALL)
    bare = bracketed[1] if bracketed else content_id
    local = bare.rpartition("@")[0] if bracketed else ""
    disposition = parameters(headers.last("content-disposition"))
    return bare, local, disposition.get("name", ""), disposition.get("filename", "")


# --- values of a document ---------------------------------------------------------------------


def reading(value: Any, name: str | None, known: Known, *, bare: bool = False) -> Any:
    """Return a value as a Link or a QualifiedValue if it is one, alone or in an array.

    ``bare`` says that the standard wraps no values here: then a value that may be plain is plain.
    """
    if isinstance(value, list):
        return [reading_of_one(item, name, known, items=True, bare=bare) for item in value]
    return reading_of_one(value, name, known, items=False, bare=bare)


def reading_of_one(value: Any, name: str | None, known: Known, *, items: bool, bare: bool) -> Any:
    read = single_value(value)
    is_asset = isinstance(read, Link) and "value" in value  # of a Copernicus store
    if is_lone(value) and not is_asset and is_plain(value, name, known, items=items, bare=bare):
        return value
    return known.absolute(read)


def is_lone(value: Any) -> bool:
    """Return whether a value is ``{"value": ...}`` or ``{"href": ...}`` and no more.

    ZOO-Project wraps objects and links so, and a plain object may look so (trap 17).
    """
    return isinstance(value, dict) and len(value) == 1 and not LONE.isdisjoint(value)


LONE = frozenset({"value", "href"})


def is_plain(
    value: dict[str, Any], name: str | None, known: Known, *, items: bool, bare: bool
) -> bool:
    """Return whether the schema says that a lone ``value`` or ``href`` is the value's own."""
    schema = known.schema(name)
    if schema is None:
        return bare
    if items:
        schema = of_items(schema)
    (member,) = value
    if has_member(schema, member):
        return True
    return member == "value" and allows(schema, value) and not allows(schema, value[member])


# --- objects ----------------------------------------------------------------------------------

#: Members that a value often has and that are seldom an output's id. An object that has one of
#: them is not taken for a map of values before the process's outputs are known.
SUSPECT = frozenset({"bbox", "href", "id", "links", "outputs", "type", "value"})
#: The members that an object with all results in ``outputs`` may have: those of a job.
ENVELOPE = frozenset(
    {"outputs", "links", "jobID", "id", "type", "processID", "status", "message", "progress"}
    | {"created", "started", "finished", "updated"}
)


def entries_of(
    data: dict[str, Any], headers: Headers, known: Known, *, listed: bool
) -> Values | None:
    """Return the values of an object that maps ids to values; None if the object is a value.

    Both are legal (a raw object, 1.0; one output, 2.0), both come as JSON, and only the ids of
    the outputs tell them apart (traps 16 and 27).
    """
    if known.asked and data.keys() <= set(known.asked):
        return as_map(data, known)
    if headers.last("content-id"):
        return None  # a raw value that is named (weaver)
    if not listed and is_envelope(data, known):
        return listed_values(data["outputs"], headers, known)
    plain = type_of(headers).essence in PLAIN
    sure = plain and (is_ordinary(data, known) or promises_results(headers))
    if not sure and is_entry(data, known):
        return dict([entry(data, known, alone=True)])
    return as_map(data, known) if sure or is_map(data, known, plain=plain) else None


def is_ordinary(data: dict[str, Any], known: Known) -> bool:
    return not known.asked and not known.at_hand and SUSPECT.isdisjoint(data)


def as_map(data: dict[str, Any], known: Known) -> Values:
    return {name: reading(value, name, known) for name, value in data.items()}


def promises_results(headers: Headers) -> bool:
    """Return whether an answer says that it is a results document (2.0, `ogc-results`)."""
    profiles = [headers.last("content-profile"), type_of(headers).parameters.get("profile", "")]
    profiles += [link["href"] for link in links(headers) if link.get("rel") == "profile"]
    return any(relation(profile) == "ogc-results" for profile in profiles)


def is_map(data: dict[str, Any], known: Known, *, plain: bool) -> bool:
    ids = {*known.asked, *known.declared}
    if ids.issuperset(data):
        return True
    if is_value_by_shape(data):
        return False
    sole = known.sole
    if ids.isdisjoint(data):
        return plain and (sole is None or not allows(known.schema(sole), data))
    if sole is None or sole not in data:
        return True
    # The one output may have a member of its own name (pygeoapi's shapely-functions).
    schema = known.schema(sole)
    return allows(schema, data[sole]) or not allows(schema, data)


def is_value_by_shape(data: dict[str, Any]) -> bool:
    if geojson(data) is not None or "stac_version" in data or isinstance(data.get("bbox"), list):
        return True
    return len(data) > 1 and not isinstance(single_value(data), dict)


def is_envelope(data: dict[str, Any], known: Known) -> bool:
    """Return whether an object holds all results in ``outputs`` (pygeoapi, Dewberry, weaver)."""
    return (
        isinstance(data.get("outputs"), (list, dict))
        and ENVELOPE.issuperset(data)
        and not isinstance(data.get("status"), dict)  # PyWPS: not a job, though it may have failed
        and known.find("outputs") is None
    )


def listed_values(outputs: Any, headers: Headers, known: Known) -> Values:
    """Return the values in ``outputs``: a map, a list of entries, or a list of the one result."""
    if isinstance(outputs, dict):
        return as_map(outputs, known)
    objects = [item for item in outputs if isinstance(item, dict)]
    many = len(objects) > 1
    if len(objects) == len(outputs):
        if all(is_listed(item, known, many=many) for item in objects):
            return collected((entry(item, known, alone=not many) for item in objects), known)
        if many and all(known.find(key) for item in objects for key in item):
            maps = [as_map(item, known) for item in objects]
            return collected((pair for values in maps for pair in values.items()), known)
    # pygeoapi puts the raw answer into a list of one.
    result = outputs[0] if len(outputs) == 1 else outputs
    return values_in(QualifiedValue(result, "application/json"), headers, known, listed=True)


ENTRY = QUALIFIED_RESULT | {"id", "href", "type", "title", "rel"}


def is_entry(data: dict[str, Any], known: Known) -> bool:
    """Return whether an object is an output's entry: ``{"id": ..., "value": ...}``."""
    name = data.get("id")
    return isinstance(name, str) and not LONE.isdisjoint(data) and known.find(name) is not None


def is_listed(data: dict[str, Any], known: Known, *, many: bool) -> bool:
    """Return whether an object in a list is an output's entry; by shape if no id is known.

    The shape of a single object says nothing: pygeoapi lists one result, whatever it is.
    """
    name = data.get("id")
    if not isinstance(name, str):
        return False
    by_shape = many and not LONE.isdisjoint(data) and ENTRY.issuperset(data)
    return known.find(name) is not None or (by_shape and not known.ids)


def entry(data: dict[str, Any], known: Known, *, alone: bool) -> tuple[str, Any]:
    """Return an entry's id and its value, which is unwrapped if that is no guess.

    One entry alone may be the value itself: pygeoapi's hello-world answers
    ``{"id": "echo", "value": "Hello"}``, says that its output ``echo`` is an object, and means it
    (trap 16). Then only a schema that rules out the object unwraps it.
    """
    name = known.find(data["id"]) or data["id"]
    inner = {key: value for key, value in data.items() if key != "id"}
    if inner.keys() == {"value"}:
        schema = known.schema(name)
        if alone and (allows(schema, data) or not allows(schema, inner["value"])):
            return name, data
        return name, reading(inner["value"], name, known)
    value = known.absolute(single_value(inner))
    return name, data if isinstance(value, dict) else value


# --- parts ------------------------------------------------------------------------------------


def part_values(parts: Sequence[tuple[Headers, Any]], known: Known) -> Values:
    """Return the parts of a multipart body by output id (1.0, `sync-raw-value-multi`).

    A part's body is bytes, or an object that stands for them, which stays as it is.
    """
    return collected(
        (
            (
                id_in(headers, known) or id_as_sent(headers) or header_names(headers)[3] or None,
                part_value(headers, body, known) if isinstance(body, bytes) else body,
            )
            for headers, body in parts
        ),
        known,
    )


def part_value(headers: Headers, body: bytes, known: Known) -> Any:
    """Return the value of a part: a link if it is empty and says where its content is."""
    location = headers.last("content-location").strip()
    if not location:
        check_body(body, stated_of_part(headers), known.url)
    if location and not body:
        return known.absolute(Link(location, type=str(type_of(headers)) or None))
    if not headers.last("content-type"):  # RFC 2046, 5.1: text, but many a server means bytes
        text = MediaType("text/plain").decode(body)
        return QualifiedValue(body if text is None else text)
    value = raw_value(headers, body)
    return value.value if is_plain_json(value) else value


# --- links ------------------------------------------------------------------------------------

#: Relations of links that are no outputs; weaver sends twenty beside its outputs.
OTHER = frozenset(
    {"about", "alternate", "author", "canonical", "collection", "conformance", "current"}
    | {"data-meta", "describedby", "dns-prefetch", "edit", "exceptions", "execute", "execution"}
    | {"first", "help", "home", "icon", "index", "inputs", "item-meta", "job-list", "jobs"}
    | {"landing-page", "last", "latest-version", "license", "log", "logs", "monitor", "next"}
    | {"outputs", "parent", "preconnect", "prefetch", "preload", "prev", "previous"}
    | {"privacy-policy", "process", "processes", "processing-graph", "profile", "prov"}
    | {"provenance", "root", "results", "self", "service", "service-desc", "service-doc"}
    | {"service-meta", "start", "statistics", "status", "stylesheet", "terms-of-service", "up"}
    | {"via", "workflow"}
)
#: Relations that say no more than that a link is a result.
RESULT = frozenset({"", "enclosure", "item", "output", "result"})


def linked_values(headers: Headers, known: Known) -> Values:
    """Return the outputs that ``Link`` fields lead to (1.0, `sync-raw-ref`; trap 22).

    The standard names no relation. The relation is an output's id (weaver, which also sends the
    same link with ``output``), or ``output``, or missing (actinia): then the end of the path may
    name the output. Links that are no output stay in the headers.
    """
    found = [(link_of(link, known), link.get("rel", "").split()) for link in links(headers)]
    outputs = {link.href for link, rels in found if "output" in map(relation, rels)}
    named: dict[tuple[str | None, str], Link] = {}
    others: dict[str, tuple[Link, list[str]]] = {}
    for link, rels in found:
        name = name_in(rels, known, sure=link.href in outputs)
        if name is not None:
            named.setdefault((name, link.href), link)
        elif OTHER.isdisjoint(map(relation, rels)):
            others.setdefault(link.href, (link, rels))
    by_relation = {name for name, _ in named}
    taken = {href for _, href in named}
    for link, rels in others.values():
        if link.href in taken:
            continue
        name = id_in_path(link.href, known)
        if by_relation and rels and (name in by_relation or name not in known.asked):
            continue  # weaver links to outputs that were not asked for, in four formats each
        if name is None:
            name = next(filter(is_word, rels), None)
        named[name, link.href] = link
    return collected(((name, link) for (name, _), link in named.items()), known)


def link_of(members: Mapping[str, str], known: Known) -> Link:
    extra = {name: value for name, value in members.items() if name not in LINK_MEMBERS}
    href, rel, kind, language, title = map(members.get, LINK_MEMBERS)
    link = Link(href or "", rel, kind, language, title, extra=extra)
    known.absolute(link)
    return link


LINK_MEMBERS = ("href", "rel", "type", "hreflang", "title")


def is_word(rel: str) -> bool:
    """Return whether a relation may be an output's id: it has no meaning and is no URI."""
    return relation(rel) not in RESULT | OTHER and not re.match(r"[A-Za-z][\w+.-]*://", rel)


def name_in(rels: Sequence[str], known: Known, *, sure: bool) -> str | None:
    """Return the output that a link's relations name; ``sure`` if the link is known to be one.

    A word that has a meaning of its own, such as ``status``, is an output's id only if another
    link to the same place says ``output``.
    """
    words = [rel for rel in rels if is_word(rel) or (sure and relation(rel) not in RESULT)]
    return known.find(*words) or (words[0] if sure and words else None)


def id_in_path(href: str, known: Known) -> str | None:
    """Return the output whose id a path ends in: ``.../js``, ``.../js.json``, ``.../js/out``."""
    try:
        path = urlsplit(href).path
    except ValueError:
        return None
    before, last = ["", *path.rstrip("/").split("/")][-2:]
    return known.find(last, last.rpartition(".")[0], before)
