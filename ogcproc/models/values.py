"""Values and their formats: schemas, bounding boxes, qualified values, a job's results, GeoJSON."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ._base import Document, Members, Self, encode_json, members_of, notebook_html
from ._fields import expected, required_text, text, whole_object
from .common import LINK, Link

__all__ = [
    "QUALIFIED_RESULT",
    "Bbox",
    "Format",
    "JobResults",
    "QualifiedValue",
    "Schema",
    "geojson",
    "result_value",
    "single_value",
]


def keyword(name: str, doc: str) -> property:
    """Return a property that is a keyword of the schema as sent, or None."""
    return property(lambda schema: schema.get(name), doc=doc)


@dataclass(slots=True, eq=False, repr=False)
class Schema(Document):
    """A value's schema exactly as the server sent it, with accessors for what people ask of it.

    1.0 uses the dialect of OpenAPI 3.0, 2.0 that of JSON Schema 2020-12, in which a schema may
    also be ``true`` or ``false``. Neither is interpreted: ``document`` is the whole schema, and an
    accessor returns a keyword of it, or None.
    """

    document: Any

    type: ClassVar[property] = keyword("type", "The type, a text; in 2.0 also a list of types.")
    format: ClassVar[property] = keyword("format", "The format, as ``date-time`` or ``ogc-bbox``.")
    title: ClassVar[property] = keyword("title", "The title.")
    description: ClassVar[property] = keyword("description", "The description.")
    default: ClassVar[property] = keyword(
        "default", "The default value; None also if there is none (see ``document``)."
    )
    enum: ClassVar[property] = keyword("enum", "The list of values allowed.")
    minimum: ClassVar[property] = keyword("minimum", "The lower bound.")
    maximum: ClassVar[property] = keyword("maximum", "The upper bound.")
    exclusiveMinimum: ClassVar[property] = keyword(
        "exclusiveMinimum", "In 1.0 whether ``minimum`` is excluded, in 2.0 the excluded bound."
    )
    exclusiveMaximum: ClassVar[property] = keyword(
        "exclusiveMaximum", "In 1.0 whether ``maximum`` is excluded, in 2.0 the excluded bound."
    )
    pattern: ClassVar[property] = keyword("pattern", "The regular expression a text must match.")
    required: ClassVar[property] = keyword("required", "The names of the members it must have.")
    contentMediaType: ClassVar[property] = keyword(
        "contentMediaType", "The media type of a text's content."
    )
    contentEncoding: ClassVar[property] = keyword(
        "contentEncoding", "The encoding of a text's content, such as ``base64`` or ``binary``."
    )

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

    @property
    def nullable(self) -> bool:
        """Whether null is allowed: ``nullable`` (1.0), or ``null`` among the types (2.0)."""
        types = self.get("type")
        return (
            self.get("nullable") is True
            or types == "null"
            or (isinstance(types, list) and "null" in types)
        )

    @property
    def properties(self) -> dict[str, Schema]:
        """The schemas of an object's members, by name."""
        value = self.get("properties")
        members = value.items() if isinstance(value, dict) else ()
        return {name: Schema(item) for name, item in members if isinstance(item, (dict, bool))}

    @property
    def items(self) -> Schema | None:
        """The schema of an array's items."""
        value = self.get("items")
        return Schema(value) if isinstance(value, (dict, bool)) else None

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

    def _schemas(self, name: str) -> list[Schema]:
        value = self.get(name)
        return [Schema(item) for item in value] if isinstance(value, list) else []


@dataclass(slots=True, eq=False, repr=False)
class Format(Document):
    """A value's format (S/format); ``schema`` is a URL or a schema."""

    mediaType: str | None = None
    encoding: str | None = None
    schema: Any = None
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        data = whole_object(data)
        return cls(
            mediaType=text(data, "mediaType"),
            encoding=text(data, "encoding"),
            schema=data.get("schema"),
            extra=FORMAT.rest(data),
        )

    def to_dict(self) -> dict[str, Any]:
        return members_of(
            self.extra, mediaType=self.mediaType, encoding=self.encoding, schema=self.schema
        )


FORMAT = Members(Format)


@dataclass(slots=True, eq=False, repr=False)
class Bbox(Document):
    """A bounding box of four or six numbers (S/bbox); without a ``crs`` it is in CRS84."""

    bbox: Sequence[float]
    crs: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bbox = list(self.bbox)
        if len(self.bbox) not in {4, 6}:
            raise ValueError(f"a bounding box has four or six numbers, not {len(self.bbox)}")

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        data = whole_object(data)
        value = data.get("bbox")
        if not isinstance(value, list) or len(value) not in {4, 6}:
            raise expected("an array of four or six numbers", value, "bbox")
        for index, item in enumerate(value):
            if isinstance(item, bool) or not isinstance(item, (int, float)):
                raise expected("a number", item, f"bbox[{index}]")
        return cls(
            bbox=value,
            crs=text(data, "crs"),
            extra=BBOX.rest(data),
        )

    def to_dict(self) -> dict[str, Any]:
        return members_of(self.extra, bbox=self.bbox, crs=self.crs)


BBOX = Members(Bbox)


@dataclass(slots=True, eq=False, repr=False)
class QualifiedValue(Document):
    """A value with its format (S/qualifiedValue), or a raw body with its media type.

    A body's value is bytes for binary, str for text and decoded JSON for JSON.
    """

    value: Any
    mediaType: str | None = None
    encoding: str | None = None
    schema: Any = None
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the qualified value that a server sent; ``value`` must be there."""
        data = whole_object(data)
        if "value" not in data:
            required_text(data, "value")
        return cls(
            value=data["value"],
            mediaType=text(data, "mediaType"),
            encoding=text(data, "encoding"),
            schema=data.get("schema"),
            extra=QUALIFIED_VALUE.rest(data),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the value as JSON can hold it: bytes as base64 text."""
        encoding = self.encoding
        if encoding is None and isinstance(self.value, (bytes, bytearray, memoryview)):
            encoding = "base64"
        others = members_of(
            self.extra, mediaType=self.mediaType, encoding=encoding, schema=self.schema
        )
        return {"value": None} | others | {"value": encode_json(self.value)}

    @property
    def __geo_interface__(self) -> Any:
        """The value, if it is GeoJSON; otherwise there is no such attribute."""
        geometry = geojson(self)
        if geometry is None:
            raise AttributeError(f"no GeoJSON: {self.mediaType or type(self.value).__name__}")
        return geometry

    @property
    def plain(self) -> Any:
        """The value alone; base64 is decoded, to a str if it is a text, else to bytes."""
        content = self.content
        if content is not self.value and (charset := charset_of(self.mediaType)):
            with suppress(ValueError):
                return content.decode(charset)
        return content

    @property
    def content(self) -> Any:
        """The value alone: bytes if it is base64 text, otherwise as it is."""
        if self.encoding != "base64" or not isinstance(self.value, str):
            return self.value
        try:
            return b64decode(self.value)
        except ValueError:
            return self.value


QUALIFIED_VALUE = Members(QualifiedValue)


#: Charsets of texts, by which decoding takes time proportional to the text.
CHARSETS = frozenset({"utf-8", "us-ascii", "iso-8859-1", "latin-1", "windows-1252"})


def charset_of(media_type: str | None) -> str | None:
    """Return the charset of a text's media type, UTF-8 if it names none; None for no text."""
    essence, _, rest = (media_type or "").lower().partition(";")
    charset = rest.partition("charset=")[2].partition(";")[0].strip(' "') or "utf-8"
    return charset if essence.startswith("text/") and charset in CHARSETS else None


def geojson(value: Any) -> Any:
    """Return the GeoJSON object (RFC 7946) that a value is, qualified or plain, or None.

    It is recognized by its ``type`` or its media type.
    """
    media_type = ""
    if isinstance(value, QualifiedValue):
        value, media_type = value.value, value.mediaType or ""
    if not isinstance(value, dict):
        return None
    is_geojson = media_type.startswith("application/geo+json") or value.get("type") in GEOJSON
    return value if is_geojson else None


# A tuple, because a ``type`` may be a list, which no set can look up.
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


@dataclass(slots=True, eq=False, repr=False)
class JobResults(Mapping[str, Any]):
    """A job's results: a mapping of output id to value (S/results).

    An inline value is the plain Python value, a qualified value (or a raw body) a
    QualifiedValue, a reference a Link. A raw value whose output nothing names has the empty id.
    ``status``, ``headers`` and ``body`` hold the answer as it came.
    """

    #: The values by output id.
    outputs: dict[str, Any]
    #: The HTTP status of the answer; 0 if the results came from no answer.
    status: int = 0
    #: The header fields of the answer, case-insensitive.
    headers: Mapping[str, str] = field(default_factory=dict)
    #: The body of the answer as it came.
    body: bytes = b""

    def __post_init__(self) -> None:
        self.outputs = dict(self.outputs)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the results that a server sent as a results document."""
        return cls({name: result_value(value) for name, value in whole_object(data).items()})

    def to_dict(self) -> dict[str, Any]:
        """Return the results as a results document: bytes as base64 text."""
        return {name: encode_json(value) for name, value in self.outputs.items()}

    @property
    def __geo_interface__(self) -> Any:
        """The output that is GeoJSON, if there is exactly one; else no such attribute."""
        found = [output for output in map(geojson, self.outputs.values()) if output is not None]
        if len(found) != 1:
            raise AttributeError(f"{len(found)} outputs are GeoJSON, not one")
        return found[0]

    def plain(self) -> dict[str, Any]:
        """Return the plain values by output id; Links stay as they are."""
        return {name: plain(value) for name, value in self.outputs.items()}

    def __getitem__(self, output: str) -> Any:
        return self.outputs[output]

    def __iter__(self) -> Iterator[str]:
        return iter(self.outputs)

    def __len__(self) -> int:
        return len(self.outputs)

    def __repr__(self) -> str:
        return repr(self.outputs)

    def _repr_html_(self) -> str | None:
        return notebook_html(self)


def plain(value: Any) -> Any:
    """Return a value without its format, alone or in an array."""
    if isinstance(value, list):
        return [*map(plain, value)]
    return value.plain if isinstance(value, QualifiedValue) else value


QUALIFIED_RESULT = QUALIFIED_VALUE.names | {"format"}
LINKED_RESULT = LINK.names | {"mediaType", "format"}


def result_value(value: Any) -> Any:
    """Return a value of a results document: a QualifiedValue or a Link if it clearly is one.

    It is one if it is an object with ``value`` (or ``href``) and without any member foreign to a
    qualified value (or a link), alone or in an array (S/values). Anything else stays as it is.
    """
    return [*map(single_value, value)] if isinstance(value, list) else single_value(value)


def single_value(value: Any) -> Any:
    """Return what ``result_value`` returns, of a value that is no array of values."""
    if not isinstance(value, dict):
        return value
    read: QualifiedValue | Link | None = None
    if "value" in value and QUALIFIED_RESULT.issuperset(value):
        read = linked_asset(value) or QualifiedValue.from_dict(value)
    elif isinstance(value.get("href"), str) and LINKED_RESULT.issuperset(value):
        read = Link.from_dict(value)
    if read is None:
        return value
    known = LINK.names if isinstance(read, Link) else QUALIFIED_VALUE.names
    is_odd = any(read.extra.get(name) is not None for name in known)
    return value if is_odd else with_format(read)


def with_format(value: QualifiedValue | Link) -> QualifiedValue | Link:
    """Return a qualified value or a link that knows its media type.

    It may stand in ``format`` (ZOO-Project, and the drafts of 1.0), a link's in ``mediaType``
    (GeoServer). Both stay in ``extra``.
    """
    form = value.extra.get("format")
    form = {**form, **value.extra} if isinstance(form, dict) else value.extra
    names = ("type",) if isinstance(value, Link) else ("mediaType", "encoding", "schema")
    for name in names:
        stated = form.get("mediaType" if name == "type" else name)
        if getattr(value, name) is None and (isinstance(stated, str) or name == "schema"):
            setattr(value, name, stated)
    return value


def linked_asset(value: Mapping[str, Any]) -> Link | None:
    """Return the link to a file that an object in ``value`` is, or None.

    Copernicus stores answer ``{"value": {"href": ..., "type": ..., "file:size": ...}}``. The URL
    must be absolute, because an object of a process's own may have such members, too.
    """
    asset = value["value"]
    if len(value) > 1 or not isinstance(asset, dict) or not isinstance(asset.get("href"), str):
        return None
    a_link = isinstance(asset.get("type"), str) and LINKED_RESULT.issuperset(asset)
    a_file = any(name.startswith("file:") for name in asset)
    return Link.from_dict(asset) if "://" in asset["href"] and (a_link or a_file) else None
