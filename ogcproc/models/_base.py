"""The base of all documents: they compare, print and show themselves by their members."""

from __future__ import annotations

import sys
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from functools import partial
from math import isfinite
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ._fields import Sent, Unread, is_number, moment_text

if TYPE_CHECKING:
    from typing_extensions import Self
elif sys.version_info >= (3, 11):
    from typing import Self
else:  # pragma: no cover - 3.10 has no Self, and annotations must resolve there too
    Self = Any

__all__ = [
    "Document",
    "Members",
    "Self",
    "base64_text",
    "encode_json",
    "members_of",
    "notebook_html",
]


class Document:
    """The base of all documents, which are dataclasses.

    Two documents are equal if they are of one class and all their fields are equal.
    """

    __slots__ = ()

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the document that decoded JSON holds; the data are not changed.

        Raises DocumentError, with the path, for what cannot be read.
        """
        raise NotImplementedError

    @classmethod
    def _consume(cls, data: Any) -> Self:
        """Return what ``from_dict`` returns, from data that nobody else holds and may change.

        Long lists are converted in place, so that raw items are freed early.
        """
        return cls.from_dict(data)

    def to_dict(self) -> Any:
        """Return the document as JSON can hold it."""
        raise NotImplementedError

    def _shown_members(self) -> Iterator[tuple[str, Any]]:
        """Yield the names and values to show: all that is set or has no default."""
        for field in fields(self):  # type: ignore[arg-type] # subclasses are dataclasses
            value = getattr(self, field.name)
            if field.name == "extra":
                value = {name: item for name, item in value.items() if not is_unset(item)}
            required = field.default is MISSING and field.default_factory is MISSING
            if field.repr and (required or not is_unset(value)):
                yield field.name, value

    def __repr__(self) -> str:
        members = ", ".join(f"{name}={value!r}" for name, value in self._shown_members())
        return f"{type(self).__name__}({members})"

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        names = [field.name for field in fields(self) if field.compare]  # type: ignore[arg-type]
        return all(getattr(self, name) == getattr(other, name) for name in names)

    __hash__: ClassVar[None] = None  # type: ignore[assignment] # documents can be changed

    def _repr_html_(self) -> str | None:
        return notebook_html(self)


def notebook_html(value: Any) -> str | None:
    try:
        from ..views import html  # noqa: PLC0415 - an optional room, to the right of this one
    except ImportError:
        return None
    return html(value)


def is_unset(value: Any) -> bool:
    return value is None or (isinstance(value, (list, dict)) and not value)


COLLECTIONS: tuple[Any, ...] = (list, dict)


class Members:
    """The members of a document that are fields of its class.

    All others belong into ``extra``: unknown, null and unreadable members, and empty arrays and
    objects, which equal the default of their field.
    """

    def __init__(self, document: type, *, no_members: Iterable[str] = ("extra",)) -> None:
        declared = [field for field in fields(document) if field.name not in no_members]
        self.names: frozenset[str] = frozenset(field.name for field in declared)
        #: The names of arrays and objects that are optional.
        self.collections: frozenset[str] = frozenset(
            field.name for field in declared if field.default_factory in COLLECTIONS
        )

    def rest(self, data: Sent) -> dict[str, Any]:
        """Return the members for ``extra``."""
        rest = {
            name: value
            for name, value in data.items()
            if name not in self.names or value is None or (not value and name in self.collections)
        }
        return rest | data.unread


def members_of(extra: Mapping[str, Any], **members: Any) -> dict[str, Any]:
    """Return the members that are set, as JSON can hold them, then the rest of ``extra``."""
    data = {
        name: as_sent(value, extra[name]) if name in extra else plain(value)
        for name, value in members.items()
        if value is not None and (name not in extra or not is_unset(value))
    }
    for name, value in extra.items():
        data.setdefault(name, value)
    return data


def as_sent(value: Any, sent: Any) -> Any:
    """Return a member with the part of it that could not be read, which is in ``extra``."""
    if isinstance(sent, Unread):
        return sent.among(plain([*value.values()] if isinstance(value, dict) else value))
    if isinstance(sent, dict) and isinstance(value, dict):
        return sent | plain(value)
    return sent if is_number(sent) and str(sent) == value else plain(value)


def plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [*map(plain_item, value)]
    if isinstance(value, dict):
        return {name: plain_item(item) for name, item in value.items()}
    return plain_item(value)


def plain_item(item: Any) -> Any:
    if isinstance(item, Document):
        return item.to_dict()
    return str(item) if isinstance(item, str) else item


def encode_json(value: Any, *, finite: bool = False) -> Any:  # noqa: PLR0911 - one line a type
    """Return any Python value as JSON can hold it: documents as dicts, times as RFC 3339 text.

    Raises TypeError for a value of another type, and names the type. With ``finite``, raises
    ValueError for a number that is infinite or NaN.
    """
    encode = partial(encode_json, finite=finite)
    if isinstance(value, Enum):
        return encode(value.value)
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, float):
        if finite and not isfinite(value):
            raise ValueError(f"JSON has no {float(value)!r}")
        return value
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [*map(encode, value)]
    if isinstance(value, (date, time, bytes, bytearray, memoryview, PathLike)):
        return text_of(value)
    unpacked = None if isinstance(value, type) else unpack(value)
    if unpacked is None:
        raise TypeError(f"cannot write a {type(value).__name__} into a request: {value!r:.60}")
    return encode(unpacked())


def unpack(value: Any) -> Callable[[], Any] | None:
    """Return a function that returns a value of another library in Python's own types, or None.

    These are numpy's arrays and scalars, documents of ours and others, dataclasses, and numbers.
    """
    kind = getattr(getattr(value, "dtype", None), "kind", None)
    if kind in ("m", "M"):
        # Nanoseconds, which pandas uses, would come out of tolist() as a whole number.
        return value.astype(f"{kind}8[us]").tolist  # type: ignore[no-any-return]
    for name in ("tolist", "to_dict", "item"):
        if hasattr(value, name):
            return getattr(value, name)  # type: ignore[no-any-return]
    if is_dataclass(value):
        return lambda: {field.name: getattr(value, field.name) for field in fields(value)}
    for name in ("__index__", "__float__"):
        if hasattr(value, name):
            return getattr(value, name)  # type: ignore[no-any-return]
    return None


def text_of(value: date | time | bytes | bytearray | memoryview | PathLike[Any]) -> str:
    """Return a time as RFC 3339 text, bytes and the bytes of a file as base64 text."""
    if isinstance(value, PathLike):
        value = Path(value).read_bytes()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64_text(value)
    if value != value:  # noqa: PLR0124 - pandas' NaT is a datetime, and is not equal to itself
        raise ValueError("a time is missing (NaT)")
    if isinstance(value, datetime) and value.tzinfo is not None:
        return moment_text(value)
    return value.isoformat()


def base64_text(data: bytes | bytearray | memoryview) -> str:
    return b64encode(data).decode("ascii")
