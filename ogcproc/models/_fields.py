"""Typed look-ups in decoded JSON.

A member that cannot be read is set aside, for ``extra``, and so is an odd entry of an array. What
a document cannot be without is an error: a failing look-up raises ``DocumentError`` with the
member's name as its path. Each list that the error passes on its way out puts its own step in
front: ``processes[3].id``.

Three rules hold for all look-ups. ``null`` reads as absent. A ``bool`` is no number. A text is no
sequence.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timezone
from itertools import islice
from typing import Any, TypeVar

from ..errors import DocumentError

T = TypeVar("T")

__all__ = [
    "Sent",
    "Unread",
    "array",
    "expected",
    "flag",
    "from_iso",
    "identifier",
    "is_number",
    "label",
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
    "time",
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


class Sent(dict[str, Any]):
    """A decoded object, and those of its members that cannot be read."""

    __slots__ = ("unread",)

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data)
        #: These members as they go into ``extra``.
        self.unread: dict[str, Any] = {}

    def set_aside(self, key: str) -> Any:
        """Count a member among the unreadable ones; return None."""
        self.unread[key] = self[key]


class Unread(list[Any]):
    """The entries of an array that cannot be read, and their places in the array."""

    def __init__(self) -> None:
        super().__init__()
        self.places: list[int] = []

    def add(self, place: int, entry: Any) -> None:
        self.places.append(place)
        self.append(entry)

    def among(self, others: Iterable[Any]) -> list[Any]:
        """Return the whole array: these entries at their places, among the others."""
        array: list[Any] = []
        rest = iter(others)
        for place, entry in zip(self.places, self, strict=False):
            array.extend(islice(rest, place - len(array)))
            array.append(entry)
        return [*array, *rest]


def whole_object(data: object) -> Sent:
    if isinstance(data, Mapping):
        return Sent(data)
    raise expected("an object", data)


def is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def required_text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    if isinstance(value, str):
        return value
    if key not in data:
        raise DocumentError(f"missing required member {key!r}")
    raise expected("a string", value, key)


def identifier(data: Sent, key: str) -> str:
    """Return an id that must be there; a number (MAAP) is read as its text."""
    return label(data, key) or required_text(data, key)


def label(data: Sent, key: str) -> str | None:
    """Return a text, or the text of a number, which stays in ``extra``; None if absent."""
    value = data.get(key)
    if not is_number(value):
        return text(data, key)
    data.set_aside(key)
    return str(value)


def text(data: Sent, key: str) -> str | None:
    value = data.get(key)
    return value if value is None or isinstance(value, str) else data.set_aside(key)


def word(data: Sent, key: str, words: Mapping[str, str]) -> str | None:
    value = text(data, key)
    return data.set_aside(key) if value == "" else value and words.get(value, value)


def number(data: Sent, key: str) -> float | None:
    value = data.get(key)
    return value if value is None or is_number(value) else data.set_aside(key)


def flag(data: Sent, key: str) -> bool | None:
    value = data.get(key)
    return value if value is None or isinstance(value, bool) else data.set_aside(key)


def time(data: Sent, key: str) -> datetime | None:
    read = moment(data.get(key))
    return read if read is not None or data.get(key) is None else data.set_aside(key)


def array(data: Mapping[str, Any], key: str) -> list[Any]:
    """Return an array that a document cannot be without; [] if absent."""
    value = data.get(key)
    if value is None:
        return []
    if isinstance(value, list):
        return value
    raise expected("an array", value, key)


def optional(data: Sent, key: str, read: Callable[[Any], T]) -> T | None:
    value = data.get(key)
    try:
        return None if value is None else read(value)
    except DocumentError:
        data.set_aside(key)
        return None


def texts(data: Sent, key: str, words: Mapping[str, str] | None = None) -> list[str]:
    """Return an array of texts, known words as members of their enumeration; [] if absent."""
    items = objects(data, key, a_text)
    return items if words is None else [words.get(item, item) for item in items]


def a_text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise expected("a string", value)


def objects(data: Sent, key: str, read: Callable[[Any], T]) -> list[T]:
    """Return the entries of an array as ``read`` returns them; [] if absent."""
    value = data.get(key)
    found: list[T] = []
    if isinstance(value, list):
        unread = sift(value, lambda item: found.append(read(item)))
        if unread:
            data.unread[key] = unread
    elif value is not None:
        data.set_aside(key)
    return found


def sift(items: Iterable[Any], take: Callable[[Any], object]) -> Unread:
    """Call a function with each item; return the items for which it raises DocumentError."""
    unread = Unread()
    for place, item in enumerate(items):
        try:
            take(item)
        except DocumentError:
            unread.add(place, item)
    return unread


def read_each(items: list[Any], key: str, read: Callable[[Any], T]) -> list[T]:
    """Replace each item of a list by what ``read`` makes of it; return the list."""
    index = 0
    try:
        for index, item in enumerate(items):
            items[index] = read(item)
    except DocumentError as error:
        raise error.within(f"{key}[{index}]") from None
    return items


def mapped(data: Sent, key: str, read: Callable[[Any], T]) -> dict[str, T]:
    """Return the members of an object as ``read`` returns them, by name; {} if absent.

    It may also be an array of objects with ids (msc-pygeoapi). Then ``extra`` holds the unreadable
    entries, an empty array if there are none.
    """
    found: dict[str, T] = {}

    def take(item: Any) -> None:
        name = identifier(whole_object(item), "id")
        if name in found:
            raise expected("another id", name, "id")
        found[name] = read(item)

    value = data.get(key)
    if isinstance(value, list):
        data.unread[key] = sift(value, take)
    elif isinstance(value, dict):
        try:
            return {name: read(item) for name, item in value.items()}
        except DocumentError:  # some are odd: one after the other
            unread = sift(value, lambda name: found.update({name: read(value[name])}))
        data.unread[key] = {name: value[name] for name in unread}
    elif value is not None:
        data.set_aside(key)
    return found


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
