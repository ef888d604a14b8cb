"""The words of the standard, and the names that servers spell in many ways."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum

__all__ = [
    "CONTROLS",
    "DISMISSED",
    "FAILED",
    "MODES",
    "RESPONSES",
    "STATUSES",
    "SUCCESSFUL",
    "TYPES",
    "WAITING",
    "DataType",
    "JobControlOptions",
    "JobStatus",
    "JobType",
    "ResponseType",
    "TransmissionMode",
    "Word",
    "conformance_class",
    "declares",
    "relation",
]


class Word(str, Enum):
    """A word of the standard: it equals its text and prints as its text."""

    __str__ = str.__str__
    __repr__ = str.__repr__


class JobStatus(Word):
    """The states of a job (S/statusCode; ``created`` is Part 4's)."""

    accepted = "accepted"
    running = "running"
    successful = "successful"
    failed = "failed"
    dismissed = "dismissed"
    created = "created"


class JobType(Word):
    """The types of a job that 1.0 names."""

    process = "process"


class JobControlOptions(Word):
    """The ways a process can be executed."""

    sync_execute = "sync-execute"
    async_execute = "async-execute"
    dismiss = "dismiss"


class TransmissionMode(Word):
    """How an output is asked for (1.0)."""

    value = "value"
    reference = "reference"


class ResponseType(Word):
    """The shape of the answer asked for (1.0)."""

    raw = "raw"
    document = "document"


class DataType(Word):
    """The types of a JSON Schema."""

    array = "array"
    boolean = "boolean"
    integer = "integer"
    null = "null"
    number = "number"
    object = "object"
    string = "string"


STATUSES: Mapping[str, str] = {word.value: word for word in JobStatus}
TYPES: Mapping[str, str] = {word.value: word for word in JobType}
CONTROLS: Mapping[str, str] = {word.value: word for word in JobControlOptions}
MODES: Mapping[str, str] = {str(word): word for word in TransmissionMode}
RESPONSES: Mapping[str, str] = {word.value: word for word in ResponseType}

#: Words that end a job: the standard's, and those of openEO, WPS and Copernicus CDS.
SUCCESSFUL = frozenset({"successful", "succeeded", "finished"})
FAILED = frozenset({"failed", "error", "rejected"})
DISMISSED = frozenset({"dismissed", "canceled", "cancelled"})
#: Words of openEO and others for a job that has not ended.
WAITING = frozenset({"queued", "submitted", "started", "pending"})


def relation(rel: str | None) -> str:
    """Return a link relation's last part, which all its spellings share.

    They are ``http://www.opengis.net/def/rel/ogc/1.0/results``, the same with ``https``, the CURIE
    ``[ogc-rel:results]``, and ``results``.
    """
    name = (rel or "").strip().rstrip("/]")
    for mark in "/:":
        name = name.rpartition(mark)[2]
    return name.lower()


def conformance_class(uri: str) -> str:
    """Return a conformance class's URI in one spelling.

    Servers also write ``https``, a trailing slash, and ``/req/`` (which 1.0 itself does once).
    """
    uri = uri.strip().rstrip("/").replace("/req/", "/conf/")
    return f"http{uri[5:]}" if uri.startswith("https:") else uri


def declares(declared: Iterable[str], wanted: str) -> bool:
    """Return whether a class is among those declared, which are in that one spelling.

    ``wanted`` is a URI, or the short name of a class of any part and version.
    """
    if "/" in wanted:
        return conformance_class(wanted) in declared
    ending = f"/conf/{wanted}"
    return any(uri.endswith(ending) and "/ogcapi-processes" in uri for uri in declared)
