"""The landing page, and what a server declares to conform to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ._base import Document, Members, Self, dicts, members_of
from ._fields import objects, text, texts, whole_object
from .links import Link

__all__ = ["Capabilities", "ConformanceDeclaration"]


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
        """Return the landing page that a server sent."""
        data = whole_object(data)
        return cls(
            title=text(data, "title"),
            description=text(data, "description"),
            attribution=text(data, "attribution"),
            links=objects(data, "links", Link.from_dict),
            extra=CAPABILITIES.rest(data),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the landing page as JSON can hold it."""
        return members_of(
            self.extra,
            title=self.title,
            description=self.description,
            attribution=self.attribution,
            links=dicts(self.links),
        )


CAPABILITIES = Members(Capabilities)


@dataclass(slots=True, eq=False, repr=False)
class ConformanceDeclaration(Document):
    """The conformance classes a server declares, as URIs (`/req/core/conformance-success`)."""

    conformsTo: list[str]
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the declaration that a server sent."""
        data = whole_object(data)
        return cls(
            conformsTo=texts(data, "conformsTo"),
            extra=CONFORMANCE.rest(data),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the declaration as JSON can hold it."""
        return members_of(self.extra, conformsTo=[str(uri) for uri in self.conformsTo])


CONFORMANCE = Members(ConformanceDeclaration)
