"""What all documents share: they compare, print and show themselves by their members."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, ClassVar

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
    "dict_of",
    "dicts",
    "dicts_by_name",
    "members_of",
    "notebook_html",
    "word",
    "words",
]


class Document:
    """The base of all documents, which are dataclasses.

    Two documents are equal if they are of one class and all their fields are equal.
    """

    __slots__ = ()

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the document that a server sent, as decoded JSON, which is left as it is.

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
    """Return what a notebook shows; None if this copy of the package has no views."""
    try:
        from ..views import html  # noqa: PLC0415 - an optional room, to the right of this one
    except ImportError:
        return None
    return html(value)


def is_unset(value: Any) -> bool:
    """Return whether a value is None or an empty list or dict."""
    return value is None or (isinstance(value, (list, dict)) and not value)


class Members:
    """The members of a document that the fields of its class carry.

    A member that no field carries belongs into ``extra``: one that is unknown, null or unreadable,
    and an empty array or object, which the default of its field could not be told from.
    """

    __slots__ = ("collections", "names")

    def __init__(self, document: type, *, no_members: Iterable[str] = ("extra",)) -> None:
        declared = [field for field in fields(document) if field.name not in no_members]
        #: The names of all members.
        self.names: frozenset[str] = frozenset(field.name for field in declared)
        #: The names of arrays and objects that are optional.
        self.collections: frozenset[str] = frozenset(
            field.name
            for field in declared
            if field.default_factory is list or field.default_factory is dict
        )

    def rest(self, data: Mapping[str, Any], unread: Iterable[str] = ()) -> dict[str, Any]:
        """Return the members that no field carries; ``unread`` are known ones that are odd."""
        names = self.names.difference(unread)
        values = data.values()
        if names.issuperset(data) and None not in values and [] not in values and {} not in values:
            return {}
        return {
            name: value
            for name, value in data.items()
            if name not in names or value is None or (not value and name in self.collections)
        }


def members_of(extra: Mapping[str, Any], **members: Any) -> dict[str, Any]:
    """Return the members that are set, then those of ``extra`` whose place is still free."""
    data = {
        name: value
        for name, value in members.items()
        if value is not None and (name not in extra or not is_unset(value))
    }
    for name, value in extra.items():
        data.setdefault(name, value)
    return data


def dicts(documents: Iterable[Any]) -> list[Any] | None:
    """Return documents as JSON can hold them; None if there are none, which is not written."""
    return [item.to_dict() for item in documents] or None


def dicts_by_name(documents: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return named documents as JSON can hold them; None if there are none."""
    return {name: item.to_dict() for name, item in documents.items()} or None


def dict_of(document: Any) -> Any:
    """Return the document as JSON can hold it, or None."""
    return None if document is None else document.to_dict()


def words(texts: Iterable[str]) -> list[str] | None:
    """Return words as plain texts; None if there are none."""
    return [str(text) for text in texts] or None


def word(value: str | None) -> str | None:
    """Return a word as plain text, or None."""
    return None if value is None else str(value)
