"""Small documents: links, metadata and parameters, the landing page, conformance, problems."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ._base import Document, Members, Self, members_of
from ._fields import array, number, objects, required_text, text, texts, whole_object

__all__ = [
    "AdditionalParameter",
    "AdditionalParameters",
    "ApiError",
    "Capabilities",
    "ConformanceDeclaration",
    "Link",
    "Metadata",
]


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
        data = whole_object(data)
        return cls(
            name=required_text(data, "name"),
            value=data.get("value"),
            extra=ADDITIONAL_PARAMETER.rest(data),
        )

    def to_dict(self) -> dict[str, Any]:
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
        data = whole_object(data)
        return cls(
            title=text(data, "title"),
            role=text(data, "role"),
            href=text(data, "href"),
            parameters=objects(data, "parameters", AdditionalParameter.from_dict),
            extra=ADDITIONAL_PARAMETERS.rest(data),
        )

    def to_dict(self) -> dict[str, Any]:
        return members_of(
            self.extra,
            title=self.title,
            role=self.role,
            href=self.href,
            parameters=self.parameters or None,
        )


ADDITIONAL_PARAMETERS = Members(AdditionalParameters)


@dataclass(slots=True, eq=False, repr=False)
class Capabilities(Document):
    """The landing page (`/req/core/landingpage-success`)."""

    title: str | None = None
    description: str | None = None
    attribution: str | None = None
    links: list[Link] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        data = whole_object(data)
        return cls(
            title=text(data, "title"),
            description=text(data, "description"),
            attribution=text(data, "attribution"),
            links=objects(data, "links", Link.from_dict),
            extra=CAPABILITIES.rest(data),
        )

    def to_dict(self) -> dict[str, Any]:
        return members_of(
            self.extra,
            title=self.title,
            description=self.description,
            attribution=self.attribution,
            links=self.links or None,
        )


CAPABILITIES = Members(Capabilities)


@dataclass(slots=True, eq=False, repr=False)
class ConformanceDeclaration(Document):
    """The conformance classes a server declares, as URIs (`/req/core/conformance-success`)."""

    conformsTo: list[str]
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        data = whole_object(data)
        array(data, "conformsTo")
        return cls(
            conformsTo=texts(data, "conformsTo"),
            extra=CONFORMANCE.rest(data),
        )

    def to_dict(self) -> dict[str, Any]:
        return members_of(self.extra, conformsTo=self.conformsTo)


CONFORMANCE = Members(ConformanceDeclaration)


@dataclass(slots=True, eq=False, repr=False)
class ApiError(Document):
    """A problem document (S/exception; RFC 7807)."""

    type: str | None = None
    title: str | None = None
    status: int | None = None
    detail: str | None = None
    instance: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the problem that a server sent; a member of the wrong type goes to ``extra``.

        An error here would hide the error that the document is about.
        """
        data = whole_object(data)
        members = {
            name: data[name]
            for name, kind in PROBLEM.items()
            if isinstance(data.get(name), kind) and not isinstance(data[name], bool)
        }
        return cls(**members, extra={k: v for k, v in data.items() if k not in members})

    def to_dict(self) -> dict[str, Any]:
        return members_of(
            self.extra,
            type=self.type,
            title=self.title,
            status=self.status,
            detail=self.detail,
            instance=self.instance,
        )


PROBLEM = {"type": str, "title": str, "status": int, "detail": str, "instance": str}
