"""The summary of a process, and the descriptions of its inputs and outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ._base import Document, Members, Self, members_of
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
            metadata=metadata_of(data),
            additionalParameters=optional(
                data, "additionalParameters", AdditionalParameters.from_dict
            ),
            minOccurs=occurs(data, "minOccurs"),
            maxOccurs=occurs(data, "maxOccurs"),
            extra=OUTPUT_DESCRIPTION.rest(data, unread(data)),
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


def occurs(data: Mapping[str, Any], key: str) -> int | str | None:
    value = data.get(key)
    if value is None or (isinstance(value, (int, str)) and not isinstance(value, bool)):
        return value
    raise expected("an integer or 'unbounded'", value, key)


def metadata_of(data: Mapping[str, Any]) -> list[Metadata]:
    is_array = isinstance(data.get("metadata"), list)
    return objects(data, "metadata", Metadata.from_dict) if is_array else []


def unread(data: Mapping[str, Any]) -> list[str]:
    """Return the names of members that stay in ``extra`` as they were sent.

    These are metadata that are no array (fastprocesses), and a version that is a number.
    """
    return [name for name, kind in READ.items() if not isinstance(data.get(name), kind)]


READ = {"metadata": list, "version": str}


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
        version = self.version
        if "version" in self.extra and str(self.extra["version"]) == version:
            version = None  # a number was sent, and is in extra
        return members_of(
            self.extra,
            id=self.id,
            version=version,
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


def summary_members(data: dict[str, Any], members: Members) -> dict[str, Any]:
    """Return the fields of a summary; ``members`` are those of its class."""
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
        "extra": members.rest(data, unread(data)),
    }


def version_of(data: Mapping[str, Any]) -> str | None:
    version = data.get("version")
    if not isinstance(version, str):
        version = number(data, "version")
    return None if version is None else str(version)
