"""What describes a process: its summary, its inputs and its outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ._base import Document, Members, Self, dict_of, dicts, members_of, words
from ._fields import (
    expected,
    flag,
    number,
    objects,
    optional,
    required_text,
    text,
    texts,
    whole_object,
)
from .links import AdditionalParameters, Link, Metadata
from .values import Schema
from .words import CONTROLS, MODES

__all__ = ["InputDescription", "OutputDescription", "ProcessSummary"]


@dataclass(slots=True, eq=False, repr=False)
class OutputDescription(Document):
    """What a process gives out (S/outputDescription)."""

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
        """Return the description that a server sent."""
        data = whole_object(data)
        return cls(
            schema=optional(data, "schema", Schema.from_dict),
            title=text(data, "title"),
            description=text(data, "description"),
            keywords=texts(data, "keywords"),
            metadata=metadata_of(data),
            additionalParameters=optional(
                data, "additionalParameters", AdditionalParameters.from_dict
            ),
            minOccurs=occurs(data, "minOccurs"),
            maxOccurs=occurs(data, "maxOccurs"),
            extra=OUTPUT_DESCRIPTION.rest(data, unread_metadata(data)),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the description as JSON can hold it."""
        return members_of(
            self.extra,
            title=self.title,
            description=self.description,
            keywords=words(self.keywords),
            metadata=dicts(self.metadata),
            additionalParameters=dict_of(self.additionalParameters),
            minOccurs=self.minOccurs,
            maxOccurs=self.maxOccurs,
            schema=dict_of(self.schema),
        )

    @property
    def is_required(self) -> bool:
        """Whether at least one value is wanted; ``minOccurs`` is 1 if it is not stated."""
        return self.minOccurs not in {0, "0"}

    @property
    def is_multiple(self) -> bool:
        """Whether more than one value is allowed, and the value is therefore an array of them."""
        return self.maxOccurs not in {None, 0, 1, "0", "1"}


OUTPUT_DESCRIPTION = Members(OutputDescription)


@dataclass(slots=True, eq=False, repr=False)
class InputDescription(OutputDescription):
    """What a process takes in (S/inputDescription); 2.0's `valuePassing` is in ``extra``."""


def occurs(data: Mapping[str, Any], key: str) -> int | str | None:
    """Return a number of occurrences as sent: an integer, ``unbounded``, or its text."""
    value = data.get(key)
    if value is None or (isinstance(value, (int, str)) and not isinstance(value, bool)):
        return value
    raise expected("an integer or 'unbounded'", value, key)


def metadata_of(data: Mapping[str, Any]) -> list[Metadata]:
    """Return the metadata; if it is no array (fastprocesses), it stays in ``extra``."""
    return [] if unread_metadata(data) else objects(data, "metadata", Metadata.from_dict)


def unread_metadata(data: Mapping[str, Any]) -> list[str]:
    """Return the name of the metadata if it is no array, else nothing."""
    return [] if isinstance(data.get("metadata"), (list, type(None))) else ["metadata"]


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
        return cls(**summary_members(data), extra=SUMMARY.rest(data, unread(data)))

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as JSON can hold it."""
        version = self.version
        if "version" in self.extra and str(self.extra["version"]) == version:
            version = None  # a number was sent, and is in extra
        return members_of(
            self.extra,
            id=self.id,
            version=version,
            title=self.title,
            description=self.description,
            keywords=words(self.keywords),
            metadata=dicts(self.metadata),
            additionalParameters=dict_of(self.additionalParameters),
            jobControlOptions=words(self.jobControlOptions),
            outputTransmission=words(self.outputTransmission),
            mutable=self.mutable,
            links=dicts(self.links),
        )


SUMMARY = Members(ProcessSummary)


def summary_members(data: dict[str, Any]) -> dict[str, Any]:
    """Return the members of a summary by the names of their fields, without ``extra``."""
    return {
        "id": required_text(data, "id"),
        "version": version_of(data),
        "title": text(data, "title"),
        "description": text(data, "description"),
        "keywords": texts(data, "keywords"),
        "metadata": metadata_of(data),
        "additionalParameters": optional(
            data, "additionalParameters", AdditionalParameters.from_dict
        ),
        "jobControlOptions": texts(data, "jobControlOptions", CONTROLS),
        "outputTransmission": texts(data, "outputTransmission", MODES),
        "mutable": flag(data, "mutable"),
        "links": objects(data, "links", Link.from_dict),
    }


def version_of(data: Mapping[str, Any]) -> str | None:
    """Return the version as text, also if it was sent as a number."""
    if isinstance(data.get("version"), str):
        return text(data, "version")
    version = number(data, "version")
    return None if version is None else str(version)


def unread(data: Mapping[str, Any]) -> list[str]:
    """Return the names of members that stay in ``extra`` as they were sent."""
    is_number = isinstance(data.get("version"), (int, float))
    return [*unread_metadata(data), "version"] if is_number else unread_metadata(data)
