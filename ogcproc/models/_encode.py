"""Plain Python values as the standard writes them into an execute request.

Strings, numbers, booleans and arrays go bare; an object goes into ``value`` unless it is a link,
a qualified value or a bounding box (`/req/core/process-execute-input-inline-object`,
`-inline-bbox`); bytes go as base64 text with their media type
(`/req/core/process-execute-input-inline-binary`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from enum import Enum
from os import PathLike
from typing import Any

from ._base import Document
from ._fields import moment_text

__all__ = ["encode_input", "encode_json"]

#: An object with one of these members is no plain object: a qualified value, a link, a nested
#: process or a parameter of a workflow (Part 3).
SPECIAL = frozenset({"value", "href", "process", "$input"})
#: Neither is one with these, a bounding box or a collection (2.0), unless it has a ``type``: then
#: it is GeoJSON or a STAC item, which have such members too.
UNTYPED = frozenset({"bbox", "collection"})


def encode_input(value: Any) -> Any:
    """Return the wire form of an input's value, an object wrapped in ``value`` where need be.

    Raises TypeError for what has no wire form, naming the type.
    """
    if isinstance(value, (list, tuple)):
        return [encode_input(item) for item in value]
    if isinstance(value, (bytes, bytearray, memoryview)):
        return encode_bytes(bytes(value), "application/octet-stream")
    if isinstance(value, PathLike):
        return encode_file(value)
    if not isinstance(value, (Document, Mapping)) and hasattr(value, "__geo_interface__"):
        geometry = encode_json(value.__geo_interface__)
        return {"value": geometry, "mediaType": "application/geo+json"}
    encoded = encode_json(value)
    if not isinstance(encoded, dict) or is_special(encoded):
        return encoded
    return {"value": encoded}


def is_special(encoded: Mapping[str, Any]) -> bool:
    """Return whether an object is more than a plain one, and goes as it stands."""
    special = SPECIAL if "type" in encoded else SPECIAL | UNTYPED
    return not special.isdisjoint(encoded)


def encode_json(value: Any) -> Any:  # noqa: PLR0911 - one line a type
    """Return a value as JSON can hold it: documents by ``to_dict``, times as RFC 3339 text.

    Raises TypeError for what JSON cannot hold, naming the type.
    """
    if isinstance(value, Enum):
        return encode_json(value.value)
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, Mapping):
        return {str(key): encode_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [encode_json(item) for item in value]
    if isinstance(value, datetime) and value.tzinfo is not None:
        return moment_text(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64_text(value)
    to_dict = getattr(value, "to_dict", None)
    if to_dict is not None:
        return encode_json(to_dict())
    raise TypeError(f"cannot write a {type(value).__name__} into a request: {value!r:.60}")


def encode_bytes(data: bytes, media_type: str) -> dict[str, str]:
    """Return bytes as a qualified value: base64 text, its encoding and its media type."""
    return {
        "value": base64_text(data),
        "encoding": "base64",
        "mediaType": media_type,
    }


def base64_text(data: bytes | bytearray | memoryview) -> str:
    """Return bytes as base64 text."""
    from base64 import b64encode  # noqa: PLC0415 - only where there are bytes

    return b64encode(data).decode("ascii")


def encode_file(path: PathLike[Any]) -> dict[str, Any]:
    """Return a file's content as a qualified value: JSON decoded, text as text, else base64.

    Raises ValueError where a file that is named as JSON holds none, OSError where it cannot be
    read.
    """
    import json  # noqa: PLC0415 - only where a file is embedded
    from mimetypes import guess_type  # noqa: PLC0415 - as above; it reads the system's tables
    from pathlib import Path  # noqa: PLC0415 - as above

    file = Path(path)
    guessed, compression = guess_type(file.name)
    media_type = FILE_TYPES.get(file.suffix.lower()) or (None if compression else guessed)
    data = file.read_bytes()
    if media_type in {"application/json", "application/geo+json"}:
        try:
            return {"value": json.loads(data), "mediaType": media_type}
        except ValueError as error:
            raise ValueError(f"{file} holds no JSON: {error}") from None
    if media_type is not None and (media_type.startswith("text/") or media_type.endswith("xml")):
        try:
            return {"value": data.decode(), "mediaType": media_type}
        except UnicodeDecodeError:
            pass
    return encode_bytes(data, media_type or "application/octet-stream")


#: What the system's tables of media types often lack.
FILE_TYPES = {
    ".geojson": "application/geo+json",
    ".json": "application/json",
    ".gml": "application/gml+xml",
    ".kml": "application/vnd.google-earth.kml+xml",
    ".gpkg": "application/geopackage+sqlite3",
    ".gz": "application/gzip",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
}
