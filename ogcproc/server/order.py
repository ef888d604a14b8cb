"""What an execute request asks for beside its inputs: which outputs, how, and who to tell."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from .annotations import OCTET_STREAM, is_binary
from .describe import Process
from .errors import bad_request
from .headers import essence

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Wanted:
    """How one output is to come: inside the answer or as a link, in which media type."""

    reference: bool = False
    media_type: str | None = None


@dataclass(frozen=True)
class Order:
    """The choices of an execute request, kept with the job: its results are given as ordered."""

    document: bool
    wanted: dict[str, Wanted]
    #: The URL the request came in at; links in callbacks lead back there.
    base: str
    #: `successUri`, `inProgressUri` and `failedUri`, those that were given.
    subscriber: dict[str, str] = field(default_factory=dict)


def parse_order(body: Mapping[str, Any], process: Process, base: str) -> Order:
    """Return the order in an execute request; raise a 400 at what the process does not offer."""
    response = body.get("response", "raw")
    if response not in ("raw", "document"):
        raise bad_request(f"response: {response!r} is not one of 'raw', 'document'")
    return Order(response == "document", _wanted(body, process), base, _subscriber(body))


def _wanted(body: Mapping[str, Any], process: Process) -> dict[str, Wanted]:
    descriptions = process.outputs
    # Omitted means all (`/req/core/process-execute-default-outputs`), an empty object means none.
    outputs = body.get("outputs", {name: {} for name in descriptions})
    if not isinstance(outputs, dict):
        raise bad_request("outputs: expected an object")
    for name in outputs:
        if name not in descriptions:
            known = ", ".join(map(repr, descriptions)) or "none"
            raise bad_request(f"output {name!r}: there is no such output; there are {known}")
    return {name: _one(name, outputs[name], process) for name in outputs}


def _one(name: str, output: Any, process: Process) -> Wanted:
    if not isinstance(output, dict):
        raise bad_request(f"output {name!r}: expected an object")
    mode = output.get("transmissionMode", process.transmission[0])
    if mode not in process.transmission:
        known = ", ".join(map(repr, process.transmission))
        raise bad_request(f"output {name!r}: transmissionMode {mode!r} is not one of {known}")
    return Wanted(mode == "reference", _format(name, output, process.outputs[name]["schema"]))


def _format(name: str, output: Mapping[str, Any], schema: Mapping[str, Any]) -> str | None:
    asked = output.get("format", {})
    asked = asked.get("mediaType") if isinstance(asked, dict) else asked
    if asked is None:
        return None
    known = media_types(schema)
    for media_type in known:
        if isinstance(asked, str) and essence(asked) == essence(media_type):
            return media_type
    raise bad_request(f"output {name!r}: the format {asked!r} is not one of {', '.join(known)}")


def media_types(schema: Mapping[str, Any]) -> list[str]:
    """Return the media types a value of a schema can be given in, its own first."""
    if "oneOf" in schema:
        schema = schema["oneOf"][0]
    own = schema.get("contentMediaType")
    if is_binary(schema):
        return [own or OCTET_STREAM]
    kind = schema.get("type")
    plain = {"string": [TEXT, JSON], "array": [JSON], "object": [JSON]}.get(
        kind or "", [JSON, TEXT]
    )
    return [own, *(name for name in plain if name != own)] if own else plain


def _subscriber(body: Mapping[str, Any]) -> dict[str, str]:
    subscriber = body.get("subscriber", {})
    if not isinstance(subscriber, dict):
        raise bad_request("subscriber: expected an object")
    # successUri is not insisted on: the 1.0 schema requires it under a misspelt name.
    uris = {
        name: subscriber[name]
        for name in ("successUri", "inProgressUri", "failedUri")
        if name in subscriber
    }
    for name, uri in uris.items():
        if not _is_http(uri):
            raise bad_request(f"subscriber.{name}: expected an http or https URL")
    return uris


def _is_http(uri: Any) -> bool:
    try:
        parts = urlsplit(uri) if isinstance(uri, str) else None
    except ValueError:
        return False
    return parts is not None and parts.scheme in ("http", "https") and bool(parts.hostname)
