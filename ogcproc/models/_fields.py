"""Typed look-ups in decoded JSON; every failure says what was wrong and where.

A failing look-up raises ``DocumentError`` with the member's name as its path. Each container that
the error passes on its way out puts its own step in front: ``processes[3].links[0].href``.

Three rules hold for all look-ups. ``null`` reads as absent. A ``bool`` is no number. A text is no
sequence.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any, TypeVar

from ..errors import DocumentError

T = TypeVar("T")

__all__ = [
    "array",
    "expected",
    "flag",
    "from_iso",
    "mapped",
    "moment",
    "moment_text",
    "number",
    "objects",
    "optional",
    "read_each",
    "required_text",
    "text",
    "texts",
    "whole_object",
    "word",
]


#: How much of an offending value is shown in a message, in characters.
SHOWN = 60


def expected(what: str, value: object, path: str = "") -> DocumentError:
    """Return the error for a value that is not what it should be."""
    try:
        shown = repr(value)
    except RecursionError:
        shown = f"a deeply nested {type(value).__name__}"
    if len(shown) > SHOWN:
        shown = shown[: SHOWN - 3] + "..."
    return DocumentError(f"expected {what}, got {shown}", path=path)


def whole_object(data: object) -> dict[str, Any]:
    if isinstance(data, dict):
        return data
    if isinstance(data, Mapping):
        return dict(data)
    raise expected("an object", data)


def required_text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    if isinstance(value, str):
        return value
    if key not in data:
        raise DocumentError(f"missing required member {key!r}")
    raise expected("a string", value, key)


def text(data: Mapping[str, Any], key: str) -> str | None:
    value = data.get(key)
    if value is None or isinstance(value, str):
        return value
    raise expected("a string", value, key)


def word(data: Mapping[str, Any], key: str, words: Mapping[str, str]) -> str | None:
    value = text(data, key)
    return value and words.get(value, value)


def number(data: Mapping[str, Any], key: str) -> float | None:
    value = data.get(key)
    if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        return value
    raise expected("a number", value, key)


def flag(data: Mapping[str, Any], key: str) -> bool | None:
    value = data.get(key)
    if value is None or isinstance(value, bool):
        return value
    raise expected("a boolean", value, key)


def texts(data: Mapping[str, Any], key: str, words: Mapping[str, str] | None = None) -> list[str]:
    """Return an array of texts, known words as members of their enumeration; [] if absent."""
    items = array(data, key)
    for index, item in enumerate(items):
        if not isinstance(item, str):
            raise expected("a string", item, f"{key}[{index}]")
    return items[:] if words is None else [words.get(item, item) for item in items]


def array(data: Mapping[str, Any], key: str) -> list[Any]:
    value = data.get(key)
    if value is None:
        return []
    if isinstance(value, list):
        return value
    raise expected("an array", value, key)


def optional(data: Mapping[str, Any], key: str, read: Callable[[Any], T]) -> T | None:
    value = data.get(key)
    if value is None:
        return None
    try:
        return read(value)
    except DocumentError as error:
        raise error.within(key) from None


def objects(data: Mapping[str, Any], key: str, read: Callable[[Any], T]) -> list[T]:
    return read_each(array(data, key)[:], key, read)


def read_each(items: list[Any], key: str, read: Callable[[Any], T]) -> list[T]:
    """Replace each item of a list by what ``read`` makes of it; return the list."""
    index = 0
    try:
        for index, item in enumerate(items):
            items[index] = read(item)
    except DocumentError as error:
        raise error.within(f"{key}[{index}]") from None
    return items


def mapped(data: Mapping[str, Any], key: str, read: Callable[[Any], T]) -> dict[str, T]:
    value = data.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise expected("an object", value, key)
    name = ""
    result = {}
    try:
        for name, item in value.items():
            result[name] = read(item)
    except DocumentError as error:
        step = f".{name}" if name.isidentifier() else f"[{name!r}]"
        raise error.within(f"{key}{step}") from None
    return result


if sys.version_info >= (3, 11):
    from_iso = datetime.fromisoformat
else:  # pragma: no cover - 3.10 knows no "Z"; the suite runs on 3.10 as well

    def from_iso(text: str) -> datetime:
        # What is no text is a TypeError here too.
        return datetime.fromisoformat(text[:-1] + "+00:00" if text[-1:] == "Z" else text)


def moment(value: object) -> datetime | None:
    """Return a timestamp as an aware ``datetime``, UTC if it names no zone; None if unreadable.

    The spellings seen are those of RFC 3339 with and without a zone, with none to nine digits of
    a second, with a space for the ``T``.
    """
    if value is None:
        return None
    read: datetime | None
    try:
        read = from_iso(value)  # type: ignore[arg-type] # what is no text is a TypeError
    except (ValueError, TypeError):
        read = _odd_moment(value)
    if read is None or read.tzinfo is not None:
        return read
    return read.replace(tzinfo=timezone.utc)


def _odd_moment(value: object) -> datetime | None:
    """Return a timestamp in a spelling that this Python's own parser refuses, or None."""
    match = isinstance(value, str) and re.fullmatch(
        r"\s*(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(:\d\d)?(?:[.,](\d+))?\s*([Zz]|[+-]\d\d:?\d\d)?\s*",
        value,
        re.ASCII,
    )
    if not match:
        return None
    day, minute, second, fraction, zone = match.groups()
    zone = "" if zone is None else "+00:00" if zone in "Zz" else f"{zone[:3]}:{zone[-2:]}"
    micros = (fraction or "")[:6].ljust(6, "0")
    try:
        return datetime.fromisoformat(f"{day}T{minute}{second or ':00'}.{micros}{zone}")
    except ValueError:  # the 31st of February
        return None


def moment_text(value: datetime) -> str:
    """Return a timestamp as RFC 3339 text: ``Z`` for UTC, and UTC if it names no zone."""
    if value.tzinfo is None:
        value = value.replace(tzinfo=timezone.utc)
    text = value.isoformat()
    return f"{text[:-6]}Z" if text.endswith("+00:00") else text
