"""Links, and the metadata and parameters that descriptions carry."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ._base import Document, Members, Self, dicts, members_of
from ._fields import number, objects, required_text, text, whole_object

__all__ = ["AdditionalParameter", "AdditionalParameters", "Link", "Metadata"]


@dataclass(slots=True, eq=False, repr=False)
class Link(Document):
    """A link to another resource (S/link; RFC 8288); ``length`` is in bytes (2.0)."""

    href: str
    rel: str | None = None
    type: str | None = None
    hreflang: str | None = None
    title: str | None = None
    length: float | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the link that a server sent; raises DocumentError if it has no href."""
        data = whole_object(data)
        return cls(
            href=required_text(data, "href"),
            rel=text(data, "rel"),
            type=text(data, "type"),
            hreflang=text(data, "hreflang"),
            title=text(data, "title"),
            length=number(data, "length"),
            extra=LINK.rest(data),
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


LINK = Members(Link)


@dataclass(slots=True, eq=False, repr=False)
class Metadata(Document):
    """A piece of metadata: a link with a role, or a value with a role (S/metadata)."""

    title: str | None = None
    role: str | None = None
    href: str | None = None
    lang: str | None = None
    value: Any = None
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the metadata that a server sent; raises DocumentError if it cannot be read."""
        data = whole_object(data)
        return cls(
            title=text(data, "title"),
            role=text(data, "role"),
            href=text(data, "href"),
            lang=text(data, "lang"),
            value=data.get("value"),
            extra=METADATA.rest(data),
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


METADATA = Members(Metadata)


@dataclass(slots=True, eq=False, repr=False)
class AdditionalParameter(Document):
    """A named parameter and its values, an array of whatever type (1.0, S/additionalParameter)."""

    name: str
    value: Any = None
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the parameter that a server sent."""
        data = whole_object(data)
        return cls(
            name=required_text(data, "name"),
            value=data.get("value"),
            extra=ADDITIONAL_PARAMETER.rest(data),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the parameter as JSON can hold it."""
        return members_of(self.extra, name=self.name, value=self.value)


ADDITIONAL_PARAMETER = Members(AdditionalParameter)


@dataclass(slots=True, eq=False, repr=False)
class AdditionalParameters(Document):
    """Parameters beyond the standard's, with their role (1.0, S/descriptionType)."""

    title: str | None = None
    role: str | None = None
    href: str | None = None
    parameters: list[AdditionalParameter] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the parameters that a server sent."""
        data = whole_object(data)
        return cls(
            title=text(data, "title"),
            role=text(data, "role"),
            href=text(data, "href"),
            parameters=objects(data, "parameters", AdditionalParameter.from_dict),
            extra=ADDITIONAL_PARAMETERS.rest(data),
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


ADDITIONAL_PARAMETERS = Members(AdditionalParameters)
