"""Values and their formats: schemas, bounding boxes, qualified values, GeoJSON."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ._base import Document, Members, Self, members_of
from ._encode import encode_json
from ._fields import expected, required_text, text, whole_object

__all__ = ["Bbox", "Format", "QualifiedValue", "Schema", "geojson"]


@dataclass(slots=True, eq=False, repr=False)
class Schema(Document):
    """A value's schema exactly as the server sent it, with accessors for what people ask of it.

    1.0 speaks the dialect of OpenAPI 3.0, 2.0 that of JSON Schema 2020-12, where a schema may
    also be a mere ``true`` or ``false``. Neither is interpreted: ``document`` is the whole truth,
    and an accessor gives a member of it, or None.
    """

    document: Any

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


@dataclass(slots=True, eq=False, repr=False)
class Format(Document):
    """A value's format (S/format); ``schema`` is a URL or a schema."""

    mediaType: str | None = None
    encoding: str | None = None
    schema: Any = None
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the format that a server sent."""
        data = whole_object(data)
        return cls(
            mediaType=text(data, "mediaType"),
            encoding=text(data, "encoding"),
            schema=data.get("schema"),
            extra=FORMAT.rest(data),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the format as JSON can hold it."""
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
        """Return the bounding box that a server sent."""
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
        """Return the bounding box as JSON can hold it."""
        return members_of(self.extra, bbox=list(self.bbox), crs=self.crs)


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

    @property
    def __geo_interface__(self) -> Any:
        """The value, if it is GeoJSON; otherwise there is no such attribute."""
        geometry = geojson(self)
        if geometry is None:
            raise AttributeError(f"no GeoJSON: {self.mediaType or type(self.value).__name__}")
        return geometry

    @property
    def plain(self) -> Any:
        """The value alone: bytes if it is base64 text, otherwise as it is."""
        if self.encoding != "base64" or not isinstance(self.value, str):
            return self.value
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


QUALIFIED_VALUE = Members(QualifiedValue)


def geojson(value: Any) -> Any:
    """Return the GeoJSON object (RFC 7946) that a value is, qualified or plain; None otherwise.

    It is recognized by its ``type`` or its media type.
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
