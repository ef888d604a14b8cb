"""What all documents have in common: they compare, copy, pickle and print by their members."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ._fields import NOTHING

TYPE_CHECKING = False  # importing typing would make the package's import a tenth dearer
if TYPE_CHECKING:
    from typing import Any, ClassVar

    from typing_extensions import Self

__all__ = [
    "Document",
    "dict_of",
    "dicts",
    "dicts_by_name",
    "html_table",
    "members_of",
    "word",
    "words",
]


class DocumentType(type):
    """The type of documents: classes whose annotated members are their slots.

    They are dataclasses, and become so when that is first asked of them: importing ``dataclasses``,
    and having it make two dozen classes, would take three times as long as all the rest.
    """

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> DocumentType:
        members = tuple(namespace.get("__annotations__", ()))
        namespace["__slots__"] = (*namespace.get("__slots__", ()), *members)
        namespace["__match_args__"] = (
            (*getattr(bases[0], "__match_args__", ()), *members) if bases else ()
        )
        namespace["__dataclass_fields__"] = DataclassFields()
        return super().__new__(cls, name, bases, namespace)


class DataclassFields:
    """The attribute by which ``dataclasses`` knows its own, made when it is first looked up."""

    def __get__(self, _: object, owner: type) -> Mapping[str, Any]:
        from dataclasses import dataclass  # noqa: PLC0415 - it is dear, see above

        made: Any = dataclass(init=False, repr=False, eq=False, match_args=False)(owner)
        fields: Mapping[str, Any] = made.__dataclass_fields__  # no longer this descriptor
        return fields


class Document(metaclass=DocumentType):
    """The base of all documents: values that compare, copy, pickle and print by their members."""

    __slots__ = ()
    if TYPE_CHECKING:
        __match_args__: ClassVar[tuple[str, ...]]
        __dataclass_fields__: ClassVar[dict[str, Any]]

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the document that a server sent, as decoded JSON, which is left as it is.

        Raises DocumentError, with the path, where it cannot be read.
        """
        raise NotImplementedError

    @classmethod
    def _adopt(cls, data: Any) -> Self:
        """Return what ``from_dict`` returns, of data that nobody else holds and that may change.

        Long lists are then converted in place, so that each raw item dies young: an eighth of the
        time they take.
        """
        return cls.from_dict(data)

    def to_dict(self) -> Any:
        """Return the document as JSON can hold it: what is set and nothing else."""
        raise NotImplementedError

    def _set_members(self) -> Iterator[tuple[str, Any]]:
        for name in self.__match_args__:
            value = getattr(self, name)
            if value is not None and value != () and value is not NOTHING:
                yield name, value

    def __repr__(self) -> str:
        members = ", ".join(f"{name}={value!r}" for name, value in self._set_members())
        return f"{type(self).__name__}({members})"

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__match_args__)

    __hash__ = None  # type: ignore[assignment] # documents can be changed

    def __replace__(self, **changes: Any) -> Self:
        from dataclasses import replace  # noqa: PLC0415 - it is dear, see above

        return replace(self, **changes)

    def _repr_html_(self) -> str:
        return html_table(type(self).__name__, self._set_members())


def html_table(title: str, members: Iterator[tuple[str, Any]]) -> str:
    """Return a small HTML table of names and values, everything in it escaped."""
    from html import escape  # noqa: PLC0415 - only notebooks ask

    rows = "".join(
        f"<tr><th style='text-align:left'>{escape(name)}</th>"
        f"<td style='text-align:left'>{html_cell(value)}</td></tr>"
        for name, value in members
    )
    return f"<table><caption>{escape(title)}</caption>{rows}</table>"


def html_cell(value: Any) -> str:
    """Return the HTML of one value: nested documents as their own tables, the rest as text."""
    from html import escape  # noqa: PLC0415 - only notebooks ask

    if hasattr(value, "_repr_html_"):
        return str(value._repr_html_())
    if isinstance(value, Mapping):
        return "".join(f"<div>{escape(str(key))}: {html_cell(value[key])}</div>" for key in value)
    if isinstance(value, (list, tuple)):
        return "".join(f"<div>{html_cell(item)}</div>" for item in value)
    shown = str(value)
    return escape(shown if len(shown) <= HTML_TEXT else f"{shown[:HTML_TEXT]}…")


#: How much of one text a notebook's table shows, in characters.
HTML_TEXT = 200


def members_of(extra: Mapping[str, Any], **members: Any) -> dict[str, Any]:
    """Return the members that are set, then those of ``extra`` whose place is still free."""
    data = {
        name: value
        for name, value in members.items()
        if value is not None and value != () and value is not NOTHING
    }
    for name, value in extra.items():
        data.setdefault(name, value)
    return data


def dicts(documents: Sequence[Any]) -> Any:
    """Return the documents as JSON can hold them; ``()`` stays ``()``, which is not written."""
    return documents if documents == () else [item.to_dict() for item in documents]


def dicts_by_name(documents: Mapping[str, Any]) -> Any:
    """Return the documents as JSON can hold them; ``NOTHING`` stays itself, and unwritten."""
    if documents is NOTHING:
        return documents
    return {name: item.to_dict() for name, item in documents.items()}


def dict_of(document: Any) -> Any:
    """Return the document as JSON can hold it, or None."""
    return None if document is None else document.to_dict()


def words(texts_: Sequence[str]) -> Any:
    """Return words as plain texts; ``()`` stays ``()``, which is not written."""
    return texts_ if texts_ == () else [str(word) for word in texts_]


def word(value: str | None) -> str | None:
    """Return a word as plain text, or None."""
    return None if value is None else str(value)
