"""The summary of a process, and the descriptions of its inputs and outputs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ._base import Document, Members, Self, members_of
from ._fields import (
    Sent,
    flag,
    identifier,
    label,
    objects,
    optional,
    text,
    texts,
    whole_object,
)
from .common import AdditionalParameters, Link, Metadata
from .names import CONTROLS, MODES
from .values import Schema

__all__ = ["InputDescription", "OutputDescription", "ProcessSummary"]


@dataclass(slots=True, eq=False, repr=False)
class OutputDescription(Document):
    """The description of an output (S/outputDescription)."""

    schema: Schema | None = None
    title: str | None = None
    description: str | None = None
    keywords: list[str] = field(default_factory=list)
    metadata: list[Metadata] = field(default_factory=list)
    additionalParameters: AdditionalParameters | None = None
    minOccurs: int | str | None = None
    maxOccurs: int | str | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        data = whole_object(data)
        return cls(
            schema=optional(data, "schema", Schema.from_dict),
            title=text(data, "title"),
            description=text(data, "description"),
            keywords=texts(data, "keywords"),
            metadata=objects(data, "metadata", Metadata.from_dict),
            additionalParameters=optional(
                data, "additionalParameters", AdditionalParameters.from_dict
            ),
            minOccurs=occurs(data, "minOccurs"),
            maxOccurs=occurs(data, "maxOccurs"),
            extra=OUTPUT_DESCRIPTION.rest(data),
        )

    def to_dict(self) -> dict[str, Any]:
        return members_of(
            self.extra,
            title=self.title,
            description=self.description,
            keywords=self.keywords or None,
            metadata=self.metadata or None,
            additionalParameters=self.additionalParameters,
            minOccurs=self.minOccurs,
            maxOccurs=self.maxOccurs,
            schema=self.schema,
        )

    @property
    def is_required(self) -> bool:
        """Whether at least one value is wanted; ``minOccurs`` is 1 if it is not stated."""
        return self.minOccurs not in {0, "0"}

    @property
    def is_multiple(self) -> bool:
        """Whether more than one value is allowed, so that the value is an array of them."""
        return self.maxOccurs not in {None, 0, 1, "0", "1"}


OUTPUT_DESCRIPTION = Members(OutputDescription)


@dataclass(slots=True, eq=False, repr=False)
class InputDescription(OutputDescription):
    """The description of an input (S/inputDescription); ``extra`` has 2.0's `valuePassing`."""


def occurs(data: Sent, key: str) -> int | str | None:
    value = data.get(key)
    if value is None or (isinstance(value, (int, str)) and not isinstance(value, bool)):
        return value
    data.set_aside(key)
    return None


@dataclass(slots=True, eq=False, repr=False)
class ProcessSummary(Document):
    """An entry of the process list (S/processSummary)."""

    id: str
    version: str | None = None
    title: str | None = None
    description: str | None = None
    keywords: list[str] = field(default_factory=list)
    metadata: list[Metadata] = field(default_factory=list)
    additionalParameters: AdditionalParameters | None = None
    jobControlOptions: list[str] = field(default_factory=list)
    outputTransmission: list[str] = field(default_factory=list)
    mutable: bool | None = None
    links: list[Link] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the summary that a server sent, or the one of a bare id (weaver)."""
        if isinstance(data, str):
            return cls(data)
        data = whole_object(data)
        return cls(**summary_members(data, SUMMARY))

    def to_dict(self) -> dict[str, Any]:
        return members_of(
            self.extra,
            id=self.id,
            version=self.version,
            title=self.title,
            description=self.description,
            keywords=self.keywords or None,
            metadata=self.metadata or None,
            additionalParameters=self.additionalParameters,
            jobControlOptions=self.jobControlOptions or None,
            outputTransmission=self.outputTransmission or None,
            mutable=self.mutable,
            links=self.links or None,
        )


SUMMARY = Members(ProcessSummary)


def summary_members(data: Sent, members: Members) -> dict[str, Any]:
    """Return the fields of a summary; ``members`` are those of its class."""
    return {
        "id": identifier(data, "id"),
        "version": label(data, "version"),
        "title": text(data, "title"),
        "description": text(data, "description"),
        "keywords": texts(data, "keywords"),
        "metadata": objects(data, "metadata", Metadata.from_dict),
        "additionalParameters": optional(
            data, "additionalParameters", AdditionalParameters.from_dict
        ),
        "jobControlOptions": texts(data, "jobControlOptions", CONTROLS),
        "outputTransmission": texts(data, "outputTransmission", MODES),
        "mutable": flag(data, "mutable"),
        "links": objects(data, "links", Link.from_dict),
        "extra": members.rest(data),
    }
