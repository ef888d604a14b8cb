"""An output's value as the content of a file: its bytes and its media type."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._http.answer import CHUNK
from .._http.headers import MediaType
from ..models import Link, QualifiedValue
from ..models._base import encode_json

__all__ = ["FilePart", "blocks_of", "content_of", "is_several", "media_type_of"]


@dataclass(frozen=True, slots=True)
class FilePart:
    """A value too large for memory: a part of a file, from ``start`` to before ``end``."""

    path: Path
    start: int
    end: int
    media_type: str


def content_of(value: Any) -> tuple[bytes, str]:
    """Return the content of a value's file, and its media type."""
    media_type = media_type_of(value)
    plain = value.content if isinstance(value, QualifiedValue) else value
    if isinstance(plain, bytes):
        return plain, media_type
    if isinstance(plain, str) and not MediaType(media_type).is_json:
        charset = MediaType(media_type).parameters.get("charset", "utf-8")
        try:
            return plain.encode(charset), media_type
        except (LookupError, UnicodeEncodeError):
            return plain.encode("utf-8", "surrogatepass"), media_type
    return json.dumps(encode_json(plain)).encode(), media_type


def media_type_of(value: Any) -> str:
    """Return the media type of a value's file."""
    if isinstance(value, FilePart):
        return value.media_type
    if isinstance(value, QualifiedValue):
        if value.mediaType:
            return value.mediaType
        value = value.content
    if isinstance(value, bytes):
        return "application/octet-stream"
    return "text/plain" if isinstance(value, str) else "application/json"


def is_several(value: Any) -> bool:
    """Return whether a value is an array whose items become files of their own."""
    return isinstance(value, list) and any(map(is_file, value))


def is_file(value: Any) -> bool:
    """Return whether an item of an array becomes a file of its own."""
    if isinstance(value, QualifiedValue):
        return isinstance(value.content, bytes) or not MediaType(value.mediaType or "").is_json
    return isinstance(value, (Link, bytes, FilePart))


def blocks_of(content: bytes | FilePart) -> Iterator[bytes]:
    """Yield a content; a part of a file by blocks of a megabyte."""
    if isinstance(content, bytes):
        yield content
        return
    with content.path.open("rb") as file:
        file.seek(content.start)
        left = content.end - content.start
        while block := file.read(min(CHUNK, left)):
            left -= len(block)
            yield block
