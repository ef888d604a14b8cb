"""Execute requests: inputs, outputs, and where to call back.

Strings, numbers, booleans and arrays go bare. An object goes into ``value`` unless it is a link, a
qualified value or a bounding box (`/req/core/process-execute-input-inline-object`,
`-inline-bbox`). Bytes go as base64 text with their media type
(`/req/core/process-execute-input-inline-binary`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from mimetypes import guess_type
from os import PathLike
from pathlib import Path
from typing import Any

from ._base import Document, Members, Self, base64_text, encode_json, members_of
from ._fields import mapped, optional, text, whole_object, word
from .names import MODES, RESPONSES
from .values import Format

__all__ = ["Output", "ProcessRequest", "Subscriber", "encode_input"]


@dataclass(slots=True, eq=False, repr=False)
class Output(Document):
    """How one output is wanted (S/output): its format and, in 1.0, by value or by reference."""

    format: Format | None = None
    transmissionMode: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        data = whole_object(data)
        return cls(
            format=optional(data, "format", Format.from_dict),
            transmissionMode=word(data, "transmissionMode", MODES),
            extra=OUTPUT.rest(data),
        )

    def to_dict(self) -> dict[str, Any]:
        return members_of(self.extra, format=self.format, transmissionMode=self.transmissionMode)


OUTPUT = Members(Output)


@dataclass(slots=True, eq=False, repr=False)
class Subscriber(Document):
    """Where a server is to call back (`/req/callback/job-callback`)."""

    successUri: str | None = None
    inProgressUri: str | None = None
    failedUri: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        data = whole_object(data)
        return cls(
            successUri=text(data, "successUri"),
            inProgressUri=text(data, "inProgressUri"),
            failedUri=text(data, "failedUri"),
            extra=SUBSCRIBER.rest(data),
        )

    def to_dict(self) -> dict[str, Any]:
        return members_of(
            self.extra,
            successUri=self.successUri,
            inProgressUri=self.inProgressUri,
            failedUri=self.failedUri,
        )


SUBSCRIBER = Members(Subscriber)


@dataclass(slots=True, eq=False, repr=False)
class ProcessRequest(Document):
    """An execute request (S/execute).

    Inputs are plain Python values, written by the standard's rules: an object is wrapped in
    ``value`` unless it is a Link, a QualifiedValue or a Bbox or looks like one; bytes and files
    (a Path) go as base64 or text with their media type. ``outputs=None`` means all of them
    (`/req/core/process-execute-default-outputs`); ``{}`` means none if the server speaks 2.0.
    """

    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] | Sequence[str] | None = None
    response: str | None = None
    subscriber: Subscriber | Mapping[str, Any] | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.inputs, (Mapping, type(None))):
            raise TypeError(f"inputs is a mapping of input ids to values, not {self.inputs!r:.60}")
        self.inputs = dict(self.inputs or {})
        self.outputs = selections(self.outputs)
        self.response = self.response and RESPONSES.get(self.response, self.response)
        if isinstance(self.subscriber, Mapping):
            self.subscriber = Subscriber.from_dict(self.subscriber)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the request read from JSON, its inputs as they are there."""
        data = whole_object(data)
        outputs = mapped(data, "outputs", Output.from_dict)
        return cls(
            inputs=mapped(data, "inputs", lambda value: value),
            outputs=None if data.get("outputs") is None else outputs,
            response=text(data, "response"),
            subscriber=optional(data, "subscriber", Subscriber.from_dict),
            extra=REQUEST.rest(data),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the request as a server reads it; ``inputs`` is always there.

        Raises TypeError, naming the input, for a value that cannot be written, and ValueError for
        a file that does not hold what its name says.
        """
        others = members_of(
            self.extra,
            outputs=selections(self.outputs),
            response=self.response,
            subscriber=self.subscriber,
        )
        inputs = {str(name): named_input(name, value) for name, value in self.inputs.items()}
        return {"inputs": None} | others | {"inputs": inputs}


REQUEST = Members(ProcessRequest)


def selections(outputs: Mapping[str, Any] | Sequence[str] | None) -> dict[str, Output] | None:
    """Return the outputs asked for: names alone, or names with an Output, a dict or None."""
    if outputs is None:
        return None
    if isinstance(outputs, str):
        raise TypeError(f"outputs is a mapping or a list of names, not the text {outputs!r}")
    if not isinstance(outputs, Mapping):
        return {name: Output() for name in outputs}
    return {
        name: output if isinstance(output, Output) else Output.from_dict(output or {})
        for name, output in outputs.items()
    }


#: Members of qualified values, links, and nested processes and parameters of workflows (Part 3).
SPECIAL = frozenset({"value", "href", "process", "$input"})
#: Members of bounding boxes and collections (2.0); beside a ``type``, of GeoJSON and STAC items.
UNTYPED = frozenset({"bbox", "collection"})


def named_input(name: str, value: Any) -> Any:
    try:
        return encode_input(value)
    except TypeError as error:
        raise TypeError(f"input {name!r}: {error}") from None
    except ValueError as error:
        raise ValueError(f"input {name!r}: {error}") from None


def encode_input(value: Any) -> Any:
    """Return an input's value as JSON can hold it, a plain object wrapped in ``value``.

    Raises TypeError for a value of another type, and names the type.
    """
    if isinstance(value, (list, tuple)):
        return [encode_input(item) for item in value]
    if isinstance(value, (bytes, bytearray, memoryview)):
        return encode_bytes(bytes(value), "application/octet-stream")
    if isinstance(value, PathLike):
        return encode_file(value)
    if not isinstance(value, (Document, Mapping)) and hasattr(value, "__geo_interface__"):
        geometry = encode_json(value.__geo_interface__)
        return {"value": geometry, "mediaType": "application/geo+json"}
    encoded = encode_json(value)
    if not isinstance(encoded, dict):
        return encoded
    special = SPECIAL if "type" in encoded else SPECIAL | UNTYPED
    return {"value": encoded} if special.isdisjoint(encoded) else encoded


def encode_bytes(data: bytes, media_type: str) -> dict[str, str]:
    return {"value": base64_text(data), "encoding": "base64", "mediaType": media_type}


def encode_file(path: PathLike[Any]) -> dict[str, Any]:
    """Return a file's content as a qualified value: JSON decoded, text as text, else base64.

    Raises ValueError if a file that is named as JSON holds none, OSError if it cannot be read.
    """
    file = Path(path)
    guessed, compression = guess_type(file.name)
    media_type = FILE_TYPES.get(file.suffix.lower()) or (None if compression else guessed)
    data = file.read_bytes()
    if media_type in {"application/json", "application/geo+json"}:
        try:
            return {"value": json.loads(data), "mediaType": media_type}
        except ValueError as error:
            raise ValueError(f"{file} holds no JSON: {error}") from None
    if media_type is not None and (media_type.startswith("text/") or media_type.endswith("xml")):
        try:
            return {"value": data.decode(), "mediaType": media_type}
        except UnicodeDecodeError:
            pass
    return encode_bytes(data, media_type or "application/octet-stream")


#: Media types that the system's tables often lack.
FILE_TYPES = {
    ".geojson": "application/geo+json",
    ".json": "application/json",
    ".gml": "application/gml+xml",
    ".kml": "application/vnd.google-earth.kml+xml",
    ".gpkg": "application/geopackage+sqlite3",
    ".gz": "application/gzip",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
}
