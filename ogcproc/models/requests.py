"""Execute requests: inputs, outputs, and where to call back.

Python values are written as JSON. Bytes go as base64 text with their media type
(`/req/core/process-execute-input-inline-binary`). An object goes as it is given, although the
standard wants it in ``value`` (`/req/core/process-execute-input-inline-object`): wraptile,
fastprocesses and pygeoapi refuse that, or the job fails. Servers such as ZOO-Project want it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from mimetypes import guess_type
from os import PathLike
from pathlib import Path
from typing import Any

from ._base import Document, Members, Self, base64_text, encode_json, members_of
from ._fields import expected, mapped, optional, text, whole_object, word
from .names import MODES, RESPONSES
from .values import Format

__all__ = [
    "Output",
    "ProcessRequest",
    "Subscriber",
    "encode_input",
    "objects_hint",
    "request_document",
]


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

    Inputs are Python values. Objects go as they are given: QualifiedValue(obj) wraps one in
    ``value``, ``Client(wrap_objects=True)`` wraps all of them. Dataclasses go as objects, numpy's
    values as numbers and arrays. Bytes and files (a Path) go as base64 or text with their media
    type. ``outputs=None`` means all of them (`/req/core/process-execute-default-outputs`); ``{}``
    means none if the server speaks 2.0.
    """

    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] | Sequence[str] | None = None
    response: str | None = None
    subscriber: Subscriber | Mapping[str, Any] | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.inputs, (Mapping, type(None))):
            raise TypeError(f"inputs must be a mapping, not {type(self.inputs).__name__}")
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
            inputs=required_object(data, "inputs"),
            outputs=None if data.get("outputs") is None else outputs,
            response=text(data, "response"),
            subscriber=optional(data, "subscriber", Subscriber.from_dict),
            extra=REQUEST.rest(data),
        )

    def to_dict(self, *, wrap_objects: bool = False) -> dict[str, Any]:
        """Return the request as a server reads it; ``inputs`` is always there.

        ``wrap_objects`` puts plain objects into ``value``. Raises TypeError, naming the input, for
        a value that cannot be written, and ValueError for a file that does not hold what its name
        says, and for a number that is infinite or NaN.
        """
        others = members_of(
            self.extra,
            outputs=selections(self.outputs),
            response=self.response,
            subscriber=self.subscriber,
        )
        encode = partial(encode_input, wrap=wrap_objects)
        return {"inputs": None} | others | {"inputs": encoded_inputs(self.inputs, encode)}


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


def required_object(data: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = data.get(key)
    if value is None or isinstance(value, dict):
        return value or {}
    raise expected("an object", value, key)


def request_document(
    request: ProcessRequest | Mapping[str, Any] | None, *, wrap_objects: bool = False
) -> dict[str, Any]:
    """Return a request as JSON can hold it; a dict is the document itself, and goes as it is.

    Raises TypeError and ValueError.
    """
    if isinstance(request, ProcessRequest):
        return request.to_dict(wrap_objects=wrap_objects)
    document = {} if request is None else request
    if not isinstance(document, Mapping):
        raise not_this("request must be a ProcessRequest or a dict", request)
    if document.get("inputs") is None:
        document = {**document, "inputs": {}}
        if not MEMBERS.issuperset(document):
            # A member called "input" is a misspelling of the whole.
            unknown = [name for name in document if name not in MEMBERS and name != "input"]
            shown = ", ".join(f'"{name}": ...' for name in unknown) or "..."
            raise ValueError(f'no "inputs" in the request: pass {{"inputs": {{{shown}}}}}')
    if not isinstance(document["inputs"], Mapping):
        raise not_this("inputs must be a mapping", document["inputs"])
    outputs = document.get("outputs")
    if not isinstance(outputs, (Mapping, list, tuple, type(None))):
        raise not_this("outputs must be a mapping", outputs)
    others = {str(name): encode_finite(item) for name, item in document.items() if name != "inputs"}
    return {"inputs": encoded_inputs(document["inputs"], encode_finite), **others}


def not_this(expectation: str, value: object) -> ValueError:
    return ValueError(f"{expectation}, not {type(value).__name__}")


#: The members of an execute request (1.0 and 2.0).
MEMBERS = frozenset({"inputs", "outputs", "response", "subscriber", "process"})


def encoded_inputs(inputs: Mapping[str, Any], encode: Callable[[Any], Any]) -> dict[str, Any]:
    """Return the inputs as JSON can hold them; an error names the input."""
    encoded = {}
    for name, value in inputs.items():
        try:
            encoded[str(name)] = encode(value)
        except TypeError as error:
            raise TypeError(f"input {name!r}: {error}") from None
        except ValueError as error:
            raise ValueError(f"input {name!r}: {error}") from None
    return encoded


#: Members of qualified values, links, and nested processes and parameters of workflows (Part 3).
SPECIAL = frozenset({"value", "href", "process", "$input"})
#: Members of bounding boxes and collections (2.0); beside a ``type``, of GeoJSON and STAC items.
UNTYPED = frozenset({"bbox", "collection"})


def is_plain_object(value: Any) -> bool:
    """Return whether JSON is an object without a meaning of its own in a request."""
    if not isinstance(value, dict):
        return False
    return (SPECIAL if "type" in value else SPECIAL | UNTYPED).isdisjoint(value)


def objects_hint(document: Mapping[str, Any]) -> str:
    """Return how else the objects in a refused request may be sent; empty if it has none."""
    for name, value in document["inputs"].items():
        for item in value if isinstance(value, list) else [value]:
            if is_plain_object(item):
                return (
                    f"; if this server wants the object in input {name!r} within "
                    '{"value": ...}, pass QualifiedValue(obj) or use Client(wrap_objects=True)'
                )
            if isinstance(item, dict) and isinstance(item.get("value"), dict):
                return f'; if this server wants objects bare, pass input {name!r} without "value"'
    return ""


def encode_input(value: Any, *, wrap: bool = False) -> Any:
    """Return an input's value as JSON can hold it; ``wrap`` puts a plain object into ``value``.

    Raises TypeError for a value of another type, and names the type.
    """
    if isinstance(value, (list, tuple)):
        return [encode_input(item, wrap=wrap) for item in value]
    if isinstance(value, (bytes, bytearray, memoryview)):
        return encode_bytes(bytes(value), "application/octet-stream")
    if isinstance(value, PathLike):
        return encode_file(value)
    if not isinstance(value, (Document, Mapping)) and hasattr(value, "__geo_interface__"):
        geometry = encode_finite(value.__geo_interface__)
        return {"value": geometry, "mediaType": "application/geo+json"} if wrap else geometry
    encoded = encode_finite(value)
    return {"value": encoded} if wrap and is_plain_object(encoded) else encoded


encode_finite: Callable[[Any], Any] = partial(encode_json, finite=True)


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
