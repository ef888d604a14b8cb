"""The standard's documents as dataclasses.

``from_dict`` reads what a server sent, ``to_dict`` writes what a server reads, and nothing is
lost between the two.

Attributes carry the standard's own spelling. A member that no attribute carries (unknown, null,
or unreadable) is kept in ``extra``; a word that the standard does not know stays a plain text. An
array that was not sent is ``()``, an object that was not sent is an empty mapping, everything
else that was not sent is None.

How they are made, and why. The ``__init__`` methods are written out because generating them would
double the time an import takes. The documents that come by the thousand (links, summaries, jobs)
are read twice over: first a sweep that takes only what is complete and ordinary, in few and large
steps; then, for all others, look-ups one by one, which say what is wrong and where. Both write
the same attributes, and the tests hold them together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from enum import Enum
from operator import itemgetter

from ..errors import DocumentError
from ._base import (
    Document,
    dict_of,
    dicts,
    dicts_by_name,
    html_table,
    members_of,
    word,
    words,
)
from ._encode import encode_input, encode_json
from ._fields import (
    NOTHING,
    expected,
    flag,
    from_iso,
    mapped,
    moment,
    moment_text,
    number,
    objects,
    optional,
    required_text,
    rest,
    text,
    texts,
    whole_object,
)

TYPE_CHECKING = False  # importing typing would make the package's import a tenth dearer
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Self

__all__ = [
    "QUALIFIED_RESULT",
    "AdditionalParameter",
    "AdditionalParameters",
    "ApiError",
    "Bbox",
    "Capabilities",
    "ConformanceDeclaration",
    "DataType",
    "Format",
    "InputDescription",
    "JobControlOptions",
    "JobInfo",
    "JobList",
    "JobResults",
    "JobStatus",
    "JobType",
    "Link",
    "Metadata",
    "Output",
    "OutputDescription",
    "ProcessDescription",
    "ProcessList",
    "ProcessRequest",
    "ProcessSummary",
    "QualifiedValue",
    "ResponseType",
    "Schema",
    "Subscriber",
    "TransmissionMode",
    "geojson",
    "is_status_info",
    "result_value",
    "single_value",
]

# --- words ------------------------------------------------------------------------------------


class Word(str, Enum):
    """A word of the standard's: equal to its text, and printed as it."""

    __str__ = str.__str__
    __repr__ = str.__repr__


class JobStatus(Word):
    """The states of a job (S/statusCode; ``created`` is Part 4's)."""

    accepted = "accepted"
    running = "running"
    successful = "successful"
    failed = "failed"
    dismissed = "dismissed"
    created = "created"


class JobType(Word):
    """The types of a job that 1.0 names."""

    process = "process"


class JobControlOptions(Word):
    """The ways a process can be executed."""

    sync_execute = "sync-execute"
    async_execute = "async-execute"
    dismiss = "dismiss"


class TransmissionMode(Word):
    """How an output is asked for (1.0)."""

    value = "value"
    reference = "reference"


class ResponseType(Word):
    """The shape of the answer asked for (1.0)."""

    raw = "raw"
    document = "document"


class DataType(Word):
    """The types of a JSON Schema."""

    array = "array"
    boolean = "boolean"
    integer = "integer"
    null = "null"
    number = "number"
    object = "object"
    string = "string"


STATUSES: Mapping[Any, str] = {word.value: word for word in JobStatus}
TYPES: Mapping[Any, str] = {word.value: word for word in JobType}
CONTROLS: Mapping[Any, str] = {word.value: word for word in JobControlOptions}
MODES: Mapping[Any, str] = {str(word): word for word in TransmissionMode}
RESPONSES: Mapping[Any, str] = {word.value: word for word in ResponseType}

#: Words that end a job: the standard's, and those of openEO and WPS that servers answer with.
SUCCESSFUL = frozenset({"successful", "succeeded", "finished"})
FAILED = frozenset({"failed", "error"})
DISMISSED = frozenset({"dismissed", "canceled", "cancelled"})
#: Words of openEO and others for a job that has not ended.
WAITING = frozenset({"queued", "submitted", "started", "pending"})

#: Raises TypeError unless everything in an iterable is a text: the cheapest such check there is.
all_texts = "".join

# --- links and descriptions -------------------------------------------------------------------


class Link(Document):
    """A link to another resource (S/link; RFC 8288); ``length`` is in bytes (2.0)."""

    href: str
    rel: str | None
    type: str | None
    hreflang: str | None
    title: str | None
    length: float | None
    extra: Mapping[str, Any]

    def __init__(
        self,
        href: str,
        rel: str | None = None,
        type: str | None = None,
        hreflang: str | None = None,
        title: str | None = None,
        length: float | None = None,
        extra: Mapping[str, Any] = NOTHING,
    ) -> None:
        self.href = href
        self.rel = rel
        self.type = type
        self.hreflang = hreflang
        self.title = title
        self.length = length
        self.extra = extra

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the link that a server sent; raises DocumentError where it has no href."""
        link = ordinary_link(data)
        if link is not None and cls is Link:
            return link  # type: ignore[return-value] # cls is Link
        data = whole_object(data)
        return cls(
            required_text(data, "href"),
            text(data, "rel"),
            text(data, "type"),
            text(data, "hreflang"),
            text(data, "title"),
            number(data, "length"),
            rest(data, LINK),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the link as JSON can hold it."""
        return members_of(
            self.extra,
            href=self.href,
            rel=self.rel,
            type=self.type,
            hreflang=self.hreflang,
            title=self.title,
            length=self.length,
        )


LINK = frozenset({"href", "rel", "type", "hreflang", "title", "length"})


def ordinary_link(data: Any) -> Link | None:
    """Return the link where it holds nothing but texts, else None.

    A text that was not sent is empty for a moment: then the members found and the empty ones add
    up exactly where there is no other member, no null and no text that was sent empty.
    """
    if type(data) is not dict:
        return None
    get = data.get
    href, rel, type_, hreflang, title = members = (
        get("href", ""),
        get("rel", ""),
        get("type", ""),
        get("hreflang", ""),
        get("title", ""),
    )
    try:
        if len(data) + members.count("") != len(members) or not all_texts(members) or not href:
            return None
    except TypeError:
        return None
    link: Link = new(Link)
    link.href = href
    link.rel = rel or None
    link.type = type_ or None
    link.hreflang = hreflang or None
    link.title = title or None
    link.length = None
    link.extra = NOTHING
    return link


#: Makes an object whose attributes are set one by one: half of what a call of its class costs.
new = object.__new__


class Metadata(Document):
    """A piece of metadata: a link with a role, or a value with a role (S/metadata)."""

    title: str | None
    role: str | None
    href: str | None
    lang: str | None
    value: Any
    extra: Mapping[str, Any]

    def __init__(
        self,
        title: str | None = None,
        role: str | None = None,
        href: str | None = None,
        lang: str | None = None,
        value: Any = None,
        extra: Mapping[str, Any] = NOTHING,
    ) -> None:
        self.title = title
        self.role = role
        self.href = href
        self.lang = lang
        self.value = value
        self.extra = extra

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the metadata that a server sent; raises DocumentError where it cannot be read."""
        data = whole_object(data)
        return cls(
            text(data, "title"),
            text(data, "role"),
            text(data, "href"),
            text(data, "lang"),
            data.get("value"),
            rest(data, METADATA),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the metadata as JSON can hold it."""
        return members_of(
            self.extra,
            title=self.title,
            role=self.role,
            href=self.href,
            lang=self.lang,
            value=self.value,
        )


METADATA = frozenset({"title", "role", "href", "lang", "value"})


class AdditionalParameter(Document):
    """A named parameter and its values, an array of whatever type (1.0, S/additionalParameter)."""

    name: str
    value: Any
    extra: Mapping[str, Any]

    def __init__(self, name: str, value: Any = None, extra: Mapping[str, Any] = NOTHING) -> None:
        self.name = name
        self.value = value
        self.extra = extra

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the parameter that a server sent."""
        data = whole_object(data)
        return cls(required_text(data, "name"), data.get("value"), rest(data, ADDITIONAL_PARAMETER))

    def to_dict(self) -> dict[str, Any]:
        """Return the parameter as JSON can hold it."""
        return members_of(self.extra, name=self.name, value=self.value)


ADDITIONAL_PARAMETER = frozenset({"name", "value"})


class AdditionalParameters(Document):
    """Parameters beyond the standard's, with their role (1.0, S/descriptionType)."""

    title: str | None
    role: str | None
    href: str | None
    parameters: Sequence[AdditionalParameter]
    extra: Mapping[str, Any]

    def __init__(
        self,
        title: str | None = None,
        role: str | None = None,
        href: str | None = None,
        parameters: Sequence[AdditionalParameter] = (),
        extra: Mapping[str, Any] = NOTHING,
    ) -> None:
        self.title = title
        self.role = role
        self.href = href
        self.parameters = parameters
        self.extra = extra

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the parameters that a server sent."""
        data = whole_object(data)
        return cls(
            text(data, "title"),
            text(data, "role"),
            text(data, "href"),
            objects(data, "parameters", AdditionalParameter.from_dict),
            rest(data, ADDITIONAL_PARAMETERS),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the parameters as JSON can hold them."""
        return members_of(
            self.extra,
            title=self.title,
            role=self.role,
            href=self.href,
            parameters=dicts(self.parameters),
        )


ADDITIONAL_PARAMETERS = frozenset({"title", "role", "href", "parameters"})

# --- landing page and conformance -------------------------------------------------------------


class Capabilities(Document):
    """The landing page (`/req/core/landingpage-success`)."""

    title: str | None
    description: str | None
    attribution: str | None
    links: Sequence[Link]
    extra: Mapping[str, Any]

    def __init__(
        self,
        title: str | None = None,
        description: str | None = None,
        attribution: str | None = None,
        links: Sequence[Link] = (),
        extra: Mapping[str, Any] = NOTHING,
    ) -> None:
        self.title = title
        self.description = description
        self.attribution = attribution
        self.links = links
        self.extra = extra

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the landing page that a server sent."""
        data = whole_object(data)
        return cls(
            text(data, "title"),
            text(data, "description"),
            text(data, "attribution"),
            objects(data, "links", Link.from_dict),
            rest(data, CAPABILITIES),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the landing page as JSON can hold it."""
        return members_of(
            self.extra,
            title=self.title,
            description=self.description,
            attribution=self.attribution,
            links=dicts(self.links),
        )


CAPABILITIES = frozenset({"title", "description", "attribution", "links"})


class ConformanceDeclaration(Document):
    """The conformance classes a server declares, as URIs (`/req/core/conformance-success`)."""

    conformsTo: Sequence[str]
    extra: Mapping[str, Any]

    def __init__(
        self,
        conformsTo: Sequence[str],
        extra: Mapping[str, Any] = NOTHING,
    ) -> None:
        self.conformsTo = conformsTo
        self.extra = extra

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the declaration that a server sent."""
        data = whole_object(data)
        return cls(texts(data, "conformsTo"), rest(data, CONFORMANCE))

    def to_dict(self) -> dict[str, Any]:
        """Return the declaration as JSON can hold it."""
        return members_of(self.extra, conformsTo=words(self.conformsTo))


CONFORMANCE = frozenset({"conformsTo"})

# --- values -----------------------------------------------------------------------------------


class Schema(Document):
    """A value's schema exactly as the server sent it, with accessors for what people ask of it.

    1.0 speaks the dialect of OpenAPI 3.0, 2.0 that of JSON Schema 2020-12, where a schema may
    also be a mere ``true`` or ``false``. Neither is interpreted: ``document`` is the whole truth,
    and an accessor gives a member of it, or None.
    """

    document: Any

    def __init__(self, document: Any) -> None:
        self.document = document

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the schema that a server sent, an object or a boolean."""
        if isinstance(data, (dict, bool)):
            return cls(data)
        raise expected("a schema (an object or a boolean)", data)

    def to_dict(self) -> Any:
        """Return the schema as JSON can hold it: an object or a boolean."""
        return self.document

    def get(self, name: str) -> Any:
        """Return a member of the schema as sent, or None."""
        return self.document.get(name) if isinstance(self.document, dict) else None

    def _schema(self, name: str) -> Schema | None:
        value = self.get(name)
        return Schema(value) if isinstance(value, (dict, bool)) else None

    def _schemas(self, name: str) -> list[Schema]:
        value = self.get(name)
        return [Schema(item) for item in value] if isinstance(value, list) else []

    @property
    def type(self) -> Any:
        """The type, a text; a list of them in 2.0; None where the schema names none."""
        return self.get("type")

    @property
    def format(self) -> Any:
        """The format, such as ``date-time`` or ``ogc-bbox``."""
        return self.get("format")

    @property
    def title(self) -> Any:
        """The title."""
        return self.get("title")

    @property
    def description(self) -> Any:
        """The description."""
        return self.get("description")

    @property
    def default(self) -> Any:
        """The default value; None also where there is none (ask ``document`` to tell)."""
        return self.get("default")

    @property
    def enum(self) -> Any:
        """The list of values allowed."""
        return self.get("enum")

    @property
    def minimum(self) -> Any:
        """The lower bound."""
        return self.get("minimum")

    @property
    def maximum(self) -> Any:
        """The upper bound."""
        return self.get("maximum")

    @property
    def exclusiveMinimum(self) -> Any:
        """In 1.0 whether ``minimum`` itself is excluded, in 2.0 the excluded bound."""
        return self.get("exclusiveMinimum")

    @property
    def exclusiveMaximum(self) -> Any:
        """In 1.0 whether ``maximum`` itself is excluded, in 2.0 the excluded bound."""
        return self.get("exclusiveMaximum")

    @property
    def pattern(self) -> Any:
        """The regular expression a text must match."""
        return self.get("pattern")

    @property
    def required(self) -> Any:
        """The names of the members an object must have."""
        return self.get("required")

    @property
    def nullable(self) -> bool:
        """Whether null is allowed: ``nullable`` (1.0), or ``null`` among the types (2.0)."""
        kind = self.get("type")
        return (
            self.get("nullable") is True
            or kind == "null"
            or (isinstance(kind, list) and "null" in kind)
        )

    @property
    def contentMediaType(self) -> Any:
        """The media type of a text's content."""
        return self.get("contentMediaType")

    @property
    def contentEncoding(self) -> Any:
        """The encoding of a text's content, such as ``base64`` or ``binary``."""
        return self.get("contentEncoding")

    @property
    def properties(self) -> dict[str, Schema]:
        """The schemas of an object's members, by name."""
        value = self.get("properties")
        if not isinstance(value, dict):
            return {}
        return {
            name: Schema(item) for name, item in value.items() if isinstance(item, (dict, bool))
        }

    @property
    def items(self) -> Schema | None:
        """The schema of an array's items."""
        return self._schema("items")

    @property
    def oneOf(self) -> list[Schema]:
        """The alternatives of which one holds; the first is the default format."""
        return self._schemas("oneOf")

    @property
    def anyOf(self) -> list[Schema]:
        """The alternatives of which at least one holds."""
        return self._schemas("anyOf")

    @property
    def allOf(self) -> list[Schema]:
        """The schemas that hold together."""
        return self._schemas("allOf")


class Format(Document):
    """A value's format (S/format); ``schema`` is a URL or a schema."""

    mediaType: str | None
    encoding: str | None
    schema: Any
    extra: Mapping[str, Any]

    def __init__(
        self,
        mediaType: str | None = None,
        encoding: str | None = None,
        schema: Any = None,
        extra: Mapping[str, Any] = NOTHING,
    ) -> None:
        self.mediaType = mediaType
        self.encoding = encoding
        self.schema = schema
        self.extra = extra

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the format that a server sent."""
        data = whole_object(data)
        return cls(
            text(data, "mediaType"), text(data, "encoding"), data.get("schema"), rest(data, FORMAT)
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the format as JSON can hold it."""
        return members_of(
            self.extra, mediaType=self.mediaType, encoding=self.encoding, schema=self.schema
        )


FORMAT = frozenset({"mediaType", "encoding", "schema"})


class Bbox(Document):
    """A bounding box of four or six numbers (S/bbox); without a ``crs`` it is in CRS84."""

    bbox: Sequence[float]
    crs: str | None
    extra: Mapping[str, Any]

    def __init__(
        self,
        bbox: Sequence[float],
        crs: str | None = None,
        extra: Mapping[str, Any] = NOTHING,
    ) -> None:
        if len(bbox) not in {4, 6}:
            raise ValueError(f"a bounding box has four or six numbers, not {len(bbox)}")
        self.bbox = bbox
        self.crs = crs
        self.extra = extra

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the bounding box that a server sent."""
        data = whole_object(data)
        value = data.get("bbox")
        if not isinstance(value, list) or len(value) not in {4, 6}:
            raise expected("an array of four or six numbers", value, "bbox")
        for index, item in enumerate(value):
            if isinstance(item, bool) or not isinstance(item, (int, float)):
                raise expected("a number", item, f"bbox[{index}]")
        return cls(value, text(data, "crs"), rest(data, BBOX))

    def to_dict(self) -> dict[str, Any]:
        """Return the bounding box as JSON can hold it."""
        return members_of(self.extra, bbox=list(self.bbox), crs=self.crs)


BBOX = frozenset({"bbox", "crs"})


class QualifiedValue(Document):
    """A value with its format (S/qualifiedValue), or a raw body with its media type.

    A body's value is bytes for binary, str for text and decoded JSON for JSON.
    """

    value: Any
    mediaType: str | None
    encoding: str | None
    schema: Any
    extra: Mapping[str, Any]

    def __init__(
        self,
        value: Any,
        mediaType: str | None = None,
        encoding: str | None = None,
        schema: Any = None,
        extra: Mapping[str, Any] = NOTHING,
    ) -> None:
        self.value = value
        self.mediaType = mediaType
        self.encoding = encoding
        self.schema = schema
        self.extra = extra

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the qualified value that a server sent; ``value`` must be there."""
        data = whole_object(data)
        if "value" not in data:
            required_text(data, "value")
        return cls(
            data["value"],
            text(data, "mediaType"),
            text(data, "encoding"),
            data.get("schema"),
            rest(data, QUALIFIED_VALUE),
        )

    @property
    def __geo_interface__(self) -> Any:
        """The value where it is GeoJSON; what is not has no such attribute."""
        geometry = geojson(self)
        if geometry is None:
            raise AttributeError(f"no GeoJSON: {self.mediaType or type(self.value).__name__}")
        return geometry

    @property
    def plain(self) -> Any:
        """The value alone, as bytes where it is base64 text; as it is where that cannot be."""
        if self.encoding != "base64" or not isinstance(self.value, str):
            return self.value
        from base64 import b64decode  # noqa: PLC0415 - only where there are bytes

        try:
            return b64decode(self.value)
        except ValueError:
            return self.value

    def to_dict(self) -> dict[str, Any]:
        """Return the value as JSON can hold it: bytes as base64 text."""
        encoding = self.encoding
        if encoding is None and isinstance(self.value, (bytes, bytearray, memoryview)):
            encoding = "base64"
        others = members_of(
            self.extra, mediaType=self.mediaType, encoding=encoding, schema=self.schema
        )
        data = {"value": None, **others}
        data["value"] = encode_json(self.value)
        return data


QUALIFIED_VALUE = frozenset({"value", "mediaType", "encoding", "schema"})


def geojson(value: Any) -> Any:
    """Return the GeoJSON object (RFC 7946) that a value is, qualified or plain; None if it is none.

    It is told by its ``type``, or by its media type.
    """
    called = isinstance(value, QualifiedValue) and (value.mediaType or "").startswith(
        "application/geo+json"
    )
    plain = value.value if isinstance(value, QualifiedValue) else value
    if not isinstance(plain, dict):
        return None
    return plain if called or plain.get("type") in GEOJSON else None


GEOJSON = (
    "Feature",
    "FeatureCollection",
    "GeometryCollection",
    "LineString",
    "MultiLineString",
    "MultiPoint",
    "MultiPolygon",
    "Point",
    "Polygon",
)

# --- processes --------------------------------------------------------------------------------


def occurs(data: Mapping[str, Any], key: str) -> int | str | None:
    """Return a number of occurrences as sent: an integer, ``unbounded``, or its text."""
    value = data.get(key)
    if value is None or (isinstance(value, (int, str)) and not isinstance(value, bool)):
        return value
    raise expected("an integer or 'unbounded'", value, key)


class OutputDescription(Document):
    """What a process gives out (S/outputDescription)."""

    schema: Schema | None
    title: str | None
    description: str | None
    keywords: Sequence[str]
    metadata: Sequence[Metadata]
    additionalParameters: AdditionalParameters | None
    minOccurs: int | str | None
    maxOccurs: int | str | None
    extra: Mapping[str, Any]

    def __init__(
        self,
        schema: Schema | None = None,
        title: str | None = None,
        description: str | None = None,
        keywords: Sequence[str] = (),
        metadata: Sequence[Metadata] = (),
        additionalParameters: AdditionalParameters | None = None,
        minOccurs: int | str | None = None,
        maxOccurs: int | str | None = None,
        extra: Mapping[str, Any] = NOTHING,
    ) -> None:
        self.schema = schema
        self.title = title
        self.description = description
        self.keywords = keywords
        self.metadata = metadata
        self.additionalParameters = additionalParameters
        self.minOccurs = minOccurs
        self.maxOccurs = maxOccurs
        self.extra = extra

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the description that a server sent."""
        data = whole_object(data)
        return cls(
            optional(data, "schema", Schema.from_dict),
            text(data, "title"),
            text(data, "description"),
            texts(data, "keywords"),
            metadata_of(data),
            optional(data, "additionalParameters", AdditionalParameters.from_dict),
            occurs(data, "minOccurs"),
            occurs(data, "maxOccurs"),
            rest(data, known_of(data, DATA_DESCRIPTION)),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the description as JSON can hold it."""
        return members_of(
            self.extra,
            title=self.title,
            description=self.description,
            keywords=words(self.keywords),
            metadata=dicts(self.metadata),
            additionalParameters=dict_of(self.additionalParameters),
            minOccurs=self.minOccurs,
            maxOccurs=self.maxOccurs,
            schema=dict_of(self.schema),
        )

    @property
    def is_required(self) -> bool:
        """Whether at least one value is wanted; ``minOccurs`` is 1 where it is not stated."""
        return self.minOccurs not in {0, "0"}

    @property
    def is_multiple(self) -> bool:
        """Whether more than one value is allowed, and the value is therefore an array of them."""
        return self.maxOccurs not in {None, 0, 1, "0", "1"}


class InputDescription(OutputDescription):
    """What a process takes in (S/inputDescription); 2.0's `valuePassing` is in ``extra``."""

    __slots__ = ()


def metadata_of(data: Mapping[str, Any]) -> Sequence[Metadata]:
    """Return the metadata; one that is no array (fastprocesses) stays in ``extra``."""
    if isinstance(data.get("metadata"), list):
        return objects(data, "metadata", Metadata.from_dict)
    return ()


def known_of(data: Mapping[str, Any], known: frozenset[str]) -> frozenset[str]:
    """Return the members that attributes carry, less a metadata that could not be read."""
    return known if isinstance(data.get("metadata", ()), (list, tuple)) else known - {"metadata"}


DATA_DESCRIPTION = frozenset(
    {
        "schema",
        "title",
        "description",
        "keywords",
        "metadata",
        "additionalParameters",
        "minOccurs",
        "maxOccurs",
    }
)


class ProcessSummary(Document):
    """An entry of the process list (S/processSummary)."""

    id: str
    version: str | None
    title: str | None
    description: str | None
    keywords: Sequence[str]
    metadata: Sequence[Metadata]
    additionalParameters: AdditionalParameters | None
    jobControlOptions: Sequence[str]
    outputTransmission: Sequence[str]
    mutable: bool | None
    links: Sequence[Link]
    extra: Mapping[str, Any]

    def __init__(
        self,
        id: str,
        version: str | None = None,
        title: str | None = None,
        description: str | None = None,
        keywords: Sequence[str] = (),
        metadata: Sequence[Metadata] = (),
        additionalParameters: AdditionalParameters | None = None,
        jobControlOptions: Sequence[str] = (),
        outputTransmission: Sequence[str] = (),
        mutable: bool | None = None,
        links: Sequence[Link] = (),
        extra: Mapping[str, Any] = NOTHING,
    ) -> None:
        self.id = id
        self.version = version
        self.title = title
        self.description = description
        self.keywords = keywords
        self.metadata = metadata
        self.additionalParameters = additionalParameters
        self.jobControlOptions = jobControlOptions
        self.outputTransmission = outputTransmission
        self.mutable = mutable
        self.links = links
        self.extra = extra

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the summary that a server sent, or the one of a bare id (weaver)."""
        if isinstance(data, str):
            return cls(data)
        if cls is ProcessSummary:
            summary = complete_summary(data)
            if summary is not None:
                return summary  # type: ignore[return-value] # cls is ProcessSummary
        data = whole_object(data)
        members = *summary_members(data), summary_rest(data, SUMMARY)
        return cls(*members)

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as JSON can hold it."""
        version = self.version
        if "version" in self.extra and str(self.extra["version"]) == version:
            version = None  # sent as a number, and kept as one
        return members_of(
            self.extra,
            id=self.id,
            version=version,
            title=self.title,
            description=self.description,
            keywords=words(self.keywords),
            metadata=dicts(self.metadata),
            additionalParameters=dict_of(self.additionalParameters),
            jobControlOptions=words(self.jobControlOptions),
            outputTransmission=words(self.outputTransmission),
            mutable=self.mutable,
            links=dicts(self.links),
        )


def complete_summary(data: Any) -> ProcessSummary | None:
    """Return the summary where it holds its eight usual members, as they should be, else None."""
    if type(data) is not dict or len(data) != COMPLETE_SUMMARY:
        return None
    try:
        id_, version, title, description = summary_texts = SUMMARY_TEXTS(data)
        keywords, controls, modes, sent_links = SUMMARY_ARRAYS(data)
        all_texts(summary_texts)
        all_texts(keywords)
        links: list[Any] = [*map(ordinary_link, sent_links)]
        summary: ProcessSummary = new(ProcessSummary)
        summary.keywords = keywords[:]
        summary.jobControlOptions = [*map(CONTROLS.__getitem__, controls)]
        summary.outputTransmission = [*map(MODES.__getitem__, modes)]
    except (KeyError, TypeError):
        return None
    if not all(links) or not (  # None among them; `in` would compare each link with None
        type(keywords) is type(controls) is type(modes) is type(sent_links) is list
    ):
        return None
    summary.id = id_
    summary.version = version
    summary.title = title
    summary.description = description
    summary.metadata = ()
    summary.additionalParameters = None
    summary.mutable = None
    summary.links = links
    summary.extra = NOTHING
    return summary


SUMMARY_TEXTS = itemgetter("id", "version", "title", "description")
SUMMARY_ARRAYS = itemgetter("keywords", "jobControlOptions", "outputTransmission", "links")
COMPLETE_SUMMARY = 8


def summary_members(data: dict[str, Any]) -> tuple[Any, ...]:
    """Return what the attributes of a summary hold, in their order, ``extra`` left out."""
    version = data.get("version")
    if not isinstance(version, str):
        version = number(data, "version")
        version = None if version is None else str(version)
    return (
        required_text(data, "id"),
        version,
        text(data, "title"),
        text(data, "description"),
        texts(data, "keywords"),
        metadata_of(data),
        optional(data, "additionalParameters", AdditionalParameters.from_dict),
        texts(data, "jobControlOptions", CONTROLS),
        texts(data, "outputTransmission", MODES),
        flag(data, "mutable"),
        objects(data, "links", Link.from_dict),
    )


def summary_rest(data: dict[str, Any], known: frozenset[str]) -> Mapping[str, Any]:
    """Return the members of a summary that no attribute carries to the letter."""
    if isinstance(data.get("version"), (int, float)):
        known = known - {"version"}
    return rest(data, known_of(data, known))


SUMMARY = frozenset(
    {
        "id",
        "version",
        "title",
        "description",
        "keywords",
        "metadata",
        "additionalParameters",
        "jobControlOptions",
        "outputTransmission",
        "mutable",
        "links",
    }
)


class ProcessDescription(ProcessSummary):
    """A process with its inputs and outputs (`/req/ogc-process-description`)."""

    inputs: Mapping[str, InputDescription]
    outputs: Mapping[str, OutputDescription]

    def __init__(
        self,
        *summary: Any,
        inputs: Mapping[str, InputDescription] = NOTHING,
        outputs: Mapping[str, OutputDescription] = NOTHING,
        **members: Any,
    ) -> None:
        super().__init__(*summary, **members)
        self.inputs = inputs
        self.outputs = outputs

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the description that a server sent."""
        data = whole_object(data)
        return cls(
            *summary_members(data),
            summary_rest(data, DESCRIPTION),
            inputs=mapped(data, "inputs", InputDescription.from_dict),
            outputs=mapped(data, "outputs", OutputDescription.from_dict),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the description as JSON can hold it."""
        data = super().to_dict()
        data.update(
            members_of(
                NOTHING, inputs=dicts_by_name(self.inputs), outputs=dicts_by_name(self.outputs)
            )
        )
        return data


DESCRIPTION = SUMMARY | {"inputs", "outputs"}


class ProcessList(Document):
    """A page of the process list (`/req/core/process-list-success`)."""

    processes: Sequence[ProcessSummary]
    links: Sequence[Link]
    extra: Mapping[str, Any]

    def __init__(
        self,
        processes: Sequence[ProcessSummary],
        links: Sequence[Link] = (),
        extra: Mapping[str, Any] = NOTHING,
    ) -> None:
        self.processes = processes
        self.links = links
        self.extra = extra

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the page that a server sent."""
        data = whole_object(data)
        if isinstance(data.get("processes"), list):
            data = {**data, "processes": data["processes"][:]}
        return cls._adopt(data)

    @classmethod
    def _adopt(cls, data: Any) -> Self:
        data = page_with(data, "processes")
        return cls(
            objects(data, "processes", ProcessSummary.from_dict, in_place=True),
            objects(data, "links", Link.from_dict),
            rest(data, PROCESS_LIST),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the page as JSON can hold it."""
        return members_of(self.extra, processes=dicts(self.processes), links=dicts(self.links))

    @property
    def entries(self) -> Sequence[ProcessSummary]:
        """The entries of the page: its processes."""
        return self.processes


PROCESS_LIST = frozenset({"processes", "links"})

# --- requests ---------------------------------------------------------------------------------


class Output(Document):
    """How one output is wanted (S/output): its format and, in 1.0, by value or by reference."""

    format: Format | None
    transmissionMode: str | None
    extra: Mapping[str, Any]

    def __init__(
        self,
        format: Format | None = None,
        transmissionMode: str | None = None,
        extra: Mapping[str, Any] = NOTHING,
    ) -> None:
        self.format = format
        self.transmissionMode = transmissionMode
        self.extra = extra

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the selection read from JSON."""
        data = whole_object(data)
        mode = text(data, "transmissionMode")
        return cls(
            optional(data, "format", Format.from_dict), MODES.get(mode, mode), rest(data, OUTPUT)
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the selection as a server reads it."""
        return members_of(
            self.extra, format=dict_of(self.format), transmissionMode=word(self.transmissionMode)
        )


OUTPUT = frozenset({"format", "transmissionMode"})


class Subscriber(Document):
    """Where a server is to call back (`/req/callback/job-callback`)."""

    successUri: str | None
    inProgressUri: str | None
    failedUri: str | None
    extra: Mapping[str, Any]

    def __init__(
        self,
        successUri: str | None = None,
        inProgressUri: str | None = None,
        failedUri: str | None = None,
        extra: Mapping[str, Any] = NOTHING,
    ) -> None:
        self.successUri = successUri
        self.inProgressUri = inProgressUri
        self.failedUri = failedUri
        self.extra = extra

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the subscriber read from JSON."""
        data = whole_object(data)
        return cls(
            text(data, "successUri"),
            text(data, "inProgressUri"),
            text(data, "failedUri"),
            rest(data, SUBSCRIBER),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the subscriber as a server reads it."""
        return members_of(
            self.extra,
            successUri=self.successUri,
            inProgressUri=self.inProgressUri,
            failedUri=self.failedUri,
        )


SUBSCRIBER = frozenset({"successUri", "inProgressUri", "failedUri"})


class ProcessRequest(Document):
    """What an execution is asked with (S/execute).

    Inputs are plain Python values, written by the standard's rules: an object is wrapped in
    ``value`` unless it is a Link, a QualifiedValue or a Bbox or looks like one; bytes and files
    (a Path) go as base64 or text with their media type. Outputs left out means all of them
    (`/req/core/process-execute-default-outputs`), ``{}`` means none where a server speaks 2.0.
    """

    inputs: Mapping[str, Any]
    outputs: Mapping[str, Output] | None
    response: str | None
    subscriber: Subscriber | None
    extra: Mapping[str, Any]

    def __init__(
        self,
        inputs: Mapping[str, Any] | None = None,
        outputs: Mapping[str, Any] | Sequence[str] | None = None,
        response: str | None = None,
        subscriber: Subscriber | Mapping[str, Any] | None = None,
        extra: Mapping[str, Any] = NOTHING,
    ) -> None:
        self.inputs = {} if inputs is None else inputs
        self.outputs = None if outputs is None else selections(outputs)
        self.response = RESPONSES.get(response, response)
        self.subscriber = (
            Subscriber.from_dict(subscriber) if isinstance(subscriber, Mapping) else subscriber
        )
        self.extra = extra

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the request read from JSON, its inputs as they stand there."""
        data = whole_object(data)
        inputs = data.get("inputs")
        if inputs is not None and not isinstance(inputs, dict):
            raise expected("an object", inputs, "inputs")
        outputs = mapped(data, "outputs", Output.from_dict)
        return cls(
            inputs,
            None if outputs is NOTHING else outputs,
            text(data, "response"),
            optional(data, "subscriber", Subscriber.from_dict),
            rest(data, REQUEST),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the request as a server reads it: ``inputs`` always, the rest where it is set.

        Raises TypeError, naming the input, for a value that cannot be written, and ValueError for
        a file that does not hold what its name says.
        """
        inputs = {}
        for name, value in self.inputs.items():
            try:
                inputs[str(name)] = encode_input(value)
            except TypeError as error:
                raise TypeError(f"input {name!r}: {error}") from None
            except ValueError as error:
                raise ValueError(f"input {name!r}: {error}") from None
        return members_of(
            self.extra,
            inputs=inputs,
            outputs=None if self.outputs is None else dicts_by_name(self.outputs),
            response=word(self.response),
            subscriber=dict_of(self.subscriber),
        )


REQUEST = frozenset({"inputs", "outputs", "response", "subscriber"})


def selections(outputs: Mapping[str, Any] | Sequence[str]) -> dict[str, Output]:
    """Return the outputs asked for: names alone, or names with an Output, a dict or None."""
    if isinstance(outputs, str):
        raise TypeError(f"outputs is a mapping or a list of names, not the text {outputs!r}")
    if not isinstance(outputs, Mapping):
        return {name: Output() for name in outputs}
    return {
        name: output if isinstance(output, Output) else Output.from_dict(output or {})
        for name, output in outputs.items()
    }


# --- errors -----------------------------------------------------------------------------------


class ApiError(Document):
    """A problem document (S/exception; RFC 7807)."""

    type: str | None
    title: str | None
    status: int | None
    detail: str | None
    instance: str | None
    extra: Mapping[str, Any]

    def __init__(
        self,
        type: str | None = None,
        title: str | None = None,
        status: int | None = None,
        detail: str | None = None,
        instance: str | None = None,
        extra: Mapping[str, Any] = NOTHING,
    ) -> None:
        self.type = type
        self.title = title
        self.status = status
        self.detail = detail
        self.instance = instance
        self.extra = extra

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the problem that a server sent; a member of the wrong type goes to ``extra``.

        An error about an error would hide the first one, so nothing here is refused but what is
        no object at all.
        """
        data = whole_object(data)
        members = {
            name: data[name]
            for name, kind in PROBLEM.items()
            if isinstance(data.get(name), kind) and not isinstance(data[name], bool)
        }
        return cls(**members, extra=rest(data, frozenset(members)))

    def to_dict(self) -> dict[str, Any]:
        """Return the problem as JSON can hold it."""
        return members_of(
            self.extra,
            type=self.type,
            title=self.title,
            status=self.status,
            detail=self.detail,
            instance=self.instance,
        )


PROBLEM = {"type": str, "title": str, "status": int, "detail": str, "instance": str}

# --- jobs -------------------------------------------------------------------------------------


class JobContext:
    """What the client knows of a job beside its document; each job has its own."""

    __slots__ = ("id_member", "outputs", "times", "token", "url")

    def __init__(self, id_member: str = "jobID", times: Sequence[Any] = (None,) * 4) -> None:
        #: The job's URL, if the server or the caller gave one.
        self.url: str | None = None
        #: The ids of the outputs that were asked for; empty for all.
        self.outputs: tuple[str, ...] = ()
        #: The token of the job's callbacks, if it has any.
        self.token: str | None = None
        #: The member that the job's id was read from.
        self.id_member = id_member
        #: The texts of the four timestamps as they were sent.
        self.times = times

    def continue_from(self, earlier: JobContext) -> None:
        """Take over what does not come with each state of the job."""
        self.url, self.outputs, self.token = earlier.url, earlier.outputs, earlier.token


class WithContext(Document):
    """A document that has a context."""

    __slots__ = ("_context",)


class JobInfo(WithContext):
    """A job's state: statusInfo of 1.0, 2.0 and Part 4 in one (`/req/core/job-success`).

    ``jobID`` is read from ``jobID`` or ``id``. A timestamp is an aware ``datetime``, UTC where
    the server named no zone; one that cannot be read is None and stands in ``extra``. ``progress``
    is in per cent. ``results`` is no member of the document: it holds the results that came
    with the answer to an execute request, where they did.
    """

    jobID: str
    status: str
    processID: str | None
    type: str | None
    message: str | None
    progress: float | None
    created: datetime | None
    started: datetime | None
    finished: datetime | None
    updated: datetime | None
    links: Sequence[Link]
    extra: Mapping[str, Any]
    results: JobResults | None

    def __init__(  # noqa: PLR0913 - the document has this many members
        self,
        jobID: str,
        status: str = "",
        processID: str | None = None,
        type: str | None = None,
        message: str | None = None,
        progress: float | None = None,
        created: datetime | None = None,
        started: datetime | None = None,
        finished: datetime | None = None,
        updated: datetime | None = None,
        links: Sequence[Link] = (),
        extra: Mapping[str, Any] = NOTHING,
        results: JobResults | None = None,
    ) -> None:
        self.jobID = jobID
        self.status = status
        self.processID = processID
        self.type = type
        self.message = message
        self.progress = progress
        self.created = created
        self.started = started
        self.finished = finished
        self.updated = updated
        self.links = links
        self.extra = extra
        self.results = results
        self._context = JobContext()

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the job that a server sent, or the one of a bare id (weaver)."""
        if cls is JobInfo:
            job = complete_job(data)
            if job is not None:
                return job  # type: ignore[return-value] # cls is JobInfo
        if isinstance(data, str):
            return cls(data)
        data = whole_object(data)
        id_member = "id" if data.get("jobID") is None and "id" in data else "jobID"
        status = text(data, "status") or ""
        type_ = text(data, "type")
        progress = data.get("progress")
        job = cls(
            required_text(data, id_member),
            STATUSES.get(status, status),
            text(data, "processID"),
            type_ and TYPES.get(type_, type_),
            text(data, "message"),
            progress if type(progress) in {int, float} else None,
            moment(data.get("created")),
            moment(data.get("started")),
            moment(data.get("finished")),
            moment(data.get("updated")),
            objects(data, "links", Link.from_dict),
        )
        job._context = JobContext(id_member, [*map(data.get, TIMES)])
        unread = [name for name in UNREADABLE if getattr(job, name) in (None, "")]
        job.extra = rest(data, JOB.difference(unread) | {id_member})
        return job

    def to_dict(self) -> dict[str, Any]:
        """Return the job as JSON can hold it; timestamps as the server wrote them."""
        id_member = self._context.id_member
        created, started, finished, updated = self._context.times
        return members_of(
            self.extra,
            **{id_member: self.jobID},
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


TIMES = ("created", "started", "finished", "updated")
#: Attributes that are None (or an empty status) where the member could not be read, which then
#: stays in ``extra``.
UNREADABLE = ("status", "progress", *TIMES)
JOB = frozenset({"status", "processID", "type", "message", "progress", "links", *TIMES})


def complete_job(data: Any) -> JobInfo | None:
    """Return the job where it holds the eleven members of 1.0, each as it should be, else None.

    Comparing each time with one that is aware is the cheapest way to refuse those that are not.
    """
    if type(data) is not dict or len(data) != COMPLETE_JOB:
        return None
    try:
        job_id, status, process_id, type_, message, *times = job_texts = JOB_TEXTS(data)
        progress = data["progress"]
        sent_links = data["links"]
        links: list[Any] = [*map(ordinary_link, sent_links)]
        all_texts(job_texts)
        status_word = STATUSES[status]
        created, started, finished, updated = map(from_iso, times)
        if (
            not all(links)  # None among them; `in` would compare each link with None
            or type(sent_links) is not list
            or type(progress) is not int
            or created > LAST
            or started > LAST
            or finished > LAST
            or updated > LAST
        ):
            return None
    except (KeyError, TypeError, ValueError):
        return None
    job: JobInfo = new(JobInfo)
    job.jobID = job_id
    job.status = status_word
    job.processID = process_id
    job.type = TYPES.get(type_, type_)
    job.message = message
    job.progress = progress
    job.created = created
    job.started = started
    job.finished = finished
    job.updated = updated
    job.links = links
    job.extra = NOTHING
    job.results = None
    job._context = JobContext("jobID", times)
    return job


COMPLETE_JOB = 11
JOB_TEXTS = itemgetter("jobID", "status", "processID", "type", "message", *TIMES)
LAST = datetime.max.replace(tzinfo=timezone.utc)


class JobList(Document):
    """A page of the job list (`/req/job-list/job-list-success`)."""

    jobs: Sequence[JobInfo]
    links: Sequence[Link]
    extra: Mapping[str, Any]

    def __init__(
        self,
        jobs: Sequence[JobInfo],
        links: Sequence[Link] = (),
        extra: Mapping[str, Any] = NOTHING,
    ) -> None:
        self.jobs = jobs
        self.links = links
        self.extra = extra

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the page that a server sent; an entry may be a bare id (weaver)."""
        data = whole_object(data)
        if isinstance(data.get("jobs"), list):
            data = {**data, "jobs": data["jobs"][:]}
        return cls._adopt(data)

    @classmethod
    def _adopt(cls, data: Any) -> Self:
        data = page_with(data, "jobs")
        return cls(
            objects(data, "jobs", JobInfo.from_dict, in_place=True),
            objects(data, "links", Link.from_dict),
            rest(data, JOB_LIST),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the page as JSON can hold it."""
        return members_of(self.extra, jobs=dicts(self.jobs), links=dicts(self.links))

    @property
    def entries(self) -> Sequence[JobInfo]:
        """The entries of the page: its jobs."""
        return self.jobs


JOB_LIST = frozenset({"jobs", "links"})


def page_with(data: Any, entries: str) -> dict[str, Any]:
    """Return a page of a list; raises DocumentError for an object that is plainly none.

    Some object that came in its place (bbox-server passes on another service's answer) would
    else look like an empty list.
    """
    page = whole_object(data)
    if entries not in page and "links" not in page:
        raise DocumentError(f"missing required member {entries!r}")
    return page


# --- results ----------------------------------------------------------------------------------


class JobResults(Mapping[str, "Any"]):
    """A job's results: a mapping of output id to value (S/results).

    An inline value is the plain Python value, a qualified value (or a raw body) a
    QualifiedValue, a reference a Link. A raw value whose output the server did not name, and
    nobody could, has the empty id. What came over the wire stays at hand in ``status``,
    ``headers`` and ``body``.
    """

    __slots__ = ("body", "headers", "status", "values_")

    def __init__(
        self,
        values: Mapping[str, Any],
        *,
        status: int = 0,
        headers: Mapping[str, str] = NOTHING,
        body: bytes = b"",
    ) -> None:
        self.values_ = dict(values)
        #: The HTTP status of the answer; 0 where the results came from no answer.
        self.status = status
        #: The header fields of the answer, case-insensitive.
        self.headers = headers
        #: The body of the answer as it came.
        self.body = body

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the results that a server sent as a results document."""
        return cls({name: result_value(value) for name, value in whole_object(data).items()})

    def to_dict(self) -> dict[str, Any]:
        """Return the results as a results document: bytes as base64 text."""
        return {name: encode_json(value) for name, value in self.values_.items()}

    @property
    def __geo_interface__(self) -> Any:
        """The output that is GeoJSON, where there is exactly one; else no such attribute."""
        found = [output for output in map(geojson, self.values_.values()) if output is not None]
        if len(found) != 1:
            raise AttributeError(f"{len(found)} outputs are GeoJSON, not one")
        return found[0]

    def __getitem__(self, output: str) -> Any:
        return self.values_[output]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_)

    def __len__(self) -> int:
        return len(self.values_)

    def __repr__(self) -> str:
        return repr(self.values_)

    def _repr_html_(self) -> str:
        return html_table(type(self).__name__, iter(self.items()))


def result_value(value: Any) -> Any:
    """Return a value of a results document: a QualifiedValue or a Link where it clearly is one.

    Clearly: an object with ``value`` (or ``href``) that has no member foreign to a qualified
    value (or a link), alone or in an array (S/values). Anything else stays as it was sent.
    """
    if isinstance(value, list):
        return [single_value(item) for item in value]
    return single_value(value)


def single_value(value: Any) -> Any:
    """Return what ``result_value`` returns, of a value that is no array of values."""
    if not isinstance(value, dict):
        return value
    try:
        if "value" in value and QUALIFIED_RESULT.issuperset(value):
            return linked_asset(value) or with_format(QualifiedValue.from_dict(value))
        if "href" in value and LINKED_RESULT.issuperset(value):
            return with_format(Link.from_dict(value))
    except DocumentError:
        pass
    return value


def with_format(value: Any) -> Any:
    """Return a qualified value or a link that knows its media type.

    It may stand in ``format`` (ZOO-Project, and the drafts of 1.0), a link's in ``mediaType``
    (GeoServer). Both stay in ``extra``.
    """
    form = {**value.extra}
    if isinstance(form.get("format"), dict):
        form = {**form["format"], **form}
    names = ("mediaType", "encoding", "schema") if isinstance(value, QualifiedValue) else ("type",)
    for name in names:
        told = form.get("mediaType" if name == "type" else name)
        if getattr(value, name) is None and (isinstance(told, str) or name == "schema"):
            setattr(value, name, told)
    return value


def linked_asset(value: Mapping[str, Any]) -> Link | None:
    """Return the link to a file that an object in ``value`` is, or None.

    ``{"value": {"href": ..., "type": ..., "file:size": ...}}`` is what Copernicus stores answer.
    The URL must be a whole one: an object of a process's own might be called that, too.
    """
    asset = value["value"]
    if len(value) > 1 or not isinstance(asset, dict) or not isinstance(asset.get("href"), str):
        return None
    a_link = isinstance(asset.get("type"), str) and LINKED_RESULT.issuperset(asset)
    a_file = any(name.startswith("file:") for name in asset)
    return Link.from_dict(asset) if "://" in asset["href"] and (a_link or a_file) else None


QUALIFIED_RESULT = QUALIFIED_VALUE | {"format"}
LINKED_RESULT = LINK | {"mediaType", "format"}
